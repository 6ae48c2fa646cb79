/* Groups of writes on PostgreSQL: the commands of one send(2) share a transaction, and each of them
 * ends as if it had been alone, also if others fail, wait for locks, or another session writes the
 * same rows. */
#include "beside.h"
#include "process.h"
#include "suite.h"

static void add_users(unsigned count)
{
	struct command commands[16];

	for (unsigned i = 0; i < count; i++)
		commands[i] = create_user(arena_printf(&arena, "user%u", i + 1).ptr);
	run_all(commands, count);
	for (unsigned i = 0; i < count; i++)
		must_be(i, FAULT_NONE);
}

/* Commands whose username begins with "bad" fail in the database. */
static void refuse_bad_names(void)
{
	beside_do("ALTER TABLE users ADD CONSTRAINT good CHECK (username NOT LIKE 'bad%')");
}

START_TEST(writes_of_one_row_follow_each_other)
{
	enum { COUNT = 20 };
	struct command commands[COUNT];

	add_users(1);
	for (unsigned i = 0; i < COUNT; i++)
		commands[i] = rename_user(1, arena_printf(&arena, "name%u", i).ptr);
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		must_be(i, FAULT_NONE);
		ck_assert_str_eq(outcomes[i].text, arena_printf(&arena, "name%u", i).ptr);
	}
	beside_must_be("SELECT username FROM users", "name19");
}
END_TEST

START_TEST(a_deleted_row_is_gone_for_those_that_come_after_it)
{
	struct command commands[] = { create_user("x"), delete_row("user", 1),
		create_post(1, "in the same group"), rename_user(1, "late"),
		delete_row("user", 1) };

	must_do(commands[0]);
	run_all(commands + 1, 4);
	/* Deletions that take others along come last. */
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_NONE);
	must_be(2, FAULT_NONE);
	must_be(3, FAULT_NOT_FOUND);
	beside_must_be("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM posts)", "0");
}
END_TEST

START_TEST(of_creations_with_one_name_one_is_done)
{
	enum { COUNT = 8 };
	struct command commands[COUNT];
	unsigned done = 0;

	for (unsigned i = 0; i < COUNT; i++)
		commands[i] = create_user("ada");
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		done += outcomes[i].fault == FAULT_NONE;
		if (outcomes[i].fault == FAULT_NONE)
			continue;
		must_be(i, FAULT_CONFLICT);
		ck_assert_uint_eq(outcomes[i].fields,
			field_bit("user", "username") | field_bit("user", "email"));
	}
	ck_assert_uint_eq(done, 1);
	/* The numbers of keys are not used up by what is refused. */
	must_do(create_user("bob"));
	ck_assert_int_eq(outcomes[0].key, 2);
}
END_TEST

/* The insert waits for the other session, which commits. */
START_TEST(a_name_that_another_session_takes_meanwhile_is_a_conflict)
{
	struct command commands[] = { create_user("ada"), create_user("bob") };

	beside_do("BEGIN; INSERT INTO users (username, email) VALUES ('ada', 'other')");
	put_all(&client, commands, NITEMS(commands));
	beside_await_blocked();
	beside_do("COMMIT");
	take_all(&client, NITEMS(commands));
	must_be(0, FAULT_CONFLICT);
	ck_assert_uint_eq(outcomes[0].fields, field_bit("user", "username"));
	must_be(1, FAULT_NONE);
}
END_TEST

START_TEST(what_fails_in_the_database_fails_alone)
{
	enum { COUNT = 9 };
	struct command commands[COUNT];

	refuse_bad_names();
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < COUNT; i++)
			commands[i] = create_user(arena_printf(
				&arena, "%s%u.%u", i % 3 == round ? "bad" : "good", round, i)
							  .ptr);
		run_all(commands, COUNT);
		for (unsigned i = 0; i < COUNT; i++)
			must_be(i, i % 3 == round ? FAULT_INTERNAL : FAULT_NONE);
	}
	beside_must_be("SELECT count(*) FROM users", "18");
	beside_must_be("SELECT count(*) FROM users WHERE username LIKE 'bad%'", "0");
}
END_TEST

/* The last one of the group, too, of which nothing comes after it. */
START_TEST(two_that_fail_leave_the_others_done_once)
{
	struct command commands[] = { create_user("good"), create_user("bad1"),
		create_post(1, "bad") };

	add_users(1);
	refuse_bad_names();
	beside_do("ALTER TABLE posts ADD CONSTRAINT good CHECK (title <> 'bad');"
		  "CREATE TABLE seen (name text);"
		  "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " INSERT INTO seen VALUES (NEW.username); RETURN NULL; END $$;"
		  "CREATE TRIGGER see AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION see()");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_INTERNAL);
	must_be(2, FAULT_INTERNAL);
	beside_must_be("SELECT string_agg(username, ' ' ORDER BY id) FROM users", "user1 good");
	beside_must_be("SELECT string_agg(name, ' ') FROM seen", "good");
	must_do(create_user("after"));
	ck_assert_ptr_null(strstr(dbd_log(&dbd), "a commit has failed"));
	ck_assert_ptr_null(strstr(dbd_log(&dbd), "lost a connection"));
}
END_TEST

START_TEST(a_trigger_that_raises_fails_its_command_alone)
{
	struct command commands[] = { rename_user(1, "a"), rename_user(2, "stop"),
		rename_user(3, "c") };

	add_users(3);
	beside_do("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " IF NEW.username = 'stop' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$;"
		  "CREATE TRIGGER refuse BEFORE UPDATE ON users FOR EACH ROW"
		  " EXECUTE FUNCTION refuse()");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_INTERNAL);
	must_be(2, FAULT_NONE);
	beside_must_be("SELECT string_agg(username, ' ' ORDER BY id) FROM users", "a user2 c");
}
END_TEST

START_TEST(what_fails_at_the_commit_fails_alone)
{
	struct command commands[] = { rename_user(1, "a"), rename_user(2, "stop"),
		rename_user(3, "c") };

	add_users(3);
	beside_do("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " IF NEW.username = 'stop' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$;"
		  "CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON users DEFERRABLE INITIALLY "
		  "DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_NONE);
	must_be(1, FAULT_INTERNAL);
	must_be(2, FAULT_NONE);
	beside_must_be("SELECT string_agg(username, ' ' ORDER BY id) FROM users", "a user2 c");
}
END_TEST

/* A statement that is prepared again under its name would be refused, and all that follow would be
 * sent without names. */
START_TEST(statements_stay_prepared_after_a_failure)
{
	struct command commands[] = { create_user("bad"), create_user("good"),
		create_post(1, "first of its kind") };

	add_users(1);
	refuse_bad_names();
	beside_do("CREATE TABLE sent (text text);"
		  "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " INSERT INTO sent SELECT name FROM pg_prepared_statements"
		  " WHERE statement LIKE 'INSERT INTO users%'; RETURN NULL; END $$;"
		  "CREATE TRIGGER see AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION see()");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_INTERNAL);
	must_be(1, FAULT_NONE);
	must_be(2, FAULT_NONE);
	for (unsigned i = 0; i < 4; i++)
		must_do(create_user(arena_printf(&arena, "user%u", 10 + i).ptr));
	beside_end_connections("true");
	beside_do("TRUNCATE sent");
	for (unsigned i = 0; i < 4; i++)
		must_do(create_user(arena_printf(&arena, "user%u", 20 + i).ptr));
	beside_must_be("SELECT count(*) FROM sent", "4");
}
END_TEST

/* Foreign locks. */

START_TEST(a_foreign_lock_stops_only_those_that_want_it)
{
	struct command commands[] = { rename_user(1, "blocked"), rename_user(2, "b"),
		create_user("c"), create_post(2, "d") };

	add_users(2);
	beside_do("BEGIN; SELECT FROM users WHERE id = 1 FOR UPDATE");
	put_all(&client, commands, NITEMS(commands));
	take_all(&client, 3);
	for (unsigned i = 1; i < 4; i++) {
		must_be(i, FAULT_NONE);
		ck_assert_uint_lt(outcomes[i].after, (unsigned)patience(1500));
	}
	beside_await_blocked();
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	beside_must_be("SELECT username FROM users WHERE id = 1", "blocked");
}
END_TEST

/* Each one that tried by itself would hold up the others of its group. */
START_TEST(many_writes_of_a_locked_row_stop_the_others_once)
{
	enum { BLOCKED = 12, COUNT = BLOCKED + 2 };
	struct command commands[COUNT];

	add_users(2);
	for (unsigned i = 0; i < BLOCKED; i++)
		commands[i] = rename_user(1, arena_printf(&arena, "blocked%u", i).ptr);
	commands[BLOCKED] = rename_user(2, "b");
	commands[BLOCKED + 1] = create_user("c");
	beside_do("BEGIN; SELECT FROM users WHERE id = 1 FOR UPDATE");
	put_all(&client, commands, COUNT);
	take_all(&client, 2);
	for (unsigned i = BLOCKED; i < COUNT; i++) {
		must_be(i, FAULT_NONE);
		ck_assert_uint_lt(outcomes[i].after, (unsigned)patience(800));
	}
	beside_do("COMMIT");
	take_all(&client, BLOCKED);
	for (unsigned i = 0; i < BLOCKED; i++)
		must_be(i, FAULT_NONE);
}
END_TEST

/* More of them than a write is tried. */
START_TEST(many_locked_rows_do_not_fail_the_others)
{
	enum { BLOCKED = 12, COUNT = BLOCKED + 1 };
	struct command commands[COUNT];

	add_users(BLOCKED + 1);
	for (unsigned i = 0; i < COUNT; i++)
		commands[i] = rename_user(i + 1, arena_printf(&arena, "renamed%u", i).ptr);
	beside_do("BEGIN; SELECT FROM users WHERE id <= 12 FOR UPDATE");
	put_all(&client, commands, COUNT);
	ck_assert_uint_eq(take_outcome(&client), BLOCKED);
	must_be(BLOCKED, FAULT_NONE);
	beside_do("COMMIT");
	take_all(&client, BLOCKED);
	for (unsigned i = 0; i < BLOCKED; i++)
		must_be(i, FAULT_NONE);
}
END_TEST

START_TEST(later_writes_of_a_locked_row_do_not_stop_later_groups)
{
	struct command first = rename_user(1, "first"), again[2];
	struct client second;

	add_users(2);
	client_open(&second, &dbd);
	beside_do("BEGIN; SELECT FROM users WHERE id = 1 FOR UPDATE");
	first.id = 100;
	client_put(&second, &first);
	client_flush(&second);
	beside_await_blocked();
	/* Until it is the slow lane that waits. */
	beside_await("SELECT count(*) > 0" BESIDE_THEIRS "AND wait_event_type = 'Lock'"
		     " AND now() - query_start > interval '200 ms'");
	for (unsigned i = 0; i < 5; i++) {
		again[0] = rename_user(2, arena_printf(&arena, "free%u", i).ptr);
		again[1] = rename_user(1, "later");
		again[1].id = 101 + i;
		client_put(&second, &again[1]);
		client_flush(&second);
		must_do(again[0]);
		ck_assert_uint_lt(outcomes[0].after, (unsigned)patience(90));
	}
	beside_do("COMMIT");
	memset(outcomes, 0, sizeof(outcomes));
	take_all(&second, 6);
	for (unsigned i = 100; i < 106; i++)
		must_be(i, FAULT_NONE);
	client_close(&second);
}
END_TEST

START_TEST(a_lock_that_is_not_released_is_a_fault)
{
	add_users(1);
	beside_do("BEGIN; SELECT FROM users WHERE id = 1 FOR UPDATE");
	run_one(rename_user(1, "never"));
	must_be(0, FAULT_LOCKED);
	ck_assert_uint_ge(outcomes[0].after, 8000);
	beside_do("COMMIT");
	must_do(rename_user(1, "now"));
}
END_TEST

/* The deadlock is PostgreSQL's to find: the slow lane waits for row 1, for which it has given up
 * row 2... the other session waits for a row that the slow lane has locked. */
START_TEST(a_deadlock_with_another_session_is_run_again)
{
	struct command c = delete_row("user", 1);

	add_users(1);
	must_do(create_post(1, "of the other session"));
	beside_do("SET deadlock_timeout = '1h'; BEGIN;"
		  "SELECT FROM posts WHERE id = 1 FOR UPDATE");
	put_all(&client, &c, 1);
	beside_await("SELECT count(*) > 0" BESIDE_THEIRS "AND wait_event_type = 'Lock'"
		     " AND now() - query_start > interval '200 ms'");
	/* The slow lane holds the user and waits for the post. */
	beside_do("UPDATE users SET username = 'other' WHERE id = 1; COMMIT");
	take_all(&client, 1);
	must_be(0, FAULT_NONE);
	beside_must_be("SELECT count(*) FROM users", "0");
}
END_TEST

START_TEST(a_serialization_failure_is_run_again)
{
	add_users(1);
	beside_do("CREATE SEQUENCE attempts;"
		  "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " IF nextval('attempts') < 4 THEN RAISE EXCEPTION 'no' USING ERRCODE = '40001';"
		  " END IF; RETURN NEW; END $$;"
		  "CREATE TRIGGER refuse BEFORE UPDATE ON users FOR EACH ROW"
		  " EXECUTE FUNCTION refuse()");
	must_do(rename_user(1, "at last"));
	beside_must_be("SELECT last_value FROM attempts", "4");
	beside_do("ALTER SEQUENCE attempts RESTART; DROP TRIGGER refuse ON users;"
		  "CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON users DEFERRABLE INITIALLY "
		  "DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()");
	must_do(rename_user(1, "again"));
	beside_must_be("SELECT last_value FROM attempts", "4");
	beside_must_be("SELECT username FROM users", "again");
}
END_TEST

START_TEST(what_never_succeeds_is_given_up)
{
	struct command commands[] = { rename_user(1, "a"), create_user("b") };

	add_users(1);
	beside_do("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$;"
		  "CREATE TRIGGER refuse BEFORE UPDATE ON users FOR EACH ROW"
		  " EXECUTE FUNCTION refuse()");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_LOCKED);
	must_be(1, FAULT_NONE);
}
END_TEST

/* Triggers that write. */

START_TEST(a_reply_shows_what_triggers_have_written)
{
	dbd_stop(&dbd);
	client_close(&client);
	beside_do("CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " NEW.username := upper(NEW.username); RETURN NEW; END $$;"
		  "CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON users FOR EACH ROW"
		  " EXECUTE FUNCTION shout()");
	dbd_start(&dbd);
	client_open(&client, &dbd);
	must_do(create_user("ada"));
	ck_assert_str_eq(outcomes[0].text, "ADA");
	must_do(rename_user(1, "bob"));
	ck_assert_str_eq(outcomes[0].text, "BOB");
}
END_TEST

/* What a trigger has written beside goes with the command that fails. */
START_TEST(a_command_that_fails_leaves_nothing_of_its_triggers)
{
	struct command commands[] = { create_user("silent"), create_user("other") };

	dbd_stop(&dbd);
	client_close(&client);
	beside_do("CREATE TABLE seen (name text);"
		  "CREATE FUNCTION hush() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " INSERT INTO seen VALUES (NEW.username);"
		  " IF NEW.username = 'silent' THEN RETURN NULL; END IF; RETURN NEW; END $$;"
		  "CREATE TRIGGER hush BEFORE INSERT ON users FOR EACH ROW"
		  " EXECUTE FUNCTION hush()");
	dbd_start(&dbd);
	client_open(&client, &dbd);
	run_all(commands, NITEMS(commands));
	ck_assert_int_ne(outcomes[0].fault, FAULT_NONE);
	must_be(1, FAULT_NONE);
	beside_must_be("SELECT string_agg(name, ' ') FROM seen", "other");
}
END_TEST

/* Rules replace what is written. */
START_TEST(a_rule_that_does_nothing_fails_its_command_alone)
{
	struct command commands[] = { create_user("new"), rename_user(1, "b"),
		create_post(2, "new"), delete_row("post", 1) };

	add_users(2);
	must_do(create_post(1, "old"));
	beside_do("CREATE RULE nothing AS ON INSERT TO users DO INSTEAD NOTHING;"
		  "CREATE RULE nothing AS ON DELETE TO posts DO INSTEAD NOTHING");
	run_all(commands, NITEMS(commands));
	must_be(0, FAULT_INTERNAL);
	must_be(1, FAULT_NONE);
	must_be(2, FAULT_NONE);
	must_be(3, FAULT_INTERNAL);
	beside_must_be("SELECT count(*) || ' ' || (SELECT count(*) FROM posts) FROM users", "2 2");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_groups");
	TCase *groups = tcase_create("groups");

	tcase_set_tags(groups, "server");
	tcase_add_checked_fixture(groups, beside_setup, beside_teardown);
	tcase_set_timeout(groups, 60);
	tcase_add_test(groups, writes_of_one_row_follow_each_other);
	tcase_add_test(groups, a_deleted_row_is_gone_for_those_that_come_after_it);
	tcase_add_test(groups, of_creations_with_one_name_one_is_done);
	tcase_add_test(groups, a_name_that_another_session_takes_meanwhile_is_a_conflict);
	tcase_add_test(groups, what_fails_in_the_database_fails_alone);
	tcase_add_test(groups, two_that_fail_leave_the_others_done_once);
	tcase_add_test(groups, a_trigger_that_raises_fails_its_command_alone);
	tcase_add_test(groups, what_fails_at_the_commit_fails_alone);
	tcase_add_test(groups, statements_stay_prepared_after_a_failure);
	tcase_add_test(groups, a_foreign_lock_stops_only_those_that_want_it);
	tcase_add_test(groups, many_writes_of_a_locked_row_stop_the_others_once);
	tcase_add_test(groups, many_locked_rows_do_not_fail_the_others);
	tcase_add_test(groups, later_writes_of_a_locked_row_do_not_stop_later_groups);
	tcase_add_test(groups, a_lock_that_is_not_released_is_a_fault);
	tcase_add_test(groups, a_deadlock_with_another_session_is_run_again);
	tcase_add_test(groups, a_serialization_failure_is_run_again);
	tcase_add_test(groups, what_never_succeeds_is_given_up);
	tcase_add_test(groups, a_reply_shows_what_triggers_have_written);
	tcase_add_test(groups, a_command_that_fails_leaves_nothing_of_its_triggers);
	tcase_add_test(groups, a_rule_that_does_nothing_fails_its_command_alone);
	suite_add_tcase(suite, groups);
	return suite;
}
