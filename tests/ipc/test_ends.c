/* The end of dbd: killed during writes, stopped, drained, its master dead, unable to start. */
#include "dbd_process.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "suite.h"
#include "test_database.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COMMANDS = 2000 };

static struct dbd dbd;
static struct arena arena;
static const char *path;

static void setup(void)
{
	scratch_setup();
	path = scratch_path("app.db");
	dbd_init(&dbd, scratch_url("app.db"));
}

static void teardown(void)
{
	dbd_done(&dbd);
	arena_done(&arena);
	scratch_teardown();
}

static void put_create(struct client *c, unsigned n)
{
	struct command create = sample_create(&arena, api->resources[0], n, n);

	client_put(c, &create);
}

/* Sends commands that create the users 0 to n - 1. */
static void send_creates(struct client *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_create(c, i);
	client_flush(c);
}

/* Receives the replies to n commands that create users. */
static void take_created(struct client *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(client_take_reply(c).status, STATUS_ROWS);
}

static int count_users(void)
{
	return atoi(test_database_sql(dbd.url, "SELECT count(*) FROM users"));
}

/* Killed. */

/* Waits for a whole frame. False: dbd has closed the connection. */
static bool await_frame(struct client *c)
{
	struct pollfd ready = { c->link.fd, POLLIN, 0 };
	struct str payload;
	size_t size;

	buf_consume(&c->link.in, c->taken);
	c->taken = 0;
	while (frame_parse(buf_view(&c->link.in), &payload, &size) == FRAME_PART) {
		ck_assert_int_eq(poll(&ready, 1, 20000), 1);
		if (link_read(&c->link) == LINK_CLOSED)
			return false;
	}
	return true;
}

/* The keys of the users whose creation was acknowledged, by the command's id; 0: it was not. */
static struct key created[COMMANDS];

static struct key key_in(struct reply *reply)
{
	struct record row;

	ck_assert_int_eq(reply->status, STATUS_ROWS);
	ck_assert(codec_next_row(&reply->rows, &row));
	return key_of_value(&row.values[RESOURCE_KEY]);
}

/* Kills dbd after kill_after + 1 replies. Returns the number of all replies. */
static unsigned write_until_killed(unsigned kill_after)
{
	struct client client;
	unsigned acknowledged = 0;

	client_open(&client, &dbd);
	for (unsigned n = 0; n < COMMANDS; n++) {
		put_create(&client, n);
		if (n % 50 == 0)
			client_flush(&client);
	}
	client_flush(&client);
	for (; await_frame(&client); acknowledged++) {
		struct reply reply = client_take_reply(&client);
		ck_assert_uint_lt(reply.id, COMMANDS);
		created[reply.id] = key_in(&reply);
		if (acknowledged == kill_after)
			dbd_kill(&dbd);
		if (acknowledged == COMMANDS - 1)
			break;
	}
	client_close(&client);
	return acknowledged;
}

static const unsigned kill_after[] = { 0, 1, 100, 700 };

START_TEST(acknowledged_writes_survive_a_kill)
{
	dbd_start(&dbd);
	unsigned acknowledged = write_until_killed(kill_after[_i]);
	ck_assert_uint_gt(acknowledged, kill_after[_i]);
	dbd_start(&dbd);
	struct client client;
	client_open(&client, &dbd);
	for (unsigned n = 0; n < COMMANDS; n++) {
		if (key_equal(created[n], key_none()))
			continue;
		struct record row, sent = sample_input(&arena, api->resources[0], n);
		struct reply reply = client_ask(&client, &(struct command){ .action = ACTION_READ,
								 .resource = api->resources[0],
								 .key = created[n] });
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert(codec_next_row(&reply.rows, &row));
		row.present &= sent.present;
		sample_assert_same(&row, &sent);
		while (reply.more)
			reply = client_take_reply(&client);
	}
	client_close(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	test_database_check(dbd.url);
}
END_TEST

/* As if dbd had died between a commit and the increment of the counter. */
START_TEST(the_next_dbd_clears_the_marks_of_a_killed_one)
{
	int fd = fcntl(dbd.generations[GENERATIONS_WRITE], F_DUPFD_CLOEXEC, 0);
	struct generations *table = generations_map(fd, GENERATIONS_WRITE);
	unsigned marked = generations_row(api->resources[0], key_int(1));
	unsigned other = generations_row(api->resources[0], key_int(2));
	struct generation_stamp before, stamp;

	ck_assert_ptr_nonnull(table);
	dbd_start(&dbd);
	dbd_kill(&dbd);
	ck_assert(generations_stamp(table, other, &before));
	generations_mark(table, marked);
	ck_assert(!generations_stamp(table, marked, &stamp));
	dbd_start(&dbd);
	ck_assert(generations_stamp(table, marked, &stamp));
	ck_assert(!generations_hold(table, &before));
}
END_TEST

/* Stopped. */

START_TEST(a_stop_removes_the_wal_and_shm_files)
{
	dbd_start(&dbd);
	ck_assert(scratch_has("app.db"));
	ck_assert(scratch_has("app.db-wal"));
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal"));
	ck_assert(!scratch_has("app.db-shm"));
	test_database_check(dbd.url);
}
END_TEST

START_TEST(a_stop_answers_the_commands_sent_before_it)
{
	enum { SENT = 500 };
	struct client client;

	dbd_start(&dbd);
	client_open(&client, &dbd);
	send_creates(&client, SENT);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	take_created(&client, SENT);
	client_must_be_closed(&client);
	client_close(&client);
	ck_assert_int_eq(count_users(), SENT);
	ck_assert(!scratch_has("app.db-wal"));
}
END_TEST

/* Each command that dbd has read is answered before the BYE; a worker sends the others to the next
 * dbd.
 */
START_TEST(a_draining_dbd_answers_all_it_has_read_before_the_bye)
{
	enum { SENT = 500 };
	struct client client, idle;

	dbd.patience = 600;
	dbd_start(&dbd);
	client_open(&client, &dbd);
	client_open(&idle, &dbd);
	send_creates(&client, SENT);
	ck_assert_int_eq(kill(dbd.pid, PROCESS_DRAIN), 0);
	take_created(&client, SENT);
	ck_assert_int_eq(client_take_reply(&client).status, STATUS_BYE);
	ck_assert_int_eq(client_take_reply(&idle).status, STATUS_BYE);
	client_must_be_closed(&client);
	client_must_be_closed(&idle);
	client_close(&client);
	client_close(&idle);
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
	ck_assert_int_eq(count_users(), SENT);
	ck_assert(!scratch_has("app.db-wal"));
}
END_TEST

/* SIGTERM to the whole process group arrives while workers still finish requests. */
START_TEST(a_stop_waits_until_the_workers_disconnect)
{
	struct client client, late;

	dbd.patience = 600;
	dbd_start(&dbd);
	client_open(&client, &dbd);
	ck_assert_int_eq(kill(dbd.pid, SIGTERM), 0);
	for (unsigned n = 0; n < 20; n++) {
		put_create(&client, n);
		client_flush(&client);
		ck_assert_int_eq(client_take_reply(&client).status, STATUS_ROWS);
	}
	client_open(&late, &dbd);
	client_close(&client);
	put_create(&late, 20);
	client_flush(&late);
	ck_assert_int_eq(client_take_reply(&late).status, STATUS_ROWS);
	client_close(&late);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert_int_eq(count_users(), 21);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_a_client_that_does_not_read)
{
	enum { LISTS = 4000, ROWS = 500 };
	struct client client;

	dbd_start(&dbd);
	client_open(&client, &dbd);
	send_creates(&client, ROWS);
	take_created(&client, ROWS);
	for (unsigned n = 0; n < LISTS; n++)
		client_put(&client,
			&(struct command){ .action = ACTION_LIST, .resource = api->resources[0] });
	client_flush(&client);
	client_take_reply(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert(!scratch_has("app.db-wal"));
	client_close(&client);
}
END_TEST

START_TEST(a_dbd_whose_master_dies_stops_cleanly)
{
	struct client client;

	dbd_start(&dbd);
	client_open(&client, &dbd);
	put_create(&client, 1);
	client_flush(&client);
	ck_assert_int_eq(dbd_orphan(&dbd), EXIT_CLEAN);
	ck_assert_int_eq(client_take_reply(&client).status, STATUS_ROWS);
	client_close(&client);
	ck_assert(!scratch_has("app.db-wal"));
}
END_TEST

START_TEST(a_client_that_connected_before_the_start_is_served)
{
	struct client client;

	client_connect(&client, &dbd);
	codec_encode_hello(&client.link.out, api->fingerprint, 0);
	put_create(&client, 1);
	client_flush(&client);
	dbd_start(&dbd);
	client_take_payload(&client);
	ck_assert_int_eq(client_take_reply(&client).status, STATUS_ROWS);
	client_close(&client);
}
END_TEST

/* Unable to start. */

static void make_text(void)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_gt(fprintf(file, "line %d\n", i), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void make_other_table(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "CREATE TABLE posts (id INTEGER)", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void make_nothing(void)
{
	dbd.url = "sqlite:////nonexistent/app.db";
}

static const struct {
	void (*make)(void);
	const char *line;
} refused[] = {
	{ make_nothing, "cannot use the database /nonexistent/app.db: the folder /nonexistent does "
			"not exist; make it first\n" },
	{ make_text, "it is not an SQLite database; name another file\n" },
	{ make_other_table, "table posts, column id: expected INTEGER NOT NULL PRIMARY KEY, found "
			    "INTEGER\n" },
};

START_TEST(an_unusable_database_is_one_log_line_and_an_exit)
{
	refused[_i].make();
	ck_assert_int_eq(dbd_start_in_vain(&dbd), EXIT_STARTUP);
	const char *log = dbd_log(&dbd);
	ck_assert_msg(strstr(log, refused[_i].line), "%s", log);
	ck_assert_ptr_eq(strchr(log, '\n'), log + strlen(log) - 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("ends");
	TCase *tc = tcase_create("process");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, acknowledged_writes_survive_a_kill, 0, NITEMS(kill_after));
	tcase_add_test(tc, the_next_dbd_clears_the_marks_of_a_killed_one);
	tcase_add_test(tc, a_stop_answers_the_commands_sent_before_it);
	tcase_add_test(tc, a_draining_dbd_answers_all_it_has_read_before_the_bye);
	tcase_add_test(tc, a_stop_waits_until_the_workers_disconnect);
	tcase_add_test(tc, a_stop_does_not_wait_for_a_client_that_does_not_read);
	tcase_add_test(tc, a_dbd_whose_master_dies_stops_cleanly);
	tcase_add_test(tc, a_client_that_connected_before_the_start_is_served);
	suite_add_tcase(suite, tc);
	TCase *file = tcase_create("SQLite's file");
	tcase_set_tags(file, "sqlite");
	tcase_add_checked_fixture(file, setup, teardown);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, a_stop_removes_the_wal_and_shm_files);
	tcase_add_loop_test(
		file, an_unusable_database_is_one_log_line_and_an_exit, 0, NITEMS(refused));
	suite_add_tcase(suite, file);
	return suite;
}
