/*
 * The supervisor's state machine, with processes that do not exist (fake_processes.h) and a clock
 * that the test advances. Most tests are scenarios: rows of what happens, and what the supervisor
 * then does. Signals to the master are real, and come through its loop.
 */
#include "declaration.h"
#include "fake_processes.h"
#include "log.h"
#include "operator_status.h"
#include "process.h"
#include "sample.h"
#include "stats_slots.h"
#include "suite.h"
#include "supervise.h"
#include "supervisor.h"
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	STEP_MS = 10,  /* by which the clock advances */
	BEAT_MS = 100, /* processes that do not hang beat so often */
	TURNS = 3,     /* of the loop after each action; no action takes more */
	ROWS_MAX = 20, /* of a scenario */
	LOG_MAX = 64 * 1024
};

static struct settings settings;
static struct plan plan;
static struct supervisor *s;
static uint64_t now_ms;
static bool configuration_is_broken, listeners_were_open;
static const char *declared; /* what is declared now; NULL: what was at the start */
static int log_fd;
static off_t log_seen;

/* The fixture. */

static uint64_t fake_clock(void)
{
	return now_ms * 1000000;
}

/* Declarations by what a scenario calls them: each of the first three extends those before it. */
#define TEXT(name)    "\"" name "\":{\"fields\":{\"text\":{\"type\":\"text\"}}}"
#define OF(resources) "{\"title\":\"Notes\",\"resources\":{" resources "}}"

static const struct {
	const char *name, *text;
} declarations[] = {
	{ "note", OF(TEXT("note")) },
	{ "tag", OF(TEXT("note") "," TEXT("tag")) },
	{ "mark", OF(TEXT("note") "," TEXT("tag") "," TEXT("mark")) },
	{ "other", OF(TEXT("mark")) },
};

static const struct api *read_declaration(const char *name)
{
	for (size_t i = 0; i < NITEMS(declarations); i++)
		if (strcmp(declarations[i].name, name) == 0)
			return sample_read_api(str_from(declarations[i].text));
	ck_abort_msg("no declaration %s", name);
	return NULL;
}

/* What a reload reads, as plan_read_again does. */
static bool read_declared(struct plan *p)
{
	const struct api *plain = read_declaration(declared);
	const struct api *numbered = declaration_number_like(plain, p->served.api);

	declaration_free(plain);
	if (numbered->fingerprint == p->served.api->fingerprint) {
		declaration_free(numbered);
		return true;
	}
	p->next = (struct plan_next){ .there = true,
		.options.settings = settings,
		.database = p->database,
		.database_name = p->database_name,
		.programs = { "postern-dbd", "postern-worker" },
		.served = { .api = numbered, .fd = -1 } };
	return true;
}

static bool read_again(struct plan *p, struct buf *error)
{
	if (configuration_is_broken) {
		buf_str(error, STR("broken"));
		return false;
	}
	return !declared || read_declared(p);
}

static void open_log(void)
{
	log_fd = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_ge(log_fd, 0);
	ck_assert_int_eq(dup2(log_fd, STDERR_FILENO), STDERR_FILENO);
	log_open("master", LOG_LEVEL_DEBUG);
	log_seen = 0;
}

static void set_up(void)
{
	fake_processes_reset();
	open_log();
	now_ms = 1000000;
	declared = NULL;
	settings = (struct settings){ .database_url = "sqlite:///app.db",
		.workers = 2,
		.timeout_graceful_shutdown = 10,
		.host = "",
		.log_file = "",
		.api = "",
		.user = "nobody",
		.group = "",
		.uds = "",
		.admin = "",
		.cors_allow_origin = "",
		.control = "",
		.root_path = "",
		.forwarded_allow_ips = "" };
	plan = (struct plan){ .settings = &settings,
		.database_name = "app.db",
		.served = { .api = read_declaration("note"), .fd = -1 },
		.programs = { "postern-dbd", "postern-worker" },
		.dbd_socket = "dbd",
		.address = "here",
		.startup_timeout = 30000,
		.read_again = read_again };
	for (enum role role = 0; role < ROLE__COUNT; role++)
		plan.listeners[role] =
			(struct listeners){ .fds = { eventfd(0, EFD_CLOEXEC) }, .count = 1 };
	listeners_were_open = true;
}

static void tear_down(void)
{
	plan_close(&plan);
	close(log_fd);
}

/* The supervisor. */

static void settle(void)
{
	for (int i = 0; i < TURNS && s->phase != PHASE_ENDED; i++)
		loop_turn(s->loop);
}

static void begin(void)
{
	s = supervise_open(&plan, &fake_process_calls);
	ck_assert_ptr_nonnull(s);
	loop_set_clock(s->loop, fake_clock);
	supervise_begin(s);
}

/* Stops at once, from any state, and ends all processes. */
static void end_all(void)
{
	ck_assert_int_eq(kill(getpid(), SIGQUIT), 0);
	settle();
	fake_processes_end();
	settle();
	ck_assert_msg(s->phase == PHASE_ENDED, "in phase %s", supervisor_phase_name(s));
	supervise_close(s);
}

static void advance(long ms)
{
	for (; ms > 0; ms -= STEP_MS) {
		if (settings.timeout_watchdog > 0 && now_ms % BEAT_MS == 0)
			fake_processes_beat();
		now_ms += STEP_MS;
		settle();
	}
}

/* What was logged since the last call. */
static const char *read_log(void)
{
	static char text[LOG_MAX];
	ssize_t n = pread(log_fd, text, sizeof(text) - 1, log_seen);

	ck_assert_int_ge(n, 0);
	log_seen += n;
	text[n] = '\0';
	return text;
}

/* Actions of a scenario's row. */

static int exit_status(int status)
{
	return status << 8; /* wait(2) */
}

static void do_exit(const char *name, long n)
{
	fake_process_end(name, exit_status((int)n));
}

/* The master gets SIGCHLD before it reads the word. */
static void do_ready_and_exit(const char *name, long n)
{
	ck_assert_int_eq(kill(getpid(), SIGCHLD), 0);
	fake_process_say(name, PROCESS_READY);
	do_exit(name, n);
}

static void do_killed(const char *name, long n)
{
	fake_process_end(name, (int)n);
}

static void do_ready(const char *name, long n)
{
	(void)n;
	fake_process_say(name, PROCESS_READY);
}

static void do_retire(const char *name, long n)
{
	(void)n;
	fake_process_say(name, PROCESS_RETIRING);
}

static void do_released(const char *name, long n)
{
	(void)n;
	fake_process_say(name, PROCESS_RELEASED);
}

static void do_hang(const char *name, long n)
{
	(void)n;
	fake_process_hang(name);
	fake_process_note(name, HEARTBEAT_LOOP, ACTIVITY_VALIDATING);
}

static void do_hang_writer(const char *name, long n)
{
	(void)n;
	fake_process_note(name, HEARTBEAT_WRITER, ACTIVITY_COMMITTING);
}

static void do_hang_reader(const char *name, long n)
{
	(void)n;
	fake_process_note(name, HEARTBEAT_READER_LAST, ACTIVITY_ANSWERING_READ);
}

static void do_wait(const char *ms, long n)
{
	(void)n;
	advance(strtol(ms, NULL, 10));
}

/* One turn that comes late, as after the machine slept. */
static void do_sleep(const char *ms, long n)
{
	(void)n;
	now_ms += strtoull(ms, NULL, 10);
}

static void do_refuse(const char *error, long n)
{
	(void)error, (void)n;
	fake_processes_refuse(EAGAIN);
}

static void do_allow(const char *what, long n)
{
	(void)what, (void)n;
	fake_processes_refuse(0);
}

static void do_break(const char *what, long n)
{
	(void)what, (void)n;
	configuration_is_broken = true;
}

static void do_declare(const char *name, long n)
{
	(void)n;
	for (size_t i = 0; i < NITEMS(declarations); i++)
		if (strcmp(declarations[i].name, name) == 0)
			declared = declarations[i].name;
}

static void do_refute(const char *name, long n)
{
	fake_process_tell(name, "table tags, column text: found none");
	do_exit(name, n);
}

static const struct {
	const char *name;
	void (*run)(const char *operand, long n);
} actions[] = {
	{ "ready", do_ready },
	{ "retire", do_retire },
	{ "released", do_released },
	{ "exit", do_exit },
	{ "ready-and-exit", do_ready_and_exit },
	{ "killed", do_killed },
	{ "hang", do_hang },
	{ "hang-writer", do_hang_writer },
	{ "hang-reader", do_hang_reader },
	{ "wait", do_wait },
	{ "sleep", do_sleep },
	{ "refuse", do_refuse },
	{ "allow", do_allow },
	{ "break", do_break },
	{ "declare", do_declare },
	{ "refute", do_refute },
};

static const struct {
	const char *name;
	int signal;
} master_signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "TERM", SIGTERM },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
};

/* One action: "ready w1.1", "exit dbd.1 7", "wait 100", or a signal to the master, "HUP". */
static void act(const char *action)
{
	char verb[16] = "", operand[16] = "";
	long n = 0;

	ck_assert_int_ge(sscanf(action, "%15s %15s %ld", verb, operand, &n), 1);
	for (size_t i = 0; i < NITEMS(actions); i++)
		if (strcmp(actions[i].name, verb) == 0) {
			actions[i].run(operand, n);
			settle();
			return;
		}
	for (size_t i = 0; i < NITEMS(master_signals); i++)
		if (strcmp(master_signals[i].name, verb) == 0) {
			ck_assert_int_eq(kill(getpid(), master_signals[i].signal), 0);
			settle();
			return;
		}
	ck_abort_msg("unknown action %s", action);
}

/* Actions separated by semicolons. */
static void act_all(const char *all)
{
	char copy[512], *rest = copy;

	ck_assert_uint_lt(strlen(all), sizeof(copy));
	strcpy(copy, all);
	for (char *action; (action = strtok_r(rest, ";", &rest));)
		act(action);
}

/* What the supervisor did: the journal, whether it closed the HTTP listeners, and its end. */
static const char *done(void)
{
	static char text[4096];
	bool open = plan.listeners[ROLE_WORKER].count > 0;
	int n = snprintf(text, sizeof(text), "%s", fake_processes_journal());

	if (listeners_were_open && !open)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%sclose", n > 0 ? ", " : "");
	listeners_were_open = open;
	if (s->phase == PHASE_ENDED)
		snprintf(text + n, sizeof(text) - (size_t)n, "%send %d", n > 0 ? ", " : "",
			s->exit_status);
	return text;
}

static bool is_urgent(const char *line)
{
	return strstr(line, " WARNING ") || strstr(line, " ERROR ") || strstr(line, " CRITICAL ");
}

/* Texts separated by '|'. True if one of them is in the line. */
static bool is_one_of(const char *line, const char *texts)
{
	char copy[1024], *rest = copy;
	bool found = false;

	snprintf(copy, sizeof(copy), "%s", texts);
	for (char *text; !found && (text = strtok_r(rest, "|", &rest));)
		found = strstr(line, text) != NULL;
	return found;
}

static void check_lines(const char *where, const char *log, const char *texts)
{
	char line[1024];

	for (const char *end; (end = strchr(log, '\n')); log = end + 1) {
		snprintf(line, sizeof(line), "%.*s\n", (int)(end - log), log);
		ck_assert_msg(!is_urgent(line) || is_one_of(line, texts), "%s: unexpected: %s",
			where, line);
	}
}

/* Checks that the log has all texts, and no other warning or error. */
static void check_log(const char *where, const char *texts)
{
	char copy[1024], *rest = copy;
	const char *log = read_log();

	ck_assert_uint_lt(strlen(texts), sizeof(copy));
	strcpy(copy, texts);
	for (char *text; (text = strtok_r(rest, "|", &rest));)
		ck_assert_msg(strstr(log, text), "%s: no \"%s\" in:\n%s", where, text, log);
	check_lines(where, log, texts);
}

/* Scenarios. */

/* Most rows leave out the log. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct row {
	const char *happens; /* actions; NULL ends the scenario */
	const char *does;    /* what the supervisor does, in this order */
	const char *logs;    /* texts; NULL: nothing worse than INFO */
};

struct scenario {
	const char *name;
	bool from_start; /* else both workers and dbd are ready: dbd.1, w1.1, w2.1 */
	bool in_memory;
	long watchdog; /* seconds; 0: off */
	struct row rows[ROWS_MAX];
};

static void check_row(const struct scenario *scenario, const struct row *row)
{
	char where[200];

	snprintf(where, sizeof(where), "%s: row %d, \"%s\"", scenario->name,
		(int)(row - scenario->rows), row->happens);
	act_all(row->happens);
	const char *does = done();
	ck_assert_msg(strcmp(does, row->does) == 0, "%s: does \"%s\", not \"%s\"\n%s", where, does,
		row->does, read_log());
	check_log(where, row->logs ? row->logs : "");
}

static void reach_serving(void)
{
	settle();
	act_all("ready dbd.1; ready w1.1; ready w2.1");
	ck_assert_str_eq(done(), "start dbd.1, start w1.1, start w2.1");
	ck_assert_int_eq(s->phase, PHASE_SERVING);
	read_log();
}

static void play(const struct scenario *scenario)
{
	settings.timeout_watchdog = scenario->watchdog;
	plan.database.memory = scenario->in_memory;
	plan.database_name = scenario->in_memory ? "in memory" : "app.db";
	begin();
	if (!scenario->from_start)
		reach_serving();
	for (const struct row *row = scenario->rows; row->happens; row++)
		check_row(scenario, row);
	end_all();
}

static const struct scenario starting[] = {
	{ "dbd starts first, then the workers, and all of them have to be ready", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "ready dbd.1", "start w1.1, start w2.1" },
			{ "ready w2.1", "" },
			{ "ready w1.1", "",
				"Postern " POSTERN_VERSION
				" serving on here (2 workers, database app.db; API \"Notes\" "
				"0.1.0 with 1 resource, built-in)" },
		} },
	{ "a dbd that exits before it is ready ends the start-up", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "exit dbd.1 7", "close, end 3",
				"CRITICAL [master] dbd (pid 1000001) exited with status 7 before "
				"it was ready" },
		} },
	{ "a worker that exits before it is ready ends the start-up", .from_start = true,
		.rows = {
			{ "wait 10; ready dbd.1", "start dbd.1, start w1.1, start w2.1" },
			{ "ready w2.1; exit w1.1 7", "KILL w2.1, TERM dbd.1, close",
				"worker 1 (pid 1000002) exited with status 7 before it was ready" },
			{ "killed w2.1 9", "" },
			{ "exit dbd.1 0", "end 3" },
		} },
	{ "a worker that is killed before it is ready ends the start-up", .from_start = true,
		.rows = {
			{ "wait 10; ready dbd.1", "start dbd.1, start w1.1, start w2.1" },
			{ "killed w2.1 11", "KILL w1.1, TERM dbd.1, close",
				"worker 2 (pid 1000003) was killed by signal 11 (Segmentation "
				"fault) before it was ready" },
		} },
	{ "a child that has logged why it cannot start is not reported again", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "exit dbd.1 3", "close, end 3" },
		} },
	{ "a child that has found its configuration wrong is not reported again", .from_start = true,
		.rows = {
			{ "wait 10; ready dbd.1", "start dbd.1, start w1.1, start w2.1" },
			{ "exit w1.1 2", "KILL w2.1, TERM dbd.1, close" },
		} },
	{ "a child that the loader could not load is not reported again", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "exit dbd.1 127", "close, end 3" },
		} },
	{ "a child that hangs at its start is killed", .from_start = true, .watchdog = 1,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "hang dbd.1; wait 29990", "" },
			{ "wait 10", "KILL dbd.1",
				"ERROR    [master] dbd (pid 1000001) was not ready in time; "
				"killing it" },
			{ "killed dbd.1 9", "close, end 3",
				"dbd (pid 1000001) was killed by signal 9 (Killed) before it was "
				"ready" },
		} },
	{ "a child that cannot be launched ends the start-up", .from_start = true,
		.rows = {
			{ "refuse", "refuse dbd, close, end 3",
				"cannot start dbd: Resource temporarily unavailable" },
		} },
	{ "a worker that cannot be launched ends the start-up", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "refuse; ready dbd.1", "refuse w1, TERM dbd.1, close",
				"cannot start worker 1: Resource temporarily unavailable" },
			{ "exit dbd.1 0", "end 3" },
		} },
	{ "a stop during start-up starts nothing more", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "TERM", "TERM dbd.1, close" },
			{ "killed dbd.1 15", "end 0" },
		} },
	{ "a worker does not start during a stop", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "TERM", "TERM dbd.1, close" },
			{ "ready dbd.1", "" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "the last word of a process that has ended is read", .from_start = true,
		.rows = {
			{ "wait 10; ready dbd.1; ready w1.1",
				"start dbd.1, start w1.1, start w2.1" },
			{ "ready-and-exit w2.1 7", "start w2.2",
				"serving on here|exited with status 7; starting another\n" },
		} },
	{ "workers are not scaled before the server serves", .from_start = true,
		.rows = {
			{ "wait 10; ready dbd.1", "start dbd.1, start w1.1, start w2.1" },
			{ "TTIN; TTOU; TTOU", "" },
		} },
};

static const struct scenario replacing[] = {
	{ "a worker that is killed is replaced; the others stay",
		.rows = {
			{ "killed w2.1 9", "start w2.2",
				"WARNING  [master] worker 2 (pid 1000003) was killed by signal 9 "
				"(Killed); starting another\n" },
			{ "ready w2.2", "" },
			{ "wait 60000", "" },
		} },
	{ "a worker that exits by itself is replaced",
		.rows = {
			{ "exit w1.1 0", "start w1.2",
				"worker 1 (pid 1000002) exited with status 0; starting another\n" },
		} },
	{ "a dbd that is killed is replaced; the workers stay",
		.rows = {
			{ "killed dbd.1 11", "start dbd.2",
				"dbd (pid 1000001) was killed by signal 11 (Segmentation fault); "
				"starting another\n" },
			{ "ready dbd.2", "" },
		} },
	{ "a launch that fails is retried after a pause",
		.rows = {
			{ "refuse; killed w1.1 9", "refuse w1",
				"(Killed); starting another\n|cannot start worker 1: " },
			{ "wait 40", "" },
			{ "wait 10", "refuse w1", "cannot start worker 1: " },
			{ "allow; wait 90", "" },
			{ "wait 10", "start w1.2" },
		} },
	{ "a replacement that hangs at its start is killed and replaced",
		.rows = {
			{ "killed w1.1 9", "start w1.2", "starting another" },
			{ "wait 30000", "KILL w1.2",
				"worker 1 (pid 1000004) was not ready in time; killing it" },
			{ "killed w1.2 9", "start w1.3", "(Killed); starting another\n" },
		} },
	{ "a child recovers from a crash loop once it has been ready for 500 ms",
		.rows = {
			{ "killed w1.1 9", "start w1.2", "; starting another\n" },
			{ "exit w1.2 7; wait 50", "start w1.3", "; starting another in 50 ms\n" },
			{ "exit w1.3 7; wait 100", "start w1.4",
				"ERROR    [master] worker 1 keeps dying: 3 times since 2" },
			{ "ready w1.4; wait 490", "" },
			{ "wait 10", "",
				"INFO     [master] worker 1 (pid 1000006) recovered after 3 "
				"crashes\n" },
			{ "killed w1.4 9", "start w1.5", "(Killed); starting another\n" },
		} },
	{ "a child that dies again within 500 ms has not recovered",
		.rows = {
			{ "killed dbd.1 9", "start dbd.2", "; starting another\n" },
			{ "exit dbd.2 7; wait 50", "start dbd.3", "; starting another in 50 ms\n" },
			{ "exit dbd.3 7; wait 100", "start dbd.4", "dbd keeps dying: 3 times" },
			{ "ready dbd.4; wait 490; exit dbd.4 7", "start dbd.5",
				"WARNING  [master] dbd keeps dying: 4 times since 2" },
		} },
	{ "words that do not fit the state are ignored",
		.rows = {
			{ "ready w1.1; released w1.1; released dbd.1; retire dbd.1", "" },
		} },
};

static const struct scenario watching[] = {
	{ "a worker that hangs is aborted and replaced", .watchdog = 1,
		.rows = {
			{ "hang w2.1; wait 1240", "" },
			{ "wait 10", "ABRT w2.1",
				"ERROR    [master] worker 2 (pid 1000003) has made no progress for "
				"1.0 s while validating a body; aborting it\n" },
			{ "killed w2.1 6", "start w2.2",
				"was killed by signal 6 (Aborted); starting another\n" },
			{ "ready w2.2; wait 5000", "" },
		} },
	{ "dbd's writer has three times as long", .watchdog = 1,
		.rows = {
			{ "hang-writer dbd.1; wait 3240", "" },
			{ "wait 10", "ABRT dbd.1",
				"dbd's writer (pid 1000001) has made no progress for 3.0 s while "
				"committing a group; aborting it\n" },
			{ "killed dbd.1 6", "start dbd.2", "starting another\n" },
		} },
	{ "a thread of dbd that reads has three times as long", .watchdog = 1,
		.rows = {
			{ "hang-reader dbd.1; wait 3240", "" },
			{ "wait 10", "ABRT dbd.1",
				"dbd's reader of rows (pid 1000001) has made no progress for 3.0 s while "
				"answering a read; aborting it\n" },
			{ "killed dbd.1 6", "start dbd.2", "starting another\n" },
		} },
	{ "a process that does not get SIGABRT, as it is stopped, is killed", .watchdog = 1,
		.rows = {
			{ "hang w1.1; wait 1250", "ABRT w1.1", "has made no progress for 1.0 s" },
			{ "wait 990", "" },
			{ "wait 10", "KILL w1.1",
				"worker 1 (pid 1000002) has not ended in time; killing it" },
			{ "killed w1.1 9", "start w1.2", "starting another\n" },
		} },
	{ "a draining process that hangs is aborted", .watchdog = 1,
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2", "DRAIN w1.1, start w2.2" },
			{ "hang w1.1; wait 1250", "ABRT w1.1", "has made no progress for 1.0 s" },
			{ "killed w1.1 6", "",
				"WARNING  [master] worker 1 (pid 1000002) was killed by signal 6" },
		} },
	{ "a stopping process that hangs is aborted", .watchdog = 1,
		.rows = {
			{ "TTOU", "TERM w2.1" },
			{ "hang w2.1; wait 1250", "ABRT w2.1", "has made no progress for 1.0 s" },
			{ "killed w2.1 6", "", "was killed by signal 6" },
		} },
	{ "an aborted process gets no signal to stop, which would prolong its time", .watchdog = 1,
		.rows = {
			{ "hang w2.1; wait 1250", "ABRT w2.1", "has made no progress for 1.0 s" },
			{ "TTOU; wait 990", "" },
			{ "wait 10", "KILL w2.1", "has not ended in time; killing it" },
		} },
	{ "a starting process is not watched", .watchdog = 1,
		.rows = {
			{ "killed w1.1 9", "start w1.2", "starting another\n" },
			{ "hang w1.2; wait 20000", "" },
		} },
	{ "time during which the machine slept is not counted", .watchdog = 1,
		.rows = {
			{ "wait 1000; sleep 60000", "" },
			{ "wait 2000", "" },
		} },
	{ "without a watchdog nothing is aborted",
		.rows = {
			{ "hang w1.1; hang-writer dbd.1; wait 20000", "" },
		} },
};

static const struct scenario stopping[] = {
	{ "TERM: workers finish, then dbd closes the database",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close",
				"stopping: running requests have 10 s to finish\n" },
			{ "exit w2.1 0", "" },
			{ "exit w1.1 0", "TERM dbd.1" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "INT stops like TERM",
		.rows = {
			{ "INT", "TERM w1.1, TERM w2.1, close" },
			{ "exit w1.1 0; exit w2.1 0", "TERM dbd.1" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "workers that do not end in time are killed",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "exit w1.1 0; wait 9990", "" },
			{ "wait 10", "KILL w2.1, TERM dbd.1",
				"graceful stop timed out after 10 s; stopping at once\n" },
			{ "exit dbd.1 0", "" },
			{ "killed w2.1 9", "end 0" },
		} },
	{ "a second TERM stops at once",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "TERM", "KILL w1.1, KILL w2.1, TERM dbd.1",
				"stopping at once after a second signal\n" },
			{ "TERM; QUIT", "" },
			{ "killed w1.1 9; killed w2.1 9", "" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "a second INT stops at once",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "INT", "KILL w1.1, KILL w2.1, TERM dbd.1",
				"stopping at once after a second signal\n" },
		} },
	{ "QUIT hurries a stop",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "QUIT", "KILL w1.1, KILL w2.1, TERM dbd.1", "stopping at once\n" },
		} },
	{ "QUIT stops at once",
		.rows = {
			{ "QUIT", "KILL w1.1, KILL w2.1, TERM dbd.1, close", "stopping at once\n" },
			{ "exit dbd.1 0; killed w1.1 9", "" },
			{ "killed w2.1 9", "end 0" },
		} },
	{ "a dbd that does not close in time is killed, and the exit status says so",
		.rows = {
			{ "QUIT; killed w1.1 9; killed w2.1 9",
				"KILL w1.1, KILL w2.1, TERM dbd.1, close" },
			{ "wait 990", "" },
			{ "wait 10", "KILL dbd.1",
				"ERROR    [master] dbd has not ended in time; killing it\n" },
			{ "killed dbd.1 9", "end 1" },
		} },
	{ "a graceful stop bounds dbd's time too",
		.rows = {
			{ "TERM; exit w1.1 0; exit w2.1 0",
				"TERM w1.1, TERM w2.1, TERM dbd.1, close" },
			{ "wait 10000", "", "graceful stop timed out after 10 s" },
			{ "wait 1000", "KILL dbd.1", "dbd has not ended in time; killing it" },
			{ "killed dbd.1 9", "end 1" },
		} },
	{ "a dbd that fails to close decides the exit status",
		.rows = {
			{ "TERM; exit w1.1 0; exit w2.1 0",
				"TERM w1.1, TERM w2.1, TERM dbd.1, close" },
			{ "exit dbd.1 1", "end 1",
				"WARNING  [master] dbd (pid 1000001) exited with status 1" },
		} },
	{ "a worker that fails while it stops is a warning",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "exit w1.1 1", "",
				"WARNING  [master] worker 1 (pid 1000002) exited with status 1\n" },
			{ "killed w2.1 15", "TERM dbd.1" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "a dbd that dies while workers finish is replaced",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "killed dbd.1 9", "start dbd.2", "starting another\n" },
			{ "ready dbd.2; exit w1.1 0; exit w2.1 0", "TERM dbd.2" },
			{ "exit dbd.2 0", "end 0" },
		} },
	{ "a dbd that exits cleanly while workers finish got the signal too",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "exit dbd.1 0; wait 5000", "" },
			{ "exit w1.1 0; exit w2.1 0", "end 0" },
		} },
	{ "a worker that waits to be started does not delay a stop",
		.rows = {
			{ "killed w1.1 9", "start w1.2", "starting another\n" },
			{ "exit w1.2 7", "", "starting another in 50 ms\n" },
			{ "TERM", "TERM w2.1, close" },
			{ "wait 5000; exit w2.1 0", "TERM dbd.1" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "a dbd that waits to be started does not delay a stop",
		.rows = {
			{ "killed dbd.1 9", "start dbd.2", "starting another\n" },
			{ "exit dbd.2 7", "", "starting another in 50 ms\n" },
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "exit w1.1 0; exit w2.1 0", "end 0" },
		} },
	{ "a stop at once does not start a dbd that waits to be started",
		.rows = {
			{ "killed dbd.1 9; exit dbd.2 7", "start dbd.2", "starting another" },
			{ "QUIT; wait 900", "KILL w1.1, KILL w2.1, close" },
			{ "killed w1.1 9; killed w2.1 9", "end 0" },
		} },
	{ "workers that finish get a dbd that was waiting to be started",
		.rows = {
			{ "killed dbd.1 9", "start dbd.2", "starting another\n" },
			{ "exit dbd.2 7", "", "starting another in 50 ms\n" },
			{ "TERM; wait 50", "TERM w1.1, TERM w2.1, start dbd.3, close" },
		} },
	{ "reloads, scaling and retirement do nothing during a stop",
		.rows = {
			{ "TERM", "TERM w1.1, TERM w2.1, close" },
			{ "HUP; TTIN; TTOU; retire w1.1; wait 5000", "" },
			{ "exit w1.1 0; exit w2.1 0", "TERM dbd.1" },
			{ "HUP; TTIN", "" },
			{ "exit dbd.1 0", "end 0" },
		} },
};

static const struct scenario scaling[] = {
	{ "one worker more, and fewer, but never none",
		.rows = {
			{ "TTIN", "start w3.1", "worker added, now 3\n" },
			{ "ready w3.1", "" },
			{ "TTOU", "TERM w3.1", "worker removed, now 2\n" },
			{ "exit w3.1 0", "" },
			{ "TTOU", "TERM w2.1", "worker removed, now 1\n" },
			{ "TTOU", "", "the last worker is not removed\n" },
			{ "exit w2.1 0; wait 5000", "" },
			{ "TTIN", "start w2.2", "worker added, now 2\n" },
		} },
	{ "a removed worker that is wanted again starts when it has ended",
		.rows = {
			{ "TTOU", "TERM w2.1" },
			{ "TTIN", "", "worker added, now 2\n" },
			{ "TTOU; TTIN", "" },
			{ "exit w2.1 0", "start w2.2" },
		} },
	{ "a removed worker that does not end in time is killed",
		.rows = {
			{ "TTOU", "TERM w2.1" },
			{ "wait 9990", "" },
			{ "wait 10", "KILL w2.1",
				"worker 2 (pid 1000003) has not ended in time; killing it" },
			{ "killed w2.1 9", "", "WARNING  [master] worker 2 (pid 1000003) was" },
		} },
	{ "a worker that waits to be started can be removed",
		.rows = {
			{ "killed w2.1 9; exit w2.2 7", "start w2.2", "starting another" },
			{ "TTOU; wait 5000", "" },
		} },
	{ "a removed worker that is still starting is stopped",
		.rows = {
			{ "TTIN; TTOU", "start w3.1, TERM w3.1" },
			{ "ready w3.1; wait 500", "" },
			{ "killed w3.1 15", "" },
		} },
};

static const struct scenario reloading[] = {
	{ "processes are replaced one by one: each worker, then dbd",
		.rows = {
			{ "HUP", "start w1.2",
				"reloading: workers and dbd are replaced one by one\n" },
			{ "ready w1.2", "DRAIN w1.1, start w2.2" },
			{ "exit w1.1 0; wait 5000", "" },
			{ "ready w2.2", "DRAIN w2.1, DRAIN dbd.1" },
			{ "exit w2.1 0", "" },
			{ "exit dbd.1 0", "start dbd.2" },
			{ "ready dbd.2", "", "reloaded: 2 workers, database app.db\n" },
			{ "wait 60000", "" },
		} },
	{ "a reload during a reload follows it",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "HUP", "", "reload queued until the current start-up or reload is over" },
			{ "ready w1.2; ready w2.2",
				"DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "exit dbd.1 0", "start dbd.2" },
			{ "ready dbd.2", "start w1.3", "reloaded: 2 workers|reloading: " },
			{ "ready w1.3; ready w2.3",
				"DRAIN w1.2, start w2.3, DRAIN w2.2, DRAIN dbd.2" },
			{ "exit dbd.2 0; ready dbd.3", "start dbd.3", "reloaded: 2 workers" },
			{ "wait 100", "" },
		} },
	{ "a reload during start-up follows it", .from_start = true,
		.rows = {
			{ "wait 10", "start dbd.1" },
			{ "HUP", "", "reload queued" },
			{ "ready dbd.1", "start w1.1, start w2.1" },
			{ "ready w1.1; ready w2.1", "start w1.2", "serving on|reloading: " },
		} },
	{ "a reload restores the number of workers",
		.rows = {
			{ "TTIN; ready w3.1", "start w3.1" },
			{ "HUP", "TERM w3.1, start w1.2", "worker removed, now 2\n" },
			{ "ready w1.2; ready w2.2; exit dbd.1 0; ready dbd.2",
				"DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1, start dbd.2",
				"reloaded: 2 workers" },
		} },
	{ "an invalid configuration changes nothing",
		.rows = {
			{ "break; HUP; wait 1000", "",
				"ERROR    [master] reload refused; nothing changed: broken\n" },
		} },
	{ "the reload is aborted if a worker's successor dies before it is ready",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "exit w1.2 7", "",
				"ERROR    [master] the new worker 1 (pid 1000004) exited with "
				"status 7 before it was ready\n|reload aborted; processes that "
				"were not replaced keep running\n" },
			{ "wait 5000", "" },
			{ "HUP", "start w1.3" },
		} },
	{ "the reload is aborted if the last worker's successor dies; the first one stays replaced",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2", "DRAIN w1.1, start w2.2" },
			{ "exit w2.2 3", "", "the new worker 2 |reload aborted" },
			{ "exit w1.1 0; wait 5000", "" },
		} },
	{ "the reload is aborted if a successor cannot be launched",
		.rows = {
			{ "refuse; HUP", "refuse w1", "cannot start worker 1: |reload aborted" },
			{ "allow; wait 5000", "" },
			{ "HUP", "start w1.2" },
		} },
	{ "a successor that hangs is killed, and the reload aborted",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "wait 30000", "KILL w1.2", "was not ready in time; killing it" },
			{ "killed w1.2 9", "", "the new worker 1 |reload aborted" },
		} },
	{ "a reload that was queued follows one that was aborted",
		.rows = {
			{ "HUP; HUP", "start w1.2" },
			{ "exit w1.2 7", "start w1.3", "the new worker 1 |reload aborted" },
		} },
	{ "the dbd of a database in memory is not replaced", .in_memory = true,
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2; ready w2.2", "DRAIN w1.1, start w2.2, DRAIN w2.1",
				"dbd is not replaced: the in-memory database would be "
				"lost\n|reloaded: 2 workers, database in memory\n" },
		} },
	{ "a worker that does not drain in time is stopped, then killed",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2; ready w2.2; exit dbd.1 0; ready dbd.2; exit w2.1 0",
				"DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1, start dbd.2" },
			{ "wait 9990", "" },
			{ "wait 10", "TERM w1.1" },
			{ "wait 9990", "" },
			{ "wait 10", "KILL w1.1",
				"worker 1 (pid 1000002) has not ended in time; killing it" },
			{ "killed w1.1 9", "", "was killed by signal 9" },
		} },
	{ "a dbd that does not drain in time is killed",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "wait 10000", "KILL dbd.1",
				"dbd (pid 1000001) has not ended in time; killing it" },
			{ "killed dbd.1 9", "start dbd.2", "was killed by signal 9" },
			{ "ready dbd.2", "", "reloaded: 2 workers" },
		} },
	{ "the next dbd starts once the draining one has released the database",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "released dbd.1", "start dbd.2" },
			{ "ready dbd.2", "", "reloaded: 2 workers" },
			{ "exit dbd.1 0; wait 5000", "" },
		} },
	{ "a dbd that has released the database is killed a second after its time",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "released dbd.1; ready dbd.2; wait 10990", "start dbd.2" },
			{ "wait 10", "KILL dbd.1",
				"dbd (pid 1000001) has not ended in time; killing it" },
			{ "killed dbd.1 9; wait 5000", "", "was killed by signal 9" },
		} },
	{ "a next dbd that dies is replaced while the old one reads on",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "ready w1.2; ready w2.2; released dbd.1",
				"DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1, start dbd.2" },
			{ "exit dbd.2 3", "start dbd.3", "exited with status 3; starting another\n" },
			{ "ready dbd.3", "", "reloaded: 2 workers" },
		} },
	{ "a predecessor that dies is replaced, and its successor takes over all the same",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "killed w1.1 9", "start w1.3", "starting another\n" },
			{ "ready w1.2", "TERM w1.3, start w2.2" },
			{ "killed w1.3 15", "" },
		} },
	{ "a predecessor that waits to be started is not, once its successor is ready",
		.rows = {
			{ "HUP; killed w1.1 9", "start w1.2, start w1.3", "starting another\n" },
			{ "exit w1.3 7", "", "starting another in 50 ms" },
			{ "ready w1.2; wait 5000", "start w2.2" },
		} },
	{ "a worker that is starting at a reload is replaced once it is ready",
		.rows = {
			{ "killed w1.1 9", "start w1.2", "starting another\n" },
			{ "HUP", "start w2.2" },
			{ "ready w1.2; ready w2.2", "DRAIN w2.1, start w1.3" },
		} },
	{ "a successor that was started before a reload is replaced too",
		.rows = {
			{ "retire w2.1", "start w2.2" },
			{ "HUP", "" },
			{ "ready w2.2", "DRAIN w2.1, start w1.2" },
			{ "ready w1.2", "DRAIN w1.1, start w2.3" },
		} },
	{ "a successor inherits the back-off of its worker",
		.rows = {
			{ "killed w1.1 9; ready w1.2", "start w1.2", "starting another\n" },
			{ "HUP; ready w1.3", "start w1.3, DRAIN w1.2, start w2.2" },
			{ "exit w1.3 7; wait 40", "", "starting another in 50 ms" },
			{ "wait 10", "start w1.4" },
		} },
	{ "a reload waits for a dbd that died",
		.rows = {
			{ "killed dbd.1 9", "start dbd.2", "starting another\n" },
			{ "HUP", "" },
			{ "ready dbd.2", "start w1.2" },
		} },
	{ "the successor of a worker that was removed meanwhile is stopped",
		.rows = {
			{ "HUP; ready w1.2", "start w1.2, DRAIN w1.1, start w2.2" },
			{ "TTOU", "TERM w2.1" },
			{ "ready w2.2", "TERM w2.2, DRAIN dbd.1" },
		} },
	{ "a worker that has reached its limit is replaced by a ready one",
		.rows = {
			{ "retire w2.1", "start w2.2",
				"worker 2 (pid 1000003) has reached --limit-max-requests; "
				"replacing it\n" },
			{ "retire w2.1; wait 100", "" },
			{ "ready w2.2", "DRAIN w2.1" },
			{ "exit w2.1 0; wait 5000", "" },
		} },
	{ "two workers that have reached their limit are replaced one after the other",
		.rows = {
			{ "retire w2.1; retire w1.1", "start w2.2" },
			{ "ready w2.2", "DRAIN w2.1, start w1.2" },
			{ "ready w1.2", "DRAIN w1.1" },
		} },
	{ "a worker whose successor dies keeps running",
		.rows = {
			{ "retire w2.1", "start w2.2" },
			{ "exit w2.2 7; wait 5000", "",
				"the new worker 2 (pid 1000004) exited with status 7 before" },
		} },
};

static const struct scenario redeclaring[] = {
	{ "a declaration that adds is tried, then dbd is replaced, then the workers",
		.rows = {
			{ "declare tag; HUP", "start tri.1" },
			{ "wait 1000", "" },
			{ "exit tri.1 0", "DRAIN dbd.1",
				"reloading: dbd and workers are replaced one by one; the "
				"declaration has changed\n" },
			{ "released dbd.1", "start dbd.2" },
			{ "ready dbd.2", "start w1.2" },
			{ "ready w1.2; ready w2.2", "DRAIN w1.1, start w2.2, DRAIN w2.1" },
			/* Until then it may accept a connection. */
			{ "released w1.1; wait 1000", "" },
			{ "released w2.1", "", "reloaded: 2 workers, database app.db\n" },
			{ "exit dbd.1 0; exit w1.1 0; exit w2.1 0; wait 5000", "" },
			/* The same again is no change. */
			{ "HUP", "start w1.3",
				"reloading: workers and dbd are replaced one by one\n" },
		} },
	{ "what does not extend the declaration is refused before a trial",
		.rows = {
			{ "declare other; HUP; wait 1000", "",
				"ERROR    [master] reload refused; nothing changed: built-in: "
				"resources.note: removed; restart to serve it\n" },
		} },
	{ "what the trial refutes is refused",
		.rows = {
			{ "declare tag; HUP", "start tri.1" },
			{ "refute tri.1 3", "",
				"ERROR    [master] reload refused; nothing changed: table tags, "
				"column text: found none\n" },
			{ "wait 5000", "" },
			{ "killed w1.1 9", "start w1.2", "starting another\n" },
			{ "HUP", "start tri.2" },
		} },
	{ "a trial that dies is a refusal",
		.rows = {
			{ "declare tag; HUP", "start tri.1" },
			{ "killed tri.1 11", "",
				"reload refused; nothing changed: the trial of the declaration "
				"was killed by signal 11 (Segmentation fault)\n" },
		} },
	{ "a trial that hangs is killed, and refused",
		.rows = {
			{ "declare tag; HUP", "start tri.1" },
			{ "wait 30000", "KILL tri.1", "was not ready in time; killing it" },
			{ "killed tri.1 9", "", "reload refused; nothing changed: the trial" },
		} },
	{ "a trial that cannot be started is a refusal",
		.rows = {
			{ "declare tag; refuse; HUP", "refuse tri",
				"cannot start trial: |reload refused; nothing changed: the "
				"declaration cannot be tried: " },
			{ "allow; HUP", "start tri.1" },
		} },
	{ "a reload during a trial follows it",
		.rows = {
			{ "declare tag; HUP; HUP", "start tri.1",
				"reload queued until the current start-up or reload is over" },
			{ "refute tri.1 3", "start tri.2", "reload refused; nothing changed: table" },
			{ "exit tri.2 0", "DRAIN dbd.1", "reloading: dbd and workers" },
		} },
	{ "a database in memory keeps its declaration", .in_memory = true,
		.rows = {
			{ "declare tag; HUP; wait 1000", "",
				"reload refused; nothing changed: the declaration has changed, and a "
				"database in memory would be lost; restart to serve it\n" },
		} },
	{ "a dbd that died before the trial ended starts with the new declaration",
		.rows = {
			{ "declare tag; HUP; killed dbd.1 9", "start tri.1, start dbd.2",
				"starting another\n" },
			/* The second one has the declaration of before. */
			{ "exit tri.1 0", "", "reloading: dbd and workers" },
			{ "ready dbd.2", "DRAIN dbd.2" },
			{ "released dbd.2", "start dbd.3" },
			{ "ready dbd.3", "start w1.2" },
		} },
	{ "a new dbd that dies is started again, and the workers wait for it",
		.rows = {
			{ "declare tag; HUP; exit tri.1 0", "start tri.1, DRAIN dbd.1",
				"reloading: dbd and workers" },
			{ "released dbd.1; killed dbd.2 9", "start dbd.2, start dbd.3",
				"starting another\n" },
			{ "ready dbd.3", "start w1.2" },
			{ "killed w1.2 9", "", "the new worker 1 |reload aborted" },
			{ "HUP", "start w1.3",
				"reloading: workers and dbd are replaced one by one\n" },
		} },
	{ "a worker that dies while dbd is replaced starts with the new declaration",
		.rows = {
			{ "declare tag; HUP; exit tri.1 0", "start tri.1, DRAIN dbd.1",
				"reloading: dbd and workers" },
			{ "killed w2.1 9", "start w2.2", "starting another\n" },
			{ "released dbd.1; ready dbd.2", "start dbd.2, start w1.2" },
			{ "ready w2.2; ready w1.2; exit w1.1 0", "DRAIN w1.1", "reloaded: 2 workers" },
		} },
	{ "dbd is replaced even if a worker's successor dies meanwhile",
		.rows = {
			{ "retire w2.1", "start w2.2" },
			{ "declare tag; HUP; exit tri.1 0", "start tri.1",
				"reloading: dbd and workers" },
			{ "exit w2.2 3", "DRAIN dbd.1", "the new worker 2 |reload aborted" },
			{ "released dbd.1; ready dbd.2; wait 1000", "start dbd.2" },
		} },
	{ "after an aborted reload the declaration that the workers have may come back",
		.rows = {
			{ "declare tag; HUP; exit tri.1 0; released dbd.1; ready dbd.2",
				"start tri.1, DRAIN dbd.1, start dbd.2, start w1.2",
				"reloading: dbd and workers" },
			{ "exit w1.2 7", "", "the new worker 1 |reload aborted" },
			{ "declare note; HUP", "start tri.2" },
			{ "exit tri.2 0", "DRAIN dbd.2", "reloading: dbd and workers" },
			{ "released dbd.2; ready dbd.3", "start dbd.3, start w1.3" },
			{ "ready w1.3; ready w2.2; released w1.1; released w2.1",
				"DRAIN w1.1, start w2.2, DRAIN w2.1", "reloaded: 2 workers" },
		} },
	{ "two declarations one after the other, while old workers still drain",
		.rows = {
			{ "declare tag; HUP; exit tri.1 0; released dbd.1; ready dbd.2; ready "
			  "w1.2; ready w2.2; released w1.1; released w2.1",
				"start tri.1, DRAIN dbd.1, start dbd.2, start w1.2, DRAIN w1.1, "
				"start w2.2, DRAIN w2.1",
				"reloading: dbd and workers|reloaded: 2 workers" },
			{ "declare mark; HUP; exit tri.2 0", "start tri.2, DRAIN dbd.2",
				"reloading: dbd and workers" },
			{ "released dbd.2; ready dbd.3", "start dbd.3, start w1.3" },
		} },
};

static const struct scenario stopping_reloads[] = {
	{ "a stop during a trial ends it",
		.rows = {
			{ "declare tag; HUP", "start tri.1" },
			{ "TERM", "TERM w1.1, TERM w2.1, TERM tri.1, close" },
			{ "killed tri.1 15; exit w1.1 0; exit w2.1 0", "TERM dbd.1" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "a stop during a reload stops the successor too",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "TERM", "TERM w1.1, TERM w2.1, TERM w1.2, close" },
			{ "killed w1.2 15; exit w1.1 0; exit w2.1 0", "TERM dbd.1" },
			{ "exit dbd.1 0", "end 0" },
		} },
	{ "a successor that becomes ready during a stop is stopped",
		.rows = {
			{ "HUP", "start w1.2" },
			{ "TERM", "TERM w1.1, TERM w2.1, TERM w1.2, close" },
			{ "ready w1.2", "TERM w1.2" },
			{ "exit w1.2 0; exit w1.1 0; exit w2.1 0", "TERM dbd.1" },
		} },
	{ "a dbd that has released the database ends before the one that writes",
		.rows = {
			{ "HUP; ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"start w1.2, DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "released dbd.1; ready dbd.2", "start dbd.2" },
			{ "TERM", "TERM dbd.1, TERM w1.2, TERM w2.2, close" },
			{ "exit w1.2 0; exit w2.2 0", "" },
			{ "exit dbd.1 0", "TERM dbd.2" },
			{ "exit dbd.2 0", "end 0" },
		} },
	{ "a stop at once kills a dbd that has released the database",
		.rows = {
			{ "HUP; ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"start w1.2, DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "released dbd.1; ready dbd.2", "start dbd.2" },
			{ "QUIT", "KILL dbd.1, KILL w1.2, KILL w2.2, TERM dbd.2, close" },
			{ "killed w1.2 9; killed w2.2 9; killed dbd.1 9", "" },
			{ "exit dbd.2 0", "end 0" },
		} },
	{ "workers that finish get another dbd when the draining one ends",
		.rows = {
			{ "HUP; ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"start w1.2, DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "TERM", "TERM w1.2, TERM w2.2, close" },
			{ "exit dbd.1 0", "start dbd.2" },
			{ "ready dbd.2; exit w1.2 0; exit w2.2 0", "TERM dbd.2" },
			{ "exit dbd.2 0", "end 0" },
		} },
	{ "workers that finish get another dbd when the draining one is killed",
		.rows = {
			{ "HUP; ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"start w1.2, DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "TERM", "TERM w1.2, TERM w2.2, close" },
			{ "killed dbd.1 9", "start dbd.2", "was killed by signal 9" },
		} },
	{ "workers that finish get another dbd when the draining one releases the database",
		.rows = {
			{ "HUP; ready w1.2; ready w2.2; exit w1.1 0; exit w2.1 0",
				"start w1.2, DRAIN w1.1, start w2.2, DRAIN w2.1, DRAIN dbd.1" },
			{ "TERM", "TERM w1.2, TERM w2.2, close" },
			{ "released dbd.1", "start dbd.2" },
		} },
};

#define SCENARIOS(name)                                                                            \
	START_TEST(name##_scenarios)                                                               \
	{                                                                                          \
		play(&name[_i]);                                                                   \
	}                                                                                          \
	END_TEST

SCENARIOS(starting)
SCENARIOS(replacing)
SCENARIOS(watching)
SCENARIOS(stopping)
SCENARIOS(scaling)
SCENARIOS(reloading)
SCENARIOS(redeclaring)
SCENARIOS(stopping_reloads)

/* Back-off. */

static const struct {
	const char *name, *who;
	bool is_ready_before; /* it dies after it was ready, else before */
} crash_loops[] = {
	{ "worker 1", "w1", true },
	{ "worker 1", "w1", false },
	{ "dbd", "dbd", true },
	{ "dbd", "dbd", false },
};

static void check_pause(const char *who, unsigned process, long pause)
{
	char want[32];

	if (pause > 0) {
		advance(pause - STEP_MS);
		ck_assert_str_eq(done(), "");
		advance(STEP_MS);
	}
	snprintf(want, sizeof(want), "start %s.%u", who, process);
	ck_assert_str_eq(done(), want);
}

static void check_crash_log(const char *name, unsigned deaths, long pause)
{
	char in[32] = "", want[200];

	if (pause > 0)
		snprintf(in, sizeof(in), " in %ld ms", pause);
	if (deaths < 3)
		snprintf(want, sizeof(want), " exited with status 7; starting another%s\n", in);
	else
		snprintf(want, sizeof(want),
			"%s [master] %s keeps dying: %u times since 2|"
			" exited with status 7; starting another%s\n",
			deaths == 3 ? "ERROR   " : "WARNING ", name, deaths, in);
	check_log(name, want);
}

START_TEST(pauses_between_restarts_double_up_to_five_seconds)
{
	static const long pauses[] = { 0, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000 };
	const char *who = crash_loops[_i].who;
	char action[64];

	begin();
	reach_serving();
	for (unsigned n = 1; n <= NITEMS(pauses); n++) {
		if (n > 1 && crash_loops[_i].is_ready_before) {
			snprintf(action, sizeof(action), "ready %s.%u", who, n);
			act(action);
		}
		snprintf(action, sizeof(action), "exit %s.%u 7", who, n);
		act(action);
		check_crash_log(crash_loops[_i].name, n, pauses[n - 1]);
		check_pause(who, n + 1, pauses[n - 1]);
	}
	end_all();
}
END_TEST

/* The log and the status. */

START_TEST(the_state_is_logged_at_usr2)
{
	begin();
	reach_serving();
	act_all("killed w1.1 9; ready w1.2; wait 1500; HUP; retire w2.1");
	read_log();
	act("USR2");
	check_log("USR2",
		", serving, reloading, here, 2 workers wanted\n"
		"|state: dbd: pid 1000001, ready, to be replaced, up 1.500 s, 0 restarts\n"
		"|state: worker 1: pid 1000004, ready, to be replaced, up 1.500 s, 1 restarts\n"
		"|state: worker 1: pid 1000005, starting, to take over, up 0.000 s, 1 restarts\n"
		"|state: worker 2: pid 1000003, ready, to be replaced, up 1.500 s, 0 restarts\n"
		"|state: dbd: 0 commands queued (0 bytes), 0 pages in the write-ahead log, "
		"|state: worker 1: 0 connections of 0 accepted, ");
	end_all();
}
END_TEST

START_TEST(usr1_without_a_log_file_does_nothing)
{
	begin();
	reach_serving();
	act("USR1");
	check_log("USR1", "DEBUG    [master] no --log-file to reopen\n");
	ck_assert_str_eq(done(), "");
	end_all();
}
END_TEST

static uint64_t counted(enum stats_id stat, unsigned place)
{
	return stats_read(stats_own_slot(), stat, place);
}

START_TEST(restarts_reloads_and_children_are_counted)
{
	begin();
	reach_serving();
	act_all("killed w1.1 9; ready w1.2; killed dbd.1 9; ready dbd.2");
	ck_assert_uint_eq(counted(STAT_RESTARTS, ROLE_WORKER), 1);
	ck_assert_uint_eq(counted(STAT_RESTARTS, ROLE_DBD), 1);
	act_all("HUP; exit w1.3 7; break; HUP; TTIN");
	ck_assert_uint_eq(counted(STAT_RELOADS, 0), 2);
	ck_assert_uint_eq(counted(STAT_RELOADS_FAILED, 0), 2);
	ck_assert_uint_eq(counted(STAT_CHILDREN, ROLE_WORKER), 3);
	ck_assert_uint_eq(counted(STAT_CHILDREN, ROLE_DBD), 1);
	end_all();
}
END_TEST

static const char *read_status(void)
{
	static char text[4096];
	struct buf out;

	buf_init(&out, sizeof(text));
	operator_status_write(s, &out);
	snprintf(text, sizeof(text), "%.*s", (int)buf_len(&out), buf_view(&out).ptr);
	buf_done(&out);
	return text;
}

/* An interface: programs compare these values. */
static const char *const state_values[CHILD_STATE__COUNT] = {
	[CHILD_STARTING] = "starting",
	[CHILD_READY] = "ready",
	[CHILD_DRAINING] = "making way",
	[CHILD_STOPPING] = "leaving",
	[CHILD_ABORTED] = "being aborted",
	[CHILD_PAUSING] = "waiting to be started",
};

START_TEST(the_status_names_the_state_of_a_process)
{
	char want[100];

	begin();
	reach_serving();
	supervisor_worker(s, 1)->state = (enum child_state)_i;
	snprintf(want, sizeof(want), "process\tworker 1\t1000002\t%s\t0\t0\t",
		state_values[_i] ? state_values[_i] : "");
	ck_assert_int_eq(strstr(read_status(), want) != NULL, state_values[_i] != NULL);
	end_all();
}
END_TEST

/* The same for phases. */
static const struct {
	enum phase phase;
	bool reloading;
	const char *value;
} phase_values[] = {
	{ PHASE_STARTING, false, "starting" },
	{ PHASE_SERVING, false, "serving" },
	{ PHASE_SERVING, true, "serving, reloading" },
	{ PHASE_DRAINING, true, "stopping, workers finish" },
	{ PHASE_CLOSING, false, "stopping, dbd closes" },
};

START_TEST(the_status_names_the_phase)
{
	char want[200];

	begin();
	s->phase = phase_values[_i].phase;
	s->reloading = phase_values[_i].reloading;
	snprintf(want, sizeof(want),
		"version\t" POSTERN_VERSION "\nstate\t%s\naddress\there\n"
		"database\tapp.db\napi\tNotes\napi_version\t0.1.0\n"
		"api_resources\t1\napi_origin\tbuilt-in\nworkers\t2\n",
		phase_values[_i].value);
	ck_assert_msg(strstr(read_status(), want) == read_status(), "%s", read_status());
	end_all();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("supervisor");
	TCase *tc = tcase_create("supervisor");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, starting_scenarios, 0, NITEMS(starting));
	tcase_add_loop_test(tc, replacing_scenarios, 0, NITEMS(replacing));
	tcase_add_loop_test(tc, watching_scenarios, 0, NITEMS(watching));
	tcase_add_loop_test(tc, stopping_scenarios, 0, NITEMS(stopping));
	tcase_add_loop_test(tc, scaling_scenarios, 0, NITEMS(scaling));
	tcase_add_loop_test(tc, reloading_scenarios, 0, NITEMS(reloading));
	tcase_add_loop_test(tc, redeclaring_scenarios, 0, NITEMS(redeclaring));
	tcase_add_loop_test(tc, stopping_reloads_scenarios, 0, NITEMS(stopping_reloads));
	tcase_add_loop_test(
		tc, pauses_between_restarts_double_up_to_five_seconds, 0, NITEMS(crash_loops));
	tcase_add_test(tc, the_state_is_logged_at_usr2);
	tcase_add_test(tc, restarts_reloads_and_children_are_counted);
	tcase_add_test(tc, usr1_without_a_log_file_does_nothing);
	tcase_add_loop_test(tc, the_status_names_the_state_of_a_process, 0, CHILD_STATE__COUNT);
	tcase_add_loop_test(tc, the_status_names_the_phase, 0, NITEMS(phase_values));
	suite_add_tcase(suite, tc);
	return suite;
}
