#include "pg_sql.h"

#include "pg_sql_parts.h"
#include "record.h"
#include "table.h"

static uint64_t fields_with(const struct resource *r, enum field_flag flag)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < resource_columns(r); i++)
		if (r->fields[i].flags & flag)
			fields |= UINT64_C(1) << i;
	return fields;
}

static const struct field *parent_field(const struct resource *r)
{
	return r->parent ? &r->fields[r->parent_field] : NULL;
}

/* The parameters of some fields of a resource: from `first` on, in declared order. */
struct parameters {
	const struct resource *resource;
	uint64_t fields;
	unsigned first;
	bool arrays; /* with the values of several rows */
};

static unsigned number_of(const struct parameters *p, unsigned field)
{
	uint64_t before = p->fields & ((UINT64_C(1) << field) - 1);

	return p->first + (unsigned)__builtin_popcountll(before);
}

/* Clauses. */

static void put_order(struct buf *out, const struct resource *r)
{
	buf_str(out, STR(" ORDER BY "));
	pg_put_column(out, NULL, pg_key_field(r));
}

static void put_select(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	pg_put_columns(out, NULL, r, record_all(r));
	pg_put_from(out, r);
}

/* The field has the key $1. */
static void put_where_is(struct buf *out, const struct field *f)
{
	buf_str(out, STR(" WHERE "));
	pg_put_column(out, NULL, f);
	buf_str(out, STR(" = "));
	pg_put_parameter(out, f, 1);
}

/* The field has one of the keys $1. */
static void put_where_any(struct buf *out, const struct field *f)
{
	buf_str(out, STR(" WHERE "));
	pg_put_column(out, NULL, f);
	buf_str(out, STR(" = "));
	pg_put_any(out, f, 1);
}

static void put_where_key(struct buf *out, const struct resource *r)
{
	put_where_is(out, pg_key_field(r));
}

/* Selects the key, and that of the parent or NULL. */
static void put_select_keys(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	pg_put_column(out, NULL, pg_key_field(r));
	buf_str(out, STR(", "));
	if (r->parent)
		pg_put_column(out, NULL, parent_field(r));
	else
		buf_str(out, STR("NULL"));
	pg_put_from(out, r);
}

static void put_delete_from(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("DELETE"));
	pg_put_from(out, r);
}

static void put_returning(struct buf *out, const struct field *f)
{
	buf_str(out, STR(" RETURNING "));
	pg_put_column(out, NULL, f);
}

/* The value for one row. */
static void put_value(struct buf *out, const struct parameters *p, unsigned field)
{
	const struct field *f = &p->resource->fields[field];

	if (p->arrays)
		pg_put_element(out, f, number_of(p, field));
	else
		pg_put_parameter(out, f, number_of(p, field));
}

/* " FROM " what has one row for each row that is given. */
static void put_from_given(struct buf *out, const struct parameters *p)
{
	const char *separator = "";

	if (!p->arrays) {
		buf_str(out, STR(" FROM (SELECT) AS one"));
		return;
	}
	buf_str(out, STR(" FROM unnest("));
	for (uint64_t left = p->fields; left != 0; left &= left - 1) {
		unsigned field = (unsigned)__builtin_ctzll(left);
		buf_str(out, str_from(separator));
		pg_put_array(out, &p->resource->fields[field], number_of(p, field));
		separator = ", ";
	}
	buf_str(out, STR(") WITH ORDINALITY AS p("));
	for (uint64_t left = p->fields; left != 0; left &= left - 1)
		buf_printf(out, "c%u, ", number_of(p, (unsigned)__builtin_ctzll(left)));
	buf_str(out, STR("n)"));
}

/* Rows to which others refer. */

static bool refers(const struct parameters *p, unsigned field)
{
	return p->fields >> field & 1 && p->resource->fields[field].to;
}

static bool may_be_null(const struct parameters *p, unsigned field)
{
	return (p->resource->fields[field].flags & FIELD_NULLABLE) != 0;
}

/* Selects the key of the row to which a parameter refers, of its table as `k`, since a declared
 * table may have the name of the given rows. */
static void put_referred(struct buf *out, const struct parameters *p, unsigned field)
{
	const struct resource *to = p->resource->fields[field].to;

	pg_put_column(out, "k", pg_key_field(to));
	buf_str(out, STR(" AS key"));
	pg_put_from(out, to);
	buf_str(out, STR(" AS k WHERE "));
	pg_put_column(out, "k", pg_key_field(to));
	buf_str(out, STR(" = "));
	put_value(out, p, field);
}

/* " FROM " what has one row for each given one, in which rN.key is the key of the row to which
 * parameter N refers, locked; NULL where there is none and the field may be null. The keys are read
 * there and not taken from the parameters, as those may be beyond the column's type. */
static void put_from_referred(struct buf *out, const struct parameters *p)
{
	put_from_given(out, p);
	for (unsigned i = 0; i < resource_columns(p->resource); i++) {
		if (!refers(p, i))
			continue;
		buf_str(out, may_be_null(p, i) ? STR(" LEFT JOIN ") : STR(" JOIN "));
		buf_str(out, p->arrays ? STR("LATERAL (SELECT ") : STR("(SELECT "));
		put_referred(out, p, i);
		buf_printf(out, " FOR KEY SHARE) AS r%u ON true", number_of(p, i));
	}
}

/* Whether all these rows are there. */
static void put_where_referred(struct buf *out, const struct parameters *p)
{
	buf_str(out, STR(" WHERE true"));
	for (unsigned i = 0; i < resource_columns(p->resource); i++) {
		if (!refers(p, i) || !may_be_null(p, i))
			continue;
		buf_str(out, STR(" AND ("));
		put_value(out, p, i);
		buf_printf(out, " IS NULL OR r%u.key IS NOT NULL)", number_of(p, i));
	}
}

/* Whether no row other than $1 (`other`), or no row at all, has one of the unique values. One
 * question for each, which its index answers. Without it a conflict would use up a number of the
 * key's sequence. */
static void put_and_free(struct buf *out, const struct parameters *p, bool other)
{
	const struct resource *r = p->resource;
	uint64_t unique = p->fields & fields_with(r, FIELD_UNIQUE);

	for (; unique != 0; unique &= unique - 1) {
		unsigned field = (unsigned)__builtin_ctzll(unique);
		buf_str(out, STR(" AND NOT EXISTS (SELECT"));
		pg_put_from(out, r);
		buf_str(out, STR(" AS o WHERE "));
		pg_put_column(out, "o", &r->fields[field]);
		buf_str(out, STR(" = "));
		pg_put_parameter(out, &r->fields[field], number_of(p, field));
		if (other) {
			buf_str(out, STR(" AND "));
			pg_put_column(out, "o", pg_key_field(r));
			buf_str(out, STR(" != "));
			pg_put_parameter(out, pg_key_field(r), 1);
		}
		buf_char(out, ')');
	}
}

/* The value that a column gets. */
static void put_given(struct buf *out, const struct parameters *p, unsigned field)
{
	if (refers(p, field))
		buf_printf(out, "r%u.key", number_of(p, field));
	else
		put_value(out, p, field);
}

/* Statements of rows. */

/* Between rows with equal values the keys decide. */
static void put_list_order(struct buf *out, const struct resource *r)
{
	const struct list_rules *rules = r->list;

	if (!rules || !rules->ordered) {
		put_order(out, r);
		return;
	}
	const struct field *f = &r->fields[rules->order];
	buf_str(out, STR(" ORDER BY "));
	pg_put_column(out, NULL, f);
	buf_str(out, rules->descending ? STR(" DESC") : STR(""));
	if (f->flags & FIELD_KEY)
		return;
	buf_str(out, STR(", "));
	pg_put_column(out, NULL, pg_key_field(r));
}

static void put_list(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_list_order(out, r);
}

static void put_slice(struct buf *out, const struct resource *r)
{
	put_list(out, r);
	buf_str(out, STR(" LIMIT $2::bigint OFFSET $1::bigint"));
}

static void put_count(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT count(*)"));
	pg_put_from(out, r);
}

static void put_page(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	buf_str(out, STR(" WHERE "));
	pg_put_column(out, NULL, pg_key_field(r));
	buf_str(out, STR(" > $1::bigint"));
	put_order(out, r);
}

static void put_read(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where_any(out, pg_key_field(r));
}

static void put_lock(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where_key(out, r);
	buf_str(out, STR(" FOR NO KEY UPDATE"));
}

static void put_lock_all(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where_key(out, r);
	buf_str(out, STR(" FOR UPDATE"));
}

static void put_exists(struct buf *out, const struct resource *r)
{
	put_select_keys(out, r);
	put_where_any(out, pg_key_field(r));
}

static void put_require(struct buf *out, const struct resource *r)
{
	put_select_keys(out, r);
	put_where_key(out, r);
	buf_str(out, STR(" FOR KEY SHARE"));
}

static void put_release(struct buf *out, const struct resource *r)
{
	put_select_keys(out, r);
	put_where_key(out, r);
	buf_str(out, STR(" FOR UPDATE"));
}

/* All columns but a key that the database counts. */
static struct parameters inserted(const struct resource *r)
{
	uint64_t counted = resource_has_uuids(r) ? 0 : UINT64_C(1) << RESOURCE_KEY;

	return (struct parameters){ r, record_all(r) & ~counted, 1, false };
}

static void put_insert_select(struct buf *out, const struct parameters *p)
{
	const char *separator = "";

	buf_str(out, STR("INSERT INTO "));
	pg_sql_name(out, p->resource->table);
	buf_str(out, STR(" ("));
	pg_put_columns(out, NULL, p->resource, p->fields);
	buf_str(out, STR(") SELECT "));
	for (uint64_t left = p->fields; left != 0; left &= left - 1) {
		buf_str(out, str_from(separator));
		put_given(out, p, (unsigned)__builtin_ctzll(left));
		separator = ", ";
	}
	put_from_referred(out, p);
	put_where_referred(out, p);
}

static void put_insert(struct buf *out, const struct resource *r)
{
	struct parameters p = inserted(r);

	put_insert_select(out, &p);
	put_and_free(out, &p, false);
	/* For another transaction that inserts the same values now. It costs as much as half an
	 * insert, so it is left out where no value can be taken. */
	if (fields_with(r, FIELD_UNIQUE) != 0)
		buf_str(out, STR(" ON CONFLICT DO NOTHING"));
	put_returning(out, pg_key_field(r));
}

static uint64_t references(const struct resource *r)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < resource_columns(r); i++)
		if (r->fields[i].to)
			fields |= UINT64_C(1) << i;
	return fields;
}

static void put_insert_several(struct buf *out, const struct resource *r)
{
	struct parameters p = inserted(r);

	p.arrays = true;
	put_insert_select(out, &p);
	buf_str(out, STR(" ORDER BY p.n RETURNING "));
	pg_put_columns(out, NULL, r, references(r) | UINT64_C(1) << RESOURCE_KEY);
}

static void put_delete(struct buf *out, const struct resource *r)
{
	put_delete_from(out, r);
	put_where_key(out, r);
	put_returning(out, pg_key_field(r));
}

static void put_comparisons(struct buf *out, const struct parameters *p, const char *between)
{
	const char *separator = "";

	for (uint64_t left = p->fields; left != 0; left &= left - 1) {
		unsigned field = (unsigned)__builtin_ctzll(left);
		buf_str(out, str_from(separator));
		pg_put_column(out, NULL, &p->resource->fields[field]);
		buf_str(out, STR(" = "));
		pg_put_parameter(out, &p->resource->fields[field], number_of(p, field));
		separator = between;
	}
}

static void put_taken(struct buf *out, const struct resource *r)
{
	struct parameters p = { r, fields_with(r, FIELD_UNIQUE), 2, false };

	buf_str(out, STR("SELECT "));
	put_comparisons(out, &p, ", ");
	pg_put_from(out, r);
	buf_str(out, STR(" WHERE "));
	pg_put_column(out, NULL, pg_key_field(r));
	buf_str(out, STR(" IS DISTINCT FROM "));
	pg_put_parameter(out, pg_key_field(r), 1);
	buf_str(out, STR(" AND ("));
	put_comparisons(out, &p, " OR ");
	buf_char(out, ')');
}

static void (*const statements[])(struct buf *out, const struct resource *r) = {
	[PG_LIST] = put_list,
	[PG_SLICE] = put_slice,
	[PG_COUNT] = put_count,
	[PG_PAGE] = put_page,
	[PG_READ] = put_read,
	[PG_LOCK] = put_lock,
	[PG_LOCK_ALL] = put_lock_all,
	[PG_EXISTS] = put_exists,
	[PG_REQUIRE] = put_require,
	[PG_RELEASE] = put_release,
	[PG_INSERT] = put_insert,
	[PG_INSERT_SEVERAL] = put_insert_several,
	[PG_DELETE] = put_delete,
	[PG_TAKEN] = put_taken,
};
_Static_assert(NITEMS(statements) == PG__COUNT, "a purpose has no statement");

/* The type of an enum has a name that is not known. */
static bool has_arrays(const struct resource *r)
{
	for (unsigned i = 0; i < resource_columns(r); i++)
		if (r->fields[i].type == FIELD_ENUM)
			return false;
	return inserted(r).fields != 0;
}

bool pg_sql_applies(const struct resource *r, enum pg_purpose purpose)
{
	if (purpose == PG_INSERT_SEVERAL)
		return fields_with(r, FIELD_UNIQUE) == 0 && has_arrays(r);
	if (purpose == PG_PAGE)
		return !resource_has_uuids(r);
	return purpose != PG_TAKEN || fields_with(r, FIELD_UNIQUE) != 0;
}

void pg_sql_statement(struct buf *out, const struct resource *r, enum pg_purpose purpose)
{
	statements[purpose](out, r);
}

void pg_sql_update(struct buf *out, const struct resource *r, uint64_t fields)
{
	struct parameters p = { r, fields, 2, false };
	const char *separator = " SET ";

	buf_str(out, STR("UPDATE "));
	pg_sql_name(out, r->table);
	buf_str(out, STR(" AS t"));
	for (uint64_t left = fields; left != 0; left &= left - 1) {
		unsigned field = (unsigned)__builtin_ctzll(left);
		buf_str(out, str_from(separator));
		pg_put_column(out, NULL, &r->fields[field]);
		buf_str(out, STR(" = "));
		put_given(out, &p, field);
		separator = ", ";
	}
	put_from_referred(out, &p);
	put_where_referred(out, &p);
	buf_str(out, STR(" AND "));
	pg_put_column(out, "t", pg_key_field(r));
	buf_str(out, STR(" = "));
	pg_put_parameter(out, pg_key_field(r), 1);
	put_and_free(out, &p, true);
	buf_str(out, STR(" RETURNING "));
	pg_put_column(out, "t", pg_key_field(r));
}

void pg_sql_children(struct buf *out, const struct resource *r, unsigned field)
{
	put_select(out, r);
	put_where_any(out, &r->fields[field]);
	buf_str(out, STR(" ORDER BY "));
	pg_put_column(out, NULL, &r->fields[field]);
	buf_str(out, STR(", "));
	pg_put_column(out, NULL, pg_key_field(r));
}

void pg_sql_field(struct buf *out, const struct resource *r, unsigned field)
{
	buf_str(out, STR("SELECT "));
	pg_put_column(out, NULL, &r->fields[field]);
	pg_put_from(out, r);
	put_where_key(out, r);
}

void pg_sql_referring(struct buf *out, const struct resource *r, unsigned field)
{
	put_select_keys(out, r);
	put_where_is(out, &r->fields[field]);
	put_order(out, r);
	buf_str(out, STR(" FOR UPDATE"));
}

void pg_sql_set_null(struct buf *out, const struct resource *r, unsigned field, uint64_t others)
{
	struct parameters p = { r, others, 2, false };

	buf_str(out, STR("UPDATE "));
	pg_sql_name(out, r->table);
	buf_str(out, STR(" SET "));
	pg_put_column(out, NULL, &r->fields[field]);
	buf_str(out, others ? STR(" = NULL, ") : STR(" = NULL"));
	put_comparisons(out, &p, ", ");
	put_where_is(out, &r->fields[field]);
	put_returning(out, pg_key_field(r));
}

/* Links. */

static enum link_end other_end(enum link_end end)
{
	return end == LINK_TO ? LINK_OWNER : LINK_TO;
}

static void put_linked(struct buf *out, const struct resource *table, enum link_end end)
{
	buf_str(out, STR("SELECT "));
	pg_put_column(out, NULL, &table->fields[end]);
	pg_put_from(out, table);
	put_where_is(out, &table->fields[other_end(end)]);
}

/* The table of another program may have no primary key, so ON CONFLICT alone is not enough. */
static void put_link(struct buf *out, const struct resource *table)
{
	struct parameters p = { table, record_all(table), 1, false };

	buf_str(out, STR("INSERT INTO "));
	pg_sql_name(out, table->table);
	buf_str(out, STR(" ("));
	pg_put_columns(out, NULL, table, p.fields);
	buf_str(out, STR(") SELECT r1.key, r2.key"));
	put_from_referred(out, &p);
	buf_str(out, STR(" WHERE NOT EXISTS (SELECT"));
	pg_put_from(out, table);
	buf_str(out, STR(" WHERE "));
	put_comparisons(out, &p, " AND ");
	buf_str(out, STR(") ON CONFLICT DO NOTHING"));
}

static void put_unlink(struct buf *out, const struct resource *table)
{
	struct parameters p = { table, record_all(table), 1, false };

	put_delete_from(out, table);
	buf_str(out, STR(" WHERE "));
	put_comparisons(out, &p, " AND ");
	put_returning(out, &table->fields[LINK_OWNER]);
}

static void put_unlink_all(struct buf *out, const struct resource *table, enum link_end end)
{
	put_delete_from(out, table);
	put_where_is(out, &table->fields[end]);
	put_returning(out, &table->fields[other_end(end)]);
}

void pg_sql_links(struct buf *out, const struct resource *table, enum pg_links purpose)
{
	switch (purpose) {
	case PG_LINKED_OWNERS:
		put_linked(out, table, LINK_OWNER);
		break;
	case PG_LINKED_ROWS:
		put_linked(out, table, LINK_TO);
		break;
	case PG_LINK:
		put_link(out, table);
		break;
	case PG_UNLINK:
		put_unlink(out, table);
		break;
	case PG_UNLINK_OWNER:
		put_unlink_all(out, table, LINK_OWNER);
		break;
	case PG_UNLINK_ROW:
		put_unlink_all(out, table, LINK_TO);
		break;
	case PG_LINKS__COUNT:
		break;
	}
}

/* DISTINCT: without a primary key the table may have a link twice. */
void pg_sql_linked(
	struct buf *out, const struct resource *r, const struct resource *table, enum link_end end)
{
	const struct field *here = &table->fields[end], *there = &table->fields[other_end(end)];

	buf_str(out, STR("SELECT l.there, "));
	pg_put_columns(out, "t", r, record_all(r));
	buf_str(out, STR(" FROM (SELECT DISTINCT "));
	pg_put_column(out, NULL, there);
	buf_str(out, STR(" AS there, "));
	pg_put_column(out, NULL, here);
	buf_str(out, STR(" AS here"));
	pg_put_from(out, table);
	put_where_any(out, there);
	buf_str(out, STR(") AS l JOIN "));
	pg_sql_name(out, r->table);
	buf_str(out, STR(" AS t ON "));
	pg_put_column(out, "t", pg_key_field(r));
	buf_str(out, STR(" = l.here ORDER BY l.there, "));
	pg_put_column(out, "t", pg_key_field(r));
}

void pg_sql_lock_links(struct buf *out, const struct resource *table, enum link_end end)
{
	buf_str(out, STR("SELECT"));
	pg_put_from(out, table);
	put_where_any(out, &table->fields[other_end(end)]);
	buf_str(out, STR(" FOR UPDATE"));
}

/* Filters. */

static void put_comparison(
	struct buf *out, const struct field *f, const struct parameter *p, unsigned number)
{
	static const char *const operators[PARAMETER_ROLE__COUNT] = {
		[PARAMETER_EQ] = " = ",
		[PARAMETER_NE] = " != ",
		[PARAMETER_LT] = " < ",
		[PARAMETER_LE] = " <= ",
		[PARAMETER_GT] = " > ",
		[PARAMETER_GE] = " >= ",
		[PARAMETER_CONTAINS] = " LIKE '%' || ",
	};

	pg_put_column(out, NULL, f);
	buf_str(out, str_from(operators[p->role]));
	pg_put_parameter(out, f, number);
	if (p->role == PARAMETER_CONTAINS)
		buf_str(out, STR(" || '%'"));
}

/* One of the fields compares so. */
static void put_filter(
	struct buf *out, const struct resource *r, const struct parameter *p, unsigned number)
{
	const char *separator = "(";

	for (uint64_t fields = p->fields; fields != 0; fields &= fields - 1) {
		buf_str(out, str_from(separator));
		put_comparison(out, &r->fields[__builtin_ctzll(fields)], p, number);
		separator = " OR ";
	}
	buf_char(out, ')');
}

static void put_conditions(struct buf *out, const struct resource *r,
	const struct pg_filtered *filtered, unsigned first_value)
{
	const char *separator = " WHERE ";

	if (filtered->below) {
		put_where_is(out, parent_field(r));
		separator = " AND ";
	}
	for (uint64_t left = filtered->filters; left != 0; left &= left - 1) {
		buf_str(out, str_from(separator));
		put_filter(out, r, &r->list->parameters[__builtin_ctzll(left)], first_value++);
		separator = " AND ";
	}
}

void pg_sql_filtered(struct buf *out, const struct resource *r, const struct pg_filtered *filtered)
{
	unsigned next = filtered->below ? 2 : 1;

	if (filtered->counts) {
		put_count(out, r);
		put_conditions(out, r, filtered, next);
		return;
	}
	put_select(out, r);
	put_conditions(out, r, filtered, next + 2);
	put_list_order(out, r);
	buf_printf(out, " LIMIT $%u::bigint OFFSET $%u::bigint", next + 1, next);
}

/* Rows below others. */

static void put_generation(struct buf *out, unsigned generation, const struct field *f)
{
	buf_printf(out, "g%u.", generation);
	pg_put_column(out, NULL, f);
}

/* Selects the keys of r below the ancestor, and locks these rows and those between, so that none
 * begins to refer to them. */
static void put_keys_below(
	struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	unsigned generation = 0;

	buf_str(out, STR("SELECT "));
	put_generation(out, generation, pg_key_field(r));
	pg_put_from(out, r);
	buf_str(out, STR(" AS g0"));
	for (; r->parent != ancestor; r = r->parent, generation++) {
		buf_str(out, STR(" JOIN "));
		pg_sql_name(out, r->parent->table);
		buf_printf(out, " AS g%u ON ", generation + 1);
		put_generation(out, generation + 1, pg_key_field(r->parent));
		buf_str(out, STR(" = "));
		put_generation(out, generation, parent_field(r));
	}
	buf_str(out, STR(" WHERE "));
	put_generation(out, generation, parent_field(r));
	buf_str(out, STR(" = "));
	pg_put_parameter(out, parent_field(r), 1);
	buf_str(out, STR(" FOR UPDATE"));
}

void pg_sql_delete_below(struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	put_delete_from(out, r);
	if (r->parent == ancestor) {
		put_where_is(out, parent_field(r));
	} else {
		buf_str(out, STR(" WHERE "));
		pg_put_column(out, NULL, parent_field(r));
		buf_str(out, STR(" IN ("));
		put_keys_below(out, r->parent, ancestor);
		buf_char(out, ')');
	}
	put_returning(out, pg_key_field(r));
	buf_str(out, STR(", "));
	pg_put_column(out, NULL, parent_field(r));
}

void pg_sql_delete_rows(struct buf *out, const struct resource *const *tables, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		buf_printf(out, "%s d%u AS (", i == 0 ? "WITH" : ",", i);
		put_delete_from(out, tables[i]);
		buf_str(out, STR(" WHERE "));
		pg_put_column(out, NULL, pg_key_field(tables[i]));
		buf_str(out, STR(" = "));
		pg_put_any(out, pg_key_field(tables[i]), i + 1);
		put_returning(out, pg_key_field(tables[i]));
		buf_char(out, ')');
	}
	buf_str(out, STR(" SELECT FROM d0 WHERE "));
	pg_put_column(out, NULL, pg_key_field(tables[0]));
	buf_str(out, STR(" = "));
	pg_put_parameter(out, pg_key_field(tables[0]), count + 1);
}
