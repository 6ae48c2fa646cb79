#include "source_file.h"

#include "arena_buf.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

struct str source_file_read(struct arena *arena, const char *path)
{
	enum { PIECE = 1 << 16 };
	FILE *file = fopen(path, "r");
	struct buf text;
	size_t n;

	if (!file)
		err(EXIT_FAILURE, "%s", path);
	buf_init(&text, SIZE_MAX / 2);
	do {
		char *room = buf_reserve(&text, PIECE);
		n = room ? fread(room, 1, PIECE, file) : 0;
		buf_commit(&text, n);
	} while (n > 0);
	if (ferror(file) || text.failed)
		errx(EXIT_FAILURE, "%s cannot be read", path);
	fclose(file);
	struct str copy = arena_copy(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}
