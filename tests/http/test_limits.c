/* Each limit of setrlimit(2), lowered: the server serves, or logs one line that names the limit. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"
#include "timeouts.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_STARTUP = 3, KIB = 1024, MIB = 1024 * KIB };

/* Sanitizers and valgrind need more memory than any of these limits. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { LIMITS_MEMORY = false };
#else
enum { LIMITS_MEMORY = true };
#endif

static struct postern server;

static const struct {
	struct postern_limit limit;
	const char *says;   /* the line of a failed start contains it */
	bool serves, fails; /* the result that it must have; neither: both are valid */
	bool memory;        /* limits memory */
} lowered[] = {
	{ { RLIMIT_FSIZE, 0 }, .says = "RLIMIT_FSIZE is 0", .fails = true },
	{ { RLIMIT_FSIZE, 4 * KIB }, .says = "RLIMIT_FSIZE is 4096", .fails = true },
	{ { RLIMIT_FSIZE, 300 * KIB }, .says = "RLIMIT_FSIZE is 307200", .fails = true },
	{ { RLIMIT_FSIZE, 1 * MIB }, .says = "RLIMIT_FSIZE is 1048576" },
	{ { RLIMIT_FSIZE, 3 * MIB }, .says = "RLIMIT_FSIZE is 3145728" },
	{ { RLIMIT_FSIZE, 64 * MIB }, .says = "", .serves = true },
	{ { RLIMIT_NOFILE, 4 }, .says = "RLIMIT_NOFILE is 4", .fails = true },
	{ { RLIMIT_NOFILE, 10 }, .says = "RLIMIT_NOFILE is 10", .fails = true },
	{ { RLIMIT_NOFILE, 20 }, .says = "RLIMIT_NOFILE is 20", .fails = true },
	{ { RLIMIT_NOFILE, 63 }, .says = "RLIMIT_NOFILE is 63", .fails = true },
	{ { RLIMIT_NOFILE, 64 }, .says = "", .serves = true },
	{ { RLIMIT_AS, 4 * MIB }, .says = "RLIMIT_AS is 4194304", .memory = true },
	{ { RLIMIT_AS, 8 * MIB }, .says = "RLIMIT_AS is 8388608", .memory = true },
	{ { RLIMIT_AS, 12 * MIB }, .says = "RLIMIT_AS is 12582912", .memory = true },
	{ { RLIMIT_AS, 16 * MIB }, .says = "RLIMIT_AS is 16777216", .memory = true },
	{ { RLIMIT_AS, 20 * MIB }, .says = "", .memory = true },
	{ { RLIMIT_AS, 24 * MIB }, .says = "", .memory = true },
	{ { RLIMIT_AS, 32 * MIB }, .says = "", .memory = true },
	{ { RLIMIT_AS, 512 * MIB }, .says = "", .serves = true, .memory = true },
	{ { RLIMIT_DATA, 200 * KIB }, .says = "", .memory = true },
	{ { RLIMIT_DATA, 300 * KIB }, .says = "", .memory = true },
	{ { RLIMIT_DATA, 600 * KIB }, .says = "", .memory = true },
	{ { RLIMIT_DATA, 1000 * KIB }, .says = "", .memory = true },
	{ { RLIMIT_DATA, 2 * MIB }, .says = "", .memory = true },
	{ { RLIMIT_DATA, 4 * MIB }, .says = "", .memory = true },
	{ { RLIMIT_DATA, 256 * MIB }, .says = "", .serves = true, .memory = true },
	{ { RLIMIT_STACK, 32 * KIB }, .says = "RLIMIT_STACK is 32768", .fails = true,
		.memory = true },
	{ { RLIMIT_STACK, 64 * KIB }, .says = "RLIMIT_STACK is 65536", .fails = true,
		.memory = true },
	{ { RLIMIT_STACK, 256 * KIB }, .says = "", .serves = true, .memory = true },
	{ { RLIMIT_NPROC, 1 }, .says = "RLIMIT_NPROC is 1", .fails = true },
	{ { RLIMIT_NPROC, 2 }, .says = "RLIMIT_NPROC is 2", .fails = true },
	{ { RLIMIT_NPROC, 3 }, .says = "RLIMIT_NPROC is 3", .fails = true },
	{ { RLIMIT_NPROC, 4 }, .says = "RLIMIT_NPROC is 4" },
	{ { RLIMIT_NPROC, 5 }, .says = "RLIMIT_NPROC is 5" },
	{ { RLIMIT_MEMLOCK, 0 }, .says = "", .serves = true },
	{ { RLIMIT_CORE, 0 }, .says = "", .serves = true },
	{ { RLIMIT_SIGPENDING, 0 }, .says = "", .serves = true },
	{ { RLIMIT_MSGQUEUE, 0 }, .says = "", .serves = true },
	{ { RLIMIT_LOCKS, 0 }, .says = "", .serves = true },
	{ { RLIMIT_NICE, 0 }, .says = "", .serves = true },
};

/* Waits until the server serves; returns false if all its processes have ended instead. */
static bool serves(void)
{
	struct pollfd log = { .fd = server.log_fd, .events = POLLIN };

	for (;;) {
		postern_log_len(&server);
		if (strstr(postern_log(&server), "serving on http://"))
			return true;
		ck_assert_msg(poll(&log, 1, patience(POSTERN_START_MS)) == 1, "no result: %s",
			postern_log_end(&server));
		if (log.revents == POLLHUP)
			return false;
	}
}

static void use(void)
{
	char body[256];

	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
	int status = http_client_ask_once(server.port, "POST", "/users",
		"{\"username\":\"ada\",\"email\":\"ada@example.com\"}", body, sizeof(body));
	ck_assert_msg(status == 201 || status == 507, "%d %s", status, body);
	ck_assert_ptr_null(strstr(postern_log(&server), "starting another"));
	postern_stop(&server);
}

/* Returns false if --version fails too: the kernel or the loader ended the process before main().
 */
static bool gets_to_main(const struct postern_limit *limit)
{
	struct postern probe;

	postern_init(&probe);
	postern_launch(&probe,
		&(struct postern_plan){ .args = { "--version" }, .bare = true, .limit = limit });
	/* If root runs the tests, the limited user may have no access to the programs. */
	int status = postern_wait(&probe, POSTERN_START_MS);
	postern_done(&probe);
	return status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_STARTUP);
}

static void expect_one_line(const char *says)
{
	const char *log = postern_log(&server), *end = strchr(log, '\n');

	ck_assert_msg(end && end > log && end[1] == '\0', "not one line: %s", log);
	ck_assert_msg(strstr(log, says) != NULL, "no \"%s\": %s", says, log);
}

START_TEST(with_a_lowered_limit_it_serves_or_names_it)
{
	const char *says = lowered[_i].says;

	if ((lowered[_i].memory && !LIMITS_MEMORY) || !gets_to_main(&lowered[_i].limit))
		return;
	postern_init(&server);
	if (lowered[_i].limit.resource == RLIMIT_NPROC && geteuid() == 0)
		ck_assert_int_eq(
			chown(server.folder, POSTERN_LIMITED_USER, POSTERN_LIMITED_USER), 0);
	postern_launch(&server, &(struct postern_plan){ .args = { "--log-level", "info", "--host",
								"127.0.0.1", "--port", "0" },
					.limit = &lowered[_i].limit });
	if (serves()) {
		ck_assert_msg(!lowered[_i].fails, "it serves: %s", postern_log_end(&server));
		use();
	} else {
		int status = postern_wait(&server, POSTERN_STOP_MS);
		ck_assert_msg(
			!lowered[_i].serves, "it does not serve: %s", postern_log_end(&server));
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_STARTUP,
			"ended with %#x: %s", (unsigned)status, postern_log_end(&server));
		expect_one_line(says);
	}
	postern_done(&server);
}
END_TEST

/* At run time: a file that may not grow is like a full disk. */

static void limit_files(pid_t pid, rlim_t most)
{
	const struct rlimit limit = { most, RLIM_INFINITY };

	ck_assert_int_eq(prlimit(pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

static int add_user(int n)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"username\":\"user%d\",\"email\":\"user%d@example.com\"}",
		n, n);
	return http_client_ask_once(server.port, "POST", "/users", body, NULL, 0);
}

START_TEST(a_database_that_may_not_grow_is_507)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	ck_assert_int_eq(add_user(1), 201);
	pid_t dbd = postern_child(&server, "dbd");
	limit_files(dbd, 8 * KIB);
	size_t log = postern_log_len(&server);
	ck_assert_int_eq(add_user(2), 507);
	postern_await_log(&server, log, "(File too large)", POSTERN_STOP_MS);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users/1", NULL, NULL, 0), 200);
	limit_files(dbd, RLIM_INFINITY);
	ck_assert_int_eq(add_user(3), 201);
	ck_assert_int_eq(postern_child(&server, "dbd"), dbd);
	postern_stop(&server);
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM users;"), "2");
	postern_done(&server);
}
END_TEST

/* A list of this length is read by another thread, which cannot be started. */
START_TEST(a_long_list_without_a_thread_is_503)
{
	const struct rlimit none = { 1 * MIB, RLIM_INFINITY };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (!LIMITS_MEMORY)
		return;
	postern_start(&server, &(struct postern_plan){ 0 });
	ck_assert_int_eq(add_user(1), 201);
	postern_sql(&server, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
			     "WHERE i < 3000) INSERT INTO posts (title, content, user_id, "
			     "date_posted) SELECT 'title', printf('%0200d', i), 1, "
			     "'2026-01-02 03:04:05.000000' FROM n;");
	pid_t dbd = postern_child(&server, "dbd");
	ck_assert_int_eq(prlimit(dbd, RLIMIT_AS, &none, NULL), 0);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/posts", NULL, NULL, 0), 503);
	ck_assert_int_eq(prlimit(dbd, RLIMIT_AS, &all, NULL), 0);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/posts", NULL, NULL, 0), 200);
	ck_assert_int_eq(postern_child(&server, "dbd"), dbd);
	postern_stop(&server);
	postern_done(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/limits");
	TCase *tests = tcase_create("limits");

	tcase_set_tags(tests, "bare confined");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, with_a_lowered_limit_it_serves_or_names_it, 0, NITEMS(lowered));
	tcase_add_test(tests, a_database_that_may_not_grow_is_507);
	tcase_add_test(tests, a_long_list_without_a_thread_is_503);
	suite_add_tcase(suite, tests);
	return suite;
}
