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

/* The question: a statement with one parameter, freshness_since. Result rows: the snapshot, then
 * NULL or the id of a transaction and its keys. The first row has the snapshot. */
extern const char freshness_question[];

/* The last snapshot as text; NULL: none since freshness_restart. */
const char *freshness_since(const struct freshness *f);

/* The answer: begin with the snapshot, add each transaction, then end, which moves the counters.
 * False: the texts are not what the question returns; everything is invalidated. */
bool freshness_begin_answer(struct freshness *f, struct str snapshot);
bool freshness_add(struct freshness *f, struct str xid, struct str keys);
void freshness_end_answer(struct freshness *f);

/* A transaction of this process: its counters are marked and settled by who commits it, so that the
 * question need not move them. To be called when its id is known, before it can commit. */
void freshness_own(struct freshness *f, uint64_t xid);

/* Appends the keys that the log gets for what is noted in `changes`. */
void freshness_keys(const struct changes *changes, struct buf *out);

/* Statements: makes the log unless it is there; adds a row to it with the keys $1; deletes the rows
 * that no running Postern needs any more. */
extern const char freshness_create[], freshness_log[], freshness_prune[];

#endif
