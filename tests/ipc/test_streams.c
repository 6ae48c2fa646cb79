/* Long lists from the real dbd: they take the memory of two frames, hold nobody up, and end with
 * who asked. */
#include "dbd_process.h"
#include "memory.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "streams.h"
#include "suite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS = 20 * 1000, TEXT = 200 };

/* What a stream may take in a process. AddressSanitizer holds back what was freed, up to 256 MiB.
 */
#ifdef __SANITIZE_ADDRESS__
enum { KIB_EACH = 16 * 1024 };
#else
enum { KIB_EACH = 1024 };
#endif

static struct dbd dbd;
static struct arena arena;
static struct client client;

static void setup(void)
{
	scratch_setup();
	const char *path = scratch_path("app.db");
	sqlite3 *db;

	dbd_init(&dbd, arena_printf(&arena, "sqlite:///%s", path).ptr);
	dbd_start(&dbd);
	client_open(&client, &dbd);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	const char *sql = arena_printf(&arena,
		"BEGIN; INSERT INTO users (username, email) VALUES ('ada', 'ada@example.com');"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		"INSERT INTO posts (title, content, user_id, date_posted) "
		"SELECT 'post', hex(zeroblob(%d)), 1, '2026-01-02 03:04:05.000000' FROM n; COMMIT",
		ROWS, TEXT / 2)
				  .ptr;
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void teardown(void)
{
	client_close(&client);
	dbd_done(&dbd);
	arena_done(&arena);
	scratch_teardown();
}

static void put_list(struct client *c, uint64_t id)
{
	struct command list = { .id = id, .action = ACTION_LIST, .resource = resources[1] };

	client_put(c, &list);
	client_flush(c);
}

static struct reply take_rows(struct client *c, uint64_t id)
{
	struct reply reply = client_take_reply(c);

	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert_uint_eq(reply.id, id);
	return reply;
}

/* A frame of each of the streams 1 to STREAMS_MAX; they come in any order. */
static void take_one_of_each(struct client *c)
{
	bool seen[STREAMS_MAX + 1] = { false };

	for (unsigned i = 0; i < STREAMS_MAX; i++) {
		struct reply reply = client_take_reply(c);
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert(reply.id >= 1 && reply.id <= STREAMS_MAX && !seen[reply.id]);
		seen[reply.id] = true;
	}
}

static uint32_t take_rest(struct client *c, uint64_t id)
{
	struct reply reply = take_rows(c, id);
	uint32_t rows = reply.rows.left;

	while (reply.more == MORE_WAITS) {
		client_demand(c, id, DEMAND_NEXT);
		reply = take_rows(c, id);
		rows += reply.rows.left;
	}
	ck_assert_int_eq(reply.more, MORE_NO);
	return rows;
}

/* Anything that is answered: nothing else has come before it. */
static void must_be_silent(struct client *c)
{
	struct command read = {
		.id = 12345, .action = ACTION_READ, .resource = resources[1], .key = 1
	};
	struct reply reply = client_ask(c, &read);

	ck_assert_uint_eq(reply.id, read.id);
}

START_TEST(a_long_list_comes_by_demand)
{
	put_list(&client, 1);
	struct reply reply = take_rows(&client, 1);
	ck_assert_int_eq(reply.more, MORE_WAITS);
	uint32_t rows = reply.rows.left;
	must_be_silent(&client);
	client_demand(&client, 1, DEMAND_NEXT);
	ck_assert_uint_eq(rows + take_rest(&client, 1), ROWS);
	client_demand(&client, 1, DEMAND_NEXT);
	client_demand(&client, 99, DEMAND_CANCEL);
	must_be_silent(&client);
}
END_TEST

START_TEST(children_come_by_demand_too)
{
	struct command read = {
		.id = 3, .action = ACTION_READ, .resource = resources[0], .key = 1
	};

	client_put(&client, &read);
	client_flush(&client);
	ck_assert_uint_eq(take_rest(&client, 3), 1 + ROWS);
}
END_TEST

/* All of them are 4 MB long, and nobody takes them. */
START_TEST(many_streams_take_little_memory)
{
	struct client other;
	long before = memory_peak(dbd.pid);

	for (uint64_t id = 1; id <= STREAMS_MAX; id++)
		put_list(&client, id);
	take_one_of_each(&client);
	client_open(&other, &dbd);
	must_be_silent(&other);
	for (unsigned n = 0; n < 5; n++) {
		for (uint64_t id = 1; id <= STREAMS_MAX; id++)
			client_demand(&client, id, DEMAND_NEXT);
		take_one_of_each(&client);
	}
	long each = (memory_peak(dbd.pid) - before) / STREAMS_MAX;
	ck_assert_msg(each < KIB_EACH, "%ld KiB for a stream", each);
	printf("a stream takes %ld KiB\n", each);
	client_close(&other);
}
END_TEST

START_TEST(a_write_is_neither_held_up_nor_seen)
{
	struct command create = {
		.id = 5,
		.action = ACTION_CREATE,
		.resource = resources[1],
		.parent = 1,
		.record = sample_input(&arena, resources[1], 1),
	};

	put_list(&client, 1);
	struct reply reply = take_rows(&client, 1);
	uint32_t rows = reply.rows.left;
	reply = client_ask(&client, &create);
	ck_assert_uint_eq(reply.id, 5);
	ck_assert_int_eq(reply.status, STATUS_ROWS);
	client_demand(&client, 1, DEMAND_NEXT);
	ck_assert_uint_eq(rows + take_rest(&client, 1), ROWS);
	put_list(&client, 2);
	ck_assert_uint_eq(take_rest(&client, 2), ROWS + 1);
}
END_TEST

START_TEST(who_cancels_or_leaves_makes_room)
{
	struct client leaver;

	client_open(&leaver, &dbd);
	for (uint64_t id = 1; id <= STREAMS_MAX; id++)
		put_list(&leaver, id);
	take_one_of_each(&leaver);
	put_list(&client, 1);
	must_be_silent(&client);
	client_demand(&leaver, 3, DEMAND_CANCEL);
	ck_assert_uint_eq(take_rest(&client, 1), ROWS);
	put_list(&leaver, 3);
	take_rows(&leaver, 3);
	put_list(&client, 2);
	must_be_silent(&client);
	client_close(&leaver);
	ck_assert_uint_eq(take_rest(&client, 2), ROWS);
}
END_TEST

START_TEST(too_many_are_refused)
{
	enum { LISTS = STREAMS_MAX + STREAMS_WAITING_MAX };

	for (uint64_t id = 1; id <= LISTS + 1; id++)
		put_list(&client, id);
	struct reply reply = client_take_reply(&client);
	while (reply.status == STATUS_ROWS)
		reply = client_take_reply(&client);
	ck_assert_uint_eq(reply.id, LISTS + 1);
	ck_assert_int_eq(reply.fault, FAULT_BUSY);
}
END_TEST

/* … and leaves no file behind. */
START_TEST(a_stop_does_not_wait_for_streams)
{
	put_list(&client, 1);
	take_rows(&client, 1);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert_int_ne(access(scratch_path("app.db-wal"), F_OK), 0);
}
END_TEST

/* Frames are due that would go out only if it read some. */
START_TEST(a_stop_does_not_wait_for_who_does_not_read)
{
	struct client other;

	for (uint64_t id = 1; id <= 20; id++)
		put_list(&client, id);
	client_open(&other, &dbd);
	for (int i = 0; i < 100; i++)
		must_be_silent(&other);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	client_close(&other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("streams");
	TCase *tests = tcase_create("streams");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_long_list_comes_by_demand);
	tcase_add_test(tests, children_come_by_demand_too);
	tcase_add_test(tests, many_streams_take_little_memory);
	tcase_add_test(tests, a_write_is_neither_held_up_nor_seen);
	tcase_add_test(tests, a_stop_does_not_wait_for_streams);
	tcase_add_test(tests, a_stop_does_not_wait_for_who_does_not_read);
	suite_add_tcase(suite, tests);
	/* Who rests for long makes room for others. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_set_timeout(bare, 60);
	tcase_add_test(bare, who_cancels_or_leaves_makes_room);
	tcase_add_test(bare, too_many_are_refused);
	suite_add_tcase(suite, bare);
	return suite;
}
