#include "outbox.h"

#include "suite.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONG = 1024 * 1024 };

static struct outbox outbox;
static struct buffer_pool pool;
static int fds[2]; /* the outbox sends on the first */
static char *text;
static int pins;

static void count_pin(struct pinnable *object)
{
	(void)object;
	pins++;
}

static void count_unpin(struct pinnable *object)
{
	(void)object;
	pins--;
}

static const struct pin_ops ops = { count_pin, count_unpin };
static struct pinnable owner = { &ops };

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	outbox_init(&outbox);
	pins = 0;
	text = malloc(LONG);
	ck_assert_ptr_nonnull(text);
	memset(text, 'x', LONG);
}

static void teardown(void)
{
	outbox_done(&outbox, &pool);
	buffer_pool_done(&pool);
	ck_assert_int_eq(pins, 0);
	close(fds[0]);
	close(fds[1]);
	free(text);
}

static void add(struct str body)
{
	outbox_add(&outbox, &pool,
		&(struct response){ .status = 200, .body = body, .body_owner = &owner });
}

static enum outbox_status flush(void)
{
	return outbox_flush(&outbox, &pool, fds[0]);
}

/* Reads what has arrived; returns the number of bytes. */
static size_t read_all(void)
{
	static char bytes[64 * 1024];
	size_t sum = 0;

	for (ssize_t n; (n = recv(fds[1], bytes, sizeof(bytes), 0)) > 0;)
		sum += (size_t)n;
	return sum;
}

START_TEST(a_short_answer_is_copied_and_sent)
{
	add(STR("short"));
	ck_assert_int_eq(pins, 0);
	ck_assert(outbox_has_unsent(&outbox));
	ck_assert(!outbox_is_full(&outbox));
	size_t n = buf_len(&outbox.buffer);
	ck_assert_int_eq(flush(), OUTBOX_EMPTY);
	ck_assert(!outbox_has_unsent(&outbox));
	ck_assert_uint_eq(read_all(), n);
	/* The memory is in the pool, and is used again. */
	ck_assert_uint_eq(pool.count, 1);
	ck_assert_int_eq(flush(), OUTBOX_EMPTY);
	add(STR("short"));
	ck_assert_uint_eq(pool.count, 0);
}
END_TEST

START_TEST(a_long_answer_is_pinned_until_it_is_sent)
{
	size_t n = 0;

	add((struct str){ text, LONG });
	ck_assert_int_eq(pins, 1);
	ck_assert(outbox_is_full(&outbox));
	size_t head = buf_len(&outbox.buffer);
	while (flush() == OUTBOX_WAITS) {
		ck_assert_int_eq(pins, 1);
		ck_assert(outbox_is_full(&outbox));
		n += read_all();
	}
	ck_assert_int_eq(pins, 0);
	ck_assert_uint_eq(n + read_all(), head + LONG);
}
END_TEST

START_TEST(an_outbox_that_is_dropped_unpins_its_answer)
{
	add((struct str){ text, LONG });
	ck_assert_int_eq(flush(), OUTBOX_WAITS);
	outbox_done(&outbox, &pool);
	ck_assert_int_eq(pins, 0);
	ck_assert(!outbox_has_unsent(&outbox));
}
END_TEST

/* While a tail is being sent, the connection needs no buffer. */
START_TEST(an_empty_buffer_is_given_back)
{
	add((struct str){ text, LONG });
	outbox_trim(&outbox, &pool);
	ck_assert_uint_eq(pool.count, 0);
	ck_assert_int_eq(flush(), OUTBOX_WAITS);
	ck_assert_uint_eq(buf_len(&outbox.buffer), 0);
	outbox_trim(&outbox, &pool);
	ck_assert_uint_eq(pool.count, 1);
	ck_assert(outbox_has_unsent(&outbox));
}
END_TEST

START_TEST(an_incomplete_answer_is_not_sent)
{
	buf_done(&outbox.buffer);
	buf_init(&outbox.buffer, 10);
	add(STR("short"));
	ck_assert_int_eq(flush(), OUTBOX_FAILED);
	ck_assert_uint_eq(read_all(), 0);
}
END_TEST

START_TEST(a_lost_connection_is_reported)
{
	close(fds[1]);
	fds[1] = -1;
	add(STR("short"));
	ck_assert_int_eq(flush(), OUTBOX_FAILED);
}
END_TEST

START_TEST(sent_bytes_are_counted_with_those_that_the_socket_held)
{
	ck_assert_int_eq(send(fds[0], "before", 6, 0), 6);
	outbox_restart_count(&outbox, fds[0]);
	uint64_t held = outbox.sent;
	ck_assert_uint_gt(held, 0);
	add(STR("short"));
	size_t n = buf_len(&outbox.buffer);
	ck_assert_int_eq(flush(), OUTBOX_EMPTY);
	ck_assert_uint_eq(outbox.sent, held + n);
	ck_assert_uint_gt(outbox_unacknowledged(fds[0]), held);
	read_all();
	ck_assert_uint_eq(outbox_unacknowledged(fds[0]), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("outbox");
	TCase *tests = tcase_create("outbox");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_short_answer_is_copied_and_sent);
	tcase_add_test(tests, a_long_answer_is_pinned_until_it_is_sent);
	tcase_add_test(tests, an_outbox_that_is_dropped_unpins_its_answer);
	tcase_add_test(tests, an_empty_buffer_is_given_back);
	tcase_add_test(tests, an_incomplete_answer_is_not_sent);
	tcase_add_test(tests, a_lost_connection_is_reported);
	tcase_add_test(tests, sent_bytes_are_counted_with_those_that_the_socket_held);
	suite_add_tcase(suite, tests);
	return suite;
}
