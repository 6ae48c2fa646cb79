/* The lock on the database file between two processes: exclusion, timeout, release, death of the
 * holder and of the master, and files that replace each other under one name. */
#include "file_lock.h"

#include "exit_status.h"
#include "log.h"
#include "loop.h"
#include "process.h"
#include "scratch.h"
#include "suite.h"
#include "timeouts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SHORT = 250,     /* milliseconds: a timeout that passes */
	LONG = 60 * 1000 /* one that does not */
};

#define LOCKED  "locked\n"
#define WAITING "waiting for another Postern to release "

static struct buf error;
static const char *path;

static void setup(void)
{
	scratch_setup();
	buf_init(&error, 64 * 1024);
	path = scratch_path("app.db");
}

static void teardown(void)
{
	buf_done(&error);
	scratch_teardown();
}

static int must_take(void)
{
	int fd = file_lock_take(path, 0, &error);

	ck_assert_msg(fd >= 0, "%.*s", STR_ARGS(buf_view(&error)));
	return fd;
}

/* Fails unless the error contains this text. */
static void must_say(const char *text)
{
	buf_char(&error, '\0');
	ck_assert_msg(strstr(buf_view(&error).ptr, text), "%s", buf_view(&error).ptr);
}

/* Fails if this process can lock the file. */
static void must_be_locked(void)
{
	buf_reset(&error, 64 * 1024);
	ck_assert_int_lt(file_lock_take(path, 0, &error), 0);
	must_say(": another Postern serves it; stop that first, or name another file");
}

/* Another process that takes the lock. */

struct other {
	pid_t pid;
	int master; /* the master's end of its channel */
	int output; /* of its log, and of the result */
	char text[4096];
	size_t len;
};

/* Takes the lock, and holds it until the master is gone. */
static void run_other(uint64_t timeout)
{
	char byte;
	int fd = file_lock_take(path, timeout, &error);

	if (fd < 0) {
		dprintf(STDERR_FILENO, "%.*s\n", STR_ARGS(buf_view(&error)));
		_exit(EXIT_STARTUP);
	}
	if (write(STDERR_FILENO, LOCKED, sizeof(LOCKED) - 1) < 0 ||
		read(PROCESS_FD_CHANNEL, &byte, 1) < 0)
		_exit(EXIT_RUNNING);
	_exit(EXIT_CLEAN);
}

static void start_other(struct other *o, uint64_t timeout)
{
	int channel[2], output[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel), 0);
	ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
	*o = (struct other){ .pid = fork(), .master = channel[1], .output = output[0] };
	ck_assert_int_ge(o->pid, 0);
	if (o->pid == 0) {
		close(channel[1]);
		dup2(output[1], STDERR_FILENO);
		dup2(channel[0], PROCESS_FD_CHANNEL);
		run_other(timeout);
	}
	close(channel[0]);
	close(output[1]);
}

/* Waits until it has written the text. */
static void await_text(struct other *o, const char *text)
{
	while (!strstr(o->text, text)) {
		struct pollfd ready = { o->output, POLLIN, 0 };
		ck_assert_int_eq(poll(&ready, 1, patience(20 * 1000)), 1);
		ssize_t n = read(o->output, o->text + o->len, sizeof(o->text) - 1 - o->len);
		ck_assert_msg(n > 0, "it ended without \"%s\": %s", text, o->text);
		o->len += (size_t)n;
	}
}

/* Returns its exit status. */
static int wait_for_other(struct other *o)
{
	int status;

	ck_assert_int_eq(waitpid(o->pid, &status, 0), o->pid);
	close(o->output);
	ck_assert_msg(WIFEXITED(status), "status %x: %s", (unsigned)status, o->text);
	return WEXITSTATUS(status);
}

/* Ends the channel, as the death of its master does. */
static int orphan_other(struct other *o)
{
	close(o->master);
	return wait_for_other(o);
}

/* The tests. */

START_TEST(an_absent_file_is_created_and_locked)
{
	struct stat st;
	int fd = must_take();

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	must_be_locked();
	file_lock_close(fd);
}
END_TEST

START_TEST(a_locked_file_is_refused_after_the_timeout)
{
	struct other other;
	int fd = must_take();
	uint64_t begin = clock_ms();

	start_other(&other, SHORT);
	await_text(&other, WAITING);
	await_text(&other, "another Postern serves it; stop that first, or name another file\n");
	ck_assert_uint_ge(clock_ms() - begin, SHORT);
	ck_assert_int_eq(wait_for_other(&other), EXIT_STARTUP);
	ck_assert_ptr_nonnull(strstr(other.text, "cannot use the database "));
	ck_assert_ptr_nonnull(strstr(other.text, path));
	close(other.master);
	file_lock_close(fd);
}
END_TEST

START_TEST(a_waiting_process_gets_a_released_lock)
{
	struct other other;
	int fd = must_take();

	start_other(&other, LONG);
	await_text(&other, WAITING);
	file_lock_release(fd);
	await_text(&other, LOCKED);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	must_be_locked();
	ck_assert_int_eq(orphan_other(&other), EXIT_CLEAN);
	file_lock_close(fd);
	file_lock_close(must_take());
}
END_TEST

/* One line in the log, however often the wait is interrupted. */
START_TEST(a_wait_is_logged_once)
{
	struct other other;
	int fd = must_take();

	start_other(&other, LONG);
	await_text(&other, WAITING);
	must_be_locked();
	must_be_locked();
	must_be_locked();
	file_lock_release(fd);
	await_text(&other, LOCKED);
	ck_assert_ptr_null(strstr(strstr(other.text, WAITING) + 1, WAITING));
	ck_assert_int_eq(orphan_other(&other), EXIT_CLEAN);
	file_lock_close(fd);
}
END_TEST

START_TEST(a_free_lock_is_taken_without_a_line_in_the_log)
{
	struct other other;

	start_other(&other, LONG);
	await_text(&other, LOCKED);
	ck_assert_str_eq(other.text, LOCKED);
	must_be_locked();
	ck_assert_int_eq(orphan_other(&other), EXIT_CLEAN);
}
END_TEST

START_TEST(the_lock_of_a_killed_process_is_free)
{
	struct other other;
	int status;

	start_other(&other, 0);
	await_text(&other, LOCKED);
	must_be_locked();
	ck_assert_int_eq(kill(other.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(other.pid, &status, 0), other.pid);
	file_lock_close(must_take());
	close(other.master);
	close(other.output);
}
END_TEST

START_TEST(a_waiting_process_exits_when_its_master_dies)
{
	struct other other;
	int fd = must_take();

	start_other(&other, LONG);
	await_text(&other, WAITING);
	ck_assert_int_eq(orphan_other(&other), EXIT_CLEAN);
	ck_assert_ptr_null(strstr(other.text, LOCKED));
	file_lock_close(fd);
}
END_TEST

/* The timer that interrupts the wait must not interrupt anything later. */
START_TEST(no_signal_is_pending_afterwards)
{
	struct itimerval timer;
	int fd = must_take();

	ck_assert_int_eq(getitimer(ITIMER_REAL, &timer), 0);
	ck_assert(timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0);
	must_be_locked();
	ck_assert_int_eq(getitimer(ITIMER_REAL, &timer), 0);
	ck_assert(timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0);
	file_lock_close(fd);
}
END_TEST

/* Files and names: the lock belongs to the inode. */

START_TEST(links_share_the_lock_of_their_file)
{
	int fd = must_take();
	const char *names[] = { scratch_path("hard"), scratch_path("soft") };

	ck_assert_int_eq(link(path, names[0]), 0);
	ck_assert_int_eq(symlink("app.db", names[1]), 0);
	for (size_t i = 0; i < NITEMS(names); i++) {
		path = names[i];
		must_be_locked();
	}
	file_lock_close(fd);
}
END_TEST

START_TEST(a_new_file_under_the_same_name_is_not_locked)
{
	int old = must_take();

	ck_assert_int_eq(unlink(path), 0);
	int new = must_take();
	must_be_locked();
	file_lock_close(old);
	must_be_locked();
	file_lock_close(new);
}
END_TEST

/* File systems give the number of a removed inode to a new file, often the next one. */
START_TEST(a_new_file_that_reuses_an_inode_is_not_locked)
{
	struct other other;

	for (int i = 0; i < 100; i++) {
		int fd = must_take();
		ck_assert_int_eq(unlink(path), 0);
		file_lock_close(fd);
	}
	start_other(&other, 0);
	await_text(&other, LOCKED);
	ck_assert_str_eq(other.text, LOCKED);
	must_be_locked();
	ck_assert_int_eq(orphan_other(&other), EXIT_CLEAN);
}
END_TEST

START_TEST(sqlite_ignores_the_lock)
{
	struct other other;
	sqlite3 *db;

	start_other(&other, 0);
	await_text(&other, LOCKED);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	must_be_locked();
	ck_assert_int_eq(orphan_other(&other), EXIT_CLEAN);
}
END_TEST

/* Errors. */

START_TEST(an_unusable_path_is_refused_with_its_reason)
{
	path = scratch_path("none/app.db");
	ck_assert_int_eq(file_lock_take(path, 0, &error), -1);
	must_say("/none does not exist; make it first");
	ck_assert(str_starts(buf_view(&error), STR("cannot use the database /")));
}
END_TEST

START_TEST(no_descriptor_is_released_and_closed_without_effect)
{
	file_lock_release(-1);
	file_lock_close(-1);
}
END_TEST

/* A lock that may still be held must not be taken for released. */
START_TEST(a_failed_release_ends_the_process)
{
	int fd = must_take();

	close(fd);
	file_lock_release(fd);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("file_lock");
	TCase *tc = tcase_create("lock");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_absent_file_is_created_and_locked);
	tcase_add_test(tc, a_locked_file_is_refused_after_the_timeout);
	tcase_add_test(tc, a_waiting_process_gets_a_released_lock);
	tcase_add_test(tc, a_wait_is_logged_once);
	tcase_add_test(tc, a_free_lock_is_taken_without_a_line_in_the_log);
	tcase_add_test(tc, the_lock_of_a_killed_process_is_free);
	tcase_add_test(tc, a_waiting_process_exits_when_its_master_dies);
	tcase_add_test(tc, no_signal_is_pending_afterwards);
	tcase_add_test(tc, links_share_the_lock_of_their_file);
	tcase_add_test(tc, a_new_file_under_the_same_name_is_not_locked);
	tcase_add_test(tc, a_new_file_that_reuses_an_inode_is_not_locked);
	tcase_add_test(tc, sqlite_ignores_the_lock);
	tcase_add_test(tc, an_unusable_path_is_refused_with_its_reason);
	tcase_add_test(tc, no_descriptor_is_released_and_closed_without_effect);
	tcase_add_test_raise_signal(tc, a_failed_release_ends_the_process, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
