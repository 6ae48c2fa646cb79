/* Statements of lists with filters. */
#include "sql.h"
#include "sql_parts.h"

static void put_comparison(
	struct buf *out, const struct resource *r, unsigned field, const struct parameter *p)
{
	static const char *const operators[PARAMETER_ROLE__COUNT] = {
		[PARAMETER_EQ] = " = ?%u",
		[PARAMETER_NE] = " != ?%u",
		[PARAMETER_LT] = " < ?%u",
		[PARAMETER_LE] = " <= ?%u",
		[PARAMETER_GT] = " > ?%u",
		[PARAMETER_GE] = " >= ?%u",
		[PARAMETER_CONTAINS] = " LIKE '%%' || ?%u || '%%'",
	};
	unsigned number = SQL_FILTERED_VALUES + (unsigned)(p - r->list->parameters);

	sql_put_column(out, r, field);
	buf_printf(out, operators[p->role], number);
}

/* One of the fields compares so. */
static void put_filter(struct buf *out, const struct resource *r, const struct parameter *p)
{
	const char *separator = "(";

	for (uint64_t fields = p->fields; fields != 0; fields &= fields - 1) {
		buf_str(out, str_from(separator));
		put_comparison(out, r, (unsigned)__builtin_ctzll(fields), p);
		separator = " OR ";
	}
	buf_char(out, ')');
}

static void put_conditions(
	struct buf *out, const struct resource *r, const struct sql_filtered *filtered)
{
	const char *separator = " WHERE ";

	if (filtered->below) {
		sql_put_where(out, sql_parent_name(r));
		sql_put_equals_first(out);
		separator = " AND ";
	}
	for (uint64_t left = filtered->filters; left != 0; left &= left - 1) {
		buf_str(out, str_from(separator));
		put_filter(out, r, &r->list->parameters[__builtin_ctzll(left)]);
		separator = " AND ";
	}
}

void sql_filtered(struct buf *out, const struct resource *r, const struct sql_filtered *filtered)
{
	if (filtered->counts) {
		buf_str(out, STR("SELECT count(*)"));
		sql_put_from(out, r);
		put_conditions(out, r, filtered);
		return;
	}
	sql_put_select(out, r);
	put_conditions(out, r, filtered);
	sql_put_list_order(out, r);
	buf_printf(out, " LIMIT ?%d OFFSET ?%d", SQL_FILTERED_LIMIT, SQL_FILTERED_AFTER);
}
