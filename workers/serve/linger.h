/*
 * The lingering close of RFC 9112 section 9.6: after the last answer the connection is closed for
 * writing only, and input is read and dropped for a while, since closing a socket with unread input
 * would reset the connection before the client has read the answer.
 */
#ifndef POSTERN_LINGER_H
#define POSTERN_LINGER_H

#include "conn_state.h"

/* Begins to linger. The timer fires after CONN_LINGER_MS. */
void linger_begin(struct conn *c);

/* Shortens the time, as the worker stops. */
void linger_hurry(struct conn *c);

/* Reads once and drops what it reads. Closes the connection at its end, or after 1 MiB. */
void linger_read(struct conn *c);

/* Closes a connection whose time is over. If its socket still holds part of an answer, it lingers
 * until the client has taken that, with the timeout for slow readers: otherwise the kernel would
 * keep the closed socket for as long as the client likes. */
void linger_close(struct conn *c);

#endif
