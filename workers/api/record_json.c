#include "record_json.h"

#include "civil.h"
#include "decimal.h"
#include "email.h"
#include "json_write.h"
#include "table.h"

#include <stdlib.h>

/* Dates and times. */

enum {
	DATE_LENGTH = sizeof("2026-01-02") - 1,
	TIME_AT = DATE_LENGTH + 1 /* in a moment */
};

#define MICROSECONDS_OF_DAY UINT64_C(86400000000)

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

void record_json_datetime(struct buf *out, int64_t microseconds)
{
	put_moment(out, microseconds, 0, STR(""));
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
		record_json_datetime(out, v->integer);
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
	int64_t moment = (int64_t)((uint64_t)v->integer * MICROSECONDS_OF_DAY);
	char *room = buf_reserve(out, 1 + CIVIL_MICROSECONDS);

	(void)f;
	if (!room)
		return;
	civil_format(room + 1, moment, 'T');
	room[0] = room[1 + DATE_LENGTH] = '"';
	buf_commit(out, 1 + DATE_LENGTH + 1);
}

/* JSON columns. */

/* The length of the JSON string at the start of a text. */
static size_t string_length(struct str text)
{
	size_t n = 1;

	while (n < text.len && text.ptr[n] != '"')
		n += text.ptr[n] == '\\' ? 2 : 1;
	return n < text.len ? n + 1 : text.len;
}

/* The length of the JSON number at the start of a text; 0 if there is none. */
static size_t number_length(struct str text)
{
	static const char characters[] = "+-.0123456789Ee";
	size_t n = 0;

	while (n < text.len && memchr(characters, text.ptr[n], sizeof(characters) - 1))
		n++;
	return n;
}

static void write_number_text(struct buf *out, struct str text)
{
	char number[64];

	if (text.len >= sizeof(number) || !memmem(text.ptr, text.len, "e-0", 3)) {
		buf_str(out, text);
		return;
	}
	memcpy(number, text.ptr, text.len);
	number[text.len] = '\0';
	json_write_shown_double(out, strtod(number, NULL));
}

/* Not inlined, as such numbers are rare. */
__attribute__((noinline)) static void write_json_with_small_numbers(
	struct buf *out, struct str text)
{
	while (text.len > 0) {
		size_t number = number_length(text);
		size_t other = text.ptr[0] == '"' ? string_length(text) : 1;
		if (number > 0)
			write_number_text(out, (struct str){ text.ptr, number });
		else
			buf_append(out, text.ptr, other);
		text = str_from_index(text, number > 0 ? number : other);
	}
}

/* The stored text is as Python's json.dumps writes it. Pydantic writes the same but for small
 * numbers, whose exponent json.dumps begins with a zero. */
static void write_json(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	if (memmem(v->text.ptr, v->text.len, "e-0", 3))
		write_json_with_small_numbers(out, v->text);
	else
		buf_str(out, v->text);
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
	json_write_shown_double(out, v->number);
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

/* An index beyond the choices, which dbd does not send, is null. */
static void write_choice(struct buf *out, const struct field *f, const struct value *v)
{
	const struct choices *choices = f->choices;

	if (v->integer < 0 || v->integer >= choices->count)
		buf_str(out, STR("null"));
	else if (choices->integers)
		buf_int(out, choices->list[v->integer].integer);
	else
		json_write_string(out, choices->list[v->integer].text);
}

/* An address that another program may have stored. Not inlined, as the usual address needs nothing
 * of this. */
__attribute__((noinline)) static void write_unusual_email(struct buf *out, struct str stored)
{
	struct arena arena;

	if (email_is_shown_as_is(stored)) {
		json_write_string(out, stored);
		return;
	}
	arena_init(&arena);
	json_write_string(out, email_shown(&arena, stored));
	arena_done(&arena);
}

static void write_email(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	if (email_is_shown_plain(v->text))
		json_write_plain(out, v->text);
	else
		write_unusual_email(out, v->text);
}

static void write_null(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	(void)v;
	buf_str(out, STR("null"));
}

/* clang-format off */
#define WRITERS(ROW) \
	ROW(FIELD_INT,       write_int) \
	ROW(FIELD_NUMBER,    write_number) \
	ROW(FIELD_DECIMAL,   write_text) \
	ROW(FIELD_BOOL,      write_bool) \
	ROW(FIELD_STR,       write_text) \
	ROW(FIELD_TEXT,      write_text) \
	ROW(FIELD_EMAIL,     write_email) \
	ROW(FIELD_URL,       write_text) \
	ROW(FIELD_UUID,      write_text) \
	ROW(FIELD_DATE,      write_date) \
	ROW(FIELD_TIME,      write_time) \
	ROW(FIELD_DATETIME,  write_datetime) \
	ROW(FIELD_ENUM,      write_choice) \
	ROW(FIELD_LITERAL,   write_choice) \
	ROW(FIELD_OBJECT,    write_json) \
	ROW(FIELD_ARRAY,     write_json) \
	ROW(FIELD_REFERENCE, write_int)
/* clang-format on */

static const struct {
	void (*write)(struct buf *out, const struct field *f, const struct value *v);
} writers[] = { WRITERS(TABLE_ROW) };
TABLE_IS_WHOLE(WRITERS, FIELD_TYPE__COUNT);

void record_json_value(struct buf *out, const struct field *f, const struct value *v)
{
	(v->kind == VALUE_NULL ? write_null : writers[f->type].write)(out, f, v);
}

/* Forms. */

static void add_fields(
	struct record_json *json, const struct resource *r, bool input, struct arena *arena)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		if (f->flags & FIELD_HIDDEN || !(f->flags & FIELD_INPUT) == input)
			continue;
		json->fields[json->nfields] = (struct record_json_field){
			.index = i,
			.before = arena_printf(
				arena, "%c\"%s\":", json->nfields ? ',' : '{', f->name),
			.field = f,
			.write = writers[f->type].write,
		};
		json->nfields++;
	}
}

void record_json_init(struct record_json *json, const struct resource *r, struct arena *arena)
{
	json->nfields = 0;
	json->fields = arena_calloc(arena, r->nfields, sizeof(*json->fields));
	add_fields(json, r, true, arena);
	add_fields(json, r, false, arena);
}

/* By the index of the resource. Set once, without a lock: a worker has one thread. */
static const struct record_json *prepared;

void record_json_prepare(struct arena *arena)
{
	struct record_json *all = arena_calloc(arena, api->nresources, sizeof(*all));

	for (unsigned i = 0; i < api->nresources; i++)
		record_json_init(&all[i], api->resources[i], arena);
	prepared = all;
}

const struct record_json *record_json_of(const struct resource *r)
{
	return &prepared[resource_index(r)];
}

void record_json_write(
	struct buf *out, const struct record_json *json, const struct record *record, bool open)
{
	const struct record_json_field *end = json->fields + json->nfields;

	for (const struct record_json_field *f = json->fields; f < end; f++) {
		const struct value *v = &record->values[f->index];
		bool shown = record_has(record, f->index) && v->kind != VALUE_NULL;
		buf_str(out, f->before);
		(shown ? f->write : write_null)(out, f->field, v);
	}
	if (!open)
		buf_char(out, '}');
}
