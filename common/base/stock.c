#include "stock.h"

#include <stdlib.h>

void stock_done(struct stock *stock)
{
	while (stock->count > 0)
		free(stock->blocks[--stock->count].data);
}

void stock_lend(struct stock *stock, struct buf *b)
{
	if (b->data || stock->count == 0)
		return;
	stock->count--;
	b->data = stock->blocks[stock->count].data;
	b->size = stock->blocks[stock->count].size;
}

void stock_take(struct stock *stock, struct buf *b)
{
	if (b->data && b->size <= STOCK_BLOCK_MOST && stock->count < STOCK_BLOCKS) {
		stock->blocks[stock->count].data = b->data;
		stock->blocks[stock->count].size = b->size;
		stock->count++;
		b->data = NULL;
	}
	buf_done(b);
}
