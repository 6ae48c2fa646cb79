/* Requests that show how two servers answer an operation, each of which is sent at once. */
#ifndef POSTERN_PROBE_H
#define POSTERN_PROBE_H

#include "comparison.h"

/* False: it may write, and the comparison only reads. */
bool probe_is_allowed(const struct comparison *c, const struct operation *operation);

/* Creates a row and, if it can be read, reads it. */
void probe_create(struct comparison *c, const struct operation *operation);

/* All kinds of requests for one operation: keys, queries, bodies. A DELETE deletes one row. */
void probe_operation(struct comparison *c, const struct operation *operation);

/* One request with parts chosen by chance. */
void probe_random(struct comparison *c, const struct operation *operation);

#endif
