/* What the mapping hands out is the file's, as it grows; a page that cannot be read is zeros and a
 * fault, after which nothing is handed out until the mapping is mended. */
#include "file_map.h"

#include "scratch.h"
#include "suite.h"
#include "thread.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 8 };

static int fd;

static void write_page(int page, char content)
{
	char bytes[PAGE];

	memset(bytes, content, sizeof(bytes));
	ck_assert_int_eq(pwrite(fd, bytes, PAGE, (off_t)page * PAGE), PAGE);
}

static void setup(void)
{
	scratch_setup();
	fd = open(scratch_path("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	for (int page = 0; page < PAGES; page++)
		write_page(page, (char)('a' + page));
	ck_assert(file_map_open(fd));
}

static void teardown(void)
{
	file_map_close();
	close(fd);
	scratch_teardown();
}

/* The first byte of the page; -1: it is not handed out. */
static int look(int page)
{
	const volatile char *bytes = file_map_bytes((int64_t)page * PAGE, PAGE);

	return bytes ? bytes[0] : -1;
}

static void must_lose(int page)
{
	unsigned before = file_map_faults();

	ck_assert_int_eq(look(page), 0);
	ck_assert_uint_eq(file_map_faults(), before + 1);
}

START_TEST(the_bytes_are_those_of_the_file)
{
	ck_assert_int_eq(look(0), 'a');
	ck_assert_int_eq(look(PAGES - 1), 'a' + PAGES - 1);
	write_page(2, 'z');
	ck_assert_int_eq(look(2), 'z');
	ck_assert_uint_eq(file_map_faults(), 0);
}
END_TEST

START_TEST(a_file_that_grows_is_handed_out)
{
	ck_assert_int_eq(look(PAGES), -1);
	write_page(PAGES, 'y');
	ck_assert_int_eq(look(PAGES), 'y');
	ck_assert_int_eq(file_map_size(), (PAGES + 1) * PAGE);
	ck_assert_int_eq(look(1 << 30), -1);
}
END_TEST

START_TEST(a_file_is_known_by_its_inode)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert(file_map_is(&st));
	ck_assert_int_eq(stat(scratch_path("."), &st), 0);
	ck_assert(!file_map_is(&st));
}
END_TEST

START_TEST(a_lost_page_is_zeros_and_then_nothing_is_handed_out)
{
	ck_assert_int_eq(look(5), 'f');
	ck_assert_int_eq(ftruncate(fd, 3 * (off_t)PAGE), 0);
	must_lose(5);
	ck_assert_int_eq(look(5), -1);
	ck_assert_int_eq(look(0), -1);
}
END_TEST

static void *lose(void *context)
{
	(void)context;
	must_lose(5);
	return NULL;
}

START_TEST(a_thread_may_lose_a_page)
{
	pthread_t thread;

	ck_assert_int_eq(look(5), 'f');
	ck_assert_int_eq(ftruncate(fd, 3 * (off_t)PAGE), 0);
	ck_assert_int_eq(thread_start(&thread, lose, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(look(0), -1);
}
END_TEST

START_TEST(limited_address_space_is_left_alone)
{
	file_map_close();
	ck_assert_int_eq(
		setrlimit(RLIMIT_AS, &(struct rlimit){ (rlim_t)1 << 46, RLIM_INFINITY }), 0);
	ck_assert(!file_map_open(fd));
	ck_assert_int_eq(look(0), -1);
	ck_assert_int_eq(file_map_size(), 0);
}
END_TEST

START_TEST(a_mended_mapping_has_the_bytes_of_the_file)
{
	ck_assert_int_eq(look(5), 'f');
	ck_assert_int_eq(ftruncate(fd, 3 * (off_t)PAGE), 0);
	must_lose(5);
	write_page(5, 'F');
	file_map_mend();
	ck_assert_int_eq(look(5), 'F');
	ck_assert_int_eq(look(0), 'a');
	ck_assert_uint_eq(file_map_faults(), 1);
}
END_TEST

/* A disk that fails costs a fault in a second, not one for each page. */
START_TEST(a_mapping_is_not_mended_again_at_once)
{
	ck_assert_int_eq(look(5), 'f');
	ck_assert_int_eq(ftruncate(fd, 3 * (off_t)PAGE), 0);
	must_lose(5);
	write_page(5, 'F');
	file_map_mend();
	ck_assert_int_eq(ftruncate(fd, 3 * (off_t)PAGE), 0);
	must_lose(5);
	file_map_mend();
	ck_assert_int_eq(look(0), -1);
}
END_TEST

static int end_of(void (*does)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		does();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void be_sent_one(void)
{
	raise(SIGBUS);
}

static void touch_another_mapping(void)
{
	const volatile char *other = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (ftruncate(fd, 0) == 0)
		_exit(other[0] != 0);
}

START_TEST(other_bus_errors_end_the_process)
{
	static void (*const others[])(void) = { be_sent_one, touch_another_mapping };

	for (size_t i = 0; i < NITEMS(others); i++) {
		int status = end_of(others[i]);
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), SIGBUS);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("file_map");
	TCase *tc = tcase_create("file_map"), *ends = tcase_create("other bus errors");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_bytes_are_those_of_the_file);
	tcase_add_test(tc, a_file_that_grows_is_handed_out);
	tcase_add_test(tc, a_file_is_known_by_its_inode);
	tcase_add_test(tc, a_lost_page_is_zeros_and_then_nothing_is_handed_out);
	tcase_add_test(tc, a_thread_may_lose_a_page);
	tcase_add_test(tc, limited_address_space_is_left_alone);
	tcase_add_test(tc, a_mended_mapping_has_the_bytes_of_the_file);
	tcase_add_test(tc, a_mapping_is_not_mended_again_at_once);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(ends, setup, teardown);
	tcase_add_test(ends, other_bus_errors_end_the_process);
	suite_add_tcase(suite, ends);
	return suite;
}
