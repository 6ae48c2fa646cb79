/*
 * A pool of memory blocks for short-lived buffers. A block goes from one buffer to the next while
 * it is in the CPU's cache, instead of to free(3) and malloc(3).
 */
#ifndef POSTERN_BUFFER_POOL_H
#define POSTERN_BUFFER_POOL_H

#include "buf.h"

enum {
	BUFFER_POOL_BLOCKS = 16,
	BUFFER_POOL_BLOCK_MOST = 64 * 1024 /* bytes; larger blocks are freed */
};

/* A zeroed struct is an empty pool. */
struct buffer_pool {
	unsigned count;
	struct {
		char *data;
		size_t size;
	} blocks[BUFFER_POOL_BLOCKS];
};

/* Frees the blocks. The pool is then empty and can be used again. */
void buffer_pool_done(struct buffer_pool *pool);

/* Moves a block from the pool to the buffer, unless the buffer has memory or the pool is empty. */
void buffer_pool_get(struct buffer_pool *pool, struct buf *b);

/* Empties the buffer as buf_done does, but moves its memory to the pool if the pool has room for
 * it. The content is lost. */
void buffer_pool_put(struct buffer_pool *pool, struct buf *b);

#endif
