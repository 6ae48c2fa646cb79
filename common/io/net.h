/*
 * Sockets. The functions that return a socket make it CLOEXEC and non-blocking; the caller closes
 * it. On error they return -1 with errno, unless stated otherwise.
 */
#ifndef POSTERN_NET_H
#define POSTERN_NET_H

#include "buf.h"

#include <stddef.h>

/* Sets O_NONBLOCK. Returns 0, or -1 with errno. */
int net_set_nonblocking(int fd);

/* Listens on an abstract Unix stream address that the kernel chooses (unix(7), autobind), which
 * leaves no file behind. Writes the address as a string, without its leading NUL byte, to name;
 * ENAMETOOLONG if it exceeds size. Returns the listening socket. */
int net_listen_abstract(int backlog, char *name, size_t size);

/* Connects to an address of net_listen_abstract. Returns the socket. */
int net_connect_abstract(const char *name);

/* Accepts one connection. Returns the socket, or -1 with EAGAIN if no connection is waiting. */
int net_accept(int listener);

/* Appends the local address of an IPv4 or IPv6 socket: "127.0.0.1:8000" or "[::1]:8000". Returns 0,
 * or -1 for other sockets; errno may be unset. */
int net_write_address(int fd, struct buf *out);

/* Checks the peer of a Unix socket by SO_PEERCRED. Returns 0 if its user is this process's user or
 * root, else -1 with EPERM. */
int net_check_peer(int fd);

#endif
