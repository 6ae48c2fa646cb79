/* Storage that fails at each write and at each sync, and power cuts at each sync: nothing that was
 * acknowledged is lost, nothing that failed is there, reads continue, and writes continue once the
 * cause is gone. */
#include "writer.h"

#include "codec.h"
#include "faulty_vfs.h"
#include "frame.h"
#include "sample.h"
#include "scratch.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_checkpoint.h"
#include "store_state.h"
#include "store_statements.h"
#include "store_transaction.h"
#include "submitter.h"
#include "suite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ROWS_MAX = 4096,
	GROUP = 3,      /* commands */
	PREPARED = 500, /* pages of the log */
	AT_ONCE = 1,
	FRAME_SIZE = 512 + 24,
	CUT_GROUPS = 500,
	FIRST_LASTING = 3 /* of the faults */
};

static struct store *writer, *reader;
static struct arena arena, names;
static struct job_list jobs;
static struct group_counts counts;
static const char *path, *copy;

static bool acknowledged[ROWS_MAX]; /* by the number that the row's name begins with */
static unsigned next_row;           /* number of the next row to be created */

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

/* Small pages: a log of many pages is a short file. */
static void make_file(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA page_size = 512; PRAGMA user_version = 7", NULL,
				 NULL, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void setup(void)
{
	scratch_setup();
	path = scratch_path("app.db");
	copy = scratch_path("copy.db");
	faulty_vfs_register();
	make_file();
	open_both();
}

static void teardown(void)
{
	faulty_vfs_heal();
	close_both();
	faulty_vfs_forget();
	arena_done(&arena);
	arena_done(&names);
	scratch_teardown();
}

/* Groups. */

static void add_row(void)
{
	struct command c = {
		.id = next_row,
		.deadline = UINT64_MAX,
		.action = ACTION_CREATE,
		.resource = api->resources[0],
		.record = sample_input(&arena, api->resources[0], next_row),
	};

	ck_assert_uint_lt(++next_row, ROWS_MAX);
	job_append(&jobs, job_new(JOB_WRITE, &c, NULL));
}

static struct reply reply_of(const struct job *job)
{
	struct reply reply;
	struct str payload;
	size_t size;
	const char *error;

	ck_assert_int_eq(frame_parse(buf_view(&job->reply), &payload, &size), FRAME_WHOLE);
	ck_assert_uint_eq(size, buf_len(&job->reply));
	ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
	return reply;
}

/* Notes what was acknowledged. All commands of a group have the same answer. False: this fault. */
static bool judge(struct job_list *done, enum fault fault)
{
	bool fine = reply_of(done->first).status == STATUS_ROWS;

	for (struct job *job; (job = job_take(done)); job_free(job)) {
		struct reply reply = reply_of(job);
		ck_assert_int_eq(reply.status, fine ? STATUS_ROWS : STATUS_FAULT);
		if (!fine)
			ck_assert_str_eq(fault_text(reply.fault), fault_text(fault));
		acknowledged[job->command.id] = fine;
	}
	arena_reset(&arena);
	return fine;
}

static bool run_group(enum fault fault)
{
	for (int i = 0; i < GROUP; i++)
		add_row();
	group_run(sqlite_engine_of(writer), &jobs, &counts);
	bool fine = judge(&jobs, fault);
	store_checkpoint_if_long(writer);
	return fine;
}

/* What is there. An assertion of Check's costs a system call, so those on rows only tell what is
 * wrong. */

static void look(sqlite3_stmt *list, bool found[ROWS_MAX])
{
	int rc;

	memset(found, 0, ROWS_MAX * sizeof(*found));
	while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
		const unsigned char *name = sqlite3_column_text(list, 1);
		unsigned long n = strtoul((const char *)name, NULL, 10);
		if (n >= next_row || found[n])
			ck_abort_msg("row %lu: nobody made it, or it is there twice", n);
		found[n] = true;
	}
	ck_assert_msg(rc == SQLITE_DONE, "cannot read: %d", rc);
	ck_assert_int_eq(sqlite3_reset(list), SQLITE_OK);
}

static void must_be_all(const bool found[ROWS_MAX], const char *where)
{
	for (unsigned n = 0; n < next_row; n++)
		if (found[n] != acknowledged[n])
			ck_abort_msg("%s, row %u %s", where, n,
				found[n] ? "is there and was not acknowledged" : "is lost");
}

/* A group whose outcome was not answered may be there, as a whole. */
static void must_be_no_less(const bool found[ROWS_MAX], const char *where)
{
	for (unsigned n = 0; n < next_row; n++) {
		if (!found[n] && acknowledged[n])
			ck_abort_msg("%s, row %u is lost", where, n);
		if (found[n] != found[n - n % GROUP])
			ck_abort_msg("%s, row %u: half a group is there", where, n);
	}
}

static void reader_must_see_all(void)
{
	bool found[ROWS_MAX];

	look(store_statement(reader, api->resources[0], SQL_LIST), found);
	must_be_all(found, "the reader");
}

/* Not by the VFS under test. */
static void look_at_copy(bool found[ROWS_MAX])
{
	sqlite3 *db;
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_open_v2(copy, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(statement, 0), "ok");
	sqlite3_finalize(statement);
	ck_assert_int_eq(
		sqlite3_prepare_v2(db, "SELECT * FROM users", -1, &statement, NULL), SQLITE_OK);
	look(statement, found);
	sqlite3_finalize(statement);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Files, as the kernel shows them: what is left when all processes are killed. */

static struct contents {
	struct str suffix;
	bool exists;
	struct buf bytes;
} saved[] = { { .suffix = STR_INIT("") }, { .suffix = STR_INIT("-wal") } };

static const char *name_with(const char *name, struct str suffix)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s%.*s", name, STR_ARGS(suffix));
	return text;
}

static void save_file(struct contents *c)
{
	enum { CHUNK = 65536, LIMIT = 16 << 20 };
	FILE *file = fopen(name_with(path, c->suffix), "rb");
	size_t n;

	buf_done(&c->bytes);
	buf_init(&c->bytes, LIMIT);
	c->exists = file != NULL;
	if (!file)
		return;
	do {
		n = fread(buf_reserve(&c->bytes, CHUNK), 1, CHUNK, file);
		buf_commit(&c->bytes, n);
	} while (n > 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert(!c->bytes.failed);
}

static void write_contents(const char *to, const struct contents *c)
{
	const char *name = name_with(to, c->suffix);
	struct str bytes = buf_view(&c->bytes);

	unlink(name);
	if (!c->exists)
		return;
	FILE *file = fopen(name, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	ck_assert_int_eq(fclose(file), 0);
}

static void save_files(void)
{
	for (size_t i = 0; i < NITEMS(saved); i++)
		save_file(&saved[i]);
}

/* Faults. */

static const struct row {
	const char *what;
	enum faulty_op op;
	int code;
	enum fault fault;
	bool lasts; /* until two groups have failed */
} faults[] = {
	{ "one write, full", FAULTY_WRITE, SQLITE_FULL, FAULT_FULL, false },
	{ "one write", FAULTY_WRITE, SQLITE_IOERR_WRITE, FAULT_STORAGE, false },
	{ "one sync", FAULTY_SYNC, SQLITE_IOERR_FSYNC, FAULT_STORAGE, false },
	{ "all writes, full", FAULTY_WRITE, SQLITE_FULL, FAULT_FULL, true },
	{ "all writes", FAULTY_WRITE, SQLITE_IOERR_WRITE, FAULT_STORAGE, true },
	{ "all syncs", FAULTY_SYNC, SQLITE_IOERR_FSYNC, FAULT_STORAGE, true },
};

/* What would be found if all processes were killed now, and if the power were cut. */
static void check_ruins(bool exact)
{
	bool found[ROWS_MAX];

	save_files();
	unlink(name_with(copy, STR("-shm")));
	for (size_t i = 0; i < NITEMS(saved); i++)
		write_contents(copy, &saved[i]);
	look_at_copy(found);
	if (exact)
		must_be_all(found, "after a kill");
	else
		must_be_no_less(found, "after a kill");
	faulty_vfs_cut(path, copy, 0);
	look_at_copy(found);
	if (exact)
		must_be_all(found, "after a power cut");
	else
		must_be_no_less(found, "after a power cut");
}

/* Once the storage works again, nothing that failed can come back, even if all of it was in the
 * log. False: nothing has failed. */
static bool run_groups(const struct row *row)
{
	enum { GROUPS = 6 };
	unsigned lost = 0, went_on = 0;
	bool failed = false;

	for (int i = 0; i < GROUPS && went_on < 2; i++) {
		failed |= faulty_vfs_has_failed();
		if (lost == 2)
			faulty_vfs_heal();
		bool works = row->lasts ? lost == 2 : failed;
		bool fine = run_group(row->fault);
		ck_assert_msg(fine || !works, "%s: it does not go on", row->what);
		reader_must_see_all();
		lost += !fine;
		went_on += works;
		if (!fine || (row->lasts && went_on == 1))
			check_ruins(fine || !row->lasts);
	}
	return failed || faulty_vfs_has_failed();
}

/* A log of some length. */
static void prepare(void)
{
	const char *log = arena_printf(&names, "%s-wal", path).ptr;
	struct stat st;

	do {
		ck_assert(run_group(FAULT_INTERNAL));
		ck_assert_int_eq(stat(log, &st), 0);
	} while (st.st_size / FRAME_SIZE < PREPARED);
	save_files();
	close_both();
}

static void restore(const struct contents before[])
{
	for (size_t i = 0; i < NITEMS(saved); i++)
		write_contents(path, &before[i]);
	unlink(name_with(path, STR("-shm")));
	faulty_vfs_forget();
}

/* Each further group is followed by the end of a round, or with slices by the move of the group
 * before. */
static void checkpoint_often(bool slices)
{
	writer->checkpoint.every = AT_ONCE;
	writer->checkpoint.round = slices ? STORE_CHECKPOINT_ROUND : AT_ONCE;
}

/* Starts from the same files with a failure of each operation in turn, until none fails. For writes
 * that keep failing every third operation is enough. */
START_TEST(a_fault_anywhere_loses_only_what_was_answered_as_failed)
{
	static bool acknowledged_before[ROWS_MAX];
	const struct row *row = &faults[(size_t)_i % NITEMS(faults)];
	const bool slices = (size_t)_i >= NITEMS(faults);
	struct contents before[NITEMS(saved)];
	bool found[ROWS_MAX], failed = true;

	/* Then the process ends: tests/unit/test_checkpoint.c. */
	if (slices && row->op == FAULTY_SYNC)
		return;
	prepare();
	memcpy(before, saved, sizeof(saved));
	for (size_t i = 0; i < NITEMS(saved); i++)
		saved[i].bytes = (struct buf){ 0 };
	memcpy(acknowledged_before, acknowledged, sizeof(acknowledged));
	const unsigned first = next_row;
	for (unsigned n = 1; failed; n += row->lasts && row->op == FAULTY_WRITE ? 3 : 1) {
		restore(before);
		next_row = first;
		memcpy(acknowledged, acknowledged_before, sizeof(acknowledged));
		open_both();
		checkpoint_often(slices);
		faulty_vfs_fail(row->op, n, row->code, row->lasts);
		failed = run_groups(row);
		faulty_vfs_heal();
		close_both();
		faulty_vfs_cut(path, copy, 0);
		look_at_copy(found);
		must_be_all(found, row->what);
	}
	for (size_t i = 0; i < NITEMS(saved); i++) {
		buf_done(&before[i].bytes);
		buf_done(&saved[i].bytes);
	}
}
END_TEST

/* The log of events. */

static const char *log_path;

static void log_to_file(void)
{
	log_path = scratch_path("log");
	int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
}

static unsigned count_lines(const char *with)
{
	FILE *file = fopen(log_path, "r");
	unsigned count = 0;
	char line[1024];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, with) != NULL;
	fclose(file);
	return count;
}

START_TEST(a_fault_that_lasts_is_logged_once_and_costs_little)
{
	enum { TIMES = 20, ENOUGH = 4 /* operations for a group, when the first of them fails */ };
	const struct row *row = &faults[_i];

	log_to_file();
	ck_assert(run_group(row->fault));
	faulty_vfs_fail(row->op, 1, row->code, true);
	for (int i = 0; i < TIMES; i++)
		ck_assert(!run_group(row->fault));
	ck_assert_uint_le(faulty_vfs_count(row->op) / TIMES, ENOUGH);
	ck_assert_uint_eq(count_lines("ERROR"), 1);
	ck_assert_uint_eq(count_lines(fault_text(row->fault)), 1);
	reader_must_see_all();
	faulty_vfs_heal();
	for (int i = 0; i < TIMES; i++)
		ck_assert(run_group(row->fault));
	reader_must_see_all();
	ck_assert_uint_eq(count_lines("can be written again"), 1);
	ck_assert_uint_eq(count_lines(""), 2);
}
END_TEST

START_TEST(a_file_that_was_moved_away_is_not_written_until_it_is_back)
{
	log_to_file();
	ck_assert(run_group(FAULT_STORAGE));
	ck_assert_int_eq(rename(path, copy), 0);
	ck_assert(!run_group(FAULT_STORAGE));
	ck_assert(!run_group(FAULT_STORAGE));
	ck_assert_int_ne(access(path, F_OK), 0);
	reader_must_see_all();
	ck_assert_uint_eq(count_lines("moved, replaced or deleted"), 1);
	ck_assert_int_eq(rename(copy, path), 0);
	ck_assert(run_group(FAULT_STORAGE));
	reader_must_see_all();
}
END_TEST

START_TEST(other_contents_of_the_file_stay)
{
	sqlite3 *db = sqlite3_db_handle(store_statement(reader, api->resources[0], SQL_LIST));
	sqlite3_stmt *statement;

	faulty_vfs_fail(FAULTY_SYNC, 1, SQLITE_IOERR_FSYNC, false);
	ck_assert(!run_group(FAULT_STORAGE));
	ck_assert_int_eq(
		sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(statement, 0), 7);
	sqlite3_finalize(statement);
}
END_TEST

/* The thread. */

START_TEST(the_thread_goes_on_after_a_fault)
{
	enum { TIMES = 3 };
	struct loop *loop = loop_new();
	struct writer *thread = writer_start(loop, sqlite_engine_of(writer));
	struct runner *runner = writer_runner(thread);
	struct submitter submitter;

	submitter_init(&submitter, loop, runner);
	for (int i = 0; i < TIMES; i++) {
		if (i == 1)
			faulty_vfs_fail(FAULTY_SYNC, 1, SQLITE_IOERR_FSYNC, false);
		for (int job = 0; job < GROUP; job++)
			add_row();
		runner->ops->submit(runner, &jobs);
		submitter_await(&submitter);
		ck_assert(judge(&submitter.finished, FAULT_STORAGE) == (i != 1));
		reader_must_see_all();
	}
	counts = writer_stop(thread);
	writer_free(thread);
	loop_free(loop);
	ck_assert_uint_eq(counts.groups, TIMES - 1);
}
END_TEST

/* A log that cannot shrink. */

static void write_long_text(unsigned n)
{
	enum { MEGABYTE = 1024 * 1024 };
	char *text = arena_alloc(&arena, MEGABYTE);

	add_row();
	job_free(job_take(&jobs));
	memset(text, 'x', MEGABYTE);
	struct command c = {
		.id = next_row - 1,
		.deadline = UINT64_MAX,
		.action = n == 0 ? ACTION_CREATE : ACTION_UPDATE,
		.key = key_int(1),
		.resource = api->resources[0],
		.record = sample_input(&arena, api->resources[0], n),
	};
	c.record.values[1] = value_text((struct str){ text, MEGABYTE });
	job_append(&jobs, job_new(JOB_WRITE, &c, NULL));
	group_run(sqlite_engine_of(writer), &jobs, &counts);
	ck_assert(judge(&jobs, FAULT_INTERNAL));
	store_checkpoint_if_long(writer);
}

START_TEST(a_reader_that_lets_the_log_grow_is_logged_once)
{
	enum { LONG = 12 /* megabytes: more than 16,384 pages of this file */ };

	log_to_file();
	ck_assert_int_eq(store_step(reader, ENGINE_BEGIN_READ), SQLITE_OK);
	reader_must_see_all();
	for (unsigned n = 0; n < LONG; n++)
		write_long_text(n);
	ck_assert_uint_eq(count_lines("WARNING"), 1);
	ck_assert_uint_eq(count_lines("write-ahead log"), 1);
	ck_assert_int_eq(store_step(reader, ENGINE_COMMIT), SQLITE_OK);
	/* Now the log starts from its beginning, and stays short. */
	for (unsigned n = 0; n < LONG; n++)
		write_long_text(n + 1);
	ck_assert_uint_eq(count_lines(""), 1);
}
END_TEST

/* Power cuts. */

static unsigned cuts;

/* Before a sync what it is to save may be missing, but nothing that was acknowledged. */
static void cut_power(void)
{
	bool found[ROWS_MAX];

	faulty_vfs_cut(path, copy, 0);
	look_at_copy(found);
	must_be_no_less(found, "nothing unsynced kept");
	if (++cuts % 4 > 0)
		return;
	faulty_vfs_cut(path, copy, cuts);
	look_at_copy(found);
	must_be_no_less(found, "some unsynced kept");
}

/* Pages of the log. */
enum { CUT_EVERY = STORE_CHECKPOINT_LEAST };
static const int rounds[] = { 1, 300, STORE_CHECKPOINT_ROUND };

START_TEST(a_power_cut_loses_nothing_that_was_acknowledged)
{
	bool found[ROWS_MAX];

	writer->checkpoint.every = CUT_EVERY;
	writer->checkpoint.round = rounds[_i];
	faulty_vfs_on_sync(cut_power);
	for (int i = 0; i < CUT_GROUPS; i++)
		ck_assert(run_group(FAULT_INTERNAL));
	faulty_vfs_on_sync(NULL);
	ck_assert_uint_gt(cuts, CUT_GROUPS + 1); /* the log was begun; checkpoints too */
	faulty_vfs_cut(path, copy, 0);
	look_at_copy(found);
	must_be_all(found, "at the end");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("storage_faults");
	TCase *tc = tcase_create("faults");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, a_fault_anywhere_loses_only_what_was_answered_as_failed, 0, 2 * NITEMS(faults));
	tcase_add_loop_test(tc, a_fault_that_lasts_is_logged_once_and_costs_little, FIRST_LASTING,
		NITEMS(faults));
	tcase_add_test(tc, a_file_that_was_moved_away_is_not_written_until_it_is_back);
	tcase_add_test(tc, other_contents_of_the_file_stay);
	tcase_add_test(tc, the_thread_goes_on_after_a_fault);
	tcase_add_test(tc, a_reader_that_lets_the_log_grow_is_logged_once);
	tcase_add_loop_test(tc, a_power_cut_loses_nothing_that_was_acknowledged, 0, NITEMS(rounds));
	suite_add_tcase(suite, tc);
	return suite;
}
