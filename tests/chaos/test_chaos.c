/* Kills, stops and starves processes during writes: no acknowledged write is lost. `make chaos`
 * runs this longer. */
#include "chaos.h"
#include "loop.h"
#include "suite.h"

#include <stdlib.h>

enum {
	KILLS = 50,
	KILL_SECONDS = 5, /* much longer than a strike takes */
	START_SECONDS = 60
};

static unsigned long number_from(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

static unsigned kills(void)
{
	return (unsigned)number_from("CHAOS_KILLS", KILLS);
}

START_TEST(test_no_acknowledged_write_is_lost)
{
	struct chaos_plan plan = {
		.kills = kills(),
		.seed = number_from("CHAOS_SEED", clock_ms()),
		.median_ms = (unsigned)number_from("CHAOS_MEDIAN_MS", 0),
	};

	chaos_run(&plan);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("chaos");
	TCase *t = tcase_create("chaos");

	tcase_set_timeout(t, START_SECONDS + (double)kills() * KILL_SECONDS);
	tcase_add_test(t, test_no_acknowledged_write_is_lost);
	suite_add_tcase(s, t);
	return s;
}
