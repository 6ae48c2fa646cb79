/* A dbd with a client (one_dbd.h), and beside them a session that is not Postern's: it holds locks,
 * adds triggers, ends connections. */
#ifndef POSTERN_TEST_POSTGRES_BESIDE_H
#define POSTERN_TEST_POSTGRES_BESIDE_H

#include "loop.h"
#include "one_dbd.h"
#include "sample.h"
#include "session.h"
#include "timeouts.h"

#include <sched.h>

enum { BESIDE_PATIENCE = 15 * 1000 /* milliseconds */ };

static PGconn *beside, *observer; /* the other one may have a transaction, with its snapshot */

static inline void beside_setup(void)
{
	one_dbd_setup();
	beside = session_connect(dbd.url);
	observer = session_connect(dbd.url);
}

static inline void beside_teardown(void)
{
	PQfinish(beside);
	PQfinish(observer);
	one_dbd_teardown();
}

static inline void beside_do(const char *sql)
{
	session_do(beside, sql);
}

/* Asks until the answer is "t". */
static inline void beside_await(const char *question)
{
	const uint64_t until = clock_ms() + (uint64_t)patience(BESIDE_PATIENCE);

	while (strcmp(session_value(observer, question), "t") != 0) {
		ck_assert_msg(clock_ms() < until, "waited in vain for: %s", question);
		sched_yield();
	}
}

static inline void beside_must_be(const char *question, const char *answer)
{
	ck_assert_str_eq(session_value(observer, question), answer);
}

#define BESIDE_THEIRS                                                                              \
	" FROM pg_stat_activity WHERE application_name = 'postern' AND datname = "                 \
	"current_database() "

/* A connection of dbd waits for a lock that another one holds. */
static inline void beside_await_blocked(void)
{
	beside_await("SELECT count(*) > 0" BESIDE_THEIRS "AND wait_event_type = 'Lock'");
}

/* Ends the connections of dbd for which the condition holds. */
static inline void beside_end_connections(const char *condition)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"SELECT count(pg_terminate_backend(pid, 5000))" BESIDE_THEIRS "AND %s", condition);
	PQclear(session_run(observer, sql));
}

/* Commands for the built-in API. */

static inline struct command beside_command(enum action action, const char *resource, int64_t key)
{
	const struct resource *r = sample_resource(resource);

	return (struct command){
		.action = action, .resource = r, .key = key_int(key), .record = { .resource = r }
	};
}

static inline unsigned beside_field(const struct resource *r, const char *name)
{
	for (unsigned i = 0; i < r->nfields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return i;
	ck_abort_msg("no field %s", name);
	return 0;
}

static inline void beside_set(struct command *c, const char *field, const char *text)
{
	record_set(&c->record, beside_field(c->resource, field),
		value_text(arena_copy(&arena, str_from(text))));
}

static inline struct command create_user(const char *name)
{
	struct command c = beside_command(ACTION_CREATE, "user", 0);

	c.key = c.parent = key_int(0);
	beside_set(&c, "username", name);
	beside_set(&c, "email", arena_printf(&arena, "%s@example.com", name).ptr);
	return c;
}

static inline struct command rename_user(int64_t key, const char *name)
{
	struct command c = beside_command(ACTION_UPDATE, "user", key);

	beside_set(&c, "username", name);
	return c;
}

static inline struct command create_post(int64_t user, const char *title)
{
	struct command c = beside_command(ACTION_CREATE, "post", 0);

	c.key = key_int(0);
	c.parent = key_int(user);
	beside_set(&c, "title", title);
	beside_set(&c, "content", "...");
	return c;
}

static inline struct command delete_row(const char *resource, int64_t key)
{
	return beside_command(ACTION_DELETE, resource, key);
}

static inline struct command read_row(const char *resource, int64_t key)
{
	return beside_command(ACTION_READ, resource, key);
}

/* What became of a command. */
struct outcome {
	bool there;
	enum fault fault; /* FAULT_NONE: done */
	uint64_t fields;
	int64_t key;    /* of the row, the first one */
	char text[128]; /* its first text */
	unsigned rows;  /* with those that are embedded */
	uint64_t after; /* milliseconds since they were sent */
};

enum { OUTCOMES_MAX = 512 };

static struct outcome outcomes[OUTCOMES_MAX];
static uint64_t outcomes_since;

static inline void note_row(struct outcome *o, const struct record *row)
{
	if (o->rows++ > 0)
		return;
	o->key =
		record_has(row, 0) && row->values[0].kind == VALUE_INT ? row->values[0].integer : 0;
	for (unsigned i = 0; i < row->resource->nfields; i++) {
		if (!record_has(row, i) || row->values[i].kind != VALUE_STR)
			continue;
		snprintf(o->text, sizeof(o->text), "%.*s", STR_ARGS(row->values[i].text));
		return;
	}
}

/* Takes the next reply, of a command whose id is the index of its outcome. Returns that. */
static inline unsigned take_outcome(struct client *c)
{
	struct reply reply;
	struct record row;
	unsigned id;

	do {
		reply = client_take_reply(c);
		id = (unsigned)reply.id;
		ck_assert_uint_lt(id, OUTCOMES_MAX);
		struct outcome *o = &outcomes[id];
		o->fault = reply.status == STATUS_FAULT ? reply.fault : FAULT_NONE;
		o->fields = reply.status == STATUS_FAULT ? reply.fields : 0;
		while (reply.status == STATUS_ROWS && reply.rows.left > 0) {
			ck_assert(codec_next_row(&reply.rows, &row));
			note_row(o, &row);
		}
		if (reply.more == MORE_WAITS)
			client_demand(c, reply.id, DEMAND_NEXT);
	} while (reply.status == STATUS_ROWS && reply.more != MORE_NO);
	ck_assert_msg(!outcomes[id].there, "command %u has two replies", id);
	outcomes[id].there = true;
	outcomes[id].after = clock_ms() - outcomes_since;
	return id;
}

/* Sends the commands in one write; their ids are their places. */
static inline void put_all(struct client *c, struct command *commands, unsigned count)
{
	memset(outcomes, 0, sizeof(outcomes));
	for (unsigned i = 0; i < count; i++) {
		commands[i].id = i;
		client_put(c, &commands[i]);
	}
	outcomes_since = clock_ms();
	client_flush(c);
}

static inline void take_all(struct client *c, unsigned count)
{
	while (count-- > 0)
		take_outcome(c);
}

static inline void run_all(struct command *commands, unsigned count)
{
	put_all(&client, commands, count);
	take_all(&client, count);
}

/* Runs one command. */
static inline struct outcome *run_one(struct command c)
{
	run_all(&c, 1);
	return &outcomes[0];
}

static inline void must_be(unsigned i, enum fault fault)
{
	ck_assert(outcomes[i].there);
	ck_assert_msg(outcomes[i].fault == fault, "command %u: %s instead of %s", i,
		outcomes[i].fault == FAULT_NONE ? "done" : fault_text(outcomes[i].fault),
		fault == FAULT_NONE ? "done" : fault_text(fault));
}

static inline void must_do(struct command c)
{
	run_one(c);
	must_be(0, FAULT_NONE);
}

static inline uint64_t field_bit(const char *resource, const char *field)
{
	return UINT64_C(1) << beside_field(sample_resource(resource), field);
}

#endif
