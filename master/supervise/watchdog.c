#include "watchdog.h"

#include "usage.h"

#include <signal.h>

enum {
	ABORT_TIME = 1000, /* milliseconds until one that was told to abort is killed */
	LOOKS_LEAST = 4 /* in vain, whatever the patience: a child beats as often as it was told */
};

static const struct {
	const char *whose;
	unsigned patience; /* times that of the settings */
} threads[] = {
	[HEARTBEAT_LOOP] = { "", 1 },
	/* It may wait for a disk, which another process would only wait for as well. */
	[HEARTBEAT_WRITER] = { "'s writer", 3 },
	[HEARTBEAT_POOL] = { "'s reader of lists", 3 },
	[HEARTBEAT_POOL_LAST] = { "'s other reader of lists", 3 },
};

_Static_assert(NITEMS(threads) == HEARTBEAT_THREAD__COUNT, "a thread has no row");

/* SIGABRT first, for whoever wants a core. A process that is stopped does not even get that. */
static void abort_child(
	struct supervisor *s, struct child *child, enum heartbeat_thread thread, struct pulse pulse)
{
	uint64_t still = child->liveness.threads[thread].still;
	struct buf note;

	child_signal(child, SIGABRT);
	child->state = CHILD_ABORTED;
	loop_timer_set(s->loop, &child->timer, ABORT_TIME);
	buf_init(&note, 256);
	pulse_write_note(pulse, &note);
	struct str text = buf_view(&note);
	log_error("%s%s (pid %d) has stood still for %llu.%llu s while %.*s; aborting it",
		child->name, threads[thread].whose, (int)child->pid,
		(unsigned long long)still / 1000, (unsigned long long)still % 1000 / 100,
		STR_ARGS(text));
	buf_done(&note);
}

/* After one more interval. */
static bool stands_still(struct liveness *liveness, enum heartbeat_thread thread,
	struct pulse pulse, uint64_t interval)
{
	if (pulse.beats != liveness->threads[thread].beats || pulse_is_idle(pulse, thread)) {
		liveness->threads[thread].beats = pulse.beats;
		liveness->threads[thread].still = 0;
		return false;
	}
	liveness->threads[thread].still += interval;
	return liveness->threads[thread].still >= liveness->patience * threads[thread].patience &&
	       liveness->threads[thread].still >= LOOKS_LEAST * interval;
}

static void look_at(struct supervisor *s, struct child *child, uint64_t interval)
{
	bool watched = child->state == CHILD_READY || child->state == CHILD_DRAINING ||
		       child->state == CHILD_LEAVING;

	if (!watched || child->liveness.patience == 0)
		return;
	for (enum heartbeat_thread thread = 0; thread < HEARTBEAT_THREAD__COUNT; thread++) {
		struct pulse pulse = heartbeat_read(child->liveness.heartbeat, thread);
		if (stands_still(&child->liveness, thread, pulse, interval)) {
			abort_child(s, child, thread, pulse);
			return;
		}
	}
}

/* Set anew only now, so that a late look is no longer interval than any other. */
static void on_watchdog(struct timer *timer)
{
	struct supervisor *s = CONTAINER_OF(timer, struct supervisor, watchdog);

	for (unsigned i = 0; i < CHILDREN; i++)
		look_at(s, &s->children[i], s->watchdog_interval);
	usage_look(s);
	watchdog_begin(s);
}

void watchdog_begin(struct supervisor *s)
{
	s->watchdog.on_timer = on_watchdog;
	s->watchdog_interval = heartbeat_interval(s->plan->settings->timeout_watchdog);
	loop_timer_set(s->loop, &s->watchdog, s->watchdog_interval);
}
