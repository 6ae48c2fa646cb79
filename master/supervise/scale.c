#include "scale.h"

#include "start.h"
#include "stop.h"

static void add_worker(struct supervisor *s)
{
	struct child *child = supervisor_worker(s, ++s->workers);
	log_info("worker added, now %u", s->workers);
	/* A process that is still stopping is replaced when it has ended. */
	if (child->state == CHILD_ABSENT)
		start_child(s, child);
}

static void remove_worker(struct supervisor *s)
{
	struct child *child = supervisor_worker(s, s->workers--);
	log_info("worker removed, now %u", s->workers);
	stop_cancel_start(s, child);
	if (child->state == CHILD_ABSENT || child->state == CHILD_STOPPING)
		return;
	stop_child(s, child);
}

void scale_to(struct supervisor *s, unsigned workers)
{
	if (s->phase != PHASE_SERVING)
		return;
	if (workers == 0)
		log_info("the last worker is not removed");
	unsigned wanted = workers == 0 ? 1 : workers > WORKERS_MAX ? WORKERS_MAX : workers;
	while (s->workers < wanted)
		add_worker(s);
	while (s->workers > wanted)
		remove_worker(s);
}
