#include "pg_session.h"

#include "pg_list.h"

enum { REASON_LIMIT = 1024 };

void pg_wait(struct pg_session *s)
{
	s->fiber = fiber_self();
	fiber_suspend();
}

void pg_wake(struct pg_session *s)
{
	struct fiber *fiber = s->fiber;

	s->fiber = NULL;
	fiber_resume(fiber);
}

/* What fails because another statement has failed says nothing new. */
static bool is_worth_logging(const struct pg_session *s, struct pg_meaning meaning)
{
	return meaning.remedy == PG_REMEDY_NONE && meaning.fault != FAULT_CONFLICT &&
	       s->engine.command;
}

void pg_fail_with_others(struct pg_session *s)
{
	s->failed = s->is_aborted = true;
	s->remedy = PG_REMEDY_AGAIN;
	s->fault = FAULT_LOCKED;
}

void pg_fail(struct pg_session *s, const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	struct pg_meaning meaning = pg_meaning_of(state);
	struct buf reason;

	if (s->failed)
		return;
	s->failed = true;
	s->remedy = meaning.remedy;
	s->fault = meaning.fault;
	if (result && PQresultStatus(result) == PGRES_PIPELINE_ABORTED) {
		pg_fail_with_others(s);
		return;
	}
	if (!is_worth_logging(s, meaning))
		return;
	buf_init(&reason, REASON_LIMIT);
	pg_explain(result, &reason);
	buf_char(&reason, '\0');
	engine_log_failure(&s->engine, meaning.fault, buf_view(&reason).ptr);
	buf_done(&reason);
}

static void on_result(struct pg_request *request, PGresult *result)
{
	struct pg_session *s = CONTAINER_OF(request, struct pg_session, request);

	s->result = result;
	pg_wake(s);
}

static bool is_fine(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

static const PGresult *ask(struct pg_session *s, const struct pg_statement *statement,
	const char *const *values, unsigned nvalues)
{
	PQclear(s->result);
	s->result = NULL;
	if (s->failed)
		return NULL;
	if (s->list) {
		s->result = pg_list_ask(s->list, statement, values, nvalues);
	} else if (s->link->conn) {
		s->request.on_result = on_result;
		pg_link_send(s->link, statement, values, nvalues, &s->request);
		pg_wait(s);
	}
	if (s->result && is_fine(s->result))
		return s->result;
	pg_fail(s, s->result);
	return NULL;
}

const PGresult *pg_ask(
	struct pg_session *s, const struct pg_key *key, const char *const *values, unsigned nvalues)
{
	struct pg_statement spare;

	return ask(s, pg_statement(key, &spare, &s->text), values, nvalues);
}

const PGresult *pg_ask_text(
	struct pg_session *s, const char *text, const char *const *values, unsigned nvalues)
{
	const struct pg_statement once = { .text = text, .once = true };

	return ask(s, &once, values, nvalues);
}

static void on_silent(struct pg_request *request, PGresult *result)
{
	struct pg_session *s = CONTAINER_OF(request, struct pg_session, silent);

	if (!result || !is_fine(result))
		pg_fail(s, result);
	PQclear(result);
}

void pg_say(struct pg_session *s, const char *text, const char *const *values, unsigned nvalues)
{
	const struct pg_statement once = { .text = text, .once = true };

	if (s->list) {
		ask(s, &once, values, nvalues);
		return;
	}
	if (s->failed)
		return;
	s->silent.on_result = on_silent;
	pg_link_send(s->link, &once, values, nvalues, &s->silent);
}

PGresult *pg_take_result(struct pg_session *s)
{
	PGresult *result = s->result;

	s->result = NULL;
	return result;
}

void pg_session_begin(struct pg_session *s)
{
	s->failed = s->is_aborted = s->has_left = false;
	s->remedy = PG_REMEDY_NONE;
	s->fault = FAULT_NONE;
	s->changed = 0;
	s->table = NULL;
	s->locks_all = false;
	s->nahead = 0;
}

void pg_session_end(struct pg_session *s)
{
	PQclear(s->result);
	s->result = NULL;
	arena_done(&s->arena);
	buf_done(&s->text);
}
