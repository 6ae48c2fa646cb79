/* The client's connection to a thread of dbd that only reads, beside that to the main thread; the
 * test plays both. */
#include "dbd_client.h"

#include "fake_dbd.h"
#include "suite.h"
#include "turn.h"

#include <sys/socket.h>

enum { WORKER = 3, OUT_MAX = 1024 * 1024 };

static struct loop *loop;
static struct fake_dbd dbd, thread;
static struct dbd_client *client;

static void on_ready(void *context)
{
	(void)context;
}

static void setup(void)
{
	loop = loop_new();
	fake_dbd_open(&dbd);
	thread = (struct fake_dbd){ .listener = dbd.listener };
	link_init(&thread.link, -1, OUT_MAX);
	client = dbd_client_new(loop, dbd.name, on_ready, NULL);
	dbd_client_set_worker(client, WORKER);
}

static void teardown(void)
{
	dbd_client_free(client);
	link_done(&thread.link);
	fake_dbd_close(&dbd);
	loop_free(loop);
}

static void answer_hello(struct fake_dbd *side, uint32_t readers)
{
	codec_encode_hello(&side->link.out, api->fingerprint, readers);
	fake_dbd_send(side);
	loop_settle(loop);
}

static void greet_main(uint32_t readers)
{
	loop_settle(loop);
	fake_dbd_accept(&dbd);
	answer_hello(&dbd, readers);
}

static void greet_both(void)
{
	greet_main(2);
	fake_dbd_accept(&thread);
	answer_hello(&thread, 0);
}

struct ask {
	struct command command;
	struct dbd_call call;
	unsigned frames;
	bool ended;
	enum status status;
	enum fault fault;
};

static bool on_reply(struct dbd_call *call, struct reply *reply)
{
	struct ask *a = CONTAINER_OF(call, struct ask, call);

	ck_assert(!a->ended);
	a->frames++;
	a->status = reply->status;
	a->fault = reply->fault;
	a->ended = !reply->more;
	return true;
}

static void on_restart(struct dbd_call *call)
{
	CONTAINER_OF(call, struct ask, call)->frames = 0;
}

static void call_for(struct ask *a, enum action action, struct page page)
{
	*a = (struct ask){
		.command = { .action = action,
			.resource = api->resources[0],
			.key = key_int(1),
			.page = page,
			.record = { .resource = api->resources[0] } },
		.call = { .command = &a->command, .on_reply = on_reply, .on_restart = on_restart },
	};
	dbd_client_call(client, &a->call);
	loop_settle(loop);
}

static void read_row(struct ask *a)
{
	call_for(a, ACTION_READ, (struct page){ .kind = PAGE_WHOLE });
}

/* The id of the next command that has come there. */
static uint64_t taken(struct fake_dbd *side)
{
	struct command command;

	ck_assert_msg(fake_dbd_take(side, &command), "nothing was asked");
	return command.id;
}

static void nothing_taken(struct fake_dbd *side)
{
	struct command command;

	ck_assert_msg(!fake_dbd_take(side, &command), "something was asked");
}

static void reply_row(struct fake_dbd *side, uint64_t id)
{
	fake_dbd_encode_rows(side, id, api->resources[0], 1, 1, MORE_NO);
	fake_dbd_send(side);
	loop_settle(loop);
}

static void reply_fault(struct fake_dbd *side, uint64_t id, enum fault fault)
{
	codec_encode_fault(&side->link.out, id, fault, api->resources[0], 0);
	fake_dbd_send(side);
	loop_settle(loop);
}

static void expect_row(const struct ask *a)
{
	ck_assert(a->ended);
	ck_assert_int_eq(a->status, STATUS_ROWS);
	ck_assert_uint_eq(a->frames, 1);
}

/* The hello says for which worker it is. */
START_TEST(the_second_connection_names_the_worker)
{
	struct str payload;
	size_t size;
	uint32_t worker;
	const char *error;

	greet_main(2);
	fake_dbd_accept(&thread);
	ck_assert_int_eq(frame_parse(buf_view(&thread.link.in), &payload, &size), FRAME_WHOLE);
	ck_assert(codec_check_hello(payload, api->fingerprint, &worker, &error));
	ck_assert_uint_eq(worker, WORKER);
}
END_TEST

static const struct {
	uint32_t readers, worker;
} without[] = { { 0, WORKER }, { 2, 0 } };

START_TEST(there_is_no_second_connection)
{
	struct ask a;

	dbd_client_set_worker(client, without[_i].worker);
	greet_main(without[_i].readers);
	ck_assert_int_lt(accept(dbd.listener, NULL, NULL), 0);
	read_row(&a);
	reply_row(&dbd, taken(&dbd));
	expect_row(&a);
}
END_TEST

static const struct {
	enum action action;
	struct page page;
	bool reads; /* by the thread */
} commands[] = {
	{ ACTION_READ, { .kind = PAGE_WHOLE }, true },
	{ ACTION_LIST, { .kind = PAGE_SLICE, .limit = 50 }, true },
	{ ACTION_LIST, { .kind = PAGE_AFTER, .limit = 50 }, true },
	{ ACTION_LIST, { .kind = PAGE_SLICE, .limit = 100 * 1000 }, false },
	{ ACTION_LIST, { .kind = PAGE_WHOLE }, false },
	{ ACTION_UPDATE, { .kind = PAGE_WHOLE }, false },
	{ ACTION_DELETE, { .kind = PAGE_WHOLE }, false },
};

START_TEST(short_reads_go_to_the_thread)
{
	struct ask a;

	greet_both();
	call_for(&a, commands[_i].action, commands[_i].page);
	nothing_taken(commands[_i].reads ? &dbd : &thread);
	reply_fault(commands[_i].reads ? &thread : &dbd, taken(commands[_i].reads ? &thread : &dbd),
		FAULT_NOT_FOUND);
	ck_assert(a.ended);
	ck_assert_int_eq(a.fault, FAULT_NOT_FOUND);
}
END_TEST

START_TEST(until_the_thread_has_greeted_the_main_one_reads)
{
	struct ask a;

	greet_main(2);
	fake_dbd_accept(&thread);
	read_row(&a);
	reply_row(&dbd, taken(&dbd));
	expect_row(&a);
}
END_TEST

START_TEST(what_is_too_long_for_the_thread_is_asked_of_the_main_one)
{
	struct ask a;

	greet_both();
	read_row(&a);
	reply_fault(&thread, taken(&thread), FAULT_TOO_LARGE);
	ck_assert(!a.ended && a.frames == 0);
	reply_row(&dbd, taken(&dbd));
	expect_row(&a);
	/* The main thread's word is the last one. */
	read_row(&a);
	reply_fault(&thread, taken(&thread), FAULT_TOO_LARGE);
	reply_fault(&dbd, taken(&dbd), FAULT_TOO_LARGE);
	ck_assert(a.ended);
	ck_assert_int_eq(a.fault, FAULT_TOO_LARGE);
}
END_TEST

static void lose_thread(int how)
{
	if (how == 0)
		fake_dbd_hang_up(&thread);
	else if (how == 1)
		codec_encode_bye(&thread.link.out);
	else
		buf_str(&thread.link.out, STR("\0\0\0\1\x90"));
	if (how != 0)
		fake_dbd_send(&thread);
	loop_settle(loop);
}

START_TEST(when_the_thread_is_lost_the_main_one_takes_over)
{
	struct ask a, b;

	greet_both();
	read_row(&a);
	taken(&thread);
	lose_thread(_i);
	reply_row(&dbd, taken(&dbd));
	expect_row(&a);
	ck_assert(dbd_client_is_up(client));
	read_row(&b);
	reply_row(&dbd, taken(&dbd));
	expect_row(&b);
}
END_TEST

/* What the thread still answers is not waited for: the next dbd is asked. */
START_TEST(when_dbd_is_lost_the_next_one_gets_both)
{
	struct ask read, write;

	greet_both();
	read_row(&read);
	call_for(&write, ACTION_DELETE, (struct page){ .kind = PAGE_WHOLE });
	taken(&thread);
	taken(&dbd);
	if (_i == 1) {
		codec_encode_bye(&dbd.link.out);
		fake_dbd_send(&dbd);
		loop_settle(loop);
	}
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	ck_assert(!read.ended);
	ck_assert_int_eq(write.ended, _i == 0);
	greet_main(2);
	reply_row(&dbd, taken(&dbd));
	expect_row(&read);
	if (_i == 1)
		taken(&dbd);
	fake_dbd_accept(&thread);
	answer_hello(&thread, 0);
	read_row(&read);
	reply_row(&thread, taken(&thread));
	expect_row(&read);
	dbd_client_cancel(client, &write.call);
}
END_TEST

START_TEST(a_thread_of_another_declaration_is_left)
{
	struct ask a;

	greet_main(2);
	fake_dbd_accept(&thread);
	codec_encode_hello(&thread.link.out, api->fingerprint + 1, 0);
	fake_dbd_send(&thread);
	loop_settle(loop);
	ck_assert(dbd_client_is_up(client));
	read_row(&a);
	reply_row(&dbd, taken(&dbd));
	expect_row(&a);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reading link");
	TCase *tc = tcase_create("reading link");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_second_connection_names_the_worker);
	tcase_add_loop_test(tc, there_is_no_second_connection, 0, NITEMS(without));
	tcase_add_loop_test(tc, short_reads_go_to_the_thread, 0, NITEMS(commands));
	tcase_add_test(tc, until_the_thread_has_greeted_the_main_one_reads);
	tcase_add_test(tc, what_is_too_long_for_the_thread_is_asked_of_the_main_one);
	tcase_add_loop_test(tc, when_the_thread_is_lost_the_main_one_takes_over, 0, 3);
	tcase_add_loop_test(tc, when_dbd_is_lost_the_next_one_gets_both, 0, 2);
	tcase_add_test(tc, a_thread_of_another_declaration_is_left);
	suite_add_tcase(suite, tc);
	return suite;
}
