/* The statements that are kept. No server is needed. */
#include "pg_statements.h"
#include "sample.h"
#include "suite.h"

#include <pthread.h>

static struct buf text;
static struct pg_statement spare;

static void setup(void)
{
	buf_init(&text, 1024 * 1024);
}

static void teardown(void)
{
	buf_done(&text);
}

static const struct pg_statement *purpose(enum pg_purpose number)
{
	const struct pg_key key = {
		.family = PG_FAMILY_PURPOSE, .resource = api->resources[0], .number = number
	};

	return pg_statement(&key, &spare, &text);
}

START_TEST(a_statement_is_generated_once)
{
	const struct pg_statement *read = purpose(PG_READ), *list = purpose(PG_LIST);

	ck_assert_ptr_eq(purpose(PG_READ), read);
	ck_assert_ptr_eq(purpose(PG_LIST), list);
	ck_assert_ptr_ne(read, list);
	ck_assert_uint_ne(read->number, list->number);
	ck_assert_str_ne(read->name, list->name);
	ck_assert(!read->once);
	buf_reset(&text, SIZE_MAX);
	pg_sql_statement(&text, api->resources[0], PG_READ);
	ck_assert_slice_eq(str_from(read->text), buf_view(&text));
}
END_TEST

/* Those with rows of many keys are cut. */
START_TEST(families_differ)
{
	const struct resource *child = api->resources[1];
	struct pg_key key = {
		.family = PG_FAMILY_CHILDREN, .resource = child, .number = child->parent_field
	};
	const struct pg_statement *children = pg_statement(&key, &spare, &text);

	ck_assert_ptr_nonnull(strstr(children->text, " LIMIT 4096"));
	key.family = PG_FAMILY_REFERRING;
	ck_assert_ptr_ne(pg_statement(&key, &spare, &text), children);
	key.family = PG_FAMILY_FIELD;
	ck_assert_ptr_ne(pg_statement(&key, &spare, &text), children);
	key.family = PG_FAMILY_CHILDREN;
	ck_assert_ptr_eq(pg_statement(&key, &spare, &text), children);
}
END_TEST

/* Clients choose the columns of updates. */
START_TEST(when_no_more_are_kept_statements_are_sent_once)
{
	const struct pg_statement *read = purpose(PG_READ);
	char literals[PG_STATEMENTS_MAX][2];

	for (unsigned i = 0; i < PG_STATEMENTS_MAX; i++) {
		strcpy(literals[i], "x");
		const struct pg_key key = { .family = PG_FAMILY_TEXT, .text = literals[i] };
		const struct pg_statement *kept = pg_statement(&key, &spare, &text);
		ck_assert_uint_lt(kept->number, PG_STATEMENTS_MAX);
		ck_assert(i + 1 == PG_STATEMENTS_MAX || !kept->once);
	}
	const struct pg_statement *once = purpose(PG_DELETE);
	ck_assert_ptr_eq(once, &spare);
	ck_assert(once->once);
	ck_assert_ptr_nonnull(strstr(once->text, "DELETE FROM"));
	ck_assert_ptr_eq(purpose(PG_READ), read);
}
END_TEST

static void *find_many(void *context)
{
	struct pg_statement mine;
	struct buf own;

	(void)context;
	buf_init(&own, 1024 * 1024);
	for (unsigned i = 0; i < 2000; i++) {
		const struct pg_key key = { .family = PG_FAMILY_PURPOSE,
			.resource = api->resources[i % api->nresources],
			.number = i % PG__COUNT };
		if (pg_sql_applies(key.resource, (enum pg_purpose)key.number))
			ck_assert(!pg_statement(&key, &mine, &own)->once);
	}
	buf_done(&own);
	return NULL;
}

START_TEST(threads_share_them)
{
	pthread_t threads[4];

	for (size_t i = 0; i < NITEMS(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, find_many, NULL), 0);
	for (size_t i = 0; i < NITEMS(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_statements");
	TCase *statements = tcase_create("statements");

	tcase_add_checked_fixture(statements, setup, teardown);
	tcase_add_test(statements, a_statement_is_generated_once);
	tcase_add_test(statements, families_differ);
	tcase_add_test(statements, when_no_more_are_kept_statements_are_sent_once);
	tcase_add_test(statements, threads_share_them);
	suite_add_tcase(suite, statements);
	return suite;
}
