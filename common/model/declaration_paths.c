/* Which paths are answered, and whether each can be reached: what comes first answers, as in
 * Starlette. */
#include "declaration_reading.h"

#include <stdlib.h>

/* A method of a path. */
struct served {
	struct str shape; /* the path with "{}" in place of each parameter */
	const char *path, *method;
	const char *name;        /* of the function; NULL: a document */
	const struct spot *spot; /* NULL: a document */
	unsigned order;
};

struct serving {
	struct reading *reading;
	struct served *list;
	unsigned count;
};

/* The shape of a path, in which one more segment, if it is literal, may be taken for a parameter.
 */
static struct str shape_of(struct arena *arena, const char *path, unsigned also)
{
	char *shape = arena_alloc(arena, 2 * strlen(path) + 1), *end = shape;
	unsigned segment = 0;

	while (*path) {
		size_t n = strcspn(path + 1, "/");
		bool parameter = path[1] == '{' || (segment == also && n > 0);
		*end++ = '/';
		end = parameter ? stpcpy(end, "{}") : mempcpy(end, path + 1, n);
		path += 1 + n;
		segment++;
	}
	*end = '\0';
	return (struct str){ shape, (size_t)(end - shape) };
}

static void serve(struct serving *s, const char *method, const char *path, const char *name,
	const struct spot *spot)
{
	s->list[s->count] = (struct served){
		.shape = shape_of(s->reading->arena, path, UINT32_MAX),
		.path = path,
		.method = method,
		.name = name,
		.spot = spot,
		.order = s->count,
	};
	s->count++;
}

static void serve_documents(struct serving *s)
{
	static const char *const documents[] = { "/openapi.json", "/docs", "/docs/oauth2-redirect",
		"/redoc" };

	for (size_t i = 0; i < NITEMS(documents); i++)
		serve(s, "GET", documents[i], NULL, NULL);
}

/* The most specific place that says where an operation is. */
static const struct spot *spot_of(struct reading *r, const struct draft *draft, unsigned operation)
{
	static const char *const words[] = { "path", "plural" };

	if (draft->operation_spots[operation])
		return draft->operation_spots[operation];
	for (size_t i = 0; i < NITEMS(words); i++) {
		struct spot spot = spot_member(draft->spot, words[i]);
		if (spot.value)
			return spot_child(r, draft->spot, spot.name, spot.key, spot.value);
	}
	return draft->spot;
}

static void serve_operations(struct serving *s, const struct draft *draft)
{
	static const char *const methods[] = {
		[ACTION_LIST] = "GET",
		[ACTION_CREATE] = "POST",
		[ACTION_READ] = "GET",
		[ACTION_UPDATE] = "PATCH",
		[ACTION_DELETE] = "DELETE",
		[ACTION_REPLACE] = "PUT",
		[ACTION_CHILDREN] = "GET",
		[ACTION_LINK] = "POST",
		[ACTION_UNLINK] = "DELETE",
	};
	_Static_assert(NITEMS(methods) == ACTION__COUNT, "an action has no method");

	for (unsigned i = 0; i < draft->noperations; i++) {
		const struct operation *o = &draft->operations[i];
		serve(s, methods[o->action], o->path, o->name, spot_of(s->reading, draft, i));
	}
}

/* Those before the resources, or those after them. */
static void serve_constants(struct serving *s, bool last)
{
	const struct reading *r = s->reading;

	for (unsigned i = 0; i < r->api->nconstants; i++) {
		const struct constant *c = &r->api->constants[i];
		if (c->last == last)
			serve(s, "GET", c->path, c->name, r->constant_spots[i]);
	}
}

static void serve_all(struct serving *s)
{
	enum { DOCUMENTS = 4 };
	const struct reading *r = s->reading;
	unsigned most = DOCUMENTS + r->api->nconstants;

	for (unsigned i = 0; i < r->ndrafts; i++)
		most += r->drafts[i].noperations;
	s->list = arena_calloc(r->arena, most, sizeof(*s->list));
	serve_documents(s);
	serve_constants(s, false);
	for (unsigned i = 0; i < r->ndrafts; i++)
		serve_operations(s, r->placed[i]);
	serve_constants(s, true);
}

/* By shape, then as they come. */
static int compare(const void *a, const void *b)
{
	const struct served *one = a, *other = b;
	int order = strcmp(one->shape.ptr, other->shape.ptr);

	return order ? order : (one->order > other->order) - (one->order < other->order);
}

/* The first one of a shape; NULL if there is none. */
static const struct served *find_shape(const struct serving *s, struct str shape)
{
	unsigned low = 0, high = s->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (strcmp(s->list[middle].shape.ptr, shape.ptr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->count && str_equal(s->list[low].shape, shape) ? &s->list[low] : NULL;
}

static bool refuse_unreachable(
	const struct serving *s, const struct served *hidden, const struct served *by)
{
	if (!by->name)
		return reading_refuse(s->reading, hidden->spot,
			"%s %s of %s is a path of the documentation", hidden->method, hidden->path,
			hidden->name);
	return reading_refuse(s->reading, hidden->spot, "%s %s of %s is answered by %s (%s) before",
		hidden->method, hidden->path, hidden->name, by->name, by->path);
}

/* False after an error if one of this shape that comes before answers the same method. */
static bool is_reached(const struct serving *s, const struct served *served, struct str shape)
{
	const struct served *end = s->list + s->count;

	for (const struct served *by = find_shape(s, shape);
		by && by < end && str_equal(by->shape, shape); by++)
		if (by->order < served->order && strcmp(by->method, served->method) == 0)
			return refuse_unreachable(s, served, by);
	return true;
}

static unsigned count_segments(const char *path)
{
	unsigned count = 0;

	for (; *path; path++)
		count += *path == '/';
	return count;
}

static bool check_reached(const struct serving *s, const struct served *served)
{
	if (!is_reached(s, served, served->shape))
		return false;
	for (unsigned i = 0; i < count_segments(served->path); i++)
		if (!is_reached(s, served, shape_of(s->reading->arena, served->path, i)))
			return false;
	return true;
}

/* A path has one text. */
static bool check_text(const struct serving *s, const struct served *served)
{
	const struct served *first = find_shape(s, served->shape);

	return strcmp(first->path, served->path) == 0 ||
	       reading_refuse(s->reading, served->spot,
		       "the path %s of %s is %s of %s but for the name of the parameter",
		       served->path, served->name, first->path, first->name);
}

bool declaration_check_paths(struct reading *r)
{
	struct serving s = { .reading = r };

	serve_all(&s);
	qsort(s.list, s.count, sizeof(*s.list), compare);
	for (unsigned i = 0; i < s.count; i++)
		if (s.list[i].name &&
			(!check_reached(&s, &s.list[i]) || !check_text(&s, &s.list[i])))
			return false;
	return true;
}
