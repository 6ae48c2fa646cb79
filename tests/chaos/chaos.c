#include "chaos.h"

#include "loop.h"
#include "writers.h"

#include <check.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum victim { WORKER, DBD, MASTER, VICTIM__COUNT };

static const char *const victim_names[] = { "a worker", "dbd", "the master" };

enum way { TERM, KILL, STOP_CONT, STOP_KILL, NO_FILES, NO_GROWTH, NO_TIME, NO_MEMORY, WAY__COUNT };

/* With AddressSanitizer a process cannot continue without memory. */
#ifdef __SANITIZE_ADDRESS__
enum { WAYS = NO_MEMORY };
#else
enum { WAYS = WAY__COUNT };
#endif

enum {
	WORKERS = 2,
	ACKNOWLEDGED_MOST = 200, /* most acknowledged writes between two strikes */
	STANDSTILL_MOST = 100,   /* most milliseconds of a SIGSTOP or of a lowered limit */
	LOG_BEFORE = 2048        /* bytes of the log told with a death */
};

/* Functions that lower a limit of a process or restore it. The process may have ended. */

static void limit(pid_t pid, __rlimit_resource_t resource, bool starve)
{
	struct rlimit now;

	if (prlimit(pid, resource, NULL, &now) < 0)
		return;
	now.rlim_cur = starve ? 0 : now.rlim_max;
	prlimit(pid, resource, &now, NULL);
}

/* Allows no further descriptors. */
static void starve_files(pid_t pid, bool starve)
{
	limit(pid, RLIMIT_NOFILE, starve);
}

/* Lets all files stop growing: EFBIG. */
static void starve_growth(pid_t pid, bool starve)
{
	limit(pid, RLIMIT_FSIZE, starve);
}

/* Gives the process the lowest priority for the CPU. */
static void starve_time(pid_t pid, bool starve)
{
	sched_setscheduler(pid, starve ? SCHED_IDLE : SCHED_OTHER, &(struct sched_param){ 0 });
}

/* Allows no further memory. */
static void starve_memory(pid_t pid, bool starve)
{
	limit(pid, RLIMIT_AS, starve);
}

static const struct {
	const char *name;
	int first, second;                      /* signals; second may be 0 for none */
	void (*starve)(pid_t pid, bool starve); /* called instead of sending signals */
} ways[] = {
	[TERM] = { "TERM", SIGTERM, 0, NULL },
	[KILL] = { "KILL", SIGKILL, 0, NULL },
	[STOP_CONT] = { "STOP, CONT", SIGSTOP, SIGCONT, NULL },
	[STOP_KILL] = { "STOP, KILL", SIGSTOP, SIGKILL, NULL },
	[NO_FILES] = { "no files", 0, 0, starve_files },
	[NO_GROWTH] = { "no growth", 0, 0, starve_growth },
	[NO_TIME] = { "no time", 0, 0, starve_time },
	[NO_MEMORY] = { "no memory", 0, 0, starve_memory },
};

/* The duration of each strike, in milliseconds. */
struct times {
	unsigned *ms;
	unsigned count;
};

struct chaos {
	struct postern server;
	struct writers writers;
	uint64_t random;
	struct times times[VICTIM__COUNT][WAY__COUNT];
};

/* A random number below n, by SplitMix64. */
static unsigned draw(struct chaos *c, unsigned n)
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (unsigned)((z ^ (z >> 31)) % n);
}

/* Starting and stopping the server. */

static void launch(struct chaos *c, int port)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", port);
	/* A stopping dbd waits for its workers, which stay connected, until this timeout. */
	struct postern_plan plan = { .args = {
					     "--port", text, "--timeout-graceful-shutdown", "1" } };
	postern_launch(&c->server, &plan);
	c->writers.log_ended = false;
}

void chaos_check_deaths(struct postern *server)
{
	static const char killed[] = "was killed by signal ";
	const char *log = postern_log(server);
	bool in_want = strstr(log, "out of memory") != NULL;

	for (const char *at = log; (at = strstr(at, killed));) {
		at += strlen(killed);
		int signal = atoi(at);
		const char *told = at - log > LOG_BEFORE ? at - LOG_BEFORE : log;
		ck_assert_msg(
			signal == SIGKILL || signal == SIGTERM || (in_want && signal == SIGABRT),
			"%.*s", 2 * LOG_BEFORE, told);
	}
}

/* Starts another server on the same port at once: children of the previous one may still run. */
static void relaunch(struct chaos *c)
{
	size_t limit = c->server.log.limit;
	int port = c->server.port;

	c->server.log_fd = -1;
	buf_init(&c->server.log, limit);
	launch(c, port);
	writers_await_log(&c->writers, 0, "serving on http://127.0.0.1:");
	c->writers.away = false;
}

/* Waits until the last process of a previous server has ended. */
static void bury(struct chaos *c, struct postern *old, enum way way)
{
	size_t before;

	do {
		before = buf_len(&old->log);
		writers_await_readable(&c->writers, old->log_fd);
	} while (postern_log_len(old) > before);
	int status = postern_wait(old, POSTERN_STOP_MS);
	bool well = way == TERM ? WIFEXITED(status) && WEXITSTATUS(status) == 0
				: WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	ck_assert_msg(
		well, "the master ended with %#x:\n%s", (unsigned)status, postern_log_end(old));
	chaos_check_deaths(old);
	close(old->log_fd);
	buf_done(&old->log);
}

/* Strikes. */

struct strike {
	enum victim victim;
	enum way way;
	char name[16]; /* name of a child */
	pid_t pid;
	size_t log; /* length of the log before the strike */
};

/* A child that ran out of memory may be restarting. */
static pid_t await_child(struct chaos *c, const char *name)
{
	uint64_t deadline = clock_ms() + WRITERS_TIMEOUT_MS;
	pid_t pid;

	while ((pid = postern_child(&c->server, name)) <= 0) {
		ck_assert_msg(clock_ms() < deadline, "there is no %s:\n%s", name,
			postern_log_end(&c->server));
		writers_turn(&c->writers, -1, clock_ms() + 1);
	}
	return pid;
}

static struct strike choose(struct chaos *c, unsigned turn)
{
	struct strike s = { .victim = (enum victim)(turn % VICTIM__COUNT),
		.way = (enum way)draw(c, WAYS) };

	if (s.victim == WORKER)
		snprintf(s.name, sizeof(s.name), "worker %u", 1 + draw(c, WORKERS));
	else
		snprintf(s.name, sizeof(s.name), "dbd");
	s.pid = s.victim == MASTER ? c->server.pid : await_child(c, s.name);
	s.log = postern_log_len(&c->server);
	return s;
}

static void send_signal(struct chaos *c, const struct strike *s, int signal)
{
	bool ends = signal == SIGTERM || signal == SIGKILL;

	c->writers.away = s->victim == MASTER && ends;
	ck_assert_int_eq(kill(s->pid, signal), 0);
}

static void stand_still(struct chaos *c)
{
	uint64_t until = clock_ms() + 1 + draw(c, STANDSTILL_MOST);

	while (clock_ms() < until)
		writers_turn(&c->writers, -1, until);
}

static void await_end(struct chaos *c, pid_t pid)
{
	int fd = pidfd_open(pid, 0);

	/* If it is a child, the master may have reaped it by now. */
	if (fd < 0)
		return;
	writers_await_readable(&c->writers, fd);
	close(fd);
}

static bool is_deadly(enum way way)
{
	return way != STOP_CONT && !ways[way].starve;
}

/* Waits until the server has all processes again and answers requests sent after the strike. */
static void await_recovery(struct chaos *c, const struct strike *s)
{
	writers_begin_period(&c->writers);
	if (is_deadly(s->way) && s->victim == MASTER)
		relaunch(c);
	else if (is_deadly(s->way))
		writers_await_log(&c->writers, s->log, ") is ready");
	writers_await_acknowledged(&c->writers, 1);
}

static void strike_by_signals(struct chaos *c, const struct strike *s)
{
	send_signal(c, s, ways[s->way].first);
	if (ways[s->way].second) {
		stand_still(c);
		send_signal(c, s, ways[s->way].second);
	}
	if (is_deadly(s->way))
		await_end(c, s->pid);
}

static void strike_by_want(struct chaos *c, const struct strike *s)
{
	writers_expect_errors(&c->writers);
	ways[s->way].starve(s->pid, true);
	stand_still(c);
	ways[s->way].starve(s->pid, false);
}

static void strike(struct chaos *c, unsigned turn)
{
	struct strike s = choose(c, turn);
	struct times *times = &c->times[s.victim][s.way];

	if (ways[s.way].starve)
		strike_by_want(c, &s);
	else
		strike_by_signals(c, &s);
	struct postern struck = c->server;
	uint64_t began = clock_ms();
	await_recovery(c, &s);
	times->ms[times->count++] = (unsigned)(clock_ms() - began);
	if (c->server.pid != struck.pid)
		bury(c, &struck, s.way);
}

/* The report. */

static int compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static void report_times(const struct chaos *c, const struct chaos_plan *plan)
{
	printf("%-12s %-12s %6s %10s %12s\n", "", "", "times", "median ms", "maximum ms");
	for (int v = 0; v < VICTIM__COUNT; v++) {
		for (int w = 0; w < WAY__COUNT; w++) {
			const struct times *t = &c->times[v][w];
			if (t->count == 0)
				continue;
			qsort(t->ms, t->count, sizeof(*t->ms), compare);
			unsigned median = t->ms[t->count / 2];
			printf("%-12s %-12s %6u %10u %12u\n", victim_names[v], ways[w].name,
				t->count, median, t->ms[t->count - 1]);
			ck_assert_msg(!plan->median_ms || v == MASTER || median <= plan->median_ms,
				"that is more than %u ms", plan->median_ms);
		}
	}
}

static void init(struct chaos *c, const struct chaos_plan *plan)
{
	c->random = plan->seed;
	for (int v = 0; v < VICTIM__COUNT; v++)
		for (int w = 0; w < WAY__COUNT; w++) {
			c->times[v][w].ms = calloc(plan->kills, sizeof(unsigned));
			ck_assert_ptr_nonnull(c->times[v][w].ms);
		}
	postern_init(&c->server);
	writers_init(&c->writers, &c->server);
	launch(c, 0);
	postern_await_serving(&c->server);
}

static void done(struct chaos *c)
{
	writers_done(&c->writers);
	postern_done(&c->server);
	for (int v = 0; v < VICTIM__COUNT; v++)
		for (int w = 0; w < WAY__COUNT; w++)
			free(c->times[v][w].ms);
}

void chaos_run(const struct chaos_plan *plan)
{
	static struct chaos c;

	printf("chaos: CHAOS_SEED=%" PRIu64 "\n", plan->seed);
	fflush(stdout);
	init(&c, plan);
	for (unsigned i = 0; i < plan->kills; i++) {
		writers_begin_period(&c.writers);
		writers_await_acknowledged(&c.writers, 1 + draw(&c, ACKNOWLEDGED_MOST));
		strike(&c, i);
	}
	writers_finish(&c.writers);
	postern_stop(&c.server);
	chaos_check_deaths(&c.server);
	write_history_audit(&c.writers.history, &c.server);
	const size_t *outcomes = c.writers.history.outcomes;
	printf("%u kills, %zu writes: %zu acknowledged, %zu unknown (%zu connections lost), "
	       "%zu refused\n",
		plan->kills, c.writers.history.count, outcomes[WRITE_ACKNOWLEDGED],
		outcomes[WRITE_UNKNOWN], c.writers.lost, outcomes[WRITE_REFUSED]);
	report_times(&c, plan);
	done(&c);
}
