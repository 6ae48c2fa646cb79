#include "sql_types.h"

#include "utf8.h"

void sql_put_plain(struct buf *out, const struct field *f, const char *type)
{
	(void)f;
	buf_str(out, str_from(type));
}

void sql_put_length(struct buf *out, const struct field *f, const char *type)
{
	buf_str(out, str_from(type));
	if (f->len.max != FIELD_UNBOUNDED)
		buf_printf(out, "(%u)", f->len.max);
}

void sql_put_precision(struct buf *out, const struct field *f, const char *type)
{
	buf_str(out, str_from(type));
	if (f->digits == FIELD_UNBOUNDED)
		return;
	buf_printf(out, "(%u", f->digits);
	if (f->places != FIELD_UNBOUNDED)
		buf_printf(out, ", %u", f->places);
	buf_char(out, ')');
}

static size_t longer(size_t longest, struct str text)
{
	size_t count;

	return utf8_count(text, &count) && count > longest ? count : longest;
}

void sql_put_names(struct buf *out, const struct field *f, const char *type)
{
	size_t longest = 0;

	for (unsigned i = 0; i < f->choices->count; i++)
		longest = longer(longest, f->choices->list[i].name);
	buf_printf(out, "%s(%zu)", type, longest);
}

void sql_put_literal(struct buf *out, const struct field *f, const char *type)
{
	size_t longest = 0;

	if (f->choices->integers) {
		buf_str(out, STR("INTEGER"));
		return;
	}
	for (unsigned i = 0; i < f->choices->count; i++)
		longest = longer(longest, f->choices->list[i].text);
	buf_printf(out, "%s(%zu)", type, longest);
}

bool sql_has_unique_constraint(const struct field *f)
{
	return (f->flags & (FIELD_UNIQUE | FIELD_INDEX)) == FIELD_UNIQUE;
}
