#include "repr.h"
#include "suite.h"
#include "unicode.h"

enum { POINTS = 0x110000 };

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

/* FNV-1a. */
static void digest_add(uint64_t *digest, uint32_t byte)
{
	*digest = (*digest ^ (byte & 0xFF)) * UINT64_C(0x100000001b3);
}

static void digest_add_points(uint64_t *digest, const uint32_t *points, size_t n)
{
	digest_add(digest, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		digest_add(digest, points[i]);
		digest_add(digest, points[i] >> 8);
		digest_add(digest, points[i] >> 16);
	}
}

static void add_category(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->category);
}

static void add_bidi(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->bidi);
}

static void add_combining(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->combining);
}

static void add_idna(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->idna);
}

static void add_joining(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->joining);
}

static void add_script(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->script);
}

static void add_uts46(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->uts46);
}

static void add_space(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->space);
}

static void add_dot(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_facts(point)->dot);
}

static void add_printable(uint64_t *digest, uint32_t point)
{
	digest_add(digest, unicode_is_printable(point));
}

static void add_mapping(uint64_t *digest, uint32_t point)
{
	uint32_t target[UNICODE_MAPPING_MAX];

	digest_add_points(digest, target, unicode_uts46_mapping(point, target));
}

static void add_decomposition(uint64_t *digest, uint32_t point)
{
	uint32_t target[UNICODE_DECOMPOSITION_MAX];

	digest_add_points(digest, target, unicode_decomposition(point, target));
}

static void add_nfc(uint64_t *digest, uint32_t point)
{
	struct points nfc = unicode_nfc(&arena, (struct points){ &point, 1 });

	digest_add_points(digest, nfc.ptr, nfc.len);
	if (point % 1024 == 0)
		arena_reset(&arena);
}

static void add_name(uint64_t *digest, uint32_t point)
{
	const char *name = unicode_name(point);

	for (; name && *name; name++)
		digest_add(digest, (unsigned char)*name);
	digest_add(digest, '\n');
}

/* Digests over all code points, computed by another program from CPython's unicodedata and the data
 * of the package idna. Enumerators are digested by value. */
static const struct {
	const char *fact;
	void (*add)(uint64_t *digest, uint32_t point);
	uint64_t digest;
} digests[] = {
	{ "category", add_category, 0x352773c1011bd0b3 },
	{ "bidi", add_bidi, 0x9655d9145eb11793 },
	{ "combining", add_combining, 0xbe5d7a66a4f1585e },
	{ "idna", add_idna, 0x2b9fab0380de0b75 },
	{ "joining", add_joining, 0x40257cf3d14d0482 },
	{ "script", add_script, 0xb264b2491c28e6d6 },
	{ "uts46", add_uts46, 0x666d05639fae73c9 },
	{ "space", add_space, 0x910838d6e6c7b908 },
	{ "dot", add_dot, 0x8956e2b1d6077bf8 },
	{ "printable", add_printable, 0x229d768ed25c2559 },
	{ "mapping", add_mapping, 0xbb5afbca9e405d78 },
	{ "decomposition", add_decomposition, 0x1ccbe6a3d60ec028 },
	{ "nfc", add_nfc, 0x4fbe3f2c2126d962 },
	{ "names", add_name, 0xdd147df9ccbcbbf0 },
};

START_TEST(every_code_point_has_its_properties)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (uint32_t point = 0; point < POINTS; point++)
		digests[_i].add(&digest, point);
	ck_assert_msg(digest == digests[_i].digest, "%s: %#llx", digests[_i].fact,
		(unsigned long long)digest);
}
END_TEST

static struct points decode(const char *text)
{
	return unicode_decode(&arena, str_from(text));
}

START_TEST(utf8_decodes_and_encodes)
{
	static const char text[] = "a\303\251\340\240\200\355\240\200\357\277\277\360\237\230\200";
	static const uint32_t want[] = { 'a', 0xE9, 0x800, 0xD800, 0xFFFF, 0x1F600 };
	struct points points = decode(text);

	ck_assert(points_equal(points, (struct points){ want, NITEMS(want) }));
	ck_assert_slice_eq(unicode_encode(&arena, points), str_from(text));
	ck_assert_uint_eq(unicode_decode(&arena, STR("")).len, 0);
}
END_TEST

START_TEST(broken_utf8_becomes_replacement_characters)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "\200a", "\357\277\275a" },               /* a lone continuation byte */
		{ "\303", "\357\277\275" },                 /* truncated */
		{ "\360\237\230a", "\357\277\275a" },       /* truncated by another character */
		{ "\300\200", "\357\277\275" },             /* overlong */
		{ "\364\220\200\200", "\357\277\275" },     /* beyond U+10FFFF */
		{ "\377\376", "\357\277\275\357\277\275" }, /* never in UTF-8 */
		{ "\370\210\200\200\200", "\357\277\275\357\277\275" }, /* five bytes */
	};

	for (size_t i = 0; i < NITEMS(rows); i++)
		ck_assert_slice_eq(
			unicode_encode(&arena, decode(rows[i].text)), str_from(rows[i].want));
}
END_TEST

static const struct {
	const char *text, *nfc;
} nfc_rows[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "e\u0301", "\u00e9" },
	{ "e\u0323\u0301", "\u1eb9\u0301" },
	{ "e\u0301\u0323", "\u1eb9\u0301" }, /* reordered, then composed */
	{ "\u0301e", "\u0301e" },
	{ "q\u0307\u0323", "q\u0323\u0307" },
	{ "a\u0328\u0301", "\u0105\u0301" },
	{ "a\u0300\u0301", "\u00e0\u0301" }, /* the second of a class is blocked */
	{ "<\u0334\u0338", "<\u0334\u0338" },
	{ "\u212b\u2126", "\u00c5\u03a9" },
	{ "\u0958", "\u0915\u093c" }, /* excluded from composition */
	{ "\u0344", "\u0308\u0301" },
	{ "\u1f82", "\u1f82" },
	{ "\u1100\u1161\u11a8\u11a8", "\uac01\u11a8" },
	{ "\uac00\u11a7", "\uac00\u11a7" },
	{ "\uac01\u11a8", "\uac01\u11a8" },
	{ "\u1100\u0301\u1161", "\u1100\u0301\u1161" }, /* a mark between keeps starters apart */
	{ "\U00016d63\U00016d67\U00016d67", "\U00016d6a" },
	{ "\u0dd9\u0dcf\u0dca", "\u0ddd" },
};

START_TEST(nfc)
{
	ck_assert_slice_eq(unicode_encode(&arena, unicode_nfc(&arena, decode(nfc_rows[_i].text))),
		str_from(nfc_rows[_i].nfc));
}
END_TEST

/* Compares with the naive way: NFC of the rest of the text at each code point. */
START_TEST(nfc_kept_agrees_with_nfc_of_each_suffix)
{
	static const char *const texts[] = { "<\u0338a", "<\u0334\u0338", "e\u0301\u0323x",
		"\u212b\u0344\u0f73\u0323\u0301", "\u1100\u1161\u11a8\uac00\u11a8",
		"\U00016d67\U00016d67\U00016d67\U00016d67", "\u0dd9\u0dcf\u0dca\u0dd9",
		"\u0301\u0301\u0323\u0340\u0323\u0345", "\u0958\u0915\u093c" };

	for (size_t i = 0; i < NITEMS(texts); i++) {
		struct points text = decode(texts[i]);
		const bool *kept = unicode_nfc_kept(&arena, text);
		for (size_t k = 0; k < text.len; k++) {
			struct points rest = points_slice(text, k, text.len);
			bool want = unicode_nfc(&arena, rest).ptr[0] == text.ptr[k];
			ck_assert_msg(kept[k] == want, "text %zu, code point %zu", i, k);
		}
	}
	ck_assert_ptr_null(unicode_nfc_kept(&arena, decode("plain <\"\\")));
}
END_TEST

START_TEST(repr_quotes_as_python_does)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "''" },
		{ "a\"b", "'a\"b'" },
		{ "a'b", "\"a'b\"" },
		{ "a'\"b", "'a\\'\"b'" },
		{ "\\\t\n\r\001\177", "'\\\\\\t\\n\\r\\x01\\x7f'" },
		{ "\u00a0\u00ad\u00e9\u200b\u0301", "'\\xa0\\xad\u00e9\\u200b\u0301'" },
		{ "\355\240\200\U0001f600\U000e0001", "'\\ud800\U0001f600\\U000e0001'" },
	};

	for (size_t i = 0; i < NITEMS(rows); i++)
		ck_assert_slice_eq(repr(&arena, decode(rows[i].text)), str_from(rows[i].want));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("unicode");
	TCase *tcase = tcase_create("unicode");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60); /* a million code points, under sanitizers too */
	tcase_add_loop_test(tcase, every_code_point_has_its_properties, 0, NITEMS(digests));
	tcase_add_test(tcase, utf8_decodes_and_encodes);
	tcase_add_test(tcase, broken_utf8_becomes_replacement_characters);
	tcase_add_loop_test(tcase, nfc, 0, NITEMS(nfc_rows));
	tcase_add_test(tcase, nfc_kept_agrees_with_nfc_of_each_suffix);
	tcase_add_test(tcase, repr_quotes_as_python_does);
	suite_add_tcase(suite, tcase);
	return suite;
}
