#include "pg_group_run.h"

#include "pg_group_order.h"
#include "pg_job.h"

#include <stdlib.h>

/* What a write that has failed means for its job and for the group. */
static void judge(struct pg_write *w)
{
	static const enum pg_verdict verdicts[] = {
		[PG_REMEDY_NONE] = VERDICT_FAILED,
		[PG_REMEDY_AGAIN] = VERDICT_AGAIN,
		[PG_REMEDY_LATER] = VERDICT_SLOW,
		[PG_REMEDY_UNNAMED] = VERDICT_AGAIN,
		[PG_REMEDY_RECONNECT] = VERDICT_AGAIN,
	};
	struct pg_session *s = &w->session;

	w->verdict = s->failed ? verdicts[s->remedy] : VERDICT_FAILED;
	if (w->verdict == VERDICT_SLOW && !w->groups->slow)
		w->verdict = VERDICT_FAILED;
	w->is_dirty = !s->failed && s->changed > 0;
	w->groups->broken |= s->failed;
	w->groups->renew |= s->failed && s->remedy == PG_REMEDY_RECONNECT;
}

static void run(void *context)
{
	struct pg_write *w = context;
	struct pg_groups *g = w->groups;

	w->is_running = true;
	g->running++;
	pg_session_begin(&w->session);
	w->session.locks_all = pg_group_has_condition(&w->job->command);
	w->session.inserts = g->guarded || g->inserts.failed ? NULL : &g->inserts;
	if (pg_job_run(&w->session, w->job))
		w->verdict = VERDICT_DONE;
	else
		judge(w);
	pg_session_end(&w->session);
	w->is_running = false;
	g->running--;
	g->left--;
}

static void start(struct pg_groups *g, struct pg_write *w)
{
	if (g->guarded) {
		pg_group_say(g, "SAVEPOINT postern");
		g->in_savepoint = true;
	}
	fiber_start(run, w);
}

/* True if writes before this one, which must come first, are not done. */
static bool must_wait(const struct pg_groups *g, unsigned i)
{
	if (g->guarded || i >= g->side_by_side)
		return g->running > 0 || g->left > g->nwrites - i;
	return i > 0 && pg_group_is_same_row(&g->writes[i - 1], &g->writes[i]) &&
	       (g->writes[i - 1].is_running || g->writes[i - 1].verdict == VERDICT_NONE);
}

/* The savepoint of the write that has just run. */
static void end_savepoint(struct pg_groups *g, const struct pg_write *w)
{
	g->in_savepoint = false;
	if (g->broken)
		pg_group_say_sync(g);
	if (g->broken || w->is_dirty)
		pg_group_say(g, "ROLLBACK TO postern");
	pg_group_say(g, "RELEASE postern");
	/* Others can go on, unless what has failed concerns them all. */
	g->broken = w->verdict == VERDICT_AGAIN || w->verdict == VERDICT_SLOW;
}

/* Starts what need not wait. In guarded mode the write before has ended. */
static void start_writes(struct pg_groups *g)
{
	for (unsigned i = 0; i < g->nwrites && !g->broken; i++) {
		struct pg_write *w = &g->writes[i];
		if (w->verdict != VERDICT_NONE || w->is_running)
			continue;
		if (must_wait(g, i)) {
			if (g->guarded || i >= g->side_by_side)
				return;
			continue;
		}
		start(g, w);
		if (g->guarded && !w->is_running)
			end_savepoint(g, w);
	}
}

static struct pg_write *find_ended(struct pg_groups *g)
{
	for (unsigned i = 0; g->in_savepoint && i < g->nwrites; i++)
		if (g->writes[i].verdict != VERDICT_NONE &&
			(i + 1 == g->nwrites || g->writes[i + 1].verdict == VERDICT_NONE))
			return g->running == 0 ? &g->writes[i] : NULL;
	return NULL;
}

bool pg_group_go_on(struct pg_groups *g)
{
	struct pg_write *ended = find_ended(g);

	if (ended)
		end_savepoint(g, ended);
	start_writes(g);
	pg_inserts_send(&g->inserts);
	return g->running == 0 && (g->left == 0 || g->broken);
}

/* A command that has failed has, unless it was undone, left something. */
bool pg_group_is_spoiled(const struct pg_groups *g)
{
	for (unsigned i = 0; i < g->nwrites; i++) {
		const struct pg_write *w = &g->writes[i];
		if ((w->is_dirty && !g->guarded) || w->verdict == VERDICT_AGAIN ||
			w->verdict == VERDICT_SLOW)
			return true;
	}
	return g->broken;
}

/* Beginning. */

static void on_begin_id(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, begin_id);

	if (result && PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
		g->xid = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
		freshness_own(g->freshness, g->xid);
	} else {
		const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
		g->broken = true;
		g->renew |= state && pg_meaning_of(state).remedy == PG_REMEDY_RECONNECT;
	}
	PQclear(result);
}

static void send_begin(struct pg_groups *g)
{
	static const struct pg_key which = {
		.family = PG_FAMILY_TEXT,
		.text = "SELECT pg_current_xact_id(), set_config('lock_timeout', $1, true)",
	};
	struct pg_statement spare;
	struct buf text;

	buf_init(&text, PG_TEXT_MOST);
	pg_group_say(g, "BEGIN");
	pg_link_send(&g->lane.link, pg_statement(&which, &spare, &text), &g->lock_timeout, 1,
		&g->begin_id);
	buf_done(&text);
}

void pg_group_run(struct pg_groups *g)
{
	g->phase = PG_RUNNING;
	g->left = g->nwrites;
	g->broken = g->renew = g->in_savepoint = false;
	g->xid = 0;
	g->begun = clock_ns();
	send_begin(g);
	start_writes(g);
	pg_inserts_send(&g->inserts);
}

void pg_group_run_init(struct pg_groups *g)
{
	g->begin_id.on_result = on_begin_id;
}
