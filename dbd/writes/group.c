#include "group.h"

#include "codec.h"
#include "fault_of_sqlite.h"
#include "handlers.h"
#include "heartbeat.h"
#include "loop.h"
#include "stats.h"

enum { REPLY_MAX = 256 * 1024 * 1024 /* bytes of a list from a database in memory */ };

static void reply_fault(struct job *job, const struct failure *failure)
{
	buf_reset(&job->reply, 0);
	job->outcome = STAT_OUTCOME_FAULT + failure->fault;
	codec_encode_fault(
		&job->reply, job->command.id, failure->fault, failure->resource, failure->fields);
}

static void fail_all(struct store *store, const struct job_list *jobs, int rc)
{
	for (struct job *job = jobs->first; job; job = job->next)
		reply_fault(
			job, &(struct failure){ fault_of_sqlite(rc), job->command.resource, 0 });
	store_fail(store, rc);
}

/* Under way. A savepoint makes SQLite keep each page that a command changes as it was, which takes
 * a third of the time. So a group begins without: what fails has as a rule changed nothing. */
struct run {
	struct store *store;
	const struct job_list *jobs;
	bool guarded; /* each command has a savepoint */
	bool again; /* a command has failed in a way that spoiled the transaction for the others */
	uint64_t done;
};

/* Of a command that failed like this, nothing is to be taken back, if it has changed no row: SQLite
 * undoes a statement that violates a constraint (https://www.sqlite.org/lang_conflict.html). */
static const bool changes_nothing[FAULT__COUNT] = {
	[FAULT_NOT_FOUND] = true,
	[FAULT_CONFLICT] = true,
	[FAULT_NULL_FIELD] = true,
	[FAULT_CHANGED] = true,
};

/* By a trigger's RAISE(ROLLBACK), or a constraint with ON CONFLICT ROLLBACK. */
static bool was_ended_by_schema(struct store *store)
{
	return !store_in_transaction(store) &&
	       (store_error_code(store) & 0xff) == SQLITE_CONSTRAINT;
}

/* SQLite's code; anything but SQLITE_OK means that the whole transaction is lost. *whole: the
 * command was done, or has left everything as it was. */
static int run_command(struct run *r, struct job *job, bool *whole)
{
	int changes = store_changes(r->store);
	struct failure failure;

	*whole = true;
	if (handlers_run(r->store, &job->command, REPLY_MAX, &job->reply, &failure)) {
		r->done++;
		job->outcome = STAT_OUTCOME_DONE;
		return SQLITE_OK;
	}
	bool ended = was_ended_by_schema(r->store);
	if (!ended && !store_in_transaction(r->store))
		return store_error_code(r->store);
	reply_fault(job, &failure);
	*whole = !ended && changes_nothing[failure.fault] && store_changes(r->store) == changes;
	return SQLITE_OK;
}

static int run_job(struct run *r, struct job *job)
{
	const struct command *command = &job->command;
	bool whole;

	heartbeat_note_action(
		HEARTBEAT_WRITER, ACTIVITY_RUNNING, command->action, command->resource);
	int rc = r->guarded ? store_step(r->store, STORE_SAVEPOINT) : SQLITE_OK;
	if (rc == SQLITE_OK)
		rc = run_command(r, job, &whole);
	if (rc != SQLITE_OK)
		return rc;
	if (r->guarded && store_in_transaction(r->store))
		return store_step(r->store, whole ? STORE_RELEASE : STORE_ROLLBACK_TO);
	job->failed = r->again = !whole;
	return SQLITE_OK;
}

/* Until one spoils the transaction; never one that did. */
static int run_jobs(struct run *r)
{
	int rc = SQLITE_OK;

	r->again = false;
	for (struct job *job = r->jobs->first; job && rc == SQLITE_OK && !r->again; job = job->next)
		if (!job->failed && clock_ms() <= job->command.deadline)
			rc = run_job(r, job);
	return rc;
}

/* The same with savepoints, as a command has left something, which nothing else takes back, or has
 * ended the transaction. It has its reply and is not tried again. */
static int run_guarded(struct run *r)
{
	int rc = SQLITE_OK;

	r->guarded = true;
	r->done = 0;
	for (struct job *job = r->jobs->first; job; job = job->next) {
		if (job->failed)
			continue;
		buf_reset(&job->reply, 0);
		job->outcome = STAT_OUTCOME_LATE;
	}
	if (store_in_transaction(r->store))
		rc = store_step(r->store, STORE_ROLLBACK);
	if (rc == SQLITE_OK)
		rc = store_step(r->store, STORE_BEGIN_WRITE);
	return rc == SQLITE_OK ? run_jobs(r) : rc;
}

static int commit(struct store *store)
{
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_COMMITTING);
	return store_step(store, STORE_COMMIT);
}

void group_run(struct store *store, const struct job_list *jobs, struct group_counts *counts)
{
	struct run r = { .store = store, .jobs = jobs };

	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_BEGINNING);
	int rc = store_ready(store);
	if (rc == SQLITE_OK)
		rc = store_step(store, STORE_BEGIN_WRITE);
	if (rc == SQLITE_OK)
		rc = run_jobs(&r);
	while (rc == SQLITE_OK && r.again)
		rc = run_guarded(&r);
	uint64_t run = clock_ns();
	if (rc == SQLITE_OK)
		rc = commit(store);
	if (rc != SQLITE_OK) {
		fail_all(store, jobs, rc);
		return;
	}
	counts->commands += r.done;
	counts->groups += r.done > 0;
	counts->commit_ns = clock_ns() - run;
	if (r.done == 0)
		return;
	stats_observe(STAT_GROUP_SIZE, r.done);
	stats_observe(STAT_COMMIT_DURATION, counts->commit_ns);
}
