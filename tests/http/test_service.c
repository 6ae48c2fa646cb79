/*
 * The server under a service manager, which the test simulates: notifications (sd_notify(3)) and
 * inherited listeners (sd_listen_fds(3)). Also the Unix socket of --uds.
 */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"
#include "timeouts.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT = 20 * 1000 /* milliseconds */ };

static struct postern server;
static int manager; /* the socket for notifications */
static char variable[160], message[4096], path[96];

static struct sockaddr_un address_of(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, name);
	return address;
}

/* Opens the socket for notifications, in the folder of the server. */
static void open_manager(bool abstract)
{
	snprintf(path, sizeof(path), "%s/.notify", server.folder);
	struct sockaddr_un address = address_of(path);
	socklen_t size = sizeof(address);

	snprintf(variable, sizeof(variable), "NOTIFY_SOCKET=%s%s", abstract ? "@" : "",
		abstract ? path + 1 : path);
	if (abstract) {
		address.sun_path[0] = '\0';
		size = (socklen_t)(sizeof(address.sun_family) + strlen(path));
	}
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(manager, 0);
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, size), 0);
}

/* Waits for the next notification. */
static const char *receive_notification(void)
{
	struct pollfd readable = { .fd = manager, .events = POLLIN };

	ck_assert_msg(poll(&readable, 1, patience(TIMEOUT)) == 1, "no notification:\n%s",
		postern_log_end(&server));
	ssize_t n = recv(manager, message, sizeof(message) - 1, 0);
	ck_assert_int_ge(n, 0);
	message[n] = '\0';
	return message;
}

/* Waits for a notification that contains text. None before it may contain not_before, unless that
 * is NULL. */
static void await_notification(const char *text, const char *not_before)
{
	while (!strstr(receive_notification(), text))
		ck_assert_msg(
			!not_before || !strstr(message, not_before), "received \"%s\"", message);
}

static void start_managed(bool abstract, const char *more, const char *still_more)
{
	postern_init(&server);
	open_manager(abstract);
	postern_launch(
		&server, &(struct postern_plan){ .variables = { variable, more, still_more } });
}

static void finish(void)
{
	postern_stop(&server);
	postern_done(&server);
	close(manager);
}

START_TEST(ready_is_notified_when_all_processes_are)
{
	start_managed(_i == 1, NULL, NULL);
	await_notification("STATUS=starting dbd", "READY=1");
	ck_assert_ptr_nonnull(strstr(message, "EXTEND_TIMEOUT_USEC=30000000\n"));
	await_notification("STATUS=starting the workers", "READY=1");
	await_notification("READY=1\nSTATUS=serving on http://127.0.0.1:", NULL);
	ck_assert_int_gt(postern_child(&server, "worker 2"), 0);
	ck_assert_ptr_nonnull(strstr(message, ", 2 workers, database "));
	postern_await_serving(&server);
	kill(server.pid, SIGTERM);
	await_notification(
		"STOPPING=1\nEXTEND_TIMEOUT_USEC=10000000\nSTATUS=stopping: ", "READY=1");
	finish();
}
END_TEST

/* Checks the time in the notification, CLOCK_MONOTONIC, which identifies the reload. */
static void expect_reloading(uint64_t before)
{
	const char *at = strstr(message, "RELOADING=1\nMONOTONIC_USEC=");

	ck_assert_msg(at != NULL, "received \"%s\"", message);
	uint64_t microseconds = strtoull(strchr(at, '\n') + strlen("\nMONOTONIC_USEC="), NULL, 10);
	ck_assert_uint_ge(microseconds, before / 1000);
	ck_assert_uint_le(microseconds, clock_ns() / 1000);
}

START_TEST(the_start_and_the_end_of_a_reload_are_notified)
{
	start_managed(false, NULL, NULL);
	await_notification("READY=1", NULL);
	uint64_t before = clock_ns();
	kill(server.pid, SIGHUP);
	await_notification("RELOADING=1", "READY=1");
	expect_reloading(before);
	await_notification("READY=1\nSTATUS=serving", NULL);
	finish();
}
END_TEST

START_TEST(the_end_of_an_aborted_reload_is_notified)
{
	struct rlimit before, few = { 3, 3 };

	start_managed(false, NULL, NULL);
	await_notification("READY=1", NULL);
	ck_assert_int_eq(prlimit(server.pid, RLIMIT_NOFILE, NULL, &before), 0);
	few.rlim_max = before.rlim_max;
	ck_assert_int_eq(prlimit(server.pid, RLIMIT_NOFILE, &few, NULL), 0);
	kill(server.pid, SIGHUP);
	await_notification("RELOADING=1", "READY=1");
	await_notification("READY=1\nSTATUS=serving", NULL);
	ck_assert_int_eq(prlimit(server.pid, RLIMIT_NOFILE, &before, NULL), 0);
	postern_await_log(&server, 0, "reload aborted", TIMEOUT);
	finish();
}
END_TEST

START_TEST(a_crash_loop_is_in_the_status_line)
{
	start_managed(false, NULL, NULL);
	await_notification("READY=1", NULL);
	for (int i = 0; i < 3; i++) {
		size_t log = postern_log_len(&server);
		ck_assert_int_eq(kill(postern_child(&server, "dbd"), SIGKILL), 0);
		postern_await_log(&server, log, ") is ready\n", TIMEOUT);
	}
	await_notification("; dbd keeps dying", NULL);
	ck_assert_ptr_null(strstr(message, "READY=1"));
	finish();
}
END_TEST

START_TEST(the_watchdog_of_the_manager_is_fed)
{
	start_managed(false, "WATCHDOG_USEC=100000", NULL);
	for (int i = 0; i < 4; i++)
		await_notification("WATCHDOG=1", NULL);
	finish();
}
END_TEST

START_TEST(a_watchdog_of_another_process_is_ignored)
{
	start_managed(false, "WATCHDOG_USEC=1000", "WATCHDOG_PID=1");
	await_notification("READY=1", "WATCHDOG=1");
	kill(server.pid, SIGHUP);
	await_notification("READY=1", "WATCHDOG=1");
	finish();
}
END_TEST

/* True if the process was started with this environment variable. */
static bool has_variable(pid_t pid, const char *name)
{
	char text[16384], file[64];

	snprintf(file, sizeof(file), "/proc/%d/environ", (int)pid);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	ck_assert_int_gt(n, 0);
	return memmem(text, (size_t)n, name, strlen(name)) != NULL;
}

START_TEST(children_do_not_inherit_the_variables_of_the_manager)
{
	static const char *const names[] = { "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "LISTEN_FDS=" };

	start_managed(false, "WATCHDOG_USEC=10000000", "LISTEN_FDS=1");
	await_notification("READY=1", NULL);
	for (size_t i = 0; i < NITEMS(names); i++) {
		ck_assert(!has_variable(postern_child(&server, "dbd"), names[i]));
		ck_assert(!has_variable(postern_child(&server, "worker 1"), names[i]));
	}
	finish();
}
END_TEST

/* Listeners. */

/* Connects. Returns the socket, or -1. */
static int connect_to(const char *name)
{
	struct sockaddr_un address = address_of(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void expect_answer(int fd)
{
	static const char request[] = "GET /users HTTP/1.1\r\nHost: x\r\n\r\n";
	char answer[1024];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	ck_assert_int_eq(poll(&readable, 1, patience(TIMEOUT)), 1);
	ssize_t n = read(fd, answer, sizeof(answer) - 1);
	answer[n > 0 ? n : 0] = '\0';
	ck_assert_msg(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) == 0, "\"%s\"", answer);
	close(fd);
}

static void start_at_path(void)
{
	postern_init(&server);
	snprintf(path, sizeof(path), "%s/.http", server.folder);
	postern_launch(&server,
		&(struct postern_plan){ .args = { "--uds", path, "--access-log",
						"--limit-connections-per-address", "1" } });
}

static void await_path(void)
{
	char serving[160];

	snprintf(serving, sizeof(serving), "serving on unix:%s (", path);
	postern_await_log(&server, 0, serving, POSTERN_START_MS);
}

START_TEST(a_path_is_served)
{
	struct stat st;

	start_at_path();
	await_path();
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode, S_IFSOCK | 0666);
	/* The limit of connections per address does not apply: these clients have no address. */
	int other = connect_to(path);
	expect_answer(connect_to(path));
	expect_answer(other);
	postern_await_log(&server, 0, " unix - \"GET /users HTTP/1.1\" 200 OK ", TIMEOUT);
	kill(server.pid, SIGHUP);
	postern_await_log(&server, 0, "reloaded: ", TIMEOUT);
	expect_answer(connect_to(path));
	postern_stop(&server);
	ck_assert_int_eq(stat(path, &st), -1);
	postern_done(&server);
}
END_TEST

START_TEST(a_socket_file_of_a_killed_server_is_replaced)
{
	start_at_path();
	await_path();
	kill(server.pid, SIGKILL);
	postern_wait(&server, POSTERN_STOP_MS);
	ck_assert_int_eq(access(path, F_OK), 0);
	postern_launch(&server, &(struct postern_plan){ .args = { "--uds", path } });
	await_path();
	expect_answer(connect_to(path));
	postern_stop(&server);
	postern_done(&server);
}
END_TEST

static void expect_refusal(const char *why)
{
	int status = postern_wait(&server, POSTERN_STOP_MS);

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 3, "%#x", (unsigned)status);
	ck_assert_msg(strstr(postern_log(&server), why) != NULL, "%s", postern_log_end(&server));
}

START_TEST(a_socket_file_in_use_is_refused)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	postern_init(&server);
	snprintf(path, sizeof(path), "%s/.http", server.folder);
	address = address_of(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	postern_launch(&server, &(struct postern_plan){ .args = { "--uds", path } });
	expect_refusal(": Address already in use; another process listens there: stop it or choose "
		       "another path\n");
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	postern_done(&server);
}
END_TEST

START_TEST(another_kind_of_file_is_refused_and_kept)
{
	postern_init(&server);
	snprintf(path, sizeof(path), "%s/.http", server.folder);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	postern_launch(&server, &(struct postern_plan){ .args = { "--uds", path } });
	expect_refusal("; it is another kind of file: remove it or choose another path\n");
	ck_assert_int_eq(access(path, F_OK), 0);
	postern_done(&server);
}
END_TEST

/* Another file has replaced the socket file of this server. */
START_TEST(the_file_of_another_process_is_not_removed)
{
	start_at_path();
	await_path();
	ck_assert_int_eq(unlink(path), 0);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	postern_stop(&server);
	ck_assert_int_eq(access(path, F_OK), 0);
	postern_done(&server);
}
END_TEST

static int listen_at_port(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 100), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static int listen_at_path(void)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 100), 0);
	return fd;
}

/* The sockets outlive the server: connections made between two servers are answered by the second.
 */
START_TEST(inherited_listeners_are_served)
{
	char serving[200];
	int port;

	postern_init(&server);
	snprintf(path, sizeof(path), "%s/.given", server.folder);
	struct postern_plan plan = { .listeners = { listen_at_port(&port), listen_at_path() },
		.nlisteners = 2 };
	snprintf(serving, sizeof(serving), "serving on http://127.0.0.1:%d and unix:%s (", port,
		path);
	for (int i = 0; i < 2; i++) {
		struct http_client client;
		http_client_open(&client, port);
		int other = connect_to(path);
		postern_launch(&server, &plan);
		postern_await_log(&server, 0, serving, POSTERN_START_MS);
		struct answer answer = http_client_ask(&client, "GET", "/users", NULL);
		ck_assert_int_eq(answer.status, 200);
		http_client_close(&client);
		expect_answer(other);
		postern_stop(&server);
		ck_assert_int_eq(access(path, F_OK), 0);
	}
	close(plan.listeners[0]);
	close(plan.listeners[1]);
	postern_done(&server);
}
END_TEST

START_TEST(listeners_for_another_process_are_ignored)
{
	int port;

	postern_init(&server);
	struct postern_plan plan = { .listeners = { listen_at_port(&port) },
		.nlisteners = 1,
		.variables = { "LISTEN_PID=1" } };
	postern_launch(&server, &plan);
	postern_await_serving(&server);
	ck_assert_int_ne(server.port, port);
	postern_stop(&server);
	close(plan.listeners[0]);
	postern_done(&server);
}
END_TEST

START_TEST(a_socket_that_does_not_listen_is_refused)
{
	int pair[2], status;

	postern_init(&server);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	postern_launch(
		&server, &(struct postern_plan){ .listeners = { pair[0] }, .nlisteners = 1 });
	status = postern_wait(&server, POSTERN_STOP_MS);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 2, "%#x", (unsigned)status);
	ck_assert_str_eq(postern_log(&server),
		"postern: LISTEN_FDS: descriptor 3 is not a listening IPv4, IPv6 or Unix stream "
		"socket\n");
	close(pair[0]);
	close(pair[1]);
	postern_done(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("service");
	TCase *tc = tcase_create("service");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, ready_is_notified_when_all_processes_are, 0, 2);
	tcase_add_test(tc, the_start_and_the_end_of_a_reload_are_notified);
	tcase_add_test(tc, the_end_of_an_aborted_reload_is_notified);
	tcase_add_test(tc, a_crash_loop_is_in_the_status_line);
	tcase_add_test(tc, the_watchdog_of_the_manager_is_fed);
	tcase_add_test(tc, a_watchdog_of_another_process_is_ignored);
	tcase_add_test(tc, children_do_not_inherit_the_variables_of_the_manager);
	tcase_add_test(tc, a_path_is_served);
	tcase_add_test(tc, a_socket_file_of_a_killed_server_is_replaced);
	tcase_add_test(tc, a_socket_file_in_use_is_refused);
	tcase_add_test(tc, another_kind_of_file_is_refused_and_kept);
	tcase_add_test(tc, the_file_of_another_process_is_not_removed);
	tcase_add_test(tc, inherited_listeners_are_served);
	tcase_add_test(tc, listeners_for_another_process_are_ignored);
	tcase_add_test(tc, a_socket_that_does_not_listen_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
