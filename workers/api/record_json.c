#include "record_json.h"

#include "civil.h"
#include "decimal.h"
#include "email.h"
#include "json_write.h"

/* As a JSON string, the zone behind it. */
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

/* Hours and minutes; the seconds that it may have are not shown. Not inline, as it is rare. */
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

/* Another program may have stored it. Not inline, as the usual address needs none of this. */
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

static void (*const writers[])(struct buf *, const struct value *) = {
	[FIELD_INT] = write_int,
	[FIELD_STR] = write_text,
	[FIELD_EMAIL] = write_email,
	[FIELD_DATETIME] = write_datetime,
};
_Static_assert(NITEMS(writers) == FIELD_TYPE__COUNT, "a type cannot be written");

static void add_fields(struct record_json *json, const struct resource *r, bool input)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		if (!(f->flags & FIELD_INPUT) == input)
			continue;
		json->fields[json->nfields++] =
			(struct record_json_field){ i, str_from(f->name), writers[f->type] };
	}
}

void record_json_init(struct record_json *json, const struct resource *r)
{
	json->nfields = 0;
	add_fields(json, r, true);
	add_fields(json, r, false);
}

/* {"name":, or with a comma. */
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
