/* The order of a group: every Postern takes the locks of its group in the same one. */
#include "pg_group_order.h"

#include "sample.h"
#include "suite.h"

enum { COUNT = 9 };

static struct job jobs[COUNT];
static struct pg_write writes[COUNT];

static struct command command_of(enum action action, const char *resource, int64_t key)
{
	const struct resource *r = sample_resource(resource);
	const bool is_new = action == ACTION_CREATE;

	return (struct command){ .action = action,
		.resource = r,
		.key = key_int(is_new ? 0 : key),
		.parent = key_int(is_new ? key : 0),
		.record = { .resource = r } };
}

static struct command new_user(const char *name)
{
	struct command c = command_of(ACTION_CREATE, "user", 0);

	record_set(&c.record, 1, value_text(str_from(name)));
	return c;
}

static struct command conditional(struct command c)
{
	c.match = STR("\"tag\"");
	return c;
}

/* As a lane takes jobs. */
static void add(unsigned i, struct command c)
{
	jobs[i] = (struct job){ .command = c };
	writes[i] = (struct pg_write){
		.job = &jobs[i],
		.number = i,
		.alone = pg_group_runs_alone(&c),
		.table = c.resource->number,
		.key = pg_group_target(&c),
	};
}

START_TEST(writes_are_sorted_by_table_and_row)
{
	static const unsigned want[COUNT] = { 2, 5, 7, 1, 6, 4, 8, 0, 3 };

	add(0, conditional(command_of(ACTION_UPDATE, "user", 1)));
	add(1, new_user("ada"));
	add(2, command_of(ACTION_UPDATE, "user", 1));
	add(3, command_of(ACTION_DELETE, "user", 2));
	add(4, command_of(ACTION_CREATE, "post", 2));
	add(5, command_of(ACTION_UPDATE, "user", 2));
	add(6, new_user("adam"));
	add(7, command_of(ACTION_UPDATE, "user", 2));
	add(8, command_of(ACTION_CREATE, "post", 10));
	pg_group_sort(writes, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_msg(writes[i].number == want[i], "write %u is number %u, not %u", i,
			writes[i].number, want[i]);
	ck_assert(!pg_group_is_same_row(&writes[0], &writes[1]));
	ck_assert(pg_group_is_same_row(&writes[1], &writes[2]));
	/* Two new rows are two rows, though they have one parent. */
	ck_assert(!pg_group_is_same_row(&writes[3], &writes[4]));
}
END_TEST

START_TEST(what_concerns_further_rows_runs_alone)
{
	struct command c = command_of(ACTION_DELETE, "post", 1);

	ck_assert(!pg_group_runs_alone(&c));
	ck_assert(!pg_group_has_condition(&c));
	c = conditional(c);
	ck_assert(pg_group_runs_alone(&c));
	ck_assert(pg_group_has_condition(&c));
	c = command_of(ACTION_DELETE, "user", 1);
	ck_assert(pg_group_runs_alone(&c));
	c = command_of(ACTION_UPDATE, "user", 1);
	ck_assert(!pg_group_runs_alone(&c));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_group_order");
	TCase *tc = tcase_create("order");

	tcase_add_test(tc, writes_are_sorted_by_table_and_row);
	tcase_add_test(tc, what_concerns_further_rows_runs_alone);
	suite_add_tcase(suite, tc);
	return suite;
}
