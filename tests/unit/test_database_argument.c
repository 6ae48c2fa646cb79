/* Databases that arguments of posternctl name. */
#include "ctl/database_argument.h"

#include "suite.h"

static struct buf error;
static struct database_url database;

static void setup(void)
{
	buf_init(&error, 64 * 1024);
}

static void teardown(void)
{
	buf_done(&error);
}

static const struct {
	const char *argument, *path;
} files[] = {
	{ "app.db", "app.db" },
	{ "/data/app.db", "/data/app.db" },
	{ "sqlite", "sqlite" },
	{ "sqlite.db", "sqlite.db" },
	{ "a:b.db", "a:b.db" },
	{ "sqlite:///app.db", "app.db" },
	{ "sqlite:////data/app.db", "/data/app.db" },
};

START_TEST(a_file_is_a_path_or_a_url)
{
	ck_assert(database_argument_read(files[_i].argument, &database, &error));
	ck_assert_int_eq(database.engine, DATABASE_SQLITE);
	ck_assert_str_eq(database.path, files[_i].path);
	ck_assert_uint_eq(buf_len(&error), 0);
}
END_TEST

START_TEST(a_server_is_for_some_commands)
{
	const char *url = "postgresql://app:secret@db1/app";

	ck_assert(database_argument_read_any(url, &database, &error));
	ck_assert_int_eq(database.engine, DATABASE_POSTGRES);
	ck_assert_uint_eq(buf_len(&error), 0);
	ck_assert(!database_argument_read(url, &database, &error));
	buf_char(&error, '\0');
	const char *text = buf_view(&error).ptr;
	ck_assert_ptr_nonnull(strstr(text, "this command is for SQLite only"));
	ck_assert_ptr_null(strstr(text, "secret"));
}
END_TEST

static const char *const wrong[] = { "mysql://app:secret@db1/app", "sqlite:/app.db",
	"postgresql://app:secret@db1/app?nonsense=1" };

START_TEST(an_error_names_the_url_without_its_password)
{
	ck_assert(!database_argument_read_any(wrong[_i], &database, &error));
	ck_assert_uint_gt(buf_len(&error), 0);
	buf_char(&error, '\0');
	ck_assert_ptr_null(strstr(buf_view(&error).ptr, "secret"));
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char path[DATABASE_PATH_SIZE + 1];

	memset(path, 'a', sizeof(path));
	path[DATABASE_PATH_SIZE] = '\0';
	ck_assert(!database_argument_read_any(path, &database, &error));
	ck_assert_uint_gt(buf_len(&error), 0);
	path[DATABASE_PATH_SIZE - 1] = '\0';
	ck_assert(database_argument_read_any(path, &database, &error));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("database_argument");
	TCase *tests = tcase_create("database_argument");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_file_is_a_path_or_a_url, 0, (int)NITEMS(files));
	tcase_add_test(tests, a_server_is_for_some_commands);
	tcase_add_loop_test(
		tests, an_error_names_the_url_without_its_password, 0, (int)NITEMS(wrong));
	tcase_add_test(tests, a_path_that_is_too_long_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
