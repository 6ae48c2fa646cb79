#include "supervisor.h"

struct child *supervisor_dbd(struct supervisor *s)
{
	return s->current[0];
}

struct child *supervisor_worker(struct supervisor *s, unsigned number)
{
	return s->current[number];
}

static const struct {
	const char *name;  /* for people */
	const char *value; /* of the status, an interface: never reworded */
} phases[] = {
	[PHASE_STARTING] = { "starting", "starting" },
	[PHASE_SERVING] = { "serving", "serving" },
	[PHASE_DRAINING] = { "stopping, workers finishing", "stopping, workers finish" },
	[PHASE_CLOSING] = { "stopping, dbd closing", "stopping, dbd closes" },
	[PHASE_ENDED] = { "stopped", "stopped" },
};

_Static_assert(NITEMS(phases) == PHASE__COUNT, "a phase has no name");

static bool is_reloading(const struct supervisor *s)
{
	return s->reloading && s->phase == PHASE_SERVING;
}

const char *supervisor_phase_name(const struct supervisor *s)
{
	return is_reloading(s) ? "serving, reloading" : phases[s->phase].name;
}

const char *supervisor_phase_value(const struct supervisor *s)
{
	return is_reloading(s) ? "serving, reloading" : phases[s->phase].value;
}

void supervisor_set_up_child(
	struct supervisor *s, struct child *child, enum role role, unsigned number)
{
	child_init(child, role, number);
	child->owner = s;
	child->calls = s->calls;
	child->channel.on_event = s->on_child_word;
	child->timer.on_timer = s->on_child_timer;
}
