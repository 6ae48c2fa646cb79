/*
 * The database file is part of the contract: a file that SQLAlchemy made for the reference is
 * served unchanged, and the server writes what SQLAlchemy would have written.
 */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>

static struct postern server;

/* The content of a file after create_all() and two requests to the reference, with its journal
 * mode. */
static const char made_by_sqlalchemy[] =
	"CREATE TABLE users (\n\tid INTEGER NOT NULL, \n\tusername VARCHAR(50) NOT NULL, \n"
	"\temail VARCHAR(120) NOT NULL, \n\tPRIMARY KEY (id)\n);"
	"CREATE INDEX ix_users_id ON users (id);"
	"CREATE UNIQUE INDEX ix_users_email ON users (email);"
	"CREATE UNIQUE INDEX ix_users_username ON users (username);"
	"CREATE TABLE posts (\n\tid INTEGER NOT NULL, \n\ttitle VARCHAR(100) NOT NULL, \n"
	"\tcontent TEXT NOT NULL, \n\tuser_id INTEGER NOT NULL, \n\tdate_posted DATETIME NOT NULL, "
	"\n"
	"\tPRIMARY KEY (id), \n\tFOREIGN KEY(user_id) REFERENCES users (id)\n);"
	"CREATE INDEX ix_posts_id ON posts (id);"
	"CREATE INDEX ix_posts_user_id ON posts (user_id);"
	"INSERT INTO users VALUES (7, 'ada', 'ada@example.com');"
	"INSERT INTO posts VALUES (3, 'Whole', 'x', 7, '2026-01-02 03:04:05.000000');"
	"INSERT INTO posts VALUES (4, 'Part', 'y', 7, '2026-01-02 03:04:05.067800');";

#define SCHEMA "SELECT type, name, sql FROM sqlite_master ORDER BY type, name;"

static void setup(void)
{
	postern_init(&server);
	postern_sql(&server, made_by_sqlalchemy);
}

static void teardown(void)
{
	postern_done(&server);
}

static void start(void)
{
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
}

START_TEST(test_a_file_made_by_sqlalchemy_is_served)
{
	char body[512];

	start();
	ck_assert_int_eq(
		http_client_ask_once(server.port, "GET", "/users/7", NULL, body, sizeof(body)),
		200);
	ck_assert_str_eq(body,
		"{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":7,\"posts\":["
		"{\"title\":\"Whole\",\"content\":\"x\",\"id\":3,\"user_id\":7,"
		"\"date_posted\":\"2026-01-02T03:04:05\"},"
		"{\"title\":\"Part\",\"content\":\"y\",\"id\":4,\"user_id\":7,"
		"\"date_posted\":\"2026-01-02T03:04:05.067800\"}]}");
	postern_stop(&server);
}
END_TEST

START_TEST(test_rows_are_written_as_by_sqlalchemy)
{
	char schema[4096];

	snprintf(schema, sizeof(schema), "%s", postern_sql(&server, SCHEMA));
	start();
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/users/7/posts",
				 "{\"title\":\"New\",\"content\":\"\\u00e9\"}", NULL, 0),
		201);
	ck_assert_int_eq(http_client_ask_once(server.port, "PATCH", "/posts/3",
				 "{\"title\":\"Changed\"}", NULL, 0),
		200);
	postern_stop(&server);
	ck_assert_str_eq(postern_sql(&server, SCHEMA), schema);
	ck_assert_str_eq(postern_sql(&server, "SELECT * FROM posts WHERE id = 3;"),
		"3|Changed|x|7|2026-01-02 03:04:05.000000");
	ck_assert_str_eq(
		postern_sql(&server,
			"SELECT id, typeof(id), hex(title), hex(content), user_id, "
			"typeof(date_posted), date_posted GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-"
			"[0-9][0-9] "
			"[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]',"
			"abs(julianday('now') - julianday(date_posted)) < 0.01 "
			"FROM posts WHERE id = 5;"),
		"5|integer|4E6577|C3A9|7|text|1|1");
}
END_TEST

/* Foreign keys of other tables. The reference does not let SQLite enforce them. */

static void must_answer(const char *method, const char *target, const char *body, int status)
{
	int answered = http_client_ask_once(server.port, method, target, body, NULL, 0);

	ck_assert_msg(answered == status, "%s %s: %d, not %d", method, target, answered, status);
}

#define NEW_POST "{\"title\":\"New\",\"content\":\"z\"}"
#define NEW_USER "{\"username\":\"eve\",\"email\":\"eve@example.com\"}"

/* All kinds of writes to rows that other tables refer to. The API's own foreign key is still
 * checked. */
static void write_everything(void)
{
	must_answer("POST", "/users/9/posts", NEW_POST, 404);
	must_answer("POST", "/users/7/posts", NEW_POST, 201);
	must_answer("POST", "/users", NEW_USER, 201);
	must_answer("POST", "/users/8/posts", NEW_POST, 201);
	must_answer("PATCH", "/posts/3", "{\"title\":\"Changed\"}", 200);
	must_answer("PATCH", "/users/7", "{\"username\":\"zoe\"}", 200);
	must_answer("DELETE", "/posts/3", NULL, 204);
	must_answer("DELETE", "/users/7", NULL, 204);
	must_answer("GET", "/posts/4", NULL, 404);
	must_answer("GET", "/posts/6", NULL, 200);
}

static const struct {
	const char *sql;
	const char *rows, *stay; /* a query of their number of rows, and the expected number */
} theirs[] = {
	{ "CREATE TABLE comments (post_id INTEGER REFERENCES posts (id), author REFERENCES users);"
	  "INSERT INTO comments VALUES (3, 7), (4, 7);",
		"SELECT count(*) FROM comments;", "2" },
	{ "CREATE TABLE comments (post_id REFERENCES posts (id) ON DELETE RESTRICT"
	  " ON UPDATE RESTRICT, name REFERENCES users (username) ON UPDATE RESTRICT);"
	  "INSERT INTO comments VALUES (3, 'ada');",
		"SELECT count(*) FROM comments WHERE name = 'ada';", "1" },
	{ "CREATE TABLE comments (post_id REFERENCES posts (id) ON DELETE CASCADE,"
	  " author REFERENCES users (id) ON DELETE SET NULL);"
	  "INSERT INTO comments VALUES (3, 7);",
		"SELECT count(*) FROM comments WHERE author = 7;", "1" },
	{ "CREATE TABLE comments (post_id REFERENCES posts (id) DEFERRABLE INITIALLY DEFERRED);"
	  "INSERT INTO comments VALUES (3), (99);",
		"SELECT count(*) FROM comments;", "2" },
	{ "CREATE TABLE comments (post_id REFERENCES articles (id), author REFERENCES users (nr));"
	  "INSERT INTO comments VALUES (3, 7);",
		"SELECT count(*) FROM comments;", "1" },
	{ "ALTER TABLE posts ADD COLUMN series INTEGER REFERENCES series (id);"
	  "ALTER TABLE users ADD COLUMN boss REFERENCES users (number);"
	  "UPDATE posts SET series = 1;",
		"SELECT count(*) FROM users;", "1" },
	{ "DROP TABLE posts; CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,"
	  " content TEXT NOT NULL, user_id INTEGER NOT NULL, date_posted DATETIME NOT NULL);"
	  "INSERT INTO posts VALUES (3, 'a', 'b', 7, '2026-01-02 03:04:05.000000'),"
	  " (4, 'a', 'b', 7, '2026-01-02 03:04:05.000000');",
		"SELECT count(*) FROM posts;", "1" },
};

START_TEST(test_foreign_keys_of_other_tables_are_not_enforced)
{
	postern_sql(&server, theirs[_i].sql);
	start();
	write_everything();
	postern_stop(&server);
	ck_assert_str_eq(postern_sql(&server, theirs[_i].rows), theirs[_i].stay);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/database_file");
	TCase *tc = tcase_create("database_file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_a_file_made_by_sqlalchemy_is_served);
	tcase_add_test(tc, test_rows_are_written_as_by_sqlalchemy);
	tcase_add_loop_test(
		tc, test_foreign_keys_of_other_tables_are_not_enforced, 0, NITEMS(theirs));
	suite_add_tcase(suite, tc);
	return suite;
}
