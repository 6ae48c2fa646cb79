/* Statements of association tables. */
#include "record.h"
#include "sql.h"
#include "sql_parts.h"

static void put_other_end(struct buf *out, const struct resource *table, enum link_end end)
{
	sql_put_where(out, table->fields[end == LINK_TO ? LINK_OWNER : LINK_TO].name);
	sql_put_equals_first(out);
}

static void put_linked(struct buf *out, const struct resource *table, enum link_end end)
{
	buf_str(out, STR("SELECT "));
	sql_put_column(out, table, end);
	sql_put_from(out, table);
	put_other_end(out, table, end);
}

static void put_link(struct buf *out, const struct resource *table)
{
	sql_put_from(out, table);
	buf_str(out, STR(" WHERE "));
	sql_put_list(out, table, record_all(table), " AND ", sql_put_assignment);
}

/* Not INSERT OR IGNORE: the table of another program may have no primary key. */
static void put_new_link(struct buf *out, const struct resource *table)
{
	buf_str(out, STR("INSERT INTO "));
	sql_name(out, table->table);
	buf_str(out, STR(" ("));
	sql_put_list(out, table, record_all(table), ", ", sql_put_column);
	buf_str(out, STR(") SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1"));
	put_link(out, table);
	buf_char(out, ')');
}

static void put_unlink_all(struct buf *out, const struct resource *table, enum link_end end)
{
	buf_str(out, STR("DELETE"));
	sql_put_from(out, table);
	sql_put_where(out, table->fields[end].name);
	sql_put_equals_first(out);
}

void sql_links(struct buf *out, const struct resource *table, enum sql_links purpose)
{
	switch (purpose) {
	case SQL_LINKED_OWNERS:
		put_linked(out, table, LINK_OWNER);
		break;
	case SQL_LINKED_ROWS:
		put_linked(out, table, LINK_TO);
		break;
	case SQL_LINK:
		put_new_link(out, table);
		break;
	case SQL_UNLINK:
		buf_str(out, STR("DELETE"));
		put_link(out, table);
		break;
	case SQL_UNLINK_OWNER:
		put_unlink_all(out, table, LINK_OWNER);
		break;
	case SQL_UNLINK_ROW:
		put_unlink_all(out, table, LINK_TO);
		break;
	case SQL_LINKS__COUNT:
		break;
	}
}

void sql_linked(
	struct buf *out, const struct resource *r, const struct resource *table, enum link_end end)
{
	sql_put_select(out, r);
	sql_put_where(out, sql_key_name(r));
	buf_str(out, STR(" IN ("));
	put_linked(out, table, end);
	buf_char(out, ')');
	sql_put_order(out, r);
}
