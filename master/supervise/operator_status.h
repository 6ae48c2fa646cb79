/*
 * What posternctl status shows: a line for each fact, its name and its values with tabs between
 * them. posternctl makes a table of it, or JSON (ctl/view.h).
 */
#ifndef POSTERN_OPERATOR_STATUS_H
#define POSTERN_OPERATOR_STATUS_H

#include "supervisor.h"

/* Appends texts (version, address, database, state), numbers, of which those of the table of
 * stats.h are missing when that cannot be read, and for the master and each child that is not
 * absent a "process": name, pid, state, milliseconds since its start, restarts, bytes of memory. */
void operator_status_write(const struct supervisor *s, struct buf *out);

#endif
