#include "long_list.h"

#include "suite.h"

void long_list_send(struct client *c, uint64_t id)
{
	client_put(c, &(struct command){
			      .id = id, .action = ACTION_LIST, .resource = api->resources[1] });
	client_flush(c);
}

struct reply long_list_take(struct client *c, uint64_t id)
{
	struct reply reply = client_take_reply(c);

	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert_uint_eq(reply.id, id);
	return reply;
}

uint32_t long_list_begin(struct client *c, uint64_t id)
{
	long_list_send(c, id);
	struct reply reply = long_list_take(c, id);
	ck_assert_int_eq(reply.more, MORE_WAITS);
	return reply.rows.left;
}

/* Without the marks between them. */
static uint32_t count_rows(struct rows *rows)
{
	struct record row;
	uint32_t count = 0;

	for (; rows->left > 0; count++)
		ck_assert(codec_next_row(rows, &row));
	return count;
}

uint32_t long_list_take_rest(struct client *c, uint64_t id)
{
	struct reply reply = long_list_take(c, id);
	uint32_t rows = count_rows(&reply.rows);

	while (reply.more == MORE_WAITS) {
		client_demand(c, id, DEMAND_NEXT);
		reply = long_list_take(c, id);
		rows += count_rows(&reply.rows);
	}
	ck_assert_int_eq(reply.more, MORE_NO);
	return rows;
}

uint32_t long_list_demand_rest(struct client *c, uint64_t id)
{
	client_demand(c, id, DEMAND_NEXT);
	return long_list_take_rest(c, id);
}
