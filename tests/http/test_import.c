/* posternctl import: applications as FastAPI describes them, and the declarations that are written.
 * tests/import has a folder for each: openapi.json, the SQL of its database, the declaration
 * (api.json) and what is said on stderr (report.txt). */
#include "postern.h"
#include "scratch.h"
#include "source_file.h"
#include "suite.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 * 1024, COMMAND_MAX = 2048, DAMAGES = 20 };

enum { DONE = 0, FAILED = 1, USAGE = 2, INCOMPLETE = 4 };

static const struct {
	const char *name;
	int status;
} applications[] = {
	{ "blog", INCOMPLETE },     /* UUIDs, enums, pages, filters, rows below a parent */
	{ "excluded", INCOMPLETE }, /* logins, forms, uploads, headers, and what is no CRUD */
	{ "heroes", INCOMPLETE },   /* SQLModel: teams with heroes, heroes with a team */
	{ "items", DONE },          /* PUT, a prefix, a page, names of operations of its own */
	{ "library", DONE },        /* books below an author, listed whole; an author in a book */
	{ "notes", DONE },          /* descriptions, titles and examples; what the server sets */
	{ "shop", DONE },           /* links, references, decimals, tags, fixed paths */
	{ "tasks", DONE },          /* rows below a parent, literals, a body for each method */
	{ "users", INCOMPLETE },    /* items in users, columns that may be null */
};

static struct arena arena;
static char output[OUTPUT_MAX], *posternctl;

static void setup(void)
{
	char path[512];

	scratch_setup();
	arena_init(&arena);
	snprintf(path, sizeof(path), "%s/posternctl", postern_build_dir());
	posternctl = realpath(path, NULL);
	ck_assert_ptr_nonnull(posternctl);
}

static void teardown(void)
{
	free(posternctl);
	arena_done(&arena);
	scratch_teardown();
}

/* Runs a command of the shell. Returns the exit status; output is what it printed. */
__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
	char command[COMMAND_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	FILE *pipe = popen(command, "re");
	ck_assert_ptr_nonnull(pipe);
	size_t n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	int status = pclose(pipe);
	ck_assert_msg(WIFEXITED(status), "%s: status %d: %s", command, status, output);
	return WEXITSTATUS(status);
}

/* In the folder of the test. */
static int import(const char *arguments)
{
	return run("cd '%s' && exec '%s' import 2>&1 </dev/null %s", scratch_path("."), posternctl,
		arguments);
}

static void write_file(const char *name, const char *content)
{
	FILE *out = fopen(scratch_path(name), "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(content, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

/* Copies an application's document and makes its database. */
static void prepare(const char *name)
{
	ck_assert_int_eq(run("cp tests/import/%s/openapi.json '%s'", name, scratch_path(".")), 0);
	ck_assert_int_eq(
		run("sqlite3 '%s' <tests/import/%s/app.sql", scratch_path("app.db"), name), 0);
}

/* From the first byte that differs on. */
static void expect_file(const char *got, const char *application, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "tests/import/%s/%s", application, name);
	struct str text = source_file_read(&arena, scratch_path(got));
	struct str want = source_file_read(&arena, path);
	size_t same = 0;
	while (same < text.len && same < want.len && text.ptr[same] == want.ptr[same])
		same++;
	ck_assert_msg(str_equal(text, want), "%s, from byte %zu on: got %.200s, want %.200s", path,
		same, text.ptr + same, want.ptr + same);
}

START_TEST(an_application_is_declared)
{
	const char *name = applications[_i].name;

	prepare(name);
	int status = import("openapi.json --database app.db --output api.json 2>report.txt");
	ck_assert_int_eq(status, applications[_i].status);
	expect_file("api.json", name, "api.json");
	expect_file("report.txt", name, "report.txt");
	ck_assert(!scratch_has("app.db-wal"));
	ck_assert(!scratch_has("app.db-shm"));
}
END_TEST

START_TEST(without_a_database_its_document_must_do)
{
	prepare("heroes");
	ck_assert_int_eq(import("- <openapi.json >api.json 2>report.txt"), INCOMPLETE);
	expect_file("api.json", "heroes", "without-database.json");
	ck_assert_int_eq(run("tail -n 1 '%s'", scratch_path("report.txt")), 0);
	ck_assert_str_eq(output, "9 of 10 operations\n");
}
END_TEST

START_TEST(a_database_in_use_is_read_with_its_log)
{
	sqlite3 *database;

	prepare("heroes");
	ck_assert_int_eq(sqlite3_open(scratch_path("app.db"), &database), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(database,
			"PRAGMA journal_mode = WAL; ALTER TABLE hero ADD COLUMN motto TEXT", NULL,
			NULL, NULL),
		SQLITE_OK);
	ck_assert(scratch_has("app.db-wal"));
	ck_assert_int_eq(import("openapi.json --database sqlite:///./app.db"), INCOMPLETE);
	ck_assert_ptr_nonnull(strstr(output, "\"motto\": {\"type\": \"text\""));
	sqlite3_close(database);
}
END_TEST

static const struct {
	const char *content, *arguments, *said;
	int status;
} refusals[] = {
	{ "{", "openapi.json",
		"openapi.json: is not valid JSON: Expecting property name enclosed in "
		"double "
		"quotes at character 2\n",
		FAILED },
	{ "\xff", "openapi.json", "openapi.json: is not valid UTF-8\n", FAILED },
	{ "[]", "openapi.json",
		"openapi.json: is no OpenAPI 3 document: \"openapi\" is not \"3.…\"\n", FAILED },
	{ "{\"swagger\":\"2.0\"}", "openapi.json",
		"openapi.json: is no OpenAPI 3 document: \"openapi\" is not \"3.…\"\n", FAILED },
	{ "{\"openapi\":\"3.1.0\"}", "openapi.json", "openapi.json: has no \"paths\"\n", FAILED },
	{ "{}", "absent.json", "absent.json: No such file or directory\n", FAILED },
	{ "{}", ".", ".: Is a directory\n", FAILED },
	{ "{\"openapi\":\"3.1.0\",\"paths\":{}}", "openapi.json --database absent.db",
		"absent.db: No such file or directory\n", FAILED },
	{ "{\"openapi\":\"3.1.0\",\"paths\":{}}", "openapi.json --database openapi.json",
		"openapi.json: it is not an SQLite database; name another file\n", FAILED },
	{ "{\"openapi\":\"3.1.0\",\"paths\":{}}", "openapi.json --database sqlite://",
		"sqlite://: a database in memory has no tables to read\n", FAILED },
	{ "{\"openapi\":\"3.1.0\",\"paths\":{}}", "openapi.json --database postgresql://u:p@h/db",
		"postgresql://***@h/db: this command is for SQLite only\n", FAILED },
	{ "{}", "", "import needs an operand; see posternctl --help\n", USAGE },
};

START_TEST(what_cannot_be_read_is_one_line)
{
	char want[512];

	write_file("openapi.json", refusals[_i].content);
	ck_assert_int_eq(import(refusals[_i].arguments), refusals[_i].status);
	snprintf(want, sizeof(want), "posternctl: %s", refusals[_i].said);
	ck_assert_str_eq(output, want);
}
END_TEST

START_TEST(without_resources_nothing_is_written)
{
	write_file("openapi.json", "{\"openapi\":\"3.1.0\",\"paths\":{\"/version\":{\"get\":{}}}}");
	ck_assert_int_eq(import("openapi.json --output api.json"), INCOMPLETE);
	ck_assert_str_eq(output, "left out:\nGET /version: it has no answer with a status of 2xx\n"
				 "0 of 1 operations\n");
	ck_assert(!scratch_has("api.json"));
}
END_TEST

START_TEST(an_output_that_cannot_be_written_is_one_line)
{
	prepare("heroes");
	ck_assert_int_eq(import("openapi.json --output absent/api.json"), FAILED);
	ck_assert_str_eq(output, "posternctl: absent/api.json: No such file or directory\n");
}
END_TEST

/* A document is cut at each of many places, and its values are replaced: it is never trusted. */
START_TEST(a_damaged_document_is_survived)
{
	prepare("shop");
	struct str whole = source_file_read(&arena, scratch_path("openapi.json"));
	static const char *const others[] = { "null", "1", "\"x\"", "[]", "{}" };

	for (size_t i = 0; i < DAMAGES; i++) {
		FILE *out = fopen(scratch_path("openapi.json"), "we");
		ck_assert_ptr_nonnull(out);
		size_t at = whole.len * i / DAMAGES;
		while (at < whole.len && whole.ptr[at] != ':')
			at++;
		size_t end = at + 1;
		bool container =
			end < whole.len && (whole.ptr[end] == '{' || whole.ptr[end] == '[');
		while (!container && end < whole.len && !memchr(",}]", whole.ptr[end], 3))
			end++;
		fwrite(whole.ptr, 1, at, out);
		fprintf(out, ":%s", container ? "" : others[i % NITEMS(others)]);
		fwrite(whole.ptr + (container ? at + 1 : end), 1,
			whole.len - (container ? at + 1 : end), out);
		ck_assert_int_eq(fclose(out), 0);
		int status = import("openapi.json --database app.db");
		ck_assert_msg(
			status == DONE || status == FAILED || status == INCOMPLETE, "%s", output);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("import");
	TCase *tcase = tcase_create("import");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, an_application_is_declared, 0, NITEMS(applications));
	tcase_add_test(tcase, without_a_database_its_document_must_do);
	tcase_add_test(tcase, a_database_in_use_is_read_with_its_log);
	tcase_add_loop_test(tcase, what_cannot_be_read_is_one_line, 0, NITEMS(refusals));
	tcase_add_test(tcase, without_resources_nothing_is_written);
	tcase_add_test(tcase, an_output_that_cannot_be_written_is_one_line);
	tcase_add_test(tcase, a_damaged_document_is_survived);
	suite_add_tcase(suite, tcase);
	return suite;
}
