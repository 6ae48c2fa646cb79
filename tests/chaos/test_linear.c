/* Linearizability, with caches and killed processes: no client of any worker gets a state older
 * than one that was read or acknowledged before its request. `make chaos` runs this longer. */
#include "linear.h"
#include "loop.h"
#include "suite.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { STRIKES = 20 /* the default of CHAOS_KILLS */ };

static const struct linear_strike strikes[] = {
	{ "dbd: KILL", 1, linear_signal, "dbd", SIGKILL, 0 },
	{ "dbd: TERM", 1, linear_signal, "dbd", SIGTERM, 0 },
	{ "dbd: STOP, CONT", 1, linear_signal, "dbd", SIGSTOP, SIGCONT },
	{ "dbd: STOP, KILL", 1, linear_signal, "dbd", SIGSTOP, SIGKILL },
	{ "worker 1: KILL", 1, linear_signal, "worker 1", SIGKILL, 0 },
	{ "worker 2: KILL", 1, linear_signal, "worker 2", SIGKILL, 0 },
	{ "worker 1: STOP, CONT", 1, linear_signal, "worker 1", SIGSTOP, SIGCONT },
	{ "worker 2: STOP, CONT", 1, linear_signal, "worker 2", SIGSTOP, SIGCONT },
	{ "worker 3: STOP, CONT", 1, linear_signal, "worker 3", SIGSTOP, SIGCONT },
	{ "master: HUP", 1, linear_signal, NULL, SIGHUP, 0 },
	{ 0 },
};

static const struct {
	const char *cache_size;
	int content;         /* bytes of a post */
	const char *readers; /* --reader-threads */
} runs[] = {
	{ "16777216", 200, "0" },
	{ "16777216", 24 * 1024, "0" }, /* lists over 128 KiB are streamed */
	{ "0", 200, "0" }, { "16777216", 200, "2" },
	{ "0", 24 * 1024, "2" }, /* reads of users over 128 KiB are asked for twice */
};

static unsigned long number_from(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

static unsigned nstrikes(void)
{
	return (unsigned)number_from("CHAOS_KILLS", STRIKES);
}

START_TEST(test_no_client_reads_a_stale_state)
{
	uint64_t seed = number_from("CHAOS_SEED", clock_ms());

	printf("linear: CHAOS_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	linear_run(&(struct linear_plan){
		.machines = 1,
		.workers = "3",
		.readers = runs[_i].readers,
		.cache_size = runs[_i].cache_size,
		.content = runs[_i].content,
		.strikes = strikes,
		.count = nstrikes(),
		.seed = seed,
	});
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("linear");
	TCase *t = tcase_create("linear");

	tcase_set_timeout(t, 120 + nstrikes() * 5.0);
	tcase_add_checked_fixture(t, linear_setup, linear_teardown);
	tcase_add_loop_test(t, test_no_client_reads_a_stale_state, 0, NITEMS(runs));
	suite_add_tcase(s, t);
	return s;
}
