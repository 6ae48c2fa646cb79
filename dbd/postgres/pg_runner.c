#include "pg_runner.h"

#include "admission.h"
#include "fiber.h"
#include "log.h"
#include "pg_group_abandon.h"
#include "pg_groups.h"
#include "pg_health.h"
#include "pg_job.h"
#include "pg_list.h"
#include "pg_reads.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	GROUP_MOST = 256,             /* writes */
	SILENT_MOST = 8 * 1000,       /* milliseconds without an answer: less than a client waits */
	SLOW_SILENT_MOST = 12 * 1000, /* the slow lane waits for locks */
	WAIT_CHECK = 500,             /* milliseconds between two looks at the oldest wait */
	RUN_MOST = 9 * 1000,          /* milliseconds until a write may no longer be committed */
	END_BEFORE = 500 /* milliseconds, for what follows after commands are given up */
};

#define LOCK_TIMEOUT      "100"  /* milliseconds */
#define SLOW_LOCK_TIMEOUT "8000" /* less than a client waits */

struct pg_runner {
	struct runner runner; /* first */
	struct loop *loop;
	struct timer wait_check; /* while commands wait or run */
	struct timer end;        /* until what is not done is given up */
	enum { ENDS_NOT, ENDS_UNCOMMITTED, ENDS_ALL } ends;
	struct changes *changes, *others_changes, *slow_changes;
	struct freshness *freshness;
	struct pg_facts facts;
	struct pg_locked locked;
	struct pg_reads reads, slow_reads;
	struct pg_groups writes, others, slow;
	struct job_list waiting, waiting_slow;
};

static void on_read(struct pg_reads *reads, struct job_list *jobs)
{
	struct pg_runner *r = CONTAINER_OF(reads, struct pg_runner, reads);

	r->runner.on_finished(r->runner.context, jobs, false);
}

static void on_slowly_read(struct pg_reads *reads, struct job_list *jobs)
{
	struct pg_runner *r = CONTAINER_OF(reads, struct pg_runner, slow_reads);

	r->runner.on_finished(r->runner.context, jobs, false);
}

static void on_written(struct pg_groups *groups, struct job_list *jobs)
{
	struct pg_runner *r = CONTAINER_OF(groups, struct pg_runner, writes);

	r->runner.on_finished(r->runner.context, jobs, false);
}

static void on_others_written(struct pg_groups *groups, struct job_list *jobs)
{
	struct pg_runner *r = CONTAINER_OF(groups, struct pg_runner, others);

	r->runner.on_finished(r->runner.context, jobs, false);
}

static void on_slowly_written(struct pg_groups *groups, struct job_list *jobs)
{
	struct pg_runner *r = CONTAINER_OF(groups, struct pg_runner, slow);

	r->runner.on_finished(r->runner.context, jobs, false);
}

/* Groups are short: what bounds the writes that wait is the time that clients wait. */
static unsigned room(struct runner *runner)
{
	(void)runner;
	return ADMISSION_ROOM_MAX;
}

/* The oldest wait. */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t oldest_of(const struct pg_groups *groups)
{
	const struct job *waiting = groups->waiting->first;

	return least(pg_groups_oldest(groups), waiting ? waiting->since : UINT64_MAX);
}

/* Its clients can still be told that nothing was done; soon they will be told that nobody knows. */
static void renew_if_hopeless(struct pg_groups *groups, uint64_t now)
{
	bool runs = groups->phase == PG_RUNNING || groups->phase == PG_UNDOING;

	if (runs && now - pg_groups_oldest(groups) >= RUN_MOST)
		pg_lane_renew(&groups->lane, NULL, "it does not answer in time");
}

static void on_wait_check(struct timer *timer)
{
	struct pg_runner *r = CONTAINER_OF(timer, struct pg_runner, wait_check);
	const uint64_t now = loop_now(r->loop);

	renew_if_hopeless(&r->writes, now);
	renew_if_hopeless(&r->others, now);
	renew_if_hopeless(&r->slow, now);
	uint64_t oldest = pg_reads_oldest(&r->reads);
	oldest = least(oldest, least(oldest_of(&r->writes), oldest_of(&r->others)));
	oldest = least(oldest, least(oldest_of(&r->slow), pg_reads_oldest(&r->slow_reads)));
	stats_set(STAT_POSTGRES_OLDEST_WAIT, oldest < now ? (now - oldest) * 1000000 : 0);
	if (oldest != UINT64_MAX)
		loop_timer_set(r->loop, &r->wait_check, WAIT_CHECK);
}

/* The end. */

static void abandon(struct pg_runner *r)
{
	const bool is_final = r->ends == ENDS_ALL;

	pg_reads_abandon(&r->reads);
	pg_reads_abandon(&r->slow_reads);
	pg_group_abandon(&r->writes, FAULT_UNAVAILABLE, is_final);
	pg_group_abandon(&r->others, FAULT_UNAVAILABLE, is_final);
	pg_group_abandon(&r->slow, FAULT_LOCKED, is_final);
}

static void on_end(struct timer *timer)
{
	struct pg_runner *r = CONTAINER_OF(timer, struct pg_runner, end);

	r->ends++;
	abandon(r);
	if (r->ends < ENDS_ALL)
		loop_timer_set(r->loop, &r->end, END_BEFORE / 2);
}

void pg_runner_end_by(struct pg_runner *r, uint64_t time)
{
	const uint64_t now = clock_ms(), least = now + END_BEFORE;
	const uint64_t until = time > least ? time - END_BEFORE : now;

	loop_timer_set(r->loop, &r->end, until - now);
	pg_list_end_by(until);
}

/* Jobs. */

static void refuse(struct pg_runner *r, struct job_list *jobs)
{
	struct job_list refused = { 0 };
	struct job *job;

	while ((job = job_take(jobs))) {
		if (job->kind == JOB_CONFIRM)
			job_reply_confirm(job, FAULT_UNAVAILABLE);
		else
			pg_job_fail(job, FAULT_UNAVAILABLE);
		job_append(&refused, job);
	}
	r->runner.on_finished(r->runner.context, &refused, false);
}

static void submit(struct runner *runner, struct job_list *jobs)
{
	struct pg_runner *r = (struct pg_runner *)(void *)runner;
	struct job_list reads = { 0 }, writes = { 0 };
	struct job *job;

	if (r->ends != ENDS_NOT) {
		refuse(r, jobs);
		return;
	}
	if (!r->wait_check.place)
		loop_timer_set(r->loop, &r->wait_check, WAIT_CHECK);
	while ((job = job_take(jobs))) {
		job->since = loop_now(r->loop);
		job_append(job->kind == JOB_WRITE ? &writes : &reads, job);
	}
	if (writes.first)
		pg_group_submit(&r->writes, &writes);
	if (reads.first)
		pg_reads_submit(&r->reads, &reads);
}

static bool is_same_server(const PGconn *a, const PGconn *b)
{
	return strcmp(PQhost(a), PQhost(b)) == 0 && strcmp(PQport(a), PQport(b)) == 0;
}

/* After a failover no lane may stay with the server that was left: what it shows may be old, and
 * what it is given may be lost. */
static void follow(struct pg_runner *r, const struct pg_lane *latest)
{
	struct pg_lane *lanes[] = { &r->reads.lane, &r->slow_reads.lane, &r->writes.lane,
		&r->others.lane, &r->slow.lane };

	for (size_t i = 0; i < NITEMS(lanes); i++)
		if (lanes[i] != latest && lanes[i]->link.conn &&
			!is_same_server(lanes[i]->link.conn, latest->link.conn))
			pg_lane_renew(lanes[i], NULL, "another server has taken over");
}

static void on_reads_connected(struct pg_reads *reads)
{
	follow(CONTAINER_OF(reads, struct pg_runner, reads), &reads->lane);
}

static void on_slow_reads_connected(struct pg_reads *reads)
{
	follow(CONTAINER_OF(reads, struct pg_runner, slow_reads), &reads->lane);
}

static void on_writes_connected(struct pg_groups *groups)
{
	follow(CONTAINER_OF(groups->facts, struct pg_runner, facts), &groups->lane);
}

static const struct runner_ops ops = { room, submit };

static struct pg_lane lane_of(struct loop *loop, const struct database_url *url, uint64_t patience)
{
	return (struct pg_lane){ .loop = loop, .url = url, .patience = patience };
}

static void begin_reads(struct pg_runner *r, const struct database_url *url)
{
	r->reads.lane = lane_of(r->loop, url, SILENT_MOST);
	r->reads.freshness = r->freshness;
	r->reads.facts = &r->facts;
	r->reads.locked = &r->locked;
	r->reads.on_finished = on_read;
	r->reads.on_connected = on_reads_connected;
	r->slow_reads = r->reads;
	r->slow_reads.on_finished = on_slowly_read;
	r->slow_reads.on_connected = on_slow_reads_connected;
	r->reads.slow = &r->slow_reads;
	pg_reads_init(&r->reads);
	pg_reads_init(&r->slow_reads);
}

static void begin_writes(struct pg_runner *r, const struct database_url *url)
{
	r->writes = (struct pg_groups){
		.lane = lane_of(r->loop, url, SILENT_MOST),
		.changes = r->changes,
		.waiting = &r->waiting,
		.next = &r->others,
		.freshness = r->freshness,
		.facts = &r->facts,
		.most = GROUP_MOST,
		.lock_timeout = LOCK_TIMEOUT,
		.slow = &r->slow,
		.on_finished = on_written,
		.on_connected = on_writes_connected,
	};
	r->others = r->writes;
	r->others.changes = r->others_changes;
	r->others.next = &r->writes;
	r->others.on_finished = on_others_written;
	r->slow = r->writes;
	r->slow.waiting = &r->waiting_slow;
	r->slow.next = &r->slow;
	r->slow.lane.patience = SLOW_SILENT_MOST;
	r->slow.changes = r->slow_changes;
	r->slow.most = 1;
	r->slow.lock_timeout = SLOW_LOCK_TIMEOUT;
	r->slow.slow = NULL;
	r->slow.on_finished = on_slowly_written;
	pg_groups_init(&r->writes);
	pg_groups_init(&r->others);
	pg_groups_init(&r->slow);
}

struct pg_runner *pg_runner_new(struct loop *loop, const struct database_url *url,
	struct generations *table, const struct pg_facts *facts)
{
	struct pg_runner *r = calloc(1, sizeof(*r));

	if (!r)
		log_die("out of memory for the connections to PostgreSQL");
	r->runner.ops = &ops;
	r->loop = loop;
	r->wait_check.on_timer = on_wait_check;
	r->end.on_timer = on_end;
	r->facts = *facts;
	r->changes = changes_new(table);
	r->others_changes = changes_new_beside(r->changes);
	r->slow_changes = changes_new_beside(r->changes);
	r->freshness = freshness_new(r->changes);
	begin_reads(r, url);
	begin_writes(r, url);
	pg_lane_start(&r->reads.lane, NULL);
	pg_lane_start(&r->writes.lane, NULL);
	pg_lane_start(&r->others.lane, NULL);
	return r;
}

struct runner *pg_runner_seam(struct pg_runner *r)
{
	return &r->runner;
}

static void log_counts(const struct pg_runner *r)
{
	const struct pg_groups *const lanes[] = { &r->writes, &r->others, &r->slow };
	uint64_t commands = 0, groups = 0;

	for (size_t i = 0; i < NITEMS(lanes); i++) {
		commands += lanes[i]->committed;
		groups += lanes[i]->commits;
	}
	log_debug("committed %" PRIu64 " commands in %" PRIu64 " groups", commands, groups);
}

void pg_runner_free(struct pg_runner *r)
{
	if (!r)
		return;
	log_counts(r);
	loop_timer_cancel(r->loop, &r->wait_check);
	loop_timer_cancel(r->loop, &r->end);
	pg_lane_stop(&r->reads.lane);
	pg_lane_stop(&r->slow_reads.lane);
	pg_lane_stop(&r->writes.lane);
	pg_lane_stop(&r->others.lane);
	pg_lane_stop(&r->slow.lane);
	pg_health_done();
	pg_reads_done(&r->reads);
	pg_reads_done(&r->slow_reads);
	pg_groups_done(&r->writes);
	pg_groups_done(&r->others);
	pg_groups_done(&r->slow);
	freshness_free(r->freshness);
	changes_free(r->changes);
	changes_free(r->others_changes);
	changes_free(r->slow_changes);
	fiber_free_stacks();
	free(r);
}

bool pg_runner_has_left_threads(void)
{
	return pg_connecting_has_left_threads();
}
