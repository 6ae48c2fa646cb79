/*
 * Memory that the master shares with its children: a nameless memfd_create(2) file, whose size is
 * sealed, so that no process can truncate it and cause SIGBUS in another.
 */
#ifndef POSTERN_SHARED_MEMORY_H
#define POSTERN_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes a zeroed file of this size. The name appears only in /proc. Returns a descriptor, which is
 * CLOEXEC and the caller's to close, or -1 with errno. */
int shared_memory_create(const char *name, size_t size);

/* Maps the whole file. The caller still owns the descriptor, and ends the mapping with munmap(2).
 * Returns NULL with errno on error. */
void *shared_memory_map(int fd, size_t size, bool writable);

/* True if the descriptor is a file of this size. */
bool shared_memory_has_size(int fd, size_t size);

#endif
