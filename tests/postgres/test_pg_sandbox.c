/*
 * The sandbox of dbd for PostgreSQL: what libpq, TLS and the resolver need is allowed, and not much
 * else. As in unit/test_sandbox.c, each attempt runs in a process of its own; connections with
 * libpq itself are made by the tests that run dbd.
 */
#include "net.h"
#include "pg_sandbox.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LANDLOCK_TCP = 4, FILTERED = 200, FAILED };

#ifdef __SANITIZE_ADDRESS__
static const bool filters = false;
#else
static const bool filters = true;
#endif

static uint16_t port, other_port;
static int entered[2], renewed[2]; /* pipes from and to the process that tries */
static char name[128];
static struct database_url url;

static uint16_t listen_somewhere(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin_port);
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void setup(void)
{
	static const char *const folders[] = { "home", "home/.postgresql", "certificates",
		"renewed" };

	scratch_setup();
	for (size_t i = 0; i < NITEMS(folders); i++)
		ck_assert_int_eq(mkdir(scratch_path(folders[i]), 0700), 0);
	make_file(scratch_path("home/.pgpass"));
	make_file(scratch_path("home/secret"));
	make_file(scratch_path("home/.postgresql/root.crt"));
	make_file(scratch_path("renewed/1.pem"));
	ck_assert_int_eq(symlink("../renewed/1.pem", scratch_path("certificates/ca.pem")), 0);
	setenv("HOME", scratch_path("home"), 1);
	unsetenv("PGSERVICE");
	unsetenv("PGPORT");
	port = listen_somewhere();
	other_port = listen_somewhere();
	ck_assert(pipe2(entered, O_CLOEXEC) == 0 && pipe2(renewed, O_CLOEXEC) == 0);
	ck_assert_int_ge(net_listen_abstract(4, name, sizeof(name)), 0);
}

static void parse(const char *options)
{
	struct buf text;

	buf_init(&text, 10000);
	buf_printf(&text, "postgresql://127.0.0.1:%u/app?sslrootcert=%s%s%c", port,
		scratch_path("certificates/ca.pem"), options, 0);
	ck_assert(database_url_parse(buf_view(&text).ptr, &url, &text));
	buf_done(&text);
}

/* Attempts. Each returns 0 or an errno. */

static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

static int read_here(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	return fd < 0 ? errno : outcome(read(fd, &byte, 1));
}

static int read_resolver(void)
{
	return read_here("/etc/hosts");
}

static int read_certificate(void)
{
	return read_here(scratch_path("certificates/ca.pem"));
}

/* The next certificate, as certbot puts it in place; the parent does that when it is told. */
static int read_renewed(void)
{
	char byte = 0;

	if (write(entered[1], &byte, 1) != 1 || read(renewed[0], &byte, 1) != 1)
		return FAILED;
	return read_certificate();
}

static int read_passwords(void)
{
	return read_here(scratch_path("home/.pgpass"));
}

static int read_home_certificate(void)
{
	return read_here(scratch_path("home/.postgresql/root.crt"));
}

static int read_home(void)
{
	return read_here(scratch_path("home/secret"));
}

static int read_proc(void)
{
	return read_here("/proc/self/environ");
}

static int write_passwords(void)
{
	return outcome(open(scratch_path("home/.pgpass"), O_WRONLY | O_CLOEXEC));
}

static int connect_port(uint16_t to)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(to),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : outcome(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int connect_server(void)
{
	return connect_port(port);
}

static int connect_other(void)
{
	return connect_port(other_port);
}

static int connect_socket(void)
{
	return outcome(net_connect_abstract(name));
}

/* As the loop watches libpq's socket. */
static int duplicate(void)
{
	return outcome(fcntl(entered[0], F_DUPFD_CLOEXEC, 0));
}

/* Input on the pipe would signal the parent. */
static int signal_by_input(void)
{
	return outcome(fcntl(entered[0], F_SETOWN, getppid()));
}

static int resolve(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG }, *found;
	int error = getaddrinfo("localhost", "5432", &hints, &found);

	if (!error)
		freeaddrinfo(found);
	return error ? FAILED : 0;
}

static int bind_port(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return outcome(bind(fd, (struct sockaddr *)&any, sizeof(any)));
}

static int raw_socket(void)
{
	return outcome(socket(AF_PACKET, SOCK_RAW, 0));
}

static int load_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : 0;
}

static int execute(void)
{
	char *argv[] = { NULL };

	return outcome(execve("/bin/true", argv, argv));
}

static void *resolve_there(void *context)
{
	*(int *)context = resolve();
	return NULL;
}

static int resolve_in_thread(void)
{
	pthread_t thread;
	int result = FAILED;
	int error = pthread_create(&thread, NULL, resolve_there, &result);

	return error ? error : (pthread_join(thread, NULL), result);
}

static const struct {
	const char *what;
	int (*act)(void);
	int outcome; /* an errno that Landlock or the tables cause, or FILTERED */
	const char *options;
} attempts[] = {
	{ "read the resolver's files", read_resolver, 0, "" },
	{ "read the certificate", read_certificate, 0, "" },
	{ "read a renewed certificate", read_renewed, 0, "" },
	{ "read .pgpass", read_passwords, 0, "" },
	{ "read .postgresql", read_home_certificate, 0, "" },
	{ "read the home", read_home, EACCES, "" },
	{ "read /proc", read_proc, EACCES, "" },
	{ "write .pgpass", write_passwords, EACCES, "" },
	{ "connect to the server", connect_server, 0, "" },
	{ "connect to another port", connect_other, EACCES, "" },
	{ "connect to the port of a service", connect_other, 0, "&service=app" },
	{ "connect to a Unix socket", connect_socket, 0, "" },
	{ "duplicate a descriptor", duplicate, 0, "" },
	{ "signal by input", signal_by_input, FILTERED, "" },
	{ "resolve", resolve, 0, "" },
	{ "resolve in a thread", resolve_in_thread, 0, "" },
	{ "bind", bind_port, FILTERED, "" },
	{ "open a raw socket", raw_socket, FILTERED, "" },
	{ "load code", load_code, EACCES, "" },
	{ "execute", execute, FILTERED, "" },
};

static void renew(void)
{
	char byte;

	ck_assert_int_eq(read(entered[0], &byte, 1), 1);
	make_file(scratch_path("renewed/2.pem"));
	ck_assert_int_eq(symlink("../renewed/2.pem", scratch_path("certificates/next")), 0);
	ck_assert_int_eq(
		rename(scratch_path("certificates/next"), scratch_path("certificates/ca.pem")), 0);
	ck_assert_int_eq(write(renewed[1], &byte, 1), 1);
}

/* Landlock's refusals are EACCES; those of the filter, too, for code. */
static bool can_be_tried(int want, int (*act)(void))
{
	long abi = syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

	if (want == FILTERED || act == load_code)
		return filters;
	return want == 0 || (abi >= LANDLOCK_TCP && (filters || act != read_proc));
}

START_TEST(libpq_may_do_what_it_must_and_no_more)
{
	int want = attempts[_i].outcome, status;

	if (!can_be_tried(want, attempts[_i].act))
		return;
	parse(attempts[_i].options);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		pg_sandbox_enter(&url);
		_exit(attempts[_i].act());
	}
	if (attempts[_i].act == read_renewed)
		renew();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	int got = WIFEXITED(status)            ? WEXITSTATUS(status)
		  : WTERMSIG(status) == SIGSYS ? FILTERED
					       : FAILED;
	ck_assert_msg(got == want, "%s: %d instead of %d (status %#x)", attempts[_i].what, got,
		want, (unsigned)status);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_sandbox");
	TCase *tc = tcase_create("pg_sandbox");

	tcase_add_checked_fixture(tc, setup, scratch_teardown);
	tcase_add_loop_test(tc, libpq_may_do_what_it_must_and_no_more, 0, NITEMS(attempts));
	suite_add_tcase(suite, tc);
	return suite;
}
