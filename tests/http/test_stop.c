/* Stops under load: each request that was sent in time is answered. */
#include "conns.h"
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CLIENTS = 32,
	STOPS = 4,
	ROUNDS = 20, /* before a stop */
	/* A request that follows the previous one within this time must be answered: the worker
	 * gives a client CONN_LAST_MS after each answer. */
	PROMISED_MS = CONN_LAST_MS - 10
};

static struct postern server;
static struct http_client clients[CLIENTS];
static bool is_open[CLIENTS];
static uint64_t asked_at[CLIENTS]; /* clock_ms */
static unsigned promised;          /* requests since the stop that had to be answered */

static void open_clients(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		http_client_open(&clients[i], server.port);
		is_open[i] = true;
		asked_at[i] = 0;
	}
}

static void close_client(int i)
{
	if (is_open[i])
		http_client_close(&clients[i]);
	is_open[i] = false;
}

static int count_open(void)
{
	int n = 0;

	for (int i = 0; i < CLIENTS; i++)
		n += is_open[i];
	return n;
}

static bool has_ended(const struct http_client *c)
{
	char byte;

	return recv(c->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Sends a request. *due is true if it must be answered. If this process was delayed for too long
 * the worker may have closed the connection, which is no error then. */
static void ask(int i, bool *due)
{
	uint64_t now = clock_ms();

	*due = now <= asked_at[i] + PROMISED_MS;
	if (!*due && has_ended(&clients[i])) {
		close_client(i);
		return;
	}
	asked_at[i] = now;
	http_client_request(&clients[i], "GET", "/users", NULL);
}

static void take_answer(int i, bool due)
{
	struct answer a = http_client_receive(&clients[i]);

	if (a.status == 0 && !due) {
		close_client(i);
		return;
	}
	ck_assert_msg(a.status == 200, "client %d had no answer: %d", i, a.status);
	struct str connection = answer_field(&a, "connection");
	if (connection.ptr && str_equal(connection, STR("close")))
		close_client(i);
}

/* Each client sends one request, then each receives its answer. stop is called before the step of
 * this number: the requests count from 0, the answers from CLIENTS; -1: no stop. */
static void ask_round(int number, void (*stop)(void))
{
	bool due[CLIENTS] = { false };

	for (int i = 0; i < CLIENTS; i++) {
		if (i == number)
			stop();
		if (is_open[i])
			ask(i, &due[i]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		if (i + CLIENTS == number)
			stop();
		promised += due[i];
		if (is_open[i])
			take_answer(i, due[i]);
	}
}

/* Ways to stop. */

static void terminate(void)
{
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
}

static void interrupt(void)
{
	ck_assert_int_eq(kill(server.pid, SIGINT), 0);
}

static pid_t children[3];

static void find_children(void)
{
	static const char *const names[] = { "dbd", "worker 1", "worker 2" };

	for (size_t i = 0; i < NITEMS(names); i++) {
		children[i] = postern_child(&server, names[i]);
		ck_assert_int_gt(children[i], 0);
	}
}

/* Signals all processes, as systemd does with KillMode=control-group (systemd.kill(5)). */
static void terminate_all(void)
{
	terminate();
	for (size_t i = 0; i < NITEMS(children); i++)
		(void)kill(children[i], SIGTERM);
}

static pid_t operator_pid;

static void ask_for_stop(void)
{
	char program[256], control[128];

	snprintf(program, sizeof(program), "%s/posternctl", postern_build_dir());
	snprintf(control, sizeof(control), "%s/control", server.folder);
	operator_pid = fork();
	ck_assert_int_ge(operator_pid, 0);
	if (operator_pid == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execl(program, "posternctl", "--socket", control, "stop", (char *)NULL);
		_exit(127);
	}
}

static void await_operator(void)
{
	int status = 0;

	if (operator_pid > 0)
		ck_assert_int_eq(waitpid(operator_pid, &status, 0), operator_pid);
	operator_pid = 0;
	ck_assert_int_eq(status, 0);
}

static void (*const ways[])(void) = { terminate, interrupt, terminate_all, ask_for_stop };

static void start(void)
{
	char control[128];

	postern_init(&server);
	snprintf(control, sizeof(control), "%s/control", server.folder);
	postern_launch(&server, &(struct postern_plan){ .args = { "--control", control } });
	postern_await_serving(&server);
	find_children();
}

static void await_end(void)
{
	int status = postern_wait(&server, POSTERN_STOP_MS);

	ck_assert_msg(
		status == 0, "ended with %#x:\n%s", (unsigned)status, postern_log_end(&server));
	ck_assert_ptr_null(strstr(postern_log(&server), "WARNING"));
	await_operator();
	postern_done(&server);
}

static void stop_under_load(void (*stop)(void), int number)
{
	start();
	open_clients();
	for (int round = 0; round < ROUNDS; round++)
		ask_round(-1, NULL);
	promised = 0;
	ask_round(number, stop);
	while (count_open() > 0)
		ask_round(-1, NULL);
	ck_assert_uint_gt(promised, 0);
	await_end();
}

START_TEST(a_stop_breaks_no_request)
{
	for (int i = 0; i < STOPS; i++)
		stop_under_load(ways[_i], i * (2 * CLIENTS / STOPS) + 3);
}
END_TEST

/* Connections that are not accepted yet when the stop begins. */

static void signal_workers(int signal)
{
	for (size_t i = 1; i < NITEMS(children); i++)
		ck_assert_int_eq(kill(children[i], signal), 0);
}

START_TEST(a_stop_answers_connections_in_the_backlog)
{
	start();
	signal_workers(SIGSTOP);
	open_clients();
	for (int i = 0; i < CLIENTS; i++)
		http_client_request(&clients[i], "GET", "/users", NULL);
	terminate();
	postern_await_log(&server, 0, "stopping: running requests", POSTERN_STOP_MS);
	signal_workers(SIGCONT);
	for (int i = 0; i < CLIENTS; i++)
		take_answer(i, true);
	ck_assert_int_eq(count_open(), 0);
	await_end();
}
END_TEST

/* One connection is allowed, and its request is incomplete. The second waits in the backlog. */
START_TEST(a_stop_answers_connections_above_the_limit)
{
	struct http_client first, second;

	postern_start(&server,
		&(struct postern_plan){ .args = { "--workers", "1", "--limit-connections", "1" } });
	http_client_open(&first, server.port);
	http_client_send(&first, STR("GET /users HTTP/1.1\r\n"));
	http_client_open(&second, server.port);
	http_client_request(&second, "GET", "/users", NULL);
	pid_t worker = postern_child(&server, "worker 1");
	ck_assert_int_eq(kill(worker, SIGSTOP), 0);
	terminate();
	postern_await_log(&server, 0, "stopping: running requests", POSTERN_STOP_MS);
	http_client_send(&first, STR("Host: x\r\n\r\n"));
	ck_assert_int_eq(kill(worker, SIGCONT), 0);
	ck_assert_int_eq(http_client_receive(&first).status, 200);
	ck_assert_int_eq(http_client_receive(&second).status, 200);
	http_client_close(&first);
	http_client_close(&second);
	await_end();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/stop");
	TCase *tests = tcase_create("stop");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, a_stop_breaks_no_request, 0, NITEMS(ways));
	tcase_add_test(tests, a_stop_answers_connections_in_the_backlog);
	tcase_add_test(tests, a_stop_answers_connections_above_the_limit);
	suite_add_tcase(suite, tests);
	return suite;
}
