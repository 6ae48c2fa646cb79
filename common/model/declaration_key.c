/* The key of a resource: `key`. Its column, and the parameter of paths that has it. */
#include "declaration_reading.h"

#include "json_write.h"

struct word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct draft *draft);
	void (*write)(struct buf *out, const struct resource *r);
	enum field_limit limit; /* of the words that bound the parameter */
};

static bool is_null(const struct spot *spot)
{
	return spot->value->type == JSON_NULL;
}

static const struct field *column_of(const struct resource *r)
{
	return &r->fields[RESOURCE_KEY];
}

/* Types. */

static bool type_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	if (!declaration_find_key_type(spot->value, &draft->key.type))
		return reading_refuse_word(r, spot, STR("integer, uuid"));
	draft->resource->key_parameter.type = draft->key.type;
	return true;
}

static void type_write(struct buf *out, const struct resource *r)
{
	json_write_plain(out, declaration_key_type_name(column_of(r)->type));
}

/* Names. */

static bool name_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return reading_name(r, spot, &draft->key.name);
}

static void name_write(struct buf *out, const struct resource *r)
{
	json_write_plain(out, str_from(column_of(r)->name));
}

/* null: the default. */
static bool parameter_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return is_null(spot) || reading_name(r, spot, &draft->resource->key_parameter.name);
}

/* "hero_id" of a resource hero. */
static bool is_default_parameter(const struct resource *r)
{
	struct str name = str_from(r->name), parameter = str_from(r->key_parameter.name);

	return str_starts(parameter, name) &&
	       str_equal(str_from_index(parameter, name.len), STR("_id"));
}

/* The default may be longer than a name. */
static void parameter_write(struct buf *out, const struct resource *r)
{
	if (is_default_parameter(r))
		buf_str(out, STR("null"));
	else
		json_write_plain(out, str_from(r->key_parameter.name));
}

static bool title_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	struct str title;

	draft->resource->key_title = NULL;
	if (is_null(spot))
		return true;
	if (!reading_text(r, spot, &title))
		return false;
	draft->resource->key_title = region_copy(r->region, title).ptr;
	return true;
}

static void title_write(struct buf *out, const struct resource *r)
{
	if (r->key_title)
		json_write_string(out, str_from(r->key_title));
	else
		buf_str(out, STR("null"));
}

/* The column's index. */

static bool index_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	bool on;

	if (!reading_bool(r, spot, &on))
		return false;
	draft->key.flags =
		on ? draft->key.flags | FIELD_INDEX : draft->key.flags & ~(unsigned)FIELD_INDEX;
	return true;
}

static void index_write(struct buf *out, const struct resource *r)
{
	buf_str(out, column_of(r)->flags & FIELD_INDEX ? STR("true") : STR("false"));
}

/* Bounds of the parameter; null: none. */

static const struct word words[] = {
	{ "name", name_read, name_write, 0 },
	{ "type", type_read, type_write, 0 },
	{ "parameter", parameter_read, parameter_write, 0 },
	{ "title", title_read, title_write, 0 },
	{ "ge", NULL, NULL, LIMIT_GE },
	{ "gt", NULL, NULL, LIMIT_GT },
	{ "le", NULL, NULL, LIMIT_LE },
	{ "lt", NULL, NULL, LIMIT_LT },
	{ "index", index_read, index_write, 0 },
};

#define WORDS "name, type, parameter, title, ge, gt, le, lt, index, description, examples"

static void write_limit(struct buf *out, const struct resource *r, enum field_limit which)
{
	struct str text = r->key_parameter.limits[which].text;

	buf_str(out, text.ptr ? text : STR("null"));
}

/* Reading. */

static bool read_word(struct reading *r, const struct spot *spot, struct draft *draft)
{
	for (size_t i = 0; i < NITEMS(words); i++) {
		if (!str_equal(spot->name, str_from(words[i].name)))
			continue;
		if (words[i].read)
			return words[i].read(r, spot, draft);
		return reading_limit(
			r, spot, &draft->resource->key_parameter.limits[words[i].limit]);
	}
	if (str_equal(spot->name, STR("description")) || str_equal(spot->name, STR("examples")))
		return declaration_read_bound(r, spot, &draft->resource->key_parameter, STR(""));
	return reading_refuse_key(r, spot, STR(WORDS));
}

/* The words may be in any order. */
static bool type_agrees(struct reading *r, const struct spot *spot, const struct field *parameter)
{
	for (size_t i = 0; i < NITEMS(words) && parameter->type != FIELD_INT; i++) {
		struct spot word = spot_member(spot, words[i].name);
		if (!words[i].read && word.value && !is_null(&word))
			return reading_refuse(r, &word, "allowed for type integer only");
	}
	return declaration_check_bounds(r, spot, parameter);
}

static const struct field any_key = {
	.name = "id",
	.type = FIELD_INT,
	.flags = FIELD_KEY | FIELD_INDEX,
	.len.max = FIELD_UNBOUNDED,
	.digits = FIELD_UNBOUNDED,
	.places = FIELD_UNBOUNDED,
};

void declaration_begin_key(struct reading *r, struct draft *draft)
{
	struct resource *resource = draft->resource;
	struct str name = arena_printf(r->arena, "%s_id", resource->name);

	draft->key = any_key;
	resource->key_parameter = any_key;
	resource->key_parameter.name = region_copy(r->region, name).ptr;
	resource->key_parameter.flags = FIELD_INPUT;
}

bool declaration_read_key(struct reading *r, const struct spot *spot, struct draft *draft)
{
	if (!reading_object(r, spot))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_word(r, spot_child(r, spot, k->text, k, k->next), draft))
			return false;
	return type_agrees(r, spot, &draft->resource->key_parameter);
}

struct field declaration_parent_key(struct reading *r, struct str parent)
{
	struct field key = any_key;

	key.name = region_copy(r->region, arena_printf(r->arena, "%.*s_id", STR_ARGS(parent))).ptr;
	key.type = declaration_key_type(r, parent);
	key.flags = FIELD_PARENT | FIELD_INDEX;
	return key;
}

/* Writing. */

static void write_words(struct buf *out, const struct resource *r)
{
	buf_char(out, '{');
	for (size_t i = 0; i < NITEMS(words); i++) {
		buf_printf(out, "%s\"%s\": ", i ? ", " : "", words[i].name);
		if (words[i].write)
			words[i].write(out, r);
		else
			write_limit(out, r, words[i].limit);
	}
	declaration_write_notes(out, &r->key_parameter);
	buf_str(out, STR("},"));
}

void declaration_write_key(struct buf *out, const char *indent, const struct resource *r)
{
	buf_printf(out, "%s\"key\": ", indent);
	write_words(out, r);
	buf_char(out, '\n');
}

static bool is_default(const struct resource *r)
{
	const struct field *column = column_of(r);
	bool bounded = false;

	for (unsigned l = 0; l < LIMIT__COUNT; l++)
		bounded |= r->key_parameter.limits[l].text.ptr != NULL;
	return !bounded && !r->key_title && !r->key_parameter.notes && column->type == FIELD_INT &&
	       column->flags & FIELD_INDEX && strcmp(column->name, any_key.name) == 0 &&
	       is_default_parameter(r);
}

void declaration_write_key_briefly(struct buf *out, const struct resource *r)
{
	if (is_default(r))
		return;
	buf_str(out, STR("\"key\":"));
	write_words(out, r);
}
