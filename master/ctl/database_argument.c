#include "database_argument.h"

#include <stdio.h>

static bool is_url(const char *text)
{
	return strstr(text, "://") ||
	       (strncmp(text, "sqlite", strlen("sqlite")) == 0 && strstr(text, ":/"));
}

static bool read_url(const char *text, struct database_url *database, struct buf *error)
{
	database_url_redact(text, error);
	buf_str(error, STR(": "));
	if (!database_url_parse(text, database, error))
		return false;
	if (database->engine != DATABASE_SQLITE)
		buf_str(error, STR("this command is for SQLite only"));
	return database->engine == DATABASE_SQLITE;
}

bool database_argument_read(const char *text, struct database_url *database, struct buf *error)
{
	size_t before = buf_len(error);

	if (is_url(text)) {
		bool valid = read_url(text, database, error);
		if (valid)
			buf_truncate(error, before);
		return valid;
	}
	*database = (struct database_url){ .engine = DATABASE_SQLITE };
	if (snprintf(database->path, sizeof(database->path), "%s", text) <
		(int)sizeof(database->path))
		return true;
	buf_printf(error, "%.100s...: the path has more than %zu bytes", text,
		sizeof(database->path) - 1);
	return false;
}
