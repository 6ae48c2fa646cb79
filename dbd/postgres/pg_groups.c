#include "pg_groups.h"

#include "earlier.h"
#include "log.h"
#include "pg_commits.h"
#include "pg_job.h"
#include "random_uuid.h"
#include "relations.h"
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TRIES_MOST = 10,           /* of a write that fails because of others */
	UNKNOWN_AFTER = 10 * 1000, /* milliseconds without a server that knows of a commit */
	BESIDE_LEAST = 16,         /* writes of a group beside another one that runs */
	ASK_AGAIN = 50,            /* milliseconds, while a lost commit is still in progress */
	ID_SIZE = 24
};

/* What becomes of a write's job. */
enum verdict {
	VERDICT_NONE,   /* not run yet */
	VERDICT_DONE,   /* its reply is sent after the commit */
	VERDICT_FAILED, /* its reply is a fault; it has changed nothing, or is undone */
	VERDICT_AGAIN,  /* it runs again with the next group */
	VERDICT_SLOW    /* it runs again in the slow lane */
};

/* A job of the group, in a fiber of its own. */
struct pg_write {
	struct pg_session session; /* first */
	struct pg_groups *groups;
	struct job *job;
	unsigned number; /* in the order in which the jobs came */
	bool alone;      /* not beside others */
	bool is_running;
	bool is_dirty; /* it has failed, and left something in the transaction */
	enum verdict verdict;
	unsigned table;
	struct key key; /* of the row that it changes, or of its parent */
};

/* The order of a group. */

static bool has_condition(const struct command *command)
{
	return command->match.ptr != NULL;
}

static bool writes_links(const struct command *command)
{
	return command->action == ACTION_LINK || command->action == ACTION_UNLINK ||
	       (command->record.present & ~record_all(command->resource)) != 0;
}

static bool is_alone(const struct command *command)
{
	if (has_condition(command) || writes_links(command))
		return true;
	if (command->action != ACTION_DELETE)
		return false;
	const struct relations *relations = relations_to(earlier_current(command->resource));
	return relations->count > 0 || relations->nends > 0;
}

static int compare_keys(struct key a, struct key b)
{
	if (a.high != b.high)
		return a.high > b.high ? 1 : -1;
	return (a.low > b.low) - (a.low < b.low);
}

/* Inserts of one table by their first unique text, so that two groups wait for each other's in one
 * order. */
static int compare_texts(const struct command *a, const struct command *b)
{
	uint64_t unique = resource_fields_with(a->resource, FIELD_UNIQUE) & a->record.present &
			  b->record.present & ~UINT64_C(1);

	if (!unique || a->resource != b->resource)
		return 0;
	unsigned i = (unsigned)__builtin_ctzll(unique);
	const struct value *one = &a->record.values[i], *other = &b->record.values[i];
	if (one->kind != VALUE_STR || other->kind != VALUE_STR)
		return 0;
	size_t common = one->text.len < other->text.len ? one->text.len : other->text.len;
	int order = common > 0 ? memcmp(one->text.ptr, other->text.ptr, common) : 0;
	return order != 0 ? order
			  : (one->text.len > other->text.len) - (one->text.len < other->text.len);
}

static bool is_new(const struct pg_write *w)
{
	return w->job->command.action == ACTION_CREATE;
}

static int compare_writes(const void *a, const void *b)
{
	const struct pg_write *one = a, *other = b;

	if (one->alone != other->alone)
		return one->alone - other->alone;
	if (one->table != other->table)
		return one->table > other->table ? 1 : -1;
	if (is_new(one) != is_new(other))
		return is_new(one) - is_new(other);
	int order = compare_keys(one->key, other->key);
	if (order == 0 && is_new(one))
		order = compare_texts(&one->job->command, &other->job->command);
	return order != 0 ? order : one->number > other->number ? 1 : -1;
}

/* Writes of the same row follow each other. */
static bool is_same_row(const struct pg_write *a, const struct pg_write *b)
{
	return a->table == b->table && key_equal(a->key, b->key) && !is_new(a) && !is_new(b);
}

/* Jobs that are finished. */

static void give_back(struct pg_groups *g)
{
	if (g->finished.first)
		g->on_finished(g, &g->finished);
}

static void finish(struct pg_groups *g, struct job *job)
{
	job_append(&g->finished, job);
}

/* Drops the job's reply and puts the job into a list, to be run again. */
static void put_back(struct job *job, struct job_list *list)
{
	buf_reset(&job->reply, 0);
	job->outcome = STAT_OUTCOME_LATE;
	job_append(list, job);
}

/* Counts an attempt that was in vain. False: it was the last one, and the job has its fault. */
static bool may_try_again(struct pg_groups *g, struct job *job)
{
	if (++job->tries < TRIES_MOST)
		return true;
	pg_job_fail(job, FAULT_LOCKED);
	finish(g, job);
	return false;
}

/* Running. */

static void on_step(struct pg_request *request, PGresult *result)
{
	(void)request;
	PQclear(result);
}

static void say(struct pg_groups *g, const char *text)
{
	pg_link_send_literal(&g->lane.link, text, &g->step);
}

static void say_sync(struct pg_groups *g)
{
	pg_link_sync(&g->lane.link, &g->step);
}

/* What a write that has failed means for its job and for the group. */
static void judge(struct pg_write *w)
{
	static const enum verdict verdicts[] = {
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
	w->session.locks_all = has_condition(&w->job->command);
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
		say(g, "SAVEPOINT postern");
		g->in_savepoint = true;
	}
	fiber_start(run, w);
}

/* True if writes before this one, which must come first, are not done. */
static bool must_wait(const struct pg_groups *g, unsigned i)
{
	if (g->guarded || i >= g->side_by_side)
		return g->running > 0 || g->left > g->nwrites - i;
	return i > 0 && is_same_row(&g->writes[i - 1], &g->writes[i]) &&
	       (g->writes[i - 1].is_running || g->writes[i - 1].verdict == VERDICT_NONE);
}

/* The savepoint of the write that has just run. */
static void end_savepoint(struct pg_groups *g, const struct pg_write *w)
{
	g->in_savepoint = false;
	if (g->broken)
		say_sync(g);
	if (g->broken || w->is_dirty)
		say(g, "ROLLBACK TO postern");
	say(g, "RELEASE postern");
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
	say(g, "BEGIN");
	pg_link_send(&g->lane.link, pg_statement(&which, &spare, &text), &g->lock_timeout, 1,
		&g->begin_id);
	buf_done(&text);
}

static struct key target_of(const struct command *command)
{
	return command->action == ACTION_CREATE ? command->parent : command->key;
}

static void prepare_write(struct pg_groups *g, struct pg_write *w, struct job *job)
{
	const struct command *command = &job->command;

	*w = (struct pg_write){
		.groups = g,
		.job = job,
		.number = g->nwrites,
		.alone = is_alone(command),
		.table = command->resource->number,
		.key = target_of(command),
	};
	w->session.engine.ops = &pg_engine;
	w->session.engine.changes = g->changes;
	w->session.link = &g->lane.link;
	w->session.others_write = g->facts->others_write;
	w->session.is_utc = g->lane.link.is_utc;
	buf_init(&w->session.text, PG_TEXT_MOST);
}

static void free_writes(struct pg_groups *g)
{
	free(g->writes);
	g->writes = NULL;
	g->nwrites = g->side_by_side = 0;
	g->phase = PG_IDLE;
}

/* True if the slow lane has a write of this row, or of a row below it: another one would wait for
 * the same lock. */
static bool is_slow(const struct pg_groups *g, const struct pg_write *w)
{
	const struct pg_groups *slow = g->slow;

	for (unsigned i = 0; slow && i < slow->nwrites; i++)
		if (slow->writes[i].table == w->table && key_equal(slow->writes[i].key, w->key))
			return true;
	for (const struct job *job = slow ? slow->waiting->first : NULL; job; job = job->next)
		if (job->command.resource->number == w->table &&
			key_equal(target_of(&job->command), w->key))
			return true;
	return false;
}

/* Writes of rows that the slow lane has follow it there. */
static void follow(struct pg_groups *g, struct job_list *jobs)
{
	if (jobs->first)
		pg_groups_submit(g->slow, jobs);
}

static void count_side_by_side(struct pg_groups *g)
{
	g->side_by_side = 0;
	while (g->side_by_side < g->nwrites && !g->writes[g->side_by_side].alone)
		g->side_by_side++;
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
		if (is_slow(g, w))
			job_append(&slow, job);
		else
			g->nwrites++;
	}
	follow(g, &slow);
	if (g->nwrites == 0) {
		free_writes(g);
		return;
	}
	qsort(g->writes, g->nwrites, sizeof(*g->writes), compare_writes);
	count_side_by_side(g);
}

/* Begins a transaction for the writes that are not done. */
static void begin_transaction(struct pg_groups *g)
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

/* Has another lane begin, if it may. */
static void wake_others(struct pg_groups *g)
{
	for (struct pg_groups *other = g->next; g->waiting->first && other != g;
		other = other->next)
		if (other->phase == PG_IDLE && other->lane.link.conn)
			pg_link_flush(&other->lane.link);
}

static void begin_group(struct pg_groups *g)
{
	take_jobs(g);
	if (g->nwrites == 0)
		return;
	g->guarded = g->inserts.failed = false;
	begin_transaction(g);
}

/* Ending. */

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

/* What becomes of a write whose transaction was rolled back. What has failed in the database has
 * its reply, and what waits for a lock goes to the slow lane, with others of the same row. True: it
 * runs again, also if it has failed because of a row that is not as it saw it any more. */
static bool runs_again(struct pg_groups *g, const struct pg_write *w)
{
	const struct pg_session *s = &w->session;
	bool is_guilty = w->verdict == VERDICT_AGAIN && !s->is_aborted;

	if (w->verdict == VERDICT_FAILED && s->failed) {
		finish(g, w->job);
		return false;
	}
	if ((is_guilty || w->verdict == VERDICT_SLOW) && !may_try_again(g, w->job))
		return false;
	if (w->verdict != VERDICT_SLOW && !is_slow(g, w))
		return true;
	put_back(w->job, g->slow->waiting);
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
	/* The one that it is fails again, by itself. */
	g->guarded |= g->inserts.failed && g->inserts.remedy == PG_REMEDY_NONE;
	g->nwrites = kept;
	count_side_by_side(g);
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
		free_writes(g);
	else
		begin_transaction(g);
	if (g->slow)
		pg_groups_submit(g->slow, &none);
}

/* All jobs of the group wait again, for another connection. */
static void requeue(struct pg_groups *g)
{
	struct job_list again = { 0 };

	changes_forget(g->changes);
	for (unsigned i = 0; i < g->nwrites; i++)
		put_back(g->writes[i].job, &again);
	job_append_all(&again, g->waiting);
	job_append_all(g->waiting, &again);
	free_writes(g);
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

static void undo(struct pg_groups *g)
{
	g->phase = PG_UNDOING;
	if (g->broken)
		say_sync(g);
	say(g, "ROLLBACK");
	pg_link_sync(&g->lane.link, &g->undone);
}

static void finish_all(struct pg_groups *g, enum fault fault)
{
	for (unsigned i = 0; i < g->nwrites; i++) {
		struct pg_write *w = &g->writes[i];
		if (fault != FAULT_NONE && w->verdict == VERDICT_DONE)
			pg_job_fail(w->job, fault);
		finish(g, w->job);
	}
	free_writes(g);
}

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
		finish_all(g, FAULT_NONE);
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
		put_back(g->writes[i].job, &again);
	free_writes(g);
	pg_groups_submit(g->slow, &again);
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
		finish_all(g, g->commit_fault);
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
	undo(g);
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

static void commit(struct pg_groups *g)
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

/* A command that has failed has, unless it was undone, left something. */
static bool is_spoiled(const struct pg_groups *g)
{
	for (unsigned i = 0; i < g->nwrites; i++) {
		const struct pg_write *w = &g->writes[i];
		if ((w->is_dirty && !g->guarded) || w->verdict == VERDICT_AGAIN ||
			w->verdict == VERDICT_SLOW)
			return true;
	}
	return g->broken;
}

/* The log is pruned between two groups. */

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

static void prune(struct pg_groups *g)
{
	static const struct pg_key which = { .family = PG_FAMILY_TEXT, .text = freshness_prune };
	const char *value = g->pruned_to[0] ? g->pruned_to : NULL;
	struct pg_statement spare;
	struct buf text;

	g->wants_pruning = false;
	g->phase = PG_PRUNING;
	buf_init(&text, PG_TEXT_MOST);
	pg_link_send(&g->lane.link, pg_statement(&which, &spare, &text), &value, 1, &g->pruned);
	say_sync(g);
	buf_done(&text);
}

static void on_prune_timer(struct timer *timer)
{
	struct pg_groups *g = CONTAINER_OF(timer, struct pg_groups, prune_timer);

	g->wants_pruning = true;
	loop_timer_set(g->lane.loop, &g->prune_timer, FRESHNESS_PRUNE_MS);
	pg_link_flush(&g->lane.link);
}

static void resolve(struct pg_groups *g);

/* Goes on as far as it can without further results. */
static void advance(struct pg_groups *g)
{
	if (g->phase == PG_IDLE && pg_link_accepts(&g->lane.link) && g->wants_pruning)
		prune(g);
	if (g->phase == PG_IDLE && pg_link_accepts(&g->lane.link) && g->waiting->first &&
		may_begin(g))
		begin_group(g);
	if (g->phase == PG_RUNNING) {
		struct pg_write *ended = find_ended(g);
		if (ended)
			end_savepoint(g, ended);
		start_writes(g);
		pg_inserts_send(&g->inserts);
		bool over = g->running == 0 && (g->left == 0 || g->broken);
		/* The id comes with the first results. */
		if (over && is_spoiled(g))
			undo(g);
		else if (over && g->xid > 0)
			commit(g);
	}
	give_back(g);
}

/* Of the others one goes on when this lane runs no commands any more. */
static void on_turn(struct pg_lane *lane)
{
	struct pg_groups *g = (struct pg_groups *)(void *)lane;

	advance(g);
	if (g->phase != PG_UNDOING)
		wake_others(g);
}

/* Lost commits. */

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
		finish_all(g, FAULT_UNKNOWN);
		give_back(g);
		pg_link_flush(&g->lane.link);
		return;
	}
	if (g->phase != PG_RESOLVING)
		return;
	if (g->lane.link.conn && !pg_link_is_busy(&g->lane.link))
		resolve(g);
	loop_timer_set(g->lane.loop, &g->ask_again, ASK_AGAIN);
}

static void resolved(struct pg_groups *g, bool committed)
{
	log_info("transaction %" PRIu64 ", whose reply was lost, was %s", g->xid,
		committed ? "committed" : "rolled back");
	stats_add_at(STAT_POSTGRES_LOST_COMMITS,
		committed ? STAT_LOST_COMMIT_COMMITTED : STAT_LOST_COMMIT_ROLLED_BACK, 1);
	changes_settle(g->changes);
	if (committed) {
		finish_all(g, FAULT_NONE);
		return;
	}
	g->broken = true;
	requeue(g);
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

static void resolve(struct pg_groups *g)
{
	char xid[ID_SIZE];
	const char *const values[] = { xid };

	g->is_over = false;
	snprintf(xid, sizeof(xid), "%" PRIu64, g->xid);
	send_with_sync(g, pg_commits_status, values, 1, &g->status, &g->asked);
	pg_link_flush(&g->lane.link);
}

/* Connections. */

static void on_up(struct pg_lane *lane)
{
	struct pg_groups *g = (struct pg_groups *)(void *)lane;

	if (g->on_connected)
		g->on_connected(g);
	g->wants_pruning = g->slow && g->facts->has_log;
	if (g->wants_pruning)
		loop_timer_set(lane->loop, &g->prune_timer, FRESHNESS_PRUNE_MS);
	/* Another server may have answered before. */
	g->is_over = false;
	if (g->phase == PG_RESOLVING && pg_link_accepts(&lane->link))
		resolve(g);
}

static void on_late(struct timer *timer)
{
	struct pg_groups *g = CONTAINER_OF(timer, struct pg_groups, late);

	pg_jobs_expire(g->waiting, &g->finished);
	give_back(g);
	if (g->waiting->first && !g->lane.link.conn)
		loop_timer_set(g->lane.loop, &g->late, PG_LATE_CHECK);
}

/* Every fiber has ended, once those have that wait for what is not sent. */
static void on_down(struct pg_lane *lane)
{
	struct pg_groups *g = (struct pg_groups *)(void *)lane;

	pg_inserts_send(&g->inserts);
	if (g->phase == PG_COMMITTING) {
		g->phase = PG_RESOLVING;
		g->lost = loop_now(lane->loop);
		loop_timer_set(lane->loop, &g->ask_again, ASK_AGAIN);
	} else if (g->phase == PG_PRUNING) {
		g->phase = PG_IDLE;
	} else if (g->phase == PG_RUNNING || g->phase == PG_UNDOING) {
		stats_add_at(STAT_POSTGRES_ROLLED_BACK, STAT_ROLLBACK_LOST, 1);
		g->broken = true;
		requeue(g);
	}
	give_back(g);
	wake_others(g);
	if (g->waiting->first)
		loop_timer_set(lane->loop, &g->late, PG_LATE_CHECK);
}

void pg_groups_init(struct pg_groups *g)
{
	struct arena arena = { 0 };

	snprintf(g->name, sizeof(g->name), "%.*s", STR_ARGS(random_uuid(&arena)));
	arena_done(&arena);
	g->inserts.link = &g->lane.link;
	g->step.on_result = on_step;
	g->begin_id.on_result = on_begin_id;
	g->undone.on_result = on_undone;
	g->log.on_result = on_log;
	g->commit.on_result = on_commit;
	g->synced.on_result = on_synced_commit;
	g->status.on_result = on_status;
	g->asked.on_result = on_asked;
	g->pruned.on_result = on_pruned;
	g->find.on_result = on_found;
	g->late.on_timer = on_late;
	g->ask_again.on_timer = on_ask_again;
	g->prune_timer.on_timer = on_prune_timer;
	g->lane.on_up = on_up;
	g->lane.on_down = on_down;
	g->lane.on_turn = on_turn;
	pg_lane_init(&g->lane);
}

void pg_groups_submit(struct pg_groups *g, struct job_list *jobs)
{
	job_append_all(g->waiting, jobs);
	if (!g->waiting->first)
		return;
	pg_lane_start(&g->lane, NULL);
	if (g->lane.link.conn)
		pg_link_flush(&g->lane.link);
	else
		wake_others(g);
	if (!g->lane.link.conn && !g->late.place)
		loop_timer_set(g->lane.loop, &g->late, PG_LATE_CHECK);
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
