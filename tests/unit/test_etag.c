#include "etag.h"

#include "suite.h"

enum { DIGESTS_MAX = 4 };

static struct arena arena;
static struct str line_a, line_b, line_z; /* line_z has the tag of A in gzip */
static const uint64_t digest_a = 1, digest_b = UINT64_C(0xfedcba9876543210);

static void setup(void)
{
	line_a = etag_fields(&arena, digest_a, STR(""), STR(""));
	line_b = etag_fields(&arena, digest_b, STR(""), STR("vary: accept-encoding\r\n"));
	line_z = etag_fields(&arena, digest_a, ETAG_GZIP, STR(""));
}

static void teardown(void)
{
	arena_done(&arena);
}

static struct str tag_in(struct str fields)
{
	const char *end = memchr(fields.ptr, '\r', fields.len);

	return (struct str){ fields.ptr + 6, (size_t)(end - fields.ptr) - 6 };
}

/* Makes a list: replaces A, B and Z by the tags with their quotes. */
static struct str list_of(const char *pattern)
{
	struct str list = STR("");

	for (; *pattern; pattern++) {
		struct str next = *pattern == 'A'   ? tag_in(line_a)
				  : *pattern == 'B' ? tag_in(line_b)
				  : *pattern == 'Z' ? tag_in(line_z)
						    : (struct str){ pattern, 1 };
		list = arena_printf(&arena, "%.*s%.*s", STR_ARGS(list), STR_ARGS(next));
	}
	return list;
}

START_TEST(lines_have_the_same_length)
{
	ck_assert(str_starts(line_a, STR("etag: \"")));
	ck_assert_slice_eq(str_from_index(line_a, 7 + 16), STR("\"\r\n"));
	ck_assert_slice_eq(str_from_index(line_b, 7 + 16), STR("\"\r\nvary: accept-encoding\r\n"));
	ck_assert_slice_eq(str_from_index(line_z, 7 + 16), STR("-gzip\"\r\n"));
	ck_assert_uint_eq(strspn(line_a.ptr + 7, "0123456789abcdef"), 16);
	ck_assert(!str_equal(tag_in(line_a), tag_in(line_b)));
	ck_assert_uint_eq(etag_digest(line_a), digest_a);
	ck_assert_uint_eq(etag_digest(line_b), digest_b);
	ck_assert_uint_eq(etag_digest(line_z), digest_a);
}
END_TEST

/* match: the digests in If-Match, "*" for any; listed: true if A is in If-None-Match. */
static const struct {
	const char *list, *match;
	bool listed;
} lists[] = {
	{ "", "", false },
	{ "A", "A", true },
	{ "B", "B", false },
	{ "W/A", "", true },
	{ "Z", "A", false },
	{ "Z, W/A, B", "AB", true },
	{ "\"0123456789abcdef-gzi\"", "", false },
	{ "B, A", "BA", true },
	{ "B,A", "BA", true },
	{ ", ,B ,, W/A ,", "B", true },
	{ "\"\", \"x,y\", A", "A", true },
	{ "B,\tA", "BA", true },
	{ "\t, \tB\t,\t W/A", "B", true },
	{ "*", "*", false },
	{ "*, A", "", false },
	{ "A, *", "A", true },
	{ "w/A", "", false },
	{ "A B", "", false },
	{ "B; A", "", false },
	{ "\"x", "", false },
	{ "\"", "", false },
	{ "W/", "", false },
	{ "\"0123456789ABCDEF\"", "", false },
	{ "\"0123456789abcdeg\"", "", false },
	{ "\"0123456789abcde\"", "", false },
	{ "0123456789abcdef", "", false },
};

START_TEST(lists_are_read)
{
	struct str list = list_of(lists[_i].list);
	struct str digests = etag_digests(&arena, list);
	uint64_t want[DIGESTS_MAX];
	size_t n = 0;

	ck_assert_int_eq(etag_is_listed(list, line_a), lists[_i].listed);
	ck_assert_int_eq(digests.ptr == NULL, lists[_i].match[0] == '*');
	for (const char *m = lists[_i].match; *m; m++)
		if (*m != '*')
			want[n++] = *m == 'A' ? digest_a : digest_b;
	ck_assert_uint_eq(digests.len, n * sizeof(want[0]));
	ck_assert(n == 0 || memcmp(digests.ptr, want, digests.len) == 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("etag");
	TCase *tests = tcase_create("etag");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, lines_have_the_same_length);
	tcase_add_loop_test(tests, lists_are_read, 0, (int)NITEMS(lists));
	suite_add_tcase(suite, tests);
	return suite;
}
