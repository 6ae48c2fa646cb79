#include "scale.h"

#include "start.h"
#include "stop.h"

void scale_up(struct supervisor *s)
{
	if (s->phase != PHASE_SERVING || s->workers == WORKERS_MAX)
		return;
	struct child *child = supervisor_worker(s, ++s->workers);
	log_info("one worker more: %u", s->workers);
	/* One that is still leaving is replaced when it has gone. */
	if (child->state == CHILD_ABSENT)
		start_child(s, child);
}

void scale_down(struct supervisor *s)
{
	if (s->phase != PHASE_SERVING)
		return;
	if (s->workers == 1) {
		log_info("the last worker stays");
		return;
	}
	struct child *child = supervisor_worker(s, s->workers--);
	log_info("one worker fewer: %u", s->workers);
	stop_pausing(s, child);
	if (child->state == CHILD_ABSENT || child->state == CHILD_LEAVING)
		return;
	stop_child(s, child);
}
