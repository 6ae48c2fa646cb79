#include "record.h"

#include "civil.h"
#include "link_keys.h"
#include "table.h"
#include "utf8.h"
#include "uuid.h"

#include <math.h>

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NULL:
	case VALUE_REFUSED:
		return true;
	case VALUE_INT:
		return a->integer == b->integer;
	case VALUE_ZONED:
		return a->integer == b->integer && a->offset == b->offset;
	case VALUE_NUMBER:
		return a->number == b->number;
	default:
		return str_equal(a->text, b->text);
	}
}

static bool any_fits(const struct value *v, const struct field *f)
{
	(void)v;
	(void)f;
	return true;
}

/* The bounds are those of the text as the client sent it; in another case a code point may become
 * three. */
static bool text_fits(const struct value *v, const struct field *f)
{
	bool is_converted = (f->flags & (FIELD_LOWER | FIELD_UPPER)) != 0;
	uint64_t most = (uint64_t)f->len.max * (is_converted ? 3 : 1);
	size_t count;

	return utf8_count(v->text, &count) && count >= f->len.min &&
	       (f->len.max == FIELD_UNBOUNDED || count <= most);
}

/* SQLite stores a NaN as NULL. */
static bool number_fits(const struct value *v, const struct field *f)
{
	if (f->flags & FIELD_FINITE)
		return isfinite(v->number);
	return f->flags & FIELD_NULLABLE || !isnan(v->number);
}

static bool skip(struct str *s, char c)
{
	bool found = s->len > 0 && *s->ptr == c;

	*s = str_from_index(*s, found);
	return found;
}

/* The number of digits at the start of *s, which are removed. */
static size_t skip_digits(struct str *s)
{
	size_t n = 0;

	while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
		n++;
	*s = str_from_index(*s, n);
	return n;
}

/* The form of Python's str(Decimal): "-1.50", "1E+3". */
static bool decimal_fits(const struct value *v, const struct field *f)
{
	struct str s = v->text;

	(void)f;
	skip(&s, '-');
	if (skip_digits(&s) == 0 || (skip(&s, '.') && skip_digits(&s) == 0))
		return false;
	if (skip(&s, 'E') && ((!skip(&s, '+') && !skip(&s, '-')) || skip_digits(&s) == 0))
		return false;
	return s.len == 0;
}

static bool uuid_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return uuid_valid(v->text);
}

/* JSON is not parsed: only its first and last byte are checked, besides UTF-8. */
static bool json_fits(const struct value *v, char first, char last)
{
	struct str s = v->text;

	return s.len >= 2 && s.ptr[0] == first && s.ptr[s.len - 1] == last &&
	       utf8_valid(s, UTF8_STRICT);
}

static bool object_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return json_fits(v, '{', '}');
}

static bool array_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return json_fits(v, '[', ']');
}

static bool links_fit(const struct value *v, const struct field *f)
{
	return link_keys_are_valid(v->text, f->items);
}

static bool bool_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return v->integer == 0 || v->integer == 1;
}

static bool day_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return v->integer >= CIVIL_FIRST / CIVIL_DAY && v->integer < CIVIL_END / CIVIL_DAY;
}

static bool time_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return v->integer >= 0 && v->integer < CIVIL_DAY;
}

static bool choice_fits(const struct value *v, const struct field *f)
{
	return v->integer >= 0 && v->integer < f->choices->count;
}

static bool moment_fits(const struct value *v, const struct field *f)
{
	(void)f;
	return v->integer >= CIVIL_FIRST && v->integer < CIVIL_END;
}

/* clang-format off */
#define FORMS(ROW) \
	ROW(FIELD_INT,       VALUE_INT,    false) \
	ROW(FIELD_NUMBER,    VALUE_NUMBER, false) \
	ROW(FIELD_DECIMAL,   VALUE_STR,    false) \
	ROW(FIELD_BOOL,      VALUE_INT,    false) \
	ROW(FIELD_STR,       VALUE_STR,    false) \
	ROW(FIELD_TEXT,      VALUE_STR,    false) \
	ROW(FIELD_EMAIL,     VALUE_STR,    false) \
	ROW(FIELD_URL,       VALUE_STR,    false) \
	ROW(FIELD_UUID,      VALUE_STR,    false) \
	ROW(FIELD_DATE,      VALUE_INT,    false) \
	ROW(FIELD_TIME,      VALUE_INT,    true) \
	ROW(FIELD_DATETIME,  VALUE_INT,    true) \
	ROW(FIELD_ENUM,      VALUE_INT,    false) \
	ROW(FIELD_LITERAL,   VALUE_INT,    false) \
	ROW(FIELD_OBJECT,    VALUE_STR,    false) \
	ROW(FIELD_ARRAY,     VALUE_STR,    false) \
	ROW(FIELD_LINKS,     VALUE_STR,    false)

#define BOUNDS(ROW) \
	ROW(FIELD_INT,       any_fits) \
	ROW(FIELD_NUMBER,    number_fits) \
	ROW(FIELD_DECIMAL,   decimal_fits) \
	ROW(FIELD_BOOL,      bool_fits) \
	ROW(FIELD_STR,       text_fits) \
	ROW(FIELD_TEXT,      text_fits) \
	ROW(FIELD_EMAIL,     text_fits) \
	ROW(FIELD_URL,       text_fits) \
	ROW(FIELD_UUID,      uuid_fits) \
	ROW(FIELD_DATE,      day_fits) \
	ROW(FIELD_TIME,      time_fits) \
	ROW(FIELD_DATETIME,  moment_fits) \
	ROW(FIELD_ENUM,      choice_fits) \
	ROW(FIELD_LITERAL,   choice_fits) \
	ROW(FIELD_OBJECT,    object_fits) \
	ROW(FIELD_ARRAY,     array_fits) \
	ROW(FIELD_LINKS,     links_fit)
/* clang-format on */

const struct value_form value_forms[] = { FORMS(TABLE_ROW) };
TABLE_IS_WHOLE(FORMS, FIELD_TYPE__COUNT);

/* True if an input of the type's kind is within the field's bounds. */
static const struct {
	bool (*fits)(const struct value *v, const struct field *f);
} bounds[] = { BOUNDS(TABLE_ROW) };
TABLE_IS_WHOLE(BOUNDS, FIELD_TYPE__COUNT);

static bool has_form(const struct value *v, const struct field *f)
{
	if (v->kind == VALUE_ZONED)
		return value_forms[f->type].may_have_zone && v->offset > -VALUE_OFFSET_MOST &&
		       v->offset < VALUE_OFFSET_MOST;
	return v->kind == value_forms[f->type].kind;
}

bool value_is_input(const struct value *v, const struct field *f)
{
	return v->kind == VALUE_REFUSED || (has_form(v, f) && bounds[f->type].fits(v, f));
}

static bool may_be_null(const struct member *m)
{
	const struct field *f = m->field;

	return m->optional || f->flags & FIELD_NULLABLE ||
	       (f->flags & FIELD_PRESET && f->preset.kind == VALUE_NULL);
}

static bool value_fits(const struct value *v, const struct member *m)
{
	if (v->kind == VALUE_NULL)
		return may_be_null(m);
	return value_is_input(v, m->field);
}

bool record_is_input(const struct record *r, const struct operation *operation)
{
	const struct schema *body = operation->body;
	const struct member *m = body->members, *end = m + body->nmembers;

	if (r->present & ~body->fields || (!operation->partial && r->present != body->fields))
		return false;
	for (; m < end; m++)
		if (m->kind == MEMBER_FIELD && record_has(r, m->index) &&
			!value_fits(&r->values[m->index], m))
			return false;
	return true;
}

/* Links may be null where a body allows it: then they stay as they are. */
static bool is_refused(const struct value *v, const struct field *f)
{
	if (v->kind == VALUE_NULL)
		return !(f->flags & FIELD_NULLABLE) && f->type != FIELD_LINKS;
	return v->kind == VALUE_REFUSED;
}

uint64_t record_refused(const struct record *r)
{
	const struct value *v = r->values;
	const struct field *f = r->resource->fields;
	uint64_t refused = 0, bit = 1;

	for (uint64_t left = r->present; left != 0; left >>= 1, bit <<= 1, v++, f++)
		if (left & 1 && is_refused(v, f))
			refused |= bit;
	return refused;
}
