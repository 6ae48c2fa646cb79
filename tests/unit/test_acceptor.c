#include "acceptor.h"

#include "net.h"
#include "suite.h"
#include "turn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST = 16, PAUSE_MS = 20 };

static struct loop *loop;
static struct acceptor acceptor;
static char names[2][32];
static int accepted[MOST];
static unsigned count, limit;
static sa_family_t family; /* of the last peer */

static bool has_room(struct acceptor *a)
{
	ck_assert_ptr_eq(a, &acceptor);
	return count < limit;
}

static void on_accept(struct acceptor *a, int fd, const struct sockaddr_storage *peer)
{
	ck_assert_ptr_eq(a, &acceptor);
	ck_assert_uint_lt(count, MOST);
	accepted[count++] = fd;
	family = peer->ss_family;
}

static void setup(void)
{
	loop = loop_new();
	acceptor = (struct acceptor){
		.loop = loop,
		.what = "connections",
		.pause_ms = PAUSE_MS,
		.has_room = has_room,
		.on_accept = on_accept,
	};
	limit = MOST;
	for (size_t i = 0; i < NITEMS(names); i++) {
		int listener = net_listen_abstract(MOST, names[i], sizeof(names[i]));
		ck_assert_int_ge(listener, 0);
		acceptor_add(&acceptor, listener);
	}
	acceptor_start(&acceptor);
}

static void teardown(void)
{
	acceptor_close(&acceptor);
	for (unsigned i = 0; i < count; i++)
		close(accepted[i]);
	loop_free(loop);
}

/* The other end stays open as long as the test runs. */
static void connect_to(unsigned listener, unsigned n)
{
	while (n-- > 0)
		ck_assert_int_ge(net_connect_abstract(names[listener]), 0);
}

START_TEST(accepts_everything_that_waits)
{
	connect_to(0, 3);
	connect_to(1, 1);
	loop_turn(loop);
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(family, AF_UNIX);
	ck_assert(fcntl(accepted[0], F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(accepted[0], F_GETFL) & O_NONBLOCK);
}
END_TEST

START_TEST(accepts_one_for_each_event_if_others_accept_too)
{
	acceptor_stop(&acceptor);
	acceptor.exclusive = true;
	acceptor_start(&acceptor);
	connect_to(0, 3);
	for (unsigned n = 1; n <= 3; n++) {
		loop_turn(loop);
		ck_assert_uint_eq(count, n);
	}
	loop_turn(loop);
	ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(accepts_nothing_while_it_is_stopped)
{
	acceptor_stop(&acceptor);
	acceptor_stop(&acceptor);
	connect_to(0, 1);
	loop_settle(loop);
	ck_assert_uint_eq(count, 0);
	acceptor_start(&acceptor);
	acceptor_start(&acceptor);
	loop_turn(loop);
	ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(a_full_acceptor_waits_until_it_is_resumed)
{
	acceptor.exclusive = _i;
	limit = 2;
	connect_to(0, 3);
	loop_settle(loop);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_FULL);
	acceptor_resume(&acceptor);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_FULL);
	limit = 3;
	loop_settle(loop);
	ck_assert_uint_eq(count, 2);
	acceptor_resume(&acceptor);
	loop_settle(loop);
	ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(only_a_full_acceptor_is_resumed)
{
	acceptor_stop(&acceptor);
	acceptor_resume(&acceptor);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_STOPPED);
}
END_TEST

static rlim_t highest_descriptor(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int highest = 0;

	ck_assert_ptr_nonnull(folder);
	for (struct dirent *e; (e = readdir(folder));)
		highest = atoi(e->d_name) > highest ? atoi(e->d_name) : highest;
	closedir(folder);
	return (rlim_t)highest;
}

/* Makes accept(2) fail with EMFILE; returns the limit to restore. */
static struct rlimit use_up_descriptors(void)
{
	struct rlimit old, none;
	int fd;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = highest_descriptor() + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	while ((fd = dup(STDERR_FILENO)) >= 0)
		continue;
	ck_assert_int_eq(errno, EMFILE);
	return old;
}

START_TEST(pauses_when_descriptors_run_out)
{
	connect_to(0, 1);
	connect_to(1, 1);
	struct rlimit old = use_up_descriptors();
	loop_turn(loop);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_PAUSED);
	/* A start does not shorten the pause. */
	acceptor_start(&acceptor);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_PAUSED);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	while (count < 2)
		loop_turn(loop);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_ACCEPTING);
}
END_TEST

START_TEST(a_stop_ends_the_pause)
{
	connect_to(0, 1);
	struct rlimit old = use_up_descriptors();
	loop_turn(loop);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_PAUSED);
	acceptor_stop(&acceptor);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_uint_eq(acceptor.pause.place, 0);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(a_drain_accepts_what_waits_and_nothing_later)
{
	acceptor_stop(&acceptor);
	acceptor.exclusive = _i;
	acceptor_start(&acceptor);
	connect_to(0, 3);
	connect_to(1, 2);
	ck_assert(acceptor_drain(&acceptor));
	ck_assert_uint_eq(count, 5);
	connect_to(0, 1);
	loop_settle(loop);
	ck_assert_uint_eq(count, 5);
	/* A stopped acceptor has accepted all it wants. */
	ck_assert(acceptor_drain(&acceptor));
	ck_assert_uint_eq(count, 5);
}
END_TEST

START_TEST(a_drain_without_room_goes_on_when_there_is_room)
{
	limit = 2;
	connect_to(0, 3);
	ck_assert(!acceptor_drain(&acceptor));
	ck_assert_uint_eq(count, 2);
	ck_assert(!acceptor_drain(&acceptor));
	limit = 3;
	acceptor_resume(&acceptor);
	loop_turn(loop);
	ck_assert_uint_eq(count, 3);
	ck_assert(!acceptor_drain(&acceptor));
}
END_TEST

START_TEST(a_drain_without_descriptors_does_not_start_again)
{
	connect_to(0, 1);
	struct rlimit old = use_up_descriptors();
	ck_assert(acceptor_drain(&acceptor));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(acceptor.state, ACCEPTOR_STOPPED);
	ck_assert_uint_eq(acceptor.pause.place, 0);
}
END_TEST

START_TEST(a_close_closes_the_listeners)
{
	ck_assert(acceptor_is_open(&acceptor));
	acceptor_close(&acceptor);
	ck_assert(!acceptor_is_open(&acceptor));
	for (size_t i = 0; i < NITEMS(names); i++) {
		ck_assert_int_eq(net_connect_abstract(names[i]), -1);
		ck_assert_int_eq(errno, ECONNREFUSED);
	}
	loop_settle(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("acceptor");
	TCase *tests = tcase_create("acceptor");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, accepts_everything_that_waits);
	tcase_add_test(tests, accepts_one_for_each_event_if_others_accept_too);
	tcase_add_test(tests, accepts_nothing_while_it_is_stopped);
	tcase_add_loop_test(tests, a_full_acceptor_waits_until_it_is_resumed, 0, 2);
	tcase_add_test(tests, only_a_full_acceptor_is_resumed);
	tcase_add_loop_test(tests, a_drain_accepts_what_waits_and_nothing_later, 0, 2);
	tcase_add_test(tests, a_drain_without_room_goes_on_when_there_is_room);
	tcase_add_test(tests, a_close_closes_the_listeners);
	suite_add_tcase(suite, tests);
	/* valgrind needs descriptors of its own. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_test(bare, pauses_when_descriptors_run_out);
	tcase_add_test(bare, a_stop_ends_the_pause);
	tcase_add_test(bare, a_drain_without_descriptors_does_not_start_again);
	suite_add_tcase(suite, bare);
	return suite;
}
