/* Ends a lane's writes before they are done, because nobody may wait longer. */
#ifndef POSTERN_PG_GROUP_ABANDON_H
#define POSTERN_PG_GROUP_ABANDON_H

#include "pg_group.h"

/* Closes the connection and finishes all jobs, those of the group and those that wait, with this
 * fault: nothing was done. Leaves a group whose commit may be under way, but for an end that is
 * final: then the outcome of its writes is unknown. */
void pg_group_abandon(struct pg_groups *g, enum fault fault, bool is_final);

#endif
