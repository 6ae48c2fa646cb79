#include "crew.h"

#include "loop.h"

#include <check.h>
#include <poll.h>
#include <string.h>

enum { POSTS_EACH = 6, READ_EVERY = 4 };

/* One writer. */

static void ask_next(struct crew *c, struct writer *w)
{
	if (c->finishing || c->away)
		return;
	if (w->asker.fd < 0 && !asker_connect(&w->asker, c->server->port))
		ck_abort_msg("refused, although the server is there:\n%s", postern_log(c->server));
	w->asked = c->period;
	if (w->reads) {
		ledger_ask_back(&c->ledger, w->number, &w->asker);
		return;
	}
	if (w->nposts == POSTS_EACH)
		w->user = w->nposts = 0;
	w->number = ledger_add(&c->ledger, w->user);
	ledger_ask(&c->ledger, w->number, &w->asker);
}

static void note(struct crew *c, struct writer *w, const struct heard *heard)
{
	/* Whether a write was done remains unknown; a reading back is asked again. */
	if (heard->status >= 500 && w->asked <= c->errors)
		return;
	if (w->reads) {
		ledger_check_back(&c->ledger, w->number, heard);
		w->reads = false;
		return;
	}
	if (ledger_note(&c->ledger, w->number, heard) != LEDGER_ACKNOWLEDGED)
		return;
	c->acknowledged += w->asked == c->period;
	w->reads = ++w->nwrites % READ_EVERY == 0;
	if (w->user == 0)
		w->user = ledger_id(&c->ledger, w->number);
	else
		w->nposts++;
}

/* A read that is lost is asked again. */
static void go_on(struct crew *c, struct writer *w)
{
	struct heard heard;
	bool asking = w->asker.asking;

	switch (asker_hear(&w->asker, &heard)) {
	case ASKER_WAITING:
		return;
	case ASKER_ANSWERED:
		note(c, w, &heard);
		break;
	case ASKER_LOST:
		c->lost += asking;
		break;
	}
	ask_next(c, w);
}

/* All of them. */

void crew_init(struct crew *c, struct postern *server)
{
	*c = (struct crew){ .server = server };
	for (int i = 0; i < CREW_WRITERS; i++)
		asker_init(&c->writers[i].asker);
}

void crew_done(struct crew *c)
{
	for (int i = 0; i < CREW_WRITERS; i++)
		asker_done(&c->writers[i].asker);
	ledger_done(&c->ledger);
}

void crew_begin_period(struct crew *c)
{
	c->period++;
	c->acknowledged = 0;
}

void crew_expect_errors(struct crew *c)
{
	c->errors = c->period;
}

/* Those who lost their connection while the server was away, and at first all. */
static void wake_idle(struct crew *c)
{
	for (int i = 0; i < CREW_WRITERS; i++)
		if (!c->writers[i].asker.asking)
			ask_next(c, &c->writers[i]);
}

static void read_log(struct crew *c, short events)
{
	if (events & POLLIN)
		postern_log_len(c->server);
	else if (events)
		c->log_ended = true;
}

bool crew_turn(struct crew *c, int fd, uint64_t deadline)
{
	struct pollfd set[CREW_WRITERS + 2];
	uint64_t now = clock_ms();

	wake_idle(c);
	for (int i = 0; i < CREW_WRITERS; i++)
		set[i] = (struct pollfd){ .fd = c->writers[i].asker.fd, .events = POLLIN };
	struct pollfd *log = &set[CREW_WRITERS], *other = &set[CREW_WRITERS + 1];
	*log = (struct pollfd){ .fd = c->log_ended ? -1 : c->server->log_fd, .events = POLLIN };
	*other = (struct pollfd){ .fd = fd, .events = POLLIN };
	ck_assert_int_ge(poll(set, NITEMS(set), now < deadline ? (int)(deadline - now) : 0), 0);
	for (int i = 0; i < CREW_WRITERS; i++)
		if (set[i].revents)
			go_on(c, &c->writers[i]);
	read_log(c, log->revents);
	return other->revents != 0;
}

/* Waiting. */

static uint64_t patience(void)
{
	return clock_ms() + CREW_PATIENCE_MS;
}

static void turn_in_time(struct crew *c, uint64_t deadline, const char *awaited)
{
	ck_assert_msg(clock_ms() < deadline, "waited in vain for %s:\n%s", awaited,
		postern_log(c->server));
	crew_turn(c, -1, deadline);
}

void crew_await_acknowledged(struct crew *c, unsigned n)
{
	uint64_t deadline = patience();

	while (c->acknowledged < n)
		turn_in_time(c, deadline, "acknowledged writes");
}

void crew_await_readable(struct crew *c, int fd)
{
	uint64_t deadline = patience();

	while (!crew_turn(c, fd, deadline))
		ck_assert_msg(clock_ms() < deadline, "waited in vain for an end:\n%s",
			postern_log(c->server));
}

void crew_await_log(struct crew *c, size_t from, const char *text)
{
	uint64_t deadline = patience();

	while (!strstr(postern_log(c->server) + from, text)) {
		ck_assert_msg(!c->log_ended, "no \"%s\":\n%s", text, postern_log(c->server));
		turn_in_time(c, deadline, text);
	}
}

void crew_finish(struct crew *c)
{
	uint64_t deadline = patience();
	bool asking = true;

	c->finishing = true;
	while (asking) {
		turn_in_time(c, deadline, "the last answers");
		asking = false;
		for (int i = 0; i < CREW_WRITERS; i++)
			asking |= c->writers[i].asker.asking;
	}
	for (int i = 0; i < CREW_WRITERS; i++)
		asker_drop(&c->writers[i].asker);
}
