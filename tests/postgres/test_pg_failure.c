/* What errors of PostgreSQL mean. No server is needed. */
#include "pg_failure.h"
#include "suite.h"

static const struct {
	const char *state;
	enum pg_remedy remedy;
	enum fault fault;
} cases[] = {
	{ NULL, PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE },
	{ "", PG_REMEDY_NONE, FAULT_INTERNAL },
	{ "08006", PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE },
	{ "08P01", PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE },
	{ "0A000", PG_REMEDY_NONE, FAULT_INTERNAL },
	{ "22003", PG_REMEDY_NONE, FAULT_INTERNAL },
	{ "23502", PG_REMEDY_NONE, FAULT_INTERNAL },
	{ "23503", PG_REMEDY_NONE, FAULT_IN_USE },
	{ "23505", PG_REMEDY_NONE, FAULT_CONFLICT },
	{ "23514", PG_REMEDY_NONE, FAULT_INTERNAL },
	{ "25006", PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE },
	{ "25P03", PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE },
	{ "26000", PG_REMEDY_UNNAMED, FAULT_INTERNAL },
	{ "40001", PG_REMEDY_AGAIN, FAULT_LOCKED },
	{ "40P01", PG_REMEDY_AGAIN, FAULT_LOCKED },
	{ "42501", PG_REMEDY_NONE, FAULT_STORAGE },
	{ "42P01", PG_REMEDY_NONE, FAULT_STORAGE },
	{ "42P05", PG_REMEDY_UNNAMED, FAULT_INTERNAL },
	{ "53100", PG_REMEDY_NONE, FAULT_FULL },
	{ "53200", PG_REMEDY_NONE, FAULT_UNAVAILABLE },
	{ "54000", PG_REMEDY_NONE, FAULT_TOO_LARGE },
	{ "55P03", PG_REMEDY_LATER, FAULT_LOCKED },
	{ "57014", PG_REMEDY_NONE, FAULT_UNAVAILABLE },
	{ "57P01", PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE },
	{ "57P03", PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE },
	{ "58030", PG_REMEDY_NONE, FAULT_STORAGE },
	{ "P0001", PG_REMEDY_NONE, FAULT_INTERNAL },
	{ "XX001", PG_REMEDY_NONE, FAULT_STORAGE },
};

START_TEST(each_state_has_its_meaning)
{
	struct pg_meaning meaning = pg_meaning_of(cases[_i].state);

	ck_assert_int_eq(meaning.remedy, cases[_i].remedy);
	ck_assert_int_eq(meaning.fault, cases[_i].fault);
}
END_TEST

START_TEST(what_waiting_does_not_change_is_a_refusal)
{
	static const char *const refusals[] = { "28000", "28P01", "3D000" };
	static const char *const others[] = { NULL, "", "53300", "57P03", "08006", "25006" };

	for (size_t i = 0; i < NITEMS(refusals); i++)
		ck_assert(pg_is_refusal(refusals[i]));
	for (size_t i = 0; i < NITEMS(others); i++)
		ck_assert(!pg_is_refusal(others[i]));
}
END_TEST

/* libpq's own error: there is no server. */
/* What a pooler says of names must not be taken for a table that is not there. */
START_TEST(a_table_is_missing_only_if_the_server_says_so)
{
	static const char *const others[] = { "42P05", "42601", "42P07", "26000", "57014", "" };

	ck_assert(pg_is_missing("42P01"));
	ck_assert(pg_is_missing("42501"));
	ck_assert(!pg_is_missing(NULL));
	for (size_t i = 0; i < NITEMS(others); i++)
		ck_assert(!pg_is_missing(others[i]));
}
END_TEST

START_TEST(a_connection_is_explained_in_one_line)
{
	PGconn *conn = PQconnectdb("host=/nowhere dbname=x");
	struct buf text;

	buf_init(&text, 1024);
	pg_explain_connection(conn, &text);
	ck_assert(buf_len(&text) > 0);
	ck_assert_ptr_null(memchr(buf_view(&text).ptr, '\n', buf_len(&text)));
	ck_assert_ptr_null(memchr(buf_view(&text).ptr, '\t', buf_len(&text)));
	buf_reset(&text, 0);
	pg_explain(NULL, &text);
	ck_assert_slice_eq(buf_view(&text), STR("the connection was lost"));
	PQfinish(conn);
	buf_done(&text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_failure");
	TCase *failures = tcase_create("failures");

	tcase_add_loop_test(failures, each_state_has_its_meaning, 0, NITEMS(cases));
	tcase_add_test(failures, what_waiting_does_not_change_is_a_refusal);
	tcase_add_test(failures, a_table_is_missing_only_if_the_server_says_so);
	tcase_add_test(failures, a_connection_is_explained_in_one_line);
	suite_add_tcase(suite, failures);
	return suite;
}
