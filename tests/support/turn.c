#include "turn.h"

#include <stdlib.h>

/* Each turn moves the bytes of a local connection one step. No exchange takes more steps. */
enum { TURNS = 8 };

struct stop {
	struct loop *loop;
	struct timer timer;
	struct watch watch;
};

static void on_timer(struct timer *timer)
{
	loop_stop(CONTAINER_OF(timer, struct stop, timer)->loop);
}

static void on_event(struct watch *watch, uint32_t events)
{
	(void)events;
	loop_stop(CONTAINER_OF(watch, struct stop, watch)->loop);
}

void loop_turn(struct loop *loop)
{
	struct stop stop = { .loop = loop, .timer = { .on_timer = on_timer } };

	/* With a due timer epoll_wait does not wait. */
	loop_timer_set(loop, &stop.timer, 0);
	loop_run(loop);
}

void loop_settle(struct loop *loop)
{
	for (int i = 0; i < TURNS; i++)
		loop_turn(loop);
}

void loop_await(struct loop *loop, int fd)
{
	struct stop stop = { .loop = loop, .watch = { fd, on_event } };

	if (loop_add(loop, &stop.watch, EPOLLIN) < 0)
		abort();
	loop_run(loop);
	loop_remove(loop, &stop.watch);
}
