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

/* The first operation that reads a row; NULL if the API has none. */
static const struct operation *find_read(void)
{
	for (unsigned i = 0; i < api->nresources; i++)
		if (api->resources[i]->by_action[ACTION_READ])
			return api->resources[i]->by_action[ACTION_READ];
	return NULL;
}

/* Appends the text with the key in every place of a parameter: what is between open and close. */
static void put_key(
	struct buf *out, const char *text, const char *open, char close, const char *key)
{
	for (const char *at; (at = strstr(text, open)); text = strchr(at, close) + 1) {
		buf_append(out, text, (size_t)(at - text));
		buf_str(out, str_from(key));
	}
	buf_str(out, str_from(text));
}

/* read is NULL if the API has no such operation. */
static bool send_request(int fd, const struct operation *read)
{
	char key[KEY_TEXT_SIZE];
	struct buf request;

	buf_init(&request, ANSWER_MAX);
	buf_str(&request, STR("GET "));
	if (read)
		put_key(&request, read->path, "{", '}', rare_key(read->resource, key));
	else
		buf_str(&request, STR("/-/-"));
	buf_str(&request, STR(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
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

/* The end of the answer for a row that is not there, or for a path that is not. */
static void put_expected(struct buf *out, const struct operation *read)
{
	char key[KEY_TEXT_SIZE];

	buf_str(out, STR("\r\n\r\n{\"detail\":\""));
	if (!read)
		buf_str(out, STR("Not Found"));
	else if (read->resource->not_found.text)
		put_key(out, read->resource->not_found.text, "{id}", '}',
			rare_key(read->resource, key));
	else
		buf_printf(out, "%s not found", read->resource->schema);
	buf_str(out, STR("\"}"));
}

static bool has_status(struct str answer, int status)
{
	char line[32];

	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	return str_starts(answer, str_from(line));
}

/* True if the answer is the one that Postern gives for a row that is not there; the body shows that
 * Postern has sent it. Of a resource all of whose keys a row may have, also the row.
 * Otherwise *error quotes the status line. */
static bool is_healthy(struct str answer, const struct operation *read, struct buf *error)
{
	struct buf expected;
	size_t line = 0;

	buf_init(&expected, ANSWER_MAX);
	put_expected(&expected, read);
	struct str end = buf_view(&expected);
	bool absent = has_status(answer, read ? read->resource->not_found.status : 404) &&
		      answer.len >= end.len &&
		      str_equal(str_from_index(answer, answer.len - end.len), end);
	buf_done(&expected);
	if (absent || (read && is_narrow(&read->resource->key_parameter) &&
			      has_status(answer, read->status)))
		return true;
	while (line < answer.len && line < 80 && (unsigned char)answer.ptr[line] >= ' ')
		line++;
	buf_printf(error, "the answer is \"%.*s\"", (int)line, answer.ptr);
	return false;
}

static bool ask(int fd, const struct operation *read, struct buf *error)
{
	struct buf answer;
	bool healthy = false;

	buf_init(&answer, ANSWER_MAX);
	if (send_request(fd, read) && receive_all(fd, &answer))
		healthy = is_healthy(buf_view(&answer), read, error);
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
	int fd = *settings->uds ? connect_unix(settings->uds, error)
				: connect_tcp(settings->host, settings->port, error);
	bool healthy = fd >= 0 && ask(fd, find_read(), error);
	if (fd >= 0)
		close(fd);
	alarm(0);
	return healthy;
}
