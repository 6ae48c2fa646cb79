#include "item_json.h"

#include "civil.h"
#include "json_write.h"
#include "table.h"

#include <stdlib.h>

enum { TIME_AT = sizeof("2026-01-02T") - 1 }; /* in a datetime */

#define A_DAY INT64_C(86400000000) /* microseconds */

static void write_integer(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	if (v->kind == VALUE_STR)
		buf_str(out, v->text);
	else
		buf_int(out, v->integer);
}

static void write_number(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	json_write_double(out, v->number);
}

static void write_bool(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	buf_str(out, v->integer ? STR("true") : STR("false"));
}

static void write_text(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	json_write_string(out, v->text);
}

static void write_choice(struct buf *out, const struct field *f, const struct value *v)
{
	const struct choice *choice = &f->choices->list[v->integer];

	if (f->choices->integers)
		buf_int(out, choice->integer);
	else
		json_write_string(out, choice->text);
}

/* "Z" for UTC, else "+02:00". */
static void write_zone(struct buf *out, const struct value *v)
{
	int minutes = abs(v->offset) / 60;

	if (v->kind != VALUE_ZONED)
		return;
	if (v->offset == 0)
		buf_char(out, 'Z');
	else
		buf_printf(
			out, "%c%02d:%02d", v->offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/* A moment from one of its characters on. */
static void write_moment(struct buf *out, const struct value *v, size_t from)
{
	char text[CIVIL_MICROSECONDS];
	unsigned fraction = civil_format(text, v->integer, 'T');
	size_t end = fraction ? CIVIL_MICROSECONDS : CIVIL_SECONDS;

	buf_char(out, '"');
	buf_append(out, text + from, end - from);
	write_zone(out, v);
	buf_char(out, '"');
}

static void write_datetime(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	write_moment(out, v, 0);
}

static void write_time(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	write_moment(out, v, TIME_AT);
}

static void write_date(struct buf *out, const struct field *f, const struct value *v)
{
	char text[CIVIL_MICROSECONDS];

	(void)f;
	civil_format(text, v->integer * A_DAY, 'T');
	buf_char(out, '"');
	buf_append(out, text, TIME_AT - 1);
	buf_char(out, '"');
}

/* What is JSON already. */
static void write_json(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	buf_str(out, v->text);
}

/* clang-format off */
#define WRITERS(ROW) \
	ROW(FIELD_INT,       write_integer) \
	ROW(FIELD_NUMBER,    write_number) \
	ROW(FIELD_DECIMAL,   write_text) \
	ROW(FIELD_BOOL,      write_bool) \
	ROW(FIELD_STR,       write_text) \
	ROW(FIELD_TEXT,      write_text) \
	ROW(FIELD_EMAIL,     write_text) \
	ROW(FIELD_URL,       write_text) \
	ROW(FIELD_UUID,      write_text) \
	ROW(FIELD_DATE,      write_date) \
	ROW(FIELD_TIME,      write_time) \
	ROW(FIELD_DATETIME,  write_datetime) \
	ROW(FIELD_ENUM,      write_choice) \
	ROW(FIELD_LITERAL,   write_choice) \
	ROW(FIELD_OBJECT,    write_json) \
	ROW(FIELD_ARRAY,     write_json) \
	ROW(FIELD_REFERENCE, write_integer)
/* clang-format on */

static const struct {
	void (*write)(struct buf *out, const struct field *f, const struct value *v);
} writers[] = { WRITERS(TABLE_ROW) };
TABLE_IS_WHOLE(WRITERS, FIELD_TYPE__COUNT);

void item_json_write(struct buf *out, const struct field *field, const struct value *value)
{
	if (value->kind == VALUE_NULL)
		buf_str(out, STR("null"));
	else
		writers[field->type].write(out, field, value);
}
