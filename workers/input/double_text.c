#include "double_text.h"

#include "arena_buf.h"
#include "json_write.h"

struct str double_text(struct arena *arena, double number)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	json_write_double(&out, number);
	return arena_take(arena, &out);
}
