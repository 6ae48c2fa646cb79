/* The client of dbd against a dbd that the test plays. */
#include "dbd_client.h"

#include "fake_dbd.h"
#include "suite.h"
#include "turn.h"

#include <inttypes.h>
#include <stdlib.h>

static struct loop *loop;
static struct fake_dbd dbd;
static struct dbd_client *client;
static unsigned greetings;

static void on_ready(void *context)
{
	ck_assert_ptr_eq(context, &greetings);
	greetings++;
}

static void setup(void)
{
	loop = loop_new();
	fake_dbd_open(&dbd);
	client = dbd_client_new(loop, dbd.name, on_ready, &greetings);
}

static void teardown(void)
{
	dbd_client_free(client);
	fake_dbd_close(&dbd);
	loop_free(loop);
}

/* The client sends its hello at the end of the turn, and dbd answers it. */
static void greet(void)
{
	loop_settle(loop);
	fake_dbd_greet(&dbd);
	loop_settle(loop);
}

/* One call and its replies. */
struct ask {
	struct command command;
	struct dbd_call call;
	unsigned frames, rows, restarts, confirms;
	bool ended;
	enum status status;
	enum fault fault;
	const struct resource *resource; /* of the fault */
	struct dbd_call *cancels;        /* when the first frame comes */
};

static bool on_reply(struct dbd_call *call, struct reply *reply)
{
	struct ask *a = CONTAINER_OF(call, struct ask, call);

	ck_assert_msg(!a->ended, "a frame after the last one");
	a->frames++;
	a->status = reply->status;
	a->fault = reply->fault;
	a->resource = reply->resource;
	if (reply->status == STATUS_ROWS)
		a->rows += reply->rows.left;
	a->ended = !reply->more;
	if (a->cancels)
		dbd_client_cancel(client, a->cancels);
	return true;
}

static void on_restart(struct dbd_call *call)
{
	struct ask *a = CONTAINER_OF(call, struct ask, call);

	a->restarts++;
	a->frames = a->rows = 0;
}

static struct ask *asks_again; /* when a confirm has been answered */

static void on_confirmed(struct dbd_call *call)
{
	struct ask *a = CONTAINER_OF(call, struct ask, call);

	a->confirms++;
	if (a == asks_again)
		dbd_client_confirm(client, call);
}

static void confirm(struct ask *a)
{
	*a = (struct ask){
		.command = { .action = ACTION_READ, .resource = api->resources[0] },
		.call = { .command = &a->command,
			.on_reply = on_reply,
			.on_restart = on_restart,
			.on_confirmed = on_confirmed },
	};
	dbd_client_confirm(client, &a->call);
}

static void call(struct ask *a, enum action action, int64_t key)
{
	*a = (struct ask){
		.command = { .action = action,
			.resource = api->resources[0],
			.key = key_int(key),
			.record = { .resource = api->resources[0] } },
		.call = { .command = &a->command, .on_reply = on_reply, .on_restart = on_restart },
	};
	dbd_client_call(client, &a->call);
}

/* The id of the next command that dbd has received, which must be this one. */
static uint64_t taken(enum action action, int64_t key)
{
	struct command command;

	ck_assert_msg(fake_dbd_take(&dbd, &command), "nothing was asked");
	ck_assert_int_eq(command.action, action);
	ck_assert_ptr_eq(command.resource, api->resources[0]);
	if (action != ACTION_LIST)
		ck_assert_int_eq(key_integer(command.key), key);
	return command.id;
}

static void nothing_taken(void)
{
	struct command command;

	ck_assert_msg(!fake_dbd_take(&dbd, &command), "something was asked");
}

static void reply_done(uint64_t id)
{
	codec_encode_done(&dbd.link.out, id);
	fake_dbd_send(&dbd);
	loop_settle(loop);
}

static void reply_rows(uint64_t id, unsigned n, enum more more)
{
	fake_dbd_encode_rows(&dbd, id, api->resources[0], 1, n, more);
	fake_dbd_send(&dbd);
	loop_settle(loop);
}

/* dbd ends, and the client connects to the same listener by itself. */
static void replace_dbd(void)
{
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	greet();
}

START_TEST(each_greeting_calls_on_ready)
{
	loop_settle(loop);
	ck_assert_uint_eq(greetings, 0);
	greet();
	ck_assert_uint_eq(greetings, 1);
	replace_dbd();
	ck_assert_uint_eq(greetings, 2);
}
END_TEST

START_TEST(a_call_gets_its_reply)
{
	struct ask a;

	greet();
	call(&a, ACTION_DELETE, INT64_MIN);
	nothing_taken(); /* before the turn ends */
	loop_turn(loop);
	uint64_t id = taken(ACTION_DELETE, INT64_MIN);
	ck_assert_uint_eq(a.frames, 0);
	reply_done(id);
	ck_assert(a.ended);
	ck_assert_uint_eq(a.frames, 1);
	ck_assert_int_eq(a.status, STATUS_DONE);
	ck_assert_uint_eq(a.call.slot, 0);
}
END_TEST

START_TEST(a_command_carries_its_deadline)
{
	struct ask a;
	struct command command;

	greet();
	uint64_t before = clock_ms();
	call(&a, ACTION_READ, 1);
	loop_settle(loop);
	ck_assert(fake_dbd_take(&dbd, &command));
	ck_assert_uint_ge(command.deadline + 100, before + DBD_TIMEOUT_MS);
	ck_assert_uint_le(command.deadline, clock_ms() + DBD_TIMEOUT_MS);
	dbd_client_cancel(client, &a.call);
}
END_TEST

START_TEST(a_fault_is_delivered)
{
	struct ask a;

	greet();
	call(&a, ACTION_UPDATE, 1);
	loop_settle(loop);
	codec_encode_fault(
		&dbd.link.out, taken(ACTION_UPDATE, 1), FAULT_CONFLICT, api->resources[0], 0);
	fake_dbd_send(&dbd);
	loop_settle(loop);
	ck_assert(a.ended);
	ck_assert_int_eq(a.status, STATUS_FAULT);
	ck_assert_int_eq(a.fault, FAULT_CONFLICT);
	ck_assert_ptr_eq(a.resource, api->resources[0]);
}
END_TEST

START_TEST(replies_come_in_any_order)
{
	enum { CALLS = 50 };
	static struct ask asks[CALLS];
	uint64_t ids[CALLS];

	greet();
	for (int i = 0; i < CALLS; i++)
		call(&asks[i], ACTION_READ, i);
	loop_settle(loop);
	for (int i = 0; i < CALLS; i++)
		ids[i] = taken(ACTION_READ, i);
	for (int i = CALLS; i-- > 0;) {
		ck_assert(!asks[i].ended);
		reply_rows(ids[i], (unsigned)i, false);
		ck_assert(asks[i].ended);
		ck_assert_uint_eq(asks[i].rows, (unsigned)i);
	}
}
END_TEST

START_TEST(a_long_reply_comes_in_frames)
{
	struct ask a, b;

	greet();
	call(&a, ACTION_LIST, 0);
	call(&b, ACTION_READ, 1);
	loop_settle(loop);
	uint64_t list = taken(ACTION_LIST, 0);
	uint64_t read = taken(ACTION_READ, 1);
	reply_rows(list, 3, true);
	reply_rows(read, 1, false);
	reply_rows(list, 4, true);
	ck_assert(b.ended && !a.ended);
	reply_rows(list, 0, false);
	ck_assert(a.ended);
	ck_assert_uint_eq(a.frames, 3);
	ck_assert_uint_eq(a.rows, 7);
}
END_TEST

/* Checks the next demand that dbd has received. */
static void demanded(enum demand demand, uint64_t id)
{
	enum demand got;
	uint64_t got_id;

	loop_settle(loop);
	ck_assert_msg(fake_dbd_take_demand(&dbd, &got_id, &got), "nothing was demanded");
	ck_assert_str_eq(demand_name(got), demand_name(demand));
	ck_assert_uint_eq(got_id, id);
}

/* A call whose first frame has come, and which rests. */
static uint64_t call_stream(struct ask *a)
{
	call(a, ACTION_LIST, 0);
	loop_settle(loop);
	uint64_t id = taken(ACTION_LIST, 0);
	reply_rows(id, 3, MORE_WAITS);
	ck_assert_uint_eq(a->rows, 3);
	nothing_taken();
	return id;
}

START_TEST(a_stream_continues_on_demand)
{
	struct ask a;

	greet();
	uint64_t id = call_stream(&a);
	for (unsigned n = 2; n <= 3; n++) {
		dbd_client_next(client, &a.call);
		demanded(DEMAND_NEXT, id);
		reply_rows(id, 3, MORE_WAITS);
		ck_assert_uint_eq(a.frames, n);
	}
	dbd_client_next(client, &a.call);
	demanded(DEMAND_NEXT, id);
	reply_rows(id, 1, MORE_NO);
	ck_assert(a.ended);
	ck_assert_uint_eq(a.rows, 10);
	dbd_client_cancel(client, &a.call);
	nothing_taken();
}
END_TEST

START_TEST(a_stream_may_fail_while_it_rests)
{
	struct ask a;

	greet();
	uint64_t id = call_stream(&a);
	codec_encode_fault(&dbd.link.out, id, FAULT_UNAVAILABLE, api->resources[0], 0);
	fake_dbd_send(&dbd);
	loop_settle(loop);
	ck_assert(a.ended);
	ck_assert_int_eq(a.fault, FAULT_UNAVAILABLE);
}
END_TEST

START_TEST(a_cancelled_stream_is_cancelled_in_dbd)
{
	struct ask a;

	greet();
	uint64_t id = call_stream(&a);
	dbd_client_cancel(client, &a.call);
	demanded(DEMAND_CANCEL, id);
	/* A call that was cancelled before its stream began cancels it at the first frame. */
	call(&a, ACTION_LIST, 0);
	loop_settle(loop);
	id = taken(ACTION_LIST, 0);
	dbd_client_cancel(client, &a.call);
	nothing_taken();
	reply_rows(id, 1, MORE_WAITS);
	ck_assert_uint_eq(a.frames, 0);
	demanded(DEMAND_CANCEL, id);
}
END_TEST

START_TEST(rows_without_a_demand_end_the_connection)
{
	struct ask a;

	greet();
	uint64_t id = call_stream(&a);
	reply_rows(id, 1, MORE_WAITS);
	ck_assert_uint_eq(a.frames, 0);
	ck_assert_uint_eq(a.restarts, 1);
	loop_await(loop, dbd.listener);
	dbd_client_cancel(client, &a.call);
}
END_TEST

START_TEST(a_lost_stream_begins_again)
{
	struct ask a;

	greet();
	call_stream(&a);
	replace_dbd();
	ck_assert_uint_eq(a.restarts, 1);
	uint64_t id = taken(ACTION_LIST, 0);
	reply_rows(id, 2, MORE_NO);
	ck_assert(a.ended);
	ck_assert_uint_eq(a.rows, 2);
}
END_TEST

/* A reply is delivered when it is complete, and not before. */
START_TEST(a_reply_may_come_byte_by_byte)
{
	struct ask a;
	struct buf frame;

	greet();
	call(&a, ACTION_DELETE, 1);
	loop_settle(loop);
	buf_init(&frame, 100);
	codec_encode_done(&frame, taken(ACTION_DELETE, 1));
	while (buf_len(&frame) > 0) {
		ck_assert(!a.ended);
		buf_append(&dbd.link.out, buf_view(&frame).ptr, 1);
		buf_consume(&frame, 1);
		fake_dbd_send(&dbd);
		loop_settle(loop);
	}
	ck_assert(a.ended);
	buf_done(&frame);
}
END_TEST

START_TEST(a_late_reply_is_dropped)
{
	struct ask late, next;

	greet();
	call(&late, ACTION_DELETE, 1);
	loop_settle(loop);
	uint64_t old = taken(ACTION_DELETE, 1);
	dbd_client_cancel(client, &late.call);
	dbd_client_cancel(client, &late.call);
	/* The next call may get the same slot. */
	call(&next, ACTION_DELETE, 2);
	loop_settle(loop);
	uint64_t new = taken(ACTION_DELETE, 2);
	ck_assert_uint_ne(old, new);
	reply_done(old);
	reply_done(0);
	reply_done(UINT64_MAX);
	ck_assert_uint_eq(late.frames + next.frames, 0);
	reply_done(new);
	ck_assert(next.ended && !late.ended);
	/* A second reply to one call is late, too. */
	reply_done(new);
	ck_assert_uint_eq(next.frames, 1);
}
END_TEST

START_TEST(a_call_may_be_cancelled_by_its_own_reply)
{
	struct ask a;

	greet();
	call(&a, ACTION_LIST, 0);
	a.cancels = &a.call;
	loop_settle(loop);
	uint64_t id = taken(ACTION_LIST, 0);
	reply_rows(id, 1, true);
	reply_rows(id, 1, false);
	ck_assert_uint_eq(a.frames, 1);
}
END_TEST

START_TEST(calls_wait_for_the_first_greeting)
{
	struct ask read, write;

	call(&read, ACTION_READ, 1);
	call(&write, ACTION_DELETE, 2);
	loop_settle(loop);
	fake_dbd_accept(&dbd);
	nothing_taken();
	codec_encode_hello(&dbd.link.out, api->fingerprint, 0);
	fake_dbd_send(&dbd);
	loop_settle(loop);
	reply_rows(taken(ACTION_READ, 1), 1, false);
	reply_done(taken(ACTION_DELETE, 2));
	ck_assert(read.ended && write.ended);
}
END_TEST

START_TEST(lost_reads_are_sent_again_and_lost_writes_end_as_unknown)
{
	struct ask read, write[3], half;

	greet();
	call(&read, ACTION_READ, 1);
	call(&write[0], ACTION_CREATE, 0);
	call(&write[1], ACTION_UPDATE, 3);
	call(&write[2], ACTION_DELETE, 4);
	call(&half, ACTION_LIST, 0);
	loop_settle(loop);
	taken(ACTION_READ, 1);
	reply_rows(half.call.id, 5, true);
	ck_assert_uint_eq(half.rows, 5);
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	for (int i = 0; i < 3; i++) {
		ck_assert(write[i].ended);
		ck_assert_int_eq(write[i].status, STATUS_FAULT);
		ck_assert_int_eq(write[i].fault, FAULT_UNKNOWN);
		ck_assert_ptr_eq(write[i].resource, api->resources[0]);
	}
	ck_assert(!read.ended && !half.ended);
	ck_assert_uint_eq(half.restarts, 1);
	greet();
	reply_rows(taken(ACTION_READ, 1), 1, false);
	reply_rows(taken(ACTION_LIST, 0), 2, false);
	nothing_taken();
	ck_assert(read.ended && half.ended);
	ck_assert_uint_eq(half.rows, 2);
}
END_TEST

/* After BYE, commands without a reply were not done: no write ends as unknown. */
START_TEST(after_bye_everything_is_sent_to_the_next_dbd)
{
	struct ask read, half, write[3];

	greet();
	call(&write[0], ACTION_DELETE, 1);
	call(&write[1], ACTION_DELETE, 2);
	call(&read, ACTION_READ, 3);
	call(&half, ACTION_LIST, 0);
	loop_settle(loop);
	codec_encode_done(&dbd.link.out, taken(ACTION_DELETE, 1));
	reply_rows(half.call.id, 5, true);
	codec_encode_bye(&dbd.link.out);
	fake_dbd_send(&dbd);
	fake_dbd_hang_up(&dbd);
	/* The client sends this before it has read BYE. */
	call(&write[2], ACTION_DELETE, 4);
	loop_await(loop, dbd.listener);
	ck_assert(write[0].ended && !write[1].ended && !write[2].ended && !read.ended);
	ck_assert_int_eq(write[0].status, STATUS_DONE);
	greet();
	reply_rows(taken(ACTION_READ, 3), 1, false);
	reply_rows(taken(ACTION_LIST, 0), 2, false);
	reply_done(taken(ACTION_DELETE, 2));
	reply_done(taken(ACTION_DELETE, 4));
	nothing_taken();
	ck_assert(write[1].ended && write[2].ended && read.ended && half.ended);
	ck_assert_int_eq(write[1].status, STATUS_DONE);
	ck_assert_int_eq(write[2].status, STATUS_DONE);
	/* Only for that dbd. */
	call(&write[0], ACTION_DELETE, 5);
	loop_settle(loop);
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	ck_assert_int_eq(write[0].fault, FAULT_UNKNOWN);
}
END_TEST

/* Begins a list, of which one frame arrives; then dbd drains. Returns its end of the connection.
 * The client has greeted the next dbd. */
static struct fake_dbd drain_amid(struct ask *list)
{
	call(list, ACTION_LIST, 0);
	loop_settle(loop);
	reply_rows(taken(ACTION_LIST, 0), 1, MORE_WAITS);
	codec_encode_bye(&dbd.link.out);
	fake_dbd_send(&dbd);
	loop_await(loop, dbd.listener);
	struct fake_dbd old = dbd;
	link_init(&dbd.link, -1, 0);
	greet();
	return old;
}

static void demand_next(struct ask *a, struct fake_dbd *from)
{
	enum demand demand;
	uint64_t id;

	dbd_client_next(client, &a->call);
	loop_settle(loop);
	ck_assert(fake_dbd_take_demand(from, &id, &demand));
	ck_assert_uint_eq(id, a->call.id);
	ck_assert_int_eq(demand, DEMAND_NEXT);
}

static void reply_rows_of(struct fake_dbd *from, uint64_t id, unsigned n, enum more more)
{
	struct fake_dbd serving = dbd;

	dbd = *from;
	reply_rows(id, n, more);
	*from = dbd;
	dbd = serving;
}

static void assert_closed(struct fake_dbd *old)
{
	ck_assert_int_eq(link_read(&old->link), LINK_CLOSED);
	link_done(&old->link);
}

START_TEST(after_bye_a_stream_continues_on_its_connection)
{
	struct ask list, read, write, waiting;

	greet();
	call(&read, ACTION_READ, 3);
	call(&write, ACTION_DELETE, 4);
	call(&waiting, ACTION_LIST, 0);
	loop_settle(loop);
	taken(ACTION_READ, 3);
	taken(ACTION_DELETE, 4);
	reply_rows(taken(ACTION_LIST, 0), 5, MORE_WAITS);
	/* A demand is on its way when dbd drains. */
	demand_next(&waiting, &dbd);
	struct fake_dbd old = drain_amid(&list);
	reply_rows(taken(ACTION_READ, 3), 1, MORE_NO);
	reply_done(taken(ACTION_DELETE, 4));
	nothing_taken();
	ck_assert(read.ended && write.ended && !list.ended && !waiting.ended);
	demand_next(&list, &old);
	reply_rows_of(&old, list.call.id, 2, MORE_NO);
	ck_assert(list.ended && list.restarts == 0);
	ck_assert_uint_eq(list.rows, 3);
	reply_rows_of(&old, waiting.call.id, 1, MORE_NO);
	ck_assert(waiting.ended && waiting.restarts == 0);
	assert_closed(&old);
	nothing_taken();
}
END_TEST

START_TEST(a_reply_from_another_dbd_is_dropped)
{
	struct ask list, read;

	greet();
	struct fake_dbd old = drain_amid(&list);
	reply_rows(list.call.id, 1, MORE_NO);
	ck_assert_uint_eq(list.frames, 1);
	call(&read, ACTION_READ, 5);
	loop_settle(loop);
	reply_rows_of(&old, taken(ACTION_READ, 5), 1, MORE_NO);
	ck_assert_uint_eq(read.frames, 0);
	dbd_client_cancel(client, &read.call);
	dbd_client_cancel(client, &list.call);
	loop_settle(loop);
	link_done(&old.link);
}
END_TEST

START_TEST(streams_of_a_lost_draining_dbd_begin_again)
{
	struct ask list;

	greet();
	struct fake_dbd old = drain_amid(&list);
	link_done(&old.link);
	loop_settle(loop);
	ck_assert_uint_eq(list.restarts, 1);
	reply_rows(taken(ACTION_LIST, 0), 2, MORE_NO);
	ck_assert(list.ended);
	ck_assert_uint_eq(list.rows, 2);
}
END_TEST

START_TEST(the_connections_to_draining_dbds_are_bounded)
{
	struct ask lists[3];
	struct fake_dbd old[3];

	greet();
	for (int i = 0; i < 3; i++)
		old[i] = drain_amid(&lists[i]);
	assert_closed(&old[0]);
	ck_assert_uint_eq(lists[0].restarts, 1);
	taken(ACTION_LIST, 0);
	dbd_client_cancel(client, &lists[0].call);
	for (int i = 1; i < 3; i++) {
		demand_next(&lists[i], &old[i]);
		reply_rows_of(&old[i], lists[i].call.id, 1, MORE_NO);
		ck_assert(lists[i].ended);
		assert_closed(&old[i]);
	}
}
END_TEST

START_TEST(calls_without_a_dbd_wait_for_the_next)
{
	struct ask write;

	greet();
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	call(&write, ACTION_DELETE, 1);
	greet();
	reply_done(taken(ACTION_DELETE, 1));
	ck_assert_int_eq(write.status, STATUS_DONE);
	/* If the connection is lost before the greeting, the call was not sent. */
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	call(&write, ACTION_DELETE, 2);
	loop_settle(loop);
	fake_dbd_accept(&dbd);
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	greet();
	ck_assert(!write.ended);
	reply_done(taken(ACTION_DELETE, 2));
	ck_assert_int_eq(write.status, STATUS_DONE);
}
END_TEST

/* The reply and the end of the connection arrive together. */
START_TEST(a_reply_before_the_end_is_delivered)
{
	struct ask a;

	greet();
	call(&a, ACTION_DELETE, 1);
	loop_settle(loop);
	codec_encode_done(&dbd.link.out, taken(ACTION_DELETE, 1));
	fake_dbd_send(&dbd);
	fake_dbd_hang_up(&dbd);
	loop_settle(loop);
	ck_assert(a.ended);
	ck_assert_int_eq(a.status, STATUS_DONE);
}
END_TEST

static const struct {
	const char *what;
	struct str bytes;
} bad_greetings[] = {
	{ "an empty frame", STR_INIT("\0\0\0\0") },
	{ "a frame too long", STR_INIT("\xff\xff\xff\xff") },
	{ "nil", STR_INIT("\0\0\0\1\xc0") },
	{ "another's name", STR_INIT("\0\0\0\x0b\x93\xa7qostern\1\1") },
	{ "another version", STR_INIT("\0\0\0\x0b\x93\xa7postern\2\1") },
	{ "another fingerprint", STR_INIT("\0\0\0\x0b\x93\xa7postern\x09\1") },
	{ "a reply", STR_INIT("\0\0\0\3\x92\1\0") },
};

/* The connection is closed and opened again; the call waits for a valid greeting. */
START_TEST(a_bad_greeting_is_refused)
{
	struct ask a;

	call(&a, ACTION_DELETE, 1);
	loop_settle(loop);
	fake_dbd_accept(&dbd);
	buf_str(&dbd.link.out, bad_greetings[_i].bytes);
	fake_dbd_send(&dbd);
	loop_await(loop, dbd.listener);
	ck_assert_msg(greetings == 0, "%s", bad_greetings[_i].what);
	ck_assert(!a.ended);
	nothing_taken();
	greet();
	ck_assert_uint_eq(greetings, 1);
	reply_done(taken(ACTION_DELETE, 1));
	ck_assert_int_eq(a.status, STATUS_DONE);
}
END_TEST

static const struct {
	const char *what;
	struct str bytes;
} bad_replies[] = {
	{ "an empty frame", STR_INIT("\0\0\0\0") },
	{ "a frame too long", STR_INIT("\xff\xff\xff\xff") },
	{ "nil", STR_INIT("\0\0\0\1\xc0") },
	{ "an unknown status", STR_INIT("\0\0\0\3\x92\1\x7f") },
	{ "an argument too many", STR_INIT("\0\0\0\4\x93\1\0\1") },
	{ "not msgpack", STR_INIT("\0\0\0\2\xc1\xff") },
};

START_TEST(a_bad_reply_ends_the_connection)
{
	struct ask read, write;

	greet();
	call(&read, ACTION_READ, 1);
	call(&write, ACTION_DELETE, 2);
	loop_settle(loop);
	buf_str(&dbd.link.out, bad_replies[_i].bytes);
	fake_dbd_send(&dbd);
	loop_await(loop, dbd.listener);
	ck_assert_msg(write.ended, "%s", bad_replies[_i].what);
	ck_assert_int_eq(write.fault, FAULT_UNKNOWN);
	ck_assert(!read.ended);
	greet();
	reply_rows(taken(ACTION_READ, 1), 1, false);
	ck_assert(read.ended);
}
END_TEST

START_TEST(too_many_calls_end_at_once)
{
	struct ask *asks = calloc(DBD_CALLS_MAX, sizeof(*asks));
	struct ask over;

	for (int i = 0; i < DBD_CALLS_MAX; i++)
		call(&asks[i], ACTION_READ, i);
	call(&over, ACTION_DELETE, 1);
	ck_assert(over.ended);
	ck_assert_int_eq(over.status, STATUS_FAULT);
	ck_assert_int_eq(over.fault, FAULT_BUSY);
	ck_assert(!asks[0].ended && !asks[DBD_CALLS_MAX - 1].ended);
	/* A cancelled call makes room for another one. */
	dbd_client_cancel(client, &asks[DBD_CALLS_MAX / 2].call);
	call(&over, ACTION_DELETE, 1);
	ck_assert(!over.ended);
	dbd_client_cancel(client, &over.call);
	for (int i = 0; i < DBD_CALLS_MAX; i++)
		dbd_client_cancel(client, &asks[i].call);
	free(asks);
}
END_TEST

/* Confirms. */

static uint64_t confirm_taken(void)
{
	uint64_t id;

	loop_settle(loop);
	ck_assert_msg(fake_dbd_take_confirm(&dbd, &id), "no confirm was asked for");
	return id;
}

static void no_confirm_taken(void)
{
	uint64_t id;

	ck_assert_msg(!fake_dbd_take_confirm(&dbd, &id), "a confirm was asked for");
}

START_TEST(one_confirm_serves_all_that_ask_in_a_turn)
{
	enum { ASKS = 50 };
	static struct ask asks[ASKS];

	greet();
	for (int i = 0; i < ASKS; i++)
		confirm(&asks[i]);
	nothing_taken(); /* before the turn ends */
	dbd_client_cancel(client, &asks[7].call);
	uint64_t id = confirm_taken();
	nothing_taken();
	ck_assert_uint_eq(asks[0].confirms, 0);
	reply_done(id);
	for (int i = 0; i < ASKS; i++)
		ck_assert_uint_eq(asks[i].confirms, i != 7);
	reply_done(id);
	ck_assert_uint_eq(asks[0].confirms, 1);
	nothing_taken();
}
END_TEST

START_TEST(a_confirm_serves_nobody_who_asks_after_it_was_sent)
{
	struct ask early, late;

	greet();
	confirm(&early);
	uint64_t first = confirm_taken();
	confirm(&late);
	reply_done(first);
	ck_assert_uint_eq(early.confirms, 1);
	ck_assert_uint_eq(late.confirms, 0);
	reply_done(confirm_taken());
	ck_assert_uint_eq(late.confirms, 1);
}
END_TEST

START_TEST(what_asks_while_a_confirm_is_on_its_way_is_collected_for_the_next)
{
	enum { TURNS = 20 };
	static struct ask asks[TURNS];
	struct ask first;

	greet();
	confirm(&first);
	uint64_t id = confirm_taken();
	for (int i = 0; i < TURNS; i++) {
		confirm(&asks[i]);
		loop_settle(loop);
		no_confirm_taken();
	}
	reply_done(id);
	ck_assert_uint_eq(first.confirms, 1);
	reply_done(confirm_taken());
	for (int i = 0; i < TURNS; i++)
		ck_assert_uint_eq(asks[i].confirms, 1);
	loop_settle(loop);
	no_confirm_taken();
}
END_TEST

START_TEST(a_confirm_that_nobody_waits_for_any_more_holds_up_none)
{
	struct ask first, second;

	greet();
	confirm(&first);
	uint64_t id = confirm_taken();
	confirm(&second);
	loop_settle(loop);
	no_confirm_taken();
	dbd_client_cancel(client, &first.call);
	uint64_t next = confirm_taken();
	reply_done(id);
	ck_assert_uint_eq(second.confirms, 0);
	reply_done(next);
	ck_assert_uint_eq(second.confirms, 1);
	ck_assert_uint_eq(first.confirms, 0);
}
END_TEST

START_TEST(who_asks_in_the_callback_waits_for_the_next)
{
	struct ask a;

	asks_again = &a;
	greet();
	confirm(&a);
	reply_done(confirm_taken());
	ck_assert_uint_eq(a.confirms, 1);
	asks_again = NULL;
	reply_done(confirm_taken());
	ck_assert_uint_eq(a.confirms, 2);
	nothing_taken();
}
END_TEST

START_TEST(a_lost_confirm_is_asked_of_the_next_dbd)
{
	struct ask a, b;
	uint64_t id;

	greet();
	confirm(&a);
	confirm_taken();
	confirm(&b);
	if (_i == 0) {
		codec_encode_bye(&dbd.link.out);
		fake_dbd_send(&dbd);
	}
	replace_dbd();
	ck_assert_uint_eq(a.confirms + b.confirms + a.frames + b.frames, 0);
	id = confirm_taken();
	nothing_taken();
	reply_done(id);
	ck_assert_uint_eq(a.confirms, 1);
	ck_assert_uint_eq(b.confirms, 1);
}
END_TEST

START_TEST(a_confirm_waits_for_the_first_greeting)
{
	struct ask a;

	confirm(&a);
	greet();
	reply_done(confirm_taken());
	ck_assert_uint_eq(a.confirms, 1);
}
END_TEST

START_TEST(a_confirm_may_fail)
{
	struct ask a, b;

	greet();
	confirm(&a);
	confirm(&b);
	codec_encode_fault(&dbd.link.out, confirm_taken(), FAULT_UNAVAILABLE, api->resources[0], 0);
	fake_dbd_send(&dbd);
	loop_settle(loop);
	ck_assert(a.ended && b.ended);
	ck_assert_int_eq(a.fault, FAULT_UNAVAILABLE);
	ck_assert_uint_eq(a.confirms, 0);
	ck_assert(!dbd_client_was_confirmed(client, 1000));
}
END_TEST

START_TEST(a_confirm_that_was_not_asked_for_ends_the_connection)
{
	struct ask a;

	greet();
	confirm(&a);
	uint64_t id = confirm_taken();
	if (_i == 0)
		codec_encode_done(&dbd.link.out, id + (UINT64_C(1) << 32));
	else
		fake_dbd_encode_rows(&dbd, id, api->resources[0], 1, 1, MORE_NO);
	fake_dbd_send(&dbd);
	loop_await(loop, dbd.listener);
	ck_assert_uint_eq(a.confirms, 0);
	greet();
	reply_done(confirm_taken());
	ck_assert_uint_eq(a.confirms, 1);
}
END_TEST

static uint64_t now_ns;

static uint64_t test_clock(void)
{
	return now_ns;
}

START_TEST(a_confirm_is_as_old_as_its_question)
{
	struct ask a;

	now_ns = clock_ns();
	loop_set_clock(loop, test_clock);
	greet();
	ck_assert(!dbd_client_was_confirmed(client, 1000));
	confirm(&a);
	uint64_t id = confirm_taken();
	ck_assert(!dbd_client_was_confirmed(client, 1000));
	now_ns += UINT64_C(400000000);
	reply_done(id);
	ck_assert(!dbd_client_was_confirmed(client, 0));
	ck_assert(!dbd_client_was_confirmed(client, 400));
	ck_assert(dbd_client_was_confirmed(client, 401));
}
END_TEST

START_TEST(a_confirm_has_a_deadline)
{
	struct ask a, b;

	now_ns = clock_ns();
	loop_set_clock(loop, test_clock);
	greet();
	confirm(&a);
	confirm_taken();
	now_ns += (DBD_PATIENCE_MS + 1) * UINT64_C(1000000);
	loop_settle(loop);
	confirm(&b);
	ck_assert(b.ended);
	ck_assert_int_eq(b.fault, FAULT_UNAVAILABLE);
	ck_assert(!a.ended);
	now_ns += DBD_TIMEOUT_MS * UINT64_C(1000000);
	loop_settle(loop);
	ck_assert(a.ended);
	ck_assert_int_eq(a.fault, FAULT_UNAVAILABLE);
	ck_assert_uint_eq(a.confirms + b.confirms, 0);
	nothing_taken();
}
END_TEST

static void on_time(struct timer *timer)
{
	(void)timer;
	loop_stop(loop);
}

static void let_pass(uint64_t ms)
{
	struct timer timer = { .on_timer = on_time };

	loop_settle(loop);
	loop_timer_set(loop, &timer, ms);
	loop_run(loop);
}

START_TEST(patience_can_be_set)
{
	struct ask first, second, third;

	now_ns = clock_ns();
	loop_set_clock(loop, test_clock);
	dbd_client_set_patience(client, DBD_SERVER_PATIENCE_MS);
	greet();
	call(&first, ACTION_DELETE, 1);
	now_ns += (DBD_PATIENCE_MS + 1) * UINT64_C(1000000);
	loop_settle(loop);
	call(&second, ACTION_DELETE, 2);
	ck_assert(!second.ended);
	now_ns += (DBD_SERVER_PATIENCE_MS - DBD_PATIENCE_MS) * UINT64_C(1000000);
	loop_settle(loop);
	call(&third, ACTION_DELETE, 3);
	ck_assert(third.ended);
	ck_assert_int_eq(third.fault, FAULT_UNAVAILABLE);
	dbd_client_cancel(client, &first.call);
	dbd_client_cancel(client, &second.call);
}
END_TEST

START_TEST(a_call_fails_at_once_while_one_of_its_kind_waits_too_long)
{
	struct ask write, list, read, another;

	greet();
	call(&write, ACTION_DELETE, 1);
	call(&list, ACTION_LIST, 0);
	let_pass(DBD_PATIENCE_MS + 1);
	call(&another, ACTION_DELETE, 2);
	ck_assert(another.ended);
	ck_assert_int_eq(another.fault, FAULT_UNAVAILABLE);
	/* Reads wait for another thread than writes, and lists wait for each other. */
	call(&read, ACTION_READ, 1);
	ck_assert(!read.ended);
	call(&another, ACTION_LIST, 0);
	ck_assert(!another.ended);
	dbd_client_cancel(client, &another.call);
	/* The first call still waits; its reply ends the refusals. */
	ck_assert(!write.ended);
	reply_done(taken(ACTION_DELETE, 1));
	ck_assert(write.ended);
	call(&another, ACTION_DELETE, 2);
	ck_assert(!another.ended);
	dbd_client_cancel(client, &another.call);
	dbd_client_cancel(client, &list.call);
	dbd_client_cancel(client, &read.call);
}
END_TEST

/* A dbd that reads slowly makes commands wait; none is lost. */
START_TEST(commands_wait_for_a_slow_dbd)
{
	enum { CALLS = 10 * 1024 };
	struct ask *asks = calloc(CALLS, sizeof(*asks));
	int replies = 0;

	greet();
	for (int i = 0; i < CALLS; i++)
		call(&asks[i], ACTION_DELETE, i);
	for (int turn = 0; turn < CALLS && replies < CALLS; turn++) {
		struct command command;
		loop_turn(loop);
		while (fake_dbd_take(&dbd, &command)) {
			if (key_integer(command.key) != replies++)
				ck_abort_msg("key %" PRId64, key_integer(command.key));
			codec_encode_done(&dbd.link.out, command.id);
		}
		fake_dbd_send(&dbd);
	}
	loop_settle(loop);
	ck_assert_int_eq(replies, CALLS);
	for (int i = 0; i < CALLS; i++)
		if (!asks[i].ended)
			ck_abort_msg("call %d", i);
	free(asks);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("dbd_client");
	TCase *tests = tcase_create("dbd_client");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, one_confirm_serves_all_that_ask_in_a_turn);
	tcase_add_test(tests, a_confirm_serves_nobody_who_asks_after_it_was_sent);
	tcase_add_test(tests, what_asks_while_a_confirm_is_on_its_way_is_collected_for_the_next);
	tcase_add_test(tests, a_confirm_that_nobody_waits_for_any_more_holds_up_none);
	tcase_add_test(tests, who_asks_in_the_callback_waits_for_the_next);
	tcase_add_loop_test(tests, a_lost_confirm_is_asked_of_the_next_dbd, 0, 2);
	tcase_add_test(tests, a_confirm_waits_for_the_first_greeting);
	tcase_add_test(tests, a_confirm_may_fail);
	tcase_add_loop_test(tests, a_confirm_that_was_not_asked_for_ends_the_connection, 0, 2);
	tcase_add_test(tests, a_confirm_is_as_old_as_its_question);
	tcase_add_test(tests, a_confirm_has_a_deadline);
	tcase_add_test(tests, each_greeting_calls_on_ready);
	tcase_add_test(tests, a_call_gets_its_reply);
	tcase_add_test(tests, a_command_carries_its_deadline);
	tcase_add_test(tests, a_fault_is_delivered);
	tcase_add_test(tests, replies_come_in_any_order);
	tcase_add_test(tests, a_long_reply_comes_in_frames);
	tcase_add_test(tests, a_stream_continues_on_demand);
	tcase_add_test(tests, a_stream_may_fail_while_it_rests);
	tcase_add_test(tests, a_cancelled_stream_is_cancelled_in_dbd);
	tcase_add_test(tests, rows_without_a_demand_end_the_connection);
	tcase_add_test(tests, a_lost_stream_begins_again);
	tcase_add_test(tests, a_reply_may_come_byte_by_byte);
	tcase_add_test(tests, a_late_reply_is_dropped);
	tcase_add_test(tests, a_call_may_be_cancelled_by_its_own_reply);
	tcase_add_test(tests, calls_wait_for_the_first_greeting);
	tcase_add_test(tests, lost_reads_are_sent_again_and_lost_writes_end_as_unknown);
	tcase_add_test(tests, after_bye_everything_is_sent_to_the_next_dbd);
	tcase_add_test(tests, after_bye_a_stream_continues_on_its_connection);
	tcase_add_test(tests, a_reply_from_another_dbd_is_dropped);
	tcase_add_test(tests, streams_of_a_lost_draining_dbd_begin_again);
	tcase_add_test(tests, the_connections_to_draining_dbds_are_bounded);
	tcase_add_test(tests, calls_without_a_dbd_wait_for_the_next);
	tcase_add_test(tests, a_reply_before_the_end_is_delivered);
	tcase_add_loop_test(tests, a_bad_greeting_is_refused, 0, (int)NITEMS(bad_greetings));
	tcase_add_loop_test(tests, a_bad_reply_ends_the_connection, 0, (int)NITEMS(bad_replies));
	tcase_add_test(tests, too_many_calls_end_at_once);
	tcase_add_test(tests, patience_can_be_set);
	tcase_add_test(tests, a_call_fails_at_once_while_one_of_its_kind_waits_too_long);
	tcase_add_test(tests, commands_wait_for_a_slow_dbd);
	suite_add_tcase(suite, tests);
	return suite;
}
