#include "pg_group_commit.h"

#include "log.h"
#include "pg_commits.h"
#include "pg_group_undo.h"
#include "pg_job.h"
#include "stats.h"

static void note_committed(struct pg_groups *g)
{
	unsigned done = 0;

	for (unsigned i = 0; i < g->nwrites; i++)
		done += g->writes[i].verdict == VERDICT_DONE;
	if (done == 0)
		return;
	g->committed += done;
	g->commits++;
	stats_observe(STAT_GROUP_SIZE, done);
	uint64_t now = clock_ns();
	stats_observe(STAT_COMMIT_DURATION, now - g->committing);
	stats_observe(STAT_POSTGRES_GROUP_DURATION, now - g->begun);
}

static void on_commit(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, commit);
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	if (!result)
		return; /* on_down decides */
	if (PQresultStatus(result) == PGRES_COMMAND_OK &&
		strcmp(PQcmdStatus(result), "COMMIT") == 0) {
		changes_settle(g->changes);
		note_committed(g);
		pg_group_finish_all(g, FAULT_NONE);
	} else {
		/* A constraint that is checked at the commit has its own state; without one, a
		 * statement before has failed. */
		struct pg_meaning meaning = pg_meaning_of(state ? state : "40000");
		changes_settle(g->changes);
		g->commit_remedy = meaning.remedy;
		g->commit_fault = meaning.fault;
	}
	PQclear(result);
}

/* The group has failed as a whole: each of its jobs runs alone, in the slow lane. */
static void split(struct pg_groups *g)
{
	struct job_list again = { 0 };

	log_error("a commit has failed: %s; its %u writes run one by one",
		fault_text(g->commit_fault), g->nwrites);
	for (unsigned i = 0; i < g->nwrites; i++)
		pg_group_put_back(g->writes[i].job, &again);
	pg_group_free_writes(g);
	pg_group_submit(g->slow, &again);
}

static void on_synced_commit(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, synced);

	PQclear(result);
	if (!result || g->phase != PG_COMMITTING)
		return;
	if (g->commit_remedy == PG_REMEDY_RECONNECT) {
		pg_lane_renew(&g->lane, NULL, "it refuses to commit");
		return;
	}
	if (g->commit_remedy == PG_REMEDY_NONE && g->nwrites == 1) {
		pg_group_finish_all(g, g->commit_fault);
		return;
	}
	if (g->commit_remedy == PG_REMEDY_NONE) {
		split(g);
		return;
	}
	for (unsigned i = 0; i < g->nwrites; i++)
		if (g->writes[i].verdict == VERDICT_DONE)
			g->writes[i].verdict = VERDICT_AGAIN;
	g->broken = false;
	pg_group_undo(g);
}

/* Without the log, other machines see a transaction of which they know nothing, and drop all that
 * they have cached. */
static void on_log(struct pg_request *request, PGresult *result)
{
	struct pg_groups *g = CONTAINER_OF(request, struct pg_groups, log);
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	if (pg_is_missing(state)) {
		log_error("cannot write postern_changes and postern_commits (SQLSTATE %s): other "
			  "machines "
			  "drop their caches with each write",
			state);
		g->facts->has_log = false;
	}
	PQclear(result);
}

static void send_log(struct pg_groups *g)
{
	static const struct pg_key which = { .family = PG_FAMILY_TEXT, .text = pg_commits_log };
	struct pg_statement spare;
	struct buf text, keys;

	buf_init(&text, PG_TEXT_MOST);
	buf_init(&keys, PG_TEXT_MOST);
	freshness_keys(g->changes, &keys);
	buf_char(&keys, '\0');
	const char *values[] = { buf_view(&keys).ptr, g->name };
	pg_link_send(&g->lane.link, pg_statement(&which, &spare, &text), values, 2, &g->log);
	buf_done(&keys);
	buf_done(&text);
}

void pg_group_commit(struct pg_groups *g)
{
	g->phase = PG_COMMITTING;
	g->commit_remedy = PG_REMEDY_NONE;
	g->commit_fault = FAULT_INTERNAL;
	g->committing = clock_ns();
	if (g->facts->has_log)
		send_log(g);
	changes_mark(g->changes);
	pg_link_send_literal(&g->lane.link, "COMMIT", &g->commit);
	pg_link_sync(&g->lane.link, &g->synced);
}

void pg_group_commit_init(struct pg_groups *g)
{
	g->log.on_result = on_log;
	g->commit.on_result = on_commit;
	g->synced.on_result = on_synced_commit;
}
