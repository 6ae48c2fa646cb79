#include "admission.h"

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
static unsigned room(const struct admission *admission)
{
	uint64_t alone = admission->commit_ns + admission->command_ns;
	uint64_t time = ADMISSION_FACTOR * alone;

	if (time < ADMISSION_FLOOR_NS)
		time = ADMISSION_FLOOR_NS;
	uint64_t commits = 2 * admission->commit_ns;
	uint64_t fits = time > commits ? (time - commits) / admission->command_ns : 0;
	if (fits < ADMISSION_ROOM_MIN)
		return ADMISSION_ROOM_MIN;
	return fits < ADMISSION_ROOM_MAX ? (unsigned)fits : ADMISSION_ROOM_MAX;
}

void admission_note(
	struct admission *admission, unsigned commands, uint64_t group_ns, uint64_t commit_ns)
{
	if (admission->command_ns == 0) {
		admission->command_ns = COMMAND_GUESS_NS;
		admission->commit_ns = commit_ns;
	}
	admission->commit_ns = quickest(admission->commit_ns, commit_ns);
	uint64_t commands_ns =
		group_ns > admission->commit_ns ? group_ns - admission->commit_ns : 0;
	admission->command_ns = quickest(admission->command_ns, commands_ns / commands + 1);
	atomic_store_explicit(&admission->room, room(admission), memory_order_relaxed);
}

unsigned admission_room(const struct admission *admission)
{
	unsigned n = atomic_load_explicit(&admission->room, memory_order_relaxed);

	return n == 0 ? ADMISSION_ROOM_MAX : n;
}
