#include "channel.h"

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

static void setup(void)
{
	ck_assert_int_eq(channel_open(ends), 0);
}

static void teardown(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void ck_assert_hears(int fd, char want)
{
	char word = 0;

	ck_assert_int_eq(channel_receive_word(fd, &word, NULL), CHANNEL_WORD);
	ck_assert_int_eq(word, want);
}

START_TEST(words_arrive_in_order_both_ways)
{
	char word;

	ck_assert_int_eq(channel_receive_word(ends[0], &word, NULL), CHANNEL_EMPTY);
	ck_assert_int_eq(channel_send_word(ends[1], 'a', -1), 0);
	ck_assert_int_eq(channel_send_word(ends[1], 'b', -1), 0);
	ck_assert_int_eq(channel_send_word(ends[0], 'c', -1), 0);
	ck_assert_hears(ends[0], 'a');
	ck_assert_hears(ends[0], 'b');
	ck_assert_hears(ends[1], 'c');
	ck_assert_int_eq(channel_receive_word(ends[0], &word, NULL), CHANNEL_EMPTY);
}
END_TEST

START_TEST(both_ends_are_closed_by_exec)
{
	ck_assert_int_eq(fcntl(ends[_i], F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(a_descriptor_arrives_with_its_word)
{
	int pipe_ends[2], passed;
	char word, byte = 'x';

	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(channel_send_word(ends[0], 'a', -1), 0);
	ck_assert_int_eq(channel_send_word(ends[0], 'b', pipe_ends[1]), 0);
	close(pipe_ends[1]);
	ck_assert_int_eq(channel_receive_word(ends[1], &word, &passed), CHANNEL_WORD);
	ck_assert_int_eq(passed, -1);
	ck_assert_int_eq(channel_receive_word(ends[1], &word, &passed), CHANNEL_WORD);
	ck_assert_int_eq(word, 'b');
	ck_assert_int_ge(passed, 0);
	ck_assert_int_eq(fcntl(passed, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(write(passed, &byte, 1), 1);
	ck_assert_int_eq(read(pipe_ends[0], &byte, 1), 1);
	close(passed);
	close(pipe_ends[0]);
}
END_TEST

/* A process that expects no descriptors must not run out of them. */
START_TEST(an_unexpected_descriptor_is_closed)
{
	int pipe_ends[2];
	char byte;

	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(channel_send_word(ends[0], 'a', pipe_ends[1]), 0);
	close(pipe_ends[1]);
	ck_assert_hears(ends[1], 'a');
	ck_assert_int_eq(read(pipe_ends[0], &byte, 1), 0);
	close(pipe_ends[0]);
}
END_TEST

START_TEST(further_descriptors_are_closed)
{
	char word = 'a', control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct iovec part = { &word, 1 };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int pipe_ends[2], passed;

	ck_assert_int_eq(pipe(pipe_ends), 0);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(rights), (int[]){ pipe_ends[1], pipe_ends[1] }, 2 * sizeof(int));
	ck_assert_int_eq(sendmsg(ends[0], &message, 0), 1);
	close(pipe_ends[1]);
	ck_assert_int_eq(channel_receive_word(ends[1], &word, &passed), CHANNEL_WORD);
	close(passed);
	ck_assert_int_eq(read(pipe_ends[0], &word, 1), 0);
	close(pipe_ends[0]);
}
END_TEST

START_TEST(words_are_received_before_the_end)
{
	char word;

	ck_assert_int_eq(channel_send_word(ends[1], 'a', -1), 0);
	close(ends[1]);
	ck_assert_hears(ends[0], 'a');
	ck_assert_int_eq(channel_receive_word(ends[0], &word, NULL), CHANNEL_ENDED);
	ck_assert_int_eq(channel_send_word(ends[0], 'b', -1), -1);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

/* The kernel then reports ECONNRESET instead of end of stream. */
START_TEST(a_process_that_ends_with_words_unread_has_ended)
{
	char word;

	ck_assert_int_eq(channel_send_word(ends[0], 'x', -1), 0);
	ck_assert_int_eq(channel_send_word(ends[1], 'a', -1), 0);
	close(ends[1]);
	ck_assert_hears(ends[0], 'a');
	ck_assert_int_eq(channel_receive_word(ends[0], &word, NULL), CHANNEL_ENDED);
}
END_TEST

START_TEST(sending_to_a_process_that_does_not_read_fails)
{
	int n = 0;

	while (channel_send_word(ends[0], 'x', -1) == 0)
		n++;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(n, 100);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("channel");
	TCase *tests = tcase_create("channel");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, words_arrive_in_order_both_ways);
	tcase_add_loop_test(tests, both_ends_are_closed_by_exec, 0, 2);
	tcase_add_test(tests, a_descriptor_arrives_with_its_word);
	tcase_add_test(tests, an_unexpected_descriptor_is_closed);
	tcase_add_test(tests, further_descriptors_are_closed);
	tcase_add_test(tests, words_are_received_before_the_end);
	tcase_add_test(tests, a_process_that_ends_with_words_unread_has_ended);
	tcase_add_test(tests, sending_to_a_process_that_does_not_read_fails);
	suite_add_tcase(suite, tests);
	return suite;
}
