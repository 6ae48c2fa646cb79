/* The log is written with one call for each commit, with the same bytes in the same order as by
 * SQLite alone, and before readers can see the commit; a write that fails fails the commit. */
#include "wal_vfs.h"

#include "scratch.h"
#include "suite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	OPS_MAX = 4096,
	PAGE = 4096,
	FRAME = PAGE + 24,
	HEADER = 32,
	SEED = 42,
	LARGE = 300,
	ROOM = 1024 * 1024
};

/* A VFS beneath, which records what happens to logs and fails writes and syncs on demand. */

enum op { OP_WRITE, OP_SYNC, OP_TRUNCATE };

static struct {
	enum op op;
	sqlite3_int64 offset, len;
} ops[OPS_MAX];
static unsigned nops;
static unsigned fail_at; /* of the operations from now on; 0: none */
static int fail_with;
static int removed_characteristics;
static bool is_short; /* a failing write writes half of its bytes */

static const sqlite3_io_methods *real_methods;
static sqlite3_io_methods methods;
static sqlite3_vfs *real_vfs, recorder;

static int note(enum op op, sqlite3_int64 offset, sqlite3_int64 len)
{
	ck_assert_uint_lt(nops, OPS_MAX);
	ops[nops].op = op;
	ops[nops].offset = offset;
	ops[nops++].len = len;
	return fail_at > 0 && --fail_at == 0 ? fail_with : SQLITE_OK;
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	int rc = note(OP_WRITE, offset, len);

	if (rc != SQLITE_OK && !is_short)
		return rc;
	int written = real_methods->xWrite(file, bytes, rc == SQLITE_OK ? len : len / 2, offset);
	return rc == SQLITE_OK ? written : rc;
}

static int on_sync(sqlite3_file *file, int flags)
{
	(void)file;
	(void)flags;
	return note(OP_SYNC, 0, 0);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = note(OP_TRUNCATE, size, 0);

	return rc == SQLITE_OK ? real_methods->xTruncate(file, size) : rc;
}

static int on_characteristics(sqlite3_file *file)
{
	return real_methods->xDeviceCharacteristics(file) & ~removed_characteristics;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	(void)vfs;
	int rc = real_vfs->xOpen(real_vfs, name, file, flags, out);
	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
		return rc;
	real_methods = file->pMethods;
	methods = *real_methods;
	methods.xWrite = on_write;
	methods.xSync = on_sync;
	methods.xTruncate = on_truncate;
	methods.xDeviceCharacteristics = on_characteristics;
	file->pMethods = &methods;
	return rc;
}

/* Connections. */

static sqlite3 *db, *other;

static sqlite3 *open_with(const char *name, const char *vfs)
{
	sqlite3 *opened;

	ck_assert_int_eq(sqlite3_open_v2(scratch_path(name), &opened,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs),
		SQLITE_OK);
	return opened;
}

static int run(const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void must_run(const char *sql)
{
	ck_assert_msg(run(sql) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
}

static char *text_of(sqlite3 *from, const char *sql)
{
	static char text[256];
	sqlite3_stmt *statement;

	ck_assert_msg(sqlite3_prepare_v2(from, sql, -1, &statement, NULL) == SQLITE_OK, "%s",
		sqlite3_errmsg(from));
	ck_assert_msg(sqlite3_step(statement) == SQLITE_ROW, "%s", sqlite3_errmsg(from));
	snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

static const char table[] =
	"PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
	"CREATE TABLE t (x INTEGER PRIMARY KEY, y);"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
	"INSERT INTO t SELECT i, zeroblob(3000) FROM n;";

static void setup(void)
{
	scratch_setup();
	real_vfs = sqlite3_vfs_find(NULL);
	recorder = *real_vfs;
	recorder.zName = "recorder";
	recorder.xOpen = on_open;
	ck_assert_int_eq(sqlite3_vfs_register(&recorder, 1), SQLITE_OK);
	ck_assert_ptr_nonnull(wal_vfs());
	db = open_with("app.db", wal_vfs());
	other = open_with("app.db", "unix");
	must_run(table);
	nops = 0;
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	scratch_teardown();
}

static unsigned count(enum op op)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nops; i++)
		n += ops[i].op == op;
	return n;
}

START_TEST(a_commit_is_one_write_and_then_one_sync)
{
	must_run("UPDATE t SET y = zeroblob(2999) WHERE x IN (1, 100, 200)");
	ck_assert_uint_eq(nops, 2);
	ck_assert_int_eq(ops[0].op, OP_WRITE);
	ck_assert_int_eq(ops[0].len, 3 * FRAME);
	ck_assert_int_eq((ops[0].offset - HEADER) % FRAME, 0);
	ck_assert_int_eq(ops[1].op, OP_SYNC);
	must_run("UPDATE t SET y = zeroblob(2998) WHERE x = 1");
	ck_assert_uint_eq(nops, 4);
	ck_assert_int_eq(ops[2].offset, ops[0].offset + ops[0].len);
	ck_assert_int_eq(ops[2].len, FRAME);
}
END_TEST

/* SQLite syncs the new header of the log before it appends frames. */
START_TEST(a_log_that_starts_again_has_its_header_synced_first)
{
	must_run("PRAGMA wal_checkpoint");
	nops = 0;
	must_run("UPDATE t SET y = zeroblob(2999) WHERE x IN (1, 100)");
	ck_assert_uint_eq(nops, 4);
	ck_assert_int_eq(ops[0].op, OP_WRITE);
	ck_assert_int_eq(ops[0].offset, 0);
	ck_assert_int_eq(ops[0].len, HEADER);
	ck_assert_int_eq(ops[1].op, OP_SYNC);
	ck_assert_int_eq(ops[2].offset, HEADER);
	ck_assert_int_eq(ops[2].len, 2 * FRAME);
	ck_assert_int_eq(ops[3].op, OP_SYNC);
}
END_TEST

/* Each is a transaction whose rows another connection must see afterwards. */
static const char *const transactions[] = {
	"UPDATE t SET y = 'new' WHERE x IN (1, 150, 300)",
	"UPDATE t SET y = 'new'",
	/* Frames are written before the commit, read back, and written again. */
	"PRAGMA cache_size = 5; BEGIN; UPDATE t SET y = zeroblob(3001); UPDATE t SET y = 'new';"
	"UPDATE t SET y = 'new' WHERE x = 300; COMMIT",
	"PRAGMA cache_size = 5; BEGIN; UPDATE t SET y = 'lost'; ROLLBACK;"
	"UPDATE t SET y = 'new' WHERE x IN (1, 150, 300)",
	"PRAGMA cache_size = 5; BEGIN; SAVEPOINT s; UPDATE t SET y = 'lost'; ROLLBACK TO s;"
	"UPDATE t SET y = 'new' WHERE x IN (1, 150, 300); COMMIT",
};

static const char *const levels[] = { "PRAGMA synchronous = OFF", "PRAGMA synchronous = NORMAL",
	"PRAGMA synchronous = FULL" };

enum { VISIBLE = NITEMS(transactions) * NITEMS(levels) };

START_TEST(a_commit_is_written_before_others_see_it)
{
	must_run(levels[(size_t)_i % NITEMS(levels)]);
	must_run(transactions[(size_t)_i / NITEMS(levels)]);
	ck_assert_str_eq(text_of(other, "SELECT y FROM t WHERE x = 1"), "new");
	ck_assert_str_eq(text_of(other, "SELECT y FROM t WHERE x = 300"), "new");
	ck_assert_str_eq(text_of(other, "SELECT count(*) FROM t WHERE y = 'lost'"), "0");
	ck_assert_str_eq(text_of(other, "PRAGMA integrity_check"), "ok");
}
END_TEST

static size_t read_file(const char *name, char *bytes, size_t size)
{
	int fd = open(scratch_path(name), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, size);

	ck_assert_int_ge(n, 0);
	close(fd);
	return (size_t)n;
}

/* The salt in the log's header is from SQLite's random numbers. */
static size_t log_with(const char *name, const char *log, const char *vfs, const char *sql,
	char *bytes, size_t size)
{
	sqlite3 *before = db;

	ck_assert_int_eq(sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, SEED, NULL), SQLITE_OK);
	db = open_with(name, vfs);
	must_run(table);
	must_run(sql);
	size_t len = read_file(log, bytes, size);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	db = before;
	return len;
}

static bool is_zero(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Ours is longer: zeros follow. */
START_TEST(the_log_has_the_same_frames)
{
	enum { SIZE = 8 * 1024 * 1024 };
	char *ours = malloc(SIZE), *theirs = malloc(SIZE);

	ck_assert(ours && theirs);
	size_t n = log_with("ours.db", "ours.db-wal", wal_vfs(), transactions[_i], ours, SIZE);
	ck_assert_uint_gt(n, (size_t)LARGE * FRAME);
	ck_assert_uint_lt(n, SIZE);
	size_t frames =
		log_with("theirs.db", "theirs.db-wal", "unix", transactions[_i], theirs, SIZE);
	ck_assert_uint_lt(frames, n);
	ck_assert_uint_lt(n - frames, ROOM + 1);
	ck_assert_uint_eq(n % ROOM, 0);
	ck_assert_int_eq(memcmp(ours, theirs, frames), 0);
	ck_assert(is_zero(ours + frames, n - frames));
	free(ours);
	free(theirs);
}
END_TEST

static sqlite3_int64 log_size(void)
{
	struct stat log;

	ck_assert_int_eq(stat(scratch_path("app.db-wal"), &log), 0);
	return log.st_size;
}

/* What is written has room; then the log starts again, and is not larger. */
START_TEST(a_log_grows_once)
{
	must_run("UPDATE t SET y = 'new' WHERE x < 20");
	ck_assert_int_eq(log_size(), 2 * ROOM);
	ck_assert_uint_eq(nops, 2);
	must_run("UPDATE t SET y = zeroblob(2998)");
	ck_assert_int_eq(log_size(), 3 * ROOM);
	must_run("PRAGMA wal_checkpoint");
	nops = 0;
	must_run("UPDATE t SET y = zeroblob(2997)");
	ck_assert_int_eq(log_size(), 3 * ROOM);
	ck_assert_int_eq(ops[0].offset, 0);
	for (unsigned i = 0; i < nops; i++)
		ck_assert_int_lt(ops[i].offset + ops[i].len, 2 * ROOM);
}
END_TEST

/* The first write is that of the header. Zeros follow, of which one write fails. */
START_TEST(a_log_without_room_ends_with_its_frames)
{
	must_run("PRAGMA wal_checkpoint(TRUNCATE)");
	fail_at = (unsigned)_i;
	fail_with = SQLITE_FULL;
	is_short = true;
	nops = 0;
	must_run("UPDATE t SET y = 'new' WHERE x = 1");
	ck_assert_uint_eq(fail_at, 0);
	ck_assert_int_eq(log_size(), HEADER + FRAME);
	must_run("UPDATE t SET y = 'new' WHERE x = 300");
	ck_assert_int_eq(log_size(), HEADER + 2 * FRAME);
	ck_assert_str_eq(text_of(other, "SELECT count(*) FROM t WHERE y = 'new'"), "2");
	must_run("PRAGMA wal_checkpoint(TRUNCATE); UPDATE t SET y = 'newer' WHERE x = 1");
	ck_assert_int_eq(log_size(), ROOM);
}
END_TEST

static void copy_file(const char *from, const char *to)
{
	enum { SIZE = 8 * 1024 * 1024 };
	char *bytes = malloc(SIZE);

	ck_assert_ptr_nonnull(bytes);
	size_t len = read_file(from, bytes, SIZE);
	ck_assert_uint_lt(len, SIZE);
	int fd = open(scratch_path(to), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	free(bytes);
}

/* As after a crash: another SQLite recovers the frames. */
START_TEST(a_log_with_room_is_recovered)
{
	static const char *const files[] = { "app.db", "app.db-wal" };
	static const char *const copies[] = { "copy.db", "copy.db-wal" };

	must_run("UPDATE t SET y = 'new' WHERE x IN (1, 300)");
	for (size_t i = 0; i < NITEMS(files); i++)
		copy_file(files[i], copies[i]);
	sqlite3 *copy = open_with("copy.db", "unix");
	ck_assert_str_eq(text_of(copy, "SELECT count(*) FROM t WHERE y = 'new'"), "2");
	ck_assert_str_eq(text_of(copy, "SELECT count(*) FROM t"), "300");
	ck_assert_str_eq(text_of(copy, "PRAGMA integrity_check"), "ok");
	ck_assert_int_eq(sqlite3_close(copy), SQLITE_OK);
}
END_TEST

START_TEST(what_is_spilled_can_be_read_before_the_commit)
{
	must_run("PRAGMA cache_size = 5; BEGIN; UPDATE t SET y = 'new'");
	ck_assert_str_eq(text_of(db, "SELECT count(*) FROM t WHERE y = 'new'"), "300");
	ck_assert_str_eq(text_of(other, "SELECT count(*) FROM t WHERE y = 'new'"), "0");
	must_run("COMMIT");
	ck_assert_str_eq(text_of(other, "SELECT count(*) FROM t WHERE y = 'new'"), "300");
}
END_TEST

/* 300 pages are more than is held back. */
START_TEST(a_large_commit_is_a_few_writes_in_order)
{
	must_run("UPDATE t SET y = zeroblob(2998)");
	ck_assert_uint_eq(count(OP_SYNC), 1);
	ck_assert_int_eq(ops[nops - 1].op, OP_SYNC);
	ck_assert_uint_lt(count(OP_WRITE), LARGE / 10);
	for (unsigned i = 1; i + 1 < nops; i++)
		ck_assert_int_eq(ops[i].offset, ops[i - 1].offset + ops[i - 1].len);
}
END_TEST

/* Fails each operation in turn, until a transaction has no more of them. */
static void fail_each(int code, const char *sql)
{
	for (unsigned nth = 1;; nth++) {
		nops = 0;
		fail_at = nth;
		fail_with = code;
		int rc = run(sql);
		if (rc == SQLITE_OK) {
			ck_assert_uint_gt(nth, 2);
			fail_at = 0;
			return;
		}
		ck_assert_int_eq(rc & 0xff, code & 0xff);
		if (!sqlite3_get_autocommit(db))
			must_run("ROLLBACK");
		ck_assert_str_eq(text_of(db, "SELECT count(*) FROM t WHERE y = 'new'"), "0");
		ck_assert_str_eq(text_of(other, "SELECT count(*) FROM t WHERE y = 'new'"), "0");
		ck_assert_str_eq(text_of(other, "PRAGMA integrity_check"), "ok");
		must_run("UPDATE t SET y = 'after' WHERE x = 7");
		ck_assert_str_eq(text_of(other, "SELECT y FROM t WHERE x = 7"), "after");
	}
}

static const struct {
	int code;
	bool is_short;
	const char *sql;
} failures[] = {
	{ SQLITE_FULL, false, "UPDATE t SET y = 'new' WHERE x IN (1, 150)" },
	{ SQLITE_FULL, true, "UPDATE t SET y = 'new' WHERE x IN (1, 150)" },
	{ SQLITE_IOERR_WRITE, true, "UPDATE t SET y = 'new'" },
	{ SQLITE_FULL, true,
		"PRAGMA cache_size = 5; BEGIN; UPDATE t SET y = zeroblob(3001) WHERE x < 20;"
		"UPDATE t SET y = 'new' WHERE x < 20; COMMIT" },
};

START_TEST(a_delayed_write_that_fails_fails_the_commit)
{
	is_short = failures[_i].is_short;
	fail_each(failures[_i].code, failures[_i].sql);
	ck_assert_str_ne(text_of(other, "SELECT count(*) FROM t WHERE y = 'new'"), "0");
}
END_TEST

/* Without powersafe overwrite SQLite fills the sector with frames, of which one may be divided. */
START_TEST(nothing_is_held_back_if_frames_may_be_divided)
{
	removed_characteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE;
	sqlite3 *before = db;
	db = open_with("divided.db", wal_vfs());
	must_run(table);
	nops = 0;
	must_run("UPDATE t SET y = zeroblob(2999) WHERE x IN (1, 100, 200)");
	ck_assert_uint_ge(count(OP_WRITE), 2 * 3);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	db = before;
}
END_TEST

START_TEST(a_truncated_log_is_whole)
{
	must_run("UPDATE t SET y = 'new'; PRAGMA wal_checkpoint(TRUNCATE)");
	ck_assert_uint_ge(count(OP_TRUNCATE), 1);
	must_run("UPDATE t SET y = 'newer' WHERE x = 1");
	ck_assert_str_eq(text_of(other, "SELECT y FROM t WHERE x = 1"), "newer");
	ck_assert_str_eq(text_of(other, "SELECT count(*) FROM t WHERE y = 'new'"), "299");
}
END_TEST

START_TEST(a_sync_of_what_is_synced_can_be_left_out)
{
	must_run("UPDATE t SET y = 'new' WHERE x = 1");
	nops = 0;
	must_run("PRAGMA wal_checkpoint");
	ck_assert_uint_eq(count(OP_SYNC), 1);
	must_run("UPDATE t SET y = 'newer' WHERE x = 1");
	wal_vfs_trust_last_sync(db, true);
	nops = 0;
	must_run("PRAGMA wal_checkpoint");
	ck_assert_uint_eq(count(OP_SYNC), 0);
	must_run("PRAGMA synchronous = OFF; UPDATE t SET y = 'newest' WHERE x = 1;"
		 "PRAGMA synchronous = FULL");
	ck_assert_uint_eq(count(OP_SYNC), 0);
	must_run("PRAGMA wal_checkpoint");
	ck_assert_uint_eq(count(OP_SYNC), 1);
}
END_TEST

START_TEST(a_failed_sync_is_not_trusted)
{
	wal_vfs_trust_last_sync(db, true);
	fail_at = 2;
	fail_with = SQLITE_IOERR_FSYNC;
	ck_assert_int_ne(run("UPDATE t SET y = 'new' WHERE x = 1"), SQLITE_OK);
	nops = 0;
	must_run("PRAGMA wal_checkpoint");
	ck_assert_uint_eq(count(OP_SYNC), 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("wal_vfs");
	TCase *tc = tcase_create("wal_vfs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_commit_is_one_write_and_then_one_sync);
	tcase_add_test(tc, a_log_that_starts_again_has_its_header_synced_first);
	tcase_add_loop_test(tc, a_commit_is_written_before_others_see_it, 0, VISIBLE);
	tcase_add_loop_test(tc, the_log_has_the_same_frames, 0, NITEMS(transactions));
	tcase_add_test(tc, a_log_grows_once);
	tcase_add_loop_test(tc, a_log_without_room_ends_with_its_frames, 2, 12);
	tcase_add_test(tc, a_log_with_room_is_recovered);
	tcase_add_test(tc, what_is_spilled_can_be_read_before_the_commit);
	tcase_add_test(tc, a_large_commit_is_a_few_writes_in_order);
	tcase_add_loop_test(tc, a_delayed_write_that_fails_fails_the_commit, 0, NITEMS(failures));
	tcase_add_test(tc, nothing_is_held_back_if_frames_may_be_divided);
	tcase_add_test(tc, a_truncated_log_is_whole);
	tcase_add_test(tc, a_sync_of_what_is_synced_can_be_left_out);
	tcase_add_test(tc, a_failed_sync_is_not_trusted);
	suite_add_tcase(suite, tc);
	return suite;
}
