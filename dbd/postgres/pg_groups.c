#include "pg_groups.h"

#include "log.h"
#include "pg_group_commit.h"
#include "pg_group_order.h"
#include "pg_group_prune.h"
#include "pg_group_resolve.h"
#include "pg_group_run.h"
#include "pg_group_undo.h"
#include "pg_job.h"
#include "random_uuid.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

enum { BESIDE_LEAST = 16 /* writes of a group beside another one that runs */ };

/* Beginning. */

static void prepare_write(struct pg_groups *g, struct pg_write *w, struct job *job)
{
	const struct command *command = &job->command;

	*w = (struct pg_write){
		.groups = g,
		.job = job,
		.number = g->nwrites,
		.alone = pg_group_runs_alone(command),
		.table = command->resource->number,
		.key = pg_group_target(command),
	};
	w->session.engine.ops = &pg_engine;
	w->session.engine.changes = g->changes;
	w->session.link = &g->lane.link;
	w->session.others_write = g->facts->others_write;
	w->session.is_utc = g->lane.link.is_utc;
	buf_init(&w->session.text, PG_TEXT_MOST);
}

/* Writes of rows that the slow lane has follow it there. */
static void follow(struct pg_groups *g, struct job_list *jobs)
{
	if (jobs->first)
		pg_group_submit(g->slow, jobs);
}

static void take_jobs(struct pg_groups *g)
{
	struct job_list slow = { 0 };
	struct job *job;

	pg_jobs_expire(g->waiting, &g->finished);
	unsigned count = g->waiting->count < g->most ? g->waiting->count : g->most;
	g->nwrites = 0;
	if (count == 0)
		return;
	g->writes = calloc(count, sizeof(*g->writes));
	if (!g->writes)
		log_die("out of memory for %u writes", count);
	while (g->nwrites < count && (job = job_take(g->waiting))) {
		struct pg_write *w = &g->writes[g->nwrites];
		prepare_write(g, w, job);
		if (pg_group_is_slow(g, w))
			job_append(&slow, job);
		else
			g->nwrites++;
	}
	follow(g, &slow);
	if (g->nwrites == 0) {
		pg_group_free_writes(g);
		return;
	}
	pg_group_sort(g->writes, g->nwrites);
	pg_group_count_side_by_side(g);
}

/* While a lane runs commands another one begins only if enough wait to be worth a transaction; else
 * what arrives becomes one group. While a lane commits they do, as the commits of PostgreSQL share
 * their waiting for the disk. */
static bool may_begin(const struct pg_groups *g)
{
	for (const struct pg_groups *other = g->next; other != g; other = other->next)
		if (other->phase == PG_UNDOING ||
			(other->phase == PG_RUNNING && g->waiting->count < BESIDE_LEAST))
			return false;
	return true;
}

static void begin_group(struct pg_groups *g)
{
	take_jobs(g);
	if (g->nwrites == 0)
		return;
	g->guarded = g->inserts.failed = false;
	pg_group_run(g);
}

/* Turns. */

/* Goes on as far as it can without further results. */
static void advance(struct pg_groups *g)
{
	if (g->phase == PG_IDLE && pg_link_accepts(&g->lane.link) && g->wants_pruning)
		pg_group_prune(g);
	if (g->phase == PG_IDLE && pg_link_accepts(&g->lane.link) && g->waiting->first &&
		may_begin(g))
		begin_group(g);
	if (g->phase == PG_RUNNING) {
		bool over = pg_group_go_on(g);
		/* The id comes with the first results. */
		if (over && pg_group_is_spoiled(g))
			pg_group_undo(g);
		else if (over && g->xid > 0)
			pg_group_commit(g);
	}
	pg_group_give_back(g);
}

/* Of the others one goes on when this lane runs no commands any more. */
static void on_turn(struct pg_lane *lane)
{
	struct pg_groups *g = (struct pg_groups *)(void *)lane;

	advance(g);
	if (g->phase != PG_UNDOING)
		pg_group_wake_others(g);
}

/* Connections. */

static void on_up(struct pg_lane *lane)
{
	struct pg_groups *g = (struct pg_groups *)(void *)lane;

	if (g->on_connected)
		g->on_connected(g);
	pg_group_prune_start(g);
	/* Another server may have answered before. */
	g->is_over = false;
	if (g->phase == PG_RESOLVING && pg_link_accepts(&lane->link))
		pg_group_resolve(g);
}

static void on_late(struct timer *timer)
{
	struct pg_groups *g = CONTAINER_OF(timer, struct pg_groups, late);

	pg_jobs_expire(g->waiting, &g->finished);
	pg_group_give_back(g);
	if (g->waiting->first && !g->lane.link.conn)
		loop_timer_set(g->lane.loop, &g->late, PG_LATE_CHECK);
}

/* Every fiber has ended, once those have that wait for what is not sent. */
static void on_down(struct pg_lane *lane)
{
	struct pg_groups *g = (struct pg_groups *)(void *)lane;

	pg_inserts_send(&g->inserts);
	if (g->phase == PG_COMMITTING) {
		pg_group_lost(g);
	} else if (g->phase == PG_PRUNING) {
		g->phase = PG_IDLE;
	} else if (g->phase == PG_RUNNING || g->phase == PG_UNDOING) {
		stats_add_at(STAT_POSTGRES_ROLLED_BACK, STAT_ROLLBACK_LOST, 1);
		g->broken = true;
		pg_group_requeue(g);
	}
	pg_group_give_back(g);
	pg_group_wake_others(g);
	if (g->waiting->first)
		loop_timer_set(lane->loop, &g->late, PG_LATE_CHECK);
}

/* The whole. */

void pg_groups_init(struct pg_groups *g)
{
	struct arena arena = { 0 };

	snprintf(g->name, sizeof(g->name), "%.*s", STR_ARGS(random_uuid(&arena)));
	arena_done(&arena);
	pg_group_init(g);
	pg_group_run_init(g);
	pg_group_undo_init(g);
	pg_group_commit_init(g);
	pg_group_resolve_init(g);
	pg_group_prune_init(g);
	g->late.on_timer = on_late;
	g->lane.on_up = on_up;
	g->lane.on_down = on_down;
	g->lane.on_turn = on_turn;
	pg_lane_init(&g->lane);
}

uint64_t pg_groups_oldest(const struct pg_groups *g)
{
	uint64_t oldest = UINT64_MAX;

	for (unsigned i = 0; i < g->nwrites; i++)
		if (g->writes[i].job->since < oldest)
			oldest = g->writes[i].job->since;
	return oldest;
}

void pg_groups_done(struct pg_groups *g)
{
	struct job *job;

	loop_timer_cancel(g->lane.loop, &g->late);
	loop_timer_cancel(g->lane.loop, &g->ask_again);
	loop_timer_cancel(g->lane.loop, &g->prune_timer);
	for (unsigned i = 0; i < g->nwrites; i++)
		job_free(g->writes[i].job);
	free(g->writes);
	while ((job = job_take(g->waiting)))
		job_free(job);
}
