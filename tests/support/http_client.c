#include "http_client.h"

#include "loop.h"
#include "timeouts.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_MAX = 256 * 1024 * 1024 };

void http_client_open(struct http_client *c, int port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int on = 1;

	*c = (struct http_client){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		.port = port };
	buf_init(&c->in, INPUT_MAX);
	ck_assert_int_ge(c->fd, 0);
	ck_assert_msg(connect(c->fd, (const struct sockaddr *)&address, sizeof(address)) == 0,
		"connect to port %d: %s", port, strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void http_client_close(struct http_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	buf_done(&c->in);
	arena_done(&c->arena);
}

/* Sending. */

bool http_client_send(struct http_client *c, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = str_from_index(bytes, (size_t)n);
	}
	return true;
}

void http_client_request(
	struct http_client *c, const char *method, const char *target, const char *body)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	buf_printf(&out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", method, target, c->port);
	if (body)
		buf_printf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			strlen(body));
	buf_str(&out, STR("\r\n"));
	if (body)
		buf_str(&out, str_from(body));
	/* Errors are ignored: the answer shows whether the request arrived. */
	(void)http_client_send(c, buf_view(&out));
	buf_done(&out);
}

void http_client_finish(struct http_client *c)
{
	shutdown(c->fd, SHUT_WR);
}

/* Receiving. */

/* Waits for more bytes. Returns false if the connection has ended. */
static bool fill(struct http_client *c)
{
	struct pollfd readable = { .fd = c->fd, .events = POLLIN };
	char *room = buf_reserve(&c->in, 64 * 1024);

	ck_assert_ptr_nonnull(room);
	const int timeout_ms = patience(HTTP_CLIENT_TIMEOUT_MS);
	ck_assert_msg(poll(&readable, 1, timeout_ms) == 1,
		"no answer within %d ms; %zu bytes of it came: %.*s", timeout_ms, buf_len(&c->in),
		(int)buf_len(&c->in), buf_view(&c->in).ptr);
	ssize_t n = recv(c->fd, room, 64 * 1024, 0);
	if (n > 0)
		buf_commit(&c->in, (size_t)n);
	return n > 0;
}

static void need(struct http_client *c)
{
	ck_assert_msg(fill(c), "the connection ended inside an answer, after: %.*s",
		(int)buf_len(&c->in), buf_view(&c->in).ptr);
}

/* Removes n bytes from the input. */
static struct str take(struct http_client *c, size_t n)
{
	while (buf_len(&c->in) < n)
		need(c);
	struct str copy = arena_copy(&c->arena, (struct str){ buf_view(&c->in).ptr, n });
	buf_consume(&c->in, n);
	return copy;
}

struct str http_client_take_until(struct http_client *c, struct str mark)
{
	const char *at;

	while (!(at = memmem(buf_view(&c->in).ptr, buf_len(&c->in), mark.ptr, mark.len)))
		need(c);
	return take(c, (size_t)(at - buf_view(&c->in).ptr) + mark.len);
}

static size_t parse_number(struct str digits, int base)
{
	char *end;

	ck_assert_msg(digits.len > 0, "an empty length");
	size_t n = strtoul(digits.ptr, &end, base);
	ck_assert_msg(
		end > digits.ptr && strchr("\r;", *end), "a length of %.*s", STR_ARGS(digits));
	return n;
}

static struct str take_chunks(struct http_client *c)
{
	struct buf body;
	size_t n;

	buf_init(&body, INPUT_MAX);
	while ((n = parse_number(http_client_take_until(c, STR("\r\n")), 16)) > 0) {
		buf_str(&body, take(c, n));
		ck_assert(str_equal(take(c, 2), STR("\r\n")));
	}
	ck_assert(str_equal(http_client_take_until(c, STR("\r\n")), STR("\r\n")));
	struct str copy = arena_copy(&c->arena, buf_view(&body));
	buf_done(&body);
	return copy;
}

struct str answer_field(const struct answer *a, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = a->head.ptr, *end; (end = strstr(line, "\r\n")); line = end + 2) {
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, " ");
		return (struct str){ line, (size_t)(end - line) };
	}
	return (struct str){ NULL, 0 };
}

static struct str take_body(struct http_client *c, const struct answer *a)
{
	struct str length = answer_field(a, "content-length");
	struct str coding = answer_field(a, "transfer-encoding");

	if (a->status == 204 || a->status == 304) {
		ck_assert_msg(!length.ptr && !coding.ptr, "a %d with a length", a->status);
		return STR("");
	}
	if (coding.ptr && str_equal(coding, STR("chunked"))) {
		ck_assert_ptr_null(length.ptr);
		return take_chunks(c);
	}
	ck_assert_msg(length.ptr != NULL, "no length: %s", a->head.ptr);
	return take(c, parse_number(length, 10));
}

static struct answer receive(struct http_client *c, bool head_only)
{
	struct answer a = { 0 };

	if (buf_len(&c->in) == 0 && !fill(c))
		return a;
	do {
		a.head = http_client_take_until(c, STR("\r\n\r\n"));
		ck_assert_msg(
			sscanf(a.head.ptr, "HTTP/1.1 %3d ", &a.status) == 1 && a.status >= 100,
			"not a status line: %s", a.head.ptr);
	} while (a.status < 200);
	if (!head_only)
		a.body = take_body(c, &a);
	return a;
}

void http_client_await(struct http_client *c, size_t n)
{
	while (buf_len(&c->in) < n)
		need(c);
}

struct answer http_client_receive(struct http_client *c)
{
	return receive(c, false);
}

struct answer http_client_receive_head(struct http_client *c)
{
	return receive(c, true);
}

struct answer http_client_ask(
	struct http_client *c, const char *method, const char *target, const char *body)
{
	http_client_request(c, method, target, body);
	return receive(c, strcmp(method, "HEAD") == 0);
}

int http_client_ask_once(
	int port, const char *method, const char *target, const char *body, char *text, size_t size)
{
	struct http_client c;

	http_client_open(&c, port);
	struct answer a = http_client_ask(&c, method, target, body);
	if (text)
		snprintf(text, size, "%.*s", STR_ARGS(a.body) ? a.body.ptr : "");
	http_client_close(&c);
	return a.status;
}

void http_client_expect_once(int port, const char *method, const char *target, const char *body,
	int status, const char *want, char *text, size_t size)
{
	int got = http_client_ask_once(port, method, target, body, text, size);

	ck_assert_msg(got == status, "%s %s: %d %s", method, target, got, text);
	if (want)
		ck_assert_str_eq(text, want);
}

/* Assertions. */

void http_client_expect_end(struct http_client *c)
{
	ck_assert_msg(buf_len(&c->in) == 0 && !fill(c), "bytes where the end was due: %.*s",
		(int)buf_len(&c->in), buf_view(&c->in).ptr);
}

void http_client_expect(const struct answer *a, const char *asked, int status, const char *body)
{
	bool same = !body || str_equal(a->body, str_from(body));

	ck_assert_msg(a->status == status && same, "%s: got %d %.*s, due %d %s", asked, a->status,
		(int)(a->body.len < 2000 ? a->body.len : 2000), a->body.ptr ? a->body.ptr : "",
		status, body ? body : "");
}
