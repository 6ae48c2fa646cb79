/*
 * Notifies the service manager, as sd_notify(3) does: one datagram of NAME=value lines to the
 * socket that NOTIFY_SOCKET names. Children do not inherit its variables (environment.h).
 */
#ifndef POSTERN_SD_NOTIFY_H
#define POSTERN_SD_NOTIFY_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* All zero: no service manager. */
struct sd_notify {
	int fd;
	struct sockaddr_un address;
	socklen_t size;    /* of the address; 0: no service manager */
	uint64_t watchdog; /* milliseconds from one WATCHDOG=1 to the next; 0: no watchdog */
};

/* Reads NOTIFY_SOCKET (a path, or '@' and an abstract name), WATCHDOG_USEC and WATCHDOG_PID from
 * the environment. Without a valid NOTIFY_SOCKET there is no service manager, and sending does
 * nothing.
 */
void sd_notify_open(struct sd_notify *notify);
void sd_notify_close(struct sd_notify *notify);

/* Sends the lines. Returns false if the manager's queue is full: try again later. Other errors are
 * permanent and ignored. */
bool sd_notify_send(const struct sd_notify *notify, struct str lines);

#endif
