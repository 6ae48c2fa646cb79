#include "plan.h"

#include "activation.h"
#include "declaration.h"
#include "log_file.h"
#include "net.h"
#include "rlimits.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

enum {
	UDS_MODE = 0666,             /* as uvicorn: the proxy is another user */
	CONTROL_MODE = 0600,         /* only this user and root */
	CONTROL_BACKLOG = 16,        /* connections */
	STARTUP_TIMEOUT = 30 * 1000, /* milliseconds */
	ADDRESS_MAX = 64 * 1024,     /* bytes of the text of all addresses */
	DBD_SOCKET_NAME = 128        /* bytes */
};

/* Reading. */

bool plan_read(struct plan *plan, int argc, char **argv, struct buf *error)
{
	*plan = (struct plan){
		.argc = argc,
		.argv = argv,
		.served = SERVED_API_INIT,
		.read_again = plan_read_again,
	};
	plan->settings = &plan->options.settings;
	return options_parse(&plan->options, &plan->arena, argc, argv, error);
}

bool plan_read_api(struct plan *plan, struct buf *error)
{
	return served_api_read(&plan->served, plan->settings->api, error);
}

bool plan_inherit(struct plan *plan, struct buf *error)
{
	sd_notify_open(&plan->notify);
	return activation_take(&plan->listeners[ROLE_WORKER], error);
}

bool plan_has_engine(struct plan *plan, struct buf *error)
{
	return database_url_parse(plan->settings->database_url, &plan->database, error) &&
	       roles_have_engine(plan->database.engine, POSTERN_LIBEXECDIR, &plan->arena, error);
}

static const char *describe_database(const struct database_url *database, struct arena *arena)
{
	struct buf text;

	buf_init(&text, sizeof(*database));
	database_url_describe(database, &text);
	const char *copy = arena_copy(arena, buf_view(&text)).ptr;
	buf_done(&text);
	return copy;
}

/* Derives from the options what depends on them alone. Texts are allocated in the arena. */
static bool derive(struct plan_next *next, const struct settings *settings, struct arena *arena,
	struct buf *error)
{
	if (!database_url_parse(settings->database_url, &next->database, error) ||
		!roles_find_programs(
			next->programs, next->database.engine, POSTERN_LIBEXECDIR, arena, error))
		return false;
	next->database_name = describe_database(&next->database, arena);
	return true;
}

static uint64_t startup_timeout(const struct plan *plan)
{
	bool waits = plan->database.engine == DATABASE_POSTGRES;

	return STARTUP_TIMEOUT + (waits ? (uint64_t)plan->settings->timeout_database * 1000 : 0);
}

/* Takes over what was derived. */
static void take_derived(struct plan *plan, const struct plan_next *next)
{
	plan->database = next->database;
	plan->database_name = next->database_name;
	memcpy(plan->programs, next->programs, sizeof(plan->programs));
	plan->startup_timeout = startup_timeout(plan);
}

/* Resolves the host unless the listener is inherited or a Unix socket. */
static bool resolve_host(struct plan *plan, struct buf *error)
{
	const struct settings *settings = plan->settings;

	if (plan->listeners[ROLE_WORKER].count > 0 || *settings->uds)
		return true;
	plan->addresses = listen_resolve(settings->host, settings->port, error);
	return plan->addresses != NULL;
}

bool plan_prepare(struct plan *plan, struct buf *error)
{
	struct plan_next derived = { .there = false };

	if (!derive(&derived, plan->settings, &plan->arena, error))
		return false;
	take_derived(plan, &derived);
	return served_api_share(&plan->served, error) && resolve_host(plan, error);
}

static void replace(struct plan *plan, const struct plan_next *next)
{
	arena_done(&plan->arena);
	plan->arena = next->arena;
	plan->options = next->options;
	take_derived(plan, next);
}

bool plan_read_again(struct plan *plan, struct buf *error)
{
	struct plan_next next = { .there = true };

	if (!options_parse(&next.options, &next.arena, plan->argc, plan->argv, error) ||
		!derive(&next, &next.options.settings, &next.arena, error) ||
		!served_api_read_again(
			&plan->served, next.options.settings.api, &next.served, error)) {
		arena_done(&next.arena);
		return false;
	}
	if (next.served.api)
		plan->next = next;
	else
		replace(plan, &next);
	return true;
}

void plan_take_next(struct plan *plan)
{
	replace(plan, &plan->next);
	served_api_replace(&plan->served, &plan->next.served);
	plan->next = (struct plan_next){ 0 };
}

void plan_drop_next(struct plan *plan)
{
	if (!plan->next.there)
		return;
	served_api_close(&plan->next.served);
	declaration_free(plan->next.served.api);
	arena_done(&plan->next.arena);
	plan->next = (struct plan_next){ 0 };
}

bool plan_in_memory(const struct plan *plan)
{
	return plan->database.memory;
}

/* Opening. Paths are copied, as they outlive the settings, which may be read again. */

static const char *keep_path(struct plan *plan, const char *path)
{
	return arena_copy(&plan->opened, str_from(path)).ptr;
}

static const char *describe_address(struct plan *plan, const struct listeners *listeners)
{
	struct buf text;

	buf_init(&text, ADDRESS_MAX);
	listeners_write(listeners, &text);
	const char *copy = arena_copy(&plan->opened, buf_view(&text)).ptr;
	buf_done(&text);
	return copy;
}

/* Opens the listener for HTTP unless it was inherited. */
static bool open_http(struct plan *plan, struct buf *error)
{
	const struct settings *settings = plan->settings;
	struct listeners *http = &plan->listeners[ROLE_WORKER];

	if (http->count > 0)
		return true;
	if (*settings->uds)
		return listen_unix(
			http, keep_path(plan, settings->uds), UDS_MODE, settings->backlog, error);
	http->fds[0] = listen_on(
		plan->addresses, settings->host, settings->port, settings->backlog, error);
	http->count = http->fds[0] >= 0 ? 1 : 0;
	return http->count > 0;
}

static bool open_dbd_socket(struct plan *plan, struct buf *error)
{
	char *name = arena_alloc(&plan->opened, DBD_SOCKET_NAME);
	int fd = net_listen_abstract(SOMAXCONN, name, DBD_SOCKET_NAME);

	if (fd < 0)
		buf_printf(error, "cannot open the socket of dbd: %s", rlimits_strerror(errno));
	plan->dbd_socket = name;
	plan->listeners[ROLE_DBD] = (struct listeners){ .fds = { fd }, .count = fd >= 0 ? 1 : 0 };
	return fd >= 0;
}

static bool open_admin(struct plan *plan, struct buf *error)
{
	const char *address = plan->settings->admin;

	if (!*address)
		return true;
	if (!listen_admin(&plan->admin, keep_path(plan, address), error))
		return false;
	plan->admin_address = describe_address(plan, &plan->admin);
	return true;
}

static bool open_control(struct plan *plan, struct buf *error)
{
	const char *path = plan->settings->control;

	return !*path || listen_unix(&plan->control, keep_path(plan, path), CONTROL_MODE,
				 CONTROL_BACKLOG, error);
}

static void free_addresses(struct plan *plan)
{
	if (plan->addresses)
		freeaddrinfo(plan->addresses);
	plan->addresses = NULL;
}

bool plan_open(struct plan *plan, const struct privileges *privileges, struct buf *error)
{
	/* The user who runs the server must own the last two sockets, to remove their files. */
	if (!open_http(plan, error) || !open_dbd_socket(plan, error) ||
		!privileges_drop(privileges, error) || !open_admin(plan, error) ||
		!open_control(plan, error) || !log_file_open(plan->settings->log_file, error))
		return false;
	free_addresses(plan);
	plan->address = describe_address(plan, &plan->listeners[ROLE_WORKER]);
	return true;
}

/* Closing. */

void plan_close_listeners(struct plan *plan, enum role role)
{
	listeners_close(&plan->listeners[role]);
}

void plan_close(struct plan *plan)
{
	for (enum role role = 0; role < ROLE__COUNT; role++)
		plan_close_listeners(plan, role);
	listeners_close(&plan->admin);
	listeners_close(&plan->control);
	sd_notify_close(&plan->notify);
	plan_drop_next(plan);
	served_api_close(&plan->served);
	free_addresses(plan);
	arena_done(&plan->opened);
	arena_done(&plan->arena);
}
