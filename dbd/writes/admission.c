#include "admission.h"

enum {
	DECAY_GROUPS = 64,           /* a measured time grows by this part of it with each group */
	COMMAND_GUESS_NS = 10 * 1000 /* initial: the first commands are slow, with cold caches */
};

/* Ignores occasional slow groups, since other processes may have caused the delay: returns the
 * shorter of the new time and the previous one, which grows slowly. */
static uint64_t decaying_minimum(uint64_t before, uint64_t now)
{
	uint64_t grown = before + before / DECAY_GROUPS + 1;

	return now < grown ? now : grown;
}

/* A command waits for the running group and for its own: for all queued commands and two commits.
 */
static unsigned compute_room(const struct admission *admission)
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
	admission->commit_ns = decaying_minimum(admission->commit_ns, commit_ns);
	uint64_t commands_ns =
		group_ns > admission->commit_ns ? group_ns - admission->commit_ns : 0;
	admission->command_ns = decaying_minimum(admission->command_ns, commands_ns / commands + 1);
	atomic_store_explicit(&admission->room, compute_room(admission), memory_order_relaxed);
}

unsigned admission_room(const struct admission *admission)
{
	unsigned n = atomic_load_explicit(&admission->room, memory_order_relaxed);

	return n == 0 ? ADMISSION_ROOM_MAX : n;
}
