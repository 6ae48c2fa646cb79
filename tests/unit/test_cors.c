/* Against what Starlette 0.41 answers, but for Vary. */
#include "cors.h"
#include "suite.h"

#define LIST "http://localhost:3000, https://app.example"
#define EXPOSED                                                                                    \
	"access-control-expose-headers: etag, link, location, retry-after, x-request-id, "         \
	"x-total-count\r\n"
#define METHODS                                                                                    \
	"access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n"           \
	"access-control-max-age: 600\r\n"
#define VARY "vary: origin\r\n"

static struct arena arena;

static struct http_fields fields_of(const char *lines)
{
	struct http_fields fields = { str_from(lines), 0 };

	fields.seen |= strstr(lines, "Origin:") ? HTTP_ORIGIN : 0;
	fields.seen |= strstr(lines, "Access-Control-Request-Method:") ? HTTP_CORS_METHOD : 0;
	fields.seen |= strstr(lines, "Access-Control-Request-Headers:") ? HTTP_CORS_HEADERS : 0;
	return fields;
}

static const struct {
	const char *origins, *lines, *want;
} answers[] = {
	{ "", "Origin: https://app.example\r\n", "" },
	{ "*", "", "" },
	{ "*", "Origin: null\r\n", "access-control-allow-origin: *\r\n" EXPOSED },
	{ LIST, "", VARY },
	{ LIST, "Origin: https://other.example\r\n", VARY },
	{ LIST, "Origin: https://app.example\r\n",
		"access-control-allow-origin: https://app.example\r\n" VARY EXPOSED },
	{ LIST, "Origin: https://app.example\r\nOrigin: https://app.example\r\n", VARY },
};

START_TEST(answers_say_who_may_read_them)
{
	struct http_fields fields = fields_of(answers[_i].lines);

	ck_assert_slice_eq(
		cors_fields(&arena, answers[_i].origins, &fields), str_from(answers[_i].want));
	arena_done(&arena);
}
END_TEST

static const struct {
	const char *origins;
	enum method method;
	const char *lines;
	int status; /* 0: it is a request as others */
	const char *text, *want;
} preflights[] = {
	{ "", METHOD_OPTIONS,
		"Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n", 0, "",
		"" },
	{ LIST, METHOD_GET, "Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n",
		0, "", "" },
	{ LIST, METHOD_OPTIONS, "Origin: https://app.example\r\n", 0, "", "" },
	{ LIST, METHOD_OPTIONS, "Access-Control-Request-Method: GET\r\n", 0, "", "" },
	{ "*", METHOD_OPTIONS,
		"Origin: https://app.example\r\nAccess-Control-Request-Method: PATCH\r\n", 200,
		"OK", "access-control-allow-origin: *\r\n" METHODS },
	{ LIST, METHOD_OPTIONS,
		"Origin: https://app.example\r\nAccess-Control-Request-Method: DELETE\r\n"
		"Access-Control-Request-Headers: content-type,x-a\r\n",
		200, "OK",
		"access-control-allow-origin: https://app.example\r\n" VARY METHODS
		"access-control-allow-headers: content-type,x-a\r\n" },
	{ LIST, METHOD_OPTIONS,
		"Origin: https://other.example\r\nAccess-Control-Request-Method: GET\r\n", 400,
		"Disallowed CORS origin", VARY METHODS },
	{ LIST, METHOD_OPTIONS,
		"Origin: https://app.example\r\nAccess-Control-Request-Method: TRACE\r\n", 400,
		"Disallowed CORS method",
		"access-control-allow-origin: https://app.example\r\n" VARY METHODS },
	{ LIST, METHOD_OPTIONS,
		"Origin: https://other.example\r\nAccess-Control-Request-Method: get\r\n", 400,
		"Disallowed CORS origin, method", VARY METHODS },
};

START_TEST(preflights_are_answered)
{
	struct http_fields fields = fields_of(preflights[_i].lines);
	struct str lines = STR(""), text = STR("");

	ck_assert_int_eq(cors_preflight(&arena, preflights[_i].origins, preflights[_i].method,
				 &fields, &lines, &text),
		preflights[_i].status);
	ck_assert_slice_eq(lines, str_from(preflights[_i].want));
	ck_assert_slice_eq(text, str_from(preflights[_i].text));
	arena_done(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("cors");
	TCase *tc = tcase_create("cors");

	tcase_add_loop_test(tc, answers_say_who_may_read_them, 0, (int)NITEMS(answers));
	tcase_add_loop_test(tc, preflights_are_answered, 0, (int)NITEMS(preflights));
	suite_add_tcase(s, tc);
	return s;
}
