/* Clashes of names. */
#include "declaration_reading.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

/* A name that something has, and where the declaration says so. */
struct claim {
	struct str name;
	const char *what;        /* "the plural of" */
	const char *of;          /* "user" */
	const struct spot *spot; /* NULL: Postern's own */
	unsigned order;
};

struct claims {
	struct reading *reading;
	struct claim *list;
	unsigned count, room;
	bool fold; /* upper and lower case are the same, as in SQL */
};

static void claim(struct claims *c, const struct spot *spot, struct str name, const char *what,
	const char *of)
{
	if (c->count == c->room) {
		unsigned room = c->room ? 2 * c->room : 64;
		struct claim *list = arena_calloc(c->reading->arena, room, sizeof(*list));
		if (c->count)
			memcpy(list, c->list, c->count * sizeof(*list));
		c->list = list;
		c->room = room;
	}
	c->list[c->count] = (struct claim){ name, what, of, spot, c->count };
	c->count++;
}

static int compare_order(const struct claim *a, const struct claim *b)
{
	return (a->order > b->order) - (a->order < b->order);
}

static int compare_exactly(const void *a, const void *b)
{
	const struct claim *one = a, *other = b;
	int order = strcmp(one->name.ptr, other->name.ptr);

	return order ? order : compare_order(one, other);
}

static int compare_folded(const void *a, const void *b)
{
	const struct claim *one = a, *other = b;
	int order = strcasecmp(one->name.ptr, other->name.ptr);

	return order ? order : compare_order(one, other);
}

static bool same(const struct claims *c, const struct claim *a, const struct claim *b)
{
	return (c->fold ? strcasecmp : strcmp)(a->name.ptr, b->name.ptr) == 0;
}

/* Refuses the first claim of a name that another has before. */
static bool settle(struct claims *c)
{
	const struct claim *second = NULL, *first = NULL;

	if (c->count)
		qsort(c->list, c->count, sizeof(*c->list),
			c->fold ? compare_folded : compare_exactly);
	for (unsigned i = 1; i < c->count; i++) {
		if (!same(c, &c->list[i - 1], &c->list[i]) ||
			(second && second->order < c->list[i].order))
			continue;
		first = &c->list[i - 1];
		second = &c->list[i];
	}
	if (!second)
		return true;
	return reading_refuse(c->reading, second->spot, "%s%s is named \"%s\", but so is %s%s",
		second->what, second->of, second->name.ptr, first->what, first->of);
}

/* The spot of a resource's member, or that of the resource if the declaration leaves it out. */
static const struct spot *spot_of(struct reading *r, const struct draft *draft, const char *word)
{
	struct spot spot = spot_member(draft->spot, word);

	return spot.value ? spot_child(r, draft->spot, spot.name, spot.key, spot.value)
			  : draft->spot;
}

static void claim_for(struct claims *c, const struct draft *draft, const char *word,
	struct str name, const char *what)
{
	claim(c, spot_of(c->reading, draft, word), name, what, draft->resource->name);
}

/* Paths. */

static bool check_paths(struct reading *r)
{
	static const char *const documents[] = { "docs", "redoc", "openapi.json" };
	struct claims c = { .reading = r };

	for (size_t i = 0; i < NITEMS(documents); i++)
		claim(&c, NULL, str_from(documents[i]), "the path /", documents[i]);
	for (unsigned i = 0; i < r->ndrafts; i++)
		claim_for(&c, &r->drafts[i], "plural", str_from(r->drafts[i].resource->plural),
			"the plural of ");
	return settle(&c);
}

/* Tables, and the indexes beside them. */

static bool check_prefix(struct reading *r, const struct draft *draft)
{
	if (strncasecmp(draft->resource->table, "sqlite_", 7) != 0)
		return true;
	return reading_refuse(r, spot_of(r, draft, "table"),
		"the table is named \"%s\", but SQLite reserves names that begin with sqlite_",
		draft->resource->table);
}

/* "ix_users_email", as SQLAlchemy names it. */
static struct str index_name(struct arena *arena, const char *table, const char *field)
{
	size_t room = sizeof("ix__") + strlen(table) + strlen(field);
	char *name = arena_alloc(arena, room);
	char *end = stpcpy(stpcpy(stpcpy(stpcpy(name, "ix_"), table), "_"), field);

	return (struct str){ name, (size_t)(end - name) };
}

static void claim_indexes(struct claims *c, const struct draft *draft)
{
	const struct resource *resource = draft->resource;

	for (unsigned i = 0; i < resource->nfields; i++) {
		const struct field *f = &resource->fields[i];
		if (f->flags & FIELD_INDEX)
			claim(c, draft->field_spots[i] ? draft->field_spots[i] : draft->spot,
				index_name(c->reading->arena, resource->table, f->name),
				"the index of ", f->name);
	}
}

static bool check_tables(struct reading *r)
{
	struct claims c = { .reading = r, .fold = true };

	for (unsigned i = 0; i < r->ndrafts; i++) {
		const struct draft *draft = &r->drafts[i];
		if (!check_prefix(r, draft))
			return false;
		claim_for(&c, draft, "table", str_from(draft->resource->table), "the table of ");
	}
	for (unsigned i = 0; i < r->ndrafts; i++)
		claim_indexes(&c, &r->drafts[i]);
	return settle(&c);
}

/* Schemas. */

static struct str embedding_schema(struct arena *arena, const struct resource *resource)
{
	struct str name = arena_printf(arena, "%sWith", resource->schema);

	for (const struct resource *e = resource->first_embedded; e; e = e->next_embedded) {
		size_t at = name.len;
		name = arena_printf(arena, "%.*s%s", STR_ARGS(name), e->plural);
		((char *)(uintptr_t)name.ptr)[at] = (char)toupper((unsigned char)name.ptr[at]);
	}
	return name;
}

static void claim_schemas(struct claims *c, const struct draft *draft)
{
	static const char *const suffixes[] = { "", "Create", "Update", "Response" };
	const struct resource *resource = draft->resource;

	for (size_t i = 0; i < NITEMS(suffixes); i++)
		claim_for(c, draft, "schema",
			arena_printf(c->reading->arena, "%s%s", resource->schema, suffixes[i]),
			i ? "a schema of " : "the schema of ");
	if (resource->first_embedded)
		claim_for(c, draft, "schema", embedding_schema(c->reading->arena, resource),
			"a schema of ");
}

static bool check_schemas(struct reading *r)
{
	static const char *const errors[] = { "HTTPValidationError", "ValidationError" };
	struct claims c = { .reading = r };

	for (size_t i = 0; i < NITEMS(errors); i++)
		claim(&c, NULL, str_from(errors[i]), "a schema of errors", "");
	for (unsigned i = 0; i < r->ndrafts; i++)
		claim_schemas(&c, &r->drafts[i]);
	for (const struct draft_enum *e = r->enums; e; e = e->next)
		claim(&c, e->spot, e->name, "the enum", "");
	return settle(&c);
}

/* Fields, with the columns that each resource has and the members of its rows. */

static void claim_field(struct claims *c, const struct draft *draft, unsigned i)
{
	const struct field *f = &draft->resource->fields[i];

	claim(c, draft->field_spots[i] ? draft->field_spots[i] : draft->spot, str_from(f->name),
		f->flags & FIELD_KEY      ? "the key"
		: f->flags & FIELD_PARENT ? "the key of the parent"
					  : "a field",
		"");
}

/* The keys first, so that a field clashes with them. */
static bool check_fields(struct reading *r, const struct draft *draft)
{
	const struct resource *resource = draft->resource;
	struct claims c = { .reading = r, .fold = true };
	unsigned keys = FIELD_KEY | FIELD_PARENT;

	for (unsigned i = 0; i < resource->nfields; i++)
		if (resource->fields[i].flags & keys)
			claim_field(&c, draft, i);
	for (unsigned i = 0; i < resource->nfields; i++)
		if (!(resource->fields[i].flags & keys))
			claim_field(&c, draft, i);
	for (const struct resource *e = resource->first_embedded; e; e = e->next_embedded)
		claim(&c, draft->spot, str_from(e->plural), "the list of embedded rows", "");
	return settle(&c);
}

bool declaration_check_names(struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!check_fields(r, &r->drafts[i]))
			return false;
	return check_paths(r) && check_tables(r) && check_schemas(r);
}
