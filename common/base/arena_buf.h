/* Texts of unknown length that are written to a buffer and then live in an arena. */
#ifndef POSTERN_ARENA_BUF_H
#define POSTERN_ARENA_BUF_H

#include "arena.h"
#include "buf.h"

/* Copies the content into the arena, with a NUL that len does not count, and frees the buffer's
 * memory. Aborts if the buffer has failed, as an arena does if memory runs out (log_die). */
struct str arena_take(struct arena *a, struct buf *b);

#endif
