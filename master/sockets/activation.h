/*
 * Socket activation (sd_listen_fds(3)): the parent, usually systemd, has opened the listeners for
 * HTTP and keeps them open, so that no connection is refused while the master is restarted.
 */
#ifndef POSTERN_ACTIVATION_H
#define POSTERN_ACTIVATION_H

#include "listen.h"

/* Takes the sockets that LISTEN_FDS and LISTEN_PID announce, from descriptor 3 on, and sets
 * CLOEXEC; none if the variables are for another process. The caller closes them. Returns false if
 * a descriptor is not a listening IPv4, IPv6 or Unix stream socket, or there are too many; *error
 * says so. */
bool activation_take(struct listeners *listeners, struct buf *error)
	__attribute__((warn_unused_result));

#endif
