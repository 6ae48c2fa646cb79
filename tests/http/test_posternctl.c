/* posternctl, and other clients of the control socket. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "scratch.h"
#include "suite.h"
#include "timeouts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 16 * 1024, TIMEOUT = 20 * 1000 /* milliseconds */ };

static struct postern server;
static char control[96], output[OUTPUT_MAX];

/* Starts the server with a control socket and one other flag; NULL: none. */
static void start_with(const char *flag, const char *value)
{
	postern_init(&server);
	snprintf(control, sizeof(control), "%s/control", server.folder);
	postern_launch(
		&server, &(struct postern_plan){ .args = { "--control", control, flag, value } });
	postern_await_serving(&server);
}

static void setup(void)
{
	scratch_setup();
	start_with(NULL, NULL);
}

static void teardown(void)
{
	if (server.pid)
		postern_stop(&server);
	postern_done(&server);
	scratch_teardown();
}

/* posternctl. */

static FILE *begin(const char *arguments)
{
	char command[512];

	snprintf(command, sizeof(command), "exec %s/posternctl --socket %s %s 2>&1 </dev/null",
		postern_build_dir(), control, arguments);
	FILE *pipe = popen(command, "re");
	ck_assert_ptr_nonnull(pipe);
	return pipe;
}

/* Returns the exit status; output is what it printed. */
static int finish(FILE *pipe)
{
	size_t n = fread(output, 1, sizeof(output) - 1, pipe);

	output[n] = '\0';
	int status = pclose(pipe);
	ck_assert_msg(WIFEXITED(status), "status %d: %s", status, output);
	return WEXITSTATUS(status);
}

static int run(const char *arguments)
{
	return finish(begin(arguments));
}

static int run_on_file(const char *command, const char *file)
{
	char arguments[256];

	snprintf(arguments, sizeof(arguments), "%s %s", command, file);
	return run(arguments);
}

static void expect(int status, const char *arguments, const char *text)
{
	int got = run(arguments);

	ck_assert_msg(got == status, "%s: %d, %s", arguments, got, output);
	ck_assert_msg(strstr(output, text), "%s: %s", arguments, output);
}

static void expect_on_file(int status, const char *command, const char *file, const char *text)
{
	int got = run_on_file(command, file);

	ck_assert_msg(got == status, "%s %s: %d, %s", command, file, got, output);
	ck_assert_msg(strstr(output, text), "%s %s: %s", command, file, output);
}

/* Contents of the database. */

static void make_user(const char *name)
{
	char body[128], text[256];

	snprintf(body, sizeof(body), "{\"username\":\"%s\",\"email\":\"%s@example.com\"}", name,
		name);
	ck_assert_int_eq(
		http_client_ask_once(server.port, "POST", "/users", body, text, sizeof(text)), 201);
}

/* Checks the name of user 1 in many connections, which the kernel spreads over the workers and
 * their caches. */
static void expect_name(const char *name)
{
	char text[256];

	for (int i = 0; i < 16; i++) {
		ck_assert_int_eq(http_client_ask_once(
					 server.port, "GET", "/users/1", NULL, text, sizeof(text)),
			200);
		ck_assert_msg(strstr(text, name), "%s", text);
	}
}

static const char *sql_of_file(const char *file, const char *sql)
{
	char url[TEST_URL_MAX];

	snprintf(url, sizeof(url), "sqlite:///%s", file);
	return test_database_sql(url, sql);
}

/* Status. */

START_TEST(status_shows_processes_and_counts)
{
	make_user("ada");
	expect(0, "status", "Postern 0.1.0, serving\n");
	ck_assert_ptr_nonnull(strstr(output, "\nwrites       1, 1.0 per commit, 0 queued;"));
	ck_assert_ptr_nonnull(strstr(output, "\nmaster "));
	ck_assert_ptr_nonnull(strstr(output, "\ndbd "));
	ck_assert_ptr_nonnull(strstr(output, "\nworker 2 "));
	expect(0, "status --json", "{\"version\":\"0.1.0\",\"state\":\"serving\",");
	ck_assert_ptr_nonnull(strstr(output, "\"requests\":1,"));
	ck_assert_ptr_nonnull(strstr(output, "{\"name\":\"worker 2\",\"pid\":"));
}
END_TEST

START_TEST(status_with_watch_is_repeated)
{
	char line[512];
	int shown = 0;
	FILE *pipe = begin("status --watch --json");

	while (shown < 2 && fgets(line, sizeof(line), pipe))
		shown += strncmp(line, "{\"version\"", 10) == 0;
	ck_assert_int_eq(shown, 2);
	postern_stop(&server);
	ck_assert_int_eq(finish(pipe), 1);
}
END_TEST

/* The master's commands. */

START_TEST(reload_waits_until_done)
{
	pid_t dbd = postern_child(&server, "dbd"), worker = postern_child(&server, "worker 1");

	expect(0, "reload", "reloaded: 2 workers\n");
	ck_assert_int_ne(postern_child(&server, "dbd"), dbd);
	ck_assert_int_ne(postern_child(&server, "worker 1"), worker);
}
END_TEST

START_TEST(two_reloads_run_one_after_the_other)
{
	FILE *first = begin("reload"), *second = begin("reload");

	ck_assert_int_eq(finish(first), 0);
	ck_assert_int_eq(finish(second), 0);
	ck_assert_str_eq(output, "reloaded: 2 workers\n");
}
END_TEST

START_TEST(workers_sets_the_number)
{
	size_t from = postern_log_len(&server);

	expect(0, "workers 4", "4 workers\n");
	postern_await_log(&server, from, "worker 4 (pid ", TIMEOUT);
	expect(0, "status --json", "\"workers\":4,");
	from = postern_log_len(&server);
	expect(0, "workers 1", "1 worker\n");
	postern_await_log(&server, from, "worker removed, now 1", TIMEOUT);
	expect(0, "status --json", "\"workers\":1,");
}
END_TEST

START_TEST(stop_waits_until_the_master_has_ended)
{
	siginfo_t ended = { 0 };

	expect(0, "stop", "stopped\n");
	ck_assert_int_eq(waitid(P_PID, (id_t)server.pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
	ck_assert_int_eq(ended.si_pid, server.pid);
	ck_assert_int_eq(postern_wait(&server, POSTERN_STOP_MS), 0);
	ck_assert_int_eq(access(control, F_OK), -1);
	expect(1, "status", "is Postern running");
}
END_TEST

static const char *const wrong[] = { "", "nonsense", "status twice", "workers", "workers 0",
	"workers 257", "workers -1", "workers 1x", "backup", "restore", "backup a b", "--nonsense",
	"status --socket" };

START_TEST(wrong_usage_is_an_error)
{
	for (size_t i = 0; i < NITEMS(wrong); i++)
		expect(2, wrong[i], "; see posternctl --help\n");
}
END_TEST

/* Each command and flag of --help has its item in the manual. */
START_TEST(the_manual_describes_all_that_help_lists)
{
	char manual[OUTPUT_MAX], macro[64], name[32];
	FILE *file = fopen("docs/man/posternctl.1", "re");
	int items = 0;

	ck_assert_ptr_nonnull(file);
	manual[fread(manual, 1, sizeof(manual) - 1, file)] = '\0';
	fclose(file);
	ck_assert_int_eq(run("--help"), 0);
	for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "  %31[a-z-]", name) != 1)
			continue;
		items++;
		if (*name == '-')
			snprintf(macro, sizeof(macro), ".It Fl \\-%s", name + 2);
		else
			snprintf(macro, sizeof(macro), ".It Cm %s", name);
		ck_assert_msg(strstr(manual, macro), "%s", macro);
	}
	ck_assert_int_eq(items, 25);
}
END_TEST

/* Backups. */

START_TEST(checkpoint_empties_the_write_ahead_log)
{
	char log[128];
	struct stat st;

	make_user("ada");
	expect(0, "checkpoint", " pages in the log before, 0 after\n");
	ck_assert_int_gt(atoi(output), 0);
	snprintf(log, sizeof(log), "%s-wal", server.database);
	ck_assert_int_eq(stat(log, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	make_user("bob");
}
END_TEST

/* Makes users until posternctl prints. Returns the number of users then. */
static int write_until_readable(FILE *pipe, int made)
{
	struct pollfd readable = { .fd = fileno(pipe), .events = POLLIN };
	char name[32];

	while (poll(&readable, 1, 0) == 0) {
		snprintf(name, sizeof(name), "user%d", made);
		make_user(name);
		made++;
	}
	return made;
}

/* Makes a copy take long. */
static void make_many_posts(void)
{
	postern_sql(&server,
		"PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 0; "
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
		"INSERT INTO posts (title, content, user_id, date_posted) "
		"SELECT 'post', hex(zeroblob(2000)), 1, '2026-01-02 03:04:05.000000' FROM n;");
}

START_TEST(a_backup_is_one_snapshot_while_writes_go_on)
{
	const char *file = scratch_path("copy.db");
	struct stat st;
	int before = 8;

	for (int i = 0; i < before; i++)
		make_user((const char *[]){ "a", "b", "c", "d", "e", "f", "g", "h" }[i]);
	make_many_posts();
	char arguments[256];
	snprintf(arguments, sizeof(arguments), "backup %s", file);
	FILE *pipe = begin(arguments);
	int after = write_until_readable(pipe, before);
	ck_assert_msg(finish(pipe) == 0, "%s", output);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_str_eq(sql_of_file(file, "PRAGMA integrity_check"), "ok");
	ck_assert_str_eq(sql_of_file(file, "PRAGMA journal_mode"), "delete");
	ck_assert_str_eq(sql_of_file(file, "SELECT count(*) FROM posts"), "4000");
	int rows = atoi(sql_of_file(file, "SELECT count(*) FROM users"));
	ck_assert_int_ge(rows, before);
	ck_assert_int_le(rows, after);
	ck_assert_int_eq(atoi(sql_of_file(file, "SELECT max(id) FROM users")), rows);
	/* Replaces an existing file. The teardown checks that no file is left beside the database.
	 */
	expect_on_file(0, "backup", file, " bytes\n");
	ck_assert_int_eq(atoi(sql_of_file(file, "SELECT count(*) FROM users")), after);
}
END_TEST

START_TEST(a_backup_that_cannot_be_written_is_refused)
{
	expect_on_file(1, "backup", "/nonexistent/copy.db", "No such file or directory");
	expect_on_file(1, "backup", server.folder, "is not a regular file");
	expect_on_file(1, "backup", "/proc/copy.db", "posternctl: /proc/copy.db: ");
}
END_TEST

START_TEST(a_killed_backup_leaves_no_file_of_that_name)
{
	const char *file = scratch_path("copy.db");
	char arguments[256];

	make_user("ada");
	make_many_posts();
	snprintf(arguments, sizeof(arguments), "backup %s & kill -9 $!", file);
	finish(begin(arguments));
	ck_assert_int_eq(access(file, F_OK), -1);
	/* dbd accepts another backup once it has noticed. */
	uint64_t until = clock_ms() + (uint64_t)patience(TIMEOUT);
	while (run_on_file("backup", file) != 0)
		ck_assert_msg(clock_ms() < until, "%s", output);
	ck_assert_str_eq(sql_of_file(file, "PRAGMA integrity_check"), "ok");
}
END_TEST

/* The backup is complete or refused. */
START_TEST(a_backup_and_a_reload_do_not_disturb_each_other)
{
	const char *file = scratch_path("copy.db");
	char arguments[256];

	make_user("ada");
	make_many_posts();
	snprintf(arguments, sizeof(arguments), "backup %s", file);
	FILE *pipe = begin(arguments);
	expect(0, "reload", "reloaded: 2 workers\n");
	if (finish(pipe) == 0) {
		ck_assert_str_eq(sql_of_file(file, "PRAGMA integrity_check"), "ok");
	} else {
		ck_assert_msg(strstr(output, "try again"), "%s", output);
		ck_assert_int_eq(access(file, F_OK), -1);
	}
	expect_on_file(0, "backup", file, " bytes\n");
}
END_TEST

START_TEST(files_of_a_killed_dbd_are_removed)
{
	static const char *const suffixes[] = { "-backup", "-backup-wal", "-restore" };
	size_t from = postern_log_len(&server);
	char path[128];

	for (size_t i = 0; i < NITEMS(suffixes); i++) {
		snprintf(path, sizeof(path), "%s%s", server.database, suffixes[i]);
		FILE *file = fopen(path, "we");
		ck_assert_ptr_nonnull(file);
		fclose(file);
	}
	postern_kill_child(&server, "dbd");
	postern_await_log(&server, from, "[master] dbd (pid ", TIMEOUT);
	make_user("ada");
	postern_stop(&server); /* checks the folder */
}
END_TEST

/* Restoring. */

START_TEST(a_restored_backup_is_served_by_all_workers)
{
	const char *file = scratch_path("copy.db");
	char text[256];

	make_user("ada");
	expect_on_file(0, "backup", file, " bytes\n");
	ck_assert_int_eq(http_client_ask_once(server.port, "PATCH", "/users/1",
				 "{\"username\":\"eve\"}", text, sizeof(text)),
		200);
	make_user("bob");
	make_many_posts();
	expect_name("eve");
	expect_on_file(1, "restore", file, "nothing was restored");
	expect_name("eve");
	expect_on_file(0, "restore --yes", file, "restored: 1 users, 0 posts\n");
	expect_name("ada");
	ck_assert_int_eq(
		http_client_ask_once(server.port, "GET", "/users/2", NULL, text, sizeof(text)),
		404);
	make_user("cy");
	ck_assert_str_eq(postern_sql(&server, "PRAGMA integrity_check"), "ok");
	ck_assert_str_eq(postern_sql(&server, "PRAGMA journal_mode"), "wal");
	ck_assert_str_eq(
		postern_sql(&server, "SELECT group_concat(username) FROM users"), "ada,cy");
}
END_TEST

START_TEST(a_backup_with_another_page_size_is_restored)
{
	const char *file = scratch_path("copy.db");

	make_user("ada");
	expect_on_file(0, "backup", file, " bytes\n");
	sql_of_file(file, "PRAGMA page_size = 16384; VACUUM; UPDATE users SET username = 'eve'");
	expect_name("ada");
	expect_on_file(0, "restore --yes", file, "restored: 1 users, 0 posts\n");
	expect_name("eve");
}
END_TEST

static const struct {
	const char *sql, *why;
} refused[] = {
	{ "CREATE TABLE t (a)", "it has no table users" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE posts (id INTEGER PRIMARY "
	  "KEY)",
		"table users" },
	{ "CREATE VIEW users AS SELECT 1; CREATE VIEW posts AS SELECT 1", "found a view" },
	{ "", "it has no table users" },
	{ NULL, "it is not an SQLite database" },
};

START_TEST(another_kind_of_file_changes_nothing)
{
	const char *file = scratch_path("other.db");

	make_user("ada");
	if (refused[_i].sql) {
		sql_of_file(file, refused[_i].sql);
	} else {
		FILE *garbage = fopen(file, "we");
		for (int i = 0; i < 1000; i++)
			fputs("garbage", garbage);
		fclose(garbage);
	}
	expect_on_file(1, "restore --yes", file, "nothing was restored: ");
	ck_assert_msg(strstr(output, refused[_i].why), "%s", output);
	expect_name("ada");
	make_user("bob");
}
END_TEST

START_TEST(a_file_with_utf16_changes_nothing)
{
	const char *file = scratch_path("other.db");
	char sql[4096];

	make_user("ada");
	snprintf(sql, sizeof(sql), "PRAGMA encoding = 'UTF-16'; %s",
		postern_sql(&server,
			"SELECT group_concat(sql, ';') FROM sqlite_schema WHERE sql IS NOT NULL"));
	sql_of_file(file, sql);
	expect_on_file(1, "restore --yes", file,
		"its texts are in UTF-16le, those of the database in UTF-8");
	expect_name("ada");
}
END_TEST

START_TEST(a_damaged_backup_changes_nothing)
{
	const char *file = scratch_path("copy.db");

	make_user("ada");
	make_many_posts();
	expect_on_file(0, "backup", file, " bytes\n");
	ck_assert_int_eq(truncate(file, 100 * 4096), 0);
	expect_on_file(1, "restore --yes", file, "nothing was restored: ");
	expect_name("ada");
}
END_TEST

START_TEST(a_special_file_is_not_restored)
{
	make_user("ada");
	expect_on_file(1, "restore --yes", server.database, "in use");
	expect(0, "checkpoint", ", 0 after");
	expect_on_file(1, "restore --yes", server.database, "this is the database itself");
	expect_on_file(1, "restore --yes", "/dev/zero", "this is no file");
	expect_on_file(1, "restore --yes", server.folder, "this is no file");
	expect_on_file(1, "restore --yes", "/nonexistent", "No such file or directory");
	expect_name("ada");
}
END_TEST

START_TEST(a_database_in_memory_cannot_be_backed_up)
{
	const char *file = scratch_path("copy.db");

	postern_stop(&server);
	postern_done(&server);
	start_with("--database-url", "sqlite://");
	expect(1, "checkpoint", "the database is in memory");
	expect_on_file(1, "backup", file, "the database is in memory");
	expect_on_file(1, "restore --yes", "/dev/null", "the database is in memory");
}
END_TEST

/* Other clients. */

static int connect_to_control(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", control);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Reads until the end of the connection, and closes it. */
static const char *read_answer(int fd)
{
	size_t n = 0;

	for (ssize_t got; (got = read(fd, output + n, sizeof(output) - 1 - n)) > 0;
		n += (size_t)got)
		;
	output[n] = '\0';
	close(fd);
	return output;
}

START_TEST(the_socket_belongs_to_the_user_of_the_server)
{
	struct stat st;

	ck_assert_int_eq(lstat(control, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq(st.st_uid, geteuid());
}
END_TEST

/* The mode of the socket does not matter. */
START_TEST(another_user_is_refused)
{
	int ends[2];

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(server.folder, 0755), 0);
	ck_assert_int_eq(chmod(control, 0666), 0);
	ck_assert_int_eq(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(1);
		int fd = connect_to_control();
		const char *answer = fd >= 0 ? read_answer(fd) : "no connection";
		_exit(write(ends[1], answer, strlen(answer)) < 0);
	}
	close(ends[1]);
	ck_assert_str_eq(read_answer(ends[0]),
		"error permission denied: only root and user 0 have access\n");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static const struct str invalid_requests[] = {
	STR_INIT("stat"),
	STR_INIT("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
	STR_INIT("\n"),
	STR_INIT("\0\0\0\0"),
	STR_INIT("status\nstatus\n"),
	STR_INIT("workers 100000000000000000000000000000000000000000000000000000000000000\n"),
};

START_TEST(an_invalid_request_is_refused)
{
	for (size_t i = 0; i < NITEMS(invalid_requests); i++) {
		int fd = connect_to_control();
		ck_assert_int_eq(
			send(fd, invalid_requests[i].ptr, invalid_requests[i].len, MSG_NOSIGNAL),
			(ssize_t)invalid_requests[i].len);
		ck_assert_str_eq(read_answer(fd), "error invalid request\n");
	}
}
END_TEST

START_TEST(silent_clients_block_nothing)
{
	int silent[7];

	for (size_t i = 0; i < NITEMS(silent); i++)
		silent[i] = connect_to_control();
	expect(0, "status", "serving");
	expect(0, "checkpoint", "0 after");
	expect(0, "reload", "reloaded");
	int last = connect_to_control();
	expect(1, "status", "too many connections to the control socket");
	make_user("ada");
	for (size_t i = 0; i < NITEMS(silent); i++)
		close(silent[i]);
	ck_assert_str_eq(read_answer(last), "error timed out waiting for a request\n");
	expect(0, "status", "serving");
}
END_TEST

/* Reads up to the last line, which begins with "ok" or "error". Returns true if it is "ok". */
static bool is_done(int fd)
{
	size_t n = 0;

	output[0] = '\0';
	while (!strstr(output, "ok") && !strstr(output, "error")) {
		ssize_t got = read(fd, output + n, sizeof(output) - 1 - n);
		if (got <= 0)
			return false;
		output[n += (size_t)got] = '\0';
	}
	return strstr(output, "ok") != NULL;
}

/* dbd cleans up after a backup once it has answered. A request that came meanwhile was refused
 * once, as if the backup were still running. */
START_TEST(a_request_may_follow_an_answer_at_once)
{
	const struct str request = STR("backup\n");

	make_user("ada");
	for (int i = 0; i < 20; i++) {
		int first = connect_to_control(), second = connect_to_control();
		ck_assert_int_gt(send(first, request.ptr, request.len, MSG_NOSIGNAL), 0);
		ck_assert_msg(is_done(first), "%s", output);
		ck_assert_int_gt(send(second, request.ptr, request.len, MSG_NOSIGNAL), 0);
		ck_assert_msg(is_done(second), "%s", output);
		close(first);
		close(second);
	}
}
END_TEST

/* The client disconnects before the answer. */
START_TEST(a_client_that_disconnects_is_forgotten)
{
	static const char *const requests[] = { "reload\n", "backup\n", "status\n" };

	make_user("ada");
	for (size_t i = 0; i < NITEMS(requests); i++) {
		int fd = connect_to_control();
		ck_assert_int_gt(send(fd, requests[i], strlen(requests[i]), MSG_NOSIGNAL), 0);
		close(fd);
	}
	expect(0, "reload", "reloaded");
	make_user("bob");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, status_shows_processes_and_counts);
	tcase_add_test(tc, status_with_watch_is_repeated);
	tcase_add_test(tc, reload_waits_until_done);
	tcase_add_test(tc, two_reloads_run_one_after_the_other);
	tcase_add_test(tc, workers_sets_the_number);
	tcase_add_test(tc, stop_waits_until_the_master_has_ended);
	tcase_add_test(tc, wrong_usage_is_an_error);
	tcase_add_test(tc, the_manual_describes_all_that_help_lists);
	tcase_add_test(tc, checkpoint_empties_the_write_ahead_log);
	tcase_add_test(tc, a_backup_is_one_snapshot_while_writes_go_on);
	tcase_add_test(tc, a_backup_that_cannot_be_written_is_refused);
	tcase_add_test(tc, a_killed_backup_leaves_no_file_of_that_name);
	tcase_add_test(tc, a_backup_and_a_reload_do_not_disturb_each_other);
	tcase_add_test(tc, files_of_a_killed_dbd_are_removed);
	tcase_add_test(tc, a_restored_backup_is_served_by_all_workers);
	tcase_add_test(tc, a_backup_with_another_page_size_is_restored);
	tcase_add_loop_test(tc, another_kind_of_file_changes_nothing, 0, NITEMS(refused));
	tcase_add_test(tc, a_file_with_utf16_changes_nothing);
	tcase_add_test(tc, a_damaged_backup_changes_nothing);
	tcase_add_test(tc, a_special_file_is_not_restored);
	tcase_add_test(tc, a_database_in_memory_cannot_be_backed_up);
	tcase_add_test(tc, the_socket_belongs_to_the_user_of_the_server);
	tcase_add_test(tc, another_user_is_refused);
	tcase_add_test(tc, an_invalid_request_is_refused);
	tcase_add_test(tc, a_request_may_follow_an_answer_at_once);
	tcase_add_test(tc, a_client_that_disconnects_is_forgotten);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("posternctl");
	TCase *tc = tcase_create("posternctl");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	/* Depends on the time limit of silent clients, which a slow run would exceed. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_set_timeout(bare, 60);
	tcase_add_test(bare, silent_clients_block_nothing);
	suite_add_tcase(suite, bare);
	return suite;
}
