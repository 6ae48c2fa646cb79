#include "routes.h"

#include "route_table.h"

ALWAYS static inline const struct endpoint *look_up(const struct routes *routes,
	const struct route_shape *shape, unsigned nkeys, const struct str parts[])
{
	uint64_t hash = route_hash(shape, nkeys, parts);
	unsigned n = route_first_slot(routes, hash);

	for (; routes->slots[n].endpoint; n = route_next_slot(routes, n))
		if (routes->slots[n].hash == hash &&
			route_is_at(routes->slots[n].endpoint, shape, nkeys, parts))
			return routes->slots[n].endpoint;
	return NULL;
}

ALWAYS static inline const struct endpoint *find_keys(const struct routes *routes,
	const struct route_shape *shape, unsigned nkeys, struct str path, struct str text,
	struct str keys[ENDPOINT_KEYS_MAX])
{
	struct str parts[ENDPOINT_KEYS_MAX + 1];

	return route_split(shape, nkeys, path, text, parts, keys)
		       ? look_up(routes, shape, nkeys, parts)
		       : NULL;
}

ALWAYS static inline const struct endpoint *find_shape(const struct routes *routes,
	const struct route_shape *shape, struct str path, struct str text,
	struct str keys[ENDPOINT_KEYS_MAX])
{
	if (shape->nkeys == 1)
		return find_keys(routes, shape, 1, path, text, keys);
	if (shape->nkeys == 0)
		return find_keys(routes, shape, 0, path, text, keys);
	return find_keys(routes, shape, ENDPOINT_KEYS_MAX, path, text, keys);
}

/* Where Python's `$` matches: at the end, or before one newline at the end. */
static struct str without_newline(struct str text)
{
	bool has_newline = text.len > 0 && text.ptr[text.len - 1] == '\n';

	return (struct str){ text.ptr, text.len - has_newline };
}

static unsigned rank_of(const struct endpoint *e, enum method method)
{
	if ((unsigned)method < ENDPOINT_METHODS && method != METHOD_OPTIONS &&
		route_has_method(e, method))
		return e->ranks[method];
	return UINT16_MAX;
}

/* Of all endpoints with the path, the one that is the first to have the method, or else the first.
 */
static const struct endpoint *find_first(const struct routes *routes, enum method method,
	struct str path, struct str keys[ENDPOINT_KEYS_MAX])
{
	struct str text = without_newline(path), parts[ENDPOINT_KEYS_MAX + 1];
	const struct endpoint *first = NULL;

	for (unsigned i = 0; i < routes->count; i++) {
		const struct endpoint *e = &routes->endpoints[i];
		struct str own[ENDPOINT_KEYS_MAX] = { 0 };
		if (!route_split(e->shape, e->shape->nkeys, path, text, parts, own) ||
			!route_has_parts(e, parts))
			continue;
		if (!first || rank_of(e, method) < rank_of(first, method)) {
			first = e;
			memcpy(keys, own, sizeof(own));
		}
	}
	return first;
}

__attribute__((always_inline)) static inline const struct endpoint *find(
	const struct routes *routes, enum method method, struct str path,
	struct str keys[ENDPOINT_KEYS_MAX])
{
	struct str text = without_newline(path);
	const struct endpoint *e = NULL;

	for (unsigned i = 0; i < routes->nshapes && !e; i++)
		e = find_shape(routes, routes->shapes[i], path, text, keys);
	if (e && (e->overlaps || text.len < path.len))
		return find_first(routes, method, path, keys);
	return e;
}

/* The same path with other slashes at its end. */
static struct str with_other_end(struct str path, struct arena *arena)
{
	struct str shorter = path;

	if (path.len == 0 || path.ptr[path.len - 1] != '/') {
		char *longer = arena_alloc(arena, path.len + 1);
		memcpy(longer, path.ptr, path.len);
		longer[path.len] = '/';
		return (struct str){ longer, path.len + 1 };
	}
	while (shorter.len > 0 && shorter.ptr[shorter.len - 1] == '/')
		shorter.len--;
	return shorter;
}

static struct route no_path(
	const struct routes *routes, enum method method, struct str path, struct arena *arena)
{
	struct str other = with_other_end(path, arena), keys[ENDPOINT_KEYS_MAX];

	if (str_equal(path, STR("/")) || !find(routes, method, other, keys))
		return (struct route){ .kind = ROUTE_NO_PATH };
	return (struct route){ .kind = ROUTE_REDIRECT, .redirect = other };
}

static enum route_kind kind_of(const struct endpoint *e, enum method method)
{
	if (method == METHOD_OPTIONS)
		return ROUTE_OPTIONS;
	if (!route_has_method(e, method))
		return ROUTE_NO_METHOD;
	return e->asset ? ROUTE_ASSET : ROUTE_DOCUMENT;
}

struct route routes_match(
	const struct routes *routes, enum method method, struct str path, struct arena *arena)
{
	struct route route = { 0 };

	route.endpoint = find(routes, method, path, route.keys);
	if (!route.endpoint)
		return no_path(routes, method, path, arena);
	if ((unsigned)method < ENDPOINT_METHODS)
		route.operation = route.endpoint->operations[method];
	route.kind = route.operation ? ROUTE_OPERATION : kind_of(route.endpoint, method);
	return route;
}
