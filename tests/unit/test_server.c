/* How a server stops and drains, over an engine without a database, and its states. */
#include "server.h"

#include "codec.h"
#include "declaration.h"
#include "earlier.h"
#include "fake_engine.h"
#include "frame.h"
#include "net.h"
#include "sample.h"
#include "server_state.h"
#include "suite.h"
#include "turn.h"

#include <errno.h>
#include <unistd.h>

enum { FOREVER_MS = 3600 * 1000 };

static struct fake_engine reader, writer;
static struct arena arena;
static struct loop *loop;
static struct writer *thread;
static struct server *server;
static struct link worker;
static int listener;
static bool parted;

static void on_parted(void *context)
{
	(void)context;
	parted = true;
	writer_stop(thread);
	thread = NULL;
}

static char address[64]; /* of the listener */

static void setup(void)
{
	static const struct database_url url;

	fake_engine_init(&reader);
	fake_engine_init(&writer);
	loop = loop_new();
	thread = writer_start(&writer.engine);
	listener = net_listen_abstract(8, address, sizeof(address));
	ck_assert_int_ge(listener, 0);
	server = server_new(loop, &(struct server_plan){
					  .listener = listener,
					  .writer = thread,
					  .reader = &reader.engine,
					  .source = { &reader.ops, &url },
					  .on_parted = on_parted,
				  });
	link_init(&worker, net_connect_abstract(address), SIZE_MAX / 2);
	ck_assert_int_ge(worker.fd, 0);
	codec_encode_hello(&worker.out, api->fingerprint);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
	loop_settle(loop);
}

static void teardown(void)
{
	server_free(server);
	if (thread)
		writer_stop(thread);
	if (worker.fd >= 0)
		link_done(&worker);
	loop_free(loop);
	close(listener);
	arena_done(&arena);
}

/* Takes a frame that the server has sent; "" if there is none. */
static struct str take_payload(void)
{
	struct str payload;
	size_t size;

	if (link_read(&worker) == LINK_CLOSED)
		ck_assert_int_eq(errno, 0);
	if (frame_parse(buf_view(&worker.in), &payload, &size) != FRAME_WHOLE)
		return STR("");
	buf_consume(&worker.in, size);
	return payload;
}

static void take_hello(void)
{
	const char *error;

	ck_assert_msg(codec_check_hello(take_payload(), api->fingerprint, &error), "%s", error);
}

/* What the worker in setup has said is taken; this is another one. Its hello has this fingerprint.
 */
static void greet_as(uint64_t fingerprint)
{
	link_done(&worker);
	link_init(&worker, net_connect_abstract(address), SIZE_MAX / 2);
	ck_assert_int_ge(worker.fd, 0);
	codec_encode_hello(&worker.out, fingerprint);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
	loop_settle(loop);
}

START_TEST(a_worker_with_an_earlier_declaration_is_greeted_with_it)
{
	const struct api *earlier = sample_read_api(
		STR("{\"resources\":{\"user\":{\"fields\":{\"f\":{\"type\":\"text\"}}}}}"));
	const char *error;

	earlier_use((const struct api *const[]){ api, earlier }, 2);
	greet_as(earlier->fingerprint);
	ck_assert_msg(codec_check_hello(take_payload(), earlier->fingerprint, &error), "%s", error);
	earlier_use(&api, 1);
	greet_as(earlier->fingerprint);
	ck_assert_int_eq(link_read(&worker), LINK_CLOSED);
	ck_assert_uint_eq(buf_len(&worker.in), 0);
	declaration_free(earlier);
}
END_TEST

static void send_command(enum action action)
{
	struct command c = { .id = 7,
		.deadline = UINT64_MAX,
		.action = action,
		.resource = api->resources[0],
		.key = key_int(1),
		.record = sample_input(&arena, api->resources[0], 1) };

	codec_encode_command(&worker.out, &c);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
}

static void expect_reply(enum status status)
{
	struct reply reply;
	const char *error;

	while (buf_len(&worker.in) == 0) {
		loop_settle(loop);
		ck_assert_int_ne(link_read(&worker), LINK_CLOSED);
	}
	ck_assert_msg(codec_decode_reply(take_payload(), api, &reply, &error), "%s", error);
	ck_assert_int_eq(reply.status, status);
	ck_assert_uint_eq(reply.id, 7);
}

START_TEST(reads_and_writes_are_answered)
{
	take_hello();
	send_command(ACTION_READ);
	expect_reply(STATUS_FAULT);
	ck_assert_str_eq(reader.calls, "begin-read open next");
	ck_assert(!reader.in_snapshot);
	send_command(ACTION_CREATE);
	expect_reply(STATUS_ROWS);
	ck_assert_str_eq(writer.calls, "ready begin insert commit");
}
END_TEST

START_TEST(a_confirm_is_answered_at_once)
{
	take_hello();
	codec_encode_confirm(&worker.out, 7, UINT64_MAX);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
	expect_reply(STATUS_DONE);
	ck_assert_str_eq(reader.calls, "");
	ck_assert_str_eq(writer.calls, "");
}
END_TEST

START_TEST(a_snapshot_that_cannot_begin_is_a_fault)
{
	take_hello();
	reader.failure =
		(struct fake_failure){ "begin-read", 0, FAULT_LOCKED, TRANSACTION_NONE, 0 };
	send_command(ACTION_READ);
	expect_reply(STATUS_FAULT);
	ck_assert_str_eq(reader.calls, "begin-read");
}
END_TEST

START_TEST(a_stop_waits_for_the_worker_to_leave)
{
	take_hello();
	server_stop(server, FOREVER_MS);
	loop_settle(loop);
	send_command(ACTION_CREATE);
	expect_reply(STATUS_ROWS);
	link_done(&worker);
	loop_run(loop);
	ck_assert(!parted);
}
END_TEST

START_TEST(a_stop_does_not_wait_beyond_its_patience)
{
	take_hello();
	server_stop(server, 1);
	loop_run(loop);
	ck_assert(!parted);
}
END_TEST

START_TEST(a_drain_answers_says_bye_and_ends)
{
	struct buf bye;

	take_hello();
	send_command(ACTION_CREATE);
	server_drain(server, FOREVER_MS);
	loop_run(loop);
	ck_assert(parted);
	ck_assert_str_eq(writer.calls, "ready begin insert commit");
	expect_reply(STATUS_ROWS);
	buf_init(&bye, FRAME_MAX);
	codec_encode_bye(&bye);
	struct str frame = str_from_index(buf_view(&bye), FRAME_HEADER);
	ck_assert_slice_eq(take_payload(), frame);
	buf_done(&bye);
}
END_TEST

START_TEST(a_stop_can_become_a_drain)
{
	take_hello();
	server_stop(server, FOREVER_MS);
	loop_settle(loop);
	server_drain(server, FOREVER_MS);
	loop_run(loop);
	ck_assert(parted);
}
END_TEST

START_TEST(a_drain_stays_one_when_it_is_stopped)
{
	take_hello();
	server_drain(server, FOREVER_MS);
	server_stop(server, FOREVER_MS);
	loop_run(loop);
	ck_assert(parted);
}
END_TEST

/* States. */

static const struct {
	enum server_event events[4];
	unsigned count;
	enum server_state state;
} ways[] = {
	{ { 0 }, 0, SERVER_SERVES },
	{ { SERVER_DONE, SERVER_PATIENCE, SERVER_STUCK }, 3, SERVER_SERVES },
	{ { SERVER_STOP }, 1, SERVER_LEAVES },
	{ { SERVER_STOP, SERVER_STOP }, 2, SERVER_LEAVES },
	{ { SERVER_STOP, SERVER_DONE }, 2, SERVER_ENDED },
	{ { SERVER_STOP, SERVER_PATIENCE }, 2, SERVER_CLOSES },
	{ { SERVER_STOP, SERVER_PATIENCE, SERVER_DRAIN }, 3, SERVER_CLOSES },
	{ { SERVER_STOP, SERVER_PATIENCE, SERVER_PATIENCE }, 3, SERVER_CLOSES },
	{ { SERVER_STOP, SERVER_PATIENCE, SERVER_DONE }, 3, SERVER_ENDED },
	{ { SERVER_STOP, SERVER_PATIENCE, SERVER_STUCK }, 3, SERVER_ENDED },
	{ { SERVER_DRAIN }, 1, SERVER_DRAINS },
	{ { SERVER_STOP, SERVER_DRAIN }, 2, SERVER_DRAINS },
	{ { SERVER_DRAIN, SERVER_STOP, SERVER_PATIENCE }, 3, SERVER_DRAINS },
	{ { SERVER_DRAIN, SERVER_STUCK }, 2, SERVER_ENDED },
	{ { SERVER_DRAIN, SERVER_DONE }, 2, SERVER_PARTED },
	{ { SERVER_DRAIN, SERVER_DONE, SERVER_STOP, SERVER_DRAIN }, 4, SERVER_PARTED },
	{ { SERVER_DRAIN, SERVER_DONE, SERVER_DONE }, 3, SERVER_ENDED },
	{ { SERVER_DRAIN, SERVER_DONE, SERVER_PATIENCE }, 3, SERVER_ENDED },
	{ { SERVER_DRAIN, SERVER_DONE, SERVER_STUCK }, 3, SERVER_ENDED },
};

START_TEST(events_lead_from_state_to_state)
{
	enum server_state state = SERVER_SERVES;

	for (unsigned i = 0; i < ways[_i].count; i++)
		state = server_state_after(state, ways[_i].events[i]);
	ck_assert_int_eq(state, ways[_i].state);
}
END_TEST

START_TEST(nothing_leads_out_of_the_end_or_back)
{
	for (int state = 0; state < SERVER_STATE__COUNT; state++) {
		for (int event = 0; event < SERVER_EVENT__COUNT; event++) {
			enum server_state after = server_state_after(
				(enum server_state)state, (enum server_event)event);
			ck_assert_int_ge(after, state);
			if (state == SERVER_ENDED)
				ck_assert_int_eq(after, SERVER_ENDED);
			/* What has ended does not begin again. */
			if (!server_state_duties((enum server_state)state).accepts)
				ck_assert(!server_state_duties(after).accepts);
			if (!server_state_duties((enum server_state)state).answers)
				ck_assert(!server_state_duties(after).answers);
		}
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("server");
	TCase *tc = tcase_create("sockets");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_worker_with_an_earlier_declaration_is_greeted_with_it);
	tcase_add_test(tc, reads_and_writes_are_answered);
	tcase_add_test(tc, a_confirm_is_answered_at_once);
	tcase_add_test(tc, a_snapshot_that_cannot_begin_is_a_fault);
	tcase_add_test(tc, a_stop_waits_for_the_worker_to_leave);
	tcase_add_test(tc, a_stop_does_not_wait_beyond_its_patience);
	tcase_add_test(tc, a_drain_answers_says_bye_and_ends);
	tcase_add_test(tc, a_stop_can_become_a_drain);
	tcase_add_test(tc, a_drain_stays_one_when_it_is_stopped);
	suite_add_tcase(suite, tc);
	tc = tcase_create("states");
	tcase_add_loop_test(tc, events_lead_from_state_to_state, 0, (int)NITEMS(ways));
	tcase_add_test(tc, nothing_leads_out_of_the_end_or_back);
	suite_add_tcase(suite, tc);
	return suite;
}
