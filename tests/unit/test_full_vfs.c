#include "full_vfs.h"

#include "scratch.h"
#include "suite.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

enum { ROOM = 64 * 1024 };

static sqlite3 *db;

static void setup(void)
{
	scratch_setup();
	signal(SIGXFSZ, SIG_IGN);
	full_vfs_install();
	ck_assert_int_eq(sqlite3_open(scratch_path("app.db"), &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE t (x)", NULL, NULL, NULL),
		SQLITE_OK);
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	scratch_teardown();
}

static int insert_much(void)
{
	return sqlite3_exec(db, "INSERT INTO t VALUES (randomblob(1000000))", NULL, NULL, NULL);
}

START_TEST(a_file_that_may_not_grow_is_a_full_disk)
{
	struct rlimit before, lower;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	lower = (struct rlimit){ ROOM, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lower), 0);
	int rc = insert_much();
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_int_eq(rc, SQLITE_FULL);
	ck_assert_str_eq(full_vfs_reason(), " (File too large)");
	ck_assert_int_eq(insert_much(), SQLITE_OK);
}
END_TEST

START_TEST(where_nothing_is_full_there_is_no_reason)
{
	ck_assert_int_eq(insert_much(), SQLITE_OK);
	ck_assert_str_eq(full_vfs_reason(), "");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("full_vfs");
	TCase *tests = tcase_create("full_vfs");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_file_that_may_not_grow_is_a_full_disk);
	tcase_add_test(tests, where_nothing_is_full_there_is_no_reason);
	suite_add_tcase(suite, tests);
	return suite;
}
