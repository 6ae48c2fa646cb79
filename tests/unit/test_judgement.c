/* Answers of two servers to one request: the same, a known difference, or another one. */
#include "judgement.h"

#include "sample.h"
#include "suite.h"

enum { TEXT_MOST = 64 * 1024 };

static struct arena arena;
static struct peer peers[PEERS];
static struct key_pairs *pairs;
static struct request request;
static struct peer_answer answers[PEERS];
static struct buf text;

static const struct operation *operation_of(const char *resource, enum action action)
{
	return sample_resource(resource)->by_action[action];
}

static void setup(void)
{
	buf_init(&text, TEXT_MOST);
	ck_assert(peer_init(&peers[PEER_OLD], "http://old:8000", &text));
	ck_assert(peer_init(&peers[PEER_NEW], "http://new/api", &text));
	pairs = key_pairs_new();
	key_pairs_add(pairs, sample_resource("user"),
		(struct key_pair){ { STR_INIT("7"), STR_INIT("9") } });
	request_init(&request, "GET", "");
	request.operation = operation_of("user", ACTION_READ);
	paired_str(&request.target, STR("/users/"));
	paired_key(&request.target, key_pairs_at(pairs, sample_resource("user"), 0), false);
	memset(answers, 0, sizeof(answers));
}

static void teardown(void)
{
	request_done(&request);
	key_pairs_free(pairs);
	buf_done(&text);
	arena_done(&arena);
}

static void answer(int old_status, const char *old, int new_status, const char *new)
{
	answers[PEER_OLD] = (struct peer_answer){ .status = old_status, .body = str_from(old) };
	answers[PEER_NEW] = (struct peer_answer){ .status = new_status, .body = str_from(new) };
}

static void expect(enum verdict verdict, const char *want)
{
	const struct judge judge = {
		.form = { .pairs = pairs, .hides_set = true },
		.peers = peers,
		.arena = &arena,
	};

	buf_truncate(&text, 0);
	enum verdict got = judge_answers(&judge, &request, SCOPE_ANSWER, answers, &text);
	ck_assert_slice_eq(buf_view(&text), str_from(want));
	ck_assert_int_eq(got, verdict);
}

START_TEST(keys_of_rows_may_differ)
{
	ck_assert_slice_eq(buf_view(&request.target.at[PEER_OLD]), STR("/users/7"));
	ck_assert_slice_eq(buf_view(&request.target.at[PEER_NEW]), STR("/users/9"));
	answer(200, "{\"username\":\"7\",\"id\":7}", 200, "{\"username\":\"7\",\"id\":9}");
	expect(VERDICT_SAME, "");
	answer(200, "{\"username\":\"7\",\"id\":7}", 200, "{\"username\":\"7\",\"id\":7}");
	expect(VERDICT_DIFFERENT, "body, byte 21: $.id: OLD 9, NEW 7\n");
	answer(200, "{\"username\":\"7\",\"id\":7}", 200, "{\"username\":\"9\",\"id\":9}");
	expect(VERDICT_DIFFERENT, "body, byte 13: $.username: OLD \"7\", NEW \"9\"\n");
	answer(404, "{\"detail\":\"User 7 not found.\"}", 404,
		"{\"detail\":\"User 9 not found.\"}");
	expect(VERDICT_SAME, "");
	answer(422, "{\"input\":7.5}", 422, "{\"input\":7.5}");
	expect(VERDICT_SAME, "");
}
END_TEST

START_TEST(what_a_server_sets_may_differ_in_its_digits)
{
	request.operation = operation_of("post", ACTION_LIST);
	answer(200, "[{\"date_posted\":\"2026-01-01T00:00:00.1Z\",\"user_id\":7}]", 200,
		"[{\"date_posted\":\"2027-02-03T04:05:06.7Z\",\"user_id\":9}]");
	expect(VERDICT_SAME, "");
	answer(200, "[{\"date_posted\":\"2026-01-01T00:00:00.1Z\"}]", 200,
		"[{\"date_posted\":\"2026-01-01T00:00:00.1\"}]");
	expect(VERDICT_DIFFERENT,
		"body, byte 38: $[0].date_posted: OLD \"0000-00-00T00:00:00.0Z\", "
		"NEW \"0000-00-00T00:00:00.0\"\n");
}
END_TEST

START_TEST(the_same_json_in_other_bytes_is_a_difference)
{
	answer(200, "{\"a\":\"\\u00e9\"}", 200, "{\"a\":\"\u00e9\"}");
	expect(VERDICT_DIFFERENT,
		"body, byte 6: the same JSON, other bytes: OLD {\"a\":\"\\u00e9\"}, "
		"NEW {\"a\":\"\u00e9\"}\n");
	answer(500, "Internal Server Error", 500, "{}");
	expect(VERDICT_DIFFERENT, "body, byte 0: OLD Internal Server Error, NEW {}\n");
}
END_TEST

START_TEST(statuses_and_fields_are_compared)
{
	answer(201, "{\"id\":7}", 409, "{\"detail\":\"taken\"}");
	expect(VERDICT_DIFFERENT,
		"status: OLD 201, NEW 409\nOLD says {\"id\":7}\nNEW says {\"detail\":\"taken\"}\n");
	answer(307, "", 307, "");
	answers[PEER_OLD].location = STR("http://old:8000/users/7");
	answers[PEER_NEW].location = STR("http://new/api/users/9");
	expect(VERDICT_SAME, "");
	answers[PEER_NEW].location = STR("http://other/api/users/9");
	expect(VERDICT_DIFFERENT, "location: OLD /users/9, NEW http://other/api/users/9\n");
	answer(200, "", 200, "");
	answers[PEER_NEW].content_type = STR("text/html");
	expect(VERDICT_DIFFERENT, "content-type: OLD absent, NEW text/html\n");
}
END_TEST

START_TEST(known_differences_are_told_apart)
{
	answer(500, "Internal Server Error", 409, "{}");
	expect(VERDICT_KNOWN, "OLD answers 500, NEW 409");
	answer(200, "{}", 500, "Internal Server Error");
	expect(VERDICT_DIFFERENT, "status: OLD 200, NEW 500\nOLD says {}\n"
				  "NEW says Internal Server Error\n");
	answer(405, "{}", 405, "{}");
	answers[PEER_OLD].allow = STR("GET");
	answers[PEER_NEW].allow = STR("GET, HEAD, OPTIONS, POST");
	expect(VERDICT_KNOWN, "allow of 405: OLD names one route's methods, NEW all");
	answers[PEER_OLD].allow = STR("PUT");
	expect(VERDICT_DIFFERENT, "allow: OLD PUT, NEW GET, HEAD, OPTIONS, POST\n");
	request.method = "HEAD";
	answer(405, "", 200, "");
	expect(VERDICT_KNOWN, "OLD answers 405 to HEAD, NEW as to GET");
	request.method = "OPTIONS";
	answer(405, "", 204, "");
	expect(VERDICT_KNOWN, "OLD answers 405 to OPTIONS, NEW 204");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("judgement");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keys_of_rows_may_differ);
	tcase_add_test(tc, what_a_server_sets_may_differ_in_its_digits);
	tcase_add_test(tc, the_same_json_in_other_bytes_is_a_difference);
	tcase_add_test(tc, statuses_and_fields_are_compared);
	tcase_add_test(tc, known_differences_are_told_apart);
	suite_add_tcase(suite, tc);
	return suite;
}
