/*
 * A page of memory that a child shares with the master, for the master to see that the child's
 * threads get on: each has a cache line there, in which it counts its beats and notes what it is
 * doing. That costs two stores and no system call. Each child has a page of its own, which has
 * no name (memfd_create(2)) and cannot be made smaller under the one who reads it.
 *
 * Whoever has no page, as the master and most tests, beats into one that nobody reads.
 */
#ifndef POSTERN_HEARTBEAT_H
#define POSTERN_HEARTBEAT_H

#include "buf.h"
#include "command.h"

enum heartbeat_thread {
	HEARTBEAT_LOOP,   /* the main thread; it beats with each turn of its loop */
	HEARTBEAT_WRITER, /* dbd's */
	HEARTBEAT_POOL,   /* dbd's threads that read long lists: this one … */
	HEARTBEAT_POOL_LAST = HEARTBEAT_POOL + 1, /* … to this one */
	HEARTBEAT_THREAD__COUNT
};

enum activity {
#define ACTIVITY(name, text) ACTIVITY_##name,
#include "activity.def"
#undef ACTIVITY
	ACTIVITY__COUNT
};

struct heartbeat;

/* Makes a page, zeroed, that the caller unmaps with heartbeat_free. Returns the descriptor that a
 * child adopts, CLOEXEC and the caller's to close, or -1 with errno. */
int heartbeat_new(const struct heartbeat **page);
void heartbeat_free(const struct heartbeat *page); /* NULL is fine */

/* The child's part: from now on this process beats into the page behind fd, which is closed.
 * Returns 0, or -1 with errno. */
int heartbeat_adopt(int fd);

/* The thread gets on with what it does. Each thread beats for itself only. */
void heartbeat_beat(enum heartbeat_thread thread);

/* A beat, too: the thread begins to do this. */
void heartbeat_note(enum heartbeat_thread thread, enum activity activity);
void heartbeat_note_action(enum heartbeat_thread thread, enum activity activity, enum action action,
	const struct resource *resource);

/* How often a process that waits beats, and how often that is looked at, in milliseconds. The
 * watchdog's time is in seconds; 0 (off) counts as a long one. */
uint64_t heartbeat_interval(long watchdog);

/* What the master sees. The page is the child's to write, so a note may be anything. */
struct pulse {
	uint64_t beats;
	uint32_t note;
};

struct pulse heartbeat_read(const struct heartbeat *page, enum heartbeat_thread thread);

/* Has the thread nothing to do until somebody wakes it? A loop is never idle: it has a timer. */
bool pulse_is_idle(struct pulse pulse, enum heartbeat_thread thread);

/* Appends "validating a body (create posts)", or "doing what nobody knows". */
void pulse_write_note(struct pulse pulse, struct buf *out);

#endif
