/* The listening socket for HTTP. */
#ifndef POSTERN_LISTEN_H
#define POSTERN_LISTEN_H

#include "buf.h"

/* Listens on host (an IPv4 or IPv6 address without brackets, or a name; of a name's addresses an
 * IPv4 one is preferred) and port (0: a free one). "::" takes IPv4 too. The socket is CLOEXEC and
 * non-blocking; what it accepts has TCP_NODELAY. An address in use is waited for, for half a
 * second. Returns the fd, or -1 and *error has got a clause that names the address and the remedy.
 */
int listen_http(const char *host, long port, long backlog, struct buf *error);

/* Appends where it listens, as "http://127.0.0.1:8000". */
void listen_write_url(int fd, struct buf *out);

#endif
