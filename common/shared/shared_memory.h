/*
 * Memory that the master shares with its children: a memfd_create(2) file that has no name and
 * whose size is sealed, so that no process can cut it off under another and cause SIGBUS there.
 */
#ifndef POSTERN_SHARED_MEMORY_H
#define POSTERN_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes a zeroed file of this size. The name is for /proc alone. Returns a descriptor, CLOEXEC and
 * the caller's to close, or -1 with errno. */
int shared_memory_create(const char *name, size_t size);

/* Maps all of it; the descriptor stays the caller's. The caller ends the mapping with munmap(2).
 * Returns NULL with errno on failure. */
void *shared_memory_map(int fd, size_t size, bool writable);

/* True if the descriptor is a file of this size. */
bool shared_memory_has_size(int fd, size_t size);

#endif
