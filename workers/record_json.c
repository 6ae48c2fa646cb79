#include "record_json.h"

#include "json_write.h"

#include <time.h>

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

/* The last n digits of value, leading zeros included. */
static void write_digits(struct buf *out, int64_t value, unsigned n)
{
	char digits[8];

	for (unsigned i = n; i-- > 0; value /= 10)
		digits[i] = (char)('0' + value % 10);
	buf_append(out, digits, n);
}

void record_json_datetime(struct buf *out, int64_t microseconds)
{
	const int64_t second = 1000000;
	int64_t fraction = microseconds % second;
	time_t seconds = (time_t)(microseconds / second);
	struct tm utc;

	if (fraction < 0) {
		fraction += second;
		seconds--;
	}
	gmtime_r(&seconds, &utc);
	write_digits(out, utc.tm_year + 1900, 4);
	buf_char(out, '-');
	write_digits(out, utc.tm_mon + 1, 2);
	buf_char(out, '-');
	write_digits(out, utc.tm_mday, 2);
	buf_char(out, 'T');
	write_digits(out, utc.tm_hour, 2);
	buf_char(out, ':');
	write_digits(out, utc.tm_min, 2);
	buf_char(out, ':');
	write_digits(out, utc.tm_sec, 2);
	if (fraction == 0)
		return;
	buf_char(out, '.');
	write_digits(out, fraction, 6);
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
