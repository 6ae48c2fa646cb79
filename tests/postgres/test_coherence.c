/* Three servers and one PostgreSQL: no client of any of them gets a state older than one that was
 * read or acknowledged before its request, whichever server wrote it, or psql past all of them.
 * Processes are killed, connections ended, PostgreSQL restarted. `make check-postgres` runs this
 * longer. */
#include "linear.h"
#include "loop.h"
#include "postgres_cluster.h"
#include "suite.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	STRIKES = 20, /* the default of CHAOS_KILLS */
	MACHINES = 3
};

static struct postgres_cluster cluster;

static void setup(void)
{
	postgres_cluster_start(&cluster, (const char *[]){ "max_connections=60", NULL });
	linear_setup();
}

static void teardown(void)
{
	linear_teardown();
	postgres_cluster_remove(&cluster);
}

/* Strikes at PostgreSQL. */

/* Waits for a server that recovers. */
static void ask(const char *sql)
{
	linear_await_program((const char *[]){ "sh", "-c",
		"until psql -Xq -d \"$0\" -o /dev/null -c \"$1\" 2>/dev/null; do sleep 0.02; done",
		cluster.url, sql, NULL });
}

static void end_a_connection(const struct linear_strike *strike)
{
	(void)strike;
	ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
	    " 'postern' ORDER BY random() LIMIT 1");
}

static void end_all_connections(const struct linear_strike *strike)
{
	(void)strike;
	ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
	    " 'postern'");
}

static void end_a_foreign_connection(const struct linear_strike *strike)
{
	(void)strike;
	ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
	    " 'psql' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1");
}

/* A process of PostgreSQL dies: that ends all others, psql's too, and it recovers. */
static void kill_a_backend(const struct linear_strike *strike)
{
	(void)strike;
	linear_away();
	linear_await_program((const char *[]){ "sh", "-c",
		"psql -Xq -d \"$0\" -c \"$1\" 2>/dev/null; true", cluster.url,
		"COPY (SELECT pid FROM pg_stat_activity WHERE application_name = 'postern' ORDER BY"
		" random() LIMIT 1) TO PROGRAM 'xargs -r kill -KILL 2>/dev/null; true'",
		NULL });
	ask("SELECT");
	linear_back();
}

static void restart(const struct linear_strike *strike)
{
	linear_away();
	linear_await_program((const char *[]){
		"tests/postgres/cluster", "restart", cluster.folder, strike->child, NULL });
	linear_back();
}

/* Sends a signal to the processes of PostgreSQL that have connections. */
static void signal_server(int number)
{
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		(int)postgres_cluster_pid(&cluster), (int)postgres_cluster_pid(&cluster));
	FILE *children = fopen(path, "re");
	ck_assert_ptr_nonnull(children);
	while (fscanf(children, "%d", &pid) == 1)
		kill(pid, number);
	fclose(children);
}

static void stand_still(const struct linear_strike *strike)
{
	(void)strike;
	signal_server(SIGSTOP);
	linear_pass(1 + linear_draw(100));
	signal_server(SIGCONT);
}

static const struct linear_strike strikes[] = {
	{ "dbd: KILL", 2, linear_signal, "dbd", SIGKILL, 0 },
	{ "dbd: TERM", 1, linear_signal, "dbd", SIGTERM, 0 },
	{ "dbd: STOP, CONT", 1, linear_signal, "dbd", SIGSTOP, SIGCONT },
	{ "worker 1: KILL", 1, linear_signal, "worker 1", SIGKILL, 0 },
	{ "worker 2: KILL", 1, linear_signal, "worker 2", SIGKILL, 0 },
	{ "worker 2: STOP, CONT", 1, linear_signal, "worker 2", SIGSTOP, SIGCONT },
	{ "master: HUP", 1, linear_signal, NULL, SIGHUP, 0 },
	{ "a connection is ended", 8, end_a_connection, NULL, 0, 0 },
	{ "all connections are ended", 4, end_all_connections, NULL, 0, 0 },
	{ "psql's connection is ended", 1, end_a_foreign_connection, NULL, 0, 0 },
	{ "a backend is killed", 1, kill_a_backend, NULL, 0, 0 },
	{ "PostgreSQL restarts", 1, restart, "fast", 0, 0 },
	{ "PostgreSQL restarts at once", 1, restart, "immediate", 0, 0 },
	{ "PostgreSQL stands still", 2, stand_still, NULL, 0, 0 },
	{ 0 },
};

static const struct {
	const char *cache_size;
	int content; /* bytes of a post */
	bool foreign;
} runs[] = {
	{ "16777216", 200, false },
	{ "16777216", 200, true },
	{ "16777216", 24 * 1024, true }, /* lists over 128 KiB are streamed */
	{ "0", 200, true },
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

START_TEST(no_server_shows_a_stale_state)
{
	uint64_t seed = number_from("CHAOS_SEED", clock_ms());

	printf("coherence: CHAOS_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	linear_run(&(struct linear_plan){
		.machines = MACHINES,
		.workers = "2",
		.url = cluster.url,
		.cache_size = runs[_i].cache_size,
		.content = runs[_i].content,
		.foreign = runs[_i].foreign,
		.patient = true,
		.strikes = strikes,
		.count = nstrikes() / (unsigned)NITEMS(runs),
		.seed = seed,
	});
	test_database_check(cluster.url);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("coherence");
	TCase *t = tcase_create("coherence");

	tcase_set_tags(t, "server");
	tcase_set_timeout(t, 120 + nstrikes() * 5.0);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, no_server_shows_a_stale_state, 0, NITEMS(runs));
	suite_add_tcase(s, t);
	return s;
}
