#include "pg_question.h"

#include "pg_job.h"

enum { TRIES_MOST = 5 /* of a question that fails */ };

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
	r->without_log = pg_meaning_of(state).remedy == PG_REMEDY_LATER;
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
	return r->facts->has_log && !r->without_log ? freshness_question
						    : freshness_question_without_log;
}

/* With reads in the same turn the question saves a further turn if something has changed. */
void pg_question_ask(struct pg_reads *r, bool is_alone)
{
	r->glances = is_alone && r->is_calm && r->facts->has_log && !r->without_log &&
		     freshness_since(r->freshness);
	const struct pg_key which = { .family = PG_FAMILY_TEXT, .text = text_of_question(r) };
	const char *since = freshness_since(r->freshness);
	struct pg_statement spare;
	struct buf text;

	r->awaits_answer = true;
	r->without_log = false;
	buf_init(&text, PG_TEXT_MOST);
	pg_link_send(&r->lane.link, pg_statement(&which, &spare, &text), &since, r->glances ? 0 : 1,
		&r->question);
	buf_done(&text);
}

void pg_question_init(struct pg_reads *r)
{
	r->question.on_result = on_answer;
}
