#include "pg_reads.h"

#include "log.h"
#include "pg_job.h"
#include "pg_question.h"
#include "pg_table_locks.h"
#include "stats.h"

#include <stdlib.h>
#include <string.h>

enum {
	TURN_MOST = 256, /* reads side by side */
	TRIES_MOST = 5,  /* of a read that fails because of others */
	SKIPS_MOST = 64  /* the same, of a read that was not tried itself */
};

/* Milliseconds. The first one only tells a locked table: a longer wait would end with a snapshot
 * that is older than what the lock was for. */
#define LOCK_TIMEOUT      "SET LOCAL lock_timeout = 1"
#define SLOW_LOCK_TIMEOUT "SET LOCAL lock_timeout = 1000" /* for the table */
#define SLOW_READ_TIMEOUT "SET LOCAL lock_timeout = 100"  /* for its indexes, or another table */

enum { LOCKED_MOST = 5 * 1000 /* milliseconds; then the read is refused */ };

/* A read of the turn, in a fiber of its own. */
struct reading_job {
	struct pg_session session; /* first */
	struct pg_reads *reads;
	struct job *job;
};

/* The turn. */

static void give_back(struct pg_reads *r)
{
	if (r->slowly.first)
		pg_reads_submit(r->slow, &r->slowly);
	if (r->finished.first)
		r->on_finished(r, &r->finished);
}

/* The slow lane tries again until the read is too old. */
static void meet_lock(struct pg_reads *r, const struct pg_session *s, struct job *job)
{
	job->locked = s->table;
	if (!s->has_left)
		pg_locked_note(r->locked, s->table, loop_now(r->lane.loop));
	job_append(r->slow ? &r->slowly : &r->again, job);
}

/* While the connection is lost again and again, only the deadline counts. */
static bool runs_again(const struct pg_session *s, struct job *job)
{
	if (!s->failed || s->remedy == PG_REMEDY_NONE)
		return false;
	job->tries++;
	return s->remedy == PG_REMEDY_RECONNECT ||
	       job->tries < (s->is_aborted ? SKIPS_MOST : TRIES_MOST);
}

static void run(void *context)
{
	struct reading_job *reading = context;
	struct pg_reads *r = reading->reads;
	struct pg_session *s = &reading->session;
	struct job *job = reading->job;

	pg_session_begin(s);
	pg_job_run(s, job);
	r->broken |= s->failed && !s->has_left;
	r->renew |= s->failed && s->remedy == PG_REMEDY_RECONNECT;
	if (s->failed && s->remedy == PG_REMEDY_LATER)
		meet_lock(r, s, job);
	else
		job_append(runs_again(s, job) ? &r->again : &r->finished, job);
	pg_session_end(s);
	free(reading);
	r->running--;
}

static void start_reading(struct pg_reads *r, struct job *job)
{
	struct reading_job *reading = calloc(1, sizeof(*reading));

	if (!reading)
		log_die("out of memory for a read");
	reading->reads = r;
	reading->job = job;
	reading->session.engine.ops = &pg_engine;
	reading->session.link = &r->lane.link;
	reading->session.batch = &r->batch;
	reading->session.locked = r->slow ? r->locked : NULL;
	buf_init(&reading->session.text, PG_TEXT_MOST);
	r->running++;
	fiber_start(run, reading);
}

/* The results of BEGIN, COMMIT and so on. The statements between them fail if these do. */
static void on_step(struct pg_request *request, PGresult *result)
{
	(void)request;
	PQclear(result);
}

/* Locks, in the slow lane. */

static void start_readings(struct pg_reads *r, struct job_list *jobs)
{
	struct job *job;

	while ((job = job_take(jobs)))
		start_reading(r, job);
}

static void on_locked(struct pg_request *request, PGresult *result)
{
	struct pg_reads *r = CONTAINER_OF(request, struct pg_reads, lock);
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const struct pg_meaning meaning = pg_meaning_of(state);
	const struct resource *table = r->held.first->locked;
	struct job *job;

	if (result && PQresultStatus(result) == PGRES_COMMAND_OK) {
		pg_locked_forget(r->locked, table);
		pg_link_send_literal(&r->lane.link, SLOW_READ_TIMEOUT, &r->begin);
		start_readings(r, &r->held);
		PQclear(result);
		return;
	}
	r->broken = true;
	r->renew |= meaning.remedy == PG_REMEDY_RECONNECT;
	if (meaning.remedy == PG_REMEDY_LATER)
		pg_locked_note(r->locked, table, loop_now(r->lane.loop));
	while ((job = job_take(&r->held))) {
		if (meaning.remedy == PG_REMEDY_NONE)
			pg_job_fail(job, meaning.fault);
		job_append(meaning.remedy == PG_REMEDY_NONE ? &r->finished : &r->again, job);
	}
	PQclear(result);
}

static void lock_table(struct pg_reads *r, struct job_list *jobs)
{
	struct buf text;

	job_append_all(&r->held, jobs);
	buf_init(&text, PG_TEXT_MOST);
	pg_lock_table(&text, r->held.first->locked);
	buf_char(&text, '\0');
	pg_link_send_text(&r->lane.link, buf_view(&text).ptr, &r->lock);
	buf_done(&text);
}

static void refuse_old(struct pg_reads *r)
{
	const uint64_t now = loop_now(r->lane.loop);
	struct job_list all = { 0 };
	struct job *job;

	job_append_all(&all, &r->waiting);
	while ((job = job_take(&all))) {
		bool is_old = now - job->since >= LOCKED_MOST;
		if (is_old)
			pg_job_fail(job, FAULT_LOCKED);
		job_append(is_old ? &r->finished : &r->waiting, job);
	}
}

/* Turns. */

/* False: its deadline has passed. */
static bool is_due(struct pg_reads *r, struct job *job)
{
	if (clock_ms() <= job->command.deadline)
		return true;
	buf_reset(&job->reply, 0);
	job->outcome = STAT_OUTCOME_LATE;
	job_append(&r->finished, job);
	return false;
}

static bool is_again(const struct job *job)
{
	return job && job->tries > 0;
}

/* What runs again, as another read of its turn has failed, runs without new ones, which may fail,
 * too. */
static void take_jobs(struct pg_reads *r, struct job_list *jobs)
{
	bool again = is_again(r->waiting.first);
	struct job *job;

	while (jobs->count < TURN_MOST && r->waiting.first && is_again(r->waiting.first) == again) {
		job = job_take(&r->waiting);
		if (is_due(r, job))
			job_append(job->kind == JOB_CONFIRM ? &r->asking : jobs, job);
	}
}

/* Those whose table is the first one's. */
static void take_slow_jobs(struct pg_reads *r, struct job_list *jobs)
{
	const struct resource *table = r->waiting.first ? r->waiting.first->locked : NULL;
	struct job_list all = { 0 };
	struct job *job;

	job_append_all(&all, &r->waiting);
	while ((job = job_take(&all)))
		if (job->locked != table || jobs->count == TURN_MOST)
			job_append(&r->waiting, job);
		else if (is_due(r, job))
			job_append(jobs, job);
}

static void begin_transaction(struct pg_reads *r)
{
	pg_link_send_literal(
		&r->lane.link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &r->begin);
	pg_link_send_literal(&r->lane.link, r->slow ? LOCK_TIMEOUT : SLOW_LOCK_TIMEOUT, &r->begin);
}

static void begin_turn(struct pg_reads *r)
{
	struct job_list jobs = { 0 };

	uint64_t oldest = r->waiting.first ? r->waiting.first->since : 0;
	if (r->slow)
		take_jobs(r, &jobs);
	else
		take_slow_jobs(r, &jobs);
	const bool asks = r->asking.first || r->begins;
	if (!jobs.first && !asks)
		return;
	r->in_turn = true;
	r->broken = r->renew = false;
	r->oldest = oldest;
	r->begun = clock_ns();
	/* A question alone needs no transaction. */
	if (jobs.first)
		begin_transaction(r);
	if (asks)
		pg_question_ask(r, !jobs.first);
	r->begins = false;
	r->in_transaction = jobs.first != NULL;
	if (!r->in_transaction)
		pg_link_sync(&r->lane.link, &r->end);
	if (r->slow)
		start_readings(r, &jobs);
	else
		lock_table(r, &jobs);
	pg_batch_send(&r->batch);
}

/* What runs again comes first; in the slow lane last, so that one table is tried after the other.
 */
static void wait_again(struct pg_reads *r)
{
	if (r->slow)
		job_append_all(&r->again, &r->waiting);
	job_append_all(&r->waiting, &r->again);
	if (!r->slow)
		refuse_old(r);
}

/* After an error the transaction is still open, but accepts nothing else. */
static void end_turn(struct pg_reads *r)
{
	r->in_turn = false;
	stats_observe(STAT_POSTGRES_TURN_DURATION, clock_ns() - r->begun);
	if (r->broken && r->in_transaction)
		pg_link_sync(&r->lane.link, &r->end);
	if (r->in_transaction) {
		pg_link_send_literal(&r->lane.link, r->broken ? "ROLLBACK" : "COMMIT", &r->end);
		pg_link_sync(&r->lane.link, &r->end);
	}
	wait_again(r);
	if (r->renew)
		pg_lane_renew(&r->lane, NULL, "it refuses to read");
}

static bool is_over(const struct pg_reads *r)
{
	return r->in_turn && r->running == 0 && !r->awaits_answer && !r->held.first;
}

/* Goes on as far as it can without further results. */
static void advance(struct pg_reads *r)
{
	if (r->in_turn)
		pg_batch_send(&r->batch);
	if (is_over(r))
		end_turn(r);
	while (pg_link_accepts(&r->lane.link) && !r->in_turn && r->waiting.first) {
		begin_turn(r);
		if (is_over(r))
			end_turn(r);
	}
	give_back(r);
}

static void on_turn(struct pg_lane *lane)
{
	advance((struct pg_reads *)(void *)lane);
}

static void on_late(struct timer *timer)
{
	struct pg_reads *r = CONTAINER_OF(timer, struct pg_reads, late);

	pg_jobs_expire(&r->waiting, &r->finished);
	give_back(r);
	if (r->waiting.first && !r->lane.link.conn)
		loop_timer_set(r->lane.loop, &r->late, PG_LATE_CHECK);
}

static void on_up(struct pg_lane *lane)
{
	struct pg_reads *r = (struct pg_reads *)(void *)lane;

	/* The first answer only begins what later ones compare with, so that what is cached before
	 * is in vain. */
	if (r->slow) {
		freshness_restart(r->freshness);
		r->begins = true;
	}
	r->on_connected(r);
}

/* Every fiber has ended. */
static void on_down(struct pg_lane *lane)
{
	struct pg_reads *r = (struct pg_reads *)(void *)lane;

	pg_batch_send(&r->batch);
	r->in_turn = false;
	wait_again(r);
	give_back(r);
	if (r->waiting.first)
		loop_timer_set(lane->loop, &r->late, PG_LATE_CHECK);
}

void pg_reads_init(struct pg_reads *r)
{
	r->batch.link = &r->lane.link;
	r->begin.on_result = r->end.on_result = on_step;
	pg_question_init(r);
	r->lock.on_result = on_locked;
	r->late.on_timer = on_late;
	r->lane.on_up = on_up;
	r->lane.on_down = on_down;
	r->lane.on_turn = on_turn;
	pg_lane_init(&r->lane);
}

void pg_reads_submit(struct pg_reads *r, struct job_list *jobs)
{
	job_append_all(&r->waiting, jobs);
	pg_lane_start(&r->lane, NULL);
	if (r->lane.link.conn)
		pg_link_flush(&r->lane.link);
	else if (!r->late.place)
		loop_timer_set(r->lane.loop, &r->late, PG_LATE_CHECK);
}

static void fail(struct job *job)
{
	if (job->kind == JOB_CONFIRM)
		job_reply_confirm(job, FAULT_UNAVAILABLE);
	else
		pg_job_fail(job, job->locked ? FAULT_LOCKED : FAULT_UNAVAILABLE);
}

void pg_reads_abandon(struct pg_reads *r)
{
	struct job *job;

	pg_lane_stop(&r->lane);
	pg_batch_send(&r->batch);
	r->in_turn = false;
	job_append_all(&r->waiting, &r->again);
	job_append_all(&r->waiting, &r->slowly);
	while ((job = job_take(&r->waiting))) {
		fail(job);
		job_append(&r->finished, job);
	}
	give_back(r);
}

uint64_t pg_reads_oldest(const struct pg_reads *r)
{
	uint64_t oldest = r->in_turn ? r->oldest : UINT64_MAX;
	const struct job *waiting = r->waiting.first;

	return waiting && waiting->since < oldest ? waiting->since : oldest;
}

static void free_jobs(struct job_list *jobs)
{
	struct job *job;

	while ((job = job_take(jobs)))
		job_free(job);
}

void pg_reads_done(struct pg_reads *r)
{
	loop_timer_cancel(r->lane.loop, &r->late);
	pg_batch_send(&r->batch);
	free_jobs(&r->waiting);
	free_jobs(&r->asking);
	free_jobs(&r->again);
	free_jobs(&r->slowly);
	free_jobs(&r->held);
	free_jobs(&r->finished);
}
