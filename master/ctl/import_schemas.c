#include "import_schemas.h"

#include "import_match.h"
#include "import_names.h"
#include "import_relations.h"
#include "import_tables.h"
#include "import_tree.h"
#include "import_words.h"

enum { STATE_NEW, STATE_ENTERED, STATE_DONE };

bool import_requires(const struct import_schema *schema, struct str name)
{
	return tree_has_text(tree_get(schema->node, "required"), name);
}

/* Views. */

/* The resource whose rows a schema shows that no route uses: by its name. */
static struct import_resource *resource_by_name(
	const struct import *im, struct str schema, struct str member)
{
	struct import_resource *best = NULL;

	for (unsigned i = 0; i < im->nresources; i++) {
		struct import_resource *r = im->resources[i];
		if (name_has_base(schema, r->schema) && (!best || r->schema.len > best->schema.len))
			best = r;
	}
	for (unsigned i = 0; !best && i < im->nresources; i++) {
		struct import_resource *r = im->resources[i];
		if (str_equal(member, r->plural) || str_equal(member, r->name))
			best = r;
	}
	return best;
}

/* The reference of a resource to another; of several the one that the member is named after. */
static struct import_field *reference_to(
	struct import_resource *from, const struct import_resource *to, struct str member)
{
	struct import_field *found = from->parent == to ? from->parent_field : NULL;

	for (struct import_field *f = from->fields; f; f = f->next) {
		if (f->kind != IMPORT_REFERENCE || f->to != to)
			continue;
		bool named = f->name.len == member.len + 3 && str_starts(f->name, member);
		if (!found || named)
			found = f;
	}
	return found;
}

static struct import_field *links_between(
	const struct import_resource *from, const struct import_resource *to)
{
	for (struct import_field *f = from->fields; f; f = f->next)
		if (f->kind == IMPORT_LINKS && f->to == to)
			return f;
	return NULL;
}

static void find_relation(struct import_resource *r, struct str name, struct import_view *view)
{
	view->own = true;
	if (!view->array) {
		view->by = reference_to(r, view->of, name);
		return;
	}
	view->by = links_between(r, view->of);
	if (view->by)
		return;
	view->own = false;
	view->by = reference_to(view->of, r, name);
	if (!view->by)
		view->by = links_between(view->of, r);
}

bool import_view_of(const struct import *im, struct import_resource *r, struct str name,
	const struct json *property, struct import_view *view)
{
	*view = (struct import_view){ .as = NULL };
	view->as = import_schema_named(im, import_embedded_name(im, property, &view->array));
	if (!view->as)
		return false;
	view->of = view->as->resource;
	if (!view->of)
		view->of = resource_by_name(im, view->as->name, name);
	if (view->of)
		find_relation(r, name, view);
	return view->by != NULL;
}

/* Judging. */

static void refuse(
	struct import *im, struct import_schema *schema, struct str member, const char *why)
{
	if (!schema->reason)
		schema->reason = arena_printf(im->arena, "\"%.*s\" of %.*s %s", STR_ARGS(member),
			STR_ARGS(schema->name), why)
					 .ptr;
}

static void judge_schema(struct import *im, struct import_schema *schema);

static void judge_view(struct import *im, struct import_schema *schema, struct str name,
	const struct import_view *view)
{
	if (schema->is_body) {
		refuse(im, schema, name, "is an object in a body");
		return;
	}
	if (!view->by) {
		refuse(im, schema, name, "shows rows that no foreign key leads to");
		return;
	}
	struct import_schema *as = view->as;
	if (as->resource && as->resource != view->of) {
		refuse(im, schema, name, "shows rows of two resources");
		return;
	}
	as->resource = view->of;
	as->is_answer = true;
	if (as->state == STATE_ENTERED)
		refuse(im, schema, name, "shows rows within themselves");
	judge_schema(im, as);
	if (as->reason && !schema->reason)
		schema->reason = as->reason;
}

static bool is_secret(struct str name)
{
	return memmem(name.ptr, name.len, "password", strlen("password")) != NULL;
}

/* A field whose value a body has without a default that the document tells. */
static bool has_untold_default(const struct import_schema *schema, struct str name,
	const struct json *property, const struct json *words)
{
	return schema->is_body && !import_requires(schema, name) &&
	       !tree_get(property, "default") && !tree_is_true(words, "nullable");
}

static void judge_field(struct import *im, struct import_schema *schema, struct str name,
	const struct json *property)
{
	struct import_resource *r = schema->resource;
	const struct import_field *f = import_field_named(r, name);
	const char *why = NULL;
	struct json *words = import_words(im, name, property, import_requires(schema, name), &why);

	if (!words && !schema->reason)
		schema->reason =
			arena_printf(im->arena, "%s, in %.*s", why, STR_ARGS(schema->name)).ptr;
	else if (schema->is_body && is_secret(name))
		refuse(im, schema, name,
			"is a password, which an application stores in its own way");
	else if (schema->is_body && f && f == r->key_field)
		refuse(im, schema, name, "is the key, which clients do not set");
	else if (f && f->kind == IMPORT_LINKS)
		return;
	else if (r->table && !import_column_named(r->table, name))
		refuse(im, schema, name, "is not a column of its table");
	else if (!name_is_valid(name))
		refuse(im, schema, name, "is not a valid name of a field");
	else if (has_untold_default(schema, name, property, words))
		refuse(im, schema, name, "has a default that the document does not tell");
}

static void judge_schema(struct import *im, struct import_schema *schema)
{
	const struct json *members = tree_get(schema->node, "properties");

	if (schema->state != STATE_NEW)
		return;
	schema->state = STATE_ENTERED;
	if (schema->is_body && tree_get_of(schema->node, "additionalProperties", JSON_FALSE))
		schema->reason = arena_printf(
			im->arena, "%.*s forbids other members", STR_ARGS(schema->name))
					 .ptr;
	for (const struct json *key = members->first; key; key = key->next->next) {
		struct import_view view;
		if (import_view_of(im, schema->resource, key->text, key->next, &view) || view.as)
			judge_view(im, schema, key->text, &view);
		else
			judge_field(im, schema, key->text, key->next);
	}
	schema->state = STATE_DONE;
}

static void use(struct import *im, struct import_route *route, struct str name, bool is_body)
{
	struct import_schema *schema = import_schema_named(im, name);

	if (!schema || route->reason)
		return;
	if (schema->resource && schema->resource != route->resource) {
		route->reason = "its schema is that of another resource, too";
		return;
	}
	schema->resource = route->resource;
	*(is_body ? &schema->is_body : &schema->is_answer) = true;
}

/* Routes whose answers need no schema of rows. */
static bool may_answer_freely(const struct import_route *route)
{
	return route->role == ROLE_REMOVE || route->role == ROLE_UNLINK || route->role == ROLE_LINK;
}

/* A deletion may answer with a message, whose schema is of no resource. */
static struct str answered_row(const struct import *im, const struct import_route *route)
{
	struct str name = import_answered(im, route);

	if (may_answer_freely(route) && name.ptr && !name_has_base(name, route->resource->schema))
		name.ptr = NULL;
	return name;
}

static void use_schemas(struct import *im, struct import_route *route)
{
	if (!route->resource || route->reason)
		return;
	struct str body = import_ref(route->body), answer = answered_row(im, route);
	if (route->body && !import_schema_named(im, body))
		route->reason = "its body is no single object with a schema of its own";
	else if (!answer.ptr && !may_answer_freely(route))
		route->reason = "its answer has no schema of rows";
	use(im, route, body, true);
	use(im, route, answer, false);
}

static void judge_route(struct import *im, struct import_route *route)
{
	if (!route->resource || route->reason)
		return;
	struct str names[] = { import_ref(route->body), answered_row(im, route) };
	for (size_t i = 0; i < NITEMS(names); i++) {
		struct import_schema *schema = import_schema_named(im, names[i]);
		if (!schema || schema->resource != route->resource)
			continue;
		judge_schema(im, schema);
		if (schema->reason && !route->reason)
			route->reason = schema->reason;
	}
}

/* Schemas of what is left out are not used. */
static void use_again(struct import *im)
{
	for (unsigned i = 0; i < im->nschemas; i++) {
		im->schemas[i].is_body = im->schemas[i].is_answer = false;
		im->schemas[i].state = STATE_NEW;
	}
	for (unsigned i = 0; i < im->nroutes; i++)
		use_schemas(im, &im->routes[i]);
	for (unsigned i = 0; i < im->nroutes; i++)
		judge_route(im, &im->routes[i]);
}

void import_judge(struct import *im)
{
	use_again(im);
	use_again(im);
}
