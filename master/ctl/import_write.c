#include "import_write.h"

#include "import_answers.h"
#include "import_fields.h"
#include "import_lists.h"
#include "import_match.h"
#include "import_members.h"
#include "import_names.h"
#include "import_operations.h"
#include "import_tables.h"
#include "import_tree.h"

/* The document. */

static void put_info(struct import *im, struct json *root)
{
	static const struct {
		const char *name, *usual;
	} kept[] = { { "title", "FastAPI" }, { "version", "0.1.0" }, { "description", NULL } };
	const struct json *info = tree_get_of(im->document, "info", JSON_OBJECT);

	for (size_t i = 0; i < NITEMS(kept); i++) {
		struct str text = tree_get_text(info, kept[i].name);
		if (text.ptr && !(kept[i].usual && str_equal(text, str_from(kept[i].usual))))
			tree_set_text(im->arena, root, kept[i].name, text);
	}
	for (const struct json *key = info ? info->first : NULL; key; key = key->next->next)
		if (!str_equal(key->text, STR("title")) && !str_equal(key->text, STR("version")) &&
			!str_equal(key->text, STR("description")))
			import_check(&im->checks, root,
				"\"info\" of the document has \"%.*s\", for which there is no word",
				STR_ARGS(key->text));
}

/* Fixed paths. */

/* True if the document has operations of resources before it. */
static bool follows_resources(const struct import *im, const struct import_route *route)
{
	for (const struct import_route *r = im->routes; r < route; r++)
		if (r->resource && !r->reason)
			return true;
	return false;
}

static struct json *declare_constant(struct import *im, const struct import_route *route)
{
	struct json *node = tree_object(im->arena);
	static const char *const kept[] = { "tags", "description" };
	struct str summary = tree_get_text(route->node, "summary");
	struct str id = tree_get_text(route->node, "operationId");

	tree_set_text(im->arena, node, "name", route->name);
	tree_set(im->arena, node, "answer", import_fixed_answer(im, route));
	for (size_t i = 0; i < NITEMS(kept); i++) {
		const struct json *value = tree_get(route->node, kept[i]);
		if (value)
			tree_set(im->arena, node, kept[i], tree_copy(im->arena, value));
	}
	if (summary.ptr && !str_equal(summary, name_title(im->arena, route->name)))
		tree_set_text(im->arena, node, "summary", summary);
	if (!route->named_by_id && id.ptr)
		tree_set_text(im->arena, node, "operation_id", id);
	if (route->answer->count > 0)
		tree_set(im->arena, node, "schema", tree_copy(im->arena, route->answer));
	if (follows_resources(im, route))
		tree_set(im->arena, node, "last", tree_bool(im->arena, true));
	return node;
}

static bool is_constant(const struct import_route *route)
{
	return route->role == ROLE_CONSTANT && !route->reason;
}

/* "home" says the same of the function home at "/". */
static bool is_home(const struct import_route *route, const struct json *node)
{
	return str_equal(route->path, STR("/")) && str_equal(route->name, STR("home")) &&
	       node->count == 2;
}

static void put_constants(struct import *im, struct json *root, struct json *kept)
{
	struct json *constants = tree_object(im->arena);

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		if (!is_constant(route))
			continue;
		struct json *node = declare_constant(im, route);
		struct json *home = tree_copy(im->arena, tree_get(node, "answer"));
		bool short_form = is_home(route, node);
		if (short_form)
			tree_set(im->arena, root, "home", home);
		else
			tree_put(im->arena, constants, route->path, node);
		import_check(
			&im->checks, short_form ? home : node, "%s answers so", route->name.ptr);
		import_keep_schemas(im, kept, route->answer);
	}
	if (constants->count > 0)
		tree_set(im->arena, root, "constants", constants);
}

/* Resources. */

static void put_names(struct import *im, const struct import_resource *r)
{
	struct str path = import_path(im, r), usual = arena_printf(im->arena, "/%s", r->plural.ptr);
	const struct json *tags = import_tags(im, r);

	if (!str_equal(r->plural, arena_printf(im->arena, "%ss", r->name.ptr)))
		tree_set_text(im->arena, r->node, "plural", r->plural);
	if (path.len > 0 && !str_equal(path, usual))
		tree_set_text(im->arena, r->node, "path", path);
	if (r->table && !str_equal(r->table->name, r->plural))
		tree_set_text(im->arena, r->node, "table", r->table->name);
	if (!str_equal(r->schema, name_camel(im->arena, r->name)))
		tree_set_text(im->arena, r->node, "schema", r->schema);
	if (tags)
		tree_set(im->arena, r->node, "tags", tree_copy(im->arena, tags));
}

static void put_parameter_bounds(
	struct import *im, struct json *key, const struct import_resource *r)
{
	static const struct {
		const char *keyword, *word;
	} bounds[] = { { "minimum", "ge" }, { "exclusiveMinimum", "gt" }, { "maximum", "le" },
		{ "exclusiveMaximum", "lt" } };
	struct str title = tree_get_text(r->parameter_schema, "title");

	if (title.ptr && !str_equal(title, name_title(im->arena, r->parameter)))
		tree_set_text(im->arena, key, "title", title);
	for (size_t i = 0; i < NITEMS(bounds); i++) {
		const struct json *bound = tree_get(r->parameter_schema, bounds[i].keyword);
		if (bound)
			tree_set(im->arena, key, bounds[i].word, tree_copy(im->arena, bound));
	}
}

static void put_key(struct import *im, const struct import_resource *r)
{
	struct json *key = tree_object(im->arena);
	struct str type = tree_get_text(r->key_field->words, "type");
	struct str usual = arena_printf(im->arena, "%s_id", r->name.ptr);

	if (!str_equal(r->key, STR("id")))
		tree_set_text(im->arena, key, "name", r->key);
	if (!str_equal(type, STR("integer")))
		tree_set_text(im->arena, key, "type", type);
	if (r->parameter.len > 0 && !str_equal(r->parameter, usual))
		tree_set_text(im->arena, key, "parameter", r->parameter);
	put_parameter_bounds(im, key, r);
	if (r->table && !r->table->key_is_indexed)
		tree_set(im->arena, key, "index", tree_bool(im->arena, false));
	if (key->count > 0)
		tree_set(im->arena, r->node, "key", key);
}

static void put_parent(struct import *im, const struct import_resource *r)
{
	const struct import_field *f = r->parent_field;
	struct json *node = tree_object(im->arena);

	if (!f)
		return;
	struct str usual = arena_printf(im->arena, "%s_id", r->parent->name.ptr);
	const char *on_delete = import_on_delete(im, f);
	tree_set_text(im->arena, r->node, "parent", r->parent->name);
	if (!str_equal(f->name, usual))
		tree_set_text(im->arena, node, "name", f->name);
	if (!r->parent_in_path)
		tree_set_text(im->arena, node, "in", STR("body"));
	for (const struct json *key = f->words->first; key; key = key->next->next)
		if (str_equal(key->text, STR("nullable")) ||
			(str_equal(key->text, STR("default")) && !r->parent_in_path))
			tree_put(im->arena, node, key->text, tree_copy(im->arena, key->next));
	if (node->count > 0)
		tree_set(im->arena, r->node, "parent_field", node);
	if (r->embedded)
		tree_set(im->arena, r->node, "embedded", tree_bool(im->arena, true));
	if (strcmp(on_delete, "cascade") != 0)
		tree_set_text(im->arena, r->node, "on_delete", str_from(on_delete));
}

/* Checks. */

static const char *unique_names(const struct import *im, const struct import_resource *r)
{
	struct str text = STR("");

	for (const struct import_field *f = r->fields; f; f = f->next)
		if (tree_is_true(f->node, "unique"))
			text = arena_printf(im->arena, "%s%s%s", text.ptr,
				text.len > 0 ? " or " : "",
				text.len > 0 ? f->name.ptr : name_title(im->arena, f->name).ptr);
	return text.len > 0
		       ? arena_printf(im->arena, " and 409 \"%s already exists\"", text.ptr).ptr
		       : "";
}

static const char *told(const struct import_field *f)
{
	bool known = f->column && f->column->on_delete.ptr &&
		     !str_equal(f->column->on_delete, STR("NO ACTION"));

	return known ? NULL : "";
}

static void check_deletions(struct import *im, const struct import_resource *r)
{
	if (r->parent_field && told(r->parent_field))
		import_check(&im->checks, r->node, "%s: on_delete is %s", r->name.ptr,
			import_on_delete(im, r->parent_field));
	for (const struct import_field *f = r->fields; f; f = f->next)
		if (f->kind == IMPORT_REFERENCE && told(f))
			import_check(&im->checks, f->node, "%s.%s: on_delete is %s", r->name.ptr,
				f->name.ptr, import_on_delete(im, f));
}

static void check_resource(struct import *im, const struct import_resource *r)
{
	const struct json *list = tree_get(r->node, "list");

	import_check(&im->checks, r->node, "%s: errors are 404 \"%s not found\"%s", r->name.ptr,
		r->schema.ptr, unique_names(im, r));
	if (import_route_of(im, r, ROLE_LIST))
		import_check(&im->checks, list ? list : r->node, "%s: lists are ordered by %s",
			r->name.ptr, r->key.ptr);
	if (!r->table)
		import_check(&im->checks, r->node,
			"%s: table, lengths, unique values and indexes are not known without "
			"--database",
			r->name.ptr);
	if (r->table && r->table->composite)
		import_check(&im->checks, r->node,
			"%s: a unique index of several columns, for which there is no word",
			r->name.ptr);
	check_deletions(im, r);
}

static void put_fields(struct import *im, struct import_resource *r)
{
	struct json *fields = tree_object(im->arena);

	for (struct import_field *f = r->fields; f; f = f->next) {
		f->node = import_declare_field(im, r, f);
		tree_put(im->arena, fields, f->name, f->node);
	}
	tree_set(im->arena, r->node, "fields", fields);
}

static void set(struct import *im, struct json *node, const char *word, struct json *value)
{
	if (value)
		tree_set(im->arena, node, word, value);
}

static void declare(struct import *im, struct import_resource *r, struct json *kept)
{
	put_names(im, r);
	put_key(im, r);
	put_parent(im, r);
	set(im, r->node, "operations", import_declare_operations(im, r, kept));
	set(im, r->node, "list", import_declare_list(im, r));
	put_fields(im, r);
	set(im, r->node, "schemas", import_declare_schemas(im, r));
	check_resource(im, r);
}

/* Members of schemas, and schemas, with texts for people. */
static unsigned count_texts(const struct import *im, const struct json *schema, struct str name)
{
	struct str title = tree_get_text(schema, "title");
	bool titled = title.ptr && !str_equal(title, name) &&
		      !str_equal(title, name_field_title(im->arena, name));

	return titled || tree_get(schema, "description") || tree_get(schema, "examples");
}

static void check_texts(struct import *im, const struct json *root)
{
	unsigned count = 0;

	for (unsigned i = 0; i < im->nschemas; i++) {
		const struct import_schema *schema = &im->schemas[i];
		if (!schema->resource || !(schema->is_body || schema->is_answer))
			continue;
		count += count_texts(im, schema->node, schema->name);
		for (const struct json *key = tree_get(schema->node, "properties")->first; key;
			key = key->next->next)
			count += count_texts(im, key->next, key->text);
	}
	if (count > 0)
		import_check(&im->checks, root,
			"titles, descriptions or examples of schemas have no words: %u", count);
}

/* Resources in an order other than that of their paths. */
static void check_order(struct import *im)
{
	const struct import_resource *current = NULL;
	unsigned seen = 0;

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		if (route->reason || !route->resource || route->resource == current)
			continue;
		current = route->resource;
		if (seen < im->nresources && im->resources[seen] == current)
			seen++;
		else
			import_check(&im->checks, current->node,
				"%s: /openapi.json has %.*s earlier or later than the document",
				current->name.ptr, STR_ARGS(route->path));
	}
}

static void put_resources(struct import *im, struct json *root, struct json *kept)
{
	struct json *resources = tree_object(im->arena);

	for (unsigned i = 0; i < im->nresources; i++) {
		struct import_resource *r = im->resources[i];
		declare(im, r, kept);
		tree_put(im->arena, resources, r->name, r->node);
	}
	tree_set(im->arena, root, "resources", resources);
}

/* Those that have a route, or that another one refers to. */
static void keep_served(struct import *im)
{
	unsigned count = 0;

	for (unsigned i = 0; i < im->nresources; i++) {
		struct import_resource *r = im->resources[i];
		r->served = false;
		for (unsigned k = 0; k < im->nroutes; k++)
			r->served |= im->routes[k].resource == r && !im->routes[k].reason;
		r->node = tree_object(im->arena);
	}
	for (unsigned i = 0; i < im->nresources; i++)
		if (im->resources[i]->served)
			im->resources[count++] = im->resources[i];
	im->nresources = count;
}

const struct json *import_declare(struct import *im)
{
	struct json *root = tree_object(im->arena), *kept = tree_object(im->arena);

	keep_served(im);
	if (im->nresources == 0)
		return NULL;
	import_find_defaults(im);
	put_info(im, root);
	if (im->prefix.len > 0)
		tree_set_text(im->arena, root, "prefix", im->prefix);
	put_constants(im, root, kept);
	put_resources(im, root, kept);
	if (kept->count > 0)
		tree_set(im->arena, root, "schemas", kept);
	import_check(&im->checks, root, "texts keep the white space at both ends");
	check_order(im);
	check_texts(im, root);
	return root;
}
