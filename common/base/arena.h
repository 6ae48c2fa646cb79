/*
 * An arena allocates the memory of one request, one command or one group, and frees all of it at
 * once. Single allocations cannot be freed.
 */
#ifndef POSTERN_ARENA_H
#define POSTERN_ARENA_H

#include "str.h"

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	char *next;                 /* free bytes of the newest block */
	char *end;
};

/* Makes an empty arena, without memory. `struct arena a = { 0 }` does the same. */
void arena_init(struct arena *a);

/* Allocates size bytes, aligned for any type and not cleared, which live until arena_reset or
 * arena_done. Never returns NULL: aborts if memory runs out (log_die). */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));

/* Allocates count * size zeroed bytes; aborts if memory runs out or the product overflows. */
void *arena_calloc(struct arena *a, size_t count, size_t size) __attribute__((malloc));

/* Copies s into the arena and adds a NUL, which len does not count. */
struct str arena_copy(struct arena *a, struct str s);

/* Formats as printf(3) into the arena and adds a NUL, which len does not count. */
__attribute__((format(printf, 2, 3))) struct str arena_printf(
	struct arena *a, const char *format, ...);

/* Ends the life of all allocations. Frees the memory, except for one block of 8 KiB, which the next
 * allocations use. */
void arena_reset(struct arena *a);

/* Ends the life of all allocations and frees all memory. The arena can be used again. */
void arena_done(struct arena *a);

#endif
