#include "import_lists.h"

#include "import_match.h"
#include "import_names.h"
#include "import_relations.h"
#include "import_tree.h"
#include "import_words.h"

/* Parameters of the query. */

static bool is_query(const struct json *parameter)
{
	struct str in = tree_get_text(parameter, "in");

	return in.ptr && str_equal(in, STR("query"));
}

static const struct json *first_parameter(const struct import_route *route)
{
	const struct json *list = tree_get_of(route->node, "parameters", JSON_ARRAY);

	return list ? list->first : NULL;
}

static bool is_one_of(struct str name, const char *const *names)
{
	for (; *names; names++)
		if (str_equal(name, str_from(*names)))
			return true;
	return false;
}

static const char *const skips[] = { "skip", "offset", NULL };
static const char *const limits[] = { "limit", NULL };
static const char *const searches[] = { "q", "search", "query", "keyword", "term", NULL };

static bool is_integer(const struct json *schema)
{
	struct str type = tree_get_text(schema, "type");

	return type.ptr && str_equal(type, STR("integer"));
}

/* skip and limit have a default, and the bounds ge and le only. */
static bool is_slice(const struct json *schema)
{
	return is_integer(schema) && tree_get_of(schema, "default", JSON_INT) &&
	       !tree_get(schema, "exclusiveMinimum") && !tree_get(schema, "exclusiveMaximum") &&
	       !tree_get(schema, "multipleOf");
}

static bool is_int(const struct json *value, const char *digits)
{
	return value && value->type == JSON_INT && str_equal(value->text, str_from(digits));
}

/* Puts a bound where it differs from what its absence says. */
static void put_bound(struct import *im, struct json *node, const char *word,
	const struct json *value, const char *usual)
{
	if (!value && usual)
		tree_set(im->arena, node, word, tree_null(im->arena));
	if (value && !(usual && is_int(value, usual)))
		tree_set(im->arena, node, word, tree_copy(im->arena, value));
}

static struct json *declare_slice(
	struct import *im, struct str name, const struct json *words, bool is_limit)
{
	struct json *node = tree_object(im->arena);

	if (str_equal(name, STR("offset")))
		tree_set_text(im->arena, node, "name", name);
	if (!is_int(tree_get(words, "default"), is_limit ? "100" : "0"))
		tree_set(im->arena, node, "default",
			tree_copy(im->arena, tree_get(words, "default")));
	put_bound(im, node, "ge", tree_get(words, "ge"), is_limit ? NULL : "0");
	put_bound(im, node, "le", tree_get(words, "le"), NULL);
	return node;
}

/* Filters. */

static bool is_text_type(const struct import_field *f)
{
	struct str type = tree_get_text(f->words, "type");

	return type.ptr && str_equal(type, STR("string")) && !tree_get(f->words, "enum") &&
	       !tree_get(f->words, "literal");
}

/* Parts of the names of filters that are no equality. */
static const struct {
	struct str part;
	const char *op;
} affixes[] = {
	{ STR_INIT("min"), "ge" },
	{ STR_INIT("max"), "le" },
	{ STR_INIT("from"), "ge" },
	{ STR_INIT("to"), "le" },
	{ STR_INIT("since"), "ge" },
	{ STR_INIT("until"), "le" },
	{ STR_INIT("after"), "ge" },
	{ STR_INIT("before"), "le" },
	{ STR_INIT("gte"), "ge" },
	{ STR_INIT("lte"), "le" },
	{ STR_INIT("ge"), "ge" },
	{ STR_INIT("le"), "le" },
	{ STR_INIT("gt"), "gt" },
	{ STR_INIT("lt"), "lt" },
	{ STR_INIT("ne"), "ne" },
	{ STR_INIT("contains"), "contains" },
	{ STR_INIT("like"), "contains" },
	{ STR_INIT("search"), "contains" },
};

/* The name without "min_" in front or "_min" at the end; len 0 if it has neither. */
static struct str without_affix(struct str name, struct str part)
{
	if (name.len <= part.len + 1)
		return STR("");
	if (str_starts(name, part) && name.ptr[part.len] == '_')
		return str_from_index(name, part.len + 1);
	if (name_ends(name, part) && name.ptr[name.len - part.len - 1] == '_')
		return (struct str){ name.ptr, name.len - part.len - 1 };
	return STR("");
}

/* "created" is meant for "created_at". */
static struct import_field *field_for(
	const struct import *im, const struct import_resource *r, struct str name)
{
	static const char *const endings[] = { "", "_at", "_on", "_date", "_id" };
	struct import_field *f = NULL;

	for (size_t i = 0; !f && i < NITEMS(endings); i++)
		f = import_field_named(
			r, arena_printf(im->arena, "%.*s%s", STR_ARGS(name), endings[i]));
	return f && f->kind != IMPORT_LINKS ? f : NULL;
}

struct filter {
	struct import_field *field; /* NULL: the texts of the row */
	const char *op;
};

static bool find_filter(const struct import *im, const struct import_resource *r, struct str name,
	struct filter *filter)
{
	*filter = (struct filter){ import_field_named(r, name), "eq" };
	if (filter->field && filter->field->kind != IMPORT_LINKS)
		return true;
	for (size_t i = 0; i < NITEMS(affixes); i++) {
		struct str rest = without_affix(name, affixes[i].part);
		filter->field = rest.len > 0 ? field_for(im, r, rest) : NULL;
		filter->op = affixes[i].op;
		if (filter->field)
			return true;
	}
	filter->op = "contains";
	return is_one_of(name, searches);
}

/* The fields that a search looks at: those that its description names, else the title or the name,
 * else the first text. */
static struct json *searched_fields(
	struct import *im, const struct import_resource *r, const struct json *parameter)
{
	static const char *const usual[] = { "title", "name", NULL };
	struct str description = tree_get_text(parameter, "description");
	struct json *fields = tree_array(im->arena);
	const struct import_field *best = NULL;

	for (const struct import_field *f = r->fields; f; f = f->next) {
		if (!is_text_type(f) || !f->shown)
			continue;
		if (description.ptr &&
			memmem(description.ptr, description.len, f->name.ptr, f->name.len))
			tree_add(fields, tree_text(im->arena, f->name));
		if (!best || (is_one_of(f->name, usual) && !is_one_of(best->name, usual)))
			best = f;
	}
	if (fields->count == 0 && best)
		tree_add(fields, tree_text(im->arena, best->name));
	return fields;
}

/* A filter that may be absent is nullable, with the default null. */
static void put_words(struct import *im, struct json *node, const struct import_field *f,
	const struct json *words)
{
	const struct json *value = tree_get(words, "default");
	bool nullable = tree_is_true(words, "nullable");

	for (const struct json *key = words->first; key; key = key->next->next) {
		struct str word = key->text;
		const struct json *own = f ? json_get(f->words, word) : NULL;
		if (str_equal(word, STR("type")) || str_equal(word, STR("nullable")) ||
			str_equal(word, STR("default")) || str_equal(word, STR("enum")) ||
			str_equal(word, STR("literal")) || (own && tree_equal(own, key->next)))
			continue;
		tree_put(im->arena, node, word, tree_copy(im->arena, key->next));
	}
	if (!nullable)
		tree_set(im->arena, node, value ? "nullable" : "required",
			tree_bool(im->arena, value == NULL));
	if (value && value->type != JSON_NULL)
		tree_set(im->arena, node, "default", tree_copy(im->arena, value));
}

static struct json *declare_filter(struct import *im, const struct import_resource *r,
	const struct json *parameter, const struct json *words)
{
	struct str name = tree_get_text(parameter, "name");
	struct json *node = tree_object(im->arena);
	struct filter filter;

	if (!find_filter(im, r, name, &filter))
		return NULL;
	if (filter.field && !str_equal(filter.field->name, name))
		tree_set_text(im->arena, node, "field", filter.field->name);
	if (!filter.field)
		tree_set(im->arena, node, "fields", searched_fields(im, r, parameter));
	if (strcmp(filter.op, "eq") != 0)
		tree_set_text(im->arena, node, "op", str_from(filter.op));
	put_words(im, node, filter.field, words);
	return node;
}

/* Judging. */

static bool is_number(struct str type)
{
	return str_equal(type, STR("integer")) || str_equal(type, STR("number")) ||
	       str_equal(type, STR("decimal"));
}

/* A number is compared as one of the field's type. */
static bool is_comparable(const struct import_field *f, const struct json *words)
{
	struct str own = tree_get_text(f->words, "type"), other = tree_get_text(words, "type");

	return str_equal(own, other) || (is_number(own) && is_number(other));
}

/* NULL: it has words. */
static const char *judge_parameter(
	struct import *im, const struct import_resource *r, const struct json *parameter)
{
	struct str name = tree_get_text(parameter, "name");
	const struct json *schema = tree_get_of(parameter, "schema", JSON_OBJECT);
	struct filter filter;
	const char *why;

	if (is_one_of(name, skips) || is_one_of(name, limits))
		return schema && is_slice(schema) ? NULL
						  : "has a type or bounds that have no words";
	if (!find_filter(im, r, name, &filter))
		return "is no field, and has no words";
	bool required = tree_is_true(parameter, "required");
	const struct json *words = schema ? import_words(im, name, schema, required, &why) : NULL;
	if (!words)
		return "has a type that filters do not have";
	if (filter.field && !is_comparable(filter.field, words))
		return "has another type than its field";
	if (!filter.field && searched_fields(im, r, parameter)->count == 0)
		return "is a search, and the rows have no texts";
	return NULL;
}

static bool takes_list(const struct import_route *route)
{
	return route->role == ROLE_LIST || route->role == ROLE_CHILDREN;
}

static void judge(struct import *im, struct import_route *route)
{
	for (const struct json *p = first_parameter(route); p; p = p->next) {
		if (!is_query(p))
			continue;
		const char *why = takes_list(route) && route->resource
					  ? judge_parameter(im, route->resource, p)
					  : "is one of the query, which only lists take";
		if (!why)
			continue;
		route->reason = arena_printf(im->arena, "its parameter \"%.*s\" %s",
			STR_ARGS(tree_get_text(p, "name")), why)
					.ptr;
		return;
	}
}

void import_judge_lists(struct import *im)
{
	for (unsigned i = 0; i < im->nroutes; i++)
		if (!im->routes[i].reason)
			judge(im, &im->routes[i]);
}

/* The words. */

static void put_parameter(struct import *im, const struct import_resource *r, struct json *list,
	struct json *filters, const struct json *p)
{
	struct str name = tree_get_text(p, "name");
	bool required = tree_is_true(p, "required"), is_limit = is_one_of(name, limits);
	const char *why;
	struct json *words = import_words(im, name, tree_get(p, "schema"), required, &why);

	if (is_limit || is_one_of(name, skips)) {
		tree_set(im->arena, list, is_limit ? "limit" : "skip",
			declare_slice(im, name, words, is_limit));
		return;
	}
	/* Its place among skip and limit is that of the first filter. */
	if (filters->count == 0)
		tree_set(im->arena, list, "filters", filters);
	struct json *filter = declare_filter(im, r, p, words);
	tree_put(im->arena, filters, name, filter);
	import_check(&im->checks, filter, "%.*s filters by %s", STR_ARGS(name),
		tree_get(filter, "op") ? "this comparison" : "equality");
	if (tree_get(p, "description"))
		import_check(
			&im->checks, filter, "the description of %.*s has no word", STR_ARGS(name));
}

/* Rows and count are in the order of the page's members. */
static void put_page(struct import *im, struct json *list, const struct import_route *route)
{
	struct json *node = tree_object(im->arena);
	struct import_page page;

	if (!import_listed(im, route->answer, &page).ptr || !page.rows.ptr)
		return;
	const struct json *schema = import_resolve(im, route->answer);
	const struct json *first = tree_get(schema, "properties")->first;
	bool counts_first = page.count.ptr && str_equal(first->text, page.count);
	tree_set_text(im->arena, node, "schema", page.schema);
	if (counts_first)
		tree_set_text(im->arena, node, "count", page.count);
	tree_set_text(im->arena, node, "rows", page.rows);
	if (!counts_first)
		tree_set(im->arena, node, "count",
			page.count.ptr ? tree_text(im->arena, page.count) : tree_null(im->arena));
	tree_set(im->arena, list, "page", node);
}

static bool takes_query(const struct import_route *route)
{
	for (const struct json *p = route ? first_parameter(route) : NULL; p; p = p->next)
		if (is_query(p))
			return true;
	return false;
}

static bool has_page(struct import *im, const struct import_route *route)
{
	struct import_page page;

	return route && import_listed(im, route->answer, &page).ptr && page.rows.ptr;
}

/* The list of a resource is that of its rows; if that has no words, that of the rows below one. */
static const struct import_route *route_of_list(struct import *im, const struct import_resource *r)
{
	const struct import_route *list = import_route_of(im, r, ROLE_LIST);
	const struct import_route *children = import_route_of(im, r, ROLE_CHILDREN);
	bool has_words = takes_query(list) || has_page(im, list);

	return list && (has_words || !children) ? list : children;
}

bool import_is_whole(struct import *im, const struct import_route *route)
{
	const struct import_route *list = route_of_list(im, route->resource);

	return takes_list(route) && !takes_query(route) && !has_page(im, route) &&
	       (takes_query(list) || has_page(im, list));
}

struct json *import_declare_list(struct import *im, const struct import_resource *r)
{
	const struct import_route *route = route_of_list(im, r);
	struct json *list = tree_object(im->arena), *filters = tree_object(im->arena);

	for (const struct json *p = route ? first_parameter(route) : NULL; p; p = p->next)
		if (is_query(p))
			put_parameter(im, r, list, filters, p);
	if (route)
		put_page(im, list, route);
	return list->count > 0 ? list : NULL;
}
