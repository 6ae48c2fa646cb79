#include "etag.h"

#include "suite.h"

enum { DIGESTS_MAX = 4 };

static struct arena arena;
static char line_a[ETAG_LINE], line_b[ETAG_LINE];
static const uint64_t digest_a = 1, digest_b = UINT64_C(0xfedcba9876543210);

static void setup(void)
{
	etag_write(line_a, digest_a);
	etag_write(line_b, digest_b);
}

static void teardown(void)
{
	arena_done(&arena);
}

/* A list in which A and B stand for the two tags, with their quotes. */
static struct str list_of(const char *pattern)
{
	struct str list = STR("");

	for (; *pattern; pattern++) {
		const char *line = *pattern == 'A' ? line_a : *pattern == 'B' ? line_b : NULL;
		struct str next = line ? (struct str){ line + 6, 18 } : (struct str){ pattern, 1 };
		list = arena_printf(
			&arena, "%.*s%.*s", (int)list.len, list.ptr, (int)next.len, next.ptr);
	}
	return list;
}

START_TEST(a_line_is_one)
{
	struct str line = { line_a, ETAG_LINE };

	ck_assert(str_starts(line, STR("etag: \"")));
	ck_assert_slice_eq(str_from_index(line, ETAG_LINE - 3), STR("\"\r\n"));
	ck_assert_uint_eq(strspn(line_a + 7, "0123456789abcdef"), 16);
	ck_assert(memcmp(line_a, line_b, ETAG_LINE) != 0);
}
END_TEST

/* match: the digests that If-Match means, "*" for any; listed: is A in If-None-Match? */
static const struct {
	const char *list, *match;
	bool listed;
} lists[] = {
	{ "", "", false },
	{ "A", "A", true },
	{ "B", "B", false },
	{ "W/A", "", true },
	{ "B, A", "BA", true },
	{ "B,A", "BA", true },
	{ ", ,B ,, W/A ,", "B", true },
	{ "\"\", \"x,y\", A", "A", true },
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
	struct str list = list_of(lists[_i].list), line = { line_a, ETAG_LINE };
	struct str digests = etag_digests(&arena, list);
	uint64_t want[DIGESTS_MAX];
	size_t n = 0;

	ck_assert_int_eq(etag_is_listed(list, line), lists[_i].listed);
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
	tcase_add_test(tests, a_line_is_one);
	tcase_add_loop_test(tests, lists_are_read, 0, (int)NITEMS(lists));
	suite_add_tcase(suite, tests);
	return suite;
}
