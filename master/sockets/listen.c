#include "listen.h"

#include "log.h"
#include "loop.h"
#include "net.h"
#include "rlimits.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	IN_USE_MS = 500,          /* to wait for an address in use */
	TRY_AGAIN_MS = 10,        /* between two attempts */
	ADMIN_BACKLOG = 64,       /* connections */
	UNSENT_BYTES = 64 * 1024, /* TCP_NOTSENT_LOWAT (tcp(7)): the kernel buffers no more of an
				   * answer before it sends it. Bytes that are sent soon are still
				   * in the CPU's cache, and the worker, not the kernel, holds the
				   * rest for a slow client. */
};

struct remedy {
	int error;
	const char *text;
};

static const struct remedy tcp_remedies[] = {
	{ EADDRINUSE, "; another process listens there: stop it or choose another --port" },
	{ EACCES, "; ports below 1024 need a privilege: choose another --port" },
	{ EADDRNOTAVAIL, "; no interface of this machine has that address: choose another --host" },
	{ 0, "" },
};

static const struct remedy unix_remedies[] = {
	{ EADDRINUSE, "; another process listens there: stop it or choose another path" },
	{ ENOTSOCK, "; it is another kind of file: remove it or choose another path" },
	{ 0, "" },
};

static void add_remedy(const struct remedy *remedies, int why, struct buf *error)
{
	for (; remedies->error; remedies++)
		if (remedies->error == why)
			buf_str(error, str_from(remedies->text));
}

static void set_option(int fd, int level, int option, int value)
{
	/* Errors are ignored: without an option the server is slower, but correct. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int close_with(int fd, int error)
{
	close(fd);
	errno = error;
	return -1;
}

/* Removes a socket file without a listener. Returns 0 if no file is left, or -1 with errno. */
static int remove_stale(const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = ENOTSOCK;
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return close_with(fd, EADDRINUSE);
	int error = errno == EAGAIN ? EADDRINUSE : errno; /* its backlog is full */
	close(fd);
	errno = error;
	return error == ECONNREFUSED ? unlink(address->sun_path) : -1;
}

/* Sets the mode before it listens: until then no client can connect. Returns -1 with errno. */
static int open_at_path(const struct sockaddr_un *address, mode_t mode, long backlog)
{
	if (remove_stale(address) < 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
		chmod(address->sun_path, mode) == 0 && listen(fd, (int)backlog) == 0)
		return fd;
	return close_with(fd, errno);
}

static int open_listener(const struct addrinfo *address, long backlog)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (address->ai_family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	/* Accepted connections inherit these. */
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, (int)backlog) == 0)
		return fd;
	return close_with(fd, errno);
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

static void write_address(const char *host, long port, struct buf *out)
{
	buf_printf(out, strchr(host, ':') ? "[%s]:%ld" : "%s:%ld", host, port);
}

int listen_find(const char *host, long port, struct addrinfo **addresses)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	char service[24];

	snprintf(service, sizeof(service), "%ld", port);
	/* RFC 6761 6.3: this name is the loopback address, whatever the resolver says. */
	return getaddrinfo(
		strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, service, &hints, addresses);
}

struct addrinfo *listen_resolve(const char *host, long port, struct buf *error)
{
	struct addrinfo *addresses;

	int status = listen_find(host, port, &addresses);
	if (status == 0)
		return addresses;
	buf_printf(error, "cannot listen on \"%.100s\": %s; give --host an address", host,
		status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status));
	return NULL;
}

int listen_on(const struct addrinfo *addresses, const char *host, long port, long backlog,
	struct buf *error)
{
	int fd = open_patiently(addresses, backlog);
	int why = errno;

	if (fd >= 0)
		return fd;
	buf_printf(error, "cannot listen on ");
	write_address(host, port, error);
	buf_printf(error, ": %s", rlimits_strerror(why));
	add_remedy(tcp_remedies, why, error);
	return -1;
}

int listen_http(const char *host, long port, long backlog, struct buf *error)
{
	struct addrinfo *addresses = listen_resolve(host, port, error);

	if (!addresses)
		return -1;
	int fd = listen_on(addresses, host, port, backlog, error);
	freeaddrinfo(addresses);
	return fd;
}

/* As open_patiently. Returns -1 with errno. */
static int open_path_patiently(const char *path, mode_t mode, long backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	uint64_t deadline = clock_ms() + IN_USE_MS;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	for (;;) {
		int fd = open_at_path(&address, mode, backlog);
		if (fd >= 0 || errno != EADDRINUSE || clock_ms() >= deadline)
			return fd;
		poll(NULL, 0, TRY_AGAIN_MS);
	}
}

bool listen_unix(
	struct listeners *listeners, const char *path, mode_t mode, long backlog, struct buf *error)
{
	int fd = open_path_patiently(path, mode, backlog);

	if (fd < 0) {
		int why = errno;
		buf_printf(error, "cannot listen on unix:%s: %s", path, rlimits_strerror(why));
		add_remedy(unix_remedies, why, error);
		return false;
	}
	*listeners = (struct listeners){ .fds = { fd }, .count = 1, .path = path };
	if (lstat(path, &listeners->made) < 0)
		listeners->path = NULL;
	return true;
}

/* Opens a listener on an ADDRESS:PORT as of SETTING_SOCKET. Returns -1 with errno. */
static int open_admin_tcp(const char *address)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	const char *colon = strrchr(address, ':');
	bool bracketed = *address == '[' && colon[-1] == ']';
	struct addrinfo *addresses;
	char host[64];

	snprintf(host, sizeof(host), "%.*s", (int)(colon - address) - 2 * bracketed,
		address + bracketed);
	if (getaddrinfo(host, colon + 1, &hints, &addresses) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	int fd = open_patiently(addresses, ADMIN_BACKLOG);
	int why = errno;
	freeaddrinfo(addresses);
	errno = why;
	return fd;
}

bool listen_admin(struct listeners *listeners, const char *address, struct buf *error)
{
	if (strchr(address, '/'))
		return listen_unix(listeners, address, 0660, ADMIN_BACKLOG, error);
	int fd = open_admin_tcp(address);
	if (fd < 0) {
		buf_printf(error, "cannot listen on %.200s: %s; choose another --admin", address,
			strerror(errno));
		return false;
	}
	*listeners = (struct listeners){ .fds = { fd }, .count = 1 };
	return true;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

void listeners_close(struct listeners *listeners)
{
	struct stat st;

	if (listeners->path && lstat(listeners->path, &st) == 0 &&
		is_same_file(&st, &listeners->made) && unlink(listeners->path) < 0)
		log_warning("cannot remove %s: %s", listeners->path, strerror(errno));
	for (unsigned i = 0; i < listeners->count; i++)
		close(listeners->fds[i]);
	listeners->path = NULL;
	listeners->count = 0;
}

void listeners_write(const struct listeners *listeners, struct buf *out)
{
	for (unsigned i = 0; i < listeners->count; i++) {
		if (i > 0)
			buf_str(out, STR(" and "));
		listen_write_url(listeners->fds[i], out);
	}
}

/* Returns false if the socket has another family. The NUL of an abstract address becomes '@'. */
static bool write_unix_address(int fd, struct buf *out)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = sizeof(address);
	size_t start = offsetof(struct sockaddr_un, sun_path);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
		address.sun_family != AF_UNIX)
		return false;
	size_t n = size > start ? size - start : 0;
	if (n > 0 && address.sun_path[0] == '\0')
		address.sun_path[0] = '@';
	buf_printf(out, "unix:%.*s", (int)n, address.sun_path);
	return true;
}

void listen_write_url(int fd, struct buf *out)
{
	if (write_unix_address(fd, out))
		return;
	buf_str(out, STR("http://"));
	if (net_write_address(fd, out) < 0)
		buf_char(out, '?');
}
