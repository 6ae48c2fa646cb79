#include "field_input.h"

#include "field_kinds.h"
#include "table.h"
#include "utf8.h"

/* Breaks the circle of calls: a field's items are fields. */
static bool read_array(struct field_input *input)
{
	return read_items(input, field_input_read);
}

/* The JSON types that a field's type accepts, the issue of any other, and the reader. */

#define TEXTS   (1u << JSON_STRING)
#define NUMBERS (1u << JSON_INT | 1u << JSON_FLOAT)
#define BOOLS   (1u << JSON_FALSE | 1u << JSON_TRUE)
#define ALL     ((1u << JSON__COUNT) - 1)

/* clang-format off */
#define READERS(ROW) \
	ROW(FIELD_INT,       TEXTS | NUMBERS | BOOLS, ISSUE_INTEGER_TYPE, read_integer) \
	ROW(FIELD_NUMBER,    TEXTS | NUMBERS | BOOLS, ISSUE_NUMBER_TYPE, read_number) \
	ROW(FIELD_DECIMAL,   TEXTS | NUMBERS, ISSUE_DECIMAL_TYPE, read_decimal) \
	ROW(FIELD_BOOL,      TEXTS | NUMBERS | BOOLS, ISSUE_BOOLEAN_TYPE, read_boolean) \
	ROW(FIELD_STR,       TEXTS, ISSUE_NOT_A_STRING, read_text) \
	ROW(FIELD_TEXT,      TEXTS, ISSUE_NOT_A_STRING, read_text) \
	ROW(FIELD_EMAIL,     TEXTS, ISSUE_NOT_A_STRING, read_email) \
	ROW(FIELD_URL,       TEXTS, ISSUE_URL_TYPE, read_url) \
	ROW(FIELD_UUID,      TEXTS, ISSUE_UUID_TYPE, read_uuid) \
	ROW(FIELD_DATE,      TEXTS | NUMBERS, ISSUE_DATE_TYPE, read_date) \
	ROW(FIELD_TIME,      TEXTS | NUMBERS, ISSUE_TIME_TYPE, read_time) \
	ROW(FIELD_DATETIME,  TEXTS | NUMBERS, ISSUE_DATETIME_TYPE, read_datetime) \
	ROW(FIELD_ENUM,      ALL, ISSUE_NOT_A_MEMBER, read_enum) \
	ROW(FIELD_LITERAL,   ALL, ISSUE_NOT_A_LITERAL, read_literal) \
	ROW(FIELD_OBJECT,    1u << JSON_OBJECT, ISSUE_OBJECT_TYPE, read_object) \
	ROW(FIELD_ARRAY,     1u << JSON_ARRAY, ISSUE_ARRAY_TYPE, read_array) \
	ROW(FIELD_LINKS,     1u << JSON_ARRAY, ISSUE_ARRAY_TYPE, read_array)
/* clang-format on */

static const struct {
	unsigned accepts; /* bit: enum json_type */
	enum issue_type wrong_type;
	bool (*read)(struct field_input *input);
} readers[] = { READERS(TABLE_ROW) };
TABLE_IS_WHOLE(READERS, FIELD_TYPE__COUNT);

static bool may_be_null(const struct field_input *input)
{
	return input->optional || input->field->flags & FIELD_NULLABLE;
}

bool field_input_read(struct field_input *input)
{
	enum field_type type = input->field->type;

	if (input->json->type == JSON_NULL && may_be_null(input)) {
		input->value = value_null();
		return true;
	}
	if (readers[type].accepts >> input->json->type & 1)
		return readers[type].read(input);
	return field_issue(input, readers[type].wrong_type, 0);
}

void field_input_refused(struct field_input *input)
{
	input->optional = false;
	input->storable_only = true;
	if (field_input_read(input))
		field_beyond_column(input);
}

void field_input_missing(struct field_input *input)
{
	field_issue(input, ISSUE_MISSING, 0);
}

const struct json *field_input_string(struct arena *arena, struct str text)
{
	struct json *json = arena_calloc(arena, 1, sizeof(*json));
	size_t count = 0;

	utf8_count(text, &count);
	json->type = JSON_STRING;
	json->text = text;
	json->count = (uint32_t)count;
	return json;
}
