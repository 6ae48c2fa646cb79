#include "record.h"

#include "utf8.h"

const enum value_kind value_kinds[] = {
	[FIELD_INT] = VALUE_INT,
	[FIELD_STR] = VALUE_STR,
	[FIELD_EMAIL] = VALUE_STR,
	[FIELD_DATETIME] = VALUE_INT,
};
_Static_assert(NITEMS(value_kinds) == FIELD_TYPE__COUNT, "a type has no kind");

static bool text_fits(struct str text, const struct field *f)
{
	size_t count;

	return utf8_count(text, &count) && count >= f->len.min &&
	       (f->len.max == FIELD_UNBOUNDED || count <= f->len.max);
}

static bool value_fits(struct value v, const struct field *f, bool whole)
{
	if (v.kind == VALUE_NULL)
		return !whole;
	return v.kind == value_kind_of(f->type) && (v.kind != VALUE_STR || text_fits(v.text, f));
}

bool record_is_input(const struct record *r, bool whole)
{
	for (unsigned i = 0; i < RESOURCE_MAX_FIELDS; i++) {
		bool input = i < r->resource->nfields && r->resource->fields[i].flags & FIELD_INPUT;
		if (!record_has(r, i)) {
			if (input && whole)
				return false;
			continue;
		}
		if (!input || !value_fits(r->values[i], &r->resource->fields[i], whole))
			return false;
	}
	return true;
}

uint32_t record_nulls(const struct record *r)
{
	uint32_t nulls = 0;

	for (unsigned i = 0; i < r->resource->nfields; i++)
		if (record_has(r, i) && r->values[i].kind == VALUE_NULL)
			nulls |= UINT32_C(1) << i;
	return nulls;
}
