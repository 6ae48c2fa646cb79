#include "net.h"
#include "suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char name[32];
static int listener;

static void setup(void)
{
	listener = net_listen_abstract(4, name, sizeof(name));
	ck_assert_int_ge(listener, 0);
}

static void teardown(void)
{
	close(listener);
}

static void check_flags(int fd)
{
	ck_assert_int_ge(fd, 0);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

START_TEST(a_connection_is_accepted)
{
	char byte = 0;

	int client = net_connect_abstract(name);
	int server = net_accept(listener);
	check_flags(listener);
	check_flags(client);
	check_flags(server);
	ck_assert_int_eq(write(client, "x", 1), 1);
	ck_assert_int_eq(read(server, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	close(client);
	close(server);
}
END_TEST

START_TEST(accepting_does_not_wait)
{
	ck_assert_int_eq(net_accept(listener), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(every_listener_has_its_own_name)
{
	char second[32];

	int fd = net_listen_abstract(1, second, sizeof(second));
	ck_assert_int_ge(fd, 0);
	ck_assert_str_ne(second, name);
	ck_assert_uint_gt(strlen(second), 0);
	close(fd);
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_an_error)
{
	char exact[sizeof(name)];

	size_t n = strlen(name);
	ck_assert_int_eq(net_listen_abstract(1, exact, n), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	int fd = net_listen_abstract(1, exact, n + 1);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(connecting_to_an_unknown_name_fails)
{
	static const struct {
		size_t length;
		int error;
	} names[] = { { 0, ECONNREFUSED }, { 1, ECONNREFUSED }, { 107, ECONNREFUSED },
		{ 108, ENAMETOOLONG }, { 4000, ENAMETOOLONG } };
	char unknown[4096];

	for (size_t i = 0; i < NITEMS(names); i++) {
		memset(unknown, 'x', names[i].length);
		unknown[names[i].length] = '\0';
		ck_assert_int_eq(net_connect_abstract(unknown), -1);
		ck_assert_msg(
			errno == names[i].error, "%zu bytes: %s", names[i].length, strerror(errno));
	}
}
END_TEST

/* Connecting to dbd while it is being replaced must not block either. */
START_TEST(a_full_backlog_is_an_error)
{
	int clients[64];
	size_t n = 0;

	while (n < NITEMS(clients) && (clients[n] = net_connect_abstract(name)) >= 0)
		n++;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_ge(n, 4);
	ck_assert_uint_lt(n, NITEMS(clients));
	while (n-- > 0)
		close(clients[n]);
}
END_TEST

START_TEST(blocking_can_be_turned_off)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert(!(fcntl(fds[0], F_GETFL) & O_NONBLOCK));
	ck_assert_int_eq(net_set_nonblocking(fds[0]), 0);
	ck_assert(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	close(fds[0]);
	close(fds[1]);
	ck_assert_int_eq(net_set_nonblocking(fds[0]), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(a_peer_of_the_same_user_is_allowed)
{
	int client = net_connect_abstract(name);
	int server = net_accept(listener);

	ck_assert_int_eq(net_check_peer(server), 0);
	ck_assert_int_eq(net_check_peer(client), 0);
	close(client);
	close(server);
}
END_TEST

/* A child becomes another user and connects; only root can do that. */
START_TEST(a_peer_of_another_user_is_refused)
{
	int status;

	if (geteuid() != 0)
		return;
	pid_t child = fork();
	if (child == 0)
		_exit(setuid(65534) == 0 && net_connect_abstract(name) >= 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	int server = net_accept(listener);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(net_check_peer(server), -1);
	ck_assert_int_eq(errno, EPERM);
	close(server);
}
END_TEST

START_TEST(a_socket_without_peer_credentials_is_refused)
{
	int tcp = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(net_check_peer(tcp), -1);
	close(tcp);
	ck_assert_int_eq(net_check_peer(tcp), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("net");
	TCase *tests = tcase_create("net");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_connection_is_accepted);
	tcase_add_test(tests, accepting_does_not_wait);
	tcase_add_test(tests, every_listener_has_its_own_name);
	tcase_add_test(tests, a_name_that_does_not_fit_is_an_error);
	tcase_add_test(tests, connecting_to_an_unknown_name_fails);
	tcase_add_test(tests, a_full_backlog_is_an_error);
	tcase_add_test(tests, blocking_can_be_turned_off);
	tcase_add_test(tests, a_peer_of_the_same_user_is_allowed);
	tcase_add_test(tests, a_peer_of_another_user_is_refused);
	tcase_add_test(tests, a_socket_without_peer_credentials_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
