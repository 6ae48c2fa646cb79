/* Words for a shell. */
#include "shell_word.h"

#include "suite.h"

enum { TEXT_MOST = 1024 };

static const struct {
	struct str text, word;
} rows[] = {
	{ STR_INIT(""), STR_INIT("''") },
	{ STR_INIT("http://a/b?c=d&e"), STR_INIT("'http://a/b?c=d&e'") },
	{ STR_INIT("{\"a\":\"\\u00e9\"}"), STR_INIT("'{\"a\":\"\\u00e9\"}'") },
	{ STR_INIT("$(a) `b` \\ !"), STR_INIT("'$(a) `b` \\ !'") },
	{ STR_INIT("it's\n\\"), STR_INIT("$'it\\'s\\x0a\\\\'") },
	{ STR_INIT("\x01\u00e9"), STR_INIT("$'\\x01\\xc3\\xa9'") },
};

START_TEST(words_are_quoted)
{
	struct buf out;

	buf_init(&out, TEXT_MOST);
	shell_word_write(&out, rows[_i].text);
	ck_assert_slice_eq(buf_view(&out), rows[_i].word);
	buf_done(&out);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("shell_word");
	TCase *tests = tcase_create("shell_word");

	tcase_add_loop_test(tests, words_are_quoted, 0, (int)NITEMS(rows));
	suite_add_tcase(suite, tests);
	return suite;
}
