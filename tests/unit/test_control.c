/* Requests of posternctl, and lines of answers. */
#include "control.h"

#include "channel.h"
#include "suite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *text;
	enum control_verb verb;
	unsigned number;
} accepted[] = {
	{ "status\n", CONTROL_STATUS, 0 },
	{ "reload\n", CONTROL_RELOAD, 0 },
	{ "stop\n", CONTROL_STOP, 0 },
	{ "workers 1\n", CONTROL_WORKERS, 1 },
	{ "workers 256\n", CONTROL_WORKERS, 256 },
	{ "checkpoint\n", CONTROL_CHECKPOINT, 0 },
	{ "backup\n", CONTROL_BACKUP, 0 },
	{ "restore\n", CONTROL_RESTORE, 0 },
	{ "plan\n", CONTROL_PLAN, 0 },
	{ "migrate\n", CONTROL_MIGRATE, 0 },
	{ "migrate 0:18446744073709551615\n", CONTROL_MIGRATE, 0 },
};

START_TEST(requests_are_parsed)
{
	struct control_request request;

	ck_assert(control_parse(str_from(accepted[_i].text), &request));
	ck_assert_int_eq(request.verb, accepted[_i].verb);
	ck_assert_uint_eq(request.number, accepted[_i].number);
}
END_TEST

static const struct str refused[] = {
	STR_INIT(""),
	STR_INIT("\n"),
	STR_INIT("status"),
	STR_INIT("status\r\n"),
	STR_INIT("status \n"),
	STR_INIT(" status\n"),
	STR_INIT("STATUS\n"),
	STR_INIT("statusx\n"),
	STR_INIT("statu\n"),
	STR_INIT("status\0\n"),
	STR_INIT("status\nstop\n"),
	STR_INIT("restore 1:2\n"),
	STR_INIT("plan \n"),
	STR_INIT("plan 1\n"),
	STR_INIT("plan 1:\n"),
	STR_INIT("plan :2\n"),
	STR_INIT("plan 1:2 \n"),
	STR_INIT("plan 1:02\n"),
	STR_INIT("plan 1:-2\n"),
	STR_INIT("migrate 1:18446744073709551616\n"),
	STR_INIT("migrates\n"),
	STR_INIT("workers\n"),
	STR_INIT("workers \n"),
	STR_INIT("workers 0\n"),
	STR_INIT("workers 257\n"),
	STR_INIT("workers -1\n"),
	STR_INIT("workers +1\n"),
	STR_INIT("workers 1 \n"),
	STR_INIT("workers 0x1\n"),
	STR_INIT("workers 4294967297\n"),
	STR_INIT("workers 18446744073709551617\n"),
	STR_INIT("workers 0000000000000000000000000000000000000000000000000000000000000001\n"),
};

START_TEST(a_request_can_name_a_file)
{
	struct control_request request;

	ck_assert(control_parse(STR("plan 2049:1234567\n"), &request));
	ck_assert(request.has_file);
	ck_assert_uint_eq(request.device, 2049);
	ck_assert_uint_eq(request.inode, 1234567);
	ck_assert(control_parse(STR("plan\n"), &request));
	ck_assert(!request.has_file);
}
END_TEST

START_TEST(malformed_requests_are_refused)
{
	struct control_request request;

	ck_assert(!control_parse(refused[_i], &request));
}
END_TEST

START_TEST(requests_about_the_database_are_for_dbd)
{
	for (enum control_verb verb = 0; verb < CONTROL_VERB__COUNT; verb++)
		ck_assert_int_eq(control_is_for_dbd(verb), verb >= CONTROL_CHECKPOINT);
}
END_TEST

START_TEST(an_answer_is_one_line)
{
	char text[2 * CONTROL_LINE_MAX], *longest = calloc(1, sizeof(text));
	int ends[2], passed;

	ck_assert_int_eq(channel_open(ends), 0);
	control_send_line(ends[0], STDIN_FILENO, "error %s\x7f", "a\nb\tc");
	ck_assert_int_eq(channel_receive(ends[1], text, sizeof(text), &passed), 13);
	ck_assert(memcmp(text, "error a?b?c?\n", 13) == 0);
	ck_assert_int_ge(passed, 0);
	ck_assert_int_eq(fcntl(passed, F_GETFD), FD_CLOEXEC);
	close(passed);
	memset(longest, 'x', sizeof(text) - 1);
	control_send_line(ends[0], -1, "%s", longest);
	ck_assert_int_eq(channel_receive(ends[1], text, sizeof(text), &passed), CONTROL_LINE_MAX);
	ck_assert_int_eq(passed, -1);
	ck_assert_int_eq(text[CONTROL_LINE_MAX - 1], '\n');
	close(ends[1]);
	control_send_line(ends[0], -1, "to nobody");
	close(ends[0]);
	free(longest);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("control");
	TCase *tc = tcase_create("control");

	tcase_add_loop_test(tc, requests_are_parsed, 0, NITEMS(accepted));
	tcase_add_test(tc, a_request_can_name_a_file);
	tcase_add_loop_test(tc, malformed_requests_are_refused, 0, NITEMS(refused));
	tcase_add_test(tc, requests_about_the_database_are_for_dbd);
	tcase_add_test(tc, an_answer_is_one_line);
	suite_add_tcase(suite, tc);
	return suite;
}
