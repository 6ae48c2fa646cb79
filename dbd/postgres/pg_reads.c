#include "pg_reads.h"

#include "log.h"
#include "pg_job.h"
#include "stats.h"

#include <stdlib.h>
#include <string.h>

enum {
	TURN_MOST = 256, /* reads side by side */
	TRIES_MOST = 5,  /* of a read that fails because of others */
	SKIPS_MOST = 64  /* the same, of a read that was not tried itself */
};

/* A read of the turn, in a fiber of its own. */
struct reading_job {
	struct pg_session session; /* first */
	struct pg_reads *reads;
	struct job *job;
};

/* The turn. */

static void give_back(struct pg_reads *r)
{
	if (r->finished.first)
		r->on_finished(r, &r->finished);
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
	r->broken |= s->failed;
	r->renew |= s->failed && s->remedy == PG_REMEDY_RECONNECT;
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

/* The question. */

static void take_answer(struct pg_reads *r, const PGresult *result)
{
	r->is_calm = PQntuples(result) == 1 && PQgetisnull(result, 0, 1);
	if (!freshness_begin_answer(r->freshness, pg_cell(result, 0, 0)))
		return;
	for (int row = 0; row < PQntuples(result); row++)
		if (!PQgetisnull(result, row, 1) &&
			!freshness_add(
				r->freshness, pg_cell(result, row, 1), pg_cell(result, row, 2)))
			return;
	freshness_end_answer(r->freshness);
}

/* Those that ask wait for the next question, but not for ever. */
static void ask_again(struct pg_reads *r, const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	struct job *job;

	r->broken = true;
	r->renew |= pg_meaning_of(state).remedy == PG_REMEDY_RECONNECT;
	if (pg_is_missing(state))
		r->facts->has_log = false;
	while ((job = job_take(&r->asking))) {
		bool again = !result || ++job->tries < TRIES_MOST;
		if (!again)
			job_reply_confirm(job, FAULT_UNAVAILABLE);
		job_append(again ? &r->again : &r->finished, job);
	}
}

static void reply_to_asking(struct pg_reads *r)
{
	struct job *job;

	while ((job = job_take(&r->asking))) {
		job_reply_confirm(job, FAULT_NONE);
		job_append(&r->finished, job);
	}
}

/* If something has changed, the next turn begins with the question. */
static void take_glance(struct pg_reads *r, const PGresult *result)
{
	r->is_calm = PQntuples(result) > 0 && freshness_is_unchanged(r->freshness,
						      pg_cell(result, 0, 0), pg_cell(result, 0, 1));
	if (r->is_calm)
		reply_to_asking(r);
	else
		job_append_all(&r->again, &r->asking);
}

static void on_answer(struct pg_request *request, PGresult *result)
{
	struct pg_reads *r = CONTAINER_OF(request, struct pg_reads, question);
	bool is_answer = result && PQresultStatus(result) == PGRES_TUPLES_OK;

	r->awaits_answer = false;
	if (is_answer && r->glances) {
		take_glance(r, result);
	} else if (is_answer && PQntuples(result) > 0) {
		take_answer(r, result);
		reply_to_asking(r);
	} else {
		r->is_calm = false;
		ask_again(r, result);
	}
	PQclear(result);
}

static const char *text_of_question(const struct pg_reads *r)
{
	if (r->glances)
		return freshness_glance;
	return r->facts->has_log ? freshness_question : freshness_question_without_log;
}

/* With reads in the same turn the question saves a further turn if something has changed. */
static void ask_question(struct pg_reads *r, bool is_alone)
{
	r->glances = is_alone && r->is_calm && r->facts->has_log && freshness_since(r->freshness);
	const struct pg_key which = { .family = PG_FAMILY_TEXT, .text = text_of_question(r) };
	const char *since = freshness_since(r->freshness);
	struct pg_statement spare;
	struct buf text;

	r->awaits_answer = true;
	buf_init(&text, PG_TEXT_MOST);
	pg_link_send(&r->lane.link, pg_statement(&which, &spare, &text), &since, r->glances ? 0 : 1,
		&r->question);
	buf_done(&text);
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

static void begin_turn(struct pg_reads *r)
{
	struct job_list jobs = { 0 };
	struct job *job;

	uint64_t oldest = r->waiting.first ? r->waiting.first->since : 0;
	take_jobs(r, &jobs);
	const bool asks = r->asking.first || r->begins;
	if (!jobs.first && !asks)
		return;
	r->in_turn = true;
	r->broken = r->renew = false;
	r->oldest = oldest;
	r->begun = clock_ns();
	/* A question alone needs no transaction. */
	if (jobs.first)
		pg_link_send_literal(&r->lane.link,
			"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &r->begin);
	if (asks)
		ask_question(r, !jobs.first);
	r->begins = false;
	r->in_transaction = jobs.first != NULL;
	if (!r->in_transaction)
		pg_link_sync(&r->lane.link, &r->end);
	while ((job = job_take(&jobs)))
		start_reading(r, job);
	pg_batch_send(&r->batch);
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
	job_append_all(&r->again, &r->waiting);
	job_append_all(&r->waiting, &r->again);
	if (r->renew)
		pg_lane_renew(&r->lane, NULL, "it refuses to read");
}

/* Goes on as far as it can without further results. */
static void advance(struct pg_reads *r)
{
	if (r->in_turn)
		pg_batch_send(&r->batch);
	if (r->in_turn && r->running == 0 && !r->awaits_answer)
		end_turn(r);
	while (pg_link_accepts(&r->lane.link) && !r->in_turn && r->waiting.first) {
		begin_turn(r);
		if (r->in_turn && r->running == 0 && !r->awaits_answer)
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

	freshness_restart(r->freshness);
	/* The first answer only begins what later ones compare with, so that what is cached before
	 * is in vain. */
	r->begins = true;
	r->on_connected(r);
}

/* Every fiber has ended. */
static void on_down(struct pg_lane *lane)
{
	struct pg_reads *r = (struct pg_reads *)(void *)lane;

	pg_batch_send(&r->batch);
	r->in_turn = false;
	job_append_all(&r->again, &r->waiting);
	job_append_all(&r->waiting, &r->again);
	give_back(r);
	if (r->waiting.first)
		loop_timer_set(lane->loop, &r->late, PG_LATE_CHECK);
}

void pg_reads_init(struct pg_reads *r)
{
	r->batch.link = &r->lane.link;
	r->begin.on_result = r->end.on_result = on_step;
	r->question.on_result = on_answer;
	r->late.on_timer = on_late;
	r->lane.on_up = on_up;
	r->lane.on_down = on_down;
	r->lane.on_turn = on_turn;
	pg_lane_init(&r->lane);
}

void pg_reads_submit(struct pg_reads *r, struct job_list *jobs)
{
	job_append_all(&r->waiting, jobs);
	if (r->lane.link.conn)
		pg_link_flush(&r->lane.link);
	else if (!r->late.place)
		loop_timer_set(r->lane.loop, &r->late, PG_LATE_CHECK);
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
	free_jobs(&r->finished);
}
