/*
 * postern-worker: accepts HTTP connections from the listeners that all workers share, answers what
 * it can by itself, and sends commands to dbd. After its start it opens no file.
 */
#include "acceptor.h"
#include "admin.h"
#include "config.h"
#include "conns.h"
#include "log.h"
#include "networks.h"
#include "process.h"
#include "worker_limits.h"
#include "worker_sandbox.h"
#include "worker_service.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	ACCEPT_PAUSE_MS = 100, /* when descriptors or memory run out */
	HEADER_BYTES = 64 * 1024,
	HEADER_FIELDS = 100,
	REQUEST_LINE = 8 * 1024
};

struct worker {
	struct settings settings;
	struct loop *loop;
	struct acceptor acceptor;
	struct timer last; /* accepting ends, after a stop without room for all that wait */
	struct service service;
	struct conns conns;
	struct admin *admin; /* NULL: off */
	struct networks proxies;
	struct arena arena; /* what lives as long as the process */
	bool ready;         /* dbd has greeted once */
};

/* Accepting. */

static bool has_room(struct acceptor *acceptor)
{
	return !conns_full(&CONTAINER_OF(acceptor, struct worker, acceptor)->conns);
}

static void on_accept(struct acceptor *acceptor, int fd, const struct sockaddr_storage *peer)
{
	conns_open(&CONTAINER_OF(acceptor, struct worker, acceptor)->conns, fd, peer);
}

/* The worker serves from the first greeting of dbd on. Later ones are of dbds that replaced it. */
static void on_dbd_ready(void *context)
{
	struct worker *w = context;

	if (w->ready)
		return;
	w->ready = true;
	/* A server that restarts costs time, and no request. */
	if (cache_has_server(w->service.cache))
		dbd_client_set_patience(w->service.dbd, DBD_SERVER_PATIENCE_MS);
	if (!w->conns.draining)
		acceptor_start(&w->acceptor);
	process_ready();
}

/* Ending. */

static void stop_when_empty(struct worker *w)
{
	bool busy = !w->conns.stopping && admin_is_busy(w->admin);

	if (w->conns.draining && !acceptor_is_open(&w->acceptor) && w->conns.count == 0 && !busy)
		loop_stop(w->loop);
}

static void on_admin_done(void *worker)
{
	stop_when_empty(worker);
}

static void on_closed(struct conns *conns)
{
	struct worker *w = CONTAINER_OF(conns, struct worker, conns);

	acceptor_resume(&w->acceptor);
	stop_when_empty(w);
}

static void on_idle(struct conns *conns)
{
	acceptor_resume(&CONTAINER_OF(conns, struct worker, conns)->acceptor);
}

/* Clients that have connected by now are still accepted. Later ones are accepted by other workers,
 * or refused by the kernel if no process listens any more. */
static void end_accepting(struct worker *w)
{
	(void)acceptor_drain(&w->acceptor);
	acceptor_close(&w->acceptor);
}

static void on_last(struct timer *timer)
{
	struct worker *w = CONTAINER_OF(timer, struct worker, last);

	end_accepting(w);
	stop_when_empty(w);
}

/* Without room for all clients that wait, the worker goes on accepting for last_ms, while
 * connections end. */
static void on_stop(void *context)
{
	struct worker *w = context;

	if (acceptor_drain(&w->acceptor))
		acceptor_close(&w->acceptor);
	else
		loop_timer_set(w->loop, &w->last, w->conns.last_ms);
	conns_stop(&w->conns);
	stop_when_empty(w);
}

static void on_drain(void *context)
{
	struct worker *w = context;

	end_accepting(w);
	process_released();
	admin_drain(w->admin, on_admin_done, w);
	conns_drain(&w->conns);
	stop_when_empty(w);
}

/* Asks the master for a successor, and again after as many requests, since the master may have
 * failed to start one. */
static void on_retiring(struct conns *conns)
{
	struct worker *w = CONTAINER_OF(conns, struct worker, conns);

	conns->retire_after = worker_limits_requests(w->settings.limit_max_requests);
	if (!conns->draining)
		process_retire();
}

/* Starting. */

static const char *dbd_socket(void)
{
	const char *name = getenv(PROCESS_ENV_DBD);

	if (name)
		return name;
	fprintf(stderr, "this program is started by postern, not by hand\n");
	exit(EXIT_USAGE);
}

/* The master has checked the list. */
static void read_proxies(struct worker *w)
{
	struct buf error;

	buf_init(&error, 1000);
	if (!networks_parse(w->settings.forwarded_allow_ips, &w->proxies, &error))
		w->proxies = (struct networks){ .count = 0 };
	buf_done(&error);
}

static void init_acceptor(struct worker *w)
{
	unsigned n = process_listeners();

	w->acceptor = (struct acceptor){
		.loop = w->loop,
		.what = "connections",
		.pause_ms = ACCEPT_PAUSE_MS,
		.exclusive = true,
		.has_room = has_room,
		.on_accept = on_accept,
	};
	for (unsigned i = 0; i < n; i++)
		acceptor_add(&w->acceptor, PROCESS_FD_LISTEN + (int)i);
}

static void init_conns(struct worker *w)
{
	const struct settings *settings = &w->settings;

	w->conns = (struct conns){
		.loop = w->loop,
		.service = &w->service,
		.readers.limits = { .line = REQUEST_LINE,
			.header_bytes = HEADER_BYTES,
			.headers = HEADER_FIELDS,
			.body = (size_t)settings->limit_body },
		.keep_alive_ms = (uint64_t)settings->timeout_keep_alive * 1000,
		.header_ms = (uint64_t)settings->timeout_header * 1000,
		.body_ms = (uint64_t)settings->timeout_body * 1000,
		.write_ms = CONN_WRITE_MS,
		.last_ms = CONN_LAST_MS,
		.limit = worker_limits_connections(settings),
		.limit_per_address = (unsigned)settings->limit_connections_per_address,
		.limit_concurrency = (unsigned)settings->limit_concurrency,
		.access_log = settings->access_log,
		.trusted = settings->proxy_headers ? &w->proxies : NULL,
		.on_closed = on_closed,
		.on_idle = on_idle,
		.retire_after = worker_limits_requests(settings->limit_max_requests),
		.on_retiring = on_retiring,
	};
}

static void init(struct worker *w)
{
	w->loop = loop_new();
	w->last.on_timer = on_last;
	init_acceptor(w);
	worker_service_open(&w->service, &w->settings, PROCESS_FD_LISTEN, &w->arena);
	read_proxies(w);
	init_conns(w);
}

int main(void)
{
	struct worker w = { 0 };
	const char *name = process_adopt();

	config_from_environment(&w.settings);
	log_open(name, (enum log_level)w.settings.log_level);
	log_set_format((enum log_format)w.settings.log_format);
	init(&w);
	process_on_stop(w.loop, on_stop, &w);
	process_on_drain(on_drain, &w);
	process_start_heartbeat(w.loop, w.settings.timeout_watchdog);
	w.service.dbd = dbd_client_new(w.loop, dbd_socket(), on_dbd_ready, &w);
	dbd_client_set_worker(w.service.dbd, process_number(name));
	if (*w.settings.admin)
		w.admin = admin_new(w.loop, PROCESS_FD_ADMIN, &w.conns);
	if (w.settings.sandbox)
		worker_sandbox_enter();
	loop_run(w.loop);
	conns_done(&w.conns);
	admin_free(w.admin);
	dbd_client_free(w.service.dbd);
	worker_service_close(&w.service);
	arena_done(&w.arena);
	loop_free(w.loop);
	return EXIT_CLEAN;
}
