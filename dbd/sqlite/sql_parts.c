#include "sql_parts.h"

#include "record.h"
#include "sql.h"
#include "sql_names.h"

/* The words that SQLAlchemy quotes (dialects/sqlite/base.py, SQLiteIdentifierPreparer), and the two
 * that it does not quote although SQLite reserves them. In alphabetical order. */
static const char *const reserved[] = { "add", "after", "all", "alter", "analyze", "and", "as",
	"asc", "attach", "autoincrement", "before", "begin", "between", "by", "cascade", "case",
	"cast", "check", "collate", "column", "commit", "conflict", "constraint", "create", "cross",
	"current_date", "current_time", "current_timestamp", "database", "default", "deferrable",
	"deferred", "delete", "desc", "detach", "distinct", "drop", "each", "else", "end", "escape",
	"except", "exclusive", "exists", "explain", "fail", "false", "for", "foreign", "from",
	"full", "glob", "group", "having", "if", "ignore", "immediate", "in", "index", "indexed",
	"initially", "inner", "insert", "instead", "intersect", "into", "is", "isnull", "join",
	"key", "left", "like", "limit", "match", "natural", "not", "nothing", "notnull", "null",
	"of", "offset", "on", "or", "order", "outer", "plan", "pragma", "primary", "query", "raise",
	"references", "reindex", "rename", "replace", "restrict", "returning", "right", "rollback",
	"row", "select", "set", "table", "temp", "temporary", "then", "to", "transaction",
	"trigger", "true", "union", "unique", "update", "using", "vacuum", "values", "view",
	"virtual", "when", "where" };

/* Quotes the name only if SQLAlchemy does. */
void sql_name(struct buf *out, const char *name)
{
	static const struct sql_words words = { reserved, NITEMS(reserved) };

	sql_put_name(out, name, &words);
}

uint64_t sql_fields_with(const struct resource *r, enum field_flag flag)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < resource_columns(r); i++)
		if (r->fields[i].flags & flag)
			fields |= UINT64_C(1) << i;
	return fields;
}

void sql_put_column(struct buf *out, const struct resource *r, unsigned field)
{
	sql_name(out, r->fields[field].name);
}

void sql_put_parameter(struct buf *out, const struct resource *r, unsigned field)
{
	(void)r;
	buf_printf(out, "?%u", field + 1);
}

void sql_put_assignment(struct buf *out, const struct resource *r, unsigned field)
{
	sql_put_column(out, r, field);
	buf_str(out, STR(" = "));
	sql_put_parameter(out, r, field);
}

void sql_put_list(struct buf *out, const struct resource *r, uint64_t fields, const char *between,
	void (*put)(struct buf *out, const struct resource *r, unsigned field))
{
	const char *separator = "";

	for (unsigned i = 0; i < resource_columns(r); i++) {
		if (!(fields >> i & 1))
			continue;
		buf_str(out, str_from(separator));
		put(out, r, i);
		separator = between;
	}
}

void sql_put_from(struct buf *out, const struct resource *r)
{
	buf_str(out, STR(" FROM "));
	sql_name(out, r->table);
}

void sql_put_where(struct buf *out, const char *column)
{
	buf_str(out, STR(" WHERE "));
	sql_name(out, column);
}

void sql_put_equals_first(struct buf *out)
{
	buf_str(out, STR(" = ?1"));
}

void sql_put_order(struct buf *out, const struct resource *r)
{
	if (resource_has_uuids(r))
		return;
	buf_str(out, STR(" ORDER BY "));
	sql_name(out, sql_key_name(r));
}

void sql_put_select(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	sql_put_list(out, r, record_all(r), ", ", sql_put_column);
	sql_put_from(out, r);
}

/* Between rows with equal values the keys decide, as they do in SQLite if the statement has the
 * field alone: they ascend, but descend in an index that is read backwards. */
void sql_put_list_order(struct buf *out, const struct resource *r)
{
	const struct list_rules *rules = r->list;

	if (!rules || !rules->ordered) {
		sql_put_order(out, r);
		return;
	}
	const struct field *f = &r->fields[rules->order];
	bool indexed = f->flags & (FIELD_INDEX | FIELD_UNIQUE);
	buf_str(out, STR(" ORDER BY "));
	sql_put_column(out, r, rules->order);
	buf_str(out, rules->descending ? STR(" DESC") : STR(""));
	if (f->flags & FIELD_KEY || resource_has_uuids(r))
		return;
	buf_str(out, STR(", "));
	sql_name(out, sql_key_name(r));
	buf_str(out, rules->descending && indexed ? STR(" DESC") : STR(""));
}
