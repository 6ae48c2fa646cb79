/* Long lists from the real dbd: each takes the memory of two frames, blocks no other command, and
 * ends with its client. */
#include "long_list.h"
#include "memory.h"
#include "one_dbd.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "streams.h"
#include "suite.h"
#include "test_database.h"

#include <sqlite3.h>
#include <stdio.h>

enum { ROWS = 20 * 1000, TEXT = 200, LISTS_ON_POSTGRES = 2 };

/* The memory of one stream. AddressSanitizer delays the reuse of freed memory, up to 256 MiB. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { KIB_EACH = 16 * 1024 };
#else
enum { KIB_EACH = 1024 };
#endif

/* The streams that run: PostgreSQL has few connections. */
static uint64_t most;

static void setup(void)
{
	most = test_database_is_postgres() ? LISTS_ON_POSTGRES : STREAMS_MAX;
	one_dbd_setup();
	test_database_insert_posts(scratch_url("app.db"), ROWS, TEXT);
}

/* Receives one frame of each of the streams that run, 1 and so on, in any order. */
static void take_one_of_each(struct client *c)
{
	bool seen[STREAMS_MAX + 1] = { false };

	for (uint64_t i = 0; i < most; i++) {
		struct reply reply = client_take_reply(c);
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert(reply.id >= 1 && reply.id <= most && !seen[reply.id]);
		seen[reply.id] = true;
	}
}

/* Fails if a frame was sent before the reply to this command. */
static void must_be_silent(struct client *c)
{
	struct command read = {
		.id = 12345, .action = ACTION_READ, .resource = api->resources[1], .key = key_int(1)
	};
	struct reply reply = client_ask(c, &read);

	ck_assert_uint_eq(reply.id, read.id);
}

START_TEST(a_long_list_is_sent_by_demand)
{
	uint32_t rows = long_list_begin(&client, 1);
	must_be_silent(&client);
	ck_assert_uint_eq(rows + long_list_demand_rest(&client, 1), ROWS);
	client_demand(&client, 1, DEMAND_NEXT);
	client_demand(&client, 99, DEMAND_CANCEL);
	must_be_silent(&client);
}
END_TEST

START_TEST(children_are_sent_by_demand)
{
	struct command read = {
		.id = 3, .action = ACTION_READ, .resource = api->resources[0], .key = key_int(1)
	};

	client_put(&client, &read);
	client_flush(&client);
	ck_assert_uint_eq(long_list_take_rest(&client, 3), 1 + ROWS);
}
END_TEST

/* Each list is 4 MB long, and its client does not read to its end. */
START_TEST(many_streams_take_little_memory)
{
	struct client other;
	long before = memory_peak(dbd.pid);

	for (uint64_t id = 1; id <= most; id++)
		long_list_send(&client, id);
	take_one_of_each(&client);
	client_open(&other, &dbd);
	must_be_silent(&other);
	for (unsigned n = 0; n < 5; n++) {
		for (uint64_t id = 1; id <= most; id++)
			client_demand(&client, id, DEMAND_NEXT);
		take_one_of_each(&client);
	}
	long each = (memory_peak(dbd.pid) - before) / (long)most;
	ck_assert_msg(each < KIB_EACH, "%ld KiB for a stream", each);
	printf("a stream takes %ld KiB\n", each);
	client_close(&other);
}
END_TEST

START_TEST(a_stream_neither_blocks_nor_shows_a_write)
{
	struct command create = sample_create(&arena, api->resources[1], 5, 1);

	uint32_t rows = long_list_begin(&client, 1);
	struct reply reply = client_ask(&client, &create);
	ck_assert_uint_eq(reply.id, 5);
	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert_uint_eq(rows + long_list_demand_rest(&client, 1), ROWS);
	long_list_send(&client, 2);
	ck_assert_uint_eq(long_list_take_rest(&client, 2), ROWS + 1);
}
END_TEST

START_TEST(cancelled_and_abandoned_streams_are_ended)
{
	struct client other;

	client_open(&other, &dbd);
	for (uint64_t id = 1; id <= most; id++)
		long_list_send(&other, id);
	take_one_of_each(&other);
	long_list_send(&client, 1);
	must_be_silent(&client);
	client_demand(&other, 2, DEMAND_CANCEL);
	ck_assert_uint_eq(long_list_take_rest(&client, 1), ROWS);
	long_list_send(&other, 2);
	long_list_take(&other, 2);
	long_list_send(&client, 2);
	must_be_silent(&client);
	client_close(&other);
	ck_assert_uint_eq(long_list_take_rest(&client, 2), ROWS);
}
END_TEST

START_TEST(lists_over_the_limit_are_refused)
{
	const uint64_t lists = most + STREAMS_WAITING_MAX;

	for (uint64_t id = 1; id <= lists + 1; id++)
		long_list_send(&client, id);
	struct reply reply = client_take_reply(&client);
	while (reply.status == STATUS_ROWS)
		reply = client_take_reply(&client);
	ck_assert_uint_eq(reply.id, lists + 1);
	ck_assert_int_eq(reply.fault, FAULT_BUSY);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_streams_and_removes_the_log)
{
	long_list_send(&client, 1);
	long_list_take(&client, 1);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal"));
}
END_TEST

/* More frames are ready than the socket takes before the client reads. */
START_TEST(a_stop_does_not_wait_for_a_client_that_does_not_read)
{
	struct client other;

	for (uint64_t id = 1; id <= 20; id++)
		long_list_send(&client, id);
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

	tcase_add_checked_fixture(tests, setup, one_dbd_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_long_list_is_sent_by_demand);
	tcase_add_test(tests, children_are_sent_by_demand);
	tcase_add_test(tests, many_streams_take_little_memory);
	tcase_add_test(tests, a_stream_neither_blocks_nor_shows_a_write);
	tcase_add_test(tests, a_stop_does_not_wait_for_streams_and_removes_the_log);
	tcase_add_test(tests, a_stop_does_not_wait_for_a_client_that_does_not_read);
	suite_add_tcase(suite, tests);
	/* While lists wait, dbd ends the stream of a slow client: an instrumented one may be slow.
	 */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, one_dbd_teardown);
	tcase_set_timeout(bare, 60);
	tcase_add_test(bare, cancelled_and_abandoned_streams_are_ended);
	tcase_add_test(bare, lists_over_the_limit_are_refused);
	suite_add_tcase(suite, bare);
	return suite;
}
