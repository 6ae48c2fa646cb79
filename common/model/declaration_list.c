/* The lists of a resource: `list`. */
#include "declaration_reading.h"

enum { LIMIT_DEFAULT = 100 };

/* Parameters of the query. */

static void set_limit(struct reading *r, struct limit *limit, int64_t n)
{
	limit->text = region_copy(r->region, arena_printf(r->arena, "%lld", (long long)n));
	limit->integer = n;
	limit->number = (double)n;
}

static bool ge_read(struct reading *r, const struct spot *spot, struct field *f)
{
	return reading_limit(r, spot, &f->limits[LIMIT_GE]);
}

static bool le_read(struct reading *r, const struct spot *spot, struct field *f)
{
	return reading_limit(r, spot, &f->limits[LIMIT_LE]);
}

static bool default_read(struct reading *r, const struct spot *spot, struct field *f)
{
	return reading_int64(r, spot, &f->preset.integer);
}

static bool name_read(struct reading *r, const struct spot *spot, struct field *f)
{
	struct str name = spot->value->type == JSON_STRING ? spot->value->text : STR("");
	bool is_offset = str_equal(name, STR("offset"));

	f->name = is_offset ? "offset" : "skip";
	return is_offset || str_equal(name, STR("skip")) ||
	       reading_refuse_word(r, spot, STR("skip, offset"));
}

struct parameter_word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct field *f);
};

static const struct parameter_word parameter_words[] = {
	{ "default", default_read }, { "ge", ge_read }, { "le", le_read },
	{ "name", name_read }, /* only of skip; the last */
};

static bool read_parameter_word(
	struct reading *r, const struct spot *spot, struct field *f, bool has_name)
{
	for (size_t i = 0; i < NITEMS(parameter_words) - !has_name; i++)
		if (str_equal(spot->name, str_from(parameter_words[i].name)))
			return parameter_words[i].read(r, spot, f);
	return reading_refuse_key(
		r, spot, has_name ? STR("name, default, ge, le") : STR("default, ge, le"));
}

static bool check_parameter(struct reading *r, const struct spot *spot, const struct field *f)
{
	struct spot preset = spot_member(spot, "default");

	if (!declaration_check_bounds(r, spot, f))
		return false;
	return declaration_check_value(r, preset.value ? &preset : spot, f, &f->preset);
}

static bool read_parameter(
	struct reading *r, const struct spot *spot, struct field *f, bool has_name)
{
	if (!reading_object(r, spot))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_parameter_word(r, spot_child(r, spot, k->text, k, k->next), f, has_name))
			return false;
	return check_parameter(r, spot, f);
}

/* The words of list. */

struct listing {
	struct list_rules *rules;
	struct parameter *parameters; /* of rules */
	const struct resource *resource;
};

static struct parameter *add_parameter(
	struct listing *l, enum parameter_role role, const char *name, int64_t preset)
{
	struct parameter *parameter = &l->parameters[l->rules->nparameters++];

	*parameter = (struct parameter){
		.role = role,
		.field = {
			.name = name,
			.type = FIELD_INT,
			.flags = FIELD_INPUT | FIELD_PRESET,
			.len.max = FIELD_UNBOUNDED,
			.digits = FIELD_UNBOUNDED,
			.places = FIELD_UNBOUNDED,
			.preset = value_int(preset),
		},
	};
	return parameter;
}

static bool skip_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	struct parameter *skip = add_parameter(l, PARAMETER_SKIP, "skip", 0);

	set_limit(r, &skip->field.limits[LIMIT_GE], 0);
	l->rules->skip = skip;
	return read_parameter(r, spot, &skip->field, true);
}

static bool limit_word_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	struct parameter *limit = add_parameter(l, PARAMETER_LIMIT, "limit", LIMIT_DEFAULT);

	l->rules->limit = limit;
	return read_parameter(r, spot, &limit->field, false);
}

static struct str list_fields(struct reading *r, const struct resource *resource)
{
	struct str list = STR("");

	for (unsigned i = 0; i < resource->nfields; i++)
		list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list), i ? ", " : "",
			resource->fields[i].name);
	return list;
}

static bool order_by_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	struct str name;

	if (!reading_text(r, spot, &name))
		return false;
	l->rules->descending = name.len > 0 && name.ptr[0] == '-';
	name = str_from_index(name, l->rules->descending);
	for (unsigned i = 0; i < l->resource->nfields; i++) {
		if (!str_equal(name, str_from(l->resource->fields[i].name)))
			continue;
		l->rules->order = i;
		return true;
	}
	return reading_refuse_word(r, spot, list_fields(r, l->resource));
}

static const struct list_word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct listing *l);
} list_words[] = {
	{ "skip", skip_read },
	{ "limit", limit_word_read },
	{ "order_by", order_by_read },
};

static bool read_list_word(struct reading *r, const struct spot *spot, struct listing *l)
{
	for (size_t i = 0; i < NITEMS(list_words); i++)
		if (str_equal(spot->name, str_from(list_words[i].name)))
			return list_words[i].read(r, spot, l);
	return reading_refuse_key(r, spot, STR("skip, limit, order_by"));
}

bool declaration_read_list(
	struct reading *r, const struct spot *resource_spot, struct resource *resource)
{
	struct spot member = spot_member(resource_spot, "list");

	if (!member.value)
		return true;
	const struct spot *spot =
		spot_child(r, resource_spot, member.name, member.key, member.value);
	struct list_rules *rules = region_alloc(r->region, sizeof(*rules));
	struct listing listing = {
		.rules = rules,
		.parameters = region_alloc(r->region, PARAMETERS_MAX * sizeof(struct parameter)),
		.resource = resource,
	};
	*rules = (struct list_rules){ .parameters = listing.parameters };
	resource->list = rules;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_list_word(r, spot_child(r, spot, k->text, k, k->next), &listing))
			return false;
	return true;
}

/* Writing. */

static void write_limit(struct buf *out, const char *word, const struct limit *limit)
{
	buf_printf(out, ", \"%s\": ", word);
	buf_str(out, limit->text.ptr ? limit->text : STR("null"));
}

/* In the order of the query. */
static void write_parameter(struct buf *out, const char *indent, const struct parameter *parameter)
{
	const struct field *f = &parameter->field;

	if (parameter->role == PARAMETER_SKIP)
		buf_printf(out, "\n%s  \"skip\": {\"name\": \"%s\", ", indent, f->name);
	else
		buf_printf(out, "\n%s  \"limit\": {", indent);
	buf_printf(out, "\"default\": %lld", (long long)f->preset.integer);
	write_limit(out, "ge", &f->limits[LIMIT_GE]);
	write_limit(out, "le", &f->limits[LIMIT_LE]);
	buf_str(out, STR("},"));
}

void declaration_write_list(struct buf *out, const char *indent, const struct resource *r)
{
	const struct list_rules *rules = r->list;

	if (!rules)
		return;
	buf_printf(out, "%s\"list\": {", indent);
	for (unsigned i = 0; i < rules->nparameters; i++)
		write_parameter(out, indent, &rules->parameters[i]);
	buf_printf(out, "\n%s  \"order_by\": \"%s%s\"\n%s},\n", indent,
		rules->descending ? "-" : "", r->fields[rules->order].name, indent);
}
