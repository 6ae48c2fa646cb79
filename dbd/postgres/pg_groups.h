/*
 * Writes, in groups: those that wait share a transaction and its commit, and run side by side in
 * one pipeline, sorted by table and key, so that groups of several machines take their locks in the
 * same order. Those that must not run beside others (deletions that take other rows along, links,
 * writes with a condition) follow one by one.
 *
 * The transaction's id is read before the commit is sent. So the outcome of a commit whose reply is
 * lost is asked for (pg_commits.h), not guessed.
 *
 * Two lanes take turns: while one commits, the other runs the next group.
 *
 * If a command fails in the database, the others run again without it, each with a savepoint. One
 * that waits for a lock is left out, and runs again alone in the slow lane.
 */
#ifndef POSTERN_PG_GROUPS_H
#define POSTERN_PG_GROUPS_H

#include "pg_group.h"

/* To be called before pg_group_submit, once the fields are set that are not private. */
void pg_groups_init(struct pg_groups *groups);

/* When the oldest command of the group under way arrived (struct job); UINT64_MAX: none is. */
uint64_t pg_groups_oldest(const struct pg_groups *groups);

/* Frees what an interrupted group has. */
void pg_groups_done(struct pg_groups *groups);

#endif
