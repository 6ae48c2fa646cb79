/* One dbd after the other on the same file: never do two of them write it, and a list that the old
 * one has begun is read to its end. */
#include "dbd_process.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "suite.h"

#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS = 5000, TEXT = 200 };

static struct dbd old, next;
static struct arena arena;
static const char *path;

static void make_rows(void)
{
	sqlite3 *db;

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

static void setup(void)
{
	scratch_setup();
	path = scratch_path("app.db");
	const char *url = arena_printf(&arena, "sqlite:///%s", path).ptr;
	dbd_init(&old, url);
	dbd_init(&next, url);
	next.log_path = scratch_path("next.log");
	old.patience = 600;
	dbd_start(&old);
	make_rows();
}

static void teardown(void)
{
	dbd_done(&old);
	dbd_done(&next);
	arena_done(&arena);
	scratch_teardown();
}

static bool exists(const char *suffix)
{
	return access(arena_printf(&arena, "%s%s", path, suffix).ptr, F_OK) == 0;
}

/* Asks for all posts; returns the rows of the first frame. */
static uint32_t begin_list(struct client *c)
{
	struct reply reply = client_ask(
		c, &(struct command){ .id = 1, .action = ACTION_LIST, .resource = resources[1] });

	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert_int_eq(reply.more, MORE_WAITS);
	return reply.rows.left;
}

/* Goes on to the end; returns the rows. */
static uint32_t take_rest(struct client *c)
{
	struct reply reply;
	uint32_t rows = 0;

	do {
		client_demand(c, 1, DEMAND_NEXT);
		reply = client_take_reply(c);
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert_uint_eq(reply.id, 1);
		rows += reply.rows.left;
	} while (reply.more == MORE_WAITS);
	return rows;
}

static struct command create_post(void)
{
	return (struct command){
		.id = 2,
		.action = ACTION_CREATE,
		.resource = resources[1],
		.parent = 1,
		.record = sample_input(&arena, resources[1], 1),
	};
}

START_TEST(a_list_is_read_to_its_end_while_the_next_one_writes)
{
	struct command create = create_post();
	struct client reader, writer;

	client_open(&reader, &old);
	uint32_t rows = begin_list(&reader);
	dbd_drain(&old);
	ck_assert_int_eq(client_take_reply(&reader).status, STATUS_BYE);
	dbd_start(&next);
	ck_assert_ptr_null(strstr(dbd_log(&next), "waiting"));
	client_open(&writer, &next);
	ck_assert_int_eq(client_ask(&writer, &create).status, STATUS_ROWS);
	/* No longer the old one's to do, nor to answer. */
	client_put(&reader, &create);
	ck_assert_uint_eq(rows + take_rest(&reader), ROWS);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
	ck_assert(exists("-wal"));
	rows = begin_list(&writer);
	ck_assert_uint_eq(rows + take_rest(&writer), ROWS + 1);
	client_close(&reader);
	client_close(&writer);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert(!exists("-wal") && !exists("-shm"));
}
END_TEST

/* Neither checkpoints it nor takes it away: that is for those who write. */
START_TEST(a_reader_that_ends_last_leaves_the_log_to_others)
{
	struct command create = create_post();
	struct client reader, writer;

	client_open(&reader, &old);
	uint32_t rows = begin_list(&reader);
	dbd_drain(&old);
	ck_assert_int_eq(client_take_reply(&reader).status, STATUS_BYE);
	dbd_start(&next);
	client_open(&writer, &next);
	ck_assert_int_eq(client_ask(&writer, &create).status, STATUS_ROWS);
	client_close(&writer);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert_uint_eq(rows + take_rest(&reader), ROWS);
	client_close(&reader);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
	ck_assert(exists("-wal"));
	dbd_start(&next);
	client_open(&writer, &next);
	rows = begin_list(&writer);
	ck_assert_uint_eq(rows + take_rest(&writer), ROWS + 1);
	client_close(&writer);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert(!exists("-wal"));
}
END_TEST

START_TEST(a_list_that_nobody_reads_has_only_so_much_time)
{
	struct client reader;

	ck_assert_int_eq(dbd_stop(&old), EXIT_CLEAN);
	old.patience = 1;
	dbd_start(&old);
	client_open(&reader, &old);
	begin_list(&reader);
	dbd_drain(&old);
	ck_assert_int_eq(client_take_reply(&reader).status, STATUS_BYE);
	client_must_be_closed(&reader);
	client_close(&reader);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
	ck_assert_ptr_nonnull(strstr(dbd_log(&old), "ending 1 lists that are still read"));
}
END_TEST

START_TEST(who_leaves_does_not_keep_it)
{
	struct client reader;

	client_open(&reader, &old);
	begin_list(&reader);
	dbd_drain(&old);
	client_close(&reader);
	ck_assert_int_eq(dbd_wait(&old), EXIT_CLEAN);
}
END_TEST

/* It does so until it is stopped, or for so long. */
static void launch_next(void)
{
	struct pollfd said = { -1, POLLIN, 0 };

	dbd_launch(&next);
	said.fd = next.channel;
	while (!strstr(dbd_log(&next), "waiting for another Postern to release "))
		ck_assert_msg(poll(&said, 1, 10) == 0, "it did not wait: %s", dbd_log(&next));
}

START_TEST(a_file_that_another_one_writes_is_waited_for)
{
	launch_next();
	ck_assert_int_eq(dbd_stop(&old), EXIT_CLEAN);
	dbd_await_ready(&next);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
	ck_assert(!exists("-wal"));
}
END_TEST

START_TEST(a_killed_one_is_not_waited_for)
{
	launch_next();
	dbd_kill(&old);
	dbd_await_ready(&next);
	ck_assert_int_eq(dbd_stop(&next), EXIT_CLEAN);
}
END_TEST

START_TEST(who_waits_follows_its_master)
{
	launch_next();
	ck_assert_int_eq(dbd_orphan(&next), EXIT_CLEAN);
}
END_TEST

START_TEST(a_file_is_not_waited_for_for_ever)
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
	tcase_add_test(tc, a_list_is_read_to_its_end_while_the_next_one_writes);
	tcase_add_test(tc, a_reader_that_ends_last_leaves_the_log_to_others);
	tcase_add_test(tc, a_list_that_nobody_reads_has_only_so_much_time);
	tcase_add_test(tc, who_leaves_does_not_keep_it);
	tcase_add_test(tc, a_file_that_another_one_writes_is_waited_for);
	tcase_add_test(tc, a_killed_one_is_not_waited_for);
	tcase_add_test(tc, who_waits_follows_its_master);
	tcase_add_test(tc, a_file_is_not_waited_for_for_ever);
	suite_add_tcase(suite, tc);
	return suite;
}
