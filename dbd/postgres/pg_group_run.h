/* Runs the writes of a group, in fibers. */
#ifndef POSTERN_PG_GROUP_RUN_H
#define POSTERN_PG_GROUP_RUN_H

#include "pg_group.h"

void pg_group_run_init(struct pg_groups *g);

/* Begins a transaction for the writes that are not done, and starts those that need not wait. */
void pg_group_run(struct pg_groups *g);

/* Starts what need not wait any more. True: all are over, or the transaction accepts nothing. */
bool pg_group_go_on(struct pg_groups *g);

/* True if the transaction must not be committed. */
bool pg_group_is_spoiled(const struct pg_groups *g);

#endif
