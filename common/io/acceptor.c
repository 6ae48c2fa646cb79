#include "acceptor.h"

#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static void watch_listener(struct acceptor *a, struct acceptor_listener *l)
{
	if (loop_add(a->loop, &l->watch, EPOLLIN | (a->exclusive ? EPOLLEXCLUSIVE : 0u)) < 0)
		log_die("cannot watch a listener: %s", strerror(errno));
}

/* Leaves the state for another one than ACCEPTOR_ACCEPTING. */
static void unwatch(struct acceptor *a, enum acceptor_state state)
{
	for (unsigned i = 0; a->state == ACCEPTOR_ACCEPTING && i < a->count; i++)
		loop_remove(a->loop, &a->listeners[i].watch);
	loop_timer_cancel(a->loop, &a->pause);
	a->state = state;
}

static void on_pause_over(struct timer *timer)
{
	struct acceptor *a = CONTAINER_OF(timer, struct acceptor, pause);

	a->state = ACCEPTOR_STOPPED;
	acceptor_start(a);
}

static void pause_accepting(struct acceptor *a)
{
	log_warning("cannot accept %s: %s; pausing for %" PRIu64 " ms", a->what, strerror(errno),
		a->pause_ms);
	unwatch(a, ACCEPTOR_PAUSED);
	a->pause.on_timer = on_pause_over;
	loop_timer_set(a->loop, &a->pause, a->pause_ms);
}

static bool lacks_resources(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* False if none is waiting, or none can be accepted now. */
static bool accept_one(struct acceptor *a, int listener)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);

	if (a->has_room && !a->has_room(a)) {
		unwatch(a, ACCEPTOR_FULL);
		return false;
	}
	int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		a->on_accept(a, fd, &peer);
		return true;
	}
	if (lacks_resources(errno)) {
		pause_accepting(a);
		return false;
	}
	/* Any other error is that of one connection, which failed before it was accepted
	 * (accept(2)). */
	return errno != EAGAIN;
}

/* Goes to the end of the queue of the processes that EPOLLEXCLUSIVE wakes. Without that, one
 * process would get nearly all connections. */
static void queue_again(struct acceptor *a, struct acceptor_listener *l)
{
	if (a->state != ACCEPTOR_ACCEPTING)
		return;
	loop_remove(a->loop, &l->watch);
	watch_listener(a, l);
}

static void on_listener(struct watch *watch, uint32_t events)
{
	struct acceptor_listener *l = CONTAINER_OF(watch, struct acceptor_listener, watch);
	struct acceptor *a = l->acceptor;

	(void)events;
	if (a->exclusive) {
		if (accept_one(a, watch->fd))
			queue_again(a, l);
		return;
	}
	while (a->state == ACCEPTOR_ACCEPTING && accept_one(a, watch->fd))
		continue;
}

void acceptor_add(struct acceptor *a, int listener)
{
	a->listeners[a->count++] = (struct acceptor_listener){ { listener, on_listener }, a };
}

void acceptor_start(struct acceptor *a)
{
	if (a->state != ACCEPTOR_STOPPED)
		return;
	for (unsigned i = 0; i < a->count; i++)
		watch_listener(a, &a->listeners[i]);
	a->state = ACCEPTOR_ACCEPTING;
}

void acceptor_stop(struct acceptor *a)
{
	unwatch(a, ACCEPTOR_STOPPED);
}

void acceptor_recheck_room(struct acceptor *a)
{
	if (a->has_room && !a->has_room(a))
		return;
	a->state = ACCEPTOR_STOPPED;
	acceptor_start(a);
}

bool acceptor_drain(struct acceptor *a)
{
	bool accepting = a->state == ACCEPTOR_ACCEPTING;

	if (a->state != ACCEPTOR_FULL)
		acceptor_stop(a);
	for (unsigned i = 0; accepting && i < a->count; i++)
		while (accept_one(a, a->listeners[i].watch.fd))
			continue;
	if (a->state == ACCEPTOR_PAUSED)
		acceptor_stop(a);
	return a->state != ACCEPTOR_FULL;
}

void acceptor_close(struct acceptor *a)
{
	acceptor_stop(a);
	for (unsigned i = 0; i < a->count; i++)
		close(a->listeners[i].watch.fd);
	a->count = 0;
}
