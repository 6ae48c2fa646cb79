#include "fnv.h"

#include "suite.h"

static uint64_t hash_bytes(const char *bytes)
{
	uint64_t hash = FNV_BEGIN;

	for (; *bytes; bytes++)
		hash = fnv_byte(hash, (unsigned char)*bytes);
	return hash;
}

/* Test vectors of draft-eastlake-fnv, appendix C. */
START_TEST(known_hashes_are_computed)
{
	ck_assert_uint_eq(hash_bytes(""), UINT64_C(0xcbf29ce484222325));
	ck_assert_uint_eq(hash_bytes("a"), UINT64_C(0xaf63dc4c8601ec8c));
	ck_assert_uint_eq(hash_bytes("foobar"), UINT64_C(0x85944171f73967e8));
}
END_TEST

START_TEST(strings_are_hashed_with_their_end)
{
	ck_assert_uint_eq(fnv_string(hash_bytes("foo"), "bar"), fnv_byte(hash_bytes("foobar"), 0));
	ck_assert_uint_ne(fnv_string(fnv_string(FNV_BEGIN, "ab"), "c"),
		fnv_string(fnv_string(FNV_BEGIN, "a"), "bc"));
}
END_TEST

START_TEST(numbers_are_four_bytes)
{
	uint64_t hash = FNV_BEGIN;

	for (unsigned char byte = 4; byte >= 1; byte--)
		hash = fnv_byte(hash, byte);
	ck_assert_uint_eq(fnv_number(FNV_BEGIN, 0x01020304), hash);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fnv");
	TCase *tc = tcase_create("fnv");

	tcase_add_test(tc, known_hashes_are_computed);
	tcase_add_test(tc, strings_are_hashed_with_their_end);
	tcase_add_test(tc, numbers_are_four_bytes);
	suite_add_tcase(suite, tc);
	return suite;
}
