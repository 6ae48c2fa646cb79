#include "server_frames.h"

#include "codec.h"
#include "earlier.h"
#include "frame.h"
#include "server_commands.h"
#include "server_conn.h"
#include "server_counts.h"
#include "server_private.h"
#include "stats.h"

enum {
	IN_KEEP = 256 * 1024, /* bytes of input buffer that stay allocated */
	OUT_WAIT = 200 * 1000 /* nanoseconds that a reply waits for others, to be sent with them */
};

/* The hello. */

static bool is_last_frame(const struct buf *in)
{
	struct str payload;
	size_t size;

	return frame_parse(buf_view(in), &payload, &size) == FRAME_WHOLE && size == buf_len(in);
}

/* Answers with the same declaration, which need not be the current one. */
void server_greet(struct conn *conn, const struct api *declared)
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
	server_conn_close(conn);
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
	server_greet(conn, declared);
	return true;
}

/* All others. */

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

static bool take_confirm(struct conn *conn, struct str payload, const char **error)
{
	uint64_t id, deadline;

	if (!codec_decode_confirm(payload, &id, &deadline, error))
		return false;
	if (server_state_duties(conn->server->state).answers && clock_ms() <= deadline)
		server_confirm(conn, id, deadline);
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
		server_count(s, &command, STAT_OUTCOME_LATE);
		return true;
	}
	if (s->only_reads)
		return server_read_only(conn, &command, error);
	server_carry_out(conn, &command);
	return true;
}

/* Carries out the next frame if it is complete. Closes the connection if it is wrong. */
static enum frame_status take_next_frame(struct conn *conn)
{
	const char *error = "the length of a frame is not allowed";
	struct str payload;
	size_t size;
	enum frame_status status = frame_parse(buf_view(&conn->link.in), &payload, &size);

	if (status == FRAME_PART)
		return status;
	if (status == FRAME_BAD || !take_frame(conn, payload, &error))
		server_conn_refuse(conn, error);
	else if (conn->state != CONN_CLOSED)
		buf_consume(&conn->link.in, size);
	return status;
}

/* Carries out the complete frames, while not too much waits to be sent. Replies are sent meanwhile:
 * the worker answers its clients, and they ask again, while dbd reads on. */
void server_take_frames(struct conn *conn)
{
	const struct loop *loop = conn->server->loop;
	enum frame_status status = FRAME_WHOLE;
	uint64_t sent = loop_clock(loop);

	while (conn->state != CONN_CLOSED && status == FRAME_WHOLE &&
		buf_len(&conn->link.out) < SERVER_OUT_HIGH) {
		status = take_next_frame(conn);
		uint64_t now = loop_clock(loop);
		if (now - sent < OUT_WAIT)
			continue;
		server_conn_send(conn);
		sent = now;
	}
	server_conn_send(conn);
	if (conn->state == CONN_CLOSED)
		return;
	if (conn->state != CONN_NEW)
		conn->state = status == FRAME_PART ? CONN_OPEN : CONN_STALLED;
	if (buf_len(&conn->link.in) == 0)
		buf_reset(&conn->link.in, IN_KEEP);
}
