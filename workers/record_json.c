#include "record_json.h"

#include "civil.h"
#include "json_write.h"

static void add_fields(struct record_json *json, const struct resource *r, bool input)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		if (!(r->fields[i].flags & FIELD_INPUT) == input)
			continue;
		json->fields[json->nfields].index = i;
		json->fields[json->nfields].name = str_from(r->fields[i].name);
		json->nfields++;
	}
}

void record_json_init(struct record_json *json, const struct resource *r)
{
	json->nfields = 0;
	add_fields(json, r, true);
	add_fields(json, r, false);
}

void record_json_datetime(struct buf *out, int64_t microseconds)
{
	struct civil c = civil_from(microseconds);
	char *room = buf_reserve(out, CIVIL_MICROSECONDS);

	if (!room)
		return;
	civil_write(room, &c, 'T');
	buf_commit(out, c.microsecond == 0 ? CIVIL_SECONDS : CIVIL_MICROSECONDS);
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
	buf_char(out, '"');
	record_json_datetime(out, v->integer);
	buf_char(out, '"');
}

static void (*const writers[])(struct buf *, const struct value *) = {
	[FIELD_INT] = write_int,
	[FIELD_STR] = write_text,
	[FIELD_EMAIL] = write_text,
	[FIELD_DATETIME] = write_datetime,
};
_Static_assert(NITEMS(writers) == FIELD_TYPE__COUNT, "a type cannot be written");

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
		unsigned index = json->fields[i].index;
		const struct value *v = &record->values[index];
		write_name(out, i ? ',' : '{', json->fields[i].name);
		if (record_has(record, index) && v->kind != VALUE_NULL)
			writers[record->resource->fields[index].type](out, v);
		else
			buf_str(out, STR("null"));
	}
	if (!open)
		buf_char(out, '}');
}
