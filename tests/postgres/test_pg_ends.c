/* The end of a dbd whose commands PostgreSQL keeps waiting: their clients are told in time. */
#include "beside.h"
#include "channel.h"
#include "process.h"
#include "suite.h"

#include <signal.h>

static void setup(void)
{
	ck_assert_int_eq(setenv("POSTERN_TIMEOUT_GRACEFUL_SHUTDOWN", "2", 1), 0);
	beside_setup();
	must_do(create_user("ada"));
	must_do(create_post(1, "first"));
}

static void begin_end(void)
{
	ck_assert_int_eq(channel_send_word(dbd.channel, PROCESS_ENDING, -1), 0);
}

static void end(void)
{
	ck_assert_int_eq(kill(dbd.pid, SIGTERM), 0);
	ck_assert_int_eq(dbd_wait(&dbd), EXIT_CLEAN);
}

START_TEST(what_waits_for_locks_is_given_up_in_time)
{
	struct command commands[] = { rename_user(1, "blocked"), create_post(1, "blocked"),
		read_row("post", 1), create_user("free") };

	beside_do("BEGIN; UPDATE users SET email = 'x' WHERE id = 1;"
		  "LOCK TABLE posts IN ACCESS EXCLUSIVE MODE");
	put_all(&client, commands, NITEMS(commands));
	ck_assert_uint_eq(take_outcome(&client), 3);
	beside_await("SELECT count(*) >= 2" BESIDE_THEIRS "AND wait_event_type = 'Lock'");
	begin_end();
	take_all(&client, 3);
	for (unsigned i = 0; i < 3; i++)
		must_be(i, FAULT_LOCKED);
	must_be(3, FAULT_NONE);
	end();
	beside_do("COMMIT");
	beside_must_be("SELECT string_agg(username, ' ' ORDER BY id) FROM users", "ada free");
	beside_must_be("SELECT count(*) FROM posts", "1");
}
END_TEST

/* The client of a commit that may be done is told that nobody knows. */
START_TEST(a_commit_that_waits_is_unknown_in_time)
{
	struct command commands[] = { create_user("slow"), read_row("user", 1) };

	beside_do("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;"
		  "CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON users DEFERRABLE "
		  "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();"
		  "SELECT pg_advisory_lock(1)");
	put_all(&client, commands, NITEMS(commands));
	ck_assert_uint_eq(take_outcome(&client), 1);
	beside_await("SELECT count(*) > 0" BESIDE_THEIRS
		     "AND wait_event = 'advisory' AND query LIKE 'COMMIT%'");
	begin_end();
	take_all(&client, 1);
	must_be(0, FAULT_UNKNOWN);
	/* What comes later is refused at once. */
	run_one(read_row("user", 1));
	must_be(0, FAULT_UNAVAILABLE);
	end();
}
END_TEST

/* Until then it serves. */
START_TEST(a_dbd_serves_until_its_end)
{
	begin_end();
	must_do(create_user("bob"));
	must_do(read_row("user", 2));
	end();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_ends");
	TCase *ends = tcase_create("ends");

	tcase_set_tags(ends, "server");
	tcase_add_checked_fixture(ends, setup, beside_teardown);
	tcase_set_timeout(ends, 60);
	tcase_add_test(ends, what_waits_for_locks_is_given_up_in_time);
	tcase_add_test(ends, a_commit_that_waits_is_unknown_in_time);
	tcase_add_test(ends, a_dbd_serves_until_its_end);
	suite_add_tcase(suite, ends);
	return suite;
}
