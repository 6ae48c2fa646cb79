/* Conflict clauses are found in the declarations of tables and triggers. */
#include "conflict_clauses.h"

#include "sample.h"
#include "suite.h"

static sqlite3 *db;

static void setup(void)
{
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void run(const char *sql)
{
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
}

#define USERS         "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
#define POSTS         "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT);"
#define TRIGGER(body) USERS POSTS "CREATE TRIGGER t AFTER INSERT ON users BEGIN " body "; END"

static const struct {
	const char *sql;
	bool users, posts; /* settles */
	bool replaces, trigger_replaces;
} cases[] = {
	{ "SELECT 1", false, false, false, false },
	{ USERS POSTS, false, false, false, false },
	{ USERS "CREATE TABLE posts (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK)", false, true,
		false, false },
	{ "CREATE TABLE users (name TEXT UNIQUE ON CONFLICT IGNORE);" POSTS, true, false, false,
		false },
	{ "CREATE TABLE users (name TEXT UNIQUE ON CONFLICT REPLACE);" POSTS, true, false, true,
		false },
	{ USERS "CREATE TABLE posts (title TEXT, UNIQUE (title) ON CONFLICT REPLACE)", false, true,
		true, false },
	{ "CREATE TABLE USERS (name TEXT unique on conflict replace)", true, false, true, false },
	/* Other tables and views do not matter. */
	{ USERS POSTS "CREATE TABLE tags (name TEXT UNIQUE ON CONFLICT REPLACE)", false, false,
		false, false },
	{ USERS POSTS "CREATE TEMP TABLE users (name TEXT UNIQUE ON CONFLICT REPLACE)", false,
		false, false, false },
	{ POSTS "CREATE VIEW users AS SELECT replace(title, 'a', 'b') AS name FROM posts", false,
		false, false, false },
	/* The word alone counts, since declarations are not parsed. */
	{ "CREATE TABLE users (name TEXT DEFAULT 'replace')", false, false, true, false },
	{ "CREATE TABLE users (conflicts INTEGER)", true, false, false, false },
	{ TRIGGER("INSERT OR REPLACE INTO posts VALUES (1, new.name)"), false, false, false, true },
	{ TRIGGER("replace into posts values (1, new.name)"), false, false, false, true },
	{ TRIGGER("UPDATE posts SET title = replace(title, 'a', 'b')"), false, false, false, true },
	{ TRIGGER("INSERT OR IGNORE INTO posts VALUES (1, new.name)"), false, false, false, false },
	{ TRIGGER("DELETE FROM posts"), false, false, false, false },
};

START_TEST(clauses_are_found_in_the_schema)
{
	struct conflict_clauses shape;

	run(cases[_i].sql);
	ck_assert_int_eq(conflict_clauses_read(db, &shape), SQLITE_OK);
	bool users = conflict_clauses_settles(&shape, sample_resource("user"));
	bool posts = conflict_clauses_settles(&shape, sample_resource("post"));
	ck_assert_msg(users == cases[_i].users, "%s: users %d", cases[_i].sql, users);
	ck_assert_msg(posts == cases[_i].posts, "%s: posts %d", cases[_i].sql, posts);
	ck_assert_msg(shape.replaces == cases[_i].replaces, "%s: tables replace: %d", cases[_i].sql,
		shape.replaces);
	ck_assert_msg(shape.trigger_replaces == cases[_i].trigger_replaces,
		"%s: triggers replace: %d", cases[_i].sql, shape.trigger_replaces);
}
END_TEST

START_TEST(clauses_follow_the_schema)
{
	struct conflict_clauses shape;

	run("CREATE TABLE users (name TEXT UNIQUE ON CONFLICT REPLACE)");
	ck_assert_int_eq(conflict_clauses_read(db, &shape), SQLITE_OK);
	ck_assert(conflict_clauses_settles(&shape, sample_resource("user")) && shape.replaces);
	run("DROP TABLE users;" USERS);
	ck_assert_int_eq(conflict_clauses_read(db, &shape), SQLITE_OK);
	ck_assert(!conflict_clauses_settles(&shape, sample_resource("user")) && !shape.replaces);
}
END_TEST

static int deny(
	void *context, int action, const char *a, const char *b, const char *c, const char *d)
{
	(void)context;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return action == SQLITE_READ ? SQLITE_DENY : SQLITE_OK;
}

START_TEST(a_schema_that_cannot_be_read_is_an_error)
{
	const struct conflict_clauses before = { .settles = 42, .trigger_replaces = true };
	struct conflict_clauses shape = before;

	ck_assert_int_eq(sqlite3_set_authorizer(db, deny, NULL), SQLITE_OK);
	ck_assert_int_eq(conflict_clauses_read(db, &shape), SQLITE_AUTH);
	ck_assert_uint_eq(shape.settles, before.settles);
	ck_assert(!shape.replaces && shape.trigger_replaces);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("conflict_clauses");
	TCase *tc = tcase_create("schema");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, clauses_are_found_in_the_schema, 0, NITEMS(cases));
	tcase_add_test(tc, clauses_follow_the_schema);
	tcase_add_test(tc, a_schema_that_cannot_be_read_is_an_error);
	suite_add_tcase(suite, tc);
	return suite;
}
