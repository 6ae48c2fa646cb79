#include "server.h"

#include "acceptor.h"
#include "codec.h"
#include "earlier.h"
#include "frame.h"
#include "handlers.h"
#include "heartbeat.h"
#include "log.h"
#include "net.h"
#include "server_state.h"
#include "stats.h"
#include "streams.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* Milliseconds. */
	HELLO_TIMEOUT = 5000,     /* until a worker must have said its hello */
	FLUSH_TIMEOUT = 2000,     /* for the last replies when stopping */
	ACCEPT_PAUSE = 1000,      /* without accepting, for lack of descriptors or memory */
	STREAM_IDLE = 60 * 1000,  /* that a stream waits for the next demand */
	STREAM_WANTED = 2 * 1000, /* the same while others wait for its connection */
	STREAM_OLD = 30 * 1000,   /* that a stream may take while its snapshot is in the way */

	CONNECTIONS_MAX = 512,        /* many more than there are workers */
	READS_MAX = 16 * 1024,        /* that wait at the runner */
	WAITING_BYTES_MAX = 64 << 20, /* of writes, and of reads, that wait at the runner */
	OUT_HIGH = 8 << 20,           /* unsent bytes; with more a worker is not read from */
	IN_KEEP = 256 * 1024          /* bytes of input buffer that stay allocated */
};

/* OUT_HIGH, one more reply, and the runner's replies; each has a bound of its own. */
#define OUT_LIMIT ((size_t)1024 * 1024 * 1024)

enum conn_state {
	CONN_NEW,     /* has not said its hello */
	CONN_OPEN,    /* its frames are carried out as they come */
	CONN_STALLED, /* frames wait in link.in until link.out has drained */
	CONN_CLOSED   /* its socket is closed; freed once the runner has returned its jobs */
};

/* The connection of a worker. It outlives its socket while the runner has jobs of it. */
struct conn {
	struct server *server;
	enum conn_state state;
	struct watch watch;
	uint32_t events; /* that the watch waits for */
	struct link link;
	pid_t pid;             /* of the worker, for the log */
	const struct api *api; /* the worker's declaration, once it has said its hello */
	struct timer hello;
	unsigned jobs;             /* at the runner */
	bool is_touched;           /* it is in server.touched, or in that list of this turn */
	struct conn *next_touched; /* in that list */
	struct conn *next, **link_to;
};

/* Jobs until the runner has given them back. */
struct waiting {
	unsigned jobs;
	size_t bytes;
};

struct server {
	struct loop *loop;
	enum heartbeat_thread thread;
	enum server_state state;
	struct runner *runner;             /* NULL: parted, or only_reads */
	struct engine *reader;             /* NULL: none, or parted */
	bool only_reads;                   /* it is the server of a thread that only reads */
	struct read_threads *read_threads; /* NULL: none */
	struct streams *streams;           /* NULL: none */
	struct acceptor acceptor;
	struct timer patience, flush_timeout;

	struct conn *conns;
	unsigned nconns;
	struct conn *closed; /* not freed yet */

	struct task turn;
	struct conn *touched;      /* connections that need something in this turn */
	struct job_list submitted; /* of this turn */
	bool in_snapshot;          /* of this turn */

	struct waiting writes, reads;
	void (*on_parted)(void *context);
	void *context;
};

/* Connections. */

static void touch(struct conn *conn)
{
	struct server *s = conn->server;

	if (conn->is_touched)
		return;
	conn->is_touched = true;
	conn->next_touched = s->touched;
	s->touched = conn;
	loop_defer(s->loop, &s->turn);
}

static void put_into(struct conn **list, struct conn *conn)
{
	conn->next = *list;
	if (conn->next)
		conn->next->link_to = &conn->next;
	conn->link_to = list;
	*list = conn;
}

static void take_out(struct conn *conn)
{
	*conn->link_to = conn->next;
	if (conn->next)
		conn->next->link_to = conn->link_to;
}

/* The struct is freed when the turn ends. */
static void close_conn(struct conn *conn)
{
	struct server *s = conn->server;

	if (conn->state == CONN_CLOSED)
		return;
	conn->state = CONN_CLOSED;
	if (s->streams)
		streams_drop(s->streams, conn);
	loop_timer_cancel(s->loop, &conn->hello);
	if (conn->link.fd >= 0)
		loop_remove(s->loop, &conn->watch);
	link_done(&conn->link);
	take_out(conn);
	put_into(&s->closed, conn);
	s->nconns--;
	acceptor_resume(&s->acceptor);
	loop_defer(s->loop, &s->turn);
}

static void free_closed(struct server *s)
{
	for (struct conn *conn = s->closed, *next; conn; conn = next) {
		next = conn->next;
		if (conn->jobs > 0)
			continue;
		take_out(conn);
		free(conn);
	}
}

static void refuse_conn(struct conn *conn, const char *why)
{
	log_warning("closing the connection of process %d: %s", (int)conn->pid, why);
	close_conn(conn);
}

/* The end of a worker is not logged here: the master does that. */
static void lose_conn(struct conn *conn, int error)
{
	if (error && error != ECONNRESET && error != EPIPE)
		refuse_conn(conn, strerror(error));
	else
		close_conn(conn);
}

static void on_hello_timeout(struct timer *timer)
{
	refuse_conn(CONTAINER_OF(timer, struct conn, hello), "it has not said hello");
}

static void on_conn_event(struct watch *watch, uint32_t events)
{
	struct conn *conn = CONTAINER_OF(watch, struct conn, watch);

	if (!(conn->events & EPOLLIN) && events & (EPOLLHUP | EPOLLERR)) {
		close_conn(conn);
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && link_read(&conn->link) == LINK_CLOSED) {
		lose_conn(conn, errno);
		return;
	}
	touch(conn);
}

static pid_t peer_pid(int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ? 0 : peer.pid;
}

static struct conn *add_conn(struct server *s, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		log_die("out of memory for a connection");
	conn->server = s;
	conn->pid = peer_pid(fd);
	conn->hello.on_timer = on_hello_timeout;
	link_init(&conn->link, fd, OUT_LIMIT);
	conn->watch = (struct watch){ fd, on_conn_event };
	conn->events = EPOLLIN;
	if (loop_add(s->loop, &conn->watch, conn->events) < 0)
		log_die("cannot watch a connection: %s", strerror(errno));
	put_into(&s->conns, conn);
	s->nconns++;
	touch(conn);
	return conn;
}

/* Accepting. */

static bool has_room(struct acceptor *acceptor)
{
	struct server *s = CONTAINER_OF(acceptor, struct server, acceptor);

	if (s->nconns < CONNECTIONS_MAX)
		return true;
	log_error("cannot accept a worker: there are too many connections");
	return false;
}

static void on_accept(struct acceptor *acceptor, int fd, const struct sockaddr_storage *peer)
{
	(void)peer;
	if (net_check_peer(fd) == 0) {
		struct server *s = CONTAINER_OF(acceptor, struct server, acceptor);
		struct conn *conn = add_conn(s, fd);
		loop_timer_set(s->loop, &conn->hello, HELLO_TIMEOUT);
		return;
	}
	log_warning("refusing process %d: it runs as another user", (int)peer_pid(fd));
	close(fd);
}

/* Commands. */

static void count(const struct server *s, const struct command *command, unsigned outcome)
{
	bool done = outcome == STAT_OUTCOME_DONE;
	unsigned place = stat_action_outcome(command->action, outcome);

	if (s->only_reads)
		stats_add_at(STAT_READER_COMMANDS,
			stat_reader_cell(s->thread - HEARTBEAT_READER,
				done ? (unsigned)command->action : STATS_READER_OTHERS),
			1);
	if (!done)
		stats_add_shared(STAT_COMMANDS, place, 1);
	else if (!s->only_reads)
		stats_add_at(STAT_COMMANDS, place, 1);
}

static void count_job(const struct server *s, const struct job *job)
{
	if (job->kind != JOB_CONFIRM)
		count(s, &job->command, job->outcome);
}

static void count_queue(const struct server *s)
{
	stats_set(STAT_QUEUE, s->writes.jobs);
	stats_set(STAT_QUEUE_BYTES, s->writes.bytes);
}

static void reply_fault(struct conn *conn, const struct command *command, enum fault fault)
{
	count(conn->server, command, STAT_OUTCOME_FAULT + fault);
	codec_encode_fault(&conn->link.out, command->id, fault, command->resource, 0);
}

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

static void end_snapshot(struct server *s)
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
		count(s, command, STAT_OUTCOME_DONE);
		return true;
	}
	if (failure.fault == FAULT_TOO_LARGE)
		return false;
	count(s, command, STAT_OUTCOME_FAULT + failure.fault);
	codec_encode_fault(
		&conn->link.out, command->id, failure.fault, failure.resource, failure.fields);
	return true;
}

static void begin_stream(struct conn *conn, const struct command *command)
{
	if (streams_begin(conn->server->streams, conn, &conn->link.out, command))
		count(conn->server, command, STAT_OUTCOME_DONE);
	else
		reply_fault(conn, command, FAULT_BUSY);
}

/* A reply that turns out to be too long is started again as a stream. */
static void answer(struct conn *conn, const struct command *command)
{
	heartbeat_note_action(
		conn->server->thread, ACTIVITY_ANSWERING_READ, command->action, command->resource);
	if (streams_expect(conn->server->streams, command) || !answer_at_once(conn, command))
		begin_stream(conn, command);
}

static bool take_demand(struct conn *conn, struct str payload, const char **error)
{
	struct server *s = conn->server;
	enum demand demand;
	uint64_t id;

	if (!codec_decode_demand(payload, &id, &demand, error))
		return false;
	if (s->streams)
		streams_demand(s->streams, conn, id, demand);
	return true;
}

/* Writes and reads wait apart: many of the one kind refuse none of the other. */
static struct waiting *waiting_like(struct server *s, enum job_kind kind)
{
	return kind == JOB_WRITE ? &s->writes : &s->reads;
}

/* The job is handed over when the turn ends. */
static void submit(struct conn *conn, struct job *job)
{
	struct server *s = conn->server;
	struct waiting *waiting = waiting_like(s, job->kind);

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
	count_queue(s);
}

static bool has_room_for_read(const struct server *s)
{
	return s->reads.jobs < READS_MAX && s->reads.bytes < WAITING_BYTES_MAX;
}

static void submit_read(struct conn *conn, const struct command *command)
{
	const struct server *s = conn->server;

	if (streams_expect(s->streams, command))
		begin_stream(conn, command);
	else if (has_room_for_read(s))
		submit(conn, job_new(JOB_READ, command, conn));
	else
		reply_fault(conn, command, FAULT_BUSY);
}

static void carry_out(struct conn *conn, const struct command *command)
{
	const struct server *s = conn->server;

	if (action_writes(command->action) || !s->streams)
		submit_write(conn, command);
	else if (s->reader)
		answer(conn, command);
	else
		submit_read(conn, command);
}

/* In a thread that only reads. If the reply is too long, the worker asks the main thread. */
static bool read_only(struct conn *conn, const struct command *command, const char **error)
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

/* An engine that answers in the loop notices by itself when another program writes. */
static void confirm(struct conn *conn, uint64_t id, uint64_t deadline)
{
	const struct server *s = conn->server;

	if (s->reader || !s->streams)
		codec_encode_done(&conn->link.out, id);
	else if (has_room_for_read(s))
		submit(conn, job_new_confirm(id, deadline, conn));
	else
		codec_encode_fault(&conn->link.out, id, FAULT_BUSY, api->resources[0], 0);
}

static bool take_confirm(struct conn *conn, struct str payload, const char **error)
{
	uint64_t id, deadline;

	if (!codec_decode_confirm(payload, &id, &deadline, error))
		return false;
	if (server_state_duties(conn->server->state).answers && clock_ms() <= deadline)
		confirm(conn, id, deadline);
	return true;
}

static bool is_last_frame(const struct buf *in)
{
	struct str payload;
	size_t size;

	return frame_parse(buf_view(in), &payload, &size) == FRAME_WHOLE && size == buf_len(in);
}

/* Answers with the same declaration, which need not be the current one. */
static void greet(struct conn *conn, const struct api *declared)
{
	const struct read_threads *threads = conn->server->read_threads;

	conn->api = declared;
	codec_encode_hello(&conn->link.out, declared->fingerprint, threads ? threads->count : 0);
	conn->state = CONN_OPEN;
}

/* To the thread that reads for this worker, which answers the hello. */
static bool hand_over(
	struct conn *conn, uint32_t worker, const struct api *declared, const char **error)
{
	struct read_threads *threads = conn->server->read_threads;
	int fd = conn->link.fd;

	*error = "it has not waited for the answer to its hello";
	if (!is_last_frame(&conn->link.in))
		return false;
	loop_remove(conn->server->loop, &conn->watch);
	conn->link.fd = -1;
	close_conn(conn);
	threads->take(threads, fd, worker, declared);
	return true;
}

static bool take_hello(struct conn *conn, struct str payload, const char **error)
{
	uint64_t fingerprint;
	uint32_t worker;

	loop_timer_cancel(conn->server->loop, &conn->hello);
	if (!codec_decode_hello(payload, &fingerprint, &worker, error))
		return false;
	*error = codec_other_declaration;
	const struct api *declared = earlier_find(fingerprint);
	if (!declared)
		return false;
	if (worker > 0 && conn->server->read_threads)
		return hand_over(conn, worker, declared, error);
	greet(conn, declared);
	return true;
}

/* A frame of a connection to a thread that only reads is a command, or wrong. */
static bool is_other_frame(struct conn *conn, struct str payload)
{
	return !conn->server->only_reads && (codec_is_demand(payload) || codec_is_confirm(payload));
}

static bool take_other_frame(struct conn *conn, struct str payload, const char **error)
{
	return codec_is_demand(payload) ? take_demand(conn, payload, error)
					: take_confirm(conn, payload, error);
}

/* False: the connection must be closed, and *error says why. */
static bool take_frame(struct conn *conn, struct str payload, const char **error)
{
	struct server *s = conn->server;
	struct command command;

	if (conn->state == CONN_NEW)
		return take_hello(conn, payload, error);
	if (is_other_frame(conn, payload))
		return take_other_frame(conn, payload, error);
	if (!codec_decode_command(payload, conn->api, &command, error))
		return false;
	/* After BYE the worker sends it to the next dbd again. */
	if (!server_state_duties(s->state).answers)
		return true;
	if (clock_ms() > command.deadline) {
		count(s, &command, STAT_OUTCOME_LATE);
		return true;
	}
	if (s->only_reads)
		return read_only(conn, &command, error);
	carry_out(conn, &command);
	return true;
}

/* Carries out the complete frames, while not too much waits to be sent. */
static void take_frames(struct conn *conn)
{
	const char *error;
	struct str payload;
	size_t size;
	enum frame_status status = FRAME_WHOLE;

	while (buf_len(&conn->link.out) < OUT_HIGH) {
		status = frame_parse(buf_view(&conn->link.in), &payload, &size);
		if (status == FRAME_PART)
			break;
		if (status == FRAME_BAD) {
			refuse_conn(conn, "the length of a frame is not allowed");
			return;
		}
		if (!take_frame(conn, payload, &error)) {
			refuse_conn(conn, error);
			return;
		}
		if (conn->state == CONN_CLOSED)
			return;
		buf_consume(&conn->link.in, size);
	}
	if (conn->state != CONN_NEW)
		conn->state = status == FRAME_PART ? CONN_OPEN : CONN_STALLED;
	if (buf_len(&conn->link.in) == 0)
		buf_reset(&conn->link.in, IN_KEEP);
}

/* Sends what waits, and sets what the watch waits for. */
static void flush(struct conn *conn)
{
	struct server *s = conn->server;
	enum link_status status = link_flush(&conn->link);
	size_t unsent = buf_len(&conn->link.out);

	if (status == LINK_CLOSED) {
		lose_conn(conn, errno == EPIPE || errno == ECONNRESET ? 0 : errno);
		return;
	}
	uint32_t events =
		(server_state_duties(s->state).reads && unsent < OUT_HIGH ? EPOLLIN : 0u) |
		(status == LINK_AGAIN ? EPOLLOUT : 0u);
	if (events != conn->events)
		loop_modify(s->loop, &conn->watch, events);
	conn->events = events;
	if (conn->state == CONN_STALLED && unsent < OUT_HIGH)
		touch(conn);
	if (s->streams)
		streams_go_on(s->streams, conn);
}

/* The turn. */

/* A read whose reply is too long for a job. */
static bool wants_stream(const struct job *job)
{
	return job->kind == JOB_READ && job->outcome == STAT_OUTCOME_FAULT + FAULT_TOO_LARGE;
}

/* Of a connection that is still open. */
static void take_reply(struct conn *conn, const struct job *job)
{
	touch(conn);
	if (wants_stream(job)) {
		begin_stream(conn, &job->command);
		return;
	}
	count_job(conn->server, job);
	buf_str(&conn->link.out, buf_view(&job->reply));
	conn->link.out.failed |= job->reply.failed;
}

static void take_replies(struct server *s, struct job_list *jobs)
{
	for (struct job *job; (job = job_take(jobs)); job_free(job)) {
		struct conn *conn = job->owner;
		struct waiting *waiting = waiting_like(s, job->kind);
		conn->jobs--;
		waiting->jobs--;
		waiting->bytes -= job->size;
		if (conn->state == CONN_CLOSED)
			count_job(s, job);
		else
			take_reply(conn, job);
	}
	count_queue(s);
}

static void on_finished(void *context, struct job_list *jobs, bool snapshot_in_way)
{
	struct server *s = context;

	if (snapshot_in_way && s->streams)
		streams_end_older(s->streams, STREAM_OLD);
	take_replies(s, jobs);
	loop_defer(s->loop, &s->turn);
}

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
			touch(conn);
	}
	return !s->touched;
}

static bool all_sent(const struct server *s)
{
	for (const struct conn *conn = s->conns; conn; conn = conn->next)
		if (buf_len(&conn->link.out) > 0)
			return false;
	return true;
}

/* Everything that was read is answered, so a worker may send all that it still misses to the next
 * dbd, also the commands of streams that have not begun. */
static void part(struct server *s)
{
	loop_timer_cancel(s->loop, &s->flush_timeout);
	if (s->streams)
		streams_drop_waiting(s->streams);
	for (struct conn *conn = s->conns; conn; conn = conn->next) {
		codec_encode_bye(&conn->link.out);
		touch(conn);
	}
	if (s->on_parted)
		s->on_parted(s->context);
	s->runner = NULL;
	s->reader = NULL;
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
			close_conn(conn);
		else
			touch(conn);
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

static void enter_if_done(struct server *s)
{
	if (!is_done(s))
		return;
	if (all_sent(s))
		enter(s, SERVER_DONE);
	else if (!s->flush_timeout.place)
		loop_timer_set(s->loop, &s->flush_timeout, FLUSH_TIMEOUT);
}

static void on_turn_end(struct task *task)
{
	struct server *s = CONTAINER_OF(task, struct server, turn);
	struct conn *touched = s->touched;

	s->touched = NULL;
	for (struct conn *conn = touched; conn; conn = conn->next_touched)
		if (conn->state != CONN_CLOSED)
			take_frames(conn);
	end_snapshot(s);
	if (s->submitted.first)
		s->runner->ops->submit(s->runner, &s->submitted);
	for (struct conn *conn = touched, *next; conn; conn = next) {
		next = conn->next_touched;
		conn->is_touched = false;
		if (conn->state != CONN_CLOSED)
			flush(conn);
	}
	free_closed(s);
	enter_if_done(s);
}

/* The server. */

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

static void on_stream_output(void *owner)
{
	touch(owner);
}

static void on_threads_ended(void *context)
{
	struct server *s = context;

	loop_defer(s->loop, &s->turn);
}

static void take_plan(struct server *s, const struct server_plan *plan)
{
	s->thread = plan->thread;
	s->runner = plan->runner;
	s->only_reads = !plan->runner;
	s->reader = plan->reader;
	s->read_threads = plan->read_threads;
	s->on_parted = plan->on_parted;
	s->context = plan->context;
	if (s->runner) {
		s->runner->on_finished = on_finished;
		s->runner->answer = answer_between_turns;
		s->runner->context = s;
	}
	if (s->read_threads) {
		s->read_threads->on_ended = on_threads_ended;
		s->read_threads->context = s;
	}
}

struct server *server_new(struct loop *loop, const struct server_plan *plan)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		log_die("out of memory for the server");
	s->loop = loop;
	take_plan(s, plan);
	if (plan->source.ops)
		s->streams = streams_new(loop, plan->source,
			(struct streams_patience){ .idle = STREAM_IDLE, .wanted = STREAM_WANTED },
			on_stream_output);
	s->turn.on_turn_end = on_turn_end;
	s->patience.on_timer = on_patience;
	s->flush_timeout.on_timer = on_flush_timeout;
	s->acceptor = (struct acceptor){ .loop = loop,
		.what = "workers",
		.pause_ms = ACCEPT_PAUSE,
		.has_room = has_room,
		.on_accept = on_accept };
	if (!s->only_reads)
		acceptor_add(&s->acceptor, plan->listener);
	acceptor_start(&s->acceptor);
	return s;
}

void server_adopt(struct server *s, int fd, const struct api *declared)
{
	if (server_state_duties(s->state).accepts)
		greet(add_conn(s, fd), declared);
	else
		close(fd);
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

void server_free(struct server *s)
{
	acceptor_stop(&s->acceptor);
	while (s->conns)
		close_conn(s->conns);
	free_closed(s);
	streams_free(s->streams);
	loop_timer_cancel(s->loop, &s->patience);
	loop_timer_cancel(s->loop, &s->flush_timeout);
	free(s);
}
