/* --api: reading the file at the start and at a reload. */
#include "served_api.h"

#include "declaration.h"
#include "shared_api.h"
#include "suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTES                                                                                      \
	"{\"title\": \"%s\", \"resources\": {\"note\": {\"fields\": {"                             \
	"\"text\": {\"type\": \"string\"%s}}}}}"

static struct served_api served;
static struct buf error;
static char folder[64], file[96];

static void setup(void)
{
	served = (struct served_api)SERVED_API_INIT;
	buf_init(&error, 64 * 1024);
	snprintf(folder, sizeof(folder), "/tmp/postern-served-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/api.json", folder);
}

static void teardown(void)
{
	served_api_close(&served);
	buf_done(&error);
	remove(file);
	rmdir(folder);
}

static void write_file(const char *text)
{
	FILE *out = fopen(file, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

static void declare(const char *title, const char *more)
{
	char text[512];

	snprintf(text, sizeof(text), NOTES, title, more);
	write_file(text);
}

static void must_read(const char *path)
{
	bool read = served_api_read(&served, path, &error);
	struct str why = buf_view(&error);

	ck_assert_msg(read, "%.*s", STR_ARGS(why));
	ck_assert_ptr_eq(served.api, api);
}

/* The reason is one line and has these words. */
static void expect_reason(const char *words)
{
	struct str why = buf_view(&error);
	char line[4096];

	snprintf(line, sizeof(line), "%.*s", STR_ARGS(why));
	ck_assert_msg(strstr(line, words) && !strchr(line, '\n'), "%s", line);
	buf_reset(&error, 64 * 1024);
}

static void must_refuse(const char *path, const char *words)
{
	const struct api *before = api;

	ck_assert(!served_api_read(&served, path, &error));
	expect_reason(words);
	ck_assert_ptr_null(served.api);
	ck_assert_int_lt(served.fd, 0);
	ck_assert_ptr_eq(api, before);
}

START_TEST(without_a_file_it_is_the_built_in_api)
{
	must_read("");
	ck_assert_str_eq(served.api->title, "02 SQLAlchemy CRUD");
	ck_assert_uint_eq(served.api->nresources, 2);
	ck_assert_str_eq(served_api_origin(""), "built-in");
}
END_TEST

START_TEST(a_file_is_served_and_shared)
{
	declare("Notes", "");
	must_read(file);
	ck_assert_str_eq(api->title, "Notes");
	ck_assert_str_eq(api->resources[0]->plural, "notes");
	ck_assert_int_lt(served.fd, 0);
	ck_assert(served_api_share(&served, &error));
	struct shared_apis shared;
	ck_assert(shared_api_read(served.fd, &shared, &error));
	ck_assert_uint_eq(shared.list[0]->fingerprint, api->fingerprint);
	shared_api_free(&shared);
}
END_TEST

START_TEST(a_broken_file_is_one_line_with_the_place)
{
	write_file("{\"resources\": {},\n  \"titel\": \"Notes\"}\n");
	must_refuse(file, "/api.json:2:3: ");
	write_file("{\"resources\": {\"note\": ");
	must_refuse(file, "/api.json:1:");
	write_file("");
	must_refuse(file, "/api.json:1:1: ");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
	must_refuse("/nowhere/api.json",
		"--api: cannot read /nowhere/api.json: No such file or directory");
	must_refuse("/tmp", "--api: cannot read /tmp: Is a directory");
	must_refuse("/dev/null", "/dev/null:1:1: ");
}
END_TEST

/* Writes a declaration of n bytes. */
static void write_long(size_t n)
{
	char head[256];
	FILE *out = fopen(file, "we");

	ck_assert_ptr_nonnull(out);
	snprintf(head, sizeof(head), NOTES, "Long", "");
	ck_assert_int_eq(fprintf(out, "%s%*s", head, (int)(n - strlen(head)), ""), (int)n);
	ck_assert_int_eq(fclose(out), 0);
}

START_TEST(a_file_has_at_most_one_mebibyte)
{
	write_long(DECLARATION_MOST + 1);
	must_refuse(file, "/api.json has more than 1048576 bytes");
	must_refuse("/dev/zero", "/dev/zero has more than 1048576 bytes");
	write_long(DECLARATION_MOST);
	must_read(file);
}
END_TEST

static void *write_into_fifo(void *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	struct str whole = str_from(text);

	/* In two pieces. */
	if (write(fd, whole.ptr, 20) == 20 && write(fd, whole.ptr + 20, whole.len - 20) > 0)
		close(fd);
	return NULL;
}

/* A shell's <(command) is one. Its content is there only once. */
START_TEST(a_fifo_is_read_at_the_start_only)
{
	char text[256];
	pthread_t writer;

	snprintf(text, sizeof(text), NOTES, "Piped", "");
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert_int_eq(pthread_create(&writer, NULL, write_into_fifo, text), 0);
	must_read(file);
	ck_assert_int_eq(pthread_join(writer, NULL), 0);
	ck_assert_str_eq(api->title, "Piped");
	struct served_api next;
	ck_assert(served_api_read_again(&served, file, &next, &error));
	ck_assert_ptr_null(next.api);
}
END_TEST

START_TEST(a_reload_takes_the_same_api_in_other_words)
{
	declare("Notes", "");
	must_read(file);
	ck_assert(served_api_share(&served, &error));
	struct served_api next;
	declare("Notes", ",\n\"nullable\": false,   \"shown\": true");
	ck_assert(served_api_read_again(&served, file, &next, &error));
	ck_assert_uint_eq(buf_len(&error), 0);
	ck_assert_ptr_null(next.api);
	ck_assert_int_lt(next.fd, 0);
}
END_TEST

START_TEST(a_reload_reads_another_api_and_replaces_the_one_before)
{
	static const char more[] = "{\"resources\": {\"tag\": {\"fields\": {\"word\": {\"type\": "
				   "\"text\"}}}, \"note\": {\"fields\": {\"text\": {\"type\": "
				   "\"text\"}}}}}";
	struct served_api next;
	struct shared_apis shared;

	declare("Notes", "");
	must_read(file);
	ck_assert(served_api_share(&served, &error));
	const struct api *before = served.api;
	write_file(more);
	ck_assert(served_api_read_again(&served, file, &next, &error));
	ck_assert_ptr_eq(api, before);
	/* The old resource keeps its number. */
	ck_assert_str_eq(next.api->numbered[0]->name, "note");
	ck_assert_str_eq(next.api->resources[0]->name, "tag");
	ck_assert(shared_api_read(next.fd, &shared, &error));
	ck_assert_uint_eq(shared.list[0]->fingerprint, next.api->fingerprint);
	shared_api_free(&shared);
	served_api_replace(&served, &next);
	ck_assert_ptr_eq(api, next.api);
	ck_assert_ptr_eq(served.api, next.api);
	declaration_free(before);
	/* The same file again is the same declaration, although its text lacks the numbers. */
	ck_assert(served_api_read_again(&served, file, &next, &error));
	ck_assert_ptr_null(next.api);
}
END_TEST

static void must_keep(const char *path, const char *words)
{
	const struct api *before = served.api;
	int fd = served.fd;

	struct served_api next;

	ck_assert(!served_api_read_again(&served, path, &next, &error));
	ck_assert_ptr_null(next.api);
	ck_assert_int_lt(next.fd, 0);
	expect_reason(words);
	ck_assert_ptr_eq(served.api, before);
	ck_assert_ptr_eq(api, before);
	ck_assert_int_eq(served.fd, fd);
}

START_TEST(a_reload_that_is_refused_changes_nothing)
{
	declare("Notes", "");
	must_read(file);
	write_file("{");
	must_keep(file, "/api.json:1:");
	remove(file);
	must_keep(file, "No such file or directory");
	struct served_api next;
	declare("Notes", "");
	ck_assert(served_api_read_again(&served, file, &next, &error));
}
END_TEST

static void expect_description(const char *path, const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	served_api_describe(&served, path, &out);
	ck_assert_slice_eq(buf_view(&out), str_from(want));
	buf_done(&out);
}

START_TEST(the_description_names_title_version_size_and_origin)
{
	must_read("");
	expect_description("", "API \"02 SQLAlchemy CRUD\" 0.1.0 with 2 resources, built-in");
	declare("Notes", "");
	must_read(file);
	expect_description("/a/b.json", "API \"Notes\" 0.1.0 with 1 resource, /a/b.json");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("served api");
	TCase *tc = tcase_create("served api");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_a_file_it_is_the_built_in_api);
	tcase_add_test(tc, a_file_is_served_and_shared);
	tcase_add_test(tc, a_broken_file_is_one_line_with_the_place);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_named);
	tcase_add_test(tc, a_file_has_at_most_one_mebibyte);
	tcase_add_test(tc, a_fifo_is_read_at_the_start_only);
	tcase_add_test(tc, a_reload_takes_the_same_api_in_other_words);
	tcase_add_test(tc, a_reload_reads_another_api_and_replaces_the_one_before);
	tcase_add_test(tc, a_reload_that_is_refused_changes_nothing);
	tcase_add_test(tc, the_description_names_title_version_size_and_origin);
	suite_add_tcase(suite, tc);
	return suite;
}
