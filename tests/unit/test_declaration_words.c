/* Declarations: paths, tags, fixed answers and whatever else an app says of its routes. */
#include "declaration.h"

#include "sample.h"
#include "suite.h"

static struct buf error;
static const struct api *read_api; /* freed by teardown */

static void setup(void)
{
	buf_init(&error, DECLARATION_MOST);
	read_api = NULL;
}

static void teardown(void)
{
	declaration_free(read_api);
	buf_done(&error);
}

static const struct api *read_text(const char *text)
{
	declaration_free(read_api);
	read_api = sample_read_api(str_from(text));
	return read_api;
}

#define SOME_FIELD "\"fields\":{\"f\":{\"type\":\"text\"}}"
/* A declaration with these words at the top; and of a resource "a" with these words. */
#define TOP(words)      "{" words ",\"resources\":{}}"
#define RESOURCE(words) "{\"resources\":{\"a\":{" words "," SOME_FIELD "}}}"
#define CONSTANT(words) TOP("\"constants\":{\"/x\":{\"name\":\"x\",\"answer\":1," words "}}")

/* Of a resource "b" below "a", with these words. */
#define CHILD(words)                                                                               \
	"{\"resources\":{\"a\":{" SOME_FIELD "},\n\"b\":{\"parent\":\"a\"," words "," SOME_FIELD   \
	"}}}"
#define PARENT(words) CHILD("\"parent_field\":{" words "}")
/* Of a unique field with these words for conflicts. */
#define CONFLICT(words)                                                                            \
	"{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\",\"unique\":true,"             \
	"\"conflict\":" words "}}}}}"

/* What is refused. */

#define PATH_RULE                                                                                  \
	"allowed is a path: segments after \"/\" are letters, digits and -._~!$&'()*+,;=:@, or a " \
	"parameter: {user_id}"
#define PREFIX_RULE                                                                                \
	"allowed is \"\", or a path without parameters and without a slash at its end: "           \
	"\"/api/v1\""

static const struct refused {
	const char *text, *line; /* the line without "api.json:" */
} refused[] = {
	{ TOP("\"prefix\":\"api\""), "1:11: prefix: found \"api\"; " PREFIX_RULE },
	{ TOP("\"prefix\":\"/api/\""), "1:11: prefix: found \"/api/\"; " PREFIX_RULE },
	{ TOP("\"prefix\":\"/{v}\""), "1:11: prefix: found \"/{v}\"; " PREFIX_RULE },
	{ TOP("\"prefix\":1"), "1:11: prefix: found 1; " PREFIX_RULE },
	{ TOP("\"description\":1"), "1:16: description: found 1; allowed is a string" },
	{ TOP("\"schemas\":[]"), "1:12: schemas: found an array; allowed is an object" },
	{ TOP("\"schemas\":{\"A\":1}"), "1:17: schemas.A: found 1; allowed is an object" },
	{ TOP("\"schemas\":{\"A B\":{}}"),
		"1:13: schemas.A B: not a name; allowed are letters, digits and ._-" },
	{ TOP("\"home\":\"x\""), "1:9: home: found \"x\"; allowed is an object" },
	{ TOP("\"constants\":[]"), "1:14: constants: found an array; allowed is an object" },
	{ TOP("\"constants\":{\"x\":{}}"), "1:15: constants.x: found \"x\"; " PATH_RULE },
	{ TOP("\"constants\":{\"/x//y\":{}}"),
		"1:15: constants./x//y: found \"/x//y\"; " PATH_RULE },
	{ TOP("\"constants\":{\"/../y\":{}}"),
		"1:15: constants./../y: found \"/../y\"; " PATH_RULE },
	{ TOP("\"constants\":{\"/a b\":{}}"), "1:15: constants./a b: found \"/a b\"; " PATH_RULE },
	{ TOP("\"constants\":{\"/a{x}\":{}}"),
		"1:15: constants./a{x}: found \"/a{x}\"; " PATH_RULE },
	{ TOP("\"constants\":{\"/{}\":{}}"), "1:15: constants./{}: found \"/{}\"; " PATH_RULE },
	{ TOP("\"constants\":{\"/{x}\":{}}"),
		"1:15: constants./{x}: found \"/{x}\"; allowed is a path with no parameter" },
	{ TOP("\"constants\":{\"/x\":1}"), "1:20: constants./x: found 1; allowed is an object" },
	{ TOP("\"constants\":{\"/x\":{\"answer\":1}}"), "1:20: constants./x: \"name\" is missing" },
	{ TOP("\"constants\":{\"/x\":{\"name\":\"x\"}}"),
		"1:20: constants./x: \"answer\" is missing" },
	{ CONSTANT("\"sumary\":\"x\""),
		"1:43: constants./x.sumary: there is no such word here; allowed are name, answer, "
		"tags, summary, operation_id, description, schema, last; did you mean "
		"\"summary\"?" },
	{ CONSTANT("\"tags\":\"x\""),
		"1:50: constants./x.tags: found \"x\"; allowed is an array of strings" },
	{ CONSTANT("\"tags\":[\"x\",1]"),
		"1:55: constants./x.tags.1: found 1; allowed is a string" },
	{ CONSTANT("\"summary\":\"a\\nb\""),
		"1:53: constants./x.summary: found \"a\\nb\"; allowed is text without control "
		"characters" },
	{ CONSTANT("\"last\":1"), "1:50: constants./x.last: found 1; allowed are true, false" },
	{ CONSTANT("\"schema\":[]"),
		"1:52: constants./x.schema: found an array; allowed is an object" },
	{ RESOURCE("\"path\":\"heroes\""), "1:27: resources.a.path: found \"heroes\"; " PATH_RULE },
	{ RESOURCE("\"path\":\"/heroes/{id}\""),
		"1:27: resources.a.path: found \"/heroes/{id}\"; allowed is a path with no "
		"parameter" },
	{ RESOURCE("\"tags\":{}"),
		"1:27: resources.a.tags: found an object; allowed is an array of strings" },
	{ RESOURCE("\"parent_field\":{}"),
		"1:35: resources.a.parent_field: found an object; allowed only with \"parent\"" },
	{ PARENT("\"nullable\":1"),
		"2:46: resources.b.parent_field.nullable: found 1; allowed are true, false" },
	{ PARENT("\"nulable\":1"),
		"2:35: resources.b.parent_field.nulable: there is no such word here; allowed are "
		"name, in, nullable, default; did you mean \"nullable\"?" },
	{ PARENT("\"name\":\"\""), "2:42: resources.b.parent_field.name: found \"\"; allowed is a "
				   "name: a letter, then "
				   "letters, digits and _, at most 63 characters" },
	{ PARENT("\"in\":\"query\""),
		"2:40: resources.b.parent_field.in: found \"query\"; allowed are path, body" },
	{ PARENT("\"in\":\"body\",\"nullable\":true,\"default\":1"),
		"2:73: resources.b.parent_field.default: found 1; allowed is null" },
	{ PARENT("\"nullable\":true,\"default\":null"),
		"2:61: resources.b.parent_field.default: found null; allowed only with \"in\": "
		"\"body\" and \"nullable\": true" },
	{ PARENT("\"name\":\"f\""), "2:61: resources.b.fields.f: a field is named \"f\", but so is "
				    "the key of the parent" },
	{ RESOURCE("\"not_found\":1"),
		"1:32: resources.a.not_found: found 1; allowed are a string and an object" },
	{ RESOURCE("\"not_found\":\"no {ids}\""),
		"1:32: resources.a.not_found: there is no placeholder {ids} here; allowed are "
		"{id}" },
	{ RESOURCE("\"not_found\":{\"status\":500}"),
		"1:42: resources.a.not_found.status: found 500; allowed is an integer from 400 to "
		"499" },
	{ RESOURCE("\"in_use\":{\"detail\":{}}"),
		"1:39: resources.a.in_use.detail: found an object; allowed is a string" },
	{ RESOURCE("\"conflict\":{\"text\":\"\"}"),
		"1:32: resources.a.conflict.text: there is no such word here; allowed are status, "
		"detail" },
	{ RESOURCE("\"conflict\":\"{id}\""),
		"1:31: resources.a.conflict: there is no placeholder {id} here; allowed are "
		"{field}" },
	/* Paths that are not reached, names that clash. */
	{ TOP("\"constants\":{\"/redoc\":{\"name\":\"x\",\"answer\":1}}"),
		"1:24: constants./redoc: GET /redoc of x is a path of the documentation" },
	{ TOP("\"home\":{},\"constants\":{\"/\":{\"name\":\"x\",\"answer\":1}}"),
		"1:29: constants./: GET / of x is answered by home (/) before" },
	{ "{\"constants\":{\"/as\":{\"name\":\"x\",\"answer\":1}},\"resources\":{\"a\":{" SOME_FIELD
	  "}}}",
		"1:63: resources.a: GET /as of list_as is answered by x (/as) before" },
	{ CHILD("\"path\":\"/as\",\"operations\":[\"list\"]"),
		"2:46: resources.b.operations.0: GET /as of list_bs is answered by list_as (/as) "
		"before" },
	{ CHILD("\"path\":\"/as/b\",\"operations\":{\"list\":{}}"),
		"2:55: resources.b.operations.list: GET /as/b of list_bs is answered by get_a "
		"(/as/{a_id}) before" },
	{ CHILD("\"operations\":{\"replace\":{\"path\":\"/as/{x}\"}}"),
		"2:43: resources.b.operations.replace: the path /as/{x} of replace_b is "
		"/as/{a_id} of get_a but for the name of the parameter" },
	{ RESOURCE("\"operations\":{\"list\":{\"operation_id\":\"x\"},\"read\":{\"operation_id\":"
		   "\"x\"}}"),
		"1:69: resources.a.operations.read: an operation is named \"x\", but so is "
		"an operation" },
	{ "{\"schemas\":{\"AResponse\":{}},\"resources\":{\"a\":{" SOME_FIELD "}}}",
		"1:25: schemas.AResponse: a schema of the file is named \"AResponse\", but so is a "
		"schema of a" },
	{ "{\"resources\":{\"a\":{\"schemas\":{\"BUpdate\":[\"f\"]},\"operations\":{\"create\":{"
	  "\"body\":\"BUpdate\"}}," SOME_FIELD "},\"b\":{" SOME_FIELD "}}}",
		"1:127: resources.b: a schema of b is named \"BUpdate\", but so is a schema of a" },
	{ CONFLICT("1"),
		"1:74: resources.a.fields.f.conflict: found 1; allowed are a string and an "
		"object" },
	{ "{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\",\"conflict\":\"x\"}}}}}",
		"1:60: resources.a.fields.f.conflict: allowed only with \"unique\": true" },
};

START_TEST(a_broken_word_is_refused_in_one_line)
{
	const struct refused *c = &refused[_i];

	ck_assert_msg(!declaration_read(str_from(c->text), "api.json", &error), "%s", c->text);
	struct str line = buf_view(&error);
	ck_assert(str_starts(line, STR("api.json:")));
	ck_assert_slice_eq(str_from_index(line, strlen("api.json:")), str_from(c->line));
}
END_TEST

/* What the words become. */

START_TEST(the_file_has_a_prefix_and_a_description)
{
	const struct api *a = read_text(
		"{\"resources\":{\"a\":{" SOME_FIELD "},\"b\":{\"path\":\"/bs/\",\"parent\":\"a\","
		"\"tags\":[\"x\",\"y\"]," SOME_FIELD "}},\"prefix\":\"/api/v1\","
		"\"description\":\"One.\\nTwo.\",\"schemas\":{\"_sa\":{\"type\":\"null\"}}}");
	const struct resource *b = a->resources[1];

	ck_assert_str_eq(a->prefix, "/api/v1");
	ck_assert_str_eq(a->description, "One.\nTwo.");
	ck_assert_str_eq(a->schemas, "{\"_sa\":{\"type\":\"null\"}}");
	ck_assert_str_eq(a->resources[0]->path, "/api/v1/as");
	ck_assert_uint_eq(a->resources[0]->ntags, 0);
	ck_assert_str_eq(b->path, "/api/v1/bs/");
	ck_assert_uint_eq(b->ntags, 2);
	ck_assert_str_eq(b->tags[1], "y");
	ck_assert_str_eq(b->by_action[ACTION_CREATE]->path, "/api/v1/as/{a_id}/bs");
	ck_assert_str_eq(b->by_action[ACTION_READ]->path, "/api/v1/bs/{b_id}");
	ck_assert_str_eq(b->by_action[ACTION_READ]->tags[0], "x");
}
END_TEST

START_TEST(constants_are_in_the_order_of_the_text_after_home)
{
	const struct api *a = read_text(
		TOP("\"constants\":{\"/health\":{\"name\":\"health_check\",\"answer\":{\"status\":"
		    "\"\\u00e9\"},\"tags\":[\"ops\"],\"summary\":\"S\",\"description\":\"D\","
		    "\"operation_id\":\"ops-h\",\"last\":true,"
		    "\"schema\":{\"type\":\"object\"}},\"/v/1/\":{\"answer\":null,\"name\":\"v\"}},"
		    "\"home\":{\"a\":1}"));

	ck_assert_uint_eq(a->nconstants, 3);
	ck_assert_str_eq(a->constants[0].path, "/");
	ck_assert_str_eq(a->constants[0].name, "home");
	ck_assert_str_eq(a->constants[0].answer, "{\"a\":1}");
	const struct constant *c = &a->constants[1];
	ck_assert_str_eq(c->path, "/health");
	ck_assert_str_eq(c->name, "health_check");
	ck_assert_str_eq(c->answer, "{\"status\":\"\xc3\xa9\"}");
	ck_assert_uint_eq(c->ntags, 1);
	ck_assert_str_eq(c->tags[0], "ops");
	ck_assert_str_eq(c->summary, "S");
	ck_assert_str_eq(c->id, "ops-h");
	ck_assert_str_eq(c->description, "D");
	ck_assert(c->last && !a->constants[0].last);
	ck_assert_str_eq(c->answer_schema, "{\"type\":\"object\"}");
	ck_assert_str_eq(a->constants[2].path, "/v/1/");
	ck_assert_str_eq(a->constants[2].answer, "null");
	ck_assert_ptr_null(a->constants[2].answer_schema);
}
END_TEST

/* Where it is in the table follows from who sends it. */
START_TEST(the_key_of_the_parent_may_be_in_the_body)
{
	const struct resource *b = read_text(PARENT("\"name\":\"author\",\"in\":\"body\","
						    "\"nullable\":true,\"default\":null"))
					   ->resources[1];
	const struct field *f = &b->fields[b->parent_field];

	ck_assert_uint_eq(b->parent_field, 2);
	ck_assert_str_eq(f->name, "author");
	ck_assert_uint_eq(
		f->flags, FIELD_PARENT | FIELD_INDEX | FIELD_INPUT | FIELD_NULLABLE | FIELD_PRESET);
	ck_assert_int_eq(f->preset.kind, VALUE_NULL);
	ck_assert_str_eq(b->by_action[ACTION_CREATE]->path, "/bs");
	ck_assert_uint_eq(b->operations[0].action, ACTION_LIST);
	ck_assert_uint_eq(b->by_action[ACTION_CREATE]->body->fields, 6);
	ck_assert_uint_eq(b->by_action[ACTION_UPDATE]->body->fields, 2);
}
END_TEST

START_TEST(failures_have_their_own_words)
{
	const struct resource *r =
		read_text("{\"resources\":{\"a\":{\"not_found\":\"No \\\"{id}\\\" \u00e9\","
			  "\"conflict\":{\"status\":400,\"detail\":\"{field}?\"},\"in_use\":{"
			  "\"status\":400},\"fields\":{\"f\":{\"type\":\"text\",\"unique\":true,"
			  "\"conflict\":\"taken\"}}}}}")
			->resources[0];

	ck_assert_int_eq(r->not_found.status, 404);
	ck_assert_str_eq(r->not_found.text, "No \\\"{id}\\\" \xc3\xa9");
	ck_assert_int_eq(r->conflict.status, 400);
	ck_assert_str_eq(r->conflict.text, "{field}?");
	ck_assert_int_eq(r->in_use.status, 400);
	ck_assert_ptr_null(r->in_use.text);
	ck_assert_int_eq(r->fields[1].conflict->status, 409);
	ck_assert_str_eq(r->fields[1].conflict->text, "taken");
}
END_TEST

/* The canonical forms. Each declaration differs from the one before. */

static const char *const texts[] = {
	TOP("\"home\":{}"),
	TOP("\"description\":\"a\\nb\""),
	TOP("\"prefix\":\"/a\""),
	TOP("\"schemas\":{\"A\":{\"type\":\"object\"}}"),
	CONSTANT("\"tags\":[\"a\"]"),
	CONSTANT("\"tags\":[\"a\",\"\\\"\"]"),
	CONSTANT("\"summary\":\"a\""),
	CONSTANT("\"operation_id\":\"a\""),
	CONSTANT("\"description\":\"a\""),
	CONSTANT("\"last\":true"),
	CONSTANT("\"schema\":{}"),
	TOP("\"home\":{},\"constants\":{\"/a\":{\"name\":\"a\",\"answer\":[1.0,\"{}\"]}}"),
	TOP("\"constants\":{\"/a\":{\"name\":\"a\",\"answer\":1},\"/\":{\"name\":\"home\","
	    "\"answer\":{}}}"),
	TOP("\"constants\":{\"/\":{\"name\":\"home\",\"answer\":1}}"),
	RESOURCE("\"path\":\"/b\""),
	RESOURCE("\"path\":\"/b/\""),
	RESOURCE("\"path\":\"/\""),
	RESOURCE("\"tags\":[\"a\",\"b\"]"),
	PARENT("\"name\":\"x\""),
	PARENT("\"nullable\":true"),
	PARENT("\"in\":\"body\""),
	PARENT("\"in\":\"body\",\"nullable\":true"),
	PARENT("\"in\":\"body\",\"nullable\":true,\"default\":null"),
	RESOURCE("\"not_found\":\"\\\"\""),
	RESOURCE("\"not_found\":{\"status\":410}"),
	RESOURCE("\"not_found\":{\"status\":410,\"detail\":\"\"}"),
	RESOURCE("\"conflict\":\"{field}\""),
	RESOURCE("\"in_use\":\"{id}\""),
	CONFLICT("\"x\""),
	CONFLICT("{\"status\":400}"),
};

static const struct api *read_back(
	const struct api *a, void (*write)(struct buf *out, const struct api *a))
{
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	write(&text, a);
	const struct api *again = declaration_read_canonical(buf_view(&text), "canonical", &error);
	ck_assert_msg(again, "%.*s: %.*s", STR_ARGS(buf_view(&error)), STR_ARGS(buf_view(&text)));
	buf_done(&text);
	return again;
}

static void check_same(const struct api *a, const struct api *b)
{
	struct buf one, other;

	buf_init(&one, DECLARATION_CANONICAL_MOST);
	buf_init(&other, DECLARATION_CANONICAL_MOST);
	declaration_write(&one, a);
	declaration_write(&other, b);
	ck_assert_slice_eq(buf_view(&one), buf_view(&other));
	ck_assert_uint_eq(a->fingerprint, b->fingerprint);
	buf_done(&one);
	buf_done(&other);
}

START_TEST(both_forms_are_read_back_the_same)
{
	const struct api *a = read_text(texts[_i]);
	const struct api *brief = read_back(a, declaration_write_brief);
	const struct api *canonical = read_back(a, declaration_write);

	check_same(a, brief);
	check_same(a, canonical);
	declaration_free(brief);
	declaration_free(canonical);
}
END_TEST

START_TEST(the_fingerprint_depends_on_each_word)
{
	uint64_t fingerprints[NITEMS(texts)];

	for (size_t i = 0; i < NITEMS(texts); i++) {
		fingerprints[i] = read_text(texts[i])->fingerprint;
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(fingerprints[j] != fingerprints[i], "%s", texts[i]);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("declaration_words");
	TCase *tests = tcase_create("declaration_words");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_broken_word_is_refused_in_one_line, 0, (int)NITEMS(refused));
	tcase_add_test(tests, the_file_has_a_prefix_and_a_description);
	tcase_add_test(tests, constants_are_in_the_order_of_the_text_after_home);
	tcase_add_test(tests, the_key_of_the_parent_may_be_in_the_body);
	tcase_add_test(tests, failures_have_their_own_words);
	tcase_add_loop_test(tests, both_forms_are_read_back_the_same, 0, (int)NITEMS(texts));
	tcase_add_test(tests, the_fingerprint_depends_on_each_word);
	suite_add_tcase(suite, tests);
	return suite;
}
