#include "import_answers.h"

#include "import_match.h"
#include "import_names.h"
#include "import_tree.h"

static bool is_type(const struct json *schema, const char *type)
{
	struct str own = tree_get_text(schema, "type");

	return own.ptr && str_equal(own, str_from(type));
}

static struct json *one_member(struct import *im, const char *name, struct json *value)
{
	struct json *object = tree_object(im->arena);

	tree_set(im->arena, object, name, value);
	return object;
}

/* An object whose members have names that the schema says. */
static struct json *filled(struct import *im, const struct json *members, struct str text)
{
	struct json *object = tree_object(im->arena);

	for (const struct json *key = members->first; key; key = key->next->next) {
		struct json *value = is_type(key->next, "string")    ? tree_text(im->arena, text)
				     : is_type(key->next, "boolean") ? tree_bool(im->arena, true)
								     : NULL;
		if (!value)
			return NULL;
		tree_put(im->arena, object, key->text, value);
	}
	return object->count > 0 ? object : NULL;
}

/* The value of a member says this text, or is true. key: of the member, if the schema does not say
 * it; NULL: "ok", which is true. */
static struct json *answer_of(
	struct import *im, const struct json *schema, const char *key, struct str text)
{
	const struct json *named = import_resolve(im, schema);
	const struct json *members = tree_get_of(named, "properties", JSON_OBJECT);
	const struct json *of = tree_get(schema, "additionalProperties");

	if (members)
		return filled(im, members, text);
	if (is_type(schema, "boolean"))
		return tree_bool(im->arena, true);
	if (is_type(schema, "string"))
		return tree_text(im->arena, text);
	if (is_type(schema, "object") && (is_type(of, "boolean") || !key))
		return one_member(im, "ok", tree_bool(im->arena, true));
	if (is_type(schema, "object"))
		return one_member(im, key, tree_text(im->arena, text));
	return NULL;
}

static const char *deed_of(enum import_role role)
{
	return role == ROLE_LINK ? "added" : role == ROLE_UNLINK ? "removed" : "deleted";
}

struct json *import_template(struct import *im, const struct import_route *route)
{
	const struct import_resource *r = route->links ? route->links->to : route->resource;
	struct str text =
		arena_printf(im->arena, "%s %s successfully", r->schema.ptr, deed_of(route->role));

	if (route->answer->count == 0)
		return one_member(im, "ok", tree_bool(im->arena, true));
	bool of_texts = is_type(tree_get(route->answer, "additionalProperties"), "string");
	struct json *answer = answer_of(im, route->answer, of_texts ? "message" : NULL, text);
	return answer && answer->type == JSON_OBJECT ? answer : NULL;
}

/* Fixed paths. */

static bool is_about_health(struct str path)
{
	static const char *const parts[] = { "health", "status", "alive", "ready" };

	for (size_t i = 0; i < NITEMS(parts); i++)
		if (memmem(path.ptr, path.len, parts[i], strlen(parts[i])))
			return true;
	return false;
}

struct json *import_fixed_answer(struct import *im, const struct import_route *route)
{
	struct str title = tree_get_text(tree_get(im->document, "info"), "title");
	bool home = str_equal(route->path, STR("/"));
	const char *key = home ? "message" : "status";
	struct str text = home ? title.ptr ? title : STR("FastAPI") : STR("ok");

	if (!home && !is_about_health(route->path))
		return NULL;
	if (!route->answer)
		return NULL;
	if (route->answer->count == 0)
		return one_member(im, key, tree_text(im->arena, text));
	return answer_of(im, route->answer, key, text);
}

/* Judging. */

static bool is_free(const struct import_route *route)
{
	return route->role == ROLE_REMOVE || route->role == ROLE_LINK || route->role == ROLE_UNLINK;
}

static void judge(struct import *im, struct import_route *route)
{
	struct str row = import_answered(im, route);
	const struct import_schema *schema = import_schema_named(im, row);
	bool is_row = schema && schema->resource == route->resource;

	if (route->role == ROLE_CONSTANT && !import_fixed_answer(im, route))
		route->reason = "what it answers is not known: it is no operation on rows";
	else if (is_free(route) && route->answer && !is_row && !import_template(im, route))
		route->reason = "what it answers is not known";
}

void import_judge_answers(struct import *im)
{
	for (unsigned i = 0; i < im->nroutes; i++)
		if (!im->routes[i].reason)
			judge(im, &im->routes[i]);
}

/* Schemas that are kept as they are. */

void import_keep_schemas(struct import *im, struct json *kept, const struct json *schema)
{
	struct str name = import_ref(schema);
	const struct json *found = import_resolve(im, schema);

	if (found && !json_get(kept, name)) {
		tree_put(im->arena, kept, name, tree_copy(im->arena, found));
		import_keep_schemas(im, kept, found);
	}
	if (schema->type != JSON_OBJECT && schema->type != JSON_ARRAY)
		return;
	for (const struct json *child = schema->first; child; child = child->next)
		import_keep_schemas(im, kept, child);
}
