#include "server_conn.h"

#include "log.h"
#include "net.h"
#include "server_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* Milliseconds. */
	HELLO_TIMEOUT = 5000, /* until a worker must have said its hello */
	ACCEPT_PAUSE = 1000,  /* without accepting, for lack of descriptors or memory */

	CONNECTIONS_MAX = 512 /* many more than there are workers */
};

/* SERVER_OUT_HIGH, one more reply, and the runner's replies; each has a bound of its own. */
#define OUT_LIMIT ((size_t)1024 * 1024 * 1024)

void server_conn_touch(struct conn *conn)
{
	struct server *s = conn->server;

	if (conn->is_touched)
		return;
	conn->is_touched = true;
	conn->next_touched = s->touched;
	s->touched = conn;
	loop_defer(s->loop, &s->turn);
}

static void put_into(struct conn **list, struct conn *conn)
{
	conn->next = *list;
	if (conn->next)
		conn->next->link_to = &conn->next;
	conn->link_to = list;
	*list = conn;
}

static void take_out(struct conn *conn)
{
	*conn->link_to = conn->next;
	if (conn->next)
		conn->next->link_to = conn->link_to;
}

/* The struct is freed when the turn ends. */
void server_conn_close(struct conn *conn)
{
	struct server *s = conn->server;

	if (conn->state == CONN_CLOSED)
		return;
	conn->state = CONN_CLOSED;
	if (s->streams)
		streams_drop(s->streams, conn);
	loop_timer_cancel(s->loop, &conn->hello);
	if (conn->link.fd >= 0)
		loop_remove(s->loop, &conn->watch);
	link_done(&conn->link);
	take_out(conn);
	put_into(&s->closed, conn);
	s->nconns--;
	acceptor_resume(&s->acceptor);
	loop_defer(s->loop, &s->turn);
}

void server_conns_free(struct server *s)
{
	for (struct conn *conn = s->closed, *next; conn; conn = next) {
		next = conn->next;
		if (conn->jobs > 0)
			continue;
		take_out(conn);
		free(conn);
	}
}

void server_conn_refuse(struct conn *conn, const char *why)
{
	log_warning("closing the connection of process %d: %s", (int)conn->pid, why);
	server_conn_close(conn);
}

/* The end of a worker is not logged here: the master does that. */
static void lose_conn(struct conn *conn, int error)
{
	if (error && error != ECONNRESET && error != EPIPE)
		server_conn_refuse(conn, strerror(error));
	else
		server_conn_close(conn);
}

static void on_hello_timeout(struct timer *timer)
{
	server_conn_refuse(CONTAINER_OF(timer, struct conn, hello), "it has not said hello");
}

/* Input and output. */

static void on_conn_event(struct watch *watch, uint32_t events)
{
	struct conn *conn = CONTAINER_OF(watch, struct conn, watch);

	if (!(conn->events & EPOLLIN) && events & (EPOLLHUP | EPOLLERR)) {
		server_conn_close(conn);
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && link_read(&conn->link) == LINK_CLOSED) {
		lose_conn(conn, errno);
		return;
	}
	server_conn_touch(conn);
}

enum link_status server_conn_send(struct conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return LINK_CLOSED;
	enum link_status status = link_flush(&conn->link);
	if (status == LINK_CLOSED)
		lose_conn(conn, errno);
	return status;
}

/* Sends what waits, and sets what the watch waits for. */
void server_conn_flush(struct conn *conn)
{
	struct server *s = conn->server;
	enum link_status status = server_conn_send(conn);

	if (status == LINK_CLOSED)
		return;
	size_t unsent = buf_len(&conn->link.out);
	uint32_t events =
		(server_state_duties(s->state).reads && unsent < SERVER_OUT_HIGH ? EPOLLIN : 0u) |
		(status == LINK_AGAIN ? EPOLLOUT : 0u);
	if (events != conn->events)
		loop_modify(s->loop, &conn->watch, events);
	conn->events = events;
	if (conn->state == CONN_STALLED && unsent < SERVER_OUT_HIGH)
		server_conn_touch(conn);
	if (s->streams)
		streams_go_on(s->streams, conn);
}

/* Accepting. */

static pid_t peer_pid(int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ? 0 : peer.pid;
}

struct conn *server_conn_add(struct server *s, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		log_die("out of memory for a connection");
	conn->server = s;
	conn->pid = peer_pid(fd);
	conn->hello.on_timer = on_hello_timeout;
	link_init(&conn->link, fd, OUT_LIMIT);
	conn->watch = (struct watch){ fd, on_conn_event };
	conn->events = EPOLLIN;
	if (loop_add(s->loop, &conn->watch, conn->events) < 0)
		log_die("cannot watch a connection: %s", strerror(errno));
	put_into(&s->conns, conn);
	s->nconns++;
	server_conn_touch(conn);
	return conn;
}

static bool has_room(struct acceptor *acceptor)
{
	struct server *s = CONTAINER_OF(acceptor, struct server, acceptor);

	if (s->nconns < CONNECTIONS_MAX)
		return true;
	log_error("cannot accept a worker: there are too many connections");
	return false;
}

static void on_accept(struct acceptor *acceptor, int fd, const struct sockaddr_storage *peer)
{
	(void)peer;
	if (net_check_peer(fd) == 0) {
		struct server *s = CONTAINER_OF(acceptor, struct server, acceptor);
		struct conn *conn = server_conn_add(s, fd);
		loop_timer_set(s->loop, &conn->hello, HELLO_TIMEOUT);
		return;
	}
	log_warning("refusing process %d: it runs as another user", (int)peer_pid(fd));
	close(fd);
}

void server_conns_init(struct server *s, int listener)
{
	s->acceptor = (struct acceptor){ .loop = s->loop,
		.what = "workers",
		.pause_ms = ACCEPT_PAUSE,
		.has_room = has_room,
		.on_accept = on_accept };
	if (!s->only_reads)
		acceptor_add(&s->acceptor, listener);
	acceptor_start(&s->acceptor);
}
