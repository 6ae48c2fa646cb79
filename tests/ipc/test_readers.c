/* Threads of dbd that only read, over connections of their own. */
#include "exit_status.h"
#include "one_dbd.h"
#include "sample.h"
#include "scratch.h"
#include "suite.h"
#include "test_database.h"

enum { THREADS = 2, MANY_POSTS = 2000, TEXT = 200 };

static struct client reading[THREADS];

static void start(long readers)
{
	scratch_setup();
	dbd_init(&dbd, scratch_url("app.db"));
	dbd.readers = readers;
	dbd_start(&dbd);
	client_open(&client, &dbd);
}

static void setup(void)
{
	start(THREADS);
	for (uint32_t i = 0; i < THREADS; i++)
		client_open_reading(&reading[i], &dbd, i + 1);
}

static void teardown(void)
{
	for (int i = 0; i < THREADS; i++)
		client_close(&reading[i]);
	one_dbd_teardown();
}

static struct command read_user(uint64_t id)
{
	return (struct command){
		.id = id, .action = ACTION_READ, .resource = api->resources[0], .key = key_int(1)
	};
}

static struct command list_posts(uint32_t limit)
{
	return (struct command){
		.id = 9,
		.action = ACTION_LIST,
		.resource = api->resources[1],
		.page = { .kind = PAGE_SLICE, .limit = limit },
	};
}

static void create_user(void)
{
	struct command create = sample_create(&arena, api->resources[0], 1, 1);

	ck_assert_int_eq(client_ask(&client, &create).status, STATUS_ROWS);
}

START_TEST(dbd_says_how_many_threads_read)
{
	ck_assert_uint_eq(client.readers, THREADS);
}
END_TEST

START_TEST(a_thread_reads_what_was_just_acknowledged)
{
	struct command ask = read_user(2);

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(client_ask(&reading[i], &ask).fault, FAULT_NOT_FOUND);
	create_user();
	for (int i = 0; i < THREADS; i++) {
		struct reply reply = client_ask(&reading[i], &ask);
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert_uint_eq(reply.rows.left, 1);
	}
}
END_TEST

/* Its own connection may be in the middle of a turn at each commit. */
START_TEST(no_thread_reads_an_older_state_than_another_has_read)
{
	enum { WRITES = 300 };
	struct command create = sample_create(&arena, api->resources[1], 1, 1);
	struct command count = list_posts(0);

	create_user();
	count.page = (struct page){ .kind = PAGE_AFTER, .limit = 1, .count = true };
	int64_t seen = 0;
	for (int i = 0; i < WRITES; i++) {
		client_put(&client, &create);
		client_flush(&client);
		for (int j = 0; j < THREADS; j++) {
			struct reply reply = client_ask(&reading[j], &count);
			ck_assert_int_eq(reply.status, STATUS_ROWS);
			ck_assert_int_ge(reply.total, seen);
			seen = reply.total;
		}
		ck_assert_int_eq(client_take_reply(&client).status, STATUS_ROWS);
	}
}
END_TEST

START_TEST(a_page_is_read_and_a_long_reply_is_refused)
{
	struct command page = list_posts(20), all = list_posts(MANY_POSTS), user = read_user(3);

	test_database_insert_posts(scratch_url("app.db"), MANY_POSTS, TEXT);
	ck_assert_uint_eq(client_ask(&reading[0], &page).rows.left, 20);
	ck_assert_int_eq(client_ask(&reading[0], &all).fault, FAULT_TOO_LARGE);
	ck_assert_int_eq(client_ask(&reading[1], &user).fault, FAULT_TOO_LARGE);
	/* The main thread begins a stream. */
	ck_assert_int_eq(client_ask(&client, &user).status, STATUS_ROWS);
}
END_TEST

static void put_write(struct client *c)
{
	struct command create = sample_create(&arena, api->resources[0], 1, 1);

	client_put(c, &create);
}

static void put_demand(struct client *c)
{
	codec_encode_demand(&c->link.out, 1, DEMAND_NEXT);
}

static void put_confirm(struct client *c)
{
	codec_encode_confirm(&c->link.out, UINT64_C(1) << 32, UINT64_MAX);
}

static void put_hello(struct client *c)
{
	codec_encode_hello(&c->link.out, api->fingerprint, 1);
}

static void put_bad_length(struct client *c)
{
	buf_str(&c->link.out, STR("\0\0\0\0"));
}

static void (*const wrong_frames[])(
	struct client *) = { put_write, put_demand, put_confirm, put_hello, put_bad_length };

START_TEST(any_frame_but_a_read_ends_the_connection)
{
	struct command ask = read_user(2);

	wrong_frames[_i](&reading[0]);
	client_flush(&reading[0]);
	client_must_be_closed(&reading[0]);
	ck_assert_ptr_nonnull(strstr(dbd_log(&dbd), "closing the connection of process"));
	/* The others are not affected, and nothing was written. */
	ck_assert_int_eq(client_ask(&reading[1], &ask).fault, FAULT_NOT_FOUND);
	ck_assert_int_eq(client_ask(&client, &ask).fault, FAULT_NOT_FOUND);
}
END_TEST

START_TEST(a_frame_before_the_answer_to_the_hello_is_refused)
{
	struct command ask = read_user(2);
	struct client hasty;

	client_connect(&hasty, &dbd);
	codec_encode_hello(&hasty.link.out, api->fingerprint, 1);
	client_put(&hasty, &ask);
	client_flush(&hasty);
	client_must_be_closed(&hasty);
	ck_assert_ptr_nonnull(strstr(dbd_log(&dbd), "it has not waited"));
	client_close(&hasty);
}
END_TEST

static struct reply drained_reply(struct client *c)
{
	struct reply reply = client_take_reply(c);

	if (reply.status != STATUS_BYE)
		ck_assert_int_eq(client_take_reply(c).status, STATUS_BYE);
	return reply;
}

START_TEST(a_drain_answers_what_was_sent_and_says_bye)
{
	struct command ask = read_user(2);

	for (int i = 0; i < THREADS; i++) {
		client_put(&reading[i], &ask);
		client_flush(&reading[i]);
	}
	dbd_drain(&dbd);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(drained_reply(&reading[i]).fault, FAULT_NOT_FOUND);
	ck_assert_int_eq(client_take_reply(&client).status, STATUS_BYE);
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
}
END_TEST

/* Its replies do not fit into the socket, so it would wait for ever. */
START_TEST(a_worker_that_takes_no_replies_does_not_hold_up_a_drain)
{
	enum { READS = 20 * 1000 };
	struct command page = list_posts(100);

	test_database_insert_posts(scratch_url("app.db"), MANY_POSTS, TEXT);
	for (int i = 0; i < READS; i++)
		client_put(&reading[0], &page);
	while (link_flush(&reading[0].link) == LINK_OK && buf_len(&reading[0].link.out) > 0)
		continue;
	dbd_drain(&dbd);
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal"));
}
END_TEST

START_TEST(a_stop_ends_the_threads_when_the_workers_have_left)
{
	create_user();
	for (int i = 0; i < THREADS; i++)
		client_close(&reading[i]);
	client_close(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal") && !scratch_has("app.db-shm"));
	for (int i = 0; i < THREADS; i++)
		client_connect(&reading[i], &dbd);
	client_connect(&client, &dbd);
}
END_TEST

START_TEST(the_next_dbd_reads_with_threads_too)
{
	struct command ask = read_user(2);
	struct client again;

	create_user();
	dbd_drain(&dbd);
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
	dbd_start(&dbd);
	client_open_reading(&again, &dbd, 1);
	ck_assert_int_eq(client_ask(&again, &ask).status, STATUS_ROWS);
	client_close(&again);
}
END_TEST

/* Tables that another program changes: the statements are prepared again. */
START_TEST(a_changed_schema_is_read)
{
	struct command ask = read_user(2);

	create_user();
	ck_assert_int_eq(client_ask(&reading[0], &ask).status, STATUS_ROWS);
	test_database_sql(scratch_url("app.db"), "ALTER TABLE users ADD COLUMN further TEXT;");
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(client_ask(&reading[i], &ask).status, STATUS_ROWS);
}
END_TEST

static void setup_without_threads(void)
{
	start(0);
}

START_TEST(without_threads_the_main_one_answers)
{
	struct command ask = read_user(2);

	ck_assert_uint_eq(client.readers, 0);
	client_open_reading(&reading[0], &dbd, 1);
	ck_assert_int_eq(client_ask(&reading[0], &ask).fault, FAULT_NOT_FOUND);
	client_close(&reading[0]);
}
END_TEST

static void setup_in_memory(void)
{
	scratch_setup();
	dbd_init(&dbd, "sqlite://");
	dbd.readers = THREADS;
	dbd_start(&dbd);
	client_open(&client, &dbd);
}

START_TEST(a_database_in_memory_has_no_threads)
{
	ck_assert_uint_eq(client.readers, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("readers");
	TCase *tc = tcase_create("two threads"), *none = tcase_create("none"),
	      *memory = tcase_create("in memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, dbd_says_how_many_threads_read);
	tcase_add_test(tc, a_thread_reads_what_was_just_acknowledged);
	tcase_add_test(tc, no_thread_reads_an_older_state_than_another_has_read);
	tcase_add_test(tc, a_page_is_read_and_a_long_reply_is_refused);
	tcase_add_loop_test(tc, any_frame_but_a_read_ends_the_connection, 0, NITEMS(wrong_frames));
	tcase_add_test(tc, a_frame_before_the_answer_to_the_hello_is_refused);
	tcase_add_test(tc, a_drain_answers_what_was_sent_and_says_bye);
	tcase_add_test(tc, a_worker_that_takes_no_replies_does_not_hold_up_a_drain);
	tcase_add_test(tc, a_stop_ends_the_threads_when_the_workers_have_left);
	tcase_add_test(tc, the_next_dbd_reads_with_threads_too);
	tcase_add_test(tc, a_changed_schema_is_read);
	tcase_set_tags(tc, "sqlite");
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(none, setup_without_threads, one_dbd_teardown);
	tcase_add_test(none, without_threads_the_main_one_answers);
	tcase_set_tags(none, "sqlite");
	suite_add_tcase(suite, none);
	tcase_add_checked_fixture(memory, setup_in_memory, one_dbd_teardown);
	tcase_add_test(memory, a_database_in_memory_has_no_threads);
	tcase_set_tags(memory, "sqlite");
	suite_add_tcase(suite, memory);
	return suite;
}
