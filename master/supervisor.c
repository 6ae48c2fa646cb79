#include "supervisor.h"

struct child *supervisor_dbd(struct supervisor *s)
{
	return s->current[0];
}

struct child *supervisor_worker(struct supervisor *s, unsigned number)
{
	return s->current[number];
}

void supervisor_close_listeners(struct supervisor *s, enum role role)
{
	listeners_close(&s->listeners[role]);
}

void supervisor_set_up_child(
	struct supervisor *s, struct child *child, enum role role, unsigned number)
{
	child_init(child, role, number);
	child->owner = s;
	child->channel.on_event = s->on_child_word;
	child->timer.on_timer = s->on_child_timer;
}
