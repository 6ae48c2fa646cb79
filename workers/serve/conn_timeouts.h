/* What a connection waits for, and for how long. */
#ifndef POSTERN_CONN_TIMEOUTS_H
#define POSTERN_CONN_TIMEOUTS_H

#include "conn_state.h"

/* Waits for the socket to take what is unsent. Every write_ms the client must have taken
 * CONN_WRITE_BYTES, or all of it. */
void conn_timeouts_await_client(struct conn *c);

/* Waits for dbd, whose calls have a deadline of their own (dbd_client.h). */
void conn_timeouts_await_dbd(struct conn *c);

/* Waits for a request, or for the rest of its head or body. The timer is set only when what is
 * awaited changes. */
void conn_timeouts_await_request(struct conn *c);

/* Begins a period of write_ms, at whose end conn_timeouts_end_write must be called. */
void conn_timeouts_begin_write(struct conn *c);

/* Begins the next period if the client has taken its share; else ends the connection: by a reset if
 * the client has not taken everything. */
void conn_timeouts_end_write(struct conn *c);

#endif
