#include "digest.h"

#include "codec.h"
#include "frame.h"
#include "sample.h"
#include "suite.h"

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

/* It is what clients keep, across upgrades, too. */
START_TEST(digests_stay_what_they_are)
{
	uint64_t digest = digest_bytes(DIGEST_BEGIN, STR("strong"));

	ck_assert_uint_eq(digest, UINT64_C(0x555446bad3e1bea0));
	ck_assert_uint_eq(digest_number(digest, 7), UINT64_C(0xa14ce1fd293214d));
}
END_TEST

static const struct str texts[] = { STR_INIT(""), STR_INIT("\0"), STR_INIT("\0\0"), STR_INIT("a"),
	STR_INIT("a\0"), STR_INIT("b"), STR_INIT("12345678"), STR_INIT("123456789"),
	STR_INIT("12345678\0"), STR_INIT("12345679"), STR_INIT("1234567\xb8"),
	STR_INIT("1234567812345678"),
	STR_INIT("1234567\xb8"
		 "1234567\xb8") };

START_TEST(different_bytes_have_different_digests)
{
	for (size_t i = 0; i < NITEMS(texts); i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(digest_bytes(DIGEST_BEGIN, texts[i]),
				digest_bytes(DIGEST_BEGIN, texts[j]));
}
END_TEST

/* Every bit of a number changes every part of the digest now and then, and no two are alike. */
START_TEST(each_bit_counts)
{
	uint64_t changed = 0;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t one = digest_number(DIGEST_BEGIN, UINT64_C(1) << i);
		changed |= one ^ digest_number(DIGEST_BEGIN, 0);
		for (unsigned j = 0; j < i; j++)
			ck_assert_uint_ne(one, digest_number(DIGEST_BEGIN, UINT64_C(1) << j));
	}
	ck_assert_uint_eq(changed, UINT64_MAX);
}
END_TEST

static uint64_t digest_record(uint64_t digest, const struct record *record)
{
	struct buf row;

	buf_init(&row, FRAME_MAX);
	codec_encode_row(&row, record);
	ck_assert(!row.failed);
	digest = digest_row(digest, record->resource, buf_view(&row));
	buf_done(&row);
	return digest;
}

START_TEST(each_field_of_a_record_counts)
{
	const struct resource *r = resources[_i];
	struct record row = sample_input(&arena, r, 1), other = sample_input(&arena, r, 2);
	uint64_t digest = digest_record(DIGEST_BEGIN, &row);

	for (unsigned i = 0; i < r->nfields; i++) {
		struct record changed = row;
		if (!record_has(&row, i))
			continue;
		changed.values[i] = other.values[i];
		ck_assert_uint_ne(digest_record(DIGEST_BEGIN, &changed), digest);
		changed.values[i] = value_null();
		ck_assert_uint_ne(digest_record(DIGEST_BEGIN, &changed), digest);
	}
	ck_assert_uint_eq(digest_record(DIGEST_BEGIN, &row), digest);
}
END_TEST

START_TEST(the_order_of_records_counts)
{
	const struct resource *r = resources[_i];
	struct record a = sample_input(&arena, r, 1), b = sample_input(&arena, r, 2);

	ck_assert_uint_ne(digest_record(digest_record(DIGEST_BEGIN, &a), &b),
		digest_record(digest_record(DIGEST_BEGIN, &b), &a));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("digest");
	TCase *tests = tcase_create("digest");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, digests_stay_what_they_are);
	tcase_add_test(tests, different_bytes_have_different_digests);
	tcase_add_test(tests, each_bit_counts);
	tcase_add_loop_test(tests, each_field_of_a_record_counts, 0, (int)nresources);
	tcase_add_loop_test(tests, the_order_of_records_counts, 0, (int)nresources);
	suite_add_tcase(suite, tests);
	return suite;
}
