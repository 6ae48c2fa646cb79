#include "assets.h"
#include "documents.h"
#include "gunzip.h"
#include "gzip.h"
#include "openapi.h"
#include "suite.h"

static struct arena arena;
static struct routes routes;
static struct documents *documents;

static void setup(void)
{
	arena_init(&arena);
	routes_build(&routes, true, &arena);
	documents = documents_new(&routes, STR(""), NULL, &arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static bool holds(struct str text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

START_TEST(constants_have_their_answers)
{
	for (unsigned i = 0; i < api->nconstants; i++) {
		const struct document_text *text = documents_text(documents, DOCUMENT__COUNT + i);
		ck_assert_slice_eq(text->body, str_from(api->constants[i].answer));
		ck_assert_slice_eq(text->type, STR("application/json"));
	}
}
END_TEST

static const enum document pages[] = {
	DOCUMENT_SWAGGER,
	DOCUMENT_REDOC,
	DOCUMENT_OAUTH2_REDIRECT,
};

static void build_like(const struct api *other)
{
	const struct api *builtin = api;

	api = other;
	routes_build(&routes, true, &arena);
	documents = documents_new(&routes, STR(""), NULL, &arena);
	for (unsigned i = 0; i < DOCUMENT__COUNT + api->nconstants; i++)
		documents_text(documents, i);
	api = builtin;
}

/* As json.dumps writes it with separators (",", ":"), after jsonable_encoder. */
START_TEST(constants_are_compact)
{
	static const struct constant constants[] = {
		{ .path = "/a", .name = "a", .answer = "true" },
		{ .path = "/b",
			.name = "b",
			.answer = "{ \"a\" : [1, 2.50, null, \"\\u00e9\\/\"],\n\"_sa\": 1, "
				  "\"b\": 1e-7 }" },
	};
	struct api other = *api;

	other.constants = constants;
	other.nconstants = NITEMS(constants);
	build_like(&other);
	ck_assert_slice_eq(documents_text(documents, DOCUMENT__COUNT)->body, STR("true"));
	ck_assert_slice_eq(documents_text(documents, DOCUMENT__COUNT + 1)->body,
		STR("{\"a\":[1,2.5,null,\"\xc3\xa9/\"],\"b\":1e-07}"));
}
END_TEST

START_TEST(titles_are_escaped)
{
	struct api other = *api;

	other.title = "<b> & \"c\" 'd' %s";
	other.version = "1\"\\";
	build_like(&other);
	for (size_t i = 0; i < NITEMS(pages); i++)
		ck_assert(holds(documents_text(documents, pages[i])->body,
			"<title>&lt;b&gt; &amp; &quot;c&quot; &#x27;d&#x27; %s - "));
	ck_assert(holds(documents_text(documents, DOCUMENT_OPENAPI)->body,
		"\"info\":{\"title\":\"<b> & \\\"c\\\" 'd' %s\",\"version\":\"1\\\"\\\\\"}"));
}
END_TEST

START_TEST(documents_have_different_tags)
{
	for (unsigned i = 0; i < DOCUMENT__COUNT + api->nconstants; i++) {
		ck_assert(str_starts(documents_text(documents, i)->fields, STR("etag: \"")));
		for (unsigned j = 0; j < i; j++)
			ck_assert(!str_equal(documents_text(documents, i)->fields,
				documents_text(documents, j)->fields));
	}
}
END_TEST

START_TEST(openapi_json_is_the_openapi_document)
{
	struct buf want;

	buf_init(&want, SIZE_MAX / 2);
	openapi_write(&want, &routes, STR(""), &arena);
	ck_assert(!want.failed);
	ck_assert_slice_eq(documents_text(documents, DOCUMENT_OPENAPI)->body, buf_view(&want));
	ck_assert_slice_eq(
		documents_text(documents, DOCUMENT_OPENAPI)->type, STR("application/json"));
	buf_done(&want);
}
END_TEST

START_TEST(pages_are_complete)
{
	struct document_text page = *documents_text(documents, pages[_i]);

	ck_assert_slice_eq(page.type, STR("text/html; charset=utf-8"));
	ck_assert(holds(page.fields, "\r\ncontent-security-policy: default-src 'none'; "));
	ck_assert(holds(page.fields, "\r\nx-content-type-options: nosniff\r\n"));
	ck_assert(str_starts(page.body, STR("<!DOCTYPE html>\n")));
	ck_assert(holds(page.body, "</html>\n"));
	ck_assert(holds(page.body, arena_printf(&arena, "<title>%s - ", api->title).ptr));
	ck_assert(!holds(page.body, "%s"));
	ck_assert_uint_eq(strlen(page.body.ptr), page.body.len);
}
END_TEST

/* A page refers to files that are served, or to a CDN, as the build chooses. References to served
 * files are relative to the page's folder: none begins with a slash. */
START_TEST(pages_find_their_files)
{
	struct str page = documents_text(documents, pages[_i])->body;
	const char *up = pages[_i] == DOCUMENT_OAUTH2_REDIRECT ? "../" : "";
	unsigned found = 0, elsewhere = 0, links = 0;

	for (unsigned i = 0; i < nassets; i++)
		found += holds(
			page, arena_printf(&arena, "=\"%s%s\"", up, assets[i].path.ptr + 1).ptr);
	for (const char *at = page.ptr; (at = strchr(at, '=')); at++) {
		links += str_starts(str_from(at - 3), STR("src=")) ||
			 str_starts(str_from(at - 4), STR("href="));
		elsewhere += str_starts(str_from(at), STR("=\"https://"));
		ck_assert(!str_starts(str_from(at), STR("=\"/")));
	}
	ck_assert_uint_ge(found, 1); /* the icon */
	ck_assert_uint_eq(found + elsewhere, links);
}
END_TEST

/* Content-Security-Policy would not run an inline script. */
START_TEST(pages_have_no_inline_script)
{
	struct str page = documents_text(documents, pages[_i])->body;

	for (const char *at = page.ptr; (at = strstr(at, "<script")); at++)
		ck_assert(str_starts(str_from(at), STR("<script src=\"")));
	ck_assert(holds(page, "></script>\n"));
}
END_TEST

START_TEST(files_are_named_after_their_content)
{
	for (unsigned i = 0; i < nassets; i++) {
		struct str path = assets[i].path;
		const char *extension = memrchr(path.ptr, '.', path.len);
		ck_assert(str_starts(path, STR("/docs/assets/")));
		ck_assert_int_eq(extension[-17], '.');
		ck_assert_uint_eq(strspn(extension - 16, "0123456789abcdef"), 16);
		ck_assert(str_starts(assets[i].gzip, STR("\x1f\x8b")));
		ck_assert_uint_gt(assets[i].plain.len, assets[i].gzip.len);
	}
}
END_TEST

START_TEST(pages_find_the_documents)
{
	ck_assert(holds(documents_text(documents, DOCUMENT_REDOC)->body, "\"openapi.json\""));
	ck_assert_slice_eq(document_path(DOCUMENT_OPENAPI), STR("/openapi.json"));
	ck_assert_slice_eq(document_path(DOCUMENT_OAUTH2_REDIRECT), STR("/docs/oauth2-redirect"));
}
END_TEST

/* A document that is long enough has both forms, each made once. */
START_TEST(documents_are_packed_when_asked_for)
{
	struct gzip *gzip = gzip_new();

	documents = documents_new(&routes, STR(""), gzip, &arena);
	const struct document_text *d = documents_text(documents, (enum document)_i);
	bool may = d->body.len >= GZIP_LEAST;
	ck_assert_int_eq(holds(d->fields, "vary: accept-encoding"), may);
	ck_assert_uint_eq(d->packed.len, 0);
	ck_assert_int_eq(documents_pack(documents, (enum document)_i), may);
	if (may) {
		const char *packed = d->packed.ptr;
		ck_assert_slice_eq(gunzip(&arena, d->packed), d->body);
		ck_assert(holds(d->packed_fields, "content-encoding: gzip"));
		ck_assert(documents_pack(documents, (enum document)_i));
		ck_assert_ptr_eq(d->packed.ptr, packed);
	}
	ck_assert_ptr_eq(documents_text(documents, (enum document)_i), d);
	gzip_free(gzip);
}
END_TEST

START_TEST(documents_are_not_packed_without_gzip)
{
	const struct document_text *d = documents_text(documents, (enum document)_i);

	ck_assert(!holds(d->fields, "vary:"));
	ck_assert(!documents_pack(documents, (enum document)_i));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("documents");
	TCase *tests = tcase_create("documents");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, constants_have_their_answers);
	tcase_add_test(tests, constants_are_compact);
	tcase_add_test(tests, titles_are_escaped);
	tcase_add_test(tests, documents_have_different_tags);
	tcase_add_test(tests, openapi_json_is_the_openapi_document);
	tcase_add_loop_test(tests, pages_are_complete, 0, (int)NITEMS(pages));
	tcase_add_loop_test(tests, pages_find_their_files, 0, (int)NITEMS(pages));
	tcase_add_loop_test(tests, pages_have_no_inline_script, 0, (int)NITEMS(pages));
	tcase_add_test(tests, files_are_named_after_their_content);
	tcase_add_test(tests, pages_find_the_documents);
	tcase_add_loop_test(tests, documents_are_packed_when_asked_for, 0, DOCUMENT__COUNT + 1);
	tcase_add_loop_test(tests, documents_are_not_packed_without_gzip, 0, DOCUMENT__COUNT + 1);
	suite_add_tcase(suite, tests);
	return suite;
}
