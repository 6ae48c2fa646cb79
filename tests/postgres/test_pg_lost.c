/* Connections to PostgreSQL that are lost or refused, in each phase of what they do: writes are
 * done once, reads are asked again, and the client is told if nobody knows. */
#include "beside.h"
#include "postgres_cluster.h"
#include "process.h"
#include "scratch.h"
#include "suite.h"

#include <signal.h>
#include <sys/wait.h>

/* A commit of a row named "slow" takes as long as the test holds the lock 1. */
static void slow_commits(void)
{
	beside_do("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " IF NEW.username LIKE 'slow%' THEN PERFORM pg_advisory_xact_lock(1); END IF;"
		  " RETURN NULL; END $$;"
		  "CREATE CONSTRAINT TRIGGER wait AFTER INSERT OR UPDATE ON users DEFERRABLE "
		  "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();"
		  "SELECT pg_advisory_lock(1)");
}

#define COMMITS "wait_event = 'advisory' AND query LIKE 'COMMIT%'"

static void await_commit(void)
{
	beside_await("SELECT count(*) > 0" BESIDE_THEIRS "AND " COMMITS);
}

START_TEST(idle_connections_are_made_again)
{
	struct command commands[] = { create_user("ada"), read_row("user", 1) };

	for (unsigned i = 0; i < 3; i++) {
		beside_end_connections("true");
		commands[0] = create_user(arena_printf(&arena, "ada%u", i).ptr);
		run_all(commands, NITEMS(commands));
		must_be(0, FAULT_NONE);
	}
	must_do(read_row("user", 1));
	ck_assert_str_eq(outcomes[0].text, "ada0");
	beside_must_be("SELECT count(*) FROM users", "3");
}
END_TEST

START_TEST(a_write_whose_statements_are_lost_runs_again)
{
	struct command commands[] = { rename_user(1, "b"), create_user("c") };

	must_do(create_user("a"));
	beside_do("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;"
		  "CREATE TRIGGER wait BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION wait();"
		  "SELECT pg_advisory_lock(1)");
	/* Else it would be sent to the slow lane. */
	put_all(&client, commands, NITEMS(commands));
	for (unsigned i = 0; i < 3; i++) {
		beside_await("SELECT count(*) > 0" BESIDE_THEIRS "AND wait_event = 'advisory'");
		beside_end_connections("wait_event = 'advisory'");
	}
	beside_do("SELECT pg_advisory_unlock(1)");
	take_all(&client, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_NONE);
	beside_must_be("SELECT string_agg(username, ' ' ORDER BY id) FROM users", "b c");
}
END_TEST

START_TEST(a_lost_commit_that_was_rolled_back_runs_again)
{
	struct command commands[] = { create_user("slow"), create_user("b") };

	slow_commits();
	put_all(&client, commands, NITEMS(commands));
	for (unsigned i = 0; i < 3; i++) {
		await_commit();
		beside_end_connections(COMMITS);
	}
	beside_do("SELECT pg_advisory_unlock(1)");
	take_all(&client, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_NONE);
	beside_must_be("SELECT string_agg(username, ' ' ORDER BY username) FROM users", "b slow");
	ck_assert_ptr_nonnull(strstr(dbd_log(&dbd), "was rolled back"));
}
END_TEST

/* What PostgreSQL itself would say is replaced: the status of the transaction is not known while
 * the test says so. */
static void shim_status(const char *body)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		"CREATE SEQUENCE asked; CREATE FUNCTION public.pg_xact_status(xid8) RETURNS text "
		"LANGUAGE plpgsql AS $$ BEGIN %s; RETURN pg_catalog.pg_xact_status($1); END $$;"
		"DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET search_path = public, "
		"pg_catalog', current_database()); END $$",
		body);
	beside_do(sql);
}

/* Neither a server that stops again nor a question that fails is an answer. */
START_TEST(the_outcome_of_a_lost_commit_is_asked_for_until_it_is_known)
{
	static const char *const bodies[] = {
		("IF nextval('asked') < 4 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END "
		 "IF"),
		"IF nextval('asked') < 4 THEN RAISE EXCEPTION 'no' USING ERRCODE = '57014'; END IF",
		"IF nextval('asked') < 4 THEN RETURN 'in progress'; END IF",
	};
	struct command c = create_user("slow");

	slow_commits();
	shim_status(bodies[_i]);
	put_all(&client, &c, 1);
	await_commit();
	beside_end_connections(COMMITS);
	beside_do("SELECT pg_advisory_unlock(1)");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	beside_must_be("SELECT count(*) FROM users", "1");
	beside_must_be("SELECT last_value >= 4 FROM asked", "t");
}
END_TEST

/* The transaction lives on while dbd's end of the connection is gone. */
START_TEST(an_outcome_that_nobody_knows_is_said)
{
	struct command commands[] = { create_user("slow"), create_user("later") };

	slow_commits();
	shim_status("RETURN 'in progress'");
	put_all(&client, commands, 1);
	await_commit();
	beside_end_connections(COMMITS);
	take_all(&client, 1);
	must_be(0, FAULT_UNKNOWN);
	ck_assert_uint_ge(outcomes[0].after, 9900);
	must_do(commands[1]);
}
END_TEST

START_TEST(reads_are_asked_again)
{
	struct command commands[] = { read_row("user", 1), read_row("user", 2),
		beside_command(ACTION_LIST, "user", 0) };

	must_do(create_user("ada"));
	beside_do("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
	put_all(&client, commands, NITEMS(commands));
	for (unsigned i = 0; i < 3; i++) {
		beside_await_blocked();
		beside_end_connections("wait_event_type = 'Lock'");
	}
	beside_do("COMMIT");
	take_all(&client, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_NOT_FOUND);
	must_be(2, FAULT_NONE);
	ck_assert_str_eq(outcomes[0].text, "ada");
}
END_TEST

/* Prepared statements. */

/* As a pooler that gives each transaction another connection. */
START_TEST(without_prepared_statements_commands_are_done)
{
	static const char *const actions[] = {
		"EXECUTE 'DEALLOCATE ALL'",
		"EXECUTE 'DEALLOCATE ALL'; FOR i IN 0..200 LOOP"
		" EXECUTE format('PREPARE postern%s AS SELECT 1', i); END LOOP",
	};
	char sql[1024];

	must_do(create_user("ada"));
	must_do(create_user("bob"));
	snprintf(sql, sizeof(sql),
		"CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		" IF NEW.username LIKE 'forget%%' THEN %s; END IF; RETURN NEW; END $$;"
		"CREATE TRIGGER forget BEFORE UPDATE ON users FOR EACH ROW"
		" EXECUTE FUNCTION forget()",
		actions[_i]);
	beside_do(sql);
	for (unsigned i = 0; i < 4; i++) {
		must_do(rename_user(1, arena_printf(&arena, "forget%u", i).ptr));
		must_do(rename_user(2, arena_printf(&arena, "bob%u", i).ptr));
		must_do(create_post(1, "post"));
		must_do(read_row("user", 1));
		ck_assert_uint_eq(outcomes[0].rows, 2 + i);
	}
}
END_TEST

START_TEST(a_changed_column_is_no_fault)
{
	struct command commands[] = { read_row("user", 1), create_user("bob"),
		rename_user(1, "c") };

	must_do(create_user("ada"));
	must_do(create_user("other"));
	must_do(rename_user(1, "b"));
	for (unsigned i = 0; i < 3; i++)
		must_do(read_row("user", 1));
	beside_do("ALTER TABLE users ALTER username TYPE text");
	run_all(commands, NITEMS(commands));
	for (unsigned i = 0; i < NITEMS(commands); i++)
		must_be(i, FAULT_NONE);
}
END_TEST

/* Starting and stopping. */

static struct postgres_cluster cluster;

static void setup(void)
{
	scratch_setup();
	postgres_cluster_start(&cluster, NULL);
	dbd_init(&dbd, cluster.url);
}

static void teardown(void)
{
	dbd_done(&dbd);
	arena_done(&arena);
	postgres_cluster_remove(&cluster);
	scratch_teardown();
}

/* A commit that waits for a standby is done, whether its reply comes or not. */
START_TEST(a_lost_commit_that_was_done_is_not_done_again)
{
	struct command commands[] = { create_user("slow"), create_user("b") };

	test_database_sql(cluster.url, "ALTER DATABASE postgres SET synchronous_commit = local");
	test_database_sql(cluster.url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
	test_database_sql(cluster.url, "SELECT pg_reload_conf()");
	dbd_start(&dbd);
	client_open(&client, &dbd);
	beside = session_connect(dbd.url);
	observer = session_connect(dbd.url);
	beside_await("SELECT current_setting('synchronous_standby_names') = 'nobody'");
	beside_do("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " SET LOCAL synchronous_commit = on; RETURN NULL; END $$;"
		  "CREATE TRIGGER wait AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION wait()");
	put_all(&client, commands, NITEMS(commands));
	beside_await("SELECT count(*) > 0" BESIDE_THEIRS "AND wait_event = 'SyncRep'");
	beside_end_connections("wait_event = 'SyncRep'");
	take_all(&client, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_NONE);
	beside_must_be("SELECT string_agg(username, ' ' ORDER BY username) FROM users", "b slow");
	ck_assert_ptr_nonnull(strstr(dbd_log(&dbd), "was committed"));
	PQfinish(beside);
	PQfinish(observer);
	client_close(&client);
}
END_TEST

START_TEST(dbd_waits_for_the_server_at_start)
{
	postgres_cluster_stop(&cluster, "fast");
	dbd_launch(&dbd);
	while (!strstr(dbd_log(&dbd), "cannot be reached"))
		sched_yield();
	postgres_cluster_resume(&cluster);
	dbd_await_ready(&dbd);
	client_open(&client, &dbd);
	must_do(create_user("ada"));
	/* It stops, and is there again, with a write that waits. */
	postgres_cluster_stop(&cluster, "immediate");
	struct command c = create_user("bob");
	put_all(&client, &c, 1);
	postgres_cluster_resume(&cluster);
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	client_close(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
}
END_TEST

START_TEST(dbd_may_be_stopped_while_it_waits_for_the_server)
{
	int status;

	postgres_cluster_stop(&cluster, "fast");
	dbd_launch(&dbd);
	while (!strstr(dbd_log(&dbd), "cannot be reached"))
		sched_yield();
	ck_assert_int_eq(kill(dbd.pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(dbd.pid, &status, 0), dbd.pid);
	ck_assert(WIFSIGNALED(status) || WIFEXITED(status));
	dbd.pid = 0;
}
END_TEST

/* The password is in no line. */
static void must_not_start(const char *url, const char *reason)
{
	dbd.url = url;
	ck_assert_int_eq(dbd_start_in_vain(&dbd), EXIT_STARTUP);
	ck_assert_msg(strstr(dbd_log(&dbd), reason) != NULL, "%s", dbd_log(&dbd));
	ck_assert_ptr_null(strstr(dbd_log(&dbd), "wrong"));
}

START_TEST(a_database_that_cannot_be_used_is_said_at_once)
{
	char url[TEST_URL_MAX];
	const char *at = strchr(cluster.url, '@'), *path = strchr(at, '/');
	uint64_t begun = clock_ms();

	snprintf(url, sizeof(url), "postgresql://postern:wrong%s", at);
	must_not_start(url, "password authentication failed");
	snprintf(url, sizeof(url), "%.*s/nowhere%s", (int)(path - cluster.url), cluster.url,
		strchr(path, '?'));
	must_not_start(url, "database \"nowhere\" does not exist");
	test_database_sql(cluster.url, "CREATE TABLE users (id integer PRIMARY KEY, name text)");
	must_not_start(cluster.url, "users");
	ck_assert_uint_lt(clock_ms() - begun, (uint64_t)patience(5000));
}
END_TEST

START_TEST(two_dbds_write_one_database)
{
	enum { COUNT = 60 };
	struct dbd second;
	struct client others;
	struct command commands[COUNT];

	dbd_start(&dbd);
	dbd_init(&second, cluster.url);
	dbd_start(&second);
	client_open(&client, &dbd);
	client_open(&others, &second);
	for (unsigned i = 0; i < COUNT; i++)
		commands[i] = create_user(arena_printf(&arena, "user%u", i).ptr);
	for (unsigned i = 0; i < COUNT; i++) {
		commands[i].id = i;
		client_put(&others, &commands[i]);
	}
	client_flush(&others);
	put_all(&client, commands, COUNT);
	take_all(&client, COUNT);
	unsigned done = 0;
	for (unsigned i = 0; i < COUNT; i++) {
		done += outcomes[i].fault == FAULT_NONE;
		if (outcomes[i].fault != FAULT_NONE)
			must_be(i, FAULT_CONFLICT);
	}
	memset(outcomes, 0, sizeof(outcomes));
	take_all(&others, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		done += outcomes[i].fault == FAULT_NONE;
		if (outcomes[i].fault != FAULT_NONE)
			must_be(i, FAULT_CONFLICT);
	}
	ck_assert_uint_eq(done, COUNT);
	client_close(&others);
	client_close(&client);
	ck_assert_int_eq(dbd_stop(&second), EXIT_CLEAN);
	dbd_done(&second);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
}
END_TEST

/* With everything that can be under way. Workers do not leave, so their patience passes. */
START_TEST(dbd_stops_when_commands_in_flight_are_done)
{
	struct command commands[] = { rename_user(1, "blocked"), create_user("c"),
		read_row("post", 1), beside_command(ACTION_LIST, "post", 0) };

	must_do(create_user("ada"));
	beside_do("BEGIN; SELECT FROM users WHERE id = 1 FOR UPDATE;"
		  "LOCK TABLE posts IN ACCESS EXCLUSIVE MODE");
	put_all(&client, commands, NITEMS(commands));
	take_outcome(&client);
	beside_await("SELECT count(*) >= 2" BESIDE_THEIRS "AND wait_event_type = 'Lock'");
	ck_assert_int_eq(kill(dbd.pid, SIGTERM), 0);
	while (!strstr(dbd_log(&dbd), "stopping although workers are still there"))
		sched_yield();
	beside_do("COMMIT");
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
	take_all(&client, NITEMS(commands) - 1);
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_NONE);
	must_be(2, FAULT_NOT_FOUND);
	must_be(3, FAULT_NONE);
}
END_TEST

START_TEST(a_successor_takes_over)
{
	struct command c = rename_user(1, "blocked");

	must_do(create_user("ada"));
	beside_do("BEGIN; SELECT FROM users WHERE id = 1 FOR UPDATE");
	put_all(&client, &c, 1);
	beside_await_blocked();
	ck_assert_int_eq(kill(dbd.pid, PROCESS_DRAIN), 0);
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	ck_assert_int_eq(client_take_reply(&client).status, STATUS_BYE);
	client_close(&client);
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
	dbd_start(&dbd);
	client_open(&client, &dbd);
	must_do(read_row("user", 1));
	ck_assert_str_eq(outcomes[0].text, "blocked");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_lost");
	TCase *shared = tcase_create("shared"), *own = tcase_create("own");

	tcase_set_tags(shared, "server");
	tcase_add_checked_fixture(shared, beside_setup, beside_teardown);
	tcase_set_timeout(shared, 60);
	tcase_add_test(shared, idle_connections_are_made_again);
	tcase_add_test(shared, a_write_whose_statements_are_lost_runs_again);
	tcase_add_test(shared, a_lost_commit_that_was_rolled_back_runs_again);
	tcase_add_loop_test(
		shared, the_outcome_of_a_lost_commit_is_asked_for_until_it_is_known, 0, 3);
	tcase_add_test(shared, an_outcome_that_nobody_knows_is_said);
	tcase_add_test(shared, reads_are_asked_again);
	tcase_add_loop_test(shared, without_prepared_statements_commands_are_done, 0, 2);
	tcase_add_test(shared, a_changed_column_is_no_fault);
	tcase_add_test(shared, dbd_stops_when_commands_in_flight_are_done);
	tcase_add_test(shared, a_successor_takes_over);
	suite_add_tcase(suite, shared);

	tcase_set_tags(own, "server");
	tcase_add_checked_fixture(own, setup, teardown);
	tcase_set_timeout(own, 60);
	tcase_add_test(own, a_lost_commit_that_was_done_is_not_done_again);
	tcase_add_test(own, dbd_waits_for_the_server_at_start);
	tcase_add_test(own, dbd_may_be_stopped_while_it_waits_for_the_server);
	tcase_add_test(own, a_database_that_cannot_be_used_is_said_at_once);
	tcase_add_test(own, two_dbds_write_one_database);
	suite_add_tcase(suite, own);
	return suite;
}
