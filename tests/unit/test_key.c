#include "key.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT "00112233-4455-6677-8899-aabbccddeeff"

static const struct field uuid = { .name = "id", .type = FIELD_UUID };
static const struct field integer = { .name = "id", .type = FIELD_INT };
static const struct key key = { UINT64_C(0x0011223344556677), UINT64_C(0x8899aabbccddeeff) };

static const int64_t integers[] = { 0, 1, -1, INT64_MAX, INT64_MIN };

START_TEST(an_integer_is_its_own_key)
{
	struct key of = key_int(integers[_i]);
	char text[KEY_TEXT_SIZE], wanted[KEY_TEXT_SIZE];
	struct value value = key_value(&integer, of, text);

	ck_assert_int_eq(key_integer(of), integers[_i]);
	ck_assert_uint_eq(of.high, 0);
	ck_assert_uint_eq(key_number(of), (uint64_t)integers[_i]);
	ck_assert_int_eq(value.kind, VALUE_INT);
	ck_assert_int_eq(value.integer, integers[_i]);
	ck_assert(key_equal(key_of_value(&value), of));
	snprintf(wanted, sizeof(wanted), "%" PRId64, integers[_i]);
	ck_assert_str_eq(key_text(&integer, of, text), wanted);
}
END_TEST

START_TEST(a_uuid_has_its_bytes_in_their_order)
{
	struct value value = value_text(STR(TEXT));
	char text[KEY_TEXT_SIZE];

	ck_assert(key_equal(key_of_value(&value), key));
	ck_assert_slice_eq(key_value(&uuid, key, text).text, STR(TEXT));
	ck_assert_str_eq(key_text(&uuid, key, text), TEXT);
}
END_TEST

START_TEST(keys_differ_in_either_half)
{
	ck_assert(key_equal(key, key));
	ck_assert(!key_equal(key, (struct key){ key.high, 1 }));
	ck_assert(!key_equal(key, (struct key){ 1, key.low }));
	ck_assert(key_equal(key_none(), key_int(0)));
}
END_TEST

START_TEST(numbers_for_hash_tables_depend_on_both_halves)
{
	ck_assert_uint_ne(key_number(key), key_number((struct key){ key.high + 1, key.low }));
	ck_assert_uint_ne(key_number(key), key_number((struct key){ key.high, key.low + 1 }));
}
END_TEST

START_TEST(bytes_are_in_their_order)
{
	static const char bytes[] = "\x00\x11\x22\x33\x44\x55\x66\x77"
				    "\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
	char put[KEY_BYTES];

	key_put(key, put);
	ck_assert_int_eq(memcmp(put, bytes, sizeof(put)), 0);
	ck_assert(key_equal(key_get(bytes), key));
}
END_TEST

static const char *const not_uuids[] = {
	"",
	"00112233-4455-6677-8899-aabbccddeef",
	"00112233-4455-6677-8899-aabbccddeefff",
	"00112233-4455-6677-8899-aabbccddeefg",
	"00112233-4455-6677-8899-AABBCCDDEEFF",
	"00112233044550667708899-aabbccddeeff",
	"00112233-4455-6677-8899-aabbccddee-f",
};

START_TEST(a_text_that_is_no_uuid_is_no_key)
{
	struct value value = value_text(str_from(not_uuids[_i]));
	uint64_t high, low;

	ck_assert(key_equal(key_of_value(&value), key_none()));
	ck_assert(!uuid_parse(value.text, &high, &low));
	ck_assert(!uuid_valid(value.text));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("key");
	TCase *tests = tcase_create("key");

	tcase_add_loop_test(tests, an_integer_is_its_own_key, 0, (int)NITEMS(integers));
	tcase_add_test(tests, a_uuid_has_its_bytes_in_their_order);
	tcase_add_test(tests, bytes_are_in_their_order);
	tcase_add_test(tests, keys_differ_in_either_half);
	tcase_add_test(tests, numbers_for_hash_tables_depend_on_both_halves);
	tcase_add_loop_test(tests, a_text_that_is_no_uuid_is_no_key, 0, (int)NITEMS(not_uuids));
	suite_add_tcase(suite, tests);
	return suite;
}
