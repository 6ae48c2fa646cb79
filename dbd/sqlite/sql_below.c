/* Statements about all rows below a row. */
#include "sql.h"
#include "sql_parts.h"

bool sql_is_below(const struct resource *r, const struct resource *ancestor)
{
	for (r = r->parent; r; r = r->parent)
		if (r == ancestor)
			return true;
	return false;
}

static void put_qualified(struct buf *out, const struct resource *r, const char *column)
{
	sql_name(out, r->table);
	buf_char(out, '.');
	sql_name(out, column);
}

/* Selects the keys of r below the ancestor by one join: the parser of SQLite has no room for as
 * many nested selects as there may be generations. */
static void put_keys_below(
	struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	buf_str(out, STR("SELECT "));
	put_qualified(out, r, sql_key_name(r));
	sql_put_from(out, r);
	for (; r->parent != ancestor; r = r->parent) {
		buf_str(out, STR(" JOIN "));
		sql_name(out, r->parent->table);
		buf_str(out, STR(" ON "));
		put_qualified(out, r->parent, sql_key_name(r->parent));
		buf_str(out, STR(" = "));
		put_qualified(out, r, sql_parent_name(r));
	}
	buf_str(out, STR(" WHERE "));
	put_qualified(out, r, sql_parent_name(r));
	sql_put_equals_first(out);
}

void sql_keys_below(struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	put_keys_below(out, r, ancestor);
}

void sql_delete_below(struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	buf_str(out, STR("DELETE"));
	sql_put_from(out, r);
	sql_put_where(out, sql_parent_name(r));
	if (r->parent == ancestor) {
		sql_put_equals_first(out);
		return;
	}
	buf_str(out, STR(" IN ("));
	put_keys_below(out, r->parent, ancestor);
	buf_char(out, ')');
}
