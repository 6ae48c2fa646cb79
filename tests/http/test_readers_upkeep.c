/* Threads that read, while posternctl backs up, restores or migrates the database under load: every
 * read shows what was acknowledged, or read by anybody, before it was sent. */
#include "http_client.h"
#include "postern.h"
#include "scratch.h"
#include "suite.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READERS = 4, MANY = 3000, RESTORES = 3, COMMAND_MAX = 1024 };

#define BEFORE "{\"resources\":{\"todo\":{\"fields\":{\"title\":{\"type\":\"string\"}}}}}"
#define AFTER                                                                                      \
	"{\"resources\":{\"todo\":{\"fields\":{\"title\":{\"type\":\"string\",\"index\":true},"    \
	"\"note\":{\"type\":\"text\",\"nullable\":true,\"default\":null}}}}}"

/* The versions of todo 1. The even ones have the title "kept", as the backup has; an odd one has
 * its number. A version is noted as begun before the request that makes it. */
struct versions {
	_Atomic unsigned begun;
	_Atomic unsigned seen; /* the newest that anybody has seen or that was acknowledged */
	_Atomic bool ends;
};

static struct postern server;
static struct versions *versions;
static const char *declaration, *copy;
static pid_t children[READERS + 1];

static const char *const caches[] = { "0", "1048576" };

static void write_declaration(const char *content)
{
	FILE *out = fopen(declaration, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(content, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

static void setup(void)
{
	scratch_setup();
	postern_init(&server);
	declaration = scratch_path("api.json");
	copy = scratch_path("copy.db");
	write_declaration(BEFORE);
	versions = mmap(
		NULL, sizeof(*versions), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(versions, MAP_FAILED);
}

static void teardown(void)
{
	munmap(versions, sizeof(*versions));
	postern_done(&server);
	scratch_teardown();
}

static void start(const char *cache)
{
	char control[128];

	snprintf(control, sizeof(control), "%s/control", server.folder);
	postern_launch(&server, &(struct postern_plan){
					.args = { "--api", declaration, "--control", control,
						"--reader-threads", "2", "--cache-size", cache },
				});
	postern_await_serving(&server);
}

static void run(const char *command, const char *file)
{
	char text[COMMAND_MAX], output[COMMAND_MAX];

	snprintf(text, sizeof(text), "exec %s/posternctl --socket %s/control %s %s 2>&1 </dev/null",
		postern_build_dir(), server.folder, command, file);
	FILE *pipe = popen(text, "re");
	ck_assert_ptr_nonnull(pipe);
	output[fread(output, 1, sizeof(output) - 1, pipe)] = '\0';
	int status = pclose(pipe);
	ck_assert_msg(status == 0, "%s: status %#x, %s", text, (unsigned)status, output);
}

/* Versions. */

static void note_seen(unsigned version)
{
	unsigned seen = atomic_load(&versions->seen);

	while (seen < version && !atomic_compare_exchange_weak(&versions->seen, &seen, version))
		;
}

/* The version that the answer shows, if `least` had been seen when it was asked for. */
static unsigned version_shown(const char *answer, unsigned least)
{
	unsigned version;

	if (strstr(answer, "\"title\":\"kept\""))
		return least + least % 2;
	ck_assert_msg(sscanf(answer, "{\"title\":\"%u\"", &version) == 1, "%s", answer);
	return version;
}

static void check_read(void)
{
	char text[512];
	unsigned least = atomic_load(&versions->seen);

	http_client_expect_once(
		server.port, "GET", "/todos/1", NULL, 200, NULL, text, sizeof(text));
	unsigned version = version_shown(text, least), begun = atomic_load(&versions->begun);
	ck_assert_msg(version >= least && version <= begun, "%s after version %u; %u has begun",
		text, least, begun);
	note_seen(version);
}

static void make_odd_version(void)
{
	char body[64], text[512];
	unsigned version = atomic_fetch_add(&versions->begun, 1) + 1;

	snprintf(body, sizeof(body), "{\"title\":\"%u\"}", version);
	http_client_expect_once(
		server.port, "PATCH", "/todos/1", body, 200, NULL, text, sizeof(text));
	note_seen(version);
}

static void restore(void)
{
	unsigned version = atomic_fetch_add(&versions->begun, 1) + 1;

	run("restore --yes", copy);
	note_seen(version);
}

/* The load: processes that end with status 0 if all has gone well. */

static void read_todo(void)
{
	check_read();
}

static void create_todo(void)
{
	char text[512];

	http_client_expect_once(server.port, "POST", "/todos", "{\"title\":\"more\"}", 201, NULL,
		text, sizeof(text));
}

static pid_t begin_child(void (*act)(void))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	while (!atomic_load(&versions->ends))
		act();
	_exit(0);
}

static void begin_load(void)
{
	for (int i = 0; i < READERS; i++)
		children[i] = begin_child(read_todo);
	children[READERS] = begin_child(create_todo);
}

static void end_load(void)
{
	int status;

	atomic_store(&versions->ends, true);
	for (size_t i = 0; i < NITEMS(children); i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_msg(status == 0, "process %zu of the load: %#x", i, (unsigned)status);
	}
}

/* So that copies and statements take a while. */
static void make_todos(void)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"PRAGMA busy_timeout = 5000; INSERT INTO todos (title) VALUES ('kept'); "
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		"INSERT INTO todos (title) SELECT hex(zeroblob(1000)) FROM n;",
		MANY);
	postern_sql(&server, sql);
}

START_TEST(test_reads_go_on_and_are_current_while_the_database_is_restored)
{
	start(caches[_i]);
	make_todos();
	run("backup", copy);
	begin_load();
	for (int i = 0; i < RESTORES; i++) {
		make_odd_version();
		run("backup", scratch_path("other.db"));
		run("checkpoint", "");
		restore();
	}
	end_load();
	postern_check_database(&server);
	postern_stop(&server);
}
END_TEST

/* The file is named by the declaration, which the reload reads again. */
START_TEST(test_reads_go_on_and_are_current_while_the_database_is_migrated)
{
	char arguments[256], text[512];

	start(caches[_i]);
	make_todos();
	begin_load();
	make_odd_version();
	write_declaration(AFTER);
	snprintf(arguments, sizeof(arguments), "--api %s --apply", declaration);
	run("migrate", arguments);
	atomic_fetch_add(&versions->begun, 1); /* no version is even */
	make_odd_version();
	run("reload", "");
	atomic_fetch_add(&versions->begun, 1);
	make_odd_version();
	end_load();
	http_client_expect_once(server.port, "GET", "/todos/1", NULL, 200,
		"{\"title\":\"5\",\"note\":null,\"id\":1}", text, sizeof(text));
	postern_check_database(&server);
	run("reload", "");
	snprintf(text, sizeof(text), "rm -f %s.backup-*", server.database);
	ck_assert_int_eq(system(text), 0);
	postern_stop(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("readers_upkeep");
	TCase *tc = tcase_create("upkeep");

	tcase_set_timeout(tc, 60);
	tcase_set_tags(tc, "sqlite");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_reads_go_on_and_are_current_while_the_database_is_restored, 0,
		NITEMS(caches));
	tcase_add_loop_test(tc, test_reads_go_on_and_are_current_while_the_database_is_migrated, 0,
		NITEMS(caches));
	suite_add_tcase(suite, tc);
	return suite;
}
