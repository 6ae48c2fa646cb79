/* posternctl copy: between SQLite's files and databases of PostgreSQL. */
#include "http_client.h"
#include "postern.h"
#include "scratch.h"
#include "suite.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 * 1024, COMMAND_MAX = 1024, ANSWER_MAX = 4 * 1024 * 1024 };

static struct postern server;
static char output[OUTPUT_MAX];
static char file[TEST_URL_MAX], other_file[TEST_URL_MAX]; /* URLs of SQLite */
static char postgres[TEST_URL_MAX];

static void setup(void)
{
	scratch_setup();
	snprintf(file, sizeof(file), "sqlite:///%s", scratch_path("one.db"));
	snprintf(other_file, sizeof(other_file), "sqlite:///%s", scratch_path("other.db"));
	test_database_new("unused", postgres);
}

/* Servers. */

static void start(const char *url, const char *api)
{
	postern_init_on(&server, url);
	postern_launch(&server, &(struct postern_plan){ .args = { api ? "--api" : NULL, api } });
	postern_await_serving(&server);
}

static void stop(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static void make_tables(const char *url, const char *api)
{
	start(url, api);
	stop();
}

static void post(const char *target, const char *body, const char *want)
{
	char text[4096];

	http_client_expect_once(server.port, "POST", target, body, 201, want, text, sizeof(text));
}

/* What a server of the database answers, without the zones that only PostgreSQL has. The memory is
 * the caller's. */
static char *get_all(const char *url, const char *api, const char *const targets[])
{
	char *text = calloc(1, ANSWER_MAX), *end = text;

	start(url, api);
	for (; *targets; targets++) {
		ck_assert_int_eq(http_client_ask_once(server.port, "GET", *targets, NULL, end,
					 (size_t)(text + ANSWER_MAX - end)),
			200);
		end += strlen(end);
	}
	stop();
	for (char *zone; (zone = strstr(text, "Z\""));)
		memmove(zone, zone + 1, strlen(zone));
	return text;
}

/* posternctl. */

static int copy(const char *from, const char *to, const char *api)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command),
		"exec %s/posternctl copy '%s' '%s' %s %s 2>&1 </dev/null", postern_build_dir(),
		from, to, api ? "--api" : "", api ? api : "");
	FILE *pipe = popen(command, "re");
	ck_assert_ptr_nonnull(pipe);
	size_t n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	int status = pclose(pipe);
	ck_assert_msg(WIFEXITED(status), "status %#x: %s", (unsigned)status, output);
	return WEXITSTATUS(status);
}

static void must_copy(const char *from, const char *to, const char *api)
{
	ck_assert_msg(copy(from, to, api) == 0, "%s", output);
}

/* One line says why. */
static void must_refuse(const char *from, const char *to, const char *why)
{
	ck_assert_int_eq(copy(from, to, NULL), 1);
	ck_assert_msg(strstr(output, why), "\"%s\" is not in: %s", why, output);
	const char *reason = strstr(output, "posternctl: ");
	ck_assert_msg(reason && !strstr(reason + 1, "posternctl: "), "not one reason: %s", output);
}

static void must_be_empty(const char *url)
{
	ck_assert_str_eq(
		test_database_sql(url, "SELECT count(*) FROM users; SELECT count(*) FROM posts"),
		"0\n0");
}

/* The built-in API. */

/* Texts have all that COPY escapes. */
static void add_rows(const char *url, unsigned users, unsigned posts)
{
	char sql[COMMAND_MAX];

	snprintf(sql, sizeof(sql),
		"BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
		"%u) INSERT INTO users SELECT i, 'user ' || i, i || '@example.com' FROM n;"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u)"
		" INSERT INTO posts SELECT i, 'title' || char(9) || i, char(13) || char(10) ||"
		" '\\.' || char(10) || '\\N' || char(11) || char(8) || '\\' || char(0x1f600),"
		" 1 + i %% %u, '2026-01-02 03:04:05.' || substr('000000' || i, -6) FROM n; COMMIT",
		users, posts, users);
	test_database_sql(url, sql);
}

static const char *const targets[] = { "/users", "/posts", "/users/7", NULL };

START_TEST(answers_are_the_same_after_a_copy_there_and_back)
{
	make_tables(file, NULL);
	add_rows(file, 1000, 3000);
	char *before = get_all(file, NULL, targets);
	must_copy(file, postgres, NULL);
	ck_assert_str_eq(output, "users: 1000 rows\nposts: 3000 rows\n"
				 "copied 4000 rows of 2 tables\n");
	char *there = get_all(postgres, NULL, targets);
	ck_assert(strcmp(there, before) == 0);
	must_copy(postgres, other_file, NULL);
	char *back = get_all(other_file, NULL, targets);
	ck_assert(strcmp(back, before) == 0);
	free(before);
	free(there);
	free(back);
	test_database_check(postgres);
	test_database_check(other_file);
}
END_TEST

START_TEST(the_next_key_is_greater_than_all)
{
	make_tables(file, NULL);
	add_rows(file, 3, 5);
	must_copy(file, postgres, NULL);
	must_copy(postgres, other_file, NULL);
	start(_i == 0 ? postgres : other_file, NULL);
	post("/users", "{\"username\":\"ada\",\"email\":\"ada@example.com\"}",
		"{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":4}");
	stop();
}
END_TEST

/* Indexes and foreign keys are made again as they were. */
START_TEST(the_tables_are_as_at_a_start)
{
	static const char shape[] =
		"SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN"
		" ('users'::regclass, 'posts'::regclass) ORDER BY 1;"
		"SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
		" WHERE conrelid IN ('users'::regclass, 'posts'::regclass) ORDER BY 1, 2";
	char before[OUTPUT_MAX];

	make_tables(postgres, NULL);
	snprintf(before, sizeof(before), "%s", test_database_sql(postgres, shape));
	make_tables(file, NULL);
	add_rows(file, 3, 5);
	must_copy(file, postgres, NULL);
	ck_assert_str_eq(test_database_sql(postgres, shape), before);
}
END_TEST

START_TEST(databases_of_one_engine_are_copied_too)
{
	char another[TEST_URL_MAX];

	make_tables(file, NULL);
	add_rows(file, 3, 5);
	must_copy(file, other_file, NULL);
	must_copy(file, postgres, NULL);
	test_database_new("unused", another);
	must_copy(postgres, another, NULL);
	char *one = get_all(file, NULL, (const char *const[]){ "/posts", NULL });
	char *other = get_all(other_file, NULL, (const char *const[]){ "/posts", NULL });
	char *third = get_all(another, NULL, (const char *const[]){ "/posts", NULL });
	ck_assert_str_eq(one, other);
	ck_assert_str_eq(one, third);
	free(one);
	free(other);
	free(third);
}
END_TEST

/* Declared APIs. */

static const struct {
	const char *api;
	struct {
		const char *target, *body;
	} posts[10];
	const char *targets[6];
	bool reordered; /* PostgreSQL lists rows by their UUIDs, SQLite as they were added */
} apis[] = {
	{
		"types",
		{
			{ "/things", "{}" },
			{ "/things", "{\"about\":\"\\t\\\\N\",\"price\":\"99999999.95\",\"count\":"
				     "0,\"weight\":1e-1,\"done\":true,\"other_color\":\"red\","
				     "\"extra\":{\"a\":[1.50,\"\\u0000\\\\\",{\"b\":-0.0}]},"
				     "\"tags\":[],\"born\":\"0001-01-01\",\"heard\":"
				     "\"9999-12-31T23:59:59.999999Z\",\"color\":\"\"}" },
			{ "/things", "{\"weight\":1000,\"price\":0.1}" },
			{ "/makers", "{\"name\":\"acme\"}" },
			{ "/things/1/parts", "{\"name\":\"wheel\",\"maker\":1}" },
			{ "/things/2/parts", "{\"name\":\"bell\",\"maker\":1,\"second_maker\":1}" },
		},
		{ "/things", "/things/2", "/makers" },
		false,
	},
	{
		"links",
		{
			{ "/authors", "{\"name\":\"ada\"}" },
			{ "/topics", "{\"name\":\"one\"}" },
			{ "/topics", "{\"name\":\"two\"}" },
			{ "/posts", "{\"author_id\":1,\"title\":\"a\",\"topic_ids\":[2,1]}" },
			{ "/posts", "{\"author_id\":1,\"title\":\"b\",\"topic_ids\":[1]}" },
		},
		{ "/posts", "/topics", "/topics/1", "/authors/1" },
		false,
	},
	{
		"uuids",
		{
			{ "/shelves", "{\"place\":\"left\"}" },
			{ "/shelves", "{\"place\":\"right\"}" },
			{ "/authors", "{\"name\":\"z\"}" },
			{ "/authors", "{\"name\":\"a\"}" },
			{ "/authors", "{\"name\":\"m\"}" },
			{ "/categories", "{\"name\":\"novel\"}" },
		},
		{ "/authors", "/shelves", "/categories" },
		true,
	},
};

START_TEST(every_type_is_copied_there_and_back)
{
	char api[64];

	snprintf(api, sizeof(api), "tests/apis/%s.json", apis[_i].api);
	start(file, api);
	for (size_t i = 0; apis[_i].posts[i].target; i++)
		post(apis[_i].posts[i].target, apis[_i].posts[i].body, NULL);
	stop();
	char *before = get_all(file, api, apis[_i].targets);
	must_copy(file, postgres, api);
	char *there = get_all(postgres, api, apis[_i].targets);
	must_copy(postgres, other_file, api);
	char *back = get_all(other_file, api, apis[_i].targets);
	if (!apis[_i].reordered)
		ck_assert_str_eq(there, before);
	ck_assert_str_eq(back, before);
	free(before);
	free(there);
	free(back);
}
END_TEST

/* A table refers to itself, and two refer to each other: no order of the rows would do. */
START_TEST(tables_may_refer_to_each_other)
{
	static const char declaration[] =
		"{\"resources\":{\"boss\":{\"plural\":\"bosses\",\"fields\":{\"team\":{\"type\":"
		"\"reference\",\"to\":\"team\",\"nullable\":true,\"default\":null},\"above\":{"
		"\"type\":\"reference\",\"to\":\"boss\",\"nullable\":true,\"default\":null}}},"
		"\"team\":{\"fields\":{\"boss\":{\"type\":\"reference\",\"to\":\"boss\","
		"\"nullable\":true,\"default\":null}}}}}";
	const char *api = scratch_path("circle.json");
	FILE *out = fopen(api, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(declaration, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	make_tables(file, api);
	test_database_sql(file, "INSERT INTO bosses VALUES (1, 1, 2), (2, 2, 1), (3, NULL, 3);"
				"INSERT INTO teams VALUES (1, 2), (2, 3)");
	must_copy(file, postgres, api);
	ck_assert_str_eq(test_database_sql(postgres, "SELECT * FROM bosses ORDER BY id;"
						     "SELECT * FROM teams ORDER BY id"),
		"1|1|2\n2|2|1\n3||3\n1|2\n2|3");
	must_copy(postgres, other_file, api);
}
END_TEST

/* A column with a zone is UTC's in SQLite, whatever zone the sessions have. */
START_TEST(zones_become_utc)
{
	make_tables(file, NULL);
	add_rows(file, 1, 1);
	make_tables(postgres, NULL);
	test_database_sql(postgres, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = "
				    "''Asia/Kolkata''', current_database()); END $$");
	must_copy(file, postgres, NULL);
	ck_assert_str_eq(test_database_sql(postgres, "SELECT date_posted FROM posts"),
		"2026-01-02 08:34:05.000001+05:30");
	must_copy(postgres, other_file, NULL);
	ck_assert_str_eq(test_database_sql(other_file, "SELECT date_posted FROM posts"),
		"2026-01-02 03:04:05.000001");
}
END_TEST

/* Refusals. */

static const struct {
	const char *sql, *why;
} bad_rows[] = {
	{ "UPDATE users SET username = 'a' || char(0) || 'b' WHERE id = 2",
		"posternctl: table users, row 2, column username: it has a NUL, which PostgreSQL "
		"cannot store\n" },
	{ "UPDATE posts SET content = CAST(x'41ff' AS TEXT) WHERE id = 3",
		"posternctl: table posts, row 3, column content: its value is not of the column's "
		"type\n" },
	{ "UPDATE users SET id = 2147483648 WHERE id = 2",
		"posternctl: table users, column id: 2147483648 is beyond the 32 bits of "
		"the column\n" },
	{ "UPDATE posts SET user_id = -2147483649 WHERE id = 1",
		"posternctl: table posts, row 1, column user_id: -2147483649 is beyond the 32 bits "
		"of the "
		"column\n" },
	{ "UPDATE posts SET user_id = 99 WHERE id = 4",
		"posternctl: table posts, row 4, column user_id: there is no row 99 in table "
		"users\n" },
	{ "UPDATE posts SET date_posted = 'soon' WHERE id = 5",
		"posternctl: table posts, row 5, column date_posted: its value is not of the "
		"column's type\n" },
	{ "UPDATE users SET username = printf('%.51c', 'x') WHERE id = 1",
		"posternctl: table users, row 1, column username: it has more than the column's 50 "
		"characters\n" },
	{ "DROP TABLE posts", "posternctl: table posts: no such table: posts\n" },
};

START_TEST(a_row_that_does_not_fit_is_named_and_nothing_is_copied)
{
	make_tables(file, NULL);
	add_rows(file, 3, 5);
	test_database_sql(file, bad_rows[_i].sql);
	make_tables(postgres, NULL);
	must_refuse(file, postgres, bad_rows[_i].why);
	must_be_empty(postgres);
}
END_TEST

/* What SQLite would silently round. */
START_TEST(a_decimal_that_no_double_has_is_refused)
{
	static const char api[] = "tests/apis/types.json";

	start(postgres, api);
	post("/things", "{}", NULL);
	stop();
	test_database_sql(postgres, "ALTER TABLE things ALTER price TYPE numeric;"
				    "UPDATE things SET price = 12345678901234567890.05");
	ck_assert_int_eq(copy(postgres, file, api), 1);
	ck_assert_msg(strstr(output, "row 1, column price: it is 12345678901234567890.05, which "
				     "SQLite, as a double, would make 12345678901234567168.00"),
		"%s", output);
	ck_assert_str_eq(test_database_sql(file, "SELECT count(*) FROM things"), "0");
}
END_TEST

START_TEST(a_target_with_rows_is_refused)
{
	const char *to = _i == 0 ? postgres : other_file;

	make_tables(file, NULL);
	add_rows(file, 3, 5);
	must_copy(file, to, NULL);
	must_refuse(file, to,
		"posternctl: table users of the target has rows; only a database "
		"whose tables have none can be copied to\n");
	ck_assert_str_eq(test_database_sql(to, "SELECT count(*) FROM posts"), "5");
}
END_TEST

START_TEST(a_file_that_is_served_is_refused)
{
	make_tables(file, NULL);
	add_rows(file, 1, 1);
	start(file, NULL);
	must_refuse(file, postgres, "another Postern serves it; stop that first");
	must_refuse(postgres, file, "another Postern serves it; stop that first");
	stop();
	must_copy(file, postgres, NULL);
}
END_TEST

START_TEST(what_cannot_be_opened_is_refused)
{
	char missing[COMMAND_MAX];

	snprintf(missing, sizeof(missing), "%s?host=/nowhere", "postgresql://app:secret@/app");
	must_refuse(scratch_path("none.db"), postgres, "none.db: No such file or directory\n");
	ck_assert(!scratch_has("none.db"));
	must_refuse(missing, other_file, "cannot be used: ");
	ck_assert_ptr_null(strstr(output, "secret"));
	ck_assert_int_eq(copy(file, "sqlite://", NULL), 2);
	ck_assert_int_eq(copy("mysql://a/b", file, NULL), 2);
}
END_TEST

/* Killed. */

static pid_t child_running(pid_t parent, const char *mode)
{
	char path[64], text[COMMAND_MAX];
	pid_t found = 0;
	DIR *folder = opendir("/proc");

	for (struct dirent *entry; !found && (entry = readdir(folder));) {
		int above = 0;
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		FILE *in = pid > 0 ? fopen(path, "re") : NULL;
		if (!in)
			continue;
		if (fscanf(in, "%*d (%*[^)]) %*c %d", &above) != 1)
			above = 0;
		fclose(in);
		if (above != parent)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
		in = fopen(path, "re");
		size_t n = in ? fread(text, 1, sizeof(text) - 1, in) : 0;
		if (in)
			fclose(in);
		text[n] = '\0';
		if (n > 0 && strcmp(text + strlen(text) + 1, mode) == 0)
			found = pid;
	}
	closedir(folder);
	return found;
}

static pid_t start_copy(const char *from, const char *to, FILE **ret_errors)
{
	char program[COMMAND_MAX];
	int errors[2];

	snprintf(program, sizeof(program), "%s/posternctl", postern_build_dir());
	ck_assert_int_eq(pipe(errors), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(errors[1], STDERR_FILENO);
		close(errors[0]);
		close(errors[1]);
		execl(program, "posternctl", "copy", from, to, (char *)NULL);
		_exit(120);
	}
	close(errors[1]);
	*ret_errors = fdopen(errors[0], "r");
	ck_assert_ptr_nonnull(*ret_errors);
	return pid;
}

static const struct {
	const char *mode, *said;
	bool to_file;
} killed[] = {
	{ "--copy-in", "posternctl: postern-dbd-postgres was ended by signal 9\n", false },
	{ "--copy-out", "posternctl: postern-dbd was ended by signal 9\n", false },
	{ "--copy-in", "posternctl: postern-dbd was ended by signal 9\n", true },
};

/* The users are there when their line is; the posts take longer than that. */
START_TEST(a_killed_child_leaves_the_target_empty)
{
	const char *to = killed[_i].to_file ? other_file : postgres;
	char line[COMMAND_MAX];
	FILE *errors;
	int status;

	make_tables(file, NULL);
	add_rows(file, 10, 500000);
	make_tables(to, NULL);
	pid_t pid = start_copy(file, to, &errors);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), errors));
	ck_assert_str_eq(line, "users: 10 rows\n");
	pid_t child = child_running(pid, killed[_i].mode);
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), errors));
	ck_assert_str_eq(line, killed[_i].said);
	fclose(errors);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	must_be_empty(to);
	must_copy(file, to, NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("copy");
	TCase *t = tcase_create("copy");

	tcase_set_tags(t, "server");
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, scratch_teardown);
	tcase_add_test(t, answers_are_the_same_after_a_copy_there_and_back);
	tcase_add_loop_test(t, the_next_key_is_greater_than_all, 0, 2);
	tcase_add_test(t, the_tables_are_as_at_a_start);
	tcase_add_test(t, databases_of_one_engine_are_copied_too);
	tcase_add_loop_test(t, every_type_is_copied_there_and_back, 0, NITEMS(apis));
	tcase_add_test(t, tables_may_refer_to_each_other);
	tcase_add_test(t, zones_become_utc);
	tcase_add_loop_test(
		t, a_row_that_does_not_fit_is_named_and_nothing_is_copied, 0, NITEMS(bad_rows));
	tcase_add_test(t, a_decimal_that_no_double_has_is_refused);
	tcase_add_loop_test(t, a_target_with_rows_is_refused, 0, 2);
	tcase_add_test(t, a_file_that_is_served_is_refused);
	tcase_add_test(t, what_cannot_be_opened_is_refused);
	tcase_add_loop_test(t, a_killed_child_leaves_the_target_empty, 0, NITEMS(killed));
	suite_add_tcase(s, t);
	return s;
}
