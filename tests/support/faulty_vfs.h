/*
 * A SQLite VFS for tests, which wraps the unix VFS. It fails operations on demand, and knows what
 * would be left of each file after a power cut. It is registered as the default, so all connections
 * that this process opens later use it; "unix" can still be chosen by name.
 *
 * A failing write writes half of the bytes. A failing sync loses the bytes that it should have
 * saved: the kernel reports a failed write-back once and then treats the pages as clean, so only
 * another write of the same bytes saves them (fsync(2), EIO).
 */
#ifndef POSTERN_TEST_FAULTY_VFS_H
#define POSTERN_TEST_FAULTY_VFS_H

#include <stdbool.h>

enum faulty_op { FAULTY_WRITE, FAULTY_SYNC, FAULTY_OP__COUNT };

void faulty_vfs_register(void);

/* Fails the nth operation of this kind from now on (1: the next one) with this code of SQLite, and
 * if it lasts, all later ones. */
void faulty_vfs_fail(enum faulty_op op, unsigned nth, int code, bool lasts);

/* Fails nothing from now on. */
void faulty_vfs_heal(void);

/* The number of operations since faulty_vfs_fail or faulty_vfs_heal, failed ones included. */
unsigned faulty_vfs_count(enum faulty_op op);

/* True if an operation has failed since then. */
bool faulty_vfs_has_failed(void);

/* Sets a function that is called before each sync, on the syncing thread; NULL removes it. */
void faulty_vfs_on_sync(void (*before)(void));

/* Writes the database that a power cut at this moment would leave of `from`, with its log, to `to`.
 * With seed 0, all writes that were not synced are lost; with another seed, a random part of them.
 */
void faulty_vfs_cut(const char *from, const char *to, unsigned seed);

/* Forgets all files, after the test has replaced them. None may be open. */
void faulty_vfs_forget(void);

#endif
