/*
 * Memory for buffers that are needed for a moment only: blocks that go from one to the next while
 * they are still in the CPU's cache, instead of back to malloc(3).
 */
#ifndef POSTERN_BUFFER_POOL_H
#define POSTERN_BUFFER_POOL_H

#include "buf.h"

enum {
	BUFFER_POOL_BLOCKS = 16,
	BUFFER_POOL_BLOCK_MOST = 64 * 1024 /* bytes of a block that is kept */
};

/* All zero is an empty one. */
struct buffer_pool {
	unsigned count;
	struct {
		char *data;
		size_t size;
	} blocks[BUFFER_POOL_BLOCKS];
};

/* Frees what is in it; it can be used again. */
void buffer_pool_done(struct buffer_pool *pool);

/* Gives memory to a buffer that has none, if there is any. */
void buffer_pool_get(struct buffer_pool *pool, struct buf *b);

/* Takes the memory of a buffer, whatever is in it, which is then as after buf_done. */
void buffer_pool_put(struct buffer_pool *pool, struct buf *b);

#endif
