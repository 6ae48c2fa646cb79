#include "listen.h"

#include "loop.h"
#include "net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IN_USE_MS = 500,
	TRY_AGAIN_MS = 10,
	UNSENT_BYTES = 64 * 1024 /* of an answer that the kernel takes in advance: what it sends
				    soon is still in the CPU's cache, and a slow client's rest
				    stays with us */
};

static const struct {
	int error;
	const char *text;
} remedies[] = {
	{ EADDRINUSE, "; another process listens there: stop it or choose another --port" },
	{ EACCES, "; ports below 1024 need a privilege: choose another --port" },
	{ EADDRNOTAVAIL, "; no interface of this machine has that address: choose another --host" },
};

static void set_option(int fd, int level, int option, int value)
{
	/* An option that is refused costs speed or comfort, not correctness. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int open_listener(const struct addrinfo *address, long backlog)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (address->ai_family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	/* Inherited by what is accepted. */
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, (int)backlog) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Tries each address of a family. Returns -1 with errno of the last, unchanged if there is none. */
static int open_first(const struct addrinfo *addresses, int family, long backlog)
{
	int fd = -1;

	for (const struct addrinfo *a = addresses; a && fd < 0; a = a->ai_next)
		if (a->ai_family == family)
			fd = open_listener(a, backlog);
	return fd;
}

/* Returns -1 with errno. A port in use may be that of a master that was killed a moment ago, whose
 * workers are about to close it. */
static int open_patiently(const struct addrinfo *addresses, long backlog)
{
	uint64_t deadline = clock_ms() + IN_USE_MS;

	for (;;) {
		errno = EAFNOSUPPORT;
		int fd = open_first(addresses, AF_INET, backlog);
		if (fd < 0)
			fd = open_first(addresses, AF_INET6, backlog);
		if (fd >= 0 || errno != EADDRINUSE || clock_ms() >= deadline)
			return fd;
		poll(NULL, 0, TRY_AGAIN_MS);
	}
}

static void write_address(const char *host, const char *port, struct buf *out)
{
	buf_printf(out, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

int listen_http(const char *host, long port, long backlog, struct buf *error)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *addresses;
	char service[24];

	snprintf(service, sizeof(service), "%ld", port);
	/* RFC 6761 6.3: this name is the loopback address, whatever a resolver says or lacks. */
	int status = getaddrinfo(
		strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, service, &hints, &addresses);
	if (status != 0) {
		buf_printf(error, "cannot listen on \"%.100s\": %s; give --host an address", host,
			status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status));
		return -1;
	}
	int fd = open_patiently(addresses, backlog);
	int why = errno;
	freeaddrinfo(addresses);
	if (fd >= 0)
		return fd;
	buf_printf(error, "cannot listen on ");
	write_address(host, service, error);
	buf_printf(error, ": %s", strerror(why));
	for (size_t i = 0; i < NITEMS(remedies); i++)
		if (remedies[i].error == why)
			buf_str(error, str_from(remedies[i].text));
	return -1;
}

void listen_write_url(int fd, struct buf *out)
{
	buf_str(out, STR("http://"));
	if (net_write_address(fd, out) < 0)
		buf_char(out, '?');
}
