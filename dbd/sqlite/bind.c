#include "bind.h"

#include "datetime.h"
#include "table.h"
#include "utf8.h"

static int bind_integer(sqlite3_stmt *statement, int parameter, struct value v)
{
	return sqlite3_bind_int64(statement, parameter, v.integer);
}

static int bind_text(sqlite3_stmt *statement, int parameter, struct value v)
{
	/* With a NULL pointer SQLite would bind NULL. */
	return sqlite3_bind_text64(statement, parameter, v.text.len ? v.text.ptr : "", v.text.len,
		SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_datetime(sqlite3_stmt *statement, int parameter, struct value v)
{
	char text[DATETIME_LENGTH + 1];

	/* SQLAlchemy, too, writes a moment with a zone without the zone. */
	datetime_format(v.integer, text);
	return sqlite3_bind_text(statement, parameter, text, DATETIME_LENGTH, SQLITE_TRANSIENT);
}

/*
 * Columns are read by sqlite3_value_*, which is faster than sqlite3_column_*, as those look the
 * column up in each call. It is allowed since threads share no connection
 * (SQLITE_CONFIG_MULTITHREAD).
 */

/* False if the value is NULL, or if SQLite is out of memory. */
static bool column_text(sqlite3_value *column, struct str *text)
{
	const void *bytes = sqlite3_value_text(column);

	*text = (struct str){ bytes, (size_t)sqlite3_value_bytes(column) };
	return bytes != NULL;
}

static bool read_integer(sqlite3_value *column, struct value *v)
{
	v->kind = VALUE_INT;
	v->integer = sqlite3_value_int64(column);
	return sqlite3_value_type(column) == SQLITE_INTEGER;
}

/* A column of TEXT affinity holds texts, blobs and NULLs. A blob is read as text, as the reference
 * does. */
static bool read_text(sqlite3_value *column, struct value *v)
{
	v->kind = VALUE_STR;
	return column_text(column, &v->text) && utf8_valid(v->text, UTF8_STRICT);
}

static bool read_datetime(sqlite3_value *column, struct value *v)
{
	struct str text;

	v->kind = VALUE_INT;
	if (sqlite3_value_type(column) != SQLITE_TEXT || !column_text(column, &text))
		return false;
	enum datetime_kind kind = datetime_parse(text, &v->integer, &v->offset);
	if (kind == DATETIME_ZONED)
		v->kind = VALUE_ZONED;
	return kind != DATETIME_NONE;
}

/* clang-format off */
#define TYPES(ROW) \
	ROW(FIELD_INT,       bind_integer, read_integer) \
	ROW(FIELD_NUMBER,    bind_text, read_text) \
	ROW(FIELD_DECIMAL,   bind_text, read_text) \
	ROW(FIELD_BOOL,      bind_integer, read_integer) \
	ROW(FIELD_STR,       bind_text, read_text) \
	ROW(FIELD_TEXT,      bind_text, read_text) \
	ROW(FIELD_EMAIL,     bind_text, read_text) \
	ROW(FIELD_URL,       bind_text, read_text) \
	ROW(FIELD_UUID,      bind_text, read_text) \
	ROW(FIELD_DATE,      bind_integer, read_integer) \
	ROW(FIELD_TIME,      bind_integer, read_integer) \
	ROW(FIELD_DATETIME,  bind_datetime, read_datetime) \
	ROW(FIELD_ENUM,      bind_integer, read_integer) \
	ROW(FIELD_LITERAL,   bind_integer, read_integer) \
	ROW(FIELD_OBJECT,    bind_text, read_text) \
	ROW(FIELD_ARRAY,     bind_text, read_text) \
	ROW(FIELD_REFERENCE, bind_integer, read_integer)
/* clang-format on */

static const struct {
	int (*bind)(sqlite3_stmt *statement, int parameter, struct value v);
	bool (*read)(sqlite3_value *column, struct value *v);
} types[] = { TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(TYPES, FIELD_TYPE__COUNT);

int bind_key(sqlite3_stmt *statement, int64_t key)
{
	return statement ? sqlite3_bind_int64(statement, 1, key) : SQLITE_ERROR;
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
	int rc = statement ? SQLITE_OK : SQLITE_ERROR;

	for (unsigned i = 0; i < record->resource->nfields && i < parameters; i++)
		if (record_has(record, i) && rc == SQLITE_OK)
			rc = bind_field(statement, record, i);
	return rc;
}

unsigned bind_read_row(sqlite3_stmt *statement, const struct resource *r, struct record *row)
{
	row->resource = r;
	row->present = record_all(r);
	for (unsigned i = 0; i < r->nfields; i++) {
		sqlite3_value *column = sqlite3_column_value(statement, (int)i);
		if (!types[r->fields[i].type].read(column, &row->values[i]))
			return i;
	}
	return r->nfields;
}

/* sqlite3_value_text reports it only by the error code of the connection
 * (https://www.sqlite.org/c3ref/errcode.html). */
bool bind_lacked_memory(sqlite3_stmt *statement)
{
	return (sqlite3_errcode(sqlite3_db_handle(statement)) & 0xff) == SQLITE_NOMEM;
}
