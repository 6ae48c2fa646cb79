/*
 * Each attempt runs in a process of its own, which first enters the sandbox of a role. A call that
 * the filter refuses ends the process by SIGSYS; a call that Landlock refuses fails. Builds with a
 * sanitizer have no filter. On a kernel without Landlock, attempts that it would refuse are
 * skipped.
 */
#include "buf.h"
#include "dbd_sandbox.h"
#include "log.h"
#include "net.h"
#include "sandbox.h"
#include "scratch.h"
#include "suite.h"
#include "worker_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BEYOND_ERRNO = 200, LANDLOCK_TCP = 4 };

#ifdef __SANITIZE_ADDRESS__
static const bool filters = false;
#else
static const bool filters = true;
#endif

static long landlock_abi(void)
{
	return syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* What exists before the sandbox: the folder of the database, another folder, and sockets. */
static char database[256], other[256];
static char dbd_name[128];
static int unix_listener, tcp_listener, tcp_socket, inherited;
static struct sockaddr_in tcp_address = { .sin_family = AF_INET };
static int said[2];

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void setup(void)
{
	socklen_t size = sizeof(tcp_address);

	scratch_setup();
	ck_assert_int_eq(mkdir(scratch_path("db"), 0700), 0);
	ck_assert_int_eq(mkdir(scratch_path("other"), 0700), 0);
	snprintf(database, sizeof(database), "%s", scratch_path("db/app.db"));
	snprintf(other, sizeof(other), "%s", scratch_path("other/app.db"));
	make_file(database);
	make_file(other);
	inherited = open(database, O_RDWR | O_CLOEXEC);
	unix_listener = net_listen_abstract(4, dbd_name, sizeof(dbd_name));
	tcp_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tcp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(tcp_listener, (struct sockaddr *)&tcp_address, size), 0);
	ck_assert_int_eq(listen(tcp_listener, 4), 0);
	ck_assert_int_eq(getsockname(tcp_listener, (struct sockaddr *)&tcp_address, &size), 0);
	tcp_socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(pipe2(said, O_CLOEXEC | O_NONBLOCK), 0);
}

static void teardown(void)
{
	scratch_teardown();
}

/* Attempts. Each returns 0 or an errno. */

static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

static int open_here(const char *path, int flags)
{
	return outcome(open(path, flags | O_CLOEXEC, 0600));
}

static int read_passwd(void)
{
	return open_here("/etc/passwd", O_RDONLY);
}

static int read_database(void)
{
	return open_here(database, O_RDONLY);
}

static int write_database(void)
{
	return open_here(database, O_RDWR);
}

static int write_other(void)
{
	return open_here(other, O_RDWR);
}

static int list_folder(void)
{
	return open_here("/", O_RDONLY | O_DIRECTORY);
}

static int use_inherited_file(void)
{
	return pwrite(inherited, "x", 1, 0) == 1 ? outcome(fdatasync(inherited)) : errno;
}

/* The file operations of SQLite on a write-ahead log. */
static int make_and_remove(void)
{
	char path[300];

	snprintf(path, sizeof(path), "%s-wal", database);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int folder = open(scratch_path("db"), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || folder < 0 || pwrite(fd, "x", 1, 4095) < 0 || ftruncate(fd, 10) < 0 ||
		fsync(fd) < 0 || fsync(folder) < 0)
		return errno;
	void *map = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	if (map == MAP_FAILED || fcntl(fd, F_SETLK, &lock) < 0)
		return errno;
	return outcome(unlink(path));
}

static int make_folder(void)
{
	return outcome(mkdir(scratch_path("db/folder"), 0700));
}

static int rename_database(void)
{
	return outcome(rename(database, other));
}

/* As posternctl migrate has it done. */

static int keep_copy(void)
{
	const char *copy = scratch_path("db/app.db-backup");
	int fd = open(copy, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fsync(fd) < 0)
		return outcome(-1);
	close(fd);
	return outcome(rename(copy, scratch_path("db/app.db.backup")));
}

static int write_plan(void)
{
	int fd = memfd_create("postern-plan", MFD_CLOEXEC);

	return outcome(fd < 0 || write(fd, "x", 1) != 1 || fcntl(fd, F_GET_SEALS) < 0 ? -1 : 0);
}

static int tcp(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM, 0));
}

static int datagram(void)
{
	return outcome(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int connect_dbd(void)
{
	return outcome(net_connect_abstract(dbd_name));
}

static int connect_tcp(void)
{
	return outcome(
		connect(tcp_socket, (const struct sockaddr *)&tcp_address, sizeof(tcp_address)));
}

static int accept_dbd(void)
{
	return net_accept(unix_listener) < 0 && errno == EAGAIN ? 0 : errno;
}

static int bind_tcp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };

	return outcome(bind(tcp_socket, (const struct sockaddr *)&any, sizeof(any)));
}

static int count_unsent(void)
{
	int n;

	return ioctl(tcp_socket, SIOCOUTQ, &n) < 0 && errno == EPERM ? errno : 0;
}

static int other_ioctl(void)
{
	int n;

	return outcome(ioctl(tcp_socket, FIONREAD, &n));
}

static int execute(void)
{
	char *argv[] = { NULL };

	return outcome(execve("/bin/true", argv, argv));
}

static int make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return outcome(pid);
}

static void *do_nothing(void *context)
{
	return context;
}

static int make_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, do_nothing, NULL);

	return error ? error : pthread_join(thread, NULL);
}

static int trace(void)
{
	return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int signal_parent(void)
{
	return outcome(kill(getppid(), 0));
}

static int signal_thread_of_parent(void)
{
	return outcome(tgkill(getppid(), getppid(), 0));
}

/* Input on the pipe would signal the parent. */
static int signal_by_input(void)
{
	return outcome(fcntl(said[0], F_SETOWN, getppid()));
}

static int make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int map_code(void)
{
	void *page = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : 0;
}

/* Memory from brk(2) and from mmap(2) that grows, moves and is freed. */
static int use_memory(void)
{
	for (size_t size = 64; size <= (size_t)64 * 1024 * 1024; size *= 16) {
		char *small = malloc(size);
		char *large = realloc(small, size * 4);
		if (!large)
			return ENOMEM;
		memset(large, 1, size * 4);
		free(large);
	}
	return 0;
}

static int compare_bytes(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

/* Before qsort takes much memory, it asks for the size of the memory. */
static int sort_much(void)
{
	static unsigned char bytes[64 * 1024];

	qsort(bytes, sizeof(bytes), 1, compare_bytes);
	return 0;
}

static int write_log(void)
{
	log_info("a line");
	return 0;
}

static int die(void)
{
	log_die("the end");
}

/* The compiler calls it when the guard after an array has been overwritten. */
extern void __stack_chk_fail(void);

static int smash_stack(void)
{
	__stack_chk_fail();
	return 0;
}

/* Roles. */

static void enter_worker(void)
{
	worker_sandbox_enter();
}

static void enter_dbd(void)
{
	dbd_sandbox_enter(database);
}

static void enter_memory(void)
{
	dbd_sandbox_enter(NULL);
}

/* Through a symbolic link in another folder: SQLite's files are next to the link's target. */
static void enter_linked(void)
{
	const char *link = scratch_path("other/link.db");

	if (symlink(database, link) < 0)
		_exit(BEYOND_ERRNO);
	dbd_sandbox_enter(link);
}

/* Returns the status of waitpid(2). The process's stderr can be read from said. */
static int attempt(void (*enter)(void), int (*act)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(said[1], STDERR_FILENO);
		if (enter)
			enter();
		_exit(act());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static const char *what_was_said(void)
{
	static char text[8192];
	ssize_t n = read(said[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

enum { OK = 0, FILTERED = BEYOND_ERRNO, ABORTED };

static const struct {
	const char *name;
	void (*enter)(void);
	int (*act)(void);
	int outcome; /* one of these, or the errno that Landlock or the tables cause */
} attempts[] = {
	{ "worker: read a file", enter_worker, read_passwd, EACCES },
	{ "worker: list a folder", enter_worker, list_folder, EACCES },
	{ "worker: TCP socket", enter_worker, tcp, FILTERED },
	{ "worker: datagrams", enter_worker, datagram, FILTERED },
	{ "worker: connect by TCP", enter_worker, connect_tcp, EACCES },
	{ "worker: bind", enter_worker, bind_tcp, FILTERED },
	{ "worker: execute", enter_worker, execute, FILTERED },
	{ "worker: fork", enter_worker, make_process, FILTERED },
	{ "worker: thread", enter_worker, make_thread, FILTERED },
	{ "worker: ptrace", enter_worker, trace, FILTERED },
	{ "worker: kill", enter_worker, signal_parent, FILTERED },
	{ "worker: tgkill", enter_worker, signal_thread_of_parent, FILTERED },
	{ "worker: signal by input", enter_worker, signal_by_input, FILTERED },
	{ "worker: make memory executable", enter_worker, make_code, FILTERED },
	{ "worker: map executable memory", enter_worker, map_code, FILTERED },
	{ "worker: another ioctl", enter_worker, other_ioctl, FILTERED },
	{ "worker: write a file that is open", enter_worker, use_inherited_file, FILTERED },
	{ "worker: count unsent bytes", enter_worker, count_unsent, OK },
	{ "worker: connect to dbd", enter_worker, connect_dbd, OK },
	{ "worker: accept", enter_worker, accept_dbd, OK },
	{ "worker: use memory", enter_worker, use_memory, OK },
	{ "worker: sort much", enter_worker, sort_much, OK },
	{ "worker: write the log", enter_worker, write_log, OK },
	{ "worker: die", enter_worker, die, ABORTED },
	{ "worker: smash the stack", enter_worker, smash_stack, ABORTED },
	{ "dbd: read a file elsewhere", enter_dbd, read_passwd, EACCES },
	{ "dbd: list a folder elsewhere", enter_dbd, list_folder, EACCES },
	{ "dbd: write another folder", enter_dbd, write_other, EACCES },
	{ "dbd: make a folder", enter_dbd, make_folder, FILTERED },
	{ "dbd: rename into another folder", enter_dbd, rename_database, EACCES },
	{ "dbd: keep a copy", enter_dbd, keep_copy, OK },
	{ "dbd: write a plan", enter_dbd, write_plan, OK },
	{ "dbd: TCP socket", enter_dbd, tcp, FILTERED },
	{ "dbd: connect", enter_dbd, connect_dbd, FILTERED },
	{ "dbd: execute", enter_dbd, execute, FILTERED },
	{ "dbd: fork", enter_dbd, make_process, FILTERED },
	{ "dbd: ptrace", enter_dbd, trace, FILTERED },
	{ "dbd: tgkill", enter_dbd, signal_thread_of_parent, FILTERED },
	{ "dbd: signal by input", enter_dbd, signal_by_input, FILTERED },
	{ "dbd: make memory executable", enter_dbd, make_code, FILTERED },
	{ "dbd: thread", enter_dbd, make_thread, OK },
	{ "dbd: read the database", enter_dbd, read_database, OK },
	{ "dbd: write the database", enter_dbd, write_database, OK },
	{ "dbd: write a file that is open", enter_dbd, use_inherited_file, OK },
	{ "dbd: make and remove a log", enter_dbd, make_and_remove, OK },
	{ "dbd: accept", enter_dbd, accept_dbd, OK },
	{ "dbd: use memory", enter_dbd, use_memory, OK },
	{ "dbd: sort much", enter_dbd, sort_much, OK },
	{ "dbd: write the log", enter_dbd, write_log, OK },
	{ "dbd: die", enter_dbd, die, ABORTED },
	{ "dbd: smash the stack", enter_dbd, smash_stack, ABORTED },
	{ "dbd in memory: read a file", enter_memory, read_database, EACCES },
	{ "dbd in memory: thread", enter_memory, make_thread, OK },
	{ "dbd by a link: make and remove a log", enter_linked, make_and_remove, OK },
	{ "dbd by a link: write beside the link", enter_linked, write_other, EACCES },
};

START_TEST(a_role_may_do_what_it_must_and_no_more)
{
	int want = attempts[_i].outcome;

	if ((want == FILTERED && !filters) || (want == EACCES && landlock_abi() < LANDLOCK_TCP))
		return;
	int status = attempt(attempts[_i].enter, attempts[_i].act);
	int got = WIFEXITED(status)             ? WEXITSTATUS(status)
		  : WTERMSIG(status) == SIGSYS  ? FILTERED
		  : WTERMSIG(status) == SIGABRT ? ABORTED
						: -1;
	ck_assert_msg(got == want, "%s: %d (status %#x) instead of %d; %s", attempts[_i].name, got,
		(unsigned)status, want, what_was_said());
}
END_TEST

START_TEST(a_refused_call_is_logged_by_its_number)
{
	char line[128];
	const char *all;

	if (!filters)
		return;
	attempt(enter_worker, execute);
	snprintf(line, sizeof(line),
		"CRITICAL the sandbox does not allow system call number %04d\n", SYS_execve);
	/* A line about missing restrictions may precede it. */
	all = what_was_said();
	ck_assert_uint_ge(strlen(all), strlen(line));
	ck_assert_str_eq(all + strlen(all) - strlen(line), line);
}
END_TEST

/* Acts like a kernel or a container that refuses the sandbox. */
static void refuse_confinement(void)
{
	const struct scmp_arg_cmp set_seccomp = { .op = SCMP_CMP_EQ, .datum_a = PR_SET_SECCOMP };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter ||
		seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) < 0 ||
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0) < 0 ||
		seccomp_rule_add_array(
			filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &set_seccomp) < 0 ||
		seccomp_load(filter) < 0)
		_exit(BEYOND_ERRNO);
	seccomp_release(filter);
	worker_sandbox_enter();
}

START_TEST(missing_restrictions_are_logged_in_one_line)
{
	int status = attempt(refuse_confinement, execute);
	const char *line = what_was_said();

	ck_assert_int_eq(status, 0);
	ck_assert_ptr_nonnull(strstr(line,
		"INFO     [postern] the sandbox is incomplete; files and TCP are not restricted "
		"(Landlock: Function not implemented)"));
	if (filters)
		ck_assert_ptr_nonnull(strstr(
			line, "; system calls are not filtered (seccomp: Invalid argument)\n"));
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tc = tcase_create("sandbox");
	TCase *bare = tcase_create("bare");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, missing_restrictions_are_logged_in_one_line);
	suite_add_tcase(suite, tc);
	tcase_set_tags(bare, "bare confined");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_loop_test(bare, a_role_may_do_what_it_must_and_no_more, 0, NITEMS(attempts));
	tcase_add_test(bare, a_refused_call_is_logged_by_its_number);
	suite_add_tcase(suite, bare);
	return suite;
}
