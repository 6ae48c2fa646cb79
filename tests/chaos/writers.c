#include "writers.h"

#include "loop.h"

#include <check.h>
#include <poll.h>
#include <string.h>

enum { POSTS_EACH = 6, READ_EVERY = 4 };

/* One writer. */

static void ask_next(struct writers *c, struct writer *w)
{
	if (c->finishing || c->away)
		return;
	if (w->client.fd < 0 && !async_client_connect(&w->client, c->server->port))
		ck_abort_msg(
			"refused, although the server is there:\n%s", postern_log_end(c->server));
	w->asked = c->period;
	if (w->reads) {
		write_history_ask_back(&c->history, w->number, &w->client);
		return;
	}
	if (w->nposts == POSTS_EACH)
		w->user = w->nposts = 0;
	w->number = write_history_add(&c->history, w->user);
	write_history_ask(&c->history, w->number, &w->client);
}

static void note(struct writers *c, struct writer *w, const struct heard *heard)
{
	/* The outcome of a write stays unknown; a read is repeated. */
	if (heard->status >= 500 && w->asked <= c->errors)
		return;
	if (w->reads) {
		write_history_check_back(&c->history, w->number, heard);
		w->reads = false;
		return;
	}
	if (write_history_note(&c->history, w->number, heard) != WRITE_ACKNOWLEDGED)
		return;
	c->acknowledged += w->asked == c->period;
	w->reads = ++w->nwrites % READ_EVERY == 0;
	if (w->user == 0)
		w->user = write_history_id(&c->history, w->number);
	else
		w->nposts++;
}

/* A lost read is repeated. */
static void go_on(struct writers *c, struct writer *w)
{
	struct heard heard;
	bool asking = w->client.asking;

	switch (async_client_hear(&w->client, &heard)) {
	case ASYNC_CLIENT_WAITING:
		return;
	case ASYNC_CLIENT_ANSWERED:
		note(c, w, &heard);
		break;
	case ASYNC_CLIENT_LOST:
		c->lost += asking;
		break;
	}
	ask_next(c, w);
}

/* All writers. */

void writers_init(struct writers *c, struct postern *server)
{
	*c = (struct writers){ .server = server };
	for (int i = 0; i < WRITERS_COUNT; i++)
		async_client_init(&c->writers[i].client);
}

void writers_done(struct writers *c)
{
	for (int i = 0; i < WRITERS_COUNT; i++)
		async_client_done(&c->writers[i].client);
	write_history_done(&c->history);
}

void writers_begin_period(struct writers *c)
{
	c->period++;
	c->acknowledged = 0;
}

void writers_expect_errors(struct writers *c)
{
	c->errors = c->period;
}

/* Connects the writers that lost their connection while the server was away; at first all of them.
 */
static void wake_idle(struct writers *c)
{
	for (int i = 0; i < WRITERS_COUNT; i++)
		if (!c->writers[i].client.asking)
			ask_next(c, &c->writers[i]);
}

static void read_log(struct writers *c, short events)
{
	if (events & POLLIN)
		postern_log_len(c->server);
	else if (events)
		c->log_ended = true;
}

bool writers_turn(struct writers *c, int fd, uint64_t deadline)
{
	struct pollfd set[WRITERS_COUNT + 2];
	uint64_t now = clock_ms();

	wake_idle(c);
	for (int i = 0; i < WRITERS_COUNT; i++)
		set[i] = (struct pollfd){ .fd = c->writers[i].client.fd, .events = POLLIN };
	struct pollfd *log = &set[WRITERS_COUNT], *other = &set[WRITERS_COUNT + 1];
	*log = (struct pollfd){ .fd = c->log_ended ? -1 : c->server->log_fd, .events = POLLIN };
	*other = (struct pollfd){ .fd = fd, .events = POLLIN };
	ck_assert_int_ge(poll(set, NITEMS(set), now < deadline ? (int)(deadline - now) : 0), 0);
	for (int i = 0; i < WRITERS_COUNT; i++)
		if (set[i].revents)
			go_on(c, &c->writers[i]);
	read_log(c, log->revents);
	return other->revents != 0;
}

/* Waiting. */

static uint64_t patience(void)
{
	return clock_ms() + WRITERS_TIMEOUT_MS;
}

static void turn_in_time(struct writers *c, uint64_t deadline, const char *awaited)
{
	ck_assert_msg(clock_ms() < deadline, "waited in vain for %s:\n%s", awaited,
		postern_log_end(c->server));
	writers_turn(c, -1, deadline);
}

void writers_await_acknowledged(struct writers *c, unsigned n)
{
	uint64_t deadline = patience();

	while (c->acknowledged < n)
		turn_in_time(c, deadline, "acknowledged writes");
}

void writers_await_readable(struct writers *c, int fd)
{
	uint64_t deadline = patience();

	while (!writers_turn(c, fd, deadline))
		ck_assert_msg(clock_ms() < deadline, "waited in vain for an end:\n%s",
			postern_log_end(c->server));
}

void writers_await_log(struct writers *c, size_t from, const char *text)
{
	uint64_t deadline = patience();

	while (!strstr(postern_log(c->server) + from, text)) {
		ck_assert_msg(!c->log_ended, "no \"%s\":\n%s", text, postern_log_end(c->server));
		turn_in_time(c, deadline, text);
	}
}

void writers_finish(struct writers *c)
{
	uint64_t deadline = patience();
	bool asking = true;

	c->finishing = true;
	while (asking) {
		turn_in_time(c, deadline, "the last answers");
		asking = false;
		for (int i = 0; i < WRITERS_COUNT; i++)
			asking |= c->writers[i].client.asking;
	}
	for (int i = 0; i < WRITERS_COUNT; i++)
		async_client_drop(&c->writers[i].client);
}
