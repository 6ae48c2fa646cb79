/* The words of resources: one row for each. */
#include "declaration_reading.h"

#include <ctype.h>

struct word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct draft *draft);
};

static bool is_null(const struct spot *spot)
{
	return spot->value->type == JSON_NULL;
}

static bool plural_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return reading_name(r, spot, &draft->resource->plural);
}

static bool table_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return reading_name(r, spot, &draft->resource->table);
}

static bool schema_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return reading_name(r, spot, &draft->resource->schema);
}

static bool key_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return declaration_read_key(r, spot, draft);
}

static bool path_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return declaration_read_path(r, spot, r->api->prefix, 0, &draft->resource->path);
}

static bool tags_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return reading_tags(r, spot, &draft->resource->tags, &draft->resource->ntags);
}

/* declaration_link finds it. */
static bool parent_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	const char *name;

	(void)draft;
	return is_null(spot) || reading_name(r, spot, &name);
}

/* Read when the fields are placed. */
static bool parent_field_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	struct spot parent = spot_member(draft->spot, "parent");

	if (!parent.value || is_null(&parent))
		return reading_refuse_found(r, spot, "allowed only with \"parent\"");
	return reading_object(r, spot);
}

static bool embedded_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	if (!reading_bool(r, spot, &draft->resource->embedded))
		return false;
	struct spot parent = spot_member(draft->spot, "parent");
	if (draft->resource->embedded && (!parent.value || is_null(&parent)))
		return reading_refuse_found(r, spot, "allowed only with \"parent\"");
	return true;
}

static bool on_delete_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	struct spot parent = spot_member(draft->spot, "parent");

	if (!parent.value || is_null(&parent))
		return reading_refuse_found(r, spot, "allowed only with \"parent\"");
	return reading_on_delete(r, spot, &draft->on_delete);
}

static bool not_found_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return declaration_read_failure(
		r, spot, &declaration_not_found, &draft->resource->not_found);
}

static bool conflict_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return declaration_read_failure(r, spot, &declaration_conflict, &draft->resource->conflict);
}

static bool in_use_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return declaration_read_failure(r, spot, &declaration_in_use, &draft->resource->in_use);
}

static bool number_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	draft->has_number = true;
	return reading_count(r, spot, 0, RESOURCES_MAX - 1, &draft->resource->number);
}

/* They are placed when the parent is known. */
static bool fields_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	(void)draft;
	if (!reading_object(r, spot))
		return false;
	return spot->value->count > 0 ||
	       reading_refuse(r, spot, "a resource has at least one field");
}

/* declaration_read_lists reads it. */
static bool list_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	(void)draft;
	return reading_object(r, spot);
}

static bool operations_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	return declaration_read_operations(r, spot, draft);
}

/* Read when all resources are known. */
static bool schemas_read(struct reading *r, const struct spot *spot, struct draft *draft)
{
	(void)draft;
	return reading_object(r, spot);
}

static const struct word words[] = {
	{ "plural", plural_read }, { "table", table_read }, { "schema", schema_read },
	{ "path", path_read }, { "tags", tags_read }, { "key", key_read },
	{ "parent", parent_read }, { "parent_field", parent_field_read },
	{ "embedded", embedded_read }, { "on_delete", on_delete_read }, { "list", list_read },
	{ "operations", operations_read }, { "schemas", schemas_read },
	{ "not_found", not_found_read }, { "conflict", conflict_read }, { "in_use", in_use_read },
	{ "fields", fields_read },
	{ "number", number_read }, /* only in canonical forms; the last */
};

#define WORDS                                                                                      \
	"plural, table, schema, path, tags, key, parent, parent_field, embedded, on_delete, list, " \
	"operations, schemas, not_found, conflict, in_use, fields"

static bool read_word(struct reading *r, const struct spot *spot, struct draft *draft)
{
	for (size_t i = 0; i < NITEMS(words) - !r->canonical; i++)
		if (str_equal(spot->name, str_from(words[i].name)))
			return words[i].read(r, spot, draft);
	return reading_refuse_key(r, spot, STR(WORDS));
}

/* Fields: the key, those that clients send, the parent's key, the others. */

static bool has_parent(const struct draft *draft)
{
	struct spot parent = spot_member(draft->spot, "parent");

	return parent.value && !is_null(&parent);
}

static void add_reference(struct reading *r, struct field *f, const struct spot *spot)
{
	struct draft_reference *reference = arena_alloc(r->arena, sizeof(*reference));
	struct spot to = spot_member(spot, "to");

	*reference = (struct draft_reference){
		.field = f,
		.to = spot_child(r, spot, to.name, to.key, to.value),
		.next = r->references,
	};
	r->references = reference;
}

static void add_field(
	struct reading *r, struct draft *draft, const struct field *f, const struct spot *spot)
{
	unsigned n = draft->resource->nfields++;

	draft->fields[n] = *f;
	draft->field_spots[n] = spot;
	if (spot && declaration_is_reference(spot))
		add_reference(r, &draft->fields[n], spot);
}

static bool add_parent(struct reading *r, struct draft *draft)
{
	struct spot said = spot_member(draft->spot, "parent_field");
	struct field key =
		declaration_parent_key(r, spot_member(draft->spot, "parent").value->text);

	if (said.value && !declaration_read_parent_field(r, &said, &key))
		return false;
	key.on_delete = draft->on_delete;
	add_field(r, draft, &key, NULL);
	return true;
}

/* The fields as they are declared, before they are placed. */
struct declared {
	struct field *list;
	const struct spot **spots;
	unsigned count;
};

static bool read_declared(struct reading *r, const struct spot *fields, struct declared *d)
{
	uint32_t most = fields->value->count;

	d->list = arena_calloc(r->arena, most, sizeof(*d->list));
	d->spots = arena_calloc(r->arena, most, sizeof(struct spot *));
	for (const struct json *k = fields->value->first; k; k = k->next->next) {
		struct field *f = &d->list[d->count];
		d->spots[d->count] = spot_child(r, fields, k->text, k, k->next);
		if (!reading_key_name(r, d->spots[d->count], &f->name) ||
			!declaration_read_field(r, d->spots[d->count], f, true))
			return false;
		d->count++;
	}
	return true;
}

static bool place_fields(struct reading *r, struct draft *draft, const struct declared *d)
{
	add_field(r, draft, &draft->key, NULL);
	for (unsigned i = 0; i < d->count; i++)
		if (d->list[i].flags & FIELD_INPUT)
			add_field(r, draft, &d->list[i], d->spots[i]);
	if (has_parent(draft) && !add_parent(r, draft))
		return false;
	for (unsigned i = 0; i < d->count; i++)
		if (!(d->list[i].flags & FIELD_INPUT))
			add_field(r, draft, &d->list[i], d->spots[i]);
	return true;
}

static bool deletion_agrees(struct reading *r, const struct draft *draft)
{
	struct spot word = spot_member(draft->spot, "on_delete");

	if (draft->on_delete != ON_DELETE_SET_NULL)
		return true;
	for (unsigned i = 0; i < draft->resource->nfields; i++)
		if ((draft->fields[i].flags & (FIELD_PARENT | FIELD_NULLABLE)) ==
			(FIELD_PARENT | FIELD_NULLABLE))
			return true;
	return reading_refuse_found(
		r, &word, "allowed only with \"nullable\": true in \"parent_field\"");
}

static bool read_fields(struct reading *r, struct draft *draft)
{
	struct spot fields = spot_member(draft->spot, "fields");
	unsigned most = RESOURCE_MAX_FIELDS - 1 - has_parent(draft);
	struct declared declared = { 0 };

	if (fields.value->count > most)
		return reading_refuse(r, &fields,
			"found %u fields; allowed are at most %u, besides %s%s",
			fields.value->count, most, draft->key.name,
			has_parent(draft) ? " and the parent's key" : "");
	const struct spot *spot = spot_child(r, draft->spot, fields.name, fields.key, fields.value);
	if (!read_declared(r, spot, &declared))
		return false;
	draft->fields = region_alloc(r->region, (declared.count + 2) * sizeof(struct field));
	draft->field_spots = arena_calloc(r->arena, declared.count + 2, sizeof(struct spot *));
	draft->resource->fields = draft->fields;
	return place_fields(r, draft, &declared) && deletion_agrees(r, draft);
}

/* Names that the declaration leaves out. */

struct str declaration_camel_case(struct arena *arena, const char *name)
{
	char *camel = arena_alloc(arena, strlen(name) + 1), *end = camel;

	for (const char *p = name; *p; p++)
		if (*p != '_')
			*end++ = p == name || p[-1] == '_' ? (char)toupper((unsigned char)*p) : *p;
	*end = '\0';
	return (struct str){ camel, (size_t)(end - camel) };
}

static void complete_names(struct reading *r, struct resource *resource)
{
	if (!resource->plural)
		resource->plural =
			region_copy(r->region, arena_printf(r->arena, "%ss", resource->name)).ptr;
	if (!resource->table)
		resource->table = resource->plural;
	if (!resource->schema)
		resource->schema =
			region_copy(r->region, declaration_camel_case(r->arena, resource->name))
				.ptr;
}

bool declaration_read_resource(struct reading *r, const struct spot *spot, struct draft *draft)
{
	struct resource *resource = region_alloc(r->region, sizeof(*resource));

	*draft = (struct draft){ .resource = resource, .spot = spot };
	resource->not_found.status = declaration_not_found.status;
	resource->conflict.status = declaration_conflict.status;
	resource->in_use.status = declaration_in_use.status;
	if (!reading_key_name(r, spot, &resource->name) || !reading_object(r, spot))
		return false;
	declaration_begin_key(r, draft);
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_word(r, spot_child(r, spot, k->text, k, k->next), draft))
			return false;
	if (!reading_has(r, spot, "fields"))
		return false;
	complete_names(r, resource);
	return read_fields(r, draft);
}
