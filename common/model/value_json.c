#include "value_json.h"

#include "civil.h"
#include "decimal.h"
#include "json_write.h"
#include "table.h"

enum {
	DATE_LENGTH = sizeof("2026-01-02") - 1,
	TIME_AT = DATE_LENGTH + 1 /* in a moment */
};

/* Dates and times. */

/* A JSON string: the moment from the character `from` on, then the zone. */
static inline void put_moment(struct buf *out, int64_t microseconds, size_t from, struct str zone)
{
	char *room = buf_reserve(out, 1 + CIVIL_MICROSECONDS + zone.len + 1);

	if (!room)
		return;
	unsigned fraction = civil_format(room + 1, microseconds, 'T');
	size_t length = (fraction == 0 ? CIVIL_SECONDS : CIVIL_MICROSECONDS) - from;
	if (from > 0)
		memmove(room + 1, room + 1 + from, length);
	memcpy(room + 1 + length, zone.ptr, zone.len);
	length += zone.len;
	room[0] = room[1 + length] = '"';
	buf_commit(out, 1 + length + 1);
}

/* The zone has hours and minutes; its seconds are not written. Not inlined, as zones are rare. */
__attribute__((noinline)) static void write_zoned(
	struct buf *out, const struct value *v, size_t from)
{
	unsigned minutes = (unsigned)(v->offset < 0 ? -v->offset : v->offset) / 60;
	char zone[sizeof("+00:00")];

	if (v->offset == 0) {
		put_moment(out, v->integer, from, STR("Z"));
		return;
	}
	zone[0] = v->offset < 0 ? '-' : '+';
	decimal_put_two(zone + 1, minutes / 60);
	zone[3] = ':';
	decimal_put_two(zone + 4, minutes % 60);
	put_moment(out, v->integer, from, (struct str){ zone, sizeof(zone) - 1 });
}

static void write_datetime(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	if (v->kind == VALUE_ZONED)
		write_zoned(out, v, 0);
	else
		put_moment(out, v->integer, 0, STR(""));
}

static void write_time(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	if (v->kind == VALUE_ZONED)
		write_zoned(out, v, TIME_AT);
	else
		put_moment(out, v->integer, TIME_AT, STR(""));
}

/* Days beyond the years of a date wrap around. */
static void write_date(struct buf *out, const struct field *f, const struct value *v)
{
	int64_t moment = (int64_t)((uint64_t)v->integer * (uint64_t)CIVIL_DAY);
	char *room = buf_reserve(out, 1 + CIVIL_MICROSECONDS);

	(void)f;
	if (!room)
		return;
	civil_format(room + 1, moment, 'T');
	room[0] = room[1 + DATE_LENGTH] = '"';
	buf_commit(out, 1 + DATE_LENGTH + 1);
}

/* Other types. */

static void write_int(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
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

static void write_json(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	buf_str(out, v->text);
}

void value_json_write_choice(struct buf *out, const struct choices *choices, int64_t index)
{
	if (index < 0 || index >= choices->count)
		buf_str(out, STR("null"));
	else if (choices->integers)
		buf_int(out, choices->list[index].integer);
	else
		json_write_string(out, choices->list[index].text);
}

static void write_choice(struct buf *out, const struct field *f, const struct value *v)
{
	value_json_write_choice(out, f->choices, v->integer);
}

/* clang-format off */
#define WRITERS(ROW) \
	ROW(FIELD_INT,       write_int) \
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
	ROW(FIELD_LINKS,     write_json)
/* clang-format on */

static const struct {
	value_json_writer *write;
} writers[] = { WRITERS(TABLE_ROW) };
TABLE_IS_WHOLE(WRITERS, FIELD_TYPE__COUNT);

value_json_writer *value_json_writer_of(enum field_type type)
{
	return writers[type].write;
}

void value_json_write(struct buf *out, const struct field *f, const struct value *v)
{
	if (v->kind == VALUE_NULL)
		buf_str(out, STR("null"));
	else
		writers[f->type].write(out, f, v);
}
