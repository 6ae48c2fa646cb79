/*
 * peer [-t THREADS] PORT DATABASE
 *
 * The users and posts that Postern serves, as a usual program serves them: threads that each read
 * with an own connection to SQLite, a thread that writes, one commit a write, answers made for each
 * request. It serves what the bench measures, on 127.0.0.1, from a database file that Postern has
 * made, until it is killed.
 */
#include "peer_conn.h"
#include "tool.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 2048, THREADS_MAX = 64, THREADS = 2 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct conn *first, *last;
} writes = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

static const char *database;

/* The thread that writes. */

static void enqueue(struct conn *conn)
{
	pthread_mutex_lock(&writes.lock);
	conn_set_next(conn, NULL);
	if (writes.first)
		conn_set_next(writes.last, conn);
	else
		writes.first = conn;
	writes.last = conn;
	pthread_cond_signal(&writes.filled);
	pthread_mutex_unlock(&writes.lock);
}

static struct conn *dequeue(void)
{
	pthread_mutex_lock(&writes.lock);
	while (!writes.first)
		pthread_cond_wait(&writes.filled, &writes.lock);
	struct conn *conn = writes.first;
	writes.first = conn_next(conn);
	pthread_mutex_unlock(&writes.lock);
	return conn;
}

static void *write_all(void *unused)
{
	struct answerer answerer = { .store = store_open(database) };

	(void)unused;
	for (;;)
		conn_write(dequeue(), &answerer);
	return NULL;
}

/* The threads that read. */

struct reader {
	int epoll_fd;
	struct answerer answerer;
};

static void *read_all(void *argument)
{
	struct reader *reader = argument;
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(reader->epoll_fd, events, EVENTS, -1);
		for (int i = 0; i < n; i++)
			conn_on_event(events[i].data.ptr, &reader->answerer);
	}
	return NULL;
}

static void start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, argument) != 0)
		die("pthread_create");
	pthread_detach(thread);
}

static void start_readers(struct reader *readers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		readers[i].answerer = (struct answerer){ store_open(database), { 0 }, enqueue };
		readers[i].epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		if (readers[i].epoll_fd < 0)
			die("epoll_create1");
		start(read_all, &readers[i]);
	}
}

/* The listener. */

static int listen_on(in_port_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, BACKLOG) < 0)
		die("listen");
	return fd;
}

/* Connections are dealt out in turn. They inherit TCP_NODELAY. */
static void accept_all(int listener, const struct reader *readers, size_t count)
{
	for (size_t i = 0;; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			conn_open(fd, readers[i % count].epoll_fd);
	}
}

static void usage(void)
{
	fprintf(stderr, "peer [-t THREADS] PORT DATABASE\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static struct reader readers[THREADS_MAX];
	size_t count = THREADS;
	int option;

	while ((option = getopt(argc, argv, "t:")) >= 0) {
		count = option == 't' ? strtoul(optarg, NULL, 10) : 0;
		if (count < 1 || count > THREADS_MAX)
			usage();
	}
	if (argc - optind != 2)
		usage();
	database = argv[optind + 1];
	raise_descriptors();
	store_configure();
	int listener = listen_on((in_port_t)atoi(argv[optind]));
	start(write_all, NULL);
	start_readers(readers, count);
	accept_all(listener, readers, count);
}
