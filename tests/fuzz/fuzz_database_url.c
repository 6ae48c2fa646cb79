/*
 * Uses the input as DATABASE_URL. A URL made of an accepted path must be accepted with the same
 * path. A password must never be shown.
 */
#include "database_url.h"

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

static void check_text(const char *url)
{
	struct database_url read;
	struct buf error;

	buf_init(&error, SHOWN_MAX);
	bool accepted = database_url_parse(url, &read, &error);
	if (error.failed || (buf_len(&error) == 0) != accepted)
		abort();
	if (accepted)
		check_path(&read);
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
	if (database_url_parse(buf_view(&url).ptr, &read, &shown))
		abort();
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
