#include "activation.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST = 3 }; /* SD_LISTEN_FDS_START */

/* The value of a variable; -1 if it is not set or not a number. */
static long number_of(const char *variable)
{
	const char *text = getenv(variable);
	char *end;

	if (!text || !*text)
		return -1;
	long n = strtol(text, &end, 10);
	return *end ? -1 : n;
}

/* The value of a socket option; -1 if fd is not a socket. */
static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

static bool can_serve(int fd)
{
	int domain = option_of(fd, SO_DOMAIN);

	return option_of(fd, SO_ACCEPTCONN) == 1 && option_of(fd, SO_TYPE) == SOCK_STREAM &&
	       (domain == AF_INET || domain == AF_INET6 || domain == AF_UNIX);
}

static bool take(struct listeners *listeners, int fd, struct buf *error)
{
	const int on = 1;

	if (!can_serve(fd)) {
		buf_printf(error,
			"LISTEN_FDS: descriptor %d is not a listening IPv4, IPv6 or Unix stream "
			"socket",
			fd);
		return false;
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	/* Accepted connections inherit it. Fails for a Unix socket, which is fine. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	listeners->fds[listeners->count++] = fd;
	return true;
}

bool activation_take(struct listeners *listeners, struct buf *error)
{
	long n = number_of("LISTEN_PID") == getpid() ? number_of("LISTEN_FDS") : 0;

	*listeners = (struct listeners){ 0 };
	if (n > LISTENERS_MAX) {
		buf_printf(error, "LISTEN_FDS: %ld sockets, but at most %d are supported", n,
			LISTENERS_MAX);
		return false;
	}
	for (int fd = FIRST; fd < FIRST + n; fd++)
		if (!take(listeners, fd, error))
			return false;
	return true;
}
