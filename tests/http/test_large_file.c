/* A file that is larger than dbd's page cache is read from a mapping. What cannot be read there
 * fails the requests that need it, and nothing else. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	POSTS = 80 * 1000, /* 22 MB */
	CACHE = 8 * 1024 * 1024,
	WARM = 400 /* requests, several in a turn or each in its own */
};

static struct postern server;
static pid_t dbd;
static int fd;
static off_t size;
static char *tail; /* the second half of the file */

static int get_post(int id)
{
	char target[64], body[1024];

	snprintf(target, sizeof(target), "/posts/%d", id);
	return http_client_ask_once(server.port, "GET", target, NULL, body, sizeof(body));
}

/* True if dbd has read from its mapping of the file. */
static bool is_mapped(void)
{
	char command[200];

	snprintf(command, sizeof(command),
		"awk '/app.db$/ {there = 1} there && /^Rss:/ {found = $2 > 0; exit} END {exit "
		"!found}' /proc/%d/smaps",
		dbd);
	return system(command) == 0;
}

static void setup(void)
{
	struct stat st;

	postern_init(&server);
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	postern_stop(&server);
	postern_insert_posts(&server, POSTS);
	fd = open(server.database, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	size = st.st_size;
	ck_assert_int_gt(size / 2, CACHE);
	tail = malloc((size_t)(size / 2));
	ck_assert_int_eq(pread(fd, tail, (size_t)(size / 2), size - size / 2), size / 2);
	postern_launch(&server, &(struct postern_plan){ .args = { "--cache-size", "0" } });
	postern_await_serving(&server);
	dbd = postern_child(&server, "dbd");
}

static void teardown(void)
{
	free(tail);
	close(fd);
	postern_done(&server);
}

START_TEST(a_large_file_is_read_from_its_mapping)
{
	for (int i = 0; i < WARM; i++)
		ck_assert_int_eq(get_post(1 + i * (POSTS / WARM)), 200);
	ck_assert(is_mapped());
	postern_stop(&server);
}
END_TEST

/* As long as nothing was written since the start, SQLite compares the size of the file with what
 * its first page says before each read. */
START_TEST(a_page_that_is_lost_fails_only_what_needs_it)
{
	http_client_expect_once(
		server.port, "PATCH", "/posts/1", "{\"title\":\"new\"}", 200, NULL, NULL, 0);
	ck_assert_int_eq(get_post(1), 200);
	ck_assert_int_eq(get_post(POSTS), 200);
	ck_assert_int_eq(ftruncate(fd, size - size / 2), 0);
	ck_assert_int_eq(get_post(POSTS), 500);
	postern_await_log(&server, 0, "a page of the file cannot be read", HTTP_CLIENT_TIMEOUT_MS);
	for (int i = 0; i < WARM; i++) {
		ck_assert_int_eq(get_post(1 + i), 200);
		ck_assert_int_eq(get_post(POSTS - i), 500);
	}
	ck_assert_int_eq(pwrite(fd, tail, (size_t)(size / 2), size - size / 2), size / 2);
	ck_assert_int_eq(get_post(POSTS), 200);
	ck_assert_int_eq(postern_child(&server, "dbd"), dbd);
	postern_stop(&server);
}
END_TEST

START_TEST(what_is_written_meanwhile_is_read)
{
	for (int i = 0; i < WARM; i++) {
		char body[1024], want[64], patch[64], target[64];
		int id = 1 + i * (POSTS / WARM);
		snprintf(target, sizeof(target), "/posts/%d", id);
		snprintf(patch, sizeof(patch), "{\"title\":\"new %d\"}", i);
		snprintf(want, sizeof(want), "\"title\":\"new %d\"", i);
		ck_assert_int_eq(get_post(id), 200);
		ck_assert_int_eq(http_client_ask_once(
					 server.port, "PATCH", target, patch, body, sizeof(body)),
			200);
		ck_assert_int_eq(
			http_client_ask_once(server.port, "GET", target, NULL, body, sizeof(body)),
			200);
		ck_assert_msg(strstr(body, want), "%s", body);
	}
	postern_stop(&server);
}
END_TEST

/* The dbd that a reload replaces gives the database up, but reads on for its streams. */
START_TEST(a_list_outlasts_a_reload)
{
	struct http_client slow;

	http_client_open(&slow, server.port);
	http_client_request(&slow, "GET", "/posts", NULL);
	http_client_await(&slow, 1);
	ck_assert(is_mapped());
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	postern_await_log(&server, 0, "reloaded: ", POSTERN_START_MS);
	struct answer a = http_client_receive(&slow);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_gt(a.body.len, (size_t)size / 2);
	ck_assert_int_eq(a.body.ptr[a.body.len - 1], ']');
	http_client_close(&slow);
	postern_stop(&server);
	ck_assert_ptr_null(strstr(postern_log(&server), "killed by signal"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("large_file");
	TCase *tc = tcase_create("large_file");

	tcase_set_tags(tc, "sqlite");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_large_file_is_read_from_its_mapping);
	tcase_add_test(tc, a_page_that_is_lost_fails_only_what_needs_it);
	tcase_add_test(tc, what_is_written_meanwhile_is_read);
	tcase_add_test(tc, a_list_outlasts_a_reload);
	suite_add_tcase(suite, tc);
	return suite;
}
