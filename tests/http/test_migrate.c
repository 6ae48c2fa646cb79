/* posternctl migrate: on a file that no server has open, and under a running server. */
#include "http_client.h"
#include "postern.h"
#include "scratch.h"
#include "suite.h"

#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 * 1024, COMMAND_MAX = 1024, MANY = 20000 };

#define BEFORE "{\"resources\":{\"todo\":{\"fields\":{\"title\":{\"type\":\"string\"}}}}}"
#define AFTER                                                                                      \
	"{\"resources\":{\"todo\":{\"fields\":{\"title\":{\"type\":\"string\",\"index\":true},"    \
	"\"note\":{\"type\":\"text\",\"nullable\":true,\"default\":null},"                         \
	"\"priority\":{\"type\":\"integer\",\"default\":3,\"index\":true}}},"                      \
	"\"tag\":{\"fields\":{\"name\":{\"type\":\"string\",\"unique\":true}}}}}"
#define PLAN                                                                                       \
	"CREATE INDEX ix_todos_title ON todos (title);\n"                                          \
	"ALTER TABLE todos ADD COLUMN note TEXT;\n"                                                \
	"ALTER TABLE todos ADD COLUMN priority INTEGER NOT NULL DEFAULT 3;\n"                      \
	"CREATE INDEX ix_todos_priority ON todos (priority);\n"                                    \
	"CREATE TABLE tags (\n\tid INTEGER NOT NULL, \n\tname VARCHAR NOT NULL, \n\tPRIMARY KEY "  \
	"(id), \n\tUNIQUE (name)\n);\n"                                                            \
	"CREATE INDEX ix_tags_id ON tags (id);\n"
#define REQUIRED                                                                                   \
	"{\"resources\":{\"todo\":{\"fields\":{\"title\":{\"type\":\"string\"},"                   \
	"\"due\":{\"type\":\"date\"}}}}}"

static struct postern server;
static const char *before, *after, *control;
static char output[OUTPUT_MAX];

/* Files. */

static const char *write_declaration(const char *name, const char *content)
{
	const char *path = scratch_path(name);
	FILE *out = fopen(path, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(content, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	return path;
}

static void setup(void)
{
	scratch_setup();
	postern_init(&server);
	before = write_declaration("before.json", BEFORE);
	after = write_declaration("after.json", AFTER);
	control = scratch_path("control");
	ck_assert_int_eq(unsetenv("POSTERN_CONTROL"), 0);
	ck_assert_int_eq(unsetenv("DATABASE_URL"), 0);
}

static void teardown(void)
{
	postern_done(&server);
	scratch_teardown();
}

/* The number of copies from before a migration, which are moved away. */
static size_t take_copies(void)
{
	char pattern[128];
	struct stat st;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s.backup-*Z*", server.database);
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	size_t n = found.gl_pathc;
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(stat(found.gl_pathv[i], &st), 0);
		ck_assert_int_eq(st.st_mode & 0777, 0600);
		ck_assert_int_eq(rename(found.gl_pathv[i], scratch_path("copy.db")), 0);
	}
	globfree(&found);
	return n;
}

static const char *sql_of_copy(const char *sql)
{
	return test_database_sql(scratch_url("copy.db"), sql);
}

/* Servers. */

static void start(const char *declaration)
{
	postern_launch(&server,
		&(struct postern_plan){ .args = { "--api", declaration, "--control", control } });
	postern_await_serving(&server);
}

static void expect(
	const char *method, const char *target, const char *body, int status, const char *want)
{
	char text[512];

	http_client_expect_once(
		server.port, method, target, body, status, want, text, sizeof(text));
}

/* A file that a server of BEFORE has made and left, with one row. */
static void make_file(void)
{
	start(before);
	expect("POST", "/todos", "{\"title\":\"milk\"}", 201, NULL);
	postern_stop(&server);
}

/* The held case: old rows show null and the default, and new ones what they are given. */
static void expect_migrated(void)
{
	start(after);
	expect("GET", "/todos/1", NULL, 200,
		"{\"title\":\"milk\",\"note\":null,\"priority\":3,\"id\":1}");
	expect("POST", "/todos", "{\"title\":\"tea\",\"note\":\"green\",\"priority\":1}", 201,
		NULL);
	expect("POST", "/tags", "{\"name\":\"home\"}", 201, "{\"name\":\"home\",\"id\":1}");
	expect("POST", "/tags", "{\"name\":\"home\"}", 409, NULL);
	postern_stop(&server);
	ck_assert_str_eq(postern_sql(&server, "PRAGMA integrity_check"), "ok");
}

/* posternctl. */

/* Runs it, after `prefix` in the shell. Returns the exit status; output has stdout and stderr. */
static int run_after(const char *prefix, const char *declaration, const char *arguments)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command),
		"%s exec %s/posternctl migrate --api %s %s 2>&1 </dev/null", prefix,
		postern_build_dir(), declaration, arguments);
	FILE *pipe = popen(command, "re");
	ck_assert_ptr_nonnull(pipe);
	size_t n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	int status = pclose(pipe);
	ck_assert_msg(WIFEXITED(status), "status %#x: %s", (unsigned)status, output);
	return WEXITSTATUS(status);
}

/* Runs it with --database. */
static int run_on(const char *path, const char *declaration, const char *more)
{
	char arguments[COMMAND_MAX / 2];

	snprintf(arguments, sizeof(arguments), "--socket %s --database %s %s", control, path, more);
	return run_after("", declaration, arguments);
}

static void must_print(int status, int wanted, const char *text)
{
	ck_assert_msg(status == wanted, "status %d: %s", status, output);
	ck_assert_msg(strstr(output, text), "%s is not in: %s", text, output);
}

/* A stopped file. */

START_TEST(the_plan_is_printed_and_changes_nothing)
{
	make_file();
	must_print(run_on(server.database, after, ""), 0, PLAN);
	ck_assert_str_eq(output, PLAN);
	ck_assert_str_eq(
		postern_sql(&server, "SELECT count(*) FROM pragma_table_info('todos')"), "2");
	must_print(run_on(server.database, before, ""), 0, "-- nothing to do\n");
	start(before);
	postern_stop(&server);
}
END_TEST

START_TEST(apply_migrates_a_file_that_nobody_has_open)
{
	make_file();
	must_print(run_on(server.database, after, "--apply"), 0, PLAN "-- ");
	must_print(0, 0, " is the copy from before; 6 statements run\n");
	ck_assert_uint_eq(take_copies(), 1);
	ck_assert_str_eq(sql_of_copy("SELECT * FROM todos"), "1|milk");
	must_print(run_on(server.database, after, "--apply"), 0, "-- nothing to do\n");
	ck_assert_str_eq(output, "-- nothing to do\n");
	ck_assert_uint_eq(take_copies(), 0);
	expect_migrated();
}
END_TEST

START_TEST(the_shell_can_run_the_plan)
{
	char command[COMMAND_MAX];

	make_file();
	snprintf(command, sizeof(command),
		"%s/posternctl migrate --api %s --database %s | sqlite3 -bail %s",
		postern_build_dir(), after, server.database, server.database);
	ck_assert_int_eq(system(command), 0);
	must_print(run_on(server.database, after, "--apply"), 0, "-- nothing to do\n");
	expect_migrated();
}
END_TEST

START_TEST(the_server_names_the_remedy)
{
	make_file();
	postern_launch(&server, &(struct postern_plan){ .args = { "--api", after } });
	postern_await_log(&server, 0,
		"table todos, column note: expected TEXT, found none; posternctl migrate can add "
		"it",
		POSTERN_START_MS);
	ck_assert_int_eq(WEXITSTATUS(postern_wait(&server, POSTERN_STOP_MS)), 3);
}
END_TEST

START_TEST(differences_are_named_and_nothing_is_done)
{
	const char *required = write_declaration("required.json", REQUIRED);

	make_file();
	must_print(run_on(server.database, required, ""), 1,
		"-- table todos, column due: expected DATE NOT NULL, found none; 1 row is there: "
		"declare it nullable or with a default, or add it by hand\n");
	must_print(1, 1, "posternctl: 1 difference must be mended by hand\n");
	must_print(run_on(server.database, required, "--apply"), 1,
		"1 difference must be mended by hand\n");
	ck_assert_uint_eq(take_copies(), 0);
	start(before);
	postern_stop(&server);
}
END_TEST

START_TEST(mistakes_are_usage)
{
	const char *broken = write_declaration("broken.json", "{\"resources\":{\"todo\":{}}}");

	make_file();
	must_print(run_on(server.database, broken, ""), 2, "broken.json:1:");
	must_print(run_on("sqlite://", after, ""), 2, "a database in memory cannot be migrated");
	must_print(run_on("postgresql://u:secret@h/db", after, ""), 2,
		"postgresql://***@h/db: this command is for SQLite only; a start, or a reload,");
	must_print(run_after("", after, "--apply=yes"), 2, "unknown flag");
	must_print(run_on("/no/such/file", after, "--apply"), 1, "No such file");
	must_print(run_on(broken, after, ""), 1, "it is not an SQLite database");
}
END_TEST

START_TEST(a_url_names_the_database_too)
{
	char prefix[256];

	make_file();
	snprintf(prefix, sizeof(prefix), "DATABASE_URL=sqlite:///%s", server.database);
	must_print(run_after(prefix, after, ""), 0, PLAN);
}
END_TEST

START_TEST(tables_of_others_are_migrated)
{
	postern_sql(&server, "CREATE TABLE Todos (ID INTEGER PRIMARY KEY AUTOINCREMENT,"
			     " TITLE TEXT NOT NULL, extra BLOB, CHECK (length(title) > 1));"
			     "CREATE TABLE log (what);"
			     "CREATE TRIGGER t AFTER INSERT ON todos BEGIN INSERT INTO log VALUES"
			     " (new.title); END;"
			     "CREATE VIEW v AS SELECT title FROM todos;"
			     "INSERT INTO todos (title) VALUES ('milk')");
	must_print(run_on(server.database, after, "--apply"), 0, "7 statements run\n");
	ck_assert_uint_eq(take_copies(), 1);
	expect_migrated();
	ck_assert_str_eq(postern_sql(&server, "SELECT group_concat(what) FROM log"), "milk,tea");
}
END_TEST

/* Failures. */

static void insert_many(void)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"WITH n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" INSERT INTO todos SELECT i, hex(zeroblob(50)) FROM n",
		MANY);
	postern_sql(&server, sql);
}

/* Starts a migration and kills it after so many milliseconds. Returns false if it was faster. */
static bool kill_after(int milliseconds)
{
	char program[128];
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		snprintf(program, sizeof(program), "%s/posternctl", postern_build_dir());
		int null = open("/dev/null", O_RDWR);
		dup2(null, STDOUT_FILENO);
		execl(program, program, "migrate", "--api", after, "--database", server.database,
			"--apply", NULL);
		_exit(127);
	}
	struct pollfd end = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int status, ended = poll(&end, 1, milliseconds);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(end.fd);
	ck_assert_msg(ended == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0), "%#x",
		(unsigned)status);
	return ended == 0;
}

/* All of the migration or nothing. Returns true for all. */
static bool is_whole(void)
{
	const char *found = postern_sql(&server,
		"PRAGMA integrity_check; SELECT count(*) FROM todos;"
		"SELECT count(*) FROM pragma_table_info('todos');"
		"SELECT count(*) FROM sqlite_schema WHERE name IN"
		" ('tags', 'ix_tags_id', 'ix_todos_title', 'ix_todos_priority')");
	bool whole = strstr(found, "\n4\n4") != NULL;

	ck_assert_str_eq(found, whole ? "ok\n20000\n4\n4" : "ok\n20000\n2\n0");
	return whole;
}

START_TEST(killed_at_any_moment_it_is_done_or_not_at_all)
{
	int n = 0;

	make_file();
	insert_many();
	while (kill_after(n) && !is_whole())
		n++;
	ck_assert_int_gt(n, 0);
	ck_assert(is_whole());
	must_print(run_on(server.database, after, "--apply"), 0, "-- nothing to do\n");
	take_copies();
	expect_migrated();
}
END_TEST

/* Runs it with files of at most so many KiB. */
static int run_with_limit(long kib)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command),
		"bash -c 'ulimit -f %ld; exec \"$@\"' - %s/posternctl migrate --api %s"
		" --database %s --apply >/dev/null 2>&1",
		kib, postern_build_dir(), after, server.database);
	int status = system(command);
	ck_assert_msg(WIFEXITED(status), "%#x", (unsigned)status);
	return WEXITSTATUS(status);
}

/* First the copy does not fit, then the log. */
START_TEST(a_full_disk_changes_nothing)
{
	size_t copies = 0;
	struct stat st;

	make_file();
	insert_many();
	postern_sql(&server, "DROP INDEX ix_todos_id; VACUUM");
	ck_assert_int_eq(stat(server.database, &st), 0);
	long size = st.st_size / 1024, limit = size - 64;
	for (int status; (status = run_with_limit(limit)) != 0; limit += 16) {
		ck_assert_int_eq(status, 1);
		ck_assert(!is_whole());
		ck_assert_int_lt(limit, 4 * size);
		copies += take_copies();
	}
	ck_assert_uint_gt(copies, 0);
	ck_assert(is_whole());
	take_copies();
	expect_migrated();
}
END_TEST

/* A running server. */

START_TEST(a_running_server_prints_the_plan_too)
{
	char arguments[128];

	start(before);
	expect("POST", "/todos", "{\"title\":\"milk\"}", 201, NULL);
	snprintf(arguments, sizeof(arguments), "--socket %s", control);
	must_print(run_after("", after, arguments), 0, PLAN);
	ck_assert_str_eq(output, PLAN);
	must_print(run_on(server.database, after, ""), 0, PLAN);
	must_print(run_after("", write_declaration("required.json", REQUIRED), arguments), 1,
		"-- table todos, column due: expected DATE NOT NULL, found none; 1 row is there");
	must_print(
		1, 1, "posternctl: the plan is not whole: 1 difference must be mended by hand\n");
	postern_stop(&server);
}
END_TEST

/* A process that creates todos. */
struct load {
	pid_t pid;
	int started; /* readable when the first todo was created */
	int end;     /* the process ends when this is closed */
};

static bool is_closed(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	return poll(&end, 1, 0) > 0;
}

/* Does not return. The status is 0 if all were created. */
static void create_todos(int started, int end)
{
	char text[512], byte = 1;
	int status = 201;

	for (int i = 0; status == 201 && !is_closed(end); i++) {
		status = http_client_ask_once(
			server.port, "POST", "/todos", "{\"title\":\"more\"}", text, sizeof(text));
		if (i == 0 && write(started, &byte, 1) != 1)
			_exit(2);
	}
	_exit(status != 201);
}

static struct load begin_load(void)
{
	int started[2], end[2];

	ck_assert_int_eq(pipe2(started, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(end, O_CLOEXEC), 0);
	struct load load = { fork(), started[0], end[1] };
	ck_assert_int_ge(load.pid, 0);
	if (load.pid == 0) {
		close(end[1]);
		create_todos(started[1], end[0]);
	}
	close(started[1]);
	close(end[0]);
	return load;
}

static void end_load(const struct load *load)
{
	int status;

	close(load->end);
	ck_assert_int_eq(waitpid(load->pid, &status, 0), load->pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a write failed: %#x",
		(unsigned)status);
	close(load->started);
}

START_TEST(a_running_server_migrates_under_load)
{
	char byte;

	start(before);
	expect("POST", "/todos", "{\"title\":\"milk\"}", 201, NULL);
	struct load load = begin_load();
	ck_assert_int_eq(read(load.started, &byte, 1), 1);
	must_print(run_on(server.database, after, "--apply"), 0,
		" is the copy from before; 6 statements run\n");
	/* It serves its own declaration on. */
	expect("POST", "/todos", "{\"title\":\"later\"}", 201, NULL);
	expect("GET", "/todos/1", NULL, 200, "{\"title\":\"milk\",\"id\":1}");
	end_load(&load);
	must_print(run_on(server.database, after, "--apply"), 0, "-- nothing to do\n");
	ck_assert_uint_eq(take_copies(), 1);
	ck_assert_str_eq(sql_of_copy("SELECT title FROM todos WHERE id = 1"), "milk");
	postern_stop(&server);
	ck_assert_str_eq(
		postern_sql(&server, "SELECT count(*) FROM todos WHERE priority IS NOT 3"), "0");
	expect_migrated();
}
END_TEST

START_TEST(the_database_of_another_server_is_not_migrated)
{
	struct postern other;
	const char *elsewhere = scratch_path("other-control");

	start(before);
	postern_init(&other);
	postern_launch(&other,
		&(struct postern_plan){ .args = { "--api", before, "--control", elsewhere } });
	postern_await_serving(&other);
	must_print(run_on(other.database, after, "--apply"), 1,
		"nothing was migrated: this server has another database, ");
	postern_stop(&server);
	must_print(run_on(other.database, after, "--apply"), 1, "a running Postern has ");
	postern_stop(&other);
	postern_done(&other);
}
END_TEST

START_TEST(dbd_killed_while_it_migrates_leaves_all_or_nothing)
{
	make_file();
	insert_many();
	start(before);
	size_t from = postern_log_len(&server);
	char command[COMMAND_MAX];
	snprintf(command, sizeof(command),
		"exec %s/posternctl --socket %s migrate --api %s --apply >/dev/null 2>&1",
		postern_build_dir(), control, after);
	FILE *pipe = popen(command, "re");
	ck_assert_ptr_nonnull(pipe);
	postern_await_log(&server, from, "request from posternctl: migrate", POSTERN_START_MS);
	postern_kill_child(&server, "dbd");
	pclose(pipe);
	expect("GET", "/todos/1", NULL, 200, "{\"title\":\"milk\",\"id\":1}");
	must_print(run_on(server.database, after, "--apply"), 0, "");
	take_copies();
	ck_assert(is_whole());
	postern_stop(&server);
	expect_migrated();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("migrate");
	TCase *file = tcase_create("file"), *running = tcase_create("server");

	tcase_add_checked_fixture(file, setup, teardown);
	tcase_set_timeout(file, 120);
	tcase_add_test(file, the_plan_is_printed_and_changes_nothing);
	tcase_add_test(file, apply_migrates_a_file_that_nobody_has_open);
	tcase_add_test(file, the_shell_can_run_the_plan);
	tcase_add_test(file, the_server_names_the_remedy);
	tcase_add_test(file, differences_are_named_and_nothing_is_done);
	tcase_add_test(file, mistakes_are_usage);
	tcase_add_test(file, a_url_names_the_database_too);
	tcase_add_test(file, tables_of_others_are_migrated);
	tcase_add_test(file, killed_at_any_moment_it_is_done_or_not_at_all);
	tcase_add_test(file, a_full_disk_changes_nothing);
	suite_add_tcase(suite, file);
	tcase_add_checked_fixture(running, setup, teardown);
	tcase_set_timeout(running, 120);
	tcase_add_test(running, a_running_server_prints_the_plan_too);
	tcase_add_test(running, a_running_server_migrates_under_load);
	tcase_add_test(running, the_database_of_another_server_is_not_migrated);
	tcase_add_test(running, dbd_killed_while_it_migrates_leaves_all_or_nothing);
	suite_add_tcase(suite, running);
	return suite;
}
