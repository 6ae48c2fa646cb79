#include "digest.h"

#include "codec.h"
#include "frame.h"
#include "sample.h"
#include "suite.h"

#include <stdlib.h>

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

/* Clients keep tags across upgrades, so digests must not change. */
START_TEST(digests_never_change)
{
	uint64_t digest = digest_bytes(DIGEST_BEGIN, STR("strong"));

	ck_assert_uint_eq(digest, UINT64_C(0x577c08bf597bdc2e));
	ck_assert_uint_eq(digest_number(digest, 7), UINT64_C(0xbb20628d3dfd24d0));
	ck_assert_uint_eq(digest_bytes(DIGEST_BEGIN, STR("more than both lanes take at once")),
		UINT64_C(0x2202d94f999407e4));
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

enum { MOST = 64 };

static struct str sample_bytes(char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i * 151 + 7);
	return (struct str){ bytes, n };
}

static int compare(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

static void must_differ(uint64_t *digests, size_t n)
{
	qsort(digests, n, sizeof(*digests), compare);
	for (size_t i = 1; i < n; i++)
		if (digests[i] == digests[i - 1])
			ck_abort_msg("two of %zu are alike", n);
}

/* Texts that differ from one text in one byte have different digests. */
START_TEST(every_byte_changes_the_digest)
{
	static uint64_t digests[MOST * 255 + 1];
	char bytes[MOST];

	for (size_t n = 0; n <= MOST; n++) {
		struct str text = sample_bytes(bytes, n);
		size_t count = 0;
		digests[count++] = digest_bytes(DIGEST_BEGIN, text);
		for (size_t i = 0; i < n; i++) {
			for (int other = 1; other < 256; other++) {
				bytes[i] ^= (char)other;
				digests[count++] = digest_bytes(DIGEST_BEGIN, text);
				bytes[i] ^= (char)other;
			}
		}
		must_differ(digests, count);
	}
}
END_TEST

/* The same change of a bit in two bytes does not cancel out. */
START_TEST(every_two_bytes_change_the_digest)
{
	static const char masks[] = "\x01\x80\x81";
	static uint64_t digests[MOST * MOST * 3];
	char bytes[MOST];
	struct str text = sample_bytes(bytes, sizeof(bytes));
	size_t count = 0;

	for (size_t m = 0; m < strlen(masks); m++) {
		for (size_t i = 0; i < MOST; i++) {
			for (size_t j = 0; j < i; j++) {
				bytes[i] ^= masks[m];
				bytes[j] ^= masks[m];
				digests[count++] = digest_bytes(DIGEST_BEGIN, text);
				bytes[i] ^= masks[m];
				bytes[j] ^= masks[m];
			}
		}
	}
	must_differ(digests, count);
}
END_TEST

START_TEST(the_length_changes_the_digest)
{
	static const char zeros[4 * MOST];
	uint64_t digests[4 * MOST + 1];

	for (size_t n = 0; n <= sizeof(zeros); n++)
		digests[n] = digest_bytes(DIGEST_BEGIN, (struct str){ zeros, n });
	must_differ(digests, NITEMS(digests));
}
END_TEST

START_TEST(the_split_of_bytes_changes_the_digest)
{
	uint64_t digests[MOST + 1];
	char bytes[MOST];
	struct str text = sample_bytes(bytes, sizeof(bytes));

	for (size_t n = 0; n <= MOST; n++)
		digests[n] = digest_bytes(digest_bytes(DIGEST_BEGIN, (struct str){ bytes, n }),
			str_from_index(text, n));
	must_differ(digests, NITEMS(digests));
}
END_TEST

START_TEST(the_alignment_does_not_change_the_digest)
{
	char bytes[MOST], room[8 + MOST + 8];

	for (size_t n = 0; n <= MOST; n++) {
		uint64_t digest = digest_bytes(DIGEST_BEGIN, sample_bytes(bytes, n));
		for (size_t at = 0; at < 8; at++) {
			memset(room, (int)at, sizeof(room));
			sample_bytes(room + at, n);
			if (digest_bytes(DIGEST_BEGIN, (struct str){ room + at, n }) != digest)
				ck_abort_msg("%zu bytes at %zu", n, at);
		}
	}
}
END_TEST

/* For each bit of the bytes and of the digest that they extend. */
START_TEST(each_bit_flips_about_half_of_the_digest)
{
	char bytes[MOST];

	for (size_t n = 8; n <= MOST; n++) {
		struct str text = sample_bytes(bytes, n);
		uint64_t digest = digest_bytes(DIGEST_BEGIN, text);
		unsigned turned = 0;
		for (size_t bit = 0; bit < 8 * n; bit++) {
			bytes[bit / 8] ^= (char)(1 << bit % 8);
			turned += (unsigned)__builtin_popcountll(
				digest ^ digest_bytes(DIGEST_BEGIN, text));
			bytes[bit / 8] ^= (char)(1 << bit % 8);
		}
		ck_assert_uint_gt(turned, 8 * n * 26);
		ck_assert_uint_lt(turned, 8 * n * 38);
		turned = 0;
		for (unsigned bit = 0; bit < 64; bit++)
			turned += (unsigned)__builtin_popcountll(
				digest ^ digest_bytes(DIGEST_BEGIN ^ UINT64_C(1) << bit, text));
		ck_assert_uint_gt(turned, 64 * 26);
		ck_assert_uint_lt(turned, 64 * 38);
	}
}
END_TEST

/* Each bit of a number affects each part of the digest, and all results differ. */
START_TEST(every_bit_changes_the_digest)
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
	digest = digest_row(
		digest, sample_shown(record->resource, ACTION_LIST)->shape, buf_view(&row));
	buf_done(&row);
	return digest;
}

START_TEST(every_field_changes_the_digest)
{
	const struct resource *r = api->resources[_i];
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

START_TEST(the_order_of_records_changes_the_digest)
{
	const struct resource *r = api->resources[_i];
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
	tcase_add_test(tests, digests_never_change);
	tcase_add_test(tests, different_bytes_have_different_digests);
	tcase_add_test(tests, every_byte_changes_the_digest);
	tcase_add_test(tests, every_two_bytes_change_the_digest);
	tcase_add_test(tests, the_length_changes_the_digest);
	tcase_add_test(tests, the_split_of_bytes_changes_the_digest);
	tcase_add_test(tests, the_alignment_does_not_change_the_digest);
	tcase_add_test(tests, each_bit_flips_about_half_of_the_digest);
	tcase_add_test(tests, every_bit_changes_the_digest);
	tcase_add_loop_test(tests, every_field_changes_the_digest, 0, (int)api->nresources);
	tcase_add_loop_test(
		tests, the_order_of_records_changes_the_digest, 0, (int)api->nresources);
	suite_add_tcase(suite, tests);
	return suite;
}
