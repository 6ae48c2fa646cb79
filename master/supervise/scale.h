/* Changes the number of workers. */
#ifndef POSTERN_SCALE_H
#define POSTERN_SCALE_H

#include "supervisor.h"

/* Starts workers with the next numbers, or stops those with the highest numbers. Limits the number
 * to 1 to WORKERS_MAX. Does nothing except in PHASE_SERVING. */
void scale_to(struct supervisor *s, unsigned workers);

#endif
