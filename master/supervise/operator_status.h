/*
 * The status for posternctl: a line for each fact, its name and values separated by tabs.
 * posternctl formats it as a table or JSON (ctl/view.h).
 * Names and states are an interface: they keep their values.
 */
#ifndef POSTERN_OPERATOR_STATUS_H
#define POSTERN_OPERATOR_STATUS_H

#include "supervisor.h"

/* Appends texts (version, state, address, database, api and what begins with it), numbers, and a
 * "process" for the master and each child that is not absent: name, pid, state, milliseconds since
 * its start, restarts, bytes of memory. Numbers from the table of stats.h are missing if it cannot
 * be read now. */
void operator_status_write(const struct supervisor *s, struct buf *out);

#endif
