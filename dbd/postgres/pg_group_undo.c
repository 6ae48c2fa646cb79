#include "pg_group_undo.h"

#include "pg_group_run.h"
#include "pg_job.h"
#include "stats.h"

enum { TRIES_MOST = 10 /* of a write that fails because of others */ };

static enum stat_rollback why_rolled_back(const struct pg_groups *g)
{
	static const enum stat_rollback causes[] = {
		[PG_REMEDY_NONE] = STAT_ROLLBACK_FAILED,
		[PG_REMEDY_AGAIN] = STAT_ROLLBACK_DEADLOCK,
		[PG_REMEDY_LATER] = STAT_ROLLBACK_LOCK,
		[PG_REMEDY_UNNAMED] = STAT_ROLLBACK_OTHER,
		[PG_REMEDY_RECONNECT] = STAT_ROLLBACK_LOST,
	};

	if (g->inserts.failed)
		return causes[g->inserts.remedy];
	for (unsigned i = 0; i < g->nwrites; i++)
		if (g->writes[i].session.failed)
			return causes[g->writes[i].session.remedy];
	return STAT_ROLLBACK_OTHER;
}

/* Counts an attempt that was in vain. False: it was the last one, and the job has its fault. */
static bool may_try_again(struct pg_groups *g, struct job *job)
{
	if (++job->tries < TRIES_MOST)
		return true;
	pg_job_fail(job, FAULT_LOCKED);
	pg_group_finish(g, job);
	return false;
}

/* What becomes of a write whose transaction was rolled back. What has failed in the database has
 * its reply, and what waits for a lock goes to the slow lane, with others of the same row. True: it
 * runs again, also if it has failed because of a row that is not as it saw it any more. */
static bool runs_again(struct pg_groups *g, const struct pg_write *w)
{
	const struct pg_session *s = &w->session;
	bool is_guilty = w->verdict == VERDICT_AGAIN && !s->is_aborted;

	if (w->verdict == VERDICT_FAILED && s->failed) {
		pg_group_finish(g, w->job);
		return false;
	}
	if ((is_guilty || w->verdict == VERDICT_SLOW) && !may_try_again(g, w->job))
		return false;
	if (w->verdict != VERDICT_SLOW && !pg_group_is_slow(g, w))
		return true;
	pg_group_put_back(w->job, g->slow->waiting);
	return false;
}

/* Leaves the writes that run again, one by one if the database has refused one, or one has left
 * something behind. */
static void keep_writes(struct pg_groups *g)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < g->nwrites; i++) {
		struct pg_write *w = &g->writes[i];
		g->guarded |= w->is_dirty || (w->verdict == VERDICT_FAILED && w->session.failed);
		if (!runs_again(g, w))
			continue;
		buf_reset(&w->job->reply, 0);
		w->job->outcome = STAT_OUTCOME_LATE;
		w->verdict = VERDICT_NONE;
		w->is_dirty = false;
		g->writes[kept++] = *w;
	}
	/* The row that the database has refused fails again, by itself. */
	g->guarded |= g->inserts.failed && g->inserts.remedy == PG_REMEDY_NONE;
	g->nwrites = kept;
	pg_group_count_side_by_side(g);
}

/* The transaction is over without having changed anything: another one begins for those that run
 * again. */
static void redo(struct pg_groups *g)
{
	struct job_list none = { 0 };

	stats_add_at(STAT_POSTGRES_ROLLED_BACK, why_rolled_back(g), 1);
	changes_forget(g->changes);
	keep_writes(g);
	if (g->nwrites == 0)
		pg_group_free_writes(g);
	else
		pg_group_run(g);
	if (g->slow)
		pg_group_submit(g->slow, &none);
}

static void on_undone(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, undone);

	PQclear(result);
	if (!result)
		return; /* on_down decides */
	if (g->renew) {
		g->renew = false;
		pg_lane_renew(&g->lane, "25006", "the server is read-only or stops");
		return;
	}
	redo(g);
}

void pg_group_undo(struct pg_groups *g)
{
	g->phase = PG_UNDOING;
	if (g->broken)
		pg_group_say_sync(g);
	pg_group_say(g, "ROLLBACK");
	pg_link_sync(&g->lane.link, &g->undone);
}

void pg_group_undo_init(struct pg_groups *g)
{
	g->undone.on_result = on_undone;
}
