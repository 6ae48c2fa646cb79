/*
 * Tables with triggers and constraints that change more or less than a write requests. The answers
 * of all workers show what is stored, and a write that changed nothing is not acknowledged.
 */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>

static struct postern server;

static const char tables[] =
	"CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL,"
	" email VARCHAR(120) NOT NULL);"
	"CREATE UNIQUE INDEX ix_users_email ON users (email);"
	"CREATE UNIQUE INDEX ix_users_username ON users (username);"
	"CREATE TABLE posts (id INTEGER PRIMARY KEY, title VARCHAR(100) NOT NULL,"
	" content TEXT NOT NULL, user_id INTEGER NOT NULL, date_posted DATETIME NOT NULL);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, what TEXT);"
	"INSERT INTO audit VALUES (41, 'old');";

static const char rows[] =
	"INSERT INTO users (id, username, email) VALUES (1, 'ada', 'ada@example.com'),"
	" (2, 'bob', 'bob@example.com');"
	"INSERT INTO posts (id, title, content, user_id, date_posted) VALUES "
	"(1, 'One', 'x', 1, '2026-01-02 03:04:05.000000'),"
	" (2, 'Two', 'y', 2, '2026-01-02 03:04:05.000000');";

static void start(const char *first, const char *then)
{
	postern_init(&server);
	postern_sql(&server, first);
	postern_sql(&server, rows);
	postern_sql(&server, then);
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
}

static void stop(void)
{
	postern_stop(&server);
	postern_done(&server);
}

/* Answers. */

enum { STEPS = 6 };

struct step {
	const char *method, *target, *body;
	int status;
	const char *says; /* a part of the body of the answer */
};

struct scenario {
	const char *tables; /* NULL: the tables above */
	const char *sql;    /* executed after the rows are inserted */
	struct step steps[STEPS];
	const char *logged;          /* NULL: no error */
	const char *question, *told; /* a query at the end, and its expected result */
};

#define EVE  "{\"username\":\"eve\",\"email\":\"eve@example.com\"}"
#define POST "{\"title\":\"New\",\"content\":\"z\"}"

static const struct scenario scenarios[] = {
	/* A trigger ignores the write. */
	{ .sql = "CREATE TRIGGER t BEFORE INSERT ON users WHEN NEW.username = 'eve'"
		 " BEGIN SELECT RAISE(IGNORE); END;",
		.steps = { { "POST", "/users", EVE, 500, "Internal Server Error" },
			{ "POST", "/users", EVE, 500, "Internal Server Error" },
			{ "POST", "/users", "{\"username\":\"kim\",\"email\":\"k@example.com\"}",
				201, "\"id\":3" } },
		.logged = "create of users: a trigger ignored the row",
		.question = "SELECT count(*) FROM users;",
		.told = "3" },
	{ .sql = "CREATE TRIGGER t BEFORE INSERT ON posts BEGIN"
		 " INSERT INTO audit (what) VALUES (NEW.title); SELECT RAISE(IGNORE); END;",
		.steps = { { "POST", "/users/1/posts", POST, 500, NULL },
			{ "POST", "/users/9/posts", POST, 404, "User not found" },
			{ "GET", "/posts", NULL, 200, "\"id\":2" } },
		.logged = "create of posts: a trigger ignored the row",
		.question = "SELECT (SELECT count(*) FROM audit) || ' ' || count(*) FROM posts;",
		.told = "1 2" },
	{ .sql = "CREATE TRIGGER t BEFORE UPDATE ON users WHEN OLD.id = 1"
		 " BEGIN SELECT RAISE(IGNORE); END;",
		.steps = { { "PATCH", "/users/1", "{\"username\":\"zoe\"}", 500, NULL },
			{ "PATCH", "/users/1", EVE, 500, NULL },
			{ "PATCH", "/users/1", "{}", 200, "\"ada\"" },
			{ "PATCH", "/users/2", "{\"username\":\"zoe\"}", 200, "\"zoe\"" } },
		.logged = "update of users: a trigger ignored the row",
		.question = "SELECT username FROM users WHERE id = 1;",
		.told = "ada" },
	{ .sql = "CREATE TRIGGER t BEFORE DELETE ON users WHEN OLD.id = 1"
		 " BEGIN SELECT RAISE(IGNORE); END;",
		.steps = { { "DELETE", "/users/1", NULL, 500, NULL },
			{ "GET", "/users/1", NULL, 200, "\"title\":\"One\"" },
			{ "DELETE", "/users/2", NULL, 204, NULL } },
		.logged = "delete of users: a trigger ignored the row",
		.question = "SELECT count(*) FROM posts;",
		.told = "1" },
	/* The reference answers 204 as well: SQLAlchemy warns that no row was deleted. */
	{ .sql = "ALTER TABLE posts ADD COLUMN deleted INTEGER;"
		 "CREATE TRIGGER t BEFORE DELETE ON posts BEGIN"
		 " UPDATE posts SET deleted = 1 WHERE id = OLD.id; SELECT RAISE(IGNORE); END;",
		.steps = { { "DELETE", "/posts/1", NULL, 204, NULL } },
		.question = "SELECT group_concat(id) FROM posts WHERE deleted;",
		.told = "1" },
	/* A trigger deletes or replaces the row after the write. */
	{ .sql = "CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users WHERE id = NEW.id;"
		 " END;",
		.steps = { { "POST", "/users", EVE, 500, NULL } },
		.logged = "create of users: a trigger ignored the row",
		.question = "SELECT count(*) FROM users;",
		.told = "2" },
	{ .sql = "CREATE TRIGGER t AFTER INSERT ON users BEGIN"
		 " UPDATE users SET email = lower(email) WHERE id = NEW.id; END;"
		 "CREATE TRIGGER u AFTER UPDATE OF email ON users BEGIN"
		 " UPDATE users SET username = NEW.username || '!' WHERE id = NEW.id; END;",
		.steps = { { "POST", "/users",
				   "{\"username\":\"eve\",\"email\":\"Eve@example.com\"}", 201,
				   "{\"username\":\"eve!\",\"email\":\"eve@example.com\",\"id\":"
				   "3}" },
			{ "GET", "/users/3", NULL, 200,
				"{\"username\":\"eve!\",\"email\":\"eve@example.com\",\"id\":3" },
			{ "PATCH", "/users/3", "{\"email\":\"e@example.com\"}", 200,
				"{\"username\":\"eve!!\",\"email\":\"e@example.com\",\"id\":3}" },
			{ "PATCH", "/users/3", "{\"email\":\"e@example.com\"}", 200,
				"{\"username\":\"eve!!!\",\"email\":\"e@example.com\",\"id\":"
				"3}" } },
		.question = "SELECT username FROM users WHERE id = 3;",
		.told = "eve!!!" },
	{ .sql = "CREATE TRIGGER t AFTER INSERT ON posts BEGIN"
		 " UPDATE posts SET user_id = 2, content = 'moved' WHERE id = NEW.id; END;",
		.steps = { { "GET", "/users/2", NULL, 200, NULL },
			{ "POST", "/users/1/posts", POST, 201,
				"\"content\":\"moved\",\"id\":3,\"user_id\":2" },
			{ "GET", "/users/2", NULL, 200, "moved" } },
		.question = "SELECT count(*) FROM posts WHERE user_id = 1;",
		.told = "1" },
	/* A search index that triggers maintain, whose tables have other keys. */
	{ .sql = "INSERT INTO posts VALUES (9, 'Nine', 'z', 2, '2026-01-02 03:04:05.000000');"
		 "CREATE VIRTUAL TABLE found USING fts5(title, content='posts', "
		 "content_rowid='id');"
		 "CREATE TRIGGER ai AFTER INSERT ON posts BEGIN"
		 " INSERT INTO found (rowid, title) VALUES (NEW.id, NEW.title); END;"
		 "CREATE TRIGGER au AFTER UPDATE ON posts BEGIN"
		 " INSERT INTO found (found, rowid, title) VALUES ('delete', OLD.id, OLD.title);"
		 " INSERT INTO found (rowid, title) VALUES (NEW.id, NEW.title); END;",
		.steps = { { "POST", "/users/1/posts", POST, 201,
				   "\"title\":\"New\",\"content\":\"z\",\"id\":10,\"user_id\":1" },
			{ "PATCH", "/posts/10", "{\"title\":\"Old\"}", 200, "\"title\":\"Old\"" } },
		.question = "SELECT rowid FROM found WHERE title MATCH 'old';",
		.told = "10" },
	/* Constraints with conflict clauses. */
	{ .tables = "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL,"
		    " email VARCHAR(120) NOT NULL, day TEXT DEFAULT '',"
		    " UNIQUE (day, username COLLATE NOCASE) ON CONFLICT IGNORE);",
		.sql = "UPDATE users SET day = '';",
		.steps = { { "POST", "/users",
				   "{\"username\":\"ADA\",\"email\":\"new@example.com\"}", 409,
				   "Username or email already exists" },
			{ "PATCH", "/users/2", "{\"username\":\"ADA\"}", 409,
				"Username or email already exists" },
			{ "POST", "/users", EVE, 201, NULL } },
		.question = "SELECT group_concat(username) FROM users;",
		.told = "ada,bob,eve" },
	/* The message of a trigger or a constraint is logged. */
	{ .sql = "CREATE TRIGGER t BEFORE INSERT ON users BEGIN"
		 " SELECT RAISE(ABORT, 'no more users, please'); END;",
		.steps = { { "POST", "/users", EVE, 500, NULL } },
		.logged = "create of users: internal error: no more users, please",
		.question = "SELECT count(*) FROM users;",
		.told = "2" },
	{ .sql = "CREATE TRIGGER t AFTER UPDATE ON users BEGIN INSERT INTO audit (what) VALUES (1);"
		 " SELECT RAISE(FAIL, 'left as it was'); END;",
		.steps = { { "PATCH", "/users/1", EVE, 500, NULL } },
		.logged = "update of users: internal error: left as it was",
		.question =
			"SELECT (SELECT count(*) FROM audit) || username FROM users WHERE id = 1;",
		.told = "1ada" },
	{ .sql = "CREATE TRIGGER t AFTER UPDATE ON users BEGIN INSERT INTO audit (what) VALUES (1);"
		 " SELECT RAISE(ROLLBACK, 'all rolled back'); END;",
		.steps = { { "PATCH", "/users/1", EVE, 500, NULL },
			{ "POST", "/users", EVE, 201, NULL } },
		.logged = "update of users: internal error: all rolled back",
		.question =
			"SELECT (SELECT count(*) FROM audit) || username FROM users WHERE id = 1;",
		.told = "1ada" },
	{ .tables = "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL,"
		    " email VARCHAR(120) NOT NULL, CONSTRAINT lower_case CHECK"
		    " (username = lower(username)));",
		.sql = "",
		.steps = { { "POST", "/users",
				   "{\"username\":\"EVE\",\"email\":\"eve@example.com\"}", 500,
				   NULL },
			{ "POST", "/users", EVE, 201, NULL } },
		.logged = "create of users: internal error: CHECK constraint failed: lower_case",
		.question = "SELECT count(*) FROM users;",
		.told = "3" },
};

static void take_step(const struct step *step)
{
	char body[2048];
	int status = http_client_ask_once(
		server.port, step->method, step->target, step->body, body, sizeof(body));

	ck_assert_msg(
		status == step->status, "%s %s: %d %s", step->method, step->target, status, body);
	ck_assert_msg(!step->says || strstr(body, step->says), "%s %s: %s has no %s", step->method,
		step->target, body, step->says);
}

static void check_log(const char *logged)
{
	const char *log = postern_log(&server);

	if (!logged) {
		ck_assert_msg(!strstr(log, "ERROR"), "%s", log);
		return;
	}
	const char *there = strstr(log, logged);
	ck_assert_msg(there, "%s not in: %s", logged, log);
}

static void play(const struct scenario *s)
{
	char first[2048];

	snprintf(first, sizeof(first), "%s%s", s->tables ? s->tables : "",
		s->tables ? strstr(tables, "CREATE TABLE posts") : tables);
	start(first, s->sql);
	for (size_t i = 0; i < STEPS && s->steps[i].method; i++)
		take_step(&s->steps[i]);
	postern_stop(&server);
	check_log(s->logged);
	ck_assert_str_eq(postern_sql(&server, s->question), s->told);
	postern_done(&server);
}

START_TEST(test_answers_show_what_is_stored)
{
	play(&scenarios[_i]);
}
END_TEST

/* A table with a conflict clause: a taken value is still a conflict. */
static const char *const ways[] = { "ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK" };

static void write_table(char *sql, size_t size, const char *way)
{
	snprintf(sql, size,
		"CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL UNIQUE"
		" ON CONFLICT %s, email VARCHAR(120) NOT NULL UNIQUE ON CONFLICT %s);"
		"CREATE TABLE posts (id INTEGER PRIMARY KEY, title VARCHAR(100) NOT NULL,"
		" content TEXT NOT NULL, user_id INTEGER NOT NULL ON CONFLICT %s DEFAULT 1,"
		" date_posted DATETIME NOT NULL);",
		way, way, way);
}

START_TEST(test_a_taken_value_is_a_conflict_despite_conflict_clauses)
{
	char sql[1024];
	static const struct step steps[] = {
		{ "POST", "/users", "{\"username\":\"ada\",\"email\":\"new@example.com\"}", 409,
			"Username or email already exists" },
		{ "POST", "/users", "{\"username\":\"new\",\"email\":\"bob@example.com\"}", 409,
			"Username or email already exists" },
		{ "PATCH", "/users/1", "{\"username\":\"bob\"}", 409,
			"Username or email already exists" },
		{ "PATCH", "/users/1", "{\"username\":\"ada\",\"email\":\"bob@example.com\"}", 409,
			"Username or email already exists" },
		{ "PATCH", "/users/1", "{\"username\":\"ada\"}", 200, "ada@example.com" },
		{ "POST", "/users/9/posts", POST, 404, "User not found" },
		{ "POST", "/users", EVE, 201, "\"id\":3" },
		{ "DELETE", "/users/3", NULL, 204, NULL },
	};

	write_table(sql, sizeof(sql), ways[_i]);
	start(sql, "");
	for (size_t i = 0; i < NITEMS(steps); i++)
		take_step(&steps[i]);
	postern_stop(&server);
	ck_assert_str_eq(
		postern_sql(&server, "SELECT group_concat(username) FROM users;"), "ada,bob");
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM posts;"), "2");
	postern_done(&server);
}
END_TEST

/* Caches. */

static struct http_client clients[2]; /* of worker 1 and worker 2 */

/* Opens a connection to one worker, while the other one is stopped. */
static void open_client(struct http_client *c, const char *other)
{
	pid_t pid = postern_child(&server, other);

	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	http_client_open(c, server.port);
	struct answer a = http_client_ask(c, "GET", "/", NULL);
	ck_assert_int_gt(a.status, 0);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
}

static const struct {
	const char *tables, *sql; /* tables NULL: the tables above */
	const char *method, *target, *body;
	int status;
	const char *read, *before, *after; /* the target of GET, what it shows before and after */
} elsewhere[] = {
	{ NULL,
		"CREATE TRIGGER t AFTER INSERT ON posts BEGIN"
		" UPDATE users SET username = 'poet' WHERE id = NEW.user_id; END;",
		"POST", "/users/1/posts", POST, 201, "/users/1", "\"ada\"", "\"poet\"" },
	{ NULL,
		"CREATE TRIGGER t AFTER INSERT ON posts BEGIN"
		" UPDATE users SET username = 'other' WHERE id = 2; END;",
		"POST", "/users/1/posts", POST, 201, "/users/2", "\"bob\"", "\"other\"" },
	{ NULL,
		"CREATE TRIGGER t AFTER UPDATE ON users BEGIN"
		" UPDATE posts SET title = 'Edited' WHERE id = 2; END;",
		"PATCH", "/users/1", EVE, 200, "/users/2", "\"Two\"", "\"Edited\"" },
	{ NULL,
		"CREATE TRIGGER t AFTER UPDATE ON posts BEGIN"
		" UPDATE posts SET user_id = 2 WHERE id = NEW.id; END;",
		"PATCH", "/posts/1", POST, 200, "/users/2", "\"Two\"", "\"New\"" },
	{ NULL,
		"CREATE TRIGGER t AFTER DELETE ON users BEGIN"
		" INSERT INTO posts VALUES (7, 'Farewell', '', 2, '2026-01-02 03:04:05'); END;",
		"DELETE", "/users/1", NULL, 204, "/users/2", "\"Two\"", "\"Farewell\"" },
	/* Changes for which SQLite does not call an update hook: a truncated table, replaced rows.
	 */
	{ NULL, "CREATE TRIGGER t AFTER UPDATE ON users BEGIN DELETE FROM posts; END;", "PATCH",
		"/users/1", EVE, 200, "/posts", "\"Two\"", "[]" },
	{ NULL,
		"CREATE TRIGGER t AFTER INSERT ON posts BEGIN INSERT OR REPLACE INTO users"
		" (id, username, email) VALUES (9, 'bob', 'nine@example.com'); END;",
		"POST", "/users/1/posts", POST, 201, "/users/2", "\"bob\"", "User not found" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL,"
	  " email VARCHAR(120) NOT NULL);"
	  "CREATE TABLE posts (id INTEGER PRIMARY KEY, title VARCHAR(100) NOT NULL, content TEXT"
	  " NOT NULL, user_id INTEGER NOT NULL, date_posted DATETIME NOT NULL, day TEXT NOT NULL"
	  " DEFAULT '', UNIQUE (day, title) ON CONFLICT REPLACE);",
		"", "POST", "/users/1/posts", "{\"title\":\"Two\",\"content\":\"z\"}", 201,
		"/users/2", "\"Two\"", "\"posts\":[]" },
	/* Names of tables are not case-sensitive. */
	{ "CREATE TABLE Users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL,"
	  " email VARCHAR(120) NOT NULL);"
	  "CREATE TABLE POSTS (id INTEGER PRIMARY KEY, title VARCHAR(100) NOT NULL, content TEXT"
	  " NOT NULL, user_id INTEGER NOT NULL, date_posted DATETIME NOT NULL);",
		"", "PATCH", "/posts/2", POST, 200, "/posts/2", "\"Two\"", "\"New\"" },
};

static void must_show(const char *target, const char *text)
{
	for (size_t i = 0; i < NITEMS(clients); i++) {
		struct answer a = http_client_ask(&clients[i], "GET", target, NULL);
		ck_assert_msg(memmem(a.body.ptr, a.body.len, text, strlen(text)),
			"worker %zu: %s: %.*s has no %s", i + 1, target, STR_ARGS(a.body), text);
	}
}

START_TEST(test_all_workers_show_changes_of_triggers_in_other_tables)
{
	start(elsewhere[_i].tables ? elsewhere[_i].tables : tables, elsewhere[_i].sql);
	open_client(&clients[0], "worker 2");
	open_client(&clients[1], "worker 1");
	/* The first write detects the earlier writes of another program, which invalidates all. */
	take_step(&(struct step){ "PATCH", "/users/1", "{}", 200, "ada" });
	/* Twice: the second answer is from the cache. */
	must_show(elsewhere[_i].read, elsewhere[_i].before);
	must_show(elsewhere[_i].read, elsewhere[_i].before);
	struct answer a = http_client_ask(
		&clients[0], elsewhere[_i].method, elsewhere[_i].target, elsewhere[_i].body);
	http_client_expect(&a, elsewhere[_i].target, elsewhere[_i].status, NULL);
	must_show(elsewhere[_i].read, elsewhere[_i].after);
	for (size_t i = 0; i < NITEMS(clients); i++)
		http_client_close(&clients[i]);
	stop();
}
END_TEST

/* Another program creates the trigger while the server runs. */
START_TEST(test_a_trigger_may_be_created_later)
{
	start(tables, "");
	open_client(&clients[0], "worker 2");
	open_client(&clients[1], "worker 1");
	take_step(&(struct step){ "PATCH", "/users/1", "{}", 200, "ada" });
	must_show("/users/2", "\"bob\"");
	postern_sql(&server, elsewhere[6].sql);
	take_step(&(struct step){ "PATCH", "/users/1", "{}", 200, "ada" });
	must_show("/users/2", "\"bob\"");
	struct answer a = http_client_ask(&clients[0], "POST", "/users/1/posts", POST);
	http_client_expect(&a, "POST /users/1/posts", 201, NULL);
	must_show("/users/2", "User not found");
	for (size_t i = 0; i < NITEMS(clients); i++)
		http_client_close(&clients[i]);
	stop();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/triggers");
	TCase *tc = tcase_create("triggers");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_answers_show_what_is_stored, 0, NITEMS(scenarios));
	tcase_add_loop_test(
		tc, test_a_taken_value_is_a_conflict_despite_conflict_clauses, 0, NITEMS(ways));
	tcase_add_loop_test(tc, test_all_workers_show_changes_of_triggers_in_other_tables, 0,
		NITEMS(elsewhere));
	tcase_add_test(tc, test_a_trigger_may_be_created_later);
	suite_add_tcase(suite, tc);
	return suite;
}
