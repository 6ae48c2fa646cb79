#include "pace.h"

enum {
	FORGET_OVER = 64,            /* groups */
	COMMAND_GUESS_NS = 10 * 1000 /* the first ones are slow, as nothing is in any cache */
};

/* What takes long now and then is no measure, as it may be others who take the time. */
static uint64_t quickest(uint64_t before, uint64_t now)
{
	uint64_t faded = before + before / FORGET_OVER + 1;

	return now < faded ? now : faded;
}

/* A command waits for the group that runs and for its own: together all that wait, and two commits.
 */
static unsigned room(const struct pace *pace)
{
	uint64_t alone = pace->commit_ns + pace->command_ns;
	uint64_t time = PACE_FACTOR * alone;

	if (time < PACE_FLOOR_NS)
		time = PACE_FLOOR_NS;
	uint64_t commits = 2 * pace->commit_ns;
	uint64_t fits = time > commits ? (time - commits) / pace->command_ns : 0;
	if (fits < PACE_ROOM_MIN)
		return PACE_ROOM_MIN;
	return fits < PACE_ROOM_MAX ? (unsigned)fits : PACE_ROOM_MAX;
}

void pace_note(struct pace *pace, unsigned commands, uint64_t group_ns, uint64_t commit_ns)
{
	if (pace->command_ns == 0) {
		pace->command_ns = COMMAND_GUESS_NS;
		pace->commit_ns = commit_ns;
	}
	pace->commit_ns = quickest(pace->commit_ns, commit_ns);
	uint64_t commands_ns = group_ns > pace->commit_ns ? group_ns - pace->commit_ns : 0;
	pace->command_ns = quickest(pace->command_ns, commands_ns / commands + 1);
	atomic_store_explicit(&pace->room, room(pace), memory_order_relaxed);
}

unsigned pace_room(const struct pace *pace)
{
	unsigned n = atomic_load_explicit(&pace->room, memory_order_relaxed);

	return n == 0 ? PACE_ROOM_MAX : n;
}
