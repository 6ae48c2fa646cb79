#include "peer.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, REQUEST_MOST = 64 * 1024 * 1024 /* bytes */ };

#define SCHEME "http://"

/* The URL. */

static bool refuse(struct buf *error, const char *url, const char *what)
{
	buf_printf(error, "%s: %s", url, what);
	return false;
}

/* Copies "host:port" or "[address]:port", without brackets. */
static bool read_authority(struct peer *peer, struct str authority)
{
	bool bracket = authority.len > 0 && authority.ptr[0] == '[';
	const char *end = bracket ? memchr(authority.ptr, ']', authority.len)
				  : memchr(authority.ptr, ':', authority.len);
	size_t host = end ? (size_t)(end - authority.ptr) : authority.len;
	struct str rest = str_from_index(authority, host + (bracket && end));

	if ((bracket && !end) || host == bracket || host >= sizeof(peer->host) || rest.len > 6 ||
		(rest.len > 0 && rest.ptr[0] != ':'))
		return false;
	snprintf(peer->host, sizeof(peer->host), "%.*s", (int)(host - bracket),
		authority.ptr + bracket);
	snprintf(peer->port, sizeof(peer->port), "%.*s", rest.len > 1 ? (int)rest.len - 1 : 2,
		rest.len > 1 ? rest.ptr + 1 : "80");
	return strspn(peer->port, "0123456789") == strlen(peer->port);
}

bool peer_init(struct peer *peer, const char *url, struct buf *error)
{
	*peer = (struct peer){ .fd = -1 };
	if (strncmp(url, "https:", strlen("https:")) == 0)
		return refuse(error, url,
			"https is not supported; name the address behind the proxy, http://…");
	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return refuse(error, url, "allowed is http://HOST[:PORT][/PREFIX]");
	struct str authority = { url + strlen(SCHEME), strcspn(url + strlen(SCHEME), "/") };
	peer->origin = (struct str){ url, strlen(SCHEME) + authority.len };
	peer->prefix = str_from(url + peer->origin.len);
	while (peer->prefix.len > 0 && peer->prefix.ptr[peer->prefix.len - 1] == '/')
		peer->prefix.len--;
	if (strcspn(url, "?#@ ") != strlen(url) || !read_authority(peer, authority))
		return refuse(error, url, "allowed is http://HOST[:PORT][/PREFIX]");
	return true;
}

/* The connection. */

static bool fail(struct buf *error, const struct peer *peer, const char *what)
{
	buf_printf(error, "%.*s: %s", STR_ARGS(peer->origin), what);
	return false;
}

/* Limits each send(2) and recv(2), and connect(2) (socket(7)). */
static int open_socket(int family)
{
	const struct timeval limit = { .tv_sec = PEER_TIMEOUT_S };
	const int on = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int connect_to(const struct addrinfo *address)
{
	int fd = open_socket(address->ai_family);

	if (fd < 0 || connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	int why = errno == EINPROGRESS ? ETIMEDOUT : errno;
	close(fd);
	errno = why;
	return -1;
}

static bool open_connection(struct peer *peer, struct buf *error)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses;
	int status = getaddrinfo(peer->host, peer->port, &hints, &addresses);

	if (status != 0)
		return fail(error, peer, gai_strerror(status));
	for (const struct addrinfo *a = addresses; a && peer->fd < 0; a = a->ai_next)
		peer->fd = connect_to(a);
	int why = errno;
	freeaddrinfo(addresses);
	return peer->fd >= 0 || fail(error, peer, strerror(why));
}

void peer_close(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

/* A kept connection on which something can be read before a request was closed by the server. */
static void drop_if_closed(struct peer *peer)
{
	struct pollfd ready = { .fd = peer->fd, .events = POLLIN };

	if (peer->fd >= 0 && poll(&ready, 1, 0) != 0)
		peer_close(peer);
}

/* A request. */

static void write_request(const struct peer *peer, const struct question *q, struct buf *out)
{
	struct str authority = str_from_index(peer->origin, strlen(SCHEME));

	buf_printf(out, "%s %.*s%.*s HTTP/1.1\r\nhost: %.*s\r\n", q->method, STR_ARGS(peer->prefix),
		STR_ARGS(q->target), STR_ARGS(authority));
	buf_str(out, STR("user-agent: posternctl/" POSTERN_VERSION "\r\naccept: */*\r\n"));
	if (q->content_type)
		buf_printf(out, "content-type: %s\r\n", q->content_type);
	if (q->body.ptr)
		buf_printf(out, "content-length: %zu\r\n", q->body.len);
	buf_str(out, STR("\r\n"));
	if (q->body.ptr)
		buf_str(out, q->body);
}

static bool send_all(const struct peer *peer, struct str bytes, struct buf *error)
{
	while (bytes.len > 0) {
		ssize_t n = send(peer->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(error, peer,
				errno == EAGAIN ? "timed out: it reads no more" : strerror(errno));
		bytes = str_from_index(bytes, (size_t)n);
	}
	return true;
}

static bool receive(struct peer *peer, struct answer_reader *reader, struct buf *error)
{
	static char chunk[CHUNK];

	while (!answer_reader_is_done(reader)) {
		ssize_t n = recv(peer->fd, chunk, sizeof(chunk), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(error, peer,
				errno == EAGAIN ? "timed out: no answer" : strerror(errno));
		const char *wrong = answer_reader_take(reader, (struct str){ chunk, (size_t)n });
		if (wrong)
			return fail(error, peer, wrong);
	}
	return true;
}

bool peer_ask(struct peer *peer, const struct question *question, struct arena *arena,
	struct peer_answer *answer, struct buf *error)
{
	struct answer_reader reader;
	struct buf request;

	drop_if_closed(peer);
	if (peer->fd < 0 && !open_connection(peer, error))
		return false;
	buf_init(&request, REQUEST_MOST);
	write_request(peer, question, &request);
	answer_reader_init(&reader, strcmp(question->method, "HEAD") == 0);
	bool done = (!request.failed || fail(error, peer, "the request is too long")) &&
		    send_all(peer, buf_view(&request), error) && receive(peer, &reader, error);
	if (done)
		answer_reader_finish(&reader, arena, answer);
	if (!done || !answer_reader_keeps_alive(&reader))
		peer_close(peer);
	answer_reader_done(&reader);
	buf_done(&request);
	return done;
}
