#include "database_url.h"

#include "suite.h"

static const struct {
	const char *url;
	bool memory;
	const char *path;
} accepted[] = {
	{ "sqlite:////data/app.db", false, "/data/app.db" },
	{ "sqlite:///app.db", false, "app.db" },
	{ "sqlite:///./app.db", false, "./app.db" },
	{ "sqlite:///../up/app.db", false, "../up/app.db" },
	{ "sqlite+pysqlite:////data/app.db", false, "/data/app.db" },
	{ "sqlite+aiosqlite:///app.db", false, "app.db" },
	{ "sqlite://", true, "" },
	{ "sqlite:///", true, "" },
	{ "sqlite:///:memory:", true, "" },
	{ "sqlite+pysqlite:///:memory:", true, "" },
	{ "sqlite:////:memory:", false, "/:memory:" },
	/* SQLAlchemy does not decode the path. */
	{ "sqlite:///a%20b.db", false, "a%20b.db" },
	{ "sqlite:///me@home:80/a#b.db", false, "me@home:80/a#b.db" },
	{ "sqlite:///file:x.db", false, "file:x.db" },
	{ "sqlite:///app.db?check_same_thread=False", false, "app.db" },
	{ "sqlite:///app.db?timeout=5&check_same_thread=False&", false, "app.db" },
	{ "sqlite://?timeout=5", true, "" },
	{ "sqlite:///app.db?", false, "app.db" },
};

START_TEST(valid_urls_are_parsed)
{
	struct database_url parsed;
	struct buf error;

	buf_init(&error, 1000);
	ck_assert_msg(database_url_parse(accepted[_i].url, &parsed, &error), "%s: %.*s",
		accepted[_i].url, (int)buf_len(&error), buf_view(&error).ptr);
	ck_assert_msg(parsed.memory == accepted[_i].memory, "%s", accepted[_i].url);
	ck_assert_int_eq(parsed.engine, DATABASE_SQLITE);
	ck_assert_str_eq(parsed.path, accepted[_i].path);
	buf_done(&error);
}
END_TEST

#define SQLITE_REMEDY "use sqlite:////absolute/path or sqlite:///relative/path"
#define REMEDY                                                                                     \
	"use sqlite:////absolute/path, sqlite:///relative/path or "                                \
	"postgresql://user@host/database"

static const struct {
	const char *url, *error;
} refused[] = {
	{ "", "\"\" is not a database URL; " REMEDY },
	{ "app.db", "\"app.db\" is not a database URL; " REMEDY },
	{ "/data/app.db", "\"/data/app.db\" is not a database URL; " REMEDY },
	{ "sqlite:/app.db", "\"sqlite:/app.db\" is not a database URL; " REMEDY },
	{ "://x", "\"://x\" is not a database URL; " REMEDY },
	{ "postgres:secret@host/db", "\"***@host/db\" is not a database URL; " REMEDY },
	{ "postgresql+pygresql://me:secret@host/db",
		"postgresql+pygresql is not built in; " REMEDY },
	{ "sqlite+psycopg://me:secret@host/db", "sqlite+psycopg is not built in; " REMEDY },
	{ "mysql+pymysql://me:secret@host/db", "mysql+pymysql is not built in; " REMEDY },
	{ "sqlite+pysqlcipher://:secret@/x", "sqlite+pysqlcipher is not built in; " REMEDY },
	{ "SQLITE:///x", "SQLITE is not built in; " REMEDY },
	{ "sqlite:///app.db ", "the path ends with a space; remove it" },
	{ "sqlite:///app.db ?timeout=5", "the path ends with a space; remove it" },
	{ "sqlite://app.db", "a sqlite URL has no host and no user; " SQLITE_REMEDY },
	{ "sqlite://data/app.db", "a sqlite URL has no host and no user; " SQLITE_REMEDY },
	{ "sqlite://me:secret@/app.db", "a sqlite URL has no host and no user; " SQLITE_REMEDY },
	{ "sqlite:///file:x?uri=true",
		"the option \"uri\" of the URL is not supported; remove it" },
	{ "sqlite:///x?timeout=1&mode=ro",
		"the option \"mode\" of the URL is not supported; remove it" },
	{ "sqlite:///x?key", "the option \"key\" of the URL is not supported; remove it" },
};

START_TEST(invalid_urls_are_refused)
{
	struct database_url parsed;
	struct buf error;

	buf_init(&error, 1000);
	ck_assert_msg(!database_url_parse(refused[_i].url, &parsed, &error), "%s", refused[_i].url);
	ck_assert_slice_eq(buf_view(&error), str_from(refused[_i].error));
	buf_done(&error);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char url[DATABASE_PATH_SIZE + 32] = "sqlite:///";
	struct database_url parsed;
	struct buf error;
	size_t n = strlen(url);

	buf_init(&error, 1000);
	memset(url + n, 'a', DATABASE_PATH_SIZE - 1);
	ck_assert(database_url_parse(url, &parsed, &error));
	ck_assert_uint_eq(strlen(parsed.path), DATABASE_PATH_SIZE - 1);
	url[n + DATABASE_PATH_SIZE - 1] = 'a';
	ck_assert(!database_url_parse(url, &parsed, &error));
	ck_assert_slice_eq(buf_view(&error), STR("the path has more than 4095 bytes"));
	buf_done(&error);
}
END_TEST

static const struct {
	const char *url, *shown;
} redactions[] = {
	{ "sqlite:////data/app.db", "sqlite:////data/app.db" },
	{ "sqlite:///me@home.db", "sqlite:///me@home.db" },
	{ "sqlite:///x?timeout=5", "sqlite:///x?***" },
	{ "postgresql://me:secret@host/db", "postgresql://***@host/db" },
	{ "postgresql://me:se@cr/et@host/db", "postgresql://***@host/db" },
	{ "postgresql://host/db?password=secret", "postgresql://host/db?***" },
	{ "postgresql:///me:secret@host/db", "postgresql://***@host/db" },
	{ "postgres+asyncpg://me:se?cret@host/db?ssl=require",
		"postgres+asyncpg://***@host/db?***" },
	{ "me:secret@host", "***@host" },
	{ "", "" },
};

START_TEST(secrets_are_masked)
{
	struct buf out;

	buf_init(&out, 1000);
	database_url_redact(redactions[_i].url, &out);
	ck_assert_slice_eq(buf_view(&out), str_from(redactions[_i].shown));
	buf_done(&out);
}
END_TEST

START_TEST(the_default_can_be_parsed)
{
	struct database_url parsed;
	struct buf error;

	buf_init(&error, 1000);
	ck_assert(database_url_parse(database_url_default(), &parsed, &error));
	ck_assert(!parsed.memory);
	buf_done(&error);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("database_url");
	TCase *tc = tcase_create("database_url");

	tcase_add_loop_test(tc, valid_urls_are_parsed, 0, NITEMS(accepted));
	tcase_add_loop_test(tc, invalid_urls_are_refused, 0, NITEMS(refused));
	tcase_add_test(tc, a_path_that_is_too_long_is_refused);
	tcase_add_loop_test(tc, secrets_are_masked, 0, NITEMS(redactions));
	tcase_add_test(tc, the_default_can_be_parsed);
	suite_add_tcase(suite, tc);
	return suite;
}
