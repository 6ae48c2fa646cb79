#ifndef POSTERN_KEEP_H
#define POSTERN_KEEP_H

#include "buf.h"

/* A file that is whole under its name, or not there under it. */
struct keep {
	const char *path;
	char *folder, *unfinished; /* where it is, and its name until it is whole */
	int fd;
};

/* Makes an empty file of mode 0600 beside the path, which is borrowed. False: *error says why;
 * there is nothing to be dropped. */
bool keep_begin(struct keep *keep, const char *path, struct buf *error);

/* Copies all that is in the other file, has it on disk, and gives it its name, in the place of a
 * file that was there; *size is its bytes. False: *error says why, and nothing has changed. */
bool keep_finish(struct keep *keep, int from, uint64_t *size, struct buf *error);

/* Instead. */
void keep_drop(struct keep *keep);

#endif
