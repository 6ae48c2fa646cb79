#include "pg_value.h"

#include "civil.h"
#include "decimal.h"
#include "json_column.h"
#include "pg_value_decimal.h"
#include "pg_value_moment.h"
#include "table.h"
#include "utf8.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	INTEGER_SIZE = sizeof("-9223372036854775808"),
	NUMBER_SIZE = sizeof("-1.7976931348623157e+308"),
	DATE_LENGTH = sizeof("2026-01-02") - 1,
	TIME_AT = DATE_LENGTH + 1,
	ZONE_LENGTH = sizeof("+00") - 1
};

/* Texts of parameters. */

static const char *text_of(struct arena *arena, struct str text)
{
	return arena_copy(arena, text).ptr;
}

static const char *integer_text(struct arena *arena, int64_t integer)
{
	char *text = arena_alloc(arena, INTEGER_SIZE);
	uint64_t size = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
	size_t sign = integer < 0;

	text[0] = '-';
	*decimal_write(text + sign, size, decimal_length(size)) = '\0';
	return text;
}

static const char *write_integer(struct arena *arena, const struct field *f, const struct value *v)
{
	(void)f;
	return integer_text(arena, v->integer);
}

/* All 17 digits read back as the same double. */
static const char *write_number(struct arena *arena, const struct field *f, const struct value *v)
{
	(void)f;
	if (isnan(v->number))
		return "NaN";
	if (isinf(v->number))
		return v->number < 0 ? "-Infinity" : "Infinity";
	char *text = arena_alloc(arena, NUMBER_SIZE + 1);
	snprintf(text, NUMBER_SIZE + 1, "%.17g", v->number);
	return text;
}

static const char *write_bool(struct arena *arena, const struct field *f, const struct value *v)
{
	(void)arena;
	(void)f;
	return v->integer ? "t" : "f";
}

static const char *write_text(struct arena *arena, const struct field *f, const struct value *v)
{
	(void)f;
	return text_of(arena, v->text);
}

/* The characters of a moment from one place to another. */
static const char *moment_part(struct arena *arena, int64_t moment, size_t from, size_t to)
{
	char text[CIVIL_MICROSECONDS];

	civil_format(text, moment, ' ');
	return text_of(arena, (struct str){ text + from, to - from });
}

static const char *write_date(struct arena *arena, const struct field *f, const struct value *v)
{
	(void)f;
	return moment_part(arena, v->integer * CIVIL_DAY, 0, DATE_LENGTH);
}

/* TIME WITHOUT TIME ZONE drops the zone. */
static const char *write_time(struct arena *arena, const struct field *f, const struct value *v)
{
	(void)f;
	return moment_part(arena, v->integer, TIME_AT, CIVIL_MICROSECONDS);
}

/* A moment in UTC. Which zone said it is lost: TIMESTAMP WITH TIME ZONE has none. */
static const char *utc_text(struct arena *arena, int64_t moment)
{
	char text[CIVIL_MICROSECONDS + ZONE_LENGTH];

	civil_format(text, moment, ' ');
	memcpy(text + CIVIL_MICROSECONDS, "+00", ZONE_LENGTH);
	return text_of(arena, (struct str){ text, sizeof(text) });
}

static bool is_set_in_utc(const struct field *f)
{
	return f->flags & FIELD_TIMEZONE && f->flags & (FIELD_NOW | FIELD_NOW_TOO);
}

static const char *write_datetime(struct arena *arena, const struct field *f, const struct value *v)
{
	if (v->kind == VALUE_ZONED)
		return utc_text(arena, v->integer - v->offset * CIVIL_SECOND);
	if (is_set_in_utc(f))
		return utc_text(arena, v->integer);
	return moment_part(arena, v->integer, 0, CIVIL_MICROSECONDS);
}

static const char *write_enum(struct arena *arena, const struct field *f, const struct value *v)
{
	return text_of(arena, f->choices->list[v->integer].name);
}

static const char *write_literal(struct arena *arena, const struct field *f, const struct value *v)
{
	const struct choice *choice = &f->choices->list[v->integer];

	return f->choices->integers ? integer_text(arena, choice->integer)
				    : text_of(arena, choice->text);
}

static const char *write_json(struct arena *arena, const struct field *f, const struct value *v)
{
	struct buf text;

	(void)f;
	buf_init(&text, SIZE_MAX);
	json_column_store(&text, v->text);
	const char *copy = text.failed ? NULL : text_of(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}

/* What the column can store. */

static bool integer_fits(const struct field *f, const struct value *v)
{
	return f->to || (v->integer >= INT32_MIN && v->integer <= INT32_MAX);
}

/* A body may allow longer texts than the column. A code point has a byte or more. */
static bool is_short_enough(const struct field *f, struct str text)
{
	size_t length;

	return text.len <= f->len.max || (utf8_count(text, &length) && length <= f->len.max);
}

static bool text_fits(const struct field *f, const struct value *v)
{
	return v->text.len == 0 ||
	       (!memchr(v->text.ptr, '\0', v->text.len) && is_short_enough(f, v->text));
}

static bool decimal_fits(const struct field *f, const struct value *v)
{
	return pg_value_decimal_fits(f, v->text);
}

static bool datetime_fits(const struct field *f, const struct value *v)
{
	(void)f;
	if (v->kind != VALUE_ZONED)
		return true;
	int64_t moment = v->integer - v->offset * CIVIL_SECOND;
	return moment >= CIVIL_FIRST && moment < CIVIL_END;
}

/* Values of columns. */

static bool parse_integer(struct str text, int64_t *integer)
{
	char copy[INTEGER_SIZE];
	char *end;

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	errno = 0;
	*integer = strtoll(copy, &end, 10);
	return end == copy + text.len && errno == 0;
}

static bool read_integer(
	struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)arena;
	(void)f;
	v->kind = VALUE_INT;
	return parse_integer(text, &v->integer);
}

static bool read_number(
	struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	char copy[NUMBER_SIZE + 1];
	char *end;

	(void)arena;
	(void)f;
	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*v = value_number(strtod(copy, &end));
	return end == copy + text.len;
}

static bool read_decimal(
	struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)f;
	v->kind = VALUE_STR;
	return pg_value_decimal_read(arena, text, &v->text);
}

static bool read_bool(struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)arena;
	(void)f;
	*v = value_int(str_equal(text, STR("t")));
	return v->integer || str_equal(text, STR("f"));
}

static bool read_text(struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)arena;
	(void)f;
	*v = value_text(text);
	return utf8_valid(text, UTF8_STRICT);
}

static bool read_uuid(struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)arena;
	(void)f;
	*v = value_text(text);
	return uuid_valid(text);
}

static bool read_date(struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)arena;
	(void)f;
	return pg_value_read_date(text, v);
}

static bool read_time(struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)arena;
	(void)f;
	return pg_value_read_time(text, v);
}

static bool read_datetime(
	struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	(void)arena;
	(void)f;
	return pg_value_read_moment(text, v);
}

static bool read_enum(struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	const struct choices *choices = f->choices;
	unsigned i = 0;

	(void)arena;
	while (i < choices->count && !str_equal(choices->list[i].name, text))
		i++;
	*v = value_int(i);
	return i < choices->count;
}

static bool read_literal(
	struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	const struct choices *choices = f->choices;
	int64_t integer = 0;
	unsigned i = 0;

	(void)arena;
	if (choices->integers) {
		if (!parse_integer(text, &integer))
			return false;
		text = STR("");
	}
	while (i < choices->count &&
		(choices->list[i].integer != integer || !str_equal(choices->list[i].text, text)))
		i++;
	*v = value_int(i);
	return i < choices->count;
}

/* JSON's null is None, too. */
static bool read_json(struct arena *arena, const struct field *f, struct str text, struct value *v)
{
	enum json_type wanted = f->type == FIELD_OBJECT ? JSON_OBJECT : JSON_ARRAY, found;

	v->kind = VALUE_STR;
	if (!json_column_read(arena, text, &found, &v->text))
		return false;
	if (found == JSON_NULL && f->flags & FIELD_NULLABLE) {
		*v = value_null();
		return true;
	}
	return found == wanted;
}

/* Kept: what is stored reads back as it was given. */

static bool keeps_decimal(const struct field *f, const struct value *v, bool utc)
{
	(void)utc;
	return pg_value_decimal_keeps(f, v->text);
}

static bool keeps_time(const struct field *f, const struct value *v, bool utc)
{
	(void)f;
	(void)utc;
	return v->kind != VALUE_ZONED;
}

static bool keeps_datetime(const struct field *f, const struct value *v, bool utc)
{
	if (f->flags & FIELD_TIMEZONE)
		return utc && v->kind == VALUE_ZONED && v->offset == 0;
	return v->kind != VALUE_ZONED;
}

static bool keeps_json(const struct field *f, const struct value *v, bool utc)
{
	(void)f;
	(void)utc;
	return json_column_keeps(v->text);
}

/* SQLAlchemy stores None as JSON unless a model says none_as_null. */
static const char json_null[] = "null";

/* clang-format off */
#define TYPES(ROW) \
	ROW(FIELD_INT,      write_integer,  NULL,      integer_fits,  read_integer,  NULL) \
	ROW(FIELD_NUMBER,   write_number,   NULL,      NULL,          read_number,   NULL) \
	ROW(FIELD_DECIMAL,  write_text,     NULL,      decimal_fits,  read_decimal,  keeps_decimal) \
	ROW(FIELD_BOOL,     write_bool,     NULL,      NULL,          read_bool,     NULL) \
	ROW(FIELD_STR,      write_text,     NULL,      text_fits,     read_text,     NULL) \
	ROW(FIELD_TEXT,     write_text,     NULL,      text_fits,     read_text,     NULL) \
	ROW(FIELD_EMAIL,    write_text,     NULL,      text_fits,     read_text,     NULL) \
	ROW(FIELD_URL,      write_text,     NULL,      text_fits,     read_text,     NULL) \
	ROW(FIELD_UUID,     write_text,     NULL,      NULL,          read_uuid,     NULL) \
	ROW(FIELD_DATE,     write_date,     NULL,      NULL,          read_date,     NULL) \
	ROW(FIELD_TIME,     write_time,     NULL,      NULL,          read_time,     keeps_time) \
	ROW(FIELD_DATETIME, write_datetime, NULL,      datetime_fits, read_datetime, keeps_datetime) \
	ROW(FIELD_ENUM,     write_enum,     NULL,      NULL,          read_enum,     NULL) \
	ROW(FIELD_LITERAL,  write_literal,  NULL,      NULL,          read_literal,  NULL) \
	ROW(FIELD_OBJECT,   write_json,     json_null, NULL,          read_json,     keeps_json) \
	ROW(FIELD_ARRAY,    write_json,     json_null, NULL,          read_json,     keeps_json) \
	ROW(FIELD_LINKS,    NULL,           NULL,      NULL,          NULL,          NULL)
/* clang-format on */

static const struct {
	const char *(*write)(struct arena *arena, const struct field *f, const struct value *v);
	const char *null;                                           /* the text of null */
	bool (*fits)(const struct field *f, const struct value *v); /* NULL: always */
	bool (*read)(struct arena *arena, const struct field *f, struct str text, struct value *v);
	bool (*keeps)(const struct field *f, const struct value *v, bool utc); /* NULL: always */
} types[] = { TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(TYPES, FIELD_TYPE__COUNT);

static bool is_given(const struct value *v)
{
	return v->kind != VALUE_NULL && v->kind != VALUE_REFUSED;
}

const char *pg_value_text(struct arena *arena, const struct field *f, const struct value *value)
{
	if (value->kind == VALUE_NULL)
		return types[f->type].null;
	return is_given(value) ? types[f->type].write(arena, f, value) : NULL;
}

bool pg_value_fits(const struct field *f, const struct value *value)
{
	return !is_given(value) || !types[f->type].fits || types[f->type].fits(f, value);
}

bool pg_value_compares(const struct field *f, const struct value *value)
{
	struct field any = *f;

	any.digits = any.len.max = FIELD_UNBOUNDED;
	return f->type == FIELD_INT || pg_value_fits(&any, value);
}

bool pg_value_read(struct arena *arena, const struct field *f, struct str text, struct value *value)
{
	if (text.ptr)
		return types[f->type].read(arena, f, text, value);
	*value = value_null();
	return (f->flags & FIELD_NULLABLE) != 0;
}

bool pg_value_keeps(const struct record *record, uint64_t fields, bool utc)
{
	for (; fields != 0; fields &= fields - 1) {
		unsigned i = (unsigned)__builtin_ctzll(fields);
		const struct field *f = &record->resource->fields[i];
		const struct value *v = &record->values[i];
		if (v->kind != VALUE_NULL && types[f->type].keeps &&
			!types[f->type].keeps(f, v, utc))
			return false;
	}
	return true;
}

/* Keys. */

const char *pg_key_text(struct arena *arena, const struct field *f, struct key key)
{
	char text[UUID_LENGTH];

	if (f->type != FIELD_UUID)
		return integer_text(arena, key_integer(key));
	return text_of(arena, key_value(f, key, text).text);
}

void pg_key_array_add(struct buf *out, const struct field *f, struct key key)
{
	char text[UUID_LENGTH];

	buf_char(out, buf_len(out) == 0 ? '{' : ',');
	if (f->type == FIELD_UUID)
		buf_str(out, key_value(f, key, text).text);
	else
		buf_int(out, key_integer(key));
}

void pg_key_array_end(struct buf *out)
{
	buf_str(out, buf_len(out) == 0 ? STR("{}") : STR("}"));
	buf_char(out, '\0');
}

bool pg_key_read(const struct field *f, struct str text, struct key *key)
{
	int64_t integer;

	*key = key_none();
	if (!text.ptr)
		return true;
	if (f->type == FIELD_UUID)
		return uuid_parse(text, &key->high, &key->low);
	if (!parse_integer(text, &integer))
		return false;
	*key = key_int(integer);
	return true;
}
