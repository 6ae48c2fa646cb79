#include "supervisor.h"

struct child *supervisor_dbd(struct supervisor *s)
{
	return s->current[0];
}

struct child *supervisor_worker(struct supervisor *s, unsigned number)
{
	return s->current[number];
}

const char *supervisor_phase_name(const struct supervisor *s)
{
	static const char *const names[] = {
		[PHASE_STARTING] = "starting",
		[PHASE_SERVING] = "serving",
		[PHASE_DRAINING] = "stopping, workers finishing",
		[PHASE_CLOSING] = "stopping, dbd closing",
	};

	_Static_assert(NITEMS(names) == PHASE__COUNT, "a phase has no name");
	return s->reloading && s->phase == PHASE_SERVING ? "serving, reloading" : names[s->phase];
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
