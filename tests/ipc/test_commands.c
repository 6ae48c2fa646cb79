/* Commands to the real dbd: every action, many clients at once, group commit, deadlines, overload.
 */
#include "loop.h"
#include "one_dbd.h"
#include "process.h"
#include "sample.h"
#include "suite.h"

static struct command command_for(enum action action, const struct resource *r, int64_t key)
{
	return (struct command){ .id = 7,
		.action = action,
		.resource = r,
		.key = key_int(key),
		.record = { .resource = r } };
}

static void must_be_done(const struct reply *reply)
{
	ck_assert_msg(reply->status != STATUS_FAULT, "%s", fault_text(reply->fault));
}

static struct record only_row(struct reply *reply)
{
	struct record row;

	must_be_done(reply);
	ck_assert_uint_eq(reply->rows.left, 1);
	ck_assert(codec_next_row(&reply->rows, &row));
	return row;
}

/* The row of each resource is the parent of the next resource's. */
START_TEST(every_action_of_every_resource_works)
{
	for (unsigned i = 0; i < api->nresources; i++) {
		const struct resource *r = api->resources[i];
		struct command c = sample_create(&arena, r, 7, 1);
		struct reply reply = client_ask(&client, &c);
		ck_assert_int_eq(only_row(&reply).values[0].integer, 1);
		c = command_for(ACTION_UPDATE, r, 1);
		c.record = sample_input(&arena, r, 2);
		reply = client_ask(&client, &c);
		only_row(&reply);
		c = command_for(ACTION_LIST, r, 0);
		reply = client_ask(&client, &c);
		struct record row = only_row(&reply), sent = sample_input(&arena, r, 2);
		row.present &= sent.present;
		sample_assert_same(&row, &sent);
		c = command_for(ACTION_READ, r, 1);
		reply = client_ask(&client, &c);
		only_row(&reply);
		for (bool more = reply.more; more; more = reply.more)
			reply = client_take_reply(&client);
	}
	for (unsigned i = api->nresources; i-- > 0;) {
		struct command c = command_for(ACTION_DELETE, api->resources[i], 1);
		struct reply reply = client_ask(&client, &c);
		ck_assert_int_eq(reply.status, STATUS_DONE);
		reply = client_ask(&client, &c);
		ck_assert_int_eq(reply.fault, FAULT_NOT_FOUND);
		ck_assert_ptr_eq(reply.resource, api->resources[i]);
	}
}
END_TEST

static uint32_t count_rows(struct client *c)
{
	struct command list = command_for(ACTION_LIST, api->resources[0], 0);
	struct reply reply = client_ask(c, &list);
	uint32_t rows = reply.rows.left;

	must_be_done(&reply);
	while (reply.more) {
		reply = client_take_reply(c);
		rows += reply.rows.left;
	}
	return rows;
}

/* Each client has many commands in flight; replies are read after all commands are sent. */
START_TEST(many_clients_are_served_at_once)
{
	enum { CLIENTS = 8, COMMANDS = 200 };
	struct client clients[CLIENTS];
	bool answered[CLIENTS][COMMANDS] = { 0 };

	for (unsigned w = 0; w < CLIENTS; w++)
		client_open(&clients[w], &dbd);
	for (unsigned n = 0; n < COMMANDS; n++) {
		for (unsigned w = 0; w < CLIENTS; w++) {
			struct command c =
				sample_create(&arena, api->resources[0], n, w * COMMANDS + n);
			if (n % 4 == 3)
				c = (struct command){ .id = n,
					.action = ACTION_READ,
					.resource = api->resources[0],
					.key = key_int(-1) };
			client_put(&clients[w], &c);
			client_flush(&clients[w]);
		}
	}
	for (unsigned n = 0; n < COMMANDS; n++) {
		for (unsigned w = 0; w < CLIENTS; w++) {
			struct reply reply = client_take_reply(&clients[w]);
			ck_assert_uint_lt(reply.id, COMMANDS);
			ck_assert(!answered[w][reply.id]);
			answered[w][reply.id] = true;
			ck_assert_int_eq(
				reply.status, reply.id % 4 == 3 ? STATUS_FAULT : STATUS_ROWS);
		}
	}
	ck_assert_uint_eq(count_rows(&client), CLIENTS * COMMANDS * 3 / 4);
	for (unsigned w = 0; w < CLIENTS; w++)
		client_close(&clients[w]);
}
END_TEST

/* One send(2) carries them all; dbd counts the commits. */
START_TEST(commands_that_arrive_together_are_committed_together)
{
	enum { COMMANDS = 64 };
	bool answered[COMMANDS] = { false };

	for (unsigned n = 0; n < COMMANDS; n++) {
		struct command c = sample_create(&arena, api->resources[0], n, n);
		client_put(&client, &c);
	}
	client_flush(&client);
	for (unsigned n = 0; n < COMMANDS; n++) {
		struct reply reply = client_take_reply(&client);
		must_be_done(&reply);
		ck_assert_uint_lt(reply.id, COMMANDS);
		ck_assert(!answered[reply.id]);
		answered[reply.id] = true;
	}
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	struct dbd_counts counts = dbd_log_counts(&dbd);
	ck_assert_uint_eq(counts.commands, COMMANDS);
	ck_assert_msg(counts.groups <= 4, "%llu groups", counts.groups);
}
END_TEST

START_TEST(a_read_sees_every_write_that_was_answered_before_it_was_sent)
{
	enum { ROUNDS = 50 };
	struct client other;

	client_open(&other, &dbd);
	for (unsigned n = 1; n <= ROUNDS; n++) {
		struct command c = sample_create(&arena, api->resources[0], n, n);
		struct reply reply = client_ask(&client, &c);
		must_be_done(&reply);
		ck_assert_uint_eq(count_rows(&other), n);
	}
	client_close(&other);
}
END_TEST

START_TEST(commands_past_their_deadline_are_skipped)
{
	struct command late_write = sample_create(&arena, api->resources[0], 1, 1);
	struct command late_read = command_for(ACTION_LIST, api->resources[0], 0);
	struct command c = command_for(ACTION_LIST, api->resources[0], 0);

	late_write.deadline = late_read.deadline = clock_ms() - 1;
	late_read.id = 2;
	client_put(&client, &late_write);
	client_put(&client, &late_read);
	c.id = 3;
	struct reply reply = client_ask(&client, &c);
	ck_assert_uint_eq(reply.id, 3);
	ck_assert_uint_eq(reply.rows.left, 0);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
	ck_assert_uint_eq(dbd_log_counts(&dbd).commands, 0);
}
END_TEST

/* More bytes of commands than the writer's queue may hold; each is answered, done or refused. */
START_TEST(commands_over_the_limit_are_refused_at_once)
{
	enum { COMMANDS = 20 * 1024 };
	unsigned done = 0, busy = 0;
	struct command c = command_for(ACTION_DELETE, api->resources[0], 1);

	for (unsigned n = 0; n < COMMANDS; n++) {
		c.id = n;
		client_put(&client, &c);
	}
	client_flush(&client);
	for (unsigned n = 0; n < COMMANDS; n++) {
		struct reply reply = client_take_reply(&client);
		ck_assert_int_eq(reply.status, STATUS_FAULT);
		done += reply.fault == FAULT_NOT_FOUND;
		busy += reply.fault == FAULT_BUSY;
	}
	ck_assert_uint_eq(done + busy, COMMANDS);
	ck_assert_uint_gt(done, 0);
}
END_TEST

/* Megabytes of replies for a client that does not read, while another one is served. */
START_TEST(a_client_that_does_not_read_does_not_block_others)
{
	enum { ROWS = 40, TEXT = 100 * 1024, LISTS = 10 };
	const struct resource *r = api->resources[1];
	struct client slow;
	char *text = arena_alloc(&arena, TEXT);

	memset(text, 'x', TEXT);
	struct command c = sample_create(&arena, api->resources[0], 1, 1);
	client_ask(&client, &c);
	for (unsigned n = 0; n < ROWS; n++) {
		c = sample_create(&arena, r, n, n);
		for (unsigned i = 0; i < r->nfields; i++)
			if (record_has(&c.record, i) && r->fields[i].len.max == FIELD_UNBOUNDED)
				c.record.values[i] = value_text((struct str){ text, TEXT });
		struct reply reply = client_ask(&client, &c);
		must_be_done(&reply);
	}
	client_open(&slow, &dbd);
	c = command_for(ACTION_LIST, r, 0);
	for (unsigned n = 0; n < LISTS; n++) {
		c.id = n;
		client_put(&slow, &c);
	}
	client_flush(&slow);
	ck_assert_uint_eq(count_rows(&client), 1);
	/* Then it reads all of them. */
	unsigned rows[LISTS] = { 0 };
	for (unsigned lists = 0; lists < LISTS;) {
		struct reply reply = client_take_reply(&slow);
		must_be_done(&reply);
		ck_assert_uint_lt(reply.id, LISTS);
		rows[reply.id] += reply.rows.left;
		lists += reply.more == MORE_NO;
		if (reply.more == MORE_WAITS)
			client_demand(&slow, reply.id, DEMAND_NEXT);
	}
	for (unsigned n = 0; n < LISTS; n++)
		ck_assert_uint_eq(rows[n], ROWS);
	client_close(&slow);
}
END_TEST

START_TEST(a_client_may_leave_with_commands_in_flight)
{
	enum { COMMANDS = 500 };
	struct client leaver;

	client_open(&leaver, &dbd);
	for (unsigned n = 0; n < COMMANDS; n++) {
		struct command c = sample_create(&arena, api->resources[0], n, n);
		client_put(&leaver, &c);
	}
	client_flush(&leaver);
	client_take_reply(&leaver);
	client_close(&leaver);
	struct command c = sample_create(&arena, api->resources[0], 1, COMMANDS);
	struct reply reply = client_ask(&client, &c);
	must_be_done(&reply);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("commands");
	TCase *file = tcase_create("file"), *memory = tcase_create("memory");

	tcase_add_checked_fixture(file, one_dbd_setup, one_dbd_teardown);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, every_action_of_every_resource_works);
	tcase_add_test(file, many_clients_are_served_at_once);
	tcase_add_test(file, commands_that_arrive_together_are_committed_together);
	tcase_add_test(file, a_read_sees_every_write_that_was_answered_before_it_was_sent);
	tcase_add_test(file, commands_past_their_deadline_are_skipped);
	tcase_add_test(file, commands_over_the_limit_are_refused_at_once);
	tcase_add_test(file, a_client_that_does_not_read_does_not_block_others);
	tcase_add_test(file, a_client_may_leave_with_commands_in_flight);
	suite_add_tcase(suite, file);

	tcase_add_checked_fixture(memory, one_dbd_setup_in_memory, one_dbd_teardown);
	tcase_set_timeout(memory, 60);
	tcase_add_test(memory, every_action_of_every_resource_works);
	tcase_add_test(memory, many_clients_are_served_at_once);
	tcase_add_test(memory, a_read_sees_every_write_that_was_answered_before_it_was_sent);
	tcase_add_test(memory, a_client_that_does_not_read_does_not_block_others);
	suite_add_tcase(suite, memory);
	return suite;
}
