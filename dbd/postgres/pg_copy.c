#include "pg_copy.h"

#include "log.h"
#include "pg_connect.h"
#include "pg_copy_session.h"
#include "pg_copy_target.h"
#include "pg_copy_text.h"
#include "pg_schema.h"
#include "pg_sql.h"
#include "pg_sql_parts.h"
#include "pg_value.h"
#include "utf8.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

enum { CHUNK = 64 * 1024 /* bytes that are handed to libpq at once */ };

struct copy {
	struct transfer_end end; /* first */
	PGconn *conn;
	bool is_target;
	const struct resource *table;
	char *line;         /* the row that was read last, of libpq */
	struct arena arena; /* of one row */
	struct buf out;     /* rows to be sent */
	struct pg_copy_parts parts;
};

_Static_assert(offsetof(struct copy, end) == 0, "the end is not the first member");

static struct copy *copy_of(struct transfer_end *end)
{
	return (struct copy *)end;
}

static bool fail(const struct copy *copy, const PGresult *result)
{
	buf_printf(copy->end.error, "table %s: ", copy->table->table);
	pg_copy_explain(copy->conn, result, copy->end.error);
	return false;
}

/* Opening. */

static void close_copy(struct transfer_end *end)
{
	struct copy *copy = copy_of(end);

	PQfreemem(copy->line);
	PQfinish(copy->conn);
	buf_done(&copy->out);
	arena_done(&copy->arena);
	pg_copy_free_parts(&copy->parts);
	free(copy);
}

/* NULL: *error has one line. */
static struct copy *connect_to(const struct database_url *url, struct buf *error)
{
	char state[PG_STATE_SIZE];

	buf_str(error, STR("PostgreSQL at "));
	database_url_describe(url, error);
	buf_str(error, STR(" cannot be used: "));
	/* libpq sends it at the start of the session. */
	setenv("PGDATESTYLE", "ISO", 1);
	PGconn *conn = pg_connect(url, error, state);
	if (!conn)
		return NULL;
	struct copy *copy = calloc(1, sizeof(*copy));
	if (!copy)
		log_die("out of memory for a copy");
	copy->end = (struct transfer_end){ &pg_copy, error };
	copy->conn = conn;
	buf_init(&copy->out, SIZE_MAX);
	return copy;
}

/* For this transaction: moments with a zone are in UTC, and one end may wait long for the other. */
static bool begin(PGconn *conn, const char *how, struct buf *error)
{
	return pg_copy_do(conn, how, error) &&
	       pg_copy_do(conn,
		       "SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 3;"
		       " SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0;"
		       " SET LOCAL idle_in_transaction_session_timeout = 0",
		       error);
}

static struct transfer_end *end_of(struct copy *copy, bool fine)
{
	if (fine)
		return &copy->end;
	close_copy(&copy->end);
	return NULL;
}

static bool begin_source(struct copy *copy, struct buf *error)
{
	if (!pg_schema_check(copy->conn, api, error))
		return false;
	buf_truncate(error, 0);
	return begin(copy->conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error);
}

static struct transfer_end *open_source(const struct database_url *url, struct buf *error)
{
	struct copy *copy = connect_to(url, error);

	return copy ? end_of(copy, begin_source(copy, error)) : NULL;
}

static bool begin_target(struct copy *copy, struct buf *error)
{
	bool has_log;

	copy->is_target = true;
	if (!pg_schema_ensure(copy->conn, api, &has_log, error))
		return false;
	buf_truncate(error, 0);
	return begin(copy->conn, "BEGIN", error) && pg_copy_lock(copy->conn, error) &&
	       pg_copy_drop_parts(copy->conn, &copy->parts, error);
}

static struct transfer_end *open_target(const struct database_url *url, struct buf *error)
{
	struct copy *copy = connect_to(url, error);

	return copy ? end_of(copy, begin_target(copy, error)) : NULL;
}

/* COPY. */

static bool start(struct copy *copy, struct buf *sql, ExecStatusType wanted)
{
	size_t before = buf_len(copy->end.error);

	buf_printf(copy->end.error, "table %s: ", copy->table->table);
	PGresult *result = pg_copy_ask_buf(copy->conn, sql, wanted, copy->end.error);
	if (result)
		buf_truncate(copy->end.error, before);
	PQclear(result);
	return result != NULL;
}

/* Keys that are counted in their order, in which another database adds them at the least cost. */
static bool begin_rows(struct transfer_end *end, const struct resource *table)
{
	struct copy *copy = copy_of(end);
	struct buf sql;

	copy->table = table;
	buf_init(&sql, SIZE_MAX);
	buf_str(&sql, STR("COPY (SELECT "));
	pg_put_columns(&sql, NULL, table, record_all(table));
	pg_put_from(&sql, table);
	if (!copy->is_target && !resource_has_uuids(table)) {
		buf_str(&sql, STR(" ORDER BY "));
		pg_put_column(&sql, NULL, pg_key_field(table));
	}
	buf_str(&sql, STR(") TO STDOUT"));
	return start(copy, &sql, PGRES_COPY_OUT);
}

/* The first field whose value is not of its type. */
static unsigned read_values(struct copy *copy, const struct str values[], struct record *row)
{
	unsigned i = 0;

	row->resource = copy->table;
	row->present = record_all(copy->table);
	while (i < resource_columns(copy->table) &&
		pg_value_read(&copy->arena, &copy->table->fields[i], values[i], &row->values[i]))
		i++;
	return i;
}

static bool next_row(struct transfer_end *end, struct record *row, unsigned *field, bool *there)
{
	struct copy *copy = copy_of(end);
	struct str values[RESOURCE_MAX_FIELDS];

	PQfreemem(copy->line);
	copy->line = NULL;
	int length = PQgetCopyData(copy->conn, &copy->line, 0);
	*there = length > 0;
	if (length <= 0)
		return (length == -1 && pg_copy_finish(copy->conn, end->error)) ||
		       (length != -1 && fail(copy, NULL));
	if (copy->arena.blocks)
		arena_reset(&copy->arena);
	if (!pg_copy_split(copy->line, (size_t)length, values, resource_columns(copy->table))) {
		buf_printf(end->error, "table %s: a row has other columns than were asked for",
			copy->table->table);
		return false;
	}
	*field = read_values(copy, values, row);
	return true;
}

static bool begin_table(struct transfer_end *end, const struct resource *table)
{
	struct copy *copy = copy_of(end);
	struct buf sql;

	copy->table = table;
	buf_init(&sql, SIZE_MAX);
	buf_str(&sql, STR("COPY "));
	pg_sql_name(&sql, table->table);
	buf_str(&sql, STR(" ("));
	pg_put_columns(&sql, NULL, table, record_all(table));
	buf_str(&sql, STR(") FROM STDIN"));
	return start(copy, &sql, PGRES_COPY_IN);
}

static bool send_rows(struct copy *copy)
{
	struct str rows = buf_view(&copy->out);

	if (copy->out.failed)
		log_die("out of memory for rows");
	if (rows.len > 0 && PQputCopyData(copy->conn, rows.ptr, (int)rows.len) != 1)
		return fail(copy, NULL);
	buf_reset(&copy->out, 2 * (size_t)CHUNK);
	return true;
}

static bool put_row(struct transfer_end *end, const struct record *row)
{
	struct copy *copy = copy_of(end);
	unsigned count = resource_columns(row->resource);

	if (copy->arena.blocks)
		arena_reset(&copy->arena);
	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			pg_copy_put_next(&copy->out);
		pg_copy_put(&copy->out,
			pg_value_text(&copy->arena, &row->resource->fields[i], &row->values[i]));
	}
	pg_copy_put_end(&copy->out);
	return buf_len(&copy->out) < CHUNK || send_rows(copy);
}

static bool end_table(struct transfer_end *end)
{
	struct copy *copy = copy_of(end);

	if (!send_rows(copy))
		return false;
	if (PQputCopyEnd(copy->conn, NULL) != 1)
		return fail(copy, NULL);
	return pg_copy_finish(copy->conn, end->error);
}

/* What does not fit. */

/* Of a key of another row: pg_value_fits is about those that are searched. */
static bool is_long_integer(const struct value *v)
{
	return v->kind == VALUE_INT && (v->integer < INT32_MIN || v->integer > INT32_MAX);
}

/* Of columns with a length, which SQLite does not keep. */
static bool is_long_text(const struct field *f, const struct value *v)
{
	bool has_length = f->type == FIELD_STR || f->type == FIELD_EMAIL || f->type == FIELD_URL;
	size_t count;

	return has_length && v->text.len > f->len.max && utf8_count(v->text, &count) &&
	       count > f->len.max;
}

/* Of a value that pg_value_fits refuses. */
static const char *misfit_of_type(struct arena *arena, const struct field *f, const struct value *v)
{
	switch (f->type) {
	case FIELD_INT:
		return arena_printf(
			arena, "%" PRId64 " is beyond the 32 bits of the column", v->integer)
			.ptr;
	case FIELD_DECIMAL:
		return arena_printf(
			arena, "%.*s has more digits than the column", STR_ARGS(v->text))
			.ptr;
	default:
		return "it has a NUL, which PostgreSQL cannot store";
	}
}

static const char *misfit(struct arena *arena, const struct field *f, const struct value *v)
{
	if (is_long_text(f, v))
		return arena_printf(
			arena, "it has more than the column's %u characters", f->len.max)
			.ptr;
	if (!pg_value_fits(f, v) || (f->type == FIELD_INT && is_long_integer(v)))
		return misfit_of_type(arena, f, v);
	return NULL;
}

/* The end. */

/* If the reply is lost, nobody knows. */
static bool commit_transaction(struct copy *copy)
{
	PGresult *result = PQexec(copy->conn, "COMMIT");
	bool done = strcmp(PQcmdStatus(result), "COMMIT") == 0;

	if (!done) {
		pg_copy_explain(copy->conn, result, copy->end.error);
		if (PQstatus(copy->conn) != CONNECTION_OK)
			buf_str(copy->end.error,
				STR("; whether the rows were copied is unknown: see whether the "
				    "target has them"));
	}
	PQclear(result);
	return done;
}

static bool commit(struct transfer_end *end)
{
	struct copy *copy = copy_of(end);

	return pg_copy_make_parts(copy->conn, &copy->parts, end->error) &&
	       pg_copy_analyze(copy->conn, end->error) &&
	       pg_copy_set_sequences(copy->conn, end->error) && commit_transaction(copy);
}

const struct transfer_ops pg_copy = {
	.open_source = open_source,
	.open_target = open_target,
	.close = close_copy,
	.begin_rows = begin_rows,
	.next_row = next_row,
	.misfit = misfit,
	.begin_table = begin_table,
	.put_row = put_row,
	.end_table = end_table,
	.commit = commit,
};
