/*
 * A region is memory that is filled once and read-only afterwards: allocations are made in one
 * reservation of pages, then it is sealed, and a write to it is a SIGSEGV (mprotect(2)).
 */
#ifndef POSTERN_REGION_H
#define POSTERN_REGION_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>

struct region {
	char *start; /* NULL: no memory */
	char *next;  /* free bytes, up to end */
	char *end;
};

/* Reserves at least size bytes of address space; pages take memory when they are first written.
 * Returns false and sets errno if that fails. */
bool region_init(struct region *r, size_t size) __attribute__((warn_unused_result));

/* Allocates size zeroed bytes, aligned for any type. Never returns NULL: aborts (log_die) when the
 * reservation is used up. Must not be called after region_seal. */
void *region_alloc(struct region *r, size_t size) __attribute__((malloc, alloc_size(2)));

/* Copies s into the region and adds a NUL, which len does not count. */
struct str region_copy(struct region *r, struct str s);

/* Returns the unused pages and makes the others read-only. Returns false and sets errno if that
 * fails. */
bool region_seal(struct region *r) __attribute__((warn_unused_result));

/* Unmaps all of it. A region without memory is left as it is. */
void region_done(struct region *r);

#endif
