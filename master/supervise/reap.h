/* Handles the death of a child. */
#ifndef POSTERN_REAP_H
#define POSTERN_REAP_H

#include "supervisor.h"

/* The child's process was reaped; status is waitpid's. Logs that, then restarts the child if it is
 * still wanted, after a pause if it keeps dying; a death during start-up stops the server, and that
 * of a successor aborts the reload. */
void reap_child(struct supervisor *s, struct child *child, int status);

#endif
