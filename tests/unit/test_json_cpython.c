/*
 * Compares the JSON reader with CPython's json module. json_loads.py passes every prefix of some
 * hundred documents to the python3 of this machine; the reader must return the same results.
 * Without a python3 the test passes and says so.
 */
#include "buf.h"
#include "json_read.h"
#include "json_text.h"
#include "json_write.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static const char script[] = "tests/unit/json_loads.py";

/* Decodes the hex digits at the start of a line. Returns the rest after the tab. */
static const char *read_body(struct buf *body, const char *line)
{
	unsigned byte;

	buf_reset(body, SIZE_MAX);
	while (sscanf(line, "%2x", &byte) == 1 && *line != '\t') {
		buf_char(body, (char)byte);
		line += 2;
	}
	if (*line != '\t')
		ck_abort_msg("not a line of %s: %s", script, line);
	return line + 1;
}

/* Formats the result as json_loads.py does; with the value only if it is to be compared. */
static void write_outcome(struct buf *out, struct str body, bool with_value)
{
	struct arena arena = { 0 };
	const struct json *root;
	struct json_error error;
	struct str text;

	buf_reset(out, SIZE_MAX);
	if (!json_text_decode(&arena, body, &text)) {
		buf_printf(out, "undecodable");
	} else if (json_read(&arena, text, &root, &error) != JSON_OK) {
		buf_printf(out, "syntax %zu %s", error.position, error.message);
	} else {
		buf_printf(out, "value ");
		if (with_value)
			json_write(out, root);
		else
			buf_char(out, '-');
	}
	arena_done(&arena);
}

static void compare(const char *line, struct buf *body, struct buf *out)
{
	struct str want = str_from(read_body(body, line));

	write_outcome(out, buf_view(body), !str_equal(want, STR("value -")));
	struct str got = buf_view(out);
	ck_assert_msg(str_equal(got, want), "%.*s:\n%.*s\nCPython:\n%s", (int)buf_len(body),
		buf_view(body).ptr, STR_ARGS(got), want.ptr);
}

/* Returns the number of lines. The last one marks the end and is not compared. */
static unsigned compare_all(FILE *lines)
{
	char *line = NULL;
	size_t size = 0;
	struct buf body, out;
	unsigned count = 0;
	bool ended = false;

	buf_init(&body, SIZE_MAX / 2);
	buf_init(&out, SIZE_MAX / 2);
	for (ssize_t n; (n = getline(&line, &size, lines)) > 0; count++) {
		line[n - 1] = '\0';
		ended = strcmp(line, "end") == 0;
		if (!ended)
			compare(line, &body, &out);
	}
	ck_assert_msg(ended, "%s did not end", script);
	buf_done(&body);
	buf_done(&out);
	free(line);
	return count;
}

START_TEST(every_prefix_is_read_as_cpython_reads_it)
{
	if (system("command -v python3 >/dev/null") != 0) {
		printf("no python3 on this machine: nothing to compare with\n");
		return;
	}
	char command[sizeof(script) + 16];
	snprintf(command, sizeof(command), "python3 %s", script);
	FILE *lines = popen(command, "re");
	ck_assert_ptr_nonnull(lines);
	ck_assert_uint_gt(compare_all(lines), 5000);
	ck_assert_int_eq(pclose(lines), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_cpython");
	TCase *tests = tcase_create("json_cpython");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, every_prefix_is_read_as_cpython_reads_it);
	suite_add_tcase(suite, tests);
	return suite;
}
