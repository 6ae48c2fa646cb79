/* Writes the answer of an exchange, with what only the connection knows, and ends the request. */
#ifndef POSTERN_RESPOND_H
#define POSTERN_RESPOND_H

#include "conn_state.h"

/* Writes a whole answer. The connection can then read the next request. */
void respond_whole(struct conn *c);

/* Writes the first or the next part of an answer. If it is the last one, or only the head was asked
 * for, the connection can then read the next request. */
void respond_part(struct conn *c);

#endif
