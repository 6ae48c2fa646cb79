/* The names of types of fields. */
#include "declaration_word.h"

#include "table.h"

/* clang-format off */
#define TYPE_NAMES(ROW) \
	ROW(FIELD_INT,       "integer") \
	ROW(FIELD_NUMBER,    "number") \
	ROW(FIELD_DECIMAL,   "decimal") \
	ROW(FIELD_BOOL,      "boolean") \
	ROW(FIELD_STR,       "string") \
	ROW(FIELD_TEXT,      "text") \
	ROW(FIELD_EMAIL,     "email") \
	ROW(FIELD_URL,       "url") \
	ROW(FIELD_UUID,      "uuid") \
	ROW(FIELD_DATE,      "date") \
	ROW(FIELD_TIME,      "time") \
	ROW(FIELD_DATETIME,  "datetime") \
	ROW(FIELD_ENUM,      "enum") \
	ROW(FIELD_LITERAL,   "literal") \
	ROW(FIELD_OBJECT,    "object") \
	ROW(FIELD_ARRAY,     "array") \
	ROW(FIELD_LINKS,     "links") \
	ROW(REFERENCE,       "reference")
/* clang-format on */

static const struct type_name {
	const char *name;
} type_names[] = { TYPE_NAMES(TABLE_ROW) };
TABLE_IS_WHOLE(TYPE_NAMES, DECLARED_TYPES);

const char *declaration_type_name(unsigned type)
{
	return type_names[type].name;
}
