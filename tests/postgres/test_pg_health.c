/* What the metrics show of connections to PostgreSQL. */
#include "log.h"
#include "pg_health.h"
#include "stats_sum.h"
#include "suite.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static bool one_is_down, other_is_down;

static void setup(void)
{
	int fd = stats_create();

	ck_assert_int_ge(fd, 0);
	close(fd);
	log_open("test", LOG_LEVEL_CRITICAL);
	pg_health_init("postgresql://db/app");
}

static uint64_t read_at(enum stats_id stat, unsigned place)
{
	struct stats_sums *sums = stats_sum();

	ck_assert_ptr_nonnull(sums);
	uint64_t value = sums->cells[stat_infos[stat].first + place];
	free(sums);
	return value;
}

static uint64_t read_gauge(enum stats_id stat)
{
	return read_at(stat, 0);
}

static const struct {
	const char *state;
	enum stat_reconnect cause;
} causes[] = {
	{ NULL, STAT_RECONNECT_SILENT }, /* what the caller says */
	{ "", STAT_RECONNECT_SILENT },
	{ "53300", STAT_RECONNECT_TOO_MANY },
	{ "57P03", STAT_RECONNECT_STARTING },
	{ "57P01", STAT_RECONNECT_STOPPED },
	{ "57P02", STAT_RECONNECT_STOPPED },
	{ "28P01", STAT_RECONNECT_PASSWORD },
	{ "28000", STAT_RECONNECT_PASSWORD },
	{ "3D000", STAT_RECONNECT_DATABASE },
	{ "25006", STAT_RECONNECT_READ_ONLY },
	{ "08006", STAT_RECONNECT_OTHER },
};

START_TEST(a_lost_connection_is_counted_by_its_sqlstate)
{
	pg_health_lost(&one_is_down, 0, STAT_RECONNECT_SILENT, causes[_i].state, "a reason");
	for (unsigned i = 0; i < STAT_RECONNECT__COUNT; i++)
		ck_assert_uint_eq(read_at(STAT_POSTGRES_RECONNECTS, i), i == causes[_i].cause);
	ck_assert_uint_eq(
		read_gauge(STAT_POSTGRES_READ_ONLY), causes[_i].cause == STAT_RECONNECT_READ_ONLY);
}
END_TEST

START_TEST(each_attempt_that_fails_is_counted)
{
	for (int i = 0; i < 3; i++)
		pg_health_refused(&one_is_down, 0, "", "Connection refused");
	pg_health_refused(&one_is_down, 0, "57P03", "the database system is starting up");
	ck_assert_uint_eq(read_at(STAT_POSTGRES_RECONNECTS, STAT_RECONNECT_REFUSED), 3);
	ck_assert_uint_eq(read_at(STAT_POSTGRES_RECONNECTS, STAT_RECONNECT_STARTING), 1);
}
END_TEST

START_TEST(it_is_down_until_all_connections_are_back)
{
	uint64_t began = (uint64_t)time(NULL) * 1000000000;

	pg_health_opened();
	pg_health_opened();
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_CONNECTIONS), 2);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_DOWN), 0);
	uint64_t first = read_gauge(STAT_POSTGRES_SINCE);
	ck_assert_uint_ge(first, began);
	pg_health_closed();
	pg_health_lost(&one_is_down, 0, STAT_RECONNECT_LOST, NULL, "gone");
	pg_health_closed();
	pg_health_lost(&other_is_down, 0, STAT_RECONNECT_LOST, NULL, "gone");
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_CONNECTIONS), 0);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_DOWN), 1);
	uint64_t lost = read_gauge(STAT_POSTGRES_SINCE);
	ck_assert_uint_gt(lost, first);
	pg_health_opened();
	pg_health_fine(&one_is_down, 10, false);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_DOWN), 1);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_SINCE), lost);
	pg_health_opened();
	pg_health_fine(&other_is_down, 20, false);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_DOWN), 0);
	ck_assert_uint_gt(read_gauge(STAT_POSTGRES_SINCE), lost);
}
END_TEST

START_TEST(a_standby_is_read_only_until_it_is_promoted)
{
	pg_health_fine(&one_is_down, 0, true);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_READ_ONLY), 1);
	pg_health_fine(&one_is_down, 0, false);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_READ_ONLY), 0);
}
END_TEST

START_TEST(a_server_that_refuses_writes_is_read_only_until_all_are_back)
{
	pg_health_lost(&one_is_down, 0, STAT_RECONNECT_LOST, "25006", "read-only");
	pg_health_fine(&other_is_down, 0, false);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_READ_ONLY), 1);
	pg_health_fine(&one_is_down, 0, false);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_READ_ONLY), 0);
}
END_TEST

START_TEST(nothing_remains_of_one_that_hands_over)
{
	pg_health_opened();
	pg_health_lost(&one_is_down, 0, STAT_RECONNECT_LOST, "25006", "read-only");
	stats_set(STAT_POSTGRES_OLDEST_WAIT, 5);
	pg_health_done();
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_CONNECTIONS), 0);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_DOWN), 0);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_SINCE), 0);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_READ_ONLY), 0);
	ck_assert_uint_eq(read_gauge(STAT_POSTGRES_OLDEST_WAIT), 0);
	ck_assert_uint_eq(read_at(STAT_POSTGRES_RECONNECTS, STAT_RECONNECT_READ_ONLY), 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_health");
	TCase *tc = tcase_create("pg_health");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
		tc, a_lost_connection_is_counted_by_its_sqlstate, 0, (int)NITEMS(causes));
	tcase_add_test(tc, each_attempt_that_fails_is_counted);
	tcase_add_test(tc, it_is_down_until_all_connections_are_back);
	tcase_add_test(tc, a_standby_is_read_only_until_it_is_promoted);
	tcase_add_test(tc, a_server_that_refuses_writes_is_read_only_until_all_are_back);
	tcase_add_test(tc, nothing_remains_of_one_that_hands_over);
	suite_add_tcase(suite, tc);
	return suite;
}
