/* Building the table of routes. */
#include "fnv.h"
#include "route_table.h"

static const struct str paths[] = {
	[DOCUMENT_OPENAPI] = STR_INIT("/openapi.json"),
	[DOCUMENT_SWAGGER] = STR_INIT("/docs"),
	[DOCUMENT_OAUTH2_REDIRECT] = STR_INIT("/docs/oauth2-redirect"),
	[DOCUMENT_REDOC] = STR_INIT("/redoc"),
};
_Static_assert(NITEMS(paths) == DOCUMENT__COUNT, "a document has no path");

struct str document_path(enum document document)
{
	return paths[document];
}

/* The shape of a path as it is declared. */
static struct route_shape shape_of(struct str path)
{
	struct route_shape shape = { 0 };
	unsigned segment = 0;

	for (size_t n = 1; n < path.len; n = route_next_slash(path, n) + 1, segment++)
		if (path.ptr[n] == '{' && shape.nkeys < ENDPOINT_KEYS_MAX)
			shape.at[shape.nkeys++] = segment;
	shape.seed = shape.nkeys | (uint64_t)shape.at[0] << 8 | (uint64_t)shape.at[1] << 32;
	return shape;
}

struct building {
	struct routes *routes;
	struct endpoint *endpoints;
	struct route_slot *slots;
	const struct route_shape **shapes;
	struct arena *arena;
	uint16_t rank; /* of the next method */
};

/* At most so many endpoints. */
static unsigned count_most(bool docs)
{
	unsigned count = api->nconstants + (docs ? DOCUMENT__COUNT + nassets : 0);

	for (unsigned i = 0; i < api->nresources; i++)
		count += api->resources[i]->noperations;
	return count;
}

/* At least three quarters of the slots are free, so that a search ends soon. */
static void begin(struct building *b, unsigned most)
{
	struct routes *routes = b->routes;

	*routes = (struct routes){ .slot_bits = 2 };
	while (1U << routes->slot_bits < 4 * most)
		routes->slot_bits++;
	b->endpoints = arena_calloc(b->arena, most, sizeof(*b->endpoints));
	b->shapes = arena_calloc(b->arena, most, sizeof(struct route_shape *));
	b->slots = arena_calloc(b->arena, 1U << routes->slot_bits, sizeof(*b->slots));
	routes->endpoints = b->endpoints;
	routes->shapes = b->shapes;
	routes->slots = b->slots;
}

/* Most requests are for paths with one key, then for those without. */
static unsigned order_of(const struct route_shape *shape)
{
	static const unsigned orders[] = { 1, 0, 2 };
	_Static_assert(NITEMS(orders) == ENDPOINT_KEYS_MAX + 1, "a number of keys has no order");

	return orders[shape->nkeys];
}

static const struct route_shape *add_shape(struct building *b, struct route_shape shape)
{
	unsigned n = b->routes->nshapes++;

	for (; n > 0 && order_of(b->shapes[n - 1]) > order_of(&shape); n--)
		b->shapes[n] = b->shapes[n - 1];
	struct route_shape *added = arena_alloc(b->arena, sizeof(*added));
	*added = shape;
	b->shapes[n] = added;
	return added;
}

static const struct route_shape *find_shape(struct building *b, struct route_shape shape)
{
	for (unsigned i = 0; i < b->routes->nshapes; i++)
		if (b->shapes[i]->seed == shape.seed)
			return b->shapes[i];
	return add_shape(b, shape);
}

/* The endpoint with this path, which is added if it is not there. */
static struct endpoint *endpoint_at(struct building *b, const char *path)
{
	struct str text = str_from(path), keys[ENDPOINT_KEYS_MAX];
	struct endpoint e = { .path = path, .shape = find_shape(b, shape_of(text)) };

	route_split(e.shape, e.shape->nkeys, text, text, e.parts, keys);
	uint64_t hash = route_hash(e.shape, e.shape->nkeys, e.parts);
	unsigned slot = route_first_slot(b->routes, hash);
	for (; b->slots[slot].endpoint; slot = route_next_slot(b->routes, slot)) {
		struct endpoint *other = &b->endpoints[b->slots[slot].endpoint - b->endpoints];
		if (b->slots[slot].hash != hash ||
			!route_is_at(other, e.shape, e.shape->nkeys, e.parts))
			continue;
		if (strcmp(other->path, path) == 0)
			return other;
		/* The keys have other names. */
		other->overlaps = e.overlaps = true;
	}
	struct endpoint *added = &b->endpoints[b->routes->count++];
	*added = e;
	added->methods = UINT64_C(1) << METHOD_OPTIONS;
	b->slots[slot] = (struct route_slot){ hash, added };
	return added;
}

/* False: the endpoint has the method already. */
static bool add_method(struct building *b, struct endpoint *e, enum method method)
{
	if (route_has_method(e, method))
		return false;
	e->methods |= UINT64_C(1) << method;
	e->ranks[method] = b->rank++;
	if (method == METHOD_GET) {
		e->methods |= UINT64_C(1) << METHOD_HEAD;
		e->ranks[METHOD_HEAD] = e->ranks[METHOD_GET];
	}
	return true;
}

static void add_document(struct building *b, const char *path, unsigned document)
{
	struct endpoint *e = endpoint_at(b, path);

	if (add_method(b, e, METHOD_GET))
		e->document = document;
}

static void add_asset(struct building *b, const struct asset *asset)
{
	struct endpoint *e = endpoint_at(b, asset->path.ptr);

	if (add_method(b, e, METHOD_GET))
		e->asset = asset;
}

static const struct resource *key_of(const struct operation *o, unsigned k)
{
	const struct resource *r = o->resource;
	const struct links *links = r->fields[o->links].links;

	if (links && k == LINK_TO)
		return links->to;
	return action_http[o->action].below_parent && r->parent && k == 0 ? r->parent : r;
}

/* The parameter of a key, with the name that it has in the endpoint's path. */
static const struct field *parameter_of(struct building *b, const struct endpoint *e, unsigned k)
{
	const struct field *declared = &e->key_of[k]->key_parameter;
	const char *at = e->path;

	for (unsigned i = 0; i <= k; i++)
		at = strchr(at, '{') + 1;
	struct str name = { at, strcspn(at, "}") };
	if (str_equal(name, str_from(declared->name)))
		return declared;
	struct field *own = arena_alloc(b->arena, sizeof(*own));
	*own = *declared;
	own->name = arena_copy(b->arena, name).ptr;
	return own;
}

static void add_operation(struct building *b, const struct operation *o)
{
	struct endpoint *e = endpoint_at(b, o->path);
	enum method method = action_method(o->action);

	if (!add_method(b, e, method))
		return;
	e->operations[method] = o;
	if (method == METHOD_GET)
		e->operations[METHOD_HEAD] = o;
	for (unsigned k = 0; k < e->shape->nkeys; k++) {
		e->key_of[k] = key_of(o, k);
		e->parameters[k] = parameter_of(b, e, k);
	}
}

static void add_constants(struct building *b, bool last)
{
	for (unsigned i = 0; i < api->nconstants; i++)
		if (api->constants[i].last == last)
			add_document(b, api->constants[i].path, DOCUMENT__COUNT + i);
}

/* As in an app with these operations: FastAPI's own paths come first. */
static void add_all(struct building *b, bool docs)
{
	for (unsigned d = 0; docs && d < DOCUMENT__COUNT; d++)
		add_document(b, document_path((enum document)d).ptr, d);
	add_constants(b, false);
	for (unsigned i = 0; i < api->nresources; i++)
		for (unsigned o = 0; o < api->resources[i]->noperations; o++)
			add_operation(b, &api->resources[i]->operations[o]);
	add_constants(b, true);
	for (unsigned i = 0; docs && i < nassets; i++)
		add_asset(b, &assets[i]);
}

/* Overlapping paths. */

static unsigned count_segments(const char *path)
{
	unsigned count = 0;

	for (; *path; path++)
		count += *path == '/';
	return count;
}

/* True if there is a path that both match, which have the same number of segments. */
static bool meet(const char *a, const char *b)
{
	while (*a && *b) {
		size_t n = strcspn(++a, "/"), m = strcspn(++b, "/");
		if (*a != '{' && *b != '{' && (n != m || memcmp(a, b, n) != 0))
			return false;
		a += n;
		b += m;
	}
	return true;
}

/* Paths of the same shape meet only if they have the same literals. */
static void find_overlaps(struct building *b)
{
	unsigned n = b->routes->count;
	unsigned *segments = arena_calloc(b->arena, n, sizeof(*segments));

	for (unsigned i = 0; i < n; i++) {
		struct endpoint *e = &b->endpoints[i];
		segments[i] = count_segments(e->path);
		for (unsigned j = 0; j < i; j++) {
			struct endpoint *other = &b->endpoints[j];
			if (segments[i] == segments[j] && e->shape != other->shape &&
				meet(e->path, other->path))
				e->overlaps = other->overlaps = true;
		}
	}
}

/* Allow. */

static struct str join_methods(uint64_t methods, struct arena *arena)
{
	struct str list = STR("");

	for (int m = 0; m < METHOD__COUNT; m++)
		if (methods >> m & 1)
			list = arena_printf(arena, "%s%s%s", list.ptr, list.len ? ", " : "",
				method_names[m].ptr);
	return list;
}

static void join_all(struct building *b)
{
	uint64_t all = UINT64_C(1) << METHOD_OPTIONS;

	for (unsigned i = 0; i < b->routes->count; i++) {
		struct endpoint *e = &b->endpoints[i];
		e->allow = join_methods(e->methods, b->arena);
		all |= e->methods;
	}
	b->routes->allow = join_methods(all, b->arena);
}

/* Numbers. */

/* A number of several that no endpoint has yet, at best the wanted one. */
static uint16_t take_number(bool taken[], unsigned first, unsigned count, unsigned wanted)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned number = first + (wanted + i) % count;
		if (!taken[number]) {
			taken[number] = true;
			return (uint16_t)number;
		}
	}
	return ENDPOINT_UNNUMBERED;
}

/* The first declared operation; NULL if the endpoint has none. */
static const struct operation *first_operation(const struct endpoint *e)
{
	const struct operation *first = NULL;

	for (unsigned m = 0, rank = UINT16_MAX; m < ENDPOINT_METHODS; m++)
		if (e->operations[m] && e->ranks[m] < rank) {
			first = e->operations[m];
			rank = e->ranks[m];
		}
	return first;
}

static unsigned place_of(const struct endpoint *e, const struct resource *r)
{
	enum { BELOW_PARENT, COLLECTION, ROW, OTHER };

	if (e->shape->nkeys == 0)
		return strcmp(e->path, r->path) == 0 ? COLLECTION : OTHER;
	if (e->shape->nkeys == 1)
		return e->key_of[0] == r ? ROW : BELOW_PARENT;
	return OTHER;
}

static uint16_t number_of(const struct endpoint *e, bool taken[])
{
	const struct operation *o = first_operation(e);
	unsigned first = ENDPOINTS_OF_FILES, count = ENDPOINTS_OF_CONSTANTS - ENDPOINTS_OF_FILES;

	if (o)
		return take_number(taken, ENDPOINTS_OF_RESOURCE * o->resource->number,
			ENDPOINTS_OF_RESOURCE, place_of(e, o->resource));
	if (e->asset)
		return take_number(taken, first, count, (unsigned)(e->asset - assets));
	if (e->document < DOCUMENT__COUNT)
		return (uint16_t)(ENDPOINTS_OF_DOCUMENTS + e->document);
	first = ENDPOINTS_OF_CONSTANTS;
	count = ENDPOINT_NUMBERS - first;
	return take_number(taken, first, count, (unsigned)(fnv_string(FNV_BEGIN, e->path) % count));
}

static void number_all(struct building *b)
{
	bool taken[ENDPOINT_NUMBERS] = { false };

	for (unsigned i = 0; i < b->routes->count; i++)
		b->endpoints[i].number = number_of(&b->endpoints[i], taken);
}

void routes_build(struct routes *routes, bool docs, struct arena *arena)
{
	struct building b = { .routes = routes, .arena = arena };

	begin(&b, count_most(docs));
	add_all(&b, docs);
	find_overlaps(&b);
	join_all(&b);
	number_all(&b);
}
