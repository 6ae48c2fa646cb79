#include "sqlite_transfer.h"

#include "bind.h"
#include "decimal_column.h"
#include "file_lock.h"
#include "log.h"
#include "schema.h"
#include "sql.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_state.h"
#include "transfer_digest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

struct file {
	struct transfer_end end; /* first */
	int lock;                /* closed after the store: see file_lock.h */
	struct store *store;     /* NULL: not open */
	sqlite3_stmt *rows;      /* being read or written; NULL: none */
	const struct resource *table;
	struct arena converted; /* of the row that was read last */
};

_Static_assert(offsetof(struct file, end) == 0, "the end is not the first member");

static struct file *file_of(struct transfer_end *end)
{
	return (struct file *)end;
}

/* Failures. */

static bool fail(const struct file *file, const struct resource *table)
{
	buf_printf(file->end.error, "%s%s: %s", table ? "table " : "the database",
		table ? table->table : "", store_error(file->store));
	return false;
}

static bool execute(const struct file *file, const char *sql)
{
	return sqlite3_exec(file->store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       fail(file, NULL);
}

/* Statements. */

static void put_columns(struct buf *sql, const struct resource *table)
{
	for (unsigned i = 0; i < resource_columns(table); i++) {
		buf_str(sql, i == 0 ? STR("") : STR(", "));
		sql_name(sql, table->fields[i].name);
	}
}

static void put_parameters(struct buf *sql, const struct resource *table)
{
	for (unsigned i = 0; i < resource_columns(table); i++)
		buf_printf(sql, "%s?%u", i == 0 ? "" : ", ", i + 1);
}

/* In the order in which they were added, whatever indexes there are. */
static void put_select(struct buf *sql, const struct resource *table)
{
	buf_str(sql, STR("SELECT "));
	put_columns(sql, table);
	buf_str(sql, STR(" FROM "));
	sql_name(sql, table->table);
	buf_str(sql, STR(" NOT INDEXED"));
}

static void put_insert(struct buf *sql, const struct resource *table)
{
	buf_str(sql, STR("INSERT INTO "));
	sql_name(sql, table->table);
	buf_str(sql, STR(" ("));
	put_columns(sql, table);
	buf_str(sql, STR(") VALUES ("));
	put_parameters(sql, table);
	buf_char(sql, ')');
}

static bool prepare(struct file *file, const struct resource *table,
	void (*put)(struct buf *sql, const struct resource *table))
{
	struct buf sql;

	buf_init(&sql, SIZE_MAX);
	put(&sql, table);
	struct str text = buf_view(&sql);
	int rc = sql.failed ? SQLITE_NOMEM
			    : sqlite3_prepare_v2(
				      file->store->db, text.ptr, (int)text.len, &file->rows, NULL);
	buf_done(&sql);
	file->table = table;
	return rc == SQLITE_OK || fail(file, table);
}

static void finalize(struct file *file)
{
	sqlite3_finalize(file->rows);
	file->rows = NULL;
}

/* Opening. */

static void close_file(struct transfer_end *end)
{
	struct file *file = file_of(end);

	if (file->store) {
		finalize(file);
		store_close(file->store);
	}
	file_lock_close(file->lock);
	arena_done(&file->converted);
	free(file);
}

static bool check_path(const struct database_url *url, struct buf *error)
{
	if (url->memory)
		buf_str(error, STR("a database in memory cannot be copied"));
	return !url->memory;
}

/* Locked, but not open. NULL: *error has one line. */
static struct file *lock(const struct database_url *url, struct buf *error)
{
	if (!check_path(url, error) || !sqlite_engine.start(error))
		return NULL;
	struct file *file = calloc(1, sizeof(*file));
	if (!file)
		log_die("out of memory for a copy");
	file->end = (struct transfer_end){ &sqlite_transfer, error };
	file->lock = file_lock_take(url->path, 0, error);
	if (file->lock >= 0)
		return file;
	close_file(&file->end);
	return NULL;
}

static struct transfer_end *end_of(struct file *file, bool fine)
{
	if (fine)
		return &file->end;
	close_file(&file->end);
	return NULL;
}

/* As the one who has the file, it moves the log into it, if it was not closed. */
static bool begin_source(struct file *file, const char *path, struct buf *error)
{
	buf_truncate(error, 0);
	file->store = store_open_to_migrate(path, error);
	if (!file->store || !schema_check(file->store->db, api, error))
		return false;
	buf_truncate(error, 0);
	return execute(file, "BEGIN");
}

static struct transfer_end *open_source(const struct database_url *url, struct buf *error)
{
	if (!url->memory && access(url->path, F_OK) < 0) {
		buf_printf(error, "cannot use the database %s: %s", url->path, strerror(errno));
		return NULL;
	}
	struct file *file = lock(url, error);
	return file ? end_of(file, begin_source(file, url->path, error)) : NULL;
}

static bool require_empty(struct file *file, const struct resource *table)
{
	if (!prepare(file, table, put_select))
		return false;
	int rc = sqlite3_step(file->rows);
	finalize(file);
	if (rc == SQLITE_DONE)
		return true;
	if (rc != SQLITE_ROW)
		return fail(file, table);
	buf_printf(file->end.error,
		"table %s of the target has rows; only a database whose tables have none can be "
		"copied to",
		table->table);
	return false;
}

static bool begin_target(struct file *file, const char *path, struct buf *error)
{
	buf_truncate(error, 0);
	file->store = store_open_writer(path, error);
	if (!file->store)
		return false;
	buf_truncate(error, 0);
	if (!execute(file, "BEGIN IMMEDIATE"))
		return false;
	for (unsigned i = 0; i < api_count_tables(api); i++)
		if (!require_empty(file, api_table(api, i)))
			return false;
	return true;
}

static struct transfer_end *open_target(const struct database_url *url, struct buf *error)
{
	struct file *file = lock(url, error);

	return file ? end_of(file, begin_target(file, url->path, error)) : NULL;
}

/* Reading. */

static bool begin_rows(struct transfer_end *end, const struct resource *table)
{
	return prepare(file_of(end), table, put_select);
}

static bool next_row(struct transfer_end *end, struct record *row, unsigned *field, bool *there)
{
	struct file *file = file_of(end);
	int rc = sqlite3_step(file->rows);

	*there = rc == SQLITE_ROW;
	if (!*there) {
		if (rc != SQLITE_DONE)
			return fail(file, file->table);
		finalize(file);
		return true;
	}
	if (file->converted.blocks)
		arena_reset(&file->converted);
	*field = bind_read_row(file->rows, file->table, &file->converted, row);
	return *field == resource_columns(file->table) || !bind_lacked_memory(file->rows) ||
	       fail(file, file->table);
}

/* Writing. */

static const char *misfit_number(const struct value *v)
{
	return isnan(v->number) ? "it is NaN, which SQLite cannot store" : NULL;
}

static const char *misfit_decimal(struct arena *arena, const struct field *f, const struct value *v)
{
	struct str read = STR("infinite");
	double number;

	if (decimal_column_store(v->text, &number) &&
		decimal_column_read(arena, f, number, &read) &&
		str_equal(transfer_plain_decimal(arena, read),
			transfer_plain_decimal(arena, v->text)))
		return NULL;
	return arena_printf(arena, "it is %.*s, which SQLite, as a double, would make %.*s",
		STR_ARGS(v->text), STR_ARGS(read))
		.ptr;
}

static const char *misfit(struct arena *arena, const struct field *f, const struct value *v)
{
	switch (f->type) {
	case FIELD_NUMBER:
		return misfit_number(v);
	case FIELD_DECIMAL:
		return misfit_decimal(arena, f, v);
	default:
		return NULL;
	}
}

static bool begin_table(struct transfer_end *end, const struct resource *table)
{
	return prepare(file_of(end), table, put_insert);
}

static bool put_row(struct transfer_end *end, const struct record *row)
{
	struct file *file = file_of(end);
	int rc = bind_record(file->rows, row);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(file->rows);
	sqlite3_reset(file->rows);
	if (rc == SQLITE_DONE)
		return true;
	transfer_name(file->end.error, row, resource_columns(row->resource));
	buf_str(file->end.error, str_from(store_error(file->store)));
	return false;
}

static bool end_table(struct transfer_end *end)
{
	finalize(file_of(end));
	return true;
}

static bool commit(struct transfer_end *end)
{
	return execute(file_of(end), "COMMIT");
}

const struct transfer_ops sqlite_transfer = {
	.open_source = open_source,
	.open_target = open_target,
	.close = close_file,
	.begin_rows = begin_rows,
	.next_row = next_row,
	.misfit = misfit,
	.begin_table = begin_table,
	.put_row = put_row,
	.end_table = end_table,
	.commit = commit,
};
