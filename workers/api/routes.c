#include "routes.h"

#include "actions.h"
#include "word.h"

#include <stdlib.h>

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

static void allow_actions(struct endpoint *e, enum action_path path)
{
	for (int action = 0; action < ACTION__COUNT; action++)
		if (action_http[action].path == path && e->resource->by_action[action])
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
	*e = (struct endpoint){
		.before = document_path(document),
		.after = STR(""),
		.document = document,
	};
	allow_get(e, arena);
}

static void add_asset(struct endpoint *e, const struct asset *asset, struct arena *arena)
{
	*e = (struct endpoint){ .before = asset->path, .after = STR(""), .asset = asset };
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
		.after = STR(""),
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

/* Where the first action of an endpoint is among the operations that the declaration orders. */
static unsigned order_of(const struct endpoint *e)
{
	unsigned i = 0;

	while (e->actions[action_method(action_nth(e->resource, i))] !=
		1 + action_nth(e->resource, i))
		i++;
	return i;
}

static int compare_order(const void *a, const void *b)
{
	unsigned one = order_of(a), other = order_of(b);

	return (one > other) - (one < other);
}

/* In the order in which an app with these operations declares its paths. */
static struct endpoint *add_resource(
	struct endpoint *e, const struct resource *r, struct arena *arena)
{
	struct endpoint *first = e;

	if (r->parent)
		add_children(e++, r, arena);
	add_collection(e++, r, arena);
	add_item(e++, r, arena);
	qsort(first, (size_t)(e - first), sizeof(*first), compare_order);
	return e;
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

/* The hash table. */

/* An endpoint is found by its literal parts, before and after the key. */

/* By words. The hash of one word is that of no other word of the same length. */
static inline uint64_t add_to_hash(uint64_t hash, struct str text)
{
	const uint64_t multiplier = UINT64_C(0x9e3779b97f4a7c15);

	for (size_t n = 0; n + WORD_SIZE < text.len; n += WORD_SIZE)
		hash = (hash ^ word_at(text.ptr + n)) * multiplier;
	return (hash ^ word_last(text) ^ text.len) * multiplier;
}

static inline uint64_t hash_of(bool has_key, struct str before, struct str after)
{
	uint64_t hash = add_to_hash(has_key, before);

	return after.len > 0 ? add_to_hash(hash, after) : hash;
}

static inline unsigned first_slot(const struct routes *routes, uint64_t hash)
{
	return (unsigned)(hash >> (64 - routes->slot_bits));
}

static inline unsigned next_slot(const struct routes *routes, unsigned slot)
{
	return (slot + 1) & ((1U << routes->slot_bits) - 1);
}

/* At least three quarters of the slots are free, so that a search ends soon. */
static void build_slots(struct routes *routes, struct arena *arena)
{
	struct route_slot *slots;

	for (routes->slot_bits = 2; 1U << routes->slot_bits < 4 * routes->count;)
		routes->slot_bits++;
	slots = arena_calloc(arena, 1U << routes->slot_bits, sizeof(*slots));
	for (unsigned i = 0; i < routes->count; i++) {
		const struct endpoint *e = &routes->endpoints[i];
		uint64_t hash = hash_of(e->has_key, e->before, e->after);
		unsigned slot = first_slot(routes, hash);
		while (slots[slot].endpoint)
			slot = next_slot(routes, slot);
		slots[slot] = (struct route_slot){ hash, e };
	}
	routes->slots = slots;
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
		if (d == DOCUMENT_HOME ? api->home != NULL : docs)
			add_document(e++, (enum document)d, arena);
	for (unsigned i = 0; i < api->nresources; i++)
		e = add_resource(e, api->resources[i], arena);
	for (unsigned i = 0; docs && i < nassets; i++)
		add_asset(e++, &assets[i], arena);
	routes->count = (unsigned)(e - routes->endpoints);
	while (e-- > routes->endpoints)
		e->number = number_of(e);
	routes->allow = join_all(routes, arena);
	build_slots(routes, arena);
}

/* Matching. */

/* Where Python's `$` matches: at the end, or before one newline at the end. */
static struct str without_newline(struct str text)
{
	bool has_newline = text.len > 0 && text.ptr[text.len - 1] == '\n';

	return (struct str){ text.ptr, text.len - has_newline };
}

/* True if the endpoint, whose hash is the same, has these literal parts. */
static inline bool is_at(
	const struct endpoint *e, bool has_key, struct str before, struct str after)
{
	if (e->has_key != has_key || e->before.len != before.len || e->after.len != after.len)
		return false;
	if (before.len <= WORD_SIZE && after.len == 0)
		return true;
	return str_equal(e->before, before) && str_equal(e->after, after);
}

__attribute__((always_inline)) static inline const struct endpoint *look_up(
	const struct routes *routes, bool has_key, struct str before, struct str after)
{
	uint64_t hash = hash_of(has_key, before, after);
	unsigned n = first_slot(routes, hash);

	for (; routes->slots[n].endpoint; n = next_slot(routes, n))
		if (routes->slots[n].hash == hash &&
			is_at(routes->slots[n].endpoint, has_key, before, after))
			return routes->slots[n].endpoint;
	return NULL;
}

/* Segments are short: memchr would not be faster. */
static inline size_t next_slash(struct str path, size_t n)
{
	while (n < path.len && path.ptr[n] != '/')
		n++;
	return n;
}

static const struct endpoint *find(const struct routes *routes, struct str path, struct str *key)
{
	struct str text = without_newline(path);
	size_t start = next_slash(text, 1) + 1;
	const struct endpoint *e = NULL;

	if (start <= text.len) {
		/* A newline at the end belongs to a key that ends the path. */
		size_t end = next_slash(text, start);
		*key = (struct str){ path.ptr + start, (end < text.len ? end : path.len) - start };
		if (key->len > 0)
			e = look_up(routes, true, (struct str){ path.ptr, start },
				str_from_index(text, end));
		if (e)
			return e;
	}
	*key = STR("");
	return look_up(routes, false, text, STR(""));
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
	return arena_printf(
		arena, "%s{%s}%s", e->before.ptr, e->key_of->key_parameter.name, e->after.ptr);
}
