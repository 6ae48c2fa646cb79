/* The filters of a list: `filters`. */
#include "declaration_list.h"

#include "table.h"
#include "value_json.h"

#define OF(type)  (UINT32_C(1) << (type))
#define TEXTS     (OF(FIELD_STR) | OF(FIELD_TEXT) | OF(FIELD_EMAIL) | OF(FIELD_URL))
#define UNORDERED (OF(FIELD_OBJECT) | OF(FIELD_ARRAY))

static const struct op {
	const char *name;
	enum parameter_role role;
} ops[] = {
	{ "eq", PARAMETER_EQ },
	{ "ne", PARAMETER_NE },
	{ "lt", PARAMETER_LT },
	{ "le", PARAMETER_LE },
	{ "gt", PARAMETER_GT },
	{ "ge", PARAMETER_GE },
	{ "contains", PARAMETER_CONTAINS },
};
_Static_assert(NITEMS(ops) == PARAMETER_ROLE__COUNT - PARAMETER_EQ, "a filter has no name");

/* What is compared. */

static bool read_op(struct reading *r, const struct spot *spot, struct parameter *p)
{
	struct spot op = spot_member(spot, "op");
	struct str name = STR("");

	p->role = PARAMETER_EQ;
	if (!op.value)
		return true;
	if (op.value->type == JSON_STRING)
		name = op.value->text;
	for (size_t i = 0; i < NITEMS(ops); i++) {
		if (!str_equal(name, str_from(ops[i].name)))
			continue;
		p->role = ops[i].role;
		return true;
	}
	return reading_refuse_word(r, &op, STR("eq, ne, lt, le, gt, ge, contains"));
}

static bool add_field(struct reading *r, const struct listing *l, const struct spot *spot,
	unsigned field, struct parameter *p)
{
	const struct field *f = &l->resource->fields[field];

	if (p->role == PARAMETER_CONTAINS && !(OF(f->type) & TEXTS))
		return reading_refuse_found(
			r, spot, "\"contains\" is allowed for string, text, email, url");
	if (OF(f->type) & UNORDERED)
		return reading_refuse_found(r, spot, "an object or array cannot be compared");
	p->fields |= UINT64_C(1) << field;
	p->field.type = p->role == PARAMETER_CONTAINS ? FIELD_STR : f->type;
	p->field.choices = f->choices;
	return true;
}

static bool read_one(
	struct reading *r, const struct listing *l, const struct spot *spot, struct parameter *p)
{
	struct str name;
	unsigned field;

	return reading_text(r, spot, &name) && listing_find_field(r, l, spot, name, &field) &&
	       add_field(r, l, spot, field, p);
}

static bool read_several(
	struct reading *r, const struct listing *l, const struct spot *spot, struct parameter *p)
{
	unsigned n = 0;

	if (p->role != PARAMETER_CONTAINS)
		return reading_refuse(r, spot, "allowed only with \"op\": \"contains\"");
	if (spot->value->type != JSON_ARRAY || spot->value->count == 0)
		return reading_refuse_found(r, spot, "allowed is an array of names of fields");
	for (const struct json *i = spot->value->first; i; i = i->next)
		if (!read_one(r, l, spot_child(r, spot, arena_printf(r->arena, "%u", n++), NULL, i),
			    p))
			return false;
	return true;
}

static bool read_fields(
	struct reading *r, const struct listing *l, const struct spot *spot, struct parameter *p)
{
	struct spot one = spot_member(spot, "field"), several = spot_member(spot, "fields");

	if (one.value && several.value)
		return reading_refuse_pair(r, spot, "fields", "field");
	if (one.value)
		return read_one(r, l, &one, p);
	if (several.value)
		return read_several(
			r, l, spot_child(r, spot, several.name, several.key, several.value), p);
	unsigned field = resource_field_named(l->resource, p->field.name);
	if (field >= resource_columns(l->resource))
		return reading_refuse_name(
			r, spot, "no field has this name; \"field\" can name another");
	return add_field(r, l, spot, field, p);
}

/* The parameter. A filter that is not in the query is none, unless the words say otherwise. */

static bool read_flag(struct reading *r, const struct spot *spot, const char *word, bool *on)
{
	struct spot flag = spot_member(spot, word);

	return !flag.value || reading_bool(r, &flag, on);
}

static bool read_default(struct reading *r, const struct spot *spot, struct field *f)
{
	f->preset = value_null();
	if (spot->value && spot->value->type != JSON_NULL)
		return declaration_read_value(r, spot, f, &f->preset);
	return f->flags & FIELD_NULLABLE ||
	       reading_refuse(r, spot, "\"nullable\": false needs \"default\" or \"required\"");
}

static bool read_presence(struct reading *r, const struct spot *spot, struct field *f)
{
	struct spot preset = spot_member(spot, "default");
	bool required = false, is_null = !preset.value || preset.value->type == JSON_NULL;

	if (!read_flag(r, spot, "required", &required))
		return false;
	bool nullable = !required && is_null;
	if (!read_flag(r, spot, "nullable", &nullable))
		return false;
	f->flags = (f->flags & ~(unsigned)FIELD_NULLABLE) | (nullable ? FIELD_NULLABLE : 0);
	if (required)
		return !preset.value || reading_refuse_pair(r, spot, "default", "required");
	f->flags |= FIELD_PRESET;
	return read_default(r, &preset, f);
}

#define OTHER_WORDS "field, fields, op, required, nullable, default"

static bool is_other_word(struct str name)
{
	static const char *const words[] = { "field", "fields", "op", "required", "nullable",
		"default" };

	for (size_t i = 0; i < NITEMS(words); i++)
		if (str_equal(name, str_from(words[i])))
			return true;
	return false;
}

static bool read_bounds(struct reading *r, const struct spot *spot, struct field *f)
{
	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		const struct spot word = { spot, k->text, k, k->next };
		if (!is_other_word(word.name) &&
			!declaration_read_bound(r, &word, f, STR(OTHER_WORDS)))
			return false;
	}
	return declaration_check_bounds(r, spot, f);
}

static bool read_filter(struct reading *r, const struct spot *spot, struct listing *l)
{
	struct parameter *p = &l->parameters[l->rules->nparameters++];

	*p = (struct parameter){
		.field = {
			.flags = FIELD_INPUT,
			.len.max = FIELD_UNBOUNDED,
			.digits = FIELD_UNBOUNDED,
			.places = FIELD_UNBOUNDED,
		},
	};
	return reading_key_name(r, spot, &p->field.name) && reading_object(r, spot) &&
	       read_op(r, spot, p) && read_fields(r, l, spot, p) &&
	       read_bounds(r, spot, &p->field) && read_presence(r, spot, &p->field);
}

bool listing_read_filters(struct reading *r, const struct spot *spot, struct listing *l)
{
	if (!reading_object(r, spot))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_filter(r, spot_child(r, spot, k->text, k, k->next), l))
			return false;
	return true;
}

/* Writing. */

static void write_fields(struct buf *out, const struct resource *r, uint64_t fields)
{
	bool one = (fields & (fields - 1)) == 0;
	const char *comma = "";

	buf_str(out, one ? STR("\"field\": ") : STR("\"fields\": ["));
	for (; fields != 0; fields &= fields - 1) {
		buf_printf(out, "%s\"%s\"", comma, r->fields[__builtin_ctzll(fields)].name);
		comma = ", ";
	}
	buf_str(out, one ? STR("") : STR("]"));
}

static void write_filter(struct buf *out, const struct resource *r, const struct parameter *p)
{
	const struct field *f = &p->field;

	buf_printf(out, "\"%s\": {", f->name);
	write_fields(out, r, p->fields);
	buf_printf(out, ", \"op\": \"%s\"", ops[p->role - PARAMETER_EQ].name);
	declaration_write_bounds(out, f);
	buf_printf(out, ", \"nullable\": %s", f->flags & FIELD_NULLABLE ? "true" : "false");
	if (f->flags & FIELD_PRESET) {
		buf_str(out, STR(", \"default\": "));
		value_json_write(out, f, &f->preset);
	} else {
		buf_str(out, STR(", \"required\": true"));
	}
	buf_char(out, '}');
}

unsigned listing_write_filters(
	struct buf *out, const char *indent, const struct resource *r, unsigned first)
{
	const struct list_rules *rules = r->list;
	unsigned i = first;

	buf_printf(out, "\n%s  \"filters\": {", indent);
	for (; i < rules->nparameters && parameter_is_filter(&rules->parameters[i]); i++) {
		buf_str(out, i > first ? STR(", ") : STR(""));
		write_filter(out, r, &rules->parameters[i]);
	}
	buf_str(out, STR("},"));
	return i;
}
