/* A new dbd takes over the file of a draining one: only one of them writes at a time, and lists
 * that the old one has begun are read to their end. */
#include "dbd_process.h"
#include "long_list.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "suite.h"
#include "test_database.h"

#include <poll.h>

enum { ROWS = 5000, TEXT = 200 };

enum { LIST = 1, CREATE = 2 }; /* ids of commands */

static struct dbd old, next;
static struct arena arena;

static void setup(void)
{
	scratch_setup();
	const char *url = scratch_url("app.db");
	dbd_init(&old, url);
	dbd_init(&next, url);
	next.log_path = scratch_path("next.log");
	old.patience = 600;
	dbd_start(&old);
	test_database_insert_posts(scratch_url("app.db"), ROWS, TEXT);
}

static void teardown(void)
{
	dbd_done(&old);
	dbd_done(&next);
	arena_done(&arena);
	scratch_teardown();
}

/* Lets the reader begin a list and drains the old dbd. Returns the rows that were read. */
static uint32_t begin_list_and_drain(struct client *reader)
{
	client_open(reader, &old);
	uint32_t rows = long_list_begin(reader, LIST);
	dbd_drain(&old);
	ck_assert_int_eq(client_take_reply(reader).status, STATUS_BYE);
	return rows;
}

START_TEST(a_list_is_read_to_its_end_while_the_next_dbd_writes)
{
	struct command create = sample_create(&arena, api->resources[1], CREATE, 1);
	struct client reader, writer;

	uint32_t rows = begin_list_and_drain(&reader);
	dbd_start(&next);
	ck_assert_ptr_null(strstr(dbd_log(&next), "waiting"));
	client_open(&writer, &next);
	ck_assert_int_eq(client_ask(&writer, &create).status, STATUS_ROWS);
	/* The draining dbd neither runs nor answers it. */
	client_put(&reader, &create);
	ck_assert_uint_eq(rows + long_list_demand_rest(&reader, LIST), ROWS);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
	ck_assert(scratch_has("app.db-wal"));
	rows = long_list_begin(&writer, LIST);
	ck_assert_uint_eq(rows + long_list_demand_rest(&writer, LIST), ROWS + 1);
	client_close(&reader);
	client_close(&writer);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal") && !scratch_has("app.db-shm"));
}
END_TEST

/* A dbd that only reads neither checkpoints nor removes the -wal file: only a writer does. */
START_TEST(a_draining_dbd_that_ends_last_leaves_the_wal_file)
{
	struct command create = sample_create(&arena, api->resources[1], CREATE, 1);
	struct client reader, writer;

	uint32_t rows = begin_list_and_drain(&reader);
	dbd_start(&next);
	client_open(&writer, &next);
	ck_assert_int_eq(client_ask(&writer, &create).status, STATUS_ROWS);
	client_close(&writer);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert_uint_eq(rows + long_list_demand_rest(&reader, LIST), ROWS);
	client_close(&reader);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
	ck_assert(scratch_has("app.db-wal"));
	dbd_start(&next);
	client_open(&writer, &next);
	rows = long_list_begin(&writer, LIST);
	ck_assert_uint_eq(rows + long_list_demand_rest(&writer, LIST), ROWS + 1);
	client_close(&writer);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal"));
}
END_TEST

START_TEST(a_list_that_is_not_read_is_aborted_after_the_timeout)
{
	struct client reader;

	ck_assert_int_eq(dbd_stop(&old), EXIT_CLEAN);
	old.patience = 1;
	dbd_start(&old);
	begin_list_and_drain(&reader);
	client_must_be_closed(&reader);
	client_close(&reader);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
	ck_assert_ptr_nonnull(strstr(dbd_log(&old), "ending 1 lists that are still read"));
}
END_TEST

START_TEST(a_draining_dbd_exits_when_its_readers_leave)
{
	struct client reader;

	client_open(&reader, &old);
	long_list_begin(&reader, LIST);
	dbd_drain(&old);
	client_close(&reader);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
}
END_TEST

/* A worker has connected to a thread that reads, which has ended when dbd reads the hello. */
START_TEST(a_hello_to_a_draining_dbd_is_read_without_its_threads)
{
	struct client late, reader;

	ck_assert_int_eq(dbd_stop(&old), EXIT_CLEAN);
	old.readers = 2;
	dbd_start(&old);
	client_connect(&late, &old);
	uint32_t rows = begin_list_and_drain(&reader);
	late.api = api;
	codec_encode_hello(&late.link.out, api->fingerprint, 1);
	client_flush(&late);
	ck_assert_int_eq(client_take_reply(&late).status, STATUS_BYE);
	client_take_payload(&late);
	ck_assert_uint_eq(rows + long_list_demand_rest(&reader, LIST), ROWS);
	client_close(&late);
	client_close(&reader);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
}
END_TEST

/* Starts the next dbd and waits until it waits for the lock. */
static void launch_next(void)
{
	struct pollfd channel = { -1, POLLIN, 0 };

	dbd_launch(&next);
	channel.fd = next.channel;
	while (!strstr(dbd_log(&next), "waiting for another Postern to release "))
		ck_assert_msg(poll(&channel, 1, 10) == 0, "it did not wait: %s", dbd_log(&next));
}

START_TEST(the_next_dbd_waits_for_the_lock)
{
	launch_next();
	ck_assert_int_eq(dbd_stop(&old), EXIT_CLEAN);
	dbd_await_ready(&next);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal"));
}
END_TEST

START_TEST(the_lock_of_a_killed_dbd_is_released)
{
	launch_next();
	dbd_kill(&old);
	dbd_await_ready(&next);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
}
END_TEST

START_TEST(a_waiting_dbd_exits_when_its_master_dies)
{
	launch_next();
	ck_assert_int_eq(dbd_orphan(&next), EXIT_CLEAN);
}
END_TEST

START_TEST(the_wait_for_the_lock_has_a_timeout)
{
	ck_assert_int_eq(dbd_start_in_vain(&next), EXIT_STARTUP);
	ck_assert_ptr_nonnull(strstr(dbd_log(&next), "app.db: another Postern serves it; stop that "
						     "first, or name another file\n"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("handover");
	TCase *tc = tcase_create("handover");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_list_is_read_to_its_end_while_the_next_dbd_writes);
	tcase_add_test(tc, a_draining_dbd_that_ends_last_leaves_the_wal_file);
	tcase_add_test(tc, a_list_that_is_not_read_is_aborted_after_the_timeout);
	tcase_add_test(tc, a_draining_dbd_exits_when_its_readers_leave);
	tcase_add_test(tc, a_hello_to_a_draining_dbd_is_read_without_its_threads);
	tcase_add_test(tc, the_next_dbd_waits_for_the_lock);
	tcase_add_test(tc, the_lock_of_a_killed_dbd_is_released);
	tcase_add_test(tc, a_waiting_dbd_exits_when_its_master_dies);
	tcase_add_test(tc, the_wait_for_the_lock_has_a_timeout);
	suite_add_tcase(suite, tc);
	return suite;
}
