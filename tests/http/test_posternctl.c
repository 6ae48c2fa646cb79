/* Operating the server that runs: posternctl, and what else may come to the control socket. */
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

enum { OUTPUT_MAX = 16 * 1024, LONG_WAIT = 20 * 1000 };

static struct postern server;
static char control[96], output[OUTPUT_MAX];

/* All zero but for the control socket. */
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

/* Its exit status; what it printed is in output. */
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

/* What the server holds. */

static void make_user(const char *name)
{
	char body[128], text[256];

	snprintf(body, sizeof(body), "{\"username\":\"%s\",\"email\":\"%s@example.com\"}", name,
		name);
	ck_assert_int_eq(
		http_client_ask_once(server.port, "POST", "/users", body, text, sizeof(text)), 201);
}

/* Of all workers, and so from each one's memory: the kernel spreads connections over them. */
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

static const char *ask_file(const char *file, const char *sql)
{
	struct postern other = server;

	snprintf(other.database, sizeof(other.database), "%s", file);
	return postern_sql(&other, sql);
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

START_TEST(status_is_shown_again_until_interrupted)
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

START_TEST(reload_waits_until_it_is_over)
{
	pid_t dbd = postern_child(&server, "dbd"), worker = postern_child(&server, "worker 1");

	expect(0, "reload", "reloaded: 2 workers\n");
	ck_assert_int_ne(postern_child(&server, "dbd"), dbd);
	ck_assert_int_ne(postern_child(&server, "worker 1"), worker);
}
END_TEST

START_TEST(two_reloads_follow_each_other)
{
	FILE *first = begin("reload"), *second = begin("reload");

	ck_assert_int_eq(finish(first), 0);
	ck_assert_int_eq(finish(second), 0);
	ck_assert_str_eq(output, "reloaded: 2 workers\n");
}
END_TEST

START_TEST(workers_become_more_and_fewer)
{
	size_t from = postern_log_len(&server);

	expect(0, "workers 4", "4 workers\n");
	postern_await_log(&server, from, "worker 4 (pid ", LONG_WAIT);
	expect(0, "status --json", "\"workers\":4,");
	from = postern_log_len(&server);
	expect(0, "workers 1", "1 worker\n");
	postern_await_log(&server, from, "worker removed, now 1", LONG_WAIT);
	expect(0, "status --json", "\"workers\":1,");
}
END_TEST

START_TEST(stop_waits_until_it_is_gone)
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

START_TEST(wrong_usage_is_told)
{
	for (size_t i = 0; i < NITEMS(wrong); i++)
		expect(2, wrong[i], "; see posternctl --help\n");
}
END_TEST

/* Each command and flag of --help has its item in the manual. */
START_TEST(the_manual_has_what_help_has)
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
	ck_assert_int_eq(items, 13);
}
END_TEST

/* Backups. */

START_TEST(checkpoint_empties_the_log)
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

/* Makes users until there is something to be read. Returns how many there are then. */
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

/* So that a copy takes a while. */
static void make_it_large(void)
{
	postern_sql(&server,
		"PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 0; "
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
		"INSERT INTO posts (title, content, user_id, date_posted) "
		"SELECT 'post', hex(zeroblob(2000)), 1, '2026-01-02 03:04:05.000000' FROM n;");
}

START_TEST(a_backup_is_one_moment_of_what_is_being_written)
{
	const char *file = scratch_path("copy.db");
	struct stat st;
	int before = 8;

	for (int i = 0; i < before; i++)
		make_user((const char *[]){ "a", "b", "c", "d", "e", "f", "g", "h" }[i]);
	make_it_large();
	char arguments[256];
	snprintf(arguments, sizeof(arguments), "backup %s", file);
	FILE *pipe = begin(arguments);
	int after = write_until_readable(pipe, before);
	ck_assert_msg(finish(pipe) == 0, "%s", output);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_str_eq(ask_file(file, "PRAGMA integrity_check"), "ok");
	ck_assert_str_eq(ask_file(file, "PRAGMA journal_mode"), "delete");
	ck_assert_str_eq(ask_file(file, "SELECT count(*) FROM posts"), "4000");
	int rows = atoi(ask_file(file, "SELECT count(*) FROM users"));
	ck_assert_int_ge(rows, before);
	ck_assert_int_le(rows, after);
	ck_assert_int_eq(atoi(ask_file(file, "SELECT max(id) FROM users")), rows);
	/* In place of a file that is there; and the database's folder is as it was: see teardown.
	 */
	expect_on_file(0, "backup", file, " bytes\n");
	ck_assert_int_eq(atoi(ask_file(file, "SELECT count(*) FROM users")), after);
}
END_TEST

START_TEST(a_backup_that_has_no_place_is_refused)
{
	expect_on_file(1, "backup", "/nonexistent/copy.db", "No such file or directory");
	expect_on_file(1, "backup", server.folder, "is not a regular file");
	expect_on_file(1, "backup", "/proc/copy.db", "posternctl: /proc/copy.db: ");
}
END_TEST

START_TEST(a_backup_that_is_killed_leaves_no_file_of_that_name)
{
	const char *file = scratch_path("copy.db");
	char arguments[256];

	make_user("ada");
	make_it_large();
	snprintf(arguments, sizeof(arguments), "backup %s & kill -9 $!", file);
	finish(begin(arguments));
	ck_assert_int_eq(access(file, F_OK), -1);
	/* The place is free again once dbd has noticed. */
	uint64_t until = clock_ms() + (uint64_t)patience(LONG_WAIT);
	while (run_on_file("backup", file) != 0)
		ck_assert_msg(clock_ms() < until, "%s", output);
	ck_assert_str_eq(ask_file(file, "PRAGMA integrity_check"), "ok");
}
END_TEST

/* Whichever is first: what is there is whole. */
START_TEST(a_backup_and_a_reload_are_not_in_each_others_way)
{
	const char *file = scratch_path("copy.db");
	char arguments[256];

	make_user("ada");
	make_it_large();
	snprintf(arguments, sizeof(arguments), "backup %s", file);
	FILE *pipe = begin(arguments);
	expect(0, "reload", "reloaded: 2 workers\n");
	if (finish(pipe) == 0) {
		ck_assert_str_eq(ask_file(file, "PRAGMA integrity_check"), "ok");
	} else {
		ck_assert_msg(strstr(output, "try again"), "%s", output);
		ck_assert_int_eq(access(file, F_OK), -1);
	}
	expect_on_file(0, "backup", file, " bytes\n");
}
END_TEST

START_TEST(what_a_killed_dbd_has_left_is_removed)
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
	postern_await_log(&server, from, "[master] dbd (pid ", LONG_WAIT);
	make_user("ada");
	postern_stop(&server); /* which looks into the folder */
}
END_TEST

/* Restoring. */

START_TEST(a_backup_that_is_restored_is_what_all_see)
{
	const char *file = scratch_path("copy.db");
	char text[256];

	make_user("ada");
	expect_on_file(0, "backup", file, " bytes\n");
	ck_assert_int_eq(http_client_ask_once(server.port, "PATCH", "/users/1",
				 "{\"username\":\"eve\"}", text, sizeof(text)),
		200);
	make_user("bob");
	make_it_large();
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

START_TEST(pages_of_another_size_are_no_obstacle)
{
	const char *file = scratch_path("copy.db");

	make_user("ada");
	expect_on_file(0, "backup", file, " bytes\n");
	ask_file(file, "PRAGMA page_size = 16384; VACUUM; UPDATE users SET username = 'eve'");
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
	{ NULL, "it is no SQLite database" },
};

START_TEST(a_file_of_another_kind_changes_nothing)
{
	const char *file = scratch_path("other.db");

	make_user("ada");
	if (refused[_i].sql) {
		ask_file(file, refused[_i].sql);
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

START_TEST(texts_in_utf16_change_nothing)
{
	const char *file = scratch_path("other.db");
	char sql[4096];

	make_user("ada");
	snprintf(sql, sizeof(sql), "PRAGMA encoding = 'UTF-16'; %s",
		postern_sql(&server,
			"SELECT group_concat(sql, ';') FROM sqlite_schema WHERE sql IS NOT NULL"));
	ask_file(file, sql);
	expect_on_file(1, "restore --yes", file,
		"its texts are in UTF-16le, those of the database in UTF-8");
	expect_name("ada");
}
END_TEST

START_TEST(a_damaged_backup_changes_nothing)
{
	const char *file = scratch_path("copy.db");

	make_user("ada");
	make_it_large();
	expect_on_file(0, "backup", file, " bytes\n");
	ck_assert_int_eq(truncate(file, 100 * 4096), 0);
	expect_on_file(1, "restore --yes", file, "nothing was restored: ");
	expect_name("ada");
}
END_TEST

START_TEST(what_is_no_file_is_not_restored)
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

START_TEST(a_database_in_memory_has_no_backups)
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

/* Other peers. */

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

/* What comes until the end. */
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

START_TEST(the_socket_is_its_users_own)
{
	struct stat st;

	ck_assert_int_eq(lstat(control, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq(st.st_uid, geteuid());
}
END_TEST

/* Even where somebody has opened the socket to all. */
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

static const struct str nonsense[] = {
	STR_INIT("stat"),
	STR_INIT("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
	STR_INIT("\n"),
	STR_INIT("\0\0\0\0"),
	STR_INIT("status\nstatus\n"),
	STR_INIT("workers 100000000000000000000000000000000000000000000000000000000000000\n"),
};

START_TEST(what_is_no_request_is_refused)
{
	for (size_t i = 0; i < NITEMS(nonsense); i++) {
		int fd = connect_to_control();
		ck_assert_int_eq(send(fd, nonsense[i].ptr, nonsense[i].len, MSG_NOSIGNAL),
			(ssize_t)nonsense[i].len);
		ck_assert_str_eq(read_answer(fd), "error invalid request\n");
	}
}
END_TEST

START_TEST(who_says_nothing_holds_nothing_up)
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

/* Reads up to the line that begins with "ok" or "error", which comes before the end. */
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

/* dbd cleans up after a backup once it has answered. A request that came then was refused, as if
 * the backup were still being made. */
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

/* It wants the answer, but does not wait for it. */
START_TEST(who_has_gone_is_forgotten)
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
	tcase_add_test(tc, status_is_shown_again_until_interrupted);
	tcase_add_test(tc, reload_waits_until_it_is_over);
	tcase_add_test(tc, two_reloads_follow_each_other);
	tcase_add_test(tc, workers_become_more_and_fewer);
	tcase_add_test(tc, stop_waits_until_it_is_gone);
	tcase_add_test(tc, wrong_usage_is_told);
	tcase_add_test(tc, the_manual_has_what_help_has);
	tcase_add_test(tc, checkpoint_empties_the_log);
	tcase_add_test(tc, a_backup_is_one_moment_of_what_is_being_written);
	tcase_add_test(tc, a_backup_that_has_no_place_is_refused);
	tcase_add_test(tc, a_backup_that_is_killed_leaves_no_file_of_that_name);
	tcase_add_test(tc, a_backup_and_a_reload_are_not_in_each_others_way);
	tcase_add_test(tc, what_a_killed_dbd_has_left_is_removed);
	tcase_add_test(tc, a_backup_that_is_restored_is_what_all_see);
	tcase_add_test(tc, pages_of_another_size_are_no_obstacle);
	tcase_add_loop_test(tc, a_file_of_another_kind_changes_nothing, 0, NITEMS(refused));
	tcase_add_test(tc, texts_in_utf16_change_nothing);
	tcase_add_test(tc, a_damaged_backup_changes_nothing);
	tcase_add_test(tc, what_is_no_file_is_not_restored);
	tcase_add_test(tc, a_database_in_memory_has_no_backups);
	tcase_add_test(tc, the_socket_is_its_users_own);
	tcase_add_test(tc, another_user_is_refused);
	tcase_add_test(tc, what_is_no_request_is_refused);
	tcase_add_test(tc, a_request_may_follow_an_answer_at_once);
	tcase_add_test(tc, who_has_gone_is_forgotten);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("posternctl");
	TCase *tc = tcase_create("posternctl");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	/* Of the time that who says nothing has. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_set_timeout(bare, 60);
	tcase_add_test(bare, who_says_nothing_holds_nothing_up);
	suite_add_tcase(suite, bare);
	return suite;
}
