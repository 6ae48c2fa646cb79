#include "server_state.h"

#include "str.h"

static const struct {
	enum server_state from;
	enum server_event event;
	enum server_state to;
} transitions[] = {
	{ SERVER_SERVES, SERVER_STOP, SERVER_LEAVES },
	{ SERVER_SERVES, SERVER_DRAIN, SERVER_DRAINS },
	{ SERVER_LEAVES, SERVER_DRAIN, SERVER_DRAINS },
	{ SERVER_LEAVES, SERVER_PATIENCE, SERVER_CLOSES },
	{ SERVER_LEAVES, SERVER_DONE, SERVER_ENDED },
	{ SERVER_CLOSES, SERVER_DONE, SERVER_ENDED },
	{ SERVER_CLOSES, SERVER_STUCK, SERVER_ENDED },
	{ SERVER_DRAINS, SERVER_DONE, SERVER_PARTED },
	{ SERVER_DRAINS, SERVER_STUCK, SERVER_ENDED },
	{ SERVER_PARTED, SERVER_PATIENCE, SERVER_ENDED },
	{ SERVER_PARTED, SERVER_DONE, SERVER_ENDED },
	{ SERVER_PARTED, SERVER_STUCK, SERVER_ENDED },
};

enum server_state server_state_after(enum server_state state, enum server_event event)
{
	for (unsigned i = 0; i < NITEMS(transitions); i++)
		if (transitions[i].from == state && transitions[i].event == event)
			return transitions[i].to;
	return state;
}

struct server_duties server_state_duties(enum server_state state)
{
	static const struct server_duties duties[] = {
		[SERVER_SERVES] = { .accepts = true, .reads = true, .answers = true },
		[SERVER_LEAVES] = { .accepts = true, .reads = true, .answers = true },
		[SERVER_CLOSES] = { .answers = true },
		[SERVER_DRAINS] = { .answers = true },
		[SERVER_PARTED] = { .reads = true },
		[SERVER_ENDED] = { .accepts = false },
	};

	_Static_assert(NITEMS(duties) == SERVER_STATE__COUNT, "a state has no duties");
	return duties[state];
}
