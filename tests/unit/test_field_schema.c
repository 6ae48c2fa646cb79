/* The schemas of fields equal the reference's byte for byte, for each declaration of
 * tests/contract/types/types.json. */
#include "field_schema.h"

#include "declaration.h"
#include "json_write.h"
#include "recorded_types.h"
#include "suite.h"

static struct arena arena;
static struct recorded_types types;
static struct api *declared;

static void setup(void)
{
	arena_init(&arena);
	recorded_types_read(&types, &arena);
	declared = NULL;
}

static void teardown(void)
{
	declaration_free(declared);
	arena_done(&arena);
}

static struct str text_of(const struct json *json)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	json_write(&out, json);
	struct str text = arena_copy(&arena, buf_view(&out));
	buf_done(&out);
	return text;
}

/* Members of an object that is an object, and so on. */
static const struct json *member(const struct json *json, const char *key)
{
	const struct json *found = json_get(json, str_from(key));

	ck_assert_msg(found != NULL, "no %s", key);
	return found;
}

/* The field v of a resource that has no other. */
static const struct field *declare(struct str field)
{
	struct buf error;

	declaration_free(declared);
	buf_init(&error, 1000);
	declared = declaration_read(
		arena_printf(
			&arena, "{\"resources\":{\"thing\":{\"fields\":{\"v\":%s}}}}", field.ptr),
		"test", &error);
	ck_assert_msg(declared != NULL, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	ck_assert_str_eq(declared->resources[0]->fields[1].name, "v");
	return &declared->resources[0]->fields[1];
}

static void check_form(
	struct str name, const struct field *f, enum schema_form form, const struct json *schema)
{
	struct str want = text_of(member(schema, "properties"));
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	buf_char(&out, '{');
	field_schema_write(&out, f, form, &arena);
	buf_char(&out, '}');
	ck_assert_msg(str_equal(buf_view(&out), want), "%.*s: %.*s instead of %.*s", STR_ARGS(name),
		STR_ARGS(buf_view(&out)), STR_ARGS(want));
	ck_assert_msg(field_schema_requires(f, form) == (json_get(schema, STR("required")) != NULL),
		"%.*s is required or not", STR_ARGS(name));
	ck_assert(field_schema_has(f, form));
	buf_done(&out);
}

static const struct json *one_of(const struct json *type, const char *key)
{
	const struct json *found = json_get(type, str_from(key));

	return found ? found : member(type, "openapi");
}

START_TEST(fields_are_as_recorded)
{
	for (unsigned i = 0; i < types.count; i++) {
		const struct json *type = json_get(types.json, types.names[i]);
		check_form(types.names[i], types.fields[i], SCHEMA_CREATE,
			one_of(type, "openapi_input"));
		check_form(types.names[i], types.fields[i], SCHEMA_RESPONSE,
			one_of(type, "openapi_output"));
	}
	ck_assert_uint_eq(types.count, 53);
}
END_TEST

START_TEST(enumerations_are_as_recorded)
{
	static const char *const names[] = { "enum", "int enum" };
	static const char *const schemas[] = { "Color", "Level" };

	for (size_t i = 0; i < NITEMS(names); i++) {
		const struct choices *choices =
			field_schema_enum(recorded_types_field(&types, names[i]));
		struct buf out;
		ck_assert_ptr_nonnull(choices);
		buf_init(&out, SIZE_MAX / 2);
		field_schema_write_enum(&out, choices);
		ck_assert_slice_eq(
			buf_view(&out), text_of(member(member(types.json, "#enums"), schemas[i])));
		buf_done(&out);
	}
}
END_TEST

/* Made with Pydantic 2.13 and reordered as FastAPI's model of OpenAPI does. */
static const struct {
	const char *field;
	enum schema_form form;
	const char *schema;
} others[] = {
	{ "{\"type\":\"integer\",\"ge\":1}", SCHEMA_UPDATE,
		"{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1.0},{\"type\":\"null\"}],"
		"\"title\":\"V\"}" },
	{ "{\"type\":\"integer\",\"default\":5}", SCHEMA_UPDATE,
		"{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"integer\",\"multiple_of\":3,\"ge\":1,\"lt\":9,\"nullable\":true}",
		SCHEMA_CREATE,
		"{\"anyOf\":[{\"type\":\"integer\",\"multipleOf\":3.0,\"exclusiveMaximum\":9.0,"
		"\"minimum\":1.0},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"decimal\",\"gt\":0,\"nullable\":true}", SCHEMA_CREATE,
		"{\"anyOf\":[{\"type\":\"number\",\"exclusiveMinimum\":0.0},{\"type\":\"string\"},"
		"{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"decimal\",\"gt\":0,\"nullable\":true}", SCHEMA_RESPONSE,
		"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"decimal\",\"default\":\"1.50\"}", SCHEMA_RESPONSE,
		"{\"type\":\"string\",\"title\":\"V\",\"default\":\"1.50\"}" },
	{ "{\"type\":\"number\",\"default\":1e-7,\"le\":1e22}", SCHEMA_RESPONSE,
		"{\"type\":\"number\",\"maximum\":1e+22,\"title\":\"V\",\"default\":1e-07}" },
	{ "{\"type\":\"string\",\"enum\":{\"name\":\"Color\",\"members\":{\"red\":\"r\"}}}",
		SCHEMA_UPDATE,
		"{\"anyOf\":[{\"$ref\":\"#/components/schemas/Color\"},{\"type\":\"null\"}]}" },
	{ "{\"type\":\"string\",\"literal\":[\"on\"]}", SCHEMA_UPDATE,
		"{\"anyOf\":[{\"type\":\"string\",\"const\":\"on\"},{\"type\":\"null\"}],"
		"\"title\":\"V\"}" },
	{ "{\"type\":\"integer\",\"literal\":[1,2],\"default\":2}", SCHEMA_CREATE,
		"{\"type\":\"integer\",\"enum\":[1,2],\"title\":\"V\",\"default\":2}" },
	{ "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"ge\":1},\"nullable\":true}",
		SCHEMA_CREATE,
		"{\"anyOf\":[{\"items\":{\"type\":\"integer\",\"minimum\":1.0},\"type\":\"array\"},"
		"{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"default\":[\"a\"]}",
		SCHEMA_RESPONSE,
		"{\"items\":{\"type\":\"string\"},\"type\":\"array\",\"title\":\"V\","
		"\"default\":[\"a\"]}" },
	{ "{\"type\":\"object\",\"default\":{\"a\":null,\"b\":[null]}}", SCHEMA_CREATE,
		"{\"additionalProperties\":true,\"type\":\"object\",\"title\":\"V\","
		"\"default\":{\"b\":[null]}}" },
	{ "{\"type\":\"datetime\",\"default\":\"2024-01-02T03:04:05Z\"}", SCHEMA_CREATE,
		"{\"type\":\"string\",\"format\":\"date-time\",\"title\":\"V\","
		"\"default\":\"2024-01-02T03:04:05Z\"}" },
	{ "{\"type\":\"url\",\"max_length\":100}", SCHEMA_CREATE,
		"{\"type\":\"string\",\"maxLength\":100,\"minLength\":1,\"format\":\"uri\","
		"\"title\":\"V\"}" },
	{ "{\"type\":\"email\",\"pattern\":\"a\\\"b\",\"max_length\":9}", SCHEMA_CREATE,
		"{\"type\":\"string\",\"maxLength\":9,\"format\":\"email\",\"title\":\"V\"}" },
	{ "{\"type\":\"email\",\"pattern\":\"a\\\"b\",\"max_length\":9}", SCHEMA_RESPONSE,
		"{\"type\":\"string\",\"pattern\":\"a\\\"b\",\"title\":\"V\"}" },
	{ "{\"type\":\"reference\",\"to\":\"thing\",\"nullable\":true}", SCHEMA_RESPONSE,
		"{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"uuid\",\"set\":\"create\"}", SCHEMA_RESPONSE,
		"{\"type\":\"string\",\"format\":\"uuid\",\"title\":\"V\"}" },
};

START_TEST(other_fields_are_as_pydantic_writes_them)
{
	const struct field *f = declare(str_from(others[_i].field));
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	field_schema_write(&out, f, others[_i].form, &arena);
	ck_assert_slice_eq(buf_view(&out), arena_printf(&arena, "\"v\":%s", others[_i].schema));
	buf_done(&out);
}
END_TEST

static const struct {
	const char *field;
	bool created, responded, required_in_response;
} places[] = {
	{ "{\"type\":\"string\"}", true, true, true },
	{ "{\"type\":\"string\",\"default\":\"\"}", true, true, false },
	{ "{\"type\":\"string\",\"nullable\":true}", true, true, true },
	{ "{\"type\":\"string\",\"shown\":false}", true, false, false },
	{ "{\"type\":\"integer\",\"input\":false,\"default\":0}", false, true, true },
	{ "{\"type\":\"datetime\",\"set\":\"update\"}", false, true, true },
	{ "{\"type\":\"datetime\",\"set\":\"update\",\"shown\":false}", false, false, false },
};

START_TEST(fields_are_in_the_schemas_of_those_who_send_or_see_them)
{
	const struct field *f = declare(str_from(places[_i].field));

	ck_assert(field_schema_has(f, SCHEMA_CREATE) == places[_i].created);
	ck_assert(field_schema_has(f, SCHEMA_UPDATE) == places[_i].created);
	ck_assert(field_schema_has(f, SCHEMA_RESPONSE) == places[_i].responded);
	if (places[_i].responded)
		ck_assert(field_schema_requires(f, SCHEMA_RESPONSE) ==
			  places[_i].required_in_response);
	ck_assert(!field_schema_requires(f, SCHEMA_UPDATE));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("field_schema");
	TCase *tests = tcase_create("field_schema");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, fields_are_as_recorded);
	tcase_add_test(tests, enumerations_are_as_recorded);
	tcase_add_loop_test(
		tests, other_fields_are_as_pydantic_writes_them, 0, (int)NITEMS(others));
	tcase_add_loop_test(tests, fields_are_in_the_schemas_of_those_who_send_or_see_them, 0,
		(int)NITEMS(places));
	suite_add_tcase(suite, tests);
	return suite;
}
