/* --api: a server of the API that a file declares, through restarts, deaths and reloads. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USAGE = 2, TEXT_MAX = 64 * 1024 };

#define TODOS "tests/apis/todos.json"
#define EMPTY "{\"title\": \"Nothing\", \"home\": {\"here\": \"nothing\"}, \"resources\": {}}"

static struct postern server;
static char text[TEXT_MAX], file[96];

static void setup(void)
{
	postern_init(&server);
	snprintf(file, sizeof(file), "/tmp/postern-api-XXXXXX");
	int fd = mkstemp(file);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	remove(file);
	postern_done(&server);
}

static void write_to(const char *path, const char *content)
{
	FILE *out = fopen(path, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(content, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

static void write_file(const char *content)
{
	write_to(file, content);
}

/* The content; valid until the next use of text. */
static const char *content_of(const char *path)
{
	FILE *in = fopen(path, "re");

	ck_assert_ptr_nonnull(in);
	size_t n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = '\0';
	return text;
}

static void launch(const struct postern_plan *plan)
{
	postern_launch(&server, plan);
	postern_await_serving(&server);
}

static void expect(
	const char *method, const char *target, const char *body, int status, const char *want)
{
	http_client_expect_once(
		server.port, method, target, body, status, want, text, sizeof(text));
}

static void expect_todos(void)
{
	expect("GET", "/boards/1", NULL, 200,
		"{\"name\":\"home\",\"id\":1,\"todos\":[{\"title\":\"sweep\",\"note\":\"twice\","
		"\"id\":1,\"board_id\":1}]}");
	expect("GET", "/users", NULL, 404, "{\"detail\":\"Not Found\"}");
}

static void create_todos(void)
{
	expect("POST", "/boards", "{\"name\":\"home\"}", 201, NULL);
	expect("POST", "/boards/1/todos", "{\"title\":\"sweep\",\"note\":\"twice\"}", 201, NULL);
	expect_todos();
}

static const struct postern_plan ways[] = {
	{ .args = { "--api", TODOS } },
	{ .args = { "--api=" TODOS, "--no-sandbox" } },
	{ .variables = { "POSTERN_API=" TODOS } },
};

START_TEST(the_declared_api_is_served)
{
	launch(&ways[_i]);
	create_todos();
	expect("GET", "/", NULL, 200, "{\"message\":\"what there is to do\"}");
	expect("GET", "/todos/9", NULL, 404, "{\"detail\":\"TodoItem not found\"}");
	expect("POST", "/boards", "{\"name\":\"\"}", 422, NULL);
	expect("POST", "/boards", "{\"name\":\"home\"}", 409, NULL);
	expect("GET", "/openapi.json", NULL, 200, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"title\":\"Todos\",\"version\":\"1.2.3\""));
	postern_stop(&server);
}
END_TEST

#define ISSUE(type, loc, message, rest)                                                            \
	"{\"type\":\"" type "\",\"loc\":[\"body\"," loc "],\"msg\":\"Input should be " message     \
	"\",\"input\":" rest "}"
#define NOT_UNICODE(loc, input)                                                                    \
	ISSUE("string_unicode", loc,                                                               \
		"a valid string, unable to parse raw data as a unicode string", input)
#define BEYOND_64_BITS                                                                             \
	ISSUE("less_than_equal", "\"size\"", "less than or equal to 9223372036854775807",          \
		"9223372036854775808,\"ctx\":{\"le\":9223372036854775807}")
#define NOT_FINITE(loc, input) ISSUE("finite_number", loc, "a finite number", input)
#define DETAIL(issues)         "{\"detail\":[" issues "]}"

/* Values that Pydantic accepts and SQLite does not store, and their issues. */
#define NOT_STORED                                                                                 \
	"\"price\":\"1e400\",\"weight\":NaN,\"size\":9223372036854775808,\"tags\":[\"a\","         \
	"\"\\ud800\"]"
#define ALL_REFUSED                                                                                \
	DETAIL(NOT_UNICODE("\"tags\",1", "\"\\ud800\"") "," BEYOND_64_BITS "," NOT_FINITE(         \
		"\"weight\"", "null") "," NOT_FINITE("\"price\"", "\"1e400\""))

/* After everything else that is wrong. */
START_TEST(values_that_no_column_stores_are_refused_last)
{
	const struct postern_plan boxes = { .args = { "--api", "tests/apis/boxes.json" } };
	const char *no_shelf = "{\"detail\":\"Shelf not found\"}";

	launch(&boxes);
	expect("POST", "/boxes", "{\"label\":\"a\",\"shelf_id\":1," NOT_STORED "}", 404, no_shelf);
	expect("POST", "/boxes", "{\"label\":\"a\",\"shelf_id\":[]," NOT_STORED "}", 422,
		DETAIL(ISSUE("int_type", "\"shelf_id\"", "a valid integer", "[]")));
	expect("POST", "/shelves", "{\"name\":\"one\"}", 201, NULL);
	expect("POST", "/boxes", "{\"label\":\"a\",\"shelf_id\":1}", 201, NULL);
	expect("POST", "/boxes", "{\"label\":\"a\",\"shelf_id\":1," NOT_STORED "}", 409,
		"{\"detail\":\"Label already exists\"}");
	expect("POST", "/boxes", "{\"label\":\"b\",\"shelf_id\":1," NOT_STORED "}", 422,
		ALL_REFUSED);
	expect("PATCH", "/boxes/2", "{" NOT_STORED "}", 404, "{\"detail\":\"Box not found\"}");
	expect("PATCH", "/boxes/1", "{\"shelf_id\":2," NOT_STORED "}", 404, no_shelf);
	expect("PATCH", "/boxes/1", "{\"shelf_id\":1," NOT_STORED "}", 422, ALL_REFUSED);
	expect("PATCH", "/boxes/1", "{\"size\":null,\"weight\":null,\"label\":\"\\udfff\"}", 422,
		DETAIL(NOT_UNICODE("\"label\"", "\"\\udfff\"") "," ISSUE(
			"float_type", "\"weight\"", "a valid number", "null")));
	postern_stop(&server);
}
END_TEST

START_TEST(rows_are_there_after_a_restart)
{
	launch(&ways[0]);
	create_todos();
	postern_stop(&server);
	launch(&ways[0]);
	expect_todos();
	postern_stop(&server);
}
END_TEST

static int admin_port(void)
{
	static const char line[] = "health and metrics on http://127.0.0.1:";

	postern_await_log(&server, 0, line, POSTERN_START_MS);
	return atoi(strstr(postern_log(&server), line) + strlen(line));
}

/* The output goes to text. Returns the status. */
static int run(const char *command)
{
	FILE *output = popen(command, "re");

	ck_assert_ptr_nonnull(output);
	size_t n = fread(text, 1, sizeof(text) - 1, output);
	text[n] = '\0';
	return pclose(output);
}

START_TEST(log_metrics_and_status_name_the_api)
{
	char control[96], command[256];
	struct postern_plan plan = { .args = { "--api", TODOS, "--admin", "127.0.0.1:0",
					     "--control", control } };

	snprintf(control, sizeof(control), "%s/control", server.folder);
	launch(&plan);
	ck_assert_ptr_nonnull(strstr(
		postern_log(&server), "; API \"Todos\" 1.2.3 with 2 resources, " TODOS ")\n"));
	ck_assert_int_eq(
		http_client_ask_once(admin_port(), "GET", "/metrics", NULL, text, TEXT_MAX), 200);
	ck_assert_ptr_nonnull(
		strstr(text, "\npostern_api_info{title=\"Todos\",version=\"1.2.3\"} 1\n"));
	snprintf(command, sizeof(command), "%s/posternctl --socket %s status", postern_build_dir(),
		control);
	ck_assert_int_eq(run(command), 0);
	ck_assert_ptr_nonnull(strstr(text, "\nAPI          Todos 1.2.3, 2 resources, " TODOS "\n"));
	postern_stop(&server);
}
END_TEST

static const char *const children[] = { "dbd", "worker 1", "worker 2" };

/* The file has gone meanwhile: children get what the master has read. */
START_TEST(a_child_that_is_replaced_serves_the_same_api)
{
	write_file(content_of(TODOS));
	launch(&(struct postern_plan){ .args = { "--api", file } });
	create_todos();
	write_file("broken");
	for (size_t i = 0; i < NITEMS(children); i++) {
		char ready[64];
		size_t from = postern_log_len(&server);
		postern_kill_child(&server, children[i]);
		snprintf(ready, sizeof(ready), "%s (pid ", children[i]);
		postern_await_log(&server, from, ") is ready", POSTERN_START_MS);
		expect_todos();
	}
	postern_stop(&server);
}
END_TEST

static void reload(const char *says)
{
	size_t from = postern_log_len(&server);

	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	postern_await_log(&server, from, says, POSTERN_START_MS);
}

START_TEST(a_reload_takes_the_same_api_and_refuses_another)
{
	char same[2 * TEXT_MAX];

	write_file(content_of(TODOS));
	launch(&(struct postern_plan){ .args = { "--api", file } });
	create_todos();
	snprintf(same, sizeof(same), "\n \n%s\n", content_of(TODOS));
	write_file(same);
	reload("reloaded: 2 workers");
	expect_todos();
	pid_t worker = postern_child(&server, "worker 1");
	write_file(EMPTY);
	reload("reload refused; nothing changed: ");
	ck_assert_ptr_nonnull(
		strstr(postern_log(&server), ": resources.board: removed; restart to serve it\n"));
	ck_assert_int_eq(postern_child(&server, "worker 1"), worker);
	expect_todos();
	write_file(content_of(TODOS));
	reload("reloaded: 2 workers");
	expect_todos();
	postern_stop(&server);
}
END_TEST

START_TEST(an_api_without_resources_has_a_home_and_health)
{
	char path[96];
	struct postern_plan plan = { .args = { "--api", file, "--uds", path } };
	struct postern_plan health = { .args = { "--healthcheck", "--api", file, "--uds", path },
		.bare = true };
	struct postern check;

	write_file(EMPTY);
	launch(&(struct postern_plan){ .args = { "--api", file, "--admin", "127.0.0.1:0" } });
	expect("GET", "/", NULL, 200, "{\"here\":\"nothing\"}");
	expect("GET", "/users", NULL, 404, "{\"detail\":\"Not Found\"}");
	expect("GET", "/openapi.json", NULL, 200, NULL);
	ck_assert_int_eq(
		http_client_ask_once(admin_port(), "GET", "/readyz", NULL, text, TEXT_MAX), 200);
	reload("reloaded: 2 workers");
	postern_stop(&server);
	snprintf(path, sizeof(path), "/tmp/postern-health-%d", (int)getpid());
	postern_launch(&server, &plan);
	postern_await_log(&server, 0, "serving on", POSTERN_START_MS);
	postern_init(&check);
	postern_launch(&check, &health);
	ck_assert_int_eq(postern_wait(&check, POSTERN_START_MS), 0);
	postern_done(&check);
	postern_stop(&server);
}
END_TEST

START_TEST(the_first_resource_shows_the_health)
{
	char port[16];
	struct postern_plan health = { .args = { "--healthcheck", "--api", TODOS, "--port", port },
		.bare = true };
	struct postern check;

	launch(&ways[0]);
	snprintf(port, sizeof(port), "%d", server.port);
	postern_init(&check);
	postern_launch(&check, &health);
	ck_assert_int_eq(postern_wait(&check, POSTERN_START_MS), 0);
	/* These settings mean another API. */
	health.args[1] = "--api=";
	health.args[2] = "--no-docs";
	postern_launch(&check, &health);
	ck_assert_int_eq(WEXITSTATUS(postern_wait(&check, POSTERN_START_MS)), 1);
	ck_assert_ptr_nonnull(
		strstr(postern_log(&check), "the answer is \"HTTP/1.1 404 Not Found\""));
	postern_done(&check);
	postern_stop(&server);
}
END_TEST

static const struct {
	const char *content, *says;
} broken[] = {
	{ "{\"resources\": {\"note\": {\"felds\": {}}}}", ":1:25: " },
	{ "[]", ":1:1: " },
	{ "{\n\"resources\": {\n\t\"note\"\n", ":4:1: " },
};

static void expect_one_line(const char *says)
{
	int status = postern_wait(&server, POSTERN_START_MS);
	const char *log = postern_log(&server), *end = strchr(log, '\n');

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == USAGE, "%#x: %s",
		(unsigned)status, log);
	ck_assert_msg(end && end[1] == '\0', "not one line: %s", log);
	ck_assert_msg(strncmp(log, "postern: ", 9) == 0 && strstr(log, says), "%s", log);
}

START_TEST(a_broken_file_is_one_line_at_the_start)
{
	struct postern_plan plan = { .args = { "--api", file } };
	char want[128];

	write_file(broken[_i].content);
	snprintf(want, sizeof(want), "postern: %s%s", file, broken[_i].says);
	postern_launch(&server, &plan);
	expect_one_line(want);
	plan.args[2] = "--check";
	postern_launch(&server, &plan);
	expect_one_line(want);
}
END_TEST

START_TEST(a_missing_file_is_one_line_at_the_start)
{
	postern_launch(&server, &(struct postern_plan){ .args = { "--api", "/nowhere" } });
	expect_one_line("--api: cannot read /nowhere: No such file or directory");
}
END_TEST

/* Prints the API of a file, "" for the built-in one, to `file`. */
static void print_api(const char *from)
{
	char command[512];

	snprintf(command, sizeof(command), "env -i POSTERN_API=%s %s/postern --print-api >%s", from,
		postern_build_dir(), file);
	ck_assert_int_eq(system(command), 0);
}

static const char *const declared[] = { "", TODOS };

/* What is printed is a file again, which prints the same and is served. */
START_TEST(what_is_printed_can_be_served)
{
	char first[TEXT_MAX], copy[96];

	print_api(declared[_i]);
	snprintf(first, sizeof(first), "%s", content_of(file));
	ck_assert_ptr_nonnull(strstr(first, "\n  \""));
	snprintf(copy, sizeof(copy), "%s/copy.json", server.folder);
	write_to(copy, first);
	print_api(copy);
	remove(copy);
	ck_assert_str_eq(content_of(file), first);
	launch(&(struct postern_plan){ .args = { "--api", file } });
	if (_i == 1)
		create_todos();
	else
		expect("GET", "/users", NULL, 200, "[]");
	postern_stop(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/declared api");
	TCase *tc = tcase_create("declared api");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_declared_api_is_served, 0, NITEMS(ways));
	tcase_add_test(tc, values_that_no_column_stores_are_refused_last);
	tcase_add_test(tc, rows_are_there_after_a_restart);
	tcase_add_test(tc, log_metrics_and_status_name_the_api);
	tcase_add_test(tc, a_child_that_is_replaced_serves_the_same_api);
	tcase_add_test(tc, a_reload_takes_the_same_api_and_refuses_another);
	tcase_add_test(tc, an_api_without_resources_has_a_home_and_health);
	tcase_add_test(tc, the_first_resource_shows_the_health);
	tcase_add_loop_test(tc, a_broken_file_is_one_line_at_the_start, 0, NITEMS(broken));
	tcase_add_test(tc, a_missing_file_is_one_line_at_the_start);
	tcase_add_loop_test(tc, what_is_printed_can_be_served, 0, NITEMS(declared));
	suite_add_tcase(suite, tc);
	return suite;
}
