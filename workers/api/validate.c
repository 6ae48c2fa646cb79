#include "validate.h"

#include "ascii.h"
#include "content_type.h"
#include "email.h"
#include "int_id.h"
#include "json_read.h"
#include "json_text.h"
#include "target.h"
#include "utf8.h"

static const enum issue_type types[] = {
	[INT_ID_PARSING] = ISSUE_NOT_AN_INTEGER,
	[INT_ID_SIZE] = ISSUE_INTEGER_TOO_LONG,
};

bool validate_key(struct str segment, const struct resource *key_of, int64_t *key, bool *exists,
	struct issues *issues)
{
	enum int_id_outcome outcome = int_id_parse(segment, key);

	*exists = outcome == INT_ID_OK;
	if (outcome == INT_ID_OK || outcome == INT_ID_OUT_OF_RANGE)
		return outcome == INT_ID_OK;
	issues_add(issues, (struct issue){
				   .type = types[outcome],
				   .place = ISSUE_IN_PATH,
				   .name = key_of->name,
				   .input = ISSUE_INPUT_TEXT,
				   .text = segment,
			   });
	return false;
}

static void add_query_issue(struct issues *issues, enum issue_type type, const char *name,
	struct str input, size_t limit)
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

/* Of an integer beyond 64 bits, the nearest one there is. False: an issue was added. */
static bool read_query_int(
	struct str text, const char *name, int64_t *number, struct issues *issues)
{
	enum int_id_outcome outcome = int_id_parse(text, number);

	if (outcome == INT_ID_OK)
		return true;
	if (outcome == INT_ID_OUT_OF_RANGE) {
		*number = memchr(text.ptr, '-', text.len) ? INT64_MIN : INT64_MAX;
		return true;
	}
	add_query_issue(issues, types[outcome], name, text, 0);
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

/* As Pydantic reads one out of a text. */
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

/* Fields. Each check adds an issue and returns false, or sets *value. */

static bool add_field_issue(struct issues *issues, enum issue_type type, const struct field *f,
	const struct json *input, size_t limit)
{
	issues_add(issues, (struct issue){
				   .type = type,
				   .place = ISSUE_IN_FIELD,
				   .name = f->name,
				   .input = ISSUE_INPUT_JSON,
				   .json = input,
				   .limit = limit,
			   });
	return false;
}

static bool check_text(struct arena *arena, const struct field *f, const struct json *input,
	struct value *value, struct issues *issues)
{
	(void)arena;
	if (input->has_surrogate)
		return add_field_issue(issues, ISSUE_NOT_UNICODE, f, input, 0);
	if (input->count < f->len.min)
		return add_field_issue(issues, ISSUE_TOO_SHORT, f, input, f->len.min);
	if (f->len.max != FIELD_UNBOUNDED && input->count > f->len.max)
		return add_field_issue(issues, ISSUE_TOO_LONG, f, input, f->len.max);
	*value = value_text(input->text);
	return true;
}

static bool check_email(struct arena *arena, const struct field *f, const struct json *input,
	struct value *value, struct issues *issues)
{
	struct email_result email;
	size_t length = 0;

	if (!email_validate(arena, input->text, &email)) {
		add_field_issue(issues, ISSUE_NOT_AN_EMAIL, f, input, 0);
		issues->list[issues->count - 1].reason = email.reason;
		return false;
	}
	if (!utf8_count(email.address, &length) ||
		(f->len.max != FIELD_UNBOUNDED && length > f->len.max)) {
		add_field_issue(issues, ISSUE_TOO_LONG_AFTERWARDS, f, input, f->len.max);
		issues->list[issues->count - 1].actual = length;
		return false;
	}
	*value = value_text(email.address);
	return true;
}

/* Only input fields are checked; types that clients never write have no row. */
static bool (*const checks[FIELD_TYPE__COUNT])(struct arena *, const struct field *,
	const struct json *, struct value *, struct issues *) = {
	[FIELD_STR] = check_text,
	[FIELD_EMAIL] = check_email,
};

static void check_field(struct arena *arena, const struct json *body, enum action action,
	unsigned index, struct record *record, struct issues *issues)
{
	const struct field *f = &record->resource->fields[index];
	const struct json *input = json_get(body, str_from(f->name));
	struct value value;

	if (!input) {
		if (action == ACTION_CREATE)
			add_field_issue(issues, ISSUE_MISSING, f, body, 0);
		return;
	}
	if (input->type == JSON_NULL && action == ACTION_UPDATE)
		record_set(record, index, value_null());
	else if (input->type != JSON_STRING)
		add_field_issue(issues, ISSUE_NOT_A_STRING, f, input, 0);
	else if (checks[f->type](arena, f, input, &value, issues))
		record_set(record, index, value);
}

static void check_fields(struct arena *arena, const struct json *body, enum action action,
	struct record *record, struct issues *issues)
{
	for (unsigned i = 0; i < record->resource->nfields; i++)
		if (record->resource->fields[i].flags & FIELD_INPUT)
			check_field(arena, body, action, i, record, issues);
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
	const struct resource *r, enum action action, struct record *record, struct issues *issues)
{
	struct str text;
	const struct json *root;
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
	switch (json_read(arena, text, &root, &error)) {
	case JSON_REFUSED:
		return BODY_UNDECODABLE;
	case JSON_SYNTAX:
		return malformed(error, issues);
	case JSON_OK:
		break;
	}
	if (root->type != JSON_OBJECT)
		return add_body_issue(issues, (struct issue){
						      .type = ISSUE_NOT_AN_OBJECT,
						      .input = ISSUE_INPUT_JSON,
						      .json = root,
					      });
	check_fields(arena, root, action, record, issues);
	return issues->count == before ? BODY_VALID : BODY_INVALID;
}

static const struct json json_null = { .type = JSON_NULL };

void validate_nulls(const struct resource *r, uint32_t fields, struct issues *issues)
{
	for (unsigned i = 0; i < r->nfields; i++)
		if (fields >> i & 1)
			add_field_issue(issues, ISSUE_NOT_A_STRING, &r->fields[i], &json_null, 0);
}
