#include "double_text.h"

#include "json_write.h"

struct str double_text(struct arena *arena, double number)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	json_write_double(&out, number);
	struct str text = arena_copy(arena, buf_view(&out));
	buf_done(&out);
	return text;
}
