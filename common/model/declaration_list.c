/* The lists of a resource: `list`. */
#include "declaration_list.h"

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

static bool note_read(struct reading *r, const struct spot *spot, struct field *f)
{
	return declaration_read_bound(r, spot, f, STR(""));
}

struct parameter_word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct field *f);
};

static const struct parameter_word parameter_words[] = {
	{ "default", default_read }, { "ge", ge_read }, { "le", le_read }, { "title", note_read },
	{ "description", note_read }, { "examples", note_read },
	{ "name", name_read }, /* only of skip; the last */
};

static bool read_parameter_word(
	struct reading *r, const struct spot *spot, struct field *f, bool has_name)
{
	for (size_t i = 0; i < NITEMS(parameter_words) - !has_name; i++)
		if (str_equal(spot->name, str_from(parameter_words[i].name)))
			return parameter_words[i].read(r, spot, f);
	return reading_refuse_key(r, spot,
		has_name ? STR("name, default, ge, le, title, description, examples")
			 : STR("default, ge, le, title, description, examples"));
}

static bool preset_fits(const struct field *f)
{
	const struct limit *ge = &f->limits[LIMIT_GE], *le = &f->limits[LIMIT_LE];
	int64_t preset = f->preset.integer;

	return (!ge->text.ptr || preset >= ge->integer) && (!le->text.ptr || preset <= le->integer);
}

static bool check_parameter(struct reading *r, const struct spot *spot, const struct field *f)
{
	struct spot preset = spot_member(spot, "default");

	if (!declaration_check_bounds(r, spot, f))
		return false;
	if (preset.value)
		return declaration_check_value(r, &preset, f, &f->preset);
	return preset_fits(f) ||
	       reading_refuse(r, spot,
		       "without \"default\" it is %lld, which is not within the bounds",
		       (long long)f->preset.integer);
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

static bool order_by_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	struct str name;

	if (spot->value->type == JSON_NULL)
		return true;
	if (!reading_text(r, spot, &name))
		return false;
	l->rules->ordered = true;
	l->rules->descending = name.len > 0 && name.ptr[0] == '-';
	return listing_find_field(
		r, l, spot, str_from_index(name, l->rules->descending), &l->rules->order);
}

/* The object that the answer is. */

static bool page_rows_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	l->rules->count_first = l->counted;
	return reading_name(r, spot, &l->rules->page_rows);
}

static bool page_count_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	l->rules->page_count = NULL;
	l->counted = spot->value->type != JSON_NULL;
	return !l->counted || reading_name(r, spot, &l->rules->page_count);
}

static bool page_schema_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	return reading_name(r, spot, &l->rules->page_schema);
}

static const struct list_word page_words[] = {
	{ "schema", page_schema_read },
	{ "rows", page_rows_read },
	{ "count", page_count_read },
};

static bool page_names_differ(struct reading *r, const struct spot *spot, const struct listing *l)
{
	const struct list_rules *rules = l->rules;

	return !rules->page_count || strcmp(rules->page_rows, rules->page_count) != 0 ||
	       reading_refuse_pair(r, spot, "rows", "count");
}

static bool page_read(struct reading *r, const struct spot *spot, struct listing *l)
{
	if (!reading_object(r, spot))
		return false;
	l->rules->page_rows = "data";
	l->rules->page_count = "count";
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!listing_read_word(r, spot_child(r, spot, k->text, k, k->next), l, page_words,
			    NITEMS(page_words)))
			return false;
	return reading_has(r, spot, "schema") && page_names_differ(r, spot, l);
}

static const struct list_word list_words[] = {
	{ "filters", listing_read_filters },
	{ "skip", skip_read },
	{ "limit", limit_word_read },
	{ "order_by", order_by_read },
	{ "page", page_read },
};

/* A filter named as skip or limit is. */
static bool names_differ(struct reading *r, const struct spot *spot, const struct list_rules *rules)
{
	struct spot filters = spot_member(spot, "filters");

	for (unsigned i = 0; i < rules->nparameters; i++) {
		const struct parameter *p = &rules->parameters[i];
		if (p->role != PARAMETER_SKIP && p->role != PARAMETER_LIMIT)
			continue;
		struct spot same = { 0 };
		if (filters.value)
			same = spot_member(&filters, p->field.name);
		if (same.value)
			return reading_refuse_name(r,
				spot_child(r,
					spot_child(
						r, spot, filters.name, filters.key, filters.value),
					same.name, same.key, same.value),
				"another parameter has this name");
	}
	return true;
}

/* Most parameters that the words can be. */
static unsigned count_parameters(const struct spot *spot)
{
	struct spot filters = spot_member(spot, "filters");

	return 2 + (filters.value && filters.value->type == JSON_OBJECT ? filters.value->count : 0);
}

static bool read_list(struct reading *r, const struct spot *spot, struct resource *resource)
{
	struct list_rules *rules = region_alloc(r->region, sizeof(*rules));
	unsigned most = count_parameters(spot);

	if (most > PARAMETERS_MAX) {
		struct spot filters = spot_member(spot, "filters");
		return reading_refuse(r, &filters, "found %u filters; allowed are at most %d",
			most - 2, PARAMETERS_MAX - 2);
	}
	struct listing listing = {
		.rules = rules,
		.parameters = region_alloc(r->region, most * sizeof(struct parameter)),
		.resource = resource,
	};
	*rules = (struct list_rules){ .parameters = listing.parameters };
	resource->list = rules;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!listing_read_word(r, spot_child(r, spot, k->text, k, k->next), &listing,
			    list_words, NITEMS(list_words)))
			return false;
	return names_differ(r, spot, rules);
}

bool declaration_read_lists(struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++) {
		const struct draft *draft = &r->drafts[i];
		struct spot list = spot_member(draft->spot, "list");
		if (list.value &&
			!read_list(r, spot_child(r, draft->spot, list.name, list.key, list.value),
				draft->resource))
			return false;
	}
	return true;
}

/* Writing. */

static void write_limit(struct buf *out, const char *word, const struct limit *limit)
{
	buf_printf(out, ", \"%s\": ", word);
	buf_str(out, limit->text.ptr ? limit->text : STR("null"));
}

static void write_slice(struct buf *out, const char *indent, const struct parameter *parameter)
{
	const struct field *f = &parameter->field;

	if (parameter->role == PARAMETER_SKIP)
		buf_printf(out, "\n%s  \"skip\": {\"name\": \"%s\", ", indent, f->name);
	else
		buf_printf(out, "\n%s  \"limit\": {", indent);
	buf_printf(out, "\"default\": %lld", (long long)f->preset.integer);
	write_limit(out, "ge", &f->limits[LIMIT_GE]);
	write_limit(out, "le", &f->limits[LIMIT_LE]);
	declaration_write_notes(out, f);
	buf_str(out, STR("},"));
}

/* In the order of the query, in which all filters follow each other. */
static void write_parameters(struct buf *out, const char *indent, const struct resource *r)
{
	for (unsigned i = 0; i < r->list->nparameters;) {
		const struct parameter *parameter = &r->list->parameters[i];
		if (parameter_is_filter(parameter)) {
			i = listing_write_filters(out, indent, r, i);
		} else {
			write_slice(out, indent, parameter);
			i++;
		}
	}
}

static void write_count(struct buf *out, const struct list_rules *rules)
{
	if (rules->page_count)
		buf_printf(out, ", \"count\": \"%s\"", rules->page_count);
	else
		buf_str(out, STR(", \"count\": null"));
}

static void write_page(struct buf *out, const char *indent, const struct list_rules *rules)
{
	if (!rules->page_schema)
		return;
	buf_printf(out, "\n%s  \"page\": {\"schema\": \"%s\"", indent, rules->page_schema);
	if (rules->count_first)
		write_count(out, rules);
	buf_printf(out, ", \"rows\": \"%s\"", rules->page_rows);
	if (!rules->count_first)
		write_count(out, rules);
	buf_str(out, STR("},"));
}

void declaration_write_list(struct buf *out, const char *indent, const struct resource *r)
{
	const struct list_rules *rules = r->list;

	if (!rules)
		return;
	buf_printf(out, "%s\"list\": {", indent);
	write_parameters(out, indent, r);
	write_page(out, indent, rules);
	buf_printf(out, "\n%s  \"order_by\": ", indent);
	if (rules->ordered || !resource_has_uuids(r))
		buf_printf(out, "\"%s%s\"", rules->descending ? "-" : "",
			r->fields[rules->order].name);
	else
		buf_str(out, STR("null"));
	buf_printf(out, "\n%s},\n", indent);
}
