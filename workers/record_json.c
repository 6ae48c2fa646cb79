#include "record_json.h"

#include "civil.h"
#include "json_write.h"

unsigned record_json_order(const struct resource *r, unsigned order[RESOURCE_MAX_FIELDS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_INPUT)
			order[n++] = i;
	for (unsigned i = 0; i < r->nfields; i++)
		if (!(r->fields[i].flags & FIELD_INPUT))
			order[n++] = i;
	return n;
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

void record_json_write(struct buf *out, const struct record *record, bool open)
{
	const struct resource *r = record->resource;
	unsigned order[RESOURCE_MAX_FIELDS];
	unsigned n = record_json_order(r, order);

	for (unsigned i = 0; i < n; i++) {
		const struct field *f = &r->fields[order[i]];
		const struct value *v = &record->values[order[i]];
		buf_append(out, i ? ",\"" : "{\"", 2);
		buf_append(out, f->name, strlen(f->name));
		buf_append(out, "\":", 2);
		if (record_has(record, order[i]) && v->kind != VALUE_NULL)
			writers[f->type](out, v);
		else
			buf_str(out, STR("null"));
	}
	if (!open)
		buf_char(out, '}');
}
