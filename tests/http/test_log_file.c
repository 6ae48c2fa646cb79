/* --log-file and log rotation: the file is renamed, then USR1 is sent. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUEST_LINE "\"GET /users HTTP/1.1\" 200 OK "

enum { CLIENTS = 8, TIMEOUT = 20 * 1000 /* milliseconds */ };

static const char serving[] = "serving on http://127.0.0.1:";
static struct postern server;
static struct buf text; /* contents of a file */
static char folder[] = "/tmp/postern-log-XXXXXX", current[64], moved[64];
static int changes; /* events of the folder, inotify(7) */

static void make_folder(void)
{
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(current, sizeof(current), "%s/postern.log", folder);
	snprintf(moved, sizeof(moved), "%s/postern.log.1", folder);
	changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	ck_assert_int_ge(inotify_add_watch(changes, folder, IN_MODIFY | IN_CREATE), 0);
	buf_init(&text, SIZE_MAX / 2);
}

static void remove_folder(void)
{
	buf_done(&text);
	close(changes);
	unlink(current);
	unlink(moved);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void start(void)
{
	make_folder();
	postern_init(&server);
	postern_launch(&server,
		&(struct postern_plan){ .args = { "--access-log", "--log-file", current } });
}

static void finish(void)
{
	postern_stop(&server);
	postern_done(&server);
	remove_folder();
}

/* The contents of the file, or "" if it does not exist. Valid until the next call. */
static const char *contents(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? 1 : 0;

	buf_reset(&text, SIZE_MAX / 2);
	while (n > 0) {
		char *room = buf_reserve(&text, 64 * 1024);
		n = read(fd, room, 64 * 1024);
		buf_commit(&text, n > 0 ? (size_t)n : 0);
	}
	if (fd >= 0)
		close(fd);
	buf_char(&text, '\0');
	return buf_view(&text).ptr;
}

static void await(const char *path, const char *want)
{
	struct pollfd changed = { .fd = changes, .events = POLLIN };
	uint64_t deadline = clock_ms() + TIMEOUT;
	char events[4096];

	while (!strstr(contents(path), want)) {
		uint64_t now = clock_ms();
		ck_assert_msg(now < deadline, "no \"%s\" in %s:\n%s", want, path, contents(path));
		poll(&changed, 1, (int)(deadline - now));
		while (read(changes, events, sizeof(events)) > 0)
			continue;
	}
}

static void await_serving(void)
{
	await(current, serving);
	server.port = atoi(strstr(contents(current), serving) + strlen(serving));
}

static int count(const char *path, const char *what)
{
	int n = 0;

	for (const char *p = contents(path); (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

static bool has_all_processes(const char *path)
{
	return count(path, "[master] ") && count(path, "[dbd] ") && count(path, "[worker 1] ") &&
	       count(path, "[worker 2] ");
}

START_TEST(all_processes_log_to_the_file)
{
	struct stat st;

	start();
	await_serving();
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
	await(current, REQUEST_LINE);
	ck_assert_uint_eq(postern_log_len(&server), 0);
	ck_assert_int_eq(stat(current, &st), 0);
	ck_assert_int_eq(st.st_mode & 07137, 0);
	finish();
}
END_TEST

/* Sends one request on each connection. Optionally the log is rotated meanwhile. Returns the number
 * of requests. */
static int ask_all(struct http_client *clients, bool rotate)
{
	for (int i = 0; i < CLIENTS; i++) {
		http_client_request(&clients[i], "GET", "/users", NULL);
		if (!rotate || i != CLIENTS / 2)
			continue;
		ck_assert_int_eq(rename(current, moved), 0);
		ck_assert_int_eq(kill(server.pid, SIGUSR1), 0);
	}
	for (int i = 0; i < CLIENTS; i++)
		ck_assert_int_eq(http_client_receive(&clients[i]).status, 200);
	return CLIENTS;
}

START_TEST(rotation_under_requests_loses_no_line)
{
	struct http_client clients[CLIENTS];
	int requests = 0;

	start();
	await_serving();
	for (int i = 0; i < CLIENTS; i++)
		http_client_open(&clients[i], server.port);
	for (int round = 0; round < 10; round++)
		requests += ask_all(clients, round == 5);
	while (!has_all_processes(current))
		requests += ask_all(clients, false);
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	int status = kill(server.pid, SIGTERM) ? -1 : postern_wait(&server, POSTERN_STOP_MS);
	ck_assert_int_eq(status, 0);
	int before = count(moved, REQUEST_LINE), after = count(current, REQUEST_LINE);
	ck_assert_int_gt(before, 0);
	ck_assert_int_eq(before + after, requests);
	ck_assert_int_eq(count(moved, "was reopened"), 0);
	postern_launch(&server,
		&(struct postern_plan){ .args = { "--access-log", "--log-file", current } });
	await_serving();
	/* An existing file is appended to. */
	ck_assert_int_ge(count(current, REQUEST_LINE), after);
	finish();
}
END_TEST

START_TEST(if_the_file_cannot_be_reopened_the_old_one_stays)
{
	start();
	await_serving();
	ck_assert_int_eq(rename(current, moved), 0);
	ck_assert_int_eq(mkdir(current, 0700), 0);
	ck_assert_int_eq(kill(server.pid, SIGUSR1), 0);
	await(moved, "postern.log: Is a directory; the old one stays in use\n");
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
	await(moved, REQUEST_LINE);
	ck_assert_int_eq(rmdir(current), 0);
	ck_assert_int_eq(kill(server.pid, SIGUSR1), 0);
	await(current, "[dbd] the log was reopened");
	finish();
}
END_TEST

/* FIFOs: the reader may be gone, or stopped. */

START_TEST(a_fifo_without_a_reader_is_refused)
{
	make_folder();
	postern_init(&server);
	ck_assert_int_eq(mkfifo(current, 0600), 0);
	postern_launch(&server, &(struct postern_plan){ .args = { "--log-file", current } });
	int status = postern_wait(&server, POSTERN_START_MS);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 3, "%#x", (unsigned)status);
	const char *log = postern_log(&server);
	ck_assert_msg(
		strstr(log, "postern.log: the FIFO has no reader; start one first\n"), "%s", log);
	ck_assert_msg(strchr(log, '\n')[1] == '\0', "more than one line: %s", log);
	postern_done(&server);
	remove_folder();
}
END_TEST

START_TEST(if_the_fifo_has_no_reader_the_old_file_stays)
{
	start();
	await_serving();
	ck_assert_int_eq(rename(current, moved), 0);
	ck_assert_int_eq(mkfifo(current, 0600), 0);
	ck_assert_int_eq(kill(server.pid, SIGUSR1), 0);
	await(moved, "postern.log: the FIFO has no reader; start one first; the old one");
	finish();
}
END_TEST

/* Sends requests until the FIFO is full. It holds one page. */
static void fill_fifo(int fifo, int port)
{
	struct http_client client;
	int waiting = 0, before = -1;

	http_client_open(&client, port);
	while (waiting != before) {
		before = waiting;
		for (int i = 0; i < 100; i++)
			ck_assert_int_eq(
				http_client_ask(&client, "GET", "/users", NULL).status, 200);
		ck_assert_int_eq(ioctl(fifo, FIONREAD, &waiting), 0);
	}
	http_client_close(&client);
}

/* A line is one write(2), so the port is there as soon as a part of the line is. */
static void await_serving_in(int fifo)
{
	struct pollfd readable = { .fd = fifo, .events = POLLIN };

	buf_reset(&text, SIZE_MAX / 2);
	for (const char *line = NULL; !line;) {
		ck_assert_int_eq(poll(&readable, 1, TIMEOUT), 1);
		char *room = buf_reserve(&text, 4097);
		ssize_t n = read(fifo, room, 4096);
		buf_commit(&text, n > 0 ? (size_t)n : 0);
		*buf_reserve(&text, 1) = '\0';
		line = strstr(buf_view(&text).ptr, serving);
		server.port = line ? atoi(line + strlen(serving)) : 0;
	}
}

START_TEST(a_stopped_reader_does_not_block_a_stop)
{
	make_folder();
	postern_init(&server);
	ck_assert_int_eq(mkfifo(current, 0600), 0);
	int fifo = open(current, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(fifo, 0);
	ck_assert_int_gt(fcntl(fifo, F_SETPIPE_SZ, 4096), 0);
	postern_launch(&server,
		&(struct postern_plan){ .args = { "--access-log", "--log-file", current } });
	await_serving_in(fifo);
	fill_fifo(fifo, server.port);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
	postern_stop(&server);
	postern_done(&server);
	close(fifo);
	remove_folder();
}
END_TEST

/* Old processes get the new file too. */
START_TEST(a_reload_reopens_the_file)
{
	start();
	await_serving();
	ck_assert_int_eq(rename(current, moved), 0);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	await(current, "reloaded: 2 workers");
	ck_assert(has_all_processes(current));
	finish();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("log file");
	TCase *tc = tcase_create("log file");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, all_processes_log_to_the_file);
	tcase_add_test(tc, rotation_under_requests_loses_no_line);
	tcase_add_test(tc, if_the_file_cannot_be_reopened_the_old_one_stays);
	tcase_add_test(tc, a_fifo_without_a_reader_is_refused);
	tcase_add_test(tc, if_the_fifo_has_no_reader_the_old_file_stays);
	tcase_add_test(tc, a_stopped_reader_does_not_block_a_stop);
	tcase_add_test(tc, a_reload_reopens_the_file);
	suite_add_tcase(suite, tc);
	return suite;
}
