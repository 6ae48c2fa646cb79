#include "import_match.h"

#include "import_names.h"
#include "import_tree.h"

enum { SEGMENTS_MOST = 16 };

/* Paths. */

struct path {
	struct str segments[SEGMENTS_MOST];
	unsigned count, parameters;
	bool too_long;
};

static bool is_parameter(struct str segment)
{
	return segment.len > 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

static struct path split(struct str path)
{
	struct path p = { .count = 0 };
	const char *end = path.ptr + path.len;

	for (const char *at = path.ptr; at < end;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		struct str segment = { at, (size_t)((slash ? slash : end) - at) };
		if (segment.len > 0 && p.count == SEGMENTS_MOST)
			p.too_long = true;
		else if (segment.len > 0) {
			p.parameters += is_parameter(segment);
			p.segments[p.count++] = segment;
		}
		at = slash ? slash + 1 : end;
	}
	return p;
}

static struct str last(const struct path *p)
{
	return p->count ? p->segments[p->count - 1] : STR("");
}

/* The path of the first n segments: "/api/users". */
static struct str joined(struct arena *arena, const struct path *p, unsigned n)
{
	struct str text = STR("");

	for (unsigned i = 0; i < n; i++)
		text = arena_printf(arena, "%.*s/%.*s", STR_ARGS(text), STR_ARGS(p->segments[i]));
	return text;
}

static struct str without_slash(struct str path)
{
	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	return path;
}

struct str import_path_parameter(
	const struct import_route *route, unsigned nth, const struct json **node)
{
	const struct json *list = tree_get_of(route->node, "parameters", JSON_ARRAY);
	struct path p = split(route->path);
	struct str name = { .ptr = NULL };

	*node = NULL;
	for (unsigned i = 0; i < p.count; i++)
		if (is_parameter(p.segments[i]) && nth-- == 0)
			name = (struct str){ p.segments[i].ptr + 1, p.segments[i].len - 2 };
	for (const struct json *one = list ? list->first : NULL; one && name.ptr; one = one->next) {
		struct str own = tree_get_text(one, "name"), in = tree_get_text(one, "in");
		if (own.ptr && in.ptr && str_equal(own, name) && str_equal(in, STR("path")))
			*node = one;
	}
	return name;
}

/* Answers. */

static bool is_integer(const struct json *schema)
{
	struct str type = tree_get_text(schema, "type");

	return type.ptr && str_equal(type, STR("integer"));
}

/* The name of the schema of objects that an array has. */
static struct str rows_of(const struct import *im, const struct json *array)
{
	struct str type = tree_get_text(array, "type");
	struct str name = import_ref(tree_get(array, "items"));

	if (!type.ptr || !str_equal(type, STR("array")) || !import_schema_named(im, name))
		name.ptr = NULL;
	return name;
}

/* A page has rows, and may have their number. */
static struct str paged(
	const struct import *im, const struct json *answer, struct import_page *page)
{
	const struct import_schema *schema = import_schema_named(im, import_ref(answer));
	const struct json *members = schema ? tree_get(schema->node, "properties") : NULL;
	struct str rows = { .ptr = NULL };
	unsigned others = 0;

	for (const struct json *key = members ? members->first : NULL; key; key = key->next->next) {
		struct str name = rows_of(im, key->next);
		if (name.ptr && !rows.ptr) {
			rows = name;
			page->rows = key->text;
		} else if (!page->count.ptr && is_integer(key->next))
			page->count = key->text;
		else
			others++;
	}
	page->schema = schema ? schema->name : STR("");
	/* A row that has other rows has a key. */
	bool is_row = page->count.ptr && name_ends(page->count, STR("id"));
	if (others > 0 || is_row)
		rows.ptr = NULL;
	return rows;
}

struct str import_listed(
	const struct import *im, const struct json *answer, struct import_page *page)
{
	struct str rows = answer ? rows_of(im, answer) : (struct str){ .ptr = NULL };

	*page = (struct import_page){ .count = { .ptr = NULL } };
	return rows.ptr || !answer ? rows : paged(im, answer, page);
}

struct str import_answered(const struct import *im, const struct import_route *route)
{
	struct import_page page;
	struct str name = { .ptr = NULL };

	if (!route->answer)
		return name;
	if (route->role == ROLE_LIST || route->role == ROLE_CHILDREN)
		return import_listed(im, route->answer, &page);
	name = import_ref(route->answer);
	return import_schema_named(im, name) ? name : (struct str){ .ptr = NULL };
}

/* Shapes of paths, and what the methods do with them. */

enum shape { SHAPE_ROWS, SHAPE_ROW, SHAPE_BELOW, SHAPE_PAIR, SHAPE_OTHER };

static enum shape shape_of(const struct path *p)
{
	bool ends = p->count > 0 && is_parameter(last(p));

	if (p->too_long || p->count == 0)
		return SHAPE_OTHER;
	if (p->parameters == 0)
		return SHAPE_ROWS;
	if (p->parameters == 1 && ends)
		return p->count > 1 ? SHAPE_ROW : SHAPE_OTHER;
	bool below = p->count > 2 && is_parameter(p->segments[p->count - 2]);
	if (p->parameters == 1 && below)
		return SHAPE_BELOW;
	bool pair = p->count > 3 && is_parameter(p->segments[p->count - 3]);
	return p->parameters == 2 && ends && pair ? SHAPE_PAIR : SHAPE_OTHER;
}

static const struct {
	enum shape shape;
	struct str method;
	enum import_role role;
	bool has_body, is_list;
} meanings[] = {
	{ SHAPE_ROWS, STR_INIT("get"), ROLE_LIST, false, true },
	{ SHAPE_ROWS, STR_INIT("post"), ROLE_CREATE, true, false },
	{ SHAPE_ROW, STR_INIT("get"), ROLE_READ, false, false },
	{ SHAPE_ROW, STR_INIT("patch"), ROLE_UPDATE, true, false },
	{ SHAPE_ROW, STR_INIT("put"), ROLE_REPLACE, true, false },
	{ SHAPE_ROW, STR_INIT("delete"), ROLE_REMOVE, false, false },
	{ SHAPE_BELOW, STR_INIT("get"), ROLE_CHILDREN, false, true },
	{ SHAPE_BELOW, STR_INIT("post"), ROLE_CREATE, true, false },
	{ SHAPE_PAIR, STR_INIT("post"), ROLE_LINK, false, false },
	{ SHAPE_PAIR, STR_INIT("delete"), ROLE_UNLINK, false, false },
};

/* Returns false if the route is none of these. */
static bool find_role(const struct import *im, struct import_route *route, enum shape shape)
{
	struct import_page page;

	for (size_t i = 0; i < NITEMS(meanings); i++) {
		if (meanings[i].shape != shape || !str_equal(route->method, meanings[i].method))
			continue;
		route->role = meanings[i].role;
		bool lists = import_listed(im, route->answer, &page).ptr != NULL;
		return meanings[i].has_body == (route->body != NULL) &&
		       (!meanings[i].is_list || lists);
	}
	return false;
}

/* Resources. */

static struct import_resource *resource_at(const struct import *im, struct str collection)
{
	for (unsigned i = 0; i < im->nresources; i++)
		if (str_equal(without_slash(im->resources[i]->collection), collection))
			return im->resources[i];
	return NULL;
}

static struct import_resource *resource_below(const struct import *im, struct str segment)
{
	for (unsigned i = 0; i < im->nresources; i++)
		if (str_equal(im->resources[i]->segment, segment))
			return im->resources[i];
	return NULL;
}

static struct import_resource *add_resource(
	struct import *im, struct str collection, struct str segment)
{
	struct import_resource *r = arena_calloc(im->arena, 1, sizeof(*r));

	r->collection = collection;
	r->segment = arena_copy(im->arena, segment);
	r->parameter = STR("");
	im->resources[im->nresources++] = r;
	return r;
}

/* The resource of rows at a path, which is added if it is new. The path of the list has the slash
 * that is the resource's. */
static struct import_resource *resource_for(
	struct import *im, const struct path *p, unsigned n, struct str path)
{
	struct str collection = joined(im->arena, p, n);
	struct import_resource *r = resource_at(im, collection);

	if (!r)
		r = add_resource(im, path.ptr ? path : collection, p->segments[n - 1]);
	return r;
}

static void take_parameter(
	struct import_resource *r, const struct import_route *route, unsigned nth)
{
	const struct json *node;
	struct str name = import_path_parameter(route, nth, &node);

	if (r->parameter.len > 0 && r->parameter_schema)
		return;
	r->parameter = name.ptr ? name : STR("");
	r->parameter_schema = tree_get(node, "schema");
}

/* Rows and row paths, which name the resources. */
static void match_own(struct import *im, struct import_route *route)
{
	struct path p = split(route->path);
	enum shape shape = shape_of(&p);

	if (route->reason || (shape != SHAPE_ROWS && shape != SHAPE_ROW))
		return;
	if (!find_role(im, route, shape))
		return;
	if (shape == SHAPE_ROWS)
		route->resource = resource_for(im, &p, p.count, route->path);
	else {
		route->resource = resource_for(im, &p, p.count - 1, (struct str){ .ptr = NULL });
		take_parameter(route->resource, route, 0);
	}
}

static struct import_resource *resource_of_rows(const struct import *im, struct str schema)
{
	for (unsigned i = 0; schema.ptr && i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		struct str own = import_answered(im, route);
		if (route->resource && route->role <= ROLE_REPLACE && own.ptr &&
			str_equal(own, schema))
			return route->resource;
	}
	return NULL;
}

/* Paths below a row of the parent. */
static void match_below(struct import *im, struct import_route *route)
{
	struct path p = split(route->path);

	if (route->reason || shape_of(&p) != SHAPE_BELOW || !find_role(im, route, SHAPE_BELOW))
		return;
	struct import_resource *parent = resource_at(im, joined(im->arena, &p, p.count - 2));
	if (!parent) {
		route->reason = "the rows at the beginning of its path are not served";
		return;
	}
	route->resource = resource_below(im, last(&p));
	if (!route->resource)
		route->resource = resource_of_rows(im, import_answered(im, route));
	if (!route->resource)
		route->resource = add_resource(im, STR(""), last(&p));
	struct import_resource *r = route->resource;
	take_parameter(parent, route, 0);
	if (r == parent || (r->parent && r->parent != parent)) {
		route->resource = NULL;
		route->reason = "its rows belong to another parent, too";
		return;
	}
	r->parent = parent;
	r->parent_in_path |= route->role == ROLE_CREATE;
}

/* Links between rows of two resources. */
static void match_pair(struct import *im, struct import_route *route)
{
	struct path p = split(route->path);

	if (route->reason || shape_of(&p) != SHAPE_PAIR || !find_role(im, route, SHAPE_PAIR))
		return;
	struct import_resource *owner = resource_at(im, joined(im->arena, &p, p.count - 3));
	struct import_resource *to = resource_below(im, p.segments[p.count - 2]);
	if (!owner || !to) {
		route->reason = "its path has two keys, and the rows of one are not served";
		return;
	}
	take_parameter(owner, route, 0);
	take_parameter(to, route, 1);
	route->resource = owner;
}

static void match_constant(struct import_route *route)
{
	if (route->resource || route->reason)
		return;
	unsigned parameters = split(route->path).parameters;
	route->role = ROLE_CONSTANT;
	if (parameters > 1)
		route->reason = "its path has two keys";
	else if (parameters > 0 || !str_equal(route->method, STR("get")))
		route->reason = "it is no operation on the rows of a table";
}

/* What is left out. */

/* A list at a path of its own, of rows that have another list. */
static bool is_second_list(const struct import *im, const struct import_resource *r)
{
	const struct import_route *list = NULL;

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		if (route->resource != r)
			continue;
		if (route->role != ROLE_LIST)
			return false;
		list = route;
	}
	struct str rows = list ? import_answered(im, list) : STR("");
	for (unsigned i = 0; list && i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		struct str own = import_answered(im, route);
		if (route->resource && route->resource != r && route->role <= ROLE_REPLACE &&
			own.ptr && str_equal(own, rows))
			return true;
	}
	return false;
}

static void remove_second_lists(struct import *im)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < im->nresources; i++) {
		struct import_resource *r = im->resources[i];
		if (!is_second_list(im, r)) {
			im->resources[kept++] = r;
			continue;
		}
		for (unsigned k = 0; k < im->nroutes; k++)
			if (im->routes[k].resource == r) {
				im->routes[k].resource = NULL;
				im->routes[k].reason = "it is a second list of these rows";
			}
	}
	im->nresources = kept;
}

/* Several routes of a role differ only in a slash. */
static void remove_doubles(struct import *im)
{
	for (unsigned i = 0; i < im->nroutes; i++)
		for (unsigned k = 0; k < i; k++) {
			const struct import_route *first = &im->routes[k];
			struct import_route *route = &im->routes[i];
			if (!route->reason && !first->reason && route->resource &&
				first->resource == route->resource && first->role == route->role &&
				route->role <= ROLE_CHILDREN)
				route->reason = "the resource has another such operation";
		}
}

struct import_route *import_route_of(
	const struct import *im, const struct import_resource *r, enum import_role role)
{
	for (unsigned i = 0; i < im->nroutes; i++)
		if (im->routes[i].resource == r && im->routes[i].role == role &&
			!im->routes[i].reason)
			return &im->routes[i];
	return NULL;
}

/* Names. */

static bool name_is_free(const struct import *im, const struct import_resource *r, struct str name)
{
	for (unsigned i = 0; i < im->nresources; i++)
		if (im->resources[i] != r && im->resources[i]->name.ptr &&
			str_equal(im->resources[i]->name, name))
			return false;
	return name_is_valid(name);
}

/* "hero" of the parameter "hero_id", else of the segment "heroes". */
static void name_resource(struct import *im, struct import_resource *r)
{
	struct str singular = name_singular(im->arena, name_identifier(im->arena, r->segment));
	struct str of_key = r->parameter;

	if (name_ends(of_key, STR("_id")))
		of_key = arena_copy(im->arena, (struct str){ of_key.ptr, of_key.len - 3 });
	else
		of_key = STR("");
	r->name = of_key.len > 0 && name_is_free(im, r, of_key) ? of_key : singular;
	if (!name_is_free(im, r, r->name))
		r->name = arena_printf(im->arena, "%s_%s",
			r->parent ? r->parent->segment.ptr : "other", singular.ptr);
	r->plural = name_identifier(im->arena, r->segment);
}

/* The words that the names of its schemas begin with. */
static void name_schema(struct import *im, struct import_resource *r)
{
	struct str common = { .ptr = NULL };

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		if (route->resource != r || route->role > ROLE_CHILDREN || route->reason)
			continue;
		struct str names[] = { import_answered(im, route), import_ref(route->body) };
		bool removes = route->role == ROLE_REMOVE;
		for (size_t k = removes; k < NITEMS(names); k++)
			if (names[k].ptr)
				common = common.ptr ? name_common(common, name_class(names[k]))
						    : name_class(names[k]);
	}
	common = common.ptr ? name_base(common) : STR("");
	struct str camel = name_camel(im->arena, r->name);
	r->schema = common.len > 0 ? arena_copy(im->arena, common) : camel;
}

static bool is_identified(const struct import_route *route)
{
	return !route->reason && route->resource;
}

/* The segments that the paths of all resources begin with, but not all of a path. */
static void find_prefix(struct import *im)
{
	struct path common = { .count = 0 };
	bool any = false;

	for (unsigned i = 0; i < im->nresources; i++) {
		struct path p = split(im->resources[i]->collection);
		if (p.count == 0)
			continue;
		p.count--;
		if (!any)
			common = p;
		for (unsigned k = 0; k < common.count; k++)
			if (k >= p.count || !str_equal(common.segments[k], p.segments[k]))
				common.count = k;
		any = true;
	}
	im->prefix = joined(im->arena, &common, common.count);
}

/* Those without a route are none. Order: that of their first route. */
static void order_resources(struct import *im)
{
	unsigned count = 0;

	for (unsigned i = 0; i < im->nresources; i++)
		im->resources[i]->served = false;
	for (unsigned i = 0; i < im->nroutes; i++) {
		struct import_resource *r = im->routes[i].resource;
		if (!is_identified(&im->routes[i]) || r->served)
			continue;
		r->served = true;
		im->resources[count++] = r;
	}
	im->nresources = count;
}

void import_match(struct import *im)
{
	im->resources = arena_calloc(im->arena, im->nroutes + 1, sizeof(struct import_resource *));
	for (unsigned i = 0; i < im->nroutes; i++)
		match_own(im, &im->routes[i]);
	remove_second_lists(im);
	for (unsigned i = 0; i < im->nroutes; i++)
		match_below(im, &im->routes[i]);
	for (unsigned i = 0; i < im->nroutes; i++)
		match_pair(im, &im->routes[i]);
	remove_doubles(im);
	for (unsigned i = 0; i < im->nroutes; i++)
		match_constant(&im->routes[i]);
	order_resources(im);
	for (unsigned i = 0; i < im->nresources; i++)
		name_resource(im, im->resources[i]);
	for (unsigned i = 0; i < im->nresources; i++)
		name_schema(im, im->resources[i]);
	find_prefix(im);
}
