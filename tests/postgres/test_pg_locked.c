/* Reads while another session has a table locked against them, as ALTER TABLE and VACUUM FULL do.
 */
#include "beside.h"
#include "suite.h"

enum {
	SOON = 1000,       /* milliseconds: less than any wait for the lock, with room to spare */
	AT_LAST = 7 * 1000 /* with more, a worker takes all reads for hopeless */
};

static PGconn *third;

static void setup(void)
{
	beside_setup();
	third = session_connect(dbd.url);
	beside_do("INSERT INTO users (username, email) VALUES ('ada', 'a'), ('bob', 'b');"
		  "INSERT INTO posts (title, content, user_id, date_posted)"
		  " SELECT 't', 'c', 1, now() FROM generate_series(1, 3)");
	must_do(read_row("user", 1));
	must_do(read_row("post", 1));
}

static void teardown(void)
{
	PQfinish(third);
	beside_teardown();
}

static void must_be_soon(unsigned i, enum fault fault)
{
	must_be(i, fault);
	ck_assert_uint_le(outcomes[i].after, (uint64_t)patience(SOON));
}

/* The command gets its reply before another one, whose id is 0. */
static void must_overtake(struct command c, unsigned id)
{
	c.id = id;
	client_put(&client, &c);
	client_flush(&client);
	ck_assert_uint_eq(take_outcome(&client), id);
	must_be(id, FAULT_NONE);
	ck_assert(!outcomes[0].there);
}

static void confirm(uint64_t id)
{
	codec_encode_confirm(&client.link.out, id, clock_ms() + (uint64_t)patience(5000));
	client_flush(&client);
	struct reply reply = client_take_reply(&client);
	ck_assert_uint_eq(reply.id, id);
	ck_assert_int_eq(reply.status, STATUS_DONE);
}

START_TEST(reads_of_other_tables_go_on)
{
	struct command commands[] = { read_row("user", 1), read_row("post", 1),
		beside_command(ACTION_LIST, "user", 0), read_row("post", 99) };

	beside_do("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
	put_all(&client, commands, NITEMS(commands));
	take_outcome(&client);
	take_outcome(&client);
	must_be_soon(1, FAULT_NONE);
	must_be_soon(3, FAULT_NOT_FOUND);
	beside_await_blocked();
	for (unsigned i = 4; i < 30; i++)
		must_overtake(read_row("post", 2), i);
	confirm(30);
	must_be_soon(29, FAULT_NONE);
	beside_do("COMMIT");
	take_all(&client, 2);
	must_be(0, FAULT_NONE);
	must_be(2, FAULT_NONE);
	ck_assert_uint_eq(outcomes[0].rows, 1 + 3);
}
END_TEST

/* What a read embeds may be locked, and free for others. */
START_TEST(reads_that_do_not_show_the_locked_rows_go_on)
{
	struct command commands[] = { read_row("user", 1), beside_command(ACTION_LIST, "user", 0) };

	beside_do("BEGIN; LOCK TABLE posts IN ACCESS EXCLUSIVE MODE");
	put_all(&client, commands, NITEMS(commands));
	ck_assert_uint_eq(take_outcome(&client), 1);
	must_be_soon(1, FAULT_NONE);
	beside_await_blocked();
	for (unsigned i = 2; i < 10; i++)
		must_overtake(commands[1], i);
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	ck_assert_uint_eq(outcomes[0].rows, 1 + 3);
}
END_TEST

START_TEST(a_table_that_is_free_again_does_not_wait_for_another_one)
{
	struct command commands[] = { read_row("user", 2), read_row("post", 1) };

	beside_do("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
	session_do(third, "BEGIN; LOCK TABLE posts IN ACCESS EXCLUSIVE MODE");
	put_all(&client, commands, NITEMS(commands));
	beside_await_blocked();
	session_do(third, "COMMIT");
	ck_assert_uint_eq(take_outcome(&client), 1);
	must_be(1, FAULT_NONE);
	must_overtake(read_row("post", 3), 2);
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
}
END_TEST

/* A table that was rewritten appears empty in older snapshots. */
START_TEST(a_read_that_waits_for_a_rewrite_finds_its_row)
{
	struct command commands[] = { read_row("user", 1), read_row("post", 2) };

	beside_do("BEGIN; ALTER TABLE posts ADD COLUMN extra float DEFAULT random();"
		  "ALTER TABLE users ADD COLUMN extra float DEFAULT random()");
	put_all(&client, commands, NITEMS(commands));
	beside_await_blocked();
	beside_do("COMMIT");
	take_all(&client, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_NONE);
	ck_assert_uint_eq(outcomes[0].rows, 1 + 3);
}
END_TEST

START_TEST(a_read_of_a_table_that_stays_locked_is_refused)
{
	struct command commands[] = { read_row("user", 1), read_row("user", 2) };

	beside_do("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
	run_all(commands, NITEMS(commands));
	for (unsigned i = 0; i < NITEMS(commands); i++) {
		must_be(i, FAULT_LOCKED);
		ck_assert_uint_ge(outcomes[i].after, SOON);
		ck_assert_uint_le(outcomes[i].after, (uint64_t)patience(AT_LAST));
	}
	beside_do("COMMIT");
	must_do(commands[0]);
	must_be_soon(0, FAULT_NONE);
}
END_TEST

/* REINDEX lets the table be locked, but not read. */
START_TEST(a_read_waits_for_an_index)
{
	struct command c = read_row("user", 1);

	beside_do("BEGIN; REINDEX TABLE users");
	beside_end_connections("true");
	put_all(&client, &c, 1);
	beside_await_blocked();
	must_overtake(read_row("post", 1), 1);
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
}
END_TEST

/* The connection on which it waits is lost, like any other. */
START_TEST(a_read_that_waits_survives_its_connection)
{
	struct command c = read_row("user", 1);

	beside_do("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
	put_all(&client, &c, 1);
	beside_await_blocked();
	beside_end_connections("true");
	beside_await_blocked();
	must_overtake(read_row("post", 1), 1);
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
}
END_TEST

START_TEST(the_log_of_changes_may_be_locked)
{
	struct command c = read_row("user", 1);

	confirm(1);
	beside_do("BEGIN; LOCK TABLE postern_changes IN ACCESS EXCLUSIVE MODE");
	memset(outcomes, 0, sizeof(outcomes));
	c.id = 0;
	codec_encode_confirm(&client.link.out, 1, clock_ms() + (uint64_t)patience(5000));
	client_put(&client, &c);
	client_flush(&client);
	struct reply reply = client_take_reply(&client);
	ck_assert_int_eq(reply.status, reply.id == 1 ? STATUS_DONE : STATUS_ROWS);
	reply = client_take_reply(&client);
	ck_assert_int_eq(reply.status, reply.id == 1 ? STATUS_DONE : STATUS_ROWS);
	beside_do("COMMIT");
	confirm(2);
}
END_TEST

/* There are few connections for lists. */
START_TEST(lists_of_other_tables_go_on)
{
	struct command posts = beside_command(ACTION_LIST, "post", 0),
		       users = beside_command(ACTION_LIST, "user", 0);
	struct client others[2];

	beside_do("INSERT INTO users (username, email) SELECT 'user' || i, 'e' || i"
		  " FROM generate_series(1, 20000) i;"
		  "INSERT INTO posts (title, content, user_id, date_posted)"
		  " SELECT 't', 'c', 1, now() FROM generate_series(1, 20000)");
	/* They are known to be long from now on. */
	must_do(posts);
	must_do(users);
	beside_do("BEGIN; LOCK TABLE posts IN ACCESS EXCLUSIVE MODE");
	for (unsigned i = 0; i < NITEMS(others); i++) {
		client_open(&others[i], &dbd);
		client_put(&others[i], &posts);
		client_flush(&others[i]);
	}
	beside_await("SELECT count(*) = 2" BESIDE_THEIRS "AND wait_event_type = 'Lock'");
	must_do(users);
	ck_assert_uint_le(outcomes[0].after, (uint64_t)patience(3000));
	beside_do("COMMIT");
	for (unsigned i = 0; i < NITEMS(others); i++)
		client_close(&others[i]);
}
END_TEST

START_TEST(a_list_that_waits_for_a_rewrite_is_whole)
{
	enum { ROWS = 20000 };
	struct command list = beside_command(ACTION_LIST, "post", 0);

	beside_do("INSERT INTO posts (title, content, user_id, date_posted)"
		  " SELECT 't', 'c', 1, now() FROM generate_series(1, 20000)");
	must_do(list);
	beside_do("BEGIN; ALTER TABLE posts ADD COLUMN extra float DEFAULT random()");
	put_all(&client, &list, 1);
	beside_await_blocked();
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	ck_assert_uint_eq(outcomes[0].rows, 3 + ROWS);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_locked");
	TCase *locked = tcase_create("locked"), *lists = tcase_create("lists");

	tcase_set_tags(locked, "server");
	tcase_add_checked_fixture(locked, setup, teardown);
	tcase_set_timeout(locked, 60);
	tcase_add_test(locked, reads_of_other_tables_go_on);
	tcase_add_test(locked, reads_that_do_not_show_the_locked_rows_go_on);
	tcase_add_test(locked, a_table_that_is_free_again_does_not_wait_for_another_one);
	tcase_add_test(locked, a_read_that_waits_for_a_rewrite_finds_its_row);
	tcase_add_test(locked, a_read_of_a_table_that_stays_locked_is_refused);
	tcase_add_test(locked, a_read_waits_for_an_index);
	tcase_add_test(locked, a_read_that_waits_survives_its_connection);
	tcase_add_test(locked, the_log_of_changes_may_be_locked);
	suite_add_tcase(suite, locked);

	tcase_set_tags(lists, "server");
	tcase_add_checked_fixture(lists, setup, teardown);
	tcase_set_timeout(lists, 60);
	tcase_add_test(lists, lists_of_other_tables_go_on);
	tcase_add_test(lists, a_list_that_waits_for_a_rewrite_is_whole);
	suite_add_tcase(suite, lists);
	return suite;
}
