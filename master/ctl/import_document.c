#include "import_document.h"

#include "import_names.h"
#include "import_tree.h"
#include "json_read.h"
#include "json_text.h"

#include <ctype.h>

static const struct str methods[] = { STR_INIT("get"), STR_INIT("post"), STR_INIT("put"),
	STR_INIT("patch"), STR_INIT("delete"), STR_INIT("head"), STR_INIT("options"),
	STR_INIT("trace") };

static const struct str schemas_path = STR_INIT("#/components/schemas/");

/* Schemas. */

struct str import_ref(const struct json *schema)
{
	struct str ref = tree_get_text(schema, "$ref");

	if (!ref.ptr || !str_starts(ref, schemas_path))
		return (struct str){ .ptr = NULL };
	return str_from_index(ref, schemas_path.len);
}

static const struct json *components(const struct import *im)
{
	return tree_get_of(tree_get(im->document, "components"), "schemas", JSON_OBJECT);
}

const struct json *import_resolve(const struct import *im, const struct json *schema)
{
	struct str name = import_ref(schema);
	const struct json *all = components(im);

	return name.ptr && all ? json_get(all, name) : NULL;
}

struct import_schema *import_schema_named(const struct import *im, struct str name)
{
	for (unsigned i = 0; name.ptr && i < im->nschemas; i++)
		if (str_equal(im->schemas[i].name, name))
			return &im->schemas[i];
	return NULL;
}

static bool read_schemas(struct import *im, struct buf *error)
{
	const struct json *all = components(im);

	if (!all)
		return true;
	if (all->count > IMPORT_SCHEMAS_MOST) {
		buf_printf(error, "has more than %d schemas", IMPORT_SCHEMAS_MOST);
		return false;
	}
	im->schemas = arena_calloc(im->arena, all->count, sizeof(*im->schemas));
	for (const struct json *key = all->first; key; key = key->next->next)
		if (tree_get_of(key->next, "properties", JSON_OBJECT))
			im->schemas[im->nschemas++] =
				(struct import_schema){ .name = key->text, .node = key->next };
	return true;
}

/* Routes. */

/* FastAPI's operationId of a function: name, path and method, with "_" for what is no word. */
static struct str id_suffix(struct import *im, const struct import_route *route)
{
	struct str path = name_identifier(im->arena, route->path);

	return arena_printf(im->arena, "%s_%.*s", path.ptr, STR_ARGS(route->method));
}

static void read_name(struct import *im, struct import_route *route)
{
	struct str id = tree_get_text(route->node, "operationId");
	struct str summary = tree_get_text(route->node, "summary");
	struct str suffix = id_suffix(im, route);

	if (id.ptr && id.len > suffix.len && name_ends(id, suffix)) {
		route->name = arena_copy(im->arena, (struct str){ id.ptr, id.len - suffix.len });
		route->named_by_id = name_is_valid(route->name);
	}
	if (!route->named_by_id)
		route->name = name_of_title(im->arena, summary.ptr ? summary
						       : id.ptr    ? id
								   : route->path);
}

/* Reads the schema of a JSON content. Returns false if there is other content. */
static bool read_content(const struct json *content, const struct json **schema)
{
	static const struct json any = { .type = JSON_OBJECT };
	const struct json *json = tree_get(content, "application/json");

	*schema = NULL;
	if (!content || content->type != JSON_OBJECT || content->count == 0)
		return true;
	if (!json)
		return false;
	*schema = tree_get_of(json, "schema", JSON_OBJECT);
	if (!*schema)
		*schema = &any;
	return true;
}

static void read_body(struct import_route *route)
{
	const struct json *body = tree_get(route->node, "requestBody");

	if (!body)
		return;
	if (!read_content(tree_get(body, "content"), &route->body))
		route->reason = tree_get(tree_get(body, "content"), "multipart/form-data")
					? "it takes uploads (multipart/form-data)"
					: "its body is no JSON";
	else if (!tree_is_true(body, "required"))
		route->reason = "its body is not required";
}

static void read_answer(struct import_route *route)
{
	const struct json *responses = tree_get_of(route->node, "responses", JSON_OBJECT);

	for (const struct json *key = responses ? responses->first : NULL; key;
		key = key->next->next) {
		if (key->text.len != 3 || key->text.ptr[0] != '2')
			continue;
		route->status = key->text;
		if (!read_content(tree_get(key->next, "content"), &route->answer))
			route->reason = "its answer is no JSON";
		return;
	}
	route->reason = "it has no answer with a status of 2xx";
}

/* Parameters in headers and cookies are not read. */
static void read_parameters(struct import *im, struct import_route *route)
{
	const struct json *list = tree_get_of(route->node, "parameters", JSON_ARRAY);

	for (const struct json *p = list ? list->first : NULL; p; p = p->next) {
		struct str in = tree_get_text(p, "in"), name = tree_get_text(p, "name");
		if (in.ptr && name.ptr &&
			(str_equal(in, STR("path")) || str_equal(in, STR("query"))))
			continue;
		route->reason = arena_printf(im->arena, "it takes the %.*s \"%.*s\"",
			in.ptr ? (int)in.len : 9, in.ptr ? in.ptr : "parameter",
			name.ptr ? (int)name.len : 0, name.ptr ? name.ptr : "")
					.ptr;
	}
}

static bool needs_login(const struct import *im, const struct import_route *route)
{
	const struct json *own = tree_get_of(route->node, "security", JSON_ARRAY);
	const struct json *general = tree_get_of(im->document, "security", JSON_ARRAY);
	const struct json *security = own ? own : general;

	return security && security->count > 0;
}

static void read_route(
	struct import *im, struct str path, struct str method, const struct json *node)
{
	struct import_route *route = &im->routes[im->nroutes++];

	*route = (struct import_route){ .path = path, .method = method, .node = node };
	read_name(im, route);
	read_answer(route);
	read_body(route);
	read_parameters(im, route);
	if (needs_login(im, route))
		route->reason = "it needs authentication (security)";
}

static bool is_method(struct str key)
{
	for (size_t i = 0; i < NITEMS(methods); i++)
		if (str_equal(key, methods[i]))
			return true;
	return false;
}

static bool read_routes(struct import *im, struct buf *error)
{
	const struct json *paths = tree_get_of(im->document, "paths", JSON_OBJECT);
	unsigned most = 0;

	for (const struct json *path = paths->first; path; path = path->next->next)
		most += path->next->type == JSON_OBJECT ? path->next->count : 0;
	if (most > IMPORT_ROUTES_MOST) {
		buf_printf(error, "has more than %d operations", IMPORT_ROUTES_MOST);
		return false;
	}
	im->routes = arena_calloc(im->arena, most + 1, sizeof(*im->routes));
	for (const struct json *path = paths->first; path; path = path->next->next)
		for (const struct json *key = path->next->type == JSON_OBJECT ? path->next->first
									      : NULL;
			key; key = key->next->next)
			if (is_method(key->text) && key->next->type == JSON_OBJECT)
				read_route(im, path->text, key->text, key->next);
	return true;
}

/* The document. */

static bool parse(struct import *im, struct str text, struct buf *error)
{
	struct json_error why = { "its nesting or a number is beyond the limits", 0 };
	struct str decoded;

	if (!json_text_decode(im->arena, text, &decoded)) {
		buf_str(error, STR("is not valid UTF-8"));
		return false;
	}
	enum json_outcome outcome = json_read(im->arena, decoded, &im->document, &why);
	if (outcome == JSON_OK && !json_has_surrogate(im->document) &&
		!tree_is_deeper(im->document, IMPORT_DEPTH_MOST))
		return true;
	if (outcome == JSON_OK)
		why.message = json_has_surrogate(im->document) ? "a text has a lone surrogate"
							       : "its nesting is too deep";
	buf_printf(error, "is not valid JSON: %s", why.message);
	if (outcome == JSON_SYNTAX)
		buf_printf(error, " at character %zu", why.position + 1);
	return false;
}

bool import_read_document(struct import *im, struct str text, struct buf *error)
{
	if (!parse(im, text, error))
		return false;
	struct str version = tree_get_text(im->document, "openapi");
	if (!version.ptr || !str_starts(version, STR("3."))) {
		buf_str(error, STR("is no OpenAPI 3 document: \"openapi\" is not \"3.…\""));
		return false;
	}
	if (!tree_get_of(im->document, "paths", JSON_OBJECT)) {
		buf_str(error, STR("has no \"paths\""));
		return false;
	}
	return read_schemas(im, error) && read_routes(im, error);
}
