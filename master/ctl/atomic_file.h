/*
 * Writes a file atomically: it is complete and on disk before it gets its name.
 */
#ifndef POSTERN_ATOMIC_FILE_H
#define POSTERN_ATOMIC_FILE_H

#include "buf.h"

/* A file that is being written. */
struct atomic_file {
	const char *path;
	char *folder, *unfinished; /* of path; temporary name in that folder */
	int fd;                    /* of the temporary file */
};

/* Creates an empty temporary file of mode 0600 beside path, which is borrowed. End with
 * atomic_file_finish or atomic_file_drop. Returns false with the reason in *error; nothing is left
 * to drop then. */
bool atomic_file_begin(struct atomic_file *file, const char *path, struct buf *error);

/* Copies the contents of `from`, syncs them to disk, renames the file to path, which it replaces,
 * and syncs the folder. *size is the length in bytes. Returns false with the reason in *error; path
 * is unchanged then, unless only the sync of the folder failed. */
bool atomic_file_finish(struct atomic_file *file, int from, uint64_t *size, struct buf *error);

/* Removes the temporary file, instead of atomic_file_finish. */
void atomic_file_drop(struct atomic_file *file);

#endif
