#include "watchdog.h"

#include "usage.h"

#include <signal.h>

enum {
	ABORT_TIME = 1000, /* milliseconds from SIGABRT to SIGKILL */
	CHECKS_MIN = 4     /* checks without a beat, as after a reload a child's own timeout can be
			    * shorter than the interval between checks */
};

struct watched {
	const char *whose;
	unsigned factor; /* of the timeout in the settings */
};

static const struct watched watched_threads[] = {
	[HEARTBEAT_LOOP] = { "", 1 },
	/* It may wait for the disk, and so would another process. */
	[HEARTBEAT_WRITER] = { "'s writer", 3 },
	[HEARTBEAT_POOL] = { "'s reader of lists", 3 },
	[HEARTBEAT_POOL_LAST] = { "'s other reader of lists", 3 },
	[HEARTBEAT_READER] = { "'s reader of rows", 3 }, /* all of these */
};

_Static_assert(NITEMS(watched_threads) == HEARTBEAT_READER + 1 &&
		       HEARTBEAT_READER_LAST == HEARTBEAT_THREAD__COUNT - 1,
	"a thread has no row");

static const struct watched *watched_as(enum heartbeat_thread thread)
{
	return &watched_threads[thread < HEARTBEAT_READER ? thread : HEARTBEAT_READER];
}

/* SIGABRT gives a core dump. A stopped process (SIGSTOP) does not receive it and is killed later.
 */
static void abort_child(
	struct supervisor *s, struct child *child, enum heartbeat_thread thread, struct pulse pulse)
{
	uint64_t stalled = child->liveness.threads[thread].stalled;
	struct buf note;

	child_signal(child, SIGABRT);
	child->state = CHILD_ABORTED;
	loop_timer_set(s->loop, &child->timer, ABORT_TIME);
	buf_init(&note, 256);
	pulse_write_note(pulse, &note);
	struct str text = buf_view(&note);
	log_error("%s%s (pid %d) has made no progress for %llu.%llu s while %.*s; aborting it",
		child->name, watched_as(thread)->whose, (int)child->pid,
		(unsigned long long)stalled / 1000, (unsigned long long)stalled % 1000 / 100,
		STR_ARGS(text));
	buf_done(&note);
}

/* Counts one more interval. Returns true if the thread hangs. */
static bool is_hanging(struct liveness *liveness, enum heartbeat_thread thread, struct pulse pulse,
	uint64_t interval)
{
	if (pulse.beats != liveness->threads[thread].beats || pulse_is_idle(pulse, thread)) {
		liveness->threads[thread].beats = pulse.beats;
		liveness->threads[thread].stalled = 0;
		return false;
	}
	liveness->threads[thread].stalled += interval;
	return liveness->threads[thread].stalled >=
		       liveness->timeout * watched_as(thread)->factor &&
	       liveness->threads[thread].stalled >= CHECKS_MIN * interval;
}

static void check_child(struct supervisor *s, struct child *child, uint64_t interval)
{
	bool watched = child->state == CHILD_READY || child->state == CHILD_DRAINING ||
		       child->state == CHILD_STOPPING;

	if (!watched || child->liveness.timeout == 0)
		return;
	for (enum heartbeat_thread thread = 0; thread < HEARTBEAT_THREAD__COUNT; thread++) {
		struct pulse pulse = heartbeat_read(child->liveness.heartbeat, thread);
		if (is_hanging(&child->liveness, thread, pulse, interval)) {
			abort_child(s, child, thread, pulse);
			return;
		}
	}
}

/* The timer is set again after the checks: a late check counts as one interval like any other. */
static void on_watchdog(struct timer *timer)
{
	struct supervisor *s = CONTAINER_OF(timer, struct supervisor, watchdog);

	for (unsigned i = 0; i < CHILDREN; i++)
		check_child(s, &s->children[i], s->watchdog_interval);
	usage_update(s);
	watchdog_begin(s);
}

void watchdog_begin(struct supervisor *s)
{
	s->watchdog.on_timer = on_watchdog;
	s->watchdog_interval = heartbeat_interval(s->plan->settings->timeout_watchdog);
	loop_timer_set(s->loop, &s->watchdog, s->watchdog_interval);
}
