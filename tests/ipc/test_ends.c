/* How dbd ends: killed amid writes, told to stop, left by its master, unable to start. */
#include "dbd_process.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

enum { COMMANDS = 2000 };

static struct dbd dbd;
static struct arena arena;
static const char *path;

static void setup(void)
{
	scratch_setup();
	path = scratch_path("app.db");
	dbd_init(&dbd, arena_printf(&arena, "sqlite:///%s", path).ptr);
}

static void teardown(void)
{
	dbd_done(&dbd);
	arena_done(&arena);
	scratch_teardown();
}

static void put_create(struct client *c, unsigned n)
{
	client_put(c, &(struct command){
			      .id = n,
			      .action = ACTION_CREATE,
			      .resource = resources[0],
			      .record = sample_input(&arena, resources[0], n),
		      });
}

/* Asks the file, past dbd. */
static int64_t ask(const char *question)
{
	sqlite3 *db;
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, question, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	return answer;
}

static void must_be_whole(void)
{
	ck_assert_int_eq(ask("SELECT count(*) = 1 AND max(integrity_check = 'ok')"
			     " FROM pragma_integrity_check"),
		1);
}

static bool exists(const char *suffix)
{
	return access(arena_printf(&arena, "%s%s", path, suffix).ptr, F_OK) == 0;
}

/* Killed. */

/* What has come by now; false when there is no more to come. */
static bool reply_waits(struct client *c)
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

/* Kills dbd after so many replies; counts all that came, in order. */
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
	for (; reply_waits(&client); acknowledged++) {
		struct reply reply = client_take_reply(&client);
		ck_assert_uint_eq(reply.id, acknowledged);
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		if (acknowledged == kill_after)
			dbd_kill(&dbd);
		if (acknowledged == COMMANDS - 1)
			break;
	}
	client_close(&client);
	return acknowledged;
}

static const unsigned kill_after[] = { 0, 1, 100, 700 };

START_TEST(a_killed_dbd_has_kept_what_it_acknowledged)
{
	dbd_start(&dbd);
	unsigned acknowledged = write_until_killed(kill_after[_i]);
	ck_assert_uint_gt(acknowledged, kill_after[_i]);
	dbd_start(&dbd);
	struct client client;
	client_open(&client, &dbd);
	for (unsigned n = 0; n < acknowledged; n++) {
		struct record row, sent = sample_input(&arena, resources[0], n);
		struct reply reply = client_ask(&client,
			&(struct command){
				.action = ACTION_READ, .resource = resources[0], .key = n + 1 });
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert(codec_next_row(&reply.rows, &row));
		row.present &= sent.present;
		sample_assert_same(&row, &sent);
		while (reply.more)
			reply = client_take_reply(&client);
	}
	client_close(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	must_be_whole();
}
END_TEST

/* As if it had died between a commit and the counting. */
START_TEST(the_next_one_ends_what_a_killed_one_had_marked)
{
	int fd = fcntl(dbd.generations[GENERATIONS_WRITE], F_DUPFD_CLOEXEC, 0);
	struct generations *table = generations_map(fd, GENERATIONS_WRITE);
	unsigned marked = generations_row(resources[0], 1);
	unsigned other = generations_row(resources[0], 2);
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

/* Told to stop. */

START_TEST(a_stop_leaves_one_file)
{
	dbd_start(&dbd);
	ck_assert(exists(""));
	ck_assert(exists("-wal"));
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert(!exists("-wal"));
	ck_assert(!exists("-shm"));
	must_be_whole();
}
END_TEST

START_TEST(a_stop_answers_what_was_sent_before_it)
{
	enum { SENT = 500 };
	struct client client;

	dbd_start(&dbd);
	client_open(&client, &dbd);
	for (unsigned n = 0; n < SENT; n++)
		put_create(&client, n);
	client_flush(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	for (unsigned n = 0; n < SENT; n++)
		ck_assert_int_eq(client_take_reply(&client).status, STATUS_ROWS);
	client_must_be_closed(&client);
	client_close(&client);
	ck_assert_int_eq(ask("SELECT count(*) FROM users"), SENT);
	ck_assert(!exists("-wal"));
}
END_TEST

/* Everything that was taken is answered before the BYE, so what is not is the next one's to do. */
START_TEST(who_makes_way_leaves_nothing_in_doubt)
{
	enum { SENT = 500 };
	struct client client, idle;

	dbd.patience = 600;
	dbd_start(&dbd);
	client_open(&client, &dbd);
	client_open(&idle, &dbd);
	for (unsigned n = 0; n < SENT; n++)
		put_create(&client, n);
	client_flush(&client);
	ck_assert_int_eq(kill(dbd.pid, PROCESS_DRAIN), 0);
	for (unsigned n = 0; n < SENT; n++)
		ck_assert_int_eq(client_take_reply(&client).status, STATUS_ROWS);
	ck_assert_int_eq(client_take_reply(&client).status, STATUS_BYE);
	ck_assert_int_eq(client_take_reply(&idle).status, STATUS_BYE);
	client_must_be_closed(&client);
	client_must_be_closed(&idle);
	client_close(&client);
	client_close(&idle);
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
	ck_assert_int_eq(ask("SELECT count(*) FROM users"), SENT);
	ck_assert(!exists("-wal"));
}
END_TEST

/* A TERM to the whole process group comes while workers still finish requests. */
START_TEST(a_stop_waits_for_the_workers_to_leave)
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
	ck_assert_int_eq(ask("SELECT count(*) FROM users"), 21);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_who_does_not_read)
{
	enum { LISTS = 4000, ROWS = 500 };
	struct client client;

	dbd_start(&dbd);
	client_open(&client, &dbd);
	for (unsigned n = 0; n < ROWS; n++)
		put_create(&client, n);
	client_flush(&client);
	for (unsigned n = 0; n < ROWS; n++)
		client_take_reply(&client);
	for (unsigned n = 0; n < LISTS; n++)
		client_put(&client,
			&(struct command){ .action = ACTION_LIST, .resource = resources[0] });
	client_flush(&client);
	client_take_reply(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert(!exists("-wal"));
	client_close(&client);
}
END_TEST

START_TEST(without_its_master_it_finishes_too)
{
	struct client client;

	dbd_start(&dbd);
	client_open(&client, &dbd);
	put_create(&client, 1);
	client_flush(&client);
	ck_assert_int_eq(dbd_orphan(&dbd), EXIT_CLEAN);
	ck_assert_int_eq(client_take_reply(&client).status, STATUS_ROWS);
	client_close(&client);
	ck_assert(!exists("-wal"));
}
END_TEST

START_TEST(who_waited_while_there_was_none_is_served_by_the_next)
{
	struct client client;

	client_connect(&client, &dbd);
	codec_encode_hello(&client.link.out);
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

START_TEST(a_database_that_cannot_be_used_is_one_line_and_an_exit)
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
	tcase_add_loop_test(tc, a_killed_dbd_has_kept_what_it_acknowledged, 0, NITEMS(kill_after));
	tcase_add_test(tc, the_next_one_ends_what_a_killed_one_had_marked);
	tcase_add_test(tc, a_stop_leaves_one_file);
	tcase_add_test(tc, a_stop_answers_what_was_sent_before_it);
	tcase_add_test(tc, who_makes_way_leaves_nothing_in_doubt);
	tcase_add_test(tc, a_stop_waits_for_the_workers_to_leave);
	tcase_add_test(tc, a_stop_does_not_wait_for_who_does_not_read);
	tcase_add_test(tc, without_its_master_it_finishes_too);
	tcase_add_test(tc, who_waited_while_there_was_none_is_served_by_the_next);
	tcase_add_loop_test(
		tc, a_database_that_cannot_be_used_is_one_line_and_an_exit, 0, NITEMS(refused));
	suite_add_tcase(suite, tc);
	return suite;
}
