#include "listen.h"

#include "suite.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct buf text;

static void set_up(void)
{
	buf_init(&text, 10000);
}

static void tear_down(void)
{
	buf_done(&text);
}

/* What was written, as a string. */
static const char *written(void)
{
	buf_char(&text, '\0');
	return buf_view(&text).ptr;
}

static int get_option(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &size), 0);
	return value;
}

static int listen_somewhere(const char *host)
{
	int fd = listen_http(host, 0, 16, &text);

	ck_assert_msg(fd >= 0, "%s", written());
	return fd;
}

static struct sockaddr_storage address_of(int fd, socklen_t *size)
{
	struct sockaddr_storage address;

	*size = sizeof(address);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, size), 0);
	return address;
}

START_TEST(listens_and_says_where)
{
	socklen_t size;
	int fd = listen_somewhere("127.0.0.1");
	char url[64];

	struct sockaddr_storage address = address_of(fd, &size);
	struct sockaddr_in in;
	memcpy(&in, &address, sizeof(in));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", ntohs(in.sin_port));
	listen_write_url(fd, &text);
	ck_assert_slice_eq(buf_view(&text), str_from(url));
	ck_assert_int_eq(get_option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	ck_assert_int_eq(get_option(fd, SOL_SOCKET, SO_REUSEADDR), 1);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
}
END_TEST

START_TEST(accepted_connections_do_not_delay)
{
	socklen_t size;
	int listener = listen_somewhere("127.0.0.1");
	struct sockaddr_storage address = address_of(listener, &size);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd waiting = { listener, POLLIN, 0 };

	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(poll(&waiting, 1, -1), 1);
	int accepted = accept(listener, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
	ck_assert_int_ne(get_option(accepted, IPPROTO_TCP, TCP_NODELAY), 0);
	close(accepted);
	close(client);
	close(listener);
}
END_TEST

/* Not every machine has IPv6. */
static bool has_ipv6(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

START_TEST(listens_on_ipv6)
{
	if (!has_ipv6())
		return;
	int fd = listen_somewhere("::1");
	listen_write_url(fd, &text);
	ck_assert_msg(strncmp(written(), "http://[::1]:", 13) == 0, "%s", written());
	close(fd);
	buf_reset(&text, 0);
	fd = listen_somewhere("::");
	ck_assert_int_eq(get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	close(fd);
}
END_TEST

START_TEST(localhost_is_the_loopback_address)
{
	int fd = listen_somewhere("localhost");

	listen_write_url(fd, &text);
	ck_assert_msg(strncmp(written(), "http://127.0.0.1:", 17) == 0, "%s", written());
	close(fd);
}
END_TEST

START_TEST(says_that_the_port_is_in_use)
{
	socklen_t size;
	int fd = listen_somewhere("127.0.0.1");
	struct sockaddr_storage address = address_of(fd, &size);
	struct sockaddr_in in;
	char want[200];

	memcpy(&in, &address, sizeof(in));
	ck_assert_int_eq(listen_http("127.0.0.1", ntohs(in.sin_port), 16, &text), -1);
	snprintf(want, sizeof(want),
		"cannot listen on 127.0.0.1:%u: Address already in use; another process listens "
		"there: stop it or choose another --port",
		ntohs(in.sin_port));
	ck_assert_slice_eq(buf_view(&text), str_from(want));
	close(fd);
}
END_TEST

static int leaving; /* a listener that is about to be closed */

static void close_leaving(int signal)
{
	(void)signal;
	close(leaving);
}

/* As by the workers of a master that was killed a moment ago: its successor met "Address already in
 * use" and gave up. */
START_TEST(waits_for_the_children_of_a_master_that_was_killed)
{
	const struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	socklen_t size;
	struct sockaddr_in in;

	leaving = listen_somewhere("127.0.0.1");
	struct sockaddr_storage address = address_of(leaving, &size);
	memcpy(&in, &address, sizeof(in));
	signal(SIGALRM, close_leaving);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
	int fd = listen_http("127.0.0.1", ntohs(in.sin_port), 16, &text);
	ck_assert_msg(fd >= 0, "%s", written());
	close(fd);
}
END_TEST

static const struct {
	const char *host, *error;
} refused[] = {
	{ "192.0.2.1",
		"cannot listen on 192.0.2.1:0: Cannot assign requested address; no interface of "
		"this machine has that address: choose another --host" },
	{ "256.0.0.1 ", "cannot listen on \"256.0.0.1 \": Name or service not known; give "
			"--host an address" },
};

START_TEST(says_what_is_wrong_with_the_host)
{
	ck_assert_int_eq(listen_http(refused[_i].host, 0, 16, &text), -1);
	ck_assert_slice_eq(buf_view(&text), str_from(refused[_i].error));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("listen");
	TCase *tc = tcase_create("listen");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, listens_and_says_where);
	tcase_add_test(tc, accepted_connections_do_not_delay);
	tcase_add_test(tc, listens_on_ipv6);
	tcase_add_test(tc, localhost_is_the_loopback_address);
	tcase_add_test(tc, says_that_the_port_is_in_use);
	tcase_add_test(tc, waits_for_the_children_of_a_master_that_was_killed);
	tcase_add_loop_test(tc, says_what_is_wrong_with_the_host, 0, NITEMS(refused));
	suite_add_tcase(suite, tc);
	return suite;
}
