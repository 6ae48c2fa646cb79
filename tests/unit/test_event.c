#include "event.h"

#include "suite.h"
#include "turn.h"

#include <errno.h>
#include <sys/resource.h>

static struct loop *loop;
static struct watch watch;
static unsigned calls;

static void on_event(struct watch *w, uint32_t events)
{
	ck_assert_ptr_eq(w, &watch);
	ck_assert_uint_eq(events, EPOLLIN);
	event_clear(w->fd);
	calls++;
}

static void setup(void)
{
	calls = 0;
	loop = loop_new();
	ck_assert_int_eq(event_watch(loop, &watch, on_event), 0);
}

static void teardown(void)
{
	loop_close(loop, &watch);
	loop_free(loop);
}

START_TEST(several_calls_may_be_one_event)
{
	event_raise(watch.fd);
	event_raise(watch.fd);
	loop_settle(loop);
	ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(what_is_announced_after_the_event_was_cleared_raises_it_again)
{
	event_raise(watch.fd);
	event_clear(watch.fd);
	event_raise(watch.fd);
	loop_settle(loop);
	ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(an_event_that_was_not_raised_may_be_cleared)
{
	event_clear(watch.fd);
	loop_settle(loop);
	ck_assert_uint_eq(calls, 0);
}
END_TEST

START_TEST(without_a_descriptor_there_is_no_event)
{
	struct rlimit limit;
	struct watch other;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, limit.rlim_max }), 0);
	ck_assert_int_lt(event_watch(loop, &other, on_event), 0);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("event");
	TCase *t = tcase_create("event");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, several_calls_may_be_one_event);
	tcase_add_test(t, what_is_announced_after_the_event_was_cleared_raises_it_again);
	tcase_add_test(t, an_event_that_was_not_raised_may_be_cleared);
	tcase_add_test(t, without_a_descriptor_there_is_no_event);
	suite_add_tcase(s, t);
	return s;
}
