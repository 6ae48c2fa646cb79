#include "stock.h"
#include "suite.h"

static struct stock stock;
static struct buf buf, other;

static void setup(void)
{
	buf_init(&buf, SIZE_MAX / 2);
	buf_init(&other, 100);
}

static void teardown(void)
{
	buf_done(&buf);
	buf_done(&other);
	stock_done(&stock);
}

START_TEST(a_block_goes_from_one_to_the_next)
{
	buf_str(&buf, STR("some bytes"));
	buf_consume(&buf, 4);
	const char *data = buf.data;
	stock_take(&stock, &buf);
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf_len(&buf), 0);

	stock_lend(&stock, &other);
	ck_assert_ptr_eq(other.data, data);
	ck_assert_uint_eq(buf_len(&other), 0);
	/* Whose memory it was makes no difference to what may be in it. */
	ck_assert_uint_eq(other.limit, 100);
	buf_str(&other, STR("others"));
	ck_assert_ptr_eq(other.data, data);
	ck_assert_slice_eq(buf_view(&other), STR("others"));
}
END_TEST

START_TEST(who_has_memory_gets_none)
{
	buf_char(&buf, 'a');
	buf_char(&other, 'b');
	stock_take(&stock, &buf);
	const char *data = other.data;
	stock_lend(&stock, &other);
	ck_assert_ptr_eq(other.data, data);
	ck_assert_uint_eq(stock.count, 1);
}
END_TEST

START_TEST(an_empty_stock_lends_nothing)
{
	stock_take(&stock, &buf);
	ck_assert_uint_eq(stock.count, 0);
	stock_lend(&stock, &buf);
	ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(what_is_large_is_freed)
{
	buf_reserve(&buf, STOCK_BLOCK_MOST);
	stock_take(&stock, &buf);
	ck_assert_uint_eq(stock.count, 1);
	buf_reserve(&buf, STOCK_BLOCK_MOST + 1);
	stock_take(&stock, &buf);
	ck_assert_uint_eq(stock.count, 1);
	ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(so_is_what_is_too_much)
{
	struct buf bufs[STOCK_BLOCKS + 1];

	for (int i = 0; i <= STOCK_BLOCKS; i++) {
		buf_init(&bufs[i], 1);
		buf_char(&bufs[i], 'a');
	}
	for (int i = 0; i <= STOCK_BLOCKS; i++)
		stock_take(&stock, &bufs[i]);
	ck_assert_uint_eq(stock.count, STOCK_BLOCKS);
}
END_TEST

START_TEST(a_failure_does_not_stick_to_memory)
{
	buf_init(&buf, 1);
	buf_str(&buf, STR("a"));
	buf_str(&buf, STR("b"));
	ck_assert(buf.failed);
	stock_take(&stock, &buf);
	ck_assert(!buf.failed);
	stock_lend(&stock, &other);
	buf_char(&other, 'c');
	ck_assert(!other.failed);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("stock");
	TCase *tc = tcase_create("stock");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_block_goes_from_one_to_the_next);
	tcase_add_test(tc, who_has_memory_gets_none);
	tcase_add_test(tc, an_empty_stock_lends_nothing);
	tcase_add_test(tc, what_is_large_is_freed);
	tcase_add_test(tc, so_is_what_is_too_much);
	tcase_add_test(tc, a_failure_does_not_stick_to_memory);
	suite_add_tcase(s, tc);
	return s;
}
