/* Every test_*.c is a program of its own: it defines test_suite, and support/main.c runs it. */
#ifndef POSTERN_TEST_SUITE_H
#define POSTERN_TEST_SUITE_H

#include "str.h"

#include <check.h>

Suite *test_suite(void);

/* Fails with both texts when the slice does not hold just these bytes. */
#define ck_assert_slice_eq(got, want)                                                              \
	do {                                                                                       \
		struct str got_ = (got), want_ = (want);                                           \
		ck_assert_msg(str_equal(got_, want_),                                              \
			"got \"%.*s\" (%zu bytes), want \"%.*s\" (%zu)", (int)got_.len,            \
			got_.ptr ? got_.ptr : "", got_.len, STR_ARGS(want_), want_.len);           \
	} while (0)

#endif
