/* Commits a group. */
#ifndef POSTERN_PG_GROUP_COMMIT_H
#define POSTERN_PG_GROUP_COMMIT_H

#include "pg_group.h"

void pg_group_commit_init(struct pg_groups *g);

/* Sends the transaction's row of the log, and the commit. When that is done, so are the jobs; if it
 * is refused, they run again. */
void pg_group_commit(struct pg_groups *g);

#endif
