/*
 * A SQLite VFS for tests, around the unix one: it fails what it is told to fail, and it knows of
 * every file what would be left after a power cut. Registered as the default, it is what every
 * connection that is opened afterwards in this process uses; "unix" is still there by name.
 *
 * A write that fails has been done by half. A sync that fails has lost what it should have saved:
 * the kernel reports a failed write-back once and then takes the pages for clean, so nothing but
 * another write of the same bytes saves them (fsync(2), EIO).
 */
#ifndef POSTERN_TEST_FAULTY_VFS_H
#define POSTERN_TEST_FAULTY_VFS_H

#include <stdbool.h>

enum faulty_op { FAULTY_WRITE, FAULTY_SYNC, FAULTY_OP__COUNT };

void faulty_vfs_register(void);

/* From now on the nth operation of this kind (1: the next one) fails with this code of SQLite's; if
 * it lasts, so do all after it. */
void faulty_vfs_fail(enum faulty_op op, unsigned nth, int code, bool lasts);

/* Nothing fails any more. */
void faulty_vfs_heal(void);

/* How many there were since the last faulty_vfs_fail or faulty_vfs_heal, failed ones too. */
unsigned faulty_vfs_count(enum faulty_op op);

/* Has anything failed since then? */
bool faulty_vfs_has_failed(void);

/* Called before each sync, on the thread that syncs; NULL: no more. */
void faulty_vfs_on_sync(void (*before)(void));

/* Writes to the path `to` the database that a power cut at this moment would leave of the one at
 * `from`, with its log. Of what was not synced nothing is left with seed 0; otherwise each write is
 * there or not as chance has it. */
void faulty_vfs_cut(const char *from, const char *to, unsigned seed);

/* Forgets all files: the test has put others in their places. None may be open. */
void faulty_vfs_forget(void);

#endif
