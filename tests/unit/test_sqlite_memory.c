/* Each of SQLite's allocations fails in turn: what was acknowledged is there, what failed is not, a
 * list is complete or fails, and the next group succeeds. */
#include "codec.h"
#include "faulty_memory.h"
#include "frame.h"
#include "reading.h"
#include "sample.h"
#include "scratch.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_checkpoint.h"
#include "suite.h"
#include "writer.h"

#include <sqlite3.h>
#include <stdlib.h>

enum {
	ROWS_MAX = 16 * 1024,
	LONG_LOG = 1100 /* pages: a checkpoint is due */
};

static struct store *writer, *reader;
static sqlite3 *keeper; /* holds an old snapshot, so that the log stays long */
static struct arena arena;
static struct group_counts counts;
static const char *path;

/* By the number that a row's name begins with. */
static struct row {
	bool present;
	int64_t key;
} rows[ROWS_MAX];
static unsigned next_row;

static void open_both(void)
{
	struct buf error;

	buf_init(&error, 4096);
	writer = store_open_writer(path, &error);
	ck_assert_msg(writer, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	reader = store_open_reader(path, &error);
	ck_assert_msg(reader, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	buf_done(&error);
}

static void close_both(void)
{
	store_close(reader);
	store_close(writer);
	reader = writer = NULL;
}

/* Groups. */

/* What a job is about, by numbers of rows; 0: none. */
struct change {
	unsigned appears, vanishes;
};

static struct job_list jobs;
static struct change changes[4];
static unsigned njobs;

static void add_job(enum action action, unsigned vanishes)
{
	const struct resource *users = api->resources[0];
	unsigned appears = action == ACTION_DELETE ? 0 : ++next_row;
	struct command c = {
		.id = njobs,
		.deadline = UINT64_MAX,
		.action = action,
		.resource = users,
		.key = key_int(rows[vanishes].key),
	};

	ck_assert_uint_lt(next_row, ROWS_MAX);
	if (appears)
		c.record = sample_input(&arena, users, appears);
	changes[njobs++] = (struct change){ appears, vanishes };
	job_append(&jobs, job_new(JOB_WRITE, &c, NULL));
}

static struct reply decode(struct str frames, size_t *size)
{
	struct reply reply;
	struct str payload;
	const char *error;

	ck_assert_int_eq(frame_parse(frames, &payload, size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
	return reply;
}

static void assert_500(enum fault fault)
{
	ck_assert_msg(fault == FAULT_INTERNAL || fault == FAULT_STORAGE, "%s", fault_text(fault));
}

static bool judge(const struct job *job)
{
	const struct change *change = &changes[job->command.id];
	struct record record;
	size_t size;
	struct reply reply = decode(buf_view(&job->reply), &size);

	ck_assert_uint_eq(size, buf_len(&job->reply));
	if (reply.status == STATUS_FAULT) {
		assert_500(reply.fault);
		return false;
	}
	rows[change->vanishes].present = false;
	if (change->appears) {
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert(codec_next_row(&reply.rows, &record));
		rows[change->appears] = (struct row){ true, record.values[0].integer };
	}
	return true;
}

static unsigned find_present(unsigned from)
{
	while (from > 0 && !rows[from].present)
		from--;
	ck_assert_uint_gt(from, 0);
	return from;
}

static bool finish_group(void)
{
	bool fine = true;

	group_run(sqlite_engine_of(writer), &jobs, &counts);
	for (struct job *job; (job = job_take(&jobs)); job_free(job))
		fine &= judge(job);
	njobs = 0;
	arena_reset(&arena);
	return fine;
}

/* Creates two rows, changes one and deletes one. Returns true if all of it was done. */
static bool run_group(void)
{
	unsigned changed = find_present(next_row), deleted = find_present(changed - 1);

	add_job(ACTION_CREATE, 0);
	add_job(ACTION_UPDATE, changed);
	add_job(ACTION_CREATE, 0);
	add_job(ACTION_DELETE, deleted);
	bool fine = finish_group();
	store_checkpoint_if_long(writer);
	return fine;
}

/* Lists. */

static unsigned count_rows(struct reply *reply, bool seen[ROWS_MAX])
{
	struct record row;
	unsigned count = 0;

	for (; reply->rows.left > 0; count++) {
		ck_assert(codec_next_row(&reply->rows, &row));
		unsigned long n = strtoul(row.values[1].text.ptr, NULL, 10);
		if (n >= ROWS_MAX || seen[n] || !rows[n].present)
			ck_abort_msg("row %lu must not be there", n);
		seen[n] = true;
	}
	return count;
}

static unsigned count_present(void)
{
	unsigned count = 0;

	for (unsigned n = 0; n <= next_row; n++)
		count += rows[n].present;
	return count;
}

/* Returns false if it failed, with a reply that says so. */
static bool read_list(void)
{
	static bool seen[ROWS_MAX];
	struct command list = { .action = ACTION_LIST, .resource = api->resources[0] };
	struct failure failure;
	struct reading reading;
	struct buf frame;
	unsigned count = 0;

	memset(seen, 0, sizeof(seen));
	buf_init(&frame, FRAME_MAX);
	bool fine = reading_begin(&reading, sqlite_engine_of(reader), &list, &failure);
	while (fine && reading.goes_on) {
		size_t size;
		fine = reading_frame(&reading, &frame, MORE_COMES, &failure);
		if (!fine)
			break;
		struct reply reply = decode(buf_view(&frame), &size);
		count += count_rows(&reply, seen);
		buf_reset(&frame, FRAME_MAX);
	}
	reading_end(&reading);
	buf_done(&frame);
	if (fine)
		ck_assert_uint_eq(count, count_present());
	else
		assert_500(failure.fault);
	return fine;
}

/* Fixture. */

static void execute(sqlite3 *db, const char *sql)
{
	char *why = NULL;

	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
}

static void make_long_log(void)
{
	execute(keeper, "BEGIN; SELECT count(*) FROM users");
	for (unsigned i = 0; i < LONG_LOG / 4; i++)
		ck_assert(run_group());
}

static void setup(void)
{
	scratch_setup();
	path = scratch_path("app.db");
	faulty_memory_install();
}

/* Without lookaside memory, connections use the allocator for everything. */
static void prepare(bool own_store)
{
	if (!own_store)
		ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
	ck_assert_int_eq(sqlite3_open(path, &keeper), SQLITE_OK);
	execute(keeper, "PRAGMA page_size = 512; PRAGMA user_version = 7");
	open_both();
	add_job(ACTION_CREATE, 0);
	add_job(ACTION_CREATE, 0);
	ck_assert(finish_group());
	make_long_log();
	close_both();
}

static void teardown(void)
{
	faulty_memory_heal();
	ck_assert_int_eq(sqlite3_close(keeper), SQLITE_OK);
	arena_done(&arena);
	scratch_teardown();
}

static void check_integrity(void)
{
	sqlite3_stmt *statement;

	execute(keeper, "COMMIT");
	ck_assert_int_eq(sqlite3_prepare_v2(keeper, "PRAGMA integrity_check", -1, &statement, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(statement, 0), "ok");
	sqlite3_finalize(statement);
}

START_TEST(a_failed_allocation_loses_only_what_was_answered_as_failed)
{
	bool lasts = _i % 2, refused = true;
	unsigned failures = 0;

	prepare(_i / 2);
	for (unsigned nth = 1; refused; nth++) {
		open_both();
		faulty_memory_refuse(nth, lasts);
		bool fine = run_group();
		fine &= read_list();
		refused = faulty_memory_has_refused();
		ck_assert_msg(fine || refused, "it failed by itself");
		failures += !fine;
		faulty_memory_heal();
		ck_assert_msg(read_list(), "after the %uth", nth);
		ck_assert_msg(run_group(), "after the %uth", nth);
		ck_assert_msg(read_list(), "after the %uth", nth);
		close_both();
	}
	ck_assert_uint_gt(failures, 0);
	check_integrity();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("sqlite_memory");
	TCase *tc = tcase_create("memory");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_failed_allocation_loses_only_what_was_answered_as_failed, 0, 4);
	suite_add_tcase(suite, tc);
	return suite;
}
