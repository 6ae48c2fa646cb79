#include "record_json.h"

#include "email.h"
#include "json_write.h"
#include "value_json.h"

#include <stdlib.h>

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

static void write_number(struct buf *out, const struct field *f, const struct value *v)
{
	(void)f;
	json_write_shown_double(out, v->number);
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

/* The types whose values Pydantic's serializer writes in another way than Python. */
static value_json_writer *const pydantic_writers[FIELD_TYPE__COUNT] = {
	[FIELD_NUMBER] = write_number,
	[FIELD_EMAIL] = write_email,
	[FIELD_OBJECT] = write_json,
	[FIELD_ARRAY] = write_json,
};

static value_json_writer *writer_of(enum field_type type)
{
	return pydantic_writers[type] ? pydantic_writers[type] : value_json_writer_of(type);
}

void record_json_value(struct buf *out, const struct field *f, const struct value *v)
{
	(v->kind == VALUE_NULL ? write_null : writer_of(f->type))(out, f, v);
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
			.write = writer_of(f->type),
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
