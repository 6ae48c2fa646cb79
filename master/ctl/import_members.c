#include "import_members.h"

#include "import_names.h"
#include "import_relations.h"
#include "import_schemas.h"
#include "import_tree.h"
#include "import_words.h"

/* A walk over the members of a schema, which must be as they follow from the fields. */
struct members {
	struct import *im;
	struct import_resource *r;
	const struct import_schema *schema;
	const struct json *key; /* the next member; NULL: there is none */
};

static struct members members_of(
	struct import *im, struct import_resource *r, const struct import_schema *schema)
{
	return (struct members){ im, r, schema, tree_get(schema->node, "properties")->first };
}

static const struct json *differ(const struct import *im, const struct import_schema *schema,
	const struct json *key, const struct json *words)
{
	bool required = import_requires(schema, key->text);
	const char *why;
	struct json *own = import_words(im, key->text, key->next, required, &why);

	return own ? import_words_differ(im, words, own, required) : key;
}

/* Takes the next member, if it is this field with these words. */
static bool take(struct members *m, const struct import_field *f, const struct json *words)
{
	if (!m->key || !str_equal(m->key->text, f->name) || differ(m->im, m->schema, m->key, words))
		return false;
	m->key = m->key->next->next;
	return true;
}

static bool takes_inputs(struct members *m, bool updates)
{
	for (const struct import_field *f = m->r->fields; f; f = f->next) {
		struct json *words = tree_copy(m->im->arena, f->words);
		if (!f->input)
			continue;
		if (updates) {
			tree_set(m->im->arena, words, "nullable", tree_bool(m->im->arena, true));
			tree_set(m->im->arena, words, "default", tree_null(m->im->arena));
		}
		if (!take(m, f, words))
			return false;
	}
	return true;
}

/* What the server sets has no default in an answer. */
static bool takes_output(struct members *m, const struct import_field *f)
{
	struct json *words = tree_copy(m->im->arena, f->words);

	tree_drop(words, "default");
	return take(m, f, words) && import_requires(m->schema, f->name);
}

static bool takes_row(struct members *m)
{
	struct import_resource *r = m->r;

	for (const struct import_field *f = r->fields; f; f = f->next)
		if (f->input && f->shown && f->kind != IMPORT_LINKS && !take(m, f, f->words))
			return false;
	if (!r->key_field || !takes_output(m, r->key_field))
		return false;
	if (r->parent_field && !takes_output(m, r->parent_field))
		return false;
	for (const struct import_field *f = r->fields; f; f = f->next)
		if (!f->input && f->shown && f->kind != IMPORT_LINKS && !takes_output(m, f))
			return false;
	return true;
}

static bool is_array_of(struct members *m, const struct import_resource *child)
{
	struct import_view view;
	const struct json *preset = tree_get_of(m->key->next, "default", JSON_ARRAY);

	return import_view_of(m->im, m->r, m->key->text, m->key->next, &view) && view.array &&
	       !view.own && view.of == child && view.by == child->parent_field && preset &&
	       preset->count == 0 && str_equal(view.as->name, import_read_name(m->im, child));
}

static bool is_named(const struct import *im, const struct import_schema *schema,
	const struct import_resource *r, const char *suffix)
{
	return str_equal(
		name_class(schema->name), arena_printf(im->arena, "%s%s", r->schema.ptr, suffix));
}

/* Embedded rows. */

static struct import_resource *next_child(
	const struct import *im, const struct import_resource *r, unsigned *i)
{
	for (; *i < im->nresources; ++*i)
		if (im->resources[*i]->parent == r && im->resources[*i] != r)
			return im->resources[(*i)++];
	return NULL;
}

struct str import_read_name(const struct import *im, const struct import_resource *r)
{
	struct str name = STR("");
	struct import_resource *child;

	for (unsigned i = 0; (child = next_child(im, r, &i));)
		if (child->embedded)
			name = arena_printf(im->arena, "%s%s", name.ptr,
				name_camel(im->arena, child->plural).ptr);
	return arena_printf(
		im->arena, "%s%s%s", r->schema.ptr, name.len > 0 ? "With" : "Response", name.ptr);
}

static bool takes_children(struct members *m)
{
	struct import_resource *child;

	for (unsigned i = 0; (child = next_child(m->im, m->r, &i));) {
		if (!m->key || !str_equal(m->key->text, child->plural))
			continue;
		if (!is_array_of(m, child))
			return false;
		child->embedded = true;
		m->key = m->key->next->next;
	}
	return true;
}

/* Finds the schema that shows the rows with those of their children. */
static void find_embedded(struct import *im, struct import_resource *r, unsigned depth)
{
	struct import_resource *child;

	for (unsigned i = 0; depth > 0 && (child = next_child(im, r, &i));)
		find_embedded(im, child, depth - 1);
	for (unsigned i = 0; i < im->nschemas; i++) {
		struct import_schema *schema = &im->schemas[i];
		if (schema->resource != r || !schema->is_answer || schema->is_body)
			continue;
		struct members m = members_of(im, r, schema);
		if (takes_row(&m) && m.key && takes_children(&m) && !m.key &&
			str_equal(schema->name, import_read_name(im, r))) {
			schema->is_default = true;
			return;
		}
		for (unsigned k = 0; (child = next_child(im, r, &k));)
			child->embedded = false;
	}
}

/* Defaults. */

static bool follows(struct import *im, struct import_schema *schema)
{
	struct import_resource *r = schema->resource;
	struct members m = members_of(im, r, schema);
	bool sent = r->parent_field && !r->parent_in_path;

	if (is_named(im, schema, r, "Create"))
		return !sent && !schema->is_answer && takes_inputs(&m, false) && !m.key;
	if (is_named(im, schema, r, "Update"))
		return !sent && !schema->is_answer && takes_inputs(&m, true) && !m.key;
	if (is_named(im, schema, r, "Response"))
		return !sent && !schema->is_body && takes_row(&m) && !m.key;
	return schema->is_default;
}

static bool is_used(const struct import_schema *schema)
{
	return schema->resource && (schema->is_answer || schema->is_body) && !schema->reason;
}

void import_find_defaults(struct import *im)
{
	enum { DEPTH = 16 };

	for (unsigned i = 0; i < im->nresources; i++)
		if (!im->resources[i]->parent)
			find_embedded(im, im->resources[i], DEPTH);
	for (unsigned i = 0; i < im->nschemas; i++)
		if (is_used(&im->schemas[i]))
			im->schemas[i].is_default = follows(im, &im->schemas[i]);
}

/* Members. */

static struct json *named(struct import *im, struct str name, struct json *words)
{
	struct json *member = tree_object(im->arena);

	tree_put(im->arena, member, name, words);
	return member;
}

static struct json *declare_view(struct import *im, const struct import_schema *schema,
	const struct json *key, const struct import_view *view)
{
	struct json *words = tree_object(im->arena);
	bool required = import_requires(schema, key->text);

	if (!view->own)
		tree_set_text(im->arena, words, "of", view->of->name);
	tree_set_text(im->arena, words, "by", view->by->name);
	tree_set_text(im->arena, words, "as", name_class(view->as->name));
	bool may_lack = view->array || tree_is_true(view->by->words, "nullable");
	if (required && may_lack)
		tree_set(im->arena, words, "required", tree_bool(im->arena, true));
	return named(im, key->text, words);
}

/* Of a field whose default the server adds each schema says whether it has one. */
static struct json *default_of(const struct import *im, const struct import_schema *schema,
	const struct json *key, const struct import_field *f, struct json *words)
{
	const struct json *value = tree_get(key->next, "default");
	bool added = !f->input || !tree_get(f->words, "default");
	bool required = import_requires(schema, key->text), has = tree_get(f->node, "default");

	if (!added || f->kind == IMPORT_LINKS || f == schema->resource->key_field ||
		(required && !(has && f->input)))
		return words;
	if (!words)
		words = tree_object(im->arena);
	if (value || !required)
		tree_set(im->arena, words, "default",
			value ? tree_copy(im->arena, value) : tree_null(im->arena));
	else
		tree_set(im->arena, words, "required", tree_bool(im->arena, true));
	return words->count > 0 ? words : NULL;
}

static struct json *declare_member(
	struct import *im, const struct import_schema *schema, const struct json *key)
{
	struct import_view view;

	if (import_view_of(im, schema->resource, key->text, key->next, &view))
		return declare_view(im, schema, key, &view);
	const struct import_field *f = import_field_named(schema->resource, key->text);
	const struct json *other = f ? differ(im, schema, key, f->words) : NULL;
	struct json *words = other ? tree_copy(im->arena, other) : NULL;
	if (f)
		words = default_of(im, schema, key, f, words);
	return words ? named(im, key->text, words) : tree_text(im->arena, key->text);
}

struct json *import_declare_schemas(struct import *im, struct import_resource *r)
{
	struct json *schemas = tree_object(im->arena);

	for (unsigned i = 0; i < im->nschemas; i++) {
		const struct import_schema *schema = &im->schemas[i];
		if (schema->resource != r || !is_used(schema) || schema->is_default)
			continue;
		struct json *members = tree_array(im->arena);
		for (const struct json *key = tree_get(schema->node, "properties")->first; key;
			key = key->next->next)
			tree_add(members, declare_member(im, schema, key));
		if (!json_get(schemas, name_class(schema->name)))
			tree_put(im->arena, schemas, name_class(schema->name), members);
	}
	return schemas->count > 0 ? schemas : NULL;
}
