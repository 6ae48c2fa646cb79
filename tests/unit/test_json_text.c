#include "json_text.h"
#include "suite.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static const struct {
	const char *what;
	struct str body;
	struct str text;
} decodable[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "ASCII", STR_INIT("{\"a\":1}"), STR_INIT("{\"a\":1}") },
	{ "UTF-8", STR_INIT("\"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80\""),
		STR_INIT("\"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80\"") },
	{ "UTF-8, first and last of each length",
		STR_INIT(
			"\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf"
			"\xbf"),
		STR_INIT(
			"\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf"
			"\xbf") },
	{ "a byte order mark goes", STR_INIT("\xef\xbb\xbf[]"), STR_INIT("[]") },
	{ "a byte order mark alone", STR_INIT("\xef\xbb\xbf"), STR_INIT("") },
	{ "a second one is a character", STR_INIT("\xef\xbb\xbf\xef\xbb\xbf[]"),
		STR_INIT("\xef\xbb\xbf[]") },
	{ "surrogates encoded in UTF-8 stay two", STR_INIT("\"\xed\xa0\xbd\xed\xb8\x80\""),
		STR_INIT("\"\xed\xa0\xbd\xed\xb8\x80\"") },
	{ "the last surrogate", STR_INIT("\"\xed\xbf\xbf\""), STR_INIT("\"\xed\xbf\xbf\"") },
	{ "one byte of zero", STR_INIT("\0"), STR_INIT("\0") },
	{ "three bytes, zeros among them", STR_INIT("[\0]"), STR_INIT("[\0]") },

	{ "UTF-16 BE by mark", STR_INIT("\xfe\xff\0[\0]"), STR_INIT("[]") },
	{ "UTF-16 LE by mark", STR_INIT("\xff\xfe[\0]\0"), STR_INIT("[]") },
	{ "UTF-16 BE by mark, then another mark", STR_INIT("\xfe\xff\xfe\xff\0["),
		STR_INIT("\xef\xbb\xbf[") },
	{ "UTF-16 mark alone", STR_INIT("\xff\xfe"), STR_INIT("") },
	{ "UTF-16 BE guessed", STR_INIT("\0[\0]"), STR_INIT("[]") },
	{ "UTF-16 LE guessed", STR_INIT("[\0]\0"), STR_INIT("[]") },
	{ "UTF-16 LE guessed, third byte zero", STR_INIT("\"\0\0\x4e\"\0"),
		STR_INIT("\"\xe4\xb8\x80\"") },
	{ "UTF-16 BE, two bytes",
		STR_INIT("\0"
			 "1"),
		STR_INIT("1") },
	{ "UTF-16 LE, two bytes", STR_INIT("1\0"), STR_INIT("1") },
	{ "UTF-16 BE surrogate pair", STR_INIT("\0\"\xd8\x3d\xde\0\0\""),
		STR_INIT("\"\xf0\x9f\x98\x80\"") },
	{ "UTF-16 LE surrogate pair", STR_INIT("\"\0\x3d\xd8\0\xde\"\0"),
		STR_INIT("\"\xf0\x9f\x98\x80\"") },
	{ "UTF-16, high surrogate alone", STR_INIT("\0\"\xd8\x3d\0\""),
		STR_INIT("\"\xed\xa0\xbd\"") },
	{ "UTF-16, high surrogate at the end", STR_INIT("\0\"\xd8\x3d"),
		STR_INIT("\"\xed\xa0\xbd") },
	{ "UTF-16, low surrogate alone", STR_INIT("\0\"\xde\0\0\""), STR_INIT("\"\xed\xb8\x80\"") },
	{ "UTF-16, high, high, low", STR_INIT("\0\"\xd8\x3d\xd8\x3d\xde\0"),
		STR_INIT("\"\xed\xa0\xbd\xf0\x9f\x98\x80") },

	{ "UTF-32 BE by mark", STR_INIT("\0\0\xfe\xff\0\0\0["), STR_INIT("[") },
	{ "UTF-32 LE by mark, which starts like UTF-16's", STR_INIT("\xff\xfe\0\0[\0\0\0"),
		STR_INIT("[") },
	{ "UTF-32 BE guessed", STR_INIT("\0\0\0[\0\0\0]"), STR_INIT("[]") },
	{ "UTF-32 LE guessed", STR_INIT("[\0\0\0]\0\0\0"), STR_INIT("[]") },
	{ "UTF-32, the last code point", STR_INIT("\0\0\0\"\0\x10\xff\xff"),
		STR_INIT("\"\xf4\x8f\xbf\xbf") },
	{ "UTF-32, surrogates stay two", STR_INIT("\0\0\0\"\0\0\xd8\x3d\0\0\xde\0"),
		STR_INIT("\"\xed\xa0\xbd\xed\xb8\x80") },
};

START_TEST(decodes)
{
	struct str text;

	ck_assert_msg(
		json_text_decode(&arena, decodable[_i].body, &text), "%s", decodable[_i].what);
	ck_assert_msg(str_equal(text, decodable[_i].text), "%s: got \"%.*s\"", decodable[_i].what,
		STR_ARGS(text));
}
END_TEST

static const struct {
	const char *what;
	struct str body;
} undecodable[] = {
	{ "a continuation byte", STR_INIT("\"\x80\"") },
	{ "a byte that never occurs", STR_INIT("\"\xff\"") },
	{ "overlong in two bytes", STR_INIT("\"\xc1\xbf\"") },
	{ "overlong in three bytes", STR_INIT("\"\xe0\x9f\xbf\"") },
	{ "overlong in four bytes", STR_INIT("\"\xf0\x8f\xbf\xbf\"") },
	{ "past U+10FFFF", STR_INIT("\"\xf4\x90\x80\x80\"") },
	{ "cut after one of two", STR_INIT("\"\xc3") },
	{ "cut after two of three", STR_INIT("\"\xe6\xbc") },
	{ "cut after three of four", STR_INIT("\"\xf0\x9f\x98") },
	{ "an ASCII byte within a sequence", STR_INIT("\"\xe6\"\xa2") },
	{ "past the reach of the eight-byte step", STR_INIT("\"abcdefghijklmnop\xff\"") },
	{ "a byte order mark cut short", STR_INIT("\xef\xbb") },
	{ "UTF-16 of odd length", STR_INIT("\xfe\xff\0[\0") },
	{ "UTF-16, a high surrogate and half a unit", STR_INIT("\0\"\xd8\x3d\xde") },
	{ "UTF-16 guessed for five bytes", STR_INIT("[\0]\0\n") },
	{ "UTF-32, length no multiple of four", STR_INIT("\0\0\xfe\xff\0\0[") },
	{ "UTF-32, past U+10FFFF", STR_INIT("\0\0\0\"\0\x11\0\0") },
	{ "UTF-32, the highest bit", STR_INIT("\0\0\0\"\x80\0\0\x41") },
};

START_TEST(refuses_to_decode)
{
	struct str text;

	ck_assert_msg(
		!json_text_decode(&arena, undecodable[_i].body, &text), "%s", undecodable[_i].what);
}
END_TEST

START_TEST(utf8_is_not_copied)
{
	struct str body = STR("\xef\xbb\xbf\"\xc3\xa9\"");
	struct str text;

	ck_assert(json_text_decode(&arena, body, &text));
	ck_assert_ptr_eq(text.ptr, body.ptr + 3);
}
END_TEST

/* Each byte at each place, in words of eight bytes and in the rest behind them. */
START_TEST(finds_the_first_byte_that_is_not_plain)
{
	for (unsigned c = 0; c < 256; c++) {
		bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
		for (size_t place = 0; place < 19; place++) {
			char text[19];
			memset(text, '~', sizeof(text));
			text[place] = (char)c;
			size_t n = json_text_plain((struct str){ text, sizeof(text) });
			ck_assert_msg(n == (plain ? sizeof(text) : place), "byte %02x at %zu: %zu",
				c, place, n);
		}
	}
}
END_TEST

static size_t count_plain(struct str s)
{
	size_t n = 0;

	for (; n < s.len; n++) {
		unsigned char c = (unsigned char)s.ptr[n];
		if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
			break;
	}
	return n;
}

static void check_plain(struct str s)
{
	size_t plain = count_plain(s);
	bool all = s.len > 0 && plain == s.len;

	if (json_text_plain(s) != plain || json_text_is_plain(s) != all)
		ck_abort_msg("%zu of %zu bytes: %zu, %d", plain, s.len, json_text_plain(s),
			json_text_is_plain(s));
	char copy[80];
	memset(copy, '#', sizeof(copy));
	if (json_text_copy_plain(copy, s) != all || memcmp(copy, s.ptr, s.len) != 0 ||
		copy[s.len] != '#')
		ck_abort_msg("a copy of %zu bytes", s.len);
}

/* All lengths and alignments, with a special byte, or one next to it, in each place. The bytes
 * around the text are special. */
START_TEST(plain_texts_of_all_lengths)
{
	static const char bytes[] = "\x1f !\"#[\\]\x7f\x80\xa2\xdc\xff";
	enum { MOST = 64 };
	char room[8 + MOST + 8];

	for (size_t at = 0; at < 8; at++) {
		for (size_t n = 0; n <= MOST; n++) {
			memset(room, '"', sizeof(room));
			memset(room + at, 'a', n);
			check_plain((struct str){ room + at, n });
			for (size_t i = 0; i < n; i++) {
				for (size_t b = 0; b < sizeof(bytes); b++) {
					room[at + i] = bytes[b];
					check_plain((struct str){ room + at, n });
				}
				room[at + i] = 'a';
			}
		}
	}
}
END_TEST

static const struct {
	uint32_t code;
	struct str bytes;
} put_cases[] = {
	{ 0, STR_INIT("\0") },
	{ 0x7f, STR_INIT("\x7f") },
	{ 0x80, STR_INIT("\xc2\x80") },
	{ 0x7ff, STR_INIT("\xdf\xbf") },
	{ 0x800, STR_INIT("\xe0\xa0\x80") },
	{ 0xd800, STR_INIT("\xed\xa0\x80") },
	{ 0xffff, STR_INIT("\xef\xbf\xbf") },
	{ 0x10000, STR_INIT("\xf0\x90\x80\x80") },
	{ 0x10ffff, STR_INIT("\xf4\x8f\xbf\xbf") },
};

START_TEST(puts_a_code_point)
{
	char out[JSON_TEXT_CHAR_MAX];
	size_t n = json_text_put(out, put_cases[_i].code);

	ck_assert_slice_eq(((struct str){ out, n }), put_cases[_i].bytes);
}
END_TEST

START_TEST(joins_surrogates)
{
	ck_assert_uint_eq(json_text_join(0xd800, 0xdc00), 0x10000);
	ck_assert_uint_eq(json_text_join(0xd83d, 0xde00), 0x1f600);
	ck_assert_uint_eq(json_text_join(0xdbff, 0xdfff), 0x10ffff);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_text");
	TCase *tests = tcase_create("json_text");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, decodes, 0, NITEMS(decodable));
	tcase_add_loop_test(tests, refuses_to_decode, 0, NITEMS(undecodable));
	tcase_add_test(tests, utf8_is_not_copied);
	tcase_add_test(tests, finds_the_first_byte_that_is_not_plain);
	tcase_add_test(tests, plain_texts_of_all_lengths);
	tcase_add_loop_test(tests, puts_a_code_point, 0, NITEMS(put_cases));
	tcase_add_test(tests, joins_surrogates);
	suite_add_tcase(suite, tests);
	return suite;
}
