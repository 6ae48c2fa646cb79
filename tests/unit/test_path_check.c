#include "path_check.h"

#include "scratch.h"
#include "suite.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOMEBODY = 12345, TEXT_MAX = 1024 };

static struct buf error;

static void make_file(const char *name, mode_t mode)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void setup(void)
{
	scratch_setup();
	buf_init(&error, 2 * PATH_MAX);
	make_file("file", 0600);
	ck_assert_int_eq(mkdir(scratch_path("folder"), 0700), 0);
	ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
}

static void teardown(void)
{
	buf_done(&error);
	scratch_teardown();
}

/* The error as text. */
static const char *refuse(const char *path)
{
	ck_assert_msg(!path_check(path, &error), "%s", path);
	buf_char(&error, '\0');
	return buf_view(&error).ptr;
}

START_TEST(a_file_may_be_there_or_not)
{
	static const char *const names[] = { "file", "new", "folder/new" };

	for (size_t i = 0; i < NITEMS(names); i++)
		ck_assert_msg(path_check(scratch_path(names[i]), &error), "%s", names[i]);
	ck_assert_int_eq(chdir(scratch_path("folder")), 0);
	ck_assert(path_check("new", &error));
	ck_assert_uint_eq(buf_len(&error), 0);
}
END_TEST

static const struct {
	const char *name, *says;
} refused[] = {
	{ "folder", "it is a folder; name a file in it" },
	{ "fifo", "it is no regular file; name another" },
	{ "none/new", "none does not exist; make it first" },
	{ "file/new", "file/new is no folder; name a file in a folder" },
};

START_TEST(what_can_be_no_database_is_named)
{
	const char *text = refuse(scratch_path(refused[_i].name));

	ck_assert_msg(strstr(text, refused[_i].says) != NULL, "%s", text);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char path[PATH_MAX + 2];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	ck_assert_ptr_nonnull(strstr(refuse(path), ": File name too long"));
}
END_TEST

/* Whether a path is refused by an unprivileged user, and the error. */
static bool is_refused_to_somebody(const char *path)
{
	ck_assert_int_eq(seteuid(SOMEBODY), 0);
	bool refused_to = !path_check(path, &error);
	ck_assert_int_eq(seteuid(0), 0);
	buf_char(&error, '\0');
	return refused_to;
}

START_TEST(whose_a_file_is_and_what_helps_is_told)
{
	char want[TEXT_MAX];
	const char *path = scratch_path("file");

	if (geteuid() != 0)
		return; /* only root can become another user */
	ck_assert_int_eq(chmod(scratch_path(""), 0777), 0);
	ck_assert(is_refused_to_somebody(path));
	snprintf(want, sizeof(want),
		"user %d may not use the file %s, which is user 0's; give it read and write "
		"permission: chown %d:%u %s",
		SOMEBODY, path, SOMEBODY, (unsigned)getegid(), path);
	ck_assert_str_eq(buf_view(&error).ptr, want);
}
END_TEST

START_TEST(a_file_of_ones_own_may_lack_permission)
{
	char want[TEXT_MAX];
	const char *path = scratch_path("file");

	if (geteuid() != 0)
		return; /* only root can become another user */
	ck_assert_int_eq(chmod(scratch_path(""), 0777), 0);
	ck_assert_int_eq(chown(path, SOMEBODY, (gid_t)-1), 0);
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert(is_refused_to_somebody(path));
	snprintf(want, sizeof(want),
		"user %d may not use the file %s; give it read and write permission: chmod u+rw %s",
		SOMEBODY, path, path);
	ck_assert_str_eq(buf_view(&error).ptr, want);
}
END_TEST

/* Not even whose the folder is. */
START_TEST(a_folder_in_a_closed_folder_cannot_be_seen)
{
	char want[TEXT_MAX];

	if (geteuid() != 0)
		return; /* only root can become another user */
	ck_assert_int_eq(mkdir(scratch_path("folder/inner"), 0777), 0);
	ck_assert(is_refused_to_somebody(scratch_path("folder/inner/new")));
	snprintf(want, sizeof(want), "the folder %s", scratch_path("folder/inner"));
	ck_assert_ptr_nonnull(strstr(buf_view(&error).ptr, want));
	ck_assert_ptr_nonnull(strstr(buf_view(&error).ptr, "; give it read and write permission"));
	ck_assert_ptr_null(strstr(buf_view(&error).ptr, "chown"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("path_check");
	TCase *tests = tcase_create("path_check");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_file_may_be_there_or_not);
	tcase_add_loop_test(tests, what_can_be_no_database_is_named, 0, NITEMS(refused));
	tcase_add_test(tests, a_path_that_is_too_long_is_refused);
	tcase_add_test(tests, whose_a_file_is_and_what_helps_is_told);
	tcase_add_test(tests, a_file_of_ones_own_may_lack_permission);
	tcase_add_test(tests, a_folder_in_a_closed_folder_cannot_be_seen);
	suite_add_tcase(suite, tests);
	return suite;
}
