/* Paths that can be a database, and paths that are refused with a remedy. */
#include "path_check.h"

#include "scratch.h"
#include "suite.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static struct buf error;
static const char *path;

static void setup(void)
{
	scratch_setup();
	buf_init(&error, 64 * 1024);
	path = scratch_path("app.db");
}

static void teardown(void)
{
	ck_assert_int_eq(seteuid(getuid()), 0);
	buf_done(&error);
	scratch_teardown();
}

static void make_file(mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void set_folder_mode(mode_t mode)
{
	ck_assert_int_eq(chmod(scratch_path("."), mode), 0);
}

/* Root may use every file, so permissions are tested as another user. */
static void drop_root(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(NOBODY), 0);
}

/* Accepted. */

static void make_nothing(void)
{
}

static void make_usable_file(void)
{
	make_file(0600);
}

static void make_file_of_the_group(void)
{
	make_file(0666);
	set_folder_mode(0777);
	drop_root();
}

static void make_link(void)
{
	make_file(0600);
	path = scratch_path("link");
	ck_assert_int_eq(symlink("app.db", path), 0);
}

/* SQLite creates the file that it points to. */
static void make_dangling_link(void)
{
	ck_assert_int_eq(symlink("absent", path), 0);
}

static void make_bare_name(void)
{
	ck_assert_int_eq(chdir(scratch_path(".")), 0);
	path = "app.db";
}

static void (*const accepted[])(void) = {
	make_nothing,
	make_usable_file,
	make_file_of_the_group,
	make_link,
	make_dangling_link,
	make_bare_name,
};

START_TEST(a_usable_path_is_accepted)
{
	accepted[_i]();
	bool usable = path_check(path, &error);
	ck_assert_msg(usable, "case %d: %.*s", _i, STR_ARGS(buf_view(&error)));
	ck_assert_uint_eq(buf_len(&error), 0);
}
END_TEST

/* Refused. */

static void make_missing_folder(void)
{
	path = scratch_path("none/app.db");
}

static void make_file_as_folder(void)
{
	make_file(0600);
	path = scratch_path("app.db/app.db");
}

static void make_folder(void)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_fifo(void)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_loop(void)
{
	ck_assert_int_eq(symlink("app.db", path), 0);
}

static void make_long_path(void)
{
	static char name[PATH_MAX + 8];

	memset(name, 'x', sizeof(name) - 1);
	for (size_t i = 0; i < sizeof(name) - 1; i += 100)
		name[i] = '/';
	path = name;
}

static void make_unreadable_file(void)
{
	make_file(0200);
	set_folder_mode(0777);
	drop_root();
}

static void make_read_only_file(void)
{
	make_file(0444);
	set_folder_mode(0777);
	drop_root();
}

static void make_file_in_read_only_folder(void)
{
	make_file(0666);
	set_folder_mode(0555);
	drop_root();
}

static void make_read_only_folder(void)
{
	set_folder_mode(0555);
	drop_root();
}

static void make_forbidden_folder(void)
{
	make_file(0666);
	set_folder_mode(0);
	drop_root();
}

/* Only root may write there. */
static void make_file_in_root_folder(void)
{
	drop_root();
	path = "/postern-test-absent.db";
}

static const struct {
	void (*make)(void);
	const char *what, *remedy; /* both are in the error */
} refused[] = {
	{ make_missing_folder, "/none does not exist", "; make it first" },
	{ make_file_as_folder, "/app.db is not a folder", "; name a file in a folder" },
	{ make_folder, "it is a folder", "; name a file in it" },
	{ make_fifo, "it is not a regular file", "; name another" },
	{ make_loop, "the file ", "Too many levels of symbolic links" },
	{ make_long_path, "the file /xxx", "File name too long" },
	{ make_unreadable_file, "may not use the file ",
		"; give it read and write permission: ch" },
	{ make_read_only_file, "may not use the file ", "; give it read and write permission: ch" },
	{ make_file_in_read_only_folder, "may not use the folder ",
		"; give it read and write permission: ch" },
	{ make_read_only_folder, "may not use the folder ",
		"; give it read and write permission: ch" },
	{ make_forbidden_folder, "may not use the folder ", "; give it read and write permission" },
	{ make_file_in_root_folder,
		"the folder / is on a read-only|the folder /, which is user 0's", "" },
};

/* alternatives: separated by '|'. */
static bool contains_one_of(const char *text, const char *alternatives)
{
	char copy[256];

	ck_assert_uint_lt(strlen(alternatives), sizeof(copy));
	strcpy(copy, alternatives);
	for (char *rest = copy, *part; (part = strsep(&rest, "|"));)
		if (strstr(text, part))
			return true;
	return false;
}

START_TEST(an_unusable_path_is_refused_with_a_remedy)
{
	refused[_i].make();
	ck_assert(!path_check(path, &error));
	buf_char(&error, '\0');
	const char *text = buf_view(&error).ptr;
	ck_assert_msg(contains_one_of(text, refused[_i].what), "%s", text);
	ck_assert_msg(strstr(text, refused[_i].remedy), "%s", text);
	ck_assert_ptr_null(strchr(text, '\n'));
}
END_TEST

/* The command of the remedy names the user, the group and the path. */
START_TEST(the_remedy_for_the_file_of_another_user_is_chown)
{
	char command[PATH_MAX];

	if (geteuid() != 0)
		return;
	make_read_only_file();
	ck_assert(!path_check(path, &error));
	buf_char(&error, '\0');
	snprintf(command, sizeof(command), "chown %d:%u %s", NOBODY, (unsigned)getegid(), path);
	ck_assert_msg(strstr(buf_view(&error).ptr, command), "%s", buf_view(&error).ptr);
}
END_TEST

static const struct {
	const char *name, *command;
	mode_t mode;
} own[] = {
	{ "app.db", "chmod u+rw ", 0444 },
	{ ".", "chmod u+rwx ", 0555 },
};

START_TEST(the_remedy_for_an_own_file_or_folder_is_chmod)
{
	const char *name = scratch_path(own[_i].name);

	make_file(0666);
	set_folder_mode(0777);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(name, NOBODY, NOBODY), 0);
	ck_assert_int_eq(chmod(name, own[_i].mode), 0);
	drop_root();
	ck_assert(!path_check(path, &error));
	buf_char(&error, '\0');
	ck_assert_msg(strstr(buf_view(&error).ptr, own[_i].command), "%s", buf_view(&error).ptr);
}
END_TEST

START_TEST(the_error_is_appended)
{
	buf_str(&error, STR("before: "));
	make_folder();
	ck_assert(!path_check(path, &error));
	ck_assert_slice_eq(buf_view(&error), STR("before: it is a folder; name a file in it"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("path_check");
	TCase *tc = tcase_create("paths");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_usable_path_is_accepted, 0, NITEMS(accepted));
	tcase_add_loop_test(tc, an_unusable_path_is_refused_with_a_remedy, 0, NITEMS(refused));
	tcase_add_test(tc, the_remedy_for_the_file_of_another_user_is_chown);
	tcase_add_loop_test(tc, the_remedy_for_an_own_file_or_folder_is_chmod, 0, NITEMS(own));
	tcase_add_test(tc, the_error_is_appended);
	suite_add_tcase(suite, tc);
	return suite;
}
