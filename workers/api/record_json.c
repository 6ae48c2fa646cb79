#include "record_json.h"

#include "civil.h"
#include "decimal.h"
#include "email.h"
#include "json_write.h"
#include "table.h"

/* A JSON string: the moment, then the zone. */
static inline void put_datetime(struct buf *out, int64_t microseconds, struct str zone)
{
	char *room = buf_reserve(out, 1 + CIVIL_MICROSECONDS + zone.len + 1);

	if (!room)
		return;
	unsigned fraction = civil_format(room + 1, microseconds, 'T');
	size_t length = fraction == 0 ? CIVIL_SECONDS : CIVIL_MICROSECONDS;
	memcpy(room + 1 + length, zone.ptr, zone.len);
	length += zone.len;
	room[0] = room[1 + length] = '"';
	buf_commit(out, 1 + length + 1);
}

void record_json_datetime(struct buf *out, int64_t microseconds)
{
	put_datetime(out, microseconds, STR(""));
}

/* The zone has hours and minutes; its seconds are not written. Not inlined, as zones are rare. */
__attribute__((noinline)) static void write_zoned(struct buf *out, const struct value *v)
{
	unsigned minutes = (unsigned)(v->offset < 0 ? -v->offset : v->offset) / 60;
	char zone[sizeof("+00:00")];

	if (v->offset == 0) {
		put_datetime(out, v->integer, STR("Z"));
		return;
	}
	zone[0] = v->offset < 0 ? '-' : '+';
	decimal_put_two(zone + 1, minutes / 60);
	zone[3] = ':';
	decimal_put_two(zone + 4, minutes % 60);
	put_datetime(out, v->integer, (struct str){ zone, sizeof(zone) - 1 });
}

static void write_int(struct buf *out, const struct value *v)
{
	buf_int(out, v->integer);
}

static void write_text(struct buf *out, const struct value *v)
{
	json_write_string(out, v->text);
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

static void write_email(struct buf *out, const struct value *v)
{
	if (email_is_shown_plain(v->text))
		json_write_plain(out, v->text);
	else
		write_unusual_email(out, v->text);
}

static void write_datetime(struct buf *out, const struct value *v)
{
	if (v->kind == VALUE_ZONED)
		write_zoned(out, v);
	else
		record_json_datetime(out, v->integer);
}

static void write_null(struct buf *out, const struct value *v)
{
	(void)v;
	buf_str(out, STR("null"));
}

/* clang-format off */
#define WRITERS(ROW) \
	ROW(FIELD_INT,       write_int) \
	ROW(FIELD_NUMBER,    write_text) \
	ROW(FIELD_DECIMAL,   write_text) \
	ROW(FIELD_BOOL,      write_int) \
	ROW(FIELD_STR,       write_text) \
	ROW(FIELD_TEXT,      write_text) \
	ROW(FIELD_EMAIL,     write_email) \
	ROW(FIELD_URL,       write_text) \
	ROW(FIELD_UUID,      write_text) \
	ROW(FIELD_DATE,      write_int) \
	ROW(FIELD_TIME,      write_int) \
	ROW(FIELD_DATETIME,  write_datetime) \
	ROW(FIELD_ENUM,      write_int) \
	ROW(FIELD_LITERAL,   write_int) \
	ROW(FIELD_OBJECT,    write_text) \
	ROW(FIELD_ARRAY,     write_text) \
	ROW(FIELD_REFERENCE, write_int)
/* clang-format on */

static const struct {
	void (*write)(struct buf *out, const struct value *v);
} writers[] = { WRITERS(TABLE_ROW) };
TABLE_IS_WHOLE(WRITERS, FIELD_TYPE__COUNT);

static void add_fields(struct record_json *json, const struct resource *r, bool input)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		if (!(f->flags & FIELD_INPUT) == input)
			continue;
		json->fields[json->nfields++] =
			(struct record_json_field){ i, str_from(f->name), writers[f->type].write };
	}
}

void record_json_init(struct record_json *json, const struct resource *r)
{
	json->nfields = 0;
	add_fields(json, r, true);
	add_fields(json, r, false);
}

/* {"name": or ,"name": */
static void write_name(struct buf *out, char before, struct str name)
{
	char *room = buf_reserve(out, name.len + strlen("{\"\":"));

	if (!room)
		return;
	*room++ = before;
	*room++ = '"';
	memcpy(room, name.ptr, name.len);
	room += name.len;
	*room++ = '"';
	*room = ':';
	buf_commit(out, name.len + strlen("{\"\":"));
}

void record_json_write(
	struct buf *out, const struct record_json *json, const struct record *record, bool open)
{
	for (unsigned i = 0; i < json->nfields; i++) {
		const struct record_json_field *f = &json->fields[i];
		const struct value *v = &record->values[f->index];
		bool shown = record_has(record, f->index) && v->kind != VALUE_NULL;
		write_name(out, i ? ',' : '{', f->name);
		(shown ? f->write : write_null)(out, v);
	}
	if (!open)
		buf_char(out, '}');
}
