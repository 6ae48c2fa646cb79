/* Patterns of fields: what is matched, what the issue shows, and what the master refuses. */
#include "field_input.h"
#include "field_pattern.h"
#include "json_read.h"
#include "suite.h"

static struct arena arena;

static const struct field item = {
	.name = "tags", .type = FIELD_STR, .len = { 0, 9 }, .pattern = STR_INIT("^#")
};

#define TEXT(NAME, FLAGS, PATTERN)                                                                 \
	{                                                                                          \
		.name = NAME, .type = FIELD_STR, .flags = FLAGS, .len = { 0, 9 },                  \
		.pattern = STR_INIT(PATTERN)                                                       \
	}

static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT },
	TEXT("slug", 0, "^[a-z-]+$"),
	TEXT("code", FIELD_STRIP | FIELD_LOWER, "^[A-Z]+$"),
	{ .name = "tags", .type = FIELD_ARRAY, .items = &item },
	{ .name = "email",
		.type = FIELD_EMAIL,
		.flags = FIELD_LOWER,
		.len = { 0, 99 },
		.pattern = STR_INIT("@b\\.example$") },
	TEXT("quote", 0, "^\"'\\\\\u00e9\1{2}$"),
};
static const struct resource thing = {
	.name = "thing", .fields = fields, .nfields = NITEMS(fields)
};
static const struct resource *const things[] = { &thing };
static const struct api declared = { .resources = things, .nresources = 1 };

enum { SLUG = 1, CODE, EMAIL = 4, QUOTE };

static void setup(void)
{
	field_patterns_open(&declared);
}

static void teardown(void)
{
	field_patterns_close();
	arena_done(&arena);
}

#define MISMATCH(NAME, PATTERN, INPUT)                                                             \
	"{\"detail\":[{\"type\":\"string_pattern_mismatch\",\"loc\":[\"body\",\"" NAME             \
	"\"],\"msg\":\"String should match pattern '" PATTERN "'\",\"input\":\"" INPUT             \
	"\",\"ctx\":{\"pattern\":\"" PATTERN "\"}}]}"

static const struct {
	const struct field *field;
	struct str input;
	const char *value, *issues; /* one of them */
} cases[] = {
	{ &fields[SLUG], STR_INIT("\"a-b\""), "a-b", NULL },
	{ &fields[SLUG], STR_INIT("\"a b\""), NULL, MISMATCH("slug", "^[a-z-]+$", "a b") },
	{ &fields[SLUG], STR_INIT("\"a\\n\""), NULL, MISMATCH("slug", "^[a-z-]+$", "a\\n") },
	/* The length comes first. */
	{ &fields[SLUG], STR_INIT("\"          \""), NULL,
		"{\"detail\":[{\"type\":\"string_too_long\",\"loc\":[\"body\",\"slug\"],\"msg\":"
		"\"String should have at most 9 characters\",\"input\":\"          \",\"ctx\":{"
		"\"max_length\":9}}]}" },
	/* Stripped before, converted afterwards; the issue has the text as it came. */
	{ &fields[CODE], STR_INIT("\" AB \""), "ab", NULL },
	{ &fields[CODE], STR_INIT("\" ab \""), NULL, MISMATCH("code", "^[A-Z]+$", " ab ") },
	{ &item, STR_INIT("\"#a\""), "#a", NULL },
	{ &item, STR_INIT("\"a\""), NULL, MISMATCH("tags", "^#", "a") },
	/* Of an address, the result of all that comes before. */
	{ &fields[EMAIL], STR_INIT("\"A <A@B.EXAMPLE>\""), "a@b.example", NULL },
	{ &fields[EMAIL], STR_INIT("\"A <A@C.EXAMPLE>\""), NULL,
		MISMATCH("email", "@b\\\\.example$", "a@c.example") },
	{ &fields[QUOTE], STR_INIT("\"\\\"'\\\\\\u00e9\\u0001\\u0001\""), "\"'\\\u00e9\1\1", NULL },
	{ &fields[QUOTE], STR_INIT("\"\""), NULL,
		MISMATCH("quote", "^\\\"'\\\\\\\\\u00e9\\u0001{2}$", "") },
};

static struct str rendered(const struct issues *issues)
{
	struct buf out;

	buf_init(&out, 4096);
	issues_render(&out, issues);
	struct str text = arena_copy(&arena, buf_view(&out));
	buf_done(&out);
	return text;
}

START_TEST(a_text_matches_or_has_an_issue)
{
	struct issues issues = { .arena = &arena };
	struct field_input input = { .arena = &arena, .field = cases[_i].field, .issues = &issues };
	struct json_error error;

	ck_assert_int_eq(json_read(&arena, cases[_i].input, &input.json, &error), JSON_OK);
	bool valid = field_input_read(&input);
	ck_assert_int_eq(valid, cases[_i].value != NULL);
	if (valid)
		ck_assert_slice_eq(input.value.text, str_from(cases[_i].value));
	else
		ck_assert_slice_eq(rendered(&issues), str_from(cases[_i].issues));
}
END_TEST

START_TEST(another_api_takes_the_place_of_the_first)
{
	static const struct field other = TEXT("slug", 0, "^x$");
	static const struct resource resource = { .name = "a", .fields = &other, .nfields = 1 };
	static const struct resource *const list[] = { &resource };
	static const struct api second = { .resources = list, .nresources = 1 };

	ck_assert(field_pattern_matches(&fields[SLUG], STR("a")));
	field_patterns_open(&second);
	ck_assert(field_pattern_matches(&other, STR("x")));
	ck_assert(!field_pattern_matches(&other, STR("a")));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("field_pattern");
	TCase *tests = tcase_create("field_pattern");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_text_matches_or_has_an_issue, 0, NITEMS(cases));
	tcase_add_test(tests, another_api_takes_the_place_of_the_first);
	suite_add_tcase(suite, tests);
	return suite;
}
