/* One worker more, one fewer. Both do nothing unless the phase is PHASE_SERVING. */
#ifndef POSTERN_SCALE_H
#define POSTERN_SCALE_H

#include "supervisor.h"

/* Starts the worker with the next number, unless there are WORKERS_MAX. */
void scale_up(struct supervisor *s);

/* Tells the worker with the highest number to end. The last one stays. */
void scale_down(struct supervisor *s);

#endif
