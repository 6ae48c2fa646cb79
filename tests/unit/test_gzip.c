#include "gzip.h"

#include "gunzip.h"
#include "suite.h"

enum { LONG = 300 * 1000 };

static struct gzip *gzip;
static struct arena arena;
static struct buf out, text;

static void setup(void)
{
	gzip = gzip_new();
	buf_init(&out, SIZE_MAX / 2);
	buf_init(&text, SIZE_MAX / 2);
}

static void teardown(void)
{
	gzip_free(gzip);
	buf_done(&out);
	buf_done(&text);
	arena_done(&arena);
}

/* Also with bytes that cannot be compressed. */
static void fill_text(bool noise)
{
	uint64_t n = 1;

	while (buf_len(&text) < LONG) {
		n = n * UINT64_C(6364136223846793005) + 1442695040888963407U;
		if (noise)
			buf_char(&text, (char)(n >> 56));
		else
			buf_printf(&text, "{\"id\":%u},", (unsigned)(n >> 56));
	}
}

static void pack(struct str s, size_t part)
{
	struct gzip_member member;

	gzip_begin(&member, &out);
	while (s.len > 0) {
		size_t n = part < s.len ? part : s.len;
		gzip_add(gzip, &member, &out, (struct str){ s.ptr, n });
		s = str_from_index(s, n);
	}
	gzip_end(&member, &out);
	ck_assert(!out.failed);
}

static const size_t parts[] = { 1000, 65536, LONG - 1, LONG + 1000 };

START_TEST(parts_form_one_member)
{
	for (unsigned noise = 0; noise < 2; noise++) {
		buf_reset(&text, 0);
		buf_reset(&out, 0);
		fill_text(noise);
		pack(buf_view(&text), parts[_i]);
		ck_assert_slice_eq(gunzip(&arena, buf_view(&out)), buf_view(&text));
		ck_assert_uint_eq(gzip_text_size(buf_view(&out)), buf_len(&text));
		if (!noise)
			ck_assert_uint_lt(buf_len(&out), buf_len(&text) / 2);
	}
}
END_TEST

START_TEST(short_and_empty_members)
{
	pack(STR(""), 1);
	ck_assert_slice_eq(gunzip(&arena, buf_view(&out)), STR(""));
	ck_assert_uint_eq(gzip_text_size(buf_view(&out)), 0);
	buf_reset(&out, 0);
	pack(STR("abc"), 1);
	ck_assert_slice_eq(gunzip(&arena, buf_view(&out)), STR("abc"));
}
END_TEST

/* Concurrent answers share the zlib state. */
START_TEST(members_may_be_interleaved)
{
	struct gzip_member a, b;
	struct buf other;

	buf_init(&other, SIZE_MAX / 2);
	gzip_begin(&a, &out);
	gzip_add(gzip, &a, &out, STR("a list, "));
	gzip_begin(&b, &other);
	gzip_add(gzip, &b, &other, STR("another"));
	gzip_add(gzip, &a, &out, STR("a list"));
	gzip_end(&a, &out);
	gzip_end(&b, &other);
	ck_assert_slice_eq(gunzip(&arena, buf_view(&out)), STR("a list, a list"));
	ck_assert_slice_eq(gunzip(&arena, buf_view(&other)), STR("another"));
	buf_done(&other);
}
END_TEST

START_TEST(a_full_buffer_fails)
{
	struct gzip_member member;
	struct buf small;

	buf_init(&small, 20);
	gzip_begin(&member, &small);
	gzip_add(gzip, &member, &small, STR("abc"));
	ck_assert(small.failed);
	buf_done(&small);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("gzip");
	TCase *tests = tcase_create("gzip");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, parts_form_one_member, 0, (int)NITEMS(parts));
	tcase_add_test(tests, short_and_empty_members);
	tcase_add_test(tests, members_may_be_interleaved);
	tcase_add_test(tests, a_full_buffer_fails);
	suite_add_tcase(suite, tests);
	return suite;
}
