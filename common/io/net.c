#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int net_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int close_with(int fd, int error)
{
	close(fd);
	errno = error;
	return -1;
}

int net_listen_abstract(int backlog, char *name, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)) < 0 ||
		listen(fd, backlog) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return close_with(fd, errno);
	size_t n = len - offsetof(struct sockaddr_un, sun_path) - 1;
	if (n >= size)
		return close_with(fd, ENAMETOOLONG);
	memcpy(name, address.sun_path + 1, n);
	name[n] = '\0';
	return fd;
}

int net_connect_abstract(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(name);

	if (n >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path + 1, name, n);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n);
	if (connect(fd, (struct sockaddr *)&address, len) < 0)
		return close_with(fd, errno);
	return fd;
}

int net_accept(int listener)
{
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int net_write_address(int fd, struct buf *out)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
		getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -1;
	buf_printf(out, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

int net_check_peer(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -1;
	if (peer.uid != geteuid() && peer.uid != 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}
