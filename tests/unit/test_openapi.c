/* The documents of recorded applications equal the reference's byte for byte; the document of any
 * resources is complete. */
#include "declaration.h"
#include "json_read.h"
#include "openapi.h"
#include "source_file.h"
#include "suite.h"

#include <stdio.h>

static struct arena arena;
static struct routes routes;
static struct buf out;

static void setup(void)
{
	arena_init(&arena);
	routes_build(&routes, true, &arena);
	buf_init(&out, SIZE_MAX / 2);
	openapi_write(&out, &routes, STR(""), &arena);
	ck_assert(!out.failed);
}

static void teardown(void)
{
	buf_done(&out);
	arena_done(&arena);
}

static void check_same(struct str got, struct str want)
{
	size_t same = 0;

	while (same < want.len && same < got.len && want.ptr[same] == got.ptr[same])
		same++;
	ck_assert_msg(want.len == got.len && same == want.len, "from byte %zu on: %.60s", same,
		got.ptr + same);
}

START_TEST(users_and_posts_are_as_recorded)
{
	check_same(buf_view(&out), source_file_read(&arena, "tests/golden/openapi.json"));
}
END_TEST

/* Writes the document of another API. */
static struct api *write_declared(const char *text)
{
	const struct api *before = api;
	struct buf error;

	buf_init(&error, 1000);
	struct api *declared = declaration_read(str_from(text), "test", &error);
	ck_assert_msg(declared != NULL, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	api_use(declared);
	routes_build(&routes, true, &arena);
	buf_reset(&out, 0);
	openapi_write(&out, &routes, STR(""), &arena);
	api_use(before);
	return declared;
}

static void check_contains(const char *text)
{
	ck_assert_msg(memmem(out.data + out.start, buf_len(&out), text, strlen(text)) != NULL,
		"%s is not in the document", text);
}

/* As FastAPI writes Annotated[int, Path(ge=1, lt=1000)], UUID, and Path(title="The book"). */
START_TEST(path_parameters_have_the_type_and_bounds_of_the_key)
{
	struct str text = source_file_read(&arena, "tests/apis/uuids.json");
	struct api *declared = write_declared(text.ptr);

	check_contains("\"/shelves/{number}\":{\"get\":{\"summary\":\"Get Shelf\",\"operationId\":"
		       "\"get_shelf_shelves__number__get\",\"parameters\":[{\"name\":\"number\","
		       "\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\","
		       "\"minimum\":1,\"exclusiveMaximum\":1000,\"title\":\"Number\"}}]");
	check_contains("\"/authors/{author_id}\":{\"get\":{\"summary\":\"Get Author\","
		       "\"operationId\":\"get_author_authors__author_id__get\",\"parameters\":[{"
		       "\"name\":\"author_id\",\"in\":\"path\",\"required\":true,\"schema\":{"
		       "\"type\":\"string\",\"format\":\"uuid\",\"title\":\"Author Id\"}}]");
	check_contains("\"/books/{item_id}/chapters\":{\"post\":");
	check_contains("{\"name\":\"item_id\",\"in\":\"path\",\"required\":true,\"schema\":{"
		       "\"type\":\"string\",\"format\":\"uuid\",\"title\":\"The book\"}}");
	check_contains("{\"type\":\"integer\",\"exclusiveMinimum\":0,\"title\":\"Chapter Id\"}");
	check_contains("\"author_id\":{\"type\":\"string\",\"format\":\"uuid\",\"title\":"
		       "\"Author Id\"}");
	declaration_free(declared);
}
END_TEST

/* The application of tests/contract/apis/todo. */
static const char todo[] =
	"{\"title\":\"Todo API\",\"home\":{},\"resources\":{\"todo\":{\"fields\":{"
	"\"title\":{\"type\":\"string\",\"min_length\":1,\"max_length\":120},"
	"\"description\":{\"type\":\"text\",\"nullable\":true,\"default\":null},"
	"\"completed\":{\"type\":\"boolean\",\"default\":false},"
	"\"priority\":{\"type\":\"integer\",\"ge\":1,\"le\":5,\"default\":3},"
	"\"due_date\":{\"type\":\"date\",\"nullable\":true,\"default\":null},"
	"\"created_at\":{\"type\":\"datetime\",\"set\":\"create\"}}}}}";

START_TEST(todos_are_as_recorded)
{
	struct api *declared = write_declared(todo);

	check_same(
		buf_view(&out), source_file_read(&arena, "tests/contract/apis/todo/openapi.json"));
	declaration_free(declared);
}
END_TEST

START_TEST(a_library_is_as_recorded)
{
	struct api *declared = write_declared(
		source_file_read(&arena, "tests/contract/apis/library/api.json").ptr);

	check_same(buf_view(&out),
		source_file_read(&arena, "tests/contract/apis/library/openapi.json"));
	declaration_free(declared);
}
END_TEST

/* The application of tests/golden/heroes.py: whatever a declaration can say of its paths, classes
 * and answers. */
START_TEST(heroes_are_as_recorded)
{
	struct api *declared =
		write_declared(source_file_read(&arena, "tests/golden/heroes.json").ptr);

	check_same(buf_view(&out), source_file_read(&arena, "tests/golden/heroes_openapi.json"));
	declaration_free(declared);
}
END_TEST

/* Words of several parts, an enumeration of two fields, a resource that has no input. */
static const char shop[] =
	"{\"resources\":{"
	"\"big_order\":{\"fields\":{"
	"\"color\":{\"type\":\"string\",\"enum\":{\"name\":\"Color\",\"members\":{\"red\":\"r\"}}},"
	"\"secret\":{\"type\":\"string\",\"shown\":false}}},"
	"\"order_item\":{\"parent\":\"big_order\",\"embedded\":true,\"fields\":{"
	"\"color\":{\"type\":\"string\",\"enum\":{\"name\":\"Color\",\"members\":{\"red\":\"r\"}}},"
	"\"seen\":{\"type\":\"datetime\",\"set\":\"update\",\"nullable\":true}}},"
	"\"visit\":{\"fields\":{\"at\":{\"type\":\"datetime\",\"set\":\"create\"}}}}}";

static bool holds(struct str part)
{
	struct str text = buf_view(&out);

	return memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

/* Where a text begins in the document. */
static size_t place_of(struct str part)
{
	struct str text = buf_view(&out);
	const char *found = memmem(text.ptr, text.len, part.ptr, part.len);

	ck_assert_msg(found != NULL, "there is no %.*s", STR_ARGS(part));
	return (size_t)(found - text.ptr);
}

START_TEST(a_constant_may_come_after_the_resources)
{
	struct api *declared =
		write_declared("{\"constants\":{\"/z\":{\"name\":\"z\",\"answer\":1,\"last\":true,"
			       "\"operation_id\":\"ops-z\"},\"/a\":{\"name\":\"a\",\"answer\":1}},"
			       "\"resources\":{\"m\":{\"fields\":{\"f\":{\"type\":\"text\"}}}}}");

	ck_assert(holds(STR("\"operationId\":\"ops-z\"")));
	ck_assert_uint_lt(place_of(STR("\"/a\":")), place_of(STR("\"/ms\":")));
	ck_assert_uint_lt(place_of(STR("\"/ms/{m_id}\":")), place_of(STR("\"/z\":")));
	declaration_free(declared);
}
END_TEST

/* The value at a path of keys, which NULL ends. */
static const struct json *look_up(const struct json *json, const char *const keys[])
{
	for (; json && *keys; keys++)
		json = json->type == JSON_OBJECT ? json_get(json, str_from(*keys)) : NULL;
	return json;
}

static const struct json *parsed(void)
{
	const struct json *root = NULL;
	struct json_error error = { "", 0 };

	ck_assert_msg(json_read(&arena, buf_view(&out), &root, &error) == JSON_OK, "%s at %zu",
		error.message, error.position);
	return root;
}

START_TEST(schemas_of_a_shop_are_as_fastapi_writes_them)
{
	static const struct str parts[] = {
		STR_INIT("\"BigOrderWithOrderItems\":{\"properties\":{\"color\":{\"$ref\":"
			 "\"#/components/schemas/Color\"},\"id\":{\"type\":\"integer\",\"title\":"
			 "\"Id\"},\"order_items\":{\"items\":{\"$ref\":"
			 "\"#/components/schemas/OrderItemResponse\"},\"type\":\"array\",\"title\":"
			 "\"Order Items\",\"default\":[]}},\"type\":\"object\",\"required\":"
			 "[\"color\",\"id\"],\"title\":\"BigOrderWithOrderItems\"},"
			 "\"Color\":{\"type\":\"string\",\"enum\":[\"r\"],\"title\":\"Color\"},"
			 "\"HTTPValidationError\":"),
		STR_INIT("\"required\":[\"color\",\"secret\"],\"title\":\"BigOrderCreate\""),
		STR_INIT("\"VisitCreate\":{\"properties\":{},\"type\":\"object\","
			 "\"title\":\"VisitCreate\"}"),
		STR_INIT("\"seen\":{\"anyOf\":[{\"type\":\"string\",\"format\":\"date-time\"},"
			 "{\"type\":\"null\"}],\"title\":\"Seen\"}},\"type\":\"object\","
			 "\"required\":[\"color\",\"id\",\"big_order_id\",\"seen\"]"),
		STR_INIT("\"/big_orders/{big_order_id}/order_items\":{\"post\":{\"summary\":"
			 "\"Create Order Item\",\"operationId\":"
			 "\"create_order_item_big_orders__big_order_id__order_items_post\","
			 "\"parameters\":[{\"name\":\"big_order_id\",\"in\":\"path\","
			 "\"required\":true,\"schema\":{\"type\":\"integer\",\"title\":"
			 "\"Big Order Id\"}}],"),
	};
	struct api *declared = write_declared(shop);

	for (size_t i = 0; i < NITEMS(parts); i++)
		ck_assert_msg(holds(parts[i]), "no %s", parts[i].ptr);
	parsed();
	declaration_free(declared);
}
END_TEST

START_TEST(rows_below_a_parent_have_the_parameters_of_the_list)
{
	struct api *declared = write_declared(
		"{\"resources\":{\"a\":{\"fields\":{\"v\":{\"type\":\"date\"}}},"
		"\"b\":{\"parent\":\"a\",\"list\":{\"limit\":{\"le\":9,\"ge\":null,\"default\":5}},"
		"\"fields\":{\"v\":{\"type\":\"date\"}},\"operations\":[\"children\"]}}}");

	ck_assert(holds(STR("\"parameters\":[{\"name\":\"a_id\",\"in\":\"path\",\"required\":true,"
			    "\"schema\":{\"type\":\"integer\",\"title\":\"A Id\"}},"
			    "{\"name\":\"limit\",\"in\":\"query\",\"required\":false,\"schema\":"
			    "{\"type\":\"integer\",\"maximum\":9,\"default\":5,\"title\":"
			    "\"Limit\"}}]")));
	declaration_free(declared);
}
END_TEST

START_TEST(rows_below_a_parent_may_have_no_parameters_of_the_list)
{
	struct api *declared = write_declared(
		"{\"resources\":{\"a\":{\"fields\":{\"v\":{\"type\":\"date\"}}},"
		"\"b\":{\"parent\":\"a\",\"list\":{\"limit\":{},\"page\":{\"schema\":\"P\"}},"
		"\"fields\":{\"v\":{\"type\":\"date\"}},\"operations\":{\"children\":"
		"{\"list\":false}}}}}");

	ck_assert(holds(STR("\"parameters\":[{\"name\":\"a_id\",\"in\":\"path\",\"required\":true,"
			    "\"schema\":{\"type\":\"integer\",\"title\":\"A Id\"}}],"
			    "\"responses\":{\"200\":{\"description\":\"Successful Response\","
			    "\"content\":{\"application/json\":{\"schema\":{\"type\":\"array\",")));
	ck_assert(!holds(STR("\"P\":")));
	declaration_free(declared);
}
END_TEST

/* The class of an answer may have a default for what the server sets. */
START_TEST(a_class_says_the_default_of_a_field_that_the_server_sets)
{
	struct api *declared = write_declared(
		"{\"resources\":{\"a\":{\"fields\":{\"u\":{\"type\":\"datetime\",\"nullable\":true,"
		"\"set\":\"update\"},\"n\":{\"type\":\"integer\",\"input\":false,\"default\":0}},"
		"\"schemas\":{\"A\":[\"id\",{\"u\":{\"default\":null}},{\"n\":{\"default\":0}}]},"
		"\"operations\":{\"read\":{\"answer\":\"A\"}}}}}");

	ck_assert(holds(STR("\"n\":{\"type\":\"integer\",\"title\":\"N\",\"default\":0}},"
			    "\"type\":\"object\",\"required\":[\"id\"],\"title\":\"A\"}")));
	declaration_free(declared);
}
END_TEST

/* Made with FastAPI 0.115. */
START_TEST(classes_members_and_parameters_have_notes)
{
	static const struct str parts[] = {
		STR_INIT("\"v\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1.0},"
			 "{\"type\":\"null\"}],\"title\":\"T\",\"description\":\"D\","
			 "\"default\":3,\"examples\":[1]}"),
		STR_INIT("\"c\":{\"$ref\":\"#/components/schemas/C\",\"description\":\"D\","
			 "\"default\":\"a\"}"),
		STR_INIT("\"title\":\"M\",\"description\":\"Doc.\"}"),
		STR_INIT("{\"name\":\"a_id\",\"in\":\"path\",\"required\":true,\"schema\":"
			 "{\"type\":\"integer\",\"description\":\"D\",\"examples\":[1],"
			 "\"title\":\"A Id\"},\"description\":\"D\"}"),
	};
	struct api *declared = write_declared(
		"{\"resources\":{\"a\":{\"key\":{\"description\":\"D\",\"examples\":[1]},"
		"\"fields\":{"
		"\"v\":{\"type\":\"integer\",\"ge\":1,\"nullable\":true,\"default\":3,\"title\":"
		"\"T\","
		"\"description\":\"D\",\"examples\":[1]},\"c\":{\"type\":\"string\",\"enum\":{"
		"\"name\":"
		"\"C\",\"members\":{\"a\":\"a\"}},\"default\":\"a\",\"description\":\"D\"}},"
		"\"schemas\":{\"M\":{\"description\":\"Doc.\",\"members\":[\"v\",\"c\"]}},"
		"\"operations\":{\"update\":{\"body\":\"M\",\"answer\":\"M\"}}}}}");

	for (size_t i = 0; i < NITEMS(parts); i++)
		ck_assert_msg(holds(parts[i]), "no %s", parts[i].ptr);
	declaration_free(declared);
}
END_TEST

/* An application of constants only has no components; a response that the declaration describes
 * for the 422 takes its place. */
START_TEST(only_operations_with_input_have_schemas_of_errors)
{
	struct api *declared = write_declared(
		"{\"constants\":{\"/a\":{\"name\":\"a\",\"answer\":{}}},\"resources\":{}}");

	ck_assert(holds(STR("{\"/a\":{\"get\":{\"summary\":\"A\",\"operationId\":\"a_a_get\",")));
	ck_assert(!holds(STR("components")));
	declaration_free(declared);
	declared = write_declared("{\"resources\":{\"a\":{\"fields\":{\"v\":{\"type\":\"date\"}},"
				  "\"operations\":{\"delete\":{\"responses\":"
				  "{\"4XX\":{\"description\":\"No\"}}}}}}}");
	ck_assert(holds(STR("\"responses\":{\"204\":{\"description\":\"Successful Response\"},"
			    "\"4XX\":{\"description\":\"No\"}}}}}}")));
	declaration_free(declared);
}
END_TEST

static const char *lower(enum method method)
{
	static char name[32];
	size_t i = 0;

	for (; method_names[method].ptr[i]; i++)
		name[i] = (char)(method_names[method].ptr[i] | 0x20);
	name[i] = '\0';
	return name;
}

/* Nothing else has an operation: the documents are not part of the API. */
START_TEST(every_action_has_an_operation)
{
	const struct json *root = parsed();

	for (unsigned i = 0; i < routes.count; i++) {
		const struct endpoint *e = &routes.endpoints[i];
		const char *path = e->path;
		bool documented = false;
		for (int m = 0; m < ENDPOINT_METHODS; m++) {
			const char *const keys[] = { "paths", path, lower((enum method)m), NULL };
			bool constant = m == METHOD_GET && !e->asset && !e->operations[m] &&
					e->document >= DOCUMENT__COUNT;
			bool served = m != METHOD_HEAD && (e->operations[m] || constant);
			ck_assert_msg(
				(look_up(root, keys) != NULL) == served, "%s %s", keys[2], path);
			documented |= served;
		}
		const char *const keys[] = { "paths", path, NULL };
		ck_assert_msg((look_up(root, keys) != NULL) == documented, "%s", path);
	}
}
END_TEST

static bool is_in(const struct json *array, const char *text)
{
	for (const struct json *item = array ? array->first : NULL; item; item = item->next)
		if (str_equal(item->text, str_from(text)))
			return true;
	return false;
}

START_TEST(every_field_is_in_its_schemas)
{
	const struct json *root = parsed();
	const struct resource *r = api->resources[_i];

	for (unsigned i = 0; i < r->nfields; i++) {
		static const char *const forms[] = { "Create", "Update", "Response" };
		bool input = (r->fields[i].flags & FIELD_INPUT) != 0;
		for (size_t f = 0; f < NITEMS(forms); f++) {
			bool shown = input || strcmp(forms[f], "Response") == 0;
			bool required = shown && strcmp(forms[f], "Update") != 0;
			const char *schema = arena_printf(&arena, "%s%s", r->schema, forms[f]).ptr;
			const char *const property[] = { "components", "schemas", schema,
				"properties", r->fields[i].name, NULL };
			const char *const list[] = { "components", "schemas", schema, "required",
				NULL };
			ck_assert_msg((look_up(root, property) != NULL) == shown, "%s in %s",
				r->fields[i].name, schema);
			ck_assert_msg(is_in(look_up(root, list), r->fields[i].name) == required,
				"%s required in %s", r->fields[i].name, schema);
		}
	}
}
END_TEST

/* Checks every reference below a container. Returns their number. */
static unsigned check_refs(const struct json *root, const struct json *in)
{
	const struct str prefix = STR("#/components/schemas/");
	unsigned found = 0;

	for (const struct json *v = in->first; v; v = v->next) {
		if (v->type == JSON_STRING && str_starts(v->text, prefix)) {
			struct str rest = str_from_index(v->text, prefix.len);
			const char *name = arena_copy(&arena, rest).ptr;
			const char *const keys[] = { "components", "schemas", name, NULL };
			ck_assert_msg(look_up(root, keys) != NULL, "no %s", name);
			found++;
		}
		if (v->type == JSON_ARRAY || v->type == JSON_OBJECT)
			found += check_refs(root, v);
	}
	return found;
}

START_TEST(every_reference_resolves)
{
	const struct json *root = parsed();

	ck_assert_uint_ge(check_refs(root, root), api->nresources * 5);
}
END_TEST

START_TEST(operation_ids_are_unique)
{
	const struct json *root = parsed();
	const struct json *paths = json_get(root, STR("paths"));
	struct str ids[64];
	size_t n = 0;

	for (const struct json *path = paths->first; path; path = path->next->next)
		for (const struct json *m = path->next->first; m; m = m->next->next) {
			ck_assert_uint_lt(n, NITEMS(ids));
			ids[n++] = json_get(m->next, STR("operationId"))->text;
			for (size_t i = 0; i + 1 < n; i++)
				ck_assert_msg(
					!str_equal(ids[i], ids[n - 1]), "%.*s", STR_ARGS(ids[i]));
		}
	size_t operations = 1;
	for (unsigned i = 0; i < api->nresources; i++)
		operations += api->resources[i]->noperations;
	ck_assert_uint_eq(n, operations);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("openapi");
	TCase *tests = tcase_create("openapi");

	tcase_add_checked_fixture(tests, setup, teardown);
	/* A build with further resources has another document. */
	if (api->nresources == 2)
		tcase_add_test(tests, users_and_posts_are_as_recorded);
	tcase_add_test(tests, path_parameters_have_the_type_and_bounds_of_the_key);
	tcase_add_test(tests, todos_are_as_recorded);
	tcase_add_test(tests, a_library_is_as_recorded);
	tcase_add_test(tests, a_constant_may_come_after_the_resources);
	tcase_add_test(tests, heroes_are_as_recorded);
	tcase_add_test(tests, rows_below_a_parent_have_the_parameters_of_the_list);
	tcase_add_test(tests, rows_below_a_parent_may_have_no_parameters_of_the_list);
	tcase_add_test(tests, classes_members_and_parameters_have_notes);
	tcase_add_test(tests, a_class_says_the_default_of_a_field_that_the_server_sets);
	tcase_add_test(tests, only_operations_with_input_have_schemas_of_errors);
	tcase_add_test(tests, schemas_of_a_shop_are_as_fastapi_writes_them);
	tcase_add_test(tests, every_action_has_an_operation);
	tcase_add_loop_test(tests, every_field_is_in_its_schemas, 0, (int)api->nresources);
	tcase_add_test(tests, every_reference_resolves);
	tcase_add_test(tests, operation_ids_are_unique);
	suite_add_tcase(suite, tests);
	return suite;
}
