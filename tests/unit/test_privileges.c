#include "privileges.h"

#include "suite.h"

#include <stdio.h>
#include <unistd.h>

/* Numbers that belong to no user and no group of this machine, as far as one can tell. */
#define NO_USER "3999999990"

static struct arena arena;
static struct buf error;
static struct privileges found;

static void setup(void)
{
	buf_init(&error, 1000);
}

static void teardown(void)
{
	buf_done(&error);
	arena_done(&arena);
}

static bool find(const char *user, const char *group)
{
	return privileges_find(&found, user, group, &arena, &error);
}

/* Who the test is, as a number. */
static const char *own(unsigned id, char text[16])
{
	snprintf(text, 16, "%u", id);
	return text;
}

START_TEST(without_a_user_nothing_changes)
{
	ck_assert(find("", ""));
	ck_assert_uint_eq(found.uid, geteuid());
	ck_assert_uint_eq(found.gid, getegid());
	ck_assert(privileges_drop(&found, &error));
	ck_assert_uint_eq(found.ngroups, 0);
	ck_assert_uint_eq(buf_len(&error), 0);
}
END_TEST

START_TEST(a_user_and_a_group_may_be_numbers)
{
	char user[16], group[16];

	ck_assert(find(own(geteuid(), user), own(getegid(), group)));
	ck_assert_uint_eq(found.uid, geteuid());
	ck_assert_uint_eq(found.gid, getegid());
}
END_TEST

START_TEST(the_group_of_a_numbered_user_is_its_own)
{
	/* Only root may become root; who it is is found for anybody. */
	ck_assert(find("0", "") == (geteuid() == 0));
	ck_assert_uint_eq(found.uid, 0);
	ck_assert_uint_eq(found.gid, 0);
}
END_TEST

#define LONG_NAME "nobody-of-this-name-nobody-of-this-name-nobody-of-this-name-"

static const struct {
	const char *user, *group, *text;
} refused[] = {
	{ "", "0", "--group requires --user" },
	{ "no such user", "", "--user: unknown user \"no such user\"" },
	{ "1x", "", "--user: unknown user \"1x\"" },
	{ "-1", "", "--user: unknown user \"-1\"" },
	{ "4294967295", "", "--user: unknown user \"4294967295\"" },
	{ "99999999999999999999", "", "--user: unknown user \"99999999999999999999\"" },
	{ LONG_NAME LONG_NAME, "",
		"--user: unknown user \"" LONG_NAME "nobody-of-this-name-nobody-of-this-name-\"" },
	{ "0", "no such group", "--group: unknown group \"no such group\"" },
	{ "0", "4294967295", "--group: unknown group \"4294967295\"" },
	{ NO_USER, "", "--user: user " NO_USER " has no primary group; add --group" },
};

START_TEST(what_cannot_be_found_is_named)
{
	ck_assert(!find(refused[_i].user, refused[_i].group));
	ck_assert_slice_eq(buf_view(&error), str_from(refused[_i].text));
}
END_TEST

START_TEST(only_root_becomes_another)
{
	char want[200];
	uid_t before = geteuid();

	if (before == 0)
		ck_assert_int_eq(seteuid(12345), 0);
	bool accepted = find(NO_USER, "77");
	snprintf(want, sizeof(want),
		"--user: only root can become user " NO_USER
		" of group 77; this is user %u of group %u",
		(unsigned)geteuid(), (unsigned)getegid());
	ck_assert_int_eq(seteuid(before), 0);
	ck_assert(!accepted);
	ck_assert_slice_eq(buf_view(&error), str_from(want));
}
END_TEST

START_TEST(root_becomes_another_with_its_groups)
{
	if (geteuid() != 0)
		return;
	ck_assert(find(NO_USER, "77"));
	ck_assert_uint_eq(found.ngroups, 1);
	ck_assert_uint_eq(found.groups[0], 77);
	/* More groups than the kernel takes (setgroups(2), EINVAL). */
	found.ngroups = 1 << 20;
	ck_assert(!privileges_drop(&found, &error));
	ck_assert_slice_eq(
		buf_view(&error), STR("cannot become user " NO_USER ": Invalid argument"));
	ck_assert_uint_eq(geteuid(), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("privileges");
	TCase *tests = tcase_create("privileges");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, without_a_user_nothing_changes);
	tcase_add_test(tests, a_user_and_a_group_may_be_numbers);
	tcase_add_test(tests, the_group_of_a_numbered_user_is_its_own);
	tcase_add_loop_test(tests, what_cannot_be_found_is_named, 0, NITEMS(refused));
	tcase_add_test(tests, only_root_becomes_another);
	tcase_add_test(tests, root_becomes_another_with_its_groups);
	suite_add_tcase(suite, tests);
	return suite;
}
