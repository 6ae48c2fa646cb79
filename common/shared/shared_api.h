/*
 * The declared API in memory that the master shares with its children: its brief form in a
 * memfd_create(2) file, of which nobody can change anything once it is made (all seals of
 * fcntl(2)). For dbd, earlier declarations follow, which workers that still run have; there is a
 * NUL between two of them.
 */
#ifndef POSTERN_SHARED_API_H
#define POSTERN_SHARED_API_H

#include "buf.h"
#include "resource.h"

/* The first of them is the one that is served. */
struct shared_apis {
	const struct api **list;
	unsigned count;
};

/* The master: makes the file of these declarations, at least one. Returns a descriptor, which is
 * CLOEXEC and the caller's to close, or -1 with errno. */
int shared_api_create(const struct api *const *list, unsigned count);

/* A child: reads the declarations from the file; they live as long as the process. The caller still
 * owns the descriptor. Returns false, after appending one line without a newline to error, if the
 * file is not one that shared_api_create has made; what was read is freed then. */
bool shared_api_read(int fd, struct shared_apis *ret, struct buf *error)
	__attribute__((warn_unused_result));

/* The same for a file of one declaration. Returns NULL after appending one line to error. Free it
 * with declaration_free. */
const struct api *shared_api_read_one(int fd, struct buf *error)
	__attribute__((warn_unused_result));

/* Frees what shared_api_read has read. */
void shared_api_free(struct shared_apis *apis);

#endif
