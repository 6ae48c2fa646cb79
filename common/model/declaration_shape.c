/* What decides how the rows of a resource are shown. */
#include "declaration_reading.h"

#include "fnv.h"

static uint64_t add_number(uint64_t hash, uint64_t number)
{
	return fnv_number(fnv_number(hash, (uint32_t)number), (uint32_t)(number >> 32));
}

static uint64_t add_text(uint64_t hash, struct str text)
{
	hash = add_number(hash, text.len);
	for (size_t i = 0; i < text.len; i++)
		hash = fnv_byte(hash, (unsigned char)text.ptr[i]);
	return hash;
}

/* A row has the index of its choice. */
static uint64_t add_choices(uint64_t hash, const struct choices *choices)
{
	hash = add_number(hash, choices->count);
	for (unsigned i = 0; i < choices->count; i++)
		hash = choices->integers ? add_number(hash, (uint64_t)choices->list[i].integer)
					 : add_text(hash, choices->list[i].text);
	return hash;
}

/* Bounds are left out, so that an API with looser ones shows a row as before. */
static uint64_t add_field(uint64_t hash, const struct field *f)
{
	hash = fnv_number(hash, f->type);
	hash = fnv_number(hash, f->flags & FIELD_TIMEZONE);
	hash = fnv_number(hash, f->digits);
	hash = fnv_number(hash, f->places);
	return f->choices ? add_choices(hash, f->choices) : hash;
}

static void derive(struct reading *r, const struct schema *of);

/* What the rows of a member that is no field are shown as, and where. */
static uint64_t shape_of_embed(const struct member *m)
{
	uint64_t hash = fnv_number(fnv_string(FNV_BEGIN, m->name), m->kind);

	hash = fnv_string(fnv_string(hash, m->of->name), m->field->name);
	return add_number(hash, m->schema->shape);
}

static uint64_t add_member(struct reading *r, uint64_t hash, const struct member *m)
{
	hash = fnv_number(fnv_string(hash, m->name), m->kind);
	if (m->kind == MEMBER_FIELD)
		return add_field(hash, m->field);
	derive(r, m->schema);
	return add_number(hash, shape_of_embed(m));
}

static bool is_far(const struct member *m)
{
	return m->kind == MEMBER_ONE || m->kind == MEMBER_LINKED ||
	       (m->kind == MEMBER_MANY && m->schema->is_far);
}

/* Sets what is derived, unless it is set. */
static void derive(struct reading *r, const struct schema *of)
{
	struct schema *schema =
		&r->placed[of->resource->index]->schemas[of - of->resource->schemas];
	uint64_t hash = fnv_string(FNV_BEGIN, of->resource->name);

	if (of->shape != 0)
		return;
	for (unsigned i = 0; i < of->nmembers; i++) {
		hash = add_member(r, hash, &of->members[i]);
		schema->is_far |= is_far(&of->members[i]);
	}
	schema->shape = hash;
}

void declaration_derive_shapes(struct reading *r)
{
	uint64_t *shapes = region_alloc(r->region, r->api->nembeds * sizeof(*shapes));

	for (unsigned i = 0; i < r->ndrafts; i++) {
		struct resource *resource = r->placed[i]->resource;
		const struct operation *read = resource->by_action[ACTION_READ];
		for (unsigned s = 0; s < resource->nschemas; s++)
			derive(r, &resource->schemas[s]);
		resource->is_far = read && read->shown && read->shown->is_far;
	}
	for (unsigned i = 0; i < r->api->nembeds; i++)
		shapes[i] = shape_of_embed(r->api->embeds[i]);
	r->api->shapes = shapes;
}
