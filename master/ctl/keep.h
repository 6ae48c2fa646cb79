/*
 * Writes a file atomically: it is complete and on disk before it gets its name.
 */
#ifndef POSTERN_KEEP_H
#define POSTERN_KEEP_H

#include "buf.h"

/* A file that is being written. */
struct keep {
	const char *path;
	char *folder, *unfinished; /* of path; temporary name in that folder */
	int fd;                    /* of the temporary file */
};

/* Creates an empty temporary file of mode 0600 beside path, which is borrowed. End with keep_finish
 * or keep_drop. Returns false with the reason in *error; nothing is left to drop then. */
bool keep_begin(struct keep *keep, const char *path, struct buf *error);

/* Copies the contents of `from`, syncs them to disk, renames the file to path, which it replaces,
 * and syncs the folder. *size is the length in bytes. Returns false with the reason in *error; path
 * is unchanged then, unless only the sync of the folder failed. */
bool keep_finish(struct keep *keep, int from, uint64_t *size, struct buf *error);

/* Removes the temporary file, instead of keep_finish. */
void keep_drop(struct keep *keep);

#endif
