/*
 * constant [-c] PORT LENGTH
 *
 * A minimal server as a baseline for others: two processes, each with its own epoll and listener
 * (SO_REUSEPORT), answer each request with the same LENGTH bytes of JSON. Pipelined requests are
 * read and answered together. An empty line counts as the end of a request, so bodies must not have
 * any. With -c it closes a connection after one answer. Listens on 127.0.0.1 until it is killed.
 */
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 2048, TOGETHER_MAX = 64, REQUESTS_MAX = 16 * 1024 };

/* TOGETHER_MAX answers, each of length bytes. */
static struct {
	char *bytes;
	size_t length;
	bool closes;
} answer;

static void make_answer(size_t body)
{
	char head[256];
	int n = snprintf(head, sizeof(head),
		"HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\nserver: constant\r\n"
		"content-length: %zu\r\ncontent-type: application/json\r\n%s\r\n",
		body, answer.closes ? "connection: close\r\n" : "");

	answer.length = (size_t)n + body;
	answer.bytes = malloc(TOGETHER_MAX * answer.length);
	if (!answer.bytes)
		die("malloc");
	memset(answer.bytes, ' ', TOGETHER_MAX * answer.length);
	for (size_t i = 0; i < TOGETHER_MAX; i++)
		memcpy(answer.bytes + i * answer.length, head, (size_t)n);
}

static size_t count_requests(const char *bytes, size_t length)
{
	const char *end = bytes + length;
	size_t count = 0;

	for (const char *p = bytes; (p = memmem(p, (size_t)(end - p), "\r\n\r\n", 4)); p += 4)
		count++;
	return count < TOGETHER_MAX ? count : TOGETHER_MAX;
}

/* The socket is blocking, so that one call sends the whole answer. */
static void answer_requests(int fd)
{
	char requests[REQUESTS_MAX];
	ssize_t n = recv(fd, requests, sizeof(requests), 0);

	if (n <= 0) {
		close(fd);
		return;
	}
	size_t count = count_requests(requests, (size_t)n);
	if (count == 0)
		return;
	n = send(fd, answer.bytes, count * answer.length, MSG_NOSIGNAL);
	if (n < 0 || answer.closes)
		close(fd);
}

static void accept_client(int epoll_fd, int listener)
{
	struct epoll_event event = { .events = EPOLLIN };
	int one = 1;

	event.data.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (event.data.fd < 0)
		return;
	setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event.data.fd, &event) < 0)
		die("epoll_ctl");
}

static void serve(int listener)
{
	struct epoll_event events[EVENTS];
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) < 0)
		die("epoll");
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_client(epoll_fd, listener);
			else
				answer_requests(events[i].data.fd);
		}
	}
}

static int listen_on(in_port_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, BACKLOG) < 0)
		die("listen");
	return fd;
}

int main(int argc, char **argv)
{
	answer.closes = argc == 4 && strcmp(argv[1], "-c") == 0;
	if (argc != 3 + answer.closes) {
		fprintf(stderr, "constant [-c] PORT LENGTH\n");
		return 2;
	}
	raise_descriptors();
	make_answer(strtoul(argv[argc - 1], NULL, 10));
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		die("prctl");
	serve(listen_on((in_port_t)atoi(argv[argc - 2])));
	return 0;
}
