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

START_TEST(beats_without_a_page_go_to_a_dummy)
{
	heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_EVENTS);
	heartbeat_free(NULL);
	ck_assert_uint_eq(heartbeat_read(page, HEARTBEAT_LOOP).beats, 0);
}
END_TEST

START_TEST(a_new_page_has_idle_threads_without_beats)
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
	heartbeat_note_action(
		HEARTBEAT_LOOP, ACTIVITY_VALIDATING, ACTION_CREATE, api->resources[1]);
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

START_TEST(a_note_replaces_the_whole_previous_note)
{
	ck_assert_int_eq(heartbeat_adopt(fd), 0);
	heartbeat_note_action(HEARTBEAT_WRITER, ACTIVITY_RUNNING, ACTION_DELETE, api->resources[0]);
	ck_assert_note(heartbeat_read(page, HEARTBEAT_WRITER), "running a command (delete users)");
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_WAITING);
	ck_assert_note(heartbeat_read(page, HEARTBEAT_WRITER), "waiting");
	ck_assert(pulse_is_idle(heartbeat_read(page, HEARTBEAT_WRITER), HEARTBEAT_WRITER));
}
END_TEST

START_TEST(an_adopted_descriptor_is_closed)
{
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(heartbeat_adopt(fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(adopting_another_file_fails)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(heartbeat_adopt(null), -1);
	close(null);
	ck_assert_int_eq(heartbeat_adopt(-1), -1);
}
END_TEST

/* Otherwise a child that truncates its page could kill the master by SIGBUS. */
START_TEST(the_size_of_a_page_is_sealed)
{
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), -1);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
}
END_TEST

/* A child may write anything. */
START_TEST(a_forged_note_cannot_exceed_the_tables)
{
	ck_assert_note((struct pulse){ 1, UINT32_MAX }, "doing something unknown");
	ck_assert_note((struct pulse){ 1, ACTIVITY__COUNT }, "doing something unknown");
	ck_assert_note((struct pulse){ 1, ACTIVITY_RUNNING | 1u << 8 }, "running a command");
	ck_assert_note((struct pulse){ 1, ACTIVITY_RUNNING | 1u << 16 }, "running a command");
	ck_assert_note((struct pulse){ 1, ACTIVITY_RUNNING | (ACTION__COUNT + 1u) << 8 | 1u << 16 },
		"running a command");
	ck_assert_note(
		(struct pulse){ 1, ACTIVITY_RUNNING | 1u << 8 | (api->nresources + 1u) << 16 },
		"running a command");
}
END_TEST

static const struct {
	long watchdog;
	uint64_t interval;
} intervals[] = { { 0, 1000 }, { 1, 250 }, { 3, 750 }, { 4, 1000 }, { 86400, 1000 } };

START_TEST(the_interval_is_a_quarter_of_the_watchdogs_time)
{
	ck_assert_uint_eq(heartbeat_interval(intervals[_i].watchdog), intervals[_i].interval);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("heartbeat");
	TCase *tests = tcase_create("heartbeat");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, beats_without_a_page_go_to_a_dummy);
	tcase_add_test(tests, a_new_page_has_idle_threads_without_beats);
	tcase_add_test(tests, each_thread_has_its_own_beats_and_note);
	tcase_add_test(tests, a_note_replaces_the_whole_previous_note);
	tcase_add_test(tests, an_adopted_descriptor_is_closed);
	tcase_add_test(tests, adopting_another_file_fails);
	tcase_add_test(tests, the_size_of_a_page_is_sealed);
	tcase_add_test(tests, a_forged_note_cannot_exceed_the_tables);
	tcase_add_loop_test(
		tests, the_interval_is_a_quarter_of_the_watchdogs_time, 0, NITEMS(intervals));
	suite_add_tcase(suite, tests);
	return suite;
}
