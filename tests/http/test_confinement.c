/* The users of the processes and the privileges that they gave up, from /proc (proc(5)). */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_STARTUP = 3, FILTERING = 2 /* SECCOMP_MODE_FILTER */ };

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
	/* A request that needs dbd. */
	ck_assert_int_eq(
		http_client_ask_once(server.port, "DELETE", "/users/99", NULL, NULL, 0), 404);
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

START_TEST(test_others_cannot_read_the_files)
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

/* Another user. */

/* True if that user may execute the programs of this build. */
static bool can_execute(const struct passwd *user)
{
	char program[PATH_MAX];
	int status;

	/* The absolute path: a folder above this one may not be accessible to others. */
	ck_assert_ptr_nonnull(realpath(postern_build_dir(), program));
	ck_assert_uint_lt(strlen(program) + strlen("/postern-dbd"), sizeof(program));
	strcat(program, "/postern-dbd");
	pid_t pid = fork();
	if (pid == 0)
		_exit(setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0 &&
					access(program, X_OK) == 0
				? 0
				: 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* Returns the user nobody. Without root, or if nobody cannot execute the programs, prints that the
 * test is skipped and returns NULL. */
static const struct passwd *other_user(void)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam("nobody") : NULL;

	if (user && can_execute(user))
		return user;
	printf("skipped: only root can become nobody, who must be able to execute %s/postern-dbd\n",
		postern_build_dir());
	return NULL;
}

static void assert_identity(pid_t pid, const struct passwd *user)
{
	char ids[128];
	unsigned uid = user->pw_uid, gid = user->pw_gid;

	snprintf(ids, sizeof(ids), "\t%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
	ck_assert_str_eq(status_of(pid, "Uid"), ids);
	snprintf(ids, sizeof(ids), "\t%u\t%u\t%u\t%u\n", gid, gid, gid, gid);
	ck_assert_str_eq(status_of(pid, "Gid"), ids);
	snprintf(ids, sizeof(ids), "\t%u \n", gid);
	ck_assert_str_eq(status_of(pid, "Groups"), ids);
	ck_assert_uint_eq(strtoull(status_of(pid, "CapPrm"), NULL, 16), 0);
}

/* postern_child finds children by their environment. In a container root may lack the capability to
 * read that of another user's process (proc_pid_environ(5)). */
static bool may_find_children(void)
{
	bool may = prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE, 0, 0, 0) == 1;

	if (!may)
		printf("skipped: without CAP_SYS_PTRACE the processes of nobody cannot be found\n");
	return may;
}

START_TEST(test_root_becomes_another_user_for_good)
{
	const struct passwd *user = other_user();

	if (!user || !may_find_children())
		return;
	ck_assert_int_eq(chown(server.folder, user->pw_uid, user->pw_gid), 0);
	start(&(struct postern_plan){ .args = { "--user", "nobody" } });
	assert_identity(server.pid, user);
	for (size_t i = 0; i < NITEMS(children); i++)
		assert_identity(postern_child(&server, children[i]), user);
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/users", ADA, NULL, 0), 201);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	postern_await_log(&server, 0, "reloaded:", POSTERN_START_MS);
	assert_serves();
	for (size_t i = 0; i < NITEMS(children); i++)
		assert_identity(postern_child(&server, children[i]), user);
	postern_stop(&server);
}
END_TEST

START_TEST(test_an_unwritable_folder_is_named)
{
	char says[256];
	const struct passwd *user = other_user();

	if (!user)
		return;
	snprintf(says, sizeof(says),
		"user %u may not use the folder %s, which is user 0's; give it read and write "
		"permission: chown %u:%u %s\n",
		(unsigned)user->pw_uid, server.folder, (unsigned)user->pw_uid,
		(unsigned)user->pw_gid, server.folder);
	ck_assert_int_eq(chmod(server.folder, 0755), 0);
	postern_launch(&server, &(struct postern_plan){ .args = { "--user", "nobody" } });
	int status = postern_wait(&server, POSTERN_START_MS);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_STARTUP);
	ck_assert_ptr_nonnull(strstr(postern_log(&server), says));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/confinement");
	TCase *tc = tcase_create("confinement");
	TCase *bare = tcase_create("bare");
	TCase *confined = tcase_create("confined");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_others_cannot_read_the_files);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_set_timeout(bare, 60);
	tcase_set_tags(bare, "bare");
	tcase_add_test(bare, test_confinement_can_be_switched_off);
	tcase_add_test(bare, test_root_becomes_another_user_for_good);
	tcase_add_test(bare, test_an_unwritable_folder_is_named);
	suite_add_tcase(suite, bare);
	tcase_add_checked_fixture(confined, setup, teardown);
	tcase_set_timeout(confined, 60);
	tcase_set_tags(confined, "bare confined");
	tcase_add_test(confined, test_children_are_confined);
	suite_add_tcase(suite, confined);
	return suite;
}
