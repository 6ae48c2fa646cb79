#include "service_status.h"

#include "stop.h"
#include "supervisor.h"

enum {
	TRY_AGAIN = 100,      /* milliseconds, when the manager is behind */
	TEXT_MAX = 16 * 1024, /* bytes, before it is cut */
	LINES_MAX = 1024
};

static enum service_state word_of(const struct supervisor *s)
{
	if (s->phase >= PHASE_DRAINING)
		return SERVICE_STOPPING;
	if (s->phase == PHASE_STARTING)
		return SERVICE_STARTING;
	return s->reloading || s->reload_again ? SERVICE_RELOADING : SERVICE_READY;
}

/* The line. */

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
		s->workers == 1 ? "" : "s", s->plan->database);
	if (backoff_is_loop(&s->current[0]->backoff))
		buf_str(out, STR("; dbd keeps dying"));
	else if (s->current[0]->state != CHILD_READY)
		buf_str(out, STR("; dbd is being replaced"));
	if (dying > 0)
		buf_printf(out, "; %u worker%s dying", dying, dying == 1 ? " keeps" : "s keep");
}

static void describe(const struct supervisor *s, enum service_state word, struct buf *out)
{
	switch (word) {
	case SERVICE_STARTING:
		buf_str(out, s->current[0]->has_been_ready ? STR("starting the workers")
							   : STR("starting dbd"));
		break;
	case SERVICE_RELOADING:
		buf_str(out, STR("reloading; "));
		describe_serving(s, out);
		break;
	case SERVICE_STOPPING:
		buf_str(out, s->phase == PHASE_DRAINING ? STR("stopping: requests finish")
							: STR("stopping: the database is closed"));
		break;
	default:
		describe_serving(s, out);
	}
}

/* Cut; and it stays one line, whatever the name of the database holds. */
static void write_text(const struct supervisor *s, enum service_state word, char *text, size_t size)
{
	struct buf line;
	size_t n = 0;

	buf_init(&line, TEXT_MAX);
	describe(s, word, &line);
	for (struct str all = buf_view(&line); n < all.len && n + 1 < size; n++)
		text[n] = (unsigned char)all.ptr[n] < ' ' ? '?' : all.ptr[n];
	text[n] = '\0';
	buf_done(&line);
}

/* Telling. */

/* A manager whose patience is shorter learns how long this may take. */
static void ask_for_time(struct buf *lines, uint64_t milliseconds)
{
	buf_printf(lines, "EXTEND_TIMEOUT_USEC=%llu\n", (unsigned long long)milliseconds * 1000);
}

static void write_word(const struct supervisor *s, enum service_state word, struct buf *lines)
{
	switch (word) {
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

/* The word only if it is another one, or if there is to be more time. */
static void tell(struct supervisor *s, enum service_state word)
{
	struct service_status *told = &s->service;
	bool again = word == told->word && *told->text;
	char text[sizeof(told->text)];
	struct buf lines;

	write_text(s, word, text, sizeof(text));
	if (again && strcmp(text, told->text) == 0)
		return;
	buf_init(&lines, LINES_MAX);
	if (!again || word == SERVICE_STARTING || word == SERVICE_STOPPING)
		write_word(s, word, &lines);
	buf_printf(&lines, "STATUS=%s", text);
	if (sd_notify_send(&s->plan->notify, buf_view(&lines))) {
		told->word = word;
		strcpy(told->text, text);
	} else {
		loop_timer_set(s->loop, &told->timer, TRY_AGAIN);
	}
	buf_done(&lines);
}

static void tell_all(struct supervisor *s)
{
	enum service_state word = word_of(s);

	/* A reload that was asked for during the start. */
	if (s->service.word == SERVICE_STARTING && word == SERVICE_RELOADING)
		tell(s, SERVICE_READY);
	tell(s, word);
}

static void on_change(struct task *task)
{
	tell_all(CONTAINER_OF(task, struct supervisor, service.change));
}

static void on_timer(struct timer *timer)
{
	struct supervisor *s = CONTAINER_OF(timer, struct supervisor, service.timer);
	uint64_t watchdog = s->plan->notify.watchdog;

	if (watchdog > 0) {
		sd_notify_send(&s->plan->notify, STR("WATCHDOG=1"));
		loop_timer_set(s->loop, timer, watchdog);
	}
	tell_all(s);
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
	s->service.text[0] = '\0'; /* each HUP is answered, also the second of two */
	tell(s, SERVICE_RELOADING);
}
