/*
 * Telling the service manager, as sd_notify(3) does: one datagram of NAME=value lines to the socket
 * that NOTIFY_SOCKET names. The children get none of its variables (environment.h), as they have
 * nothing to say.
 */
#ifndef POSTERN_SD_NOTIFY_H
#define POSTERN_SD_NOTIFY_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* All zero: there is no service manager. */
struct sd_notify {
	int fd;
	struct sockaddr_un address;
	socklen_t size;    /* of the address; 0: nobody to tell */
	uint64_t watchdog; /* milliseconds from one WATCHDOG=1 to the next; 0: none is wanted */
};

/* Reads NOTIFY_SOCKET (a path, or '@' and an abstract name), WATCHDOG_USEC and WATCHDOG_PID in
 * the environment. What is not set or makes no sense is as if there were no service manager. */
void sd_notify_open(struct sd_notify *notify);
void sd_notify_close(struct sd_notify *notify);

/* Sends the lines. False: not now, the manager is behind; to be tried again. Any other failure is
 * as good as told, since nothing would change it. */
bool sd_notify_send(const struct sd_notify *notify, struct str lines);

#endif
