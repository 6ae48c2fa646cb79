/* Sockets: every one is CLOEXEC and non-blocking at birth. Functions return -1 with errno set. */
#ifndef POSTERN_NET_H
#define POSTERN_NET_H

#include "buf.h"

#include <stddef.h>

int net_set_nonblocking(int fd);

/* Listens on an abstract Unix stream address that the kernel chooses (unix(7), autobind): there is
 * no file that could stay behind. The name, without its leading NUL, is written to name. */
int net_listen_abstract(int backlog, char *name, size_t size);

/* Connects to such an address. Returns the socket. */
int net_connect_abstract(const char *name);

/* Accepts one connection; -1 with EAGAIN when none waits. */
int net_accept(int listener);

/* Appends the socket's own address, "127.0.0.1:8000" or "[::1]:8000". Returns 0, or -1 if it has
 * none of these families. */
int net_write_address(int fd, struct buf *out);

/* 0 if the peer of a Unix socket runs as this process's user, or as root, who may do as much anyway
 * (SO_PEERCRED); else -1 with EPERM. */
int net_check_peer(int fd);

#endif
