#include "pg_column_type.h"

#include "table.h"
#include "utf8.h"

#include <stdio.h>

/* The type is one of two. */
static bool is_named(const struct field *f, const char *type, const char *name, const char *other)
{
	(void)f;
	return strcmp(type, name) == 0 || (other && strcmp(type, other) == 0);
}

static bool is_long_enough(const char *type, const char *varying, size_t needed)
{
	size_t length, name = strlen(varying);

	return strncmp(type, varying, name) == 0 && sscanf(type + name, "(%zu)", &length) == 1 &&
	       length >= needed;
}

static bool is_text(const struct field *f, const char *type, const char *varying, const char *text)
{
	return is_named(f, type, varying, text) ||
	       (f->len.max != FIELD_UNBOUNDED && is_long_enough(type, varying, f->len.max));
}

static bool is_literal(
	const struct field *f, const char *type, const char *varying, const char *text)
{
	size_t longest = 0, count;

	if (f->choices->integers)
		return is_named(f, type, "integer", "bigint");
	for (unsigned i = 0; i < f->choices->count; i++)
		if (utf8_count(f->choices->list[i].text, &count) && count > longest)
			longest = count;
	return is_named(f, type, varying, text) || is_long_enough(type, varying, longest);
}

/* A numeric without bounds keeps all digits. */
static bool is_decimal(const struct field *f, const char *type, const char *name, const char *other)
{
	unsigned digits, places, wanted = f->places == FIELD_UNBOUNDED ? 0 : f->places;

	if (is_named(f, type, name, other))
		return true;
	return f->digits != FIELD_UNBOUNDED &&
	       sscanf(type, "numeric(%u,%u)", &digits, &places) == 2 && places == wanted &&
	       digits >= f->digits;
}

static bool is_moment(
	const struct field *f, const char *type, const char *with_zone, const char *without)
{
	return is_named(f, type, f->flags & FIELD_TIMEZONE ? with_zone : without, NULL);
}

static bool is_none(const struct field *f, const char *type, const char *name, const char *other)
{
	(void)f;
	(void)type;
	(void)name;
	(void)other;
	return false;
}

#define VARYING "character varying"

/* clang-format off */
#define TYPES(ROW) \
	ROW(FIELD_INT,      is_named,   "integer",                  "bigint") \
	ROW(FIELD_NUMBER,   is_named,   "double precision",         NULL) \
	ROW(FIELD_DECIMAL,  is_decimal, "numeric",                  NULL) \
	ROW(FIELD_BOOL,     is_named,   "boolean",                  NULL) \
	ROW(FIELD_STR,      is_text,    VARYING,                    "text") \
	ROW(FIELD_TEXT,     is_named,   VARYING,                    "text") \
	ROW(FIELD_EMAIL,    is_text,    VARYING,                    "text") \
	ROW(FIELD_URL,      is_text,    VARYING,                    "text") \
	ROW(FIELD_UUID,     is_named,   "uuid",                     NULL) \
	ROW(FIELD_DATE,     is_named,   "date",                     NULL) \
	ROW(FIELD_TIME,     is_named,   "time without time zone",   NULL) \
	ROW(FIELD_DATETIME, is_moment,  "timestamp with time zone", "timestamp without time zone") \
	ROW(FIELD_ENUM,     is_none,    NULL,                       NULL) \
	ROW(FIELD_LITERAL,  is_literal, VARYING,                    "text") \
	ROW(FIELD_OBJECT,   is_named,   "json",                     NULL) \
	ROW(FIELD_ARRAY,    is_named,   "json",                     NULL) \
	ROW(FIELD_LINKS,    is_none,    NULL,                       NULL)
/* clang-format on */

static const struct {
	bool (*serves)(
		const struct field *f, const char *type, const char *name, const char *other);
	const char *name, *other;
} types[] = { TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(TYPES, FIELD_TYPE__COUNT);

bool pg_column_type_serves(const struct field *f, const char *type)
{
	return types[f->type].serves(f, type, types[f->type].name, types[f->type].other);
}
