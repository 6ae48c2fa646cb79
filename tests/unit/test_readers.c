/* Threads that read, over engines without a database: one of them can be held in the middle of a
 * read. */
#include "readers.h"

#include "codec.h"
#include "fake_engine.h"
#include "frame.h"
#include "net.h"
#include "sample.h"
#include "server.h"
#include "stats.h"
#include "stats_slots.h"
#include "suite.h"
#include "timeouts.h"
#include "turn.h"
#include "writer.h"

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 2, PATIENCE = 20 * 1000, FOREVER_MS = 3600 * 1000 };

enum { FIRST = 2, SECOND = 1 /* numbers of workers for which these threads read */ };

static struct fake_engine engines[THREADS], main_engine, writer_engine;
static unsigned opened;   /* of engines */
static unsigned openable; /* of engines */
static struct engine_ops ops;
static enum fault (*fake_step)(struct engine *engine, enum engine_step step);

/* Held: the first thread stops at the beginning of its next snapshot until it is let go. */
static bool held; /* set before it is asked */
static sem_t arrived, let_go;

static struct loop *loop;
static struct writer *writer;
static struct readers *readers;
static struct server *server;
static int listener;
static char address[64];
static bool parted;
static const struct database_url url;

static enum fault gated_step(struct engine *engine, enum engine_step step)
{
	if (held && engine == &engines[0].engine && step == ENGINE_BEGIN_READ) {
		sem_post(&arrived);
		sem_wait(&let_go);
	}
	return fake_step(engine, step);
}

static struct engine *open_fake(
	const struct database_url *url_, enum engine_use use, struct buf *error)
{
	ck_assert_ptr_eq(url_, &url);
	ck_assert_int_eq(use, ENGINE_READER);
	if (opened == openable) {
		buf_str(error, STR("no more connections"));
		return NULL;
	}
	struct fake_engine *fake = &engines[opened++];
	fake_engine_init(fake);
	fake_step = fake->ops.step;
	fake->ops.step = gated_step;
	fake->ops.close = ops.close;
	return &fake->engine;
}

static void close_fake(struct engine *engine)
{
	(void)engine;
	opened--;
}

static void on_parted(void *context)
{
	(void)context;
	parted = true;
}

static void start(unsigned count)
{
	openable = count;
	ops = (struct engine_ops){ .open = open_fake, .close = close_fake };
	ck_assert_int_eq(sem_init(&arrived, 0, 0), 0);
	ck_assert_int_eq(sem_init(&let_go, 0, 0), 0);
	fake_engine_init(&main_engine);
	fake_engine_init(&writer_engine);
	loop = loop_new();
	listener = net_listen_abstract(8, address, sizeof(address));
	ck_assert_int_ge(listener, 0);
	writer = writer_start(loop, &writer_engine.engine);
	readers = readers_start(loop, &(struct readers_plan){ &ops, &url, THREADS });
	server = server_new(loop, &(struct server_plan){
					  .listener = listener,
					  .runner = writer_runner(writer),
					  .reader = &main_engine.engine,
					  .source = { &main_engine.ops, &url, STREAMS_MAX },
					  .read_threads = readers_threads(readers),
					  .on_parted = on_parted,
				  });
}

static void setup(void)
{
	start(THREADS);
}

static void teardown(void)
{
	server_free(server);
	readers_stop(readers);
	ck_assert_uint_eq(opened, 0);
	writer_stop(writer);
	loop_free(loop);
	close(listener);
	sem_destroy(&arrived);
	sem_destroy(&let_go);
}

/* Workers. */

static bool has_arrived(const struct link *worker, int ms)
{
	struct pollfd ready = { worker->fd, POLLIN, 0 };

	return poll(&ready, 1, ms) == 1;
}

/* Meanwhile the main loop does not run. */
static struct str await_payload(struct link *worker)
{
	struct str payload;
	size_t size;

	while (frame_parse(buf_view(&worker->in), &payload, &size) != FRAME_WHOLE) {
		ck_assert(has_arrived(worker, patience(PATIENCE)));
		ck_assert_int_eq(link_read(worker), LINK_OK);
	}
	buf_consume(&worker->in, size);
	return payload;
}

static struct reply await_reply(struct link *worker)
{
	struct reply reply;
	const char *error;

	ck_assert_msg(codec_decode_reply(await_payload(worker), api, &reply, &error), "%s", error);
	return reply;
}

static void expect_not_found(struct link *worker)
{
	struct reply reply = await_reply(worker);

	ck_assert_int_eq(reply.status, STATUS_FAULT);
	ck_assert_int_eq(reply.fault, FAULT_NOT_FOUND);
}

/* number: as in the hello. */
static void connect_as(struct link *worker, uint32_t number)
{
	link_init(worker, net_connect_abstract(address), SIZE_MAX / 2);
	ck_assert_int_ge(worker->fd, 0);
	codec_encode_hello(&worker->out, api->fingerprint, number);
	ck_assert_int_eq(link_flush(worker), LINK_OK);
	loop_settle(loop);
}

static void greet_as(struct link *worker, uint32_t number)
{
	uint32_t count;
	const char *error;

	connect_as(worker, number);
	ck_assert_msg(codec_check_hello(await_payload(worker), api->fingerprint, &count, &error),
		"%s", error);
	ck_assert_uint_eq(count, number == 0 ? THREADS : 0);
}

static void send_read(struct link *worker)
{
	struct command c = { .id = 7,
		.deadline = UINT64_MAX,
		.action = ACTION_READ,
		.resource = api->resources[0],
		.key = key_int(1) };

	codec_encode_command(&worker->out, &c);
	ck_assert_int_eq(link_flush(worker), LINK_OK);
}

static void await(sem_t *semaphore)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += patience(PATIENCE) / 1000;
	ck_assert_int_eq(sem_timedwait(semaphore, &until), 0);
}

/* The first thread is in the middle of a read for this worker. */
static void hold_first(struct link *worker)
{
	held = true;
	send_read(worker);
	await(&arrived);
}

START_TEST(two_threads_read_at_the_same_time)
{
	struct link first, second, other;

	greet_as(&first, FIRST);
	greet_as(&second, SECOND);
	greet_as(&other, 0);
	hold_first(&first);
	send_read(&second);
	expect_not_found(&second);
	send_read(&other);
	loop_settle(loop);
	expect_not_found(&other);
	ck_assert(!has_arrived(&first, 0));
	sem_post(&let_go);
	expect_not_found(&first);
	ck_assert_str_eq(engines[0].calls, "begin-read open next");
	ck_assert_str_eq(engines[1].calls, "begin-read open next");
	ck_assert_str_eq(main_engine.calls, "begin-read open next");
	link_done(&first);
	link_done(&second);
	link_done(&other);
}
END_TEST

START_TEST(a_worker_has_the_thread_of_its_number)
{
	struct link links[2 * THREADS];

	for (uint32_t i = 0; i < NITEMS(links); i++) {
		greet_as(&links[i], i + 1);
		send_read(&links[i]);
		expect_not_found(&links[i]);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_str_eq(engines[i].calls, "begin-read open next begin-read open next");
	for (uint32_t i = 0; i < NITEMS(links); i++)
		link_done(&links[i]);
}
END_TEST

START_TEST(a_drain_waits_for_a_thread_that_reads)
{
	struct link first, second;

	greet_as(&first, FIRST);
	greet_as(&second, SECOND);
	hold_first(&first);
	server_drain(server, FOREVER_MS);
	ck_assert_int_eq(await_reply(&second).status, STATUS_BYE);
	loop_settle(loop);
	ck_assert(!parted);
	sem_post(&let_go);
	loop_run(loop);
	ck_assert(parted);
	expect_not_found(&first);
	ck_assert_int_eq(await_reply(&first).status, STATUS_BYE);
	link_done(&first);
	link_done(&second);
}
END_TEST

/* Its hello was on the way when dbd began to drain. */
START_TEST(a_worker_that_comes_late_is_closed)
{
	struct link other, late;

	greet_as(&other, 0);
	link_init(&late, net_connect_abstract(address), SIZE_MAX / 2);
	loop_settle(loop);
	codec_encode_hello(&late.out, api->fingerprint, FIRST);
	ck_assert_int_eq(link_flush(&late), LINK_OK);
	server_drain(server, FOREVER_MS);
	loop_run(loop);
	server_free(server);
	readers_stop(readers);
	/* It may have been greeted and got a BYE. */
	while (link_read(&late) != LINK_CLOSED)
		ck_assert(has_arrived(&late, patience(PATIENCE)));
	readers = NULL;
	server = server_new(loop, &(struct server_plan){ .listener = listener,
					  .runner = writer_runner(writer),
					  .reader = &main_engine.engine });
	link_done(&other);
	link_done(&late);
}
END_TEST

START_TEST(the_commands_of_a_thread_are_counted)
{
	struct link first;
	int table = stats_create();

	ck_assert_int_ge(table, 0);
	greet_as(&first, FIRST);
	for (int i = 0; i < 3; i++) {
		send_read(&first);
		expect_not_found(&first);
	}
	unsigned outcome = STAT_OUTCOME_FAULT + FAULT_NOT_FOUND;
	ck_assert_uint_eq(stats_read(stats_own_slot(), STAT_READER_COMMANDS,
				  stat_reader_cell(0, STATS_READER_OTHERS)),
		3);
	ck_assert_uint_eq(stats_read(stats_own_slot(), STAT_READER_COMMANDS,
				  stat_reader_cell(1, STATS_READER_OTHERS)),
		0);
	ck_assert_uint_eq(stats_read(stats_own_slot(), STAT_COMMANDS,
				  stat_action_outcome(ACTION_READ, outcome)),
		3);
	link_done(&first);
	close(table);
}
END_TEST

static void setup_with_fewer(void)
{
	start(1);
}

START_TEST(there_are_fewer_if_the_database_refuses_some)
{
	ck_assert_uint_eq(readers_threads(readers)->count, 1);
}
END_TEST

static void setup_with_none(void)
{
	start(0);
}

START_TEST(there_are_none_if_the_database_refuses_all)
{
	ck_assert_ptr_null(readers);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("readers");
	TCase *tc = tcase_create("two"), *fewer = tcase_create("fewer"),
	      *none = tcase_create("none");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, two_threads_read_at_the_same_time);
	tcase_add_test(tc, a_worker_has_the_thread_of_its_number);
	tcase_add_test(tc, a_drain_waits_for_a_thread_that_reads);
	tcase_add_test(tc, a_worker_that_comes_late_is_closed);
	tcase_add_test(tc, the_commands_of_a_thread_are_counted);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(fewer, setup_with_fewer, teardown);
	tcase_add_test(fewer, there_are_fewer_if_the_database_refuses_some);
	suite_add_tcase(suite, fewer);
	tcase_add_checked_fixture(none, setup_with_none, teardown);
	tcase_add_test(none, there_are_none_if_the_database_refuses_all);
	suite_add_tcase(suite, none);
	return suite;
}
