/* Words that bound values: flags, counts, limits, patterns. */
#include "declaration_word.h"

#include "json_write.h"

#include <stdlib.h>

enum { PATTERN_ERROR_MAX = 256 };

/* Flags. */

static bool flag_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	bool on;

	if (!reading_bool(r, spot, &on))
		return false;
	f->flags = on ? f->flags | word->detail : f->flags & ~word->detail;
	return true;
}

static bool no_flag_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	bool off;

	if (!reading_bool(r, spot, &off))
		return false;
	f->flags = off ? f->flags & ~word->detail : f->flags | word->detail;
	return true;
}

static void flag_write(struct buf *out, const struct field *f, const struct word *word)
{
	buf_str(out, f->flags & word->detail ? STR("true") : STR("false"));
}

static void no_flag_write(struct buf *out, const struct field *f, const struct word *word)
{
	buf_str(out, f->flags & word->detail ? STR("false") : STR("true"));
}

/* Clients send a field, unless the server sets it. */
static bool flag_is_default(const struct field *f, const struct word *word)
{
	unsigned plain = f->flags & (FIELD_NOW | FIELD_NOW_TOO) ? 0 : FIELD_INPUT;

	return ((f->flags ^ plain) & word->detail) == 0;
}

const struct kind kind_of_flag = { flag_read, flag_write, flag_is_default };
const struct kind kind_of_no_flag = { no_flag_read, no_flag_write, flag_is_default };

/* Counts; null: any. */

enum { COUNT_MOST = 1000 * 1000 * 1000 };

static uint32_t *count_of(struct field *f, unsigned member)
{
	return (uint32_t *)(void *)((char *)f + member);
}

static bool count_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	uint32_t least = word->detail == offsetof(struct field, digits);

	if (is_null(spot) && word->detail != offsetof(struct field, len.min)) {
		*count_of(f, word->detail) = FIELD_UNBOUNDED;
		return true;
	}
	return reading_count(r, spot, least, COUNT_MOST, count_of(f, word->detail));
}

static uint32_t count_in(const struct field *f, unsigned member)
{
	uint32_t count;

	memcpy(&count, (const char *)f + member, sizeof(count));
	return count;
}

static void count_write(struct buf *out, const struct field *f, const struct word *word)
{
	uint32_t count = count_in(f, word->detail);

	if (count == FIELD_UNBOUNDED)
		buf_str(out, STR("null"));
	else
		buf_int(out, count);
}

static bool count_is_default(const struct field *f, const struct word *word)
{
	bool least = word->detail == offsetof(struct field, len.min);

	return count_in(f, word->detail) == (least ? 0 : FIELD_UNBOUNDED);
}

const struct kind kind_of_count = { count_read, count_write, count_is_default };

/* Limits; null: none. */

static bool limit_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct field number = {
		.type = f->type, .digits = FIELD_UNBOUNDED, .places = FIELD_UNBOUNDED
	};
	struct limit *limit = &f->limits[word->detail];
	struct value value;
	struct buf text;

	*limit = (struct limit){ 0 };
	if (is_null(spot))
		return true;
	if (!declaration_read_value(r, spot, &number, &value))
		return false;
	buf_init(&text, DECLARATION_MOST);
	if (value.kind == VALUE_STR)
		buf_str(&text, value.text);
	else if (spot->value->type == JSON_INT)
		buf_str(&text, spot->value->text);
	else
		json_write_double(&text, value.number);
	limit->text = reading_keep(r, &text);
	limit->integer = value.kind == VALUE_INT ? value.integer : 0;
	limit->number = strtod(limit->text.ptr, NULL);
	if (word->detail == LIMIT_MULTIPLE_OF && !(limit->number > 0))
		return reading_refuse_found(r, spot, "allowed is a number above 0");
	return true;
}

static void limit_write(struct buf *out, const struct field *f, const struct word *word)
{
	struct str text = f->limits[word->detail].text;

	buf_str(out, text.ptr ? text : STR("null"));
}

static bool limit_is_default(const struct field *f, const struct word *word)
{
	return !f->limits[word->detail].text.ptr;
}

const struct kind kind_of_limit = { limit_read, limit_write, limit_is_default };

/* Patterns; null: none. */

static bool is_valid_pattern(struct reading *r, const struct spot *spot, struct str text)
{
	struct buf what;

	buf_init(&what, PATTERN_ERROR_MAX);
	bool valid = !r->check_pattern || r->check_pattern(text, &what);
	if (!valid)
		reading_refuse(r, spot, "not a valid pattern: %.*s", STR_ARGS(buf_view(&what)));
	buf_done(&what);
	return valid;
}

static bool pattern_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct str text;

	(void)word;
	f->pattern = (struct str){ 0 };
	if (is_null(spot))
		return true;
	if (!reading_text(r, spot, &text) || !is_valid_pattern(r, spot, text))
		return false;
	f->pattern = region_copy(r->region, text);
	return true;
}

static void pattern_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	if (f->pattern.ptr)
		json_write_string(out, f->pattern);
	else
		buf_str(out, STR("null"));
}

static bool pattern_is_default(const struct field *f, const struct word *word)
{
	(void)word;
	return !f->pattern.ptr;
}

const struct kind kind_of_pattern = { pattern_read, pattern_write, pattern_is_default };
