/* --healthcheck: a program that asks a running server; its exit status is the result. */
#include "postern.h"
#include "suite.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEALTHY = 0, UNHEALTHY = 1 };

static struct postern server, check;

static void setup(void)
{
	postern_init(&server);
	postern_init(&check);
}

static void teardown(void)
{
	postern_done(&check);
	postern_done(&server);
}

static void launch(const char *host, int port)
{
	char number[16];
	struct postern_plan plan = { .args = { "--healthcheck", "--host", host, "--port", number },
		.bare = true };

	snprintf(number, sizeof(number), "%d", port);
	postern_launch(&check, &plan);
}

/* Waits for the exit status. An unhealthy server is one line on stderr that contains says. */
static void expect(int expected, const char *says)
{
	int status = postern_wait(&check, POSTERN_START_MS);
	const char *log = postern_log(&check), *end = strchr(log, '\n');

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == expected, "status %#x: %s",
		(unsigned)status, log);
	if (expected == HEALTHY) {
		ck_assert_str_eq(log, "");
		return;
	}
	ck_assert_msg(end && end[1] == '\0', "not one line: %s", log);
	ck_assert_msg(strncmp(log, "postern: unhealthy: ", 20) == 0, "%s", log);
	ck_assert_msg(strstr(log, says) != NULL, "nothing of \"%s\": %s", says, log);
}

/* Returns a socket that is bound to 127.0.0.1 but does not listen. */
static int bind_somewhere(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static const char *const hosts[] = { "127.0.0.1", "localhost", "0.0.0.0", "::" };

START_TEST(a_server_that_answers_is_healthy)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	launch(hosts[_i], server.port);
	expect(HEALTHY, NULL);
	postern_stop(&server);
}
END_TEST

START_TEST(the_settings_come_from_the_environment)
{
	char port[16];
	struct postern_plan plan = {
		.args = { "--healthcheck" }, .variables = { "HOST=0.0.0.0", port }, .bare = true
	};

	postern_start(&server, &(struct postern_plan){ 0 });
	snprintf(port, sizeof(port), "PORT=%d", server.port);
	postern_launch(&check, &plan);
	expect(HEALTHY, NULL);
	postern_stop(&server);
}
END_TEST

START_TEST(a_unix_socket_is_asked)
{
	char path[96];
	struct postern_plan plan = { .args = { "--uds", path } };
	struct postern_plan request = { .args = { "--healthcheck", "--uds", path }, .bare = true };

	snprintf(path, sizeof(path), "%s/socket", check.folder);
	postern_launch(&check, &request);
	expect(UNHEALTHY, "No such file or directory");
	postern_launch(&server, &plan);
	postern_await_log(&server, 0, "serving on", POSTERN_START_MS);
	buf_reset(&check.log, 0);
	postern_launch(&check, &request);
	expect(HEALTHY, NULL);
	postern_stop(&server);
}
END_TEST

/* The caches of the workers do not hide it. */
START_TEST(a_hanging_dbd_is_unhealthy)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	for (int i = 0; i < 2; i++) {
		launch("127.0.0.1", server.port);
		expect(HEALTHY, NULL);
		buf_reset(&check.log, 0);
	}
	pid_t dbd = postern_child(&server, "dbd");
	ck_assert_int_eq(kill(dbd, SIGSTOP), 0);
	launch("127.0.0.1", server.port);
	expect(UNHEALTHY, "no answer in time");
	ck_assert_int_eq(kill(dbd, SIGCONT), 0);
	postern_stop(&server);
}
END_TEST

START_TEST(a_port_without_a_listener_is_unhealthy)
{
	int port, fd = bind_somewhere(&port);

	launch("127.0.0.1", port);
	expect(UNHEALTHY, "Connection refused");
	close(fd);
}
END_TEST

START_TEST(an_unknown_port_is_unhealthy)
{
	launch("127.0.0.1", 0);
	expect(UNHEALTHY, "--port 0");
}
END_TEST

static const struct {
	const char *answer, *says;
} other_answers[] = {
	{ "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", "HTTP/1.1 200 OK" },
	{ "HTTP/1.1 404 Not Found\r\n\r\n{\"detail\":\"Not Found\"}", "HTTP/1.1 404 Not Found" },
	{ "HTTP/1.1 503 Service Unavailable\r\n\r\n", "503 Service Unavailable" },
	{ "\033[2J", "\"\"" },
	{ "", "\"\"" },
};

START_TEST(another_answer_is_unhealthy)
{
	int port, listener = bind_somewhere(&port);
	char request[512];

	ck_assert_int_eq(listen(listener, 1), 0);
	launch("127.0.0.1", port);
	int fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(read(fd, request, sizeof(request)), 0);
	struct str answer = str_from(other_answers[_i].answer);
	ck_assert_int_eq(write(fd, answer.ptr, answer.len), (ssize_t)answer.len);
	close(fd);
	expect(UNHEALTHY, other_answers[_i].says);
	close(listener);
}
END_TEST

/* Keys from 1 on and words with the key; UUIDs below a prefix; a first resource without READ. */
static const char *const declarations[] = { "docs/examples/books.json", "docs/examples/items.json",
	"docs/examples/blog.json" };

START_TEST(a_declared_api_is_asked_for_a_row_of_its_own)
{
	char port[16];
	struct postern_plan plan = { .args = { "--api", declarations[_i] } };
	struct postern_plan request = {
		.args = { "--healthcheck", "--api", declarations[_i], "--port", port },
		.bare = true,
	};

	postern_start(&server, &plan);
	snprintf(port, sizeof(port), "%d", server.port);
	postern_launch(&check, &request);
	expect(HEALTHY, NULL);
	postern_stop(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/healthcheck");
	TCase *t = tcase_create("healthcheck");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_server_that_answers_is_healthy, 0, NITEMS(hosts));
	tcase_add_test(t, the_settings_come_from_the_environment);
	tcase_add_test(t, a_unix_socket_is_asked);
	tcase_add_loop_test(
		t, a_declared_api_is_asked_for_a_row_of_its_own, 0, NITEMS(declarations));
	tcase_add_test(t, a_port_without_a_listener_is_unhealthy);
	tcase_add_test(t, an_unknown_port_is_unhealthy);
	tcase_add_loop_test(t, another_answer_is_unhealthy, 0, NITEMS(other_answers));
	suite_add_tcase(s, t);
	/* After the timeout the program exits with its socket open, which valgrind reports. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_set_timeout(bare, 60);
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_test(bare, a_hanging_dbd_is_unhealthy);
	suite_add_tcase(s, bare);
	return s;
}
