#include "pg_group_resolve.h"

#include "log.h"
#include "pg_commits.h"
#include "pg_job.h"
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	UNKNOWN_AFTER = 10 * 1000, /* milliseconds without a server that knows of a commit */
	ASK_AGAIN = 50,            /* milliseconds, while a lost commit is still in progress */
	ID_SIZE = 24
};

static void resolved(struct pg_groups *g, bool committed)
{
	log_info("transaction %" PRIu64 ", whose reply was lost, was %s", g->xid,
		committed ? "committed" : "rolled back");
	stats_add_at(STAT_POSTGRES_LOST_COMMITS,
		committed ? STAT_LOST_COMMIT_COMMITTED : STAT_LOST_COMMIT_ROLLED_BACK, 1);
	changes_settle(g->changes);
	if (committed) {
		pg_group_finish_all(g, FAULT_NONE);
		return;
	}
	g->broken = true;
	pg_group_requeue(g);
}

/* The mark of the lane is there if and only if the transaction is (pg_commits.h). */
static void on_found(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, find);

	if (g->phase == PG_RESOLVING && g->is_over && result &&
		PQresultStatus(result) == PGRES_TUPLES_OK)
		resolved(g, PQntuples(result) > 0);
	PQclear(result);
}

/* Of an id that this server has not given: invalid_parameter_value. Any other error says nothing.
 */
static bool is_never_given(const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	return state && strcmp(state, "22023") == 0;
}

static void on_status(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, status);
	bool is_row = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
	const char *status = is_row ? PQgetvalue(result, 0, 0) : "";

	g->is_over = is_row ? strcmp(status, "in progress") != 0 : is_never_given(result);
	/* Without the table there is no better proof. */
	if (g->is_over && is_row && !g->facts->has_log)
		resolved(g, strcmp(status, "committed") == 0);
	PQclear(result);
}

static void send_with_sync(struct pg_groups *g, const char *literal, const char *const *values,
	unsigned nvalues, struct pg_request *request, struct pg_request *synced)
{
	const struct pg_key which = { .family = PG_FAMILY_TEXT, .text = literal };
	struct pg_statement spare;
	struct buf text;

	buf_init(&text, PG_TEXT_MOST);
	pg_link_send(&g->lane.link, pg_statement(&which, &spare, &text), values, nvalues, request);
	pg_link_sync(&g->lane.link, synced);
	buf_done(&text);
}

/* The second question comes after the first one's answer, so that it sees what has been seen to be
 * over. */
static void on_asked(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, asked);
	char xid[ID_SIZE];
	const char *const values[] = { g->name, xid };

	PQclear(result);
	if (g->phase != PG_RESOLVING || !g->is_over || !g->facts->has_log)
		return;
	snprintf(xid, sizeof(xid), "%" PRIu64, g->xid);
	send_with_sync(g, pg_commits_find, values, 2, &g->find, &g->step);
}

void pg_group_resolve(struct pg_groups *g)
{
	char xid[ID_SIZE];
	const char *const values[] = { xid };

	g->is_over = false;
	snprintf(xid, sizeof(xid), "%" PRIu64, g->xid);
	send_with_sync(g, pg_commits_status, values, 1, &g->status, &g->asked);
	pg_link_flush(&g->lane.link);
}

static void on_ask_again(struct timer *timer)
{
	struct pg_groups *g = CONTAINER_OF(timer, struct pg_groups, ask_again);

	if (g->phase == PG_RESOLVING && loop_now(g->lane.loop) - g->lost >= UNKNOWN_AFTER) {
		log_error("PostgreSQL was away for %d s while it committed transaction %" PRIu64
			  ": whether %u writes were done is unknown",
			UNKNOWN_AFTER / 1000, g->xid, g->nwrites);
		stats_add_at(STAT_POSTGRES_LOST_COMMITS, STAT_LOST_COMMIT_UNKNOWN, 1);
		freshness_disown(g->freshness, g->xid);
		changes_settle(g->changes);
		pg_group_finish_all(g, FAULT_UNKNOWN);
		pg_group_give_back(g);
		pg_link_flush(&g->lane.link);
		return;
	}
	if (g->phase != PG_RESOLVING)
		return;
	if (g->lane.link.conn && !pg_link_is_busy(&g->lane.link))
		pg_group_resolve(g);
	loop_timer_set(g->lane.loop, &g->ask_again, ASK_AGAIN);
}

void pg_group_lost(struct pg_groups *g)
{
	g->phase = PG_RESOLVING;
	g->lost = loop_now(g->lane.loop);
	loop_timer_set(g->lane.loop, &g->ask_again, ASK_AGAIN);
}

void pg_group_resolve_init(struct pg_groups *g)
{
	g->status.on_result = on_status;
	g->asked.on_result = on_asked;
	g->find.on_result = on_found;
	g->ask_again.on_timer = on_ask_again;
}
