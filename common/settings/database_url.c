#include "database_url.h"

#include "postgres_url.h"

#include <sys/stat.h>
#include <unistd.h>

#define SQLITE_REMEDY "use sqlite:////absolute/path or sqlite:///relative/path"
#define REMEDY                                                                                     \
	"use sqlite:////absolute/path, sqlite:///relative/path or "                                \
	"postgresql://user@host/database"

static const char *const schemes[] = { "sqlite", "sqlite+pysqlite", "sqlite+aiosqlite" };

/* Options that SQLAlchemy passes to Python's sqlite3.connect and that do not concern the file.
 * "uri" is not among them, because it changes the meaning of the path. */
static const char *const driver_options[] = { "timeout", "isolation_level", "detect_types",
	"check_same_thread", "cached_statements" };

static bool is_listed(struct str s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(s, str_from(list[i])))
			return true;
	return false;
}

/* The scheme before "://"; empty if there is none. */
static struct str scheme_of(const char *url)
{
	size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+");

	return (struct str){ url, strncmp(url + n, "://", 3) == 0 ? n : 0 };
}

static bool options_are_known(const char *query, struct buf *error)
{
	for (const char *p = query; *p; p += *p == '&') {
		struct str name = { p, strcspn(p, "=&") };
		p += strcspn(p, "&");
		if (name.len == 0 || is_listed(name, driver_options, NITEMS(driver_options)))
			continue;
		buf_printf(error, "the option \"%.*s\" of the URL is not supported; remove it",
			(int)(name.len < 64 ? name.len : 64), name.ptr);
		return false;
	}
	return true;
}

static bool read_path(struct str path, struct database_url *parsed, struct buf *error)
{
	if (path.len >= sizeof(parsed->path)) {
		buf_printf(error, "the path has more than %zu bytes", sizeof(parsed->path) - 1);
		return false;
	}
	if (path.len > 0 && path.ptr[path.len - 1] == ' ') {
		buf_str(error, STR("the path ends with a space; remove it"));
		return false;
	}
	parsed->memory = path.len == 0 || str_equal(path, STR(":memory:"));
	if (parsed->memory)
		path.len = 0;
	memcpy(parsed->path, path.ptr, path.len);
	parsed->path[path.len] = '\0';
	return true;
}

/* Parses what follows the scheme of a SQLite URL. */
static bool read_sqlite(const char *rest, struct database_url *parsed, struct buf *error)
{
	struct str location = { rest, strcspn(rest, "?") };

	if (location.len > 0 && location.ptr[0] != '/') {
		buf_printf(error, "a sqlite URL has no host and no user; " SQLITE_REMEDY);
		return false;
	}
	const char *query = location.ptr + location.len;
	if (*query == '?' && !options_are_known(query + 1, error))
		return false;
	return read_path(str_from_index(location, location.len > 0), parsed, error);
}

bool database_url_parse(const char *url, struct database_url *parsed, struct buf *error)
{
	struct str scheme = scheme_of(url);
	const char *rest = url + scheme.len + strlen("://");

	if (scheme.len == 0) {
		buf_append(error, "\"", 1);
		database_url_redact(url, error);
		buf_printf(error, "\" is not a database URL; " REMEDY);
		return false;
	}
	*parsed = (struct database_url){ .engine = DATABASE_SQLITE };
	if (is_listed(scheme, schemes, NITEMS(schemes)))
		return read_sqlite(rest, parsed, error);
	parsed->engine = DATABASE_POSTGRES;
	if (postgres_url_has_scheme(scheme))
		return postgres_url_parse(rest, parsed, error);
	buf_printf(error, "%.*s is not built in; " REMEDY, (int)(scheme.len < 64 ? scheme.len : 64),
		scheme.ptr);
	return false;
}

void database_url_describe(const struct database_url *url, struct buf *out)
{
	if (url->engine == DATABASE_POSTGRES)
		postgres_url_describe(url, out);
	else
		buf_str(out, url->memory ? STR("in memory") : str_from(url->path));
}

void database_url_redact(const char *url, struct buf *out)
{
	struct str scheme = scheme_of(url);
	const char *rest = url + (scheme.len > 0 ? scheme.len + strlen("://") : 0);
	const char *at = strrchr(rest, '@');

	buf_append(out, url, (size_t)(rest - url));
	/* In a path, @ is an ordinary character. Elsewhere it ends the user's name and password. */
	if (at && (rest[0] != '/' || postgres_url_has_scheme(scheme))) {
		buf_str(out, STR("***"));
		rest = at;
	}
	size_t shown = strcspn(rest, "?");
	buf_append(out, rest, shown);
	if (rest[shown] == '?')
		buf_str(out, STR("?***"));
}

const char *database_url_public(const char *url)
{
	return postgres_url_has_scheme(scheme_of(url)) ? "postgresql://" : url;
}

const char *database_url_default(void)
{
	struct stat st;
	bool usable =
		stat("/data", &st) == 0 && S_ISDIR(st.st_mode) && access("/data", W_OK | X_OK) == 0;

	return usable ? "sqlite:////data/app.db" : "sqlite:///./app.db";
}
