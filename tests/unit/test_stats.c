#include "stats_slots.h"

#include "stats_sum.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEY = 17 };

/* Members of struct stats_table by their index in 64-bit words. */
enum { WORD_LAYOUT, WORD_SEQUENCE, WORD_SLOTS };

static int fd;
static uint64_t *words;
static size_t size;

static void setup(void)
{
	struct stat st;

	fd = stats_create();
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	size = (size_t)st.st_size;
	words = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(words, MAP_FAILED);
}

static void teardown(void)
{
	munmap(words, size);
	close(fd);
}

/* Runs body in a child process that counts in this slot, and waits for its end. */
static void run_child(unsigned slot, void (*body)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (stats_adopt(fcntl(fd, F_DUPFD_CLOEXEC, 0), slot) < 0)
			_exit(1);
		body();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static unsigned allot(const char *name)
{
	unsigned slot = stats_allot(name);

	stats_set_process(slot, 1234);
	return slot;
}

static struct stats_sums *sum(void)
{
	struct stats_sums *sums = stats_sum();

	ck_assert_ptr_nonnull(sums);
	return sums;
}

static uint64_t sum_of(enum stats_id stat, unsigned place)
{
	struct stats_sums *sums = sum();
	uint64_t value = sums->cells[stat_infos[stat].first + place];

	free(sums);
	return value;
}

static void count_some(void)
{
	stats_add(STAT_HTTP_SENT, 10);
	stats_add(STAT_HTTP_SENT, 5);
	stats_set(STAT_CONNECTIONS, 7);
	stats_add_at(STAT_COMMANDS, stat_action_outcome(ACTION_READ, STAT_OUTCOME_DONE), 2);
	stats_observe(STAT_GROUP_SIZE, 3);
	stats_observe_key(KEY, 6 * 1000 * 1000);
}

START_TEST(a_process_without_a_table_can_count)
{
	count_some();
	ck_assert_uint_eq(stats_read(2, STAT_HTTP_SENT, 0), 0);
	stats_reap(stats_allot("worker 1"));
	ck_assert_ptr_null(stats_sum());
	ck_assert_int_eq(errno, ENOTSUP);
}
END_TEST

START_TEST(counts_of_processes_are_summed)
{
	unsigned first = allot("worker 1"), second = allot("worker 2");

	run_child(first, count_some);
	run_child(second, count_some);
	struct stats_sums *sums = sum();
	ck_assert_uint_eq(sums->cells[stat_infos[STAT_HTTP_SENT].first], 30);
	ck_assert_uint_eq(sums->cells[stat_infos[STAT_CONNECTIONS].first], 14);
	ck_assert_uint_eq(sums->cells[stat_infos[STAT_GROUP_SIZE].first + 2], 2);
	ck_assert_uint_eq(sums->cells[stat_infos[STAT_GROUP_SIZE].first + STATS_BUCKETS], 6);
	ck_assert_uint_eq(sums->nseries, 1);
	ck_assert_uint_eq(sums->series[0].key, KEY);
	ck_assert_uint_eq(sums->series[0].cells[1], 2);
	ck_assert_uint_eq(sums->series[0].cells[STATS_BUCKETS], 12 * 1000 * 1000);
	ck_assert_uint_eq(sums->nprocesses, 3);
	ck_assert_str_eq(sums->processes[0].name, "master");
	ck_assert_str_eq(sums->processes[2].name, "worker 2");
	ck_assert_int_eq(sums->processes[2].pid, 1234);
	free(sums);
}
END_TEST

START_TEST(sums_do_not_decrease_when_a_process_is_reaped)
{
	for (unsigned i = 1; i <= 3; i++) {
		unsigned slot = allot("worker 1");
		run_child(slot, count_some);
		stats_reap(slot);
		ck_assert_uint_eq(sum_of(STAT_HTTP_SENT, 0), i * 15);
		ck_assert_uint_eq(sum_of(STAT_CONNECTIONS, 0), 0);
		ck_assert_uint_eq(sum_of(STAT_GROUP_SIZE, 2), i);
		struct stats_sums *sums = sum();
		ck_assert_uint_eq(sums->nseries, 1);
		ck_assert_uint_eq(sums->series[0].cells[1], i);
		ck_assert_uint_eq(sums->nprocesses, 1);
		free(sums);
	}
}
END_TEST

START_TEST(a_reused_slot_starts_at_zero)
{
	unsigned slot = allot("worker 1");

	run_child(slot, count_some);
	stats_reap(slot);
	ck_assert_uint_eq(allot("worker 9"), slot);
	for (enum stats_id stat = 0; stat < STAT__COUNT; stat++)
		for (unsigned place = 0; place < stat_infos[stat].cells; place++)
			ck_assert_uint_eq(stats_read(slot, stat, place), 0);
	run_child(slot, count_some);
	ck_assert_uint_eq(stats_read(slot, STAT_HTTP_SENT, 0), 15);
	ck_assert_uint_eq(stats_read(slot, STAT_HTTP_DURATION, 0), 1);
}
END_TEST

/* Each bound of a histogram is in its own bucket, and the next higher value in the next bucket. */
START_TEST(bounds_are_inclusive)
{
	static const enum stats_id stats[] = { STAT_GROUP_SIZE, STAT_COMMIT_DURATION };
	const uint64_t *bounds = stat_bounds(stat_infos[stats[_i]].shape);

	for (unsigned i = 0; i < STATS_BOUNDS; i++) {
		ck_assert(i == 0 || bounds[i] > bounds[i - 1]);
		stats_observe(stats[_i], bounds[i]);
		ck_assert_uint_eq(sum_of(stats[_i], i), i == 0 ? 1 : 2);
		stats_observe(stats[_i], bounds[i] + 1);
		ck_assert_uint_eq(sum_of(stats[_i], i + 1), 1);
	}
	stats_observe(stats[_i], UINT64_MAX / 2);
	ck_assert_uint_eq(sum_of(stats[_i], STATS_BOUNDS), 2);
}
END_TEST

/* All answers of this kind, whatever their routes. */
static uint64_t count_answers(const struct stats_sums *sums, unsigned answer)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < sums->nseries; i++)
		if (sums->series[i].key % STATS_ANSWERS == answer)
			n += sums->series[i].cells[0];
	return n;
}

/* Four kinds of answers of every route, twice. */
static void count_every_route(void)
{
	for (int again = 0; again < 2; again++)
		for (unsigned route = 0; route < STATS_ROUTES; route++)
			for (unsigned answer = 0; answer < 4; answer++)
				stats_observe_key(stats_key(route, answer), 1);
}

START_TEST(too_many_keys_are_counted_without_their_routes)
{
	unsigned slot = allot("worker 1");

	run_child(slot, count_every_route);
	for (int reaped = 0; reaped < 2; reaped++) {
		struct stats_sums *sums = sum();
		ck_assert_uint_lt(sums->nseries, STATS_SERIES);
		ck_assert_uint_gt(sums->nseries, STATS_SERIES / 2);
		for (unsigned answer = 0; answer < 4; answer++)
			ck_assert_uint_eq(count_answers(sums, answer), 2 * STATS_ROUTES);
		ck_assert_uint_eq(count_answers(sums, STATS_ANSWERS - 1), 0);
		free(sums);
		if (!reaped)
			stats_reap(slot);
	}
}
END_TEST

static void count_every_key(void)
{
	for (unsigned key = 0; key < STATS_KEYS; key++)
		stats_observe_key(key, 1);
}

START_TEST(too_many_kinds_of_answers_are_counted_under_the_last_key)
{
	unsigned slot = allot("worker 1");

	run_child(slot, count_every_key);
	for (int reaped = 0; reaped < 2; reaped++) {
		uint64_t all = 0;
		struct stats_sums *sums = sum();
		ck_assert_uint_eq(sums->nseries, STATS_SERIES);
		ck_assert_uint_eq(sums->series[STATS_SERIES - 1].key, STATS_KEYS - 1);
		for (unsigned i = 0; i < sums->nseries; i++)
			all += sums->series[i].cells[0];
		ck_assert_uint_eq(all, STATS_KEYS);
		free(sums);
		if (!reaped)
			stats_reap(slot);
	}
}
END_TEST

/* Sums are those before or after a change. During a change the reader tries again, but not forever.
 */
START_TEST(the_wait_for_a_change_is_bounded)
{
	uint64_t before = words[WORD_SEQUENCE];

	words[WORD_SEQUENCE] = before | 1;
	errno = 0;
	ck_assert_ptr_null(stats_sum());
	ck_assert_int_eq(errno, EAGAIN);
	words[WORD_SEQUENCE] = before;
	free(sum());
}
END_TEST

START_TEST(a_reader_never_sees_half_a_reap)
{
	unsigned slot = allot("worker 1");

	run_child(slot, count_some);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 20 * 1000; i++) {
			stats_reap(slot);
			slot = stats_allot("worker 1");
		}
		_exit(0);
	}
	int status;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct stats_sums *sums = stats_sum();
		if (!sums)
			continue;
		ck_assert_uint_eq(sums->cells[stat_infos[STAT_HTTP_SENT].first], 15);
		ck_assert_uint_eq(sums->series[0].cells[1], 1);
		free(sums);
	}
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(sum_of(STAT_HTTP_SENT, 0), 15);
}
END_TEST

/* Readers survive anything that a child may write. */
START_TEST(indexes_and_lengths_in_the_table_are_not_trusted)
{
	static const int patterns[] = { 0xff, 0x61, 0x01, 0x7f };
	unsigned slot = allot("worker 1");
	uint64_t layout = words[WORD_LAYOUT];

	memset(words, patterns[_i], size);
	words[WORD_LAYOUT] = layout;
	words[WORD_SEQUENCE] = 2;
	words[WORD_SLOTS] = UINT64_MAX;
	struct stats_sums *sums = sum();
	ck_assert_uint_le(sums->nseries, STATS_SERIES);
	for (unsigned i = 0; i < sums->nseries; i++)
		ck_assert_uint_lt(sums->series[i].key, STATS_KEYS);
	for (unsigned i = 0; i < sums->nprocesses; i++)
		for (const char *c = sums->processes[i].name; *c; c++)
			ck_assert(*c == 'a');
	free(sums);
	stats_reap(slot);
	ck_assert_uint_eq(stats_read(STATS_SLOTS, STAT_HTTP_SENT, 0), 0);
}
END_TEST

static void count_without_a_table(void)
{
	count_some();
	if (stats_sum() || errno != ENOTSUP)
		_exit(2);
}

START_TEST(a_table_of_another_version_is_not_used)
{
	unsigned slot = allot("worker 1");

	words[WORD_LAYOUT]++;
	run_child(slot, count_without_a_table);
	words[WORD_LAYOUT]--;
	ck_assert_uint_eq(sum_of(STAT_HTTP_SENT, 0), 0);
}
END_TEST

START_TEST(a_child_cannot_adopt_another_kind_of_slot)
{
	static const unsigned slots[] = { 0, 1, STATS_SLOTS, 4000000000 };

	ck_assert_int_lt(stats_adopt(fcntl(fd, F_DUPFD_CLOEXEC, 0), slots[_i]), 0);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(the_size_of_the_table_is_sealed)
{
	ck_assert_int_lt(ftruncate(fd, 0), 0);
	ck_assert_int_lt(ftruncate(fd, (off_t)size * 2), 0);
}
END_TEST

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* https://prometheus.io/docs/practices/naming/ */
START_TEST(names_follow_the_conventions)
{
	const struct stat_info *info = &stat_infos[_i];
	bool seconds = strstr(info->name, "_seconds") != NULL;

	ck_assert_int_eq(ends_with(info->name, "_total"), info->kind == STAT_KIND_COUNTER);
	ck_assert_int_eq(seconds, info->unit == STAT_UNIT_SECONDS);
	ck_assert_int_eq(strstr(info->name, "_bytes") != NULL, info->unit == STAT_UNIT_BYTES);
	ck_assert(strncmp(info->name, "postern_", 8) == 0 ||
		  strncmp(info->name, "http_server_", 12) == 0);
	ck_assert(ends_with(info->help, "."));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("stats");
	TCase *none = tcase_create("no table"), *tc = tcase_create("stats");

	tcase_add_test(none, a_process_without_a_table_can_count);
	tcase_add_loop_test(none, names_follow_the_conventions, 0, STAT__COUNT);
	suite_add_tcase(suite, none);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_of_processes_are_summed);
	tcase_add_test(tc, sums_do_not_decrease_when_a_process_is_reaped);
	tcase_add_test(tc, a_reused_slot_starts_at_zero);
	tcase_add_loop_test(tc, bounds_are_inclusive, 0, 2);
	tcase_add_test(tc, too_many_keys_are_counted_without_their_routes);
	tcase_add_test(tc, too_many_kinds_of_answers_are_counted_under_the_last_key);
	tcase_add_test(tc, the_wait_for_a_change_is_bounded);
	tcase_add_test(tc, a_reader_never_sees_half_a_reap);
	tcase_add_loop_test(tc, indexes_and_lengths_in_the_table_are_not_trusted, 0, 4);
	tcase_add_test(tc, a_table_of_another_version_is_not_used);
	tcase_add_loop_test(tc, a_child_cannot_adopt_another_kind_of_slot, 0, 4);
	tcase_add_test(tc, the_size_of_the_table_is_sealed);
	suite_add_tcase(suite, tc);
	return suite;
}
