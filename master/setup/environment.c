#include "environment.h"

#include "database_url.h"
#include "process.h"

#include <unistd.h>

static bool assigns(const char *entry, const char *variable)
{
	size_t n = strlen(variable);

	return strncmp(entry, variable, n) == 0 && entry[n] == '=';
}

/* Not inherited either: the variables of process.h, and those that a service manager sets for the
 * master alone. */
static const char *const ours[] = { PROCESS_ENV_NAME, PROCESS_ENV_SLOT, PROCESS_ENV_DBD,
	PROCESS_ENV_LISTENERS, "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS",
	"LISTEN_PID", "LISTEN_FDNAMES" };

/* Those of libpq (PostgreSQL 15 Documentation, 34.15), which may hold a password. */
static bool is_of_libpq(const char *entry)
{
	return strncmp(entry, "PG", strlen("PG")) == 0;
}

/* True if the master sets this variable for its children, or does not pass it on. */
static bool is_ours(const char *entry)
{
	for (size_t i = 0; i < NITEMS(config_settings); i++)
		if (assigns(entry, config_settings[i].variable))
			return true;
	for (size_t i = 0; i < NITEMS(ours); i++)
		if (assigns(entry, ours[i]))
			return true;
	return false;
}

static char *assignment(struct arena *arena, const char *variable, struct str value)
{
	size_t n = strlen(variable);
	char *entry = arena_alloc(arena, n + 1 + value.len + 1);

	memcpy(entry, variable, n);
	entry[n] = '=';
	memcpy(entry + n + 1, value.ptr, value.len);
	entry[n + 1 + value.len] = '\0';
	return entry;
}

static char *assign_setting(
	struct arena *arena, const struct settings *settings, const struct setting *setting)
{
	struct buf value;

	buf_init(&value, SIZE_MAX);
	config_write(settings, setting, &value);
	if (value.failed)
		log_die("out of memory for the environment of a child");
	char *entry = assignment(arena, setting->variable, buf_view(&value));
	buf_done(&value);
	return entry;
}

char **environment_of_child(struct arena *arena, const struct settings *settings, const char *name,
	unsigned slot, const char *dbd_socket, unsigned listeners)
{
	size_t inherited = 0, n = 0;
	bool is_dbd = dbd_socket == NULL;
	struct settings shown = *settings;

	while (environ[inherited])
		inherited++;
	char **entries = arena_calloc(arena, inherited + CONFIG_SETTINGS + 5, sizeof(*entries));
	for (size_t i = 0; i < inherited; i++)
		if (!is_ours(environ[i]) && (is_dbd || !is_of_libpq(environ[i])))
			entries[n++] = environ[i];
	if (!is_dbd)
		shown.database_url = database_url_public(settings->database_url);
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		entries[n++] = assign_setting(arena, &shown, &config_settings[i]);
	entries[n++] = assignment(arena, PROCESS_ENV_NAME, str_from(name));
	entries[n++] = assignment(arena, PROCESS_ENV_SLOT, arena_printf(arena, "%u", slot));
	entries[n++] =
		assignment(arena, PROCESS_ENV_LISTENERS, arena_printf(arena, "%u", listeners));
	if (dbd_socket)
		entries[n++] = assignment(arena, PROCESS_ENV_DBD, str_from(dbd_socket));
	return entries;
}
