/* Expects the answers of Starlette 1.9's CORSMiddleware (starlette/middleware/cors.py), except for
 * the differences in docs/contract.md. */
#include "cors.h"
#include "suite.h"

#define LIST "http://localhost:3000, https://app.example"
#define EXPOSED                                                                                    \
	"access-control-expose-headers: etag, link, location, retry-after, x-request-id, "         \
	"x-total-count\r\n"
#define METHODS                                                                                    \
	"access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n"           \
	"access-control-max-age: 600\r\n"
#define VARY        "vary: origin\r\n"
#define CREDENTIALS "access-control-allow-credentials: true\r\n"
#define PRIVATE     "access-control-allow-private-network: true\r\n"

#define FROM_APP    "Origin: https://app.example\r\n"
#define FROM_OTHER  "Origin: https://other.example\r\n"
#define FOR(method) "Access-Control-Request-Method: " method "\r\n"

static struct arena arena;

static const struct cors off = { .origins = "" };
static const struct cors any = { .origins = "*" };
static const struct cors any_credentials = { .origins = "*", .credentials = true };
static const struct cors list = { .origins = LIST };
static const struct cors list_credentials = { .origins = LIST, .credentials = true };
static const struct cors any_private = { .origins = "*", .private_network = true };
static const struct cors list_private = { .origins = LIST, .private_network = true };

static struct http_fields fields_of(const char *lines)
{
	static const struct {
		const char *name;
		unsigned seen;
	} names[] = {
		{ "Origin:", HTTP_ORIGIN },
		{ "Cookie:", HTTP_COOKIE },
		{ "Authorization:", HTTP_AUTHORIZATION },
		{ "Access-Control-Request-Method:", HTTP_CORS_METHOD },
		{ "Access-Control-Request-Headers:", HTTP_CORS_HEADERS },
		{ "Access-Control-Request-Private-Network:", HTTP_CORS_PRIVATE_NETWORK },
	};
	struct http_fields fields = { str_from(lines), 0 };

	for (size_t i = 0; i < NITEMS(names); i++)
		fields.seen |= strstr(lines, names[i].name) ? names[i].seen : 0;
	return fields;
}

static const struct {
	const struct cors *cors;
	const char *lines, *want;
} answers[] = {
	{ &off, FROM_APP, "" },
	{ &off, FROM_APP "Cookie: a=b\r\n", "" },
	{ &any, "", "" },
	{ &any, "Cookie: a=b\r\n", "" },
	{ &any, "Origin: null\r\n", "access-control-allow-origin: *\r\n" EXPOSED },
	{ &any, "Origin:\r\n", "access-control-allow-origin: *\r\n" EXPOSED },
	/* A browser does not accept "*" for a request with cookies. */
	{ &any, FROM_APP "Cookie: a=b\r\n",
		VARY "access-control-allow-origin: https://app.example\r\n" EXPOSED },
	{ &any, FROM_APP "Cookie:\r\n",
		VARY "access-control-allow-origin: https://app.example\r\n" EXPOSED },
	{ &any, FROM_APP "Authorization: Basic eA==\r\n",
		"access-control-allow-origin: *\r\n" EXPOSED },
	{ &any_credentials, "", "" },
	{ &any_credentials, FROM_APP, "access-control-allow-origin: *\r\n" CREDENTIALS EXPOSED },
	{ &any_credentials, FROM_APP "Authorization: Basic eA==\r\n",
		VARY "access-control-allow-origin: https://app.example\r\n" CREDENTIALS EXPOSED },
	{ &any_credentials, FROM_APP "Cookie: a=b\r\n",
		VARY "access-control-allow-origin: https://app.example\r\n" CREDENTIALS EXPOSED },
	{ &list, "", VARY },
	{ &list, FROM_OTHER, VARY },
	{ &list, FROM_OTHER "Cookie: a=b\r\n", VARY },
	{ &list, "Origin:\r\n", VARY },
	{ &list, FROM_APP, VARY "access-control-allow-origin: https://app.example\r\n" EXPOSED },
	{ &list, FROM_APP FROM_APP, VARY },
	{ &list_credentials, FROM_OTHER, VARY },
	{ &list_credentials, FROM_APP,
		VARY "access-control-allow-origin: https://app.example\r\n" CREDENTIALS EXPOSED },
	{ &any_private, FROM_APP, "access-control-allow-origin: *\r\n" EXPOSED },
};

START_TEST(answers_name_the_allowed_origin)
{
	struct http_fields fields = fields_of(answers[_i].lines);

	ck_assert_slice_eq(
		cors_fields(&arena, answers[_i].cors, &fields), str_from(answers[_i].want));
	arena_done(&arena);
}
END_TEST

static const struct {
	const struct cors *cors;
	enum method method;
	const char *lines;
	int status; /* 0: not a preflight request */
	const char *text, *want;
} preflights[] = {
	{ &off, METHOD_OPTIONS, FROM_APP FOR("GET"), 0, "", "" },
	{ &list, METHOD_GET, FROM_APP FOR("GET"), 0, "", "" },
	{ &list, METHOD_OPTIONS, FROM_APP, 0, "", "" },
	{ &list, METHOD_OPTIONS, FOR("GET"), 0, "", "" },
	{ &any, METHOD_OPTIONS, FROM_APP FOR("PATCH"), 200, "OK",
		"access-control-allow-origin: *\r\n" METHODS },
	{ &any, METHOD_OPTIONS, "Origin:\r\n" FOR("PATCH"), 200, "OK",
		"access-control-allow-origin: *\r\n" METHODS },
	/* Browsers send no cookies with a preflight request. */
	{ &any, METHOD_OPTIONS, FROM_APP FOR("PATCH") "Cookie: a=b\r\n", 200, "OK",
		"access-control-allow-origin: *\r\n" METHODS },
	{ &any_credentials, METHOD_OPTIONS, FROM_APP FOR("PATCH"), 200, "OK",
		VARY "access-control-allow-origin: https://app.example\r\n" METHODS CREDENTIALS },
	{ &list, METHOD_OPTIONS,
		FROM_APP FOR("DELETE") "Access-Control-Request-Headers: content-type,x-a\r\n", 200,
		"OK",
		VARY "access-control-allow-origin: https://app.example\r\n" METHODS
		     "access-control-allow-headers: content-type,x-a\r\n" },
	{ &list_credentials, METHOD_OPTIONS,
		FROM_APP FOR("PUT") "Access-Control-Request-Headers: x-a\r\n", 200, "OK",
		VARY "access-control-allow-origin: https://app.example\r\n" METHODS CREDENTIALS
		     "access-control-allow-headers: x-a\r\n" },
	{ &list, METHOD_OPTIONS, FROM_OTHER FOR("GET"), 400, "Disallowed CORS origin",
		VARY METHODS },
	{ &list, METHOD_OPTIONS, FROM_APP FOR("TRACE"), 400, "Disallowed CORS method",
		VARY "access-control-allow-origin: https://app.example\r\n" METHODS },
	{ &list, METHOD_OPTIONS, FROM_OTHER FOR("get"), 400, "Disallowed CORS origin, method",
		VARY METHODS },
	{ &list_credentials, METHOD_OPTIONS, FROM_OTHER FOR("GET"), 400, "Disallowed CORS origin",
		VARY METHODS CREDENTIALS },
	/* Any value is a request for private-network access. */
	{ &any, METHOD_OPTIONS,
		FROM_APP FOR("GET") "Access-Control-Request-Private-Network: true\r\n", 400,
		"Disallowed CORS private-network", "access-control-allow-origin: *\r\n" METHODS },
	{ &any, METHOD_OPTIONS, FROM_APP FOR("GET") "Access-Control-Request-Private-Network:\r\n",
		400, "Disallowed CORS private-network",
		"access-control-allow-origin: *\r\n" METHODS },
	{ &any, METHOD_OPTIONS,
		FROM_APP FOR("get") "Access-Control-Request-Private-Network: true\r\n", 400,
		"Disallowed CORS method, private-network",
		"access-control-allow-origin: *\r\n" METHODS },
	{ &list, METHOD_OPTIONS,
		FROM_OTHER FOR("get") "Access-Control-Request-Private-Network: true\r\n", 400,
		"Disallowed CORS origin, method, private-network", VARY METHODS },
	{ &any_private, METHOD_OPTIONS, FROM_APP FOR("GET"), 200, "OK",
		"access-control-allow-origin: *\r\n" METHODS },
	{ &any_private, METHOD_OPTIONS,
		FROM_APP FOR("GET") "Access-Control-Request-Private-Network: true\r\n", 200, "OK",
		"access-control-allow-origin: *\r\n" METHODS PRIVATE },
	{ &list_private, METHOD_OPTIONS,
		FROM_OTHER FOR("GET") "Access-Control-Request-Private-Network: true\r\n", 400,
		"Disallowed CORS origin", VARY METHODS PRIVATE },
};

START_TEST(preflights_are_answered)
{
	struct http_fields fields = fields_of(preflights[_i].lines);
	struct str lines = STR(""), text = STR("");

	ck_assert_int_eq(cors_preflight(&arena, preflights[_i].cors, preflights[_i].method, &fields,
				 &lines, &text),
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

	tcase_add_loop_test(tc, answers_name_the_allowed_origin, 0, (int)NITEMS(answers));
	tcase_add_loop_test(tc, preflights_are_answered, 0, (int)NITEMS(preflights));
	suite_add_tcase(s, tc);
	return s;
}
