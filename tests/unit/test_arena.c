#include "arena.h"
#include "suite.h"

#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

START_TEST(allocations_are_aligned_and_do_not_overlap)
{
	enum { PIECES = 300 };
	unsigned char *pieces[PIECES];

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_alloc(&arena, i);
		ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		memset(pieces[i], (int)(i % 251), i);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t j = 0; j < i; j++)
			if (pieces[i][j] != i % 251)
				ck_abort_msg("piece %zu, byte %zu", i, j);
}
END_TEST

/* From below the size of the first block to above that of the largest. */
START_TEST(any_size_can_be_allocated)
{
	static const size_t sizes[] = { 0, 1, 8191, 8192, 8193, 1 << 20, (1 << 20) + 1, 5 << 20 };

	for (size_t i = 0; i < NITEMS(sizes); i++) {
		char *p = arena_alloc(&arena, sizes[i]);
		ck_assert_ptr_nonnull(p);
		memset(p, 'x', sizes[i]);
	}
}
END_TEST

START_TEST(calloc_clears_reused_memory)
{
	memset(arena_alloc(&arena, 4096), 0xff, 4096);
	arena_reset(&arena);
	const unsigned char *p = arena_calloc(&arena, 64, 64);
	for (size_t i = 0; i < 4096; i++)
		if (p[i] != 0)
			ck_abort_msg("byte %zu", i);
}
END_TEST

START_TEST(copies_end_in_nul)
{
	static const struct str texts[] = { STR_INIT(""), STR_INIT("a"), STR_INIT("a\0b"),
		STR_INIT("sixteen bytes..."), { NULL, 0 } };

	memset(arena_alloc(&arena, 4096), 0xff, 4096);
	arena_reset(&arena);
	for (size_t i = 0; i < NITEMS(texts); i++) {
		struct str copy = arena_copy(&arena, texts[i]);
		ck_assert_slice_eq(copy, texts[i]);
		ck_assert_ptr_ne(copy.ptr, texts[i].ptr);
		ck_assert_int_eq(copy.ptr[copy.len], '\0');
	}
}
END_TEST

START_TEST(printf_allocates_what_it_prints)
{
	char want[3000];

	for (int width = 1; width < (int)sizeof(want); width += 333) {
		struct str got = arena_printf(&arena, "%*d", width, 7);
		int n = snprintf(want, sizeof(want), "%*d", width, 7);
		ck_assert_slice_eq(got, ((struct str){ want, (size_t)n }));
		ck_assert_int_eq(got.ptr[got.len], '\0');
	}
}
END_TEST

START_TEST(memory_is_reused_after_reset)
{
	const char *first = arena_alloc(&arena, 100);

	for (int i = 0; i < 100; i++)
		arena_alloc(&arena, 10000);
	arena_reset(&arena);
	ck_assert_ptr_eq(arena_alloc(&arena, 100), first);
	arena_reset(&arena);
	ck_assert_ptr_eq(arena_alloc(&arena, 8192), first);
}
END_TEST

/* An idle connection must not hold the memory of a large request. */
START_TEST(reset_frees_large_blocks)
{
	arena_alloc(&arena, 1 << 20);
	arena_reset(&arena);
	ck_assert_ptr_null(arena.blocks);
}
END_TEST

START_TEST(an_empty_arena_can_be_reset_and_done)
{
	struct arena zero = { 0 };

	arena_reset(&zero);
	arena_done(&zero);
	ck_assert_ptr_nonnull(arena_alloc(&zero, 1));
	arena_done(&zero);
	ck_assert_ptr_null(zero.blocks);
}
END_TEST

START_TEST(an_impossible_size_aborts)
{
	volatile size_t size = SIZE_MAX - 7;

	arena_alloc(&arena, size);
}
END_TEST

START_TEST(a_product_that_overflows_aborts)
{
	volatile size_t count = SIZE_MAX / 8 + 2;

	arena_calloc(&arena, count, 8);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("arena");
	TCase *tests = tcase_create("arena");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, allocations_are_aligned_and_do_not_overlap);
	tcase_add_test(tests, any_size_can_be_allocated);
	tcase_add_test(tests, calloc_clears_reused_memory);
	tcase_add_test(tests, copies_end_in_nul);
	tcase_add_test(tests, printf_allocates_what_it_prints);
	tcase_add_test(tests, memory_is_reused_after_reset);
	tcase_add_test(tests, reset_frees_large_blocks);
	tcase_add_test(tests, an_empty_arena_can_be_reset_and_done);
	tcase_add_test_raise_signal(tests, an_impossible_size_aborts, SIGABRT);
	tcase_add_test_raise_signal(tests, a_product_that_overflows_aborts, SIGABRT);
	suite_add_tcase(suite, tests);
	return suite;
}
