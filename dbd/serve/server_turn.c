#include "server_turn.h"

#include "server_commands.h"
#include "server_conn.h"
#include "server_counts.h"
#include "server_end.h"
#include "server_frames.h"
#include "server_private.h"
#include "stats.h"

enum { STREAM_OLD = 30 * 1000 /* ms that a stream may take while its snapshot is in the way */ };

/* Replies of the runner. */

/* A read whose reply is too long for a job. */
static bool wants_stream(const struct job *job)
{
	return job->kind == JOB_READ && job->outcome == STAT_OUTCOME_FAULT + FAULT_TOO_LARGE;
}

/* Of a connection that is still open. */
static void take_reply(struct conn *conn, const struct job *job)
{
	server_conn_touch(conn);
	if (wants_stream(job)) {
		server_begin_stream(conn, &job->command);
		return;
	}
	server_count_job(conn->server, job);
	buf_str(&conn->link.out, buf_view(&job->reply));
	conn->link.out.failed |= job->reply.failed;
}

static void take_replies(struct server *s, struct job_list *jobs)
{
	for (struct job *job; (job = job_take(jobs)); job_free(job)) {
		struct conn *conn = job->owner;
		struct waiting *waiting = server_waiting_like(s, job->kind);
		conn->jobs--;
		waiting->jobs--;
		waiting->bytes -= job->size;
		if (conn->state == CONN_CLOSED)
			server_count_job(s, job);
		else
			take_reply(conn, job);
	}
	server_count_queue(s);
}

static void on_finished(void *context, struct job_list *jobs, bool snapshot_in_way)
{
	struct server *s = context;

	if (snapshot_in_way && s->streams)
		streams_end_older(s->streams, STREAM_OLD);
	take_replies(s, jobs);
	loop_defer(s->loop, &s->turn);
}

/* Between two turns. */

/* Of a connection that has got replies between two turns. False: it needs a turn. */
static bool send_between_turns(struct conn *conn)
{
	return link_flush(&conn->link) == LINK_OK && conn->events == EPOLLIN &&
	       conn->state == CONN_OPEN;
}

/* Sends the replies if nothing else follows from them. */
static bool answer_between_turns(void *context, struct job_list *jobs)
{
	struct server *s = context;

	if (s->touched || s->state != SERVER_SERVES)
		return false;
	take_replies(s, jobs);
	struct conn *touched = s->touched;
	s->touched = NULL;
	for (struct conn *conn = touched, *next; conn; conn = next) {
		next = conn->next_touched;
		conn->is_touched = false;
		if (!send_between_turns(conn))
			server_conn_touch(conn);
	}
	return !s->touched;
}

/* The end of a turn. */

static void on_turn_end(struct task *task)
{
	struct server *s = CONTAINER_OF(task, struct server, turn);
	struct conn *touched = s->touched;

	s->touched = NULL;
	for (struct conn *conn = touched; conn; conn = conn->next_touched)
		if (conn->state != CONN_CLOSED)
			server_take_frames(conn);
	server_end_snapshot(s);
	if (s->submitted.first)
		s->runner->ops->submit(s->runner, &s->submitted);
	for (struct conn *conn = touched, *next; conn; conn = next) {
		next = conn->next_touched;
		conn->is_touched = false;
		if (conn->state != CONN_CLOSED)
			server_conn_flush(conn);
	}
	server_conns_free(s);
	server_enter_if_done(s);
}

void server_turn_init(struct server *s)
{
	s->turn.on_turn_end = on_turn_end;
	if (!s->runner)
		return;
	s->runner->on_finished = on_finished;
	s->runner->answer = answer_between_turns;
	s->runner->context = s;
}
