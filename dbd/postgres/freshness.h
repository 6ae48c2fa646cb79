/*
 * Keeps the generations up to date while other programs write the same database: one question to
 * PostgreSQL tells which counters have moved since the last one (docs/architecture.md has the
 * proof). Pure: it makes and reads texts, and asks nothing itself. Used in the loop's thread.
 *
 * Each transaction of a Postern that changes rows writes a row into postern_changes: its
 * transaction id, and the places of the counters that it moves, with the fingerprint of the
 * declaration by which they are numbered. The question compares two snapshots: if more transactions
 * have finished between them than the log has rows for, somebody else has written, and everything
 * is invalidated.
 */
#ifndef POSTERN_FRESHNESS_H
#define POSTERN_FRESHNESS_H

#include "buf.h"
#include "changes.h"

struct freshness;

/* The counters are moved through `changes`, which stays the caller's. Never NULL. */
struct freshness *freshness_new(struct changes *changes);
void freshness_free(struct freshness *f);

/* A new connection answers from now on: the last snapshot says nothing about what it sees.
 * Invalidates everything. */
void freshness_restart(struct freshness *f);

/* The question: one statement with one parameter, freshness_since. Result rows: the snapshot with
 * the name of the server's run, then NULL or the id of a transaction and its keys. The first row,
 * which always comes, has the snapshot. Exact in a transaction of its own, and as the first
 * statement of one with REPEATABLE READ; that transaction must not have written. */
extern const char freshness_question[];

/* The same without the log: every transaction of others invalidates everything. */
extern const char freshness_question_without_log[];

/* The last snapshot as text; NULL: none since freshness_restart. */
const char *freshness_since(const struct freshness *f);

/* The answer: begin with the snapshot, add each transaction, then end; counters have moved by then.
 * False: the texts are not what the question returns; the answer is over, and everything is
 * invalidated. */
bool freshness_begin_answer(struct freshness *f, struct str snapshot)
	__attribute__((warn_unused_result));
bool freshness_add(struct freshness *f, struct str xid, struct str keys)
	__attribute__((warn_unused_result));
void freshness_end_answer(struct freshness *f);

/* A cheaper question, without parameters: has any transaction finished since the last answer? One
 * row: the snapshot, and the name of the server's run; none if it has no name. To be sent like the
 * question. */
extern const char freshness_glance[];

/* True if these show that none has: the counters are up to date. False: the question tells. */
bool freshness_is_unchanged(const struct freshness *f, struct str snapshot, struct str run)
	__attribute__((warn_unused_result));

/* A transaction of this process: its counters are marked and settled by who commits it, so that the
 * question need not move them. To be called when its id is known, before it can commit. */
void freshness_own(struct freshness *f, uint64_t xid);

/* Before the counters of such a transaction are settled although it may still commit: the question
 * will move them, like those of a foreign one. */
void freshness_disown(struct freshness *f, uint64_t xid);

/* Appends the keys that the log gets for what is noted in `changes`. */
void freshness_keys(const struct changes *changes, struct buf *out);

enum { FRESHNESS_PRUNE_MS = 10 * 1000 };

/* A statement: makes the log unless it is there. pg_commits_log adds a row to it. */
extern const char freshness_create[];

/* A statement, as a transaction of its own at the start and then every FRESHNESS_PRUNE_MS: deletes
 * the rows that were visible in the snapshot $1, and names the server's run if that has no name. $1
 * is what it returned the last time; NULL: nothing yet. A Postern that has asked since then needs
 * none of these rows; any other misses them, and invalidates everything. */
extern const char freshness_prune[];

#endif
