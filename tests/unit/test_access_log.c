/* Lines as uvicorn writes them, read back from standard error. */
#include "access_log.h"

#include "log.h"
#include "suite.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static int received;

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	received = fds[0];
}

/* What was logged, behind the time, the level and the name. */
static const char *logged(void)
{
	static char line[4096];
	const char before[] = "INFO     [postern] ";
	ssize_t n = recv(received, line, sizeof(line) - 1, 0);

	if (n <= 0)
		return "";
	line[n] = '\0';
	const char *found = strstr(line, before);
	ck_assert_ptr_nonnull(found);
	return found + strlen(before);
}

static struct sockaddr_storage peer_v4(void)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in *in = (void *)&peer;

	in->sin_family = AF_INET;
	in->sin_port = htons(4711);
	inet_pton(AF_INET, "192.0.2.7", &in->sin_addr);
	return peer;
}

static struct sockaddr_storage peer_v6(void)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in6 *in = (void *)&peer;

	in->sin6_family = AF_INET6;
	in->sin6_port = htons(65535);
	inet_pton(AF_INET6, "2001:db8::1", &in->sin6_addr);
	return peer;
}

static struct sockaddr_storage peer_unix(void)
{
	return (struct sockaddr_storage){ .ss_family = AF_UNIX };
}

START_TEST(an_answer_is_a_line)
{
	struct sockaddr_storage peer = peer_v4();
	struct http_request request = {
		.method = METHOD_GET, .minor = 1, .target = STR("/users?a=%41")
	};

	access_log_write((const void *)&peer, &request, 200);
	ck_assert_str_eq(logged(), "192.0.2.7:4711 - \"GET /users?a=%41 HTTP/1.1\" 200 OK\n");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(any_client_has_a_name)
{
	struct http_request request = { .method = METHOD_DELETE, .target = STR("/") };
	struct sockaddr_storage peer = peer_v6();

	access_log_write((const void *)&peer, &request, 405);
	ck_assert_str_eq(
		logged(), "2001:db8::1:65535 - \"DELETE / HTTP/1.0\" 405 Method Not Allowed\n");
	peer = peer_unix();
	access_log_write((const void *)&peer, &request, 404);
	ck_assert_str_eq(logged(), "unix - \"DELETE / HTTP/1.0\" 404 Not Found\n");
}
END_TEST

START_TEST(what_was_no_request_is_logged_too)
{
	struct sockaddr_storage peer = peer_v4();

	access_log_write((const void *)&peer, NULL, 400);
	ck_assert_str_eq(logged(), "192.0.2.7:4711 - invalid request 400 Bad Request\n");
}
END_TEST

START_TEST(a_target_cannot_end_its_quotes)
{
	struct sockaddr_storage peer = peer_v4();
	struct http_request request = { .minor = 1, .target = STR("/\" 200 OK") };

	access_log_write((const void *)&peer, &request, 404);
	ck_assert_str_eq(logged(), "192.0.2.7:4711 - \"GET /%22 200 OK HTTP/1.1\" 404 Not Found\n");
}
END_TEST

START_TEST(a_long_target_is_cut)
{
	static char target[5000];
	struct sockaddr_storage peer = peer_v4();
	struct http_request request = { .minor = 1, .target = { target, sizeof(target) } };

	memset(target, 'x', sizeof(target));
	access_log_write((const void *)&peer, &request, 404);
	const char *line = logged();
	const char *rest = strchr(line, 'x');
	ck_assert_ptr_nonnull(rest);
	ck_assert_uint_eq(strspn(rest, "x"), 1024);
	ck_assert_str_eq(rest + 1024, " HTTP/1.1\" 404 Not Found\n");
}
END_TEST

START_TEST(a_higher_level_silences_it)
{
	struct sockaddr_storage peer = peer_v4();

	log_open("postern", LOG_LEVEL_WARNING);
	access_log_write((const void *)&peer, NULL, 400);
	ck_assert_str_eq(logged(), "");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("access_log");
	TCase *tests = tcase_create("access_log");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, an_answer_is_a_line);
	tcase_add_test(tests, any_client_has_a_name);
	tcase_add_test(tests, what_was_no_request_is_logged_too);
	tcase_add_test(tests, a_long_target_is_cut);
	tcase_add_test(tests, a_target_cannot_end_its_quotes);
	tcase_add_test(tests, a_higher_level_silences_it);
	suite_add_tcase(suite, tests);
	return suite;
}
