/* The question and the log at a server: POSTERN_TEST_POSTGRES is its URL. Without it nothing is
 * tested. */
#include "freshness.h"
#include "pg_commits.h"

#include "suite.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct generations *table;
static struct changes *changes;
static struct freshness *f;
static struct generation_stamp stamps[2];
static PGconn *asker, *writer, *other;

enum moved { NOTHING, ROW, EVERYTHING };

static const char *url(void)
{
	return getenv("POSTERN_TEST_POSTGRES");
}

static void ignore_notice(void *context, const char *message)
{
	(void)context;
	(void)message;
}

static PGconn *connect_to_server(void)
{
	PGconn *conn = PQconnectdb(url());

	ck_assert_msg(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
	PQsetNoticeProcessor(conn, ignore_notice, NULL);
	return conn;
}

/* A second parameter is the lane of pg_commits.h: one for each connection. */
static PGresult *run(PGconn *conn, const char *sql, int nparams, const char *param)
{
	char lane[40];
	const char *params[] = { param, lane };

	snprintf(lane, sizeof(lane), "00000000-0000-4000-8000-%012d", PQbackendPID(conn));
	PGresult *result = PQexecParams(conn, sql, nparams, NULL, params, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
		PQerrorMessage(conn));
	return result;
}

static void sql(PGconn *conn, const char *text)
{
	PQclear(run(conn, text, 0, NULL));
}

static unsigned place(unsigned n)
{
	return generations_row(api->resources[0], key_int(n + 1));
}

static enum moved moved(void)
{
	bool held[2];

	for (unsigned n = 0; n < 2; n++) {
		held[n] = generations_hold(table, &stamps[n]);
		ck_assert(generations_stamp(table, place(n), &stamps[n]));
	}
	return held[0] ? NOTHING : held[1] ? ROW : EVERYTHING;
}

static struct str column(const PGresult *result, int row, int field)
{
	return (struct str){ PQgetvalue(result, row, field),
		(size_t)PQgetlength(result, row, field) };
}

static bool glance(void)
{
	PGresult *result = run(asker, freshness_glance, 0, NULL);
	bool is_unchanged = PQntuples(result) == 1 &&
			    freshness_is_unchanged(f, column(result, 0, 0), column(result, 0, 1));

	PQclear(result);
	return is_unchanged;
}

static enum moved ask_as(const char *question)
{
	PGresult *result = run(asker, question, 1, freshness_since(f));

	ck_assert_int_ge(PQntuples(result), 1);
	ck_assert(freshness_begin_answer(f, column(result, 0, 0)));
	for (int row = 0; row < PQntuples(result); row++)
		if (!PQgetisnull(result, row, 1))
			ck_assert(freshness_add(f, column(result, row, 1), column(result, row, 2)));
	freshness_end_answer(f);
	PQclear(result);
	return moved();
}

static enum moved ask(void)
{
	bool is_unchanged = glance();
	enum moved moved = ask_as(freshness_question);

	ck_assert(moved == NOTHING || !is_unchanged);
	return moved;
}

static char *prune(PGconn *conn, const char *snapshot)
{
	static char kept[4096];
	PGresult *result = run(conn, freshness_prune, 1, snapshot);

	ck_assert_int_eq(PQntuples(result), 1);
	snprintf(kept, sizeof(kept), "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return kept;
}

static int rows_of_log(void)
{
	PGresult *result = run(writer, "SELECT FROM postern_changes WHERE xid > '0'", 0, NULL);
	int rows = PQntuples(result);

	PQclear(result);
	return rows;
}

static void setup(void)
{
	int fds[GENERATIONS_END__COUNT];

	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
	close(fds[GENERATIONS_READ]);
	changes = changes_new(table);
	f = freshness_new(changes);
	asker = connect_to_server();
	writer = connect_to_server();
	other = connect_to_server();
	sql(writer, "DROP TABLE IF EXISTS postern_changes, postern_commits, freshness_rows");
	sql(writer, "CREATE TABLE freshness_rows (n integer)");
	sql(writer, freshness_create);
	sql(writer, freshness_create);
	sql(writer, pg_commits_create);
	prune(writer, NULL);
	moved();
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), NOTHING);
}

static void teardown(void)
{
	sql(other, "ROLLBACK");
	sql(writer, "DROP TABLE IF EXISTS postern_changes, postern_commits, freshness_rows");
	PQfinish(asker);
	PQfinish(writer);
	PQfinish(other);
	freshness_free(f);
	changes_free(changes);
}

/* What a Postern does. */

static uint64_t begin(PGconn *conn)
{
	sql(conn, "BEGIN");
	PGresult *result = run(conn, "SELECT pg_current_xact_id()", 0, NULL);
	uint64_t xid = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	sql(conn, "INSERT INTO freshness_rows VALUES (1)");
	return xid;
}

static void log_change(PGconn *conn)
{
	struct changes *foreign = changes_new(table);
	struct buf keys;

	buf_init(&keys, 4096);
	changes_note(foreign, api->resources[0], key_int(1));
	freshness_keys(foreign, &keys);
	buf_char(&keys, '\0');
	PQclear(run(conn, pg_commits_log, 2, buf_view(&keys).ptr));
	buf_done(&keys);
	changes_free(foreign);
}

START_TEST(a_logged_transaction_moves_its_places)
{
	begin(writer);
	log_change(writer);
	ck_assert_int_eq(ask(), NOTHING);
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask(), ROW);
	ck_assert_int_eq(ask(), NOTHING);
}
END_TEST

START_TEST(a_glance_shows_whether_any_transaction_has_finished)
{
	ck_assert(glance());
	begin(writer);
	log_change(writer);
	ck_assert(glance());
	begin(other);
	sql(other, "ROLLBACK");
	ck_assert(!glance());
	ask();
	ck_assert(glance());
	sql(writer, "COMMIT");
	ck_assert(!glance());
	ck_assert_int_eq(ask(), ROW);
	ck_assert(glance());
	sql(other, "DELETE FROM postern_changes WHERE xid = '0'");
	ck_assert(!glance());
	ask();
	ck_assert(!glance());
}
END_TEST

START_TEST(what_commits_late_is_seen_late)
{
	begin(other);
	log_change(other);
	for (int i = 0; i < 3; i++) {
		begin(writer);
		log_change(writer);
		sql(writer, "COMMIT");
		ck_assert_int_eq(ask(), ROW);
	}
	ck_assert_int_eq(ask(), NOTHING);
	sql(other, "COMMIT");
	ck_assert_int_eq(ask(), ROW);
	ck_assert_int_eq(ask(), NOTHING);
}
END_TEST

START_TEST(an_unlogged_transaction_moves_everything)
{
	begin(writer);
	log_change(writer);
	sql(writer, "COMMIT");
	sql(other, "INSERT INTO freshness_rows VALUES (2)");
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), NOTHING);
	begin(other);
	sql(other, "ROLLBACK");
	ck_assert_int_eq(ask(), EVERYTHING);
	sql(other, "SELECT count(*) FROM freshness_rows");
	ck_assert_int_eq(ask(), NOTHING);
}
END_TEST

START_TEST(an_own_transaction_moves_nothing)
{
	freshness_own(f, begin(writer));
	log_change(writer);
	ck_assert_int_eq(ask(), NOTHING);
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask(), NOTHING);
	freshness_own(f, begin(writer));
	sql(writer, "ROLLBACK");
	ck_assert_int_eq(ask(), NOTHING);
	uint64_t xid = begin(writer);
	freshness_own(f, xid);
	freshness_disown(f, xid);
	log_change(writer);
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask(), ROW);
}
END_TEST

START_TEST(savepoints_move_everything)
{
	freshness_own(f, begin(writer));
	sql(writer, "SAVEPOINT s");
	sql(writer, "INSERT INTO freshness_rows VALUES (3)");
	log_change(writer);
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), NOTHING);
}
END_TEST

START_TEST(a_prepared_transaction_is_not_visible)
{
	PGresult *setting = run(writer, "SHOW max_prepared_transactions", 0, NULL);
	bool can_prepare = atoi(PQgetvalue(setting, 0, 0)) > 0;

	PQclear(setting);
	if (!can_prepare)
		return;
	begin(other);
	log_change(other);
	sql(other, "PREPARE TRANSACTION 'freshness'");
	ck_assert_int_eq(ask(), NOTHING);
	sql(other, "COMMIT PREPARED 'freshness'");
	ck_assert_int_eq(ask(), ROW);
}
END_TEST

START_TEST(the_question_is_that_of_its_snapshot)
{
	sql(asker, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	ck_assert_int_eq(ask(), NOTHING);
	begin(writer);
	log_change(writer);
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask(), NOTHING);
	sql(asker, "COMMIT");
	ck_assert_int_eq(ask(), ROW);
}
END_TEST

START_TEST(without_the_log_everything_of_others_moves_everything)
{
	const char *question = freshness_question_without_log;

	freshness_restart(f);
	moved();
	ck_assert_int_eq(ask_as(question), EVERYTHING);
	ck_assert_int_eq(ask_as(question), NOTHING);
	freshness_own(f, begin(writer));
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask_as(question), NOTHING);
	begin(writer);
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask_as(question), EVERYTHING);
	/* Through a pooler, this may be another server's session. */
	PGconn *before = asker;
	asker = connect_to_server();
	ck_assert_int_eq(ask_as(question), EVERYTHING);
	ck_assert_int_eq(ask_as(question), NOTHING);
	PQfinish(before);
}
END_TEST

START_TEST(a_log_without_the_name_of_a_run_is_useless)
{
	/* A crash does this. */
	sql(writer, "TRUNCATE postern_changes");
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), EVERYTHING);
	prune(other, NULL);
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), NOTHING);
	sql(writer, "TRUNCATE postern_changes");
	prune(other, NULL);
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), NOTHING);
}
END_TEST

START_TEST(pruning_deletes_what_the_last_pruning_saw)
{
	char *before = prune(writer, NULL);

	for (int i = 0; i < 3; i++) {
		freshness_own(f, begin(writer));
		log_change(writer);
		sql(writer, "COMMIT");
	}
	int rows = rows_of_log();
	before = prune(writer, before);
	ck_assert_int_eq(rows_of_log(), rows);
	begin(other);
	log_change(other);
	before = prune(writer, before);
	sql(other, "COMMIT");
	/* The last two prunings, and the transaction that was open. */
	ck_assert_int_eq(rows_of_log(), 3);
	ck_assert_int_eq(ask(), ROW);
	prune(writer, before);
	ck_assert_int_eq(ask(), NOTHING);
}
END_TEST

START_TEST(who_has_not_asked_for_long_misses_rows)
{
	begin(writer);
	log_change(writer);
	sql(writer, "COMMIT");
	prune(writer, prune(writer, NULL));
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), NOTHING);
}
END_TEST

/* The table was copied from a server that is ahead. */
START_TEST(rows_from_the_future_are_in_nobodys_way)
{
	sql(writer, "INSERT INTO postern_changes SELECT "
		    "(pg_current_xact_id()::text::bigint + n)::text::xid8, '*'"
		    " FROM generate_series(1, 20) AS n");
	ck_assert_int_eq(ask(), EVERYTHING);
	ck_assert_int_eq(ask(), NOTHING);
	begin(writer);
	log_change(writer);
	sql(writer, "COMMIT");
	ck_assert_int_eq(ask(), ROW);
	prune(writer, NULL);
	PGresult *result = run(
		writer, "SELECT FROM postern_changes WHERE xid > pg_current_xact_id()", 0, NULL);
	ck_assert_int_eq(PQntuples(result), 0);
	PQclear(result);
}
END_TEST

START_TEST(the_question_uses_the_index)
{
	char text[2048];
	bool scans = false;

	sql(writer, "INSERT INTO postern_changes SELECT n::text::xid8, repeat('1,', 100)"
		    " FROM generate_series(1, 20000) AS n ON CONFLICT DO NOTHING");
	sql(asker, "SET plan_cache_mode = force_generic_plan");
	PQclear(PQprepare(asker, "question", freshness_question, 1, NULL));
	snprintf(text, sizeof(text), "EXPLAIN EXECUTE question ('%s')", freshness_since(f));
	PGresult *result = run(asker, text, 0, NULL);
	for (int row = 0; row < PQntuples(result); row++)
		scans |= strstr(PQgetvalue(result, row, 0), "Seq Scan on postern_changes") != NULL;
	PQclear(result);
	ck_assert(!scans);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("freshness_sql");
	TCase *tc = tcase_create("server");

	suite_add_tcase(s, tc);
	if (!url())
		return s;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_logged_transaction_moves_its_places);
	tcase_add_test(tc, a_glance_shows_whether_any_transaction_has_finished);
	tcase_add_test(tc, what_commits_late_is_seen_late);
	tcase_add_test(tc, an_unlogged_transaction_moves_everything);
	tcase_add_test(tc, an_own_transaction_moves_nothing);
	tcase_add_test(tc, savepoints_move_everything);
	tcase_add_test(tc, a_prepared_transaction_is_not_visible);
	tcase_add_test(tc, the_question_is_that_of_its_snapshot);
	tcase_add_test(tc, without_the_log_everything_of_others_moves_everything);
	tcase_add_test(tc, a_log_without_the_name_of_a_run_is_useless);
	tcase_add_test(tc, pruning_deletes_what_the_last_pruning_saw);
	tcase_add_test(tc, who_has_not_asked_for_long_misses_rows);
	tcase_add_test(tc, rows_from_the_future_are_in_nobodys_way);
	tcase_add_test(tc, the_question_uses_the_index);
	return s;
}
