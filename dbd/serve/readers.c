#include "readers.h"

#include "event.h"
#include "log.h"
#include "rlimits.h"
#include "server.h"
#include "thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ERROR_LIMIT = 4 * 1024,
	PATIENCE = 10 * 1000 /* milliseconds for a drain: more than the server waits for a worker */
};

/* A connection on its way from the main thread. */
struct arrival {
	int fd;
	const struct api *declared;
	struct arrival *next;
};

struct reader {
	struct readers *readers;
	enum heartbeat_thread slot;
	pthread_t thread;

	/* The thread's, while it runs. */
	struct loop *loop;
	struct engine *engine;
	struct server *server;
	struct watch event; /* an eventfd(2), which the main thread raises */

	pthread_mutex_t mutex; /* guards what follows */
	struct arrival *arrivals;
	bool drains;
};

struct readers {
	struct read_threads threads; /* first: the server knows only that */
	struct loop *loop;
	struct watch ended_event; /* an eventfd(2), which the threads raise when they end */
	atomic_uint ended;
	struct reader all[READERS_MAX];
};

/* In the thread. */

static _Thread_local enum heartbeat_thread own_slot;

static void beat(enum loop_turn turn)
{
	heartbeat_note(own_slot, turn == LOOP_WAITING ? ACTIVITY_WAITING : ACTIVITY_EVENTS);
}

static void adopt(struct reader *r, struct arrival *arrivals)
{
	for (struct arrival *next; arrivals; arrivals = next) {
		next = arrivals->next;
		server_adopt(r->server, arrivals->fd, arrivals->declared);
		free(arrivals);
	}
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct reader *r = CONTAINER_OF(watch, struct reader, event);

	(void)events;
	event_clear(watch->fd);
	pthread_mutex_lock(&r->mutex);
	struct arrival *arrivals = r->arrivals;
	r->arrivals = NULL;
	bool drains = r->drains;
	pthread_mutex_unlock(&r->mutex);
	adopt(r, arrivals);
	if (drains)
		server_drain(r->server, PATIENCE);
}

static void *run(void *context)
{
	struct reader *r = context;

	own_slot = r->slot;
	loop_on_turn(r->loop, beat);
	loop_run(r->loop);
	server_free(r->server);
	heartbeat_note(r->slot, ACTIVITY_WAITING);
	atomic_fetch_add(&r->readers->ended, 1);
	event_raise(r->readers->ended_event.fd);
	return NULL;
}

/* In the main thread. */

static void take(struct read_threads *threads, int fd, uint32_t worker, const struct api *declared)
{
	struct readers *readers = CONTAINER_OF(threads, struct readers, threads);
	struct reader *r = &readers->all[worker % threads->count];
	struct arrival *arrival = malloc(sizeof(*arrival));

	if (!arrival)
		log_die("out of memory for a connection");
	pthread_mutex_lock(&r->mutex);
	*arrival = (struct arrival){ fd, declared, r->arrivals };
	r->arrivals = arrival;
	pthread_mutex_unlock(&r->mutex);
	event_raise(r->event.fd);
}

static void drain(struct read_threads *threads)
{
	struct readers *readers = CONTAINER_OF(threads, struct readers, threads);

	for (unsigned i = 0; i < threads->count; i++) {
		struct reader *r = &readers->all[i];
		pthread_mutex_lock(&r->mutex);
		r->drains = true;
		pthread_mutex_unlock(&r->mutex);
		event_raise(r->event.fd);
	}
}

static void on_ended_event(struct watch *watch, uint32_t events)
{
	struct readers *readers = CONTAINER_OF(watch, struct readers, ended_event);
	struct read_threads *threads = &readers->threads;

	(void)events;
	event_clear(watch->fd);
	threads->running = threads->count - atomic_load(&readers->ended);
	if (threads->running == 0)
		threads->on_ended(threads->context);
}

static struct engine *open_engine(const struct readers_plan *plan)
{
	struct buf error;

	buf_init(&error, ERROR_LIMIT);
	struct engine *engine = plan->ops->open(plan->url, ENGINE_READER, &error);
	if (!engine)
		log_error("%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	/* cppcheck-suppress returnDanglingLifetime ; the engine does not keep the error */
	return engine;
}

/* After the thread has ended, or if it could not be started. */
static void close_reader(struct reader *r)
{
	for (struct arrival *arrival = r->arrivals, *next; arrival; arrival = next) {
		next = arrival->next;
		close(arrival->fd);
		free(arrival);
	}
	pthread_mutex_destroy(&r->mutex);
	engine_close(r->engine);
	loop_free(r->loop);
	close(r->event.fd);
}

/* False, with a line in the log, if the thread cannot be started. */
static bool start_reader(struct reader *r, const struct readers_plan *plan)
{
	r->engine = open_engine(plan);
	if (!r->engine)
		return false;
	r->loop = loop_new();
	if (event_watch(r->loop, &r->event, on_event) < 0)
		log_die("cannot watch a thread that reads: %s", rlimits_strerror(errno));
	pthread_mutex_init(&r->mutex, NULL);
	r->server = server_new(r->loop, &(struct server_plan){
						.listener = -1,
						.reader = r->engine,
						.thread = r->slot,
					});
	int error = thread_start(&r->thread, run, r);
	if (!error)
		return true;
	log_error("cannot start a thread that reads: %s", rlimits_strerror(error));
	server_free(r->server);
	close_reader(r);
	return false;
}

static void free_readers(struct readers *readers)
{
	loop_close(readers->loop, &readers->ended_event);
	free(readers);
}

struct readers *readers_start(struct loop *loop, const struct readers_plan *plan)
{
	struct readers *readers = plan->count > 0 ? calloc(1, sizeof(*readers)) : NULL;

	if (plan->count == 0)
		return NULL;
	if (!readers)
		log_die("out of memory for threads that read");
	readers->loop = loop;
	if (event_watch(loop, &readers->ended_event, on_ended_event) < 0)
		log_die("cannot watch the threads that read: %s", rlimits_strerror(errno));
	for (unsigned i = 0; i < plan->count; i++) {
		struct reader *r = &readers->all[i];
		r->readers = readers;
		r->slot = HEARTBEAT_READER + i;
		if (!start_reader(r, plan))
			break;
		readers->threads.count++;
	}
	readers->threads.running = readers->threads.count;
	readers->threads.take = take;
	readers->threads.drain = drain;
	if (readers->threads.count > 0)
		return readers;
	free_readers(readers);
	return NULL;
}

struct read_threads *readers_threads(struct readers *readers)
{
	return readers ? &readers->threads : NULL;
}

void readers_stop(struct readers *readers)
{
	if (!readers)
		return;
	drain(&readers->threads);
	for (unsigned i = 0; i < readers->threads.count; i++) {
		pthread_join(readers->all[i].thread, NULL);
		close_reader(&readers->all[i]);
	}
	free_readers(readers);
}
