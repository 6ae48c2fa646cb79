#include "server.h"

#include "log.h"
#include "server_conn.h"
#include "server_end.h"
#include "server_frames.h"
#include "server_private.h"
#include "server_turn.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	/* Milliseconds. */
	STREAM_IDLE = 60 * 1000, /* that a stream waits for the next demand */
	STREAM_WANTED = 2 * 1000 /* the same while others wait for its connection */
};

static void on_stream_output(void *owner)
{
	server_conn_touch(owner);
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
	server_turn_init(s);
	server_end_init(s);
	server_conns_init(s, plan->listener);
	return s;
}

void server_adopt(struct server *s, int fd, const struct api *declared)
{
	if (server_state_duties(s->state).accepts)
		server_greet(server_conn_add(s, fd), declared);
	else
		close(fd);
}

void server_free(struct server *s)
{
	acceptor_stop(&s->acceptor);
	while (s->conns)
		server_conn_close(s->conns);
	server_conns_free(s);
	streams_free(s->streams);
	server_end_free(s);
	free(s);
}
