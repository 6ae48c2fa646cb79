#include "pg_copy_target.h"

#include "pg_copy_session.h"
#include "pg_shape.h"
#include "pg_sql.h"
#include "pg_sql_parts.h"

#include <stdlib.h>

/* Tables. */

static void put_tables(struct buf *sql)
{
	for (unsigned i = 0; i < api_count_tables(api); i++) {
		buf_str(sql, i == 0 ? STR("") : STR(", "));
		pg_sql_name(sql, api_table(api, i)->table);
	}
}

static bool run(PGconn *conn, struct buf *sql, struct buf *error)
{
	PGresult *result = pg_copy_ask_buf(conn, sql, PGRES_COMMAND_OK, error);

	PQclear(result);
	return result != NULL;
}

static bool require_empty(PGconn *conn, const struct resource *table, struct buf *error)
{
	struct buf sql;

	buf_init(&sql, SIZE_MAX);
	buf_str(&sql, STR("SELECT 1"));
	pg_put_from(&sql, table);
	buf_str(&sql, STR(" LIMIT 1"));
	PGresult *rows = pg_copy_ask_buf(conn, &sql, PGRES_TUPLES_OK, error);
	bool empty = rows && PQntuples(rows) == 0;
	if (rows && !empty)
		buf_printf(error,
			"table %s of the target has rows; only a database whose tables have none "
			"can be copied to",
			table->table);
	PQclear(rows);
	return empty;
}

bool pg_copy_lock(PGconn *conn, struct buf *error)
{
	struct buf sql;

	buf_init(&sql, SIZE_MAX);
	buf_str(&sql, STR("LOCK TABLE "));
	put_tables(&sql);
	buf_str(&sql, STR(" IN SHARE ROW EXCLUSIVE MODE"));
	if (!run(conn, &sql, error))
		return false;
	for (unsigned i = 0; i < api_count_tables(api); i++)
		if (!require_empty(conn, api_table(api, i), error))
			return false;
	return true;
}

bool pg_copy_analyze(PGconn *conn, struct buf *error)
{
	struct buf sql;

	buf_init(&sql, SIZE_MAX);
	buf_str(&sql, STR("ANALYZE "));
	put_tables(&sql);
	return run(conn, &sql, error);
}

/* Foreign keys and indexes. Those of partitions belong to that of the whole table. */

/* Not an index of a constraint, nor one with a setting that pg_get_indexdef does not say. Foreign
 * keys are dropped first, and made last. */
static const char parts_question[] =
	"SELECT 'ALTER TABLE ' || k.conrelid::regclass || ' DROP CONSTRAINT ' ||"
	" quote_ident(k.conname), 'ALTER TABLE ' || k.conrelid::regclass || ' ADD CONSTRAINT ' ||"
	" quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), 1, k.oid"
	" FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid"
	" WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY ($1::oid[])"
	" AND k.confrelid = ANY ($1::oid[]) AND pg_has_role(c.relowner, 'USAGE')"
	" UNION ALL SELECT 'DROP INDEX ' || x.indexrelid::regclass,"
	" pg_get_indexdef(x.indexrelid), 2, x.indexrelid"
	" FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid"
	" WHERE x.indrelid = ANY ($1::oid[]) AND pg_has_role(c.relowner, 'USAGE')"
	" AND x.indisvalid AND NOT x.indisclustered AND NOT x.indisreplident"
	" AND c.relkind = 'i' AND NOT c.relispartition AND c.reltablespace = 0"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k"
	" WHERE k.conindid = x.indexrelid)"
	" ORDER BY 3, 4";

/* A row for each: the statement that drops it, and the one that makes it. */
static PGresult *find_parts(PGconn *conn, struct buf *error)
{
	struct pg_shape shape = { 0 };
	PGresult *rows = NULL;

	if (pg_shape_read(&shape, conn, api, error))
		rows = pg_shape_ask(conn, parts_question, pg_shape_oids(&shape), error);
	pg_shape_done(&shape);
	return rows;
}

bool pg_copy_drop_parts(PGconn *conn, struct pg_copy_parts *parts, struct buf *error)
{
	PGresult *rows = find_parts(conn, error);
	bool fine = rows != NULL;
	int count = fine ? PQntuples(rows) : 0;

	*parts = (struct pg_copy_parts){ .count = (unsigned)count };
	parts->made = arena_calloc(&parts->arena, (size_t)count + 1, sizeof(*parts->made));
	for (int i = 0; i < count; i++) {
		parts->made[i] = arena_copy(&parts->arena, str_from(PQgetvalue(rows, i, 1))).ptr;
		fine = fine && pg_copy_do(conn, PQgetvalue(rows, i, 0), error);
	}
	PQclear(rows);
	return fine;
}

void pg_copy_free_parts(struct pg_copy_parts *parts)
{
	arena_done(&parts->arena);
}

/* Rows that refer to an absent one. */
static void put_search(struct buf *sql, const struct resource *table, unsigned field)
{
	const struct field *f = &table->fields[field];

	buf_str(sql, STR("SELECT "));
	pg_put_column(sql, "a", pg_key_field(table));
	buf_str(sql, STR(", "));
	pg_put_column(sql, "a", f);
	pg_put_from(sql, table);
	buf_str(sql, STR(" AS a WHERE "));
	pg_put_column(sql, "a", f);
	buf_str(sql, STR(" IS NOT NULL AND NOT EXISTS (SELECT 1"));
	pg_put_from(sql, f->to);
	buf_str(sql, STR(" AS b WHERE "));
	pg_put_column(sql, "b", pg_key_field(f->to));
	buf_str(sql, STR(" = "));
	pg_put_column(sql, "a", f);
	buf_str(sql, STR(") LIMIT 1"));
}

/* True if there is one, which *error names. */
static bool find_stray(
	PGconn *conn, const struct resource *table, unsigned field, struct buf *error)
{
	const struct field *f = &table->fields[field];
	struct buf sql, ignored;

	buf_init(&sql, SIZE_MAX);
	buf_init(&ignored, SIZE_MAX);
	put_search(&sql, table, field);
	PGresult *rows = pg_copy_ask_buf(conn, &sql, PGRES_TUPLES_OK, &ignored);
	bool found = rows && PQntuples(rows) > 0;
	if (found)
		buf_printf(error, "table %s, row %s, column %s: there is no row %s in table %s",
			table->table, PQgetvalue(rows, 0, 0), f->name, PQgetvalue(rows, 0, 1),
			f->to->table);
	PQclear(rows);
	buf_done(&ignored);
	return found;
}

static bool find_any_stray(PGconn *conn, struct buf *error)
{
	for (unsigned i = 0; i < api_count_tables(api); i++) {
		const struct resource *table = api_table(api, i);
		for (unsigned j = 0; j < resource_columns(table); j++)
			if (table->fields[j].to && find_stray(conn, table, j, error))
				return true;
	}
	return false;
}

/* Says why a part cannot be made. */
static bool explain_part(PGconn *conn, const struct buf *reason, struct buf *error)
{
	if (!pg_copy_do(conn, "ROLLBACK TO SAVEPOINT before_part", error))
		return false;
	if (!find_any_stray(conn, error))
		buf_str(error, buf_view(reason));
	return false;
}

static bool make_part(PGconn *conn, const char *statement, struct buf *error)
{
	struct buf reason;

	if (!pg_copy_do(conn, "SAVEPOINT before_part", error))
		return false;
	buf_init(&reason, SIZE_MAX);
	bool made = pg_copy_do(conn, statement, &reason) || explain_part(conn, &reason, error);
	buf_done(&reason);
	return made && pg_copy_do(conn, "RELEASE SAVEPOINT before_part", error);
}

bool pg_copy_make_parts(PGconn *conn, const struct pg_copy_parts *parts, struct buf *error)
{
	for (unsigned i = parts->count; i-- > 0;)
		if (!make_part(conn, parts->made[i], error))
			return false;
	return true;
}

/* Sequences. */

/* pg_get_serial_sequence takes the table as in SQL, and the column's bare name. Names have no
 * quotes. */
static void put_sequence(struct buf *sql, const struct resource *table)
{
	const struct field *key = pg_key_field(table);

	buf_str(sql, STR("SELECT setval(pg_get_serial_sequence('"));
	pg_sql_name(sql, table->table);
	buf_printf(sql, "', '%s'), max(", key->name);
	pg_sql_name(sql, key->name);
	buf_str(sql, STR("))"));
	pg_put_from(sql, table);
	buf_str(sql, STR(" HAVING max("));
	pg_sql_name(sql, key->name);
	buf_str(sql, STR(") > 0"));
}

static bool set_sequence(PGconn *conn, const struct resource *table, struct buf *error)
{
	const char *key = pg_key_field(table)->name;
	struct buf sql;

	buf_init(&sql, SIZE_MAX);
	put_sequence(&sql, table);
	PGresult *rows = pg_copy_ask_buf(conn, &sql, PGRES_TUPLES_OK, error);
	bool has_none = rows && PQntuples(rows) > 0 && PQgetisnull(rows, 0, 0);
	if (has_none)
		buf_printf(error,
			"table %s, column %s: no sequence belongs to it; the remedy may be: ALTER "
			"SEQUENCE its_sequence OWNED BY %s.%s",
			table->table, key, table->table, key);
	PQclear(rows);
	return rows && !has_none;
}

bool pg_copy_set_sequences(PGconn *conn, struct buf *error)
{
	for (unsigned i = 0; i < api->nresources; i++)
		if (!resource_has_uuids(api->resources[i]) &&
			!set_sequence(conn, api->resources[i], error))
			return false;
	return true;
}
