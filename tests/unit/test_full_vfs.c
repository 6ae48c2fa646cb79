/* A file that may not grow is a full disk to SQLite: the transaction is rolled back, reads go on,
 * and writes work again when the limit is raised. */
#include "full_vfs.h"

#include "rlimits.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LIMIT = 256 * 1024 /* bytes */ };

static sqlite3 *db;
static rlim_t hard_limit;

static void set_limit(rlim_t bytes)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void setup(void)
{
	struct rlimit limit;

	scratch_setup();
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	hard_limit = limit.rlim_max;
}

static void teardown(void)
{
	set_limit(hard_limit);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	scratch_teardown();
}

static int run(const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void open_database(const char *pragma)
{
	ck_assert_int_eq(sqlite3_open(scratch_path("app.db"), &db), SQLITE_OK);
	sqlite3_extended_result_codes(db, 1);
	ck_assert_int_eq(run(pragma), SQLITE_OK);
	ck_assert_int_eq(run("CREATE TABLE t (x); INSERT INTO t VALUES ('first')"), SQLITE_OK);
}

static int count_rows(void)
{
	sqlite3_stmt *statement;

	ck_assert_int_eq(
		sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int count = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return count;
}

static const char insert_much[] = "INSERT INTO t VALUES (zeroblob(1024 * 1024))";

static const char *const journals[] = {
	"PRAGMA journal_mode = DELETE",
	"PRAGMA journal_mode = WAL",
};

START_TEST(a_file_at_its_limit_is_a_full_disk)
{
	full_vfs_install();
	open_database(journals[_i]);
	ck_assert_str_eq(full_vfs_reason(), "");
	set_limit(LIMIT);
	ck_assert_int_eq(run(insert_much), SQLITE_FULL);
	ck_assert_int_ne(sqlite3_get_autocommit(db), 0);
	ck_assert_msg(strstr(full_vfs_reason(), "(File too large"), "%s", full_vfs_reason());
	ck_assert_int_eq(count_rows(), 1);
	ck_assert_int_eq(run("INSERT INTO t VALUES ('small')"), SQLITE_OK);
	set_limit(hard_limit);
	ck_assert_int_eq(run(insert_much), SQLITE_OK);
	ck_assert_int_eq(count_rows(), 3);
}
END_TEST

/* What full_vfs.h says about SQLite alone. */
START_TEST(without_it_the_limit_is_an_io_error)
{
	open_database(journals[_i]);
	set_limit(LIMIT);
	ck_assert_int_eq(run(insert_much) & 0xff, SQLITE_IOERR);
	ck_assert_str_eq(full_vfs_reason(), "");
}
END_TEST

START_TEST(the_reason_names_the_limit)
{
	full_vfs_install();
	open_database(journals[0]);
	set_limit(LIMIT);
	rlimits_note();
	ck_assert_int_eq(run(insert_much), SQLITE_FULL);
	ck_assert_msg(strstr(full_vfs_reason(), "RLIMIT_FSIZE is 262144"), "%s", full_vfs_reason());
}
END_TEST

/* Its arguments are those of write(2) and pwrite(2). */

static ssize_t call_write(sqlite3_syscall_ptr call, int fd, off_t at)
{
	ck_assert_int_eq(lseek(fd, at, SEEK_SET), fd < 0 ? -1 : at);
	return ((ssize_t(*)(int, const void *, size_t))call)(fd, "byte", 4);
}

static ssize_t call_pwrite(sqlite3_syscall_ptr call, int fd, off_t at)
{
	return ((ssize_t(*)(int, const void *, size_t, off_t))call)(fd, "byte", 4, at);
}

static const struct {
	const char *name;
	ssize_t (*call)(sqlite3_syscall_ptr call, int fd, off_t at);
} calls[] = {
	{ "write", call_write },
	{ "pwrite", call_pwrite },
	{ "pwrite64", call_pwrite },
};

/* Which calls a build of SQLite uses differs; "write" is always one of them. */
START_TEST(only_a_refusal_to_grow_is_changed)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	full_vfs_install();
	sqlite3_syscall_ptr call = vfs->xGetSystemCall(vfs, calls[_i].name);
	ck_assert(call || strcmp(calls[_i].name, "write") != 0);
	if (!call)
		return;
	int fd = open(scratch_path("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	set_limit(LIMIT);
	ck_assert_int_eq(calls[_i].call(call, fd, 2), 4);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 6);
	ck_assert_int_eq(calls[_i].call(call, -1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_str_eq(full_vfs_reason(), "");
	ck_assert_int_eq(calls[_i].call(call, fd, LIMIT), -1);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_str_ne(full_vfs_reason(), "");
	close(fd);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("full_vfs");
	TCase *tc = tcase_create("limit");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_file_at_its_limit_is_a_full_disk, 0, NITEMS(journals));
	tcase_add_loop_test(tc, without_it_the_limit_is_an_io_error, 0, NITEMS(journals));
	tcase_add_test(tc, the_reason_names_the_limit);
	tcase_add_loop_test(tc, only_a_refusal_to_grow_is_changed, 0, NITEMS(calls));
	suite_add_tcase(suite, tc);
	return suite;
}
