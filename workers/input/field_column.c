/* What the columns of PostgreSQL cannot store although others could. */
#include "field_kinds.h"

#include "utf8.h"

static void add_bound(struct field_input *input, enum issue_type type, struct str bound)
{
	struct issue *issue = field_issue_add(input, type, 0);

	issue->bound = issue->bound_json = bound;
}

/* An INTEGER has 32 bits. */
static void add_integer(struct field_input *input)
{
	if (input->value.integer < 0)
		add_bound(input, ISSUE_TOO_SMALL, STR("-2147483648"));
	else
		add_bound(input, ISSUE_TOO_GREAT, STR("2147483647"));
}

/* In the words of psycopg2 for a text. */
static struct str reason_of(enum field_type type)
{
	switch (type) {
	case FIELD_DECIMAL:
		return STR("the number has more digits than its column");
	case FIELD_DATETIME:
		return STR("in UTC the datetime is not within the years 1 to 9999");
	default:
		return STR("A string literal cannot contain NUL (0x00) characters.");
	}
}

/* A text that has become longer in upper or lower case. */
static bool is_too_long(const struct field_input *input)
{
	const struct field *f = input->field;
	size_t length;

	return f->flags & (FIELD_LOWER | FIELD_UPPER) && utf8_count(input->value.text, &length) &&
	       length > f->len.max;
}

void field_beyond_column(struct field_input *input)
{
	if (input->field->type == FIELD_INT)
		add_integer(input);
	else if (is_too_long(input))
		field_issue_add(input, ISSUE_TOO_LONG, input->field->len.max);
	else
		field_issue_add(input, ISSUE_NOT_STORABLE, 0)->reason =
			reason_of(input->field->type);
}
