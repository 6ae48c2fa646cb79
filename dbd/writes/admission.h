/*
 * Admission control: limits the number of queued writes so that every admitted one is answered
 * soon; the others are refused at once, to be tried again later. The writer reports how long its
 * groups take. The limit is the number of commands that fit into the time that a write may take
 * under load, which is ADMISSION_FACTOR times that of a single write. The commands of a group share
 * its commit, so a slow disk slows all of them down and does not lower the limit.
 */
#ifndef POSTERN_ADMISSION_H
#define POSTERN_ADMISSION_H

#include <stdatomic.h>
#include <stdint.h>

enum {
	ADMISSION_FACTOR = 8,                  /* time under load / time of a single write */
	ADMISSION_FLOOR_NS = 50 * 1000 * 1000, /* this much time is always allowed */
	ADMISSION_ROOM_MIN = 256,              /* commands */
	ADMISSION_ROOM_MAX = 16 * 1024
};

/* All zero: nothing has been measured, and the limit is ADMISSION_ROOM_MAX. */
struct admission {
	uint64_t commit_ns;    /* shortest recent time of a commit, which a group shares */
	uint64_t command_ns;   /* shortest recent time that one more command adds */
	_Atomic unsigned room; /* the limit; 0: not computed yet */
};

/* Reports a group: its number of commands (at least 1), its duration in nanoseconds with the
 * commit, and the duration of the commit. Must always be called on the same thread. */
void admission_note(
	struct admission *admission, unsigned commands, uint64_t group_ns, uint64_t commit_ns);

/* The limit of commands in the writer, queued or running. Thread-safe. */
unsigned admission_room(const struct admission *admission);

#endif
