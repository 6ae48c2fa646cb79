#include "content_type.h"
#include "suite.h"

static const struct {
	struct str header_value;
	bool is_json;
} cases[] = {
	{ STR_INIT("application/json"), true },
	{ STR_INIT("application/json; charset=utf-8"), true },
	{ STR_INIT("application/json;charset=latin-1"), true },
	{ STR_INIT("application/json;"), true },
	{ STR_INIT("application/json ; x=y/z"), true },
	{ STR_INIT("APPLICATION/JSON"), true },
	{ STR_INIT("Application/Problem+Json"), true },
	{ STR_INIT("application/vnd.api+json"), true },
	{ STR_INIT("application/a+b+json"), true },
	{ STR_INIT("application/+json"), true },
	{ STR_INIT("  application/json\t"), true },
	{ STR_INIT("\xa0"
		   "application/json\x85"),
		true },
	{ STR_INIT("\x1c"
		   "application/json\x1f;"),
		true },

	{ { NULL, 0 }, false },
	{ STR_INIT(""), false },
	{ STR_INIT(" "), false },
	{ STR_INIT(";"), false },
	{ STR_INIT("/"), false },
	{ STR_INIT("json"), false },
	{ STR_INIT("application"), false },
	{ STR_INIT("application/"), false },
	{ STR_INIT("application/jsonp"), false },
	{ STR_INIT("application/xjson"), false },
	{ STR_INIT("application/json+xml"), false },
	{ STR_INIT("application/json, text/plain"), false },
	{ STR_INIT("application/json/"), false },
	{ STR_INIT("application//json"), false },
	{ STR_INIT("application/x/y+json"), false },
	{ STR_INIT("application /json"), false },
	{ STR_INIT("application/ json"), false },
	{ STR_INIT("text/json"), false },
	{ STR_INIT("text/plain"), false },
	{ STR_INIT("xapplication/json"), false },
	{ STR_INIT("application/json\0"), false },
	{ STR_INIT("\0application/json"), false },
	{ STR_INIT(";application/json"), false },
	{ STR_INIT("multipart/form-data; boundary=application/json"), false },
};

START_TEST(json_types_are_recognised)
{
	ck_assert_msg(content_type_is_json(cases[_i].header_value) == cases[_i].is_json, "\"%.*s\"",
		STR_ARGS(cases[_i].header_value));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("content_type");
	TCase *tests = tcase_create("content_type");

	tcase_add_loop_test(tests, json_types_are_recognised, 0, NITEMS(cases));
	suite_add_tcase(suite, tests);
	return suite;
}
