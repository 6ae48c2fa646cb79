/*
 * The master with stand-ins for its children (stub_child.c): how it starts, replaces and stops
 * them, and what it says. Tests wait for lines on its stderr and for its end, never for time; Check
 * bounds them. Whatever a test leaves behind is killed with it.
 */
#include "arena.h"
#include "net.h"
#include "process.h"
#include "suite.h"
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOG_SIZE = 64 * 1024, TEST_TIMEOUT = 30 /* seconds */ };

static struct {
	char folder[40]; /* the programs, and the file that steers the stand-ins */
	pid_t pid;
	int err;            /* the reading end of the master's stderr */
	char log[LOG_SIZE]; /* all that was read from it */
	size_t size;
	size_t seen; /* expect has come so far */
} master;

/* The folder. */

static const char *path_to(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", master.folder, name);
	return path;
}

/* A program of the build this test is part of, by its path from the build's folder. */
static const char *built(const char *name)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(path, '/') = '\0';
	size_t len = strlen(path);
	snprintf(path + len, sizeof(path) - len, "/%s", name);
	return path;
}

/* The master finds its children beside its own file, so that one is copied. */
static void copy_program(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char chunk[65536];
	ssize_t n;

	ck_assert_msg(in >= 0 && out >= 0, "%s: %s", from, strerror(errno));
	while ((n = read(in, chunk, sizeof(chunk))) > 0)
		ck_assert_int_eq(write(out, chunk, (size_t)n), n);
	close(in);
	close(out);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_to(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* How the stand-ins that start from now on behave: lines of "NAME:BEHAVIOUR". */
static void steer(const char *lines)
{
	write_file("behaviour", lines, 0644);
}

static void set_up(void)
{
	strcpy(master.folder, "/tmp/postern-supervision-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(master.folder));
	copy_program(built("postern"), path_to("postern"));
	ck_assert_int_eq(symlink(built("tests/http/stub-child"), path_to("postern-dbd")), 0);
	ck_assert_int_eq(symlink(built("tests/http/stub-child"), path_to("postern-worker")), 0);
	steer("");
	setenv("POSTERN_STANDIN", path_to("behaviour"), 1);
	if (geteuid() == 0)
		setenv("POSTERN_USER", "root", 1); /* without it there is a warning */
	/* Children of a dead master become ours: wait_for_all then sees them. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void tear_down(void)
{
	static const char *const names[] = { "postern", "postern-dbd", "postern-worker",
		"behaviour" };

	for (size_t i = 0; i < NITEMS(names); i++)
		unlink(path_to(names[i]));
	ck_assert_int_eq(rmdir(master.folder), 0);
	close(master.err);
}

/* The master. */

/* In a new process: stderr is the pipe, and the end of the test is the end of it. */
static void redirect(const int err[2])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(err[1], STDERR_FILENO);
	close(err[0]);
	close(err[1]);
}

static void run_master(const char *const *args)
{
	char *argv[12] = { strdup(path_to("postern")) };

	for (int i = 0; args[i]; i++)
		argv[i + 1] = strdup(args[i]);
	execv(argv[0], argv);
	_exit(127);
}

/* Makes the process whose stderr is the log. True in that process. */
static bool fork_master(void)
{
	int err[2];

	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	master.pid = fork();
	ck_assert_int_ge(master.pid, 0);
	if (master.pid == 0) {
		redirect(err);
		return true;
	}
	close(err[1]);
	master.err = err[0];
	return false;
}

static void start(const char *const *args)
{
	if (fork_master())
		run_master(args);
}

#define START(...) start((const char *[]){ "--port", "0", "--workers", "2", __VA_ARGS__, NULL })

/* Reads more of the log; false at its end. */
static bool read_log(void)
{
	ck_assert_uint_lt(master.size, LOG_SIZE - 1);
	ssize_t n = read(master.err, master.log + master.size, LOG_SIZE - 1 - master.size);
	ck_assert_int_ge(n, 0);
	master.size += (size_t)n;
	master.log[master.size] = '\0';
	return n > 0;
}

/* Waits for text in the log behind what was expected before. Returns what follows it. */
static const char *expect(const char *text)
{
	char *found;

	while (!(found = strstr(master.log + master.seen, text)))
		ck_assert_msg(read_log(), "no \"%s\" in what remains of:\n%s\n-- behind byte %zu",
			text, master.log, master.seen);
	master.seen = (size_t)(found - master.log) + strlen(text);
	/* A number may follow: it must be whole. */
	while (text[strlen(text) - 1] != '\n' && !strchr(master.log + master.seen, '\n'))
		ck_assert(read_log());
	return master.log + master.seen;
}

static void read_to_end(void)
{
	while (read_log())
		;
}

/* How often text is in all of the log. */
static int count(const char *text)
{
	int n = 0;

	for (const char *p = master.log; (p = strstr(p, text)); p += strlen(text))
		n++;
	return n;
}

static bool is_before(const char *first, const char *second)
{
	const char *a = strstr(master.log, first), *b = strstr(master.log, second);

	return a && b && a < b;
}

/* The process id behind the last "[name] ready pid=" so far. */
static pid_t pid_of(const char *name)
{
	char text[64];
	const char *last = "";

	snprintf(text, sizeof(text), "[%s] ready pid=", name);
	for (const char *p = master.log; (p = strstr(p, text)); p += strlen(text))
		last = p + strlen(text);
	ck_assert_msg(*last != '\0', "no %s in:\n%s", text, master.log);
	return (pid_t)strtol(last, NULL, 10);
}

static void expect_serving(void)
{
	expect("serving on ");
}

/* Waits for the master's end; checks that no child of it is left. Returns its exit status. */
static int finish(void)
{
	int status;

	read_to_end();
	ck_assert_int_eq(waitpid(master.pid, &status, 0), master.pid);
	ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
		"the master left a child behind");
	ck_assert_msg(WIFEXITED(status), "the master was killed by signal %d:\n%s",
		WTERMSIG(status), master.log);
	return WEXITSTATUS(status);
}

static void stop_cleanly(void)
{
	kill(master.pid, SIGTERM);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
}

/* The port in the line that says that the master serves. */
static uint16_t serving_port(void)
{
	return (uint16_t)strtoul(expect("serving on http://127.0.0.1:"), NULL, 10);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status = connect(fd, (struct sockaddr *)&address, sizeof(address));
	int error = errno;

	close(fd);
	errno = error;
	return status;
}

/* Starting. */

START_TEST(starts_dbd_before_the_workers_and_says_that_it_serves)
{
	char line[200];

	START("--database-url", "sqlite:////nowhere/app.db");
	uint16_t port = serving_port();
	snprintf(line, sizeof(line),
		"INFO     [master] Postern " POSTERN_VERSION
		" serving on http://127.0.0.1:%u (2 workers, database /nowhere/app.db)\n",
		port);
	ck_assert_msg(count(line) == 1, "no \"%s\" in:\n%s", line, master.log);
	ck_assert(is_before("[dbd] ready", "[worker 1] started"));
	ck_assert(is_before("[dbd] ready", "[worker 2] started"));
	ck_assert(is_before("[worker 1] ready", "serving"));
	ck_assert(is_before("[worker 2] ready", "serving"));
	ck_assert_int_eq(connect_to(port), 0);
	stop_cleanly();
}
END_TEST

static void check_contract(void)
{
	START("--log-level=info");
	expect_serving();
	ck_assert_msg(count("started, contract kept") == 3, "%s", master.log);
	stop_cleanly();
}

START_TEST(children_get_what_the_contract_promises)
{
	check_contract();
}
END_TEST

/* Whoever starts the master may leak one into it. */
START_TEST(children_get_no_stray_descriptor)
{
	int stray = fcntl(STDOUT_FILENO, F_DUPFD, 30);

	ck_assert_int_ge(stray, 0);
	check_contract();
	close(stray);
}
END_TEST

static size_t read_title(pid_t pid, char *title, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ssize_t n = read(fd, title, size - 1);
	ck_assert_int_ge(n, 0);
	close(fd);
	title[n] = '\0';
	return (size_t)n;
}

START_TEST(titles_tell_who_is_who)
{
	char title[200];

	START("--log-level=info");
	expect_serving();
	size_t n = read_title(master.pid, title, sizeof(title));
	ck_assert_str_eq(title, "postern: master");
	for (size_t i = strlen(title); i < n; i++)
		ck_assert_int_eq(title[i], '\0');
	read_title(pid_of("dbd"), title, sizeof(title));
	ck_assert_str_eq(title, "postern: dbd");
	read_title(pid_of("worker 2"), title, sizeof(title));
	ck_assert_str_eq(title, "postern: worker 2");
	stop_cleanly();
}
END_TEST

/* Complaints. */

static const struct {
	const char *args[5];
	const char *line; /* the whole of stderr */
} usage_errors[] = {
	{ { "--port", "80x" }, "postern: --port: \"80x\" is not a number from 0 to 65535\n" },
	{ { "--wrokers=2" }, "postern: unknown flag \"--wrokers\"; did you mean --workers?\n" },
	{ { "--log-level", "a\nb\x7f" },
		"postern: --log-level: it ends with the control character \\x7f; remove it\n" },
	{ { "--a\nb\x7f" }, "postern: unknown flag \"--a\\x0ab\\x7f\"; see postern --help\n" },
	{ { "--database-url", "postgresql://me:secret@host/db" },
		"postern: --database-url: postgresql is not built in; use "
		"sqlite:////absolute/path or sqlite:///relative/path\n" },
};

START_TEST(wrong_usage_is_one_line)
{
	start(usage_errors[_i].args);
	ck_assert_int_eq(finish(), EXIT_USAGE);
	ck_assert_str_eq(master.log, usage_errors[_i].line);
}
END_TEST

/* Checks that the log has one line, which ends so. */
static void check_only_line(const char *end)
{
	size_t n = strlen(end);

	ck_assert_msg(count("\n") == 1, "not one line:\n%s", master.log);
	ck_assert_msg(master.size > n && strcmp(master.log + master.size - n - 1, end) > 0 &&
			      strncmp(master.log + master.size - n - 1, end, n) == 0,
		"%s\ndoes not end with: %s", master.log, end);
}

START_TEST(port_in_use_is_one_line)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char port[8], line[200];

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(port, sizeof(port), "%u", ntohs(address.sin_port));
	start((const char *[]){ "--port", port, NULL });
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	snprintf(line, sizeof(line),
		"cannot listen on 127.0.0.1:%s: Address already in use; another process listens "
		"there: stop it or choose another --port",
		port);
	check_only_line(line);
	close(fd);
}
END_TEST

/* Where dbd has said why it cannot start, nobody adds to it. */
START_TEST(database_that_cannot_be_opened_is_one_line)
{
	steer("dbd:refuse\n");
	START("--log-level=info");
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	ck_assert_msg(count("\n") == 2, "%s", master.log);
	expect("[dbd] started");
	expect("[dbd] refused\n");
}
END_TEST

static const struct {
	const char *behaviour, *line;
} startup_failures[] = {
	{ "dbd:crash\n", ") exited with status 7 before it was ready\n" },
	{ "worker 1:crash\n", ") exited with status 7 before it was ready\n" },
	{ "worker 2:refuse\n", "[worker 2] refused\n" },
};

START_TEST(child_that_never_gets_ready_ends_it_all)
{
	steer(startup_failures[_i].behaviour);
	START("--log-level=info");
	expect(startup_failures[_i].line);
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	ck_assert_int_eq(count("serving"), 0);
}
END_TEST

START_TEST(missing_program_is_one_line)
{
	unlink(path_to("postern-worker"));
	if (access(POSTERN_LIBEXECDIR "/postern-worker", X_OK) == 0)
		return; /* an installed one is found */
	START("--log-level=info");
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	ck_assert_int_eq(count("\n"), 1);
	expect("cannot find the program postern-worker, neither in /tmp/postern-supervision-");
}
END_TEST

START_TEST(program_that_cannot_be_executed_is_one_line)
{
	unlink(path_to("postern-dbd"));
	write_file("postern-dbd", "no program", 0755);
	START("--log-level=info");
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	ck_assert_int_eq(count("\n"), 1);
	expect("postern: cannot execute /tmp/postern-supervision-");
	expect("/postern-dbd: Exec format error\n");
}
END_TEST

/* As postern's main does it, with less patience. */
static void supervise_impatiently(void)
{
	static const struct settings settings = { .host = "127.0.0.1",
		.workers = 1,
		.database_url = "sqlite://",
		.log_level = LOG_LEVEL_INFO,
		.timeout_keep_alive = 5,
		.timeout_header = 10,
		.timeout_body = 30,
		.timeout_graceful_shutdown = 8,
		.limit_body = 1000,
		.backlog = 5,
		.log_file = "",
		.user = "",
		.group = "",
		.uds = "",
		.admin = "",
		.cors_allow_origin = "",
		.control = "",
		.root_path = "",
		.forwarded_allow_ips = "" };
	char name[128];
	struct plan plan = { .settings = &settings,
		.dbd_socket = name,
		.address = "here",
		.database = { .memory = true },
		.startup_timeout = 100 };

	log_open("master", LOG_LEVEL_INFO);
	supervise_hold_signals();
	plan.programs[ROLE_DBD] = plan.programs[ROLE_WORKER] = path_to("postern-dbd");
	int http = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	listen(http, 5);
	plan.listeners[ROLE_WORKER] = (struct listeners){ .fds = { http }, .count = 1 };
	plan.listeners[ROLE_DBD] =
		(struct listeners){ .fds = { net_listen_abstract(5, name, sizeof(name)) },
			.count = 1 };
	_exit(supervise_run(&plan));
}

START_TEST(child_that_hangs_at_its_start_is_killed)
{
	steer("dbd:hang\n");
	if (fork_master())
		supervise_impatiently();
	expect(") was not ready in time; killing it\n");
	expect(") was killed by signal 9 (Killed) before it was ready\n");
	ck_assert_int_eq(finish(), EXIT_STARTUP);
}
END_TEST

/* Leaves descriptors for the listeners, the generations and the loop (2 each) and the stats, none
 * for a channel. */
static void supervise_without_descriptors(void)
{
	int free_fds[7];

	for (size_t i = 0; i < NITEMS(free_fds); i++)
		free_fds[i] = dup(STDERR_FILENO);
	rlim_t most = (rlim_t)free_fds[NITEMS(free_fds) - 1] + 1;
	struct rlimit limit = { most, most };
	for (size_t i = 0; i < NITEMS(free_fds); i++)
		close(free_fds[i]);
	setrlimit(RLIMIT_NOFILE, &limit);
	supervise_impatiently();
}

START_TEST(child_that_cannot_be_made_ends_it_all)
{
	if (fork_master())
		supervise_without_descriptors();
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	ck_assert_int_eq(count("\n"), 1);
	expect("[master] cannot start dbd: Too many open files\n");
}
END_TEST

START_TEST(stop_is_honoured_while_it_starts)
{
	steer("dbd:hang\n");
	START("--log-level=info");
	expect("[dbd] started");
	stop_cleanly();
	ck_assert_int_eq(count("[worker"), 0);
}
END_TEST

/* Replacing. */

START_TEST(killed_worker_is_replaced)
{
	char line[100];

	START("--log-level=info");
	expect_serving();
	pid_t pid = pid_of("worker 2");
	kill(pid, SIGKILL);
	snprintf(line, sizeof(line),
		"worker 2 (pid %d) was killed by signal 9 (Killed); starting another\n", (int)pid);
	expect(line);
	expect("[worker 2] ready");
	ck_assert_int_ne(pid_of("worker 2"), pid);
	stop_cleanly();
	ck_assert_int_eq(count("[worker 1] started"), 1);
	ck_assert_int_eq(count("[dbd] started"), 1);
}
END_TEST

START_TEST(killed_dbd_is_replaced_while_workers_stay)
{
	START("--log-level=info");
	expect_serving();
	kill(pid_of("dbd"), SIGKILL);
	expect("dbd (pid ");
	expect(") was killed by signal 9 (Killed); starting another\n");
	expect("[dbd] ready");
	stop_cleanly();
	ck_assert_int_eq(count("[worker 1] started"), 1);
	ck_assert_int_eq(count("[worker 2] started"), 1);
}
END_TEST

/* Also one that is not even ready once it serves: dbd's file may have gone. */
START_TEST(crash_loop_backs_off)
{
	static const char *const behaviours[] = { "worker 1:die\n", "dbd:refuse\n" };
	static const char *const names[] = { "worker 1", "dbd" };
	char line[100];
	long before = 0;

	START("--log-level=info");
	expect_serving();
	steer(behaviours[_i]);
	kill(pid_of(names[_i]), SIGKILL);
	expect("(Killed); starting another\n");
	snprintf(line, sizeof(line), "[master] %s keeps dying: ", names[_i]);
	/* The pauses are 100, 200 and 400 ms less what the process lived. */
	for (long deaths = 3; deaths <= 5; deaths++) {
		long pause = 0;
		ck_assert_int_eq(strtol(expect(line), NULL, 10), deaths);
		sscanf(expect("; starting another"), " in %ld", &pause);
		ck_assert_msg(pause <= 50L << (deaths - 2), "%ld ms", pause);
		before += pause;
	}
	stop_cleanly();
	snprintf(
		line, sizeof(line), "ERROR    [master] %s keeps dying: 3 times since 2", names[_i]);
	ck_assert_int_eq(count(line), 1);
	snprintf(
		line, sizeof(line), "WARNING  [master] %s keeps dying: 4 times since 2", names[_i]);
	ck_assert_int_eq(count(line), 1);
	ck_assert_int_eq(count("ERROR "), 1);
	ck_assert_int_gt(before, 0);
}
END_TEST

START_TEST(it_recovers_from_a_crash_loop)
{
	START("--log-level=info");
	expect_serving();
	steer("worker 1:crash\n");
	kill(pid_of("worker 1"), SIGKILL);
	expect("worker 1 keeps dying: 3 times since ");
	expect(") exited with status 7; starting another in ");
	steer("");
	expect("[worker 1] ready");
	expect("INFO     [master] worker 1 (pid ");
	ck_assert_int_eq(strtol(master.log + master.seen, NULL, 10), pid_of("worker 1"));
	expect(") recovered after ");
	/* So its next death is the first. */
	kill(pid_of("worker 1"), SIGKILL);
	expect("(Killed); starting another\n");
	stop_cleanly();
}
END_TEST

/* Standing still. */

static const struct {
	const char *behaviour, *name, *whose, *still, *doing;
} stalls[] = {
	{ "worker 2:stall\n", "worker 2", "", "1.0", "validating a body (create posts)" },
	{ "dbd:stall writer\n", "dbd", "'s writer", "3.0", "committing a group" },
};

START_TEST(who_stands_still_is_aborted_and_replaced)
{
	char line[200];

	steer(stalls[_i].behaviour);
	START("--timeout-watchdog=1");
	expect_serving();
	pid_t pid = pid_of(stalls[_i].name);
	steer("");
	snprintf(line, sizeof(line),
		"ERROR    [master] %s%s (pid %d) has made no progress for %s s while %s; aborting "
		"it\n",
		stalls[_i].name, stalls[_i].whose, (int)pid, stalls[_i].still, stalls[_i].doing);
	expect(line);
	snprintf(line, sizeof(line),
		"%s (pid %d) was killed by signal 6 (Aborted); starting another\n", stalls[_i].name,
		(int)pid);
	expect(line);
	snprintf(line, sizeof(line), "[%s] ready", stalls[_i].name);
	expect(line);
	stop_cleanly();
	ck_assert_int_eq(count("has made no progress"), 1);
}
END_TEST

/* It does not even get the signal. */
START_TEST(who_is_stopped_is_killed)
{
	START("--timeout-watchdog=1");
	expect_serving();
	pid_t pid = pid_of("worker 1");
	kill(pid, SIGSTOP);
	expect("has made no progress for 1.0 s while ");
	expect(") has not ended in time; killing it\n");
	expect("was killed by signal 9 (Killed); starting another\n");
	expect("[worker 1] ready");
	ck_assert_int_ne(pid_of("worker 1"), pid);
	stop_cleanly();
}
END_TEST

START_TEST(who_stands_still_when_told_to_make_way_is_aborted)
{
	steer("worker 1:linger\n");
	START("--timeout-watchdog=1");
	expect_serving();
	pid_t pid = pid_of("worker 1");
	steer("");
	kill(master.pid, SIGHUP);
	expect("[worker 1] making way");
	kill(pid, SIGSTOP);
	expect("worker 1 (pid ");
	ck_assert_int_eq(strtol(master.log + master.seen, NULL, 10), pid);
	expect(") has made no progress for 1.0 s");
	expect(") was killed by signal 9 (Killed)\n");
	stop_cleanly();
}
END_TEST

/* False: nothing was said for so long. */
static bool says_something(int milliseconds)
{
	struct pollfd readable = { .fd = master.err, .events = POLLIN };

	return poll(&readable, 1, milliseconds) > 0;
}

/* As when the machine sleeps, or its cgroup is frozen. */
START_TEST(nobody_is_blamed_for_the_time_that_all_were_stopped)
{
	static const char *const names[] = { "dbd", "worker 1", "worker 2" };

	START("--timeout-watchdog=1");
	expect_serving();
	kill(master.pid, SIGSTOP);
	for (size_t i = 0; i < NITEMS(names); i++)
		kill(pid_of(names[i]), SIGSTOP);
	ck_assert(!says_something(1500));
	kill(master.pid, SIGCONT);
	for (size_t i = 0; i < NITEMS(names); i++)
		kill(pid_of(names[i]), SIGCONT);
	ck_assert(!says_something(1500));
	stop_cleanly();
}
END_TEST

START_TEST(without_a_watchdog_nobody_looks)
{
	START("--timeout-watchdog=0", "--timeout-graceful-shutdown=1");
	expect_serving();
	kill(pid_of("worker 1"), SIGSTOP);
	ck_assert(!says_something(1500));
	kill(pid_of("worker 1"), SIGCONT);
	stop_cleanly();
}
END_TEST

/* Stopping. */

/* Is second somewhere behind first, with nothing said of what lies between? */
static void check_order(const char *first, const char *second, size_t from)
{
	const char *a = strstr(master.log + from, first);

	ck_assert_msg(a && strstr(a, second), "no \"%s\" and then \"%s\" in:\n%s", first, second,
		master.log + from);
}

static const int stop_signals[] = { SIGTERM, SIGINT };

START_TEST(workers_finish_then_dbd)
{
	START("--log-level=info");
	expect_serving();
	kill(master.pid, stop_signals[_i]);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
	ck_assert(is_before("[worker 1] stopping", "[dbd] stopping"));
	ck_assert(is_before("[worker 2] stopping", "[dbd] stopping"));
	ck_assert_int_eq(count("WARNING") + count("ERROR"), 0);
}
END_TEST

START_TEST(connections_are_refused_while_it_stops)
{
	steer("worker 1:linger\nworker 2:linger\n");
	START("--log-level=info");
	uint16_t port = serving_port();
	ck_assert_int_eq(connect_to(port), 0);
	kill(master.pid, SIGTERM);
	for (int i = 0; i < 2; i++)
		expect("] stopping\n");
	ck_assert_int_eq(connect_to(port), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	stop_cleanly();
}
END_TEST

START_TEST(workers_that_linger_are_killed_at_the_deadline)
{
	steer("worker 2:linger\n");
	START("--timeout-graceful-shutdown", "1");
	expect_serving();
	kill(master.pid, SIGTERM);
	expect("graceful stop timed out after 1 s; stopping at once\n");
	expect("[dbd] stopping");
	ck_assert_int_eq(finish(), EXIT_CLEAN);
	ck_assert_int_eq(count("killed by signal 9"), 0); /* as it was told to */
}
END_TEST

static const int second_signals[] = { SIGTERM, SIGINT, SIGQUIT };

START_TEST(second_signal_stops_at_once)
{
	steer("worker 1:linger\nworker 2:linger\n");
	START("--timeout-graceful-shutdown", "86400");
	expect_serving();
	kill(master.pid, SIGTERM);
	for (int i = 0; i < 2; i++)
		expect("] stopping\n");
	kill(master.pid, second_signals[_i]);
	expect("stopping at once");
	ck_assert_int_eq(finish(), EXIT_CLEAN);
	ck_assert_int_eq(count("[dbd] stopping"), 1);
}
END_TEST

START_TEST(quit_stops_at_once)
{
	START("--log-level=info");
	expect_serving();
	kill(master.pid, SIGQUIT);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
	ck_assert_int_eq(count("[dbd] stopping"), 1);
	ck_assert_int_eq(count("[worker 1] stopping"), 0);
}
END_TEST

START_TEST(dbd_that_lingers_is_killed_and_told)
{
	steer("dbd:linger\n");
	START("--log-level=info");
	expect_serving();
	kill(master.pid, SIGQUIT);
	expect("[dbd] stopping");
	expect("dbd has not ended in time; killing it\n");
	ck_assert_int_eq(finish(), EXIT_RUNNING);
}
END_TEST

START_TEST(dbd_is_replaced_while_workers_finish)
{
	steer("worker 1:linger\nworker 2:linger\n");
	START("--log-level=info");
	expect_serving();
	kill(master.pid, SIGTERM);
	for (int i = 0; i < 2; i++)
		expect("] stopping\n");
	kill(pid_of("dbd"), SIGKILL);
	expect("[dbd] ready");
	kill(master.pid, SIGTERM);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
	ck_assert_int_eq(count("[dbd] stopping"), 1);
}
END_TEST

START_TEST(pausing_worker_does_not_hold_up_the_stop)
{
	START("--timeout-graceful-shutdown", "86400");
	expect_serving();
	steer("worker 1:die\n");
	kill(pid_of("worker 1"), SIGKILL);
	expect(" keeps dying: ");
	stop_cleanly();
}
END_TEST

START_TEST(pausing_dbd_does_not_hold_up_the_stop)
{
	START("--timeout-graceful-shutdown", "86400");
	expect_serving();
	steer("dbd:die\n");
	kill(pid_of("dbd"), SIGKILL);
	expect(" keeps dying: ");
	kill(master.pid, SIGTERM);
	/* It may have been the moment between a start and the next death. */
	int status = finish();
	ck_assert(status == EXIT_CLEAN || status == EXIT_RUNNING);
}
END_TEST

START_TEST(children_end_with_a_killed_master)
{
	int status;

	steer("worker 1:linger\n");
	START("--log-level=info");
	expect_serving();
	kill(master.pid, SIGKILL);
	ck_assert_int_eq(waitpid(master.pid, &status, 0), master.pid);
	for (int i = 0; i < 3; i++)
		ck_assert_int_gt(waitpid(-1, &status, 0), 0);
	read_to_end();
	ck_assert(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
}
END_TEST

/* Other signals. */

START_TEST(one_worker_more_and_fewer)
{
	START("--log-level=info");
	expect_serving();
	kill(master.pid, SIGTTIN);
	expect("worker added, now 3\n");
	expect("[worker 3] ready");
	kill(master.pid, SIGTTOU);
	expect("worker removed, now 2\n");
	expect("[worker 3] stopping");
	kill(master.pid, SIGTTOU);
	expect("[worker 2] stopping");
	kill(master.pid, SIGTTOU);
	expect("the last worker is not removed\n");
	kill(master.pid, SIGTTIN);
	expect("worker added, now 2\n");
	expect("[worker 2] ready");
	stop_cleanly();
	ck_assert_int_eq(count("[worker 1] started"), 1);
	ck_assert_int_eq(count("WARNING") + count("ERROR"), 0);
}
END_TEST

START_TEST(worker_that_lingers_when_dismissed_is_killed)
{
	steer("worker 2:linger\n");
	START("--timeout-graceful-shutdown=1");
	expect_serving();
	kill(master.pid, SIGTTOU);
	expect("[worker 2] stopping");
	/* Wanted again before it has gone. */
	kill(master.pid, SIGTTIN);
	expect(") has not ended in time; killing it\n");
	expect("[worker 2] ready");
	kill(master.pid, SIGQUIT);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
}
END_TEST

/* Reloading. */

/* Each worker only once its successor is ready; dbd after them, and before its own. */
START_TEST(reload_replaces_all_in_order)
{
	START("--log-level=info");
	expect_serving();
	size_t before = master.size;
	kill(master.pid, SIGHUP);
	expect("reloaded: 2 workers, database ");
	check_order("[worker 1] ready", "[worker 1] making way", before);
	check_order("[worker 1] ready", "[worker 2] started", before);
	check_order("[worker 2] ready", "[worker 2] making way", before);
	check_order("[worker 2] ready", "[dbd] making way", before);
	check_order("[dbd] making way", "[dbd] ready", before);
	stop_cleanly();
	ck_assert_int_eq(count("] started"), 6);
	ck_assert_int_eq(count("] making way"), 3);
	ck_assert_int_eq(count("] stopping\n"), 3);
	ck_assert_int_eq(count("WARNING") + count("ERROR"), 0);
}
END_TEST

START_TEST(reload_during_a_reload_is_remembered)
{
	steer("dbd:linger\n");
	START("--timeout-graceful-shutdown=86400");
	expect_serving();
	steer("");
	kill(master.pid, SIGHUP);
	expect("[dbd] making way");
	kill(master.pid, SIGHUP);
	expect("reload queued");
	kill(pid_of("dbd"), SIGKILL);
	expect("reloaded: ");
	expect("[master] reloading");
	expect("reloaded: ");
	stop_cleanly();
	ck_assert_int_eq(count("[worker 2] started"), 3);
	ck_assert_int_eq(count("[dbd] started"), 3);
}
END_TEST

START_TEST(reload_asked_for_while_it_starts_follows)
{
	START("--log-level=info");
	expect("[dbd] started");
	kill(master.pid, SIGHUP);
	expect_serving();
	expect("reloaded: ");
	stop_cleanly();
}
END_TEST

START_TEST(reload_puts_the_number_of_workers_right)
{
	START("--log-level=info");
	expect_serving();
	kill(master.pid, SIGTTIN);
	expect("[worker 3] ready");
	kill(master.pid, SIGHUP);
	expect("worker removed, now 2\n");
	expect("reloaded: 2 workers");
	stop_cleanly();
}
END_TEST

/* What is wrong is found before anybody is told to go. */
START_TEST(reload_with_a_bad_configuration_changes_nothing)
{
	START("--log-level=info");
	expect_serving();
	unlink(path_to("postern-worker"));
	if (access(POSTERN_LIBEXECDIR "/postern-worker", X_OK) == 0) {
		stop_cleanly();
		return; /* an installed one is found */
	}
	kill(master.pid, SIGHUP);
	expect("ERROR    [master] reload refused; nothing changed: cannot find the program "
	       "postern-worker, neither in ");
	stop_cleanly();
	ck_assert_int_eq(count("] started"), 3);
}
END_TEST

static const char *const bad_successors[] = { "worker 1:crash\n", "worker 2:refuse\n" };

START_TEST(reload_is_given_up_if_a_worker_does_not_get_ready)
{
	START("--log-level=info");
	expect_serving();
	pid_t last = pid_of("worker 2"), dbd = pid_of("dbd");
	steer(bad_successors[_i]);
	kill(master.pid, SIGHUP);
	expect("ERROR    [master] the new worker ");
	expect(" before it was ready\n");
	expect("reload aborted; processes that were not replaced keep running\n");
	ck_assert_int_eq(pid_of("worker 2"), last);
	ck_assert_int_eq(pid_of("dbd"), dbd);
	steer("");
	kill(master.pid, SIGHUP);
	expect("reloaded: ");
	ck_assert_int_ne(pid_of("worker 2"), last);
	ck_assert_int_ne(pid_of("dbd"), dbd);
	stop_cleanly();
}
END_TEST

/* It would end with its dbd. */
START_TEST(reload_leaves_a_database_in_memory_alone)
{
	START("--database-url", "sqlite://");
	expect_serving();
	kill(master.pid, SIGHUP);
	expect("dbd is not replaced: the in-memory database would be lost\n");
	expect("reloaded: 2 workers, database in memory\n");
	stop_cleanly();
	ck_assert_int_eq(count("[dbd] started"), 1);
	ck_assert_int_eq(count("[worker 2] started"), 2);
}
END_TEST

/* Clients that are idle first get the time to ask once more. */
START_TEST(worker_that_does_not_make_way_is_told_to_stop)
{
	steer("worker 1:linger\n");
	START("--timeout-graceful-shutdown=1");
	expect_serving();
	steer("");
	kill(master.pid, SIGHUP);
	expect("[worker 1] making way");
	expect("reloaded: ");
	expect("[worker 1] stopping");
	expect(") has not ended in time; killing it\n");
	stop_cleanly();
}
END_TEST

START_TEST(stop_is_honoured_during_a_reload)
{
	START("--log-level=info");
	expect_serving();
	steer("worker 1:hang\n");
	kill(master.pid, SIGHUP);
	expect("[worker 1] started");
	stop_cleanly();
	ck_assert_int_eq(count("WARNING") + count("ERROR"), 0);
}
END_TEST

/* It goes on with lists that it has begun; the next one does not wait for that. */
START_TEST(dbd_that_has_let_go_is_followed_at_once)
{
	steer("dbd:let go\n");
	START("--timeout-graceful-shutdown=86400", "--log-level=debug");
	expect_serving();
	pid_t old = pid_of("dbd");
	steer("");
	kill(master.pid, SIGHUP);
	expect("reloaded: ");
	ck_assert_int_ne(pid_of("dbd"), old);
	ck_assert_int_eq(kill(old, 0), 0);
	/* In a stop it goes with the workers, and the one that writes last. */
	kill(master.pid, SIGTERM);
	for (int i = 0; i < 3; i++)
		expect("] stopping\n");
	kill(old, SIGKILL);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
	check_order("was killed by signal 9", "[dbd] stopping", 0);
	ck_assert_int_eq(count("[dbd] started"), 2);
}
END_TEST

START_TEST(dbd_that_has_let_go_has_only_so_much_time)
{
	steer("dbd:let go\n");
	START("--timeout-graceful-shutdown=1");
	expect_serving();
	steer("");
	kill(master.pid, SIGHUP);
	expect("reloaded: ");
	expect(") has not ended in time; killing it\n");
	stop_cleanly();
	ck_assert_int_eq(count("[dbd] started"), 2);
}
END_TEST

START_TEST(stop_at_once_does_not_spare_a_dbd_that_has_let_go)
{
	steer("dbd:let go\n");
	START("--timeout-graceful-shutdown=86400");
	expect_serving();
	steer("");
	kill(master.pid, SIGHUP);
	expect("reloaded: ");
	kill(master.pid, SIGQUIT);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
}
END_TEST

/* The workers that finish still need one. */
START_TEST(stop_while_dbd_makes_way_gets_another)
{
	steer("dbd:linger\nworker 1:linger\nworker 2:linger\n");
	START("--timeout-graceful-shutdown=86400");
	expect_serving();
	pid_t old = pid_of("dbd");
	kill(master.pid, SIGHUP);
	expect("[dbd] making way");
	steer("");
	kill(master.pid, SIGTERM);
	for (int i = 0; i < 4; i++)
		expect("] stopping\n");
	kill(old, SIGKILL);
	expect("[dbd] ready");
	kill(master.pid, SIGTERM);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
}
END_TEST

START_TEST(worn_worker_is_replaced_before_it_goes)
{
	START("--log-level=info");
	expect_serving();
	steer("worker 2:wear\n");
	kill(pid_of("worker 2"), SIGKILL);
	expect("(Killed); starting another\n");
	expect("[worker 2] ready");
	steer("");
	size_t before = master.seen;
	expect(") has reached --limit-max-requests; replacing it\n");
	expect("[worker 2] making way");
	check_order("[worker 2] ready", "[worker 2] making way", before);
	stop_cleanly();
	ck_assert_int_eq(count("[worker 1] started"), 1);
	ck_assert_int_eq(count("[dbd] started"), 1);
}
END_TEST

START_TEST(state_is_logged_when_asked_for)
{
	START("--log-level=info");
	expect_serving();
	kill(pid_of("worker 1"), SIGKILL);
	expect("[worker 1] ready");
	kill(master.pid, SIGUSR2);
	expect("[master] state: master: pid ");
	expect(", serving, http://127.0.0.1:");
	expect(", 2 workers wanted\n");
	expect("[master] state: dbd: pid ");
	expect(", ready, up ");
	expect("[master] state: worker 1: pid ");
	expect(" s, 1 restarts\n");
	expect("[master] state: worker 2: pid ");
	expect(" s, 0 restarts\n");
	expect("[master] state: dbd: 0 commands queued (0 bytes), 0 pages in the write-ahead "
	       "log, ");
	expect("[master] state: worker 1: 0 connections of 0 accepted, ");
	stop_cleanly();
}
END_TEST

START_TEST(signals_without_a_meaning_are_survived)
{
	START("--log-level=debug");
	expect_serving();
	kill(master.pid, SIGPIPE);
	kill(master.pid, SIGXFSZ);
	kill(master.pid, SIGUSR1);
	expect("DEBUG    [master] no --log-file to reopen\n");
	stop_cleanly();
}
END_TEST

START_TEST(log_file_that_cannot_be_opened_is_one_line)
{
	START("--log-file=/nowhere/postern.log");
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	check_only_line("cannot open the log file /nowhere/postern.log: No such file or directory");
}
END_TEST

/* Runs the master as PID 1 of a namespace of its own. */
static void be_pid_one(void)
{
	int status;

	if (unshare(CLONE_NEWPID) < 0)
		_exit(77);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_master(
			(const char *[]){ "--port=0", "--workers=1", "--log-level=debug", NULL });
	}
	/* A byte asks for the stop: the test does not know the master's pid. */
	char byte;
	if (read(STDIN_FILENO, &byte, 1) >= 0)
		kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_RUNNING);
}

START_TEST(pid_one_reaps_orphans)
{
	int in[2];

	if (geteuid() != 0)
		return; /* a namespace needs a privilege */
	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	dup2(in[0], STDIN_FILENO);
	steer("dbd:orphan\n");
	if (fork_master())
		be_pid_one();
	close(in[0]);
	while (!strstr(master.log, "reaped an orphan") || !strstr(master.log, "serving on"))
		if (!read_log())
			break;
	ck_assert_int_eq(write(in[1], "", 1), 1);
	int status = finish();
	if (status == 77)
		return; /* nor may root have one here */
	ck_assert_int_eq(status, EXIT_CLEAN);
	expect("[master] reaped an orphan (pid ");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("supervision");
	TCase *tc = tcase_create("supervision");

	tcase_set_timeout(tc, TEST_TIMEOUT);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, starts_dbd_before_the_workers_and_says_that_it_serves);
	tcase_add_loop_test(tc, wrong_usage_is_one_line, 0, NITEMS(usage_errors));
	tcase_add_test(tc, port_in_use_is_one_line);
	tcase_add_test(tc, database_that_cannot_be_opened_is_one_line);
	tcase_add_loop_test(
		tc, child_that_never_gets_ready_ends_it_all, 0, NITEMS(startup_failures));
	tcase_add_test(tc, missing_program_is_one_line);
	tcase_add_test(tc, program_that_cannot_be_executed_is_one_line);
	tcase_add_test(tc, child_that_hangs_at_its_start_is_killed);
	tcase_add_test(tc, stop_is_honoured_while_it_starts);
	tcase_add_test(tc, killed_worker_is_replaced);
	tcase_add_test(tc, killed_dbd_is_replaced_while_workers_stay);
	tcase_add_test(tc, it_recovers_from_a_crash_loop);
	tcase_add_loop_test(tc, who_stands_still_is_aborted_and_replaced, 0, NITEMS(stalls));
	tcase_add_test(tc, who_is_stopped_is_killed);
	tcase_add_test(tc, who_stands_still_when_told_to_make_way_is_aborted);
	tcase_add_test(tc, nobody_is_blamed_for_the_time_that_all_were_stopped);
	tcase_add_test(tc, without_a_watchdog_nobody_looks);
	tcase_add_loop_test(tc, workers_finish_then_dbd, 0, NITEMS(stop_signals));
	tcase_add_test(tc, connections_are_refused_while_it_stops);
	tcase_add_test(tc, workers_that_linger_are_killed_at_the_deadline);
	tcase_add_loop_test(tc, second_signal_stops_at_once, 0, NITEMS(second_signals));
	tcase_add_test(tc, quit_stops_at_once);
	tcase_add_test(tc, dbd_that_lingers_is_killed_and_told);
	tcase_add_test(tc, dbd_is_replaced_while_workers_finish);
	tcase_add_test(tc, pausing_worker_does_not_hold_up_the_stop);
	tcase_add_test(tc, pausing_dbd_does_not_hold_up_the_stop);
	tcase_add_test(tc, children_end_with_a_killed_master);
	tcase_add_test(tc, one_worker_more_and_fewer);
	tcase_add_test(tc, worker_that_lingers_when_dismissed_is_killed);
	tcase_add_test(tc, reload_replaces_all_in_order);
	tcase_add_test(tc, reload_during_a_reload_is_remembered);
	tcase_add_test(tc, reload_asked_for_while_it_starts_follows);
	tcase_add_test(tc, reload_puts_the_number_of_workers_right);
	tcase_add_test(tc, reload_with_a_bad_configuration_changes_nothing);
	tcase_add_loop_test(
		tc, reload_is_given_up_if_a_worker_does_not_get_ready, 0, NITEMS(bad_successors));
	tcase_add_test(tc, reload_leaves_a_database_in_memory_alone);
	tcase_add_test(tc, dbd_that_has_let_go_is_followed_at_once);
	tcase_add_test(tc, dbd_that_has_let_go_has_only_so_much_time);
	tcase_add_test(tc, stop_at_once_does_not_spare_a_dbd_that_has_let_go);
	tcase_add_test(tc, stop_is_honoured_during_a_reload);
	tcase_add_test(tc, stop_while_dbd_makes_way_gets_another);
	tcase_add_test(tc, worn_worker_is_replaced_before_it_goes);
	tcase_add_test(tc, state_is_logged_when_asked_for);
	tcase_add_test(tc, signals_without_a_meaning_are_survived);
	tcase_add_test(tc, log_file_that_cannot_be_opened_is_one_line);
	tcase_add_test(tc, pid_one_reaps_orphans);
	suite_add_tcase(suite, tc);
	/* The title, the descriptors and the pace of a process that is nothing but the program. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_set_timeout(bare, TEST_TIMEOUT);
	tcase_add_checked_fixture(bare, set_up, tear_down);
	tcase_add_test(bare, children_get_what_the_contract_promises);
	tcase_add_test(bare, children_get_no_stray_descriptor);
	tcase_add_test(bare, titles_tell_who_is_who);
	tcase_add_test(bare, child_that_cannot_be_made_ends_it_all);
	tcase_add_loop_test(bare, crash_loop_backs_off, 0, 2);
	tcase_add_test(bare, worker_that_does_not_make_way_is_told_to_stop);
	suite_add_tcase(suite, bare);
	return suite;
}
