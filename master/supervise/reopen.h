/* USR1: reopens the log file, after log rotation, for all processes. */
#ifndef POSTERN_REOPEN_H
#define POSTERN_REOPEN_H

#include "supervisor.h"

/* Opens --log-file and passes it to every child. If that fails, logs so to the old file, which all
 * processes keep. Does nothing without --log-file. */
void reopen_log(struct supervisor *s);

#endif
