#include "pg_sql_parts.h"

#include "civil.h"
#include "pg_sql.h"
#include "sql_names.h"
#include "table.h"

#include <stdio.h>

enum { TEXT_SIZE = 24 };

/* The words that SQLAlchemy quotes (dialects/postgresql/base.py, RESERVED_WORDS), and those that it
 * does not quote although PostgreSQL 16 reserves them: collation, concurrently, lateral,
 * system_user, tablesample. In alphabetical order. */
static const char *const reserved[] = { "all", "analyse", "analyze", "and", "any", "array", "as",
	"asc", "asymmetric", "authorization", "between", "binary", "both", "case", "cast", "check",
	"collate", "collation", "column", "concurrently", "constraint", "create", "cross",
	"current_catalog", "current_date", "current_role", "current_schema", "current_time",
	"current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do",
	"else", "end", "except", "false", "fetch", "for", "foreign", "freeze", "from", "full",
	"grant", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is",
	"isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime",
	"localtimestamp", "natural", "new", "not", "notnull", "null", "of", "off", "offset", "old",
	"on", "only", "or", "order", "outer", "over", "overlaps", "placing", "primary",
	"references", "returning", "right", "select", "session_user", "similar", "some",
	"symmetric", "system_user", "table", "tablesample", "then", "to", "trailing", "true",
	"union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window",
	"with" };

void pg_sql_name(struct buf *out, const char *name)
{
	static const struct sql_words words = { reserved, NITEMS(reserved) };

	sql_put_name(out, name, &words);
}

void pg_put_column(struct buf *out, const char *alias, const struct field *f)
{
	if (alias)
		buf_printf(out, "%s.", alias);
	pg_sql_name(out, f->name);
}

void pg_put_columns(struct buf *out, const char *alias, const struct resource *r, uint64_t fields)
{
	const char *separator = "";

	for (; fields != 0; fields &= fields - 1) {
		buf_str(out, str_from(separator));
		pg_put_column(out, alias, &r->fields[__builtin_ctzll(fields)]);
		separator = ", ";
	}
}

void pg_put_from(struct buf *out, const struct resource *r)
{
	buf_str(out, STR(" FROM "));
	pg_sql_name(out, r->table);
}

/* Parameters. */

static void put_cast(struct buf *out, const struct field *f, unsigned number, const char *type)
{
	(void)f;
	buf_printf(out, "$%u::%s", number, type);
}

/* The type is that of the column, whose enum may have any name. */
static void put_uncast(struct buf *out, const struct field *f, unsigned number, const char *type)
{
	(void)f;
	(void)type;
	buf_printf(out, "$%u", number);
}

/* A moment with a zone that is stored without becomes that of the session's zone, as with psycopg,
 * which passes it as TIMESTAMP WITH TIME ZONE. */
static void put_moment(struct buf *out, const char *text, const char *type)
{
	buf_printf(out,
		"CASE WHEN length(%s) > %d THEN %s::timestamptz::%s"
		" ELSE %s::%s END",
		text, CIVIL_MICROSECONDS, text, type, text, type);
}

static void put_datetime(struct buf *out, const struct field *f, unsigned number, const char *type)
{
	char text[TEXT_SIZE];

	if (f->flags & FIELD_TIMEZONE) {
		put_cast(out, f, number, "timestamptz");
		return;
	}
	snprintf(text, sizeof(text), "$%u::text", number);
	put_moment(out, text, type);
}

static void put_literal(struct buf *out, const struct field *f, unsigned number, const char *type)
{
	put_cast(out, f, number, f->choices->integers ? "bigint" : type);
}

/* clang-format off */
#define PARAMETERS(ROW) \
	ROW(FIELD_INT,       put_cast,     "bigint") \
	ROW(FIELD_NUMBER,    put_cast,     "float8") \
	ROW(FIELD_DECIMAL,   put_cast,     "numeric") \
	ROW(FIELD_BOOL,      put_cast,     "boolean") \
	ROW(FIELD_STR,       put_cast,     "text") \
	ROW(FIELD_TEXT,      put_cast,     "text") \
	ROW(FIELD_EMAIL,     put_cast,     "text") \
	ROW(FIELD_URL,       put_cast,     "text") \
	ROW(FIELD_UUID,      put_cast,     "uuid") \
	ROW(FIELD_DATE,      put_cast,     "date") \
	ROW(FIELD_TIME,      put_cast,     "time") \
	ROW(FIELD_DATETIME,  put_datetime, "timestamp") \
	ROW(FIELD_ENUM,      put_uncast,   NULL) \
	ROW(FIELD_LITERAL,   put_literal,  "text") \
	ROW(FIELD_OBJECT,    put_cast,     "json") \
	ROW(FIELD_ARRAY,     put_cast,     "json") \
	ROW(FIELD_LINKS,     NULL,         NULL)
/* clang-format on */

static const struct {
	void (*put)(struct buf *out, const struct field *f, unsigned number, const char *type);
	const char *type;
} parameters[] = { PARAMETERS(TABLE_ROW) };
TABLE_IS_WHOLE(PARAMETERS, FIELD_TYPE__COUNT);

void pg_put_parameter(struct buf *out, const struct field *f, unsigned number)
{
	parameters[f->type].put(out, f, number, parameters[f->type].type);
}

static bool is_moment_without_zone(const struct field *f)
{
	return f->type == FIELD_DATETIME && !(f->flags & FIELD_TIMEZONE);
}

static const char *element_type(const struct field *f)
{
	if (f->type == FIELD_DATETIME)
		return is_moment_without_zone(f) ? "text" : "timestamptz";
	if (f->type == FIELD_LITERAL && f->choices->integers)
		return "bigint";
	return parameters[f->type].type;
}

void pg_put_array(struct buf *out, const struct field *f, unsigned number)
{
	buf_printf(out, "$%u::%s[]", number, element_type(f));
}

void pg_put_element(struct buf *out, const struct field *f, unsigned number)
{
	char text[TEXT_SIZE];

	snprintf(text, sizeof(text), "p.c%u", number);
	if (is_moment_without_zone(f))
		put_moment(out, text, parameters[f->type].type);
	else
		buf_str(out, str_from(text));
}

void pg_put_any(struct buf *out, const struct field *f, unsigned number)
{
	buf_printf(out, "ANY ($%u::%s[])", number, parameters[f->type].type);
}
