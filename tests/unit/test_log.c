/* The log. Here stderr is a SOCK_SEQPACKET socket: each write(2) is one packet. */
#include "log.h"
#include "loop.h"
#include "suite.h"
#include "timeouts.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int received;
static char packet[8192];

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
	received = fds[0];
}

/* Returns the next write, or "" if there was none. */
static const char *written(void)
{
	ssize_t n = recv(received, packet, sizeof(packet) - 1, 0);

	packet[n > 0 ? n : 0] = '\0';
	return packet;
}

/* Returns the text after the time, whose format is checked. */
static const char *written_after_time(void)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
	const char *line = written();

	for (size_t i = 0; shape[i]; i++) {
		bool digit = line[i] >= '0' && line[i] <= '9';
		ck_assert_msg(shape[i] == 'd' ? digit : line[i] == shape[i], "\"%s\"", line);
	}
	return line + strlen(shape);
}

START_TEST(a_line_is_one_write)
{
	log_info("%s and %d", "one", 2);
	ck_assert_str_eq(written_after_time(), "INFO     [postern] one and 2\n");
	ck_assert_str_eq(written(), "");
	log_line(LOG_LEVEL_CRITICAL, "%s", "");
	ck_assert_str_eq(written_after_time(), "CRITICAL [postern] \n");
}
END_TEST

START_TEST(the_process_is_named_and_its_name_cut)
{
	log_open("worker 1", LOG_LEVEL_INFO);
	log_error("x");
	ck_assert_str_eq(written_after_time(), "ERROR    [worker 1] x\n");
	log_open("0123456789012345678901234567890123456789", LOG_LEVEL_INFO);
	log_error("x");
	ck_assert_str_eq(written_after_time(), "ERROR    [0123456789012345678901234567890] x\n");
}
END_TEST

START_TEST(less_urgent_levels_are_not_written)
{
	static const char *const labels[] = { "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG" };

	for (int least = LOG_LEVEL_CRITICAL; least <= LOG_LEVEL_DEBUG; least++) {
		log_open("x", (enum log_level)least);
		for (int level = LOG_LEVEL_CRITICAL; level <= LOG_LEVEL_DEBUG; level++) {
			log_line((enum log_level)level, "line");
			if (level > least) {
				ck_assert_str_eq(written(), "");
				continue;
			}
			char want[64];
			snprintf(want, sizeof(want), "%-8s [x] line\n", labels[level]);
			ck_assert_str_eq(written_after_time(), want);
		}
	}
}
END_TEST

START_TEST(every_level_has_a_name)
{
	static const char *const names[] = { "critical", "error", "warning", "info", "debug" };

	for (int level = LOG_LEVEL_CRITICAL; level <= LOG_LEVEL_DEBUG; level++)
		ck_assert_str_eq(log_level_names[level], names[level]);
	ck_assert_ptr_null(log_level_names[LOG_LEVEL_DEBUG + 1]);
}
END_TEST

START_TEST(no_input_forges_a_line)
{
	log_info("a\nb\r\tc\x1b[2J\x7f \xc3\xa9 \\x0a %s", "%s");
	ck_assert_str_eq(written_after_time(),
		"INFO     [postern] a\\x0ab\\x0d\\x09c\\x1b[2J\\x7f \xc3\xa9 \\x0a %s\n");
	for (int c = 1; c < 256; c++) {
		log_info("%c", c);
		const char *line = written_after_time();
		for (const char *p = line; p[1]; p++)
			ck_assert_msg((unsigned char)*p >= 0x20 && *p != 0x7f, "byte %02x", c);
		ck_assert_int_eq(line[strlen(line) - 1], '\n');
	}
}
END_TEST

/* A line that is too long is cut, and still ends in LF. */
START_TEST(a_long_line_is_cut)
{
	static const char fills[] = "x\n";
	static char message[10000];

	for (size_t i = 0; i < 2; i++) {
		memset(message, fills[i], sizeof(message) - 1);
		log_info("%s", message);
		const char *line = written_after_time();
		size_t n = strlen(line);
		ck_assert_uint_gt(n, 1900);
		ck_assert_uint_le(n, LINE_MOST);
		ck_assert_ptr_eq(strchr(line, '\n'), line + n - 1);
		ck_assert_str_eq(written(), "");
	}
}
END_TEST

START_TEST(a_log_that_cannot_be_written_stops_nothing)
{
	signal(SIGPIPE, SIG_IGN);
	close(received);
	log_info("to nobody");
	close(STDERR_FILENO);
	log_info("to nothing");
}
END_TEST

START_TEST(json_is_an_object_a_line)
{
	log_open("worker 1", LOG_LEVEL_INFO);
	log_set_format(LOG_FORMAT_JSON);
	log_warning("a \"b\" \\ \n\x7f \xc3\xa9");
	const char *line = written();
	ck_assert_msg(strncmp(line, "{\"time\":\"2", 10) == 0, "%s", line);
	ck_assert_str_eq(line + strlen("{\"time\":\"2026-01-02T03:04:05.000"),
		"Z\",\"level\":\"warning\",\"process\":\"worker 1\","
		"\"message\":\"a \\\"b\\\" \\\\ \\u000a\\u007f \xc3\xa9\"}\n");
	log_warning("\xc3(");
	ck_assert_ptr_nonnull(strstr(written(), "\"message\":\"\\u00c3(\"}\n"));
}
END_TEST

static void append(const char *text)
{
	struct line line = { 0 };

	line_str(&line, str_from(text));
	log_append(&line);
}

START_TEST(appended_lines_are_written_together_and_before_others)
{
	append("one\n");
	append("two\n");
	ck_assert_str_eq(written(), "");
	log_flush();
	ck_assert_str_eq(written(), "one\ntwo\n");
	log_flush();
	ck_assert_str_eq(written(), "");
	append("three\n");
	log_debug("is not written");
	ck_assert_str_eq(written(), "");
	log_info("four");
	ck_assert_str_eq(written(), "three\n");
	ck_assert_str_eq(written_after_time(), "INFO     [postern] four\n");
}
END_TEST

START_TEST(no_appended_line_is_split)
{
	char text[1501];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 3; i++)
		append(text);
	ck_assert_uint_eq(strlen(written()), 2 * strlen(text));
	log_flush();
	ck_assert_str_eq(written(), text);
}
END_TEST

START_TEST(a_full_pipe_does_not_block_and_lost_lines_are_counted)
{
	int fds[2];
	char text[LINE_MOST + 1];
	ssize_t n;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	memset(text, 'x', LINE_MOST - 1);
	text[LINE_MOST - 1] = '\n';
	text[LINE_MOST] = '\0';
	for (int i = 0; i < 100; i++)
		append(text);
	log_flush();
	log_warning("lost, too");
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	int kept = 0;
	while ((n = read(fds[0], text, LINE_MOST)) > 0) {
		ck_assert_int_eq(n, LINE_MOST);
		ck_assert_int_eq(text[LINE_MOST - 1], '\n');
		kept++;
	}
	ck_assert_int_gt(kept, 0);
	ck_assert_int_lt(kept, 100);
	log_warning("there again");
	n = read(fds[0], text, LINE_MOST);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	char want[100];
	snprintf(want, sizeof(want), "[postern] %d log lines were lost: stderr was full\n",
		101 - kept);
	ck_assert_ptr_nonnull(strstr(text, want));
	ck_assert_ptr_nonnull(strstr(text, "[postern] there again\n"));
}
END_TEST

enum { PROCESSES = 8, LINES = 400, BLOCKED_MS = 10 * 1000 };

/* Waits for the children. Returns false if one has not ended in time. */
static bool all_end(const pid_t *children, int n)
{
	uint64_t deadline = clock_ms() + (uint64_t)patience(BLOCKED_MS);

	for (int i = 0; i < n; i++) {
		pid_t ended;
		while ((ended = waitpid(children[i], NULL, WNOHANG)) == 0 && clock_ms() < deadline)
			poll(NULL, 0, 10);
		if (ended != children[i])
			return false;
	}
	return true;
}

static void end_all(const pid_t *children, int n)
{
	for (int i = 0; i < n; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

/* Several processes share the log, as workers do: one may fill the pipe after the poll(2) of
 * another.
 */
static void log_from_many_processes(void)
{
	pid_t children[PROCESSES];
	char text[LINE_MOST - 1];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] != 0)
			continue;
		for (int line = 0; line < LINES; line++) {
			append(text);
			log_flush();
			log_warning("%d", line);
		}
		_exit(0);
	}
	bool ended = all_end(children, PROCESSES);
	if (!ended)
		end_all(children, PROCESSES);
	ck_assert_msg(ended, "a process waits for the reader of the log");
}

static void open_pipe(int fds[2])
{
	ck_assert_int_eq(pipe(fds), 0);
}

static void open_stream(int fds[2])
{
	const int least = 4096;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
}

static void open_terminal(int fds[2])
{
	fds[0] = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_eq(grantpt(fds[0]) | unlockpt(fds[0]), 0);
	fds[1] = open(ptsname(fds[0]), O_WRONLY | O_NOCTTY);
	ck_assert_int_ge(fds[1], 0);
}

static void (*const openings[])(int fds[2]) = { open_pipe, open_stream, open_terminal };

START_TEST(a_stopped_reader_blocks_no_process)
{
	int fds[2];
	char text[LINE_MOST];

	openings[_i](fds);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	log_open("x", LOG_LEVEL_INFO);
	log_unblock();
	log_from_many_processes();
	/* The open file description that other processes share is unchanged. */
	ck_assert_int_eq(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_gt(read(fds[0], text, sizeof(text)), 0);
}
END_TEST

START_TEST(a_stopped_reader_is_waited_for_once)
{
	int fds[2];

	open_pipe(fds);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	log_open("x", LOG_LEVEL_INFO);
	log_unblock();
	for (int i = 0; i < 2000; i++)
		log_warning("%d is not waited for, which would take minutes", i);
}
END_TEST

/* The rest of the line is lost; the next one still begins after an LF. */
START_TEST(a_line_that_was_cut_is_ended)
{
	int fds[2];
	char text[LINE_MOST - 1];
	static char got[64 * LINE_MOST];
	size_t len = 0;
	ssize_t n;

	open_terminal(fds);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	log_open("x", LOG_LEVEL_INFO);
	log_unblock();
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 40; i++) {
		append(text);
		log_flush();
	}
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	while ((n = read(fds[0], got + len, sizeof(got) - 1 - len)) > 0)
		len += (size_t)n;
	log_warning("whole");
	/* What was written may arrive later: the kernel passes it on by a thread of its own. */
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, 0), 0);
	while (!strstr(got, "[x] whole\r\n")) {
		n = read(fds[0], got + len, sizeof(got) - 1 - len);
		ck_assert_int_gt(n, 0);
		len += (size_t)n;
	}
	ck_assert_msg(strstr(got, "y\r\n20") != NULL, "%s", got);
	ck_assert_ptr_nonnull(strstr(got, " log lines were lost: stderr was full\r\n20"));
}
END_TEST

/* write(2) fails with EFBIG (setrlimit(2)). */
START_TEST(lines_lost_in_a_full_file_are_counted)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	FILE *file = tmpfile();
	char text[400] = "";

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	log_open("x", LOG_LEVEL_INFO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	log_warning("one");
	log_warning("two");
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	log_warning("three");
	ck_assert_int_gt(pread(STDERR_FILENO, text, sizeof(text) - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(text, "[x] 2 log lines were lost: stderr was full\n"));
	ck_assert_ptr_nonnull(strstr(text, "[x] three\n"));
	fclose(file);
}
END_TEST

START_TEST(log_die_logs_and_aborts)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		log_die("cannot go on: %d", 7);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	ck_assert_str_eq(written_after_time(), "CRITICAL [postern] cannot go on: 7\n");
}
END_TEST

START_TEST(log_die_exits_with_the_status_that_was_set)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		log_set_death(3);
		log_die("cannot start");
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	ck_assert_str_eq(written_after_time(), "CRITICAL [postern] cannot start\n");
}
END_TEST

static void make_stderr_the_journal(unsigned long long inode_offset)
{
	struct stat st;
	char stream[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino + inode_offset);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
}

START_TEST(the_journal_gets_priorities_and_no_time)
{
	static const char *const lines[] = { "<2>CRITICAL [dbd] x\n", "<3>ERROR    [dbd] x\n",
		"<4>WARNING  [dbd] x\n", "<6>INFO     [dbd] x\n", "<7>DEBUG    [dbd] x\n" };

	make_stderr_the_journal(0);
	log_open("dbd", LOG_LEVEL_DEBUG);
	for (enum log_level level = LOG_LEVEL_CRITICAL; level <= LOG_LEVEL_DEBUG; level++) {
		log_line(level, "x");
		ck_assert_str_eq(written(), lines[level]);
	}
}
END_TEST

START_TEST(the_journal_gets_priorities_before_any_format)
{
	make_stderr_the_journal(0);
	log_open("dbd", LOG_LEVEL_INFO);
	log_set_format(LOG_FORMAT_JSON);
	log_warning("x");
	ck_assert_str_eq(
		written(), "<4>{\"level\":\"warning\",\"process\":\"dbd\",\"message\":\"x\"}\n");
	log_set_format(LOG_FORMAT_COMBINED);
	log_error("x");
	ck_assert_str_eq(written(), "<3>ERROR    [dbd] x\n");
}
END_TEST

/* With --log-file the variable is still set. */
START_TEST(another_file_than_the_journal_gets_the_time)
{
	make_stderr_the_journal(0);
	log_open("dbd", LOG_LEVEL_INFO);
	make_stderr_the_journal(1);
	log_look();
	log_info("x");
	ck_assert_str_eq(written_after_time(), "INFO     [dbd] x\n");
	setenv("JOURNAL_STREAM", "no stream", 1);
	log_look();
	log_info("x");
	ck_assert_str_eq(written_after_time(), "INFO     [dbd] x\n");
	log_set_format(LOG_FORMAT_JSON);
	log_info("x");
	ck_assert_int_eq(strncmp(written(), "{\"time\":\"2", 10), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");

	tcase_set_timeout(tests, 60);

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, a_line_is_one_write);
	tcase_add_test(tests, the_process_is_named_and_its_name_cut);
	tcase_add_test(tests, less_urgent_levels_are_not_written);
	tcase_add_test(tests, every_level_has_a_name);
	tcase_add_test(tests, no_input_forges_a_line);
	tcase_add_test(tests, a_long_line_is_cut);
	tcase_add_test(tests, a_log_that_cannot_be_written_stops_nothing);
	tcase_add_test(tests, json_is_an_object_a_line);
	tcase_add_test(tests, appended_lines_are_written_together_and_before_others);
	tcase_add_test(tests, no_appended_line_is_split);
	tcase_add_test(tests, a_full_pipe_does_not_block_and_lost_lines_are_counted);
	tcase_add_loop_test(tests, a_stopped_reader_blocks_no_process, 0, NITEMS(openings));
	tcase_add_test(tests, a_stopped_reader_is_waited_for_once);
	tcase_add_test(tests, a_line_that_was_cut_is_ended);
	tcase_add_test(tests, lines_lost_in_a_full_file_are_counted);
	tcase_add_test(tests, log_die_logs_and_aborts);
	tcase_add_test(tests, log_die_exits_with_the_status_that_was_set);
	tcase_add_test(tests, the_journal_gets_priorities_and_no_time);
	tcase_add_test(tests, the_journal_gets_priorities_before_any_format);
	tcase_add_test(tests, another_file_than_the_journal_gets_the_time);
	suite_add_tcase(suite, tests);
	return suite;
}
