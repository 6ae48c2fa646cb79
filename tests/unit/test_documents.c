#include "documents.h"
#include "openapi.h"
#include "suite.h"

static struct arena arena;
static struct routes routes;
static struct document_text documents[DOCUMENT__COUNT];

static void setup(void)
{
	arena_init(&arena);
	routes_build(&routes, &arena);
	documents_build(documents, &routes, STR(""), &arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static bool holds(struct str text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

START_TEST(home_says_hello)
{
	struct str want = arena_printf(&arena, "{\"message\":\"%s\"}", api.home);

	ck_assert_slice_eq(documents[DOCUMENT_HOME].body, want);
	ck_assert_slice_eq(documents[DOCUMENT_HOME].type, STR("application/json"));
}
END_TEST

START_TEST(each_has_a_tag_of_its_own)
{
	for (int i = 0; i < DOCUMENT__COUNT; i++) {
		ck_assert(str_starts(documents[i].fields, STR("etag: \"")));
		for (int j = 0; j < i; j++)
			ck_assert(!str_equal(documents[i].fields, documents[j].fields));
	}
}
END_TEST

START_TEST(openapi_is_the_document)
{
	struct buf want;

	buf_init(&want, SIZE_MAX / 2);
	openapi_write(&want, &routes, STR(""), &arena);
	ck_assert(!want.failed);
	ck_assert_slice_eq(documents[DOCUMENT_OPENAPI].body, buf_view(&want));
	ck_assert_slice_eq(documents[DOCUMENT_OPENAPI].type, STR("application/json"));
	buf_done(&want);
}
END_TEST

static const enum document pages[] = {
	DOCUMENT_SWAGGER,
	DOCUMENT_REDOC,
	DOCUMENT_OAUTH2_REDIRECT,
};

START_TEST(pages_are_whole)
{
	struct document_text page = documents[pages[_i]];

	ck_assert_slice_eq(page.type, STR("text/html; charset=utf-8"));
	ck_assert(str_starts(page.body, STR("<!DOCTYPE html>\n")));
	ck_assert(holds(page.body, "</html>\n"));
	ck_assert(holds(page.body, arena_printf(&arena, "<title>%s - ", api.title).ptr));
	ck_assert(!holds(page.body, "%s"));
	ck_assert_uint_eq(strlen(page.body.ptr), page.body.len);
}
END_TEST

/* What a page refers to is served. */
START_TEST(pages_find_their_documents)
{
	ck_assert(holds(documents[DOCUMENT_SWAGGER].body, "'/openapi.json'"));
	ck_assert(holds(documents[DOCUMENT_SWAGGER].body, "'/docs/oauth2-redirect'"));
	ck_assert(holds(documents[DOCUMENT_REDOC].body, "\"/openapi.json\""));
	ck_assert_slice_eq(document_path(DOCUMENT_OPENAPI), STR("/openapi.json"));
	ck_assert_slice_eq(document_path(DOCUMENT_OAUTH2_REDIRECT), STR("/docs/oauth2-redirect"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("documents");
	TCase *tests = tcase_create("documents");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, home_says_hello);
	tcase_add_test(tests, each_has_a_tag_of_its_own);
	tcase_add_test(tests, openapi_is_the_document);
	tcase_add_loop_test(tests, pages_are_whole, 0, (int)NITEMS(pages));
	tcase_add_test(tests, pages_find_their_documents);
	suite_add_tcase(suite, tests);
	return suite;
}
