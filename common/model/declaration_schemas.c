/* The schemas of a resource: `schemas`. */
#include "declaration_reading.h"

enum { MEMBERS_MOST = 128 /* of a schema */ };

bool declaration_name_schemas(struct reading *r, struct draft *draft)
{
	struct spot member = spot_member(draft->spot, "schemas");
	unsigned count = member.value ? member.value->count : 0;

	draft->schemas =
		region_alloc(r->region, (count + DEFAULT__COUNT) * sizeof(*draft->schemas));
	draft->schema_spots = arena_calloc(r->arena, count, sizeof(struct spot *));
	draft->resource->schemas = draft->schemas;
	if (!member.value)
		return true;
	const struct spot *spot = spot_child(r, draft->spot, member.name, member.key, member.value);
	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		struct schema *schema = &draft->schemas[draft->nschemas];
		const struct spot *at = spot_child(r, spot, k->text, k, k->next);
		if (!reading_key_name(r, at, &schema->name))
			return false;
		schema->resource = draft->resource;
		schema->declared = true;
		draft->schema_spots[draft->nschemas++] = at;
	}
	draft->resource->nschemas = draft->nschemas;
	return true;
}

/* Members. */

static struct str list_fields(struct reading *r, const struct resource *resource)
{
	struct str list = STR("");

	for (unsigned i = 0; i < resource->nfields; i++)
		list = arena_printf(
			r->arena, "%s%s%s", list.ptr, i ? ", " : "", resource->fields[i].name);
	return list;
}

static bool find_field(struct str name, const struct resource *resource, unsigned *field)
{
	for (*field = 0; *field < resource->nfields; ++*field)
		if (str_equal(name, str_from(resource->fields[*field].name)))
			return true;
	return false;
}

static bool is_null_preset(const struct field *f)
{
	return f->flags & FIELD_NULLABLE && f->flags & FIELD_PRESET && f->preset.kind == VALUE_NULL;
}

static void be_field(
	struct member *m, const struct resource *resource, unsigned field, const struct field *as)
{
	*m = (struct member){
		.name = resource->fields[field].name,
		.kind = MEMBER_FIELD,
		.field = as,
		.index = field,
		.optional = is_null_preset(as) && !(resource->fields[field].flags & FIELD_NULLABLE),
	};
}

static bool read_name(
	struct reading *r, const struct spot *spot, struct draft *draft, struct member *m)
{
	const struct resource *resource = draft->resource;
	unsigned field;

	if (!find_field(spot->value->text, resource, &field))
		return reading_refuse_word(r, spot, list_fields(r, resource));
	be_field(m, resource, field, &resource->fields[field]);
	return true;
}

/* Fields with other words. */
static bool read_override(
	struct reading *r, const struct spot *spot, struct draft *draft, struct member *m)
{
	const struct resource *resource = draft->resource;
	const struct field *as;
	unsigned field;

	if (!find_field(spot->name, resource, &field))
		return reading_refuse_key(r, spot, list_fields(r, resource));
	if (!declaration_override_field(r, spot, &resource->fields[field], &as))
		return false;
	be_field(m, resource, field, as);
	return true;
}

/* Rows of other resources. */

static const struct resource *refers_to(const struct resource *resource, unsigned field)
{
	const struct field *f = &resource->fields[field];

	if (f->links)
		return f->links->to;
	return f->flags & FIELD_PARENT ? resource->parent : f->to;
}

static struct str list_references(struct reading *r, const struct resource *resource)
{
	struct str list = STR("");

	for (unsigned i = 0; i < resource->nfields; i++)
		if (refers_to(resource, i))
			list = arena_printf(r->arena, "%s%s%s", list.ptr, list.len ? ", " : "",
				resource->fields[i].name);
	return list.len ? list : STR("none");
}

/* `by`: a reference of this resource. */
static bool read_reference(struct reading *r, const struct spot *spot,
	const struct resource *resource, unsigned *field)
{
	struct str name = spot->value->type == JSON_STRING ? spot->value->text : STR("");

	return (find_field(name, resource, field) && refers_to(resource, *field)) ||
	       reading_refuse_word(r, spot, list_references(r, resource));
}

static bool read_by(struct reading *r, const struct spot *spot, const struct resource *resource,
	struct member *m)
{
	struct spot by = spot_member(spot, "by");

	if (!reading_has(r, spot, "by") ||
		!read_reference(r, &by, m->of ? m->of : resource, &m->index))
		return false;
	if (!m->of) {
		m->of = refers_to(resource, m->index);
		m->field = &resource->fields[m->index];
		m->kind = m->field->links ? MEMBER_LINKED : MEMBER_ONE;
		return true;
	}
	m->field = &m->of->fields[m->index];
	m->reverse = m->field->links != NULL;
	m->kind = m->reverse ? MEMBER_LINKED : MEMBER_MANY;
	return refers_to(m->of, m->index) == resource ||
	       reading_refuse_found(r, &by, "the rows to which it refers are those of %s",
		       refers_to(m->of, m->index)->name);
}

static bool read_of(struct reading *r, const struct spot *spot, struct member *m)
{
	struct spot of = spot_member(spot, "of");

	if (!of.value)
		return true;
	struct draft *found = declaration_find_resource(r, &of);
	if (!found)
		return false;
	m->of = found->resource;
	return true;
}

static bool read_as(struct reading *r, const struct spot *spot, struct member *m)
{
	struct spot as = spot_member(spot, "as");

	return reading_has(r, spot, "as") &&
	       declaration_find_schema(r, &as, r->placed[m->of->index], &m->schema);
}

static bool read_required(struct reading *r, const struct spot *spot, struct member *m)
{
	struct spot word = spot_member(spot, "required");
	bool may_have_preset = m->kind != MEMBER_ONE || m->field->flags & FIELD_NULLABLE;
	bool required = false;

	if (word.value && !may_have_preset)
		return reading_refuse_found(
			r, &word, "allowed only with \"of\", or if the reference is nullable");
	if (word.value && !reading_bool(r, &word, &required))
		return false;
	m->has_preset = may_have_preset && !required;
	return true;
}

static bool check_embed_words(struct reading *r, const struct spot *spot)
{
	static const char *const words[] = { "of", "by", "as", "required" };

	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		bool known = false;
		for (size_t i = 0; i < NITEMS(words); i++)
			known = known || str_equal(k->text, str_from(words[i]));
		if (!known)
			return reading_refuse_key(r, spot_child(r, spot, k->text, k, k->next),
				STR("of, by, as, required"));
	}
	return true;
}

static bool read_embed(
	struct reading *r, const struct spot *spot, struct draft *draft, struct member *m)
{
	*m = (struct member){ 0 };
	if (!reading_key_name(r, spot, &m->name) || !check_embed_words(r, spot) ||
		!read_of(r, spot, m) || !read_by(r, spot, draft->resource, m) ||
		!read_as(r, spot, m) || !read_required(r, spot, m))
		return false;
	m->number = r->api->nembeds++;
	return true;
}

static bool is_embed(const struct spot *spot)
{
	return spot_member(spot, "by").value || spot_member(spot, "of").value ||
	       spot_member(spot, "as").value;
}

static bool read_member(
	struct reading *r, const struct spot *spot, struct draft *draft, struct member *m)
{
	if (spot->value->type == JSON_STRING)
		return read_name(r, spot, draft, m);
	if (spot->value->type != JSON_OBJECT || spot->value->count != 1)
		return reading_refuse_found(
			r, spot, "allowed are the name of a field, and an object with one member");
	const struct json *key = spot->value->first;
	const struct spot *words = spot_child(r, spot, key->text, key, key->next);
	if (!reading_object(r, words))
		return false;
	return is_embed(words) ? read_embed(r, words, draft, m) : read_override(r, words, draft, m);
}

/* Schemas. */

static bool is_new(const struct schema *schema, const struct member *m)
{
	for (unsigned i = 0; i < schema->nmembers; i++)
		if (strcmp(schema->members[i].name, m->name) == 0)
			return false;
	return true;
}

static bool fill(
	struct reading *r, const struct spot *spot, struct draft *draft, struct schema *schema)
{
	unsigned n = 0;

	if (spot->value->type != JSON_ARRAY)
		return reading_refuse_found(r, spot, "allowed is an array of members");
	if (spot->value->count > MEMBERS_MOST)
		return reading_refuse(r, spot, "found %u members; allowed are at most %d",
			spot->value->count, MEMBERS_MOST);
	struct member *members =
		region_alloc(r->region, spot->value->count * sizeof(struct member));
	schema->members = members;
	for (const struct json *item = spot->value->first; item; item = item->next, n++) {
		const struct spot *at = spot_item(r, spot, n, item);
		if (!read_member(r, at, draft, &members[n]))
			return false;
		if (!is_new(schema, &members[n]))
			return reading_refuse(
				r, at, "the schema has two members \"%s\"", members[n].name);
		schema->nmembers++;
		if (members[n].kind == MEMBER_FIELD)
			schema->fields |= UINT64_C(1) << members[n].index;
		else
			schema->nembeds++;
	}
	return true;
}

bool declaration_fill_schemas(struct reading *r, struct draft *draft)
{
	for (unsigned i = 0; i < draft->nschemas; i++)
		if (!fill(r, draft->schema_spots[i], draft, &draft->schemas[i]))
			return false;
	return true;
}
