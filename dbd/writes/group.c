#include "group.h"

#include "codec.h"
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

static void fail_all(struct engine *engine, const struct job_list *jobs, enum fault fault)
{
	for (struct job *job = jobs->first; job; job = job->next)
		reply_fault(job, &(struct failure){ fault, job->command.resource, 0 });
	engine->ops->failed(engine);
}

/* A group under way. */
struct run {
	struct engine *engine;
	const struct job_list *jobs;
	bool guarded; /* each command has a savepoint */
	bool spoiled; /* the last command has failed and left something in the transaction */
	uint64_t done;
};

/* How the transaction is after a command. */
enum outcome { DONE_OR_UNDONE, LEFT_SOMETHING, LOST };

/* A command that fails has as a rule changed nothing: the engine says with which faults. */
static enum outcome judge(struct engine *engine, enum fault fault, uint64_t changed_before)
{
	switch (engine_transaction(engine)) {
	case TRANSACTION_NONE:
		return LOST;
	case TRANSACTION_REFUSED:
		return LEFT_SOMETHING;
	case TRANSACTION_OPEN:
		break;
	}
	return engine->ops->undoes[fault] && engine->ops->changed_rows(engine) == changed_before
		       ? DONE_OR_UNDONE
		       : LEFT_SOMETHING;
}

/* A fault means that the whole transaction is lost. */
static enum fault run_command(struct run *r, struct job *job)
{
	uint64_t changed = r->engine->ops->changed_rows(r->engine);
	struct failure failure;

	r->spoiled = false;
	if (handlers_run(r->engine, &job->command, REPLY_MAX, &job->reply, &failure)) {
		r->done++;
		job->outcome = STAT_OUTCOME_DONE;
		return FAULT_NONE;
	}
	enum outcome outcome = judge(r->engine, failure.fault, changed);
	if (outcome == LOST)
		return failure.fault;
	reply_fault(job, &failure);
	r->spoiled = outcome == LEFT_SOMETHING;
	return FAULT_NONE;
}

/* Ends the savepoint of a command, if it is still there. */
static enum fault end_savepoint(struct run *r)
{
	bool undo = r->spoiled;

	if (engine_transaction(r->engine) != TRANSACTION_OPEN)
		return FAULT_NONE;
	r->spoiled = false;
	return engine_step(r->engine, undo ? ENGINE_ROLLBACK_TO : ENGINE_RELEASE);
}

static enum fault run_job(struct run *r, struct job *job)
{
	const struct command *command = &job->command;

	heartbeat_note_action(
		HEARTBEAT_WRITER, ACTIVITY_RUNNING, command->action, command->resource);
	enum fault fault = r->guarded ? engine_step(r->engine, ENGINE_SAVEPOINT) : FAULT_NONE;
	if (fault == FAULT_NONE)
		fault = run_command(r, job);
	if (fault == FAULT_NONE && r->guarded)
		fault = end_savepoint(r);
	job->failed = r->spoiled;
	return fault;
}

/* Runs the jobs until one spoils the transaction, but never again one that did. */
static enum fault run_jobs(struct run *r)
{
	enum fault fault = FAULT_NONE;

	r->spoiled = false;
	for (struct job *job = r->jobs->first; job && fault == FAULT_NONE && !r->spoiled;
		job = job->next)
		if (!job->failed && clock_ms() <= job->command.deadline)
			fault = run_job(r, job);
	return fault;
}

/* The same again with savepoints: a command has left something that nothing else undoes, or has
 * ended the transaction. It has its reply. */
static enum fault run_again(struct run *r)
{
	enum fault fault = FAULT_NONE;

	r->guarded = true;
	r->done = 0;
	for (struct job *job = r->jobs->first; job; job = job->next) {
		if (job->failed)
			continue;
		buf_reset(&job->reply, 0);
		job->outcome = STAT_OUTCOME_LATE;
	}
	if (engine_transaction(r->engine) == TRANSACTION_OPEN)
		fault = engine_step(r->engine, ENGINE_ROLLBACK);
	if (fault == FAULT_NONE)
		fault = engine_step(r->engine, ENGINE_BEGIN_WRITE);
	return fault == FAULT_NONE ? run_jobs(r) : fault;
}

/* Looks for commits by other processes within the transaction, where that takes no locks. */
static enum fault begin(struct engine *engine)
{
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_BEGINNING);
	enum fault fault = engine->ops->ready(engine);
	if (fault == FAULT_NONE)
		fault = engine_step(engine, ENGINE_BEGIN_WRITE);
	if (fault == FAULT_NONE)
		fault = engine->ops->detect_foreign_commits(engine);
	return fault;
}

/* Up to the commit. */
static enum fault run_transaction(struct run *r)
{
	enum fault fault = begin(r->engine);
	if (fault == FAULT_NONE)
		fault = run_jobs(r);
	while (fault == FAULT_NONE && r->spoiled)
		fault = run_again(r);
	return fault;
}

static enum fault commit(struct engine *engine)
{
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_COMMITTING);
	return engine_step(engine, ENGINE_COMMIT);
}

void group_run(struct engine *engine, const struct job_list *jobs, struct group_counts *counts)
{
	struct run r = { .engine = engine, .jobs = jobs, .guarded = engine->ops->needs_savepoints };
	enum fault fault = run_transaction(&r);
	uint64_t begun = clock_ns();

	if (fault == FAULT_NONE)
		fault = commit(engine);
	if (fault != FAULT_NONE) {
		fail_all(engine, jobs, fault);
		return;
	}
	counts->commands += r.done;
	counts->groups += r.done > 0;
	counts->commit_ns = clock_ns() - begun;
	if (r.done == 0)
		return;
	stats_observe(STAT_GROUP_SIZE, r.done);
	stats_observe(STAT_COMMIT_DURATION, counts->commit_ns);
}
