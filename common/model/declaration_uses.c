/* Which schemas are used, and for what. */
#include "declaration_reading.h"

enum { VIEW_DEPTH = RESOURCE_MAX_DEPTH /* schemas of rows within rows */ };

/* Where the declaration has a schema, or the resource of a default one. */
static const struct spot *spot_of(const struct reading *r, const struct schema *schema)
{
	const struct draft *draft = r->placed[schema->resource->index];

	return schema->declared ? draft->schema_spots[schema - draft->schemas] : draft->spot;
}

/* Where it has a member. */
static const struct spot *spot_of_member(
	struct reading *r, const struct schema *schema, const struct member *m)
{
	const struct spot *spot = spot_of(r, schema);
	unsigned n = (unsigned)(m - schema->members);
	const struct json *item = spot->value->first;

	if (!schema->declared)
		return spot;
	for (unsigned i = 0; i < n; i++)
		item = item->next;
	return spot_item(r, spot, n, item);
}

/* Bodies. */

static bool check_sent(struct reading *r, const struct schema *schema, const struct member *m)
{
	const char *column = m->kind == MEMBER_FIELD ? m->field->name : NULL;

	if (!column)
		return reading_refuse(r, spot_of_member(r, schema, m),
			"\"%s\" has rows; a body has fields only", m->name);
	return schema->resource->fields[m->index].flags & FIELD_INPUT ||
	       reading_refuse(r, spot_of_member(r, schema, m),
		       "clients do not send \"%s\"; a body has only fields that they send", column);
}

static bool check_body(struct reading *r, const struct schema *schema)
{
	for (unsigned i = 0; i < schema->nmembers; i++)
		if (!check_sent(r, schema, &schema->members[i]))
			return false;
	return true;
}

/* A new row has a value of each column. */
static bool check_new_row(struct reading *r, const struct schema *schema)
{
	enum { HAS_VALUE = FIELD_NULLABLE | FIELD_PRESET | FIELD_NOW | FIELD_NOW_TOO | FIELD_KEY };
	const struct resource *resource = schema->resource;

	for (unsigned i = 0; i < resource_columns(resource); i++) {
		const struct field *f = &resource->fields[i];
		bool in_path = f->flags & FIELD_PARENT && !(f->flags & FIELD_INPUT);
		if (!(f->flags & HAS_VALUE) && !in_path && !(schema->fields >> i & 1))
			return reading_refuse(r, spot_of(r, schema),
				"\"%s\" is not in the body of create; it needs a default, or to be "
				"nullable or set by the server",
				f->name);
	}
	for (unsigned i = 0; i < schema->nmembers; i++)
		if (schema->members[i].optional && !schema->members[i].field->links)
			return reading_refuse(r, spot_of_member(r, schema, &schema->members[i]),
				"the default of \"%s\" is null in the body of create; its column "
				"is not nullable",
				schema->members[i].name);
	return true;
}

/* Answers. */

static bool check_shown(struct reading *r, const struct schema *schema)
{
	for (unsigned i = 0; i < schema->nmembers; i++) {
		const struct member *m = &schema->members[i];
		if (m->kind == MEMBER_FIELD &&
			schema->resource->fields[m->index].flags & FIELD_HIDDEN)
			return reading_refuse(r, spot_of_member(r, schema, m),
				"\"%s\" is not shown; an answer has only fields that are", m->name);
	}
	return true;
}

/* The states of a schema; any other one is how deep the rows within its rows are, with these. */
enum { UNKNOWN = 0, OPEN = UINT8_MAX };

/* Which schemas answers have been found to show. */
struct uses {
	struct reading *reading;
	unsigned char **states; /* of these, by resource and schema */
};

static unsigned char *state_of(const struct uses *uses, const struct schema *schema)
{
	return &uses->states[schema->resource->index][schema - schema->resource->schemas];
}

static bool visit(const struct uses *uses, const struct schema *schema, unsigned depth)
{
	struct reading *r = uses->reading;
	unsigned char *state = state_of(uses, schema);

	if (*state == OPEN)
		return reading_refuse(r, spot_of(r, schema), "\"%s\" shows itself", schema->name);
	if (depth + (*state == UNKNOWN ? 1U : *state) > VIEW_DEPTH + 1)
		return reading_refuse(r, spot_of(r, schema),
			"rows are shown within rows more than %d deep", VIEW_DEPTH);
	if (*state != UNKNOWN)
		return true;
	*state = OPEN;
	if (!check_shown(r, schema))
		return false;
	unsigned char deep = 1;
	for (unsigned i = 0; i < schema->nmembers; i++) {
		const struct schema *within = schema->members[i].schema;
		if (!within)
			continue;
		if (!visit(uses, within, depth + 1))
			return false;
		if (*state_of(uses, within) >= deep)
			deep = (unsigned char)(*state_of(uses, within) + 1);
	}
	*state = deep;
	return true;
}

static bool visit_operation(const struct uses *uses, const struct operation *o)
{
	struct reading *r = uses->reading;

	if (o->body && o->body->declared) {
		if (!check_body(r, o->body))
			return false;
		if (o->action == ACTION_CREATE && !check_new_row(r, o->body))
			return false;
	}
	return !o->shown || visit(uses, o->shown, 1);
}

static bool is_body(const struct resource *resource, const struct schema *schema)
{
	for (unsigned i = 0; i < resource->noperations; i++)
		if (resource->operations[i].body == schema)
			return true;
	return false;
}

static bool check_used(const struct uses *uses, const struct draft *draft)
{
	for (unsigned i = 0; i < draft->nschemas; i++) {
		const struct schema *schema = &draft->schemas[i];
		if (*state_of(uses, schema) == UNKNOWN && !is_body(draft->resource, schema))
			return reading_refuse(uses->reading, draft->schema_spots[i],
				"no operation uses the schema");
	}
	return true;
}

static bool has_schemas(const struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (r->drafts[i].nschemas)
			return true;
	return false;
}

bool declaration_check_schemas(struct reading *r)
{
	struct uses uses = { .reading = r };

	if (!has_schemas(r))
		return true;
	uses.states = arena_calloc(r->arena, r->ndrafts, sizeof(*uses.states));
	for (unsigned i = 0; i < r->ndrafts; i++)
		uses.states[i] = arena_calloc(r->arena, r->placed[i]->resource->nschemas, 1);
	for (unsigned i = 0; i < r->ndrafts; i++)
		for (unsigned o = 0; o < r->placed[i]->noperations; o++)
			if (!visit_operation(&uses, &r->placed[i]->operations[o]))
				return false;
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!check_used(&uses, r->placed[i]))
			return false;
	return true;
}
