/* posternctl compare: two servers with the same declaration, and with different ones. */
#include "http_client.h"
#include "postern.h"
#include "scratch.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1024 * 1024, COMMAND_MAX = 2048 };

#define TODOS(TITLE, MORE)                                                                         \
	"{\"resources\":{\"todo\":{\"fields\":{\"title\":{\"type\":\"string\"," TITLE "}," MORE    \
	"\"done\":{\"type\":\"boolean\",\"default\":false}}}}}"

static struct postern old, new;
static char output[OUTPUT_MAX];

/* Servers. */

static void setup(void)
{
	scratch_setup();
	ck_assert_int_eq(unsetenv("POSTERN_API"), 0);
}

static void teardown(void)
{
	scratch_teardown();
}

/* declaration: a file; NULL: the built-in API. */
static void start(struct postern *server, const char *declaration)
{
	struct postern_plan plan = { .args = { "--workers", "1" } };

	if (declaration) {
		plan.args[2] = "--api";
		plan.args[3] = declaration;
	}
	postern_start(server, &plan);
}

/* No request of a comparison gives a server anything to complain of. */
static void stop(struct postern *server)
{
	postern_log_len(server);
	ck_assert_msg(!strstr(postern_log(server), " WARNING ") &&
			      !strstr(postern_log(server), " ERROR "),
		"%s", postern_log_end(server));
	postern_stop(server);
	postern_done(server);
}

static const char *write_declaration(const char *name, const char *content)
{
	const char *path = scratch_path(name);
	FILE *out = fopen(path, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(content, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	return path;
}

/* posternctl. */

/* Returns the exit status; output has stdout, then stderr. */
static int run(const char *arguments)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command), "%s/posternctl compare %s 2>&1 </dev/null",
		postern_build_dir(), arguments);
	FILE *pipe = popen(command, "re");
	ck_assert_ptr_nonnull(pipe);
	size_t n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	int status = pclose(pipe);
	ck_assert_msg(WIFEXITED(status), "status %#x: %s", (unsigned)status, output);
	return WEXITSTATUS(status);
}

static int compare(const char *declaration, const char *flags)
{
	char arguments[COMMAND_MAX / 2];

	snprintf(arguments, sizeof(arguments), "http://127.0.0.1:%d http://localhost:%d/ %s %s %s",
		old.port, new.port, declaration ? "--api" : "", declaration ? declaration : "",
		flags);
	return run(arguments);
}

static void must_print(const char *text)
{
	ck_assert_msg(strstr(output, text), "%s is not in: %s", text, output);
}

static unsigned count(const char *text)
{
	unsigned n = 0;

	for (const char *at = output; (at = strstr(at, text)); at++)
		n++;
	return n;
}

/* Fails unless the output is the line with the counts. */
static void expect_equal(int status, const char *requests)
{
	ck_assert_msg(status == 0, "%s", output);
	ck_assert_msg(strchr(output, '\n') == output + strlen(output) - 1, "%s", output);
	must_print(" 0 differences, 0 known\n");
	must_print(requests);
}

/* Equal servers. */

static const char *const declarations[] = { NULL, "tests/apis/further.json",
	"tests/apis/types.json", "tests/apis/lists.json" };

START_TEST(equal_servers_have_no_difference)
{
	start(&old, declarations[_i]);
	start(&new, declarations[_i]);
	expect_equal(compare(declarations[_i], ""), " requests, ");
	ck_assert_msg(strncmp(output, "0 ", 2) != 0, "%s", output);
	expect_equal(compare(declarations[_i], "--writes"), " requests, ");
	expect_equal(compare(declarations[_i], "--writes --requests 1000 --seed 7"), "1,000 ");
	expect_equal(compare(declarations[_i], "--writes --requests=12"), "12 requests");
	stop(&old);
	stop(&new);
}
END_TEST

/* Rows of both servers are the same ones: they have one database. */
START_TEST(reading_changes_nothing)
{
	char before[1024], arguments[COMMAND_MAX / 2];
	static const char rows[] = "SELECT * FROM users; SELECT * FROM posts";

	start(&old, NULL);
	http_client_expect_once(old.port, "POST", "/users",
		"{\"username\":\"eve\",\"email\":\"eve@b.co\"}", 201, NULL, output, OUTPUT_MAX);
	http_client_expect_once(old.port, "POST", "/users/1/posts",
		"{\"title\":\"a\",\"content\":\"b\"}", 201, NULL, output, OUTPUT_MAX);
	snprintf(before, sizeof(before), "%s", postern_sql(&old, rows));
	snprintf(arguments, sizeof(arguments),
		"http://127.0.0.1:%d http://127.0.0.1:%d --requests 500 --seed 3", old.port,
		old.port);
	expect_equal(run(arguments), "500 ");
	ck_assert_str_eq(postern_sql(&old, rows), before);
	stop(&old);
}
END_TEST

/* NEW has a row more, so all rows that both create have other keys there. */
START_TEST(keys_may_differ)
{
	start(&old, NULL);
	start(&new, NULL);
	http_client_expect_once(new.port, "POST", "/users",
		"{\"username\":\"eve\",\"email\":\"eve@b.co\"}", 201, NULL, output, OUTPUT_MAX);
	ck_assert_int_eq(compare(NULL, "--writes --all"), 1);
	must_print("GET /users (valid)\n  body, byte 14: $[0].username: OLD ");
	must_print(", NEW \"eve\"\n");
	ck_assert_uint_eq(count("GET /users"), count("curl -i 'http://localhost"));
	ck_assert_uint_eq(count("-X "), 0);
	stop(&old);
	stop(&new);
}
END_TEST

/* Other servers. */

static void start_different(const char *more)
{
	const char *first = write_declaration("old.json", TODOS("\"max_length\":50", ""));
	const char *second = write_declaration("new.json", more);

	start(&old, first);
	start(&new, second);
}

START_TEST(another_bound_is_found)
{
	start_different(TODOS("\"max_length\":60", ""));
	ck_assert_int_eq(compare(scratch_path("old.json"), ""), 1);
	must_print("GET /openapi.json (a document)\n  body, byte ");
	must_print("$.components.schemas.TodoCreate.properties.title.maxLength: OLD 50, NEW 60\n");
	must_print(", 1 differences, 0 known\n");
	ck_assert_int_eq(compare(scratch_path("old.json"), "--writes"), 1);
	must_print("POST /todos (title: max_length + 1)\n  status: OLD 422, NEW 201\n"
		   "  OLD says {\"detail\":[{\"type\":\"string_too_long\"");
	must_print("  curl -i -X POST -H 'content-type: application/json' --data-binary "
		   "'{\"title\":\"");
	must_print("/todos'\n");
	stop(&old);
	stop(&new);
}
END_TEST

START_TEST(another_field_is_found)
{
	start_different(TODOS("\"max_length\":50", "\"note\":{\"type\":\"text\"},"));
	ck_assert_int_eq(compare(scratch_path("old.json"), "--writes"), 1);
	must_print("POST /todos (a new row)\n  status: OLD 201, NEW 422\n");
	must_print(" more; --all prints them\n");
	ck_assert_uint_eq(count("  curl -i "), 40);
	ck_assert_int_eq(compare(scratch_path("old.json"), "--all"), 1);
	ck_assert_uint_eq(count(" more; --all"), 0);
	must_print("$.components.schemas.TodoCreate.properties.note: OLD absent, NEW {");
	stop(&old);
	stop(&new);
}
END_TEST

/* Errors. */

static const struct {
	const char *arguments;
	int status;
	const char *output;
} errors[] = {
	{ "", 2, "posternctl: compare needs two operands; see posternctl --help\n" },
	{ "http://a", 2, "posternctl: compare needs two operands; see posternctl --help\n" },
	{ "http://a http://b http://c", 2,
		"posternctl: unexpected argument \"http://c\"; see posternctl --help\n" },
	{ "http://a ftp://b", 2, "posternctl: ftp://b: allowed is http://HOST[:PORT][/PREFIX]\n" },
	{ "https://a http://b", 2,
		"posternctl: https://a: https is not supported; name the address behind the proxy, "
		"http://…\n" },
	{ "http://a http://b --requests many", 2,
		"posternctl: many is not a valid number; see posternctl --help\n" },
	{ "http://a http://b --api tests/apis/absent.json", 2,
		"posternctl: --api: cannot read tests/apis/absent.json: No such file or "
		"directory\n" },
	{ "http://127.0.0.1:1 http://127.0.0.1:1", 1,
		"0 requests, 0 differences, 0 known\n"
		"posternctl: http://127.0.0.1:1: Connection refused (GET /openapi.json)\n" },
};

START_TEST(errors_are_one_line)
{
	int status = run(errors[_i].arguments);

	ck_assert_str_eq(output, errors[_i].output);
	ck_assert_int_eq(status, errors[_i].status);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("compare");
	TCase *tc = tcase_create("servers");

	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, equal_servers_have_no_difference, 0, NITEMS(declarations));
	tcase_add_test(tc, reading_changes_nothing);
	tcase_add_test(tc, keys_may_differ);
	tcase_add_test(tc, another_bound_is_found);
	tcase_add_test(tc, another_field_is_found);
	tcase_add_loop_test(tc, errors_are_one_line, 0, NITEMS(errors));
	suite_add_tcase(suite, tc);
	return suite;
}
