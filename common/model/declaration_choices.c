/* The words `literal` and `enum`. */
#include "declaration_reading.h"

#include "json_write.h"
#include "value_json.h"

enum { CHOICES_MOST = 1024 };

/* Values. */

static bool is_of_integers(const struct spot *spot)
{
	struct spot type = spot_member(spot->in, "type");

	return str_equal(type.value->text, STR("integer"));
}

static bool read_choice(
	struct reading *r, const struct spot *spot, bool integers, struct choice *choice)
{
	struct str text;

	if (integers)
		return reading_int64(r, spot, &choice->integer);
	if (!reading_text(r, spot, &text))
		return false;
	choice->text = region_copy(r->region, text);
	return true;
}

static bool same_value(bool integers, const struct choice *a, const struct choice *b)
{
	return integers ? a->integer == b->integer : str_equal(a->text, b->text);
}

static bool is_new(struct reading *r, const struct spot *spot, bool integers,
	const struct choice *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (same_value(integers, &list[i], &list[n]))
			return reading_refuse_found(r, spot, "allowed is each value once");
	return true;
}

static bool count_fits(struct reading *r, const struct spot *spot, uint32_t count)
{
	if (count > 0 && count <= CHOICES_MOST)
		return true;
	return reading_refuse(r, spot, "found %u values; allowed are 1 to %d", count, CHOICES_MOST);
}

static struct choices *new_choices(
	struct reading *r, bool integers, unsigned count, struct choice **list)
{
	struct choices *choices = region_alloc(r->region, sizeof(*choices));

	*list = region_alloc(r->region, count * sizeof(**list));
	*choices = (struct choices){ .integers = integers, .count = count, .list = *list };
	return choices;
}

/* Literals. */

static bool read_literal(struct reading *r, const struct spot *spot, struct field *f)
{
	bool integers = is_of_integers(spot);
	struct choice *list;
	unsigned n = 0;

	if (spot->value->type != JSON_ARRAY)
		return reading_refuse_found(r, spot, "allowed is an array of values");
	if (!count_fits(r, spot, spot->value->count))
		return false;
	f->choices = new_choices(r, integers, spot->value->count, &list);
	for (const struct json *i = spot->value->first; i; i = i->next, n++) {
		struct str name = arena_printf(r->arena, "%u", n);
		const struct spot *item = spot_child(r, spot, name, NULL, i);
		if (!read_choice(r, item, integers, &list[n]) ||
			!is_new(r, item, integers, list, n))
			return false;
	}
	return true;
}

/* Enums. */

static struct draft_enum *find_enum(struct reading *r, struct str name)
{
	struct draft_enum *e = r->enums;

	while (e && !str_equal(e->name, name))
		e = e->next;
	return e;
}

static bool read_members(struct reading *r, const struct spot *spot, const char *schema,
	bool integers, const struct choices **choices)
{
	struct choice *list;
	const char *name;
	unsigned n = 0;

	if (!reading_object(r, spot) || !count_fits(r, spot, spot->value->count))
		return false;
	struct choices *made = new_choices(r, integers, spot->value->count, &list);
	made->schema = schema;
	*choices = made;
	for (const struct json *k = spot->value->first; k; k = k->next->next, n++) {
		const struct spot *member = spot_child(r, spot, k->text, k, k->next);
		if (!reading_key_name(r, member, &name) ||
			!read_choice(r, member, integers, &list[n]) ||
			!is_new(r, member, integers, list, n))
			return false;
		list[n].name = str_from(name);
	}
	return true;
}

static bool same_choices(const struct choices *a, const struct choices *b)
{
	if (a->count != b->count || a->integers != b->integers)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (!str_equal(a->list[i].name, b->list[i].name) ||
			!same_value(a->integers, &a->list[i], &b->list[i]))
			return false;
	return true;
}

static bool words_of_enum_known(struct reading *r, const struct spot *spot)
{
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!str_equal(k->text, STR("name")) && !str_equal(k->text, STR("members")))
			return reading_refuse_key(
				r, spot_child(r, spot, k->text, k, k->next), STR("name, members"));
	return true;
}

static void add_enum(
	struct reading *r, const struct spot *spot, const char *name, const struct choices *choices)
{
	struct draft_enum *e = arena_alloc(r->arena, sizeof(*e));

	*e = (struct draft_enum){ str_from(name),
		spot_child(r, spot->in, spot->name, spot->key, spot->value), choices, r->enums };
	r->enums = e;
}

/* The first field that has an enum declares its members; others may leave them out. */
static bool read_enum_members(
	struct reading *r, const struct spot *spot, const char *name, struct field *f)
{
	struct spot members = spot_member(spot, "members");
	struct draft_enum *known = find_enum(r, str_from(name));
	bool integers = is_of_integers(spot);

	if (members.value && !read_members(r, &members, name, integers, &f->choices))
		return false;
	if (!known && !members.value)
		return reading_refuse(r, spot,
			"\"members\" is missing; no field before declares the enum \"%s\"", name);
	if (!known) {
		add_enum(r, spot, name, f->choices);
		return true;
	}
	if (members.value ? !same_choices(f->choices, known->choices)
			  : known->choices->integers != integers)
		return reading_refuse(
			r, spot, "another field declares the enum \"%s\" with other members", name);
	f->choices = known->choices;
	return true;
}

static bool read_enum(struct reading *r, const struct spot *spot, struct field *f)
{
	struct spot name = { 0 };
	const char *schema;

	if (!reading_object(r, spot) || !words_of_enum_known(r, spot))
		return false;
	name = spot_member(spot, "name");
	return reading_has(r, spot, "name") && reading_name(r, &name, &schema) &&
	       read_enum_members(r, spot, schema, f);
}

bool declaration_read_choices(struct reading *r, const struct spot *spot, struct field *f)
{
	return f->type == FIELD_LITERAL ? read_literal(r, spot, f) : read_enum(r, spot, f);
}

/* Writing. */

struct str declaration_list_choices(struct reading *r, const struct choices *choices)
{
	struct str list = STR("");

	for (unsigned i = 0; i < choices->count && list.len < 200; i++) {
		const struct choice *c = &choices->list[i];
		const char *comma = i ? ", " : "";
		list = choices->integers ? arena_printf(r->arena, "%.*s%s%lld", STR_ARGS(list),
						   comma, (long long)c->integer)
					 : arena_printf(r->arena, "%.*s%s%.*s", STR_ARGS(list),
						   comma, STR_ARGS(c->text));
	}
	return list;
}

static void write_literal(struct buf *out, const struct choices *choices)
{
	buf_char(out, '[');
	for (unsigned i = 0; i < choices->count; i++) {
		buf_str(out, i ? STR(", ") : STR(""));
		value_json_write_choice(out, choices, i);
	}
	buf_char(out, ']');
}

static void write_enum(struct buf *out, const struct choices *choices)
{
	buf_printf(out, "{\"name\": \"%s\", \"members\": {", choices->schema);
	for (unsigned i = 0; i < choices->count; i++) {
		buf_str(out, i ? STR(", ") : STR(""));
		json_write_string(out, choices->list[i].name);
		buf_str(out, STR(": "));
		value_json_write_choice(out, choices, i);
	}
	buf_str(out, STR("}}"));
}

void declaration_write_choices(struct buf *out, const struct field *f)
{
	if (f->type == FIELD_LITERAL)
		write_literal(out, f->choices);
	else
		write_enum(out, f->choices);
}
