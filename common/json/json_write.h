/*
 * Writes compact JSON in UTF-8, as Python's json.dumps does with ensure_ascii=False and the
 * separators "," and ":". Failure of the buffer is sticky: check it once at the end.
 */
#ifndef POSTERN_JSON_WRITE_H
#define POSTERN_JSON_WRITE_H

#include "buf.h"
#include "json.h"
#include "str.h"

/* Writes a value with all that it contains, in constant stack space. Omits members whose key starts
 * with "_sa", as FastAPI's jsonable_encoder does (sqlalchemy_safe). */
void json_write(struct buf *out, const struct json *value);

/* The same without the members that are null, at any depth, as jsonable_encoder does with
 * exclude_none. Items of arrays stay. */
void json_write_without_nulls(struct buf *out, const struct json *value);

/* The same with every member. */
void json_write_whole(struct buf *out, const struct json *value);

/* Writes a quoted and escaped string. A lone surrogate, which UTF-8 cannot encode, becomes \udxxx.
 */
void json_write_string(struct buf *out, struct str wtf8);

/* Writes a string for which json_text_is_plain is true, in quotes. */
static inline void json_write_plain(struct buf *out, struct str text)
{
	char *room = buf_reserve(out, text.len + 2);

	if (!room)
		return;
	room[0] = room[text.len + 1] = '"';
	memcpy(room + 1, text.ptr, text.len);
	buf_commit(out, text.len + 2);
}

/* Writes the shortest decimal that reads back as the same value, as Python's repr() does. NaN and
 * infinities, which JSON cannot represent, become null. */
void json_write_double(struct buf *out, double value);

/* The same as Pydantic's serializer does (the Rust crate zmij): without an exponent from 1e-05 on,
 * and else without a zero before an exponent of one digit. */
void json_write_shown_double(struct buf *out, double value);

#endif
