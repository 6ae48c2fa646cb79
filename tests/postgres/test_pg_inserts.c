/* Rows that a group inserts by one statement: each command gets its own row, also if rows to which
 * others refer are absent, the statement fails, or something in the schema leaves rows out. */
#include "beside.h"
#include "suite.h"

enum { COUNT = 60 };

static void add_users(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		must_do(create_user(arena_printf(&arena, "user%u", i + 1).ptr));
}

/* Statements that insert posts, while dbd runs: it takes triggers for absent. */
static void count_statements(void)
{
	beside_do("CREATE TABLE counted (n integer);"
		  "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " INSERT INTO counted VALUES (1); RETURN NULL; END $$;"
		  "CREATE TRIGGER see AFTER INSERT ON posts FOR EACH STATEMENT"
		  " EXECUTE FUNCTION see()");
}

/* Posts of users 1 to `users`, in no order. */
static void make_posts(struct command *commands, unsigned users)
{
	for (unsigned i = 0; i < COUNT; i++)
		commands[i] =
			create_post(i * 7 % users + 1, arena_printf(&arena, "title \"%u\\", i).ptr);
}

/* The post with the key of the reply is that of the command. */
static void must_be_own(unsigned i, unsigned users)
{
	must_be(i, FAULT_NONE);
	beside_must_be(
		arena_printf(&arena, "SELECT title || ' of ' || user_id FROM posts WHERE id = %d",
			(int)outcomes[i].key)
			.ptr,
		arena_printf(&arena, "title \"%u\\ of %u", i, i * 7 % users + 1).ptr);
}

START_TEST(rows_of_a_group_are_inserted_together)
{
	struct command commands[COUNT];

	add_users(5);
	count_statements();
	make_posts(commands, 5);
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		must_be_own(i, 5);
	beside_must_be("SELECT count(*) FROM posts", "60");
	beside_must_be("SELECT count(*) < 10 FROM counted", "t");
}
END_TEST

START_TEST(a_row_whose_parent_is_absent_leaves_the_others_theirs)
{
	struct command commands[COUNT];

	add_users(5);
	must_do(delete_row("user", 3));
	must_do(delete_row("user", 1));
	count_statements();
	make_posts(commands, 5);
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		unsigned user = i * 7 % 5 + 1;
		if (user != 1 && user != 3) {
			must_be_own(i, 5);
			continue;
		}
		must_be(i, FAULT_NOT_FOUND);
		ck_assert_uint_eq(outcomes[i].fields, field_bit("post", "user_id"));
	}
	beside_must_be("SELECT count(*) || ' ' || max(id) FROM posts", "36 36");
	beside_must_be("SELECT count(*) < 10 FROM counted", "t");
}
END_TEST

START_TEST(a_row_that_fails_in_the_database_fails_alone)
{
	struct command commands[COUNT];

	add_users(5);
	beside_do("ALTER TABLE posts ADD CONSTRAINT good CHECK (title <> 'title \"20\\')");
	make_posts(commands, 5);
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		if (i != 20)
			must_be_own(i, 5);
	must_be(20, FAULT_INTERNAL);
	beside_must_be("SELECT count(*) FROM posts", "59");
}
END_TEST

/* As an index that is not declared. */
START_TEST(a_value_that_is_taken_unexpectedly_is_a_conflict)
{
	struct command commands[COUNT];

	add_users(5);
	beside_do("CREATE UNIQUE INDEX u ON posts (title)");
	make_posts(commands, 5);
	commands[30] = create_post(2, "title \"20\\");
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		if (i != 20 && i != 30)
			must_be_own(i, 5);
	ck_assert_int_eq(
		(outcomes[20].fault == FAULT_CONFLICT) + (outcomes[30].fault == FAULT_CONFLICT), 1);
	beside_must_be("SELECT count(*) FROM posts", "59");
}
END_TEST

START_TEST(a_parent_that_is_locked_stops_only_its_rows)
{
	struct command commands[COUNT];
	unsigned blocked = 0;

	add_users(5);
	make_posts(commands, 5);
	for (unsigned i = 0; i < COUNT; i++)
		blocked += i * 7 % 5 + 1 == 2;
	beside_do("BEGIN; SELECT FROM users WHERE id = 2 FOR UPDATE");
	put_all(&client, commands, COUNT);
	take_all(&client, COUNT - blocked);
	for (unsigned i = 0; i < COUNT; i++) {
		if (i * 7 % 5 + 1 == 2)
			continue;
		must_be_own(i, 5);
		ck_assert_uint_lt(outcomes[i].after, (unsigned)patience(1500));
	}
	beside_await_blocked();
	beside_do("COMMIT");
	take_all(&client, blocked);
	for (unsigned i = 0; i < COUNT; i++)
		must_be_own(i, 5);
	beside_must_be("SELECT count(*) FROM posts", "60");
}
END_TEST

/* The parent goes while the statement waits for it. */
START_TEST(a_parent_that_is_deleted_meanwhile_is_not_found)
{
	struct command commands[COUNT];

	add_users(5);
	make_posts(commands, 5);
	beside_do("BEGIN; DELETE FROM users WHERE id = 2");
	put_all(&client, commands, COUNT);
	beside_await_blocked();
	beside_do("COMMIT");
	take_all(&client, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		if (i * 7 % 5 + 1 == 2)
			must_be(i, FAULT_NOT_FOUND);
		else
			must_be_own(i, 5);
	}
}
END_TEST

/* Of two rows of one user the first is left out: what comes back looks like the first. */
START_TEST(rows_that_a_new_trigger_leaves_out_are_not_confused)
{
	struct command commands[COUNT];

	add_users(5);
	make_posts(commands, 5);
	beside_do("CREATE FUNCTION hush() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
		  " IF NEW.title IN ('title \"1\\', 'title \"22\\') THEN RETURN NULL; END IF;"
		  " RETURN NEW; END $$;"
		  "CREATE TRIGGER hush BEFORE INSERT ON posts FOR EACH ROW"
		  " EXECUTE FUNCTION hush()");
	run_all(commands, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		if (i == 1 || i == 22)
			ck_assert_int_ne(outcomes[i].fault, FAULT_NONE);
		else
			must_be_own(i, 5);
	}
	beside_must_be("SELECT count(*) FROM posts", "58");
}
END_TEST

START_TEST(a_connection_that_is_lost_meanwhile_costs_no_row)
{
	struct command commands[COUNT];

	add_users(5);
	make_posts(commands, 5);
	beside_do("BEGIN; SELECT FROM users WHERE id = 2 FOR UPDATE");
	put_all(&client, commands, COUNT);
	beside_await_blocked();
	beside_end_connections("wait_event_type = 'Lock'");
	beside_do("COMMIT");
	take_all(&client, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		must_be_own(i, 5);
	beside_must_be("SELECT count(*) FROM posts", "60");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_inserts");
	TCase *groups = tcase_create("groups");

	tcase_set_tags(groups, "server");
	tcase_add_checked_fixture(groups, beside_setup, beside_teardown);
	tcase_set_timeout(groups, 60);
	tcase_add_test(groups, rows_of_a_group_are_inserted_together);
	tcase_add_test(groups, a_row_whose_parent_is_absent_leaves_the_others_theirs);
	tcase_add_test(groups, a_row_that_fails_in_the_database_fails_alone);
	tcase_add_test(groups, a_value_that_is_taken_unexpectedly_is_a_conflict);
	tcase_add_test(groups, a_parent_that_is_locked_stops_only_its_rows);
	tcase_add_test(groups, a_parent_that_is_deleted_meanwhile_is_not_found);
	tcase_add_test(groups, rows_that_a_new_trigger_leaves_out_are_not_confused);
	tcase_add_test(groups, a_connection_that_is_lost_meanwhile_costs_no_row);
	suite_add_tcase(suite, groups);
	return suite;
}
