#include "server_commands.h"

#include "codec.h"
#include "handlers.h"
#include "server_counts.h"
#include "server_private.h"
#include "stats.h"

enum {
	READS_MAX = 16 * 1024,       /* that wait at the runner */
	WAITING_BYTES_MAX = 64 << 20 /* of writes, and of reads, that wait at the runner */
};

static void reply_fault(struct conn *conn, const struct command *command, enum fault fault)
{
	server_count(conn->server, command, STAT_OUTCOME_FAULT + fault);
	codec_encode_fault(&conn->link.out, command->id, fault, command->resource, 0);
}

/* Answering in the loop. */

/* The first read of a turn begins the snapshot that all of them share. */
static bool begin_snapshot(struct conn *conn, const struct command *command)
{
	struct server *s = conn->server;

	if (s->in_snapshot)
		return true;
	enum fault fault = engine_step(s->reader, ENGINE_BEGIN_READ);
	if (fault != FAULT_NONE) {
		reply_fault(conn, command, fault);
		return false;
	}
	s->in_snapshot = true;
	return true;
}

void server_end_snapshot(struct server *s)
{
	if (s->in_snapshot)
		engine_end_read(s->reader);
	s->in_snapshot = false;
}

/* False: the reply is too long for that. */
static bool answer_at_once(struct conn *conn, const struct command *command)
{
	struct server *s = conn->server;
	struct failure failure;

	if (!begin_snapshot(conn, command))
		return true;
	if (handlers_run(s->reader, command, STREAMS_LEAST, &conn->link.out, &failure)) {
		server_count(s, command, STAT_OUTCOME_DONE);
		return true;
	}
	if (failure.fault == FAULT_TOO_LARGE)
		return false;
	server_count(s, command, STAT_OUTCOME_FAULT + failure.fault);
	codec_encode_fault(
		&conn->link.out, command->id, failure.fault, failure.resource, failure.fields);
	return true;
}

void server_begin_stream(struct conn *conn, const struct command *command)
{
	if (streams_begin(conn->server->streams, conn, &conn->link.out, command))
		server_count(conn->server, command, STAT_OUTCOME_DONE);
	else
		reply_fault(conn, command, FAULT_BUSY);
}

/* A reply that turns out to be too long is started again as a stream. */
static void answer(struct conn *conn, const struct command *command)
{
	heartbeat_note_action(
		conn->server->thread, ACTIVITY_ANSWERING_READ, command->action, command->resource);
	if (streams_expect(conn->server->streams, command) || !answer_at_once(conn, command))
		server_begin_stream(conn, command);
}

/* In a thread that only reads. If the reply is too long, the worker asks the main thread. */
bool server_read_only(struct conn *conn, const struct command *command, const char **error)
{
	*error = "it sent a write to a thread that only reads";
	if (action_writes(command->action))
		return false;
	heartbeat_note_action(
		conn->server->thread, ACTIVITY_ANSWERING_READ, command->action, command->resource);
	if (!answer_at_once(conn, command))
		codec_encode_fault(
			&conn->link.out, command->id, FAULT_TOO_LARGE, command->resource, 0);
	return true;
}

/* Submitting to the runner. */

/* Writes and reads wait apart: many of the one kind refuse none of the other. */
struct waiting *server_waiting_like(struct server *s, enum job_kind kind)
{
	return kind == JOB_WRITE ? &s->writes : &s->reads;
}

/* The job is handed over when the turn ends. */
static void submit(struct conn *conn, struct job *job)
{
	struct server *s = conn->server;
	struct waiting *waiting = server_waiting_like(s, job->kind);

	job_append(&s->submitted, job);
	conn->jobs++;
	waiting->jobs++;
	waiting->bytes += job->size;
}

static void submit_write(struct conn *conn, const struct command *command)
{
	struct server *s = conn->server;

	if (s->writes.jobs >= s->runner->ops->room(s->runner) ||
		s->writes.bytes >= WAITING_BYTES_MAX) {
		stats_add(STAT_WRITES_REFUSED, 1);
		reply_fault(conn, command, FAULT_BUSY);
		return;
	}
	submit(conn, job_new(JOB_WRITE, command, conn));
	server_count_queue(s);
}

static bool has_room_for_read(const struct server *s)
{
	return s->reads.jobs < READS_MAX && s->reads.bytes < WAITING_BYTES_MAX;
}

static void submit_read(struct conn *conn, const struct command *command)
{
	const struct server *s = conn->server;

	if (streams_expect(s->streams, command))
		server_begin_stream(conn, command);
	else if (has_room_for_read(s))
		submit(conn, job_new(JOB_READ, command, conn));
	else
		reply_fault(conn, command, FAULT_BUSY);
}

void server_carry_out(struct conn *conn, const struct command *command)
{
	const struct server *s = conn->server;

	if (action_writes(command->action) || !s->streams)
		submit_write(conn, command);
	else if (s->reader)
		answer(conn, command);
	else
		submit_read(conn, command);
}

/* An engine that answers in the loop notices by itself when another program writes. */
void server_confirm(struct conn *conn, uint64_t id, uint64_t deadline)
{
	const struct server *s = conn->server;

	if (s->reader || !s->streams)
		codec_encode_done(&conn->link.out, id);
	else if (has_room_for_read(s))
		submit(conn, job_new_confirm(id, deadline, conn));
	else
		codec_encode_fault(&conn->link.out, id, FAULT_BUSY, api->resources[0], 0);
}
