#include "record_json.h"

#include "civil.h"
#include "json_write.h"

void record_json_datetime(struct buf *out, int64_t microseconds)
{
	char *room = buf_reserve(out, 1 + CIVIL_MICROSECONDS + 1);

	if (!room)
		return;
	unsigned fraction = civil_format(room + 1, microseconds, 'T');
	size_t length = fraction == 0 ? CIVIL_SECONDS : CIVIL_MICROSECONDS;
	room[0] = room[1 + length] = '"';
	buf_commit(out, 1 + length + 1);
}

static void write_int(struct buf *out, const struct value *v)
{
	buf_int(out, v->integer);
}

static void write_text(struct buf *out, const struct value *v)
{
	json_write_string(out, v->text);
}

static void write_datetime(struct buf *out, const struct value *v)
{
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
	[FIELD_EMAIL] = write_text,
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
