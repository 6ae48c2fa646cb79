#include "service_status.h"

#include "stop.h"
#include "supervisor.h"

enum {
	TRY_AGAIN = 100,      /* milliseconds until the next attempt to send */
	TEXT_MAX = 16 * 1024, /* bytes of the status line before it is truncated */
	LINES_MAX = 1024      /* bytes of a datagram */
};

static enum service_state state_of(const struct supervisor *s)
{
	if (s->phase >= PHASE_DRAINING)
		return SERVICE_STOPPING;
	if (s->phase == PHASE_STARTING)
		return SERVICE_STARTING;
	return s->reloading || s->reload_again ? SERVICE_RELOADING : SERVICE_READY;
}

/* The status line. */

static unsigned count_dying_workers(const struct supervisor *s)
{
	unsigned dying = 0;

	for (unsigned n = 1; n <= s->workers; n++)
		dying += backoff_is_loop(&s->current[n]->backoff);
	return dying;
}

static void describe_serving(const struct supervisor *s, struct buf *out)
{
	unsigned dying = count_dying_workers(s);

	buf_printf(out, "serving on %s, %u worker%s, database %s", s->plan->address, s->workers,
		s->workers == 1 ? "" : "s", s->plan->database_name);
	if (backoff_is_loop(&s->current[0]->backoff))
		buf_str(out, STR("; dbd keeps dying"));
	else if (s->current[0]->state != CHILD_READY)
		buf_str(out, STR("; dbd is being replaced"));
	if (dying > 0)
		buf_printf(out, "; %u worker%s dying", dying, dying == 1 ? " keeps" : "s keep");
}

static void describe(const struct supervisor *s, enum service_state state, struct buf *out)
{
	switch (state) {
	case SERVICE_STARTING:
		buf_str(out, s->current[0]->has_been_ready ? STR("starting the workers")
							   : STR("starting dbd"));
		break;
	case SERVICE_RELOADING:
		buf_str(out, STR("reloading; "));
		describe_serving(s, out);
		break;
	case SERVICE_STOPPING:
		buf_str(out, s->phase == PHASE_DRAINING ? STR("stopping: finishing requests")
							: STR("stopping: closing the database"));
		break;
	default:
		describe_serving(s, out);
	}
}

/* Truncates the line, and replaces control characters, which the path of the database may have. */
static void write_text(
	const struct supervisor *s, enum service_state state, char *text, size_t size)
{
	struct buf line;
	size_t n = 0;

	buf_init(&line, TEXT_MAX);
	describe(s, state, &line);
	for (struct str all = buf_view(&line); n < all.len && n + 1 < size; n++)
		text[n] = (unsigned char)all.ptr[n] < ' ' ? '?' : all.ptr[n];
	text[n] = '\0';
	buf_done(&line);
}

/* Sending. */

/* Extends a shorter timeout of the manager. */
static void ask_for_time(struct buf *lines, uint64_t milliseconds)
{
	buf_printf(lines, "EXTEND_TIMEOUT_USEC=%llu\n", (unsigned long long)milliseconds * 1000);
}

static void write_state(const struct supervisor *s, enum service_state state, struct buf *lines)
{
	switch (state) {
	case SERVICE_STARTING:
		ask_for_time(lines, s->plan->startup_timeout);
		break;
	case SERVICE_READY:
		buf_str(lines, STR("READY=1\n"));
		break;
	case SERVICE_RELOADING:
		buf_printf(lines, "RELOADING=1\nMONOTONIC_USEC=%llu\n",
			(unsigned long long)clock_ns() / 1000);
		break;
	default:
		buf_str(lines, STR("STOPPING=1\n"));
		ask_for_time(lines, stop_longest(s));
	}
}

/* Sends the status line if it has changed, and the state if it has changed or extends a timeout. */
static void send_state(struct supervisor *s, enum service_state state)
{
	struct service_status *last = &s->service;
	bool again = state == last->state && *last->text;
	char text[sizeof(last->text)];
	struct buf lines;

	write_text(s, state, text, sizeof(text));
	if (again && strcmp(text, last->text) == 0)
		return;
	buf_init(&lines, LINES_MAX);
	if (!again || state == SERVICE_STARTING || state == SERVICE_STOPPING)
		write_state(s, state, &lines);
	buf_printf(&lines, "STATUS=%s", text);
	if (sd_notify_send(&s->plan->notify, buf_view(&lines))) {
		last->state = state;
		strcpy(last->text, text);
	} else {
		loop_timer_set(s->loop, &last->timer, TRY_AGAIN);
	}
	buf_done(&lines);
}

static void send_changes(struct supervisor *s)
{
	enum service_state state = state_of(s);

	/* The manager expects READY=1 before a reload that was queued during start-up. */
	if (s->service.state == SERVICE_STARTING && state == SERVICE_RELOADING)
		send_state(s, SERVICE_READY);
	send_state(s, state);
}

static void on_change(struct task *task)
{
	send_changes(CONTAINER_OF(task, struct supervisor, service.change));
}

static void on_timer(struct timer *timer)
{
	struct supervisor *s = CONTAINER_OF(timer, struct supervisor, service.timer);
	uint64_t watchdog = s->plan->notify.watchdog;

	if (watchdog > 0) {
		sd_notify_send(&s->plan->notify, STR("WATCHDOG=1"));
		loop_timer_set(s->loop, timer, watchdog);
	}
	send_changes(s);
}

void service_status_begin(struct supervisor *s)
{
	s->service.change.on_turn_end = on_change;
	s->service.timer.on_timer = on_timer;
	loop_timer_set(s->loop, &s->service.timer, 0);
}

void service_status_changed(struct supervisor *s)
{
	loop_defer(s->loop, &s->service.change);
}

void service_status_reloading(struct supervisor *s)
{
	s->service.text[0] = '\0'; /* so that each HUP is reported, also during a reload */
	send_state(s, SERVICE_RELOADING);
}
