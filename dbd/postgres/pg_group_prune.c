#include "pg_group_prune.h"

#include "pg_job.h"

#include <stdio.h>

static void on_pruned(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, pruned);

	/* A longer snapshot is not kept: the next pruning then deletes nothing. */
	bool fits = result && PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
		    PQgetlength(result, 0, 0) < PG_PRUNED_SIZE;
	snprintf(g->pruned_to, sizeof(g->pruned_to), "%s", fits ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	g->phase = g->phase == PG_PRUNING ? PG_IDLE : g->phase;
}

void pg_group_prune(struct pg_groups *g)
{
	static const struct pg_key which = { .family = PG_FAMILY_TEXT, .text = freshness_prune };
	const char *value = g->pruned_to[0] ? g->pruned_to : NULL;
	struct pg_statement spare;
	struct buf text;

	g->wants_pruning = false;
	g->phase = PG_PRUNING;
	buf_init(&text, PG_TEXT_MOST);
	pg_link_send(&g->lane.link, pg_statement(&which, &spare, &text), &value, 1, &g->pruned);
	pg_group_say_sync(g);
	buf_done(&text);
}

static void on_prune_timer(struct timer *timer)
{
	struct pg_groups *g = CONTAINER_OF(timer, struct pg_groups, prune_timer);

	g->wants_pruning = true;
	loop_timer_set(g->lane.loop, &g->prune_timer, FRESHNESS_PRUNE_MS);
	pg_link_flush(&g->lane.link);
}

void pg_group_prune_start(struct pg_groups *g)
{
	g->wants_pruning = g->slow && g->facts->has_log;
	if (g->wants_pruning)
		loop_timer_set(g->lane.loop, &g->prune_timer, FRESHNESS_PRUNE_MS);
}

void pg_group_prune_init(struct pg_groups *g)
{
	g->pruned.on_result = on_pruned;
	g->prune_timer.on_timer = on_prune_timer;
}
