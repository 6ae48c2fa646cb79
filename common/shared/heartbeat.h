/*
 * Heartbeats show the master that the threads of a child make progress. Each child shares a page of
 * memory with the master (shared_memory.h), in which each thread has a cache line. There it counts
 * its beats and notes its activity: two stores and no system call.
 *
 * Without a page, as in the master and most tests, beats go to a dummy.
 */
#ifndef POSTERN_HEARTBEAT_H
#define POSTERN_HEARTBEAT_H

#include "bounds.h"
#include "buf.h"
#include "command.h"

enum heartbeat_thread {
	HEARTBEAT_LOOP,   /* whichever thread runs the loop; it beats with each turn */
	HEARTBEAT_WRITER, /* whichever of dbd's threads writes */
	HEARTBEAT_POOL,   /* the first of dbd's threads that read long lists */
	HEARTBEAT_POOL_LAST = HEARTBEAT_POOL + 1, /* the last of them */
	HEARTBEAT_READER, /* the first of dbd's threads that read rows; their loops beat, too */
	HEARTBEAT_READER_LAST = HEARTBEAT_READER + READERS_MAX - 1,
	HEARTBEAT_THREAD__COUNT
};

enum activity {
#define ACTIVITY(name, text) ACTIVITY_##name,
#include "activity.def"
#undef ACTIVITY
	ACTIVITY__COUNT
};

struct heartbeat;

/* Makes a zeroed page, which the caller unmaps with heartbeat_free. Returns the descriptor for the
 * child, which is CLOEXEC and the caller's to close, or -1 with errno. */
int heartbeat_new(const struct heartbeat **page);
void heartbeat_free(const struct heartbeat *page); /* accepts NULL */

/* A child: maps the page of fd for this process's beats and closes fd. Returns 0, or -1 with errno
 * and fd still open. */
int heartbeat_adopt(int fd);

/* Counts a beat: the thread makes progress. To be called by that thread only. */
void heartbeat_beat(enum heartbeat_thread thread);

/* Notes what the thread begins to do, and counts a beat. */
void heartbeat_note(enum heartbeat_thread thread, enum activity activity);
void heartbeat_note_action(enum heartbeat_thread thread, enum activity activity, enum action action,
	const struct resource *resource);

/* The interval, in milliseconds, at which an idle process beats and the master checks beats: a
 * quarter of the watchdog's time, which is in seconds, but at most a second. A watchdog of 0 (off)
 * has an interval of a second. */
uint64_t heartbeat_interval(long watchdog);

/* What the master reads. The child writes the page, so the note may have any value. */
struct pulse {
	uint64_t beats;
	uint32_t note;
};

struct pulse heartbeat_read(const struct heartbeat *page, enum heartbeat_thread thread);

/* True if the thread waits for work and so does not beat. The main thread's loop is never idle: it
 * has a timer. */
bool pulse_is_idle(struct pulse pulse, enum heartbeat_thread thread);

/* Appends the activity, such as "validating a body (create posts)", or "doing something unknown".
 */
void pulse_write_note(struct pulse pulse, struct buf *out);

#endif
