#include "pg_job.h"

#include "codec.h"
#include "handlers.h"
#include "loop.h"
#include "pg_rows.h"
#include "stats.h"

static void reply_fault(struct job *job, const struct failure *failure)
{
	buf_reset(&job->reply, 0);
	job->outcome = STAT_OUTCOME_FAULT + failure->fault;
	codec_encode_fault(
		&job->reply, job->command.id, failure->fault, failure->resource, failure->fields);
}

bool pg_job_run(struct pg_session *s, struct job *job)
{
	size_t most = job->kind == JOB_READ ? JOB_READ_MOST : PG_REPLY_MOST;
	struct failure failure;

	buf_reset(&job->reply, 0);
	bool done = handlers_run(&s->engine, &job->command, most, &job->reply, &failure);
	pg_rows_end(s);
	if (done) {
		job->outcome = STAT_OUTCOME_DONE;
		return true;
	}
	reply_fault(job, &failure);
	return false;
}

void pg_job_fail(struct job *job, enum fault fault)
{
	reply_fault(job, &(struct failure){ fault, job->command.resource, 0 });
}

static void expire(struct job *job)
{
	if (job->kind == JOB_WRITE) {
		pg_job_fail(job, FAULT_UNAVAILABLE);
		return;
	}
	buf_reset(&job->reply, 0);
	job->outcome = STAT_OUTCOME_LATE;
}

void pg_jobs_expire(struct job_list *jobs, struct job_list *late)
{
	uint64_t now = clock_ms();
	struct job_list all = { 0 };
	struct job *job;

	job_append_all(&all, jobs);
	while ((job = job_take(&all))) {
		bool is_late = now + PG_LATE_BEFORE > job->command.deadline;
		if (is_late)
			expire(job);
		job_append(is_late ? late : jobs, job);
	}
}
