/* Declared texts with placeholders. */
#include "words.h"

#include "suite.h"

static const struct {
	const char *text;
	struct said said;
	const char *want;
} texts[] = {
	{ "", { .id = STR_INIT("") }, "" },
	{ "Hero not found", { .id = STR_INIT("7") }, "Hero not found" },
	{ "Hero {id} not found", { .id = STR_INIT("-7") }, "Hero -7 not found" },
	{ "{id}{id}", { .id = STR_INIT("12") }, "1212" },
	{ "{field} of {id}", { STR_INIT("3"), STR_INIT("name") }, "name of 3" },
	{ "{field} {id}", { .id = STR_INIT("3") }, "{field} 3" },
	{ "{field} {id}", { .field = STR_INIT("name") }, "name {id}" },
	{ "a {field} is taken", { .field = STR_INIT("") }, "a  is taken" },
	{ "{{id}} {i{id} {id", { .id = STR_INIT("9") }, "{9} {i9 {id" },
	{ "\\\"{id}\\\" \xc3\xa9", { .id = STR_INIT("1") }, "\\\"1\\\" \xc3\xa9" },
};

START_TEST(placeholders_are_filled)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	words_write(&out, texts[_i].text, &texts[_i].said);
	ck_assert_slice_eq(buf_view(&out), str_from(texts[_i].want));
	buf_done(&out);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("words");
	TCase *tests = tcase_create("words");

	tcase_add_loop_test(tests, placeholders_are_filled, 0, (int)NITEMS(texts));
	suite_add_tcase(suite, tests);
	return suite;
}
