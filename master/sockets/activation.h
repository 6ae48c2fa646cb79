/*
 * Socket activation (sd_listen_fds(3)): whoever started the master, systemd as a rule, has opened
 * the listeners for HTTP already and keeps them open, so that no connection is refused while the
 * master itself is restarted.
 */
#ifndef POSTERN_ACTIVATION_H
#define POSTERN_ACTIVATION_H

#include "listen.h"

/* Takes the sockets that LISTEN_FDS and LISTEN_PID speak of, from descriptor 3 on, and has them
 * closed at exec; none if the variables are meant for another process. False: one of the
 * descriptors is no listening stream socket of IPv4, IPv6 or Unix, or there are too many; *error
 * says so. */
bool activation_take(struct listeners *listeners, struct buf *error)
	__attribute__((warn_unused_result));

#endif
