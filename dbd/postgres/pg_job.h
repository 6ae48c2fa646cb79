/* Jobs as PostgreSQL's lanes carry them out. */
#ifndef POSTERN_PG_JOB_H
#define POSTERN_PG_JOB_H

#include "failure.h"
#include "job.h"
#include "pg_engine.h"
#include "pg_session.h"

enum {
	PG_TEXT_MOST = 1024 * 1024,       /* bytes of a statement */
	PG_LATE_CHECK = 100,              /* milliseconds between looks for jobs that are late */
	PG_LATE_BEFORE = 500,             /* milliseconds before its deadline, a job is late */
	PG_REPLY_MOST = 256 * 1024 * 1024 /* bytes of a reply to a write */
};

/* Carries out the command, and writes the reply or its fault. False: it has failed; if the session
 * has failed, too, that tells why. */
bool pg_job_run(struct pg_session *s, struct job *job);

/* Replies with a fault of the command's resource. */
void pg_job_fail(struct job *job, enum fault fault);

/* Moves the jobs that are late to another list. Writes get a fault in time, before who waits for
 * them must think that they may be done. */
void pg_jobs_expire(struct job_list *jobs, struct job_list *late);

#endif
