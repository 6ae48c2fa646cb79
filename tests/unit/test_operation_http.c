/* The HTTP side of operations: methods, paths and whose keys are in them. */
#include "operation_http.h"

#include "sample.h"
#include "suite.h"

static struct request request;

static void setup(void)
{
	request_init(&request, "GET", "");
}

static void teardown(void)
{
	request_done(&request);
}

static const struct {
	const char *resource;
	enum action action;
	const char *method, *path;
	const char *owner; /* whose key is in the path; NULL: none */
	bool is_first;
} rows[] = {
	{ "user", ACTION_LIST, "GET", "/users", NULL, true },
	{ "user", ACTION_CREATE, "POST", "/users", NULL, false },
	{ "user", ACTION_READ, "GET", "/users/<0>", "user", true },
	{ "user", ACTION_UPDATE, "PATCH", "/users/<0>", "user", false },
	{ "user", ACTION_DELETE, "DELETE", "/users/<0>", "user", false },
	{ "post", ACTION_CREATE, "POST", "/users/<0>/posts", "user", true },
	{ "post", ACTION_READ, "GET", "/posts/<0>", "post", true },
};

static const struct operation *operation(int i)
{
	return sample_resource(rows[i].resource)->by_action[rows[i].action];
}

static void write_part(struct paired *out, unsigned nth, void *context)
{
	unsigned *count = context;

	ck_assert_uint_eq(nth, *count);
	++*count;
	paired_str(out, STR("<"));
	paired_str(out, nth == 0 ? STR("0") : STR("1"));
	paired_str(out, STR(">"));
}

START_TEST(an_operation_has_a_method)
{
	ck_assert_str_eq(operation_method(operation(_i)), rows[_i].method);
}
END_TEST

START_TEST(a_path_has_parts_in_place_of_parameters)
{
	unsigned count = 0;

	operation_write_path(operation(_i), write_part, &count, &request.target);
	ck_assert_slice_eq(buf_view(&request.target.at[PEER_NEW]), str_from(rows[_i].path));
	ck_assert_uint_eq(count, rows[_i].owner != NULL);
}
END_TEST

START_TEST(a_parameter_is_the_key_of_a_resource)
{
	const struct resource *owner = operation_parameter(operation(_i), 0);

	ck_assert_str_eq(owner ? owner->name : "none", rows[_i].owner ? rows[_i].owner : "none");
	ck_assert_ptr_null(operation_parameter(operation(_i), 1));
}
END_TEST

START_TEST(a_path_has_methods)
{
	ck_assert(operation_path_has(operation(_i), rows[_i].method));
	ck_assert(!operation_path_has(operation(_i), "TRACE"));
}
END_TEST

START_TEST(one_operation_is_the_first_of_its_path)
{
	ck_assert(operation_is_first_of_path(operation(_i)) == rows[_i].is_first);
}
END_TEST

static const TTest *const *const all[] = {
	&an_operation_has_a_method,
	&a_path_has_parts_in_place_of_parameters,
	&a_parameter_is_the_key_of_a_resource,
	&a_path_has_methods,
	&one_operation_is_the_first_of_its_path,
};

Suite *test_suite(void)
{
	Suite *suite = suite_create("operation_http");
	TCase *tests = tcase_create("operation_http");

	sample_use_api();
	tcase_add_checked_fixture(tests, setup, teardown);
	for (size_t i = 0; i < NITEMS(all); i++)
		tcase_add_loop_test(tests, *all[i], 0, (int)NITEMS(rows));
	suite_add_tcase(suite, tests);
	return suite;
}
