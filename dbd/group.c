#include "group.h"

#include "codec.h"
#include "handlers.h"
#include "heartbeat.h"
#include "loop.h"
#include "stats.h"
#include "store_fault.h"

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
		reply_fault(job, &(struct failure){ store_fault(rc), job->command.resource, 0 });
	store_fail(store, rc);
}

/* SQLite's code; anything but SQLITE_OK means that the whole transaction is lost. */
static int run_job(struct store *store, struct job *job, uint64_t *done)
{
	const struct command *command = &job->command;
	struct failure failure;

	heartbeat_note_action(HEARTBEAT_WRITER, DOING_RUNNING, command->action, command->resource);
	int rc = store_step(store, STORE_SAVEPOINT);

	if (rc != SQLITE_OK)
		return rc;
	if (handlers_run(store, command, REPLY_MAX, &job->reply, &failure)) {
		++*done;
		job->outcome = STAT_OUTCOME_DONE;
		return store_step(store, STORE_RELEASE);
	}
	if (!store_in_transaction(store))
		return store_error_code(store);
	reply_fault(job, &failure);
	return store_step(store, STORE_ROLLBACK_TO);
}

static int run_jobs(struct store *store, const struct job_list *jobs, uint64_t *done)
{
	int rc = SQLITE_OK;

	for (struct job *job = jobs->first; job && rc == SQLITE_OK; job = job->next)
		if (clock_ms() <= job->command.deadline)
			rc = run_job(store, job, done);
	return rc;
}

static int commit(struct store *store)
{
	heartbeat_note(HEARTBEAT_WRITER, DOING_COMMITTING);
	return store_step(store, STORE_COMMIT);
}

void group_run(struct store *store, const struct job_list *jobs, struct group_counts *counts)
{
	uint64_t done = 0;

	heartbeat_note(HEARTBEAT_WRITER, DOING_BEGINNING);
	int rc = store_ready(store);
	if (rc == SQLITE_OK)
		rc = store_step(store, STORE_BEGIN_WRITE);
	if (rc == SQLITE_OK)
		rc = run_jobs(store, jobs, &done);
	uint64_t run = clock_ns();
	if (rc == SQLITE_OK)
		rc = commit(store);
	if (rc != SQLITE_OK) {
		fail_all(store, jobs, rc);
		return;
	}
	counts->commands += done;
	counts->groups += done > 0;
	counts->commit_ns = clock_ns() - run;
	if (done == 0)
		return;
	stats_observe(STAT_GROUP_SIZE, done);
	stats_observe(STAT_COMMIT_DURATION, counts->commit_ns);
}
