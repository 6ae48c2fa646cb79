/* The steps of backup and restore: copies beside the database are made, checked, adapted and
 * removed. An abort or a full disk at any point leaves the target as it was. */
#include "copy.h"

#include "faulty_vfs.h"
#include "resource.h"
#include "schema.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 10 * 1000, CHUNK = 256 * 1024 /* bytes, as in copy.c */ };

static struct buf error;
static const char *path;
static char long_path[PATH_MAX];
static sqlite3 *database, *copy;

/* A watch that notes what it is told, and aborts at call number abort_at (1: the first; 0: never).
 */
static struct progress {
	unsigned calls, abort_at, done, total;
	bool went_back;
} progress;

static bool goes_on(void *context, unsigned done, unsigned total)
{
	struct progress *p = context;

	p->went_back |= total > 0 && done < p->done;
	if (total > 0) {
		p->done = done;
		p->total = total;
	}
	return ++p->calls != p->abort_at;
}

static struct copy_watch watch = { goes_on, &progress };

static void abort_at(unsigned call)
{
	progress = (struct progress){ .abort_at = call };
}

static void setup(void)
{
	scratch_setup();
	buf_init(&error, 64 * 1024);
	path = scratch_path("app.db");
	memset(long_path, 'x', sizeof(long_path) - 1);
	abort_at(0);
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(copy), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(database), SQLITE_OK);
	buf_done(&error);
	scratch_teardown();
}

static const char *error_text(void)
{
	buf_char(&error, '\0');
	return buf_view(&error).ptr;
}

static void run(sqlite3 *db, const char *sql)
{
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
}

static int64_t query(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int64_t number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static sqlite3 *must_open(const char *name, const char *pragmas)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(name, &db), SQLITE_OK);
	run(db, pragmas);
	return db;
}

static void insert_users(sqlite3 *db, int rows)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" INSERT INTO users (username, email) SELECT 'user ' || i, i || '@example.com' "
		"FROM n",
		rows);
	run(db, sql);
}

/* A database with the schema of dbd and some users. */
static sqlite3 *make_database(const char *name, const char *pragmas, int rows)
{
	sqlite3 *db = must_open(name, pragmas);

	run(db, "PRAGMA synchronous = OFF");
	ck_assert_msg(schema_ensure(db, &error), "%s", error_text());
	insert_users(db, rows);
	return db;
}

static void must_open_copy(enum copy_purpose purpose)
{
	copy = copy_open(path, purpose, &watch, &error);
	ck_assert_msg(copy, "%s", error_text());
}

static void write_file(const char *name, size_t bytes)
{
	FILE *file = fopen(scratch_path(name), "w");

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < bytes; i++)
		ck_assert_int_ge(putc('a' + (int)(i % 23), file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* Names. */

START_TEST(a_sweep_removes_one_copy_with_its_log_and_nothing_else)
{
	static const char *const gone[] = { "app.db-backup", "app.db-backup-journal",
		"app.db-backup-wal", "app.db-backup-shm" };
	static const char *const left[] = { "app.db", "app.db-wal", "app.db-restore",
		"app.db-restore-journal", "app.db-backup-2" };

	for (size_t i = 0; i < NITEMS(gone); i++)
		write_file(gone[i], 1);
	for (size_t i = 0; i < NITEMS(left); i++)
		write_file(left[i], 1);
	copy_sweep(path, COPY_BACKUP);
	for (size_t i = 0; i < NITEMS(gone); i++)
		ck_assert_msg(!scratch_has(gone[i]), "%s", gone[i]);
	for (size_t i = 0; i < NITEMS(left); i++)
		ck_assert_msg(scratch_has(left[i]), "%s", left[i]);
	copy_sweep(path, COPY_BACKUP);
	copy_sweep(path, COPY_RESTORE);
	ck_assert(!scratch_has("app.db-restore") && !scratch_has("app.db-restore-journal"));
	copy_sweep(long_path, COPY_BACKUP);
}
END_TEST

static const struct {
	enum copy_purpose purpose;
	const char *name;
} purposes[] = {
	{ COPY_BACKUP, "app.db-backup" },
	{ COPY_RESTORE, "app.db-restore" },
};

START_TEST(an_absent_copy_is_created_by_the_name_of_its_purpose)
{
	must_open_copy(purposes[_i].purpose);
	run(copy, "CREATE TABLE t (x)");
	ck_assert(scratch_has(purposes[_i].name));
}
END_TEST

START_TEST(a_copy_that_cannot_be_opened_is_an_error)
{
	if (_i == 0)
		path = long_path;
	else
		ck_assert_int_eq(mkdir(scratch_path("app.db-backup"), 0700), 0);
	ck_assert_ptr_null(copy_open(path, COPY_BACKUP, &watch, &error));
	ck_assert_msg(strstr(error_text(), "cannot be opened"), "%s", error_text());
}
END_TEST

/* Untrusted, and for one process. */
START_TEST(an_open_copy_is_confined)
{
	sqlite3_close(
		make_database(scratch_path("app.db-restore"), "PRAGMA journal_mode = WAL", 1));
	must_open_copy(COPY_RESTORE);
	ck_assert_int_eq(query(copy, "SELECT count(*) FROM users"), 1);
	run(copy, "PRAGMA writable_schema = ON");
	ck_assert_int_ne(
		sqlite3_exec(copy, "DELETE FROM sqlite_schema", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_ne(sqlite3_load_extension(copy, "none", NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(query(copy, "PRAGMA trusted_schema"), 0);
	run(copy, "PRAGMA journal_mode = DELETE; DELETE FROM users");
	sqlite3 *other = must_open(scratch_path("app.db-restore"), "SELECT 1");
	ck_assert_int_eq(sqlite3_exec(other, "SELECT * FROM users", NULL, NULL, NULL), SQLITE_BUSY);
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
}
END_TEST

START_TEST(a_watch_aborts_any_statement_of_a_copy)
{
	must_open_copy(COPY_BACKUP);
	abort_at(3);
	ck_assert_int_eq(sqlite3_exec(copy,
				 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
				 " SELECT count(*) FROM n",
				 NULL, NULL, NULL),
		SQLITE_INTERRUPT);
	ck_assert_uint_eq(progress.calls, 3);
	ck_assert_uint_eq(progress.total, 0);
}
END_TEST

/* Content. */

static void open_both(const char *pragmas, int rows)
{
	database = make_database(path, pragmas, rows);
	must_open_copy(COPY_BACKUP);
}

static const char small_pages[] = "PRAGMA page_size = 512";

START_TEST(all_content_is_copied)
{
	open_both(small_pages, ROWS);
	run(copy, "CREATE TABLE other (x)");
	ck_assert_int_eq(copy_all(copy, database, &watch), SQLITE_OK);
	ck_assert_int_eq(copy_count_rows(copy, "users"), ROWS);
	ck_assert_int_eq(copy_count_rows(copy, "posts"), 0);
	ck_assert_int_eq(copy_count_rows(copy, "other"), -1);
	ck_assert_uint_gt(progress.calls, 1);
	ck_assert(!progress.went_back);
	ck_assert_uint_eq(progress.total, (unsigned)query(database, "PRAGMA page_count"));
	ck_assert_uint_lt(progress.total - progress.done, progress.total);
}
END_TEST

/* At every slice. */
START_TEST(an_aborted_copy_leaves_the_target_unchanged)
{
	unsigned calls = 0;

	open_both(small_pages, ROWS);
	run(copy, "PRAGMA page_size = 512; CREATE TABLE other (x); INSERT INTO other VALUES (1)");
	for (int rc = SQLITE_INTERRUPT; rc != SQLITE_OK;) {
		abort_at(++calls);
		rc = copy_all(copy, database, &watch);
		ck_assert_int_eq(rc, progress.calls == calls ? SQLITE_INTERRUPT : SQLITE_OK);
		abort_at(0);
		ck_assert_int_eq(copy_count_rows(copy, "other"), rc == SQLITE_OK ? -1 : 1);
	}
	ck_assert_uint_gt(calls, 3);
	ck_assert_int_eq(copy_count_rows(copy, "users"), ROWS);
}
END_TEST

/* Full disks: every write fails, from the first, the second ... one on. */

static const char other_table[] =
	"CREATE TABLE other (x); INSERT INTO other VALUES (zeroblob(20000))";

/* Copies on a disk that is full after so many writes. Returns true if a write failed, which must be
 * the result. Then fails unless the target has its old content (one row in `other`) or the new one
 * (no such table), undamaged. */
static bool copy_to_full_disk(sqlite3 *to, sqlite3 *from, unsigned writes)
{
	faulty_vfs_fail(FAULTY_WRITE, writes + 1, SQLITE_FULL, true);
	int rc = copy_all(to, from, &watch);
	bool failed = faulty_vfs_has_failed();
	faulty_vfs_heal();
	ck_assert_int_eq(rc, failed ? SQLITE_FULL : SQLITE_OK);
	ck_assert_int_eq(
		copy_count_rows(to, "users"), copy_count_rows(to, "other") == 1 ? -1 : 500);
	ck_assert_int_eq(query(to, "SELECT count(*) FROM pragma_quick_check"
				   " WHERE quick_check = 'ok'"),
		1);
	return failed;
}

/* A database with a log (WAL). */
START_TEST(a_restore_to_a_full_disk_leaves_the_database_unchanged)
{
	unsigned writes = 0;

	faulty_vfs_register();
	sqlite3_close(
		make_database(scratch_path("app.db-restore"), "PRAGMA page_size = 4096", 500));
	must_open_copy(COPY_RESTORE);
	database = must_open(path, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
				   "PRAGMA wal_autocheckpoint = 0");
	run(database, other_table);
	for (; copy_to_full_disk(database, copy, writes); writes++)
		ck_assert_int_eq(copy_count_rows(database, "other"), 1);
	ck_assert_uint_gt(writes, 10);
	ck_assert_int_eq(copy_count_rows(database, "other"), -1);
}
END_TEST

/* A backup has a rollback journal, whose header the last write clears to commit. If half of that is
 * done, the content is new, though the result is an error; such a copy is removed. */
START_TEST(a_backup_to_a_full_disk_fails_with_the_old_content_or_the_new_one)
{
	unsigned writes = 0, new_content = 0;

	faulty_vfs_register();
	database = make_database(path, "PRAGMA page_size = 4096", 500);
	for (bool failed = true; failed; writes++) {
		must_open_copy(COPY_BACKUP);
		run(copy, other_table);
		failed = copy_to_full_disk(copy, database, writes);
		new_content += copy_count_rows(copy, "other") < 0;
		ck_assert_int_eq(sqlite3_close(copy), SQLITE_OK);
		copy = NULL;
		copy_sweep(path, COPY_BACKUP);
	}
	ck_assert_uint_gt(writes, 10);
	ck_assert_uint_le(new_content, 2); /* without a failure, and with the last one */
}
END_TEST

START_TEST(a_source_that_cannot_be_read_is_an_error)
{
	write_file("text", 4096);
	database = must_open(scratch_path("text"), "SELECT 1");
	must_open_copy(COPY_BACKUP);
	ck_assert_int_eq(copy_all(copy, database, &watch), SQLITE_NOTADB);
}
END_TEST

/* Checks. */

/* The copy in WAL mode, as the backup of a database in WAL mode is. */
static void make_copy(const char *sql)
{
	sqlite3 *db =
		make_database(scratch_path("app.db-backup"), "PRAGMA journal_mode = WAL", ROWS);

	run(db, sql);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	must_open_copy(COPY_BACKUP);
}

START_TEST(a_checked_copy_is_one_file)
{
	make_copy("SELECT 1");
	ck_assert_msg(copy_check(copy, &error), "%s", error_text());
	ck_assert_int_eq(sqlite3_close(copy), SQLITE_OK);
	copy = NULL;
	ck_assert(!scratch_has("app.db-backup-wal") && !scratch_has("app.db-backup-journal"));
	unsigned char header[20];
	FILE *file = fopen(scratch_path("app.db-backup"), "rb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(header, 1, sizeof(header), file), sizeof(header));
	fclose(file);
	/* The versions for writing and reading: 1 is a rollback journal, 2 is WAL
	 * (https://www.sqlite.org/fileformat2.html). */
	ck_assert_uint_eq(header[18], 1);
	ck_assert_uint_eq(header[19], 1);
}
END_TEST

START_TEST(a_row_that_violates_a_check_constraint_is_not_damage)
{
	make_copy("CREATE TABLE t (x CHECK (x > 0)); PRAGMA ignore_check_constraints = ON;"
		  "INSERT INTO t VALUES (-1)");
	ck_assert_msg(copy_check(copy, &error), "%s", error_text());
}
END_TEST

static int compare(void *context, int an, const void *a, int bn, const void *b)
{
	(void)context;
	int order = memcmp(a, b, (size_t)(an < bn ? an : bn));

	return order ? order : an - bn;
}

/* A table of a program that defines a collation of its own. */
static void make_foreign_table(sqlite3 *db)
{
	ck_assert_int_eq(
		sqlite3_create_collation(db, "mine", SQLITE_UTF8, NULL, compare), SQLITE_OK);
	run(db, "CREATE TABLE foreign_table (x TEXT COLLATE mine UNIQUE);"
		"INSERT INTO foreign_table VALUES ('b'), ('a')");
}

/* Overwrites the last pages, which hold rows of users and of their indexes. */
static void damage_copy(void)
{
	static const char garbage[4096] = "garbage";
	int fd = open(scratch_path("app.db-backup"), O_WRONLY | O_CLOEXEC);
	struct stat st;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_gt(st.st_size, 8 * (off_t)sizeof(garbage));
	for (off_t page = 1; page <= 4; page++)
		ck_assert_int_eq(pwrite(fd, garbage, sizeof(garbage),
					 st.st_size - page * (off_t)sizeof(garbage)),
			sizeof(garbage));
	close(fd);
}

static const struct {
	bool foreign, damaged;
} checks[] = { { true, false }, { false, true }, { true, true } };

START_TEST(damage_is_found_beside_tables_that_cannot_be_checked)
{
	sqlite3 *db = must_open(scratch_path("app.db-backup"), "SELECT 1");

	if (checks[_i].foreign)
		make_foreign_table(db);
	ck_assert_msg(schema_ensure(db, &error), "%s", error_text());
	insert_users(db, ROWS);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	if (checks[_i].damaged)
		damage_copy();
	must_open_copy(COPY_BACKUP);
	bool whole = copy_check(copy, &error);
	ck_assert_msg(whole == !checks[_i].damaged, "%s", error_text());
	ck_assert_msg(whole || buf_len(&error) > 0, "no reason");
}
END_TEST

START_TEST(a_check_can_be_aborted)
{
	make_copy("SELECT 1");
	run(copy, "CREATE TABLE long AS WITH RECURSIVE n(i) AS"
		  " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n");
	abort_at(1);
	ck_assert(!copy_check(copy, &error));
	ck_assert_msg(strstr(error_text(), "interrupted"), "%s", error_text());
}
END_TEST

START_TEST(a_text_file_is_not_a_copy)
{
	write_file("app.db-backup", 10000);
	copy = copy_open(path, COPY_BACKUP, &watch, &error);
	ck_assert(!copy || !copy_check(copy, &error));
	ck_assert_msg(strstr(error_text(), "not a"), "%s", error_text());
}
END_TEST

/* Fit. */

static void open_for_restore(const char *pragmas)
{
	database = make_database(path, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL", 1);
	sqlite3_close(make_database(scratch_path("app.db-restore"), pragmas, 10));
	must_open_copy(COPY_RESTORE);
}

START_TEST(a_fitting_copy_gets_the_page_size_and_missing_indexes)
{
	open_for_restore("PRAGMA page_size = 1024");
	run(copy, "DROP INDEX ix_users_email; DROP INDEX ix_posts_user_id");
	ck_assert_msg(copy_fit(copy, database, &error), "%s", error_text());
	ck_assert_int_eq(query(copy, "PRAGMA page_size"), 4096);
	ck_assert_int_eq(query(copy, "SELECT count(*) FROM sqlite_schema WHERE name IN"
				     " ('ix_users_email', 'ix_posts_user_id')"),
		2);
	ck_assert_int_eq(copy_count_rows(copy, "users"), 10);
	ck_assert_int_eq(copy_all(database, copy, &watch), SQLITE_OK);
	ck_assert_int_eq(copy_count_rows(database, "users"), 10);
}
END_TEST

static const struct {
	const char *sql, *why;
} misfits[] = {
	{ "DROP TABLE posts", "it has no table posts" },
	{ "DROP TABLE users; CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL)",
		"table users, column email: expected VARCHAR(120) NOT NULL, found none; declare it "
		"nullable or with a default, then posternctl migrate can add it" },
	{ "DROP INDEX ix_users_email; UPDATE users SET email = 'same'",
		"table users, column email: expected unique values, found duplicates" },
};

START_TEST(a_copy_of_another_schema_does_not_fit)
{
	open_for_restore("SELECT 1");
	run(copy, misfits[_i].sql);
	ck_assert(!copy_fit(copy, database, &error));
	ck_assert_str_eq(error_text(), misfits[_i].why);
}
END_TEST

static const struct {
	const char *pragma, *name;
} encodings[] = {
	{ "PRAGMA encoding = 'UTF-16le'", "UTF-16le" },
	{ "PRAGMA encoding = 'UTF-16be'", "UTF-16be" },
};

START_TEST(a_copy_of_another_encoding_does_not_fit)
{
	open_for_restore(encodings[_i].pragma);
	ck_assert(!copy_fit(copy, database, &error));
	ck_assert_msg(strstr(error_text(), encodings[_i].name), "%s", error_text());
	ck_assert_msg(strstr(error_text(), "UTF-8"), "%s", error_text());
}
END_TEST

START_TEST(a_full_disk_while_fitting_is_an_error)
{
	faulty_vfs_register();
	open_for_restore("PRAGMA page_size = 1024");
	faulty_vfs_fail(FAULTY_WRITE, 1, SQLITE_FULL, true);
	ck_assert(!copy_fit(copy, database, &error));
	faulty_vfs_heal();
	ck_assert_msg(strstr(error_text(), "full"), "%s", error_text());
	ck_assert_int_eq(copy_count_rows(copy, "users"), 10);
}
END_TEST

START_TEST(rows_of_an_absent_table_cannot_be_counted)
{
	must_open_copy(COPY_BACKUP);
	ck_assert_int_eq(copy_count_rows(copy, "users"), -1);
	run(copy, "CREATE TABLE users (id)");
	ck_assert_int_eq(copy_count_rows(copy, "users"), 0);
}
END_TEST

/* Bytes. */

static int open_source(size_t bytes)
{
	write_file("source", bytes);
	int fd = open(scratch_path("source"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Fails unless the copy has the content of write_file. */
static void must_hold(int fd, size_t bytes)
{
	static char text[2 * CHUNK];
	size_t n = 0;

	for (ssize_t m; n < sizeof(text) && (m = read(fd, text + n, sizeof(text) - n)) != 0;) {
		ck_assert_int_gt(m, 0);
		n += (size_t)m;
	}
	ck_assert_uint_eq(n, bytes);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(text[i], 'a' + (int)(i % 23));
}

static const size_t sizes[] = { 0, 1, CHUNK - 1, CHUNK, CHUNK + 1 };

START_TEST(bytes_are_taken_and_given_back)
{
	int from = open_source(sizes[_i]);

	ck_assert_int_eq(lseek(from, (off_t)sizes[_i] / 2, SEEK_SET), (off_t)sizes[_i] / 2);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, from, &watch), 0);
	ck_assert(scratch_has("app.db-restore"));
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, from, &watch), EEXIST);
	int fd = copy_give(path, COPY_RESTORE);
	ck_assert_int_ge(fd, 0);
	ck_assert(!scratch_has("app.db-restore"));
	must_hold(fd, sizes[_i]);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	close(from);
}
END_TEST

START_TEST(a_taken_copy_is_for_its_user_alone)
{
	struct stat st;
	int from = open_source(1);

	ck_assert_int_eq(copy_take(path, COPY_RESTORE, from, &watch), 0);
	ck_assert_int_eq(stat(scratch_path("app.db-restore"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	close(from);
}
END_TEST

START_TEST(taking_bytes_can_be_aborted)
{
	int from = open_source(CHUNK + 1);

	abort_at(1);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, from, &watch), EINTR);
	ck_assert_uint_eq(progress.calls, 1);
	close(from);
}
END_TEST

START_TEST(only_a_regular_file_is_taken)
{
	int ends[2], folder = open(scratch_path("."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(folder, 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, folder, &watch), EINVAL);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, ends[0], &watch), EINVAL);
	ck_assert_int_eq(copy_take(path, COPY_RESTORE, -1, &watch), EBADF);
	ck_assert(!scratch_has("app.db-restore"));
	close(folder);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* The limit of file sizes stands in for a full disk: these bytes do not go through SQLite. */
START_TEST(a_file_that_may_not_grow_is_an_error)
{
	int from = open_source(CHUNK + 1);
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = CHUNK / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int error_number = copy_take(path, COPY_RESTORE, from, &watch);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(error_number, EFBIG);
	close(from);
}
END_TEST

START_TEST(an_absent_copy_cannot_be_given)
{
	ck_assert_int_eq(copy_give(path, COPY_BACKUP), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_an_error)
{
	int from = open_source(1);

	ck_assert_int_eq(copy_take(long_path, COPY_RESTORE, from, &watch), ENAMETOOLONG);
	ck_assert_int_eq(copy_give(long_path, COPY_RESTORE), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	close(from);
}
END_TEST

/* Keeps a copy of this size. Returns its name, which is in `error`. */
static const char *keep(size_t bytes)
{
	int from = open_source(bytes);

	buf_reset(&error, 64 * 1024);
	ck_assert_int_eq(copy_take(path, COPY_BACKUP, from, &watch), 0);
	ck_assert(copy_keep(path, COPY_BACKUP, &error));
	close(from);
	ck_assert(!scratch_has("app.db-backup"));
	buf_char(&error, '\0');
	return buf_view(&error).ptr;
}

/* In one second, or in several. */
START_TEST(kept_copies_never_replace_each_other)
{
	enum { COPIES = 12 };
	char names[COPIES][PATH_MAX];
	int year, moment;

	ck_assert_int_eq(close(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600)), 0);
	for (int i = 0; i < COPIES; i++)
		snprintf(names[i], PATH_MAX, "%s", keep((size_t)i));
	for (int i = 0; i < COPIES; i++) {
		struct stat st;
		ck_assert_int_eq(stat(names[i], &st), 0);
		ck_assert_int_eq(st.st_size, i);
		ck_assert_int_eq(st.st_mode & 0777, 0600);
		ck_assert_int_eq(strncmp(names[i], path, strlen(path)), 0);
		ck_assert_int_eq(
			sscanf(names[i] + strlen(path), ".backup-%8dT%6dZ", &year, &moment), 2);
	}
}
END_TEST

START_TEST(an_absent_copy_cannot_be_kept)
{
	ck_assert(!copy_keep(path, COPY_BACKUP, &error));
	ck_assert_slice_eq(buf_view(&error), STR("No such file or directory"));
	buf_reset(&error, 64 * 1024);
	ck_assert(!copy_keep(long_path, COPY_BACKUP, &error));
	ck_assert_slice_eq(buf_view(&error), STR("File name too long"));
}
END_TEST

static void add_tcase(Suite *suite, TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("copy");
	TCase *names = tcase_create("names"), *content = tcase_create("content");
	TCase *checks_case = tcase_create("checks"), *bytes = tcase_create("bytes");

	tcase_add_test(names, a_sweep_removes_one_copy_with_its_log_and_nothing_else);
	tcase_add_loop_test(
		names, an_absent_copy_is_created_by_the_name_of_its_purpose, 0, NITEMS(purposes));
	tcase_add_loop_test(names, a_copy_that_cannot_be_opened_is_an_error, 0, 2);
	tcase_add_test(names, an_open_copy_is_confined);
	tcase_add_test(names, a_watch_aborts_any_statement_of_a_copy);
	add_tcase(suite, names);

	tcase_add_test(content, all_content_is_copied);
	tcase_add_test(content, an_aborted_copy_leaves_the_target_unchanged);
	tcase_add_test(content, a_restore_to_a_full_disk_leaves_the_database_unchanged);
	tcase_add_test(content, a_backup_to_a_full_disk_fails_with_the_old_content_or_the_new_one);
	tcase_add_test(content, a_source_that_cannot_be_read_is_an_error);
	add_tcase(suite, content);

	tcase_add_test(checks_case, a_checked_copy_is_one_file);
	tcase_add_test(checks_case, a_row_that_violates_a_check_constraint_is_not_damage);
	tcase_add_loop_test(checks_case, damage_is_found_beside_tables_that_cannot_be_checked, 0,
		NITEMS(checks));
	tcase_add_test(checks_case, a_check_can_be_aborted);
	tcase_add_test(checks_case, a_text_file_is_not_a_copy);
	tcase_add_test(checks_case, a_fitting_copy_gets_the_page_size_and_missing_indexes);
	tcase_add_loop_test(checks_case, a_copy_of_another_schema_does_not_fit, 0, NITEMS(misfits));
	tcase_add_loop_test(
		checks_case, a_copy_of_another_encoding_does_not_fit, 0, NITEMS(encodings));
	tcase_add_test(checks_case, a_full_disk_while_fitting_is_an_error);
	tcase_add_test(checks_case, rows_of_an_absent_table_cannot_be_counted);
	add_tcase(suite, checks_case);

	tcase_add_loop_test(bytes, bytes_are_taken_and_given_back, 0, NITEMS(sizes));
	tcase_add_test(bytes, a_taken_copy_is_for_its_user_alone);
	tcase_add_test(bytes, taking_bytes_can_be_aborted);
	tcase_add_test(bytes, only_a_regular_file_is_taken);
	tcase_add_test(bytes, a_file_that_may_not_grow_is_an_error);
	tcase_add_test(bytes, an_absent_copy_cannot_be_given);
	tcase_add_test(bytes, a_path_that_is_too_long_is_an_error);
	tcase_add_test(bytes, kept_copies_never_replace_each_other);
	tcase_add_test(bytes, an_absent_copy_cannot_be_kept);
	add_tcase(suite, bytes);
	return suite;
}
