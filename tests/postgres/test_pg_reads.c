/* Reads from PostgreSQL: those that arrive together share statements, lists are one snapshot, and
 * conditions are about what is there when the write is done. */
#include "beside.h"
#include "digest.h"
#include "suite.h"

#include <fcntl.h>

static void users_with_posts(unsigned users, unsigned posts)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"INSERT INTO users (username, email) SELECT 'user' || i, 'e' || i"
		" FROM generate_series(1, %u) i;"
		"INSERT INTO posts (title, content, user_id, date_posted)"
		" SELECT 't', 'c', 1 + i / %u, now() FROM generate_series(0, %u) i",
		users, posts, users * posts - 1);
	beside_do(sql);
}

START_TEST(many_reads_share_a_turn)
{
	enum { USERS = 100, POSTS = 3, COUNT = 4 * USERS };
	struct command commands[COUNT];

	users_with_posts(USERS, POSTS);
	for (unsigned i = 0; i < COUNT; i++)
		commands[i] = read_row(
			i % 4 == 3 ? "post" : "user", i % 4 == 2 ? 10000 + i : 1 + i * 7 % USERS);
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		must_be(i, i % 4 == 2 ? FAULT_NOT_FOUND : FAULT_NONE);
		if (i % 4 == 2)
			continue;
		ck_assert_int_eq(outcomes[i].key, 1 + i * 7 % USERS);
		ck_assert_uint_eq(outcomes[i].rows, i % 4 == 3 ? 1 : 1 + POSTS);
	}
}
END_TEST

/* Beyond PG_SHARED_MOST the shared statement is cut. */
START_TEST(many_children_are_all_shown)
{
	enum { USERS = 4, POSTS = 1500 };
	struct command commands[USERS + 1];

	users_with_posts(USERS, POSTS);
	beside_do("INSERT INTO users (username, email) VALUES ('without', 'posts')");
	for (unsigned i = 0; i <= USERS; i++)
		commands[i] = read_row("user", 1 + i);
	run_all(commands, USERS + 1);
	for (unsigned i = 0; i <= USERS; i++) {
		must_be(i, FAULT_NONE);
		ck_assert_uint_eq(outcomes[i].rows, i < USERS ? 1 + POSTS : 1);
	}
}
END_TEST

/* Each of the large ones is read by a cursor, to be found too long for a short reply, and then as a
 * stream of its own. */
START_TEST(reads_with_many_children_hold_up_no_others)
{
	enum { LARGE = 8, SMALL = 200, POSTS = 12000 };
	struct command commands[LARGE + SMALL];
	uint64_t last_small = 0;

	users_with_posts(1, POSTS);
	beside_do("INSERT INTO users (username, email) VALUES ('without', 'posts')");
	for (unsigned i = 0; i < LARGE + SMALL; i++)
		commands[i] = read_row("user", i < LARGE ? 1 : 2);
	put_all(&client, commands, LARGE + SMALL);
	for (unsigned i = 0; i < LARGE + SMALL; i++) {
		unsigned id = take_outcome(&client);
		if (id >= LARGE)
			last_small = outcomes[id].after;
	}
	for (unsigned i = 0; i < LARGE + SMALL; i++) {
		must_be(i, FAULT_NONE);
		ck_assert_uint_eq(outcomes[i].rows, i < LARGE ? 1 + POSTS : 1);
	}
	ck_assert_uint_le(last_small, (uint64_t)patience(1000));
	printf("small reads beside %d of %d rows: %u ms\n", LARGE, POSTS, (unsigned)last_small);
}
END_TEST

START_TEST(a_value_that_cannot_be_read_fails_its_row_alone)
{
	struct command commands[] = { read_row("post", 1), read_row("post", 2), read_row("user", 1),
		beside_command(ACTION_LIST, "post", 0) };

	users_with_posts(1, 3);
	beside_do("UPDATE posts SET date_posted = 'infinity' WHERE id = 1");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_STORAGE);
	must_be(1, FAULT_NONE);
	must_be(2, FAULT_NONE);
	ck_assert_uint_eq(outcomes[2].rows, 1 + 2);
	must_be(3, FAULT_NONE);
	ck_assert_uint_eq(outcomes[3].rows, 2);
}
END_TEST

/* PostgreSQL cancels a statement after a while, if it is told so. */
START_TEST(a_statement_that_takes_too_long_fails_alone)
{
	struct command commands[] = { read_row("post", 1), beside_command(ACTION_LIST, "user", 0) };

	users_with_posts(1, 1);
	beside_do("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 200', "
		  "current_database()); END $$");
	beside_end_connections("true");
	beside_do("BEGIN; LOCK TABLE posts IN ACCESS EXCLUSIVE MODE");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_UNAVAILABLE);
	must_be(1, FAULT_NONE);
	beside_do("COMMIT");
	must_do(commands[0]);
}
END_TEST

START_TEST(reads_past_their_deadline_are_not_run)
{
	struct command commands[] = { read_row("post", 1), read_row("user", 1) };

	users_with_posts(1, 1);
	beside_do("BEGIN; LOCK TABLE posts IN ACCESS EXCLUSIVE MODE");
	put_all(&client, commands, 1);
	beside_await_blocked();
	/* It waits for the turn of the first one. */
	commands[1].id = 1;
	commands[1].deadline = clock_ms() + 1;
	client_put(&client, &commands[1]);
	client_flush(&client);
	while (clock_ms() <= commands[1].deadline)
		sched_yield();
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	commands[1].deadline = 0;
	must_do(commands[1]);
}
END_TEST

/* Confirms. */

static struct reply confirm(uint64_t id)
{
	codec_encode_confirm(&client.link.out, id, clock_ms() + (uint64_t)patience(5000));
	client_flush(&client);
	return client_take_reply(&client);
}

START_TEST(a_confirm_is_answered_also_without_the_log)
{
	ck_assert_int_eq(confirm(1).status, STATUS_DONE);
	beside_do("DROP TABLE postern_changes");
	ck_assert_int_eq(confirm(2).status, STATUS_DONE);
	must_do(create_user("ada"));
	ck_assert_int_eq(confirm(3).status, STATUS_DONE);
	beside_end_connections("true");
	ck_assert_int_eq(confirm(4).status, STATUS_DONE);
}
END_TEST

/* Other databases of the server also end the calm. */
static void confirm_until_a_glance_does(uint64_t *id)
{
	const uint64_t until = clock_ms() + (uint64_t)patience(BESIDE_PATIENCE);
	const char *glances = "SELECT count(*) > 0 FROM pg_stat_activity"
			      " WHERE query LIKE 'SELECT pg_current_snapshot(), keys%'"
			      " AND datname = current_database()";

	do {
		ck_assert_msg(clock_ms() < until, "there is no glance");
		ck_assert_int_eq(confirm(++*id).status, STATUS_DONE);
	} while (strcmp(session_value(observer, glances), "t") != 0);
}

START_TEST(a_confirm_shows_what_others_have_written_since_a_glance)
{
	int fd = fcntl(dbd.generations[GENERATIONS_READ], F_DUPFD_CLOEXEC, 0);
	const struct generations *table = generations_map(fd, GENERATIONS_READ);
	struct generation_stamp stamp;
	uint64_t id = 0;

	ck_assert_ptr_nonnull(table);
	users_with_posts(1, 1);
	for (int i = 0; i < 6; i++) {
		confirm_until_a_glance_does(&id);
		ck_assert(generations_stamp(
			table, generations_row(api->resources[0], key_int(1)), &stamp));
		beside_do(i % 2 == 0 ? "UPDATE users SET email = email || 'x'"
				     : "BEGIN; DELETE FROM posts; ROLLBACK");
		ck_assert_int_eq(confirm(++id).status, STATUS_DONE);
		ck_assert(!generations_hold(table, &stamp));
	}
}
END_TEST

/* Lists. */

static unsigned take_frames(uint64_t id)
{
	struct reply reply;
	unsigned rows = 0;

	do {
		client_demand(&client, id, DEMAND_NEXT);
		reply = client_take_reply(&client);
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		rows += reply.rows.left;
	} while (reply.more == MORE_WAITS);
	return rows;
}

START_TEST(a_long_list_is_one_snapshot)
{
	enum { ROWS = 20000 };
	struct command list = beside_command(ACTION_LIST, "post", 0);

	users_with_posts(1, ROWS);
	struct reply reply = client_ask(&client, &list);
	ck_assert_int_eq(reply.more, MORE_WAITS);
	unsigned rows = reply.rows.left;
	beside_do("DELETE FROM posts WHERE id % 2 = 0;"
		  "INSERT INTO posts (title, content, user_id, date_posted)"
		  " SELECT 'later', 'c', 1, now() FROM generate_series(1, 3000)");
	ck_assert_uint_eq(rows + take_frames(0), ROWS);
}
END_TEST

START_TEST(a_list_whose_client_leaves_is_ended)
{
	struct command list = beside_command(ACTION_LIST, "post", 0);
	struct client leaver;

	users_with_posts(1, 20000);
	for (unsigned i = 0; i < 3; i++) {
		client_open(&leaver, &dbd);
		ck_assert_int_eq(client_ask(&leaver, &list).more, MORE_WAITS);
		beside_await(
			"SELECT count(*) > 0" BESIDE_THEIRS "AND state = 'idle in transaction'");
		client_close(&leaver);
		beside_await(
			"SELECT count(*) = 0" BESIDE_THEIRS "AND state = 'idle in transaction'");
	}
	ck_assert_int_eq(client_ask(&client, &list).more, MORE_WAITS);
}
END_TEST

/* The client, who has a part of it, is told. */
START_TEST(a_list_whose_connection_is_lost_fails)
{
	struct command list = beside_command(ACTION_LIST, "post", 0);
	struct reply reply;

	users_with_posts(1, 20000);
	client_ask(&client, &list);
	beside_end_connections("true");
	do {
		client_demand(&client, 0, DEMAND_NEXT);
		reply = client_take_reply(&client);
	} while (reply.status == STATUS_ROWS);
	ck_assert_int_eq(reply.fault, FAULT_UNAVAILABLE);
	ck_assert_int_eq(client_ask(&client, &list).status, STATUS_ROWS);
}
END_TEST

/* Conditions and links, with tests/apis/links.json. */

static void links_setup(void)
{
	ck_assert_int_eq(setenv("POSTERN_TEST_API", "tests/apis/links.json", 1), 0);
	sample_use_api();
	beside_setup();
	beside_do("INSERT INTO authors (name) VALUES ('ada');"
		  "INSERT INTO topics (name) VALUES ('C'), ('SQL');"
		  "INSERT INTO posts (title, author_id) VALUES ('one', 1), ('two', 1);"
		  "INSERT INTO post_topics VALUES (1, 1), (1, 2), (2, 2);"
		  "INSERT INTO tags (id, name) SELECT gen_random_uuid(), 'tag' || i"
		  " FROM generate_series(1, 3) i;"
		  "INSERT INTO post_tags (post_id, tag_id) SELECT 1, id FROM tags");
}

/* What a worker makes an entity tag of. */
static uint64_t digest_of(const char *resource, int64_t key)
{
	struct command c = read_row(resource, key);
	const struct schema *shown = sample_shown(c.resource, ACTION_READ);
	uint64_t digest = DIGEST_BEGIN;
	struct record row;
	struct reply reply = client_ask(&client, &c);

	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert_int_eq(reply.more, MORE_NO);
	while (reply.rows.left > 0) {
		ck_assert(codec_next_row(&reply.rows, &row));
		digest = digest_row(digest, sample_shape(&reply.rows, shown), reply.rows.row);
	}
	return digest;
}

static struct command retitle(int64_t key, const char *title, const uint64_t *digest)
{
	struct command c = beside_command(ACTION_UPDATE, "post", key);

	beside_set(&c, "title", title);
	if (digest)
		c.match = (struct str){ (const char *)digest, sizeof(*digest) };
	return c;
}

START_TEST(a_write_may_require_what_its_row_shows)
{
	uint64_t digest = digest_of("post", 1), other = digest_of("post", 2);

	run_one(retitle(1, "changed", &other));
	must_be(0, FAULT_CHANGED);
	must_do(retitle(1, "changed", &digest));
	ck_assert_uint_eq(outcomes[0].rows, 1 + 2 + 3);
	run_one(retitle(1, "again", &digest));
	must_be(0, FAULT_CHANGED);
	struct command commands[] = { retitle(1, "a", &digest), retitle(1, "b", &digest),
		retitle(2, "c", &other) };
	digest = digest_of("post", 1);
	run_all(commands, NITEMS(commands));
	/* Of two that require the same, one is done. */
	ck_assert_int_ne(outcomes[0].fault == FAULT_NONE, outcomes[1].fault == FAULT_NONE);
	must_be(outcomes[0].fault == FAULT_NONE, FAULT_CHANGED);
	must_be(2, FAULT_NONE);
}
END_TEST

/* Each is part of what the row shows; the other session has it locked before it changes it. */
START_TEST(a_condition_holds_until_the_write_is_done)
{
	static const struct {
		const char *lock, *change;
	} cases[] = {
		{ "SELECT FROM posts WHERE id = 1 FOR UPDATE",
			"UPDATE posts SET title = 'other' WHERE id = 1" },
		{ "SELECT FROM topics WHERE id = 2 FOR UPDATE",
			"UPDATE topics SET name = 'other' WHERE id = 2" },
		{ "SELECT FROM post_topics WHERE post_id = 1 AND topic_id = 2 FOR UPDATE",
			"DELETE FROM post_topics WHERE post_id = 1 AND topic_id = 2" },
		{ "INSERT INTO topics (name) VALUES ('new');"
		  "INSERT INTO post_topics VALUES (1, 3)",
			"SELECT" },
	};
	uint64_t digest = digest_of("post", 1);
	struct command c = retitle(1, "mine", &digest);

	beside_do("BEGIN");
	beside_do(cases[_i].lock);
	put_all(&client, &c, 1);
	beside_await_blocked();
	beside_do(cases[_i].change);
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_CHANGED);
	beside_must_be("SELECT count(*) FROM posts WHERE title = 'mine'", "0");
}
END_TEST

/* Without end, and some of them in each turn: others are done all the same. */
START_TEST(a_table_that_is_gone_fails_its_own_reads_alone)
{
	enum { COUNT = 400 };
	struct command commands[COUNT];
	struct client crowd;

	client_open(&crowd, &dbd);
	beside_do("ALTER TABLE post_tags RENAME TO gone");
	for (unsigned i = 0; i < COUNT; i++) {
		commands[i] =
			i % 2 ? read_row("post", 1) : beside_command(ACTION_LIST, "author", 0);
		commands[i].id = i;
		client_put(&crowd, &commands[i]);
		if (i % 3 == 0)
			client_flush(&crowd);
	}
	client_flush(&crowd);
	memset(outcomes, 0, sizeof(outcomes));
	take_all(&crowd, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		must_be(i, i % 2 ? FAULT_STORAGE : FAULT_NONE);
	beside_do("ALTER TABLE gone RENAME TO post_tags");
	must_do(read_row("post", 1));
	client_close(&crowd);
}
END_TEST

START_TEST(linked_rows_of_many_are_read_together)
{
	enum { COUNT = 40 };
	struct command commands[COUNT];

	for (unsigned i = 0; i < COUNT; i++)
		commands[i] = read_row(i % 4 == 3 ? "topic" : "post", 1 + i % 2);
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		must_be(i, FAULT_NONE);
		ck_assert_uint_eq(outcomes[i].rows, i % 4 == 3 ? 3 : i % 2 ? 2 : 6);
	}
}
END_TEST

START_TEST(links_are_made_and_removed_in_groups)
{
	struct command commands[4];
	const struct resource *post = sample_resource("post");

	for (unsigned i = 0; i < 4; i++) {
		commands[i] = beside_command(i % 2 ? ACTION_UNLINK : ACTION_LINK, "post", 2);
		commands[i].links = beside_field(post, "topic_ids");
		commands[i].linked = key_int(i / 2 + 1);
	}
	run_all(commands, 4);
	must_be(0, FAULT_NONE);
	must_be(2, FAULT_NONE);
	beside_must_be("SELECT count(*) FROM post_topics WHERE post_id = 2", "0");
	commands[0].linked = key_int(99);
	run_one(commands[0]);
	must_be(0, FAULT_NOT_FOUND);
	ck_assert_uint_eq(outcomes[0].fields, field_bit("post", "topic_ids"));
	must_do(delete_row("post", 1));
	beside_must_be("SELECT count(*) FROM post_topics WHERE post_id = 1", "0");
	beside_must_be("SELECT count(*) FROM post_tags", "0");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_reads");
	TCase *reads = tcase_create("reads"), *links = tcase_create("links");

	tcase_set_tags(reads, "server");
	tcase_add_checked_fixture(reads, beside_setup, beside_teardown);
	tcase_set_timeout(reads, 60);
	tcase_add_test(reads, many_reads_share_a_turn);
	tcase_add_test(reads, many_children_are_all_shown);
	tcase_add_test(reads, reads_with_many_children_hold_up_no_others);
	tcase_add_test(reads, a_value_that_cannot_be_read_fails_its_row_alone);
	tcase_add_test(reads, a_statement_that_takes_too_long_fails_alone);
	tcase_add_test(reads, reads_past_their_deadline_are_not_run);
	tcase_add_test(reads, a_confirm_is_answered_also_without_the_log);
	tcase_add_test(reads, a_confirm_shows_what_others_have_written_since_a_glance);
	tcase_add_test(reads, a_long_list_is_one_snapshot);
	tcase_add_test(reads, a_list_whose_client_leaves_is_ended);
	tcase_add_test(reads, a_list_whose_connection_is_lost_fails);
	suite_add_tcase(suite, reads);

	tcase_set_tags(links, "server");
	tcase_add_checked_fixture(links, links_setup, beside_teardown);
	tcase_set_timeout(links, 60);
	tcase_add_test(links, a_write_may_require_what_its_row_shows);
	tcase_add_loop_test(links, a_condition_holds_until_the_write_is_done, 0, 4);
	tcase_add_test(links, a_table_that_is_gone_fails_its_own_reads_alone);
	tcase_add_test(links, linked_rows_of_many_are_read_together);
	tcase_add_test(links, links_are_made_and_removed_in_groups);
	suite_add_tcase(suite, links);
	return suite;
}
