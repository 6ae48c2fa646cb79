/*
 * postern-worker: accepts HTTP connections on the listener that all workers share, and asks dbd.
 * After start it opens no file.
 */
#include "admin.h"
#include "config.h"
#include "conn.h"
#include "log.h"
#include "net.h"
#include "networks.h"
#include "process.h"
#include "worker_sandbox.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	ACCEPT_PAUSE_MS = 100, /* when descriptors or memory have run out */
	/* descriptors that are not for connections: 8, the listeners, and some to spare */
	RESERVE = 15 + LISTENERS_MAX + ADMIN_DESCRIPTORS,
	HEADER_BYTES = 64 * 1024,
	HEADER_FIELDS = 100,
	REQUEST_LINE = 8 * 1024
};

struct listener {
	struct watch watch;
	struct worker *worker;
};

struct worker {
	struct settings settings;
	struct loop *loop;
	struct listener listeners[LISTENERS_MAX];
	unsigned nlisteners;
	struct timer resume; /* accepting */
	struct timer last;   /* the end of accepting, at a stop */
	struct service service;
	struct conns conns;
	struct admin *admin; /* NULL: none */
	struct networks proxies;
	struct arena arena; /* routes and documents, for life */
	bool ready, accepting;
	bool full; /* and so not accepting */
};

static void watch_listener(struct worker *w, struct listener *listener)
{
	if (loop_add(w->loop, &listener->watch, EPOLLIN | EPOLLEXCLUSIVE) < 0)
		log_die("cannot watch a listener: %s", strerror(errno));
}

static void start_accepting(struct worker *w)
{
	for (unsigned i = 0; i < w->nlisteners; i++)
		watch_listener(w, &w->listeners[i]);
	w->accepting = true;
}

static void stop_accepting(struct worker *w)
{
	for (unsigned i = 0; w->accepting && i < w->nlisteners; i++)
		loop_remove(w->loop, &w->listeners[i].watch);
	w->accepting = false;
}

static void on_resume(struct timer *timer)
{
	start_accepting(CONTAINER_OF(timer, struct worker, resume));
}

/* Without a pause a full table of descriptors would wake the loop again and again. */
static void pause_accepting(struct worker *w)
{
	log_warning("cannot accept: %s; pausing for %d ms", strerror(errno), ACCEPT_PAUSE_MS);
	stop_accepting(w);
	loop_timer_set(w->loop, &w->resume, ACCEPT_PAUSE_MS);
}

/* Whoever has connected by now, and of whom no other worker was told, waits for us or for the next
 * one to connect, at whose coming another worker accepts all that wait. */
static void pause_until_room(struct worker *w)
{
	stop_accepting(w);
	w->full = true;
}

static void use_room(struct worker *w)
{
	if (!w->full || conns_full(&w->conns))
		return;
	w->full = false;
	start_accepting(w);
}

/* False: none waits, or none can be taken now. */
static bool accept_one(struct worker *w, int listener)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);

	if (conns_full(&w->conns)) {
		pause_until_room(w);
		return false;
	}
	int fd = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		conn_open(&w->conns, fd, &peer);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		pause_accepting(w);
		return false;
	}
	/* Others are the failure of one connection before it was accepted: accept(2). */
	return errno != EAGAIN;
}

/* A connection wakes the first worker in the line of those that wait (EPOLLEXCLUSIVE); who has
 * taken one goes to the end of it, or one would get nearly all. Each listener has its own. */
static void queue_again(struct worker *w, struct listener *listener)
{
	if (!w->accepting)
		return;
	loop_remove(w->loop, &listener->watch);
	watch_listener(w, listener);
}

static void on_listener(struct watch *watch, uint32_t events)
{
	struct listener *listener = CONTAINER_OF(watch, struct listener, watch);
	struct worker *w = listener->worker;

	(void)events;
	if (accept_one(w, watch->fd))
		queue_again(w, listener);
}

/* Serving begins with dbd's first greeting; later ones are those of its successors. */
static void on_dbd_ready(void *context)
{
	struct worker *w = context;

	if (w->ready)
		return;
	w->ready = true;
	if (!w->conns.parting)
		start_accepting(w);
	process_ready();
}

static void stop_when_empty(struct worker *w)
{
	bool busy = !w->conns.stopping && admin_is_busy(w->admin);

	if (w->conns.parting && w->nlisteners == 0 && w->conns.count == 0 && !busy)
		loop_stop(w->loop);
}

static void on_admin_done(void *worker)
{
	stop_when_empty(worker);
}

static void on_closed(struct conns *conns)
{
	struct worker *w = CONTAINER_OF(conns, struct worker, conns);

	use_room(w);
	stop_when_empty(w);
}

static void on_idle(struct conns *conns)
{
	use_room(CONTAINER_OF(conns, struct worker, conns));
}

/* Who has connected by now is still answered; who comes later is another worker's, or refused by
 * the closed listener. As a connection wakes up one worker only, it is after the end of the watch
 * that the last of those are accepted of which the others do not know. False: there is no room for
 * some. */
static bool accept_waiting(struct worker *w)
{
	bool accepting = w->accepting;

	loop_timer_cancel(w->loop, &w->resume);
	stop_accepting(w);
	for (unsigned i = 0; i < w->nlisteners; i++)
		while (accepting && accept_one(w, w->listeners[i].watch.fd))
			continue;
	loop_timer_cancel(w->loop, &w->resume);
	return !w->full;
}

static void close_listeners(struct worker *w)
{
	for (unsigned i = 0; i < w->nlisteners; i++)
		close(w->listeners[i].watch.fd);
	w->full = false;
	w->nlisteners = 0;
}

static void end_accepting(struct worker *w)
{
	(void)accept_waiting(w);
	close_listeners(w);
}

static void on_last(struct timer *timer)
{
	struct worker *w = CONTAINER_OF(timer, struct worker, last);

	end_accepting(w);
	stop_when_empty(w);
}

/* Connections that end make room for those that wait, for a while. */
static void on_stop(void *context)
{
	struct worker *w = context;

	if (accept_waiting(w))
		close_listeners(w);
	else
		loop_timer_set(w->loop, &w->last, w->conns.last_ms);
	conns_stop(&w->conns);
	stop_when_empty(w);
}

static void on_drain(void *context)
{
	struct worker *w = context;

	end_accepting(w);
	admin_part(w->admin, on_admin_done, w);
	conns_part(&w->conns);
	stop_when_empty(w);
}

/* N to 1.1 N, so that workers that were started together are not replaced together. */
static long requests_until_retirement(long limit)
{
	unsigned random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (unsigned)getpid();
	return limit + (long)(random % (unsigned)(limit / 10 + 1));
}

/* Asks again after as many requests: the master may have failed to start another. */
static void on_retiring(struct conns *conns)
{
	struct worker *w = CONTAINER_OF(conns, struct worker, conns);

	conns->retire_after = requests_until_retirement(w->settings.limit_max_requests);
	if (!conns->parting)
		process_retire();
}

/* The first listener's own address, for redirects of requests that name no host. */
static struct str own_authority(struct arena *arena, int listener)
{
	struct buf text;

	buf_init(&text, 256);
	if (net_write_address(listener, &text) < 0)
		buf_str(&text, STR("localhost"));
	struct str copy = arena_copy(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}

static const char *dbd_socket(void)
{
	const char *name = getenv(PROCESS_ENV_DBD);

	if (name)
		return name;
	fprintf(stderr, "this program is started by postern, not by hand\n");
	exit(EXIT_USAGE);
}

/* As many connections as there can be descriptors, or as the settings want: the kernel's default of
 * 1,024 is for the sake of programs that call select(2). */
static unsigned connections_limit(const struct settings *settings)
{
	struct rlimit limit = { RESERVE + 1, RESERVE + 1 };
	rlim_t most =
		settings->limit_connections > 0 ? (rlim_t)settings->limit_connections : UINT_MAX;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("cannot raise the limit of descriptors: %s", strerror(errno));
	getrlimit(RLIMIT_NOFILE, &limit);
	rlim_t room = limit.rlim_cur > RESERVE ? limit.rlim_cur - RESERVE : 1;
	if (room < most && settings->limit_connections > 0)
		log_warning("there are descriptors for %llu connections, fewer than the limit",
			(unsigned long long)room);
	return (unsigned)(room < most ? room : most);
}

/* The master has found the list well-formed. */
static void read_proxies(struct worker *w)
{
	struct buf error;

	buf_init(&error, 1000);
	if (!networks_parse(w->settings.forwarded_allow_ips, &w->proxies, &error))
		w->proxies = (struct networks){ .count = 0 };
	buf_done(&error);
}

/* Without a slash at its end. */
static struct str root_path(const struct settings *settings)
{
	struct str path = str_from(settings->root_path);

	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	return path;
}

static void init(struct worker *w)
{
	w->loop = loop_new();
	w->nlisteners = process_listeners();
	for (unsigned i = 0; i < w->nlisteners; i++)
		w->listeners[i] =
			(struct listener){ { PROCESS_FD_LISTEN + (int)i, on_listener }, w };
	w->resume.on_timer = on_resume;
	w->last.on_timer = on_last;
	routes_build(&w->service.routes, w->settings.docs, &w->arena);
	w->service.root = root_path(&w->settings);
	documents_build(w->service.documents, &w->service.routes, w->service.root, &w->arena);
	if (w->settings.gzip) {
		w->service.gzip = gzip_new();
		documents_pack(w->service.documents, w->service.gzip, &w->arena);
	}
	read_proxies(w);
	w->service.gives_ids = w->settings.request_id;
	request_ids_init(&w->service.ids);
	w->service.cors = (struct cors){
		.origins = w->settings.cors_allow_origin,
		.credentials = w->settings.cors_allow_credentials,
		.private_network = w->settings.cors_allow_private_network,
	};
	w->service.authority = own_authority(&w->arena, PROCESS_FD_LISTEN);
	const struct generations *table = generations_map(PROCESS_FD_GENERATIONS, GENERATIONS_READ);
	if (!table)
		log_die("cannot map the generations: %s", strerror(errno));
	w->service.cache = cache_new(table, (size_t)w->settings.cache_size);
	w->conns = (struct conns){
		.loop = w->loop,
		.service = &w->service,
		.readers.limits = { .line = REQUEST_LINE,
			.header_bytes = HEADER_BYTES,
			.headers = HEADER_FIELDS,
			.body = (size_t)w->settings.limit_body },
		.keep_alive_ms = (uint64_t)w->settings.timeout_keep_alive * 1000,
		.header_ms = (uint64_t)w->settings.timeout_header * 1000,
		.body_ms = (uint64_t)w->settings.timeout_body * 1000,
		.write_ms = CONN_WRITE_MS,
		.last_ms = CONN_LAST_MS,
		.limit = connections_limit(&w->settings),
		.limit_per_address = (unsigned)w->settings.limit_connections_per_address,
		.limit_concurrency = (unsigned)w->settings.limit_concurrency,
		.access_log = w->settings.access_log,
		.trusted = w->settings.proxy_headers ? &w->proxies : NULL,
		.on_closed = on_closed,
		.on_idle = on_idle,
		.retire_after = requests_until_retirement(w->settings.limit_max_requests),
		.on_retiring = on_retiring,
	};
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
	if (*w.settings.admin)
		w.admin = admin_new(w.loop, PROCESS_FD_ADMIN, &w.conns);
	if (w.settings.sandbox)
		worker_sandbox_enter();
	loop_run(w.loop);
	conns_done(&w.conns);
	admin_free(w.admin);
	dbd_client_free(w.service.dbd);
	cache_free(w.service.cache);
	gzip_free(w.service.gzip);
	arena_done(&w.arena);
	loop_free(w.loop);
	return EXIT_CLEAN;
}
