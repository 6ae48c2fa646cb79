#include "heartbeat.h"

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct heartbeat *page;
static int fd;

static void setup(void)
{
	fd = heartbeat_new(&page);
	ck_assert_int_ge(fd, 0);
}

static void teardown(void)
{
	heartbeat_free(page);
}

static void ck_assert_note(struct pulse pulse, const char *want)
{
	struct buf text;

	buf_init(&text, 256);
	pulse_write_note(pulse, &text);
	ck_assert_slice_eq(buf_view(&text), str_from(want));
	buf_done(&text);
}

START_TEST(nobody_needs_a_page)
{
	heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_EVENTS);
	heartbeat_free(NULL);
	ck_assert_uint_eq(heartbeat_read(page, HEARTBEAT_LOOP).beats, 0);
}
END_TEST

START_TEST(a_new_page_says_that_nobody_has_begun)
{
	struct pulse pulse = heartbeat_read(page, HEARTBEAT_WRITER);

	ck_assert_uint_eq(pulse.beats, 0);
	ck_assert(pulse_is_idle(pulse, HEARTBEAT_WRITER));
	ck_assert(!pulse_is_idle(pulse, HEARTBEAT_LOOP));
	ck_assert_note(pulse, "waiting");
}
END_TEST

START_TEST(each_thread_has_its_own_beats_and_note)
{
	ck_assert_int_eq(heartbeat_adopt(fd), 0);
	heartbeat_note_action(HEARTBEAT_LOOP, ACTIVITY_VALIDATING, ACTION_CREATE, resources[1]);
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_COMMITTING);
	heartbeat_beat(HEARTBEAT_WRITER);
	struct pulse of_loop = heartbeat_read(page, HEARTBEAT_LOOP);
	struct pulse of_writer = heartbeat_read(page, HEARTBEAT_WRITER);
	ck_assert_uint_eq(of_loop.beats, 1);
	ck_assert_uint_eq(of_writer.beats, 2);
	ck_assert_note(of_loop, "validating a body (create posts)");
	ck_assert_note(of_writer, "committing a group");
	ck_assert(!pulse_is_idle(of_writer, HEARTBEAT_WRITER));
}
END_TEST

START_TEST(a_note_replaces_all_of_the_last_one)
{
	ck_assert_int_eq(heartbeat_adopt(fd), 0);
	heartbeat_note_action(HEARTBEAT_WRITER, ACTIVITY_RUNNING, ACTION_DELETE, resources[0]);
	ck_assert_note(heartbeat_read(page, HEARTBEAT_WRITER), "running a command (delete users)");
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_WAITING);
	ck_assert_note(heartbeat_read(page, HEARTBEAT_WRITER), "waiting");
	ck_assert(pulse_is_idle(heartbeat_read(page, HEARTBEAT_WRITER), HEARTBEAT_WRITER));
}
END_TEST

START_TEST(the_descriptor_is_closed_once_it_is_adopted)
{
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(heartbeat_adopt(fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(what_is_no_page_is_not_adopted)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(heartbeat_adopt(null), -1);
	close(null);
	ck_assert_int_eq(heartbeat_adopt(-1), -1);
}
END_TEST

/* Else the master would die of a child that makes it smaller. */
START_TEST(its_size_cannot_be_changed)
{
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), -1);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
}
END_TEST

/* A child may write what it likes. */
START_TEST(a_forged_note_is_read_within_bounds)
{
	ck_assert_note((struct pulse){ 1, UINT32_MAX }, "doing what nobody knows");
	ck_assert_note((struct pulse){ 1, ACTIVITY__COUNT }, "doing what nobody knows");
	ck_assert_note((struct pulse){ 1, ACTIVITY_RUNNING | 1u << 8 }, "running a command");
	ck_assert_note((struct pulse){ 1, ACTIVITY_RUNNING | 1u << 16 }, "running a command");
	ck_assert_note((struct pulse){ 1, ACTIVITY_RUNNING | (ACTION__COUNT + 1u) << 8 | 1u << 16 },
		"running a command");
	ck_assert_note((struct pulse){ 1, ACTIVITY_RUNNING | 1u << 8 | (nresources + 1u) << 16 },
		"running a command");
}
END_TEST

static const struct {
	long watchdog;
	uint64_t interval;
} intervals[] = { { 0, 1000 }, { 1, 250 }, { 3, 750 }, { 4, 1000 }, { 86400, 1000 } };

START_TEST(a_quarter_of_the_watchdogs_time_is_a_second_at_most)
{
	ck_assert_uint_eq(heartbeat_interval(intervals[_i].watchdog), intervals[_i].interval);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("heartbeat");
	TCase *tests = tcase_create("heartbeat");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nobody_needs_a_page);
	tcase_add_test(tests, a_new_page_says_that_nobody_has_begun);
	tcase_add_test(tests, each_thread_has_its_own_beats_and_note);
	tcase_add_test(tests, a_note_replaces_all_of_the_last_one);
	tcase_add_test(tests, the_descriptor_is_closed_once_it_is_adopted);
	tcase_add_test(tests, what_is_no_page_is_not_adopted);
	tcase_add_test(tests, its_size_cannot_be_changed);
	tcase_add_test(tests, a_forged_note_is_read_within_bounds);
	tcase_add_loop_test(
		tests, a_quarter_of_the_watchdogs_time_is_a_second_at_most, 0, NITEMS(intervals));
	suite_add_tcase(suite, tests);
	return suite;
}
