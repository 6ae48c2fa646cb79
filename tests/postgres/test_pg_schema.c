/* A server gets the tables of every declaration, and tables that differ are refused. */
#include "pg_schema.h"

#include "declaration.h"
#include "sample.h"
#include "session.h"
#include "source_file.h"

#include <glob.h>
#include <sys/wait.h>

enum { PROCESSES = 8, MANY = 200 };

static const char *url;
static glob_t files;
static PGconn *conn;
static char schema[64];
static struct buf error;
static struct arena arena;
static bool has_log;

static void setup(void)
{
	conn = session_connect(url);
	session_use_schema(conn, schema);
	buf_init(&error, SIZE_MAX);
}

static void teardown(void)
{
	PQclear(PQexec(conn, "ROLLBACK; RESET ROLE"));
	session_drop_schema(conn, schema);
	PQclear(PQexec(conn, "DROP ROLE IF EXISTS postern_test_guest"));
	PQfinish(conn);
	buf_done(&error);
	arena_done(&arena);
}

static const char *reason(void)
{
	buf_char(&error, '\0');
	return buf_view(&error).ptr;
}

static void expect_ensured(const struct api *a)
{
	has_log = false;
	ck_assert_msg(pg_schema_ensure(conn, a, &has_log, &error), "%s", reason());
	ck_assert_msg(pg_schema_check(conn, a, &error), "%s", reason());
	ck_assert_int_eq(PQtransactionStatus(conn), PQTRANS_IDLE);
}

/* What there is, as a text. */
static const char *dump(void)
{
	return arena_copy(&arena,
		str_from(session_value(conn,
			"SELECT coalesce(string_agg(x, E'\\n' ORDER BY x), '') FROM ("
			"SELECT c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, "
			"a.atttypmod) || ' ' || a.attnotnull FROM pg_class AS c JOIN pg_attribute "
			"AS a "
			"ON a.attrelid = c.oid WHERE c.relnamespace = "
			"current_schema()::regnamespace "
			"AND a.attnum > 0 UNION ALL SELECT pg_get_constraintdef(oid) FROM "
			"pg_constraint"
			" WHERE connamespace = current_schema()::regnamespace UNION ALL "
			"SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()"
			") AS t (x)")))
		.ptr;
}

START_TEST(every_declaration_gets_its_tables)
{
	const struct api *a = sample_read_api(source_file_read(&arena, files.gl_pathv[_i]));
	unsigned references = 0;

	ck_assert_msg(pg_schema_check(conn, a, &error), "%s", reason());
	expect_ensured(a);
	ck_assert(has_log);
	const char *first = dump();
	expect_ensured(a);
	ck_assert_str_eq(dump(), first);
	for (unsigned i = 0; i < api_count_tables(a); i++)
		for (unsigned j = 0; j < resource_columns(api_table(a, i)); j++)
			references += api_table(a, i)->fields[j].to != NULL;
	ck_assert_int_eq(atoi(session_value(conn,
				 "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND "
				 "connamespace = current_schema()::regnamespace")),
		(int)references);
	declaration_free(a);
}
END_TEST

START_TEST(a_trial_changes_nothing)
{
	const char *before = dump();

	ck_assert_msg(pg_schema_check(conn, api, &error), "%s", reason());
	ck_assert_str_eq(dump(), before);
}
END_TEST

/* Differences. */

static const char declared[] =
	"{\"resources\": {\"user\": {\"fields\": {"
	"\"name\": {\"type\": \"string\", \"max_length\": 9, \"unique\": true, \"index\": true},"
	"\"age\": {\"type\": \"integer\", \"nullable\": true, \"default\": null},"
	"\"note\": {\"type\": \"text\", \"default\": \"it's\"},"
	"\"price\": {\"type\": \"decimal\", \"max_digits\": 6, \"decimal_places\": 2},"
	"\"at\": {\"type\": \"datetime\", \"timezone\": true},"
	"\"color\": {\"type\": \"string\", \"enum\": {\"name\": \"Color\", \"members\": "
	"{\"red\": \"r\", \"blue\": \"b\"}}}}}}}";

static const struct {
	const char *change; /* of the tables that were made */
	const char *reason; /* NULL: accepted */
} differences[] = {
	{ "ALTER TABLE users ADD COLUMN more INTEGER", NULL },
	{ "ALTER TABLE users ADD COLUMN more INTEGER NOT NULL DEFAULT 1", NULL },
	{ "ALTER TABLE users ADD COLUMN more INTEGER NOT NULL",
		"table users, column more: expected none, found integer NOT NULL without default" },
	{ "ALTER TABLE users ALTER COLUMN name TYPE TEXT", NULL },
	{ "ALTER TABLE users ALTER COLUMN name TYPE VARCHAR(10)", NULL },
	{ "ALTER TABLE users ALTER COLUMN name TYPE VARCHAR(8)",
		"table users, column name: expected VARCHAR(9) NOT NULL, found character "
		"varying(8) "
		"NOT NULL; the remedy may be: ALTER TABLE users ALTER COLUMN name TYPE "
		"VARCHAR(9)" },
	{ "ALTER TABLE users ALTER COLUMN age TYPE BIGINT", NULL },
	{ "ALTER TABLE users ALTER COLUMN id TYPE BIGINT", NULL },
	{ "ALTER TABLE users ALTER COLUMN age TYPE SMALLINT",
		"table users, column age: expected INTEGER, found smallint; the remedy may be: "
		"ALTER "
		"TABLE users ALTER COLUMN age TYPE INTEGER" },
	{ "ALTER TABLE users ALTER COLUMN age SET NOT NULL",
		"table users, column age: expected INTEGER, found integer NOT NULL; the remedy may "
		"be: ALTER TABLE users ALTER COLUMN age DROP NOT NULL" },
	{ "ALTER TABLE users ALTER COLUMN name DROP NOT NULL",
		"table users, column name: expected VARCHAR(9) NOT NULL, found character "
		"varying(9); "
		"the remedy may be: ALTER TABLE users ALTER COLUMN name SET NOT NULL" },
	{ "ALTER TABLE users DROP COLUMN note",
		"table users, column note: expected TEXT NOT NULL, found none; the remedy may be: "
		"ALTER TABLE users ADD COLUMN note TEXT NOT NULL DEFAULT 'it''s'" },
	{ "ALTER TABLE users DROP COLUMN age; ALTER TABLE users ADD COLUMN age INTEGER GENERATED "
	  "ALWAYS AS (1) STORED",
		"table users, column age: expected INTEGER, found integer GENERATED" },
	{ "ALTER TABLE users ALTER COLUMN price TYPE NUMERIC(8, 2)", NULL },
	{ "ALTER TABLE users ALTER COLUMN price TYPE NUMERIC", NULL },
	{ "ALTER TABLE users ALTER COLUMN price TYPE NUMERIC(8, 3)",
		"table users, column price: expected NUMERIC(6, 2) NOT NULL, found numeric(8,3) "
		"NOT "
		"NULL; the remedy may be: ALTER TABLE users ALTER COLUMN price TYPE NUMERIC(6, "
		"2)" },
	{ "ALTER TABLE users ALTER COLUMN at TYPE TIMESTAMP",
		"table users, column at: expected TIMESTAMP WITH TIME ZONE NOT NULL, found "
		"timestamp "
		"without time zone NOT NULL; the remedy may be: ALTER TABLE users ALTER COLUMN at "
		"TYPE TIMESTAMP WITH TIME ZONE" },
	{ "ALTER TYPE color ADD VALUE 'green'", NULL },
	{ "ALTER TYPE color RENAME TO colour", NULL },
	{ "ALTER TYPE color RENAME VALUE 'blue' TO 'bleu'",
		"table users, column color: the type has no \"blue\"; the remedy may be: ALTER "
		"TYPE "
		"color ADD VALUE 'blue'" },
	{ "ALTER TABLE users ALTER COLUMN color TYPE TEXT",
		"table users, column color: expected color NOT NULL, found text NOT NULL; the "
		"remedy "
		"may be: ALTER TABLE users ALTER COLUMN color TYPE color" },
	{ "ALTER TABLE users ALTER COLUMN id DROP DEFAULT",
		"table users, column id: expected a number that PostgreSQL counts (SERIAL or "
		"IDENTITY), found no default" },
	{ "ALTER TABLE users ALTER COLUMN id DROP DEFAULT; ALTER TABLE users ALTER COLUMN id ADD "
	  "GENERATED BY DEFAULT AS IDENTITY",
		NULL },
	{ "DROP INDEX ix_users_id; ALTER TABLE users DROP CONSTRAINT users_pkey",
		"table users, column id: expected PRIMARY KEY, found no unique index of it alone" },
	{ "DROP INDEX ix_users_name", NULL },
	{ "DROP INDEX ix_users_name; INSERT INTO users (name, note, price, at, color) SELECT 'a', "
	  "'', 0, now(), 'red' FROM generate_series(1, 2)",
		"table users, column name: expected unique values, found duplicates" },
	{ "ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people",
		"table users: expected a table, found a view of that name" },
	{ "DROP TABLE users", NULL },
	{ "DROP TABLE users; DROP TYPE color; CREATE TYPE color AS (x INTEGER)",
		"table users, column color: there is already another type named color" },
	{ "DROP TABLE users; DROP TYPE color; CREATE TYPE color AS ENUM ('blue')",
		"table users, column color: the type has no \"red\"; the remedy may be: ALTER TYPE "
		"color ADD VALUE 'red'" },
};

START_TEST(a_difference_is_refused_or_mended)
{
	const struct api *a = sample_read_api(str_from(declared));
	const char *wanted = differences[_i].reason;

	expect_ensured(a);
	session_do(conn, differences[_i].change);
	const char *before = dump();
	if (!wanted) {
		expect_ensured(a);
		declaration_free(a);
		return;
	}
	ck_assert(!pg_schema_check(conn, a, &error));
	ck_assert_str_eq(reason(), wanted);
	buf_reset(&error, SIZE_MAX);
	ck_assert(!pg_schema_ensure(conn, a, &has_log, &error));
	ck_assert_str_eq(reason(), wanted);
	ck_assert_str_eq(dump(), before);
	declaration_free(a);
}
END_TEST

START_TEST(the_remedies_are_sql)
{
	const struct api *a = sample_read_api(str_from(declared));

	expect_ensured(a);
	session_do(conn, "ALTER TABLE users DROP COLUMN note, DROP COLUMN age, DROP COLUMN price,"
			 " ALTER COLUMN name TYPE VARCHAR(5), ALTER COLUMN at DROP NOT NULL;"
			 "ALTER TYPE color RENAME VALUE 'blue' TO 'bleu'");
	for (int i = 0; i < 6; i++) {
		ck_assert(!pg_schema_ensure(conn, a, &has_log, &error));
		const char *remedy = strstr(reason(), "remedy may be: ");
		ck_assert_msg(remedy != NULL, "%s", reason());
		session_do(conn, remedy + strlen("remedy may be: "));
		buf_reset(&error, SIZE_MAX);
	}
	expect_ensured(a);
	declaration_free(a);
}
END_TEST

static const struct {
	const char *field, *reason;
} impossible[] = {
	{ "\"xmin\": {\"type\": \"text\"}",
		"table as, column xmin: PostgreSQL has one of this name in every table; the field "
		"needs another name" },
	{ "\"n\": {\"type\": \"integer\", \"default\": 2147483648}",
		"table as, column n: it cannot store the default" },
	{ "\"t\": {\"type\": \"text\", \"default\": \"\\u0000\"}",
		"table as, column t: it cannot store the default" },
};

START_TEST(a_column_that_cannot_be_is_refused)
{
	struct str text = arena_printf(
		&arena, "{\"resources\": {\"a\": {\"fields\": {%s}}}}", impossible[_i].field);
	const struct api *a = sample_read_api(text);

	ck_assert(!pg_schema_check(conn, a, &error));
	ck_assert_str_eq(reason(), impossible[_i].reason);
	declaration_free(a);
}
END_TEST

START_TEST(tables_may_refer_to_each_other)
{
	const struct api *a = sample_read_api(STR(
		"{\"resources\": {\"a\": {\"fields\": {\"b\": {\"type\": \"reference\", \"to\": "
		"\"b\", \"nullable\": true, \"default\": null}, \"a\": {\"type\": \"reference\", "
		"\"to\": \"a\", \"nullable\": true, \"default\": null}}}, \"b\": {\"fields\": "
		"{\"a\": {\"type\": \"reference\", \"to\": \"a\"}}}}}"));

	expect_ensured(a);
	ck_assert_str_eq(
		session_value(conn, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND "
				    "connamespace = current_schema()::regnamespace"),
		"3");
	declaration_free(a);
}
END_TEST

/* The order of the search path decides, as for SQLAlchemy. */
START_TEST(tables_are_found_in_the_whole_search_path)
{
	char sql[512];

	expect_ensured(api);
	snprintf(sql, sizeof(sql),
		"DROP SCHEMA IF EXISTS %s_2 CASCADE; CREATE SCHEMA %s_2; SET search_path = %s_2, "
		"%s",
		schema, schema, schema, schema);
	session_do(conn, sql);
	expect_ensured(api);
	ck_assert_str_eq(session_value(conn, "SELECT count(*) FROM pg_class WHERE relnamespace = "
					     "current_schema()::regnamespace"),
		"0");
	snprintf(sql, sizeof(sql), "DROP SCHEMA %s_2; SET search_path = %s", schema, schema);
	session_do(conn, sql);
}
END_TEST

/* Processes and roles. */

static int ensure_in_child(const struct api *a)
{
	PGconn *own = PQconnectdb(url);
	char sql[128];

	snprintf(sql, sizeof(sql), "SET client_min_messages = error; SET search_path = %s", schema);
	PQclear(PQexec(own, sql));
	buf_reset(&error, SIZE_MAX);
	bool fine = pg_schema_ensure(own, a, &has_log, &error) && has_log;
	if (!fine)
		fprintf(stderr, "%s\n", reason());
	PQfinish(own);
	return fine ? 0 : 1;
}

START_TEST(several_machines_begin_at_once)
{
	const struct api *a = sample_read_api(source_file_read(&arena, "tests/apis/types.json"));
	pid_t children[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		if (children[i] == 0)
			_exit(ensure_in_child(a));
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	expect_ensured(a);
	declaration_free(a);
}
END_TEST

static void become_guest(const char *rights)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		"DO $$ BEGIN CREATE ROLE postern_test_guest; EXCEPTION WHEN duplicate_object OR "
		"unique_violation THEN END $$; GRANT USAGE ON SCHEMA %s TO postern_test_guest; %s; "
		"SET ROLE postern_test_guest",
		schema, rights);
	session_do(conn, sql);
}

START_TEST(a_role_that_may_not_create_is_fine_if_all_exist)
{
	expect_ensured(api);
	become_guest("SELECT");
	expect_ensured(api);
	ck_assert(!has_log);
	session_do(conn, "RESET ROLE");
	become_guest("GRANT ALL ON postern_changes, postern_commits TO postern_test_guest");
	expect_ensured(api);
	ck_assert(has_log);
	session_do(conn, "RESET ROLE; DROP TABLE postern_changes");
	become_guest("SELECT");
	expect_ensured(api);
	ck_assert(!has_log);
}
END_TEST

START_TEST(a_role_that_may_not_create_is_told_so)
{
	become_guest("SELECT");
	ck_assert(!pg_schema_ensure(conn, api, &has_log, &error));
	ck_assert_msg(strstr(reason(), "table users: permission denied for schema") != NULL, "%s",
		reason());
}
END_TEST

/* One query for each catalog. */
START_TEST(many_tables_take_few_queries)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	buf_str(&text, STR("{\"resources\": {"));
	for (unsigned i = 0; i < MANY; i++)
		buf_printf(&text, "%s\"r%u\": {\"fields\": {\"f\": {\"type\": \"text\"}}}",
			i ? "," : "", i);
	buf_str(&text, STR("}}"));
	const struct api *a = sample_read_api(buf_view(&text));
	expect_ensured(a);
	buf_done(&text);
	FILE *trace = tmpfile();
	PQtrace(conn, trace);
	expect_ensured(a);
	PQuntrace(conn);
	rewind(trace);
	unsigned queries = 0;
	char line[65536];
	while (fgets(line, sizeof(line), trace))
		queries += strstr(line, "\tCommandComplete\t") != NULL;
	fclose(trace);
	ck_assert_uint_le(queries, 16);
	declaration_free(a);
}
END_TEST

/* Writes of others. */

static const struct {
	const char *change;
	bool others_write;
} others[] = {
	{ "SELECT", false },
	{ "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
	  "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()",
		true },
	{ "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
	  "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();"
	  "ALTER TABLE users DISABLE TRIGGER t",
		false },
	{ "CREATE RULE r AS ON DELETE TO posts DO ALSO SELECT 1", true },
	{ "ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey, ADD FOREIGN KEY (user_id) "
	  "REFERENCES users (id) ON DELETE CASCADE",
		true },
	{ "CREATE TABLE other (u INTEGER REFERENCES users (id) ON UPDATE SET NULL)", true },
	{ "CREATE TABLE other (u INTEGER REFERENCES users (id))", false },
};

START_TEST(it_is_known_whether_others_write)
{
	bool others_write = !others[_i].others_write;

	expect_ensured(api);
	session_do(conn, others[_i].change);
	ck_assert_msg(pg_schema_others_write(conn, api, &others_write, &error), "%s", reason());
	ck_assert_int_eq(others_write, others[_i].others_write);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_schema");
	TCase *tc = tcase_create("server");

	url = session_url("test_pg_schema");
	if (!url)
		return suite;
	glob("tests/apis/*.json", 0, NULL, &files);
	glob("docs/examples/*.json", GLOB_APPEND, NULL, &files);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_declaration_gets_its_tables, 0, (int)files.gl_pathc);
	tcase_add_test(tc, a_trial_changes_nothing);
	tcase_add_loop_test(tc, a_difference_is_refused_or_mended, 0, NITEMS(differences));
	tcase_add_test(tc, the_remedies_are_sql);
	tcase_add_loop_test(tc, a_column_that_cannot_be_is_refused, 0, NITEMS(impossible));
	tcase_add_test(tc, tables_may_refer_to_each_other);
	tcase_add_test(tc, tables_are_found_in_the_whole_search_path);
	tcase_add_test(tc, several_machines_begin_at_once);
	tcase_add_test(tc, a_role_that_may_not_create_is_fine_if_all_exist);
	tcase_add_test(tc, a_role_that_may_not_create_is_told_so);
	tcase_add_test(tc, many_tables_take_few_queries);
	tcase_add_loop_test(tc, it_is_known_whether_others_write, 0, NITEMS(others));
	suite_add_tcase(suite, tc);
	return suite;
}
