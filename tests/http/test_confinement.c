/* What the processes gave up, as the kernel tells it; proc(5). */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILTERING = 2 /* SECCOMP_MODE_FILTER */ };

#define ADA "{\"username\":\"ada\",\"email\":\"ada@example.com\"}"

#ifdef __SANITIZE_ADDRESS__
static const bool filters = false;
#else
static const bool filters = true;
#endif

static const char *const children[] = { "dbd", "worker 1", "worker 2" };

static struct postern server;

static void setup(void)
{
	postern_init(&server);
}

static void teardown(void)
{
	postern_done(&server);
}

static void start(const struct postern_plan *plan)
{
	postern_launch(&server, plan);
	postern_await_serving(&server);
}

/* The rest of the line of /proc/PID/status that begins with name and a colon. Static. */
static const char *status_of(pid_t pid, const char *name)
{
	static char line[256];
	char path[64];
	size_t n = strlen(name);

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	bool found = false;
	while (!found && fgets(line, sizeof(line), file))
		found = strncmp(line, name, n) == 0 && line[n] == ':';
	fclose(file);
	ck_assert_msg(found, "no %s in %s", name, path);
	return line + n + 1;
}

static void assert_status(const char *child, const char *name, int value)
{
	pid_t pid = postern_child(&server, child);

	ck_assert_int_gt(pid, 0);
	ck_assert_msg(atoi(status_of(pid, name)) == value, "%s: %s is %s", child, name,
		status_of(pid, name));
}

static void assert_serves(void)
{
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
}

START_TEST(test_children_are_confined)
{
	start(&(struct postern_plan){ 0 });
	for (size_t i = 0; i < NITEMS(children); i++) {
		assert_status(children[i], "NoNewPrivs", 1);
		if (filters)
			assert_status(children[i], "Seccomp", FILTERING);
	}
	assert_serves();
	postern_kill_child(&server, "dbd");
	assert_serves();
	postern_stop(&server);
}
END_TEST

START_TEST(test_confinement_can_be_switched_off)
{
	int no_new_privs = atoi(status_of(getpid(), "NoNewPrivs"));
	int seccomp = atoi(status_of(getpid(), "Seccomp"));

	start(&(struct postern_plan){ .args = { "--no-sandbox" } });
	for (size_t i = 0; i < NITEMS(children); i++) {
		assert_status(children[i], "NoNewPrivs", no_new_privs);
		assert_status(children[i], "Seccomp", seccomp);
	}
	assert_serves();
	postern_stop(&server);
}
END_TEST

START_TEST(test_files_are_nobody_elses_to_read)
{
	static const char *const names[] = { "app.db", "app.db-wal", "app.db-shm" };
	char path[128];
	struct stat st;

	umask(0);
	start(&(struct postern_plan){ 0 });
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/users", ADA, NULL, 0), 201);
	for (size_t i = 0; i < NITEMS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", server.folder, names[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_msg((st.st_mode & 0777) == 0600, "%s: %o", path, (unsigned)st.st_mode);
	}
	postern_stop(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/confinement");
	TCase *tc = tcase_create("confinement");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_children_are_confined);
	tcase_add_test(tc, test_confinement_can_be_switched_off);
	tcase_add_test(tc, test_files_are_nobody_elses_to_read);
	suite_add_tcase(suite, tc);
	return suite;
}
