/*
 * load [-c CONNECTIONS] [-d SECONDS | -n COUNT] [-r RATE] [-k KEYS [-s SEED]] [-m METHOD] [-b BODY]
 * HOST:PORT PATH
 *
 * Sends the same request on many connections for some time, or COUNT times. Prints the number of
 * answers and their times for each status, and the longest pause: the time without any answer. With
 * a rate, requests are due at even intervals, and their times are counted from then; without, each
 * connection sends the next request after its answer, and its first one is not counted. Each # in
 * path or body is replaced by the number of the request; with -k the numbers are 1 to KEYS, with a
 * seed in random order.
 */
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	REQUEST_MAX = 64 * 1024,
	HEAD_MAX = 16 * 1024,
	EVENTS = 256,
	STATUS_END = 600,
	CHUNKS_END_LENGTH = 5,
	COUNTED_SECONDS = 3600, /* no limit */
	NANO = 1000 * 1000 * 1000
};

/* An odd number, which makes of small seeds numbers with many bits. */
static const uint64_t SPREAD = 0x9e3779b97f4a7c15;

struct client {
	int fd;
	bool busy;
	uint64_t due;   /* time at which the pending request was due */
	size_t got;     /* bytes in head */
	size_t missing; /* missing bytes of the body; in chunks: 1 until the last one */
	bool chunked;
	char tail[CHUNKS_END_LENGTH]; /* the last bytes of the chunks */
	int status;
	char head[HEAD_MAX];
	struct client *next_idle;
};

struct times {
	uint64_t *nanos;
	size_t count, size;
};

static struct {
	struct sockaddr_in server;
	const char *method, *path, *body;
	unsigned connections;
	double seconds, rate;
	uint64_t requests, keys, asked_in_vain;
	uint64_t random;         /* 0: numbers in order */
	uint64_t count, answers; /* count 0: no limit */
	uint64_t last_answer;    /* its time, or that of the beginning */
	uint64_t longest_pause;  /* between two answers, or before the first or after the last */
	struct client *idle;
	struct times times[STATUS_END];
	int epoll_fd;
} run = { .method = "GET", .body = "", .connections = 64, .seconds = 5 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NANO + (uint64_t)t.tv_nsec;
}

/* Requests. */

/* Copies template to out, with each # replaced by the number. Returns the length. */
static size_t fill(char *out, size_t size, const char *template, uint64_t number)
{
	size_t n = 0;

	for (const char *p = template; *p && n + 32 < size; p++) {
		if (*p == '#')
			n += (size_t)sprintf(out + n, "%llu", (unsigned long long)number);
		else
			out[n++] = *p;
	}
	out[n] = '\0';
	return n;
}

/* xorshift64 */
static uint64_t next_random(void)
{
	run.random ^= run.random << 13;
	run.random ^= run.random >> 7;
	run.random ^= run.random << 17;
	return run.random;
}

static uint64_t choose_number(void)
{
	if (run.keys == 0)
		return run.requests;
	return (run.random ? next_random() : run.requests) % run.keys + 1;
}

static void ask(struct client *c, uint64_t due)
{
	static char request[REQUEST_MAX], path[REQUEST_MAX / 4], body[REQUEST_MAX / 2];
	uint64_t number = choose_number();
	size_t length = fill(body, sizeof(body), run.body, number);

	fill(path, sizeof(path), run.path, number);
	run.requests++;
	int n = snprintf(request, sizeof(request),
		"%s %s HTTP/1.1\r\nHost: localhost\r\n%s"
		"Content-Length: %zu\r\n\r\n%s",
		run.method, path, length ? "Content-Type: application/json\r\n" : "", length, body);
	c->busy = true;
	c->due = due;
	c->got = c->missing = 0;
	c->status = 0;
	if (send(c->fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
}

static void take_pause(uint64_t until)
{
	uint64_t pause = until - run.last_answer;

	run.last_answer = until;
	if (pause > run.longest_pause)
		run.longest_pause = pause;
}

static void take_time(const struct client *c, uint64_t answered)
{
	struct times *t = &run.times[c->status];

	if (t->count == t->size) {
		t->size = t->size ? 2 * t->size : 4096;
		t->nanos = realloc(t->nanos, t->size * sizeof(*t->nanos));
		if (!t->nanos)
			die("realloc");
	}
	t->nanos[t->count++] = answered - c->due;
}

/* Answers. */

static void open_client(struct client *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	c->busy = false;
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&run.server, sizeof(run.server)) < 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(run.epoll_fd, EPOLL_CTL_ADD, c->fd, &event) < 0)
		die("epoll_ctl");
	c->next_idle = run.idle;
	run.idle = c;
}

/* The last chunk is looked for at the end of what has come: the server sends nothing after it
 * before the next request. */
static void take_chunks(struct client *c, const char *bytes, size_t length)
{
	size_t size = sizeof(c->tail), kept = length < size ? size - length : 0;

	memmove(c->tail, c->tail + size - kept, kept);
	memcpy(c->tail + kept, bytes + length - (size - kept), size - kept);
	c->missing = memcmp(c->tail, "0\r\n\r\n", size) != 0;
}

/* Takes the body's length, and its part that has come with the head. */
static void begin_body(struct client *c, const char *end)
{
	size_t come = c->got - (size_t)(end - c->head);
	const char *field = strcasestr(c->head, "\r\ncontent-length:");

	c->missing = field && field < end ? strtoul(field + 17, NULL, 10) - come : 0;
	field = strcasestr(c->head, "\r\ntransfer-encoding: chunked");
	c->chunked = field && field < end;
	if (c->chunked) {
		memset(c->tail, 0, sizeof(c->tail));
		take_chunks(c, end, come);
	}
}

/* Returns true if the head is complete, and then sets status and missing. */
static bool read_head(struct client *c)
{
	ssize_t n = recv(c->fd, c->head + c->got, sizeof(c->head) - 1 - c->got, 0);

	if (n < 0)
		die("recv");
	if (n == 0) {
		fprintf(stderr, "load: the connection ended within an answer\n");
		exit(1);
	}
	c->got += (size_t)n;
	c->head[c->got] = '\0';
	char *end = strstr(c->head, "\r\n\r\n");
	if (!end)
		return false;
	c->status = atoi(c->head + strlen("HTTP/1.1 "));
	begin_body(c, end + 4);
	return true;
}

static void read_body(struct client *c)
{
	static char dropped[256 * 1024];
	size_t want = !c->chunked && c->missing < sizeof(dropped) ? c->missing : sizeof(dropped);
	ssize_t n = recv(c->fd, dropped, want, 0);

	if (n <= 0)
		die("recv");
	if (c->chunked)
		take_chunks(c, dropped, (size_t)n);
	else
		c->missing -= (size_t)n;
}

static void on_readable(struct client *c)
{
	if (!c->busy) { /* the server ended an idle connection */
		for (struct client **p = &run.idle; *p; p = &(*p)->next_idle) {
			if (*p != c)
				continue;
			*p = c->next_idle;
			break;
		}
		close(c->fd);
		open_client(c);
		return;
	}
	if (c->status)
		read_body(c);
	else if (!read_head(c))
		return;
	if (c->missing > 0)
		return;
	uint64_t answered = now();
	take_time(c, answered);
	take_pause(answered);
	run.answers++;
	c->busy = false;
	c->next_idle = run.idle;
	run.idle = c;
}

/* The run. */

static struct client *take_idle(void)
{
	struct client *c = run.idle;

	if (c)
		run.idle = c->next_idle;
	return c;
}

/* Waits at most until that time. It sleeps instead of spinning, to leave the processor to the
 * server. */
static int await_events(struct epoll_event *events, uint64_t until)
{
	uint64_t t = now(), left = until > t ? until - t : 0;
	struct timespec wait = { (time_t)(left / NANO), (long)(left % NANO) };

	return epoll_pwait2(run.epoll_fd, events, EVENTS, &wait, NULL);
}

static bool all_sent(void)
{
	return run.count > 0 && run.requests == run.count;
}

static void drop_times(void)
{
	for (int status = 0; status < STATUS_END; status++)
		run.times[status].count = 0;
}

/* Each connection gets one answer, which is not counted. */
static void warm_up(void)
{
	struct epoll_event events[EVENTS];

	while (run.idle)
		ask(take_idle(), now());
	while (run.answers < run.connections) {
		int n = epoll_wait(run.epoll_fd, events, EVENTS, -1);
		for (int i = 0; i < n; i++)
			on_readable(events[i].data.ptr);
	}
	drop_times();
}

/* At least one answer is awaited. */
static bool goes_on(bool is_time)
{
	if (run.count > 0)
		return run.answers < run.count;
	return is_time || (run.rate <= 0 && run.answers == run.connections);
}

static void drive(void)
{
	struct epoll_event events[EVENTS];
	uint64_t begun = now(), end = begun + (uint64_t)(run.seconds * NANO);
	uint64_t interval = run.rate > 0 ? (uint64_t)(NANO / run.rate) : 0;
	uint64_t due = begun;

	run.last_answer = begun;
	run.longest_pause = 0;
	for (uint64_t t = begun; goes_on(t < end); t = now()) {
		while (run.idle && (interval == 0 || due <= t) && !all_sent()) {
			ask(take_idle(), interval ? due : t);
			due += interval;
		}
		int n = await_events(events, run.idle && due < end && !all_sent() ? due : end);
		for (int i = 0; i < n; i++)
			on_readable(events[i].data.ptr);
	}
	take_pause(now());
	if (!interval)
		run.seconds = (double)(now() - begun) / NANO;
	if (interval && due < end)
		run.asked_in_vain = (end - due) / interval;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double micros(const struct times *t, size_t place)
{
	return (double)t->nanos[place] / 1000;
}

static void report(void)
{
	for (int status = 0; status < STATUS_END; status++) {
		struct times *t = &run.times[status];
		if (t->count == 0)
			continue;
		qsort(t->nanos, t->count, sizeof(*t->nanos), by_value);
		printf("%d: %9.0f/s   p50 %9.1f   p99 %9.1f   p99.9 %9.1f   max %9.1f µs\n", status,
			(double)t->count / run.seconds, micros(t, t->count / 2),
			micros(t, t->count * 99 / 100), micros(t, t->count * 999 / 1000),
			micros(t, t->count - 1));
	}
	printf("%llu answers in all\n"
	       "longest pause %.1f µs\n",
		(unsigned long long)run.answers, (double)run.longest_pause / 1000);
	if (run.asked_in_vain > 0)
		printf("%llu requests were due and not sent, as all connections waited\n",
			(unsigned long long)run.asked_in_vain);
}

static void usage(void)
{
	fprintf(stderr, "load [-c CONNECTIONS] [-d SECONDS | -n COUNT] [-r RATE] [-k KEYS [-s "
			"SEED]] [-m METHOD] "
			"[-b BODY] HOST:PORT PATH\n");
	exit(2);
}

static void read_arguments(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:d:n:r:k:s:m:b:")) >= 0) {
		switch (option) {
		case 'c':
			run.connections = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'd':
			run.seconds = strtod(optarg, NULL);
			break;
		case 'n':
			run.count = strtoul(optarg, NULL, 10);
			run.seconds = COUNTED_SECONDS;
			break;
		case 'r':
			run.rate = strtod(optarg, NULL);
			break;
		case 'k':
			run.keys = strtoul(optarg, NULL, 10);
			break;
		case 's':
			run.random = strtoull(optarg, NULL, 10) * SPREAD;
			break;
		case 'm':
			run.method = optarg;
			break;
		case 'b':
			run.body = optarg;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	char *port = strchr(argv[optind], ':');
	if (!port)
		usage();
	*port++ = '\0';
	run.server.sin_family = AF_INET;
	run.server.sin_port = htons((uint16_t)atoi(port));
	if (inet_pton(AF_INET, argv[optind], &run.server.sin_addr) != 1)
		usage();
	run.path = argv[optind + 1];
}

int main(int argc, char **argv)
{
	read_arguments(argc, argv);
	raise_descriptors();
	run.epoll_fd = epoll_create1(0);
	struct client *clients = calloc(run.connections, sizeof(*clients));
	if (run.epoll_fd < 0 || !clients)
		die("start");
	for (unsigned i = 0; i < run.connections; i++)
		open_client(&clients[i]);
	if (run.rate <= 0 && run.count == 0)
		warm_up();
	drive();
	report();
	return 0;
}
