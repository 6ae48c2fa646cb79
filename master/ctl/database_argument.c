#include "database_argument.h"

#include <stdio.h>

static bool is_url(const char *text)
{
	return strstr(text, "://") ||
	       (strncmp(text, "sqlite", strlen("sqlite")) == 0 && strstr(text, ":/"));
}

/* Appends the name of the database before what is wrong with it. */
static void put_name(const char *text, struct buf *error)
{
	database_url_redact(text, error);
	buf_str(error, STR(": "));
}

static bool read_url(const char *text, struct database_url *database, struct buf *error)
{
	size_t before = buf_len(error);

	put_name(text, error);
	if (!database_url_parse(text, database, error))
		return false;
	buf_truncate(error, before);
	return true;
}

bool database_argument_read_any(const char *text, struct database_url *database, struct buf *error)
{
	if (is_url(text))
		return read_url(text, database, error);
	*database = (struct database_url){ .engine = DATABASE_SQLITE };
	if (snprintf(database->path, sizeof(database->path), "%s", text) <
		(int)sizeof(database->path))
		return true;
	buf_printf(error, "%.100s...: the path has more than %zu bytes", text,
		sizeof(database->path) - 1);
	return false;
}

bool database_argument_read(const char *text, struct database_url *database, struct buf *error)
{
	if (!database_argument_read_any(text, database, error))
		return false;
	if (database->engine == DATABASE_SQLITE)
		return true;
	put_name(text, error);
	buf_str(error, STR("this command is for SQLite only"));
	return false;
}
