#include "group.h"

#include "codec.h"
#include "handlers.h"
#include "log.h"
#include "loop.h"
#include "store_fault.h"

static void reply_fault(struct job *job, const struct failure *failure)
{
	buf_reset(&job->reply, 0);
	codec_encode_fault(
		&job->reply, job->command.id, failure->fault, failure->resource, failure->fields);
}

/* Logged once for all of them. */
static void fail_all(struct store *store, const struct job_list *jobs, enum fault fault)
{
	log_error("a group of commands was not committed: %s: %s", fault_text(fault),
		store_error(store));
	for (struct job *job = jobs->first; job; job = job->next)
		reply_fault(job, &(struct failure){ fault, job->command.resource, 0 });
	if (store_in_transaction(store) && store_step(store, STORE_ROLLBACK) != SQLITE_OK)
		log_die("cannot roll back: %s", store_error(store));
}

/* False if the whole transaction is lost, and *fault says why. */
static bool run_job(struct store *store, struct job *job, uint64_t *done, enum fault *fault)
{
	struct failure failure;
	int rc = store_step(store, STORE_SAVEPOINT);

	if (rc == SQLITE_OK && handlers_run(store, &job->command, &job->reply, &failure)) {
		rc = store_step(store, STORE_RELEASE);
		++*done;
	} else if (rc == SQLITE_OK) {
		reply_fault(job, &failure);
		if (!store_in_transaction(store)) {
			*fault = failure.fault;
			return false;
		}
		rc = store_step(store, STORE_ROLLBACK_TO);
	}
	if (rc != SQLITE_OK)
		*fault = store_fault(rc);
	return rc == SQLITE_OK;
}

static bool run_jobs(
	struct store *store, const struct job_list *jobs, uint64_t *done, enum fault *fault)
{
	for (struct job *job = jobs->first; job; job = job->next)
		if (clock_ms() <= job->command.deadline && !run_job(store, job, done, fault))
			return false;
	return true;
}

void group_run(struct store *store, const struct job_list *jobs, struct group_counts *counts)
{
	uint64_t done = 0;
	enum fault fault;
	int rc = store_step(store, STORE_BEGIN_WRITE);

	if (rc != SQLITE_OK) {
		fail_all(store, jobs, store_fault(rc));
		return;
	}
	if (!run_jobs(store, jobs, &done, &fault)) {
		fail_all(store, jobs, fault);
		return;
	}
	rc = store_step(store, STORE_COMMIT);
	if (rc != SQLITE_OK) {
		fail_all(store, jobs, store_fault(rc));
		return;
	}
	counts->commands += done;
	counts->groups += done > 0;
}
