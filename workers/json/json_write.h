/*
 * JSON out, compact and in UTF-8, as the API has always written it: json.dumps of Python with
 * ensure_ascii=False and separators "," and ":". The buffer's failure is sticky: ask it at the end.
 */
#ifndef POSTERN_JSON_WRITE_H
#define POSTERN_JSON_WRITE_H

#include "buf.h"
#include "json.h"
#include "str.h"

/* A value and all that is in it, however deep; without the members whose key starts with "_sa",
 * which the encoder of the original keeps for itself. */
void json_write(struct buf *out, const struct json *value);

/* In quotes and escaped. A lone surrogate, which UTF-8 cannot hold, becomes \udxxx. */
void json_write_string(struct buf *out, struct str wtf8);

/* The same for a text that json_text_is_plain lets pass: in quotes, and no more. */
static inline void json_write_plain(struct buf *out, struct str text)
{
	char *room = buf_reserve(out, text.len + 2);

	if (!room)
		return;
	room[0] = room[text.len + 1] = '"';
	memcpy(room + 1, text.ptr, text.len);
	buf_commit(out, text.len + 2);
}

/* As repr() of Python: the shortest digits that read back as the same value. JSON has no word for
 * NaN and the infinities: they are null. */
void json_write_double(struct buf *out, double value);

#endif
