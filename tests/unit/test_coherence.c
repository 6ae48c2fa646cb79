/*
 * Caches of several machines over one database, simulated: transactions that commit later than they
 * began, snapshots as PostgreSQL takes them, lost connections and replies, a server that fails
 * over. Histories are random. A violation is an answer older than what was acknowledged, by any
 * machine, before its read began, or than what the same client has seen.
 *
 * The rule of freshness.h has none. The same histories find violations of two rules that are nearly
 * as good, so they would find those of this one.
 */
#include "freshness.h"

#include "pg_snapshot.h"
#include "splitmix.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MACHINES = 3,
	LANES = 2, /* transactions of a machine that may be open at the same time */
	FOREIGN = 2,
	WRITERS = MACHINES * LANES + FOREIGN,
	CLIENTS = 8,
	ROWS = 4,
	STEPS = 1000,
	TRANSACTIONS = STEPS
};

#define RESOURCE api->resources[0]

static uint64_t seed;

static unsigned below(unsigned limit)
{
	return (unsigned)splitmix_below(&seed, limit);
}

/* The database. */

enum outcome { RUNNING, COMMITTED, ABORTED };

struct transaction {
	uint64_t xid;
	enum outcome outcome;
	unsigned row, version;
	bool is_logged;
	unsigned number; /* of the row in the log, from a sequence */
	char keys[64];
};

static struct {
	unsigned run;              /* of the server */
	uint64_t next_xid, latest; /* latest: that has finished */
	unsigned next_number;
	unsigned count;
	struct transaction transactions[TRANSACTIONS]; /* of this run */
	unsigned base[ROWS];                           /* versions from earlier runs */
	unsigned last[ROWS];                           /* versions that were given */
	struct transaction *holder[ROWS];              /* of the lock; NULL: free */
} db;

static struct transaction *begin(unsigned row)
{
	struct transaction *t = &db.transactions[db.count++];

	*t = (struct transaction){ .xid = db.next_xid++, .row = row, .version = ++db.last[row] };
	db.holder[row] = t;
	return t;
}

static void finish(struct transaction *t, enum outcome outcome)
{
	t->outcome = outcome;
	if (t->xid > db.latest)
		db.latest = t->xid;
	db.holder[t->row] = NULL;
}

/* A subtransaction: it takes an id, and is in no list of running ones. */
static void take_savepoint(void)
{
	uint64_t xid = db.next_xid++;

	if (xid > db.latest && below(2) == 0)
		db.latest = xid;
}

static unsigned version_now(unsigned row)
{
	unsigned version = db.base[row];

	for (unsigned i = 0; i < db.count; i++) {
		const struct transaction *t = &db.transactions[i];
		if (t->row == row && t->outcome == COMMITTED && t->version > version)
			version = t->version;
	}
	return version;
}

/* All that has committed stays; ids of what has not are given again. The log is empty. */
static void fail_over(void)
{
	uint64_t latest = 10;

	for (unsigned row = 0; row < ROWS; row++) {
		db.base[row] = version_now(row);
		db.holder[row] = NULL;
	}
	for (unsigned i = 0; i < db.count; i++)
		if (db.transactions[i].outcome == COMMITTED && db.transactions[i].xid > latest)
			latest = db.transactions[i].xid;
	db.run++;
	db.latest = latest;
	db.next_xid = latest + 1;
	db.count = 0;
}

static void write_snapshot(struct buf *out)
{
	uint64_t xmax = db.latest + 1, xmin = xmax;
	const char *comma = "";

	for (unsigned i = db.count; i-- > 0;)
		if (db.transactions[i].outcome == RUNNING && db.transactions[i].xid < xmin)
			xmin = db.transactions[i].xid;
	buf_printf(out, "%" PRIu64 ":%" PRIu64 ":", xmin, xmax);
	for (unsigned i = 0; i < db.count; i++) {
		const struct transaction *t = &db.transactions[i];
		if (t->outcome != RUNNING || t->xid >= xmax)
			continue;
		buf_printf(out, "%s%" PRIu64, comma, t->xid);
		comma = ",";
	}
}

/* Machines. */

enum question { QUIET, SENT, ANSWERED };

struct cached {
	bool is_there;
	unsigned version;
	struct generation_stamp stamp;
};

static struct machine {
	struct generations *table;
	struct changes *changes[LANES];
	struct freshness *freshness;
	struct cached cache[ROWS];
	enum question question;
	char since[4096];  /* as the question was sent with; "": NULL */
	char answer[4096]; /* the snapshot */
	unsigned nlogged;
	struct {
		char xid[24], keys[64];
		unsigned row, number;
	} logged[TRANSACTIONS];
	unsigned last_number; /* by_number */
} machines[MACHINES];

/* A rule: what the question selects, and what its answer moves. */
struct rule {
	bool (*selects)(const struct machine *m, const struct transaction *t);
	void (*take)(struct machine *m);
};

static const struct rule *rule;

static unsigned place_of(unsigned row)
{
	return generations_row(RESOURCE, key_int(row + 1));
}

static bool is_new_since(const struct machine *m, const struct transaction *t)
{
	struct pg_snapshot since = { 0 };
	bool is_new = false;

	if (m->since[0]) {
		ck_assert(pg_snapshot_read(&since, str_from(m->since)));
		is_new = !pg_snapshot_has_finished(&since, t->xid);
	}
	pg_snapshot_done(&since);
	return is_new;
}

/* A glance sees the same snapshot as the question. */
static bool is_unchanged(const struct machine *m)
{
	struct str snapshot = { m->answer, strcspn(m->answer, "@") };

	return freshness_is_unchanged(
		m->freshness, snapshot, str_from(m->answer + snapshot.len + 1));
}

static void take_with_freshness(struct machine *m)
{
	if (is_unchanged(m)) {
		ck_assert_uint_eq(m->nlogged, 0);
		return;
	}
	if (!freshness_begin_answer(m->freshness, str_from(m->answer)))
		return;
	for (unsigned i = 0; i < m->nlogged; i++)
		if (!freshness_add(
			    m->freshness, str_from(m->logged[i].xid), str_from(m->logged[i].keys)))
			return;
	freshness_end_answer(m->freshness);
}

static bool is_unread(const struct machine *m, const struct transaction *t)
{
	return t->number > m->last_number;
}

static void move_logged(struct machine *m)
{
	for (unsigned i = 0; i < m->nlogged; i++) {
		changes_advance(m->changes[0], place_of(m->logged[i].row));
		if (m->logged[i].number > m->last_number)
			m->last_number = m->logged[i].number;
	}
}

/* Without the number of those that have finished. */
static void take_by_snapshot(struct machine *m)
{
	char *at = strchr(m->answer, '@');

	ck_assert_ptr_nonnull(at);
	move_logged(m);
	if (!m->since[0])
		changes_invalidate_all(m->changes[0]);
	*at = '\0';
	snprintf(m->since, sizeof(m->since), "%s", m->answer);
}

static const struct rule by_freshness = { is_new_since, take_with_freshness };
static const struct rule by_snapshot = { is_new_since, take_by_snapshot };
static const struct rule by_number = { is_unread, move_logged };

/* The question is sent with what the last answer said. */
static void send_question(struct machine *m)
{
	const char *since = freshness_since(m->freshness);

	if (rule == &by_freshness)
		snprintf(m->since, sizeof(m->since), "%s", since ? since : "");
	m->question = SENT;
}

static void answer_question(struct machine *m)
{
	struct buf out;

	buf_init(&out, sizeof(m->answer));
	write_snapshot(&out);
	buf_printf(&out, "@%u", db.run);
	snprintf(m->answer, sizeof(m->answer), "%.*s", STR_ARGS(buf_view(&out)));
	buf_done(&out);
	m->nlogged = 0;
	for (unsigned i = 0; i < db.count; i++) {
		const struct transaction *t = &db.transactions[i];
		if (t->outcome != COMMITTED || !t->is_logged || !rule->selects(m, t))
			continue;
		snprintf(m->logged[m->nlogged].xid, sizeof(m->logged[0].xid), "%" PRIu64, t->xid);
		memcpy(m->logged[m->nlogged].keys, t->keys, sizeof(t->keys));
		m->logged[m->nlogged].row = t->row;
		m->logged[m->nlogged++].number = t->number;
	}
	m->question = ANSWERED;
}

/* Clients. */

enum reading { IDLE, WAITING, ASKED, READ };

static struct client {
	enum reading phase;
	struct machine *machine;
	unsigned row;
	unsigned required; /* the version that the answer must have at least */
	bool is_covered;   /* WAITING: by the question that was sent */
	bool may_be_cached;
	struct generation_stamp stamp;
	unsigned version; /* READ: what dbd has read */
	unsigned seen[ROWS];
} clients[CLIENTS];

static unsigned acknowledged[ROWS];
static unsigned hits, misses, violations;

static void acknowledge(unsigned row, unsigned version)
{
	if (version > acknowledged[row])
		acknowledged[row] = version;
}

static void answer(struct client *c, unsigned version)
{
	violations += version < c->required;
	if (version > c->seen[c->row])
		c->seen[c->row] = version;
	c->phase = IDLE;
}

static bool has_valid(const struct client *c)
{
	const struct cached *cached = &c->machine->cache[c->row];

	return cached->is_there && generations_hold(c->machine->table, &cached->stamp);
}

static void ask(struct client *c)
{
	c->may_be_cached = generations_stamp(c->machine->table, place_of(c->row), &c->stamp);
	c->phase = ASKED;
	misses++;
}

static void start_reading(struct client *c)
{
	c->machine = &machines[below(MACHINES)];
	c->row = below(ROWS);
	c->required = c->seen[c->row];
	if (acknowledged[c->row] > c->required)
		c->required = acknowledged[c->row];
	c->is_covered = false;
	if (has_valid(c))
		c->phase = WAITING;
	else
		ask(c);
}

static void look_again(struct client *c)
{
	if (has_valid(c)) {
		hits++;
		answer(c, c->machine->cache[c->row].version);
	} else {
		ask(c);
	}
}

static void take_reply(struct client *c)
{
	if (c->may_be_cached && generations_hold(c->machine->table, &c->stamp))
		c->machine->cache[c->row] = (struct cached){ true, c->version, c->stamp };
	answer(c, c->version);
}

static void step_client(struct client *c)
{
	switch (c->phase) {
	case IDLE:
		start_reading(c);
		break;
	case WAITING:
		break;
	case ASKED:
		c->version = version_now(c->row);
		c->phase = READ;
		break;
	case READ:
		take_reply(c);
		break;
	}
}

static void cover(const struct machine *m, bool is_covered)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i].machine == m && clients[i].phase == WAITING)
			clients[i].is_covered = is_covered;
}

static void take_answer(struct machine *m)
{
	rule->take(m);
	m->question = QUIET;
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i].machine == m && clients[i].phase == WAITING && clients[i].is_covered)
			look_again(&clients[i]);
}

static void step_machine(struct machine *m)
{
	switch (m->question) {
	case QUIET:
		send_question(m);
		cover(m, true);
		break;
	case SENT:
		answer_question(m);
		break;
	case ANSWERED:
		take_answer(m);
		break;
	}
}

static void lose_reader(struct machine *m)
{
	m->question = QUIET;
	cover(m, false);
	freshness_restart(m->freshness);
}

/* Writers. */

enum writing {
	FREE,
	OPEN,
	COMMITTING, /* the counters are marked; it may become visible at any time */
	DECIDED,    /* the reply is on its way */
	ORPHANED    /* given up by its machine, and still running */
};

static struct writer {
	enum writing phase;
	struct machine *machine; /* NULL: somebody else's program */
	struct changes *changes;
	struct transaction *t;
	uint64_t xid;
	unsigned row, version;
	bool has_committed;
} writers[WRITERS];

static void begin_writing(struct writer *w)
{
	unsigned row = below(ROWS);

	if (db.holder[row])
		return;
	w->t = begin(row);
	w->xid = w->t->xid;
	w->row = row;
	w->version = w->t->version;
	w->phase = OPEN;
	if (w->machine)
		freshness_own(w->machine->freshness, w->xid);
}

static void write_log(struct writer *w, bool may_lack_log)
{
	struct buf keys;

	if (may_lack_log && below(20) == 0)
		return;
	buf_init(&keys, sizeof(w->t->keys));
	freshness_keys(w->changes, &keys);
	snprintf(w->t->keys, sizeof(w->t->keys), "%.*s", STR_ARGS(buf_view(&keys)));
	buf_done(&keys);
	w->t->is_logged = true;
	w->t->number = ++db.next_number;
}

static void end_open(struct writer *w, bool with_faults)
{
	if (with_faults && below(5) == 0) {
		finish(w->t, ABORTED);
		w->phase = FREE;
		return;
	}
	w->phase = COMMITTING;
	if (!w->machine)
		return;
	changes_note(w->changes, RESOURCE, key_int(w->row + 1));
	write_log(w, with_faults);
	changes_mark(w->changes);
}

/* The machine stops waiting; the transaction may still commit. */
static void give_up(struct writer *w)
{
	freshness_disown(w->machine->freshness, w->xid);
	changes_settle(w->changes);
	w->phase = ORPHANED;
}

static void decide(struct writer *w, bool with_faults)
{
	w->has_committed = !(with_faults && below(8) == 0);
	finish(w->t, w->has_committed ? COMMITTED : ABORTED);
	w->phase = w->phase == ORPHANED ? FREE : DECIDED;
}

/* The reply, or what pg_xact_status says later. */
static void take_outcome(struct writer *w)
{
	if (w->machine)
		changes_settle(w->changes);
	if (w->has_committed)
		acknowledge(w->row, w->version);
	w->phase = FREE;
}

static void step_writer(struct writer *w, bool with_faults)
{
	switch (w->phase) {
	case FREE:
		begin_writing(w);
		break;
	case OPEN:
		end_open(w, with_faults);
		break;
	case COMMITTING:
		if (with_faults && w->machine && below(10) == 0)
			give_up(w);
		else
			decide(w, with_faults);
		break;
	case DECIDED:
		take_outcome(w);
		break;
	case ORPHANED:
		decide(w, with_faults);
		break;
	}
}

/* What did not commit never will. */
static void lose_writer(struct writer *w)
{
	if (w->phase == OPEN || w->phase == ORPHANED) {
		w->phase = FREE;
	} else if (w->phase == COMMITTING) {
		w->phase = DECIDED;
		w->has_committed = false;
	}
}

/* Histories. */

static void prune(void)
{
	unsigned end = below(db.count + 1);

	for (unsigned i = 0; i < end; i++)
		db.transactions[i].is_logged &= db.transactions[i].outcome == RUNNING;
}

/* A pooler's clients keep their connections. */
static void replace_server(void)
{
	fail_over();
	for (unsigned i = 0; i < WRITERS; i++)
		lose_writer(&writers[i]);
	for (unsigned i = 0; i < MACHINES; i++)
		if (below(2) == 0)
			lose_reader(&machines[i]);
}

static void fail_somehow(void)
{
	switch (below(8)) {
	case 0:
		replace_server();
		break;
	case 1:
	case 2:
		lose_reader(&machines[below(MACHINES)]);
		break;
	case 3:
	case 4:
		prune();
		break;
	default:
		take_savepoint();
	}
}

struct history {
	const struct rule *rule;
	unsigned writers; /* that take part: the last ones are foreign */
	bool with_faults;
};

static void step(const struct history *h)
{
	unsigned what = below(100);

	if (what < 50)
		step_client(&clients[below(CLIENTS)]);
	else if (what < 85)
		step_machine(&machines[below(MACHINES)]);
	else if (what < 99 || !h->with_faults)
		step_writer(&writers[below(h->writers)], h->with_faults);
	else
		fail_somehow();
}

static void begin_machine(struct machine *m)
{
	m->question = QUIET;
	m->since[0] = '\0';
	m->last_number = 0;
	memset(m->cache, 0, sizeof(m->cache));
	m->freshness = freshness_new(m->changes[0]);
}

static void run_history(const struct history *h)
{
	memset(&db, 0, sizeof(db));
	memset(clients, 0, sizeof(clients));
	memset(acknowledged, 0, sizeof(acknowledged));
	db.next_xid = 11;
	db.latest = 10;
	rule = h->rule;
	for (unsigned i = 0; i < MACHINES; i++)
		begin_machine(&machines[i]);
	for (unsigned i = 0; i < WRITERS; i++) {
		struct machine *m = i < MACHINES * LANES ? &machines[i / LANES] : NULL;
		writers[i] = (struct writer){ .machine = m,
			.changes = m ? m->changes[i % LANES] : NULL };
	}
	for (unsigned i = 0; i < STEPS; i++)
		step(h);
	for (unsigned i = 0; i < WRITERS; i++)
		if (writers[i].machine)
			changes_forget(writers[i].changes);
	for (unsigned i = 0; i < MACHINES; i++)
		freshness_free(machines[i].freshness);
}

static void setup(void)
{
	for (unsigned i = 0; i < MACHINES; i++) {
		struct machine *m = &machines[i];
		int fds[GENERATIONS_END__COUNT];
		ck_assert_int_eq(generations_create(fds), 0);
		m->table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
		ck_assert_ptr_nonnull(m->table);
		close(fds[GENERATIONS_READ]);
		m->changes[0] = changes_new(m->table);
		for (unsigned lane = 1; lane < LANES; lane++)
			m->changes[lane] = changes_new_beside(m->changes[0]);
	}
	seed = 20;
	hits = misses = violations = 0;
}

static void teardown(void)
{
	for (unsigned i = 0; i < MACHINES; i++)
		for (unsigned lane = 0; lane < LANES; lane++)
			changes_free(machines[i].changes[lane]);
}

static void run_histories(const struct history *h, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		run_history(h);
	printf("%s: %u violations in %u hits and %u misses\n", name, violations, hits, misses);
	ck_assert_uint_gt(hits, 1000);
	ck_assert_uint_gt(misses, 1000);
}

START_TEST(no_answer_is_outdated)
{
	static const struct history calm = { &by_freshness, MACHINES * LANES, false },
				    foreign = { &by_freshness, WRITERS, false },
				    wild = { &by_freshness, WRITERS, true };

	run_histories(&calm, 100, "without failures");
	run_histories(&foreign, 100, "with foreign writers");
	run_histories(&wild, 600, "with foreign writers and failures");
	ck_assert_uint_eq(violations, 0);
}
END_TEST

START_TEST(a_log_read_by_its_numbers_is_not_enough)
{
	static const struct history history = { &by_number, MACHINES * LANES, false };

	run_histories(&history, 100, "by number");
	ck_assert_uint_gt(violations, 0);
}
END_TEST

START_TEST(a_log_without_a_count_of_transactions_is_not_enough)
{
	static const struct history history = { &by_snapshot, WRITERS, false };

	run_histories(&history, 100, "by snapshot, with foreign writers");
	ck_assert_uint_gt(violations, 0);
}
END_TEST

/* That is what is wrong with it: without foreign writers it is right. */
START_TEST(a_log_read_by_snapshots_is_enough_without_foreign_writers)
{
	static const struct history history = { &by_snapshot, MACHINES * LANES, false };

	run_histories(&history, 100, "by snapshot");
	ck_assert_uint_eq(violations, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("coherence");
	TCase *tc = tcase_create("histories");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, no_answer_is_outdated);
	tcase_add_test(tc, a_log_read_by_its_numbers_is_not_enough);
	tcase_add_test(tc, a_log_without_a_count_of_transactions_is_not_enough);
	tcase_add_test(tc, a_log_read_by_snapshots_is_enough_without_foreign_writers);
	suite_add_tcase(s, tc);
	return s;
}
