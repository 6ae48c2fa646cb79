#include "pg_group_abandon.h"

#include "log.h"
#include "pg_job.h"
#include "stats.h"

#include <inttypes.h>

static bool may_commit(const struct pg_groups *g)
{
	return g->phase == PG_COMMITTING || g->phase == PG_RESOLVING;
}

static void fail_waiting(struct pg_groups *g, enum fault fault)
{
	struct job *job;

	while ((job = job_take(g->waiting))) {
		pg_job_fail(job, fault);
		pg_group_finish(g, job);
	}
}

static void end_unknown(struct pg_groups *g)
{
	log_error("PostgreSQL has not said whether it committed transaction %" PRIu64
		  ": whether %u writes were done is unknown",
		g->xid, g->nwrites);
	stats_add_at(STAT_POSTGRES_LOST_COMMITS, STAT_LOST_COMMIT_UNKNOWN, 1);
	loop_timer_cancel(g->lane.loop, &g->ask_again);
	freshness_disown(g->freshness, g->xid);
	changes_settle(g->changes);
	pg_group_finish_all(g, FAULT_UNKNOWN);
}

void pg_group_abandon(struct pg_groups *g, enum fault fault, bool is_final)
{
	if (!may_commit(g) || is_final) {
		pg_lane_stop(&g->lane);
		pg_inserts_send(&g->inserts);
	}
	if (may_commit(g) && is_final)
		end_unknown(g);
	else if (g->phase == PG_PRUNING)
		g->phase = PG_IDLE;
	else if (g->phase != PG_IDLE && !may_commit(g))
		pg_group_requeue(g);
	fail_waiting(g, fault);
	pg_group_give_back(g);
}
