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
#include <sys/wait.h>
#include <unistd.h>

enum {
	EVERY = 50,
	ROUND = 300,
	GROUP_PAGES = 10,
	PAGE = 4096,
	DIED = 7,
	LOG_ROOM = 1024 * 1024 /* bytes that the log may have behind its frames */
};

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
	ck_assert_int_le(size_of(log_path), (off_t)(highest + 1) * (PAGE + 24) + LOG_ROOM);
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

/* Rows of ballast that a power cut now would leave. */
static int rows_after_power_cut(void)
{
	const char *copy = scratch_path("cut.db");
	sqlite3_stmt *count;
	sqlite3 *cut;

	faulty_vfs_cut(path, copy, 0);
	ck_assert_int_eq(sqlite3_open(copy, &cut), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(cut, "SELECT count(*) FROM ballast", -1, &count, NULL),
		SQLITE_OK);
	int rows = sqlite3_step(count) == SQLITE_ROW ? sqlite3_column_int(count, 0) : -1;
	sqlite3_finalize(count);
	sqlite3_close(cut);
	return rows;
}

/* SQLite tries once more when the connection is closed, and then removes the log. */
START_TEST(a_sync_that_fails_once_while_closing_loses_no_slice)
{
	int groups = 0;

	for (; writer->checkpoint.pages < 2 * EVERY; groups++)
		ck_assert(group());
	ck_assert(writer->checkpoint.sliced);
	faulty_vfs_fail(FAULTY_SYNC, 2, SQLITE_IOERR_FSYNC, false); /* the first is the log's */
	store_close(writer);
	ck_assert(faulty_vfs_has_failed());
	ck_assert_int_eq(access(log_path, F_OK), -1);
	ck_assert_int_eq(rows_after_power_cut(), groups);
	open_writer();
}
END_TEST

/* In the index of the log, as all processes see it (walformat.html). */
static uint32_t moved_in_index(void)
{
	enum { MOVED_AT = 96 };
	char name[256];
	uint32_t moved = 0;

	snprintf(name, sizeof(name), "%s-shm", path);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &moved, sizeof(moved), MOVED_AT), sizeof(moved));
	close(fd);
	return moved;
}

/* A process that moves slices and dies, in a failed sync or by a signal. Another program has the
 * file open before it dies, and as long as the test lasts. */
static const bool sync_fails[] = { true, false };

static void die_after_slices(bool in_sync, int ready, int go)
{
	char byte = 0;

	log_set_death(DIED);
	open_writer();
	groups_until_due();
	groups_until_due();
	store_checkpoint_if_idle(writer);
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
		_exit(0);
	if (!in_sync)
		_exit(DIED);
	faulty_vfs_fail(FAULTY_SYNC, 2, SQLITE_IOERR_FSYNC, false);
	store_checkpoint_if_idle(writer);
	_exit(0);
}

static sqlite3 *open_elsewhere(void)
{
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open_v2(path, &other, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(other, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

START_TEST(slices_are_moved_again_though_another_program_keeps_the_index)
{
	int ready[2], go[2], status;
	char byte = 0;

	store_close(writer);
	writer = NULL;
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		die_after_slices(sync_fails[_i], ready[1], go[0]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	sqlite3 *other = open_elsewhere();
	ck_assert_uint_gt(moved_in_index(), 0);
	ck_assert_int_eq(write(go[1], &byte, 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == DIED, "%#x", (unsigned)status);
	if (sync_fails[_i])
		ck_assert_uint_eq(moved_in_index(), 0);
	open_writer();
	ck_assert_uint_eq(moved_in_index(), 0);
	sqlite3_close(other);
}
END_TEST

/* SQLite notes all of the log as moved only after a sync. Readers then use the file alone, and keep
 * every process from moving what is noted as not moved. */
START_TEST(a_log_that_is_moved_whole_stays_so)
{
	sqlite3 *other = open_elsewhere();

	ck_assert(group());
	ck_assert_int_eq(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
		SQLITE_OK);
	uint32_t moved = moved_in_index();
	ck_assert_uint_ge(moved, GROUP_PAGES);
	ck_assert_int_eq(
		sqlite3_exec(other, "BEGIN; SELECT 1 FROM sqlite_schema", NULL, NULL, NULL),
		SQLITE_OK);
	store_close(writer);
	open_writer();
	ck_assert_uint_eq(moved_in_index(), moved);
	ck_assert_int_eq(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(other);
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
	tcase_add_test(tc, a_sync_that_fails_once_while_closing_loses_no_slice);
	tcase_add_test(tc, a_log_that_is_moved_whole_stays_so);
	tcase_add_loop_test(tc, slices_are_moved_again_though_another_program_keeps_the_index, 0,
		NITEMS(sync_fails));
	tcase_add_test(tc, the_device_is_started_early);
	suite_add_tcase(suite, tc);
	return suite;
}
