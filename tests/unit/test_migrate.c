/* Plans of migrations: what is in them, what they name and leave, and that they do it. */
#include "migrate.h"

#include "declaration.h"
#include "sample.h"
#include "schema.h"
#include "suite.h"

#include <stdio.h>

enum { TEXT_MAX = 64 * 1024 };

/* The declaration of each test: todos with these fields, below lists, which have categories. */
#define LIST "\"list\":{\"fields\":{\"name\":{\"type\":\"string\"}}},"
#define CATEGORY                                                                                   \
	"\"category\":{\"plural\":\"categories\",\"fields\":{\"name\":{\"type\":\"string\"}}},"
#define API(fields)                                                                                \
	"{\"resources\":{" LIST CATEGORY                                                           \
	"\"todo\":{\"parent\":\"list\",\"fields\":{\"title\":{\"type\":\"string\"}" fields "}}}}"

#define LISTS                                                                                      \
	"CREATE TABLE lists (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL);"                      \
	"CREATE INDEX ix_lists_id ON lists (id);"                                                  \
	"CREATE TABLE categories (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL);"                 \
	"CREATE INDEX ix_categories_id ON categories (id);"
#define TODO_INDEXES                                                                               \
	"CREATE INDEX ix_todos_id ON todos (id);"                                                  \
	"CREATE INDEX ix_todos_list_id ON todos (list_id);"
#define TODOS_WITH(columns)                                                                        \
	LISTS "CREATE TABLE todos (id INTEGER PRIMARY KEY, title VARCHAR NOT NULL,"                \
	      " list_id INTEGER NOT NULL" columns ");" TODO_INDEXES
#define TODOS TODOS_WITH("")
#define ROW                                                                                        \
	"INSERT INTO lists VALUES (1, 'a');"                                                       \
	"INSERT INTO todos (id, title, list_id) VALUES (7, 'milk', 1);"
#define ROWS ROW "INSERT INTO todos (id, title, list_id) VALUES (8, 'milk', 1);"
#define ADD  "ALTER TABLE todos ADD COLUMN v "
#define BY_HAND                                                                                    \
	"; declare what is there, or make the table again by hand"                                 \
	" (https://www.sqlite.org/lang_altertable.html#otheralter)\n"
#define NO_VALUE "; 1 row is there: declare it nullable or with a default, or add it by hand\n"

static sqlite3 *db;
static struct buf error;
static const struct api *declared;

static void setup(void)
{
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	buf_init(&error, TEXT_MAX);
	declared = NULL;
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	buf_done(&error);
	declaration_free(declared);
}

static void run(const char *sql)
{
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
}

static void declare(const char *text)
{
	declaration_free(declared);
	declared = sample_read_api(str_from(text));
}

/* Compares the plan. Returns its number of differences. */
static unsigned expect_plan(const char *text)
{
	struct engine_plan plan;
	int rc = migrate_plan(&plan, db, declared, &error);

	ck_assert_msg(rc == SQLITE_OK, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	ck_assert_slice_eq(buf_view(&plan.sql), str_from(text));
	ck_assert_int_eq(sqlite3_get_autocommit(db), 1);
	unsigned differences = plan.differences;
	buf_done(&plan.sql);
	return differences;
}

static int apply(void)
{
	unsigned statements;
	int rc = migrate_apply(db, declared, &statements, &error);

	ck_assert_int_eq(sqlite3_get_autocommit(db), 1);
	return rc;
}

static void must_apply(void)
{
	int rc = apply();

	ck_assert_msg(rc == SQLITE_OK, "%d: %.*s", rc, (int)buf_len(&error), buf_view(&error).ptr);
}

/* Compares the first column of the only row. */
static void expect_value(const char *sql, const char *value)
{
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	const void *found = sqlite3_column_text(statement, 0);
	ck_assert_str_eq(found ? found : "", value);
	sqlite3_finalize(statement);
}

/* Columns with a value for a row that is there. */

#define FIELD(words) API(",\"v\":{\"type\":" words "}")

static const struct {
	const char *declaration, *plan, *value; /* quote(v) of the row */
} values[] = {
	{ FIELD("\"string\",\"nullable\":true"), "VARCHAR", "NULL" },
	{ FIELD("\"string\",\"nullable\":true,\"default\":null,\"max_length\":9"), "VARCHAR(9)",
		"NULL" },
	{ FIELD("\"string\",\"nullable\":true,\"default\":\"x\""), "VARCHAR DEFAULT 'x'", "'x'" },
	{ FIELD("\"string\",\"default\":\"it's;\\n--\""), "VARCHAR NOT NULL DEFAULT 'it''s;\n--'",
		"'it''s;\n--'" },
	{ FIELD("\"text\",\"default\":\"\\ud83d\\ude00\""),
		"TEXT NOT NULL DEFAULT '\360\237\230\200'", "'\360\237\230\200'" },
	{ FIELD("\"email\",\"default\":\"a@example.com\""),
		"VARCHAR NOT NULL DEFAULT 'a@example.com'", "'a@example.com'" },
	{ FIELD("\"integer\",\"default\":3"), "INTEGER NOT NULL DEFAULT 3", "3" },
	{ FIELD("\"integer\",\"default\":-9223372036854775808"),
		"INTEGER NOT NULL DEFAULT -9223372036854775808", "-9223372036854775808" },
	{ FIELD("\"number\",\"default\":0.1"), "FLOAT NOT NULL DEFAULT 0.1", "0.1" },
	{ FIELD("\"number\",\"default\":2"), "FLOAT NOT NULL DEFAULT 2.0", "2.0" },
	{ FIELD("\"decimal\",\"max_digits\":8,\"decimal_places\":2,\"default\":\"19.90\""),
		"NUMERIC(8, 2) NOT NULL DEFAULT 19.9", "19.9" },
	{ FIELD("\"boolean\",\"default\":true"), "BOOLEAN NOT NULL DEFAULT 1", "1" },
	{ FIELD("\"uuid\",\"default\":\"c9bf9e57-1685-4c89-bafb-ff5af830be8a\""),
		"CHAR(32) NOT NULL DEFAULT 'c9bf9e5716854c89bafbff5af830be8a'",
		"'c9bf9e5716854c89bafbff5af830be8a'" },
	{ FIELD("\"date\",\"default\":\"2026-11-30\""), "DATE NOT NULL DEFAULT '2026-11-30'",
		"'2026-11-30'" },
	{ FIELD("\"time\",\"default\":\"12:00:00\""), "TIME NOT NULL DEFAULT '12:00:00.000000'",
		"'12:00:00.000000'" },
	{ FIELD("\"datetime\",\"default\":\"2026-11-30T12:00:00\""),
		"DATETIME NOT NULL DEFAULT '2026-11-30 12:00:00.000000'",
		"'2026-11-30 12:00:00.000000'" },
	{ FIELD("\"datetime\",\"nullable\":true,\"set\":\"update\""), "DATETIME", "NULL" },
	{ FIELD("\"string\",\"enum\":{\"name\":\"C\",\"members\":{\"red\":\"r\",\"blue\":\"b\"}},"
		"\"default\":\"b\""),
		"VARCHAR(4) NOT NULL DEFAULT 'blue'", "'blue'" },
	{ FIELD("\"string\",\"literal\":[\"on\",\"off\"],\"default\":\"off\""),
		"VARCHAR(3) NOT NULL DEFAULT 'off'", "'off'" },
	{ FIELD("\"integer\",\"literal\":[1,2],\"default\":2"), "INTEGER NOT NULL DEFAULT 2", "2" },
	{ FIELD("\"object\",\"default\":{\"a\":[1]}"), "JSON NOT NULL DEFAULT '{\"a\": [1]}'",
		"'{\"a\": [1]}'" },
	{ FIELD("\"array\",\"items\":{\"type\":\"string\"},\"default\":[]"),
		"JSON NOT NULL DEFAULT '[]'", "'[]'" },
	{ FIELD("\"object\",\"nullable\":true,\"default\":null"), "JSON", "NULL" },
	{ FIELD("\"reference\",\"to\":\"category\",\"nullable\":true"),
		"INTEGER REFERENCES categories (id)", "NULL" },
	{ FIELD("\"string\",\"input\":false,\"default\":\"x\""), "VARCHAR NOT NULL DEFAULT 'x'",
		"'x'" },
};

START_TEST(a_column_is_added_with_the_default_as_its_type_stores_it)
{
	char plan[512];

	run(TODOS ROW);
	declare(values[_i].declaration);
	snprintf(plan, sizeof(plan), ADD "%s;\n", values[_i].plan);
	ck_assert_uint_eq(expect_plan(plan), 0);
	must_apply();
	expect_value("SELECT quote(v) FROM todos WHERE id = 7", values[_i].value);
	expect_value("PRAGMA integrity_check", "ok");
	ck_assert_uint_eq(expect_plan(""), 0);
}
END_TEST

/* Keys that are UUIDs. */

#define WITH_TAGS(fields)                                                                          \
	"{\"resources\":{\"tag\":{\"key\":{\"type\":\"uuid\",\"index\":false},\"fields\":{"        \
	"\"word\":{"                                                                               \
	"\"type\":\"text\"}}},\"mark\":{\"key\":{\"type\":\"uuid\"},\"fields\":{\"word\":{"        \
	"\"type\":"                                                                                \
	"\"text\"}" fields "}}}}"
#define TAG_ID "00112233-4455-6677-8899-aabbccddeeff"
#define TAG    "00112233445566778899aabbccddeeff"
#define OF_TAG ",\"tag_id\":{\"type\":\"reference\",\"to\":\"tag\",\"default\":\"" TAG_ID "\"}"

START_TEST(tables_with_uuids_are_made_and_extended)
{
	declare(WITH_TAGS(""));
	ck_assert_uint_eq(expect_plan("CREATE TABLE tags (\n\tid CHAR(32) NOT NULL, \n"
				      "\tword TEXT NOT NULL, \n\tPRIMARY KEY (id)\n);\n"
				      "CREATE TABLE marks (\n\tid CHAR(32) NOT NULL, \n"
				      "\tword TEXT NOT NULL, \n\tPRIMARY KEY (id)\n);\n"
				      "CREATE INDEX ix_marks_id ON marks (id);\n"),
		0);
	must_apply();
	run("INSERT INTO marks VALUES ('" TAG "', 'x')");
	declare(WITH_TAGS(OF_TAG));
	ck_assert_uint_eq(expect_plan("-- table marks, column tag_id: expected CHAR(32) NOT NULL, "
				      "found none; 1 row is there: the row to which the default "
				      "refers is missing\n"),
		1);
	run("INSERT INTO tags VALUES ('" TAG "', 'x')");
	ck_assert_uint_eq(expect_plan("ALTER TABLE marks ADD COLUMN tag_id CHAR(32) NOT NULL "
				      "DEFAULT '" TAG "' REFERENCES tags (id);\n"),
		0);
	must_apply();
	expect_value("SELECT tag_id FROM marks", TAG);
	ck_assert_uint_eq(expect_plan(""), 0);
}
END_TEST

START_TEST(a_key_is_not_changed)
{
	run("CREATE TABLE tags (id INTEGER PRIMARY KEY, word TEXT NOT NULL);"
	    "CREATE TABLE marks (id CHAR(32), word TEXT NOT NULL, more, PRIMARY KEY (id, more));");
	declare(WITH_TAGS(""));
	ck_assert_uint_eq(
		expect_plan("-- table tags, column id: expected CHAR(32) NOT NULL PRIMARY "
			    "KEY, found INTEGER PRIMARY KEY" BY_HAND
			    "-- table marks, column id: expected PRIMARY KEY, found a key "
			    "of several columns; make the table again by hand\n"),
		2);
}
END_TEST

/* Other plans that are whole. */

static const struct {
	const char *sql, *declaration, *plan;
} whole[] = {
	{ TODOS ROW, API(""), "" },
	{ TODOS, FIELD("\"integer\""), ADD "INTEGER NOT NULL;\n" },
	{ TODOS, FIELD("\"datetime\",\"set\":\"create\""), ADD "DATETIME NOT NULL;\n" },
	{ TODOS, FIELD("\"integer\",\"unique\":true,\"default\":3"),
		ADD "INTEGER NOT NULL DEFAULT 3;\nCREATE UNIQUE INDEX ix_todos_v ON todos (v);\n" },
	{ TODOS ROW, FIELD("\"integer\",\"unique\":true,\"index\":true,\"default\":3"),
		ADD "INTEGER NOT NULL DEFAULT 3;\nCREATE UNIQUE INDEX ix_todos_v ON todos (v);\n" },
	{ TODOS ROWS, FIELD("\"integer\",\"unique\":true,\"nullable\":true"),
		ADD "INTEGER;\nCREATE UNIQUE INDEX ix_todos_v ON todos (v);\n" },
	{ TODOS ROWS, FIELD("\"integer\",\"index\":true,\"nullable\":true"),
		ADD "INTEGER;\nCREATE INDEX ix_todos_v ON todos (v);\n" },
	{ TODOS ROW "INSERT INTO categories VALUES (5, 'c')",
		FIELD("\"reference\",\"to\":\"category\",\"default\":5"),
		ADD "INTEGER NOT NULL DEFAULT 5 REFERENCES categories (id);\n" },
	/* Uniqueness that changes. */
	{ TODOS_WITH(", v INTEGER NOT NULL") "CREATE INDEX ix_todos_v ON todos (v);",
		FIELD("\"integer\",\"unique\":true,\"index\":true"),
		"DROP INDEX ix_todos_v;\nCREATE UNIQUE INDEX ix_todos_v ON todos (v);\n" },
	{ TODOS_WITH(", v INTEGER NOT NULL") "CREATE UNIQUE INDEX ix_todos_v ON todos (v);",
		FIELD("\"integer\",\"index\":true"),
		"DROP INDEX ix_todos_v;\nCREATE INDEX ix_todos_v ON todos (v);\n" },
	{ TODOS_WITH(", v INTEGER NOT NULL") "CREATE UNIQUE INDEX ix_todos_v ON todos (v);",
		FIELD("\"integer\""), "DROP INDEX ix_todos_v;\n" },
	{ TODOS_WITH(", v INTEGER NOT NULL"), FIELD("\"integer\",\"unique\":true"),
		"CREATE UNIQUE INDEX ix_todos_v ON todos (v);\n" },
	/* Tables of others: other case, other types, STRICT. */
	{ LISTS "CREATE TABLE ToDos (ID INTEGER PRIMARY KEY, Title TEXT NOT NULL, list_id INTEGER"
		" NOT NULL, more TEXT) STRICT;" TODO_INDEXES ROW,
		API(",\"a\":{\"type\":\"string\",\"nullable\":true},"
		    "\"b\":{\"type\":\"decimal\",\"default\":\"1.5\"},"
		    "\"c\":{\"type\":\"boolean\",\"default\":true},"
		    "\"d\":{\"type\":\"date\",\"nullable\":true}"),
		"ALTER TABLE todos ADD COLUMN a TEXT;\n"
		"ALTER TABLE todos ADD COLUMN b REAL NOT NULL DEFAULT 1.5;\n"
		"ALTER TABLE todos ADD COLUMN c INTEGER NOT NULL DEFAULT 1;\n"
		"ALTER TABLE todos ADD COLUMN d TEXT;\n" },
	/* Names that SQL reserves. */
	{ TODOS ROW, API(",\"order\":{\"type\":\"integer\",\"index\":true,\"default\":0}"),
		"ALTER TABLE todos ADD COLUMN \"order\" INTEGER NOT NULL DEFAULT 0;\n"
		"CREATE INDEX ix_todos_order ON todos (\"order\");\n" },
	/* A table that is missing. */
	{ LISTS, API(""),
		"CREATE TABLE todos (\n\tid INTEGER NOT NULL, \n\ttitle VARCHAR NOT NULL, \n"
		"\tlist_id INTEGER NOT NULL, \n\tPRIMARY KEY (id), \n"
		"\tFOREIGN KEY(list_id) REFERENCES lists (id)\n);\n"
		"CREATE INDEX ix_todos_id ON todos (id);\n"
		"CREATE INDEX ix_todos_list_id ON todos (list_id);\n" },
};

START_TEST(a_whole_plan_makes_the_tables_as_declared)
{
	run(whole[_i].sql);
	declare(whole[_i].declaration);
	ck_assert_uint_eq(expect_plan(whole[_i].plan), 0);
	must_apply();
	run("BEGIN");
	ck_assert_int_eq(schema_complete(db, declared, &error), SQLITE_OK);
	run("ROLLBACK");
	expect_value("PRAGMA integrity_check", "ok");
	ck_assert_uint_eq(expect_plan(""), 0);
}
END_TEST

START_TEST(an_empty_database_gets_all_tables)
{
	declare(FIELD("\"integer\",\"unique\":true"));
	must_apply();
	ck_assert_uint_eq(expect_plan(""), 0);
	expect_value("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", "3");
}
END_TEST

/* Differences. */

static const struct {
	const char *sql, *declaration, *plan;
} left[] = {
	{ TODOS ROW, FIELD("\"integer\""),
		"-- table todos, column v: expected INTEGER NOT NULL, found none" NO_VALUE },
	{ TODOS ROW, FIELD("\"datetime\",\"set\":\"create\""),
		"-- table todos, column v: expected DATETIME NOT NULL, found none" NO_VALUE },
	{ TODOS ROW, FIELD("\"reference\",\"to\":\"category\""),
		"-- table todos, column v: expected INTEGER NOT NULL, found none" NO_VALUE },
	{ TODOS ROW, FIELD("\"reference\",\"to\":\"category\",\"default\":5"),
		"-- table todos, column v: expected INTEGER NOT NULL, found none; 1 row is there: "
		"the "
		"row to which the default refers is missing\n" },
	{ TODOS ROWS, FIELD("\"integer\",\"unique\":true,\"default\":3"),
		"-- table todos, column v: expected INTEGER NOT NULL, found none; 2 rows are "
		"there: "
		"they would all have the default, and the values must be unique\n" },
	{ TODOS ROW, FIELD("\"string\",\"default\":\"a\\u0000b\""),
		"-- table todos, column v: expected VARCHAR NOT NULL, found none; 1 row is there: "
		"its "
		"default has a NUL, which no SQL text can say\n" },
	{ TODOS_WITH(", v TEXT NOT NULL DEFAULT 1") ROW, FIELD("\"integer\""),
		"-- table todos, column v: expected INTEGER NOT NULL, found TEXT NOT "
		"NULL" BY_HAND },
	{ TODOS_WITH(", v INTEGER NOT NULL"), FIELD("\"integer\",\"nullable\":true"),
		"-- table todos, column v: expected INTEGER, found INTEGER NOT NULL" BY_HAND },
	{ TODOS_WITH(", v INTEGER"), FIELD("\"integer\""),
		"-- table todos, column v: expected INTEGER NOT NULL, found INTEGER" BY_HAND },
	{ TODOS_WITH(", v INTEGER") ROWS, FIELD("\"integer\""),
		"-- table todos, column v: expected INTEGER NOT NULL, found INTEGER and 2 "
		"nulls" BY_HAND },
	{ TODOS_WITH(", v INTEGER NOT NULL AS (list_id + 1)"), FIELD("\"integer\""),
		"-- table todos, column v: expected INTEGER NOT NULL, found INTEGER NOT NULL "
		"GENERATED" BY_HAND },
	{ TODOS_WITH(", gone TEXT NOT NULL"), API(""),
		"-- table todos, column gone: expected none, found TEXT NOT NULL without default, "
		"so no "
		"row can be added; declare it, or drop it by hand with all its values\n" },
	{ TODOS_WITH(", v TEXT") ROWS "UPDATE todos SET v = 'it''s' || char(10) || 'x'",
		FIELD("\"string\",\"nullable\":true,\"unique\":true"),
		"-- table todos, column v: expected unique values, found 'it''s?x' more than once; "
		"change such values\n" },
	{ TODOS_WITH(", v INTEGER") ROWS "UPDATE todos SET v = 5",
		FIELD("\"integer\",\"nullable\":true,\"unique\":true,\"index\":true"),
		"-- table todos, column v: expected unique values, found 5 more than once; change "
		"such "
		"values\n" },
	{ TODOS "CREATE INDEX ix_todos_v ON todos (title)",
		FIELD("\"integer\",\"nullable\":true,\"index\":true"),
		ADD
		"INTEGER;\n-- table todos, column v: expected an index, and another index is named "
		"ix_todos_v\n" },
	{ TODOS_WITH(", v INTEGER NOT NULL") "CREATE TABLE IX_todos_v (x)",
		FIELD("\"integer\",\"unique\":true"),
		"-- table todos, column v: expected a unique index, and another table is named "
		"ix_todos_v\n" },
	{ LISTS "CREATE VIEW todos AS SELECT 1 AS id", API(""),
		"-- table todos: expected a table, found a view of that name\n" },
	{ LISTS "CREATE VIRTUAL TABLE todos USING fts5(title)", API(""),
		"-- table todos: expected a table, found a virtual table of that name\n" },
	{ LISTS "CREATE INDEX todos ON lists (name)", API(""),
		"-- table todos: expected a table, found an index of that name\n" },
	{ LISTS "CREATE TABLE todos (id BIGINT PRIMARY KEY, title VARCHAR NOT NULL, list_id "
		"INTEGER "
		"NOT NULL);" TODO_INDEXES,
		API(""),
		"-- table todos, column id: expected INTEGER PRIMARY KEY (the rowid), found a key "
		"with "
		"an index of its own; make the table again by hand\n" },
	{ LISTS "CREATE TABLE todos (title VARCHAR NOT NULL, list_id INTEGER NOT NULL);"
		"CREATE INDEX ix_todos_list_id ON todos (list_id)",
		API(""),
		"-- table todos, column id: expected INTEGER NOT NULL PRIMARY KEY, found none; a "
		"key "
		"cannot be added: make the table again by hand\n" },
	/* All differences are named, and what can be done is in the plan. */
	{ TODOS ROW,
		API(",\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"integer\",\"default\":1},"
		    "\"c\":{\"type\":\"date\"}"),
		"-- table todos, column a: expected INTEGER NOT NULL, found none" NO_VALUE
		"ALTER TABLE todos ADD COLUMN b INTEGER NOT NULL DEFAULT 1;\n"
		"-- table todos, column c: expected DATE NOT NULL, found none" NO_VALUE },
};

START_TEST(what_would_lose_data_is_named_and_not_done)
{
	run(left[_i].sql);
	declare(left[_i].declaration);
	ck_assert_uint_ge(expect_plan(left[_i].plan), 1);
	run("CREATE TEMP TABLE before AS SELECT * FROM pragma_schema_version");
	ck_assert_int_eq(apply(), SQLITE_ABORT);
	expect_value(
		"SELECT schema_version = (SELECT * FROM before) FROM pragma_schema_version", "1");
}
END_TEST

START_TEST(a_unique_constraint_of_others_is_noted_and_accepted)
{
	run(TODOS_WITH(", v INTEGER NOT NULL UNIQUE"));
	declare(FIELD("\"integer\""));
	ck_assert_uint_eq(
		expect_plan("-- table todos, column v: unique in the database, though not "
			    "declared so: accepted\n"),
		0);
	must_apply();
}
END_TEST

START_TEST(triggers_views_and_other_columns_stay)
{
	run(TODOS_WITH(", more TEXT DEFAULT 'm'") ROW
		"CREATE VIEW seen AS SELECT title FROM todos;"
		"CREATE TRIGGER t AFTER INSERT ON todos BEGIN UPDATE todos SET title = "
		"title || '!' WHERE id = new.id; END;");
	declare(FIELD("\"integer\",\"default\":3"));
	must_apply();
	run("INSERT INTO todos (title, list_id) VALUES ('tea', 1)");
	expect_value("SELECT group_concat(title || more || v) FROM todos", "milkm3,tea!m3");
	expect_value("SELECT count(*) FROM seen", "2");
}
END_TEST

START_TEST(a_failure_in_the_middle_changes_nothing)
{
	run(TODOS ROW);
	declare(API(",\"a\":{\"type\":\"integer\",\"default\":1},"
		    "\"b\":{\"type\":\"integer\",\"default\":2,\"index\":true}"));
	sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 4);
	ck_assert_int_ne(apply(), SQLITE_OK);
	sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 100);
	expect_value("SELECT count(*) FROM pragma_table_info('todos')", "3");
	must_apply();
}
END_TEST

START_TEST(another_writer_is_reported)
{
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
	ck_assert_int_eq(sqlite3_open_v2("file:migrate?mode=memory&cache=shared", &db, flags, NULL),
		SQLITE_OK);
	run(TODOS ROW);
	ck_assert_int_eq(
		sqlite3_open_v2("file:migrate?mode=memory&cache=shared", &other, flags, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	declare(FIELD("\"integer\",\"default\":3"));
	ck_assert_int_ne(apply(), SQLITE_OK);
	ck_assert_uint_gt(buf_len(&error), 0);
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
	must_apply();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("migrate");
	TCase *tc = tcase_create("plan");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, a_column_is_added_with_the_default_as_its_type_stores_it, 0, NITEMS(values));
	tcase_add_loop_test(tc, a_whole_plan_makes_the_tables_as_declared, 0, NITEMS(whole));
	tcase_add_test(tc, tables_with_uuids_are_made_and_extended);
	tcase_add_test(tc, a_key_is_not_changed);
	tcase_add_test(tc, an_empty_database_gets_all_tables);
	tcase_add_loop_test(tc, what_would_lose_data_is_named_and_not_done, 0, NITEMS(left));
	tcase_add_test(tc, a_unique_constraint_of_others_is_noted_and_accepted);
	tcase_add_test(tc, triggers_views_and_other_columns_stay);
	tcase_add_test(tc, a_failure_in_the_middle_changes_nothing);
	tcase_add_test(tc, another_writer_is_reported);
	suite_add_tcase(suite, tc);
	return suite;
}
