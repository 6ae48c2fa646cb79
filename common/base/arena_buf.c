#include "arena_buf.h"

#include "log.h"

struct str arena_take(struct arena *a, struct buf *b)
{
	if (b->failed)
		log_die("out of memory: a text of %zu bytes", buf_len(b));
	struct str copy = arena_copy(a, buf_view(b));
	buf_done(b);
	return copy;
}
