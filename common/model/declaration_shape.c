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
	hash = fnv_string(hash, f->name);
	hash = fnv_number(hash, f->type);
	hash = fnv_number(hash, f->flags & (FIELD_HIDDEN | FIELD_TIMEZONE));
	hash = fnv_number(hash, f->digits);
	hash = fnv_number(hash, f->places);
	return f->choices ? add_choices(hash, f->choices) : hash;
}

uint64_t declaration_shape(const struct resource *r)
{
	uint64_t hash = fnv_string(fnv_string(FNV_BEGIN, r->name), r->plural);

	for (unsigned i = 0; i < r->nfields; i++)
		hash = add_field(hash, &r->fields[i]);
	for (const struct resource *c = r->first_embedded; c; c = c->next_embedded)
		hash = add_number(hash, c->shape);
	return hash;
}
