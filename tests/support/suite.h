/* Each test_*.c is a program: it defines test_suite, which support/main.c runs. */
#ifndef POSTERN_TEST_SUITE_H
#define POSTERN_TEST_SUITE_H

#include "str.h"

#include <check.h>

Suite *test_suite(void);

/* Fails the test with both texts unless they are equal. */
#define ck_assert_slice_eq(got, want)                                                              \
	do {                                                                                       \
		struct str got_ = (got), want_ = (want);                                           \
		ck_assert_msg(str_equal(got_, want_),                                              \
			"got \"%.*s\" (%zu bytes), want \"%.*s\" (%zu)", (int)got_.len,            \
			got_.ptr ? got_.ptr : "", got_.len, STR_ARGS(want_), want_.len);           \
	} while (0)

#endif
