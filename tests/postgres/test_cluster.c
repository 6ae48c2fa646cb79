/* What the tests of the engine rest on: servers of a test's own, and databases that are new. */
#include "postgres_cluster.h"
#include "suite.h"

#include <signal.h>

static struct postgres_cluster cluster;

static void setup(void)
{
	postgres_cluster_start(&cluster, NULL);
}

static void teardown(void)
{
	postgres_cluster_remove(&cluster);
}

static void has_rows(const char *due)
{
	ck_assert_str_eq(test_database_sql(cluster.url, "SELECT count(*) FROM kept"), due);
}

START_TEST(what_was_committed_is_there_after_each_stop)
{
	static const char *const modes[] = { "fast", "immediate" };

	ck_assert_str_eq(test_database_sql(cluster.url, "SHOW fsync"), "on");
	ck_assert_str_eq(test_database_sql(cluster.url, "SHOW listen_addresses"), "");
	test_database_sql(cluster.url, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
	postgres_cluster_restart(&cluster, modes[_i]);
	has_rows("1");
	ck_assert_int_eq(kill(postgres_cluster_pid(&cluster), 0), 0);
	postgres_cluster_stop(&cluster, modes[_i]);
	postgres_cluster_resume(&cluster);
	has_rows("1");
}
END_TEST

/* Both runs use the same database. */
START_TEST(each_test_has_an_empty_database)
{
	char url[TEST_URL_MAX], other[TEST_URL_MAX];

	test_database_new("unused", url);
	test_database_new("unused", other);
	ck_assert_str_ne(url, other);
	ck_assert_str_eq(test_database_sql(url, "SELECT count(*) FROM pg_tables WHERE schemaname = "
						"'public'; SHOW work_mem"),
		"0\n4MB");
	test_database_sql(url, "CREATE TABLE users (id serial PRIMARY KEY, username text, email "
			       "text); CREATE TABLE posts (title text, content text, user_id int, "
			       "date_posted timestamptz)");
	test_database_insert_posts(url, 3, 4);
	ck_assert_str_eq(
		test_database_sql(url, "SELECT min(user_id), count(*), min(content) FROM posts"),
		"1|3|0000");
	test_database_check(url);
	test_database_sql(url, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = "
			       "''8MB''', current_database()); END $$");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("cluster");
	TCase *own = tcase_create("own server"), *shared = tcase_create("shared server");

	tcase_set_tags(own, "server");
	tcase_set_timeout(own, 60);
	tcase_add_checked_fixture(own, setup, teardown);
	tcase_add_loop_test(own, what_was_committed_is_there_after_each_stop, 0, 2);
	suite_add_tcase(s, own);
	tcase_set_tags(shared, "server");
	tcase_add_loop_test(shared, each_test_has_an_empty_database, 0, 2);
	suite_add_tcase(s, shared);
	return s;
}
