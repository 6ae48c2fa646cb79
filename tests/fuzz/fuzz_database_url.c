/*
 * Uses the input as DATABASE_URL. A URL made of an accepted path must be accepted with the same
 * path, and one made of accepted parameters with the same parameters. A password must never be
 * shown.
 */
#include "database_url.h"
#include "postgres_url.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PASSWORD "correct-horse"

enum { SHOWN_MAX = 1 << 20 };

static void check_path(const struct database_url *read)
{
	struct database_url again;
	struct buf text, error;

	if (read->memory) {
		if (read->path[0])
			abort();
		return;
	}
	buf_init(&text, SHOWN_MAX);
	buf_init(&error, SHOWN_MAX);
	buf_printf(&text, "sqlite:///%s%c", read->path, 0);
	if (!database_url_parse(buf_view(&text).ptr, &again, &error) || again.memory ||
		strcmp(again.path, read->path) != 0)
		abort();
	buf_done(&text);
	buf_done(&error);
}

/* Writes the parameters as options with each byte encoded. */
static void check_parameters(const struct database_url *read)
{
	struct database_url again;
	struct buf text, error;

	buf_init(&text, SHOWN_MAX);
	buf_init(&error, SHOWN_MAX);
	buf_str(&text, STR("postgresql://?"));
	for (const char *p = read->parameters; *p; p++) {
		buf_printf(&text, "%s=", p);
		for (p += strlen(p) + 1; *p; p++)
			buf_printf(&text, "%%%02x", (unsigned char)*p);
		buf_char(&text, '&');
	}
	buf_char(&text, '\0');
	if (!database_url_parse(buf_view(&text).ptr, &again, &error) ||
		memcmp(read->parameters, again.parameters, sizeof(again.parameters)) != 0)
		abort();
	buf_done(&text);
	buf_done(&error);
}

/* True if the parameters can be written as options: a single port for several hosts cannot. */
static bool has_options(const struct database_url *read)
{
	const char *hosts = postgres_url_value(read, "host");
	const char *ports = postgres_url_value(read, "port");

	return !hosts || !strchr(hosts, ',') || (ports && strchr(ports, ','));
}

static void check_described(const struct database_url *read, const char *secret)
{
	struct buf shown;

	buf_init(&shown, SHOWN_MAX);
	database_url_describe(read, &shown);
	struct str view = buf_view(&shown);
	if (shown.failed || (secret && memmem(view.ptr, view.len, secret, strlen(secret))))
		abort();
	buf_done(&shown);
}

static void check_read(const struct database_url *read)
{
	const char *keywords[POSTGRES_PARAMETERS_MAX], *values[POSTGRES_PARAMETERS_MAX];

	check_described(read, NULL);
	if (read->engine == DATABASE_SQLITE) {
		check_path(read);
		return;
	}
	postgres_url_parameters(read, keywords, values, NITEMS(keywords));
	if (has_options(read))
		check_parameters(read);
}

static void check_text(const char *url)
{
	struct database_url read;
	struct buf error;

	buf_init(&error, SHOWN_MAX);
	bool accepted = database_url_parse(url, &read, &error);
	if (error.failed || (buf_len(&error) == 0) != accepted)
		abort();
	if (accepted)
		check_read(&read);
	buf_done(&error);
}

/* Inserts a user and a password after the first "://". */
static void check_secret(const char *text)
{
	const char *mark = strstr(text, "://");
	struct database_url read;
	struct buf url, shown;

	/* Text that begins with a slash is a path, without a password. */
	if (!mark || text[0] == '/' || strstr(text, PASSWORD))
		return;
	mark += strlen("://");
	buf_init(&url, SHOWN_MAX);
	buf_init(&shown, SHOWN_MAX);
	buf_printf(&url, "%.*suser:" PASSWORD "@%s%c", (int)(mark - text), text, mark, 0);
	if (database_url_parse(buf_view(&url).ptr, &read, &shown)) {
		if (read.engine == DATABASE_SQLITE)
			abort();
		check_described(&read, PASSWORD);
	}
	database_url_redact(buf_view(&url).ptr, &shown);
	struct str view = buf_view(&shown);
	if (shown.failed || memmem(view.ptr, view.len, PASSWORD, strlen(PASSWORD)))
		abort();
	buf_done(&url);
	buf_done(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	check_text(text);
	check_secret(text);
	free(text);
	return 0;
}
