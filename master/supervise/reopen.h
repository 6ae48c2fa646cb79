/* USR1: the log file, which somebody has moved away, is opened anew for all processes. */
#ifndef POSTERN_REOPEN_H
#define POSTERN_REOPEN_H

#include "supervisor.h"

/* Opens --log-file and hands it to every child. If it cannot be opened all go on with the old one,
 * which is told there. Does nothing without --log-file. */
void reopen_log(struct supervisor *s);

#endif
