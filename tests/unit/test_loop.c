#include "loop.h"
#include "suite.h"
#include "turn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;

static void setup(void)
{
	loop = loop_new();
}

static void teardown(void)
{
	loop_free(loop);
}

/* Descriptors. */

struct peer {
	struct watch watch;
	int other; /* end of the socket pair */
	unsigned calls;
	uint32_t events;    /* of the last call */
	struct peer *rival; /* the callback ends its watch by end(): */
	void (*end)(struct loop *loop, struct watch *watch);
};

static void on_event(struct watch *watch, uint32_t events)
{
	struct peer *p = CONTAINER_OF(watch, struct peer, watch);

	p->calls++;
	p->events = events;
	if (p->rival)
		p->end(loop, &p->rival->watch);
}

static void open_peer(struct peer *p, uint32_t events)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	*p = (struct peer){ .watch = { fds[0], on_event }, .other = fds[1] };
	ck_assert_int_eq(loop_add(loop, &p->watch, events), 0);
}

static void close_peer(struct peer *p)
{
	close(p->watch.fd);
	close(p->other);
}

START_TEST(a_watch_gets_the_events_it_asked_for)
{
	struct peer p;

	open_peer(&p, EPOLLIN);
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 0);
	ck_assert_int_eq(write(p.other, "x", 1), 1);
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 1);
	ck_assert_uint_eq(p.events, EPOLLIN);
	/* Level-triggered: bytes that are not read are reported again. */
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 2);
	loop_modify(loop, &p.watch, EPOLLOUT);
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 3);
	ck_assert_uint_eq(p.events, EPOLLOUT);
	loop_modify(loop, &p.watch, 0);
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 3);
	close(p.other);
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 4);
	ck_assert_uint_eq(p.events, EPOLLHUP);
	loop_remove(loop, &p.watch);
	close(p.watch.fd);
}
END_TEST

static void (*const ends[])(struct loop *, struct watch *) = { loop_remove, loop_close };

/* Two watches are ready in the same turn; the first callback ends the other watch. */
START_TEST(an_ended_watch_gets_no_event_of_this_turn)
{
	struct peer a, b;

	open_peer(&a, EPOLLIN);
	open_peer(&b, EPOLLIN);
	a.rival = &b;
	b.rival = &a;
	a.end = b.end = ends[_i];
	ck_assert_int_eq(write(a.other, "x", 1), 1);
	ck_assert_int_eq(write(b.other, "x", 1), 1);
	loop_turn(loop);
	ck_assert_uint_eq(a.calls + b.calls, 1);
	a.rival = b.rival = NULL;
	loop_turn(loop);
	ck_assert_uint_eq(a.calls + b.calls, 2);
	close_peer(&a);
	close_peer(&b);
}
END_TEST

START_TEST(a_watch_can_be_added_again)
{
	struct peer p;

	open_peer(&p, EPOLLIN);
	loop_remove(loop, &p.watch);
	ck_assert_int_eq(write(p.other, "x", 1), 1);
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 0);
	ck_assert_int_eq(loop_add(loop, &p.watch, EPOLLIN), 0);
	ck_assert_int_eq(loop_add(loop, &p.watch, EPOLLIN), -1);
	ck_assert_int_eq(errno, EEXIST);
	loop_turn(loop);
	ck_assert_uint_eq(p.calls, 1);
	close_peer(&p);
}
END_TEST

/* Timers. */

struct alarm {
	struct timer timer;
	uint64_t due;
	bool set, fired_once;
};

static unsigned fired;
static uint64_t last_due;

static void on_timer(struct timer *timer)
{
	struct alarm *a = CONTAINER_OF(timer, struct alarm, timer);

	ck_assert_msg(a->set && !a->fired_once, "a timer that was not set, or has fired already");
	ck_assert_uint_eq(timer->place, 0);
	ck_assert_uint_le(a->due, loop_now(loop));
	ck_assert_uint_ge(a->due, last_due);
	last_due = a->due;
	a->fired_once = true;
	fired++;
}

static void set_alarm(struct alarm *a, uint64_t after)
{
	a->timer.on_timer = on_timer;
	a->due = loop_now(loop) + after;
	a->set = true;
	loop_timer_set(loop, &a->timer, after);
}

static void cancel_alarm(struct alarm *a)
{
	a->set = false;
	loop_timer_cancel(loop, &a->timer);
	ck_assert_uint_eq(a->timer.place, 0);
}

static void stop_on_timer(struct timer *timer)
{
	(void)timer;
	loop_stop(loop);
}

static void run_for(uint64_t ms)
{
	struct timer stop = { .on_timer = stop_on_timer };

	loop_timer_set(loop, &stop, ms);
	loop_run(loop);
}

START_TEST(a_timer_fires_once_when_due_and_not_before)
{
	struct alarm now = { 0 }, soon = { 0 }, later = { 0 };

	set_alarm(&later, 1000000);
	set_alarm(&soon, 20);
	set_alarm(&now, 0);
	loop_turn(loop);
	ck_assert(now.fired_once && !soon.fired_once && !later.fired_once);
	run_for(30);
	ck_assert(soon.fired_once && !later.fired_once);
	ck_assert_uint_eq(fired, 2);
	cancel_alarm(&later);
}
END_TEST

START_TEST(a_timer_can_be_moved_and_cancelled)
{
	struct alarm moved_up = { 0 }, moved_back = { 0 }, cancelled = { 0 };

	set_alarm(&moved_up, 1000000);
	set_alarm(&moved_back, 0);
	set_alarm(&cancelled, 0);
	set_alarm(&moved_up, 0);
	set_alarm(&moved_back, 1000000);
	cancel_alarm(&cancelled);
	cancel_alarm(&cancelled);
	loop_turn(loop);
	ck_assert(moved_up.fired_once && !moved_back.fired_once && !cancelled.fired_once);
	cancel_alarm(&moved_back);
}
END_TEST

/* Thousands of timers, set, moved and cancelled at random: those that are set fire in order. */
START_TEST(many_timers_fire_in_order)
{
	enum { ALARMS = 2000, STEPS = 20000, SPAN = 40 };
	struct alarm *alarms = calloc(ALARMS, sizeof(*alarms));
	unsigned expected = 0;

	srand(7);
	for (int i = 0; i < STEPS; i++) {
		struct alarm *a = &alarms[rand() % ALARMS];
		if (rand() % 4)
			set_alarm(a, (uint64_t)rand() % SPAN);
		else
			cancel_alarm(a);
	}
	for (int i = 0; i < ALARMS; i++)
		expected += alarms[i].set;
	ck_assert_uint_gt(expected, 0);
	run_for(SPAN + 5);
	ck_assert_uint_eq(fired, expected);
	free(alarms);
}
END_TEST

static struct alarm other;

static void cancel_other(struct timer *timer)
{
	(void)timer;
	cancel_alarm(&other);
}

START_TEST(a_timer_can_cancel_another_due_timer)
{
	struct timer first = { .on_timer = cancel_other };

	set_alarm(&other, 1);
	loop_timer_set(loop, &first, 0);
	run_for(5);
	ck_assert(!other.fired_once);
}
END_TEST

static void set_again(struct timer *timer)
{
	if (++fired < 3)
		loop_timer_set(loop, timer, 1);
	else
		loop_stop(loop);
}

START_TEST(a_timer_can_set_itself_again)
{
	struct timer timer = { .on_timer = set_again };

	loop_timer_set(loop, &timer, 1);
	loop_run(loop);
	ck_assert_uint_eq(fired, 3);
	ck_assert_uint_eq(timer.place, 0);
}
END_TEST

START_TEST(a_timer_far_in_the_future_does_not_fire)
{
	struct alarm never = { 0 };

	set_alarm(&never, UINT64_MAX / 2);
	loop_turn(loop);
	ck_assert(!never.fired_once);
	cancel_alarm(&never);
}
END_TEST

START_TEST(the_clock_advances)
{
	/* A timer counts from loop_now, which may be earlier than the clock. */
	uint64_t before = loop_now(loop);

	run_for(3);
	ck_assert_uint_ge(clock_ms(), before + 3);
	ck_assert_uint_ge(loop_now(loop), before + 3);
}
END_TEST

/* Tasks. */

struct note {
	struct task task;
	char letter;
	struct note *defers; /* once */
};

static char notes[16];

static void on_turn_end(struct task *task)
{
	struct note *n = CONTAINER_OF(task, struct note, task);
	struct note *next = n->defers;

	notes[strlen(notes)] = n->letter;
	n->defers = NULL;
	if (next)
		loop_defer(loop, &next->task);
}

static void write_on_event(struct watch *watch, uint32_t events)
{
	on_event(watch, events);
	notes[strlen(notes)] = 'e';
}

START_TEST(tasks_run_last_in_order_and_once)
{
	struct note a = { { .on_turn_end = on_turn_end }, 'a', NULL };
	struct note c = { { .on_turn_end = on_turn_end }, 'c', NULL };
	struct note b = { { .on_turn_end = on_turn_end }, 'b', &c };

	loop_defer(loop, &a.task);
	loop_defer(loop, &b.task);
	loop_defer(loop, &a.task);
	loop_turn(loop);
	ck_assert_str_eq(notes, "abc");
	loop_turn(loop);
	ck_assert_str_eq(notes, "abc");
	/* A task that has run can be queued again, also by itself. */
	a.defers = &a;
	loop_defer(loop, &a.task);
	loop_turn(loop);
	ck_assert_str_eq(notes, "abcaa");
}
END_TEST

static struct note deferred = { { .on_turn_end = on_turn_end }, 't', NULL };

static void defer_on_event(struct watch *watch, uint32_t events)
{
	loop_defer(loop, &deferred.task);
	write_on_event(watch, events);
}

START_TEST(a_task_runs_after_all_events_of_the_turn)
{
	struct peer a, b;

	open_peer(&a, EPOLLIN);
	open_peer(&b, EPOLLIN);
	a.watch.on_event = b.watch.on_event = defer_on_event;
	ck_assert_int_eq(write(a.other, "x", 1), 1);
	ck_assert_int_eq(write(b.other, "x", 1), 1);
	loop_turn(loop);
	ck_assert_str_eq(notes, "eet");
	close_peer(&a);
	close_peer(&b);
}
END_TEST

static void stop_on_turn_end(struct task *task)
{
	(void)task;
	loop_stop(loop);
}

/* Otherwise the loop would wait forever. */
START_TEST(a_task_queued_before_the_run_can_stop_it)
{
	struct task task = { .on_turn_end = stop_on_turn_end };

	loop_defer(loop, &task);
	loop_run(loop);
	ck_assert(!task.queued);
}
END_TEST

START_TEST(the_turn_is_completed_after_a_stop)
{
	struct timer stop = { .on_timer = stop_on_timer };

	loop_timer_set(loop, &stop, 0);
	set_alarm(&other, 0);
	loop_run(loop);
	ck_assert(other.fired_once);
}
END_TEST

/* Signals. */

static unsigned heard[65];

static void on_signal(void *context, int signal)
{
	ck_assert_ptr_eq(context, heard);
	heard[signal]++;
	if (signal == SIGUSR2)
		loop_stop(loop);
}

START_TEST(signals_are_received_by_the_loop)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	loop_signals(loop, &signals, on_signal, heard);
	/* If the signal was not blocked, it would end the test. */
	raise(SIGUSR1);
	ck_assert_uint_eq(heard[SIGUSR1], 0);
	raise(SIGUSR2);
	loop_run(loop);
	ck_assert_uint_eq(heard[SIGUSR1], 1);
	ck_assert_uint_eq(heard[SIGUSR2], 1);
	raise(SIGUSR1);
	loop_turn(loop);
	ck_assert_uint_eq(heard[SIGUSR1], 2);
}
END_TEST

START_TEST(null_can_be_freed)
{
	loop_free(NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("loop");
	TCase *tests = tcase_create("loop");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_watch_gets_the_events_it_asked_for);
	tcase_add_loop_test(tests, an_ended_watch_gets_no_event_of_this_turn, 0, NITEMS(ends));
	tcase_add_test(tests, a_watch_can_be_added_again);
	tcase_add_test(tests, a_timer_can_be_moved_and_cancelled);
	tcase_add_test(tests, many_timers_fire_in_order);
	tcase_add_test(tests, a_timer_can_cancel_another_due_timer);
	tcase_add_test(tests, a_timer_can_set_itself_again);
	tcase_add_test(tests, a_timer_far_in_the_future_does_not_fire);
	tcase_add_test(tests, the_clock_advances);
	tcase_add_test(tests, tasks_run_last_in_order_and_once);
	tcase_add_test(tests, a_task_runs_after_all_events_of_the_turn);
	tcase_add_test(tests, a_task_queued_before_the_run_can_stop_it);
	tcase_add_test(tests, the_turn_is_completed_after_a_stop);
	tcase_add_test(tests, signals_are_received_by_the_loop);
	tcase_add_test(tests, null_can_be_freed);
	suite_add_tcase(suite, tests);
	/* Depends on timing: tests/valgrind excludes it. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_test(bare, a_timer_fires_once_when_due_and_not_before);
	suite_add_tcase(suite, bare);
	return suite;
}
