#include "validate.h"

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

static bool is_bounded(const struct field *f)
{
	for (unsigned i = 0; i < LIMIT__COUNT; i++)
		if (f->limits[i].text.ptr)
			return true;
	return false;
}

/* Any key, with the issues that there may be. */
static bool read_key(
	const struct field *f, struct str segment, struct key *key, struct issues *issues)
{
	struct field_input input = {
		.arena = issues->arena,
		.field = f,
		.json = field_input_string(issues->arena, segment),
		.place = ISSUE_IN_PATH,
		.issues = issues,
	};

	if (!field_input_read(&input) || !value_has_key(&input.value))
		return false;
	*key = key_of_value(&input.value);
	return true;
}

/* Most keys are plain integers, which need no memory. */
bool validate_key(struct str segment, const struct field *f, struct key *key, bool *exists,
	struct issues *issues)
{
	int64_t integer = 0;

	*exists = f->type == FIELD_INT && !is_bounded(f) &&
		  int_id_parse(segment, &integer) == INT_ID_OK;
	*key = key_int(integer);
	if (!*exists)
		*exists = read_key(f, segment, key, issues);
	return *exists;
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
	issues_add(issues, (struct issue){
				   .type = parsing_issues[outcome],
				   .place = ISSUE_IN_QUERY,
				   .name = name,
				   .input = ISSUE_INPUT_TEXT,
				   .text = text,
			   });
	return false;
}

/* A parameter as FastAPI treats it: a value of a type, with limits. */
static bool read_parameter(const struct field *f, struct str text, struct arena *arena,
	struct issues *issues, int64_t *value)
{
	struct field_input input = {
		.arena = arena,
		.field = f,
		.json = field_input_string(arena, text),
		.place = ISSUE_IN_QUERY,
		.storable_only = true,
		.issues = issues,
	};

	if (!field_input_read(&input))
		return false;
	*value = input.value.integer;
	return true;
}

static const struct field limit_field = {
	.name = "limit",
	.type = FIELD_INT,
	.limits = {
		[LIMIT_LE] = { .text = STR_INIT("1000"), .integer = PAGE_LIMIT_MAX },
		[LIMIT_GE] = { .text = STR_INIT("1"), .integer = 1 },
	},
};

static const struct field count_field = { .name = "count", .type = FIELD_BOOL };

static bool validate_after(
	struct arena *arena, struct str query, struct page *page, struct issues *issues)
{
	struct str limit, after, count;
	int64_t value;

	if (!target_query_value(arena, query, STR("after_id"), &after))
		return true;
	page->kind = PAGE_AFTER;
	page->limit = PAGE_LIMIT_DEFAULT;
	if (target_query_value(arena, query, STR("limit"), &limit) &&
		read_parameter(&limit_field, limit, arena, issues, &value))
		page->limit = (uint32_t)value;
	read_query_int(after, "after_id", &page->after, issues);
	if (target_query_value(arena, query, STR("count"), &count) &&
		read_parameter(&count_field, count, arena, issues, &value))
		page->count = value != 0;
	return issues->count == 0;
}

/* A declared parameter, or its default. False: an issue was added. */
static bool read_declared(
	const struct field *f, struct str query, struct issues *issues, struct value *value)
{
	struct field_input input = {
		.arena = issues->arena,
		.field = f,
		.place = ISSUE_IN_QUERY,
		.issues = issues,
		.value = f->preset,
	};
	struct str text;

	if (target_query_value(issues->arena, query, str_from(f->name), &text)) {
		input.json = field_input_string(issues->arena, text);
		if (!field_input_read(&input))
			return false;
	} else if (!(f->flags & FIELD_PRESET)) {
		field_input_missing(&input);
		return false;
	}
	*value = input.value;
	return true;
}

/* To SQLite a negative OFFSET is 0. */
static void take_skip(struct command *c, const struct value *value)
{
	c->page.after = value->integer < 0 ? 0 : value->integer;
}

/* To SQLite a negative LIMIT is none. UINT32_MAX is more rows than a table can be read for. */
static void take_limit(struct command *c, const struct value *value)
{
	int64_t limit = value->integer;

	c->page.limit = limit < 0 || limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

/* Returns false if the value is a number beyond 64 bits, for which there are no rows. */
static bool take_parameter(
	struct command *c, const struct parameter *p, unsigned index, const struct value *value)
{
	if (parameter_is_filter(p)) {
		if (value->kind != VALUE_NULL)
			record_set(&c->record, index, *value);
		return true;
	}
	if (value->kind == VALUE_REFUSED)
		return false;
	(p->role == PARAMETER_SKIP ? take_skip : take_limit)(c, value);
	return true;
}

static bool validate_slice(
	const struct list_rules *rules, struct str query, struct command *c, struct issues *issues)
{
	bool beyond = false;

	c->page.limit = UINT32_MAX;
	for (unsigned i = 0; i < rules->nparameters; i++) {
		const struct parameter *p = &rules->parameters[i];
		struct value value;
		if (read_declared(&p->field, query, issues, &value) &&
			!take_parameter(c, p, i, &value))
			beyond = true;
	}
	if (beyond)
		c->page.limit = 0;
	return issues->count == 0;
}

/* How a list with these rules is read. */
static enum page_kind page_kind_of(const struct list_rules *rules)
{
	enum page_kind kind = rules->page_schema ? PAGE_FILTERED : PAGE_WHOLE;

	for (unsigned i = 0; i < rules->nparameters && kind != PAGE_FILTERED; i++)
		kind = parameter_is_filter(&rules->parameters[i]) ? PAGE_FILTERED : PAGE_SLICE;
	return kind;
}

bool validate_page(struct arena *arena, struct str query, struct command *c, struct issues *issues)
{
	const struct list_rules *rules = operation_list(c->resource->by_action[c->action]);
	bool has_pages =
		c->action == ACTION_LIST && !c->resource->list && !resource_has_uuids(c->resource);

	c->page = (struct page){ 0 };
	if (!rules)
		return !has_pages || validate_after(arena, query, &c->page, issues);
	c->page.kind = (uint8_t)page_kind_of(rules);
	c->page.count = rules->page_count != NULL;
	if (c->page.kind == PAGE_WHOLE)
		return true;
	c->record.resource = c->resource;
	c->record.present = 0;
	return validate_slice(rules, query, c, issues);
}

/* Members. */

static void report_missing(struct field_input *input, const struct json *body)
{
	input->json = body;
	field_input_missing(input);
}

/* A required member must be there, in a partial body too: the class asks for it. */
static void take_default(struct field_input *input, const struct json *body,
	const struct member *member, bool partial, struct record *record)
{
	if (!member->optional && !(member->field->flags & FIELD_PRESET))
		report_missing(input, body);
	else if (!partial)
		record_set(record, member->index,
			member->optional ? value_null() : member->field->preset);
}

static void read_member(struct field_input *input, const struct json *body,
	const struct member *member, bool partial, struct record *record)
{
	input->field = member->field;
	input->optional = member->optional;
	input->json = json_get(body, str_from(member->name));
	if (!input->json)
		take_default(input, body, member, partial, record);
	else if (field_input_read(input))
		record_set(record, member->index, input->value);
}

static void read_members(const struct json *body, const struct operation *operation,
	struct arena *arena, struct record *record, struct issues *issues)
{
	struct field_input input = { .arena = arena, .issues = issues };
	const struct schema *schema = operation->body;
	const struct member *m = schema->members, *end = m + schema->nmembers;

	for (; m < end; m++)
		if (m->kind == MEMBER_FIELD)
			read_member(&input, body, m, operation->partial, record);
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
	const struct operation *operation, struct record *record, const struct json **input,
	struct issues *issues)
{
	struct str text;
	struct json_error error;
	unsigned before = issues->count;

	record->resource = operation->resource;
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
	read_members(*input, operation, arena, record, issues);
	return issues->count == before ? BODY_VALID : BODY_INVALID;
}

static const struct json null = { .type = JSON_NULL };

void validate_refused(const struct operation *operation, uint64_t fields, const struct json *input,
	struct issues *issues)
{
	const struct schema *schema = operation->body;

	for (unsigned m = 0; m < schema->nmembers; m++) {
		const struct member *member = &schema->members[m];
		const struct json *given = json_get(input, str_from(member->name));
		struct field_input field = {
			.arena = issues->arena,
			.field = &operation->resource->fields[member->index],
			.json = given ? given : &null,
			.issues = issues,
		};
		if (member->kind == MEMBER_FIELD && fields >> member->index & 1)
			field_input_refused(&field);
	}
}
