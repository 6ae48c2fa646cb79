#include "async_client.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_MAX = 16 * 1024 * 1024, READ_AT_ONCE = 64 * 1024, HEAD_MAX = 4 * 1024 };

void async_client_init(struct async_client *a)
{
	*a = (struct async_client){ .fd = -1 };
	buf_init(&a->in, INPUT_MAX);
}

void async_client_done(struct async_client *a)
{
	async_client_drop(a);
	buf_done(&a->in);
}

bool async_client_connect(struct async_client *a, int port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int on = 1;

	async_client_drop(a);
	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(a->fd, 0);
	if (connect(a->fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		ck_assert_msg(errno == ECONNREFUSED || errno == ECONNRESET, "connect: %s",
			strerror(errno));
		async_client_drop(a);
		return false;
	}
	setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return true;
}

void async_client_drop(struct async_client *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	a->asking = a->last = false;
}

void async_client_ask(
	struct async_client *a, const char *method, const char *target, const char *body)
{
	struct buf out;

	buf_init(&out, INPUT_MAX);
	buf_printf(&out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
	if (body)
		buf_printf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			strlen(body));
	buf_printf(&out, "\r\n%s", body ? body : "");
	buf_reset(&a->in, READ_AT_ONCE);
	a->asking = true;
	/* A request fits into the buffer of any socket. */
	ssize_t n = send(a->fd, buf_view(&out).ptr, buf_len(&out), MSG_NOSIGNAL | MSG_DONTWAIT);
	ck_assert_msg(n < 0 ? errno == EPIPE || errno == ECONNRESET : (size_t)n == buf_len(&out),
		"send: %zd of %zu", n, buf_len(&out));
	buf_done(&out);
}

/* The value of a field; the head ends with a NUL. */
static const char *find_field(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at ? at + strlen(name) : NULL;
}

#define LAST_CHUNK "\r\n0\r\n\r\n"

static bool has_last_chunk(struct str body)
{
	const size_t n = strlen(LAST_CHUNK);

	return body.len >= n && memcmp(body.ptr + body.len - n, LAST_CHUNK, n) == 0;
}

/* Decodes a complete chunked body in place (RFC 9112 7.1). Returns the length of the content. */
static size_t join_chunks(char *body, const char *end)
{
	char *to = body, *line;
	size_t n;

	for (char *from = body; (n = strtoul(from, &line, 16)) > 0; from = line + n + 4) {
		ck_assert_msg(n + 4 < (size_t)(end - line), "a chunk is cut");
		memmove(to, line + 2, n);
		to += n;
	}
	*to = '\0';
	return (size_t)(to - body);
}

/* Returns false if it is incomplete. */
static bool parse_body(struct async_client *a, const char *head, struct heard *heard)
{
	const char *length = find_field(head, "\r\ncontent-length: ");
	size_t before = strlen(head), there = buf_len(&a->in) - before;
	size_t n = length ? strtoul(length, NULL, 10) : 0;

	heard->body = (struct str){ buf_view(&a->in).ptr + before, n };
	if (find_field(head, "\r\ntransfer-encoding: chunked")) {
		char *body = a->in.data + a->in.start + before;
		if (!has_last_chunk((struct str){ body, there }))
			return false;
		heard->body.len = join_chunks(body, body + there);
		return true;
	}
	ck_assert_msg(length || heard->status == 204, "no length: %s", head);
	if (there < n)
		return false;
	ck_assert_msg(there == n, "more than one answer: %.*s", (int)there, heard->body.ptr);
	buf_char(&a->in, '\0');
	heard->body.ptr = buf_view(&a->in).ptr + before;
	return true;
}

/* Returns false if it is incomplete. */
static bool parse(struct async_client *a, struct heard *heard)
{
	char head[HEAD_MAX];
	struct str in = buf_view(&a->in);
	const char *end = memmem(in.ptr, in.len, "\r\n\r\n", 4);

	if (!end)
		return false;
	size_t n = (size_t)(end - in.ptr) + 4;
	ck_assert_uint_lt(n, sizeof(head));
	memcpy(head, in.ptr, n);
	head[n] = '\0';
	ck_assert_msg(sscanf(head, "HTTP/1.1 %3d ", &heard->status) == 1, "no answer: %s", head);
	if (!parse_body(a, head, heard))
		return false;
	a->last = find_field(head, "\r\nconnection: close") != NULL;
	return true;
}

enum async_client_status async_client_hear(struct async_client *a, struct heard *heard)
{
	char *room = buf_reserve(&a->in, READ_AT_ONCE);

	ck_assert_ptr_nonnull(room);
	ssize_t n = recv(a->fd, room, READ_AT_ONCE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return ASYNC_CLIENT_WAITING;
	if (n <= 0) {
		async_client_drop(a);
		return ASYNC_CLIENT_LOST;
	}
	buf_commit(&a->in, (size_t)n);
	ck_assert_msg(a->asking, "an answer without a request: %.*s", (int)n, room);
	if (!parse(a, heard))
		return ASYNC_CLIENT_WAITING;
	a->asking = false;
	if (a->last)
		async_client_drop(a);
	return ASYNC_CLIENT_ANSWERED;
}
