/* Checkpoints in slices: what is moved when, what is synced, when the log starts again, and what
 * follows if the sync fails. */
#include "store_checkpoint.h"

#include "faulty_vfs.h"
#include "log.h"
#include "sample.h"
#include "scratch.h"
#include "store_state.h"
#include "store_statements.h"
#include "suite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVERY = 50, ROUND = 300, GROUP_PAGES = 10, PAGE = 4096, DIED = 7 };

static struct buf error;
static const char *path;
static char log_path[256];
static struct store *writer;
static sqlite3 *db;
static int every = EVERY;

static void execute(const char *sql)
{
	ck_assert_msg(
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
}

static void open_writer(void)
{
	writer = store_open_writer(path, &error);
	ck_assert_msg(writer, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	db = writer->db;
	writer->checkpoint.round = ROUND;
}

static void setup(void)
{
	scratch_setup();
	buf_init(&error, 64 * 1024);
	path = scratch_path("app.db");
	snprintf(log_path, sizeof(log_path), "%s-wal", path);
	faulty_vfs_register();
	open_writer();
	execute("CREATE TABLE ballast (b)");
}

static void teardown(void)
{
	faulty_vfs_heal();
	store_close(writer);
	buf_done(&error);
	faulty_vfs_forget();
	scratch_teardown();
}

static off_t size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : 0;
}

/* About GROUP_PAGES pages. */
static bool group(void)
{
	execute("INSERT INTO ballast VALUES (zeroblob(10 * 4000))");
	writer->checkpoint.every = every;
	return store_checkpoint_if_long(writer);
}

static int moved_pages(void)
{
	return (int)(size_of(path) / PAGE);
}

/* Groups until the next slice is moved or the anchor is set. */
static void groups_until_due(void)
{
	int before = writer->checkpoint.pages;

	while (writer->checkpoint.pages == before)
		ck_assert(group());
}

START_TEST(a_slice_is_moved_without_a_sync_of_the_file)
{
	int before = moved_pages();

	groups_until_due();
	ck_assert(writer->checkpoint.anchored);
	ck_assert_int_eq(moved_pages(), before);
	while (writer->wal_pages - writer->checkpoint.pages < EVERY - 2 * GROUP_PAGES)
		ck_assert(group());
	every = 1;
	faulty_vfs_heal();
	ck_assert(group());
	ck_assert_uint_eq(faulty_vfs_count(FAULTY_SYNC), 1); /* the commit's */
	ck_assert_int_ge(moved_pages(), before + EVERY / 2);
	ck_assert_int_lt(moved_pages(), writer->wal_pages);
	ck_assert(writer->checkpoint.sliced);
}
END_TEST

START_TEST(after_a_round_the_log_starts_again)
{
	int highest = 0, restarts = 0;

	for (int i = 0, last = 0; i < 10 * ROUND / GROUP_PAGES; i++) {
		ck_assert(group());
		restarts += writer->wal_pages < last;
		last = writer->wal_pages;
		highest = last > highest ? last : highest;
	}
	ck_assert_int_ge(restarts, 4);
	/* The last due slice, and the groups from there. */
	ck_assert_int_le(highest, ROUND * 5 / 4 + 2 * GROUP_PAGES);
	ck_assert_int_le(size_of(log_path), (off_t)(highest + 1) * (PAGE + 24));
}
END_TEST

START_TEST(a_round_ends_when_nobody_writes)
{
	groups_until_due();
	groups_until_due();
	ck_assert(writer->checkpoint.sliced);
	store_checkpoint_if_idle(writer);
	ck_assert(writer->checkpoint.anchored); /* there was a group just now */
	store_checkpoint_if_idle(writer);
	ck_assert(!writer->checkpoint.anchored);
	ck_assert(!writer->checkpoint.sliced);
	ck_assert(group());
	ck_assert_int_lt(writer->wal_pages, 2 * GROUP_PAGES);
}
END_TEST

/* Another program's checkpoint must not wait for the anchor either. */
START_TEST(a_checkpoint_on_request_empties_the_log)
{
	int pages_before, pages_after;

	groups_until_due();
	groups_until_due();
	ck_assert_int_eq(store_checkpoint(writer, &pages_before, &pages_after), SQLITE_OK);
	ck_assert_int_gt(pages_before, EVERY);
	ck_assert_int_eq(pages_after, 0);
	ck_assert_int_eq(size_of(log_path), 0);
	ck_assert(!writer->checkpoint.sliced);
}
END_TEST

START_TEST(closing_leaves_one_file)
{
	groups_until_due();
	groups_until_due();
	store_close(writer);
	ck_assert_int_eq(access(log_path, F_OK), -1);
	open_writer();
}
END_TEST

/* A reader of an old snapshot keeps slices from being moved, not writes from being done. */
START_TEST(a_reader_in_the_way_is_no_failure)
{
	struct store *reader = store_open_reader(path, &error);
	sqlite3_stmt *statement;

	ck_assert_ptr_nonnull(reader);
	ck_assert_int_eq(
		sqlite3_prepare_v2(reader->db, "SELECT 1 FROM sqlite_schema", -1, &statement, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int before = moved_pages();
	while (writer->wal_pages < 2 * ROUND)
		ck_assert(group());
	ck_assert_int_eq(moved_pages(), before);
	sqlite3_finalize(statement);
	store_close(reader);
	while (writer->wal_pages >= 2 * ROUND)
		ck_assert(group());
	ck_assert_int_gt(moved_pages(), ROUND);
}
END_TEST

START_TEST(a_sync_that_fails_after_slices_ends_the_process)
{
	log_set_death(DIED);
	groups_until_due();
	groups_until_due();
	ck_assert(writer->checkpoint.sliced);
	store_checkpoint_if_idle(writer);
	faulty_vfs_fail(FAULTY_SYNC, 2, SQLITE_IOERR_FSYNC, false); /* the first is the log's */
	store_checkpoint_if_idle(writer);
	exit(0);
}
END_TEST

START_TEST(a_sync_that_fails_without_slices_does_not)
{
	groups_until_due();
	ck_assert(writer->checkpoint.anchored && !writer->checkpoint.sliced);
	store_checkpoint_if_idle(writer);
	faulty_vfs_fail(FAULTY_SYNC, 2, SQLITE_IOERR_FSYNC, false);
	store_checkpoint_if_idle(writer);
	ck_assert(faulty_vfs_has_failed());
	db = writer->db;
	ck_assert(group());
}
END_TEST

/* With the thread that starts writes early. */
START_TEST(the_device_is_started_early)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	store_checkpoint_write_back(writer, fd);
	for (int i = 0; i < 5 * ROUND / GROUP_PAGES; i++)
		ck_assert(group());
	ck_assert_ptr_nonnull(writer->checkpoint.writeback);
	store_close(writer);
	close(fd);
	open_writer();
	execute("PRAGMA integrity_check");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("checkpoint");
	TCase *tc = tcase_create("checkpoint");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_slice_is_moved_without_a_sync_of_the_file);
	tcase_add_test(tc, after_a_round_the_log_starts_again);
	tcase_add_test(tc, a_round_ends_when_nobody_writes);
	tcase_add_test(tc, a_checkpoint_on_request_empties_the_log);
	tcase_add_test(tc, closing_leaves_one_file);
	tcase_add_test(tc, a_reader_in_the_way_is_no_failure);
	tcase_add_exit_test(tc, a_sync_that_fails_after_slices_ends_the_process, DIED);
	tcase_add_test(tc, a_sync_that_fails_without_slices_does_not);
	tcase_add_test(tc, the_device_is_started_early);
	suite_add_tcase(suite, tc);
	return suite;
}
