/* The document of users and posts equals the reference's byte for byte; the document of any
 * resources is complete. */
#include "json_read.h"
#include "openapi.h"
#include "suite.h"

#include <stdio.h>

static const char golden[] = "tests/golden/openapi.json";

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

START_TEST(users_and_posts_are_as_recorded)
{
	static char text[64 * 1024];
	FILE *file = fopen(golden, "r");

	ck_assert_msg(file != NULL, "no %s: not run from the top folder", golden);
	struct str want = { text, fread(text, 1, sizeof(text), file) };
	fclose(file);
	struct str got = buf_view(&out);
	size_t same = 0;
	while (same < want.len && same < got.len && want.ptr[same] == got.ptr[same])
		same++;
	ck_assert_msg(want.len == got.len && same == want.len, "from byte %zu on: %.60s", same,
		got.ptr + same);
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
		const char *path = endpoint_path(e, &arena).ptr;
		for (int a = 0; a < ACTION__COUNT && e->resource; a++) {
			enum method method = action_method((enum action)a);
			const char *const keys[] = { "paths", path, lower(method), NULL };
			bool served = e->actions[method] == 1 + a;
			bool other = e->actions[method] != 0 && !served;
			ck_assert_msg((look_up(root, keys) != NULL) == served || other, "%s %s",
				keys[2], path);
		}
		const char *const keys[] = { "paths", path, NULL };
		ck_assert_msg((look_up(root, keys) != NULL) ==
				      (e->resource || e->document == DOCUMENT_HOME),
			"%s", path);
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
	ck_assert_uint_eq(n, 1 + api->nresources * ACTION__COUNT);
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
	tcase_add_test(tests, every_action_has_an_operation);
	tcase_add_loop_test(tests, every_field_is_in_its_schemas, 0, (int)api->nresources);
	tcase_add_test(tests, every_reference_resolves);
	tcase_add_test(tests, operation_ids_are_unique);
	suite_add_tcase(suite, tests);
	return suite;
}
