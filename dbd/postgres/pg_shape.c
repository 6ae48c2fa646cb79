#include "pg_shape.h"

#include "pg_sql.h"

#include <stdlib.h>

static void explain(struct buf *error, const PGconn *conn, const PGresult *result)
{
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	for (const char *c = message ? message : PQerrorMessage(conn); *c; c++)
		buf_char(error, *c == '\n' ? ' ' : *c);
}

PGresult *pg_shape_ask(
	PGconn *conn, const char *statement, const char *parameter, struct buf *error)
{
	PGresult *result =
		PQexecParams(conn, statement, parameter ? 1 : 0, NULL, &parameter, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return result;
	explain(error, conn, result);
	PQclear(result);
	return NULL;
}

/* Arrays. */

/* Names have neither quotes nor backslashes. */
static void add_name(struct buf *array, const char *name)
{
	buf_printf(array, "%s\"%s\"", buf_len(array) == 0 ? "{" : ",", name);
}

static const char *end_array(struct pg_shape *s, struct buf *array)
{
	buf_str(array, buf_len(array) == 0 ? STR("{}") : STR("}"));
	const char *text = arena_copy(&s->arena, buf_view(array)).ptr;
	buf_done(array);
	return text;
}

static const char *table_names(struct pg_shape *s)
{
	struct buf array;

	buf_init(&array, SIZE_MAX);
	for (unsigned i = 0; i < api_count_tables(s->declared); i++)
		add_name(&array, s->tables[i].resource->table);
	return end_array(s, &array);
}

/* By table: 0 is the oid of none. */
const char *pg_shape_oids(struct pg_shape *s)
{
	struct buf array;

	buf_init(&array, SIZE_MAX);
	for (unsigned i = 0; i < api_count_tables(s->declared); i++)
		buf_printf(&array, "%s%s", i == 0 ? "{" : ",", s->tables[i].oid);
	return end_array(s, &array);
}

/* Rows of results. The first column is the number of a table, from 1 on, or of something else. */

static const char *text(struct pg_shape *s, const PGresult *rows, int row, int column)
{
	return arena_copy(&s->arena, str_from(PQgetvalue(rows, row, column))).ptr;
}

static bool flag(const PGresult *rows, int row, int column)
{
	return *PQgetvalue(rows, row, column) == 't';
}

static unsigned number(const PGresult *rows, int row)
{
	return (unsigned)strtoul(PQgetvalue(rows, row, 0), NULL, 10) - 1;
}

static struct pg_table *table_of(struct pg_shape *s, const PGresult *rows, int row)
{
	return &s->tables[number(rows, row)];
}

/* NULL: not declared. */
static struct pg_column *column_named(struct pg_table *t, const char *name)
{
	for (unsigned i = 0; i < resource_columns(t->resource); i++)
		if (strcmp(t->resource->fields[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

/* Calls `take` with each row of the answer to a question about an array. */
static bool ask(struct pg_shape *s, const char *question, const char *array,
	void (*take)(struct pg_shape *s, const PGresult *rows, int row))
{
	PGresult *rows = pg_shape_ask(s->conn, question, array, s->error);

	if (!rows)
		return false;
	for (int i = 0; i < PQntuples(rows); i++)
		take(s, rows, i);
	PQclear(rows);
	return true;
}

/* Tables. */

static const char tables_question[] =
	"SELECT n.i, c.oid, c.relkind FROM unnest($1::text[]) WITH ORDINALITY AS n (name, i)"
	" JOIN pg_catalog.pg_class AS c ON c.oid = to_regclass(quote_ident(n.name))";

static void take_table(struct pg_shape *s, const PGresult *rows, int row)
{
	struct pg_table *t = table_of(s, rows, row);

	t->oid = text(s, rows, row, 1);
	t->kind = *PQgetvalue(rows, row, 2);
}

/* Columns. */

static const char columns_question[] =
	"SELECT t.i, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,"
	" a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', y.typtype = 'e'"
	" FROM unnest($1::oid[]) WITH ORDINALITY AS t (oid, i)"
	" JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0"
	" AND NOT a.attisdropped JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid"
	" ORDER BY t.i, a.attnum";

static void take_column(struct pg_shape *s, const PGresult *rows, int row)
{
	struct pg_table *t = table_of(s, rows, row);
	struct pg_column column = {
		.found = true,
		.name = text(s, rows, row, 1),
		.type = text(s, rows, row, 2),
		.not_null = flag(rows, row, 3),
		.has_default = flag(rows, row, 4),
		.generated = flag(rows, row, 5),
		.is_enum = flag(rows, row, 6),
	};
	struct pg_column *declared = column_named(t, column.name);

	if (declared) {
		column.labels = declared->labels;
		*declared = column;
	} else if (!t->undeclared.found && column.not_null && !column.has_default) {
		t->undeclared = column;
	}
}

/* Indexes that are valid, of all rows, and whose first part is a column. */
static const char indexes_question[] =
	"SELECT t.i, a.attname, x.indisunique AND x.indnkeyatts = 1"
	" FROM unnest($1::oid[]) WITH ORDINALITY AS t (oid, i)"
	" JOIN pg_catalog.pg_index AS x ON x.indrelid = t.oid AND x.indisvalid AND x.indimmediate"
	" AND x.indpred IS NULL JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid"
	" AND a.attnum = x.indkey[0]";

static void take_index(struct pg_shape *s, const PGresult *rows, int row)
{
	struct pg_column *column = column_named(table_of(s, rows, row), PQgetvalue(rows, row, 1));

	if (!column)
		return;
	column->first = true;
	column->unique |= flag(rows, row, 2);
}

/* Enums. */

static void note_label(struct pg_column *column, const struct field *f, const char *label)
{
	for (unsigned i = 0; i < f->choices->count; i++)
		if (str_equal(f->choices->list[i].name, str_from(label)))
			column->labels[i] = true;
}

static const char labels_question[] =
	"SELECT t.i, a.attname, e.enumlabel FROM unnest($1::oid[]) WITH ORDINALITY AS t (oid, i)"
	" JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0"
	" JOIN pg_catalog.pg_enum AS e ON e.enumtypid = a.atttypid";

static void take_label(struct pg_shape *s, const PGresult *rows, int row)
{
	struct pg_table *t = table_of(s, rows, row);
	struct pg_column *column = column_named(t, PQgetvalue(rows, row, 1));

	if (column && column->labels)
		note_label(column, &t->resource->fields[column - t->columns],
			PQgetvalue(rows, row, 2));
}

/* The types of columns that are not there yet, and their labels. */

static const char types_question[] = "SELECT n.i, y.typtype = 'e', e.enumlabel"
				     " FROM unnest($1::text[]) WITH ORDINALITY AS n (name, i)"
				     " JOIN pg_catalog.pg_type AS y ON y.oid = to_regtype(n.name)"
				     " LEFT JOIN pg_catalog.pg_enum AS e ON e.enumtypid = y.oid";

static bool needs_type(const struct pg_table *t, unsigned field)
{
	return t->resource->fields[field].type == FIELD_ENUM && !t->columns[field].found;
}

static void add_type(struct buf *array, const struct field *f)
{
	struct buf type;

	/* The quotes of the type's own. */
	buf_init(&type, SIZE_MAX);
	buf_str(array, buf_len(array) == 0 ? STR("{\"") : STR(",\""));
	pg_sql_column_type(&type, f);
	for (size_t i = 0; i < buf_len(&type); i++) {
		if (buf_view(&type).ptr[i] == '"')
			buf_char(array, '\\');
		buf_char(array, buf_view(&type).ptr[i]);
	}
	buf_char(array, '"');
	buf_done(&type);
}

static const char *needed_types(struct pg_shape *s)
{
	struct buf array;

	buf_init(&array, SIZE_MAX);
	for (unsigned i = 0; i < api_count_tables(s->declared); i++)
		for (unsigned j = 0; j < resource_columns(s->tables[i].resource); j++)
			if (needs_type(&s->tables[i], j))
				add_type(&array, &s->tables[i].resource->fields[j]);
	return end_array(s, &array);
}

/* The column with this number among those that need a type. */
static struct pg_column *column_numbered(struct pg_shape *s, unsigned n, const struct field **field)
{
	for (unsigned i = 0; i < api_count_tables(s->declared); i++) {
		struct pg_table *t = &s->tables[i];
		for (unsigned j = 0; j < resource_columns(t->resource); j++) {
			*field = &t->resource->fields[j];
			if (needs_type(t, j) && n-- == 0)
				return &t->columns[j];
		}
	}
	return NULL;
}

static void take_type(struct pg_shape *s, const PGresult *rows, int row)
{
	const struct field *f;
	struct pg_column *column = column_numbered(s, number(rows, row), &f);

	if (!column)
		return;
	column->type_found = true;
	column->is_enum = flag(rows, row, 1);
	note_label(column, f, PQgetvalue(rows, row, 2));
}

/* The whole. */

static struct pg_column *make_columns(struct pg_shape *s, const struct resource *r)
{
	struct pg_column *columns = arena_calloc(&s->arena, resource_columns(r), sizeof(*columns));

	for (unsigned i = 0; i < resource_columns(r); i++)
		if (r->fields[i].type == FIELD_ENUM)
			columns[i].labels =
				arena_calloc(&s->arena, r->fields[i].choices->count, sizeof(bool));
	return columns;
}

bool pg_shape_read(struct pg_shape *s, PGconn *conn, const struct api *declared, struct buf *error)
{
	unsigned count = api_count_tables(declared);

	*s = (struct pg_shape){ .conn = conn, .declared = declared, .error = error };
	s->tables = arena_calloc(&s->arena, count, sizeof(*s->tables));
	for (unsigned i = 0; i < count; i++) {
		const struct resource *r = api_table(declared, i);
		s->tables[i] = (struct pg_table){
			.resource = r, .oid = "0", .columns = make_columns(s, r)
		};
	}
	if (!ask(s, tables_question, table_names(s), take_table))
		return false;
	const char *oids = pg_shape_oids(s);
	return ask(s, columns_question, oids, take_column) &&
	       ask(s, indexes_question, oids, take_index) &&
	       ask(s, labels_question, oids, take_label) &&
	       ask(s, types_question, needed_types(s), take_type);
}

void pg_shape_done(struct pg_shape *s)
{
	arena_done(&s->arena);
	s->tables = NULL;
}
