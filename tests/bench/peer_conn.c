#include "peer_conn.h"

#include "peer_api.h"

#include <http_parser.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_SIZE = 64 * 1024 };

struct conn {
	int fd, epoll_fd;
	http_parser parser;
	struct request request;
	struct text rest; /* input after the request that is handed over */
	bool broken;      /* to be closed */

	pthread_mutex_t lock; /* of the following */
	bool handed_over;
	bool muted; /* events came meanwhile: not watched until it is given back */

	struct conn *next;
};

/* Requests. */

static int on_message_begin(http_parser *parser)
{
	struct conn *conn = parser->data;

	conn->request.target.length = conn->request.body.length = 0;
	return 0;
}

static int on_url(http_parser *parser, const char *bytes, size_t length)
{
	struct conn *conn = parser->data;

	text_add(&conn->request.target, bytes, length);
	return 0;
}

static int on_body(http_parser *parser, const char *bytes, size_t length)
{
	struct conn *conn = parser->data;

	text_add(&conn->request.body, bytes, length);
	return 0;
}

static int on_message_complete(http_parser *parser)
{
	struct conn *conn = parser->data;

	text_add(&conn->request.target, "", 1);
	conn->request.patches = parser->method == HTTP_PATCH;
	conn->request.writes = parser->method != HTTP_GET;
	http_parser_pause(parser, 1);
	return 0;
}

static const http_parser_settings callbacks = {
	.on_message_begin = on_message_begin,
	.on_url = on_url,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

/* Answers. */

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = { { 200, "OK" }, { 201, "Created" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 409, "Conflict" },
		{ 422, "Unprocessable Entity" } };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].text;
	}
	return "";
}

/* The time of this second as a header has it, the same pointer each time. */
static const char *date(void)
{
	static _Thread_local char text[64];
	static _Thread_local time_t of;
	time_t now = time(NULL);
	struct tm parts;

	if (now != of) {
		of = now;
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
	}
	return text;
}

/* The head is written last, when the length is known, into the place that is left for it. */
static void answer(struct conn *conn, struct answerer *answerer)
{
	static _Thread_local struct text body;
	char head[256];

	body.length = 0;
	int status = api_answer(answerer->store, &conn->request, &body);
	int n = snprintf(head, sizeof(head),
		"HTTP/1.1 %d %s\r\ndate: %s\r\nserver: peer\r\ncontent-length: %zu\r\n"
		"content-type: application/json\r\n\r\n",
		status, reason(status), date(), body.length);

	text_add(&answerer->out, head, (size_t)n);
	text_add(&answerer->out, body.bytes, body.length);
	if (!http_should_keep_alive(&conn->parser))
		conn->broken = true;
}

/* The socket is blocking, so that one call sends the whole answer. */
static void flush(struct conn *conn, struct answerer *answerer)
{
	struct text *out = &answerer->out;

	if (out->length > 0 &&
		send(conn->fd, out->bytes, out->length, MSG_NOSIGNAL) != (ssize_t)out->length)
		conn->broken = true;
	out->length = 0;
}

static void hand_over(struct conn *conn, struct answerer *answerer, const char *rest, size_t length)
{
	flush(conn, answerer);
	conn->rest.length = 0;
	text_add(&conn->rest, rest, length);
	pthread_mutex_lock(&conn->lock);
	conn->handed_over = true;
	pthread_mutex_unlock(&conn->lock);
	answerer->hand_over(conn);
}

/* Reads requests and answers them. Returns false if the connection has been handed over. */
static bool take_input(
	struct conn *conn, struct answerer *answerer, const char *bytes, size_t length)
{
	while (length > 0 && !conn->broken) {
		size_t used = http_parser_execute(&conn->parser, &callbacks, bytes, length);
		bytes += used;
		length -= used;
		if (HTTP_PARSER_ERRNO(&conn->parser) != HPE_PAUSED) {
			conn->broken = length > 0 || conn->parser.upgrade;
			continue;
		}
		http_parser_pause(&conn->parser, 0);
		if (conn->request.writes && answerer->hand_over) {
			hand_over(conn, answerer, bytes, length);
			return false;
		}
		answer(conn, answerer);
	}
	flush(conn, answerer);
	return true;
}

/* The connection. */

static void watch(struct conn *conn, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = conn };

	if (epoll_ctl(conn->epoll_fd, operation, conn->fd, &event) < 0)
		perror("peer: epoll_ctl");
}

void conn_open(int fd, int epoll_fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		close(fd);
		return;
	}
	conn->fd = fd;
	conn->epoll_fd = epoll_fd;
	http_parser_init(&conn->parser, HTTP_REQUEST);
	conn->parser.data = conn;
	pthread_mutex_init(&conn->lock, NULL);
	watch(conn, EPOLL_CTL_ADD, EPOLLIN);
}

static void close_conn(struct conn *conn)
{
	close(conn->fd);
	text_free(&conn->request.target);
	text_free(&conn->request.body);
	text_free(&conn->rest);
	pthread_mutex_destroy(&conn->lock);
	free(conn);
}

static bool mute_if_handed_over(struct conn *conn)
{
	pthread_mutex_lock(&conn->lock);
	bool away = conn->handed_over;
	if (away && !conn->muted) {
		conn->muted = true;
		watch(conn, EPOLL_CTL_MOD, 0);
	}
	pthread_mutex_unlock(&conn->lock);
	return away;
}

void conn_on_event(struct conn *conn, struct answerer *answerer)
{
	static _Thread_local char input[INPUT_SIZE];

	if (mute_if_handed_over(conn))
		return;
	ssize_t n = conn->broken ? 0 : recv(conn->fd, input, sizeof(input), MSG_DONTWAIT);
	if (n < 0)
		return;
	if (n > 0 && !take_input(conn, answerer, input, (size_t)n))
		return;
	if (n == 0 || conn->broken)
		close_conn(conn);
}

/* A connection that is to be closed is shut down, so that its own thread gets an event and closes
 * it. */
void conn_write(struct conn *conn, struct answerer *writer)
{
	answer(conn, writer);
	take_input(conn, writer, conn->rest.bytes, conn->rest.length);
	if (conn->broken)
		shutdown(conn->fd, SHUT_RDWR);
	pthread_mutex_lock(&conn->lock);
	conn->handed_over = false;
	if (conn->muted)
		watch(conn, EPOLL_CTL_MOD, EPOLLIN);
	conn->muted = false;
	pthread_mutex_unlock(&conn->lock);
}

struct conn *conn_next(const struct conn *conn)
{
	return conn->next;
}

void conn_set_next(struct conn *conn, struct conn *next)
{
	conn->next = next;
}
