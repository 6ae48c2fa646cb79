#include "idna.h"
#include "punycode.h"
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

static struct points decode(const char *text)
{
	return unicode_decode(&arena, str_from(text));
}

/* Samples of RFC 3492 section 7.1, without its mixed-case annotation, and others. */
static const struct {
	const char *text, *encoded;
} punycode_rows[] = {
	{ "\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631"
	  "\u0628\u064a\u061f",
		"egbpdaj6bu4bxfgehfvwxn" },
	{ "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587", "ihqwcrb4cv8a8dqg056pqjye" },
	{ "Pro\u010dprost\u011bnemluv\u00ed\u010desky", "Proprostnemluvesky-uyb24dma41a" },
	{ "3\u5e74B\u7d44\u91d1\u516b\u5148\u751f", "3B-ww4c5e180e575a65lsy2b" },
	{ "\u305d\u306e\u30b9\u30d4\u30fc\u30c9\u3067", "d9juau41awczczp" },
	{ "-> $1.00 <-", "-> $1.00 <--" },
	{ "\u00fc", "tda" },
	{ "a\u00fc", "a-eha" },
	{ "\U0010ffff\302\200", "a97093t" },
};

START_TEST(punycode_encodes_and_decodes)
{
	struct points decoded;
	struct str encoded = str_from(punycode_rows[_i].encoded);

	ck_assert_slice_eq(punycode_encode(&arena, decode(punycode_rows[_i].text)), encoded);
	ck_assert(punycode_decode(&arena, encoded, &decoded));
	ck_assert_slice_eq(unicode_encode(&arena, decoded), str_from(punycode_rows[_i].text));
}
END_TEST

START_TEST(invalid_punycode_is_refused)
{
	static const char *const texts[] = { "0", "a!", "\u00fc", "tda9", "99999999",
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "a-99999999a" };
	struct points decoded;

	for (size_t i = 0; i < NITEMS(texts); i++)
		ck_assert_msg(
			!punycode_decode(&arena, str_from(texts[i]), &decoded), "%s", texts[i]);
	ck_assert(punycode_decode(&arena, STR("abc-"), &decoded));
	ck_assert_slice_eq(unicode_encode(&arena, decoded), STR("abc"));
}
END_TEST

static const struct {
	const char *label, *ascii; /* ascii: the reason if not valid */
	bool valid;
} ascii_rows[] = {
	{ "b\u00fccher", "xn--bcher-kva", true },
	{ "fa\u00df", "xn--fa-hia", true },
	{ "example", "example", true },
	{ "Example", "Example", true },
	{ "xn--bcher-kva", "xn--bcher-kva", true },
	{ "\u0639\u0631\u0628\u064a", "xn--ngbrx4e", true },
	{ "l\u00b7l", "xn--ll-0ea", true },
	{ "\u0915\u094d\u200d\u0937", "xn--11b2ezcw70k", true },
	{ "\u0628\u200c\u0628", "xn--ngba799q", true },
	{ "", "Empty Label", false },
	{ "\u00dc", "Codepoint U+00DC at position 1 of '\u00dc' not allowed", false },
	{ "u\u0308", "Label must be in Normalization Form C", false },
	{ "-\u00fc", "Label must not start or end with a hyphen", false },
	{ "\u00fc-", "Label must not start or end with a hyphen", false },
	{ "\u00fc\u00fc--a", "Label has disallowed hyphens in 3rd and 4th position", false },
	{ "\u0301\u00fc", "Label begins with an illegal combining character", false },
	{ "\u00fc\u200d", "Joiner U+200D not allowed at position 2 in '\u00fc\\u200d'", false },
	{ "\u0628\u200c", "Joiner U+200C not allowed at position 2 in '\u0628\\u200c'", false },
	{ "\u200c\u0628", "Joiner U+200C not allowed at position 1 in '\\u200c\u0628'", false },
	{ "\u00b7", "Codepoint U+00B7 not allowed at position 1 in '\u00b7'", false },
	{ "xn--a\u00fc", "Label has disallowed hyphens in 3rd and 4th position", false },
	{ "xn--0", "Invalid A-label", false },
};

START_TEST(labels_are_converted_to_ascii)
{
	struct str ascii, why;
	bool valid = idna_to_ascii(&arena, decode(ascii_rows[_i].label), &ascii, &why);

	ck_assert_slice_eq(valid ? ascii : why, str_from(ascii_rows[_i].ascii));
	ck_assert(valid == ascii_rows[_i].valid);
	if (!valid || !str_starts(ascii, STR("xn--")))
		return;
	struct points back;
	ck_assert(idna_to_unicode(&arena, ascii, &back, &why));
	ck_assert_slice_eq(unicode_encode(&arena, back), ascii_rows[_i].label[0] == 'x'
								 ? STR("b\u00fccher")
								 : str_from(ascii_rows[_i].label));
}
END_TEST

START_TEST(a_character_newer_than_the_categories_before_a_joiner_is_refused)
{
	static const uint32_t points[] = { 0xC5C, 0x200D }; /* of Unicode 17 */
	struct str why;

	ck_assert(!idna_check_label(&arena, (struct points){ points, 2 }, &why));
	ck_assert_slice_eq(why, STR("Unknown codepoint adjacent to joiner U+200D at position 2"
				    " in '\\u0c5c\\u200d'"));
}
END_TEST

START_TEST(uts46_mapping)
{
	static const struct {
		const char *domain, *mapped;
		bool valid;
	} rows[] = {
		{ "", "", true },
		{ "EXAMPLE.Com", "example.com", true },
		{ "B\u00dcCHER\u3002DE", "b\u00fccher.de", true },
		{ "U\u0308\uff0e\u00df\u00ad\u200c", "\u00fc.\u00df\u200c", true },
		{ "\ufdfa",
			"\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064a\u0647 "
			"\u0648\u0633\u0644\u0645",
			true },
		{ "a\ufffd", "Codepoint U+FFFD not allowed at position 2 in 'a\ufffd'", false },
	};

	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct points mapped;
		struct str why;
		bool valid = idna_remap(&arena, decode(rows[i].domain), &mapped, &why);
		ck_assert(valid == rows[i].valid);
		ck_assert_slice_eq(
			valid ? unicode_encode(&arena, mapped) : why, str_from(rows[i].mapped));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("idna");
	TCase *tcase = tcase_create("idna");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, punycode_encodes_and_decodes, 0, NITEMS(punycode_rows));
	tcase_add_test(tcase, invalid_punycode_is_refused);
	tcase_add_loop_test(tcase, labels_are_converted_to_ascii, 0, NITEMS(ascii_rows));
	tcase_add_test(tcase, a_character_newer_than_the_categories_before_a_joiner_is_refused);
	tcase_add_test(tcase, uts46_mapping);
	suite_add_tcase(suite, tcase);
	return suite;
}
