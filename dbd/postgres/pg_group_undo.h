/* Rolls a group back, and runs again what is not to blame. */
#ifndef POSTERN_PG_GROUP_UNDO_H
#define POSTERN_PG_GROUP_UNDO_H

#include "pg_group.h"

void pg_group_undo_init(struct pg_groups *g);

/* Sends the rollback. When it is done, writes that have failed have their replies, those that wait
 * for locks go to the slow lane, and another transaction begins for the others. */
void pg_group_undo(struct pg_groups *g);

#endif
