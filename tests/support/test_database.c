#include "test_database.h"

#include "output_of.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SQL_MAX = 1024 };

static const char sqlite_scheme[] = "sqlite:///";
static pid_t program;  /* the test program; tests are forks of it */
static unsigned taken; /* databases of PostgreSQL that this test has */

bool test_database_is_postgres(void)
{
	const char *engine = getenv("POSTERN_TEST_ENGINE");

	return engine && strcmp(engine, "postgres") == 0;
}

/* Writes the URL of another database of the server: the name is its path. Returns false if
 * POSTERN_TEST_POSTGRES is not such a URL. */
static bool write_postgres_url(const char *name, char url[TEST_URL_MAX])
{
	const char *server = getenv("POSTERN_TEST_POSTGRES");
	const char *authority = server ? strstr(server, "://") : NULL;
	const char *path = authority ? strchr(authority + strlen("://"), '/') : NULL;

	if (!path)
		return false;
	const char *options = strchr(path, '?');
	return snprintf(url, TEST_URL_MAX, "%.*s/%s%s", (int)(path - server), server, name,
		       options ? options : "") < TEST_URL_MAX;
}

static const char *ask_postgres(const char *url, const char *sql)
{
	return output_of((const char *const[]){ "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url,
				 "-f", "-", NULL },
		sql);
}

/* An earlier test of this program may have used it, and servers that it left may end only now. */
static void new_postgres_database(char url[TEST_URL_MAX])
{
	char name[32], maintenance[TEST_URL_MAX], sql[SQL_MAX];

	snprintf(name, sizeof(name), "t%d_%u", (int)program, taken++);
	ck_assert_msg(write_postgres_url("postgres", maintenance) && write_postgres_url(name, url),
		"POSTERN_TEST_POSTGRES is not the URL of a server");
	snprintf(sql, sizeof(sql),
		"SELECT 'CREATE DATABASE %s' WHERE NOT EXISTS"
		" (SELECT FROM pg_database WHERE datname = '%s') \\gexec\n"
		"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
		" WHERE datname = '%s';\n"
		"ALTER DATABASE %s RESET ALL;\n"
		"\\connect %s\n"
		"SET client_min_messages = warning;\n"
		"DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;\n",
		name, name, name, name, name);
	ask_postgres(maintenance, sql);
}

void test_database_new(const char *path, char url[TEST_URL_MAX])
{
	if (test_database_is_postgres())
		new_postgres_database(url);
	else
		ck_assert_int_lt(
			snprintf(url, TEST_URL_MAX, "%s%s", sqlite_scheme, path), TEST_URL_MAX);
}

static const char *path_of(const char *url)
{
	size_t n = strlen(sqlite_scheme);

	return strncmp(url, sqlite_scheme, n) == 0 ? url + n : NULL;
}

const char *test_database_sql(const char *url, const char *sql)
{
	const char *path = path_of(url);

	if (!path)
		return ask_postgres(url, sql);
	return output_of(
		(const char *const[]){ "sqlite3", "-batch", "-bail", path, sql, NULL }, "");
}

FILE *test_database_open(const char *url, const char *sql)
{
	const char *path = path_of(url);

	ck_assert_int_eq(setenv("TEST_DATABASE", path ? path : url, 1), 0);
	ck_assert_int_eq(setenv("TEST_SQL", sql, 1), 0);
	FILE *rows = popen(path ? "exec sqlite3 -batch -bail \"$TEST_DATABASE\" \"$TEST_SQL\""
				: "printf %s \"$TEST_SQL\" |"
				  " exec psql -XAtq -v ON_ERROR_STOP=1 -d \"$TEST_DATABASE\" -f -",
		"re");
	ck_assert_ptr_nonnull(rows);
	return rows;
}

const char *test_database_zone(void)
{
	return test_database_is_postgres() ? "Z" : "";
}

void test_database_check(const char *url)
{
	if (path_of(url)) {
		ck_assert_str_eq(test_database_sql(url, "PRAGMA integrity_check;"), "ok");
		ck_assert_str_eq(test_database_sql(url, "PRAGMA foreign_key_check;"), "");
		return;
	}
	test_database_sql(url,
		"SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS amcheck;"
		"SELECT bt_index_check(indexrelid, true) FROM pg_index JOIN pg_class c"
		" ON c.oid = indexrelid WHERE relkind = 'i' AND relpersistence = 'p' AND"
		" relnamespace = 'public'::regnamespace;");
}

#define ADA "INSERT INTO users (username, email) VALUES ('ada', 'ada@example.com');"

void test_database_insert_posts(const char *url, unsigned n, unsigned zeros)
{
	char sql[SQL_MAX];

	if (path_of(url))
		snprintf(sql, sizeof(sql),
			"PRAGMA busy_timeout = 5000; BEGIN;" ADA
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
			"%u) INSERT INTO posts (title, content, user_id, date_posted) "
			"SELECT 'post ' || i, hex(zeroblob(%u)), 1, '2026-01-02 03:04:05.000000' "
			"FROM n;"
			"COMMIT",
			n, zeros / 2);
	else
		snprintf(sql, sizeof(sql),
			"BEGIN;" ADA "INSERT INTO posts (title, content, user_id, date_posted) "
			"SELECT 'post ' || i, repeat('0', %u), 1, '2026-01-02 03:04:05+00' "
			"FROM generate_series(1, %u) i;"
			"COMMIT",
			zeros, n);
	test_database_sql(url, sql);
}

/* The whole program. */

void test_databases_begin(void)
{
	program = getpid();
}

/* Fails no test: the server of the tests may be gone. */
void test_databases_end(void)
{
	char url[TEST_URL_MAX], command[TEST_URL_MAX + 512];

	if (!write_postgres_url("postgres", url))
		return;
	snprintf(command, sizeof(command),
		"psql -XAtq -d '%s' 2>/dev/null <<'END'\n"
		"SELECT format('DROP DATABASE %%I WITH (FORCE)', datname) FROM pg_database"
		" WHERE datname LIKE 't%d\\_%%' \\gexec\n"
		"END\n",
		url, (int)program);
	if (system(command) != 0)
		fputs("the databases of the tests are left\n", stderr);
}
