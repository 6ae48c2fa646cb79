#include "healthcheck.h"

#include "declaration.h"
#include "key.h"
#include "listen.h"
#include "process.h"
#include "resource.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096 /* bytes of the request, and of the answer */ };

static void on_alarm(int signal)
{
	static const char late[] = "postern: unhealthy: no answer in time\n";

	ssize_t n = write(STDERR_FILENO, late, sizeof(late) - 1);
	(void)signal;
	(void)n;
	_exit(EXIT_RUNNING);
}

/* A server that listens on all addresses accepts 127.0.0.1 too: on "::" as an IPv4-mapped address
 * (RFC 4291 2.5.5.2). Some containers have no ::1. */
static void replace_wildcard(struct sockaddr *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)address;

	if (address->sa_family == AF_INET && in->sin_addr.s_addr == htonl(INADDR_ANY))
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (address->sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
		in6->sin6_addr = (struct in6_addr){
			.s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 }
		};
}

/* Returns the socket, or -1 with errno. */
static int connect_address(struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	replace_wildcard(address);
	if (connect(fd, address, size) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Returns the socket, or -1 with the reason in *error. */
static int connect_tcp(const char *host, long port, struct buf *error)
{
	struct addrinfo *addresses;
	int fd = -1;

	if (port == 0) {
		buf_printf(error, "with --port 0 the port is not known");
		return -1;
	}
	int status = listen_find(host, port, &addresses);
	if (status != 0) {
		buf_printf(error, "\"%.100s\": %s", host, gai_strerror(status));
		return -1;
	}
	for (struct addrinfo *a = addresses; a && fd < 0; a = a->ai_next)
		fd = connect_address(a->ai_addr, a->ai_addrlen);
	if (fd < 0)
		buf_printf(error, "cannot connect to %.100s, port %ld: %s", host, port,
			strerror(errno));
	freeaddrinfo(addresses);
	return fd;
}

/* Returns the socket, or -1 with the reason in *error. */
static int connect_unix(const char *path, struct buf *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = -1;

	errno = ENAMETOOLONG;
	if (strlen(path) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, strlen(path));
		fd = connect_address((struct sockaddr *)&address, sizeof(address));
	}
	if (fd < 0)
		buf_printf(error, "cannot connect to %s: %s", path, strerror(errno));
	return fd;
}

/* The greatest value that the limits of an integer allow. */
static int64_t greatest(const struct field *f)
{
	const struct limit *le = &f->limits[LIMIT_LE], *lt = &f->limits[LIMIT_LT];
	int64_t most = le->text.ptr ? le->integer : INT64_MAX;

	return lt->text.ptr && lt->integer <= most ? lt->integer - 1 : most;
}

static bool has_least(const struct field *f)
{
	return f->limits[LIMIT_GE].text.ptr || f->limits[LIMIT_GT].text.ptr;
}

/* Every valid key may be that of a row. */
static bool is_narrow(const struct field *f)
{
	return has_least(f) && greatest(f) < INT64_MAX;
}

/* A valid key that no row has, so that no worker caches the answer and dbd is asked: the least one,
 * as SQLite counts from 1. With a lower limit it is the greatest one. */
static const char *rare_key(const struct resource *r, char text[KEY_TEXT_SIZE])
{
	const struct field *f = &r->key_parameter;
	int64_t integer = has_least(f) ? greatest(f) : INT64_MIN;

	return key_text(f, f->type == FIELD_UUID ? key_none() : key_int(integer), text);
}

/* resource is NULL if the API has none. */
static bool send_request(int fd, const struct resource *resource)
{
	char key[KEY_TEXT_SIZE];
	struct buf request;

	buf_init(&request, ANSWER_MAX);
	buf_printf(&request,
		"GET /%s/%s HTTP/1.1\r\n"
		"Host: localhost\r\nConnection: close\r\n\r\n",
		resource ? resource->plural : "-", resource ? rare_key(resource, key) : "-");
	ssize_t n = send(fd, request.data, buf_len(&request), MSG_NOSIGNAL);
	bool sent = !request.failed && n == (ssize_t)buf_len(&request);
	buf_done(&request);
	return sent;
}

/* Reads until the server closes the connection. Returns false if the connection fails or the answer
 * is too long. */
static bool receive_all(int fd, struct buf *answer)
{
	for (;;) {
		char *room = buf_reserve(answer, 512);
		if (!room)
			return false;
		ssize_t n = recv(fd, room, 512, 0);
		if (n <= 0)
			return n == 0;
		buf_commit(answer, (size_t)n);
	}
}

/* True if the answer is the 404 that Postern gives; the body shows that Postern has sent it. Of a
 * resource all of whose keys a row may have, also a 200.
 * Otherwise *error quotes the status line. */
static bool is_healthy(struct str answer, const struct resource *resource, struct buf *error)
{
	char body[DECLARATION_NAME_MOST + 64];
	int n = snprintf(body, sizeof(body), "\r\n\r\n{\"detail\":\"%s%s\"}",
		resource ? resource->schema : "Not Found", resource ? " not found" : "");
	struct str end = { body, (size_t)n };
	size_t line = 0;

	if (str_starts(answer, STR("HTTP/1.1 404 ")) && answer.len >= end.len &&
		str_equal(str_from_index(answer, answer.len - end.len), end))
		return true;
	if (resource && is_narrow(&resource->key_parameter) &&
		str_starts(answer, STR("HTTP/1.1 200 ")))
		return true;
	while (line < answer.len && line < 80 && (unsigned char)answer.ptr[line] >= ' ')
		line++;
	buf_printf(error, "the answer is \"%.*s\"", (int)line, answer.ptr);
	return false;
}

static bool ask(int fd, const struct resource *resource, struct buf *error)
{
	struct buf answer;
	bool healthy = false;

	buf_init(&answer, ANSWER_MAX);
	if (send_request(fd, resource) && receive_all(fd, &answer))
		healthy = is_healthy(buf_view(&answer), resource, error);
	else
		buf_printf(error, "the connection was closed");
	buf_done(&answer);
	return healthy;
}

/* A parent may have blocked the signal. */
void healthcheck_limit_time(void)
{
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	signal(SIGALRM, on_alarm);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	alarm(HEALTHCHECK_SECONDS);
}

bool healthcheck(const struct settings *settings, struct buf *error)
{
	const struct resource *resource = api->nresources > 0 ? api->resources[0] : NULL;
	int fd = *settings->uds ? connect_unix(settings->uds, error)
				: connect_tcp(settings->host, settings->port, error);
	bool healthy = fd >= 0 && ask(fd, resource, error);
	if (fd >= 0)
		close(fd);
	alarm(0);
	return healthy;
}
