/*
 * How many writes may wait, so that who is let in is answered soon: the rest is better told at once
 * to come again. The writer notes how long its groups take; from that follows how many commands fit
 * into the time that a write may take under load, which is some times what it takes when it is
 * alone. A slow disk makes all of them slow and does not make fewer fit, as they share the commit.
 */
#ifndef POSTERN_ADMISSION_H
#define POSTERN_ADMISSION_H

#include <stdatomic.h>
#include <stdint.h>

enum {
	ADMISSION_FACTOR = 8,                  /* under load, to alone */
	ADMISSION_FLOOR_NS = 50 * 1000 * 1000, /* less nobody minds, however fast one is alone */
	ADMISSION_ROOM_MIN = 256,
	ADMISSION_ROOM_MAX = 16 * 1024
};

/* All zero: nothing is known yet, and ADMISSION_ROOM_MAX may wait. */
struct admission {
	uint64_t commit_ns;  /* the quickest of late: what all of a group share */
	uint64_t command_ns; /* the same of what one command more adds */
	_Atomic unsigned room;
};

/* A group of so many commands, at least one, took so many nanoseconds, its commit among them. Only
 * ever called by one thread. */
void admission_note(
	struct admission *admission, unsigned commands, uint64_t group_ns, uint64_t commit_ns);

/* How many commands may be at the writer, waiting or in its hands; any thread may ask. */
unsigned admission_room(const struct admission *admission);

#endif
