/* Deletions with what refers to the row, while other sessions and another dbd write it. */
#include "beside.h"
#include "related.h"
#include "suite.h"

static struct dbd second;
static struct client others;

static void setup(void)
{
	related_use_api();
	beside_setup();
	dbd_init(&second, dbd.url);
	beside_do("INSERT INTO authors (name) VALUES ('a'), ('b');"
		  "INSERT INTO books (title, author_id) VALUES ('x', 1), ('y', 1), ('z', 2);"
		  "INSERT INTO reviews (comment, book_id) VALUES ('1', 1), ('2', 1), ('3', 2);"
		  "INSERT INTO categories (name) VALUES ('c');"
		  "INSERT INTO shops (name) VALUES ('s');"
		  "INSERT INTO products (name, category_id, shop_id) VALUES ('p', 1, 1);"
		  "INSERT INTO cellars (name) VALUES ('d');"
		  "INSERT INTO shelfs (name, category_id, cellar_id) VALUES ('e', 1, 1)");
}

static void teardown(void)
{
	dbd_done(&second);
	beside_teardown();
}

/* What the other session has begun before the deletion counts. */
static const struct {
	const char *first, *resource;
	int64_t key;
	enum fault fault;
	const char *question, *answer;
} cases[] = {
	{ "INSERT INTO reviews (comment, book_id) VALUES ('late', 2)", "author", 1, FAULT_NONE,
		"SELECT count(*) || ' ' || (SELECT count(*) FROM reviews) FROM books", "1 0" },
	{ "UPDATE books SET author_id = 2 WHERE id = 2", "author", 1, FAULT_NONE,
		"SELECT string_agg(title, ' ' ORDER BY id) || ' ' || (SELECT count(*) FROM reviews)"
		" FROM books",
		"y z 1" },
	{ "INSERT INTO sales (product_id, shop_id) VALUES (1, 1)", "product", 1, FAULT_IN_USE,
		"SELECT count(*) FROM products", "1" },
	{ "UPDATE categories SET name = 'other' WHERE id = 1; DELETE FROM products WHERE id = 1",
		"category", 1, FAULT_NONE,
		"SELECT count(*) || ' ' || (SELECT count(*) FROM categories) FROM shelfs"
		" WHERE category_id IS NULL",
		"1 0" },
	{ "INSERT INTO shelfs (name, category_id, cellar_id) VALUES ('late', 1, 1);"
	  "DELETE FROM products WHERE id = 1",
		"category", 1, FAULT_NONE, "SELECT count(*) FROM shelfs WHERE category_id IS NULL",
		"2" },
	{ "DELETE FROM authors WHERE id = 3; DELETE FROM books WHERE id = 3;"
	  "DELETE FROM authors WHERE id = 2",
		"author", 2, FAULT_NOT_FOUND, "SELECT count(*) FROM authors", "1" },
};

START_TEST(a_deletion_waits_for_what_begins_to_refer_to_its_row)
{
	struct command c = delete_row(cases[_i].resource, cases[_i].key);

	beside_do("BEGIN");
	beside_do(cases[_i].first);
	put_all(&client, &c, 1);
	beside_await_blocked();
	beside_do("COMMIT");
	take_all(&client, 1);
	must_be(0, cases[_i].fault);
	beside_must_be(cases[_i].question, cases[_i].answer);
}
END_TEST

static struct command create_book(int64_t of, const char *title)
{
	struct command c = beside_command(ACTION_CREATE, "book", 0);

	c.key = key_int(0);
	c.parent = key_int(of);
	beside_set(&c, "title", title);
	return c;
}

/* Each book is created before its author is deleted, and goes with it, or there is no author any
 * more. */
START_TEST(two_dbds_create_and_delete_below_one_row)
{
	enum { ROUNDS = 20, COUNT = 8 };

	dbd_start(&second);
	client_open(&others, &second);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct command commands[COUNT];
		struct command deletion = delete_row("author", 100 + round);
		char sql[128];
		snprintf(sql, sizeof(sql), "INSERT INTO authors (id, name) VALUES (%u, 'n')",
			100 + round);
		beside_do(sql);
		for (unsigned i = 0; i < COUNT; i++)
			commands[i] = create_book(100 + round, "late");
		deletion.id = COUNT;
		client_put(&others, &deletion);
		put_all(&client, commands, COUNT);
		client_flush(&others);
		take_all(&client, COUNT);
		take_all(&others, 1);
		must_be(COUNT, FAULT_NONE);
		for (unsigned i = 0; i < COUNT; i++)
			if (outcomes[i].fault != FAULT_NONE)
				must_be(i, FAULT_NOT_FOUND);
	}
	beside_must_be("SELECT count(*) FROM books WHERE title = 'late'", "0");
	client_close(&others);
}
END_TEST

START_TEST(deletions_of_one_group_follow_each_other)
{
	struct command commands[] = { delete_row("author", 1), delete_row("author", 1),
		delete_row("book", 1), delete_row("shop", 1), delete_row("category", 1),
		create_book(1, "first") };

	run_all(commands, NITEMS(commands));
	must_be(5, FAULT_NONE);
	ck_assert_int_ne(outcomes[0].fault == FAULT_NONE, outcomes[1].fault == FAULT_NONE);
	must_be(outcomes[0].fault == FAULT_NONE, FAULT_NOT_FOUND);
	must_be(3, FAULT_NONE);
	beside_must_be("SELECT string_agg(title, ' ') FROM books", "z");
	beside_must_be("SELECT count(*) FROM products", "0");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_relations");
	TCase *relations = tcase_create("relations");

	tcase_set_tags(relations, "server");
	tcase_add_checked_fixture(relations, setup, teardown);
	tcase_set_timeout(relations, 60);
	tcase_add_loop_test(
		relations, a_deletion_waits_for_what_begins_to_refer_to_its_row, 0, NITEMS(cases));
	tcase_add_test(relations, two_dbds_create_and_delete_below_one_row);
	tcase_add_test(relations, deletions_of_one_group_follow_each_other);
	suite_add_tcase(suite, relations);
	return suite;
}
