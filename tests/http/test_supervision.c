/*
 * The master with stubs for its children (stub_child.c): what only real processes show, such as
 * inherited descriptors, signals, exec and reaping. The supervisor's decisions are tested in
 * unit/test_supervisor.c. Tests wait for log lines and for the end of the master, never for time;
 * Check bounds them. Processes that a failed test leaves are killed when it ends.
 */
#include "arena.h"
#include "net.h"
#include "process.h"
#include "shared_api.h"
#include "suite.h"
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
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
	char folder[40]; /* the programs, and the file that steers the stubs */
	pid_t pid;
	int err;            /* the reading end of the master's stderr */
	char log[LOG_SIZE]; /* all that was read from it */
	size_t size;
	size_t seen; /* expect searches from here on */
} master;

/* The folder. */

static const char *path_to(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", master.folder, name);
	return path;
}

/* The path of a program in the build folder of this test. Static, until the next call. */
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

/* The master finds the programs of its children in the folder of its own file, so it is copied
 * beside the stubs. */
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

/* Sets the behaviour of stubs that start from now on: lines of "NAME:BEHAVIOUR". */
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
	setenv("POSTERN_STUB", path_to("behaviour"), 1);
	if (geteuid() == 0)
		setenv("POSTERN_USER", "root", 1); /* prevents the warning about root */
	/* Orphans of a dead master become children of the test, which waits for them. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void tear_down(void)
{
	static const char *const names[] = { "postern", "postern-dbd", "postern-dbd-postgres",
		"postern-worker", "behaviour" };

	for (size_t i = 0; i < NITEMS(names); i++)
		unlink(path_to(names[i]));
	ck_assert_int_eq(rmdir(master.folder), 0);
	close(master.err);
}

/* The master. */

/* In the forked process: makes the pipe stderr. The process is killed when the test ends. */
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

/* Forks the process whose stderr is the log. Returns true in that process. */
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

/* Reads more of the log. Returns false at its end. */
static bool read_log(void)
{
	ck_assert_uint_lt(master.size, LOG_SIZE - 1);
	ssize_t n = read(master.err, master.log + master.size, LOG_SIZE - 1 - master.size);
	ck_assert_int_ge(n, 0);
	master.size += (size_t)n;
	master.log[master.size] = '\0';
	return n > 0;
}

/* Waits for text in the log, after the text that was expected before. Returns what follows it. */
static const char *expect(const char *text)
{
	char *found;

	while (!(found = strstr(master.log + master.seen, text)))
		ck_assert_msg(read_log(), "no \"%s\" in what remains of:\n%s\n-- behind byte %zu",
			text, master.log, master.seen);
	master.seen = (size_t)(found - master.log) + strlen(text);
	/* Reads the rest of the line: a number that follows must be complete. */
	while (text[strlen(text) - 1] != '\n' && !strchr(master.log + master.seen, '\n'))
		ck_assert(read_log());
	return master.log + master.seen;
}

static void read_to_end(void)
{
	while (read_log())
		;
}

/* The number of occurrences of text in the log. */
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

/* The pid in the last "[name] ready pid=" so far. */
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

/* Waits until the master has ended and checks that it left no child. Returns its exit status. */
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

/* Waits until the master serves. Returns its port. */
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

START_TEST(dbd_starts_before_the_workers_and_the_server_is_announced)
{
	char line[200];

	START("--database-url", "sqlite:////nowhere/app.db");
	uint16_t port = serving_port();
	snprintf(line, sizeof(line),
		"INFO     [master] Postern " POSTERN_VERSION
		" serving on http://127.0.0.1:%u (2 workers, database /nowhere/app.db; "
		"API \"02 SQLAlchemy CRUD\" 0.1.0 with 2 resources, built-in)\n",
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

START_TEST(children_inherit_what_the_contract_specifies)
{
	check_contract();
}
END_TEST

/* A parent of the master may leak one. */
START_TEST(children_inherit_no_other_descriptor)
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

START_TEST(process_titles_name_the_role)
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

/* Errors at the start. */

static const struct {
	const char *args[5];
	const char *line; /* the whole of stderr */
} usage_errors[] = {
	{ { "--port", "80x" }, "postern: --port: \"80x\" is not a number from 0 to 65535\n" },
	{ { "--wrokers=2" }, "postern: unknown flag \"--wrokers\"; did you mean --workers?\n" },
	{ { "--log-level", "a\nb\x7f" },
		"postern: --log-level: it ends with the control character \\x7f; remove it\n" },
	{ { "--a\nb\x7f" }, "postern: unknown flag \"--a\\x0ab\\x7f\"; see postern --help\n" },
	{ { "--database-url", "mysql://me:secret@host/db" },
		"postern: --database-url: mysql is not built in; use sqlite:////absolute/path, "
		"sqlite:///relative/path or postgresql://user@host/database\n" },
};

START_TEST(wrong_usage_is_one_line)
{
	start(usage_errors[_i].args);
	ck_assert_int_eq(finish(), EXIT_USAGE);
	ck_assert_str_eq(master.log, usage_errors[_i].line);
}
END_TEST

/* A database of PostgreSQL, whose dbd is a program of its own. */

#define NOT_BUILT "this Postern is built without PostgreSQL: "

START_TEST(a_missing_engine_is_wrong_usage)
{
	static const char *const actions[] = { "--docs", "--check" };
	char line[PATH_MAX + 200];

	start((const char *[]){ "--port=0", actions[_i], "--database-url",
		"postgresql://app:secret@db1/app", NULL });
	ck_assert_int_eq(finish(), EXIT_USAGE);
	snprintf(line, sizeof(line), "postern: " NOT_BUILT "%s is missing; install the package ",
		path_to("postern-dbd-postgres"));
	ck_assert_msg(strstr(master.log, line) == master.log && count("\n") == 1, "%s", master.log);
	ck_assert_int_eq(count("secret"), 0);
}
END_TEST

START_TEST(the_scheme_chooses_the_program_of_dbd)
{
	ck_assert_int_eq(
		symlink(built("tests/http/stub-child"), path_to("postern-dbd-postgres")), 0);
	unlink(path_to("postern-dbd"));
	START("--database-url", "postgresql+asyncpg://app:secret@/app?host=db1:5433&host=db2");
	expect("2 workers, database postgresql://app@db1:5433,db2/app; API ");
	kill(master.pid, SIGHUP);
	expect("reloaded: 2 workers, database postgresql://app@db1:5433,db2/app\n");
	unlink(path_to("postern-dbd-postgres"));
	kill(master.pid, SIGHUP);
	expect("reload refused; nothing changed: " NOT_BUILT);
	stop_cleanly();
	ck_assert_int_eq(count("secret"), 0);
}
END_TEST

/* Checks that the log has one line and that it ends with this text. */
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

/* dbd has logged why it cannot start; the master adds no line. */
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

START_TEST(missing_program_is_one_line)
{
	unlink(path_to("postern-worker"));
	if (access(POSTERN_LIBEXECDIR "/postern-worker", X_OK) == 0)
		return; /* an installed program is found */
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

/* Supervises as postern's main does. */
static void supervise_here(void)
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
		.api = "",
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
		.served = { .api = api, .fd = shared_api_create(&api, 1) },
		.dbd_socket = name,
		.address = "here",
		.database = { .memory = true },
		.database_name = "in memory",
		.startup_timeout = 30000 };

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

/* Leaves descriptors for the listeners, the generations and the loop (2 each), the stats and the
 * declared API, but not for a channel. */
static void supervise_without_descriptors(void)
{
	int free_fds[8];

	for (size_t i = 0; i < NITEMS(free_fds); i++)
		free_fds[i] = dup(STDERR_FILENO);
	rlim_t most = (rlim_t)free_fds[NITEMS(free_fds) - 1] + 1;
	struct rlimit limit = { most, most };
	for (size_t i = 0; i < NITEMS(free_fds); i++)
		close(free_fds[i]);
	setrlimit(RLIMIT_NOFILE, &limit);
	supervise_here();
}

START_TEST(a_child_without_a_channel_ends_the_start_up)
{
	if (fork_master())
		supervise_without_descriptors();
	ck_assert_int_eq(finish(), EXIT_STARTUP);
	ck_assert_int_eq(count("\n"), 1);
	expect("[master] cannot start dbd: Too many open files\n");
}
END_TEST

/* Replacing. */

START_TEST(a_killed_worker_is_replaced)
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

/* Hanging. */

static const struct {
	const char *behaviour, *name, *whose, *seconds, *activity;
} hangs[] = {
	{ "worker 2:hang\n", "worker 2", "", "1.0", "validating a body (create posts)" },
	{ "dbd:hang writer\n", "dbd", "'s writer", "3.0", "committing a group" },
};

START_TEST(a_child_that_hangs_is_aborted_and_replaced)
{
	char line[200];

	steer(hangs[_i].behaviour);
	START("--timeout-watchdog=1");
	expect_serving();
	pid_t pid = pid_of(hangs[_i].name);
	steer("");
	snprintf(line, sizeof(line),
		"ERROR    [master] %s%s (pid %d) has made no progress for %s s while %s; aborting "
		"it\n",
		hangs[_i].name, hangs[_i].whose, (int)pid, hangs[_i].seconds, hangs[_i].activity);
	expect(line);
	snprintf(line, sizeof(line),
		"%s (pid %d) was killed by signal 6 (Aborted); starting another\n", hangs[_i].name,
		(int)pid);
	expect(line);
	snprintf(line, sizeof(line), "[%s] ready", hangs[_i].name);
	expect(line);
	stop_cleanly();
	ck_assert_int_eq(count("has made no progress"), 1);
}
END_TEST

/* Stopping. */

/* Checks that the log has first and, anywhere after it, second. */
static void check_order(const char *first, const char *second, size_t from)
{
	const char *a = strstr(master.log + from, first);

	ck_assert_msg(a && strstr(a, second), "no \"%s\" and then \"%s\" in:\n%s", first, second,
		master.log + from);
}

START_TEST(workers_finish_then_dbd)
{
	START("--log-level=info");
	expect_serving();
	kill(master.pid, SIGTERM);
	ck_assert_int_eq(finish(), EXIT_CLEAN);
	ck_assert(is_before("[worker 1] stopping", "[dbd] stopping"));
	ck_assert(is_before("[worker 2] stopping", "[dbd] stopping"));
	ck_assert_int_eq(count("WARNING") + count("ERROR"), 0);
}
END_TEST

START_TEST(connections_are_refused_during_a_stop)
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

START_TEST(children_end_when_the_master_is_killed)
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

/* Reloading. */

/* A worker drains once its successor is ready; dbd drains last, and before its successor is. */
START_TEST(a_reload_replaces_all_processes_in_order)
{
	START("--log-level=info");
	expect_serving();
	size_t before = master.size;
	kill(master.pid, SIGHUP);
	expect("reloaded: 2 workers, database ");
	check_order("[worker 1] ready", "[worker 1] draining", before);
	check_order("[worker 1] ready", "[worker 2] started", before);
	check_order("[worker 2] ready", "[worker 2] draining", before);
	check_order("[worker 2] ready", "[dbd] draining", before);
	check_order("[dbd] draining", "[dbd] ready", before);
	stop_cleanly();
	ck_assert_int_eq(count("] started"), 6);
	ck_assert_int_eq(count("] draining"), 3);
	ck_assert_int_eq(count("] stopping\n"), 3);
	ck_assert_int_eq(count("WARNING") + count("ERROR"), 0);
}
END_TEST

/* The configuration is checked before any process is told to drain. */
START_TEST(a_reload_with_an_invalid_configuration_changes_nothing)
{
	START("--log-level=info");
	expect_serving();
	unlink(path_to("postern-worker"));
	if (access(POSTERN_LIBEXECDIR "/postern-worker", X_OK) == 0) {
		stop_cleanly();
		return; /* an installed program is found */
	}
	kill(master.pid, SIGHUP);
	expect("ERROR    [master] reload refused; nothing changed: cannot find the program "
	       "postern-worker, neither in ");
	stop_cleanly();
	ck_assert_int_eq(count("] started"), 3);
}
END_TEST

START_TEST(a_reload_keeps_the_dbd_of_a_database_in_memory)
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

START_TEST(signals_without_a_handler_are_ignored)
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
	/* The test asks for the stop by a byte, as it does not know the pid of the master. */
	char byte;
	if (read(STDIN_FILENO, &byte, 1) >= 0)
		kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_RUNNING);
}

START_TEST(the_master_as_pid_1_reaps_orphans)
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
		return; /* root may not create a namespace here */
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
	tcase_add_test(tc, dbd_starts_before_the_workers_and_the_server_is_announced);
	tcase_add_loop_test(tc, wrong_usage_is_one_line, 0, NITEMS(usage_errors));
	tcase_add_loop_test(tc, a_missing_engine_is_wrong_usage, 0, 2);
	tcase_add_test(tc, the_scheme_chooses_the_program_of_dbd);
	tcase_add_test(tc, port_in_use_is_one_line);
	tcase_add_test(tc, database_that_cannot_be_opened_is_one_line);
	tcase_add_test(tc, missing_program_is_one_line);
	tcase_add_test(tc, program_that_cannot_be_executed_is_one_line);
	tcase_add_test(tc, a_killed_worker_is_replaced);
	tcase_add_loop_test(tc, a_child_that_hangs_is_aborted_and_replaced, 0, NITEMS(hangs));
	tcase_add_test(tc, workers_finish_then_dbd);
	tcase_add_test(tc, connections_are_refused_during_a_stop);
	tcase_add_test(tc, quit_stops_at_once);
	tcase_add_test(tc, children_end_when_the_master_is_killed);
	tcase_add_test(tc, a_reload_replaces_all_processes_in_order);
	tcase_add_test(tc, a_reload_with_an_invalid_configuration_changes_nothing);
	tcase_add_test(tc, a_reload_keeps_the_dbd_of_a_database_in_memory);
	tcase_add_test(tc, signals_without_a_handler_are_ignored);
	tcase_add_test(tc, log_file_that_cannot_be_opened_is_one_line);
	tcase_add_test(tc, the_master_as_pid_1_reaps_orphans);
	suite_add_tcase(suite, tc);
	/* Tools such as valgrind change the title and the descriptors. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_set_timeout(bare, TEST_TIMEOUT);
	tcase_add_checked_fixture(bare, set_up, tear_down);
	tcase_add_test(bare, children_inherit_what_the_contract_specifies);
	tcase_add_test(bare, children_inherit_no_other_descriptor);
	tcase_add_test(bare, process_titles_name_the_role);
	tcase_add_test(bare, a_child_without_a_channel_ends_the_start_up);
	suite_add_tcase(suite, bare);
	return suite;
}
