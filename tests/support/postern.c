#include "postern.h"

#include "loop.h"
#include "process.h"
#include "timeouts.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOG_MOST = 64 * 1024 * 1024,
	LOG_END = 6 * 1024,
	LOG_PIPE = 1024 * 1024, /* the log waits in the pipe while a test does something else */
	VARIABLES_KEPT = 16,
	ENVIRONMENT_MAX = VARIABLES_KEPT + POSTERN_VARIABLES_MAX + 4
};

extern char **environ;

const char *postern_build_dir(void)
{
	const char *folder = getenv("POSTERN_BUILD_DIR");

	return folder && *folder ? folder : "build";
}

static void make_folder(struct postern *p)
{
	const char *parent = getenv("TMPDIR");

	*p = (struct postern){ .log_fd = -1 };
	buf_init(&p->log, LOG_MOST);
	/* A TMPDIR that does not fit into the buffer is not used. */
	if (!parent || strlen(parent) > 32)
		parent = "/tmp";
	snprintf(p->folder, sizeof(p->folder), "%s/postern-test-XXXXXX", parent);
	ck_assert_ptr_nonnull(mkdtemp(p->folder));
}

void postern_init_on(struct postern *p, const char *url)
{
	make_folder(p);
	snprintf(p->url, sizeof(p->url), "%s", url);
}

void postern_init(struct postern *p)
{
	make_folder(p);
	snprintf(p->database, sizeof(p->database), "%s/app.db", p->folder);
	test_database_new(p->database, p->url);
}

/* Starting. */

/* The program inherits the variables that the loader, sanitizers and temporary files need, but no
 * setting except POSTERN_SANDBOX. If root runs the tests, the server stays root. */
static void make_environment(const struct postern_plan *plan, const char *envp[ENVIRONMENT_MAX])
{
	static const char *const kept[] = { "PATH=", "TMPDIR=", "LD_LIBRARY_PATH=", "ASAN_OPTIONS=",
		"UBSAN_OPTIONS=", "LSAN_OPTIONS=", "TSAN_OPTIONS=", "POSTERN_SANDBOX=" };
	size_t n = 0;

	for (char **e = environ; *e; e++)
		for (size_t i = 0; i < NITEMS(kept); i++)
			if (strncmp(*e, kept[i], strlen(kept[i])) == 0 && n < VARIABLES_KEPT)
				envp[n++] = *e;
	for (size_t i = 0; i < POSTERN_VARIABLES_MAX && plan->variables[i]; i++)
		envp[n++] = plan->variables[i];
	if (geteuid() == 0)
		envp[n++] = "POSTERN_USER=root";
	envp[n] = NULL;
}

/* Drops the capabilities by which root may use every file, from the bounding set and, as some
 * containers pass them on by it, from the inheritable set (capabilities(7)). */
static void drop_privilege(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) < 0 ||
		prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH) < 0 ||
		syscall(SYS_capget, &header, data) < 0)
		_exit(120);
	data[0].inheritable = 0;
	if (syscall(SYS_capset, &header, data) < 0)
		_exit(120);
}

/* Copies strings, because the type of execve(2)'s arguments is not const. Never freed: the process
 * is about to call execve(2). */
static char **copy_words(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	char **copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++)
		copy[i] = strdup(words[i]);
	return copy;
}

/* Sets LISTEN_PID to this process, which is about to execute the program. A LISTEN_PID of the plan
 * comes earlier in the environment and takes precedence (getenv(3)). */
static void give_listeners(const struct postern_plan *plan, const char **envp)
{
	static char number[32], pid[32];
	int high[POSTERN_LISTENERS_MAX];

	for (unsigned i = 0; i < plan->nlisteners; i++)
		high[i] = fcntl(plan->listeners[i], F_DUPFD_CLOEXEC, 100);
	for (unsigned i = 0; i < plan->nlisteners; i++)
		dup2(high[i], STDERR_FILENO + 1 + (int)i);
	snprintf(number, sizeof(number), "LISTEN_FDS=%u", plan->nlisteners);
	snprintf(pid, sizeof(pid), "LISTEN_PID=%d", (int)getpid());
	while (*envp)
		envp++;
	*envp++ = number;
	*envp++ = pid;
	*envp = NULL;
}

static void become_limited_user(void)
{
	if (setresgid(POSTERN_LIMITED_USER, POSTERN_LIMITED_USER, POSTERN_LIMITED_USER) < 0 ||
		setresuid(POSTERN_LIMITED_USER, POSTERN_LIMITED_USER, POSTERN_LIMITED_USER) < 0)
		_exit(124);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* setresuid(2) has cleared it */
}

static void set_limit(const struct postern_limit *limit)
{
	if (!limit)
		return;
	struct rlimit both = { limit->value, limit->value };
	if (setrlimit((__rlimit_resource_t)limit->resource, &both) < 0)
		_exit(123);
}

/* Runs in the child. */
_Noreturn static void become_postern(const struct postern_plan *plan, const char *program,
	const char *const *argv, int log, pid_t tester)
{
	const char *envp[ENVIRONMENT_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != tester)
		_exit(121);
	if (plan->unprivileged && geteuid() == 0)
		drop_privilege();
	dup2(log, STDERR_FILENO);
	if (plan->limit && plan->limit->resource == RLIMIT_NPROC && geteuid() == 0)
		become_limited_user();
	make_environment(plan, envp);
	if (plan->nlisteners > 0)
		give_listeners(plan, envp);
	char **words = copy_words(argv), **variables = copy_words(envp);
	set_limit(plan->limit);
	execve(program, words, variables);
	_exit(122);
}

void postern_launch(struct postern *p, const struct postern_plan *plan)
{
	char program[256], absolute[PATH_MAX];
	const char *standard[] = { "postern", "--host", "127.0.0.1", "--port", "0", "--workers",
		"2", "--log-level", "debug", "--no-access-log", "--database-url", p->url };
	const char *argv[NITEMS(standard) + POSTERN_ARGS_MAX + 1] = { 0 };
	size_t n = plan->bare ? 1 : NITEMS(standard);
	int log[2];

	snprintf(program, sizeof(program), "%s/postern", postern_build_dir());
	ck_assert_msg(access(program, X_OK) == 0, "%s: %s", program, strerror(errno));
	ck_assert_ptr_nonnull(realpath(program, absolute));
	memcpy(argv, standard, n * sizeof(*argv));
	memcpy(argv + n, plan->args, sizeof(plan->args));
	ck_assert_int_eq(pipe2(log, O_CLOEXEC), 0);
	(void)fcntl(log[1], F_SETPIPE_SZ, LOG_PIPE);
	pid_t tester = getpid();
	p->pid = fork();
	ck_assert_int_ge(p->pid, 0);
	if (p->pid == 0)
		become_postern(plan, absolute, argv, log[1], tester);
	close(log[1]);
	if (p->log_fd >= 0)
		close(p->log_fd);
	p->log_fd = log[0];
	buf_reset(&p->log, 0);
}

void postern_await_serving(struct postern *p)
{
	static const char serving[] = "serving on http://127.0.0.1:";

	postern_await_log(p, 0, serving, POSTERN_START_MS);
	p->port = atoi(strstr(postern_log(p), serving) + strlen(serving));
	ck_assert_int_gt(p->port, 0);
}

void postern_start(struct postern *p, const struct postern_plan *plan)
{
	postern_init(p);
	postern_launch(p, plan);
	postern_await_serving(p);
}

/* The log. */

/* Waits for more of the log until the timeout. Returns false if all writers of the pipe are gone.
 */
static bool read_log(struct postern *p, int timeout_ms)
{
	struct pollfd readable = { .fd = p->log_fd, .events = POLLIN };

	if (poll(&readable, 1, timeout_ms) <= 0)
		return true;
	char *room = buf_reserve(&p->log, 64 * 1024);
	ck_assert_ptr_nonnull(room);
	ssize_t n = read(p->log_fd, room, 64 * 1024);
	if (n > 0)
		buf_commit(&p->log, (size_t)n);
	return n > 0;
}

static int ms_until(uint64_t deadline)
{
	uint64_t now = clock_ms();

	return deadline > now ? (int)(deadline - now) : 0;
}

const char *postern_log(struct postern *p)
{
	/* A NUL after the end, which is not part of the log. */
	char *end = buf_reserve(&p->log, 1);

	ck_assert_ptr_nonnull(end);
	*end = '\0';
	return buf_view(&p->log).ptr;
}

const char *postern_log_end(struct postern *p)
{
	size_t length = buf_len(&p->log);

	return postern_log(p) + (length > LOG_END ? length - LOG_END : 0);
}

size_t postern_log_len(struct postern *p)
{
	struct pollfd readable = { .fd = p->log_fd, .events = POLLIN };

	while (poll(&readable, 1, 0) > 0 && read_log(p, 0))
		continue;
	return buf_len(&p->log);
}

void postern_await_log(struct postern *p, size_t from, const char *text, int timeout_ms)
{
	uint64_t deadline = clock_ms() + (uint64_t)patience(timeout_ms);
	bool open = true;

	while (!strstr(postern_log(p) + from, text)) {
		int left = ms_until(deadline);
		ck_assert_msg(open && left > 0, "waited for \"%s\", the log %s:\n%s", text,
			open ? "holds only" : "has ended", postern_log_end(p));
		open = read_log(p, left);
	}
}

/* Children. */

/* The parent of a process, from /proc/PID/stat. The fields after the name, which may contain any
 * character, are the state and the parent. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[512];
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	const char *behind = strrchr(text, ')');
	if (!behind || sscanf(behind, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

/* Identifies a child by its environment, because its program may be another one (valgrind). */
static bool has_name(pid_t pid, const char *name)
{
	char path[64], *entry = NULL;
	size_t size = 0;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getdelim(&entry, &size, '\0', file) > 0)
		found = str_starts(str_from(entry), STR(PROCESS_ENV_NAME "=")) &&
			strcmp(entry + strlen(PROCESS_ENV_NAME "="), name) == 0;
	free(entry);
	fclose(file);
	return found;
}

pid_t postern_child(const struct postern *p, const char *name)
{
	pid_t found = 0;
	DIR *folder = opendir("/proc");

	ck_assert_ptr_nonnull(folder);
	for (struct dirent *entry; !found && (entry = readdir(folder));) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (pid > 0 && parent_of(pid) == p->pid && has_name(pid, name))
			found = pid;
	}
	closedir(folder);
	return found;
}

void postern_kill_child(struct postern *p, const char *name)
{
	char dead[64];
	pid_t pid = postern_child(p, name);
	size_t log = postern_log_len(p);

	ck_assert_msg(pid > 0, "there is no %s", name);
	snprintf(dead, sizeof(dead), "%s (pid %d) was killed by signal 9", name, (int)pid);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	postern_await_log(p, log, dead, POSTERN_STOP_MS);
}

/* Stopping. */

static void assert_no_finding(struct postern *p)
{
	static const char *const findings[] = { "ERROR: AddressSanitizer",
		"runtime error:", "ERROR: LeakSanitizer" };

	for (size_t i = 0; i < NITEMS(findings); i++) {
		const char *finding = strstr(postern_log(p), findings[i]);
		ck_assert_msg(!finding, "%.*s", LOG_END, finding);
	}
}

int postern_wait(struct postern *p, int timeout_ms)
{
	uint64_t deadline = clock_ms() + (uint64_t)patience(timeout_ms);
	int status;

	while (read_log(p, ms_until(deadline)))
		ck_assert_msg(ms_until(deadline) > 0, "not ended after %d ms:\n%s", timeout_ms,
			postern_log_end(p));
	ck_assert_int_eq(waitpid(p->pid, &status, 0), p->pid);
	p->pid = 0;
	assert_no_finding(p);
	return status;
}

static void assert_only_database(const struct postern *p)
{
	DIR *folder = opendir(p->folder);

	ck_assert_ptr_nonnull(folder);
	for (struct dirent *entry; (entry = readdir(folder));)
		ck_assert_msg(entry->d_name[0] == '.' || strcmp(entry->d_name, "app.db") == 0,
			"%s is left in the database's folder", entry->d_name);
	closedir(folder);
}

void postern_stop(struct postern *p)
{
	ck_assert_int_eq(kill(p->pid, SIGTERM), 0);
	int status = postern_wait(p, POSTERN_STOP_MS);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "ended with %#x:\n%s",
		(unsigned)status, postern_log_end(p));
	assert_only_database(p);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

void postern_done(struct postern *p)
{
	ck_assert_int_eq(p->pid, 0);
	nftw(p->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	if (p->log_fd >= 0)
		close(p->log_fd);
	buf_done(&p->log);
}

/* The database. */

const char *postern_sql(const struct postern *p, const char *sql)
{
	return test_database_sql(p->url, sql);
}

void postern_check_database(const struct postern *p)
{
	test_database_check(p->url);
}

void postern_share_database(struct postern *other, const struct postern *p)
{
	make_folder(other);
	ck_assert_int_eq(rmdir(other->folder), 0);
	memcpy(other->folder, p->folder, sizeof(other->folder));
	memcpy(other->database, p->database, sizeof(other->database));
	memcpy(other->url, p->url, sizeof(other->url));
}

void postern_insert_posts(const struct postern *p, int n)
{
	test_database_insert_posts(p->url, (unsigned)n, 200);
}
