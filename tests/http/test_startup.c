/* Starting: an error is one line with the right exit status, and leaves no file. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_USAGE = 2, STATUS_STARTUP = 3 };

static struct postern server;

static void setup(void)
{
	postern_init(&server);
}

static void teardown(void)
{
	chmod(server.folder, 0700);
	postern_done(&server);
}

/* Files in the place of the database. */

static void write_file(struct str bytes)
{
	int fd = open(server.database, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
	close(fd);
}

static void make_text(void)
{
	char text[4096];

	memset(text, 'x', sizeof(text));
	write_file((struct str){ text, sizeof(text) });
}

static void make_damaged(void)
{
	char bytes[4096] = "SQLite format 3";

	memset(bytes + 16, 0xff, sizeof(bytes) - 16);
	write_file((struct str){ bytes, sizeof(bytes) });
}

static void make_foreign(void)
{
	postern_sql(&server, "CREATE TABLE users (id INTEGER PRIMARY KEY, nickname TEXT);"
			     "INSERT INTO users VALUES (1, 'ada');");
}

static void make_unrelated_tables(void)
{
	postern_sql(&server, "CREATE TABLE songs (name TEXT); INSERT INTO songs VALUES ('a');");
}

static void make_unreadable(void)
{
	write_file(STR(""));
	chmod(server.database, 0);
}

static void make_unwritable(void)
{
	write_file(STR(""));
	chmod(server.database, 0400);
}

static void make_folder_unwritable(void)
{
	chmod(server.folder, 0500);
}

static const struct failure {
	const char *name;
	const char *args[4];
	const char *url; /* a %s in it is the test's folder; NULL: a file that can be made */
	void (*prepare)(void);
	bool unprivileged;
	int status;
	const char *says;     /* the line contains it */
	const char *conceals; /* the line does not contain it; NULL: no secret */
} failures[] = {
	{ "an unknown flag", { "--frobnicate" }, .status = STATUS_USAGE, .says = "--frobnicate" },
	{ "a misspelt flag", { "--worker", "2" }, .status = STATUS_USAGE, .says = "--workers" },
	{ "a flag without its value", { "--workers" }, .status = STATUS_USAGE,
		.says = "--workers" },
	{ "an argument", { "serve" }, .status = STATUS_USAGE, .says = "serve" },
	{ "a port that is not a number", { "--port", "http" }, .status = STATUS_USAGE,
		.says = "http" },
	{ "a port that is too high", { "--port", "65536" }, .status = STATUS_USAGE,
		.says = "65536" },
	{ "no workers", { "--workers", "0" }, .status = STATUS_USAGE, .says = "--workers" },
	{ "an unknown log level", { "--log-level", "loud" }, .status = STATUS_USAGE,
		.says = "loud" },
	{ "an unknown user", { "--user", "no such" }, .status = STATUS_USAGE,
		.says = "--user: unknown user \"no such\"" },
	{ "an unknown group", { "--user", "root", "--group", "no such" }, .status = STATUS_USAGE,
		.says = "--group: unknown group \"no such\"" },
	{ "control characters in a value", { "--port", "1\n2\x1b[0m" }, .status = STATUS_USAGE,
		.says = "--port: byte 2 of it is a line feed (\\n); remove it" },
	{ "control characters in a flag", { "--1\n2\x1b[0m" }, .status = STATUS_USAGE,
		.says = "1\\x0a2\\x1b[0m" },
	{ "a path without a scheme", .url = "app.db", .status = STATUS_USAGE, .says = "app.db" },
	{ "a path instead of a URL", .url = "%s/app.db", .status = STATUS_USAGE,
		.says = "/app.db" },
	{ "another database system", .url = "oracle://ada:secret@db/app", .status = STATUS_USAGE,
		.says = "oracle", .conceals = "secret" },
	{ "a third database system", .url = "mysql+pymysql://ada:secret@db/app",
		.status = STATUS_USAGE, .says = "mysql", .conceals = "secret" },
	{ "an address of another machine", { "--host", "192.0.2.1" }, .status = STATUS_STARTUP,
		.says = "192.0.2.1" },
	{ "a missing folder", .url = "sqlite:///%s/missing/app.db", .status = STATUS_STARTUP,
		.says = "/missing" },
	{ "a folder", .url = "sqlite:///%s", .status = STATUS_STARTUP, .says = "folder" },
	{ "a file in place of a folder", .url = "sqlite:///%s/app.db/app.db", .prepare = make_text,
		.status = STATUS_STARTUP, .says = "/app.db" },
	{ "a device", .url = "sqlite:////dev/null", .status = STATUS_STARTUP, .says = "/dev/null" },
	{ "a file that is not a database", .prepare = make_text, .status = STATUS_STARTUP,
		.says = "/app.db" },
	{ "a damaged database", .prepare = make_damaged, .status = STATUS_STARTUP,
		.says = "/app.db" },
	{ "another schema", .prepare = make_foreign, .status = STATUS_STARTUP, .says = "users" },
	{ "a file that may not be read", .prepare = make_unreadable, .unprivileged = true,
		.status = STATUS_STARTUP, .says = "/app.db" },
	{ "a file that may not be written", .prepare = make_unwritable, .unprivileged = true,
		.status = STATUS_STARTUP, .says = "permission: chmod u+rw /" },
	{ "a folder that may not be written", .prepare = make_folder_unwritable,
		.unprivileged = true, .status = STATUS_STARTUP,
		.says = "permission: chmod u+rwx /" },
};

static struct str read_database(char *bytes, size_t size)
{
	int fd = open(server.database, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return STR("");
	ssize_t n = read(fd, bytes, size);
	close(fd);
	return (struct str){ bytes, n > 0 ? (size_t)n : 0 };
}

/* Checks that SQLite's auxiliary files are gone. */
static void assert_no_auxiliary_files(void)
{
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
		snprintf(path, sizeof(path), "%s%s", server.database, suffixes[i]);
		ck_assert_msg(access(path, F_OK) < 0, "%s is left", path);
	}
}

/* Runs the server until it exits. Returns its exit status. */
static int run(const struct postern_plan *plan)
{
	postern_launch(&server, plan);
	int status = postern_wait(&server, POSTERN_START_MS);
	ck_assert_msg(WIFEXITED(status), "ended with %#x", (unsigned)status);
	return WEXITSTATUS(status);
}

static void assert_one_line(const char *says)
{
	const char *log = postern_log(&server), *end = strchr(log, '\n');

	ck_assert_msg(end && end > log && end[1] == '\0', "not one line: %s", log);
	ck_assert_msg(strstr(log, says) != NULL, "nothing of \"%s\": %s", says, log);
}

START_TEST(a_failed_start_logs_one_line)
{
	const struct failure *f = &failures[_i];
	char url[160], before[8192], after[8192];

	snprintf(url, sizeof(url), f->url ? f->url : "sqlite:///%s/app.db", server.folder);
	struct postern_plan plan = { .args = { "--port", "0", "--database-url", url },
		.bare = true,
		.unprivileged = f->unprivileged };
	memcpy(plan.args + 4, f->args, sizeof(f->args));
	if (f->prepare)
		f->prepare();
	struct str was = read_database(before, sizeof(before));
	int status = run(&plan);
	ck_assert_msg(status == f->status, "%s: status %d, due %d: %s", f->name, status, f->status,
		postern_log_end(&server));
	assert_one_line(f->says);
	ck_assert(!f->conceals || !strstr(postern_log(&server), f->conceals));
	assert_no_auxiliary_files();
	/* The file is unchanged. */
	ck_assert_msg(str_equal(read_database(after, sizeof(after)), was),
		"%s: the file was changed", f->name);
}
END_TEST

START_TEST(an_invalid_variable_is_named)
{
	struct postern_plan plan = { .variables = { "DATABASE_URL=app.db", "PORT=0" },
		.bare = true };

	ck_assert_int_eq(run(&plan), STATUS_USAGE);
	assert_one_line("DATABASE_URL");
}
END_TEST

/* As in an .env file with CRLF. */
START_TEST(an_invisible_character_is_named)
{
	char url[128];
	struct postern_plan plan = { .variables = { url, "PORT=0" }, .bare = true };

	snprintf(url, sizeof(url), "DATABASE_URL=sqlite:///%s\r", server.database);
	ck_assert_int_eq(run(&plan), STATUS_USAGE);
	assert_one_line("it ends with a carriage return (\\r); remove it (got from the environment "
			"variable DATABASE_URL)");
}
END_TEST

START_TEST(a_port_in_use_is_named)
{
	struct postern first;
	char port[16], address[32];

	postern_start(&first, &(struct postern_plan){ 0 });
	snprintf(port, sizeof(port), "%d", first.port);
	snprintf(address, sizeof(address), "127.0.0.1:%d", first.port);
	struct postern_plan plan = { .args = { "--port", port, "--database-url", "sqlite://" },
		.bare = true };
	ck_assert_int_eq(run(&plan), STATUS_STARTUP);
	assert_one_line(address);
	/* The first server still serves. */
	ck_assert_int_eq(http_client_ask_once(first.port, "GET", "/users", NULL, NULL, 0), 200);
	postern_stop(&first);
	postern_done(&first);
}
END_TEST

/* A start that waits can be stopped. */

static const int stops[] = { SIGTERM, SIGINT, SIGQUIT };

static const struct {
	const char *args[4];
} lookups[] = {
	{ { "--host", "no-such-host.example" } },
	{ { "--user", "nobody" } },
};

/* A service manager may start a program with these signals blocked. */
static void block_stops(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NITEMS(stops); i++)
		sigaddset(&set, stops[i]);
	ck_assert_int_eq(sigprocmask(how, &set, NULL), 0);
}

START_TEST(a_start_that_waits_for_a_resolver_can_be_stopped)
{
	char preload[160];
	struct postern_plan plan = {
		.args = { "--port", "0", "--database-url", "sqlite://" },
		.variables = { preload, "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0" },
		.bare = true,
	};

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s/tests/http/slow-names.so",
		postern_build_dir());
	memcpy(plan.args + 4, lookups[_i % 2].args, sizeof(lookups->args));
	block_stops(SIG_BLOCK);
	postern_launch(&server, &plan);
	block_stops(SIG_UNBLOCK);
	postern_await_log(&server, 0, "asked for a name", POSTERN_START_MS);
	ck_assert_int_eq(kill(server.pid, stops[_i / 2]), 0);
	int status = postern_wait(&server, POSTERN_STOP_MS);
	ck_assert_msg(
		status == 0, "ended with %#x: %s", (unsigned)status, postern_log_end(&server));
}
END_TEST

/* Successful starts. */

START_TEST(settings_come_from_the_environment)
{
	char url[128], expected[256];
	/* Without the sandbox: where it is not available, each child logs a line. */
	struct postern_plan plan = {
		.variables = { "PORT=0", "WEB_CONCURRENCY=3", "POSTERN_SANDBOX=off", url },
		.bare = true,
	};

	snprintf(url, sizeof(url), "DATABASE_URL=sqlite:///%s", server.database);
	postern_launch(&server, &plan);
	postern_await_serving(&server);
	snprintf(expected, sizeof(expected), "http://127.0.0.1:%d (3 workers, database %s;",
		server.port, server.database);
	assert_one_line(expected);
	ck_assert_int_gt(postern_child(&server, "worker 3"), 0);
	ck_assert_int_eq(postern_child(&server, "worker 4"), 0);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
	postern_stop(&server);
}
END_TEST

START_TEST(a_database_in_memory_is_served)
{
	char body[128];
	struct postern_plan plan = { .args = { "--port", "0", "--database-url", "sqlite://" },
		.bare = true };

	postern_launch(&server, &plan);
	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/users",
				 "{\"username\":\"ada\",\"email\":\"ada@example.com\"}", NULL, 0),
		201);
	ck_assert_int_eq(
		http_client_ask_once(server.port, "GET", "/users", NULL, body, sizeof(body)), 200);
	ck_assert_str_eq(body, "[{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1}]");
	postern_stop(&server);
	ck_assert_int_lt(access(server.database, F_OK), 0);
}
END_TEST

START_TEST(unrelated_tables_are_kept)
{
	make_unrelated_tables();
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	postern_stop(&server);
	ck_assert_str_eq(postern_sql(&server, "SELECT name FROM songs;"
					      "SELECT name FROM sqlite_master WHERE type = 'table' "
					      "ORDER BY name;"),
		"a\nposts\nsongs\nusers");
}
END_TEST

START_TEST(written_rows_survive_a_restart)
{
	char body[128];

	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/users",
				 "{\"username\":\"ada\",\"email\":\"ada@example.com\"}", NULL, 0),
		201);
	postern_stop(&server);
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	ck_assert_int_eq(
		http_client_ask_once(server.port, "GET", "/users", NULL, body, sizeof(body)), 200);
	ck_assert_str_eq(body, "[{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1}]");
	postern_stop(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/startup");
	TCase *t = tcase_create("startup"), *bare = tcase_create("bare");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_tags(bare, "bare");
	tcase_set_timeout(bare, 60);
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_loop_test(t, a_failed_start_logs_one_line, 0, NITEMS(failures));
	tcase_add_test(t, an_invalid_variable_is_named);
	tcase_add_test(t, an_invisible_character_is_named);
	tcase_add_test(t, a_port_in_use_is_named);
	tcase_add_loop_test(bare, a_start_that_waits_for_a_resolver_can_be_stopped, 0,
		NITEMS(lookups) * NITEMS(stops));
	tcase_add_test(t, settings_come_from_the_environment);
	tcase_add_test(t, a_database_in_memory_is_served);
	tcase_add_test(t, unrelated_tables_are_kept);
	tcase_add_test(t, written_rows_survive_a_restart);
	suite_add_tcase(s, t);
	suite_add_tcase(s, bare);
	return s;
}
