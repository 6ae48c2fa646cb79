#include "atomic_file.h"

#include "scratch.h"
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW "the new contents"

enum { TEXT_MAX = 100 };

static struct atomic_file kept;
static struct buf error;
static const char *path;
static int from; /* a file with the new contents */
static uint64_t size;

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void expect_file(const char *want)
{
	char text[TEXT_MAX] = "";
	FILE *file = fopen(path, "re");

	ck_assert_ptr_nonnull(file);
	size_t n = fread(text, 1, sizeof(text), file);
	fclose(file);
	ck_assert_slice_eq(((struct str){ text, n }), str_from(want));
}

/* Entries of the folder but for "." and "..". */
static unsigned count_files(void)
{
	DIR *folder = opendir(scratch_path(""));
	unsigned n = 0;

	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n - 2;
}

static void setup(void)
{
	scratch_setup();
	buf_init(&error, 1000);
	path = scratch_path("copy");
	write_file(scratch_path("from"), NEW);
	from = open(scratch_path("from"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(from, 0);
}

static void teardown(void)
{
	close(from);
	buf_done(&error);
	scratch_teardown();
}

START_TEST(a_file_gets_its_name_when_it_is_complete)
{
	struct stat st;

	write_file(path, "the old contents");
	ck_assert(atomic_file_begin(&kept, path, &error));
	ck_assert_uint_eq(count_files(), 3);
	expect_file("the old contents");
	ck_assert(atomic_file_finish(&kept, from, &size, &error));
	ck_assert_uint_eq(size, strlen(NEW));
	ck_assert_uint_eq(count_files(), 2);
	expect_file(NEW);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(buf_len(&error), 0);
}
END_TEST

START_TEST(a_file_that_is_dropped_leaves_nothing)
{
	ck_assert(atomic_file_begin(&kept, path, &error));
	atomic_file_drop(&kept);
	ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(what_is_no_regular_file_is_not_replaced)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(!atomic_file_begin(&kept, path, &error));
	ck_assert_ptr_nonnull(memmem(buf_view(&error).ptr, buf_len(&error), "not a regular", 13));
	ck_assert_uint_eq(count_files(), 2);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error)
{
	ck_assert(!atomic_file_begin(&kept, scratch_path("none/copy"), &error));
	buf_char(&error, '\0');
	ck_assert_ptr_nonnull(strstr(buf_view(&error).ptr, "none/copy: No such file"));
}
END_TEST

/* Each of them, once a file has been begun, makes atomic_file_finish fail. */

static void make_unreadable(void)
{
	close(from);
	from = open(scratch_path("from"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(from, 0);
}

/* No file may grow; an error of write(2) instead of the end (setrlimit(2)). */
static void fill_disk(void)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void take_name(void)
{
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static const struct {
	void (*prepare)(void);
	const char *reason;
	bool changes_path;
} failures[] = {
	{ make_unreadable, "copy: Bad file descriptor", false },
	{ fill_disk, "copy: File too large", false },
	{ take_name, "copy: Is a directory", true },
};

START_TEST(a_file_that_cannot_be_finished_leaves_the_old_one)
{
	struct rlimit before;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	write_file(path, "the old contents");
	ck_assert(atomic_file_begin(&kept, path, &error));
	failures[_i].prepare();
	bool finished = atomic_file_finish(&kept, from, &size, &error);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert(!finished);
	buf_char(&error, '\0');
	ck_assert_msg(strstr(buf_view(&error).ptr, failures[_i].reason) != NULL, "%s",
		buf_view(&error).ptr);
	ck_assert_uint_eq(count_files(), 2);
	if (!failures[_i].changes_path)
		expect_file("the old contents");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("atomic_file");
	TCase *tests = tcase_create("atomic_file");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_file_gets_its_name_when_it_is_complete);
	tcase_add_test(tests, a_file_that_is_dropped_leaves_nothing);
	tcase_add_test(tests, what_is_no_regular_file_is_not_replaced);
	tcase_add_test(tests, a_folder_that_is_not_there_is_an_error);
	tcase_add_loop_test(
		tests, a_file_that_cannot_be_finished_leaves_the_old_one, 0, NITEMS(failures));
	suite_add_tcase(suite, tests);
	return suite;
}
