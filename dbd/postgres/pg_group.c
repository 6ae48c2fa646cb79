#include "pg_group.h"

#include "pg_group_order.h"
#include "pg_job.h"
#include "stats.h"

#include <stdlib.h>

/* Statements. */

static void on_step(struct pg_request *request, PGresult *result)
{
	(void)request;
	PQclear(result);
}

void pg_group_say(struct pg_groups *g, const char *text)
{
	pg_link_send_literal(&g->lane.link, text, &g->step);
}

void pg_group_say_sync(struct pg_groups *g)
{
	pg_link_sync(&g->lane.link, &g->step);
}

/* Jobs. */

void pg_group_give_back(struct pg_groups *g)
{
	if (g->finished.first)
		g->on_finished(g, &g->finished);
}

void pg_group_finish(struct pg_groups *g, struct job *job)
{
	job_append(&g->finished, job);
}

void pg_group_put_back(struct job *job, struct job_list *list)
{
	buf_reset(&job->reply, 0);
	job->outcome = STAT_OUTCOME_LATE;
	job_append(list, job);
}

void pg_group_free_writes(struct pg_groups *g)
{
	free(g->writes);
	g->writes = NULL;
	g->nwrites = g->side_by_side = 0;
	g->phase = PG_IDLE;
}

void pg_group_finish_all(struct pg_groups *g, enum fault fault)
{
	for (unsigned i = 0; i < g->nwrites; i++) {
		struct pg_write *w = &g->writes[i];
		if (fault != FAULT_NONE && w->verdict == VERDICT_DONE)
			pg_job_fail(w->job, fault);
		pg_group_finish(g, w->job);
	}
	pg_group_free_writes(g);
}

void pg_group_requeue(struct pg_groups *g)
{
	struct job_list again = { 0 };

	changes_forget(g->changes);
	for (unsigned i = 0; i < g->nwrites; i++)
		pg_group_put_back(g->writes[i].job, &again);
	job_append_all(&again, g->waiting);
	job_append_all(g->waiting, &again);
	pg_group_free_writes(g);
}

void pg_group_count_side_by_side(struct pg_groups *g)
{
	g->side_by_side = 0;
	while (g->side_by_side < g->nwrites && !g->writes[g->side_by_side].alone)
		g->side_by_side++;
}

bool pg_group_is_slow(const struct pg_groups *g, const struct pg_write *w)
{
	const struct pg_groups *slow = g->slow;

	for (unsigned i = 0; slow && i < slow->nwrites; i++)
		if (slow->writes[i].table == w->table && key_equal(slow->writes[i].key, w->key))
			return true;
	for (const struct job *job = slow ? slow->waiting->first : NULL; job; job = job->next)
		if (job->command.resource->number == w->table &&
			key_equal(pg_group_target(&job->command), w->key))
			return true;
	return false;
}

/* Lanes. */

void pg_group_wake_others(struct pg_groups *g)
{
	for (struct pg_groups *other = g->next; g->waiting->first && other != g;
		other = other->next)
		if (other->phase == PG_IDLE && other->lane.link.conn)
			pg_link_flush(&other->lane.link);
}

void pg_group_submit(struct pg_groups *g, struct job_list *jobs)
{
	job_append_all(g->waiting, jobs);
	if (!g->waiting->first)
		return;
	pg_lane_start(&g->lane, NULL);
	if (g->lane.link.conn)
		pg_link_flush(&g->lane.link);
	else
		pg_group_wake_others(g);
	if (!g->lane.link.conn && !g->late.place)
		loop_timer_set(g->lane.loop, &g->late, PG_LATE_CHECK);
}

void pg_group_init(struct pg_groups *g)
{
	g->inserts.link = &g->lane.link;
	g->step.on_result = on_step;
}
