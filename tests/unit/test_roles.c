#include "roles.h"

#include "suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/postern-roles-XXXXXX";
static struct arena arena;

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
	static const char *const names[] = { "postern-dbd", "postern-dbd-postgres",
		"postern-worker" };
	char path[100];

	for (size_t i = 0; i < NITEMS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(folder), 0);
	arena_done(&arena);
}

static void add_program(const char *name, mode_t mode)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

START_TEST(names)
{
	ck_assert_slice_eq(role_name(ROLE_DBD, 0, &arena), STR("dbd"));
	ck_assert_slice_eq(role_name(ROLE_WORKER, 12, &arena), STR("worker 12"));
}
END_TEST

/* There are no programs beside the executable of this test, so the fallback is used. */
START_TEST(finds_programs_in_the_fallback)
{
	const char *paths[ROLE__COUNT];
	char want[100];
	struct buf error;

	buf_init(&error, 1000);
	add_program("postern-dbd", 0755);
	add_program("postern-worker", 0755);
	ck_assert(roles_find_programs(paths, DATABASE_SQLITE, folder, &arena, &error));
	snprintf(want, sizeof(want), "%s/postern-dbd", folder);
	ck_assert_str_eq(paths[ROLE_DBD], want);
	snprintf(want, sizeof(want), "%s/postern-worker", folder);
	ck_assert_str_eq(paths[ROLE_WORKER], want);
	buf_done(&error);
}
END_TEST

START_TEST(says_which_program_is_missing)
{
	const char *paths[ROLE__COUNT];
	struct buf error;

	buf_init(&error, 1000);
	add_program("postern-dbd", 0755);
	add_program("postern-worker", 0644); /* not executable */
	ck_assert(!roles_find_programs(paths, DATABASE_SQLITE, folder, &arena, &error));
	const char *text = arena_copy(&arena, buf_view(&error)).ptr;
	ck_assert_msg(strstr(text, "cannot find the program postern-worker") == text, "%s", text);
	ck_assert_msg(strstr(text, folder) != NULL, "%s", text);
	buf_done(&error);
}
END_TEST

START_TEST(the_engine_chooses_the_program_of_dbd)
{
	const char *paths[ROLE__COUNT];
	char want[100];
	struct buf error;

	buf_init(&error, 1000);
	add_program("postern-dbd-postgres", 0755);
	add_program("postern-worker", 0755);
	ck_assert(roles_have_engine(DATABASE_POSTGRES, folder, &arena, &error));
	ck_assert(roles_find_programs(paths, DATABASE_POSTGRES, folder, &arena, &error));
	snprintf(want, sizeof(want), "%s/postern-dbd-postgres", folder);
	ck_assert_str_eq(paths[ROLE_DBD], want);
	ck_assert(!roles_find_programs(paths, DATABASE_SQLITE, folder, &arena, &error));
	buf_done(&error);
}
END_TEST

START_TEST(says_how_to_get_a_missing_engine)
{
	const char *paths[ROLE__COUNT];
	char want[300];
	struct buf error;

	buf_init(&error, 1000);
	add_program("postern-dbd", 0755);
	add_program("postern-worker", 0755);
	snprintf(want, sizeof(want),
		"this Postern is built without PostgreSQL: %s/postern-dbd-postgres is missing; "
		"install the package postern-postgres, or libpq-dev and run make again",
		folder);
	ck_assert(roles_have_engine(DATABASE_SQLITE, folder, &arena, &error));
	ck_assert(!roles_have_engine(DATABASE_POSTGRES, folder, &arena, &error));
	ck_assert_slice_eq(buf_view(&error), str_from(want));
	buf_reset(&error, 0);
	ck_assert(!roles_find_programs(paths, DATABASE_POSTGRES, folder, &arena, &error));
	ck_assert_slice_eq(buf_view(&error), str_from(want));
	buf_done(&error);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("roles");
	TCase *tc = tcase_create("roles");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, names);
	tcase_add_test(tc, finds_programs_in_the_fallback);
	tcase_add_test(tc, says_which_program_is_missing);
	tcase_add_test(tc, the_engine_chooses_the_program_of_dbd);
	tcase_add_test(tc, says_how_to_get_a_missing_engine);
	suite_add_tcase(suite, tc);
	return suite;
}
