#include "bind.h"

#include "datetime.h"
#include "decimal_column.h"
#include "json_column.h"
#include "table.h"
#include "utf8.h"
#include "uuid_column.h"

#include <math.h>
#include <stdlib.h>

/* Binding. */

static int bind_integer(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	(void)f;
	return sqlite3_bind_int64(statement, parameter, v->integer);
}

static int bind_number(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	(void)f;
	return sqlite3_bind_double(statement, parameter, v->number);
}

static int bind_decimal(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	double number;

	(void)f;
	if (!decimal_column_store(v->text, &number))
		return SQLITE_TOOBIG;
	return sqlite3_bind_double(statement, parameter, number);
}

static int bind_str(sqlite3_stmt *statement, int parameter, struct str text)
{
	/* With a NULL pointer SQLite would bind NULL. */
	return sqlite3_bind_text64(statement, parameter, text.len ? text.ptr : "", text.len,
		SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_text(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	(void)f;
	return bind_str(statement, parameter, v->text);
}

static int bind_copy(sqlite3_stmt *statement, int parameter, const char *text, int length)
{
	return sqlite3_bind_text(statement, parameter, text, length, SQLITE_TRANSIENT);
}

static int bind_uuid(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	char text[UUID_DIGITS];

	(void)f;
	if (v->text.len != UUID_LENGTH)
		return SQLITE_MISMATCH;
	uuid_column_store(v->text.ptr, text);
	return bind_copy(statement, parameter, text, sizeof(text));
}

static int bind_date(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	char text[DATETIME_DATE_LENGTH + 1];

	(void)f;
	datetime_format_date(v->integer, text);
	return bind_copy(statement, parameter, text, DATETIME_DATE_LENGTH);
}

/* SQLAlchemy, too, writes times and moments without their zone. */

static int bind_time(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	char text[DATETIME_TIME_LENGTH + 1];

	(void)f;
	datetime_format_time(v->integer, text);
	return bind_copy(statement, parameter, text, DATETIME_TIME_LENGTH);
}

static int bind_datetime(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	char text[DATETIME_LENGTH + 1];

	(void)f;
	datetime_format(v->integer, text);
	return bind_copy(statement, parameter, text, DATETIME_LENGTH);
}

static int bind_enum(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	return bind_str(statement, parameter, f->choices->list[v->integer].name);
}

static int bind_literal(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	const struct choice *choice = &f->choices->list[v->integer];

	if (f->choices->integers)
		return sqlite3_bind_int64(statement, parameter, choice->integer);
	return bind_str(statement, parameter, choice->text);
}

static int bind_json(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	struct buf text;

	(void)f;
	buf_init(&text, SIZE_MAX);
	json_column_store(&text, v->text);
	if (text.failed) {
		buf_done(&text);
		return SQLITE_NOMEM;
	}
	return sqlite3_bind_text64(
		statement, parameter, text.data, buf_len(&text), free, SQLITE_UTF8);
}

static int bind_null(sqlite3_stmt *statement, int parameter)
{
	return sqlite3_bind_null(statement, parameter);
}

/* SQLAlchemy stores None as JSON unless a model says none_as_null. */
static int bind_json_null(sqlite3_stmt *statement, int parameter)
{
	return bind_str(statement, parameter, STR("null"));
}

/*
 * Reading.
 *
 * Columns are read by sqlite3_value_*, which is faster than sqlite3_column_*, as those look the
 * column up in each call. It is allowed since threads share no connection
 * (SQLITE_CONFIG_MULTITHREAD).
 *
 * Each function returns false for NULL. What SQLAlchemy converts comes from Python's sqlite3 module
 * as int, float, str or bytes, by the storage class.
 */

/* False if the value is NULL, or if SQLite is out of memory. */
static bool column_text(sqlite3_value *column, struct str *text)
{
	const void *bytes = sqlite3_value_text(column);

	*text = (struct str){ bytes, (size_t)sqlite3_value_bytes(column) };
	return bytes != NULL;
}

/* The same for a value of the storage class TEXT only. */
static bool column_str(sqlite3_value *column, struct str *text)
{
	return sqlite3_value_type(column) == SQLITE_TEXT && column_text(column, text);
}

static bool read_integer(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	(void)f;
	(void)arena;
	v->kind = VALUE_INT;
	v->integer = sqlite3_value_int64(column);
	return sqlite3_value_type(column) == SQLITE_INTEGER;
}

static bool is_number(sqlite3_value *column)
{
	int type = sqlite3_value_type(column);

	return type == SQLITE_FLOAT || type == SQLITE_INTEGER;
}

static bool read_number(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	(void)f;
	(void)arena;
	*v = value_number(sqlite3_value_double(column));
	return is_number(column);
}

static bool read_decimal(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	v->kind = VALUE_STR;
	return is_number(column) &&
	       decimal_column_read(arena, f, sqlite3_value_double(column), &v->text);
}

/* As Python's bool(). */
static bool read_bool(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	struct str text;

	(void)f;
	(void)arena;
	switch (sqlite3_value_type(column)) {
	case SQLITE_TEXT:
		*v = value_int(sqlite3_value_bytes(column) > 0);
		return column_text(column, &text) && utf8_valid(text, UTF8_STRICT);
	case SQLITE_BLOB:
		*v = value_int(sqlite3_value_bytes(column) > 0);
		return true;
	default:
		*v = value_int(sqlite3_value_double(column) != 0);
		return is_number(column);
	}
}

/* A column of TEXT affinity holds texts, blobs and NULLs. A blob is read as text, as the reference
 * does. */
static bool read_text(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	(void)f;
	(void)arena;
	v->kind = VALUE_STR;
	return column_text(column, &v->text) && utf8_valid(v->text, UTF8_STRICT);
}

static bool read_uuid(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	char value[UUID_LENGTH];
	struct str text;

	(void)f;
	if (!column_str(column, &text) || !uuid_column_read(text, value))
		return false;
	*v = value_text(arena_copy(arena, (struct str){ value, sizeof(value) }));
	return true;
}

static bool read_date(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	struct str text;

	(void)f;
	(void)arena;
	v->kind = VALUE_INT;
	return column_str(column, &text) && datetime_parse_date(text, &v->integer);
}

static bool read_moment(sqlite3_value *column, struct value *v,
	enum datetime_kind (*parse)(struct str text, int64_t *microseconds, int32_t *offset))
{
	struct str text;

	v->kind = VALUE_INT;
	if (!column_str(column, &text))
		return false;
	enum datetime_kind kind = parse(text, &v->integer, &v->offset);
	if (kind == DATETIME_ZONED)
		v->kind = VALUE_ZONED;
	return kind != DATETIME_NONE;
}

static bool read_time(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	(void)f;
	(void)arena;
	return read_moment(column, v, datetime_parse_time);
}

static bool read_datetime(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	(void)f;
	(void)arena;
	return read_moment(column, v, datetime_parse);
}

static bool read_enum(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	const struct choices *choices = f->choices;
	struct str text;
	unsigned i = 0;

	(void)arena;
	if (!column_str(column, &text))
		return false;
	while (i < choices->count && !str_equal(choices->list[i].name, text))
		i++;
	*v = value_int(i);
	return i < choices->count;
}

static bool read_literal(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	const struct choices *choices = f->choices;
	struct str text = { 0 };
	unsigned i = 0;

	(void)arena;
	if (choices->integers ? sqlite3_value_type(column) != SQLITE_INTEGER
			      : !column_str(column, &text))
		return false;
	int64_t integer = choices->integers ? sqlite3_value_int64(column) : 0;
	while (i < choices->count &&
		(choices->list[i].integer != integer || !str_equal(choices->list[i].text, text)))
		i++;
	*v = value_int(i);
	return i < choices->count;
}

/* JSON's null is None, too. */
static bool read_json(
	sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v)
{
	enum json_type wanted = f->type == FIELD_OBJECT ? JSON_OBJECT : JSON_ARRAY, found;
	struct str text;

	v->kind = VALUE_STR;
	if (!column_str(column, &text) || !json_column_read(arena, text, &found, &v->text))
		return false;
	if (found == JSON_NULL && f->flags & FIELD_NULLABLE) {
		*v = value_null();
		return true;
	}
	return found == wanted;
}

/* Kept: what is stored reads back as it was given. */

static bool keeps_number(const struct field *f, const struct value *v)
{
	(void)f;
	/* SQLite stores NaN as NULL and -0.0 as 0.0. */
	return !isnan(v->number) && !(v->number == 0 && signbit(v->number));
}

static bool keeps_decimal(const struct field *f, const struct value *v)
{
	return decimal_column_keeps(f, v->text);
}

static bool keeps_moment(const struct field *f, const struct value *v)
{
	(void)f;
	return v->kind != VALUE_ZONED;
}

static bool keeps_json(const struct field *f, const struct value *v)
{
	(void)f;
	return json_column_keeps(v->text);
}

/* clang-format off */
#define TYPES(ROW) \
	ROW(FIELD_INT,       bind_integer,  bind_null,      read_integer,  NULL) \
	ROW(FIELD_NUMBER,    bind_number,   bind_null,      read_number,   keeps_number) \
	ROW(FIELD_DECIMAL,   bind_decimal,  bind_null,      read_decimal,  keeps_decimal) \
	ROW(FIELD_BOOL,      bind_integer,  bind_null,      read_bool,     NULL) \
	ROW(FIELD_STR,       bind_text,     bind_null,      read_text,     NULL) \
	ROW(FIELD_TEXT,      bind_text,     bind_null,      read_text,     NULL) \
	ROW(FIELD_EMAIL,     bind_text,     bind_null,      read_text,     NULL) \
	ROW(FIELD_URL,       bind_text,     bind_null,      read_text,     NULL) \
	ROW(FIELD_UUID,      bind_uuid,     bind_null,      read_uuid,     NULL) \
	ROW(FIELD_DATE,      bind_date,     bind_null,      read_date,     NULL) \
	ROW(FIELD_TIME,      bind_time,     bind_null,      read_time,     keeps_moment) \
	ROW(FIELD_DATETIME,  bind_datetime, bind_null,      read_datetime, keeps_moment) \
	ROW(FIELD_ENUM,      bind_enum,     bind_null,      read_enum,     NULL) \
	ROW(FIELD_LITERAL,   bind_literal,  bind_null,      read_literal,  NULL) \
	ROW(FIELD_OBJECT,    bind_json,     bind_json_null, read_json,     keeps_json) \
	ROW(FIELD_ARRAY,     bind_json,     bind_json_null, read_json,     keeps_json)
/* clang-format on */

static const struct {
	int (*bind)(sqlite3_stmt *statement, int parameter, const struct value *v,
		const struct field *f);
	int (*bind_null)(sqlite3_stmt *statement, int parameter);
	bool (*read)(
		sqlite3_value *column, const struct field *f, struct arena *arena, struct value *v);
	bool (*keeps)(const struct field *f, const struct value *v); /* NULL: always */
} types[] = { TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(TYPES, FIELD_TYPE__COUNT);

int bind_key(sqlite3_stmt *statement, const struct field *f, struct key key)
{
	char text[UUID_LENGTH];

	if (!statement)
		return SQLITE_ERROR;
	if (f->type != FIELD_UUID)
		return sqlite3_bind_int64(statement, 1, key_integer(key));
	const struct value value = key_value(f, key, text);
	return bind_uuid(statement, 1, &value, f);
}

bool bind_read_key(sqlite3_stmt *statement, int column, const struct field *f, struct key *key)
{
	char value[UUID_LENGTH];
	struct str text;

	*key = key_none();
	if (f->type != FIELD_UUID) {
		*key = key_int(sqlite3_column_int64(statement, column));
		return true;
	}
	if (!column_str(sqlite3_column_value(statement, column), &text) ||
		!uuid_column_read(text, value))
		return false;
	return uuid_parse((struct str){ value, sizeof(value) }, &key->high, &key->low);
}

static int bind_value(
	sqlite3_stmt *statement, int parameter, const struct value *v, const struct field *f)
{
	return v->kind == VALUE_NULL ? types[f->type].bind_null(statement, parameter)
				     : types[f->type].bind(statement, parameter, v, f);
}

int bind_record(sqlite3_stmt *statement, const struct record *record)
{
	unsigned parameters = (unsigned)sqlite3_bind_parameter_count(statement);
	unsigned nfields = record->resource->nfields;
	const struct field *fields = record->resource->fields;
	uint64_t present = record->present;
	int rc = statement ? SQLITE_OK : SQLITE_ERROR;

	if (nfields > parameters)
		nfields = parameters;
	for (unsigned i = 0; i < nfields && rc == SQLITE_OK; i++)
		if (present >> i & 1)
			rc = bind_value(statement, (int)i + 1, &record->values[i], &fields[i]);
	return rc;
}

int bind_filters(sqlite3_stmt *statement, int first, const struct record *filters)
{
	int rc = SQLITE_OK;

	for (uint64_t left = filters->present; left != 0 && rc == SQLITE_OK; left &= left - 1) {
		int i = __builtin_ctzll(left);
		const struct value *v = &filters->values[i];
		rc = v->kind == VALUE_REFUSED
			     ? bind_null(statement, first + i)
			     : bind_value(statement, first + i, v,
				       &filters->resource->list->parameters[i].field);
	}
	return rc;
}

int bind_preset(sqlite3_stmt *statement, int parameter, const struct field *f)
{
	return bind_value(statement, parameter, &f->preset, f);
}

uint64_t bind_convertible(const struct resource *r)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < r->nfields; i++)
		if (types[r->fields[i].type].keeps &&
			r->fields[i].flags & (FIELD_INPUT | FIELD_PRESET))
			fields |= UINT64_C(1) << i;
	return fields;
}

bool bind_keeps(const struct record *record, uint64_t fields)
{
	for (; fields != 0; fields &= fields - 1) {
		unsigned i = (unsigned)__builtin_ctzll(fields);
		const struct field *f = &record->resource->fields[i];
		const struct value *v = &record->values[i];
		if (v->kind != VALUE_NULL && !types[f->type].keeps(f, v))
			return false;
	}
	return true;
}

static bool read_null(sqlite3_value *column, const struct field *f, struct value *v)
{
	if (!(f->flags & FIELD_NULLABLE) || sqlite3_value_type(column) != SQLITE_NULL)
		return false;
	*v = value_null();
	return true;
}

unsigned bind_read_row(
	sqlite3_stmt *statement, const struct resource *r, struct arena *arena, struct record *row)
{
	const struct field *f = r->fields, *end = f + r->nfields;
	struct value *v = row->values;
	int i = 0;

	row->resource = r;
	row->present = record_all(r);
	for (; f < end; f++, v++, i++) {
		sqlite3_value *column = sqlite3_column_value(statement, i);
		if (!types[f->type].read(column, f, arena, v) && !read_null(column, f, v))
			break;
	}
	return (unsigned)i;
}

/* sqlite3_value_text reports it only by the error code of the connection
 * (https://www.sqlite.org/c3ref/errcode.html). */
bool bind_lacked_memory(sqlite3_stmt *statement)
{
	return (sqlite3_errcode(sqlite3_db_handle(statement)) & 0xff) == SQLITE_NOMEM;
}
