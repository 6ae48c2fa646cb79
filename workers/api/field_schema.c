#include "field_schema.h"

#include "json_read.h"
#include "json_write.h"
#include "table.h"
#include "titles.h"
#include "value_json.h"

#include <math.h>

/* Only a field that clients may send has its default in the classes. */
static bool has_default(const struct field *f)
{
	return f->flags & FIELD_INPUT && f->flags & FIELD_PRESET;
}

bool field_schema_requires(const struct member *m)
{
	return m->kind == MEMBER_FIELD ? !m->optional && !has_default(m->field) : !m->has_preset;
}

const struct choices *field_schema_enum(const struct field *f)
{
	if (f->type == FIELD_ARRAY)
		f = f->items;
	return f->type == FIELD_ENUM ? f->choices : NULL;
}

/* Faster than buf_printf, for a document of many fields. The text needs no escapes. */
static void put_quoted(struct buf *out, struct str before, struct str text)
{
	buf_str(out, before);
	json_write_plain(out, text);
}

/* Types. */

static void write_schema(
	struct buf *out, const struct field *f, enum schema_form form, bool nullable);

/* A simple type: "string", with a format or without. */
static void write_type(struct buf *out, const char *type, const char *format)
{
	put_quoted(out, STR("\"type\":"), str_from(type));
	if (format)
		put_quoted(out, STR(",\"format\":"), str_from(format));
}

static void write_limit(
	struct buf *out, const struct field *f, enum schema_form form, const struct limit *limit)
{
	if (form == SCHEMA_PARAMETER && f->type == FIELD_INT)
		buf_printf(out, "%lld", (long long)limit->integer);
	else
		json_write_double(out, limit->number);
}

static void write_limits(struct buf *out, const struct field *f, enum schema_form form)
{
	static const char *const words[] = {
		[LIMIT_MULTIPLE_OF] = "multipleOf",
		[LIMIT_LE] = "maximum",
		[LIMIT_LT] = "exclusiveMaximum",
		[LIMIT_GE] = "minimum",
		[LIMIT_GT] = "exclusiveMinimum",
	};
	static const enum field_limit of_parameters[LIMIT__COUNT] = { LIMIT_MULTIPLE_OF, LIMIT_LE,
		LIMIT_GE, LIMIT_LT, LIMIT_GT };

	for (unsigned i = 0; i < LIMIT__COUNT; i++) {
		unsigned n = form == SCHEMA_PARAMETER ? of_parameters[i] : i;
		if (!f->limits[n].text.ptr)
			continue;
		buf_printf(out, ",\"%s\":", words[n]);
		write_limit(out, f, form, &f->limits[n]);
	}
}

static void write_integer(struct buf *out, const struct field *f, enum schema_form form)
{
	write_type(out, "integer", NULL);
	write_limits(out, f, form);
}

static void write_number(struct buf *out, const struct field *f, enum schema_form form)
{
	write_type(out, "number", NULL);
	write_limits(out, f, form);
}

/* Input is a number within the limits, or else a string; output a string. */
static void write_decimal(struct buf *out, const struct field *f, enum schema_form form)
{
	if (form != SCHEMA_OUTPUT) {
		write_number(out, f, form);
		buf_str(out, STR("},{"));
	}
	write_type(out, "string", NULL);
}

static void write_bool(struct buf *out, const struct field *f, enum schema_form form)
{
	(void)f;
	(void)form;
	write_type(out, "boolean", NULL);
}

static void write_lengths(struct buf *out, enum schema_form form, uint32_t max, uint32_t min)
{
	if (min > 0 && form == SCHEMA_PARAMETER)
		buf_printf(out, ",\"minLength\":%u", min);
	if (max != FIELD_UNBOUNDED)
		buf_printf(out, ",\"maxLength\":%u", max);
	if (min > 0 && form != SCHEMA_PARAMETER)
		buf_printf(out, ",\"minLength\":%u", min);
}

static void write_pattern(struct buf *out, const struct field *f)
{
	if (!f->pattern.ptr)
		return;
	buf_str(out, STR(",\"pattern\":"));
	json_write_string(out, f->pattern);
}

static void write_text(struct buf *out, const struct field *f, enum schema_form form)
{
	write_type(out, "string", NULL);
	write_lengths(out, form, f->len.max, f->len.min);
	write_pattern(out, f);
}

/* Pydantic applies options of strings to other types as a second step, a string of its own
 * (chain_schema). The schema of input is that of the first step, and of output that of the last. */
static bool is_second_step(const struct field *f, enum schema_form form)
{
	bool has_step = f->pattern.ptr || f->flags & (FIELD_STRIP | FIELD_LOWER | FIELD_UPPER);

	return has_step && form == SCHEMA_OUTPUT;
}

static void write_string_like(struct buf *out, const struct field *f, enum schema_form form,
	uint32_t max, uint32_t min, const char *format)
{
	write_type(out, "string", NULL);
	if (is_second_step(f, form)) {
		write_pattern(out, f);
		return;
	}
	if (form == SCHEMA_PARAMETER)
		put_quoted(out, STR(",\"format\":"), str_from(format));
	write_lengths(out, form, max, min);
	if (form != SCHEMA_PARAMETER)
		put_quoted(out, STR(",\"format\":"), str_from(format));
}

static void write_email(struct buf *out, const struct field *f, enum schema_form form)
{
	write_string_like(out, f, form, f->len.max, f->len.min, "email");
}

/* HttpUrl has bounds of its own, in the place of those that are not declared. */
static void write_url(struct buf *out, const struct field *f, enum schema_form form)
{
	uint32_t max = f->len.max == FIELD_UNBOUNDED ? 2083 : f->len.max;
	uint32_t min = f->len.min == 0 ? 1 : f->len.min;

	write_string_like(out, f, form, max, min, "uri");
}

static void write_uuid(struct buf *out, const struct field *f, enum schema_form form)
{
	(void)f;
	(void)form;
	write_type(out, "string", "uuid");
}

static void write_date(struct buf *out, const struct field *f, enum schema_form form)
{
	(void)f;
	(void)form;
	write_type(out, "string", "date");
}

static void write_time(struct buf *out, const struct field *f, enum schema_form form)
{
	(void)f;
	(void)form;
	write_type(out, "string", "time");
}

static void write_datetime(struct buf *out, const struct field *f, enum schema_form form)
{
	(void)f;
	(void)form;
	write_type(out, "string", "date-time");
}

static void write_enum(struct buf *out, const struct field *f, enum schema_form form)
{
	(void)form;
	buf_printf(out, "\"$ref\":\"#/components/schemas/%s\"", f->choices->schema);
}

static void write_choices(struct buf *out, const struct choices *choices)
{
	buf_str(out, STR("\"enum\":["));
	for (unsigned i = 0; i < choices->count; i++) {
		if (i > 0)
			buf_char(out, ',');
		value_json_write_choice(out, choices, i);
	}
	buf_char(out, ']');
}

static void write_type_of_choices(struct buf *out, const struct choices *choices)
{
	write_type(out, choices->integers ? "integer" : "string", NULL);
}

static void write_literal_choices(struct buf *out, const struct choices *choices)
{
	if (choices->count > 1) {
		write_choices(out, choices);
		return;
	}
	buf_str(out, STR("\"const\":"));
	value_json_write_choice(out, choices, 0);
}

static void write_literal(struct buf *out, const struct field *f, enum schema_form form)
{
	if (form == SCHEMA_PARAMETER) {
		write_literal_choices(out, f->choices);
		buf_char(out, ',');
		write_type_of_choices(out, f->choices);
		return;
	}
	write_type_of_choices(out, f->choices);
	buf_char(out, ',');
	write_literal_choices(out, f->choices);
}

static void write_object(struct buf *out, const struct field *f, enum schema_form form)
{
	(void)f;
	(void)form;
	buf_str(out, STR("\"additionalProperties\":true,"));
	write_type(out, "object", NULL);
}

static void write_array(struct buf *out, const struct field *f, enum schema_form form)
{
	buf_str(out, STR("\"items\":{"));
	write_schema(out, f->items, form, f->items->flags & FIELD_NULLABLE);
	buf_str(out, STR("},"));
	write_type(out, "array", NULL);
}

/* clang-format off */
#define TYPES(ROW) \
	ROW(FIELD_INT,        write_integer,  false, false) \
	ROW(FIELD_NUMBER,     write_number,   false, false) \
	ROW(FIELD_DECIMAL,    write_decimal,  true,  false) \
	ROW(FIELD_BOOL,       write_bool,     false, false) \
	ROW(FIELD_STR,        write_text,     false, false) \
	ROW(FIELD_TEXT,       write_text,     false, false) \
	ROW(FIELD_EMAIL,      write_email,    false, false) \
	ROW(FIELD_URL,        write_url,      false, false) \
	ROW(FIELD_UUID,       write_uuid,     false, false) \
	ROW(FIELD_DATE,       write_date,     false, false) \
	ROW(FIELD_TIME,       write_time,     false, false) \
	ROW(FIELD_DATETIME,   write_datetime, false, false) \
	ROW(FIELD_ENUM,       write_enum,     false, true) \
	ROW(FIELD_LITERAL,    write_literal,  false, false) \
	ROW(FIELD_OBJECT,     write_object,   false, false) \
	ROW(FIELD_ARRAY,      write_array,    false, false)
/* clang-format on */

static const struct {
	/* Writes the members of the schema, or those of several, with },{ in between. */
	void (*write)(struct buf *out, const struct field *f, enum schema_form form);
	bool choice_of_input; /* for input there are several */
	bool named;           /* the type has a name of its own: the field has no title */
} types[] = { TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(TYPES, FIELD_TYPE__COUNT);

static void write_schema(
	struct buf *out, const struct field *f, enum schema_form form, bool nullable)
{
	bool any = nullable || (types[f->type].choice_of_input && form != SCHEMA_OUTPUT);

	if (any)
		buf_str(out, STR("\"anyOf\":[{"));
	types[f->type].write(out, f, form);
	if (nullable)
		buf_str(out, STR("},{\"type\":\"null\""));
	if (any)
		buf_str(out, STR("}]"));
}

/* Properties. */

/* FastAPI writes the document with exclude_none, at any depth. */
static void write_json(struct buf *out, struct str text, struct arena *arena)
{
	const struct json *root;
	struct json_error error;

	if (json_read(arena, text, &root, &error) == JSON_OK)
		json_write_without_nulls(out, root);
	else
		buf_str(out, STR("null"));
}

static void write_value(struct buf *out, const struct field *f, struct arena *arena)
{
	if (f->type == FIELD_OBJECT || f->type == FIELD_ARRAY)
		write_json(out, f->preset.text, arena);
	else
		value_json_write(out, f, &f->preset);
}

/* A default that is null is not written, nor one that JSON does not have. */
static void write_default(struct buf *out, const struct field *f, struct arena *arena)
{
	const struct value *v = &f->preset;

	if (v->kind == VALUE_NULL || (v->kind == VALUE_NUMBER && !isfinite(v->number)))
		return;
	buf_str(out, STR(",\"default\":"));
	write_value(out, f, arena);
}

void field_schema_write(
	struct buf *out, const struct member *m, enum schema_form form, struct arena *arena)
{
	const struct field *f = m->field;

	put_quoted(out, STR(""), str_from(m->name));
	buf_str(out, STR(":{"));
	write_schema(out, f, form, m->optional || f->flags & FIELD_NULLABLE);
	if (!types[f->type].named)
		put_quoted(out, STR(",\"title\":"), title_of_field(arena, m->name));
	if (!m->optional && has_default(f))
		write_default(out, f, arena);
	buf_char(out, '}');
}

void field_schema_write_parameter(
	struct buf *out, const struct field *f, const char *title, struct arena *arena)
{
	bool nullable = f->flags & FIELD_NULLABLE;

	buf_char(out, '{');
	write_schema(out, f, SCHEMA_PARAMETER, nullable);
	if (f->flags & FIELD_PRESET)
		write_default(out, f, arena);
	/* FastAPI gives a title to all but a mere reference. */
	if (title) {
		buf_str(out, STR(",\"title\":"));
		json_write_string(out, str_from(title));
	} else if (nullable || !types[f->type].named) {
		put_quoted(out, STR(",\"title\":"), title_of(arena, str_from(f->name)));
	}
	buf_char(out, '}');
}

void field_schema_write_enum(struct buf *out, const struct choices *choices)
{
	buf_char(out, '{');
	write_type_of_choices(out, choices);
	buf_char(out, ',');
	write_choices(out, choices);
	buf_printf(out, ",\"title\":\"%s\"}", choices->schema);
}
