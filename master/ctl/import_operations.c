#include "import_operations.h"

#include "import_answers.h"
#include "import_lists.h"
#include "import_match.h"
#include "import_members.h"
#include "import_names.h"
#include "import_schemas.h"
#include "import_tree.h"

/* What is usual. */

static const struct role_words {
	const char *word, *verb;
	bool plural;        /* the name ends with the plural */
	const char *status; /* NULL: "200" */
	const char *body;   /* suffix of the body's schema */
	bool answers;       /* with rows */
} usual[] = {
	[ROLE_LIST] = { "list", "list", true, NULL, NULL, true },
	[ROLE_CREATE] = { "create", "create", false, "201", "Create", true },
	[ROLE_READ] = { "read", "get", false, NULL, NULL, true },
	[ROLE_UPDATE] = { "update", "update", false, NULL, "Update", true },
	[ROLE_REPLACE] = { "replace", "replace", false, NULL, "Create", true },
	[ROLE_REMOVE] = { "delete", "delete", false, "204", NULL, false },
	[ROLE_CHILDREN] = { "children", "list", true, NULL, NULL, true },
	[ROLE_LINK] = { "link", "link", false, NULL, NULL, true },
	[ROLE_UNLINK] = { "unlink", "unlink", false, "204", NULL, false },
};
_Static_assert(NITEMS(usual) == ROLE_CONSTANT, "a role has no words");

static struct str without_slash(struct str path)
{
	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	return path;
}

struct str import_path(const struct import *im, const struct import_resource *r)
{
	return r->collection.len > 0 ? str_from_index(r->collection, im->prefix.len) : STR("");
}

static struct str row_path(const struct import *im, const struct import_resource *r)
{
	struct str rows = without_slash(import_path(im, r));

	return arena_printf(im->arena, "%.*s/{%.*s}", STR_ARGS(rows), STR_ARGS(r->parameter));
}

static struct str below_path(const struct import *im, const struct import_resource *r)
{
	if (!r->parent)
		return STR("");
	return arena_printf(im->arena, "%s/%s", row_path(im, r->parent).ptr, r->plural.ptr);
}

static struct str link_path(const struct import *im, const struct import_route *route)
{
	const struct import_resource *to = route->links->to;

	return arena_printf(im->arena, "%s/%s/{%.*s}", row_path(im, route->resource).ptr,
		to->plural.ptr, STR_ARGS(to->parameter));
}

static struct str usual_path(const struct import *im, const struct import_route *route)
{
	const struct import_resource *r = route->resource;

	switch (route->role) {
	case ROLE_LIST:
		return import_path(im, r);
	case ROLE_CREATE:
		return r->parent_in_path ? below_path(im, r) : import_path(im, r);
	case ROLE_CHILDREN:
		return below_path(im, r);
	case ROLE_LINK:
	case ROLE_UNLINK:
		return link_path(im, route);
	default:
		return row_path(im, r);
	}
}

static struct str usual_name(const struct import *im, const struct import_route *route)
{
	const struct import_resource *r = route->resource;
	const struct role_words *words = &usual[route->role];

	if (route->links)
		return STR("");
	if (route->role == ROLE_CHILDREN && r->parent)
		return arena_printf(im->arena, "list_%s_%s", r->parent->name.ptr, r->plural.ptr);
	return arena_printf(
		im->arena, "%s_%s", words->verb, words->plural ? r->plural.ptr : r->name.ptr);
}

static struct str usual_answer(const struct import *im, const struct import_route *route)
{
	const struct import_resource *r = route->resource;
	const struct import_route *read = import_route_of(im, r, ROLE_READ);

	if (route->role == ROLE_READ)
		return import_read_name(im, r);
	if (route->role == ROLE_LINK)
		return read ? name_class(import_answered(im, read)) : import_read_name(im, r);
	return arena_printf(im->arena, "%s%s", r->schema.ptr, "Response");
}

/* Tags. */

static bool is_of(const struct import_route *route, const struct import_resource *r)
{
	return route->resource == r && !route->reason;
}

static const struct json *tags_of(const struct import_route *route)
{
	return tree_get_of(route->node, "tags", JSON_ARRAY);
}

static unsigned count_tags(
	const struct import *im, const struct import_resource *r, const struct json *tags)
{
	unsigned count = 0;

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct json *own = is_of(&im->routes[i], r) ? tags_of(&im->routes[i]) : NULL;
		count += own && tree_equal(own, tags);
	}
	return count;
}

const struct json *import_tags(const struct import *im, const struct import_resource *r)
{
	const struct json *best = NULL;
	unsigned most = 0;

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct json *own = is_of(&im->routes[i], r) ? tags_of(&im->routes[i]) : NULL;
		unsigned count = own ? count_tags(im, r, own) : 0;
		if (count > most) {
			most = count;
			best = own;
		}
	}
	return best;
}

/* Words. */

static void put_texts(struct import *im, struct json *words, const struct import_route *route)
{
	struct str summary = tree_get_text(route->node, "summary");
	struct str id = tree_get_text(route->node, "operationId");
	struct str description = tree_get_text(route->node, "description");

	if (!str_equal(route->name, usual_name(im, route)))
		tree_set_text(im->arena, words, "name", route->name);
	if (summary.ptr && !str_equal(summary, name_title(im->arena, route->name)))
		tree_set_text(im->arena, words, "summary", summary);
	if (id.ptr && !route->named_by_id)
		tree_set_text(im->arena, words, "operation_id", id);
	if (description.ptr)
		tree_set_text(im->arena, words, "description", description);
	if (tree_is_true(route->node, "deprecated"))
		tree_set(im->arena, words, "deprecated", tree_bool(im->arena, true));
}

static void put_tags(struct import *im, struct json *words, const struct import_route *route)
{
	const struct json *own = tags_of(route);
	const struct json *common = import_tags(im, route->resource);

	if (own && (!common || !tree_equal(own, common)))
		tree_set(im->arena, words, "tags", tree_copy(im->arena, own));
	else if (!own && common)
		tree_set(im->arena, words, "tags", tree_array(im->arena));
}

static bool has_only_optional(const struct import_schema *schema)
{
	const struct json *required = tree_get_of(schema->node, "required", JSON_ARRAY);

	return !required || required->count == 0;
}

static void put_body(struct import *im, struct json *words, const struct import_route *route)
{
	const struct import_resource *r = route->resource;
	const struct import_schema *schema = import_schema_named(im, import_ref(route->body));

	if (!schema)
		return;
	struct str name = name_class(schema->name);
	struct str own = arena_printf(im->arena, "%s%s", r->schema.ptr, usual[route->role].body);
	if (!str_equal(own, name))
		tree_set_text(im->arena, words, "body", name);
	if (route->role == ROLE_REPLACE && has_only_optional(schema))
		tree_set(im->arena, words, "partial", tree_bool(im->arena, true));
}

static struct json *number(struct import *im, struct str digits)
{
	struct json *value = tree_null(im->arena);

	value->type = JSON_INT;
	value->text = digits;
	return value;
}

static void put_status(struct import *im, struct json *words, const struct import_route *route)
{
	const char *status = usual[route->role].status;

	if (!str_equal(route->status, str_from(status ? status : "200")))
		tree_set(im->arena, words, "status", number(im, route->status));
}

static void put_template(
	struct import *im, struct json *words, const struct import_route *route, struct json *kept)
{
	tree_set(im->arena, words, "answer", import_template(im, route));
	if (route->answer->count > 0)
		tree_set(im->arena, words, "answer_schema", tree_copy(im->arena, route->answer));
	import_keep_schemas(im, kept, route->answer);
}

static void put_answer(
	struct import *im, struct json *words, const struct import_route *route, struct json *kept)
{
	struct str row = import_answered(im, route);
	const struct import_schema *schema = import_schema_named(im, row);
	bool rows = usual[route->role].answers;

	if (!route->answer && rows)
		tree_set(im->arena, words, "answer", tree_null(im->arena));
	else if (schema && schema->resource == route->resource) {
		row = name_class(row);
		if (!rows || !str_equal(row, usual_answer(im, route)))
			tree_set_text(im->arena, words, "answer", row);
	} else if (route->answer)
		put_template(im, words, route, kept);
}

/* Answers other than that of success and FastAPI's own 422. */
static bool is_further(const struct import_route *route, const struct json *key)
{
	const struct json *content = tree_get(key->next, "content");
	struct str name = import_ref(tree_get(tree_get(content, "application/json"), "schema"));
	bool usual_422 = str_equal(key->text, STR("422")) && name.ptr &&
			 str_equal(name, STR("HTTPValidationError"));

	return !usual_422 && !str_equal(key->text, route->status);
}

/* The text for a success, if it is another than FastAPI's. */
static void put_success(struct import *im, struct json *responses, const struct import_route *route)
{
	const struct json *success =
		json_get(tree_get_of(route->node, "responses", JSON_OBJECT), route->status);
	struct str text = tree_get_text(success, "description");
	struct json *node = tree_object(im->arena);

	if (!text.ptr || str_equal(text, STR("Successful Response")))
		return;
	tree_set_text(im->arena, node, "description", text);
	tree_put(im->arena, responses, route->status, node);
}

static void put_responses(
	struct import *im, struct json *words, const struct import_route *route, struct json *kept)
{
	const struct json *all = tree_get_of(route->node, "responses", JSON_OBJECT);
	struct json *further = tree_object(im->arena);

	put_success(im, further, route);
	for (const struct json *key = all->first; key; key = key->next->next)
		if (is_further(route, key)) {
			tree_put(im->arena, further, key->text, tree_copy(im->arena, key->next));
			import_keep_schemas(im, kept, key->next);
		}
	if (further->count > 0)
		tree_set(im->arena, words, "responses", further);
}

static struct json *declare(struct import *im, const struct import_route *route, struct json *kept)
{
	struct json *words = tree_object(im->arena);
	struct str path = str_from_index(route->path, im->prefix.len);

	if (!str_equal(path, usual_path(im, route)))
		tree_set_text(im->arena, words, "path", path);
	put_texts(im, words, route);
	put_tags(im, words, route);
	put_status(im, words, route);
	put_body(im, words, route);
	put_answer(im, words, route, kept);
	put_responses(im, words, route, kept);
	if (import_is_whole(im, route))
		tree_set(im->arena, words, "list", tree_bool(im->arena, false));
	return words;
}

/* What is done or answered so cannot be known. */
static void check(struct import *im, const struct import_route *route, const struct json *words,
	const struct json *node)
{
	const struct json *answer = tree_get(words, "answer");

	if (tree_get(words, "partial"))
		import_check(
			&im->checks, node, "PUT leaves fields as they are that its body lacks");
	else if (route->role == ROLE_REPLACE)
		import_check(&im->checks, node, "PUT sets all fields of its body");
	if (answer && answer->type != JSON_STRING && answer->type != JSON_NULL)
		import_check(&im->checks, node, "%s answers so", route->name.ptr);
	if (route->role == ROLE_CHILDREN)
		import_check(&im->checks, node, "%s answers 404 if there is no such row",
			route->name.ptr);
}

/* All five in the usual order, or an array of names, or an object. */

static bool is_usual_order(const struct json *operations, const struct import_resource *r)
{
	static const char *const order[] = { "list", "create", "read", "update", "delete" };
	static const char *const below[] = { "create", "list", "read", "update", "delete" };
	const char *const *names = r->parent_in_path ? below : order;
	const struct json *key = operations->first;

	for (size_t i = 0; i < NITEMS(order); i++, key = key->next->next)
		if (!key || !str_equal(key->text, str_from(names[i])))
			return false;
	return !key;
}

static bool are_plain(const struct json *operations)
{
	for (const struct json *key = operations->first; key; key = key->next->next)
		if (key->next->count > 0)
			return false;
	return true;
}

static struct json *names_of(struct import *im, const struct json *operations)
{
	struct json *names = tree_array(im->arena);

	for (const struct json *key = operations->first; key; key = key->next->next)
		tree_add(names, tree_text(im->arena, key->text));
	return names;
}

static struct str word_of(struct import *im, const struct import_route *route)
{
	const char *word = usual[route->role].word;

	return route->links ? arena_printf(im->arena, "%s:%s", word, route->links->name.ptr)
			    : str_from(word);
}

/* The rows of a child are created at a path of its own, which comes first. */
static bool has_order_of_paths(const struct import_resource *r, const struct json *operations)
{
	bool creates_first = str_equal(operations->first->text, STR("create"));

	return r->parent_in_path && tree_get(operations, "create") && !creates_first;
}

/* The words are on the line of an operation, or else on that of the resource. */
static void check_all(struct import *im, struct import_resource *r, const struct json *operations)
{
	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		const struct json *words =
			is_of(route, r) ? json_get(operations, word_of(im, route)) : NULL;
		if (words)
			check(im, route, words, are_plain(operations) ? r->node : words);
	}
}

struct json *import_declare_operations(
	struct import *im, struct import_resource *r, struct json *kept)
{
	struct json *operations = tree_object(im->arena);

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		if (is_of(route, r))
			tree_put(im->arena, operations, word_of(im, route),
				declare(im, route, kept));
	}
	check_all(im, r, operations);
	if (!are_plain(operations) || has_order_of_paths(r, operations))
		return operations;
	return is_usual_order(operations, r) ? NULL : names_of(im, operations);
}
