/* Clashes of names. */
#include "declaration_reading.h"

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

/* Plurals, by which logs and metrics tell resources apart. */

static bool check_plurals(struct reading *r)
{
	struct claims c = { .reading = r };

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

static bool claim_association(struct claims *c, const struct draft *draft, unsigned field)
{
	const struct spot *spot = draft->field_spots[field];
	struct spot word = spot_member(spot, "table");
	const struct field *f = &draft->resource->fields[field];

	if (strncasecmp(f->links->table->table, "sqlite_", 7) == 0)
		return reading_refuse(
			c->reading, &word, "SQLite reserves names that begin with sqlite_");
	claim(c, spot_child(c->reading, spot, word.name, word.key, word.value),
		str_from(f->links->table->table), "the association table of ", f->name);
	return true;
}

static bool claim_associations(struct claims *c, const struct draft *draft)
{
	const struct resource *resource = draft->resource;

	for (unsigned i = resource_columns(resource); i < resource->nfields; i++)
		if (!claim_association(c, draft, i))
			return false;
	return true;
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
		if (!claim_associations(&c, &r->drafts[i]))
			return false;
	for (unsigned i = 0; i < r->ndrafts; i++)
		claim_indexes(&c, &r->drafts[i]);
	return settle(&c);
}

/* Schemas. */

static bool has_schema(const struct resource *resource, const char *name)
{
	for (unsigned i = 0; i < resource->nschemas; i++)
		if (strcmp(resource->schemas[i].name, name) == 0)
			return true;
	return false;
}

static void claim_schemas(struct claims *c, const struct draft *draft)
{
	const struct resource *resource = draft->resource;

	if (!has_schema(resource, resource->schema))
		claim_for(c, draft, "schema", str_from(resource->schema), "the schema of ");
	for (unsigned i = 0; i < draft->nschemas; i++)
		claim(c, draft->schema_spots[i], str_from(resource->schemas[i].name),
			"a schema of ", resource->name);
	for (unsigned i = draft->nschemas; i < resource->nschemas; i++)
		claim_for(c, draft, "schema", str_from(resource->schemas[i].name), "a schema of ");
	if (resource->list && resource->list->page_schema)
		claim_for(c, draft, "list", str_from(resource->list->page_schema), "the page of ");
}

static void claim_schemas_of_file(struct claims *c)
{
	struct reading *r = c->reading;
	struct spot top = { .name = STR(""), .value = r->root };
	struct spot member = spot_member(&top, "schemas");

	if (!member.value)
		return;
	const struct spot *in = spot_child(r, NULL, STR(""), NULL, r->root);
	const struct spot *spot = spot_child(r, in, member.name, member.key, member.value);
	for (const struct json *k = member.value->first; k; k = k->next->next)
		claim(c, spot_child(r, spot, k->text, k, k->next), arena_copy(r->arena, k->text),
			"a schema of the file", "");
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
	claim_schemas_of_file(&c);
	return settle(&c);
}

/* A page is one class: its rows are the same wherever it is answered. */

static bool has_page(const struct operation *o)
{
	const struct list_rules *rules = o ? operation_list(o) : NULL;

	return rules && rules->page_schema;
}

static bool check_page(struct reading *r, const struct draft *draft)
{
	const struct resource *resource = draft->resource;
	const struct operation *list = resource->by_action[ACTION_LIST];
	const struct operation *children = resource->by_action[ACTION_CHILDREN];

	if (!has_page(list) || !has_page(children) || list->shown == children->shown)
		return true;
	return reading_refuse(r, draft->operation_spots[children - resource->operations],
		"the page \"%s\" has rows of %s here, but of %s in list",
		resource->list->page_schema, children->shown->name, list->shown->name);
}

static bool check_pages(struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!check_page(r, &r->drafts[i]))
			return false;
	return true;
}

/* Ids of operations; those that are made from names and paths are unique as these are. */

static bool check_ids(struct reading *r)
{
	struct claims c = { .reading = r };

	for (unsigned i = 0; i < r->ndrafts; i++)
		for (unsigned o = 0; o < r->drafts[i].noperations; o++)
			if (r->drafts[i].operations[o].id)
				claim(&c, r->drafts[i].operation_spots[o],
					str_from(r->drafts[i].operations[o].id), "an operation",
					"");
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
	const struct schema *tree = draft->defaults[DEFAULT_TREE];
	const struct resource *e = tree && !tree->declared ? resource->first_embedded : NULL;
	for (; e; e = e->next_embedded)
		claim(&c, draft->spot, str_from(e->plural), "the list of embedded rows", "");
	return settle(&c);
}

bool declaration_check_names(struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!check_fields(r, &r->drafts[i]))
			return false;
	return check_plurals(r) && check_tables(r) && check_schemas(r) && check_pages(r) &&
	       check_ids(r);
}
