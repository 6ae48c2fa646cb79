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

enum { NAME_ROOM = 32 /* bytes that can be read, and are copied, of most names */ };

static struct record_json_field form_of_field(const struct member *m, char before, struct arena *a)
{
	struct str name = arena_printf(a, "%c\"%s\":%*s", before, m->name, NAME_ROOM, "");

	name.len -= NAME_ROOM;
	return (struct record_json_field){
		.index = m->index,
		.before = name,
		.field = m->field,
		.write = writer_of(m->field->type),
	};
}

static struct record_json_embed form_of_embed(const struct member *m, char before, struct arena *a)
{
	const bool is_array = m->kind != MEMBER_ONE;

	return (struct record_json_embed){
		.member = m,
		.before = arena_printf(a, "%c\"%s\":%s", before, m->name, is_array ? "[" : ""),
		.none = is_array ? STR("]") : STR("null"),
	};
}

void record_json_init(struct record_json *json, const struct schema *schema, struct arena *arena)
{
	*json = (struct record_json){ .shape = schema->shape };
	json->fields = arena_calloc(arena, schema->nmembers, sizeof(*json->fields));
	json->embeds = arena_calloc(arena, schema->nembeds, sizeof(*json->embeds));
	for (unsigned i = 0; i < schema->nmembers; i++) {
		const struct member *m = &schema->members[i];
		const char before = i == 0 ? '{' : ',';
		if (m->kind == MEMBER_FIELD) {
			json->fields[json->nfields++] = form_of_field(m, before, arena);
			continue;
		}
		json->embeds[json->nembeds] = form_of_embed(m, before, arena);
		json->embeds[json->nembeds++].nfields = json->nfields;
	}
}

/* Forms by the index of the resource and that of the schema in it; members by their number. Set
 * once, without a lock: a worker has one thread. */
static const struct record_json *const *prepared;
static const struct embed_json *prepared_embeds;

static const struct record_json *prepare_resource(const struct resource *r, struct arena *arena)
{
	struct record_json *forms = arena_calloc(arena, r->nschemas, sizeof(*forms));

	for (unsigned i = 0; i < r->nschemas; i++)
		record_json_init(&forms[i], &r->schemas[i], arena);
	return forms;
}

static void place_embeds(struct embed_json *embeds, const struct record_json *json)
{
	for (unsigned i = 0; i < json->nembeds; i++) {
		const struct member *m = json->embeds[i].member;
		embeds[m->number] = (struct embed_json){
			.in = json,
			.place = i,
			.is_array = m->kind != MEMBER_ONE,
			.json = record_json_of(m->schema),
			.shape = api->shapes[m->number],
		};
	}
}

void record_json_prepare(struct arena *arena)
{
	const struct record_json **all =
		arena_calloc(arena, api->nresources, sizeof(struct record_json *));
	struct embed_json *embeds = arena_calloc(arena, api->nembeds, sizeof(*embeds));

	for (unsigned i = 0; i < api->nresources; i++)
		all[i] = prepare_resource(api->resources[i], arena);
	prepared = all;
	for (unsigned i = 0; i < api->nresources; i++)
		for (unsigned k = 0; k < api->resources[i]->nschemas; k++)
			place_embeds(embeds, &all[i][k]);
	prepared_embeds = embeds;
}

const struct record_json *record_json_of(const struct schema *schema)
{
	const struct resource *r = schema->resource;

	return &prepared[resource_index(r)][schema - r->schemas];
}

const struct embed_json *embed_json_of(const struct member *m)
{
	return &prepared_embeds[m->number];
}

/* Objects. */

/* Copies a fixed number of bytes if it can, which is faster. */
static inline void write_name(struct buf *out, struct str name)
{
	char *room = name.len <= NAME_ROOM ? buf_room(out, NAME_ROOM) : NULL;

	if (!room) {
		buf_str(out, name);
		return;
	}
	memcpy(room, name.ptr, NAME_ROOM);
	buf_commit(out, name.len);
}

static inline void write_fields(struct buf *out, const struct record_json_field *f,
	const struct record_json_field *end, const struct record *record)
{
	for (; f < end; f++) {
		const struct value *v = &record->values[f->index];
		bool shown = record_has(record, f->index) && v->kind != VALUE_NULL;
		write_name(out, f->before);
		(shown ? f->write : write_null)(out, f->field, v);
	}
}

void record_json_write(struct buf *out, const struct record_json *json, const struct record *record)
{
	if (json->nfields == 0)
		buf_char(out, '{');
	write_fields(out, json->fields, json->fields + json->nfields, record);
	buf_char(out, '}');
}

void record_json_begin(struct buf *out, const struct record_json *json, const struct record *record)
{
	write_fields(out, json->fields, json->fields + json->embeds[0].nfields, record);
}

static bool has_parts_behind(const struct record_json *json)
{
	return json->embeds[0].nfields < json->nfields;
}

/* Each part is followed by its length. */
void record_json_push(
	struct buf *parts, const struct record_json *json, const struct record *record)
{
	unsigned end = json->nfields;

	if (!has_parts_behind(json))
		return;
	for (unsigned i = json->nembeds; i-- > 0; end = json->embeds[i].nfields) {
		const size_t begin = buf_len(parts);
		write_fields(
			parts, json->fields + json->embeds[i].nfields, json->fields + end, record);
		const size_t length = buf_len(parts) - begin;
		buf_append(parts, &length, sizeof(length));
	}
}

void record_json_pop(struct buf *out, struct buf *parts, const struct record_json *json)
{
	size_t length, end;

	if (parts->failed)
		out->failed = true;
	if (!has_parts_behind(json) || parts->failed)
		return;
	end = buf_len(parts) - sizeof(length);
	memcpy(&length, buf_view(parts).ptr + end, sizeof(length));
	buf_append(out, buf_view(parts).ptr + end - length, length);
	buf_truncate(parts, end - length);
}
