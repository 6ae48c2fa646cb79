#include "buf.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct buf buf;

static void setup(void)
{
	buf_init(&buf, SIZE_MAX / 2);
}

static void teardown(void)
{
	buf_done(&buf);
}

START_TEST(an_empty_buffer_has_no_memory)
{
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf_len(&buf), 0);
	ck_assert_slice_eq(buf_view(&buf), STR(""));
	buf_append(&buf, NULL, 0);
	ck_assert(!buf.failed);
	ck_assert_uint_eq(buf_len(&buf), 0);
}
END_TEST

START_TEST(the_limit_counts_unconsumed_bytes)
{
	buf_init(&buf, 10);
	buf_str(&buf, STR("0123456789"));
	ck_assert(!buf.failed);
	ck_assert_slice_eq(buf_view(&buf), STR("0123456789"));
	/* Consuming makes room. */
	buf_consume(&buf, 3);
	buf_str(&buf, STR("abc"));
	ck_assert(!buf.failed);
	ck_assert_slice_eq(buf_view(&buf), STR("3456789abc"));
	buf_char(&buf, 'd');
	ck_assert(buf.failed);
}
END_TEST

START_TEST(printf_needs_room_for_its_nul)
{
	buf_init(&buf, 10);
	buf_printf(&buf, "%s-%d", "0123456", 9);
	ck_assert(!buf.failed);
	ck_assert_slice_eq(buf_view(&buf), STR("0123456-9"));
	buf_reset(&buf, 0);
	buf_printf(&buf, "%s-%d", "0123456", 90);
	ck_assert(buf.failed);
	ck_assert_uint_eq(buf_len(&buf), 0);
}
END_TEST

START_TEST(failure_sticks)
{
	buf_init(&buf, 4);
	buf_str(&buf, STR("12345"));
	ck_assert(buf.failed);
	buf_str(&buf, STR("1"));
	buf_char(&buf, '2');
	buf_int(&buf, 3);
	buf_printf(&buf, "%d", 4);
	ck_assert(buf.failed);
	ck_assert_ptr_null(buf_reserve(&buf, 1));
	ck_assert_uint_eq(buf_len(&buf), 0);
	buf_reset(&buf, 100);
	ck_assert(!buf.failed);
	buf_str(&buf, STR("1234"));
	ck_assert(!buf.failed);
	ck_assert_slice_eq(buf_view(&buf), STR("1234"));
}
END_TEST

START_TEST(a_huge_size_fails)
{
	ck_assert_ptr_null(buf_reserve(&buf, SIZE_MAX));
	ck_assert(buf.failed);
	buf_reset(&buf, 0);
	buf_char(&buf, 'x');
	ck_assert_ptr_null(buf_reserve(&buf, SIZE_MAX / 2));
	ck_assert(buf.failed);
}
END_TEST

START_TEST(reserved_room_counts_after_commit)
{
	memcpy(buf_reserve(&buf, 3000), "abc", 3);
	ck_assert_uint_eq(buf_len(&buf), 0);
	buf_commit(&buf, 2);
	ck_assert_slice_eq(buf_view(&buf), STR("ab"));
}
END_TEST

/* Compares random appends and consumes with a plain array. */
START_TEST(bytes_come_out_as_they_went_in)
{
	static unsigned char model[1 << 16];
	size_t put = 0, taken = 0;

	srand(1);
	while (put < sizeof(model) - 2000) {
		size_t n = (size_t)rand() % (rand() % 8 ? 30 : 2000);
		for (size_t i = 0; i < n; i++)
			model[put + i] = (unsigned char)rand();
		buf_append(&buf, model + put, n);
		put += n;
		n = (size_t)rand() % (put - taken + 1);
		if (rand() % 3) {
			buf_consume(&buf, n);
			taken += n;
		}
		ck_assert_uint_eq(buf_len(&buf), put - taken);
		ck_assert_int_eq(memcmp(buf_view(&buf).ptr, model + taken, put - taken), 0);
	}
	ck_assert(!buf.failed);
}
END_TEST

/* A long-lived buffer with little content does not grow. */
START_TEST(consumed_room_is_reused)
{
	static const char bytes[100];

	buf_append(&buf, bytes, sizeof(bytes));
	for (int i = 0; i < 10000; i++) {
		buf_append(&buf, bytes, sizeof(bytes));
		buf_consume(&buf, sizeof(bytes));
	}
	ck_assert_uint_eq(buf_len(&buf), sizeof(bytes));
	ck_assert_uint_le(buf.size, 1024);
}
END_TEST

START_TEST(reset_frees_more_memory_than_keep)
{
	buf_reserve(&buf, 10000);
	buf_commit(&buf, 10000);
	size_t size = buf.size;
	buf_reset(&buf, size);
	ck_assert_uint_eq(buf.size, size);
	ck_assert_uint_eq(buf_len(&buf), 0);
	buf_reset(&buf, size - 1);
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf.size, 0);
	ck_assert_uint_eq(buf.limit, SIZE_MAX / 2);
}
END_TEST

static void must_be_as_printf_writes(int64_t value)
{
	char want[32];
	size_t size = (size_t)snprintf(want, sizeof(want), "%" PRId64, value);

	buf_reset(&buf, 512);
	buf_int(&buf, value);
	if (!str_equal(buf_view(&buf), (struct str){ want, size }))
		ck_abort_msg("%s: %.*s", want, (int)buf_len(&buf), buf_view(&buf).ptr);
}

START_TEST(integers_are_as_printf_writes_them)
{
	for (int64_t value = -20000; value <= 20000; value++)
		must_be_as_printf_writes(value);
	must_be_as_printf_writes(INT64_MIN);
	must_be_as_printf_writes(INT64_MIN + 1);
	must_be_as_printf_writes(INT64_MAX);
	must_be_as_printf_writes(INT64_MAX - 1);
}
END_TEST

/* Numbers around the multiples of each power of ten, which have zeros in every place. */
START_TEST(integers_of_all_lengths)
{
	int64_t power = 1;

	for (int digits = 1; digits < 19; digits++) {
		power *= 10;
		for (int64_t times = 1; times < 10 && times <= INT64_MAX / power; times++) {
			for (int64_t off = -11; off <= 11; off++) {
				must_be_as_printf_writes(power * times + off);
				must_be_as_printf_writes(-power * times + off);
			}
			must_be_as_printf_writes(power * times - power / 3);
		}
	}
}
END_TEST

START_TEST(an_integer_needs_exactly_its_length)
{
	static const struct {
		int64_t value;
		size_t size;
	} numbers[] = { { 7, 1 }, { -12345, 6 }, { INT64_MIN, 20 } };

	for (size_t i = 0; i < NITEMS(numbers); i++) {
		buf_done(&buf);
		buf_init(&buf, numbers[i].size);
		buf_int(&buf, numbers[i].value);
		ck_assert(!buf.failed);
		ck_assert_uint_eq(buf_len(&buf), numbers[i].size);
		buf_done(&buf);
		buf_init(&buf, numbers[i].size - 1);
		buf_int(&buf, numbers[i].value);
		ck_assert(buf.failed);
	}
}
END_TEST

START_TEST(printf_appends)
{
	buf_str(&buf, STR("a\0"));
	buf_printf(&buf, "%s%04d", "b", 7);
	buf_printf(&buf, "%s", "");
	buf_char(&buf, '\0');
	ck_assert_slice_eq(buf_view(&buf), STR("a\0b0007\0"));
}
END_TEST

START_TEST(a_buffer_is_usable_after_done)
{
	buf_init(&buf, 3);
	buf_str(&buf, STR("1234"));
	buf_done(&buf);
	ck_assert_ptr_null(buf.data);
	buf_str(&buf, STR("123"));
	ck_assert(!buf.failed);
	buf_char(&buf, '4');
	ck_assert(buf.failed);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("buf");
	TCase *tests = tcase_create("buf");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, an_empty_buffer_has_no_memory);
	tcase_add_test(tests, the_limit_counts_unconsumed_bytes);
	tcase_add_test(tests, printf_needs_room_for_its_nul);
	tcase_add_test(tests, failure_sticks);
	tcase_add_test(tests, a_huge_size_fails);
	tcase_add_test(tests, reserved_room_counts_after_commit);
	tcase_add_test(tests, bytes_come_out_as_they_went_in);
	tcase_add_test(tests, consumed_room_is_reused);
	tcase_add_test(tests, reset_frees_more_memory_than_keep);
	tcase_add_test(tests, integers_are_as_printf_writes_them);
	tcase_add_test(tests, integers_of_all_lengths);
	tcase_add_test(tests, an_integer_needs_exactly_its_length);
	tcase_add_test(tests, printf_appends);
	tcase_add_test(tests, a_buffer_is_usable_after_done);
	suite_add_tcase(suite, tests);
	return suite;
}
