#include "validate.h"

#include "ascii.h"
#include "content_type.h"
#include "field_input.h"
#include "int_id.h"
#include "json_read.h"
#include "json_text.h"
#include "table.h"
#include "target.h"
#include "utf8.h"

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
	struct str input, struct str bound)
{
	issues_add(issues, (struct issue){
				   .type = type,
				   .place = ISSUE_IN_QUERY,
				   .name = name,
				   .input = ISSUE_INPUT_TEXT,
				   .text = input,
				   .bound = bound,
				   .bound_json = bound,
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
	add_query_issue(issues, parsing_issues[outcome], name, text, STR(""));
	return false;
}

static void read_limit(struct str text, struct page *page, struct issues *issues)
{
	int64_t limit;

	if (!read_query_int(text, "limit", &limit, issues))
		return;
	if (limit < 1)
		add_query_issue(issues, ISSUE_TOO_SMALL, "limit", text, STR("1"));
	else if (limit > PAGE_LIMIT_MAX)
		add_query_issue(issues, ISSUE_TOO_GREAT, "limit", text,
			arena_printf(issues->arena, "%d", PAGE_LIMIT_MAX));
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
	add_query_issue(issues, ISSUE_NOT_A_BOOLEAN, name, text, STR(""));
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

static void report_missing(struct field_input *input, const struct json *body)
{
	input->json = body;
	field_input_missing(input);
}

static void read_field(
	struct field_input *input, const struct json *body, unsigned index, struct record *record)
{
	input->field = &record->resource->fields[index];
	input->json = json_get(body, str_from(input->field->name));
	if (input->json) {
		if (field_input_read(input))
			record_set(record, index, input->value);
	} else if (!input->is_change) {
		if (input->field->flags & FIELD_PRESET)
			record_set(record, index, input->field->preset);
		else
			report_missing(input, body);
	}
}

static void read_fields(const struct json *body, enum action_takes takes, struct arena *arena,
	struct record *record, struct issues *issues)
{
	struct field_input input = {
		.arena = arena,
		.issues = issues,
		.is_change = takes == ACTION_TAKES_CHANGES,
	};

	for (unsigned i = 0; i < record->resource->nfields; i++)
		if (record->resource->fields[i].flags & FIELD_INPUT)
			read_field(&input, body, i, record);
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
	read_fields(*input, action_http[action].takes, arena, record, issues);
	return issues->count == before ? BODY_VALID : BODY_INVALID;
}

void validate_refused(
	const struct resource *r, uint64_t fields, const struct json *input, struct issues *issues)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		struct field_input field = { .field = &r->fields[i], .issues = issues };
		field.json = json_get(input, str_from(r->fields[i].name));
		if (fields >> i & 1)
			field_input_refused(&field);
	}
}
