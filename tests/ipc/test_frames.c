/* Bytes to the real dbd: frames cut at every byte, and invalid frames, handshakes and commands.
 * Invalid ones close their own connection and no other. */
#include "one_dbd.h"
#include "sample.h"
#include "suite.h"

#include <unistd.h>

/* The connection of `client` must work. When its reply arrives, dbd has also read what others sent
 * before. */
static void must_be_served(void)
{
	struct reply reply = client_ask(&client,
		&(struct command){ .id = 9, .action = ACTION_LIST, .resource = api->resources[0] });

	ck_assert_uint_eq(reply.id, 9);
	ck_assert_int_eq(reply.status, STATUS_ROWS);
}

static void send_bytes(struct client *c, struct str bytes)
{
	buf_str(&c->link.out, bytes);
	client_flush(c);
}

static void send_payload(struct client *c, struct str payload)
{
	size_t begin = frame_begin(&c->link.out);

	buf_str(&c->link.out, payload);
	frame_end(&c->link.out, begin);
	client_flush(c);
}

/* Cuts. */

/* The frames of two commands. */
static struct str two_frames(unsigned n)
{
	struct buf out;
	struct command c = sample_create(&arena, api->resources[0], 1, n);

	c.deadline = UINT64_MAX;
	buf_init(&out, FRAME_MAX);
	codec_encode_command(&out, &c);
	c.id = 2;
	c.action = ACTION_READ;
	c.key = key_int(-1);
	codec_encode_command(&out, &c);
	struct str frames = arena_copy(&arena, buf_view(&out));
	buf_done(&out);
	return frames;
}

static void must_answer_both(struct client *c)
{
	uint64_t ids = 0;

	for (int i = 0; i < 2; i++) {
		struct reply reply = client_take_reply(c);
		ck_assert_int_eq(reply.status, reply.id == 1 ? STATUS_ROWS : STATUS_FAULT);
		ids += reply.id;
	}
	ck_assert_uint_eq(ids, 3);
}

START_TEST(frames_may_be_cut_at_every_byte)
{
	struct client cut;
	size_t size = two_frames(1000).len;

	client_open(&cut, &dbd);
	for (unsigned at = 1; at < size; at++) {
		struct str frames = two_frames(1000 + at);
		send_bytes(&cut, (struct str){ frames.ptr, at });
		must_be_served();
		send_bytes(&cut, str_from_index(frames, at));
		must_answer_both(&cut);
	}
	client_close(&cut);
}
END_TEST

START_TEST(handshake_and_frames_may_come_byte_by_byte)
{
	struct client slow;
	struct buf hello;
	const char *error;

	buf_init(&hello, FRAME_MAX);
	codec_encode_hello(&hello, api->fingerprint, 0);
	client_connect(&slow, &dbd);
	struct str parts[] = { buf_view(&hello), two_frames(1) };
	for (size_t i = 0; i < NITEMS(parts); i++) {
		for (size_t at = 0; at < parts[i].len; at++) {
			send_bytes(&slow, (struct str){ parts[i].ptr + at, 1 });
			must_be_served();
		}
	}
	ck_assert(codec_check_hello(client_take_payload(&slow), api->fingerprint, NULL, &error));
	must_answer_both(&slow);
	client_close(&slow);
	buf_done(&hello);
}
END_TEST

START_TEST(handshake_and_commands_may_come_at_once)
{
	struct client eager;
	const char *error;

	client_connect(&eager, &dbd);
	codec_encode_hello(&eager.link.out, api->fingerprint, 0);
	send_bytes(&eager, two_frames(1));
	ck_assert(codec_check_hello(client_take_payload(&eager), api->fingerprint, NULL, &error));
	must_answer_both(&eager);
	client_close(&eager);
}
END_TEST

START_TEST(a_client_may_leave_within_a_frame)
{
	struct str frames = two_frames(1);

	for (size_t at = 0; at < frames.len; at += 7) {
		struct client leaver;
		client_open(&leaver, &dbd);
		send_bytes(&leaver, (struct str){ frames.ptr, at });
		client_close(&leaver);
	}
	must_be_served();
}
END_TEST

/* Invalid commands. */

#define LATER     "\xcf\xff\xff\xff\xff\xff\xff\xff\xff" /* a deadline */
#define HEAD      "invalid id, deadline or action of a command"
#define ARGUMENTS "invalid arguments of a command"

/* users: bit 1 is the name, bit 2 the e-mail address */
#define CREATE     "\x96\x01" LATER "\x01\x00\x00"
#define UPDATE     "\x96\x01" LATER "\x03\x00\x01"
#define FIFTY_X    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define PAYLOAD(p) STR_INIT(p)

static const struct {
	struct str payload;
	const char *why;
} bad_payloads[] = {
	{ PAYLOAD("\xc1"), HEAD },
	{ PAYLOAD("\x95\x01" LATER "\x00\x00"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x00\x00\xc0\x00"), ARGUMENTS },
	{ PAYLOAD("\x80"), HEAD },
	{ PAYLOAD("\xdd\xff\xff\xff\xff"), HEAD },
	{ PAYLOAD("\xdb\xff\xff\xff\xff"), HEAD },
	{ PAYLOAD("\xcb\x00\x00\x00\x00\x00\x00\x00\x00"), HEAD },
	{ PAYLOAD("\x01"), HEAD },
	{ PAYLOAD("\x90"), HEAD },
	{ PAYLOAD("\x92\x01\x02"), "invalid demand" },
	{ PAYLOAD("\x92\xff\x00"), "invalid demand" },
	{ PAYLOAD("\x94\xff" LATER "\x00\x00"), HEAD },
	{ PAYLOAD("\x94\xa1x" LATER "\x00\x00"), HEAD },
	{ PAYLOAD("\x94\x01\xc0\x00\x00"), HEAD },
	{ PAYLOAD("\x94\x01" LATER "\x7f\x00"), HEAD },
	{ PAYLOAD("\x94\x01" LATER "\xff\x00"), HEAD },
	{ PAYLOAD("\x93\x01" LATER "\x00"), "invalid confirm" },
	{ PAYLOAD("\x93\x01" LATER "\xa7"
		  "confirn"),
		"invalid confirm" },
	{ PAYLOAD("\x93\x01" LATER "\xa7"
		  "confirm\xc0"),
		"invalid confirm" },
	{ PAYLOAD("\x93\xff" LATER "\xa7"
		  "confirm"),
		"invalid confirm" },
	{ PAYLOAD("\x93\x01\xff\xa7"
		  "confirm"),
		"invalid confirm" },
	{ PAYLOAD("\x95\x01" LATER "\x00\x00\x00"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x00\x63\xc0"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x00\xa1x\xc0"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x00\x00\x91\x01"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x00\x00\x94\x01\x01\x01\x01"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x00\x00\x92\x01\xff"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x00\x00\x92\xa1x\x01"), ARGUMENTS },
	{ PAYLOAD("\x96\x01" LATER "\x04\x00\x01\xa7"
		  "1234567"),
		ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x02\x00\xa1x"), ARGUMENTS },
	{ PAYLOAD("\x95\x01" LATER "\x02\x00" LATER), ARGUMENTS },
	{ PAYLOAD("\x96\x01" LATER "\x01\x00\x01\x93\x06\xa1x\xa1y"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x92\x02\xa1x"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x93\x06\xa1x\xc0"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x93\x06\xa1x\x07"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x92\x06\xa1x"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x94\x06\xa1x\xa1y\xa1z"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x94\x07\x01\xa1x\xa1y"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x94\x0e\xa1x\xa1y\xa1z"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x93\x06\xa0\xa1y"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x93\x06\xd9\x33" FIFTY_X "x\xa1y"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x93\x06\xa1\xff\xa1y"), ARGUMENTS },
	{ PAYLOAD(CREATE "\x93\x06\xa3\xed\xa0\x80\xa1y"), ARGUMENTS },
	{ PAYLOAD(UPDATE "\x92\x01\x05"), ARGUMENTS },
	{ PAYLOAD(UPDATE "\x06"), ARGUMENTS },
};

/* dbd must close the connection and log the reason; closes the client's end, too. */
static void must_be_refused(struct client *bad, const char *why)
{
	client_must_be_closed(bad);
	client_close(bad);
	ck_assert_msg(strstr(dbd_log(&dbd), why), "not logged: %s\n%s", why, dbd_log(&dbd));
	must_be_served();
}

START_TEST(a_bad_payload_closes_its_own_connection)
{
	struct client bad;

	client_open(&bad, &dbd);
	send_payload(&bad, bad_payloads[_i].payload);
	must_be_refused(&bad, bad_payloads[_i].why);
}
END_TEST

START_TEST(deeply_nested_arrays_are_refused)
{
	struct client bad;

	client_open(&bad, &dbd);
	size_t begin = frame_begin(&bad.link.out);
	for (int depth = 0; depth < 100000; depth++)
		buf_char(&bad.link.out, '\x91');
	buf_char(&bad.link.out, '\0');
	frame_end(&bad.link.out, begin);
	client_flush(&bad);
	must_be_refused(&bad, HEAD);
}
END_TEST

static const struct str bad_lengths[] = {
	STR_INIT("\0\0\0\0"),
	STR_INIT("\x04\x00\x00\x01"),
	STR_INIT("\xff\xff\xff\xff"),
	STR_INIT("GET / HTTP/1.1\r\n\r\n"),
};

START_TEST(an_invalid_length_is_refused_before_the_payload_arrives)
{
	for (int with_hello = 0; with_hello <= 1; with_hello++) {
		struct client bad;
		if (with_hello)
			client_open(&bad, &dbd);
		else
			client_connect(&bad, &dbd);
		send_bytes(&bad, bad_lengths[_i]);
		must_be_refused(&bad, "the length of a frame is not allowed");
	}
}
END_TEST

START_TEST(commands_before_a_bad_frame_are_run)
{
	struct client bad;
	struct command c = sample_create(&arena, api->resources[0], 1, 1);

	client_open(&bad, &dbd);
	client_put(&bad, &c);
	send_bytes(&bad, STR("\0\0\0\0"));
	must_be_refused(&bad, "the length of a frame is not allowed");
	/* A read might come before its commit. */
	ck_assert_int_eq(client_ask(&client, &c).fault, FAULT_CONFLICT);
}
END_TEST

/* Handshakes. */

static const struct {
	struct str payload;
	const char *why;
} bad_handshakes[] = {
	{ PAYLOAD("\x94\x01" LATER "\x00\x00"), "not a Postern handshake" },
	{ PAYLOAD("\x93\xa7nostern\x01" LATER), "not a Postern handshake" },
	{ PAYLOAD("\x93\xa7postern\x01" LATER), "another version of the protocol" },
	{ PAYLOAD("\x94\xa7postern\x0e" LATER "\x00"), "another declaration of the API" },
	{ PAYLOAD("\x93\xa7postern\x0e" LATER), "not a Postern handshake" },
	{ PAYLOAD("\x92\xa7postern\x01"), "not a Postern handshake" },
	{ PAYLOAD("\xa7postern"), "not a Postern handshake" },
};

START_TEST(a_bad_handshake_is_refused)
{
	struct client bad;

	client_connect(&bad, &dbd);
	send_payload(&bad, bad_handshakes[_i].payload);
	must_be_refused(&bad, bad_handshakes[_i].why);
}
END_TEST

START_TEST(a_second_handshake_is_refused)
{
	struct client bad;

	client_open(&bad, &dbd);
	codec_encode_hello(&bad.link.out, api->fingerprint, 0);
	client_flush(&bad);
	must_be_refused(&bad, "invalid id, deadline or action of a command");
}
END_TEST

START_TEST(a_silent_client_is_closed_after_a_timeout)
{
	struct client silent;

	client_connect(&silent, &dbd);
	must_be_refused(&silent, "it has not said hello");
}
END_TEST

/* Needs root, which can connect as another user. */
START_TEST(another_user_is_refused)
{
	enum { NOBODY = 65534 };
	struct client stranger;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(seteuid(NOBODY), 0);
	client_connect(&stranger, &dbd);
	ck_assert_int_eq(seteuid(0), 0);
	must_be_refused(&stranger, "it runs as another user");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("frames");
	TCase *tc = tcase_create("bytes");

	tcase_add_checked_fixture(tc, one_dbd_setup_in_memory, one_dbd_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, frames_may_be_cut_at_every_byte);
	tcase_add_test(tc, handshake_and_frames_may_come_byte_by_byte);
	tcase_add_test(tc, handshake_and_commands_may_come_at_once);
	tcase_add_test(tc, a_client_may_leave_within_a_frame);
	tcase_add_loop_test(tc, a_bad_payload_closes_its_own_connection, 0, NITEMS(bad_payloads));
	tcase_add_test(tc, deeply_nested_arrays_are_refused);
	tcase_add_loop_test(tc, an_invalid_length_is_refused_before_the_payload_arrives, 0,
		NITEMS(bad_lengths));
	tcase_add_test(tc, commands_before_a_bad_frame_are_run);
	tcase_add_loop_test(tc, a_bad_handshake_is_refused, 0, NITEMS(bad_handshakes));
	tcase_add_test(tc, a_second_handshake_is_refused);
	tcase_add_test(tc, a_silent_client_is_closed_after_a_timeout);
	tcase_add_test(tc, another_user_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
