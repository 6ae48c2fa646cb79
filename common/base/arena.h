/*
 * Memory that dies together: everything one request, one command or one group needs is taken from
 * an arena and given back at once. Nothing in it is freed singly.
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

/* An empty arena holds no memory; `struct arena a = { 0 }` is one too. */
void arena_init(struct arena *a);

/* size bytes, aligned for any type, not cleared; valid until the arena is reset or done. Never
 * NULL: a process out of memory logs and aborts, and its parent replaces it (log_die). */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));

/* count * size bytes, all zero; aborts as arena_alloc does, also when the product overflows. */
void *arena_calloc(struct arena *a, size_t count, size_t size) __attribute__((malloc));

/* A copy of s in the arena, with a NUL behind it that does not count. */
struct str arena_copy(struct arena *a, struct str s);

/* printf into the arena; a NUL follows that does not count. */
__attribute__((format(printf, 2, 3))) struct str arena_printf(
	struct arena *a, const char *format, ...);

/* Forgets everything in it, keeps one block of the first size for the next use. */
void arena_reset(struct arena *a);

/* Gives all memory back. */
void arena_done(struct arena *a);

#endif
