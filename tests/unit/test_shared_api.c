/* The memory in which the master passes the declared API to its children. */
#include "shared_api.h"

#include "declaration.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

static int fd;
static struct buf error, text;

static void setup(void)
{
	buf_init(&error, 4096);
	buf_init(&text, DECLARATION_CANONICAL_MOST);
	declaration_write_brief(&text, api);
	fd = shared_api_create(&api, 1);
	ck_assert_int_ge(fd, 0);
}

static void teardown(void)
{
	close(fd);
	buf_done(&text);
	buf_done(&error);
}

START_TEST(a_child_reads_the_same_api)
{
	struct shared_apis apis;
	bool read = shared_api_read(fd, &apis, &error);
	struct str why = buf_view(&error);

	ck_assert_msg(read, "%.*s", STR_ARGS(why));
	ck_assert_uint_eq(apis.count, 1);
	ck_assert_ptr_ne(apis.list[0], api);
	ck_assert_uint_eq(apis.list[0]->fingerprint, api->fingerprint);
	ck_assert_str_eq(apis.list[0]->title, api->title);
	shared_api_free(&apis);
}
END_TEST

START_TEST(dbd_reads_earlier_declarations_too)
{
	const struct api *earlier = sample_read_api(
		STR("{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\"}}}}}"));
	const struct api *both[] = { api, earlier };
	struct shared_apis apis;
	int shared = shared_api_create(both, 2);

	ck_assert_int_ge(shared, 0);
	ck_assert(shared_api_read(shared, &apis, &error));
	ck_assert_uint_eq(apis.count, 2);
	ck_assert_uint_eq(apis.list[0]->fingerprint, api->fingerprint);
	ck_assert_uint_eq(apis.list[1]->fingerprint, earlier->fingerprint);
	shared_api_free(&apis);
	ck_assert_ptr_null(shared_api_read_one(shared, &error));
	ck_assert_slice_eq(buf_view(&error), STR("it has 2 declarations"));
	const struct api *only = shared_api_read_one(fd, &error);
	ck_assert_uint_eq(only->fingerprint, api->fingerprint);
	declaration_free(only);
	declaration_free(earlier);
	close(shared);
}
END_TEST

START_TEST(the_file_has_the_brief_form)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, (off_t)buf_len(&text));
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(nobody_can_change_it)
{
	ck_assert_int_lt(pwrite(fd, " ", 1, 0), 0);
	ck_assert_int_lt(ftruncate(fd, 1), 0);
	ck_assert_int_lt(ftruncate(fd, 1 << 20), 0);
	ck_assert_ptr_eq(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	ck_assert_int_lt(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
	ck_assert_int_eq(fcntl(fd, F_GET_SEALS), SEALS);
}
END_TEST

static int make(struct str content, int seals)
{
	int made = memfd_create("postern-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(made, 0);
	ck_assert_int_eq(write(made, content.ptr, content.len), (ssize_t)content.len);
	ck_assert_int_eq(fcntl(made, F_ADD_SEALS, seals), 0);
	return made;
}

static void refuse(int broken)
{
	struct shared_apis apis;

	buf_reset(&error, 4096);
	ck_assert(!shared_api_read(broken, &apis, &error));
	ck_assert_uint_eq(apis.count, 0);
	struct str why = buf_view(&error);
	ck_assert_uint_gt(why.len, 0);
	ck_assert_ptr_null(memchr(why.ptr, '\n', why.len));
	close(broken);
}

START_TEST(a_file_that_can_still_be_changed_is_refused)
{
	refuse(make(buf_view(&text), 0));
	refuse(make(buf_view(&text), SEALS & ~F_SEAL_WRITE));
	refuse(make(buf_view(&text), SEALS & ~F_SEAL_SHRINK));
}
END_TEST

START_TEST(a_truncated_file_is_refused)
{
	size_t whole = buf_len(&text);

	while (whole > 0 && text.data[whole - 1] == '\n')
		whole--;
	for (size_t n = 0; n < whole; n += 1 + n / 8)
		refuse(make((struct str){ text.data, n }, SEALS));
	refuse(make((struct str){ text.data, whole - 1 }, SEALS));
}
END_TEST

START_TEST(an_altered_file_is_refused)
{
	for (size_t at = 0; at < buf_len(&text); at += 1 + at / 8) {
		char kept = text.data[at];
		text.data[at] = '\0';
		refuse(make(buf_view(&text), SEALS));
		text.data[at] = kept;
	}
}
END_TEST

START_TEST(what_is_no_such_file_is_refused)
{
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	close(pipes[1]);
	refuse(pipes[0]);
	refuse(open("/dev/null", O_RDONLY | O_CLOEXEC));
	refuse(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("shared api");
	TCase *tc = tcase_create("shared api");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_child_reads_the_same_api);
	tcase_add_test(tc, dbd_reads_earlier_declarations_too);
	tcase_add_test(tc, the_file_has_the_brief_form);
	tcase_add_test(tc, nobody_can_change_it);
	tcase_add_test(tc, a_file_that_can_still_be_changed_is_refused);
	tcase_add_test(tc, a_truncated_file_is_refused);
	tcase_add_test(tc, an_altered_file_is_refused);
	tcase_add_test(tc, what_is_no_such_file_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
