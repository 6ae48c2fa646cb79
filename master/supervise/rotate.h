/* USR1: the log file, which somebody has moved away, is opened anew for all processes. */
#ifndef POSTERN_ROTATE_H
#define POSTERN_ROTATE_H

#include "supervisor.h"

/* Opens --log-file and hands it to every child. If it cannot be opened all go on with the old one,
 * which is told there. Does nothing without --log-file. */
void rotate_log(struct supervisor *s);

#endif
