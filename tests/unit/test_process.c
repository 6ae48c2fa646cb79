/* Each case runs a child process with the descriptors of the contract, or without one of them. */
#include "channel.h"
#include "heartbeat.h"
#include "net.h"
#include "process.h"
#include "shared_api.h"
#include "stats_slots.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int channel[2], listener, heartbeat, stats, declared, errors[2];
static const struct heartbeat *page;

static void setup(void)
{
	char name[32];

	ck_assert_int_eq(channel_open(channel), 0);
	ck_assert_int_eq(pipe2(errors, O_NONBLOCK), 0);
	listener = net_listen_abstract(1, name, sizeof(name));
	ck_assert_int_ge(listener, 0);
	heartbeat = heartbeat_new(&page);
	ck_assert_int_ge(heartbeat, 0);
	stats = stats_create();
	ck_assert_int_ge(stats, 0);
	declared = shared_api_create(&api, 1);
	ck_assert_int_ge(declared, 0);
	fcntl(listener, F_SETFL, 0);
}

/* Duplicates fd above the numbers of the contract, so that no dup2 overwrites a source. */
static int lifted(int fd)
{
	return fcntl(fd, F_DUPFD, 100);
}

static void take_places(const char *name, int missing)
{
	const int sources[] = { lifted(channel[1]), lifted(heartbeat), lifted(listener),
		lifted(stats), lifted(declared), lifted(listener), lifted(listener) };

	dup2(errors[1], STDERR_FILENO);
	close(channel[0]);
	for (int i = 0; i < (int)NITEMS(sources); i++) {
		dup2(sources[i], PROCESS_FD_CHANNEL + i);
		close(sources[i]);
	}
	if (missing)
		close(missing);
	setenv(PROCESS_ENV_SLOT, "2", 1);
	if (name)
		setenv(PROCESS_ENV_NAME, name, 1);
	else
		unsetenv(PROCESS_ENV_NAME);
}

/* Runs body in a child that has all descriptors but the missing one; 0: all. */
static pid_t start_child(const char *name, int missing, void (*body)(void))
{
	pid_t child = fork();

	if (child == 0) {
		take_places(name, missing);
		body();
		_exit(99);
	}
	ck_assert_int_gt(child, 0);
	close(channel[1]);
	return child;
}

static int exit_status(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static void ck_assert_says(const char *want)
{
	char line[512];
	ssize_t n = read(errors[0], line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	ck_assert_msg(strstr(line, want) != NULL, "said \"%s\"", line);
}

static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void adopt_and_check(void)
{
	const struct api *before = api;
	bool right = strcmp(process_adopt(), "worker 7") == 0;

	for (int fd = PROCESS_FD_CHANNEL; fd < PROCESS_FD__END; fd++)
		right = right && (fd == PROCESS_FD_HEARTBEAT || fd == PROCESS_FD_STATS ||
					 fd == PROCESS_FD_API || fcntl(fd, F_GETFD) & FD_CLOEXEC);
	right = right && fcntl(PROCESS_FD_HEARTBEAT, F_GETFD) < 0 && errno == EBADF;
	right = right && fcntl(PROCESS_FD_STATS, F_GETFD) < 0 && errno == EBADF;
	right = right && fcntl(PROCESS_FD_API, F_GETFD) < 0 && errno == EBADF;
	right = right && api != before;
	stats_add(STAT_HTTP_SENT, 5);
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_COMMITTING);
	right = right && fcntl(PROCESS_FD_LISTEN, F_GETFL) & O_NONBLOCK;
	right = right && fcntl(PROCESS_FD_ADMIN, F_GETFL) & O_NONBLOCK;
	right = right && is_ignored(SIGPIPE) && is_ignored(SIGINT) && is_ignored(SIGHUP) &&
		is_ignored(SIGUSR1) && is_ignored(SIGUSR2) && is_ignored(SIGXFSZ);
	_exit(right ? 0 : 1);
}

START_TEST(the_contract_is_adopted)
{
	ck_assert_int_eq(exit_status(start_child("worker 7", 0, adopt_and_check)), 0);
	ck_assert_uint_eq(heartbeat_read(page, HEARTBEAT_WRITER).beats, 1);
	ck_assert_uint_eq(stats_read(2, STAT_HTTP_SENT, 0), 5);
}
END_TEST

static void adopt(void)
{
	process_adopt();
	_exit(0);
}

START_TEST(a_program_started_by_hand_says_who_starts_it)
{
	ck_assert_int_eq(exit_status(start_child(NULL, 0, adopt)), EXIT_USAGE);
	ck_assert_says("this program is started by postern, not by hand\n");
}
END_TEST

static void adopt_two_listeners(void)
{
	dup2(PROCESS_FD_LISTEN, PROCESS_FD_LISTEN + 1);
	setenv(PROCESS_ENV_LISTENERS, "2", 1);
	process_adopt();
	_exit(process_listeners() == 2 && fcntl(PROCESS_FD_LISTEN + 1, F_GETFD) & FD_CLOEXEC ? 0
											     : 1);
}

START_TEST(several_listeners_are_adopted)
{
	ck_assert_int_eq(exit_status(start_child("worker 1", 0, adopt_two_listeners)), 0);
}
END_TEST

static void adopt_listeners(const char *number)
{
	close(PROCESS_FD_LISTEN + 1);
	setenv(PROCESS_ENV_LISTENERS, number, 1);
	process_adopt();
	_exit(0);
}

static void adopt_a_missing_listener(void)
{
	adopt_listeners("2");
}

static void adopt_too_many_listeners(void)
{
	adopt_listeners("17");
}

static void adopt_no_listener(void)
{
	adopt_listeners("");
}

START_TEST(the_number_of_listeners_must_be_right)
{
	static void (*const bodies[])(
		void) = { adopt_a_missing_listener, adopt_too_many_listeners, adopt_no_listener };

	ck_assert_int_eq(exit_status(start_child("worker 1", 0, bodies[_i])), EXIT_USAGE);
	ck_assert_says("started by postern");
}
END_TEST

static const int needed[] = { PROCESS_FD_CHANNEL, PROCESS_FD_HEARTBEAT, PROCESS_FD_GENERATIONS,
	PROCESS_FD_STATS, PROCESS_FD_API, PROCESS_FD_LISTEN };

START_TEST(a_missing_descriptor_is_an_error)
{
	ck_assert_int_eq(exit_status(start_child("worker 1", needed[_i], adopt)), EXIT_USAGE);
	ck_assert_says("started by postern");
}
END_TEST

/* Replaces the declared API by its first n bytes, of which the one at `altered` differs. */
static void break_declaration(size_t n, size_t altered)
{
	static char text[1024 * 1024];
	int broken = memfd_create("postern-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t whole = pread(declared, text, sizeof(text), 0);

	ck_assert_int_gt(whole, (ssize_t)n);
	if (altered < n)
		text[altered] = '}';
	ck_assert_int_eq(write(broken, text, n), (ssize_t)n);
	ck_assert_int_eq(fcntl(broken, F_ADD_SEALS,
				 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL),
		0);
	close(declared);
	declared = broken;
}

static const struct {
	size_t n, altered;
} breaks[] = { { 0, 1 }, { 1, 1 }, { 40, 40 }, { 60, 0 }, { 60, 10 } };

START_TEST(a_broken_declaration_is_one_line)
{
	char lines[1024];

	break_declaration(breaks[_i].n, breaks[_i].altered);
	ck_assert_int_eq(exit_status(start_child("worker 1", 0, adopt)), EXIT_STARTUP);
	ssize_t n = read(errors[0], lines, sizeof(lines) - 1);
	ck_assert_int_gt(n, 0);
	lines[n] = '\0';
	ck_assert_msg(
		strstr(lines, "the declaration of the API that the master passes on is broken: "),
		"%s", lines);
	ck_assert_ptr_eq(strchr(lines, '\n'), lines + n - 1);
}
END_TEST

START_TEST(the_admin_listener_is_optional)
{
	ck_assert_int_eq(exit_status(start_child("worker 1", PROCESS_FD_ADMIN, adopt)), 0);
}
END_TEST

/* A child that runs until it is stopped. Its exit status is the number of stops. */

static struct loop *loop;
static int stops;
static struct timer linger;

static void end_loop(struct timer *timer)
{
	(void)timer;
	loop_stop(loop);
}

/* Runs 20 ms longer, so that a second stop would be counted. */
static void on_stop(void *context)
{
	if (context == &stops)
		stops++;
	loop_timer_set(loop, &linger, 20);
}

static void wait_for_stop(void)
{
	process_adopt();
	loop = loop_new();
	linger.on_timer = end_loop;
	process_on_stop(loop, on_stop, &stops);
	process_ready();
	loop_run(loop);
	_exit(stops);
}

static void await_ready(void)
{
	char byte = 0;

	ck_assert_int_eq(read(channel[0], &byte, 1), 1);
	ck_assert_int_eq(byte, PROCESS_READY);
}

START_TEST(a_child_stops_on_sigterm)
{
	pid_t child = start_child("worker 1", 0, wait_for_stop);

	await_ready();
	kill(child, SIGINT);
	kill(child, SIGHUP);
	kill(child, SIGTERM);
	ck_assert_int_eq(exit_status(child), 1);
}
END_TEST

START_TEST(a_child_stops_when_the_master_ends)
{
	pid_t child = start_child("worker 1", 0, wait_for_stop);

	await_ready();
	shutdown(channel[0], SHUT_WR);
	ck_assert_int_eq(exit_status(child), 1);
	ck_assert_says("the master is gone");
}
END_TEST

START_TEST(a_child_stops_only_once)
{
	pid_t child = start_child("worker 1", 0, wait_for_stop);

	await_ready();
	kill(child, SIGTERM);
	shutdown(channel[0], SHUT_WR);
	ck_assert_int_eq(exit_status(child), 1);
}
END_TEST

/* An idle loop, which must beat before it is stopped. */
static void keep_beating(void)
{
	process_adopt();
	loop = loop_new();
	linger.on_timer = end_loop;
	process_on_stop(loop, on_stop, &stops);
	process_start_heartbeat(loop, 1);
	process_ready();
	loop_run(loop);
	_exit(stops);
}

START_TEST(an_idle_loop_beats)
{
	pid_t child = start_child("worker 1", 0, keep_beating);
	struct pollfd end = { .fd = channel[0], .events = POLLIN };
	uint64_t interval = heartbeat_interval(1);

	await_ready();
	/* The child lives: there is no event on the channel for three intervals. */
	for (uint64_t until = clock_ms() + 3 * interval, now; (now = clock_ms()) < until;)
		ck_assert_int_eq(poll(&end, 1, (int)(until - now)), 0);
	ck_assert_uint_ge(heartbeat_read(page, HEARTBEAT_LOOP).beats, 2);
	kill(child, SIGTERM);
	ck_assert_int_eq(exit_status(child), 1);
}
END_TEST

static void on_drain(void *context)
{
	process_retire();
	loop_stop(context);
}

static void wait_to_drain(void)
{
	process_adopt();
	loop = loop_new();
	process_on_stop(loop, on_stop, &stops);
	process_on_drain(on_drain, loop);
	process_ready();
	loop_run(loop);
	_exit(stops);
}

START_TEST(a_child_drains_and_can_ask_to_be_replaced)
{
	char byte;
	pid_t child = start_child("worker 1", 0, wait_to_drain);

	await_ready();
	kill(child, PROCESS_DRAIN);
	ck_assert_int_eq(exit_status(child), 0);
	ck_assert_int_eq(read(channel[0], &byte, 1), 1);
	ck_assert_int_eq(byte, PROCESS_RETIRING);
}
END_TEST

static void on_ending(void *context)
{
	loop_stop(context);
}

static void wait_for_the_end(void)
{
	process_adopt();
	loop = loop_new();
	process_on_stop(loop, on_stop, &stops);
	process_on_ending(on_ending, loop);
	process_ready();
	loop_run(loop);
	_exit(stops);
}

START_TEST(a_child_is_told_that_the_end_is_near)
{
	pid_t child = start_child("dbd", 0, wait_for_the_end);

	await_ready();
	ck_assert_int_eq(channel_send_word(channel[0], PROCESS_ENDING, -1), 0);
	ck_assert_int_eq(exit_status(child), 0);
}
END_TEST

/* Without a handler for PROCESS_DRAIN the child goes on. */
START_TEST(draining_without_a_handler_is_not_a_stop)
{
	pid_t child = start_child("worker 1", 0, wait_for_stop);

	await_ready();
	kill(child, PROCESS_DRAIN);
	kill(child, SIGTERM);
	ck_assert_int_eq(exit_status(child), 1);
}
END_TEST

START_TEST(the_channel_ends_with_the_child)
{
	char byte;
	pid_t child = start_child("worker 1", 0, wait_for_stop);

	await_ready();
	kill(child, SIGTERM);
	ck_assert_int_eq(read(channel[0], &byte, 1), 0);
	ck_assert_int_eq(exit_status(child), 1);
}
END_TEST

/* It opens no file, and closes the descriptor of the old log. */
START_TEST(a_child_switches_to_a_new_log)
{
	int log[2];
	char text[16] = "";
	pid_t child = start_child("worker 1", 0, wait_for_stop);

	ck_assert_int_eq(pipe(log), 0);
	await_ready();
	ck_assert_int_eq(channel_send_word(channel[0], PROCESS_LOG, log[1]), 0);
	close(log[1]);
	shutdown(channel[0], SHUT_WR);
	ck_assert_int_eq(exit_status(child), 1);
	/* The line about the end of the master goes to the new log. */
	ck_assert_int_gt(read(log[0], text, sizeof(text) - 1), 0);
	ck_assert_int_eq(read(errors[0], text, 1), -1);
	close(log[0]);
}
END_TEST

START_TEST(unknown_words_are_ignored)
{
	pid_t child = start_child("worker 1", 0, wait_for_stop);

	await_ready();
	ck_assert_int_eq(channel_send_word(channel[0], '?', errors[0]), 0);
	ck_assert_int_eq(channel_send_word(channel[0], PROCESS_LOG, -1), 0);
	ck_assert_int_eq(channel_send_word(channel[0], PROCESS_ENDING, -1), 0);
	shutdown(channel[0], SHUT_WR);
	ck_assert_int_eq(exit_status(child), 1);
	ck_assert_says("the master is gone");
}
END_TEST

static void ready_to_nobody(void)
{
	process_adopt();
	process_ready();
	_exit(0);
}

START_TEST(a_child_survives_the_end_of_its_master)
{
	pid_t child;

	close(channel[0]);
	child = start_child("worker 1", 0, ready_to_nobody);
	ck_assert_int_eq(exit_status(child), 0);
	ck_assert_says("cannot tell the master that this process is ready");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("process");
	TCase *tests = tcase_create("process");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, the_contract_is_adopted);
	tcase_add_test(tests, a_program_started_by_hand_says_who_starts_it);
	tcase_add_loop_test(tests, a_missing_descriptor_is_an_error, 0, NITEMS(needed));
	tcase_add_test(tests, several_listeners_are_adopted);
	tcase_add_loop_test(tests, the_number_of_listeners_must_be_right, 0, 3);
	tcase_add_loop_test(tests, a_broken_declaration_is_one_line, 0, NITEMS(breaks));
	tcase_add_test(tests, the_admin_listener_is_optional);
	tcase_add_test(tests, a_child_stops_on_sigterm);
	tcase_add_test(tests, a_child_stops_when_the_master_ends);
	tcase_add_test(tests, a_child_stops_only_once);
	tcase_add_test(tests, an_idle_loop_beats);
	tcase_add_test(tests, a_child_drains_and_can_ask_to_be_replaced);
	tcase_add_test(tests, a_child_is_told_that_the_end_is_near);
	tcase_add_test(tests, draining_without_a_handler_is_not_a_stop);
	tcase_add_test(tests, the_channel_ends_with_the_child);
	tcase_add_test(tests, a_child_switches_to_a_new_log);
	tcase_add_test(tests, unknown_words_are_ignored);
	tcase_add_test(tests, a_child_survives_the_end_of_its_master);
	suite_add_tcase(suite, tests);
	return suite;
}
