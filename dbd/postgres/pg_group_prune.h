/* Prunes the log (freshness_prune), between two groups. */
#ifndef POSTERN_PG_GROUP_PRUNE_H
#define POSTERN_PG_GROUP_PRUNE_H

#include "pg_group.h"

void pg_group_prune_init(struct pg_groups *g);

/* On a new connection: at once, and from now on regularly, unless another lane does it. */
void pg_group_prune_start(struct pg_groups *g);

/* Sends the statement. The lane is idle again once it is done. */
void pg_group_prune(struct pg_groups *g);

#endif
