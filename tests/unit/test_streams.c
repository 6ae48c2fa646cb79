/* Streams over a file with a list that is some frames long. */
#include "streams.h"

#include "codec.h"
#include "sample.h"
#include "scratch.h"
#include "sqlite_engine.h"
#include "stats_slots.h"
#include "store_state.h"
#include "store_statements.h"
#include "suite.h"
#include "turn.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

enum { IDLE_MS = 20, FOREVER_MS = 3600 * 1000, ROWS = 2000, TEXT = 200 };

static struct loop *loop;
static struct store *writer;
static struct streams *streams;
static struct database_url url;
static struct arena arena;

/* A connection that streams are sent to. */
struct owner {
	struct buf out;
	unsigned outputs;
};

static struct owner one, two;

static void on_output(void *owner)
{
	((struct owner *)owner)->outputs++;
}

static void sql(const char *text)
{
	sqlite3 *db = sqlite3_db_handle(store_statement(writer, api->resources[0], SQL_LIST));

	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", text,
		store_error(writer));
}

static void setup(void)
{
	struct buf error;

	scratch_setup();
	buf_init(&error, 4096);
	const char *path = scratch_path("app.db");
	writer = store_open_writer(path, &error);
	ck_assert_ptr_nonnull(writer);
	buf_done(&error);
	sql(arena_printf(&arena,
		"INSERT INTO users (username, email) VALUES ('ada', 'ada@example.com');"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		"INSERT INTO posts (title, content, user_id, date_posted) "
		"SELECT 'post', hex(zeroblob(%d)), 1, '2026-01-02 03:04:05.000000' FROM n",
		ROWS, TEXT / 2)
			.ptr);
	loop = loop_new();
	snprintf(url.path, sizeof(url.path), "%s", path);
	streams = streams_new(loop, (struct streams_source){ &sqlite_engine, &url, STREAMS_MAX },
		(struct streams_patience){ FOREVER_MS, FOREVER_MS }, on_output);
	buf_init(&one.out, SIZE_MAX / 2);
	buf_init(&two.out, SIZE_MAX / 2);
}

static void teardown(void)
{
	streams_free(streams);
	buf_done(&one.out);
	buf_done(&two.out);
	loop_free(loop);
	store_close(writer);
	arena_done(&arena);
	scratch_teardown();
}

static bool begin(struct owner *owner, uint64_t id)
{
	struct command list = { .id = id,
		.deadline = UINT64_MAX,
		.action = ACTION_LIST,
		.resource = api->resources[1] };

	return streams_begin(streams, owner, &owner->out, &list);
}

/* Waits for the next frame. */
static struct reply take(struct owner *owner)
{
	struct reply reply;
	struct str payload;
	size_t size;
	const char *error;

	while (buf_len(&owner->out) == 0)
		loop_turn(loop);
	ck_assert_int_eq(frame_parse(buf_view(&owner->out), &payload, &size), FRAME_WHOLE);
	ck_assert_uint_le(size, 64 * 1024);
	ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
	owner->out.start += size;
	ck_assert_uint_eq(buf_len(&owner->out), 0);
	return reply;
}

/* Reads the stream to its end; returns the number of rows. */
static uint32_t take_rest(struct owner *owner, uint64_t id)
{
	struct reply reply = take(owner);
	uint32_t rows = reply.rows.left;

	while (reply.more == MORE_WAITS) {
		streams_demand(streams, owner, id, DEMAND_NEXT);
		reply = take(owner);
		rows += reply.rows.left;
	}
	ck_assert_int_eq(reply.more, MORE_NO);
	return rows;
}

START_TEST(a_frame_comes_for_each_demand)
{
	ck_assert(begin(&one, 7));
	ck_assert_uint_eq(take_rest(&one, 7), ROWS);
	ck_assert_uint_gt(one.outputs, ROWS * TEXT / (64 * 1024));
	streams_demand(streams, &one, 7, DEMAND_NEXT);
	ck_assert_uint_eq(buf_len(&one.out), 0);
}
END_TEST

START_TEST(a_list_is_expected_to_be_as_long_as_the_last_one)
{
	struct command list = { .action = ACTION_LIST, .resource = api->resources[1] };
	struct command page = list, slice = list, other = list, row = list;

	page.page = (struct page){ .kind = PAGE_AFTER, .limit = 1 };
	slice.page = (struct page){ .kind = PAGE_SLICE };
	other.resource = api->resources[0];
	row.action = ACTION_READ;
	ck_assert(!streams_expect(streams, &list));
	for (int again = 0; again < 2; again++) {
		ck_assert(begin(&one, 7));
		ck_assert_uint_eq(take_rest(&one, 7), ROWS);
		ck_assert(streams_expect(streams, &list));
		ck_assert(!streams_expect(streams, &page));
		ck_assert(!streams_expect(streams, &slice));
		ck_assert(!streams_expect(streams, &other));
		ck_assert(!streams_expect(streams, &row));
	}
	sql("DELETE FROM posts WHERE id > 1");
	ck_assert(begin(&one, 8));
	ck_assert_uint_eq(take_rest(&one, 8), 1);
	ck_assert(!streams_expect(streams, &list));
}
END_TEST

START_TEST(streams_are_identified_by_owner_and_id)
{
	ck_assert(begin(&one, 7));
	ck_assert(begin(&two, 8));
	take(&one);
	take(&two);
	streams_demand(streams, &one, 8, DEMAND_NEXT);
	streams_demand(streams, &two, 7, DEMAND_CANCEL);
	ck_assert_uint_eq(buf_len(&one.out) + buf_len(&two.out), 0);
	streams_demand(streams, &one, 7, DEMAND_CANCEL);
	streams_demand(streams, &one, 7, DEMAND_NEXT);
	ck_assert_uint_eq(buf_len(&one.out), 0);
	streams_demand(streams, &two, 8, DEMAND_NEXT);
	take_rest(&two, 8);
}
END_TEST

/* However many streams an owner has, its out holds little more than STREAMS_UNSENT_MOST. */
START_TEST(frames_wait_until_there_is_room)
{
	enum { MANY = 10, FRAME = 64 * 1024 };

	for (uint64_t id = 1; id <= MANY; id++)
		ck_assert(begin(&one, id));
	while (buf_len(&one.out) < STREAMS_UNSENT_MOST)
		loop_turn(loop);
	ck_assert_uint_lt(one.outputs, MANY);
	while (one.outputs < MANY) {
		ck_assert_uint_lt(buf_len(&one.out), STREAMS_UNSENT_MOST + FRAME);
		buf_reset(&one.out, 0);
		streams_go_on(streams, &one);
		loop_turn(loop);
	}
	ck_assert_uint_eq(one.outputs, MANY);
}
END_TEST

START_TEST(a_snapshot_is_kept)
{
	ck_assert(begin(&one, 7));
	uint32_t first = take(&one).rows.left;
	sql("DELETE FROM posts WHERE id > 1");
	ck_assert(begin(&two, 7));
	ck_assert_uint_eq(take_rest(&two, 7), 1);
	streams_demand(streams, &one, 7, DEMAND_NEXT);
	ck_assert_uint_eq(first + take_rest(&one, 7), ROWS);
}
END_TEST

/* More than STREAMS_MAX are queued in order, but at most STREAMS_WAITING_MAX. */
START_TEST(streams_without_a_connection_are_queued)
{
	for (uint64_t id = 1; id <= STREAMS_MAX; id++) {
		ck_assert(begin(&one, id));
		take(&one);
	}
	for (uint64_t id = 1; id <= STREAMS_WAITING_MAX; id++)
		ck_assert(begin(id == 2 ? &one : &two, id));
	ck_assert(!begin(&two, 0));
	ck_assert_uint_eq(two.outputs, 0);
	streams_demand(streams, &one, 5, DEMAND_CANCEL);
	ck_assert_uint_eq(take(&two).id, 1);
	/* All streams of `one`, also the queued one. */
	streams_drop(streams, &one);
	while (two.outputs < STREAMS_MAX) {
		buf_reset(&two.out, 0);
		streams_go_on(streams, &two);
		loop_turn(loop);
	}
	ck_assert_uint_eq(buf_len(&one.out), 0);
	ck_assert_uint_eq(two.outputs, STREAMS_MAX);
	buf_reset(&two.out, 0);
	streams_drop(streams, &two);
	ck_assert(begin(&one, 7));
	ck_assert_uint_eq(take_rest(&one, 7), ROWS);
}
END_TEST

/* Replaces the connections and the patience of setup. */
static void set_limits(unsigned most, uint64_t idle, uint64_t wanted)
{
	streams_free(streams);
	streams = streams_new(loop, (struct streams_source){ &sqlite_engine, &url, most },
		(struct streams_patience){ .idle = idle, .wanted = wanted }, on_output);
}

static void set_patience(uint64_t idle, uint64_t wanted)
{
	set_limits(STREAMS_MAX, idle, wanted);
}

START_TEST(a_source_limits_its_connections)
{
	set_limits(2, FOREVER_MS, FOREVER_MS);
	for (uint64_t id = 1; id <= 2; id++) {
		ck_assert(begin(&one, id));
		take(&one);
	}
	ck_assert(begin(&two, 3));
	loop_settle(loop);
	ck_assert_uint_eq(streams_running(streams), 2);
	ck_assert_uint_eq(two.outputs, 0);
	streams_demand(streams, &one, 1, DEMAND_CANCEL);
	ck_assert_uint_eq(take_rest(&two, 3), ROWS);
}
END_TEST

START_TEST(a_stream_without_demands_is_ended)
{
	set_patience(IDLE_MS, IDLE_MS);
	ck_assert(begin(&one, 7));
	take(&one);
	while (one.outputs < 2)
		loop_turn(loop);
	struct reply reply = take(&one);
	ck_assert_int_eq(reply.status, STATUS_FAULT);
	ck_assert_int_eq(reply.fault, FAULT_UNAVAILABLE);
	streams_demand(streams, &one, 7, DEMAND_NEXT);
	ck_assert_uint_eq(buf_len(&one.out), 0);
}
END_TEST

struct pause {
	struct loop *loop;
	struct timer timer;
};

static void on_pause_end(struct timer *timer)
{
	loop_stop(CONTAINER_OF(timer, struct pause, timer)->loop);
}

/* Runs the loop for this time. */
static void elapse(uint64_t milliseconds)
{
	struct pause pause = { loop, { .on_timer = on_pause_end } };

	loop_timer_set(loop, &pause.timer, milliseconds);
	loop_run(loop);
}

static void take_all(void)
{
	for (uint64_t id = 1; id <= STREAMS_MAX; id++) {
		ck_assert(begin(&one, id));
		take(&one);
	}
}

static void demand_of_all_but_the_first(void)
{
	for (uint64_t id = 2; id <= STREAMS_MAX; id++) {
		streams_demand(streams, &one, id, DEMAND_NEXT);
		ck_assert_int_eq(take(&one).status, STATUS_ROWS);
	}
}

START_TEST(the_slowest_stream_is_evicted_when_another_is_queued)
{
	set_patience(FOREVER_MS, IDLE_MS);
	take_all();
	elapse(1);
	demand_of_all_but_the_first();
	ck_assert(begin(&two, 99));
	ck_assert_uint_eq(two.outputs, 0);
	while (!two.outputs)
		loop_turn(loop);
	struct reply reply = take(&one);
	ck_assert_uint_eq(reply.id, 1);
	ck_assert_int_eq(reply.fault, FAULT_UNAVAILABLE);
	ck_assert_uint_eq(take(&two).id, 99);
	/* Now the queue is empty. */
	elapse(2 * IDLE_MS);
	demand_of_all_but_the_first();
}
END_TEST

START_TEST(streams_that_are_not_slow_stay_although_others_are_queued)
{
	set_patience(FOREVER_MS, FOREVER_MS);
	take_all();
	ck_assert(begin(&two, 99));
	elapse(IDLE_MS);
	ck_assert_uint_eq(two.outputs, 0);
	streams_demand(streams, &one, 1, DEMAND_NEXT);
	ck_assert_int_eq(take(&one).status, STATUS_ROWS);
	demand_of_all_but_the_first();
}
END_TEST

START_TEST(old_streams_can_be_ended)
{
	set_patience(FOREVER_MS, FOREVER_MS);
	ck_assert(begin(&one, 7));
	take(&one);
	elapse(IDLE_MS);
	/* Demands do not make a snapshot younger. */
	streams_demand(streams, &one, 7, DEMAND_NEXT);
	take(&one);
	ck_assert(begin(&two, 8));
	take(&two);
	streams_end_older(streams, IDLE_MS);
	struct reply reply = take(&one);
	ck_assert_uint_eq(reply.id, 7);
	ck_assert_int_eq(reply.fault, FAULT_UNAVAILABLE);
	ck_assert_uint_eq(streams_running(streams), 1);
	streams_demand(streams, &two, 8, DEMAND_NEXT);
	take_rest(&two, 8);
}
END_TEST

/* Overwrites a page in the middle of the file. */
static void damage_file(void)
{
	char garbage[4096];
	int fd = open(scratch_path("app.db"), O_WRONLY | O_CLOEXEC);
	off_t pages = lseek(fd, 0, SEEK_END) / (off_t)sizeof(garbage);

	memset(garbage, 0xff, sizeof(garbage));
	ck_assert_int_gt(pages, 64);
	ck_assert_int_eq(pwrite(fd, garbage, sizeof(garbage), pages / 2 * (off_t)sizeof(garbage)),
		sizeof(garbage));
	close(fd);
}

START_TEST(rows_that_cannot_be_read_are_left_out)
{
	int fd = stats_create();

	ck_assert_int_ge(fd, 0);
	close(fd);
	sql("UPDATE posts SET date_posted = 'never' WHERE id % 2");
	ck_assert(begin(&one, 7));
	ck_assert_uint_eq(take_rest(&one, 7), ROWS / 2);
	ck_assert_uint_eq(stats_read(stats_own_slot(), STAT_ROWS_LEFT_OUT, 0), ROWS / 2);
	sql("UPDATE posts SET date_posted = 'never'");
	ck_assert(begin(&one, 7));
	ck_assert_uint_eq(take_rest(&one, 7), 0);
	ck_assert_uint_eq(stats_read(stats_own_slot(), STAT_ROWS_LEFT_OUT, 0), ROWS / 2 + ROWS);
}
END_TEST

START_TEST(a_fault_ends_a_stream_and_frees_its_connection)
{
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	damage_file();
	for (unsigned i = 0; i < STREAMS_MAX + 2; i++) {
		ck_assert(begin(&one, 7));
		struct reply reply = take(&one);
		while (reply.more == MORE_WAITS) {
			streams_demand(streams, &one, 7, DEMAND_NEXT);
			reply = take(&one);
		}
		ck_assert_int_eq(reply.status, STATUS_FAULT);
		ck_assert_int_eq(reply.fault, FAULT_STORAGE);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("streams");
	TCase *tests = tcase_create("streams");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_frame_comes_for_each_demand);
	tcase_add_test(tests, a_list_is_expected_to_be_as_long_as_the_last_one);
	tcase_add_test(tests, streams_are_identified_by_owner_and_id);
	tcase_add_test(tests, frames_wait_until_there_is_room);
	tcase_add_test(tests, a_snapshot_is_kept);
	tcase_add_test(tests, streams_without_a_connection_are_queued);
	tcase_add_test(tests, a_source_limits_its_connections);
	tcase_add_test(tests, a_stream_without_demands_is_ended);
	tcase_add_test(tests, the_slowest_stream_is_evicted_when_another_is_queued);
	tcase_add_test(tests, streams_that_are_not_slow_stay_although_others_are_queued);
	tcase_add_test(tests, old_streams_can_be_ended);
	tcase_add_test(tests, rows_that_cannot_be_read_are_left_out);
	tcase_add_test(tests, a_fault_ends_a_stream_and_frees_its_connection);
	suite_add_tcase(suite, tests);
	return suite;
}
