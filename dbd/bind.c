#include "bind.h"

#include "datetime.h"
#include "utf8.h"

static int bind_integer(sqlite3_stmt *statement, int parameter, struct value v)
{
	return sqlite3_bind_int64(statement, parameter, v.integer);
}

static int bind_text(sqlite3_stmt *statement, int parameter, struct value v)
{
	/* A NULL pointer would bind NULL. */
	return sqlite3_bind_text64(statement, parameter, v.text.len ? v.text.ptr : "", v.text.len,
		SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_datetime(sqlite3_stmt *statement, int parameter, struct value v)
{
	char text[DATETIME_LENGTH + 1];

	datetime_format(v.integer, text);
	return sqlite3_bind_text(statement, parameter, text, DATETIME_LENGTH, SQLITE_TRANSIENT);
}

/*
 * Columns are read by sqlite3_value_*: sqlite3_column_* look at the statement anew each time. That
 * is allowed where no connection is shared among threads (SQLITE_CONFIG_MULTITHREAD).
 */

/* False when SQLite had no memory for it. */
static bool column_text(sqlite3_value *column, struct str *text)
{
	const void *bytes = sqlite3_value_text(column);

	*text = (struct str){ bytes, (size_t)sqlite3_value_bytes(column) };
	return bytes != NULL;
}

static bool read_integer(sqlite3_value *column, struct value *v)
{
	if (sqlite3_value_type(column) != SQLITE_INTEGER)
		return false;
	*v = value_int(sqlite3_value_int64(column));
	return true;
}

/* A column of text affinity holds texts, blobs and NULLs. A blob is taken for the text that it may
 * be, as the reference does. */
static bool read_text(sqlite3_value *column, struct value *v)
{
	struct str text;

	if (sqlite3_value_type(column) == SQLITE_NULL || !column_text(column, &text) ||
		!utf8_valid(text, UTF8_STRICT))
		return false;
	*v = value_text(text);
	return true;
}

static bool read_datetime(sqlite3_value *column, struct value *v)
{
	struct str text;
	int64_t microseconds;

	if (sqlite3_value_type(column) != SQLITE_TEXT || !column_text(column, &text) ||
		!datetime_parse(text, &microseconds))
		return false;
	*v = value_int(microseconds);
	return true;
}

static const struct {
	int (*bind)(sqlite3_stmt *statement, int parameter, struct value v);
	bool (*read)(sqlite3_value *column, struct value *v);
} types[] = {
	[FIELD_INT] = { bind_integer, read_integer },
	[FIELD_STR] = { bind_text, read_text },
	[FIELD_EMAIL] = { bind_text, read_text },
	[FIELD_DATETIME] = { bind_datetime, read_datetime },
};
_Static_assert(NITEMS(types) == FIELD_TYPE__COUNT, "a type has no binding");

int bind_key(sqlite3_stmt *statement, int64_t key)
{
	return sqlite3_bind_int64(statement, 1, key);
}

int bind_page(sqlite3_stmt *statement, int64_t after, uint32_t limit)
{
	int rc = bind_key(statement, after);

	return rc == SQLITE_OK ? sqlite3_bind_int64(statement, 2, limit) : rc;
}

static int bind_field(sqlite3_stmt *statement, const struct record *record, unsigned field)
{
	int parameter = (int)field + 1;

	if (record->values[field].kind == VALUE_NULL)
		return sqlite3_bind_null(statement, parameter);
	return types[record->resource->fields[field].type].bind(
		statement, parameter, record->values[field]);
}

int bind_record(sqlite3_stmt *statement, const struct record *record)
{
	unsigned parameters = (unsigned)sqlite3_bind_parameter_count(statement);
	int rc = SQLITE_OK;

	for (unsigned i = 0; i < record->resource->nfields && i < parameters; i++)
		if (record_has(record, i) && rc == SQLITE_OK)
			rc = bind_field(statement, record, i);
	return rc;
}

unsigned bind_read_row(sqlite3_stmt *statement, const struct resource *r, struct record *row)
{
	row->resource = r;
	row->present = 0;
	for (unsigned i = 0; i < r->nfields; i++) {
		struct value v;
		if (!types[r->fields[i].type].read(sqlite3_column_value(statement, (int)i), &v))
			return i;
		record_set(row, i, v);
	}
	return r->nfields;
}
