#include "buffer_pool.h"
#include "suite.h"

static struct buffer_pool pool;
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
	buffer_pool_done(&pool);
}

START_TEST(a_block_goes_from_one_buffer_to_the_next)
{
	buf_str(&buf, STR("some bytes"));
	buf_consume(&buf, 4);
	const char *data = buf.data;
	buffer_pool_put(&pool, &buf);
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf_len(&buf), 0);

	buffer_pool_get(&pool, &other);
	ck_assert_ptr_eq(other.data, data);
	ck_assert_uint_eq(buf_len(&other), 0);
	/* The buffer's own limit applies, not that of the block's former buffer. */
	ck_assert_uint_eq(other.limit, 100);
	buf_str(&other, STR("others"));
	ck_assert_ptr_eq(other.data, data);
	ck_assert_slice_eq(buf_view(&other), STR("others"));
}
END_TEST

START_TEST(a_buffer_with_memory_gets_no_block)
{
	buf_char(&buf, 'a');
	buf_char(&other, 'b');
	buffer_pool_put(&pool, &buf);
	const char *data = other.data;
	buffer_pool_get(&pool, &other);
	ck_assert_ptr_eq(other.data, data);
	ck_assert_uint_eq(pool.count, 1);
}
END_TEST

START_TEST(an_empty_pool_has_no_block)
{
	buffer_pool_put(&pool, &buf);
	ck_assert_uint_eq(pool.count, 0);
	buffer_pool_get(&pool, &buf);
	ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(a_large_block_is_freed)
{
	buf_reserve(&buf, BUFFER_POOL_BLOCK_MOST);
	buffer_pool_put(&pool, &buf);
	ck_assert_uint_eq(pool.count, 1);
	buf_reserve(&buf, BUFFER_POOL_BLOCK_MOST + 1);
	buffer_pool_put(&pool, &buf);
	ck_assert_uint_eq(pool.count, 1);
	ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(a_full_pool_frees_further_blocks)
{
	struct buf bufs[BUFFER_POOL_BLOCKS + 1];

	for (int i = 0; i <= BUFFER_POOL_BLOCKS; i++) {
		buf_init(&bufs[i], 1);
		buf_char(&bufs[i], 'a');
	}
	for (int i = 0; i <= BUFFER_POOL_BLOCKS; i++)
		buffer_pool_put(&pool, &bufs[i]);
	ck_assert_uint_eq(pool.count, BUFFER_POOL_BLOCKS);
}
END_TEST

START_TEST(a_block_of_a_failed_buffer_is_usable)
{
	buf_init(&buf, 1);
	buf_str(&buf, STR("a"));
	buf_str(&buf, STR("b"));
	ck_assert(buf.failed);
	buffer_pool_put(&pool, &buf);
	ck_assert(!buf.failed);
	buffer_pool_get(&pool, &other);
	buf_char(&other, 'c');
	ck_assert(!other.failed);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool");
	TCase *tc = tcase_create("pool");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_block_goes_from_one_buffer_to_the_next);
	tcase_add_test(tc, a_buffer_with_memory_gets_no_block);
	tcase_add_test(tc, an_empty_pool_has_no_block);
	tcase_add_test(tc, a_large_block_is_freed);
	tcase_add_test(tc, a_full_pool_frees_further_blocks);
	tcase_add_test(tc, a_block_of_a_failed_buffer_is_usable);
	suite_add_tcase(s, tc);
	return s;
}
