/* What follows from the death of a child. */
#ifndef POSTERN_REAP_H
#define POSTERN_REAP_H

#include "supervisor.h"

/* The process of this child was reaped with this status of waitpid. Says so in the log, and as the
 * child is wanted starts another, gives up the start-up or the replacing, or lets it be. */
void reap_child(struct supervisor *s, struct child *child, int status);

#endif
