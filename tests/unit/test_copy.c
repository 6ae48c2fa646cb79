#include "copy.h"

#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define BYTES "some bytes"

static const char *path; /* of the database, which need not be there */
static struct buf error;
static unsigned calls, calls_allowed;

static bool goes_on(void *context, unsigned done, unsigned total)
{
	(void)context;
	(void)done;
	(void)total;
	return calls++ < calls_allowed;
}

static struct copy_watch watch = { .goes_on = goes_on };

static void setup(void)
{
	scratch_setup();
	path = scratch_path("app.db");
	buf_init(&error, 10000);
	calls_allowed = UINT_MAX;
}

static void teardown(void)
{
	buf_done(&error);
	scratch_teardown();
}

static void run(sqlite3 *db, const char *sql)
{
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
}

static sqlite3 *open_plain(const char *name)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(scratch_path(name), &db), SQLITE_OK);
	return db;
}

static sqlite3 *open_copy(void)
{
	sqlite3 *copy = copy_open(path, COPY_BACKUP, &watch, &error);

	ck_assert_ptr_nonnull(copy);
	return copy;
}

static void expect_error(const char *text)
{
	buf_char(&error, '\0');
	ck_assert_msg(strstr(buf_view(&error).ptr, text) != NULL, "%s", buf_view(&error).ptr);
}

/*
 * Files
 */

static int make_source(void)
{
	int fd = open(scratch_path("source"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, BYTES, strlen(BYTES)), (ssize_t)strlen(BYTES));
	return fd;
}

START_TEST(bytes_are_taken_and_given)
{
	int source = make_source();
	char bytes[100];

	ck_assert_int_eq(copy_take(path, COPY_RESTORE, source, &watch), 0);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, source, &watch), EEXIST);
	int given = copy_give(path, COPY_RESTORE);
	ck_assert_int_ge(given, 0);
	ssize_t n = read(given, bytes, sizeof(bytes));
	ck_assert_slice_eq(((struct str){ bytes, (size_t)n }), STR(BYTES));
	ck_assert_int_eq(copy_give(path, COPY_RESTORE), -1);
	ck_assert_int_eq(errno, ENOENT);
	close(given);
	close(source);
}
END_TEST

START_TEST(what_is_no_file_is_not_taken)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, ends[0], &watch), EINVAL);
	close(ends[0]);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, ends[0], &watch), EBADF);
	int closed_to_readers = open(scratch_path("source"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, closed_to_readers, &watch), EBADF);
	close(closed_to_readers);
	close(ends[1]);
}
END_TEST

START_TEST(taking_can_be_broken_off)
{
	int source = make_source();

	calls_allowed = 0;
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, source, &watch), EINTR);
	copy_sweep(path, COPY_RESTORE);
	ck_assert_int_eq(copy_give(path, COPY_RESTORE), -1);
	close(source);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_refused)
{
	char name[PATH_MAX];
	int source = make_source();

	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(copy_take(name, COPY_RESTORE, source, &watch), ENAMETOOLONG);
	ck_assert_int_eq(copy_give(name, COPY_BACKUP), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_ptr_null(copy_open(name, COPY_BACKUP, &watch, &error));
	expect_error("cannot be opened");
	close(source);
}
END_TEST

/*
 * Databases
 */

START_TEST(copying_can_be_broken_off)
{
	sqlite3 *database = open_plain("app.db"), *copy = open_copy();

	run(database, "CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(4000000))");
	run(copy, "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
	calls = 0;
	calls_allowed = 2;
	ck_assert_int_eq(copy_all(copy, database, &watch), SQLITE_INTERRUPT);
	ck_assert_uint_eq(calls, 3);
	calls_allowed = UINT_MAX;
	ck_assert_int_eq(copy_count_rows(copy, "t"), 2);
	ck_assert_int_eq(copy_all(copy, database, &watch), SQLITE_OK);
	ck_assert_int_eq(copy_count_rows(copy, "t"), 1);
	ck_assert_int_eq(copy_count_rows(copy, "none"), -1);
	sqlite3_close(copy);
	sqlite3_close(database);
}
END_TEST

START_TEST(a_database_that_is_read_meanwhile_is_not_replaced)
{
	sqlite3 *database = open_plain("app.db"), *copy = open_copy();
	sqlite3_stmt *reading;

	run(database, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
	ck_assert_int_eq(
		sqlite3_prepare_v2(database, "SELECT x FROM t", -1, &reading, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(reading), SQLITE_ROW);
	ck_assert_int_eq(copy_all(database, copy, &watch), SQLITE_ERROR);
	sqlite3_finalize(reading);
	sqlite3_close(copy);
	sqlite3_close(database);
}
END_TEST

/* A table of another program, which alone has the collation that it names. */
static void make_foreign_table(sqlite3 *copy)
{
	run(copy, "CREATE TABLE words (word TEXT); CREATE INDEX ix ON words (word);"
		  "INSERT INTO words VALUES ('b'), ('a'); PRAGMA writable_schema = ON;"
		  "UPDATE sqlite_schema SET sql = replace(sql, 'word TEXT', 'word TEXT COLLATE "
		  "german') WHERE name = 'words'; PRAGMA writable_schema = RESET");
}

static void make_own_table(sqlite3 *copy)
{
	run(copy, "CREATE TABLE notes (x TEXT NOT NULL); INSERT INTO notes VALUES ('a')");
}

/* A row that breaks NOT NULL, which quick_check finds. */
static void damage_own_table(sqlite3 *copy)
{
	run(copy, "CREATE TABLE bad (x TEXT); INSERT INTO bad VALUES (NULL);"
		  "PRAGMA writable_schema = ON;"
		  "UPDATE sqlite_schema SET sql = 'CREATE TABLE bad (x TEXT NOT NULL)'"
		  " WHERE name = 'bad'; PRAGMA writable_schema = RESET");
}

static const struct {
	void (*make[3])(sqlite3 *copy);
	const char *error; /* NULL: in order */
} checks[] = {
	{ { make_own_table }, NULL },
	{ { make_own_table, damage_own_table }, "NULL value in bad.x" },
	{ { make_foreign_table, make_own_table }, NULL },
	{ { make_foreign_table, make_own_table, damage_own_table }, "NULL value in bad.x" },
};

/* The file is made by another connection: one of copy_open refuses to write the schema. */
START_TEST(a_copy_is_checked_but_for_tables_of_other_programs)
{
	sqlite3 *made = open_plain("app.db-backup");

	for (size_t i = 0; i < NITEMS(checks[_i].make) && checks[_i].make[i]; i++)
		checks[_i].make[i](made);
	ck_assert_int_eq(sqlite3_close(made), SQLITE_OK);
	sqlite3 *copy = open_copy();
	ck_assert_int_eq(copy_check(copy, &error), checks[_i].error == NULL);
	if (checks[_i].error)
		expect_error(checks[_i].error);
	sqlite3_close(copy);
}
END_TEST

START_TEST(a_check_can_be_broken_off)
{
	sqlite3 *copy = open_copy();

	run(copy, "CREATE TABLE t (x); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
		  "FROM n WHERE i < 100000) INSERT INTO t SELECT i FROM n");
	calls_allowed = 0;
	ck_assert(!copy_check(copy, &error));
	expect_error("interrupted");
	sqlite3_close(copy);
}
END_TEST

START_TEST(a_copy_without_our_tables_does_not_fit)
{
	sqlite3 *database = open_plain("app.db"), *copy = open_copy();

	ck_assert(!copy_fit(copy, database, &error));
	expect_error("it has no table users");
	sqlite3_close(copy);
	sqlite3_close(database);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("copy");
	TCase *tests = tcase_create("copy");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, bytes_are_taken_and_given);
	tcase_add_test(tests, what_is_no_file_is_not_taken);
	tcase_add_test(tests, taking_can_be_broken_off);
	tcase_add_test(tests, a_name_that_is_too_long_is_refused);
	tcase_add_test(tests, copying_can_be_broken_off);
	tcase_add_test(tests, a_database_that_is_read_meanwhile_is_not_replaced);
	tcase_add_loop_test(
		tests, a_copy_is_checked_but_for_tables_of_other_programs, 0, NITEMS(checks));
	tcase_add_test(tests, a_check_can_be_broken_off);
	tcase_add_test(tests, a_copy_without_our_tables_does_not_fit);
	suite_add_tcase(suite, tests);
	return suite;
}
