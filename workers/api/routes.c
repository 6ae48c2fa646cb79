#include "routes.h"

#include "actions.h"

static const struct str paths[] = {
	[DOCUMENT_OPENAPI] = STR_INIT("/openapi.json"),
	[DOCUMENT_SWAGGER] = STR_INIT("/docs"),
	[DOCUMENT_OAUTH2_REDIRECT] = STR_INIT("/docs/oauth2-redirect"),
	[DOCUMENT_REDOC] = STR_INIT("/redoc"),
	[DOCUMENT_HOME] = STR_INIT("/"),
};
_Static_assert(NITEMS(paths) == DOCUMENT__COUNT, "a document has no path");

struct str document_path(enum document document)
{
	return paths[document];
}

/* Building the table. */

/* The first character after the slash at the start; 0 if there is none. */
static char initial_of(struct str path)
{
	return path.len > 1 && path.ptr[1] != '\n' ? path.ptr[1] : 0;
}

static void allow_actions(struct endpoint *e, enum action_path path)
{
	for (int action = 0; action < ACTION__COUNT; action++)
		if (action_http[action].path == path)
			e->actions[action_http[action].method] = (uint8_t)(1 + action);
}

/* The method whose action answers this one: HEAD is answered as GET. */
static enum method serving(const struct endpoint *e, enum method method)
{
	return method == METHOD_HEAD && e->actions[METHOD_GET] ? METHOD_GET : method;
}

static bool has_method(const struct endpoint *e, enum method method)
{
	return method == METHOD_OPTIONS || e->actions[serving(e, method)] != 0;
}

static struct str join_allow(const struct endpoint *e, struct arena *arena)
{
	struct str list = STR("");

	for (int m = 0; m < METHOD__COUNT; m++)
		if (has_method(e, (enum method)m))
			list = arena_printf(arena, "%s%s%s", list.ptr, list.len ? ", " : "",
				method_names[m].ptr);
	return list;
}

static void allow_get(struct endpoint *e, struct arena *arena)
{
	e->actions[METHOD_GET] = 1;
	e->allow = join_allow(e, arena);
}

static void add_document(struct endpoint *e, enum document document, struct arena *arena)
{
	*e = (struct endpoint){ .before = document_path(document), .document = document };
	allow_get(e, arena);
}

static void add_asset(struct endpoint *e, const struct asset *asset, struct arena *arena)
{
	*e = (struct endpoint){ .before = asset->path, .asset = asset };
	allow_get(e, arena);
}

/* /users/{user_id}/posts */
static void add_children(struct endpoint *e, const struct resource *r, struct arena *arena)
{
	*e = (struct endpoint){
		.before = arena_printf(arena, "/%s/", r->parent->plural),
		.has_key = true,
		.after = arena_printf(arena, "/%s", r->plural),
		.key_of = r->parent,
		.resource = r,
	};
	allow_actions(e, ACTION_AT_PARENT);
	e->allow = join_allow(e, arena);
}

/* /users */
static void add_collection(struct endpoint *e, const struct resource *r, struct arena *arena)
{
	*e = (struct endpoint){
		.before = arena_printf(arena, "/%s", r->plural),
		.resource = r,
	};
	allow_actions(e, ACTION_AT_LIST);
	if (!r->parent)
		allow_actions(e, ACTION_AT_PARENT);
	e->allow = join_allow(e, arena);
}

/* /users/{user_id} */
static void add_item(struct endpoint *e, const struct resource *r, struct arena *arena)
{
	*e = (struct endpoint){
		.before = arena_printf(arena, "/%s/", r->plural),
		.has_key = true,
		.after = STR(""),
		.key_of = r,
		.resource = r,
	};
	allow_actions(e, ACTION_AT_ROW);
	e->allow = join_allow(e, arena);
}

/* The methods that at least one endpoint has. */
static struct str join_all(const struct routes *routes, struct arena *arena)
{
	struct endpoint all = { 0 };

	for (unsigned i = 0; i < routes->count; i++)
		for (int m = 0; m < METHOD__COUNT; m++)
			all.actions[m] |= routes->endpoints[i].actions[m];
	return join_allow(&all, arena);
}

/* Files of which there are too many share the last number. */
static uint16_t number_of(const struct endpoint *e)
{
	size_t number = ENDPOINTS_OF_DOCUMENTS + (size_t)e->document;

	if (e->resource)
		number = (size_t)ENDPOINTS_OF_RESOURCE * e->resource->number +
			 (!e->has_key               ? 1
				 : e->after.len > 0 ? 0
						    : 2);
	if (e->asset)
		number = ENDPOINTS_OF_FILES + (size_t)(e->asset - assets);
	return (uint16_t)(number < ENDPOINT_NUMBERS ? number : ENDPOINT_NUMBERS - 1);
}

void routes_build(struct routes *routes, bool docs, struct arena *arena)
{
	struct endpoint *e =
		arena_calloc(arena, DOCUMENT__COUNT + 3 * api->nresources + nassets, sizeof(*e));

	routes->endpoints = e;
	for (int d = 0; d < DOCUMENT__COUNT; d++)
		if (docs || d == DOCUMENT_HOME)
			add_document(e++, (enum document)d, arena);
	for (unsigned i = 0; i < api->nresources; i++) {
		if (api->resources[i]->parent)
			add_children(e++, api->resources[i], arena);
		add_collection(e++, api->resources[i], arena);
		add_item(e++, api->resources[i], arena);
	}
	for (unsigned i = 0; docs && i < nassets; i++)
		add_asset(e++, &assets[i], arena);
	routes->count = (unsigned)(e - routes->endpoints);
	while (e-- > routes->endpoints) {
		e->initial = initial_of(e->before);
		e->number = number_of(e);
	}
	routes->allow = join_all(routes, arena);
}

/* Matching. */

/* Where Python's `$` matches: at the end, or before one newline at the end. */
static bool ends_here(struct str rest, struct str pattern)
{
	return str_starts(rest, pattern) &&
	       (rest.len == pattern.len ||
		       (rest.len == pattern.len + 1 && rest.ptr[pattern.len] == '\n'));
}

static bool matches(const struct endpoint *e, struct str path, struct str *key)
{
	if (!e->has_key)
		return ends_here(path, e->before);
	if (!str_starts(path, e->before))
		return false;
	struct str rest = str_from_index(path, e->before.len);
	const char *slash = rest.len ? memchr(rest.ptr, '/', rest.len) : NULL;
	size_t n = slash ? (size_t)(slash - rest.ptr) : rest.len;
	*key = (struct str){ rest.ptr, n };
	rest = str_from_index(rest, n);
	/* A newline at the end belongs to the key. */
	return n > 0 && (e->after.len ? ends_here(rest, e->after) : rest.len == 0);
}

/* A literal path has one length, or one more with a newline. */
static bool has_length(const struct endpoint *e, size_t len)
{
	return len >= e->before.len && (e->has_key || len <= e->before.len + 1);
}

/* Initial and length exclude most endpoints at little cost. */
static const struct endpoint *find(const struct routes *routes, struct str path, struct str *key)
{
	const struct endpoint *end = routes->endpoints + routes->count;
	char initial = initial_of(path);

	for (const struct endpoint *e = routes->endpoints; e < end; e++)
		if (e->initial == initial && has_length(e, path.len) && matches(e, path, key))
			return e;
	return NULL;
}

/* Starlette would also try the path with a slash added, but none of our patterns ends in one. */
static struct route no_path(const struct routes *routes, struct str path)
{
	struct str shorter = path, key;

	while (shorter.len > 0 && shorter.ptr[shorter.len - 1] == '/')
		shorter.len--;
	/* The path was the prefix of --root-path and nothing more. */
	if (path.len == 0)
		return (struct route){ .kind = ROUTE_REDIRECT, .redirect = STR("/") };
	if (shorter.len == path.len || !find(routes, shorter, &key))
		return (struct route){ .kind = ROUTE_NO_PATH };
	return (struct route){ .kind = ROUTE_REDIRECT, .redirect = shorter };
}

static enum route_kind kind_of(const struct endpoint *e, enum method method)
{
	if (method == METHOD_OPTIONS)
		return ROUTE_OPTIONS;
	if (!has_method(e, method))
		return ROUTE_NO_METHOD;
	if (e->resource)
		return ROUTE_ACTION;
	return e->asset ? ROUTE_ASSET : ROUTE_DOCUMENT;
}

struct route routes_match(const struct routes *routes, enum method method, struct str path)
{
	struct route route = { 0 };

	route.endpoint = find(routes, path, &route.key);
	if (!route.endpoint)
		return no_path(routes, path);
	route.kind = kind_of(route.endpoint, method);
	if (route.kind == ROUTE_ACTION)
		route.action =
			(enum action)(route.endpoint->actions[serving(route.endpoint, method)] - 1);
	return route;
}

struct str endpoint_path(const struct endpoint *e, struct arena *arena)
{
	if (!e->has_key)
		return e->before;
	return arena_printf(arena, "%s{%s_id}%s", e->before.ptr, e->key_of->name, e->after.ptr);
}
