/* The checker of test_linear.c reports all impossible histories, and no possible one. */
#include "history.h"
#include "suite.h"

static struct history history;

static void setup(void)
{
	history_init(&history);
}

static void teardown(void)
{
	history_done(&history);
}

/* W1 to W8: this version is sent; WX: a deletion is sent; A, R: it is acknowledged or refused. (
 * and
 * [: a read begins; )1 to )8, ]1 to ]8: that read shows the version; )-, ]-: it does not show the
 * row. The last event is checked. */
static const struct {
	const char *story, *complaint;
} stories[] = {
	{ "W1A()1", NULL },
	{ "W1()1", NULL },
	{ "W1()-", NULL },
	{ "(W1A)-", NULL },
	{ "(W1)1", NULL },
	{ "W1AW2()1", NULL },
	{ "W1AW2()2", NULL },
	{ "W1A(W2A)1", NULL },
	{ "W1AW2([)2]1", NULL },
	{ "W1AW2()1[]2", NULL },
	{ "W1AW2RW2()2", NULL },
	{ "W1AWX()1", NULL },
	{ "W1AWX()-", NULL },
	{ "W1AWXA()-", NULL },
	{ "W1A(WXA)1", NULL },
	{ "W1AW2WXA()-", NULL },
	{ "W1A()-", "a row that was there was not shown" },
	{ "W1()1[]-", "a row that was there was not shown" },
	{ "W1A(WXR)-", "a row that was there was not shown" },
	{ "W1AW2A()1", "an old state was shown" },
	{ "W1AW2()2[]1", "an old state was shown" },
	{ "W1AW2W3()3[]2", "an old state was shown" },
	{ "W1AWXA()1", "an old state was shown" },
	{ "W1AWX()-[]1", "an old state was shown" },
	{ "W1A()2", "a state was shown that was never sent" },
	{ "W1AW2R()2", "a state was shown that was never sent" },
	{ "W1A()1)1", "it was shown twice" },
};

START_TEST(test_histories_are_checked)
{
	const char *complaint = NULL;
	uint64_t begun[2] = { 0 };
	size_t row = history_add(&history, 0, HISTORY_NONE);

	for (const char *at = stories[_i].story; *at; at++) {
		bool second = *at == '[' || *at == ']';
		ck_assert_msg(!complaint, "%s: %s", stories[_i].story, complaint);
		if (*at == 'A')
			history_acknowledge(&history, row, 0);
		else if (*at == 'R')
			history_refuse(&history, row, 0);
		else if (*at == '(' || *at == '[')
			begun[second] = history_begin(&history);
		else if (*at++ == 'W')
			history_send(&history, row,
				*at == 'X' ? HISTORY_GONE : (unsigned)(*at - '0'), 0);
		else if (*at == '-')
			complaint = history_miss(&history, row, begun[second], 1, "seen");
		else
			complaint = history_show(
				&history, row, (unsigned)(*at - '0'), begun[second], 1, "seen");
	}
	ck_assert_pstr_eq(complaint, stories[_i].complaint);
}
END_TEST

START_TEST(test_children_are_deleted_with_their_parent)
{
	size_t parent = history_add(&history, 0, HISTORY_NONE);
	size_t child = history_add(&history, 1, parent);

	history_send(&history, parent, 1, 0);
	history_acknowledge(&history, parent, 0);
	history_send(&history, child, 1, 0);
	history_acknowledge(&history, child, 0);
	history_send(&history, parent, HISTORY_GONE, 0);
	uint64_t during = history_begin(&history);
	history_acknowledge(&history, parent, 0);
	uint64_t after = history_begin(&history);
	ck_assert_uint_eq(history.nlive, 0);
	ck_assert_pstr_eq(history_show(&history, child, 1, during, 0, "seen"), NULL);
	ck_assert_pstr_eq(
		history_show(&history, child, 1, after, 0, "seen"), "an old state was shown");
	ck_assert_pstr_eq(history_miss(&history, child, history_begin(&history), 0, "seen"), NULL);
}
END_TEST

START_TEST(test_the_last_events_are_printed)
{
	struct buf out;
	size_t row = history_add(&history, 0, HISTORY_NONE);
	size_t other = history_add(&history, 0, HISTORY_NONE);

	history_send(&history, row, 1, 3);
	history_send(&history, other, 1, 4);
	uint64_t begun = history_begin(&history);
	history_acknowledge(&history, row, 3);
	history_remark(&history, "thunder");
	history_show(&history, row, 1, begun, 5, "seen from afar");
	buf_init(&out, 64 * 1024);
	history_print(&history, row, &out);
	buf_char(&out, '\0');
	ck_assert_str_eq(buf_view(&out).ptr,
		"row 0, id 0:\n"
		"         1  #3: write sent, version 1\n"
		"         4  #3: write acknowledged, version 1\n"
		"         5  thunder\n"
		"         6  #5: seen from afar, version 1, asked at 3\n");
	buf_done(&out);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("history");
	TCase *t = tcase_create("history");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_histories_are_checked, 0, NITEMS(stories));
	tcase_add_test(t, test_children_are_deleted_with_their_parent);
	tcase_add_test(t, test_the_last_events_are_printed);
	suite_add_tcase(s, t);
	return s;
}
