#include "dump.h"

#include <unistd.h>

static void dump_child(const struct supervisor *s, const struct child *child)
{
	uint64_t age = child->pid > 0 ? loop_now(s->loop) - child->started : 0;

	log_info("state: %s: pid %d, %s%s, up %llu.%03llu s, %u restarts", child->name,
		(int)child->pid, child_state_name(child),
		child == s->successor ? ", to take over"
		: child->outdated     ? ", to be replaced"
				      : "",
		(unsigned long long)age / 1000, (unsigned long long)age % 1000, child->restarts);
}

void dump_state(const struct supervisor *s)
{
	static const char *const phases[] = {
		[PHASE_STARTING] = "starting",
		[PHASE_SERVING] = "serving",
		[PHASE_DRAINING] = "stopping, workers finish",
		[PHASE_CLOSING] = "stopping, dbd closes",
	};

	_Static_assert(NITEMS(phases) == PHASE__COUNT, "a phase has no name");
	log_info("state: master: pid %d, %s%s, %s, %u workers wanted", (int)getpid(),
		phases[s->phase], s->reloading ? ", reloading" : "", s->plan->address, s->workers);
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].state != CHILD_ABSENT)
			dump_child(s, &s->children[i]);
}
