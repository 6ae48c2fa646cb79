#include "frame.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
	const char *what;
	struct str bytes;
	enum frame_status status;
	struct str payload;
} frames[] = {
	{ "nothing", STR_INIT(""), FRAME_PART, STR_INIT("") },
	{ "part of a length", STR_INIT("\0\0\0"), FRAME_PART, STR_INIT("") },
	{ "a length of 0", STR_INIT("\0\0\0\0"), FRAME_BAD, STR_INIT("") },
	{ "a length of 0 and a byte", STR_INIT("\0\0\0\0x"), FRAME_BAD, STR_INIT("") },
	{ "one byte", STR_INIT("\0\0\0\1x"), FRAME_WHOLE, STR_INIT("x") },
	{ "two frames", STR_INIT("\0\0\0\2xy\0\0\0\1z"), FRAME_WHOLE, STR_INIT("xy") },
	{ "payload of NUL", STR_INIT("\0\0\0\3\0\0\0"), FRAME_WHOLE, STR_INIT("\0\0\0") },
	{ "the longest, not all there", STR_INIT("\4\0\0\0x"), FRAME_PART, STR_INIT("") },
	{ "one byte too long", STR_INIT("\4\0\0\1x"), FRAME_BAD, STR_INIT("") },
	{ "4 GiB", STR_INIT("\xff\xff\xff\xffx"), FRAME_BAD, STR_INIT("") },
};

START_TEST(frames_are_parsed)
{
	struct str payload = STR("");
	size_t size = 0;

	ck_assert_msg(frame_parse(frames[_i].bytes, &payload, &size) == frames[_i].status, "%s",
		frames[_i].what);
	ck_assert_slice_eq(payload, frames[_i].payload);
	if (frames[_i].status == FRAME_WHOLE)
		ck_assert_uint_eq(size, FRAME_HEADER + payload.len);
}
END_TEST

/* A frame of 300 bytes, whose length takes two bytes, after other bytes that are consumed. */
static struct str long_frame(struct buf *out)
{
	buf_str(out, STR("before"));
	size_t begin = frame_begin(out);
	for (int i = 0; i < 300; i++)
		buf_char(out, (char)i);
	frame_end(out, begin);
	buf_consume(out, 6);
	ck_assert(!out->failed);
	return buf_view(out);
}

START_TEST(a_frame_cut_at_any_byte_is_a_part)
{
	struct buf out;
	struct str payload;
	size_t size;

	buf_init(&out, 1000);
	struct str whole = long_frame(&out);
	ck_assert_uint_eq(whole.len, FRAME_HEADER + 300);
	for (size_t n = 0; n < whole.len; n++) {
		enum frame_status status =
			frame_parse((struct str){ whole.ptr, n }, &payload, &size);
		ck_assert_msg(status == FRAME_PART, "%zu bytes", n);
	}
	ck_assert_int_eq(frame_parse(whole, &payload, &size), FRAME_WHOLE);
	ck_assert_slice_eq(payload, str_from_index(whole, FRAME_HEADER));
	buf_done(&out);
}
END_TEST

START_TEST(an_empty_frame_fails_the_buffer)
{
	struct buf out;

	buf_init(&out, 1000);
	frame_end(&out, frame_begin(&out));
	ck_assert(out.failed);
	buf_done(&out);
}
END_TEST

START_TEST(a_frame_that_is_too_long_fails_the_buffer)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	size_t begin = frame_begin(&out);
	buf_reserve(&out, FRAME_MAX + 1);
	buf_commit(&out, FRAME_MAX);
	frame_end(&out, begin);
	ck_assert(!out.failed);
	ck_assert_int_eq(memcmp(buf_view(&out).ptr, "\4\0\0\0", 4), 0);
	buf_commit(&out, 1);
	frame_end(&out, begin);
	ck_assert(out.failed);
	buf_done(&out);
}
END_TEST

/* Links. */

enum { OUT_MAX = 8 * 1024 * 1024 };

static struct link a, b;

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	link_init(&a, fds[0], OUT_MAX);
	link_init(&b, fds[1], OUT_MAX);
}

static void teardown(void)
{
	link_done(&a);
	link_done(&b);
}

START_TEST(bytes_go_both_ways)
{
	buf_str(&a.out, STR("ping\0"));
	buf_str(&b.out, STR("pong\0"));
	ck_assert_int_eq(link_flush(&a), LINK_OK);
	ck_assert_int_eq(link_flush(&b), LINK_OK);
	ck_assert_int_eq(link_read(&a), LINK_OK);
	ck_assert_int_eq(link_read(&b), LINK_OK);
	ck_assert_slice_eq(buf_view(&a.in), STR("pong\0"));
	ck_assert_slice_eq(buf_view(&b.in), STR("ping\0"));
	ck_assert_uint_eq(buf_len(&a.out), 0);
}
END_TEST

START_TEST(reading_and_flushing_nothing_succeeds)
{
	ck_assert_int_eq(link_flush(&a), LINK_OK);
	ck_assert_int_eq(link_read(&a), LINK_OK);
	ck_assert_uint_eq(buf_len(&a.in), 0);
}
END_TEST

/* More bytes than a socket holds arrive in parts, without losses or duplicates. */
START_TEST(bytes_that_do_not_fit_wait)
{
	enum { TOTAL = 3 * 1024 * 1024 };
	unsigned flushes = 0;
	size_t received = 0;

	for (unsigned i = 0; i < TOTAL / 4; i++)
		buf_append(&a.out, &i, 4);
	while (received < TOTAL) {
		enum link_status status = link_flush(&a);
		ck_assert_int_eq(status, buf_len(&a.out) > 0 ? LINK_AGAIN : LINK_OK);
		flushes++;
		ck_assert_int_eq(link_read(&b), LINK_OK);
		received += buf_len(&b.in) / 4 * 4;
		/* Check the last number of each read: lost or repeated bytes would change it. */
		unsigned last;
		size_t n = buf_len(&b.in) / 4 * 4;
		ck_assert_uint_gt(n, 0);
		memcpy(&last, buf_view(&b.in).ptr + n - 4, 4);
		ck_assert_uint_eq(last, received / 4 - 1);
		buf_consume(&b.in, n);
	}
	ck_assert_uint_gt(flushes, 2);
	ck_assert_uint_eq(buf_len(&a.out), 0);
}
END_TEST

/* A peer that sends without pause must not block other connections. */
START_TEST(a_read_is_bounded)
{
	int size = 4 * 1024 * 1024;
	char *bytes = calloc(1, (size_t)size);

	setsockopt(a.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	ssize_t sent = send(a.fd, bytes, (size_t)size, 0);
	free(bytes);
	ck_assert_int_gt(sent, 0);
	ck_assert_int_eq(link_read(&b), LINK_OK);
	ck_assert_uint_le(buf_len(&b.in), 1024 * 1024);
	for (int i = 0; i < 100 && buf_len(&b.in) < (size_t)sent; i++)
		ck_assert_int_eq(link_read(&b), LINK_OK);
	ck_assert_uint_eq(buf_len(&b.in), (size_t)sent);
}
END_TEST

START_TEST(bytes_before_the_end_are_received)
{
	buf_str(&a.out, STR("last words"));
	ck_assert_int_eq(link_flush(&a), LINK_OK);
	link_done(&a);
	while (link_read(&b) == LINK_OK)
		continue;
	ck_assert_int_eq(errno, 0);
	ck_assert_slice_eq(buf_view(&b.in), STR("last words"));
}
END_TEST

START_TEST(writing_to_a_closed_peer_fails)
{
	link_done(&a);
	buf_str(&b.out, STR("anybody?"));
	ck_assert_int_eq(link_flush(&b), LINK_CLOSED);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

START_TEST(a_failed_buffer_sends_nothing)
{
	buf_str(&a.out, STR("some"));
	buf_reserve(&a.out, OUT_MAX);
	ck_assert_int_eq(link_flush(&a), LINK_CLOSED);
	ck_assert_int_eq(errno, ENOBUFS);
	ck_assert_int_eq(link_read(&b), LINK_OK);
	ck_assert_uint_eq(buf_len(&b.in), 0);
}
END_TEST

START_TEST(done_closes_once)
{
	int fd = a.fd;

	link_done(&a);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(a.fd, -1);
	link_done(&a);
}
END_TEST

/* The buffer holds all but the last byte of the longest frame. One read receives that byte and more
 * bytes after it, up to the end of the buffer's memory. */
START_TEST(bytes_after_the_longest_frame_do_not_fail)
{
	enum { ROOM = 246000, PART = FRAME_HEADER + FRAME_MAX - 1 };
	static char more[ROOM];
	int size = 1024 * 1024;

	setsockopt(a.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ck_assert_int_eq(send(a.fd, more, ROOM, 0), ROOM);
	/* 128 MiB are allocated; PART bytes of them are in use, ROOM bytes are left at the end. */
	buf_reserve(&b.in, FRAME_MAX + 1);
	buf_commit(&b.in, FRAME_MAX + 1);
	buf_consume(&b.in, 2 * (size_t)FRAME_MAX - PART - ROOM);
	buf_reserve(&b.in, PART - buf_len(&b.in));
	buf_commit(&b.in, PART - buf_len(&b.in));
	ck_assert_uint_eq(b.in.size - b.in.end, ROOM);
	ck_assert_int_eq(link_read(&b), LINK_OK);
	ck_assert_uint_eq(buf_len(&b.in), PART + ROOM);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("frame");
	TCase *tests = tcase_create("frame");
	TCase *links = tcase_create("link");

	tcase_add_loop_test(tests, frames_are_parsed, 0, (int)NITEMS(frames));
	tcase_add_test(tests, a_frame_cut_at_any_byte_is_a_part);
	tcase_add_test(tests, an_empty_frame_fails_the_buffer);
	tcase_add_test(tests, a_frame_that_is_too_long_fails_the_buffer);
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(links, setup, teardown);
	tcase_add_test(links, bytes_go_both_ways);
	tcase_add_test(links, reading_and_flushing_nothing_succeeds);
	tcase_add_test(links, bytes_that_do_not_fit_wait);
	tcase_add_test(links, a_read_is_bounded);
	tcase_add_test(links, bytes_before_the_end_are_received);
	tcase_add_test(links, writing_to_a_closed_peer_fails);
	tcase_add_test(links, a_failed_buffer_sends_nothing);
	tcase_add_test(links, done_closes_once);
	tcase_add_test(links, bytes_after_the_longest_frame_do_not_fail);
	suite_add_tcase(suite, links);
	return suite;
}
