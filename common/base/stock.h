/*
 * Memory for buffers that are needed for a moment only: blocks that go from one to the next while
 * they are still in the CPU's cache, instead of back to malloc(3).
 */
#ifndef POSTERN_STOCK_H
#define POSTERN_STOCK_H

#include "buf.h"

enum { STOCK_BLOCKS = 16, STOCK_BLOCK_MOST = 64 * 1024 /* bytes of a block that is kept */ };

/* All zero is an empty one. */
struct stock {
	unsigned count;
	struct {
		char *data;
		size_t size;
	} blocks[STOCK_BLOCKS];
};

/* Frees what is in it; it can be used again. */
void stock_done(struct stock *stock);

/* Gives memory to a buffer that has none, if there is any. */
void stock_lend(struct stock *stock, struct buf *b);

/* Takes the memory of a buffer, whatever is in it, which is then as after buf_done. */
void stock_take(struct stock *stock, struct buf *b);

#endif
