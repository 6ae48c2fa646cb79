#include "record.h"

#include "table.h"
#include "utf8.h"

#define MICROSECONDS    INT64_C(1000000)
#define MOMENT_OF_0001  (INT64_C(-62135596800) * MICROSECONDS) /* 0001-01-01T00:00:00 */
#define MOMENT_OF_10000 (INT64_C(253402300800) * MICROSECONDS) /* after the year 9999 */

static bool any_fits(const struct value *v, const struct field *f)
{
	(void)v;
	(void)f;
	return true;
}

static bool text_fits(const struct value *v, const struct field *f)
{
	size_t count;

	return utf8_count(v->text, &count) && count >= f->len.min &&
	       (f->len.max == FIELD_UNBOUNDED || count <= f->len.max);
}

static bool moment_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return v->integer >= MOMENT_OF_0001 && v->integer < MOMENT_OF_10000;
}

/* clang-format off */
#define FORMS(ROW) \
	ROW(FIELD_INT,      VALUE_INT, false) \
	ROW(FIELD_STR,      VALUE_STR, false) \
	ROW(FIELD_EMAIL,    VALUE_STR, false) \
	ROW(FIELD_DATETIME, VALUE_INT, true)

#define BOUNDS(ROW) \
	ROW(FIELD_INT,      any_fits) \
	ROW(FIELD_STR,      text_fits) \
	ROW(FIELD_EMAIL,    text_fits) \
	ROW(FIELD_DATETIME, moment_fits)
/* clang-format on */

const struct value_form value_forms[] = { FORMS(TABLE_ROW) };
TABLE_IS_WHOLE(FORMS, FIELD_TYPE__COUNT);

/* True if an input of the type's kind is within the field's bounds. */
static const struct {
	bool (*fits)(const struct value *v, const struct field *f);
} bounds[] = { BOUNDS(TABLE_ROW) };
TABLE_IS_WHOLE(BOUNDS, FIELD_TYPE__COUNT);

static bool value_fits(const struct value *v, const struct field *f, bool whole)
{
	if (v->kind == VALUE_NULL)
		return !whole;
	return v->kind == value_forms[f->type].kind && bounds[f->type].fits(v, f);
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
		if (!input || !value_fits(&r->values[i], &r->resource->fields[i], whole))
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
