#include "request_id.h"

#include "suite.h"

static struct arena arena;
static struct request_ids ids;

static void setup(void)
{
	request_ids_init(&ids);
}

static void teardown(void)
{
	arena_done(&arena);
}

static struct str id_of(const char *value)
{
	struct http_fields fields = { arena_printf(&arena,
					      "GET / HTTP/1.1\r\nx-request-id: %s\r\n\r\n", value),
		HTTP_X_REQUEST_ID };

	return request_id(&ids, &fields, &arena);
}

static struct str make(void)
{
	const struct http_fields none = { STR("GET / HTTP/1.1\r\n\r\n"), 0 };
	struct str id = request_id(&ids, &none, &arena);

	ck_assert_uint_eq(id.len, REQUEST_ID_MADE);
	for (size_t i = 0; i < id.len; i++)
		ck_assert(strchr("0123456789abcdef", id.ptr[i]));
	return id;
}

START_TEST(a_valid_sent_id_is_used)
{
	static const char *const sent[] = { "x", "0123-abc._~:/+=@XYZ",
		"Root=1-67891233-abcdef012345678912345678" };
	static const char *const refused[] = { "", "a b", "a,b", "a\"", "a\\", "a\tb", "\xc3\xa9",
		"a%0a", "a;b", "<a>" };
	char text[REQUEST_ID_MOST + 2] = "";

	for (size_t i = 0; i < NITEMS(sent); i++)
		ck_assert_slice_eq(id_of(sent[i]), str_from(sent[i]));
	for (size_t i = 0; i < NITEMS(refused); i++)
		ck_assert_uint_eq(id_of(refused[i]).len, REQUEST_ID_MADE);
	memset(text, 'x', REQUEST_ID_MOST);
	ck_assert_slice_eq(id_of(text), str_from(text));
	text[REQUEST_ID_MOST] = 'x';
	ck_assert_uint_eq(id_of(text).len, REQUEST_ID_MADE);
}
END_TEST

START_TEST(two_fields_are_not_an_id)
{
	ck_assert_uint_eq(id_of("a\r\nx-request-id: b").len, REQUEST_ID_MADE);
}
END_TEST

START_TEST(generated_ids_are_unique)
{
	enum { MANY = 300 };
	struct str made[MANY];

	for (size_t i = 0; i < MANY; i++) {
		/* The ids of two workers differ, too. */
		if (i == MANY / 2)
			request_ids_init(&ids);
		made[i] = make();
		for (size_t j = 0; j < i; j++)
			ck_assert(!str_equal(made[i], made[j]));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("request_id");
	TCase *tests = tcase_create("request_id");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_valid_sent_id_is_used);
	tcase_add_test(tests, two_fields_are_not_an_id);
	tcase_add_test(tests, generated_ids_are_unique);
	suite_add_tcase(suite, tests);
	return suite;
}
