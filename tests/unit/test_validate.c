/* Validation of keys and bodies, for a resource of the test and for all declared ones. */
#include "validate.h"

#include "body.h"
#include "suite.h"

static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY },
	{ .name = "word", .type = FIELD_STR, .flags = FIELD_INPUT, .len = { 2, 5 } },
	{ .name = "owner_id", .type = FIELD_INT, .flags = FIELD_PARENT },
	{ .name = "mail", .type = FIELD_EMAIL, .flags = FIELD_INPUT, .len = { 0, 20 } },
	{ .name = "note", .type = FIELD_STR, .flags = FIELD_INPUT, .len = { 0, FIELD_UNBOUNDED } },
	{ .name = "made", .type = FIELD_DATETIME, .flags = FIELD_NOW },
};
enum { WORD = 1, MAIL = 3, NOTE = 4 };
static const struct resource thing = {
	.name = "thing",
	.fields = fields,
	.nfields = 6,
	.key_parameter = { .name = "thing_id" },
};

static struct body create, update;
static struct arena arena;
static struct issues issues;
static struct record record;
static const struct json *input;
static struct buf rendered;

static void setup(void)
{
	body_init(&create, &thing, false);
	body_init(&update, &thing, true);
	arena_init(&arena);
	buf_init(&rendered, SIZE_MAX / 2);
	issues = (struct issues){ .arena = &arena };
}

static void teardown(void)
{
	arena_done(&arena);
	buf_done(&rendered);
}

static enum body_outcome validate(struct str body, const struct body *as)
{
	return validate_body(
		&arena, STR("application/json"), body, &as->operation, &record, &input, &issues);
}

/* The issues' types and places, "too_short word, missing"; "" for none. */
static const char *issues_found(void)
{
	static const char *const types[] = {
#define ISSUE(name, type, ...) [ISSUE_##name] = type,
#include "issue.def"
#undef ISSUE
	};
	const char *text = "";

	for (unsigned i = 0; i < issues.count; i++) {
		const struct issue *issue = &issues.list[i];
		const char *name = issue->place == ISSUE_IN_FIELD ? issue->name : "";
		text = arena_printf(&arena, "%s%s%s%s%s", text, i ? ", " : "", types[issue->type],
			*name ? " " : "", name)
			       .ptr;
	}
	return text;
}

static void render(const char *want)
{
	issues_render(&rendered, &issues);
	ck_assert_slice_eq(buf_view(&rendered), str_from(want));
}

/* Keys. */

static const struct {
	const char *segment;
	bool valid, exists;
	int64_t key;
	const char *issue;
} keys[] = {
	{ "7", true, true, 7, "" },
	{ " +007.0\n", true, true, 7, "" },
	{ "-9223372036854775808", true, true, INT64_MIN, "" },
	{ "9223372036854775807", true, true, INT64_MAX, "" },
	{ "9223372036854775808", false, false, 0, "" },
	{ "abc", false, false, 0, "int_parsing" },
	{ "\xef\xbf\xbd", false, false, 0, "int_parsing" },
};

START_TEST(keys_are_validated)
{
	struct key key = key_none();
	bool exists = !keys[_i].exists;
	struct str segment = str_from(keys[_i].segment);

	ck_assert_int_eq(validate_key(segment, &thing.key_parameter, &key, &exists, &issues),
		keys[_i].valid);
	ck_assert_int_eq(key_integer(key), keys[_i].key);
	ck_assert_str_eq(issues_found(), keys[_i].issue);
	if (!*keys[_i].issue) {
		ck_assert_int_eq(exists, keys[_i].exists);
		return;
	}
	ck_assert_int_eq(issues.list[0].place, ISSUE_IN_PATH);
	ck_assert_str_eq(issues.list[0].name, "thing_id");
	ck_assert_slice_eq(issues.list[0].json->text, segment);
}
END_TEST

#define BOUND(n)                                                                                   \
	{                                                                                          \
		.text = STR_INIT(#n), .integer = (n)                                               \
	}

static const struct resource bounded = {
	.name = "thing",
	.key_parameter = { .name = "number",
		.limits = { [LIMIT_GT] = BOUND(0), [LIMIT_LE] = BOUND(9) } },
};

static const struct {
	const char *segment, *issue;
} bounded_keys[] = {
	{ "1", "" },
	{ " 9", "" },
	{ "0", "greater_than" },
	{ "10", "less_than_equal" },
	{ "-9223372036854775809", "greater_than" },
	{ "9223372036854775808", "less_than_equal" },
	{ "x", "int_parsing" },
	{ "", "int_parsing" },
};

START_TEST(bounds_of_a_key_are_checked)
{
	struct str segment = str_from(bounded_keys[_i].segment);
	bool good = !*bounded_keys[_i].issue, exists = !good;
	struct key key;

	ck_assert_int_eq(
		validate_key(segment, &bounded.key_parameter, &key, &exists, &issues), good);
	ck_assert_int_eq(exists, good);
	ck_assert_str_eq(issues_found(), bounded_keys[_i].issue);
	if (good)
		return;
	ck_assert_int_eq(issues.list[0].place, ISSUE_IN_PATH);
	ck_assert_str_eq(issues.list[0].name, "number");
}
END_TEST

static const struct resource with_uuid = {
	.name = "thing",
	.key_parameter = { .name = "thing_id", .type = FIELD_UUID },
};

START_TEST(keys_that_are_uuids_are_validated)
{
	struct key key;
	bool exists;

	ck_assert(validate_key(STR("{00112233-4455-6677-8899-AABBCCDDEEFF}"),
		&with_uuid.key_parameter, &key, &exists, &issues));
	ck_assert(exists);
	ck_assert_uint_eq(key.high, UINT64_C(0x0011223344556677));
	ck_assert_uint_eq(key.low, UINT64_C(0x8899aabbccddeeff));
	ck_assert(!validate_key(STR("7"), &with_uuid.key_parameter, &key, &exists, &issues));
	ck_assert(!exists);
	render("{\"detail\":[{\"type\":\"uuid_parsing\",\"loc\":[\"path\",\"thing_id\"],\"msg\":"
	       "\"Input should be a valid UUID, invalid length: found 1\",\"input\":\"7\","
	       "\"ctx\":{\"error\":\"invalid length: found 1\"}}]}");
}
END_TEST

START_TEST(a_key_of_too_many_digits_has_its_own_issue)
{
	static char digits[4301];
	struct key key;
	bool exists;

	memset(digits, '1', sizeof(digits));
	ck_assert(!validate_key(
		(struct str){ digits, 4300 }, &thing.key_parameter, &key, &exists, &issues));
	ck_assert_str_eq(issues_found(), "");
	ck_assert(!exists);
	ck_assert(!validate_key(
		(struct str){ digits, 4301 }, &thing.key_parameter, &key, &exists, &issues));
	ck_assert_str_eq(issues_found(), "int_parsing_size");
}
END_TEST

/* Bodies of JSON. */

#define WHOLE "{\"word\":\"abc\",\"mail\":\"a@b.example\",\"note\":\"\"}"

START_TEST(a_complete_body_is_a_record)
{
	ck_assert_int_eq(validate(STR(WHOLE), &create), BODY_VALID);
	ck_assert_ptr_eq(record.resource, &thing);
	ck_assert_uint_eq(record.present, 1u << WORD | 1u << MAIL | 1u << NOTE);
	ck_assert_slice_eq(record.values[WORD].text, STR("abc"));
	ck_assert_slice_eq(record.values[MAIL].text, STR("a@b.example"));
	ck_assert_slice_eq(record.values[NOTE].text, STR(""));
	ck_assert(record_is_input(&record, &create.operation));
	ck_assert_uint_eq(issues.count, 0);
}
END_TEST

#define WORD_AND_MAIL "\"word\":\"abc\",\"mail\":\"a@b.example\""
#define MAIL_AND_NOTE "\"mail\":\"a@b.example\",\"note\":\"\""

static const struct {
	struct str body;
	const char *on_create, *on_update; /* the issues; NULL: the same */
} bodies[] = {
	{ STR_INIT("{}"), "missing word, missing mail, missing note", "" },
	{ STR_INIT("{\"mail\":1,\"word\":[]}"), "string_type word, string_type mail, missing note",
		"string_type word, string_type mail" },
	{ STR_INIT("{\"word\":null,\"mail\":null,\"note\":null}"),
		"string_type word, string_type mail, string_type note", "" },
	{ STR_INIT("{\"id\":\"x\",\"made\":5,\"owner_id\":{},\"Word\":1,\"wor\":2}"),
		"missing word, missing mail, missing note", "" },
	{ STR_INIT("{\"word\":\"a\"," MAIL_AND_NOTE "}"), "string_too_short word", NULL },
	{ STR_INIT("{\"word\":\"abcdef\"," MAIL_AND_NOTE "}"), "string_too_long word", NULL },
	{ STR_INIT("{\"word\":\"\xc3\xa9\"," MAIL_AND_NOTE "}"), "string_too_short word", NULL },
	{ STR_INIT("{\"word\":"
		   "\"\xf0\x9f\x98\x80\\ud83d\\ude00\xc3\xa9\xc3\xa9\xc3\xa9\"," MAIL_AND_NOTE "}"),
		"", NULL },
	{ STR_INIT("{\"word\":\"\\u0000 \"," MAIL_AND_NOTE "}"), "", NULL },
	{ STR_INIT("{\"word\":\"\\ud800\"," MAIL_AND_NOTE "}"), "string_unicode word", NULL },
	{ STR_INIT("{\"word\":\"\\ud800 far too long\"," MAIL_AND_NOTE "}"), "string_unicode word",
		NULL },
	{ STR_INIT("{\"word\":\"abc\",\"mail\":\"nobody\",\"note\":\"\"}"), "value_error mail",
		NULL },
	{ STR_INIT("{\"word\":\"abc\",\"mail\":\"\",\"note\":\"\"}"), "value_error mail", NULL },
	{ STR_INIT("{\"word\":\"abc\",\"mail\":\"\\ud800@b.example\",\"note\":\"\"}"),
		"value_error mail", NULL },
	{ STR_INIT("{\"word\":\"abc\",\"mail\":\"123456789012@b.example\",\"note\":\"\"}"),
		"too_long mail", NULL },
	{ STR_INIT("{\"word\":\"a\",\"word\":\"abc\"," MAIL_AND_NOTE "}"), "", NULL },
	{ STR_INIT("{\"x\":\"\\ud800\",\"word\":\"abc\"," MAIL_AND_NOTE "}"), "", NULL },
	{ STR_INIT("[]"), "model_attributes_type", NULL },
	{ STR_INIT("null"), "model_attributes_type", NULL },
	{ STR_INIT("\"{}\""), "model_attributes_type", NULL },
	{ STR_INIT(""), "missing", NULL },
};

START_TEST(all_issues_are_found_in_declared_order)
{
	static const struct body *const kinds_of_body[] = { &create, &update };

	for (size_t a = 0; a < NITEMS(kinds_of_body); a++) {
		const struct body *as = kinds_of_body[a];
		const char *want = bodies[_i].on_create;
		if (as == &update && bodies[_i].on_update)
			want = bodies[_i].on_update;
		issues.count = 0;
		enum body_outcome outcome = validate(bodies[_i].body, as);
		ck_assert_str_eq(issues_found(), want);
		ck_assert_int_eq(outcome, *want ? BODY_INVALID : BODY_VALID);
		if (!*want)
			ck_assert(record_is_input(&record, &as->operation));
	}
}
END_TEST

START_TEST(an_update_has_the_fields_of_the_body)
{
	ck_assert_int_eq(validate(STR("{\"word\":null,\"note\":\"x\"}"), &update), BODY_VALID);
	ck_assert_uint_eq(record.present, 1u << WORD | 1u << NOTE);
	ck_assert_uint_eq(record_refused(&record), 1u << WORD);
	ck_assert_slice_eq(record.values[NOTE].text, STR("x"));
	/* The next body starts with an empty record. */
	ck_assert_int_eq(validate(STR("{}"), &update), BODY_VALID);
	ck_assert_uint_eq(record.present, 0);
}
END_TEST

START_TEST(an_address_is_stored_in_its_normal_form)
{
	ck_assert_int_eq(validate(STR("{\"mail\":\" Jo <a@B.Example> \"}"), &update), BODY_VALID);
	ck_assert_slice_eq(record.values[MAIL].text, STR("a@b.example"));
}
END_TEST

START_TEST(an_unbounded_address_is_accepted)
{
	static const struct field mail = { .name = "mail",
		.type = FIELD_EMAIL,
		.flags = FIELD_INPUT,
		.len = { 0, FIELD_UNBOUNDED } };
	static const struct resource r = { .name = "r", .fields = &mail, .nfields = 1 };

	static struct body body;

	body_init(&body, &r, false);
	ck_assert_int_eq(validate(STR("{\"mail\":\"a@b.example\"}"), &body), BODY_VALID);
	ck_assert_slice_eq(record.values[0].text, STR("a@b.example"));
}
END_TEST

/* A class with members of its own: other bounds, defaults and another order than the columns. */
static const struct field own_note = { .name = "note",
	.type = FIELD_STR,
	.flags = FIELD_INPUT | FIELD_PRESET,
	.len = { 0, 3 },
	.preset = { .kind = VALUE_STR, .text = STR_INIT("new") } };
static const struct field own_word = { .name = "word",
	.type = FIELD_STR,
	.flags = FIELD_INPUT | FIELD_NULLABLE | FIELD_PRESET,
	.len = { 0, 9 },
	.preset = { .kind = VALUE_NULL } };
static const struct member own_members[] = {
	{ .name = "note", .kind = MEMBER_FIELD, .field = &own_note, .index = NOTE },
	{ .name = "others", .kind = MEMBER_MANY, .field = &own_note, .index = NOTE },
	{ .name = "mail", .kind = MEMBER_FIELD, .field = &fields[MAIL], .index = MAIL },
	{ .name = "word", .kind = MEMBER_FIELD, .field = &own_word, .index = WORD },
};
static const struct schema own = { .name = "ThingReplace",
	.resource = &thing,
	.members = own_members,
	.nmembers = NITEMS(own_members),
	.fields = 1u << NOTE | 1u << MAIL | 1u << WORD };

static const struct {
	struct str body;
	bool partial;
	const char *issues;
	uint64_t present; /* if there are no issues */
} own_bodies[] = {
	{ STR_INIT("{}"), false, "missing mail", 0 },
	{ STR_INIT("{}"), true, "missing mail", 0 },
	{ STR_INIT("{\"mail\":\"a@b.example\",\"others\":1}"), false, "",
		1u << NOTE | 1u << MAIL | 1u << WORD },
	{ STR_INIT("{\"mail\":\"a@b.example\"}"), true, "", 1u << MAIL },
	{ STR_INIT("{\"mail\":\"a@b.example\",\"word\":null}"), true, "", 1u << MAIL | 1u << WORD },
	{ STR_INIT("{\"mail\":\"a@b.example\",\"note\":null}"), true, "string_type note", 0 },
	{ STR_INIT("{\"word\":\"abcdefghij\",\"note\":\"abcd\",\"mail\":1}"), false,
		"string_too_long note, string_type mail, string_too_long word", 0 },
	{ STR_INIT("{\"word\":\"abcdefghi\",\"note\":\"\",\"mail\":\"a@b.example\"}"), false, "",
		1u << NOTE | 1u << MAIL | 1u << WORD },
};

START_TEST(a_body_is_read_by_its_own_schema)
{
	const struct operation operation = {
		.resource = &thing, .body = &own, .partial = own_bodies[_i].partial
	};
	bool good = !*own_bodies[_i].issues;

	ck_assert_int_eq(validate_body(&arena, STR("application/json"), own_bodies[_i].body,
				 &operation, &record, &input, &issues),
		good ? BODY_VALID : BODY_INVALID);
	ck_assert_str_eq(issues_found(), own_bodies[_i].issues);
	if (!good)
		return;
	ck_assert_uint_eq(record.present, own_bodies[_i].present);
	ck_assert(record_is_input(&record, &operation));
}
END_TEST

START_TEST(absent_members_have_the_defaults_of_the_schema)
{
	const struct operation operation = { .resource = &thing, .body = &own };

	ck_assert_int_eq(
		validate_body(&arena, STR("application/json"), STR("{\"mail\":\"a@b.example\"}"),
			&operation, &record, &input, &issues),
		BODY_VALID);
	ck_assert_slice_eq(record.values[NOTE].text, STR("new"));
	ck_assert_int_eq(record.values[WORD].kind, VALUE_NULL);
	/* The column is not nullable, and the body has no such member. */
	ck_assert_uint_eq(record_refused(&record), 1u << WORD);
	validate_refused(&operation, 1u << WORD, input, &issues);
	ck_assert_str_eq(issues_found(), "string_type word");
}
END_TEST

START_TEST(an_issue_has_the_input)
{
	validate(STR("{\"mail\":\" <12345678901@B.Example>\",\"note\":1.50,\"x\":0}"), &create);
	render("{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"word\"],\"msg\":"
	       "\"Field required\",\"input\":{\"mail\":\" <12345678901@B.Example>\",\"note\":1.5,"
	       "\"x\":0}},{\"type\":\"too_long\",\"loc\":[\"body\",\"mail\"],\"msg\":"
	       "\"Value should have at most 20 items after validation, not 21\",\"input\":"
	       "\" <12345678901@B.Example>\",\"ctx\":{\"field_type\":\"Value\",\"max_length\":20,"
	       "\"actual_length\":21}},{\"type\":\"string_type\",\"loc\":[\"body\",\"note\"],"
	       "\"msg\":\"Input should be a valid string\",\"input\":1.5}]}");
}
END_TEST

START_TEST(an_issue_of_an_address_has_its_reason)
{
	validate(STR("{\"mail\":\"nobody\"}"), &update);
	render("{\"detail\":[{\"type\":\"value_error\",\"loc\":[\"body\",\"mail\"],\"msg\":"
	       "\"value is not a valid email address: An email address must have an @-sign.\","
	       "\"input\":\"nobody\",\"ctx\":{\"reason\":"
	       "\"An email address must have an @-sign.\"}}]}");
}
END_TEST

/* Bodies that are not JSON objects. */

START_TEST(bad_json_replaces_all_other_issues)
{
	bool exists;
	struct key key;

	ck_assert(!validate_key(STR("x"), &thing.key_parameter, &key, &exists, &issues));
	ck_assert_int_eq(validate(STR("{\"\xc3\xa9\":tru}"), &update), BODY_MALFORMED);
	render("{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",5],\"msg\":"
	       "\"JSON decode error\",\"input\":{},\"ctx\":{\"error\":\"Expecting value\"}}]}");
}
END_TEST

START_TEST(issues_of_the_path_come_first)
{
	bool exists;
	struct key key;

	ck_assert(!validate_key(STR("x"), &thing.key_parameter, &key, &exists, &issues));
	ck_assert_int_eq(validate(STR("{\"word\":1}"), &update), BODY_INVALID);
	ck_assert_str_eq(issues_found(), "int_parsing, string_type word");
	/* A valid body is valid beside an invalid path. */
	ck_assert_int_eq(validate(STR("{}"), &update), BODY_VALID);
	ck_assert_uint_eq(issues.count, 2);
}
END_TEST

static const struct {
	const char *what, *type;
	struct str body;
	enum body_outcome outcome;
	const char *issues;
} kinds[] = {
	{ "JSON", "application/json", STR_INIT("{}"), BODY_VALID, "" },
	{ "JSON with a suffix", "application/x+json; charset=latin-1", STR_INIT("{}"), BODY_VALID,
		"" },
	{ "JSON in UTF-16", "application/json", STR_INIT("{\0}\0"), BODY_VALID, "" },
	{ "no type", "", STR_INIT("{}"), BODY_INVALID, "model_attributes_type" },
	{ "text", "text/plain", STR_INIT("{}"), BODY_INVALID, "model_attributes_type" },
	{ "text that is not UTF-8", "text/plain", STR_INIT("\xff"), BODY_UNDECODABLE, "" },
	{ "text with a surrogate", "text/plain", STR_INIT("\xed\xa0\x80"), BODY_UNDECODABLE, "" },
	{ "no type, nothing", "", STR_INIT(""), BODY_INVALID, "missing" },
	{ "JSON that is not UTF-8", "application/json", STR_INIT("{\"a\":\"\xff\"}"),
		BODY_UNDECODABLE, "" },
	{ "bad JSON behind bad UTF-8", "application/json", STR_INIT("x\xff"), BODY_UNDECODABLE,
		"" },
	{ "bad JSON", "application/json", STR_INIT("x"), BODY_MALFORMED, "json_invalid" },
};

START_TEST(the_content_type_decides_how_a_body_is_read)
{
	enum body_outcome outcome = validate_body(&arena, str_from(kinds[_i].type), kinds[_i].body,
		&update.operation, &record, &input, &issues);

	ck_assert_msg(outcome == kinds[_i].outcome, "%s: %d", kinds[_i].what, outcome);
	ck_assert_str_eq(issues_found(), kinds[_i].issues);
}
END_TEST

START_TEST(a_body_that_is_not_json_is_shown_as_text)
{
	validate_body(&arena, STR("text/plain"), STR("\xef\xbb\xbf{\"a\":\0}"), &create.operation,
		&record, &input, &issues);
	render("{\"detail\":[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":"
	       "\"Input should be a valid dictionary or object to extract fields from\","
	       "\"input\":\"\xef\xbb\xbf{\\\"a\\\":\\u0000}\"}]}");
}
END_TEST

START_TEST(an_integer_of_too_many_digits_is_undecodable)
{
	static char body[5000] = "{\"x\":";

	memset(body + 5, '1', 4301);
	body[5 + 4301] = '}';
	ck_assert_int_eq(validate((struct str){ body, 5 + 4301 + 1 }, &update), BODY_UNDECODABLE);
	body[5 + 4300] = '}';
	ck_assert_int_eq(validate((struct str){ body, 5 + 4300 + 1 }, &update), BODY_VALID);
}
END_TEST

START_TEST(fields_that_dbd_refuses_are_issues)
{
	ck_assert_int_eq(validate(STR("{\"note\":null,\"word\":null}"), &update), BODY_VALID);
	validate_refused(&update.operation, 1u << NOTE | 1u << WORD, input, &issues);
	render("{\"detail\":[{\"type\":\"string_type\",\"loc\":[\"body\",\"word\"],\"msg\":"
	       "\"Input should be a valid string\",\"input\":null},{\"type\":\"string_type\","
	       "\"loc\":[\"body\",\"note\"],\"msg\":\"Input should be a valid string\","
	       "\"input\":null}]}");
}
END_TEST

START_TEST(values_that_no_column_stores_are_left_to_dbd)
{
	ck_assert_int_eq(
		validate(STR("{\"note\":\"\\ud800\"," WORD_AND_MAIL "}"), &create), BODY_VALID);
	ck_assert_uint_eq(record_refused(&record), 1u << NOTE);
	validate_refused(&create.operation, 1u << NOTE, input, &issues);
	render("{\"detail\":[{\"type\":\"string_unicode\",\"loc\":[\"body\",\"note\"],\"msg\":"
	       "\"Input "
	       "should be a valid string, unable to parse raw data as a unicode string\","
	       "\"input\":\"\\ud800\"}]}");
	/* They are no issues beside others. */
	issues.count = 0;
	validate(STR("{\"note\":\"\\ud800\",\"mail\":1,\"word\":\"\\ud800\"}"), &update);
	ck_assert_str_eq(issues_found(), "string_unicode word, string_type mail");
}
END_TEST

/* The greatest number of issues: one for the path and one for each input field. */
START_TEST(every_declared_field_is_validated)
{
	const struct resource *r = api->resources[_i];
	unsigned inputs = 0;
	bool exists;
	struct key key;

	for (unsigned i = 0; i < r->nfields; i++)
		inputs += (r->fields[i].flags & FIELD_INPUT) != 0;
	ck_assert(!validate_key(STR("x"), &r->key_parameter, &key, &exists, &issues));
	ck_assert_int_eq(validate_body(&arena, STR("application/json"), STR("{}"),
				 r->by_action[ACTION_CREATE], &record, &input, &issues),
		BODY_INVALID);
	ck_assert_uint_eq(issues.count, 1 + inputs);
	for (unsigned i = 0, n = 1; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_INPUT)
			ck_assert_ptr_eq(issues.list[n++].name, r->fields[i].name);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("validate");
	TCase *tests = tcase_create("validate");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, keys_are_validated, 0, (int)NITEMS(keys));
	tcase_add_loop_test(tests, bounds_of_a_key_are_checked, 0, (int)NITEMS(bounded_keys));
	tcase_add_test(tests, keys_that_are_uuids_are_validated);
	tcase_add_test(tests, a_key_of_too_many_digits_has_its_own_issue);
	tcase_add_test(tests, a_complete_body_is_a_record);
	tcase_add_loop_test(tests, all_issues_are_found_in_declared_order, 0, (int)NITEMS(bodies));
	tcase_add_test(tests, an_update_has_the_fields_of_the_body);
	tcase_add_test(tests, an_address_is_stored_in_its_normal_form);
	tcase_add_test(tests, an_unbounded_address_is_accepted);
	tcase_add_loop_test(tests, a_body_is_read_by_its_own_schema, 0, (int)NITEMS(own_bodies));
	tcase_add_test(tests, absent_members_have_the_defaults_of_the_schema);
	tcase_add_test(tests, an_issue_has_the_input);
	tcase_add_test(tests, an_issue_of_an_address_has_its_reason);
	tcase_add_test(tests, bad_json_replaces_all_other_issues);
	tcase_add_test(tests, issues_of_the_path_come_first);
	tcase_add_loop_test(
		tests, the_content_type_decides_how_a_body_is_read, 0, (int)NITEMS(kinds));
	tcase_add_test(tests, a_body_that_is_not_json_is_shown_as_text);
	tcase_add_test(tests, an_integer_of_too_many_digits_is_undecodable);
	tcase_add_test(tests, fields_that_dbd_refuses_are_issues);
	tcase_add_test(tests, values_that_no_column_stores_are_left_to_dbd);
	tcase_add_loop_test(tests, every_declared_field_is_validated, 0, (int)api->nresources);
	suite_add_tcase(suite, tests);
	return suite;
}
