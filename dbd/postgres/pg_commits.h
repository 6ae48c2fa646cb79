/*
 * Proof of a commit whose reply was lost: each lane of writes has a row in the table
 * postern_commits, which every transaction of the lane sets to its own id. The table survives
 * crashes as the data does, so the row tells whether the transaction is part of what this server
 * has, even if the server has given the id a second time after a crash or a promotion.
 */
#ifndef POSTERN_PG_COMMITS_H
#define POSTERN_PG_COMMITS_H

/* Makes the table unless it is there. */
extern const char pg_commits_create[];

/* Deletes the rows of lanes that have ended long ago. */
extern const char pg_commits_tidy[];

/* A transaction's last statement: sets the row of the lane, whose UUID is $2, and adds the keys $1
 * to the log (freshness.h). */
extern const char pg_commits_log[];

/* Whether the transaction $1 is still in progress: 'in progress', or something else, or an error
 * because this server knows of no such id. */
extern const char pg_commits_status[];

/* If it is not: one row if the last transaction of the lane $1 that this server has is $2. */
extern const char pg_commits_find[];

#endif
