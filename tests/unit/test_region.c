#include "region.h"
#include "suite.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

static struct region region;

static void setup(void)
{
	ck_assert(region_init(&region, 100 * 1000));
}

static void teardown(void)
{
	region_done(&region);
}

START_TEST(allocations_are_aligned_zeroed_and_apart)
{
	unsigned char *pieces[100];

	for (size_t i = 0; i < NITEMS(pieces); i++) {
		pieces[i] = region_alloc(&region, i);
		ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_eq(pieces[i][j], 0);
		memset(pieces[i], (int)i, i);
	}
	for (size_t i = 1; i < NITEMS(pieces); i++)
		ck_assert(pieces[i][0] == i && pieces[i][i - 1] == i);
}
END_TEST

START_TEST(a_copy_ends_in_nul)
{
	struct str copy = region_copy(&region, STR("a\0b"));

	ck_assert_slice_eq(copy, STR("a\0b"));
	ck_assert_int_eq(copy.ptr[3], '\0');
	ck_assert_slice_eq(region_copy(&region, STR("")), STR(""));
}
END_TEST

/* Exit status 0 if a forked process could do it. */
static bool survives(void (*act)(char *place), char *place)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		act(place);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void write_there(char *place)
{
	*place = 1;
}

static void read_there(char *place)
{
	if (*place != 7)
		_exit(1);
}

static void use_up(char *place)
{
	(void)place;
	for (;;)
		region_alloc(&region, 1000);
}

START_TEST(a_sealed_region_can_only_be_read)
{
	char *place = region_alloc(&region, 1);

	*place = 7;
	ck_assert(survives(write_there, place));
	ck_assert(region_seal(&region));
	ck_assert(survives(read_there, place));
	ck_assert(!survives(write_there, place));
	/* The unused pages are gone. */
	ck_assert(!survives(read_there, place + 50 * 1000));
}
END_TEST

START_TEST(a_region_that_is_used_up_ends_the_process)
{
	ck_assert(!survives(use_up, NULL));
}
END_TEST

START_TEST(what_cannot_be_reserved_is_an_error)
{
	struct region huge;

	ck_assert(!region_init(&huge, SIZE_MAX / 2));
	ck_assert_ptr_null(huge.start);
	region_done(&huge);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("region");
	TCase *tests = tcase_create("region");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, allocations_are_aligned_zeroed_and_apart);
	tcase_add_test(tests, a_copy_ends_in_nul);
	tcase_add_test(tests, a_sealed_region_can_only_be_read);
	tcase_add_test(tests, a_region_that_is_used_up_ends_the_process);
	tcase_add_test(tests, what_cannot_be_reserved_is_an_error);
	suite_add_tcase(suite, tests);
	return suite;
}
