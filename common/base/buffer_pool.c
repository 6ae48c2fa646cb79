#include "buffer_pool.h"

#include <stdlib.h>

void buffer_pool_done(struct buffer_pool *pool)
{
	while (pool->count > 0)
		free(pool->blocks[--pool->count].data);
}

void buffer_pool_get(struct buffer_pool *pool, struct buf *b)
{
	if (b->data || pool->count == 0)
		return;
	pool->count--;
	b->data = pool->blocks[pool->count].data;
	b->size = pool->blocks[pool->count].size;
}

void buffer_pool_put(struct buffer_pool *pool, struct buf *b)
{
	if (!b->data || b->size > BUFFER_POOL_BLOCK_MOST || pool->count == BUFFER_POOL_BLOCKS) {
		buf_done(b);
		return;
	}
	pool->blocks[pool->count].data = b->data;
	pool->blocks[pool->count].size = b->size;
	pool->count++;
	*b = (struct buf){ .limit = b->limit };
}
