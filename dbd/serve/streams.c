#include "streams.h"

#include "command_texts.h"
#include "heartbeat.h"
#include "log.h"
#include "pool.h"
#include "reading.h"
#include "stats.h"

#include <stdlib.h>

enum {
	ERROR_LIMIT = 4 * 1024,
	TRIES_MOST = 3 /* of a first frame, if the database goes away meanwhile */
};

struct stream {
	struct streams *streams;
	struct stream *next, **link_to;
	void *owner;
	struct buf *out;
	struct command command;
	char *texts;           /* the command's; NULL: none */
	struct engine *engine; /* NULL: in the queue */
	uint64_t began, wrote; /* loop_now, of the stream and of its last frame */
	size_t size;           /* bytes of all frames */
	size_t left_out;       /* rows that were left out of these */
	struct timer idle;
	bool wanted; /* the worker has demanded a frame and has not got it */
	enum { GOES_ON, IS_CANCELLED, IS_EVICTED } fate;

	struct pool_task task;
	bool in_pool; /* the task runs or waits; what follows is the task's meanwhile */
	bool begun;   /* the snapshot has begun */
	struct reading reading;
	struct buf frame;                /* the next one, read ahead */
	struct failure *failed, failure; /* failed: NULL or &failure */
};

struct streams {
	struct loop *loop;
	struct pool *pool; /* NULL: not needed yet */
	struct streams_source source;
	struct streams_patience patience;
	void (*on_output)(void *owner);
	struct stream *running;
	struct timer wanted;            /* while the queue is not empty */
	struct stream *waiting, **last; /* the queue */
	unsigned nwaiting;
	struct stream *unused; /* list of those in `all` that have been used */
	unsigned nused;        /* the others follow these; their memory is not touched yet */
	struct stream all[STREAMS_MAX + STREAMS_WAITING_MAX];
	struct engine *free_engines[STREAMS_MAX];
	unsigned nfree, nopen;
	bool *long_lists; /* by the resource's number: its last whole list was longer than
			     STREAMS_LEAST */
};

/* Lists. */

static void put_before(struct stream **place, struct stream *stream)
{
	stream->next = *place;
	if (stream->next)
		stream->next->link_to = &stream->next;
	stream->link_to = place;
	*place = stream;
}

static void unlink_stream(struct stream *stream)
{
	*stream->link_to = stream->next;
	if (stream->next)
		stream->next->link_to = stream->link_to;
}

/* Removes it from the queue or from the running streams. */
static void take_out(struct stream *stream)
{
	struct streams *s = stream->streams;

	unlink_stream(stream);
	if (stream->engine)
		return;
	if (s->last == &stream->next)
		s->last = stream->link_to;
	s->nwaiting--;
}

static void put_last(struct streams *s, struct stream *stream)
{
	put_before(s->last, stream);
	s->last = &stream->next;
	s->nwaiting++;
}

/* Connections. */

static struct engine *open_engine(struct streams *s)
{
	struct buf error;

	buf_init(&error, ERROR_LIMIT);
	struct engine *engine = s->source.ops->open(s->source.url, ENGINE_LIST, &error);
	if (engine)
		s->nopen++;
	else
		log_error("%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	/* cppcheck-suppress returnDanglingLifetime ; the engine does not keep the error */
	return engine;
}

static void count_streams(const struct streams *s)
{
	stats_set(STAT_STREAMS, s->nopen - s->nfree);
}

static void give_back(struct streams *s, struct engine *engine)
{
	engine_end_read(engine);
	s->free_engines[s->nfree++] = engine;
	count_streams(s);
}

/* Streams. */

static void end_stream(struct stream *stream)
{
	struct streams *s = stream->streams;

	take_out(stream);
	loop_timer_cancel(s->loop, &stream->idle);
	if (stream->engine) {
		reading_end(&stream->reading);
		give_back(s, stream->engine);
	}
	buf_done(&stream->frame);
	free(stream->texts);
	put_before(&s->unused, stream);
}

static void fail_stream(struct stream *stream, const struct failure *failure)
{
	codec_encode_fault(stream->out, stream->command.id, failure->fault, failure->resource,
		failure->fields);
	stream->streams->on_output(stream->owner);
	end_stream(stream);
}

static void cancel_stream(struct stream *stream)
{
	stream->fate = IS_CANCELLED;
	if (!stream->in_pool)
		end_stream(stream);
}

/* In one of the pool's threads. */

static bool begin_reading(struct stream *stream)
{
	enum fault fault = engine_step(stream->engine, ENGINE_BEGIN_READ);

	if (fault != FAULT_NONE)
		return failure_set(&stream->failure, fault, stream->command.resource, 0);
	stream->begun = true;
	return reading_begin(&stream->reading, stream->engine, &stream->command, &stream->failure);
}

static bool read_frame(struct stream *stream)
{
	if (!stream->begun && !begin_reading(stream))
		return false;
	if (!reading_frame(&stream->reading, &stream->frame, MORE_WAITS, &stream->failure))
		return false;
	return !stream->frame.failed ||
	       failure_set(&stream->failure, FAULT_INTERNAL, stream->command.resource, 0);
}

/* Nothing of the list is sent yet, so another snapshot will do. */
static bool may_begin_again(const struct stream *stream)
{
	return stream->size == 0 && stream->failure.fault == FAULT_UNAVAILABLE &&
	       clock_ms() < stream->command.deadline;
}

static void begin_again(struct stream *stream)
{
	reading_end(&stream->reading);
	engine_end_read(stream->engine);
	stream->begun = false;
	buf_reset(&stream->frame, STREAMS_LEAST);
}

static void run_task(struct pool_task *task, enum heartbeat_thread thread)
{
	struct stream *stream = CONTAINER_OF(task, struct stream, task);

	heartbeat_note_action(
		thread, ACTIVITY_STREAMING, stream->command.action, stream->command.resource);
	buf_reset(&stream->frame, STREAMS_LEAST);
	bool is_read = read_frame(stream);
	for (unsigned tries = 1; !is_read && tries < TRIES_MOST && may_begin_again(stream);
		tries++) {
		begin_again(stream);
		is_read = read_frame(stream);
	}
	if (!is_read)
		stream->failed = &stream->failure;
}

/* In the loop's thread. */

static void read_ahead(struct stream *stream)
{
	stream->in_pool = true;
	pool_submit(stream->streams->pool, &stream->task);
}

/* Starts the pool if there is none. False: the system refuses threads; a later list tries again. */
static bool ensure_pool(struct streams *s)
{
	if (!s->pool)
		s->pool = pool_start(s->loop);
	return s->pool != NULL;
}

/* The entry of a whole list; NULL for other commands, whose replies differ in length. */
static bool *long_list(const struct streams *s, const struct command *command)
{
	return command->action == ACTION_LIST && command->page.kind == PAGE_WHOLE
		       ? &s->long_lists[command->resource->number]
		       : NULL;
}

static void note_length(const struct stream *stream)
{
	bool *is_long = long_list(stream->streams, &stream->command);

	if (is_long)
		*is_long = stream->size > STREAMS_LEAST;
}

/* True if a demanded frame is ready, and so little is unsent that short replies behind it need not
 * wait long. */
static bool is_due(const struct stream *stream)
{
	return stream->wanted && !stream->in_pool && buf_len(stream->out) < STREAMS_UNSENT_MOST;
}

/* Sends the frame that was read ahead, and reads the next. */
static void deliver(struct stream *stream)
{
	struct streams *s = stream->streams;
	struct str frame = buf_view(&stream->frame);

	if (stream->failed) {
		fail_stream(stream, stream->failed);
		return;
	}
	stats_add_shared(STAT_ROWS_LEFT_OUT, 0, stream->reading.left_out - stream->left_out);
	stream->left_out = stream->reading.left_out;
	buf_str(stream->out, frame);
	stream->size += frame.len;
	s->on_output(stream->owner);
	stream->wanted = false;
	stream->wrote = loop_now(s->loop);
	if (stream->reading.goes_on) {
		loop_timer_set(s->loop, &stream->idle, s->patience.idle);
		read_ahead(stream);
		return;
	}
	note_length(stream);
	end_stream(stream);
}

static void fail_evicted(struct stream *stream)
{
	fail_stream(stream, &(struct failure){ FAULT_UNAVAILABLE, stream->command.resource, 0 });
}

static void start_stream(struct stream *stream, struct engine *engine)
{
	struct streams *s = stream->streams;

	take_out(stream);
	stream->engine = engine;
	count_streams(s);
	stream->began = loop_now(s->loop);
	stream->wanted = true;
	put_before(&s->running, stream);
	read_ahead(stream);
}

/* The stream that has waited for a demand for the longest time; NULL if none does. */
static struct stream *find_slowest(const struct streams *s)
{
	struct stream *slowest = NULL;

	for (struct stream *stream = s->running; stream; stream = stream->next)
		if (!stream->wanted && stream->fate == GOES_ON &&
			(!slowest || stream->wrote < slowest->wrote))
			slowest = stream;
	return slowest;
}

/* While the queue is not empty: sets the timer to when the slowest stream may be evicted. */
static void watch_queue(struct streams *s)
{
	const struct stream *slowest = s->waiting ? find_slowest(s) : NULL;

	loop_timer_cancel(s->loop, &s->wanted);
	if (!slowest)
		return;
	uint64_t rested = loop_now(s->loop) - slowest->wrote;
	loop_timer_set(
		s->loop, &s->wanted, rested < s->patience.wanted ? s->patience.wanted - rested : 0);
}

/* Starts queued streams while there are connections. */
static void fill_connections(struct streams *s)
{
	while (s->waiting && (s->nfree > 0 || s->nopen < s->source.most)) {
		struct stream *stream = s->waiting;
		if (clock_ms() > stream->command.deadline) {
			end_stream(stream);
			continue;
		}
		if (!ensure_pool(s)) {
			fail_evicted(stream);
			continue;
		}
		struct engine *engine = s->nfree > 0 ? s->free_engines[--s->nfree] : open_engine(s);
		if (engine)
			start_stream(stream, engine);
		else
			fail_stream(stream,
				&(struct failure){ FAULT_STORAGE, stream->command.resource, 0 });
	}
}

static void start_waiting(struct streams *s)
{
	fill_connections(s);
	watch_queue(s);
}

static void evict(struct stream *stream, const char *why)
{
	const struct command *command = &stream->command;

	log_warning("ending a list of %s %s%s%.*s", command->resource->plural, why,
		command->request.len > 0 ? "; request " : "", STR_ARGS(command->request));
	stats_add(STAT_STREAMS_EVICTED, 1);
	stream->fate = IS_EVICTED;
	if (!stream->in_pool)
		fail_evicted(stream);
}

static void on_done(struct pool_task *task)
{
	struct stream *stream = CONTAINER_OF(task, struct stream, task);
	struct streams *s = stream->streams;

	stream->in_pool = false;
	if (stream->fate == IS_CANCELLED)
		end_stream(stream);
	else if (stream->fate == IS_EVICTED)
		fail_evicted(stream);
	else if (is_due(stream))
		deliver(stream);
	start_waiting(s);
}

/* The stream whose frame has waited for the longest time; NULL if there is none. */
static struct stream *find_due(const struct streams *s, const void *owner)
{
	struct stream *due = NULL;

	for (struct stream *stream = s->running; stream; stream = stream->next)
		if (stream->owner == owner && stream->fate == GOES_ON && is_due(stream) &&
			(!due || stream->wrote < due->wrote))
			due = stream;
	return due;
}

void streams_go_on(struct streams *s, const void *owner)
{
	struct stream *due = find_due(s, owner);

	if (!due)
		return;
	while (due) {
		deliver(due);
		due = find_due(s, owner);
	}
	start_waiting(s);
}

static void on_idle(struct timer *timer)
{
	struct stream *stream = CONTAINER_OF(timer, struct stream, idle);
	struct streams *s = stream->streams;

	evict(stream, "whose reader has stopped");
	start_waiting(s);
}

static void on_wanted(struct timer *timer)
{
	struct streams *s = CONTAINER_OF(timer, struct streams, wanted);
	struct stream *slowest = find_slowest(s);

	if (slowest && loop_now(s->loop) - slowest->wrote >= s->patience.wanted)
		evict(slowest, "whose reader is slow, as others wait");
	start_waiting(s);
}

struct streams *streams_new(struct loop *loop, struct streams_source source,
	struct streams_patience patience, void (*on_output)(void *owner))
{
	struct streams *s = calloc(1, sizeof(*s));

	if (s)
		s->long_lists = calloc(RESOURCES_MAX, sizeof(bool));
	if (!s || !s->long_lists)
		log_die("out of memory for the streams");
	s->loop = loop;
	s->source = source;
	s->patience = patience;
	s->wanted.on_timer = on_wanted;
	s->on_output = on_output;
	s->last = &s->waiting;
	return s;
}

void streams_end_older(struct streams *s, uint64_t age)
{
	struct stream *next;

	for (struct stream *stream = s->running; stream; stream = next) {
		next = stream->next;
		if (stream->fate == GOES_ON && loop_now(s->loop) - stream->began >= age)
			evict(stream, "whose snapshot keeps the log from being emptied");
	}
	start_waiting(s);
}

void streams_drop_waiting(struct streams *s)
{
	while (s->waiting)
		end_stream(s->waiting);
}

bool streams_busy(const struct streams *s)
{
	const struct stream *stream = s->running;

	while (stream && (!stream->wanted || !stream->in_pool || stream->fate != GOES_ON))
		stream = stream->next;
	return stream != NULL;
}

unsigned streams_running(const struct streams *s)
{
	unsigned count = 0;

	for (const struct stream *stream = s->running; stream; stream = stream->next)
		count += stream->fate != IS_CANCELLED;
	return count;
}

void streams_free(struct streams *s)
{
	if (!s)
		return;
	pool_stop(s->pool);
	streams_drop_waiting(s);
	loop_timer_cancel(s->loop, &s->wanted);
	while (s->running)
		end_stream(s->running);
	while (s->nfree > 0)
		engine_close(s->free_engines[--s->nfree]);
	free(s->long_lists);
	free(s);
}

bool streams_expect(const struct streams *s, const struct command *command)
{
	const bool *is_long = long_list(s, command);

	return is_long && *is_long;
}

static struct stream *take_unused(struct streams *s)
{
	struct stream *stream = s->unused;

	if (!stream)
		return &s->all[s->nused++];
	unlink_stream(stream);
	return stream;
}

static void keep_texts(struct stream *stream)
{
	size_t size = command_texts_size(&stream->command);

	if (size == 0)
		return;
	stream->texts = malloc(size);
	if (!stream->texts)
		log_die("out of memory: %zu bytes for a command", size);
	command_texts_copy(&stream->command, stream->texts);
}

bool streams_begin(struct streams *s, void *owner, struct buf *out, const struct command *command)
{
	if (s->nwaiting >= STREAMS_WAITING_MAX)
		return false;
	struct stream *stream = take_unused(s);
	*stream = (struct stream){
		.streams = s,
		.owner = owner,
		.out = out,
		.idle.on_timer = on_idle,
		.task = { .run = run_task, .on_done = on_done },
	};
	command_copy(&stream->command, command);
	buf_init(&stream->frame, FRAME_HEADER + FRAME_MAX);
	keep_texts(stream);
	put_last(s, stream);
	start_waiting(s);
	return true;
}

void streams_demand(struct streams *s, const void *owner, uint64_t id, enum demand demand)
{
	struct stream *stream = s->running;

	while (stream &&
		(stream->owner != owner || stream->command.id != id || stream->fate != GOES_ON))
		stream = stream->next;
	if (!stream)
		return;
	if (demand == DEMAND_CANCEL) {
		cancel_stream(stream);
	} else {
		stream->wanted = true;
		loop_timer_cancel(s->loop, &stream->idle);
		if (is_due(stream))
			deliver(stream);
	}
	start_waiting(s);
}

static void drop_from(struct stream *list, const void *owner)
{
	for (struct stream *stream = list, *next; stream; stream = next) {
		next = stream->next;
		if (stream->owner == owner)
			cancel_stream(stream);
	}
}

void streams_drop(struct streams *s, const void *owner)
{
	drop_from(s->waiting, owner);
	drop_from(s->running, owner);
	start_waiting(s);
}
