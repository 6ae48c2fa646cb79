/* Which steps a group takes, by what its commands and its engine do. test_writer.c has the same
 * over SQLite. */
#include "group.h"

#include "codec.h"
#include "fake_engine.h"
#include "frame.h"
#include "sample.h"
#include "suite.h"

static struct fake_engine fake;
static struct arena arena;
static struct job_list jobs;
static struct group_counts counts;

static void add_create(uint64_t deadline)
{
	struct command c = {
		.id = jobs.count,
		.deadline = deadline,
		.action = ACTION_CREATE,
		.resource = api->resources[0],
		.record = sample_input(&arena, api->resources[0], jobs.count),
	};

	job_append(&jobs, job_new(JOB_WRITE, &c, NULL));
}

static void setup(void)
{
	fake_engine_init(&fake);
	for (int i = 0; i < 3; i++)
		add_create(UINT64_MAX);
}

static void teardown(void)
{
	for (struct job *job; (job = job_take(&jobs));)
		job_free(job);
	arena_done(&arena);
}

/* The fault that the job was answered; FAULT_NONE if it was done. */
static enum fault fault_of(const struct job *job)
{
	struct reply reply;
	struct str payload;
	size_t size;
	const char *error;

	ck_assert_int_eq(frame_parse(buf_view(&job->reply), &payload, &size), FRAME_WHOLE);
	ck_assert_uint_eq(size, buf_len(&job->reply));
	ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
	return reply.status == STATUS_FAULT ? reply.fault : FAULT_NONE;
}

#define CREATE "savepoint insert release"

/* Three commands that insert, and a failure. */
static const struct row {
	const char *name;
	bool needs_savepoints;
	struct fake_failure failure;
	const char *calls;
	enum fault faults[3];
} rows[] = {
	{ "without a failure there is no savepoint", false, { 0 },
		"ready begin detect insert insert insert commit",
		{ FAULT_NONE, FAULT_NONE, FAULT_NONE } },
	{ "an engine may need savepoints", true, { 0 },
		"ready begin detect " CREATE " " CREATE " " CREATE " commit",
		{ FAULT_NONE, FAULT_NONE, FAULT_NONE } },
	{ "a failure that changes nothing needs none", false,
		{ "insert", 1, FAULT_CONFLICT, TRANSACTION_OPEN, 0 },
		"ready begin detect insert insert insert commit",
		{ FAULT_NONE, FAULT_CONFLICT, FAULT_NONE } },
	{ "what a failure has changed is undone", false,
		{ "insert", 1, FAULT_CONFLICT, TRANSACTION_OPEN, 1 },
		"ready begin detect insert insert rollback begin " CREATE " " CREATE " commit",
		{ FAULT_NONE, FAULT_CONFLICT, FAULT_NONE } },
	{ "so is what a fault may have changed", false,
		{ "insert", 1, FAULT_INTERNAL, TRANSACTION_OPEN, 0 },
		"ready begin detect insert insert rollback begin " CREATE " " CREATE " commit",
		{ FAULT_NONE, FAULT_INTERNAL, FAULT_NONE } },
	{ "with savepoints only the command is undone", true,
		{ "insert", 1, FAULT_INTERNAL, TRANSACTION_OPEN, 0 },
		"ready begin detect " CREATE " savepoint insert rollback-to " CREATE " commit",
		{ FAULT_NONE, FAULT_INTERNAL, FAULT_NONE } },
	{ "a command may end the transaction for itself", false,
		{ "insert", 1, FAULT_INTERNAL, TRANSACTION_REFUSED, 0 },
		"ready begin detect insert insert begin " CREATE " " CREATE " commit",
		{ FAULT_NONE, FAULT_INTERNAL, FAULT_NONE } },
	{ "a lost transaction fails all", false,
		{ "insert", 1, FAULT_STORAGE, TRANSACTION_NONE, 0 },
		"ready begin detect insert insert failed",
		{ FAULT_STORAGE, FAULT_STORAGE, FAULT_STORAGE } },
	{ "so does an engine that is not ready", false,
		{ "ready", 0, FAULT_STORAGE, TRANSACTION_NONE, 0 }, "ready failed",
		{ FAULT_STORAGE, FAULT_STORAGE, FAULT_STORAGE } },
	{ "and one that cannot begin", false, { "begin", 0, FAULT_LOCKED, TRANSACTION_NONE, 0 },
		"ready begin failed", { FAULT_LOCKED, FAULT_LOCKED, FAULT_LOCKED } },
	{ "or that loses the transaction when it looks for commits by others", false,
		{ "detect", 0, FAULT_INTERNAL, TRANSACTION_NONE, 0 }, "ready begin detect failed",
		{ FAULT_INTERNAL, FAULT_INTERNAL, FAULT_INTERNAL } },
	{ "the outcome of a commit may be unknown", false,
		{ "commit", 0, FAULT_UNKNOWN, TRANSACTION_NONE, 0 },
		"ready begin detect insert insert insert commit failed",
		{ FAULT_UNKNOWN, FAULT_UNKNOWN, FAULT_UNKNOWN } },
	{ "a savepoint that cannot be undone fails all", true,
		{ "savepoint", 1, FAULT_STORAGE, TRANSACTION_NONE, 0 },
		"ready begin detect " CREATE " savepoint failed",
		{ FAULT_STORAGE, FAULT_STORAGE, FAULT_STORAGE } },
};

START_TEST(a_group_takes_the_steps_that_it_needs)
{
	const struct row *row = &rows[_i];
	const struct job *job = jobs.first;
	unsigned done = 0;

	fake.ops.needs_savepoints = row->needs_savepoints;
	fake.failure = row->failure;
	group_run(&fake.engine, &jobs, &counts);
	ck_assert_msg(strcmp(fake.calls, row->calls) == 0, "%s: %s", row->name, fake.calls);
	for (size_t i = 0; i < NITEMS(row->faults); i++, job = job->next) {
		ck_assert_msg(fault_of(job) == row->faults[i], "%s: job %zu", row->name, i);
		done += row->faults[i] == FAULT_NONE;
	}
	ck_assert_uint_eq(counts.commands, done);
	ck_assert_uint_eq(counts.groups, done > 0);
}
END_TEST

START_TEST(a_late_command_is_skipped)
{
	teardown();
	add_create(0);
	group_run(&fake.engine, &jobs, &counts);
	ck_assert_str_eq(fake.calls, "ready begin detect commit");
	ck_assert_uint_eq(buf_len(&jobs.first->reply), 0);
	ck_assert_uint_eq(counts.groups, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("group");
	TCase *tc = tcase_create("steps");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_group_takes_the_steps_that_it_needs, 0, (int)NITEMS(rows));
	tcase_add_test(tc, a_late_command_is_skipped);
	suite_add_tcase(suite, tc);
	return suite;
}
