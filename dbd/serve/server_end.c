#include "server_end.h"

#include "codec.h"
#include "log.h"
#include "server_conn.h"
#include "server_private.h"

enum { FLUSH_TIMEOUT = 2000 /* milliseconds, for the last replies when stopping */ };

/* Entering a state. */

/* Everything that was read is answered, so a worker may send all that it still misses to the next
 * dbd, also the commands of streams that have not begun. */
static void part(struct server *s)
{
	loop_timer_cancel(s->loop, &s->flush_timeout);
	if (s->streams)
		streams_drop_waiting(s->streams);
	for (struct conn *conn = s->conns; conn; conn = conn->next) {
		codec_encode_bye(&conn->link.out);
		server_conn_touch(conn);
	}
	if (s->on_parted)
		s->on_parted(s->context);
	s->runner = NULL;
	s->reader = NULL;
	s->read_threads = NULL;
}

/* Reads what the workers have already sent, and then no more. */
static void stop_accepting(struct server *s)
{
	acceptor_stop(&s->acceptor);
	if (s->read_threads)
		s->read_threads->drain(s->read_threads);
	for (struct conn *conn = s->conns, *next; conn; conn = next) {
		next = conn->next;
		if (conn->events & EPOLLIN && link_read(&conn->link) == LINK_CLOSED)
			server_conn_close(conn);
		else
			server_conn_touch(conn);
	}
}

static void enter(struct server *s, enum server_event event)
{
	enum server_state before = s->state;

	s->state = server_state_after(before, event);
	if (s->state == before)
		return;
	if (server_state_duties(before).accepts && !server_state_duties(s->state).accepts)
		stop_accepting(s);
	if (s->state == SERVER_PARTED)
		part(s);
	if (s->state == SERVER_ENDED)
		loop_stop(s->loop);
	else
		loop_defer(s->loop, &s->turn);
}

/* What a state waits for. */

static bool all_sent(const struct server *s)
{
	for (const struct conn *conn = s->conns; conn; conn = conn->next)
		if (buf_len(&conn->link.out) > 0)
			return false;
	return true;
}

/* Everything that was read is answered. */
static bool is_at_rest(const struct server *s)
{
	return s->writes.jobs == 0 && s->reads.jobs == 0 && !s->touched &&
	       !(s->streams && streams_busy(s->streams));
}

static bool has_reading_threads(const struct server *s)
{
	return s->read_threads && s->read_threads->running > 0;
}

static unsigned count_streams(const struct server *s)
{
	return s->streams ? streams_running(s->streams) : 0;
}

/* True if what the state waits for has happened, except that the last replies are sent. */
static bool is_done(const struct server *s)
{
	switch (s->state) {
	case SERVER_LEAVES:
		return !s->conns && is_at_rest(s);
	case SERVER_CLOSES:
	case SERVER_DRAINS:
		return is_at_rest(s) && !has_reading_threads(s);
	case SERVER_PARTED:
		return is_at_rest(s) && count_streams(s) == 0;
	default:
		return false;
	}
}

void server_enter_if_done(struct server *s)
{
	if (!is_done(s))
		return;
	if (all_sent(s))
		enter(s, SERVER_DONE);
	else if (!s->flush_timeout.place)
		loop_timer_set(s->loop, &s->flush_timeout, FLUSH_TIMEOUT);
}

/* Stopping and draining. */

static void on_flush_timeout(struct timer *timer)
{
	struct server *s = CONTAINER_OF(timer, struct server, flush_timeout);

	log_warning("stopping although a worker does not take its replies");
	enter(s, SERVER_STUCK);
}

static void on_patience(struct timer *timer)
{
	struct server *s = CONTAINER_OF(timer, struct server, patience);

	if (s->state == SERVER_PARTED)
		log_warning("ending %u lists that are still read", count_streams(s));
	if (s->state == SERVER_LEAVES)
		log_warning("stopping although workers are still there");
	enter(s, SERVER_PATIENCE);
}

void server_stop(struct server *s, uint64_t patience)
{
	loop_timer_set(s->loop, &s->patience, patience);
	enter(s, SERVER_STOP);
	loop_defer(s->loop, &s->turn);
}

void server_drain(struct server *s, uint64_t patience)
{
	if (!server_state_duties(s->state).accepts || (!s->streams && !s->only_reads))
		return;
	loop_timer_set(s->loop, &s->patience, patience);
	enter(s, SERVER_DRAIN);
}

void server_end_init(struct server *s)
{
	s->patience.on_timer = on_patience;
	s->flush_timeout.on_timer = on_flush_timeout;
}

void server_end_free(struct server *s)
{
	loop_timer_cancel(s->loop, &s->patience);
	loop_timer_cancel(s->loop, &s->flush_timeout);
}
