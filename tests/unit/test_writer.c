/* Groups over SQLite: one transaction, and what happens when it or one of its commands fails. The
 * thread: jobs come back in order, and none is lost when it stops. */
#include "writer.h"

#include "codec.h"
#include "frame.h"
#include "heartbeat.h"
#include "loop.h"
#include "sample.h"
#include "scratch.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_state.h"
#include "store_statements.h"
#include "store_transaction.h"
#include "submitter.h"
#include "suite.h"

#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

static struct store *store;
static struct arena arena;
static struct job_list jobs;
static struct group_counts counts;

static void setup(void)
{
	struct buf error;

	scratch_setup();
	buf_init(&error, 4096);
	store = store_open_writer(scratch_path("app.db"), &error);
	ck_assert_msg(store, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	buf_done(&error);
}

static void forget_jobs(void)
{
	for (struct job *job; (job = job_take(&jobs));)
		job_free(job);
}

static void teardown(void)
{
	forget_jobs();
	arena_done(&arena);
	store_close(store);
	scratch_teardown();
}

static sqlite3 *database(void)
{
	return sqlite3_db_handle(store_statement(store, api->resources[0], SQL_LIST));
}

static struct command create_command(unsigned n)
{
	return (struct command){
		.id = n,
		.deadline = UINT64_MAX,
		.action = ACTION_CREATE,
		.resource = api->resources[0],
		.record = sample_input(&arena, api->resources[0], n),
	};
}

static void add(const struct command *command)
{
	job_append(&jobs, job_new(JOB_WRITE, command, NULL));
}

static void add_create(unsigned n)
{
	struct command c = create_command(n);

	add(&c);
}

static void run_group(void)
{
	for (struct job *job = jobs.first; job; job = job->next)
		buf_reset(&job->reply, 0);
	group_run(sqlite_engine_of(store), &jobs, &counts);
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
	ck_assert_uint_eq(reply.id, job->command.id);
	return reply;
}

static void must_be_done(const struct job *job)
{
	struct reply reply = reply_of(job);

	ck_assert_msg(reply.status != STATUS_FAULT, "%s", fault_text(reply.fault));
}

static void must_have_failed(const struct job *job, enum fault fault)
{
	struct reply reply = reply_of(job);

	ck_assert_int_eq(reply.status, STATUS_FAULT);
	ck_assert_str_eq(fault_text(reply.fault), fault_text(fault));
}

static unsigned count_rows(void)
{
	sqlite3_stmt *list = store_statement(store, api->resources[0], SQL_LIST);
	unsigned rows = 0;

	while (sqlite3_step(list) == SQLITE_ROW)
		rows++;
	ck_assert_int_eq(sqlite3_reset(list), SQLITE_OK);
	return rows;
}

/* Groups. */

START_TEST(all_that_waits_is_one_transaction)
{
	enum { JOBS = 64 };

	for (unsigned n = 0; n < JOBS; n++)
		add_create(n);
	run_group();
	for (struct job *job = jobs.first; job; job = job->next)
		must_be_done(job);
	ck_assert_uint_eq(count_rows(), JOBS);
	ck_assert_uint_eq(counts.commands, JOBS);
	ck_assert_uint_eq(counts.groups, 1);
}
END_TEST

START_TEST(a_command_that_fails_undoes_only_itself)
{
	add_create(1);
	add_create(1);
	add_create(2);
	run_group();
	must_be_done(jobs.first);
	must_have_failed(jobs.first->next, FAULT_CONFLICT);
	must_be_done(jobs.last);
	ck_assert_uint_eq(count_rows(), 2);
	ck_assert_uint_eq(counts.commands, 2);
}
END_TEST

static void sql(const char *text)
{
	ck_assert_int_eq(sqlite3_exec(database(), text, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t ask(const char *question)
{
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_prepare_v2(database(), question, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(statement, 0);
	ck_assert_int_eq(sqlite3_finalize(statement), SQLITE_OK);
	return answer;
}

static void add_create_of(const char *username, unsigned n)
{
	struct command c = create_command(n);

	c.record.values[1] = value_text(str_from(username));
	add(&c);
}

/* Failures after which SQLite keeps a part of what the command has written. */
static const struct {
	const char *trigger;
	enum fault fault;
} halves[] = {
	{ "CREATE TRIGGER t AFTER INSERT ON users WHEN NEW.username = 'bad'"
	  " BEGIN SELECT RAISE(FAIL, 'no'); END",
		FAULT_INTERNAL },
	{ "CREATE TRIGGER t BEFORE INSERT ON users WHEN NEW.username = 'bad'"
	  " BEGIN INSERT OR FAIL INTO seen VALUES (7); INSERT OR FAIL INTO seen VALUES (7); END",
		FAULT_CONFLICT },
	{ "CREATE TRIGGER t BEFORE INSERT ON users WHEN NEW.username = 'bad'"
	  " BEGIN INSERT INTO seen VALUES (7); SELECT RAISE(IGNORE); END",
		FAULT_INTERNAL },
	{ "CREATE TRIGGER t AFTER INSERT ON users WHEN NEW.username = 'bad'"
	  " BEGIN INSERT INTO seen VALUES (7); DELETE FROM users WHERE id = NEW.id; END",
		FAULT_INTERNAL },
	{ "CREATE TRIGGER t BEFORE INSERT ON users WHEN NEW.username = 'bad'"
	  " BEGIN INSERT INTO seen VALUES (7); SELECT RAISE(ROLLBACK, 'no'); END",
		FAULT_INTERNAL },
};

START_TEST(a_command_that_fails_half_done_undoes_only_itself)
{
	sql("CREATE TABLE seen (n UNIQUE)");
	sql(halves[_i].trigger);
	add_create(1);
	add_create(1);
	add_create_of("bad", 2);
	add_create(3);
	add_create_of("bad", 4);
	add_create(1);
	add_create(5);
	run_group();

	const struct job *job = jobs.first;
	must_be_done(job);
	must_have_failed(job = job->next, FAULT_CONFLICT);
	must_have_failed(job = job->next, halves[_i].fault);
	must_be_done(job = job->next);
	must_have_failed(job = job->next, halves[_i].fault);
	must_have_failed(job = job->next, FAULT_CONFLICT);
	must_be_done(job->next);
	ck_assert_uint_eq(count_rows(), 3);
	ck_assert_int_eq(ask("SELECT count(*) FROM users WHERE username = 'bad'"), 0);
	ck_assert_int_eq(ask("SELECT count(*) FROM seen"), 0);
	ck_assert_uint_eq(counts.commands, 3);
	ck_assert_uint_eq(counts.groups, 1);
}
END_TEST

static void add_create_below(int64_t parent, unsigned n)
{
	struct command c = create_command(0);

	c.resource = api->resources[1];
	c.parent = key_int(parent);
	c.record = sample_input(&arena, api->resources[1], n);
	add(&c);
}

#define POSTS                                                                                      \
	"DROP TABLE posts; CREATE TABLE posts (id INTEGER PRIMARY KEY,"                            \
	" title TEXT NOT NULL UNIQUE, content TEXT NOT NULL,"                                      \
	" user_id INTEGER NOT NULL REFERENCES users (id)"

static const char *const posts[] = {
	POSTS ", date_posted DATETIME NOT NULL)",
	POSTS " DEFERRABLE INITIALLY DEFERRED, date_posted DATETIME NOT NULL)",
};

START_TEST(a_parent_that_is_absent_is_found_out_before_the_commit)
{
	sql(posts[_i]);
	add_create(1);
	add_create_below(1, 1);
	add_create_below(9, 2);
	add_create_below(9, 1); /* A taken value, too. */
	add_create_below(1, 1);
	add_create_below(1, 2);
	run_group();

	const struct job *job = jobs.first;
	must_be_done(job);
	must_be_done(job = job->next);
	must_have_failed(job = job->next, FAULT_NOT_FOUND);
	must_have_failed(job = job->next, FAULT_NOT_FOUND);
	must_have_failed(job = job->next, FAULT_CONFLICT);
	must_be_done(job->next);
	ck_assert_int_eq(ask("SELECT count(*) FROM posts WHERE user_id = 1"), 2);
	ck_assert_int_eq(ask("SELECT count(*) FROM posts"), 2);
}
END_TEST

START_TEST(a_schema_that_ends_the_transaction_fails_only_that_command)
{
	sql(POSTS ", date_posted DATETIME NOT NULL, UNIQUE (content) ON CONFLICT ROLLBACK)");
	add_create(1);
	add_create_below(1, 1);
	add_create_below(1, 1);
	add_create(2);
	add_create_of("bad", 3);
	add_create(2);
	add_create_below(1, 1);
	add_create(4);
	sql("CREATE TRIGGER t AFTER INSERT ON users WHEN NEW.username = 'bad'"
	    " BEGIN SELECT RAISE(ROLLBACK, 'no'); END");
	run_group();

	const struct job *job = jobs.first;
	must_be_done(job);
	must_be_done(job = job->next);
	must_have_failed(job = job->next, FAULT_CONFLICT);
	must_be_done(job = job->next);
	must_have_failed(job = job->next, FAULT_INTERNAL);
	must_have_failed(job = job->next, FAULT_CONFLICT);
	must_have_failed(job = job->next, FAULT_CONFLICT);
	must_be_done(job->next);
	ck_assert_uint_eq(count_rows(), 3);
	ck_assert_int_eq(ask("SELECT count(*) FROM posts"), 1);
	ck_assert_uint_eq(counts.commands, 4);
	ck_assert_uint_eq(counts.groups, 1);
}
END_TEST

START_TEST(a_command_sees_what_those_before_it_did)
{
	struct command c = create_command(1);

	add(&c);
	c.action = ACTION_READ;
	c.key = key_int(1);
	add(&c);
	c.action = ACTION_DELETE;
	add(&c);
	add(&c);
	run_group();
	must_have_failed(jobs.last, FAULT_NOT_FOUND);
	ck_assert_uint_eq(counts.commands, 3);
	ck_assert_uint_eq(count_rows(), 0);
}
END_TEST

START_TEST(a_command_past_its_deadline_is_not_done_and_gets_no_reply)
{
	struct command late = create_command(1);

	late.deadline = clock_ms() - 1;
	add(&late);
	add_create(2);
	run_group();
	ck_assert_uint_eq(buf_len(&jobs.first->reply), 0);
	must_be_done(jobs.last);
	ck_assert_uint_eq(count_rows(), 1);
}
END_TEST

START_TEST(a_group_of_late_commands_is_not_counted)
{
	struct command late = create_command(1);

	late.deadline = 0;
	add(&late);
	run_group();
	ck_assert_uint_eq(counts.groups, 0);
}
END_TEST

/* The activity in the writer's heartbeat at the moment at which SQLite acts. */

static const struct heartbeat *page;

static void ck_assert_activity(const char *want)
{
	struct pulse pulse = heartbeat_read(page, HEARTBEAT_WRITER);
	struct buf text;

	buf_init(&text, 256);
	pulse_write_note(pulse, &text);
	ck_assert_slice_eq(buf_view(&text), str_from(want));
	buf_done(&text);
}

static void on_row(
	void *context, int operation, const char *db, const char *table, sqlite3_int64 id)
{
	(void)operation;
	(void)db;
	(void)table;
	(void)id;
	ck_assert_activity("running a command (create users)");
	++*(int *)context;
}

static int on_commit(void *context)
{
	ck_assert_activity("committing a group");
	++*(int *)context;
	return 0;
}

START_TEST(the_heartbeat_shows_the_activity)
{
	int seen = 0;

	ck_assert_int_eq(heartbeat_adopt(heartbeat_new(&page)), 0);
	sqlite3_update_hook(database(), on_row, &seen);
	sqlite3_commit_hook(database(), on_commit, &seen);
	add_create(1);
	add_create(2);
	run_group();
	ck_assert_int_eq(seen, 3);
	/* One to begin, two for the commands, one to commit. */
	ck_assert_uint_eq(heartbeat_read(page, HEARTBEAT_WRITER).beats, 4);
}
END_TEST

/* Otherwise the watchdog would take it for a hang. */
START_TEST(a_long_statement_beats)
{
	ck_assert_int_eq(heartbeat_adopt(heartbeat_new(&page)), 0);
	ck_assert_int_eq(sqlite3_exec(database(),
				 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
				 "WHERE i < 200000) SELECT count(*) FROM n",
				 NULL, NULL, NULL),
		SQLITE_OK);
	ck_assert_uint_ge(heartbeat_read(page, HEARTBEAT_WRITER).beats, 3);
}
END_TEST

static int refuse_commit(void *context)
{
	(void)context;
	return 1;
}

START_TEST(when_the_commit_fails_every_command_has_failed)
{
	sqlite3_commit_hook(database(), refuse_commit, NULL);
	add_create(1);
	add_create(1);
	add_create(2);
	run_group();
	for (struct job *job = jobs.first; job; job = job->next)
		must_have_failed(job, FAULT_INTERNAL);
	ck_assert_uint_eq(count_rows(), 0);
	ck_assert_uint_eq(counts.groups, 0);
	sqlite3_commit_hook(database(), NULL, NULL);
	run_group();
	ck_assert_uint_eq(count_rows(), 2);
}
END_TEST

START_TEST(while_another_process_writes_every_command_fails_as_locked)
{
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(scratch_path("app.db"), &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_busy_timeout(database(), 0);
	add_create(1);
	add_create(2);
	run_group();
	for (struct job *job = jobs.first; job; job = job->next)
		must_have_failed(job, FAULT_LOCKED);
	ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
	run_group();
	ck_assert_uint_eq(count_rows(), 2);
}
END_TEST

/* The one resource with a text that may be long. */
static struct command long_command(unsigned n)
{
	enum { MEGABYTE = 1024 * 1024 };
	struct command c = create_command(n);
	char *text = arena_alloc(&arena, MEGABYTE);

	memset(text, 'x', MEGABYTE);
	c.resource = api->resources[1];
	c.parent = key_int(1);
	c.record = sample_input(&arena, api->resources[1], n);
	for (unsigned i = 0; i < api->resources[1]->nfields; i++)
		if (record_has(&c.record, i) &&
			api->resources[1]->fields[i].len.max == FIELD_UNBOUNDED)
			c.record.values[i] = value_text((struct str){ text, MEGABYTE });
	return c;
}

START_TEST(when_the_disk_is_full_what_is_answered_as_done_is_there)
{
	add_create(1);
	run_group();
	forget_jobs();
	ck_assert_int_eq(sqlite3_exec(database(), "PRAGMA max_page_count = 40", NULL, NULL, NULL),
		SQLITE_OK);
	add_create(2);
	struct command c = long_command(3);
	add(&c);
	add_create(4);
	run_group();
	must_have_failed(jobs.first->next, FAULT_FULL);
	unsigned done = 1;
	for (struct job *job = jobs.first; job; job = job->next)
		done += reply_of(job).status == STATUS_ROWS;
	ck_assert_uint_eq(count_rows(), done);
	ck_assert(!store_in_transaction(store));
	/* The next group is committed. */
	forget_jobs();
	add_create(5);
	run_group();
	must_be_done(jobs.first);
}
END_TEST

/* The thread. */

static struct loop *loop;
static struct writer *writer;

static void start_writer(void)
{
	loop = loop_new();
	writer = writer_start(loop, sqlite_engine_of(store));
}

static void submit(void)
{
	struct runner *runner = writer_runner(writer);

	runner->ops->submit(runner, &jobs);
	ck_assert_ptr_null(jobs.first);
}

static void stop_writer(void)
{
	counts = writer_stop(writer);
	writer_free(writer);
	loop_free(loop);
}

START_TEST(jobs_come_back_in_the_order_in_which_they_were_submitted)
{
	enum { JOBS = 300, LIST = 7 };
	struct submitter submitter;

	start_writer();
	submitter_init(&submitter, loop, writer_runner(writer));
	for (unsigned n = 0; n < JOBS; n++) {
		add_create(n);
		if (n % LIST == 0)
			submit();
	}
	submit();
	for (unsigned n = 0; n < JOBS;) {
		submitter_await(&submitter);
		for (struct job *job; (job = job_take(&submitter.finished)); job_free(job), n++) {
			ck_assert_uint_eq(job->command.id, n);
			must_be_done(job);
		}
	}
	stop_writer();
	ck_assert_uint_eq(counts.commands, JOBS);
	ck_assert_uint_eq(count_rows(), JOBS);
}
END_TEST

START_TEST(a_stop_finishes_what_was_submitted)
{
	enum { JOBS = 500 };

	start_writer();
	for (unsigned n = 0; n < JOBS; n++)
		add_create(n);
	submit();
	stop_writer();
	ck_assert_uint_eq(counts.commands, JOBS);
	ck_assert_uint_ge(counts.groups, 1);
	ck_assert_uint_eq(count_rows(), JOBS);
}
END_TEST

/* Two threads that take turns. */

enum { TIMES = 50 }; /* writes */

/* What a test's loop has seen; in its turns, and in answers between them. */
static struct {
	struct task begin; /* submits a write */
	struct watch bell; /* a pipe, which the engine rings while it commits */
	int ring, let;     /* ends of pipes: rings the bell; lets the engine go on */
	pthread_t submits, commits, hears;
	unsigned answered, heard;
	unsigned alone;    /* answered by the thread that has submitted it, between turns */
	bool stops_writer; /* when the last write has been answered */
} turns;

static void begin_write(struct task *task)
{
	(void)task;
	turns.submits = pthread_self();
	add_create(turns.answered);
	submit();
}

static void take_answers(struct job_list *answered)
{
	for (struct job *job; (job = job_take(answered)); turns.answered++) {
		must_be_done(job);
		job_free(job);
	}
}

/* Between two turns; lets the loop go on. */
static bool on_answer(void *context, struct job_list *answered)
{
	(void)context;
	turns.alone += pthread_equal(turns.submits, pthread_self()) != 0;
	take_answers(answered);
	return false;
}

static void on_finished(void *context, struct job_list *finished, bool snapshot_in_way)
{
	(void)context;
	(void)snapshot_in_way;
	take_answers(finished);
	if (turns.answered < TIMES) {
		loop_defer(loop, &turns.begin);
		return;
	}
	if (turns.stops_writer)
		counts = writer_stop(writer);
	loop_stop(loop);
}

static void setup_turns(void)
{
	setup();
	memset(&turns, 0, sizeof(turns));
	turns.begin.on_turn_end = begin_write;
	start_writer();
	writer_runner(writer)->on_finished = on_finished;
	writer_runner(writer)->answer = on_answer;
	loop_defer(loop, &turns.begin);
}

static void teardown_turns(void)
{
	writer_free(writer);
	loop_free(loop);
	teardown();
}

START_TEST(a_write_alone_is_run_and_answered_by_the_thread_that_has_submitted_it)
{
	writer_run_loop(writer);
	counts = writer_stop(writer);
	ck_assert_uint_eq(turns.answered, TIMES);
	ck_assert_uint_eq(counts.groups, TIMES);
	/* Not each time, as the other thread may look for commits by other processes meanwhile. */
	ck_assert_uint_gt(turns.alone, 0);
}
END_TEST

static int ring_and_wait(void *context)
{
	char byte = 0;

	(void)context;
	turns.commits = pthread_self();
	ck_assert_int_eq(write(turns.ring, &byte, 1), 1);
	ck_assert_int_eq(read(turns.let, &byte, 1), 1);
	return 0;
}

static int let_fd;

static void on_bell(struct watch *watch, uint32_t events)
{
	char byte;

	(void)events;
	ck_assert_int_eq(read(watch->fd, &byte, 1), 1);
	turns.hears = pthread_self();
	turns.heard++;
	ck_assert_int_eq(write(let_fd, &byte, 1), 1);
}

static void hang_bell(int bell[2], int let[2])
{
	ck_assert_int_eq(pipe(bell), 0);
	ck_assert_int_eq(pipe(let), 0);
	turns.bell = (struct watch){ bell[0], on_bell };
	turns.ring = bell[1];
	turns.let = let[0];
	let_fd = let[1];
	ck_assert_int_eq(loop_add(loop, &turns.bell, EPOLLIN), 0);
	sqlite3_commit_hook(database(), ring_and_wait, NULL);
}

static void close_pipes(const int bell[2], const int let[2])
{
	loop_remove(loop, &turns.bell);
	for (int i = 0; i < 2; i++) {
		close(bell[i]);
		close(let[i]);
	}
}

/* The commit waits until the loop has handled an event. */
START_TEST(events_are_handled_while_a_group_is_written)
{
	int bell[2], let[2];

	turns.stops_writer = _i == 1;
	hang_bell(bell, let);
	writer_run_loop(writer);
	if (!turns.stops_writer)
		counts = writer_stop(writer);
	ck_assert_uint_eq(turns.answered, TIMES);
	ck_assert_uint_eq(turns.heard, TIMES);
	ck_assert(!pthread_equal(turns.commits, turns.hears));
	ck_assert_uint_eq(counts.commands, TIMES);
	close_pipes(bell, let);
	sqlite3_commit_hook(database(), NULL, NULL);
	ck_assert_uint_eq(count_rows(), TIMES);
}
END_TEST

static void count_in_writer(struct engine *given, void *context)
{
	*(unsigned *)context = store_of(given) == store ? count_rows() : 0;
}

static void *do_tasks(void *context)
{
	unsigned rows = 0;

	(void)context;
	while (rows < TIMES - 1)
		writer_do(writer, count_in_writer, &rows);
	return NULL;
}

START_TEST(tasks_are_done_between_writes)
{
	pthread_t other;

	ck_assert_int_eq(pthread_create(&other, NULL, do_tasks, NULL), 0);
	writer_run_loop(writer);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	counts = writer_stop(writer);
	ck_assert_uint_eq(counts.commands, TIMES);
}
END_TEST

/* Jobs. */

START_TEST(a_job_has_texts_of_its_own)
{
	struct command c = create_command(1);
	char first[] = "ab", second[] = "c\0d";

	c.record.values[1] = value_text((struct str){ first, 2 });
	c.record.values[2] = value_text((struct str){ second, 3 });
	struct job *job = job_new(JOB_READ, &c, &c);
	memset(first, 'x', sizeof(first));
	memset(second, 'x', sizeof(second));
	ck_assert_int_eq(job->kind, JOB_READ);
	ck_assert_ptr_eq(job->owner, &c);
	ck_assert_slice_eq(job->command.record.values[1].text, STR("ab"));
	ck_assert_slice_eq(job->command.record.values[2].text, STR("c\0d"));
	ck_assert_uint_eq(job->size, offsetof(struct job, command) + command_size(&c) + 5);
	job_free(job);
	job_free(NULL);
}
END_TEST

START_TEST(a_confirm_is_a_job_without_a_command)
{
	struct job *job = job_new_confirm(7, 1234, &job);

	ck_assert_int_eq(job->kind, JOB_CONFIRM);
	ck_assert_uint_eq(job->command.id, 7);
	ck_assert_uint_eq(job->command.deadline, 1234);
	ck_assert_ptr_eq(job->owner, &job);
	ck_assert_uint_eq(buf_len(&job->reply), 0);
	job_free(job);
}
END_TEST

START_TEST(a_list_is_first_in_first_out)
{
	struct job_list other = { 0 };

	ck_assert_ptr_null(job_take(&jobs));
	add_create(1);
	job_append_all(&jobs, &other);
	add_create(2);
	job_append_all(&other, &jobs);
	ck_assert_ptr_null(jobs.first);
	add_create(3);
	job_append_all(&other, &jobs);
	for (uint64_t id = 1; id <= 3; id++) {
		struct job *job = job_take(&other);
		ck_assert_uint_eq(job->command.id, id);
		job_free(job);
	}
	ck_assert_ptr_null(job_take(&other));
	job_append(&other,
		job_new(JOB_WRITE, &(struct command){ .resource = api->resources[0] }, NULL));
	ck_assert_ptr_eq(other.first, other.last);
	job_free(job_take(&other));
}
END_TEST

START_TEST(a_task_is_done_between_groups_before_its_caller_continues)
{
	unsigned rows = 0;

	start_writer();
	for (unsigned round = 1; round <= 20; round++) {
		add_create(2 * round);
		add_create(2 * round + 1);
		submit();
		writer_do(writer, count_in_writer, &rows);
		/* Each group is there as a whole or not at all. */
		ck_assert_uint_eq(rows % 2, 0);
		ck_assert_uint_le(rows, 2 * round);
	}
	stop_writer();
	ck_assert_uint_eq(count_rows(), 40);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("writer");
	TCase *tc = tcase_create("groups");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, all_that_waits_is_one_transaction);
	tcase_add_test(tc, a_command_that_fails_undoes_only_itself);
	tcase_add_loop_test(
		tc, a_command_that_fails_half_done_undoes_only_itself, 0, (int)NITEMS(halves));
	tcase_add_loop_test(
		tc, a_parent_that_is_absent_is_found_out_before_the_commit, 0, (int)NITEMS(posts));
	tcase_add_test(tc, a_schema_that_ends_the_transaction_fails_only_that_command);
	tcase_add_test(tc, a_command_sees_what_those_before_it_did);
	tcase_add_test(tc, a_command_past_its_deadline_is_not_done_and_gets_no_reply);
	tcase_add_test(tc, a_group_of_late_commands_is_not_counted);
	tcase_add_test(tc, the_heartbeat_shows_the_activity);
	tcase_add_test(tc, a_long_statement_beats);
	tcase_add_test(tc, when_the_commit_fails_every_command_has_failed);
	tcase_add_test(tc, while_another_process_writes_every_command_fails_as_locked);
	tcase_add_test(tc, when_the_disk_is_full_what_is_answered_as_done_is_there);
	tcase_add_test(tc, jobs_come_back_in_the_order_in_which_they_were_submitted);
	tcase_add_test(tc, a_task_is_done_between_groups_before_its_caller_continues);
	tcase_add_test(tc, a_stop_finishes_what_was_submitted);
	tcase_add_test(tc, a_job_has_texts_of_its_own);
	tcase_add_test(tc, a_confirm_is_a_job_without_a_command);
	tcase_add_test(tc, a_list_is_first_in_first_out);
	suite_add_tcase(suite, tc);
	tc = tcase_create("turns");
	tcase_add_checked_fixture(tc, setup_turns, teardown_turns);
	tcase_add_test(tc, a_write_alone_is_run_and_answered_by_the_thread_that_has_submitted_it);
	tcase_add_loop_test(tc, events_are_handled_while_a_group_is_written, 0, 2);
	tcase_add_test(tc, tasks_are_done_between_writes);
	suite_add_tcase(suite, tc);
	return suite;
}
