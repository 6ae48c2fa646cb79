#include "sql.h"

#include "record.h"
#include "table.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum { INDEX_NAME_SIZE = 256 };

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

static int compare_word(const void *name, const void *word)
{
	return strcmp(name, *(const char *const *)word);
}

static bool needs_quotes(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return true;
	return (*name >= '0' && *name <= '9') ||
	       bsearch(name, reserved, NITEMS(reserved), sizeof(*reserved), compare_word) != NULL;
}

/* Quotes the name only if SQLAlchemy does. Declared names contain no quotes. */
static void put_name(struct buf *out, const char *name)
{
	struct str quote = needs_quotes(name) ? STR("\"") : STR("");

	buf_str(out, quote);
	buf_str(out, str_from(name));
	buf_str(out, quote);
}

static const char *key_name(const struct resource *r)
{
	return r->fields[RESOURCE_KEY].name;
}

static const char *parent_name(const struct resource *r)
{
	return r->fields[r->parent_field].name;
}

/* Sets of fields, as bits. */

static uint64_t all_fields(const struct resource *r)
{
	return record_all(r);
}

static uint64_t fields_with(const struct resource *r, enum field_flag flag)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & flag)
			fields |= UINT64_C(1) << i;
	return fields;
}

static void put_column(struct buf *out, const struct resource *r, unsigned field)
{
	put_name(out, r->fields[field].name);
}

static void put_parameter(struct buf *out, const struct resource *r, unsigned field)
{
	(void)r;
	buf_printf(out, "?%u", field + 1);
}

static void put_assignment(struct buf *out, const struct resource *r, unsigned field)
{
	put_column(out, r, field);
	buf_str(out, STR(" = "));
	put_parameter(out, r, field);
}

static void put_list(struct buf *out, const struct resource *r, uint64_t fields,
	const char *between, void (*put)(struct buf *out, const struct resource *r, unsigned field))
{
	const char *separator = "";

	for (unsigned i = 0; i < r->nfields; i++) {
		if (!(fields >> i & 1))
			continue;
		buf_str(out, str_from(separator));
		put(out, r, i);
		separator = between;
	}
}

/* Clauses. */

static void put_from(struct buf *out, const struct resource *r)
{
	buf_str(out, STR(" FROM "));
	put_name(out, r->table);
}

static void put_where(struct buf *out, const char *column)
{
	buf_str(out, STR(" WHERE "));
	put_name(out, column);
}

static void put_equals_first(struct buf *out)
{
	buf_str(out, STR(" = ?1"));
}

/* UUIDs have no order. */
static void put_order(struct buf *out, const struct resource *r)
{
	if (resource_has_uuids(r))
		return;
	buf_str(out, STR(" ORDER BY "));
	put_name(out, key_name(r));
}

static void put_select(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	put_list(out, r, all_fields(r), ", ", put_column);
	put_from(out, r);
}

/* Statements. */

/* Between rows with equal values the keys decide, as they do in SQLite if the statement has the
 * field alone: they ascend, but descend in an index that is read backwards. */
static void put_list_order(struct buf *out, const struct resource *r)
{
	const struct list_rules *rules = r->list;

	if (!rules || !rules->ordered) {
		put_order(out, r);
		return;
	}
	const struct field *f = &r->fields[rules->order];
	bool indexed = f->flags & (FIELD_INDEX | FIELD_UNIQUE);
	buf_str(out, STR(" ORDER BY "));
	put_column(out, r, rules->order);
	buf_str(out, rules->descending ? STR(" DESC") : STR(""));
	if (f->flags & FIELD_KEY || resource_has_uuids(r))
		return;
	buf_str(out, STR(", "));
	put_name(out, key_name(r));
	buf_str(out, rules->descending && indexed ? STR(" DESC") : STR(""));
}

static void put_list_statement(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_list_order(out, r);
}

static void put_slice(struct buf *out, const struct resource *r)
{
	put_list_statement(out, r);
	buf_str(out, STR(" LIMIT ?2 OFFSET ?1"));
}

static void put_count(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT count(*)"));
	put_from(out, r);
}

static void put_page(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where(out, key_name(r));
	buf_str(out, STR(" > ?1"));
	put_order(out, r);
}

static void put_read(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where(out, key_name(r));
	put_equals_first(out);
}

static void put_exists(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	if (r->parent)
		put_name(out, parent_name(r));
	else
		buf_char(out, '1');
	put_from(out, r);
	put_where(out, key_name(r));
	put_equals_first(out);
}

/* Inserts NULL for an absent row, which the column's NOT NULL refuses. SQLite looks the row up by
 * rowid inside the statement, which costs as much as enforcing a foreign key. */
static void put_checked(struct buf *out, const struct resource *r, unsigned field)
{
	const struct resource *to = r->fields[field].to;

	buf_str(out, STR("CASE WHEN "));
	put_parameter(out, r, field);
	buf_str(out, STR(" IN (SELECT "));
	put_name(out, key_name(to));
	put_from(out, to);
	buf_str(out, STR(") THEN "));
	put_parameter(out, r, field);
	buf_str(out, STR(" END"));
}

static void put_inserted(struct buf *out, const struct resource *r, unsigned field)
{
	const struct field *f = &r->fields[field];
	bool checked = f->to && !(f->flags & FIELD_NULLABLE);

	(checked ? put_checked : put_parameter)(out, r, field);
}

static void put_insert(struct buf *out, const struct resource *r)
{
	uint64_t counted = resource_has_uuids(r) ? 0 : fields_with(r, FIELD_KEY);
	uint64_t given = all_fields(r) & ~counted;

	buf_str(out, STR("INSERT INTO "));
	put_name(out, r->table);
	buf_str(out, STR(" ("));
	put_list(out, r, given, ", ", put_column);
	buf_str(out, STR(") VALUES ("));
	put_list(out, r, given, ", ", put_inserted);
	buf_char(out, ')');
}

static void put_update_of(struct buf *out, const struct resource *r, uint64_t fields)
{
	buf_str(out, STR("UPDATE "));
	put_name(out, r->table);
	buf_str(out, STR(" SET "));
	put_list(out, r, fields, ", ", put_assignment);
	put_where(out, key_name(r));
	put_equals_first(out);
}

static void put_update(struct buf *out, const struct resource *r)
{
	put_update_of(out, r, fields_with(r, FIELD_INPUT) | fields_with(r, FIELD_NOW_TOO));
}

static void put_delete(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("DELETE"));
	put_from(out, r);
	put_where(out, key_name(r));
	put_equals_first(out);
}

static void put_taken(struct buf *out, const struct resource *r)
{
	uint64_t unique = fields_with(r, FIELD_UNIQUE);

	buf_str(out, STR("SELECT "));
	put_list(out, r, unique, ", ", put_assignment);
	put_from(out, r);
	put_where(out, key_name(r));
	buf_str(out, STR(" IS NOT ?1 AND ("));
	put_list(out, r, unique, " OR ", put_assignment);
	buf_char(out, ')');
}

static void (*const statements[])(struct buf *out, const struct resource *r) = {
	[SQL_LIST] = put_list_statement,
	[SQL_SLICE] = put_slice,
	[SQL_COUNT] = put_count,
	[SQL_PAGE] = put_page,
	[SQL_READ] = put_read,
	[SQL_EXISTS] = put_exists,
	[SQL_INSERT] = put_insert,
	[SQL_UPDATE] = put_update,
	[SQL_DELETE] = put_delete,
	[SQL_TAKEN] = put_taken,
};
_Static_assert(NITEMS(statements) == SQL__COUNT, "a purpose has no statement");

bool sql_applies(const struct resource *r, enum sql_purpose purpose)
{
	if (purpose == SQL_PAGE)
		return !resource_has_uuids(r);
	return purpose != SQL_TAKEN || fields_with(r, FIELD_UNIQUE) != 0;
}

bool sql_writes(enum sql_purpose purpose)
{
	return purpose == SQL_INSERT || purpose == SQL_UPDATE || purpose == SQL_DELETE;
}

void sql_statement(struct buf *out, const struct resource *r, enum sql_purpose purpose)
{
	statements[purpose](out, r);
}

void sql_update_one(struct buf *out, const struct resource *r, unsigned field)
{
	put_update_of(out, r, UINT64_C(1) << field);
}

void sql_children(struct buf *out, const struct resource *r, unsigned field)
{
	put_select(out, r);
	put_where(out, r->fields[field].name);
	put_equals_first(out);
	put_order(out, r);
}

void sql_field(struct buf *out, const struct resource *r, unsigned field)
{
	buf_str(out, STR("SELECT "));
	put_column(out, r, field);
	put_from(out, r);
	put_where(out, key_name(r));
	put_equals_first(out);
}

void sql_referring(struct buf *out, const struct resource *r, unsigned field)
{
	buf_str(out, STR("SELECT "));
	put_name(out, key_name(r));
	buf_str(out, STR(", "));
	if (r->parent)
		put_name(out, parent_name(r));
	else
		buf_char(out, '0');
	put_from(out, r);
	put_where(out, r->fields[field].name);
	put_equals_first(out);
}

void sql_set_null(struct buf *out, const struct resource *r, unsigned field)
{
	uint64_t touched = fields_with(r, FIELD_NOW_TOO);

	buf_str(out, STR("UPDATE "));
	put_name(out, r->table);
	buf_str(out, STR(" SET "));
	put_column(out, r, field);
	buf_str(out, touched ? STR(" = NULL, ") : STR(" = NULL"));
	put_list(out, r, touched, ", ", put_assignment);
	put_where(out, r->fields[field].name);
	put_equals_first(out);
}

/* Filters. */

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

	put_column(out, r, field);
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
		put_where(out, parent_name(r));
		put_equals_first(out);
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
		put_from(out, r);
		put_conditions(out, r, filtered);
		return;
	}
	put_select(out, r);
	put_conditions(out, r, filtered);
	put_list_order(out, r);
	buf_printf(out, " LIMIT ?%d OFFSET ?%d", SQL_FILTERED_LIMIT, SQL_FILTERED_AFTER);
}

bool sql_is_below(const struct resource *r, const struct resource *ancestor)
{
	for (r = r->parent; r; r = r->parent)
		if (r == ancestor)
			return true;
	return false;
}

static void put_qualified(struct buf *out, const struct resource *r, const char *column)
{
	put_name(out, r->table);
	buf_char(out, '.');
	put_name(out, column);
}

/* Selects the keys of r below the ancestor by one join: the parser of SQLite has no room for as
 * many nested selects as there may be generations. */
static void put_keys_below(
	struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	buf_str(out, STR("SELECT "));
	put_qualified(out, r, key_name(r));
	put_from(out, r);
	for (; r->parent != ancestor; r = r->parent) {
		buf_str(out, STR(" JOIN "));
		put_name(out, r->parent->table);
		buf_str(out, STR(" ON "));
		put_qualified(out, r->parent, key_name(r->parent));
		buf_str(out, STR(" = "));
		put_qualified(out, r, parent_name(r));
	}
	buf_str(out, STR(" WHERE "));
	put_qualified(out, r, parent_name(r));
	put_equals_first(out);
}

void sql_keys_below(struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	put_keys_below(out, r, ancestor);
}

void sql_delete_below(struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	buf_str(out, STR("DELETE"));
	put_from(out, r);
	put_where(out, parent_name(r));
	if (r->parent == ancestor) {
		put_equals_first(out);
		return;
	}
	buf_str(out, STR(" IN ("));
	put_keys_below(out, r->parent, ancestor);
	buf_char(out, ')');
}

/* The schema. */

/* clang-format off */
#define COLUMN_TYPES(ROW) \
	ROW(FIELD_INT,       put_plain,     "INTEGER",  NULL) \
	ROW(FIELD_NUMBER,    put_plain,     "FLOAT",    NULL) \
	ROW(FIELD_DECIMAL,   put_precision, "NUMERIC",  "REAL") \
	ROW(FIELD_BOOL,      put_plain,     "BOOLEAN",  "INTEGER") \
	ROW(FIELD_STR,       put_length,    "VARCHAR",  NULL) \
	ROW(FIELD_TEXT,      put_plain,     "TEXT",     NULL) \
	ROW(FIELD_EMAIL,     put_length,    "VARCHAR",  NULL) \
	ROW(FIELD_URL,       put_length,    "VARCHAR",  NULL) \
	ROW(FIELD_UUID,      put_plain,     "CHAR(32)", NULL) \
	ROW(FIELD_DATE,      put_plain,     "DATE",     "TEXT") \
	ROW(FIELD_TIME,      put_plain,     "TIME",     "TEXT") \
	ROW(FIELD_DATETIME,  put_plain,     "DATETIME", "TEXT") \
	ROW(FIELD_ENUM,      put_names,     "VARCHAR",  NULL) \
	ROW(FIELD_LITERAL,   put_literal,   "VARCHAR",  NULL) \
	ROW(FIELD_OBJECT,    put_plain,     "JSON",     "TEXT") \
	ROW(FIELD_ARRAY,     put_plain,     "JSON",     "TEXT")
/* clang-format on */

static void put_plain(struct buf *out, const struct field *f, const char *type)
{
	(void)f;
	buf_str(out, str_from(type));
}

static void put_length(struct buf *out, const struct field *f, const char *type)
{
	buf_str(out, str_from(type));
	if (f->len.max != FIELD_UNBOUNDED)
		buf_printf(out, "(%u)", f->len.max);
}

static void put_precision(struct buf *out, const struct field *f, const char *type)
{
	buf_str(out, str_from(type));
	if (f->digits == FIELD_UNBOUNDED)
		return;
	buf_printf(out, "(%u", f->digits);
	if (f->places != FIELD_UNBOUNDED)
		buf_printf(out, ", %u", f->places);
	buf_char(out, ')');
}

/* An Enum of SQLAlchemy has the length of its longest value, in code points. */

static size_t longer(size_t longest, struct str text)
{
	size_t count;

	return utf8_count(text, &count) && count > longest ? count : longest;
}

static void put_names(struct buf *out, const struct field *f, const char *type)
{
	size_t longest = 0;

	for (unsigned i = 0; i < f->choices->count; i++)
		longest = longer(longest, f->choices->list[i].name);
	buf_printf(out, "%s(%zu)", type, longest);
}

/* SQLAlchemy makes an Enum of Literal["on", "off"]. */
static void put_literal(struct buf *out, const struct field *f, const char *type)
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

static const struct {
	void (*put)(struct buf *out, const struct field *f, const char *type);
	const char *type;
	const char *other_affinity; /* serves too; NULL: none */
} column_types[] = { COLUMN_TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(COLUMN_TYPES, FIELD_TYPE__COUNT);

const char *sql_other_affinity(const struct field *f)
{
	return column_types[f->type].other_affinity;
}

void sql_column_type(struct buf *out, const struct field *f)
{
	column_types[f->type].put(out, f, column_types[f->type].type);
}

void sql_column(struct buf *out, const struct field *f)
{
	put_name(out, f->name);
	buf_char(out, ' ');
	sql_column_type(out, f);
	if (!(f->flags & FIELD_NULLABLE))
		buf_str(out, STR(" NOT NULL"));
}

void sql_name(struct buf *out, const char *name)
{
	put_name(out, name);
}

void sql_references(struct buf *out, const struct resource *to)
{
	buf_str(out, STR(" REFERENCES "));
	put_name(out, to->table);
	buf_str(out, STR(" ("));
	put_name(out, key_name(to));
	buf_char(out, ')');
}

static void put_foreign_key(struct buf *out, const struct field *f)
{
	buf_str(out, STR(", \n\tFOREIGN KEY("));
	put_name(out, f->name);
	buf_char(out, ')');
	sql_references(out, f->to);
}

/* SQLAlchemy writes constraints in the order of their creation: that of the columns, and for each
 * column UNIQUE first. */
static void put_constraints(struct buf *out, const struct field *f)
{
	if (sql_has_unique_constraint(f)) {
		buf_str(out, STR(", \n\tUNIQUE ("));
		put_name(out, f->name);
		buf_char(out, ')');
	}
	if (f->to)
		put_foreign_key(out, f);
}

void sql_create_table(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("CREATE TABLE "));
	put_name(out, r->table);
	buf_str(out, STR(" (\n"));
	for (unsigned i = 0; i < r->nfields; i++) {
		buf_char(out, '\t');
		sql_column(out, &r->fields[i]);
		buf_str(out, STR(", \n"));
	}
	buf_str(out, STR("\tPRIMARY KEY ("));
	put_name(out, key_name(r));
	buf_char(out, ')');
	for (unsigned i = 0; i < r->nfields; i++)
		put_constraints(out, &r->fields[i]);
	buf_str(out, STR("\n)"));
}

bool sql_has_unique_constraint(const struct field *f)
{
	return (f->flags & (FIELD_UNIQUE | FIELD_INDEX)) == FIELD_UNIQUE;
}

void sql_create_index(struct buf *out, const struct resource *r, unsigned field)
{
	bool unique = (r->fields[field].flags & FIELD_UNIQUE) != 0;
	char name[INDEX_NAME_SIZE];

	snprintf(name, sizeof(name), "ix_%s_%s", r->table, r->fields[field].name);
	buf_str(out, unique ? STR("CREATE UNIQUE INDEX ") : STR("CREATE INDEX "));
	put_name(out, name);
	buf_str(out, STR(" ON "));
	put_name(out, r->table);
	buf_str(out, STR(" ("));
	put_column(out, r, field);
	buf_char(out, ')');
}
