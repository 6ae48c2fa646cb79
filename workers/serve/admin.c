#include "admin.h"

#include "acceptor.h"
#include "log.h"
#include "metrics.h"
#include "stats_sum.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	TIME_MS = 5 * 1000,    /* of a whole connection */
	ANSWER_MS = 1000,      /* for dbd to answer /readyz */
	ACCEPT_PAUSE_MS = 100, /* when descriptors or memory run out */
	READ_AT_LEAST = 1024,
	OUT_MAX = 16 * 1024 * 1024
};

#define PLAIN      STR("text/plain; charset=utf-8")
#define EXPOSITION STR("text/plain; version=0.0.4; charset=utf-8")

static const char NO_ANSWER[] = "dbd does not answer\n";

static const struct http_limits limits = {
	.line = 1024, .header_bytes = 8192, .headers = 50, .body = 0
};

struct admin_conn {
	struct admin *admin;
	struct watch watch;
	struct timer end;
	struct http_reader reader;
	struct buf out;
	bool head_only;
	bool answered; /* further input is dropped */

	/* While dbd is being asked, for /readyz. */
	struct command command;
	struct dbd_call call;
	struct timer late;
};

struct admin {
	struct loop *loop;
	const struct conns *conns;
	struct acceptor acceptor;
	struct http_readers readers;
	unsigned count;
	struct admin_conn *conns_of[ADMIN_CONNECTIONS];
	void (*on_done)(void *context); /* NULL: not draining */
	void *context;
};

/* Connections. */

bool admin_is_busy(const struct admin *a)
{
	bool busy = false;

	for (unsigned i = 0; a && i < ADMIN_CONNECTIONS; i++) {
		const struct admin_conn *c = a->conns_of[i];
		busy |= c && (!c->answered || buf_len(&c->out) > 0);
	}
	return busy;
}

static void report_if_done(struct admin *a)
{
	if (a->on_done && !admin_is_busy(a))
		a->on_done(a->context);
}

static void close_conn(struct admin_conn *c)
{
	struct admin *a = c->admin;

	dbd_client_cancel(a->conns->service->dbd, &c->call);
	loop_timer_cancel(a->loop, &c->end);
	loop_timer_cancel(a->loop, &c->late);
	loop_close(a->loop, &c->watch);
	http_reader_done(&c->reader);
	buf_done(&c->out);
	for (unsigned i = 0; i < ADMIN_CONNECTIONS; i++)
		if (a->conns_of[i] == c)
			a->conns_of[i] = NULL;
	free(c);
	a->count--;
	acceptor_resume(&a->acceptor);
	report_if_done(a);
}

/* When everything is sent, the client has the rest of its time to close the connection: closing a
 * socket with unread input would reset it before the client has read the answer (RFC 9112 9.6). */
static void flush(struct admin_conn *c)
{
	while (buf_len(&c->out) > 0) {
		struct str out = buf_view(&c->out);
		ssize_t n = send(c->watch.fd, out.ptr, out.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_modify(c->admin->loop, &c->watch, EPOLLOUT);
			return;
		}
		if (n < 0) {
			close_conn(c);
			return;
		}
		buf_consume(&c->out, (size_t)n);
	}
	shutdown(c->watch.fd, SHUT_WR);
	loop_modify(c->admin->loop, &c->watch, EPOLLIN);
	report_if_done(c->admin);
}

/* The connection may be gone afterwards. */
static void answer(
	struct admin_conn *c, int status, struct str type, struct str fields, struct str text)
{
	const struct response r = {
		.status = status,
		.type = type,
		.fields = fields,
		.body = text,
		.head_only = c->head_only,
		.close = true,
	};

	c->answered = true;
	struct str rest = response_write(&c->out, &r);
	if (c->out.failed || rest.len > 0)
		close_conn(c);
	else
		flush(c);
}

static void answer_text(struct admin_conn *c, int status, const char *text)
{
	answer(c, status, PLAIN, STR(""), str_from(text));
}

/* Pages. */

static void answer_health(struct admin_conn *c)
{
	answer_text(c, 200, "ok\n");
}

static void answer_metrics(struct admin_conn *c)
{
	struct stats_sums *sums = stats_sum();
	struct buf text;

	if (!sums) {
		answer_text(c, 503,
			errno == ENOTSUP
				? "the master runs another version, until it is restarted\n"
				: "the numbers change too fast\n");
		return;
	}
	buf_init(&text, OUT_MAX);
	metrics_write(&text, sums, &c->admin->conns->service->routes);
	free(sums);
	if (text.failed)
		answer_text(c, 500, "out of memory\n");
	else
		answer(c, 200, EXPOSITION, STR(""), buf_view(&text));
	buf_done(&text);
}

static bool is_storage_failing(void)
{
	struct stats_sums *sums = stats_sum();
	bool failing = sums && sums->cells[stat_infos[STAT_STORAGE_FAILING].first] > 0;

	free(sums);
	return failing;
}

static bool on_reply(struct dbd_call *call, struct reply *reply)
{
	struct admin_conn *c = CONTAINER_OF(call, struct admin_conn, call);
	bool fault = reply->status == STATUS_FAULT && reply->fault != FAULT_NOT_FOUND;

	dbd_client_cancel(c->admin->conns->service->dbd, call);
	loop_timer_cancel(c->admin->loop, &c->late);
	if (fault)
		answer_text(c, 503,
			reply->fault == FAULT_STORAGE ? "the database cannot be read\n"
						      : NO_ANSWER);
	else
		answer_health(c);
	return true;
}

static void on_restart(struct dbd_call *call)
{
	(void)call; /* dbd_client asks the next dbd, within the same time. */
}

static void on_late(struct timer *timer)
{
	struct admin_conn *c = CONTAINER_OF(timer, struct admin_conn, late);

	dbd_client_cancel(c->admin->conns->service->dbd, &c->call);
	answer_text(c, 503, NO_ANSWER);
}

/* Reads a row that most likely does not exist: dbd finds that in an index, at once. An API without
 * resources has nothing to ask for. */
static void ask_dbd(struct admin_conn *c)
{
	c->command = (struct command){ .action = ACTION_READ, .resource = api->resources[0] };
	c->call = (struct dbd_call){
		.command = &c->command, .on_reply = on_reply, .on_restart = on_restart
	};
	c->late.on_timer = on_late;
	loop_timer_set(c->admin->loop, &c->late, ANSWER_MS);
	loop_modify(c->admin->loop, &c->watch, 0);
	dbd_client_call(c->admin->conns->service->dbd, &c->call);
}

static void answer_ready(struct admin_conn *c)
{
	if (c->admin->conns->draining)
		answer_text(c, 503, "this worker is stopping\n");
	else if (is_storage_failing())
		answer_text(c, 503, "the storage is failing\n");
	else if (api->nresources > 0)
		ask_dbd(c);
	else if (dbd_client_is_up(c->admin->conns->service->dbd))
		answer_health(c);
	else
		answer_text(c, 503, NO_ANSWER);
}

static const struct {
	struct str path;
	void (*answer)(struct admin_conn *c);
} pages[] = {
	{ STR_INIT("/healthz"), answer_health },
	{ STR_INIT("/readyz"), answer_ready },
	{ STR_INIT("/metrics"), answer_metrics },
};

static void on_request(struct admin_conn *c, const struct http_request *request)
{
	const char *query = memchr(request->target.ptr, '?', request->target.len);
	struct str path = request->target;

	if (query)
		path.len = (size_t)(query - path.ptr);
	c->head_only = request->method == METHOD_HEAD;
	for (size_t i = 0; i < NITEMS(pages); i++) {
		if (!str_equal(path, pages[i].path))
			continue;
		if (request->method == METHOD_GET || request->method == METHOD_HEAD)
			pages[i].answer(c);
		else
			answer(c, 405, PLAIN, STR("allow: GET, HEAD\r\n"),
				STR("Method Not Allowed\n"));
		return;
	}
	answer_text(c, 404, "Not Found\n");
}

static void step(struct admin_conn *c)
{
	struct http_request request;

	for (;;) {
		switch (http_reader_step(&c->reader, &request)) {
		case HTTP_HEAD_READY:
			continue;
		case HTTP_NEED_MORE:
			return;
		case HTTP_BAD:
			if (http_reader_hint(&c->reader))
				log_debug("%s", http_reader_hint(&c->reader));
			answer_text(c, c->reader.status, "Bad Request\n");
			return;
		case HTTP_DONE:
			on_request(c, &request);
			return;
		}
	}
}

static void drop_input(struct admin_conn *c)
{
	char dropped[4096];
	ssize_t n = recv(c->watch.fd, dropped, sizeof(dropped), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_conn(c);
}

static void read_some(struct admin_conn *c)
{
	size_t room;
	char *space = http_reader_space(&c->reader, READ_AT_LEAST, &room);
	ssize_t n = space ? recv(c->watch.fd, space, room, 0) : 0;

	if (n > 0) {
		http_reader_added(&c->reader, (size_t)n);
		step(c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close_conn(c);
	}
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct admin_conn *c = CONTAINER_OF(watch, struct admin_conn, watch);

	if (events & (EPOLLERR | EPOLLHUP))
		close_conn(c);
	else if (events & EPOLLOUT)
		flush(c);
	else if (c->answered)
		drop_input(c);
	else
		read_some(c);
}

static void on_end(struct timer *timer)
{
	close_conn(CONTAINER_OF(timer, struct admin_conn, end));
}

static void open_conn(struct admin *a, int fd)
{
	struct admin_conn *c = calloc(1, sizeof(*c));
	unsigned place = 0;

	if (!c)
		log_die("out of memory for a connection");
	c->admin = a;
	c->watch = (struct watch){ fd, on_event };
	c->end.on_timer = on_end;
	http_reader_init(&c->reader, &a->readers);
	buf_init(&c->out, OUT_MAX);
	if (loop_add(a->loop, &c->watch, EPOLLIN) < 0)
		log_die("cannot watch a connection: %s", strerror(errno));
	loop_timer_set(a->loop, &c->end, TIME_MS);
	while (a->conns_of[place])
		place++;
	a->conns_of[place] = c;
	a->count++;
}

static bool has_room(struct acceptor *acceptor)
{
	return CONTAINER_OF(acceptor, struct admin, acceptor)->count < ADMIN_CONNECTIONS;
}

static void on_accept(struct acceptor *acceptor, int fd, const struct sockaddr_storage *peer)
{
	(void)peer;
	open_conn(CONTAINER_OF(acceptor, struct admin, acceptor), fd);
}

struct admin *admin_new(struct loop *loop, int listener, const struct conns *conns)
{
	struct admin *a = calloc(1, sizeof(*a));

	if (!a)
		log_die("out of memory for the admin listener");
	a->loop = loop;
	a->conns = conns;
	a->readers.limits = limits;
	a->acceptor = (struct acceptor){
		.loop = loop,
		.what = "connections to the admin listener",
		.pause_ms = ACCEPT_PAUSE_MS,
		.has_room = has_room,
		.on_accept = on_accept,
	};
	acceptor_add(&a->acceptor, listener);
	acceptor_start(&a->acceptor);
	return a;
}

void admin_drain(struct admin *a, void (*on_done)(void *context), void *context)
{
	if (!a)
		return;
	acceptor_close(&a->acceptor);
	a->on_done = on_done;
	a->context = context;
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	a->on_done = NULL;
	for (unsigned i = 0; i < ADMIN_CONNECTIONS; i++)
		if (a->conns_of[i])
			close_conn(a->conns_of[i]);
	acceptor_close(&a->acceptor);
	buffer_pool_done(&a->readers.pool);
	free(a);
}
