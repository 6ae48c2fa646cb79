/* How many workers there are. */
#ifndef POSTERN_SCALE_H
#define POSTERN_SCALE_H

#include "supervisor.h"

/* Starts workers with the next numbers, or stops those with the highest, until so many are wanted:
 * at least 1 and at most WORKERS_MAX, whatever is asked. Does nothing unless the phase is
 * PHASE_SERVING. */
void scale_to(struct supervisor *s, unsigned workers);

#endif
