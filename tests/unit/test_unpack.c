/* Reads what msgpack-c writes, and compares with what msgpack-c reads. */
#include "buf.h"
#include "suite.h"
#include "unpack.h"

#include <msgpack.h>
#include <stdlib.h>

static struct buf out;

static int append(void *to, const char *bytes, size_t n)
{
	buf_append(to, bytes, n);
	return 0;
}

static msgpack_packer packer = { .data = &out, .callback = append };

static void setup(void)
{
	buf_init(&out, SIZE_MAX / 2);
}

static void teardown(void)
{
	buf_done(&out);
}

static struct unpack packed(void)
{
	ck_assert(!out.failed);
	return unpack_from(buf_view(&out));
}

static const uint64_t edges[] = { 0, 1, 31, 32, 33, 127, 128, 129, 255, 256, 257, 32767, 32768,
	32769, 65535, 65536, 65537, INT32_MAX, INT32_MAX + UINT64_C(1), UINT32_MAX,
	UINT32_MAX + UINT64_C(1), UINT32_MAX + UINT64_C(2), INT64_MAX, INT64_MAX + UINT64_C(1),
	UINT64_MAX };

START_TEST(integers_are_read)
{
	uint64_t number;
	int64_t integer;

	msgpack_pack_uint64(&packer, edges[_i]);
	struct unpack u = packed();
	ck_assert(unpack_uint(&u, UINT64_MAX, &number) && unpack_is_done(&u));
	ck_assert(number == edges[_i]);
	u = packed();
	ck_assert(unpack_uint(&u, edges[_i], &number));
	if (edges[_i] > 0) {
		u = packed();
		ck_assert(!unpack_uint(&u, edges[_i] - 1, &number));
	}
	u = packed();
	ck_assert_int_eq(unpack_int(&u, &integer), edges[_i] <= INT64_MAX);
	if (edges[_i] <= INT64_MAX)
		ck_assert_int_eq(integer, (int64_t)edges[_i]);
}
END_TEST

START_TEST(negative_integers_are_read)
{
	int64_t negative = edges[_i] <= INT64_MAX ? -1 - (int64_t)edges[_i] : INT64_MIN, integer;
	uint64_t number;

	msgpack_pack_int64(&packer, negative);
	struct unpack u = packed();
	ck_assert(unpack_int(&u, &integer) && unpack_is_done(&u));
	ck_assert_int_eq(integer, negative);
	u = packed();
	ck_assert(!unpack_uint(&u, UINT64_MAX, &number));
}
END_TEST

START_TEST(strings_are_read)
{
	static const size_t lengths[] = { 0, 1, 31, 32, 255, 256, 65535, 65536, 100000 };

	for (size_t i = 0; i < NITEMS(lengths); i++) {
		char *text = malloc(lengths[i] + 1);
		struct str got;
		memset(text, (int)i, lengths[i] + 1);
		buf_reset(&out, SIZE_MAX);
		msgpack_pack_str(&packer, lengths[i]);
		msgpack_pack_str_body(&packer, text, lengths[i]);
		struct unpack u = packed();
		ck_assert(unpack_str(&u, &got) && unpack_is_done(&u));
		ck_assert(str_equal(got, (struct str){ text, lengths[i] }));
		u.next = packed().next;
		u.end--;
		ck_assert(!unpack_str(&u, &got));
		free(text);
	}
}
END_TEST

START_TEST(binary_data_is_read)
{
	static const size_t sizes[] = { 0, 16, UINT8_MAX, UINT8_MAX + 1, UINT16_MAX + 1 };
	char *bytes = calloc(1, sizes[_i] + 1);
	struct str got;

	msgpack_pack_bin(&packer, sizes[_i]);
	msgpack_pack_bin_body(&packer, bytes, sizes[_i]);
	struct unpack u = packed();
	ck_assert(unpack_bin(&u, &got) && unpack_is_done(&u));
	ck_assert(str_equal(got, (struct str){ bytes, sizes[_i] }));
	u = packed();
	u.end--;
	ck_assert(!unpack_bin(&u, &got));
	free(bytes);
}
END_TEST

START_TEST(heads_of_arrays_are_read)
{
	uint32_t count;

	msgpack_pack_array(&packer, (size_t)edges[_i]);
	struct unpack u = packed();
	ck_assert(unpack_array(&u, &count) && unpack_is_done(&u));
	ck_assert_uint_eq(count, (uint32_t)edges[_i]);
}
END_TEST

START_TEST(nil_is_read_and_other_values_are_not)
{
	msgpack_pack_nil(&packer);
	msgpack_pack_int(&packer, 1);
	struct unpack u = packed();
	ck_assert(unpack_nil(&u));
	ck_assert(!unpack_nil(&u));
	int64_t one;
	ck_assert(unpack_int(&u, &one) && one == 1);
	ck_assert(!unpack_nil(&u));
}
END_TEST

START_TEST(false_is_read_and_other_values_are_not)
{
	msgpack_pack_false(&packer);
	msgpack_pack_true(&packer);
	struct unpack u = packed();
	ck_assert(unpack_false(&u));
	ck_assert(!unpack_false(&u));
	ck_assert(!unpack_nil(&u));
	ck_assert(!unpack_is_done(&u));
}
END_TEST

/* True for arrays and maps: msgpack-c allocates the size that they declare, up to gigabytes. */
static bool declares_elements(struct str bytes)
{
	unsigned tag = bytes.len > 0 ? (unsigned char)bytes.ptr[0] : 0;

	return (tag >= 0x80 && tag <= 0x9f) || (tag >= 0xdc && tag <= 0xdf);
}

/* The first value of the bytes according to msgpack-c; NULL if it is cut short or not scalar. */
static const msgpack_object *oracle(msgpack_unpacked *result, struct str bytes, size_t *taken)
{
	*taken = 0;
	msgpack_unpacked_init(result);
	if (declares_elements(bytes))
		return NULL;
	return msgpack_unpack_next(result, bytes.ptr, bytes.len, taken) == MSGPACK_UNPACK_SUCCESS
		       ? &result->data
		       : NULL;
}

static void must_agree(struct str bytes)
{
	msgpack_unpacked result;
	size_t taken;
	const msgpack_object *o = oracle(&result, bytes, &taken);
	struct unpack u = unpack_from(bytes);
	const unsigned char *begin = u.next;
	struct str text;
	uint64_t number;
	int64_t integer;
	bool positive = o && o->type == MSGPACK_OBJECT_POSITIVE_INTEGER;
	bool fits = positive && o->via.u64 <= INT64_MAX;
	bool negative = o && o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER;

	ck_assert_int_eq(unpack_nil(&u), o && o->type == MSGPACK_OBJECT_NIL);
	u = unpack_from(bytes);
	ck_assert_int_eq(
		unpack_false(&u), o && o->type == MSGPACK_OBJECT_BOOLEAN && !o->via.boolean);
	u = unpack_from(bytes);
	ck_assert_int_eq(unpack_uint(&u, UINT64_MAX, &number), positive);
	ck_assert(!positive || (number == o->via.u64 && u.next == begin + taken));
	u = unpack_from(bytes);
	ck_assert_int_eq(unpack_int(&u, &integer), fits || negative);
	ck_assert(!(fits || negative) || (integer == o->via.i64 && u.next == begin + taken));
	u = unpack_from(bytes);
	bool is_text = o && o->type == MSGPACK_OBJECT_STR;
	ck_assert_int_eq(unpack_str(&u, &text), is_text);
	ck_assert(!is_text || (str_equal(text, (struct str){ o->via.str.ptr, o->via.str.size }) &&
				      u.next == begin + taken));
	u = unpack_from(bytes);
	bool is_binary = o && o->type == MSGPACK_OBJECT_BIN;
	ck_assert_int_eq(unpack_bin(&u, &text), is_binary);
	ck_assert(!is_binary || (str_equal(text, (struct str){ o->via.bin.ptr, o->via.bin.size }) &&
					u.next == begin + taken));
	msgpack_unpacked_destroy(&result);
}

/* Each first byte, followed by low and high bytes, cut at each length. The memory ends with the
 * bytes, for the address sanitizer. */
START_TEST(msgpack_c_agrees)
{
	static const char *const behind[] = { "\0\0\0\0\0\0\0\0\0\0", "\0\0\0\1\0\0\0\0\0\0",
		"\0\2\0\0\0\0\0\0\0\0", "\3\0\0\0\0\0\0\0\0\0",
		"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x80\0\0\0\0\0\0\0\0\0",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" };

	for (size_t i = 0; i < NITEMS(behind); i++) {
		for (size_t n = 0; n <= 11; n++) {
			char *bytes = malloc(n ? n : 1);
			for (size_t j = 0; j < n; j++)
				bytes[j] = j ? behind[i][j - 1] : (char)_i;
			must_agree((struct str){ bytes, n });
			free(bytes);
		}
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("unpack");
	TCase *tests = tcase_create("unpack");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, integers_are_read, 0, (int)NITEMS(edges));
	tcase_add_loop_test(tests, negative_integers_are_read, 0, (int)NITEMS(edges));
	tcase_add_test(tests, strings_are_read);
	tcase_add_loop_test(tests, binary_data_is_read, 0, 5);
	tcase_add_loop_test(tests, heads_of_arrays_are_read, 0, (int)NITEMS(edges));
	tcase_add_test(tests, nil_is_read_and_other_values_are_not);
	tcase_add_test(tests, false_is_read_and_other_values_are_not);
	tcase_add_loop_test(tests, msgpack_c_agrees, 0, 256);
	suite_add_tcase(suite, tests);
	return suite;
}
