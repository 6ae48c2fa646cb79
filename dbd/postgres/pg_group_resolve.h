/* Asks what has become of a commit whose reply is lost (pg_commits.h). */
#ifndef POSTERN_PG_GROUP_RESOLVE_H
#define POSTERN_PG_GROUP_RESOLVE_H

#include "pg_group.h"

void pg_group_resolve_init(struct pg_groups *g);

/* The connection is lost while the group commits. */
void pg_group_lost(struct pg_groups *g);

/* Asks, on a new connection. Once the outcome is known the jobs are finished, or wait again; if no
 * server tells it for too long, it is unknown. */
void pg_group_resolve(struct pg_groups *g);

#endif
