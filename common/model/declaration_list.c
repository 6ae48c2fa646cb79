/* The lists of a resource: `list` and `operations`. */
#include "declaration_reading.h"

enum { LIMIT_DEFAULT = 100 };

/* Parameters of the query. */

static void set_limit(struct reading *r, struct limit *limit, int64_t n)
{
	limit->text = region_copy(r->region, arena_printf(r->arena, "%lld", (long long)n));
	limit->integer = n;
	limit->number = (double)n;
}

/* null: none. */
static bool limit_read(struct reading *r, const struct spot *spot, struct limit *limit)
{
	int64_t n;

	*limit = (struct limit){ 0 };
	if (spot->value->type == JSON_NULL)
		return true;
	if (!reading_int64(r, spot, &n))
		return false;
	set_limit(r, limit, n);
	return true;
}

static bool ge_read(struct reading *r, const struct spot *spot, struct field *f)
{
	return limit_read(r, spot, &f->limits[LIMIT_GE]);
}

static bool le_read(struct reading *r, const struct spot *spot, struct field *f)
{
	return limit_read(r, spot, &f->limits[LIMIT_LE]);
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

static struct field *new_parameter(struct reading *r, const char *name, int64_t preset)
{
	struct field *f = region_alloc(r->region, sizeof(*f));

	*f = (struct field){
		.name = name,
		.type = FIELD_INT,
		.flags = FIELD_INPUT | FIELD_PRESET,
		.len.max = FIELD_UNBOUNDED,
		.digits = FIELD_UNBOUNDED,
		.places = FIELD_UNBOUNDED,
		.preset = value_int(preset),
	};
	return f;
}

/* The words of list. */

struct listing {
	struct list_rules *rules;
	const struct resource *resource;
};

static bool skip_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	struct field *f = new_parameter(r, "skip", 0);

	set_limit(r, &f->limits[LIMIT_GE], 0);
	l->rules->skip = f;
	return read_parameter(r, spot, f, true);
}

static bool limit_word_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	struct field *f = new_parameter(r, "limit", LIMIT_DEFAULT);

	l->rules->limit = f;
	return read_parameter(r, spot, f, false);
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
	struct listing listing = { rules, resource };
	*rules = (struct list_rules){ 0 };
	resource->list = rules;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_list_word(r, spot_child(r, spot, k->text, k, k->next), &listing))
			return false;
	return true;
}

/* Operations. */

static const char *const operation_names[] = {
	[OPERATION_LIST] = "list",
	[OPERATION_CREATE] = "create",
	[OPERATION_READ] = "read",
	[OPERATION_UPDATE] = "update",
	[OPERATION_DELETE] = "delete",
};
_Static_assert(NITEMS(operation_names) == OPERATION__COUNT, "an operation has no name");

#define OPERATIONS "list, create, read, update, delete"

static bool read_operation(struct reading *r, const struct spot *spot, enum operation *operation)
{
	struct str name = spot->value->type == JSON_STRING ? spot->value->text : STR("");

	for (int i = 0; i < OPERATION__COUNT; i++) {
		*operation = (enum operation)i;
		if (str_equal(name, str_from(operation_names[i])))
			return true;
	}
	return reading_refuse_word(r, spot, STR(OPERATIONS));
}

bool declaration_read_operations(
	struct reading *r, const struct spot *spot, struct resource *resource)
{
	enum operation *list = region_alloc(r->region, OPERATION__COUNT * sizeof(*list));
	unsigned seen = 0, n = 0;

	if (spot->value->type != JSON_ARRAY || spot->value->count != OPERATION__COUNT)
		return reading_refuse_found(r, spot, "allowed is an array of all of: " OPERATIONS);
	for (const struct json *item = spot->value->first; item; item = item->next, n++) {
		const struct spot *at =
			spot_child(r, spot, arena_printf(r->arena, "%u", n), NULL, item);
		if (!read_operation(r, at, &list[n]))
			return false;
		if (seen >> list[n] & 1)
			return reading_refuse_found(r, at, "the operation is there twice");
		seen |= 1U << list[n];
	}
	resource->operations = list;
	return true;
}

/* Writing. */

static void write_limit(struct buf *out, const char *word, const struct limit *limit)
{
	buf_printf(out, ", \"%s\": ", word);
	buf_str(out, limit->text.ptr ? limit->text : STR("null"));
}

static void write_parameter(struct buf *out, const struct field *f)
{
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
	if (rules->skip) {
		buf_printf(out, "\n%s  \"skip\": {\"name\": \"%s\", ", indent, rules->skip->name);
		write_parameter(out, rules->skip);
	}
	if (rules->limit) {
		buf_printf(out, "\n%s  \"limit\": {", indent);
		write_parameter(out, rules->limit);
	}
	buf_printf(out, "\n%s  \"order_by\": \"%s%s\"\n%s},\n", indent,
		rules->descending ? "-" : "", r->fields[rules->order].name, indent);
}

void declaration_write_operations(struct buf *out, const char *indent, const struct resource *r)
{
	if (!r->operations)
		return;
	buf_printf(out, "%s\"operations\": [", indent);
	for (int i = 0; i < OPERATION__COUNT; i++)
		buf_printf(out, "%s\"%s\"", i ? ", " : "", operation_names[r->operations[i]]);
	buf_str(out, STR("],\n"));
}
