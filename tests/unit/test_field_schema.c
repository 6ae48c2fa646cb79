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

static struct member member_of(const struct field *f, bool optional)
{
	return (struct member){ .name = f->name, .field = f, .optional = optional };
}

static void check_form(
	struct str name, const struct field *f, enum schema_form form, const struct json *schema)
{
	struct member m = member_of(f, false);
	struct str want = text_of(member(schema, "properties"));
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	buf_char(&out, '{');
	field_schema_write(&out, &m, form, &arena);
	buf_char(&out, '}');
	ck_assert_msg(str_equal(buf_view(&out), want), "%.*s: %.*s instead of %.*s", STR_ARGS(name),
		STR_ARGS(buf_view(&out)), STR_ARGS(want));
	ck_assert_msg(field_schema_requires(&m) == (json_get(schema, STR("required")) != NULL),
		"%.*s is required or not", STR_ARGS(name));
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
		check_form(types.names[i], types.fields[i], SCHEMA_INPUT,
			one_of(type, "openapi_input"));
		check_form(types.names[i], types.fields[i], SCHEMA_OUTPUT,
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
	bool optional;
	const char *schema;
} others[] = {
	{ "{\"type\":\"integer\",\"ge\":1}", SCHEMA_INPUT, true,
		"{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1.0},{\"type\":\"null\"}],"
		"\"title\":\"V\"}" },
	{ "{\"type\":\"integer\",\"default\":5}", SCHEMA_INPUT, true,
		"{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"integer\",\"multiple_of\":3,\"ge\":1,\"lt\":9,\"nullable\":true}",
		SCHEMA_INPUT, false,
		"{\"anyOf\":[{\"type\":\"integer\",\"multipleOf\":3.0,\"exclusiveMaximum\":9.0,"
		"\"minimum\":1.0},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"decimal\",\"gt\":0,\"nullable\":true}", SCHEMA_INPUT, false,
		"{\"anyOf\":[{\"type\":\"number\",\"exclusiveMinimum\":0.0},{\"type\":\"string\"},"
		"{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"decimal\",\"gt\":0,\"nullable\":true}", SCHEMA_OUTPUT, false,
		"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"decimal\",\"default\":\"1.50\"}", SCHEMA_OUTPUT, false,
		"{\"type\":\"string\",\"title\":\"V\",\"default\":\"1.50\"}" },
	{ "{\"type\":\"number\",\"default\":1e-7,\"le\":1e22}", SCHEMA_OUTPUT, false,
		"{\"type\":\"number\",\"maximum\":1e+22,\"title\":\"V\",\"default\":1e-07}" },
	{ "{\"type\":\"string\",\"enum\":{\"name\":\"Color\",\"members\":{\"red\":\"r\"}}}",
		SCHEMA_INPUT, true,
		"{\"anyOf\":[{\"$ref\":\"#/components/schemas/Color\"},{\"type\":\"null\"}]}" },
	{ "{\"type\":\"string\",\"literal\":[\"on\"]}", SCHEMA_INPUT, true,
		"{\"anyOf\":[{\"type\":\"string\",\"const\":\"on\"},{\"type\":\"null\"}],"
		"\"title\":\"V\"}" },
	{ "{\"type\":\"integer\",\"literal\":[1,2],\"default\":2}", SCHEMA_INPUT, false,
		"{\"type\":\"integer\",\"enum\":[1,2],\"title\":\"V\",\"default\":2}" },
	{ "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"ge\":1},\"nullable\":true}",
		SCHEMA_INPUT, false,
		"{\"anyOf\":[{\"items\":{\"type\":\"integer\",\"minimum\":1.0},\"type\":\"array\"},"
		"{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"default\":[\"a\"]}", SCHEMA_OUTPUT,
		false,
		"{\"items\":{\"type\":\"string\"},\"type\":\"array\",\"title\":\"V\","
		"\"default\":[\"a\"]}" },
	{ "{\"type\":\"object\",\"default\":{\"a\":null,\"b\":[null]}}", SCHEMA_INPUT, false,
		"{\"additionalProperties\":true,\"type\":\"object\",\"title\":\"V\","
		"\"default\":{\"b\":[null]}}" },
	{ "{\"type\":\"datetime\",\"default\":\"2024-01-02T03:04:05Z\"}", SCHEMA_INPUT, false,
		"{\"type\":\"string\",\"format\":\"date-time\",\"title\":\"V\","
		"\"default\":\"2024-01-02T03:04:05Z\"}" },
	{ "{\"type\":\"url\",\"max_length\":100}", SCHEMA_INPUT, false,
		"{\"type\":\"string\",\"maxLength\":100,\"minLength\":1,\"format\":\"uri\","
		"\"title\":\"V\"}" },
	{ "{\"type\":\"email\",\"pattern\":\"a\\\"b\",\"max_length\":9}", SCHEMA_INPUT, false,
		"{\"type\":\"string\",\"maxLength\":9,\"format\":\"email\",\"title\":\"V\"}" },
	{ "{\"type\":\"email\",\"pattern\":\"a\\\"b\",\"max_length\":9}", SCHEMA_OUTPUT, false,
		"{\"type\":\"string\",\"pattern\":\"a\\\"b\",\"title\":\"V\"}" },
	{ "{\"type\":\"reference\",\"to\":\"thing\",\"nullable\":true}", SCHEMA_OUTPUT, false,
		"{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"uuid\",\"set\":\"create\"}", SCHEMA_OUTPUT, false,
		"{\"type\":\"string\",\"format\":\"uuid\",\"title\":\"V\"}" },
};

START_TEST(other_fields_are_as_pydantic_writes_them)
{
	struct member m = member_of(declare(str_from(others[_i].field)), others[_i].optional);
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	field_schema_write(&out, &m, others[_i].form, &arena);
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

/* The field v in a schema; NULL if it is not there. */
static const struct member *member_v(const struct schema *schema)
{
	for (unsigned m = 0; m < schema->nmembers; m++)
		if (strcmp(schema->members[m].name, "v") == 0)
			return &schema->members[m];
	return NULL;
}

START_TEST(fields_are_in_the_schemas_of_those_who_send_or_see_them)
{
	declare(str_from(places[_i].field));
	const struct operation *const *of = declared->resources[0]->by_action;
	const struct member *created = member_v(of[ACTION_CREATE]->body),
			    *updated = member_v(of[ACTION_UPDATE]->body),
			    *shown = member_v(of[ACTION_READ]->shown);

	ck_assert((created != NULL) == places[_i].created);
	ck_assert((updated != NULL) == places[_i].created);
	ck_assert((shown != NULL) == places[_i].responded);
	ck_assert(!updated || !field_schema_requires(updated));
	ck_assert(!shown || field_schema_requires(shown) == places[_i].required_in_response);
}
END_TEST

/* Made with FastAPI 0.115. */
static const struct {
	const char *field, *schema;
} parameters[] = {
	{ "{\"type\":\"integer\",\"ge\":1,\"le\":9,\"gt\":0,\"lt\":10,\"multiple_of\":3,"
	  "\"default\":3}",
		"{\"type\":\"integer\",\"multipleOf\":3,\"maximum\":9,\"minimum\":1,"
		"\"exclusiveMaximum\":10,\"exclusiveMinimum\":0,\"default\":3,\"title\":\"V\"}" },
	{ "{\"type\":\"number\",\"ge\":-1,\"lt\":10,\"default\":-1e-7}",
		"{\"type\":\"number\",\"minimum\":-1.0,\"exclusiveMaximum\":10.0,"
		"\"default\":-1e-07,\"title\":\"V\"}" },
	{ "{\"type\":\"decimal\",\"ge\":1,\"gt\":0,\"nullable\":true,\"default\":null}",
		"{\"anyOf\":[{\"type\":\"number\",\"minimum\":1.0,\"exclusiveMinimum\":0.0},"
		"{\"type\":\"string\"},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"string\",\"min_length\":1,\"max_length\":9,\"pattern\":\"^a$\","
	  "\"default\":\"a\"}",
		"{\"type\":\"string\",\"minLength\":1,\"maxLength\":9,\"pattern\":\"^a$\","
		"\"default\":\"a\",\"title\":\"V\"}" },
	{ "{\"type\":\"text\",\"max_length\":3,\"nullable\":true,\"default\":null}",
		"{\"anyOf\":[{\"type\":\"string\",\"maxLength\":3},{\"type\":\"null\"}],"
		"\"title\":\"V\"}" },
	{ "{\"type\":\"email\",\"max_length\":5,\"pattern\":\"^a\"}",
		"{\"type\":\"string\",\"format\":\"email\",\"maxLength\":5,\"title\":\"V\"}" },
	{ "{\"type\":\"url\",\"max_length\":50,\"nullable\":true}",
		"{\"anyOf\":[{\"type\":\"string\",\"format\":\"uri\",\"minLength\":1,"
		"\"maxLength\":50},{\"type\":\"null\"}],\"title\":\"V\"}" },
	{ "{\"type\":\"date\",\"default\":\"2020-01-01\"}",
		"{\"type\":\"string\",\"format\":\"date\",\"default\":\"2020-01-01\","
		"\"title\":\"V\"}" },
	{ "{\"type\":\"uuid\"}", "{\"type\":\"string\",\"format\":\"uuid\",\"title\":\"V\"}" },
	{ "{\"type\":\"boolean\",\"default\":true}",
		"{\"type\":\"boolean\",\"default\":true,\"title\":\"V\"}" },
	{ "{\"type\":\"integer\",\"nullable\":true,\"default\":5}",
		"{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],\"default\":5,"
		"\"title\":\"V\"}" },
	{ "{\"type\":\"string\",\"literal\":[\"a\",\"b\"],\"default\":\"a\"}",
		"{\"enum\":[\"a\",\"b\"],\"type\":\"string\",\"default\":\"a\","
		"\"title\":\"V\"}" },
	{ "{\"type\":\"string\",\"literal\":[\"a\"]}",
		"{\"const\":\"a\",\"type\":\"string\",\"title\":\"V\"}" },
	{ "{\"type\":\"string\",\"enum\":{\"name\":\"Color\",\"members\":{\"red\":\"r\"}},"
	  "\"default\":\"r\"}",
		"{\"$ref\":\"#/components/schemas/Color\",\"default\":\"r\"}" },
	{ "{\"type\":\"string\",\"enum\":{\"name\":\"Color\",\"members\":{\"red\":\"r\"}},"
	  "\"nullable\":true,\"default\":null}",
		"{\"anyOf\":[{\"$ref\":\"#/components/schemas/Color\"},{\"type\":\"null\"}],"
		"\"title\":\"V\"}" },
};

START_TEST(parameters_are_as_fastapi_writes_them)
{
	const struct field *f = declare(str_from(parameters[_i].field));
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	field_schema_write_parameter(&out, f, NULL, &arena);
	ck_assert_slice_eq(buf_view(&out), str_from(parameters[_i].schema));
	buf_done(&out);
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
	tcase_add_loop_test(
		tests, parameters_are_as_fastapi_writes_them, 0, (int)NITEMS(parameters));
	suite_add_tcase(suite, tests);
	return suite;
}
