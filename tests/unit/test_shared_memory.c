#include "shared_memory.h"

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SIZE = 100 };

static int fd;

static void setup(void)
{
	fd = shared_memory_create("postern-test", SIZE);
	ck_assert_int_ge(fd, 0);
}

static void teardown(void)
{
	close(fd);
}

START_TEST(the_memory_is_zeroed_and_shared)
{
	unsigned char *writer = shared_memory_map(fd, SIZE, true);
	const unsigned char *reader = shared_memory_map(fd, SIZE, false);

	ck_assert_ptr_nonnull(writer);
	ck_assert_ptr_nonnull(reader);
	for (int i = 0; i < SIZE; i++)
		ck_assert_uint_eq(reader[i], 0);
	writer[SIZE - 1] = 7;
	ck_assert_uint_eq(reader[SIZE - 1], 7);
	munmap(writer, SIZE);
	munmap((void *)(uintptr_t)reader, SIZE);
}
END_TEST

START_TEST(the_size_is_sealed)
{
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 2 * SIZE), -1);
	ck_assert(shared_memory_has_size(fd, SIZE));
	ck_assert(!shared_memory_has_size(fd, SIZE + 1));
}
END_TEST

START_TEST(the_descriptor_is_closed_by_exec)
{
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(mapping_an_invalid_descriptor_fails)
{
	ck_assert_ptr_null(shared_memory_map(-1, SIZE, true));
	ck_assert_int_eq(errno, EBADF);
	ck_assert(!shared_memory_has_size(-1, SIZE));
}
END_TEST

/* A descriptor that is left open would be the next one's number. */
START_TEST(memory_beyond_a_limit_fails_and_leaves_nothing)
{
	struct rlimit before, lower;
	int next = dup(fd);

	close(next);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	lower = (struct rlimit){ SIZE - 1, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lower), 0);
	int made = shared_memory_create("postern-test", SIZE), why = errno;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_int_eq(made, -1);
	ck_assert_int_eq(why, EFBIG);
	ck_assert_int_eq(dup(fd), next);
	close(next);
}
END_TEST

START_TEST(memory_takes_a_descriptor)
{
	struct rlimit before, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	int made = shared_memory_create("postern-test", SIZE), why = errno;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(made, -1);
	ck_assert_int_eq(why, EMFILE);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("shared_memory");
	TCase *tc = tcase_create("shared_memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_memory_is_zeroed_and_shared);
	tcase_add_test(tc, the_size_is_sealed);
	tcase_add_test(tc, the_descriptor_is_closed_by_exec);
	tcase_add_test(tc, mapping_an_invalid_descriptor_fails);
	tcase_add_test(tc, memory_beyond_a_limit_fails_and_leaves_nothing);
	tcase_add_test(tc, memory_takes_a_descriptor);
	suite_add_tcase(suite, tc);
	return suite;
}
