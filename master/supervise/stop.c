#include "stop.h"

#include "channel.h"

#include <signal.h>

enum { LAST_CHANCE = 1000 /* milliseconds for dbd to close the database after the timeout */ };

static uint64_t graceful(const struct supervisor *s)
{
	return (uint64_t)s->plan->settings->timeout_graceful_shutdown * 1000;
}

/* One child. */

void stop_cancel_start(struct supervisor *s, struct child *child)
{
	if (child->state != CHILD_PAUSING)
		return;
	loop_timer_cancel(s->loop, &child->timer);
	child->state = CHILD_ABSENT;
}

static void tell_to_end(
	struct supervisor *s, struct child *child, int signal, enum child_state state)
{
	/* An aborted process ends sooner than that. */
	if (child->state == CHILD_ABORTED)
		return;
	child->state = state;
	child_signal(child, signal);
	loop_timer_set(s->loop, &child->timer, graceful(s));
}

void stop_child(struct supervisor *s, struct child *child)
{
	tell_to_end(s, child, SIGTERM, CHILD_STOPPING);
}

void stop_draining(struct supervisor *s, struct child *child)
{
	tell_to_end(s, child, PROCESS_DRAIN, CHILD_DRAINING);
}

void stop_in_time(struct supervisor *s, struct child *child)
{
	loop_timer_set(s->loop, &child->timer, graceful(s) + LAST_CHANCE);
}

/* All of them. */

uint64_t stop_longest(const struct supervisor *s)
{
	/* The second LAST_CHANCE is for a killed dbd to end. */
	return graceful(s) + LAST_CHANCE + LAST_CHANCE;
}

/* The others beside the current dbd are workers, and dbds that are draining. */
static bool is_other(struct supervisor *s, const struct child *child)
{
	return child != supervisor_dbd(s);
}

static bool has_other_process(struct supervisor *s)
{
	for (unsigned i = 0; i < CHILDREN; i++)
		if (is_other(s, &s->children[i]) && s->children[i].pid > 0)
			return true;
	return false;
}

static void signal_others(struct supervisor *s, int signal)
{
	for (unsigned i = 0; i < CHILDREN; i++)
		if (is_other(s, &s->children[i]))
			child_signal(&s->children[i], signal);
}

static void begin_closing(struct supervisor *s)
{
	if (s->phase >= PHASE_CLOSING)
		return;
	s->phase = PHASE_CLOSING;
	stop_cancel_start(s, supervisor_dbd(s));
	child_signal(supervisor_dbd(s), SIGTERM);
}

void stop_advance(struct supervisor *s)
{
	if (s->phase < PHASE_DRAINING || has_other_process(s))
		return;
	begin_closing(s);
	if (supervisor_dbd(s)->pid > 0)
		return;
	s->phase = PHASE_ENDED;
	loop_stop(s->loop);
}

/* Closes the listeners: new connections are refused rather than left waiting in the backlog. */
static void begin_draining(struct supervisor *s)
{
	s->phase = PHASE_DRAINING;
	plan_close_listeners(s->plan, ROLE_WORKER);
	for (unsigned i = 0; i < CHILDREN; i++)
		if (is_other(s, &s->children[i]))
			stop_cancel_start(s, &s->children[i]);
}

/* It is still to serve the workers, but to leave none without an answer. If it cannot be told, the
 * workers are killed all the same. */
static void announce_end(struct supervisor *s)
{
	const struct child *dbd = supervisor_dbd(s);

	if (dbd->state == CHILD_READY)
		(void)channel_send_word(dbd->channel.fd, PROCESS_ENDING, -1);
}

void stop_gracefully(struct supervisor *s)
{
	log_info("stopping: running requests have %ld s to finish",
		s->plan->settings->timeout_graceful_shutdown);
	begin_draining(s);
	announce_end(s);
	signal_others(s, SIGTERM);
	loop_timer_set(s->loop, &s->deadline, graceful(s));
	stop_advance(s);
}

void stop_at_once(struct supervisor *s)
{
	if (s->hurried)
		return;
	s->hurried = true;
	if (s->phase < PHASE_DRAINING)
		begin_draining(s);
	signal_others(s, SIGKILL);
	begin_closing(s);
	loop_timer_set(s->loop, &s->deadline, LAST_CHANCE);
	stop_advance(s);
}

void stop_on_deadline(struct timer *deadline)
{
	struct supervisor *s = CONTAINER_OF(deadline, struct supervisor, deadline);

	if (!s->hurried) {
		log_warning("graceful stop timed out after %ld s; stopping at once",
			s->plan->settings->timeout_graceful_shutdown);
		stop_at_once(s);
		return;
	}
	log_error("dbd has not ended in time; killing it");
	child_signal(supervisor_dbd(s), SIGKILL);
}

void stop_failed(struct supervisor *s)
{
	s->exit_status = EXIT_STARTUP;
	stop_at_once(s);
}
