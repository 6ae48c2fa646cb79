/* Texts that a pattern matches. */
#include "pattern_sample.h"

#include "pattern.h"
#include "suite.h"

enum { SEEDS = 50, TEXT_MOST = 4096 };

static const char *const patterns[] = { "", "^$", "^[a-z]+$", "^[A-Z]{3}-\\d{4}$",
	"^(red|green|blue)$", "^#[0-9a-fA-F]{6}$", "^\\+?[0-9]{7,15}$",
	"^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$", "^(?:\\d{1,3}\\.){3}\\d{1,3}$", "^\\p{Greek}+$",
	"^[\\u{1F600}-\\u{1F64F}]{2}$", "(?i)^abc$", "^a{2,3}b*c?$", "x|yy|",
	"^\\d{4}-(0[1-9]|1[0-2])$", "^\u00e9\u20ac$" };

START_TEST(samples_match)
{
	struct str source = str_from(patterns[_i]);
	struct buf out, error;

	buf_init(&out, TEXT_MOST);
	buf_init(&error, TEXT_MOST);
	struct pattern *pattern = pattern_compile(source, &error);
	ck_assert_ptr_nonnull(pattern);
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		buf_truncate(&out, 0);
		ck_assert(pattern_sample(source, seed, &out));
		ck_assert_msg(pattern_matches(pattern, buf_view(&out)), "%s: %.*s", patterns[_i],
			STR_ARGS(buf_view(&out)));
	}
	pattern_free(pattern);
	buf_done(&out);
	buf_done(&error);
}
END_TEST

START_TEST(an_invalid_pattern_has_none)
{
	struct buf out;

	buf_init(&out, TEXT_MOST);
	ck_assert(!pattern_sample(STR("a("), 1, &out));
	ck_assert(!pattern_sample(STR("\xff"), 1, &out));
	ck_assert_uint_eq(buf_len(&out), 0);
	buf_done(&out);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pattern_sample");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, samples_match, 0, NITEMS(patterns));
	tcase_add_test(tc, an_invalid_pattern_has_none);
	suite_add_tcase(suite, tc);
	return suite;
}
