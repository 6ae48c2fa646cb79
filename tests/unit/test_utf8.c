/* Compares with table 3-7 of the Unicode standard, another description of the form in RFC 3629. */
#include "suite.h"
#include "utf8.h"

#include <stdint.h>

static const struct {
	uint32_t first, last; /* the code points of this row, for the reader */
	struct {
		uint8_t low, high;
	} bytes[4];
	size_t n;
} well_formed[] = {
	{ 0x0000, 0x007f, { { 0x00, 0x7f } }, 1 },
	{ 0x0080, 0x07ff, { { 0xc2, 0xdf }, { 0x80, 0xbf } }, 2 },
	{ 0x0800, 0x0fff, { { 0xe0, 0xe0 }, { 0xa0, 0xbf }, { 0x80, 0xbf } }, 3 },
	{ 0x1000, 0xcfff, { { 0xe1, 0xec }, { 0x80, 0xbf }, { 0x80, 0xbf } }, 3 },
	{ 0xd000, 0xd7ff, { { 0xed, 0xed }, { 0x80, 0x9f }, { 0x80, 0xbf } }, 3 },
	{ 0xe000, 0xffff, { { 0xee, 0xef }, { 0x80, 0xbf }, { 0x80, 0xbf } }, 3 },
	{ 0x10000, 0x3ffff, { { 0xf0, 0xf0 }, { 0x90, 0xbf }, { 0x80, 0xbf }, { 0x80, 0xbf } }, 4 },
	{ 0x40000, 0xfffff, { { 0xf1, 0xf3 }, { 0x80, 0xbf }, { 0x80, 0xbf }, { 0x80, 0xbf } }, 4 },
	{ 0x100000, 0x10ffff, { { 0xf4, 0xf4 }, { 0x80, 0x8f }, { 0x80, 0xbf }, { 0x80, 0xbf } },
		4 },
};

static bool is_character(const unsigned char *p, size_t n)
{
	for (size_t row = 0; row < NITEMS(well_formed); row++) {
		size_t i = 0;
		while (i < n && n == well_formed[row].n && p[i] >= well_formed[row].bytes[i].low &&
			p[i] <= well_formed[row].bytes[i].high)
			i++;
		if (i == n)
			return true;
	}
	return false;
}

/* True if the bytes are whole characters; counts these. n is below five. */
static bool is_text(const unsigned char *p, size_t n, size_t *count)
{
	*count = 0;
	while (n > 0) {
		size_t size = 1;
		while (size <= n && !is_character(p, size))
			size++;
		if (size > n)
			return false;
		p += size;
		n -= size;
		++*count;
	}
	return true;
}

static void check(const unsigned char *p, size_t n)
{
	size_t want, got;
	bool valid = is_text(p, n, &want);
	bool found = utf8_count((struct str){ (const char *)p, n }, &got);

	if (valid != found || (valid && want != got))
		ck_abort_msg("%02x %02x %02x %02x, %zu bytes: %d, want %d", p[0], p[1], p[2], p[3],
			n, found, valid);
}

START_TEST(one_and_two_bytes)
{
	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			const unsigned char p[4] = { (unsigned char)a, (unsigned char)b, 0, 0 };
			check(p, 1);
			check(p, 2);
		}
	}
}
END_TEST

/* Bytes around the bounds of a continuation byte. */
static const unsigned char around[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };

START_TEST(three_bytes)
{
	for (unsigned a = 0xc0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			for (size_t c = 0; c < sizeof(around); c++) {
				const unsigned char p[4] = { (unsigned char)a, (unsigned char)b,
					around[c], 0 };
				check(p, 3);
			}
		}
	}
}
END_TEST

START_TEST(four_bytes)
{
	for (unsigned a = 0xe0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			for (size_t cd = 0; cd < sizeof(around) * sizeof(around); cd++) {
				const unsigned char p[4] = { (unsigned char)a, (unsigned char)b,
					around[cd / sizeof(around)], around[cd % sizeof(around)] };
				check(p, 4);
			}
		}
	}
}
END_TEST

static size_t encode(uint32_t c, char *p)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; c >>= 6)
		p[i] = (char)(0x80 | (c & 0x3f));
	p[0] = (char)((0xf00 >> n & 0xff) | c);
	return n;
}

START_TEST(every_code_point_counts_as_one)
{
	for (uint32_t c = 0; c <= 0x10ffff + 0x1000; c++) {
		char bytes[4];
		size_t n = encode(c, bytes), count;
		bool surrogate = c >= 0xd800 && c <= 0xdfff;
		bool valid = utf8_count((struct str){ bytes, n }, &count);
		if (valid != (!surrogate && c <= 0x10ffff) || (valid && count != 1))
			ck_abort_msg("U+%04X: %d", c, valid);
		if (utf8_valid((struct str){ bytes, n }, UTF8_SURROGATES) != (c <= 0x10ffff))
			ck_abort_msg("U+%04X, surrogates allowed", c);
		if (n > 1 && utf8_count((struct str){ bytes, n - 1 }, &count))
			ck_abort_msg("U+%04X without its last byte", c);
	}
}
END_TEST

START_TEST(code_points_are_counted)
{
	static const struct {
		struct str text;
		size_t count;
	} texts[] = {
		{ { NULL, 0 }, 0 },
		{ STR_INIT(""), 0 },
		{ STR_INIT("abc"), 3 },
		{ STR_INIT("\0\0"), 2 },
		{ STR_INIT("a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80z"), 5 },
		{ STR_INIT("\xef\xbb\xbf"), 1 },
	};

	for (size_t i = 0; i < NITEMS(texts); i++) {
		size_t count;
		ck_assert_msg(utf8_count(texts[i].text, &count), "text %zu", i);
		ck_assert_uint_eq(count, texts[i].count);
	}
}
END_TEST

/* Texts of all lengths and alignments, with one ill-formed byte at each place in turn. The bytes
 * around the text are ill-formed, too, and must not be read as part of it. */
START_TEST(an_ill_formed_byte_is_found_at_any_place)
{
	enum { MOST = 64 };
	char room[8 + MOST + 8];
	size_t count;

	for (size_t at = 0; at < 8; at++) {
		for (size_t n = 0; n <= MOST; n++) {
			struct str text = { room + at, n };
			memset(room, '\xff', sizeof(room));
			memset(room + at, 'a', n);
			if (!utf8_valid(text, UTF8_STRICT) || !utf8_count(text, &count) ||
				count != n)
				ck_abort_msg("%zu bytes", n);
			for (size_t i = 0; i < n; i++) {
				room[at + i] = '\x80';
				if (utf8_valid(text, UTF8_STRICT) || utf8_count(text, &count))
					ck_abort_msg("%zu bytes, at %zu", n, i);
				room[at + i] = '\x7f';
			}
		}
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tests = tcase_create("utf8");

	tcase_add_test(tests, one_and_two_bytes);
	tcase_add_test(tests, three_bytes);
	tcase_add_test(tests, four_bytes);
	tcase_add_test(tests, every_code_point_counts_as_one);
	tcase_add_test(tests, code_points_are_counted);
	tcase_add_test(tests, an_ill_formed_byte_is_found_at_any_place);
	suite_add_tcase(suite, tests);
	return suite;
}
