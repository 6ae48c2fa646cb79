#include "validate.h"

#include "ascii.h"
#include "content_type.h"
#include "datetime_input.h"
#include "email.h"
#include "int_id.h"
#include "json_read.h"
#include "json_text.h"
#include "table.h"
#include "target.h"
#include "utf8.h"

#include <math.h>

static const enum issue_type parsing_issues[] = {
	[INT_ID_PARSING] = ISSUE_NOT_AN_INTEGER,
	[INT_ID_SIZE] = ISSUE_INTEGER_TOO_LONG,
};

/* Of a text that is an integer. */
static bool is_negative(struct str integer)
{
	return memchr(integer.ptr, '-', integer.len) != NULL;
}

bool validate_key(struct str segment, const struct resource *key_of, int64_t *key, bool *exists,
	struct issues *issues)
{
	enum int_id_outcome outcome = int_id_parse(segment, key);

	*exists = outcome == INT_ID_OK;
	if (outcome == INT_ID_OK || outcome == INT_ID_OUT_OF_RANGE)
		return outcome == INT_ID_OK;
	issues_add(issues, (struct issue){
				   .type = parsing_issues[outcome],
				   .place = ISSUE_IN_PATH,
				   .name = key_of->name,
				   .input = ISSUE_INPUT_TEXT,
				   .text = segment,
			   });
	return false;
}

static void add_query_issue(struct issues *issues, enum issue_type type, const char *name,
	struct str input, int64_t limit)
{
	issues_add(issues, (struct issue){
				   .type = type,
				   .place = ISSUE_IN_QUERY,
				   .name = name,
				   .input = ISSUE_INPUT_TEXT,
				   .text = input,
				   .limit = limit,
			   });
}

/* An integer beyond 64 bits becomes the nearest one within. False: an issue was added. */
static bool read_query_int(
	struct str text, const char *name, int64_t *number, struct issues *issues)
{
	enum int_id_outcome outcome = int_id_parse(text, number);

	if (outcome == INT_ID_OK)
		return true;
	if (outcome == INT_ID_OUT_OF_RANGE) {
		*number = is_negative(text) ? INT64_MIN : INT64_MAX;
		return true;
	}
	add_query_issue(issues, parsing_issues[outcome], name, text, 0);
	return false;
}

static void read_limit(struct str text, struct page *page, struct issues *issues)
{
	int64_t limit;

	if (!read_query_int(text, "limit", &limit, issues))
		return;
	if (limit < 1)
		add_query_issue(issues, ISSUE_TOO_SMALL, "limit", text, 1);
	else if (limit > PAGE_LIMIT_MAX)
		add_query_issue(issues, ISSUE_TOO_GREAT, "limit", text, PAGE_LIMIT_MAX);
	else
		page->limit = (uint32_t)limit;
}

/* Pydantic's lax mode for bool (pydantic-core, input/shared.rs, str_as_bool). */
static void read_query_bool(struct str text, const char *name, bool *value, struct issues *issues)
{
	static const struct str words[][2] = { { STR_INIT("0"), STR_INIT("1") },
		{ STR_INIT("off"), STR_INIT("on") }, { STR_INIT("f"), STR_INIT("t") },
		{ STR_INIT("false"), STR_INIT("true") }, { STR_INIT("n"), STR_INIT("y") },
		{ STR_INIT("no"), STR_INIT("yes") } };

	for (size_t i = 0; i < NITEMS(words); i++) {
		for (unsigned on = 0; on <= 1; on++) {
			if (!ascii_equal_nocase(text, words[i][on]))
				continue;
			*value = on != 0;
			return;
		}
	}
	add_query_issue(issues, ISSUE_NOT_A_BOOLEAN, name, text, 0);
}

bool validate_page(struct arena *arena, struct str query, struct page *page, struct issues *issues)
{
	struct str limit, after, count;

	*page = (struct page){ 0 };
	if (!target_query_value(arena, query, STR("after_id"), &after))
		return true;
	page->limit = PAGE_LIMIT_DEFAULT;
	if (target_query_value(arena, query, STR("limit"), &limit))
		read_limit(limit, page, issues);
	read_query_int(after, "after_id", &page->after, issues);
	if (target_query_value(arena, query, STR("count"), &count))
		read_query_bool(count, "count", &page->count, issues);
	return issues->count == 0;
}

/* Fields. */

static void add_field_issue(struct issues *issues, enum issue_type type, const struct field *f,
	const struct json *input, int64_t limit)
{
	issues_add(issues, (struct issue){
				   .type = type,
				   .place = ISSUE_IN_FIELD,
				   .name = f->name,
				   .input = ISSUE_INPUT_JSON,
				   .json = input,
				   .limit = limit,
			   });
}

/* The check of one field. A check sets value and returns true, or adds an issue and returns false.
 */
struct check {
	struct arena *arena;
	const struct field *field;
	const struct json *input; /* of a JSON type that the field's type accepts */
	enum action_takes takes;
	struct issues *issues;
	struct value value;
};

/* Adds an issue and returns it, for further members. */
static struct issue *add(struct check *c, enum issue_type type, int64_t limit)
{
	add_field_issue(c->issues, type, c->field, c->input, limit);
	return &c->issues->list[c->issues->count - 1];
}

static bool fail(struct check *c, enum issue_type type, int64_t limit)
{
	add(c, type, limit);
	return false;
}

static bool check_text(struct check *c)
{
	const struct field *f = c->field;
	const struct json *input = c->input;

	if (input->has_surrogate)
		return fail(c, ISSUE_NOT_UNICODE, 0);
	if (input->count < f->len.min)
		return fail(c, ISSUE_TOO_SHORT, f->len.min);
	if (f->len.max != FIELD_UNBOUNDED && input->count > f->len.max)
		return fail(c, ISSUE_TOO_LONG, f->len.max);
	c->value = value_text(input->text);
	return true;
}

static bool check_email(struct check *c)
{
	const struct field *f = c->field;
	struct email_result email;
	size_t length = 0;

	if (!email_validate(c->arena, c->input->text, &email)) {
		add(c, ISSUE_NOT_AN_EMAIL, 0)->reason = email.reason;
		return false;
	}
	if (!utf8_count(email.address, &length) ||
		(f->len.max != FIELD_UNBOUNDED && length > f->len.max)) {
		add(c, ISSUE_TOO_LONG_AFTERWARDS, f->len.max)->actual = length;
		return false;
	}
	c->value = value_text(email.address);
	return true;
}

static void add_range_issue(
	struct issues *issues, const struct field *f, const struct json *input, bool negative)
{
	if (negative)
		add_field_issue(issues, ISSUE_TOO_SMALL, f, input, INT64_MIN);
	else
		add_field_issue(issues, ISSUE_TOO_GREAT, f, input, INT64_MAX);
}

/* Pydantic accepts an integer of any size, and the database refuses those beyond 64 bits. For an
 * update, which fails only if its row is there, dbd gets null in place of the integer: it refuses
 * that at the right moment, and validate_refused adds the issue. */
static bool check_digits(struct check *c, struct str text)
{
	int64_t integer;
	enum int_id_outcome outcome = int_id_parse(text, &integer);

	if (outcome == INT_ID_OK) {
		c->value = value_int(integer);
		return true;
	}
	if (outcome != INT_ID_OUT_OF_RANGE)
		return fail(c, parsing_issues[outcome], 0);
	if (c->takes == ACTION_TAKES_CHANGES) {
		c->value = value_null();
		return true;
	}
	add_range_issue(c->issues, c->field, c->input, is_negative(text));
	return false;
}

/* pydantic-core, input/shared.rs, float_as_int. */
static bool check_whole_number(struct check *c, double number)
{
	const double limit = 9223372036854775808.0; /* 2^63 */
	double whole;

	if (!isfinite(number))
		return fail(c, ISSUE_NOT_FINITE, 0);
	if (modf(number, &whole) != 0)
		return fail(c, ISSUE_INTEGER_FRACTION, 0);
	if (number <= -limit || number >= limit)
		return fail(c, ISSUE_INTEGER_TOO_LONG, 0);
	c->value = value_int((int64_t)number);
	return true;
}

static bool check_integer(struct check *c)
{
	switch (c->input->type) {
	case JSON_FLOAT:
		return check_whole_number(c, c->input->number);
	case JSON_INT:
		return check_digits(c, c->input->text);
	case JSON_STRING:
		if (c->input->has_surrogate)
			return fail(c, ISSUE_NOT_UNICODE, 0);
		return check_digits(c, c->input->text);
	default:
		c->value = value_int(c->input->type == JSON_TRUE);
		return true;
	}
}

static enum datetime_input read_datetime(struct check *c, int64_t *moment, const char **reason)
{
	switch (c->input->type) {
	case JSON_INT:
		return datetime_input_integer(c->input->text, moment, reason);
	case JSON_FLOAT:
		return datetime_input_float(c->input->number, moment, reason);
	default:
		return datetime_input_text(c->arena, c->input->text, moment, reason);
	}
}

static bool check_datetime(struct check *c)
{
	const char *reason;
	int64_t moment;

	if (c->input->type == JSON_STRING && c->input->has_surrogate)
		return fail(c, ISSUE_NOT_UNICODE, 0);
	enum datetime_input outcome = read_datetime(c, &moment, &reason);
	if (outcome != DATETIME_INPUT_OK) {
		add(c, outcome == DATETIME_INPUT_INVALID ? ISSUE_NOT_A_DATETIME : ISSUE_NOT_A_DATE,
			0)
			->reason = str_from(reason);
		return false;
	}
	c->value = value_int(moment);
	return true;
}

/* The JSON types that a field's type accepts, the issue of any other, and the check. */

#define TEXTS   (1u << JSON_STRING)
#define NUMBERS (1u << JSON_INT | 1u << JSON_FLOAT)
#define BOOLS   (1u << JSON_FALSE | 1u << JSON_TRUE)

/* clang-format off */
#define CHECKS(ROW) \
	ROW(FIELD_INT,      TEXTS | NUMBERS | BOOLS, ISSUE_INTEGER_TYPE,  check_integer) \
	ROW(FIELD_STR,      TEXTS,                   ISSUE_NOT_A_STRING,  check_text) \
	ROW(FIELD_EMAIL,    TEXTS,                   ISSUE_NOT_A_STRING,  check_email) \
	ROW(FIELD_DATETIME, TEXTS | NUMBERS,         ISSUE_DATETIME_TYPE, check_datetime)
/* clang-format on */

static const struct {
	unsigned accepts; /* bit: enum json_type */
	enum issue_type wrong_type;
	bool (*check)(struct check *c);
} checks[] = { CHECKS(TABLE_ROW) };
TABLE_IS_WHOLE(CHECKS, FIELD_TYPE__COUNT);

static void check_field(
	struct check *c, const struct json *body, unsigned index, struct record *record)
{
	c->field = &record->resource->fields[index];
	c->input = json_get(body, str_from(c->field->name));
	if (!c->input) {
		if (c->takes == ACTION_TAKES_ROW)
			add_field_issue(c->issues, ISSUE_MISSING, c->field, body, 0);
		return;
	}
	if (!(checks[c->field->type].accepts >> c->input->type & 1)) {
		if (c->input->type == JSON_NULL && c->takes == ACTION_TAKES_CHANGES)
			record_set(record, index, value_null());
		else
			add(c, checks[c->field->type].wrong_type, 0);
		return;
	}
	if (checks[c->field->type].check(c))
		record_set(record, index, c->value);
}

static void check_fields(const struct json *body, enum action_takes takes, struct arena *arena,
	struct record *record, struct issues *issues)
{
	struct check c;

	c.arena = arena;
	c.takes = takes;
	c.issues = issues;
	for (unsigned i = 0; i < record->resource->nfields; i++)
		if (record->resource->fields[i].flags & FIELD_INPUT)
			check_field(&c, body, i, record);
}

/* Bodies. */

static enum body_outcome add_body_issue(struct issues *issues, struct issue issue)
{
	issue.place = ISSUE_IN_BODY;
	issues_add(issues, issue);
	return BODY_INVALID;
}

static enum body_outcome not_json(struct str body, struct issues *issues)
{
	if (!utf8_valid(body, UTF8_STRICT))
		return BODY_UNDECODABLE;
	return add_body_issue(issues, (struct issue){
					      .type = ISSUE_NOT_AN_OBJECT,
					      .input = ISSUE_INPUT_TEXT,
					      .text = body,
				      });
}

static enum body_outcome malformed(struct json_error error, struct issues *issues)
{
	issues->count = 0;
	issues_add(issues, (struct issue){
				   .type = ISSUE_JSON_INVALID,
				   .place = ISSUE_AT_POSITION,
				   .position = error.position,
				   .input = ISSUE_INPUT_EMPTY,
				   .reason = str_from(error.message),
			   });
	return BODY_MALFORMED;
}

enum body_outcome validate_body(struct arena *arena, struct str content_type, struct str body,
	const struct resource *r, enum action action, struct record *record,
	const struct json **input, struct issues *issues)
{
	struct str text;
	struct json_error error;
	unsigned before = issues->count;

	record->resource = r;
	record->present = 0;
	if (body.len == 0)
		return add_body_issue(issues, (struct issue){ .type = ISSUE_MISSING });
	if (!content_type_is_json(content_type))
		return not_json(body, issues);
	if (!json_text_decode(arena, body, &text))
		return BODY_UNDECODABLE;
	switch (json_read(arena, text, input, &error)) {
	case JSON_REFUSED:
		return BODY_UNDECODABLE;
	case JSON_SYNTAX:
		return malformed(error, issues);
	case JSON_OK:
		break;
	}
	if ((*input)->type != JSON_OBJECT)
		return add_body_issue(issues, (struct issue){
						      .type = ISSUE_NOT_AN_OBJECT,
						      .input = ISSUE_INPUT_JSON,
						      .json = *input,
					      });
	check_fields(*input, action_http[action].takes, arena, record, issues);
	return issues->count == before ? BODY_VALID : BODY_INVALID;
}

static void add_refused(struct issues *issues, const struct field *f, const struct json *input)
{
	if (input->type == JSON_NULL)
		add_field_issue(issues, checks[f->type].wrong_type, f, input, 0);
	else
		add_range_issue(issues, f, input, is_negative(input->text));
}

void validate_refused(
	const struct resource *r, uint32_t fields, const struct json *input, struct issues *issues)
{
	for (unsigned i = 0; i < r->nfields; i++)
		if (fields >> i & 1)
			add_refused(issues, &r->fields[i],
				json_get(input, str_from(r->fields[i].name)));
}
