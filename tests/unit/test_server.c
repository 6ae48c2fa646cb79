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
#include "stats.h"
#include "suite.h"
#include "turn.h"
#include "writer.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { FOREVER_MS = 3600 * 1000 };

static struct fake_engine reader, writer;
static struct arena arena;
static struct loop *loop;
static struct writer *thread;
static struct writer *stopped; /* not freed yet */
static struct server *server;
static struct link worker;
static int listener;
static bool parted;

static void stop_writer(void)
{
	if (!thread)
		return;
	writer_stop(thread);
	stopped = thread;
	thread = NULL;
}

static void on_parted(void *context)
{
	(void)context;
	parted = true;
	stop_writer();
}

static char address[64]; /* of the listener */
static const struct database_url url;

/* Starts the server, and connects a worker that says its hello. */
static void serve(struct server_plan plan)
{
	listener = net_listen_abstract(8, address, sizeof(address));
	ck_assert_int_ge(listener, 0);
	plan.listener = listener;
	plan.on_parted = on_parted;
	server = server_new(loop, &plan);
	link_init(&worker, net_connect_abstract(address), SIZE_MAX / 2);
	ck_assert_int_ge(worker.fd, 0);
	codec_encode_hello(&worker.out, api->fingerprint, 0);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
	loop_settle(loop);
}

static void start_writer(void)
{
	fake_engine_init(&reader);
	fake_engine_init(&writer);
	loop = loop_new();
	thread = writer_start(loop, &writer.engine);
}

static void setup(void)
{
	start_writer();
	serve((struct server_plan){
		.runner = writer_runner(thread),
		.reader = &reader.engine,
		.source = { &reader.ops, &url, STREAMS_MAX },
	});
}

/* As with a database in memory. */
static void setup_with_one_engine(void)
{
	start_writer();
	serve((struct server_plan){ .runner = writer_runner(thread) });
}

static void teardown(void)
{
	server_free(server);
	stop_writer();
	if (stopped)
		writer_free(stopped);
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

	ck_assert_msg(
		codec_check_hello(take_payload(), api->fingerprint, NULL, &error), "%s", error);
}

/* What the worker in setup has said is taken; this is another one. Its hello has this fingerprint.
 */
static void greet_as(uint64_t fingerprint)
{
	link_done(&worker);
	link_init(&worker, net_connect_abstract(address), SIZE_MAX / 2);
	ck_assert_int_ge(worker.fd, 0);
	codec_encode_hello(&worker.out, fingerprint, 0);
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
	ck_assert_msg(
		codec_check_hello(take_payload(), earlier->fingerprint, NULL, &error), "%s", error);
	earlier_use(&api, 1);
	greet_as(earlier->fingerprint);
	ck_assert_int_eq(link_read(&worker), LINK_CLOSED);
	ck_assert_uint_eq(buf_len(&worker.in), 0);
	declaration_free(earlier);
}
END_TEST

static void put_command(enum action action)
{
	struct command c = { .id = 7,
		.deadline = UINT64_MAX,
		.action = action,
		.resource = api->resources[0],
		.key = key_int(1),
		.record = sample_input(&arena, api->resources[0], 1) };

	codec_encode_command(&worker.out, &c);
}

static void send_command(enum action action)
{
	put_command(action);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
}

/* Awaits one. */
static struct reply take_reply(void)
{
	struct str payload = take_payload();
	struct reply reply;
	const char *error;

	for (; payload.len == 0; payload = take_payload())
		loop_settle(loop);
	ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
	ck_assert_uint_eq(reply.id, 7);
	return reply;
}

static void expect_reply(enum status status)
{
	ck_assert_int_eq(take_reply().status, status);
}

static void expect_bye(void)
{
	struct buf bye;

	buf_init(&bye, FRAME_MAX);
	codec_encode_bye(&bye);
	struct str frame = str_from_index(buf_view(&bye), FRAME_HEADER);
	ck_assert_slice_eq(take_payload(), frame);
	buf_done(&bye);
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
	ck_assert_str_eq(writer.calls, "ready begin detect insert commit");
}
END_TEST

/* The bytes that have been sent to the worker before each read, of its row and not of what that
 * shows. A read takes some time, by the loop's clock. */
static int sent[8];
static unsigned nreads;
static uint64_t now, read_ns;
static enum fault (*open_rows)(struct engine *, const struct query *, struct cursor *);

static uint64_t tell_now(void)
{
	return now;
}

static enum fault note_read(struct engine *engine, const struct query *query, struct cursor *cursor)
{
	ck_assert_uint_lt(nreads, 8);
	if (query->resource == api->resources[0]) {
		ck_assert_int_eq(ioctl(worker.fd, FIONREAD, &sent[nreads++]), 0);
		now += read_ns;
	}
	return open_rows(engine, query, cursor);
}

static void watch_reads(uint64_t each_ns)
{
	nreads = 0;
	now = clock_ns();
	read_ns = each_ns;
	loop_set_clock(loop, tell_now);
	open_rows = reader.ops.open_rows;
	reader.ops.open_rows = note_read;
	take_hello();
}

static void read_in_one_turn(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put_command(ACTION_READ);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
	for (unsigned i = 0; i < count; i++)
		expect_reply(STATUS_FAULT);
	ck_assert_uint_eq(nreads, count);
}

START_TEST(replies_do_not_wait_for_the_end_of_a_long_turn)
{
	watch_reads(120 * 1000);
	read_in_one_turn(5);
	ck_assert_int_eq(sent[1], 0);
	ck_assert_int_gt(sent[2], 0);
	ck_assert_int_eq(sent[3], sent[2]);
	ck_assert_int_eq(sent[4], 2 * sent[2]);
}
END_TEST

START_TEST(the_replies_of_a_short_turn_are_sent_together)
{
	watch_reads(10 * 1000);
	read_in_one_turn(8);
	ck_assert_int_eq(sent[7], 0);
}
END_TEST

static enum fault lose_worker(
	struct engine *engine, const struct query *query, struct cursor *cursor)
{
	link_done(&worker);
	nreads += query->resource == api->resources[0];
	now += 1000 * 1000;
	return open_rows(engine, query, cursor);
}

START_TEST(reads_of_a_worker_that_is_lost_are_left)
{
	watch_reads(0);
	reader.ops.open_rows = lose_worker;
	for (unsigned i = 0; i < 3; i++)
		put_command(ACTION_READ);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
	loop_settle(loop);
	ck_assert_uint_eq(nreads, 1);
	ck_assert(!reader.in_snapshot);
	reader.ops.open_rows = open_rows;
	greet_as(api->fingerprint);
	take_hello();
	send_command(ACTION_READ);
	expect_reply(STATUS_FAULT);
}
END_TEST

static void send_confirm(uint64_t deadline)
{
	codec_encode_confirm(&worker.out, 7, deadline);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
}

START_TEST(a_confirm_is_answered_at_once)
{
	take_hello();
	send_confirm(UINT64_MAX);
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
	take_hello();
	send_command(ACTION_CREATE);
	server_drain(server, FOREVER_MS);
	loop_run(loop);
	ck_assert(parted);
	ck_assert_str_eq(writer.calls, "ready begin detect insert commit");
	expect_reply(STATUS_ROWS);
	expect_bye();
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

/* With one engine. */

START_TEST(one_engine_reads_and_writes)
{
	take_hello();
	send_command(ACTION_READ);
	expect_reply(STATUS_FAULT);
	send_command(ACTION_CREATE);
	expect_reply(STATUS_ROWS);
	ck_assert_str_eq(writer.calls,
		"ready begin detect open next commit ready begin detect insert commit");
}
END_TEST

START_TEST(one_engine_does_not_drain)
{
	take_hello();
	server_drain(server, 1);
	send_command(ACTION_CREATE);
	expect_reply(STATUS_ROWS);
	ck_assert(!parted);
}
END_TEST

/* With a runner that reads. */

static struct fake_runner {
	struct runner runner; /* first */
	struct job_list held;
	unsigned room;
} fake;

static unsigned room(struct runner *runner)
{
	(void)runner;
	return fake.room;
}

static void hold(struct runner *runner, struct job_list *jobs)
{
	(void)runner;
	ck_assert_ptr_nonnull(jobs->first);
	job_append_all(&fake.held, jobs);
}

static struct engine *open_reader(
	const struct database_url *given, enum engine_use use, struct buf *error)
{
	(void)error;
	ck_assert_ptr_eq(given, &url);
	ck_assert_int_eq(use, ENGINE_LIST);
	return &reader.engine;
}

static void close_reader(struct engine *engine)
{
	ck_assert_ptr_eq(engine, &reader.engine);
}

static void setup_with_runner(void)
{
	static const struct runner_ops ops = { .room = room, .submit = hold };

	fake_engine_init(&reader);
	reader.ops.open = open_reader;
	reader.ops.close = close_reader;
	fake = (struct fake_runner){ .runner.ops = &ops, .room = 100 };
	loop = loop_new();
	serve((struct server_plan){
		.runner = &fake.runner,
		.source = { &reader.ops, &url, 1 },
	});
	take_hello();
}

static void teardown_with_runner(void)
{
	teardown();
	for (struct job *job; (job = job_take(&fake.held));)
		job_free(job);
}

static void await_held(unsigned count)
{
	while (fake.held.count < count)
		loop_turn(loop);
}

/* Gives all jobs their replies: this fault, or with FAULT_NONE that they are done. */
static void finish_held(enum fault fault)
{
	for (struct job *job = fake.held.first; job; job = job->next) {
		uint64_t id = job->command.id;
		if (fault == FAULT_NONE)
			codec_encode_done(&job->reply, id);
		else
			codec_encode_fault(&job->reply, id, fault, job->command.resource, 0);
		job->outcome = fault == FAULT_NONE ? STAT_OUTCOME_DONE : STAT_OUTCOME_FAULT + fault;
	}
}

static void give_back(enum fault fault)
{
	finish_held(fault);
	fake.runner.on_finished(fake.runner.context, &fake.held, false);
	ck_assert_uint_eq(fake.held.count, 0);
}

START_TEST(reads_and_writes_are_submitted_as_what_they_are)
{
	send_command(ACTION_READ);
	send_command(ACTION_CREATE);
	await_held(2);
	ck_assert_int_eq(fake.held.first->kind, JOB_READ);
	ck_assert_int_eq(fake.held.last->kind, JOB_WRITE);
	give_back(FAULT_NONE);
	expect_reply(STATUS_DONE);
	expect_reply(STATUS_DONE);
	ck_assert_str_eq(reader.calls, "");
}
END_TEST

static void expect_fault(enum fault fault)
{
	struct reply reply = take_reply();

	ck_assert_int_eq(reply.status, STATUS_FAULT);
	ck_assert_int_eq(reply.fault, fault);
}

START_TEST(a_fault_of_a_read_is_its_answer)
{
	send_command(ACTION_READ);
	await_held(1);
	give_back(FAULT_NOT_FOUND);
	expect_fault(FAULT_NOT_FOUND);
	/* That a write is too large is one, too. */
	send_command(ACTION_CREATE);
	await_held(1);
	give_back(FAULT_TOO_LARGE);
	expect_fault(FAULT_TOO_LARGE);
}
END_TEST

/* The second one is too late. */
START_TEST(a_confirm_is_submitted)
{
	struct job_list confirm = { 0 };

	send_confirm(UINT64_MAX);
	send_confirm(1);
	send_command(ACTION_READ);
	await_held(2);
	struct job *job = job_take(&fake.held);
	ck_assert_int_eq(job->kind, JOB_CONFIRM);
	ck_assert_uint_eq(job->command.id, 7);
	ck_assert(job->command.deadline == UINT64_MAX);
	job_reply_confirm(job, FAULT_NONE);
	job_append(&confirm, job);
	fake.runner.on_finished(fake.runner.context, &confirm, false);
	expect_reply(STATUS_DONE);
	give_back(FAULT_NOT_FOUND);
	expect_fault(FAULT_NOT_FOUND);
}
END_TEST

START_TEST(a_confirm_may_fail)
{
	struct job_list one = { 0 };

	send_confirm(UINT64_MAX);
	await_held(1);
	job_append_all(&one, &fake.held);
	job_reply_confirm(one.first, FAULT_UNAVAILABLE);
	fake.runner.on_finished(fake.runner.context, &one, false);
	expect_fault(FAULT_UNAVAILABLE);
}
END_TEST

START_TEST(waiting_writes_do_not_refuse_reads)
{
	fake.room = 1;
	send_command(ACTION_CREATE);
	send_command(ACTION_CREATE);
	expect_fault(FAULT_BUSY);
	send_command(ACTION_READ);
	await_held(2);
	ck_assert_int_eq(fake.held.last->kind, JOB_READ);
	give_back(FAULT_NONE);
}
END_TEST

START_TEST(waiting_reads_do_not_refuse_writes)
{
	enum { READS_MAX = 16 * 1024 };

	for (unsigned i = 0; i < READS_MAX; i++) {
		send_command(ACTION_READ);
		if (i % 64 == 0)
			loop_turn(loop);
	}
	await_held(READS_MAX);
	send_command(ACTION_READ);
	expect_fault(FAULT_BUSY);
	send_command(ACTION_CREATE);
	await_held(READS_MAX + 1);
	/* What is answered makes room. */
	struct job *job = job_take(&fake.held);
	struct job_list one = { 0 };
	codec_encode_done(&job->reply, job->command.id);
	job_append(&one, job);
	fake.runner.on_finished(fake.runner.context, &one, false);
	expect_reply(STATUS_DONE);
	send_command(ACTION_READ);
	await_held(READS_MAX + 1);
}
END_TEST

/* Rows for a list that is longer than STREAMS_LEAST, and their texts. */
static void add_long_rows(void)
{
	enum { TEXT = 4000 };
	static char text[TEXT];

	memset(text, 'x', TEXT);
	for (unsigned i = 1; i <= FAKE_ROWS; i++) {
		struct record row = sample_input(&arena, api->resources[0], i);
		record_set(&row, RESOURCE_KEY, value_int(i));
		record_set(&row, 1, value_text((struct str){ text, TEXT }));
		fake_engine_add(&reader, &row, row.resource->nfields);
	}
}

static void take_stream(void)
{
	struct reply reply = take_reply();

	while (reply.more == MORE_WAITS) {
		codec_encode_demand(&worker.out, 7, DEMAND_NEXT);
		ck_assert_int_eq(link_flush(&worker), LINK_OK);
		reply = take_reply();
		ck_assert_int_eq(reply.status, STATUS_ROWS);
	}
	ck_assert_int_eq(reply.more, MORE_NO);
}

START_TEST(a_read_that_is_too_long_becomes_a_stream)
{
	add_long_rows();
	send_command(ACTION_LIST);
	await_held(1);
	ck_assert_int_eq(fake.held.first->kind, JOB_READ);
	give_back(FAULT_TOO_LARGE);
	take_stream();
	/* From now on that is known before. */
	send_command(ACTION_LIST);
	take_stream();
	ck_assert_uint_eq(fake.held.count, 0);
}
END_TEST

START_TEST(a_drain_waits_for_submitted_reads)
{
	send_command(ACTION_READ);
	await_held(1);
	send_command(ACTION_READ);
	server_drain(server, FOREVER_MS);
	await_held(2);
	loop_settle(loop);
	ck_assert(!parted);
	give_back(FAULT_NONE);
	loop_run(loop);
	ck_assert(parted);
	expect_reply(STATUS_DONE);
	expect_reply(STATUS_DONE);
	expect_bye();
}
END_TEST

START_TEST(a_drain_ends_the_streams_that_have_begun)
{
	add_long_rows();
	send_command(ACTION_LIST);
	await_held(1);
	server_drain(server, FOREVER_MS);
	give_back(FAULT_TOO_LARGE);
	while (!parted)
		loop_turn(loop);
	ck_assert_int_eq(take_reply().more, MORE_WAITS);
	expect_bye();
	codec_encode_demand(&worker.out, 7, DEMAND_CANCEL);
	ck_assert_int_eq(link_flush(&worker), LINK_OK);
	loop_run(loop);
}
END_TEST

START_TEST(jobs_of_a_worker_that_has_left_end_unanswered)
{
	add_long_rows();
	send_command(ACTION_READ);
	send_command(ACTION_LIST);
	send_command(ACTION_CREATE);
	await_held(3);
	link_done(&worker);
	loop_settle(loop);
	give_back(FAULT_TOO_LARGE);
	server_stop(server, FOREVER_MS);
	loop_run(loop);
	ck_assert_str_eq(reader.calls, "");
}
END_TEST

/* Replies between two turns. */

static bool answer_held(void)
{
	finish_held(FAULT_NONE);
	return fake.runner.answer(fake.runner.context, &fake.held);
}

/* Does not let the loop turn. */
static void expect_done_already(void)
{
	struct str payload = take_payload();
	struct reply reply;
	const char *error;

	ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
	ck_assert_int_eq(reply.status, STATUS_DONE);
	ck_assert_uint_eq(reply.id, 7);
}

START_TEST(replies_are_sent_without_a_turn)
{
	for (int i = 0; i < 2; i++) {
		send_command(ACTION_CREATE);
		send_command(ACTION_CREATE);
		await_held(2);
		ck_assert(answer_held());
		ck_assert_uint_eq(fake.held.count, 0);
		expect_done_already();
		expect_done_already();
	}
	/* The turns go on as ever. */
	send_command(ACTION_CREATE);
	await_held(1);
	give_back(FAULT_NONE);
	expect_reply(STATUS_DONE);
}
END_TEST

/* Sends and answers so much, without taking the replies, that the socket of the server is full. */
static unsigned fill_socket(void)
{
	unsigned unanswered = 0;

	do {
		for (int i = 0; i < 64; i++)
			send_command(ACTION_CREATE);
		await_held(64);
		unanswered += 64;
	} while (answer_held());
	return unanswered;
}

START_TEST(what_the_socket_does_not_take_is_sent_in_turns)
{
	for (unsigned n = fill_socket(); n > 0; n--)
		expect_reply(STATUS_DONE);
}
END_TEST

START_TEST(replies_to_a_worker_that_has_left_need_a_turn)
{
	send_command(ACTION_CREATE);
	await_held(1);
	link_done(&worker);
	ck_assert(!answer_held());
	loop_settle(loop);
	server_stop(server, FOREVER_MS);
	loop_run(loop);
}
END_TEST

START_TEST(a_server_that_stops_answers_in_turns)
{
	send_command(ACTION_CREATE);
	await_held(1);
	server_stop(server, FOREVER_MS);
	ck_assert(!answer_held());
	ck_assert_uint_eq(fake.held.count, 1);
	give_back(FAULT_NONE);
	expect_reply(STATUS_DONE);
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
	tcase_add_test(tc, replies_do_not_wait_for_the_end_of_a_long_turn);
	tcase_add_test(tc, the_replies_of_a_short_turn_are_sent_together);
	tcase_add_test(tc, reads_of_a_worker_that_is_lost_are_left);
	tcase_add_test(tc, a_confirm_is_answered_at_once);
	tcase_add_test(tc, a_snapshot_that_cannot_begin_is_a_fault);
	tcase_add_test(tc, a_stop_waits_for_the_worker_to_leave);
	tcase_add_test(tc, a_stop_does_not_wait_beyond_its_patience);
	tcase_add_test(tc, a_drain_answers_says_bye_and_ends);
	tcase_add_test(tc, a_stop_can_become_a_drain);
	tcase_add_test(tc, a_drain_stays_one_when_it_is_stopped);
	suite_add_tcase(suite, tc);
	tc = tcase_create("one engine");
	tcase_add_checked_fixture(tc, setup_with_one_engine, teardown);
	tcase_add_test(tc, one_engine_reads_and_writes);
	tcase_add_test(tc, one_engine_does_not_drain);
	tcase_add_test(tc, a_confirm_is_answered_at_once);
	suite_add_tcase(suite, tc);
	tc = tcase_create("runner");
	tcase_add_checked_fixture(tc, setup_with_runner, teardown_with_runner);
	tcase_add_test(tc, reads_and_writes_are_submitted_as_what_they_are);
	tcase_add_test(tc, a_fault_of_a_read_is_its_answer);
	tcase_add_test(tc, a_confirm_is_submitted);
	tcase_add_test(tc, a_confirm_may_fail);
	tcase_add_test(tc, waiting_writes_do_not_refuse_reads);
	tcase_add_test(tc, waiting_reads_do_not_refuse_writes);
	tcase_add_test(tc, a_read_that_is_too_long_becomes_a_stream);
	tcase_add_test(tc, a_drain_waits_for_submitted_reads);
	tcase_add_test(tc, a_drain_ends_the_streams_that_have_begun);
	tcase_add_test(tc, jobs_of_a_worker_that_has_left_end_unanswered);
	tcase_add_test(tc, replies_are_sent_without_a_turn);
	tcase_add_test(tc, what_the_socket_does_not_take_is_sent_in_turns);
	tcase_add_test(tc, replies_to_a_worker_that_has_left_need_a_turn);
	tcase_add_test(tc, a_server_that_stops_answers_in_turns);
	suite_add_tcase(suite, tc);
	tc = tcase_create("states");
	tcase_add_loop_test(tc, events_lead_from_state_to_state, 0, (int)NITEMS(ways));
	tcase_add_test(tc, nothing_leads_out_of_the_end_or_back);
	suite_add_tcase(suite, tc);
	return suite;
}
