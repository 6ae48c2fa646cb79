/* A commit invalidates what its group changes, nothing else, and in time. */
#include "changes.h"

#include "group.h"
#include "sample.h"
#include "scratch.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_changes.h"
#include "store_statements.h"
#include "suite.h"

#include <sqlite3.h>
#include <unistd.h>

static struct generations *table;
static struct changes *changes;
static struct store *store;
static struct arena arena;
static struct group_counts counts;

/* The first two resources: a parent and what is embedded in it. */
#define PARENT api->resources[0]
#define CHILD  api->resources[1]

static struct store *open_writer(void)
{
	struct buf error;

	buf_init(&error, 4096);
	struct store *opened = store_open_writer(scratch_path("app.db"), &error);
	ck_assert_msg(opened, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	buf_done(&error);
	return opened;
}

static void setup(void)
{
	int fds[GENERATIONS_END__COUNT];

	scratch_setup();
	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
	close(fds[GENERATIONS_READ]);
	store = open_writer();
	changes = changes_new(table);
	store_publish_changes(store, changes);
}

static void teardown(void)
{
	store_close(store);
	changes_free(changes);
	arena_done(&arena);
	scratch_teardown();
}

static sqlite3 *database(void)
{
	return sqlite3_db_handle(store_statement(store, PARENT, SQL_LIST));
}

static struct command create(const struct resource *r, int64_t parent, unsigned number)
{
	return (struct command){ .deadline = UINT64_MAX,
		.action = ACTION_CREATE,
		.resource = r,
		.parent = key_int(parent),
		.record = sample_input(&arena, r, number) };
}

static struct command with_key(enum action action, const struct resource *r, int64_t key)
{
	return (struct command){ .deadline = UINT64_MAX,
		.action = action,
		.resource = r,
		.key = key_int(key),
		.record = sample_input(&arena, r, (unsigned)key + 100) };
}

static void run(struct command command)
{
	struct job_list jobs = { 0 };

	job_append(&jobs, job_new(JOB_WRITE, &command, NULL));
	group_run(sqlite_engine_of(store), &jobs, &counts);
	job_free(job_take(&jobs));
}

/* Two parents with two children each: keys 1 and 2, 1 to 4. */
static void fill(void)
{
	for (unsigned n = 1; n <= 2; n++)
		run(create(PARENT, 0, n));
	for (unsigned n = 1; n <= 4; n++)
		run(create(CHILD, (n + 1) / 2, n));
}

/* Rows and lists, as bits. */
enum seen {
	PARENT_1 = 1 << 0,
	PARENT_2 = 1 << 1,
	PARENT_3 = 1 << 2,
	CHILD_1 = 1 << 3,
	CHILD_2 = 1 << 4,
	CHILD_3 = 1 << 5,
	CHILD_5 = 1 << 6,
	PARENTS = 1 << 7,
	CHILDREN = 1 << 8,
	SEEN_END = 1 << 9
};

static unsigned place_of(enum seen seen)
{
	switch (seen) {
	case PARENT_1:
		return generations_row(PARENT, key_int(1));
	case PARENT_2:
		return generations_row(PARENT, key_int(2));
	case PARENT_3:
		return generations_row(PARENT, key_int(3));
	case CHILD_1:
		return generations_row(CHILD, key_int(1));
	case CHILD_2:
		return generations_row(CHILD, key_int(2));
	case CHILD_3:
		return generations_row(CHILD, key_int(3));
	case CHILD_5:
		return generations_row(CHILD, key_int(5));
	case PARENTS:
		return generations_list(PARENT);
	default:
		return generations_list(CHILD);
	}
}

static struct generation_stamp stamps[16];

static void note_stamps(void)
{
	unsigned i = 0;

	for (unsigned seen = 1; seen < SEEN_END; seen <<= 1)
		ck_assert(generations_stamp(table, place_of(seen), &stamps[i++]));
}

static unsigned changed(void)
{
	unsigned i = 0, all = 0;

	for (unsigned seen = 1; seen < SEEN_END; seen <<= 1)
		if (!generations_hold(table, &stamps[i++]))
			all |= seen;
	return all;
}

static const struct {
	const char *name;
	enum action action;
	bool child;
	int64_t key, parent;
	unsigned changed;
} writes[] = {
	{ "a new parent", ACTION_CREATE, false, 0, 0, PARENT_3 | PARENTS },
	{ "a new child", ACTION_CREATE, true, 0, 2, CHILD_5 | CHILDREN | PARENT_2 },
	{ "a child of nobody", ACTION_CREATE, true, 0, 9, 0 },
	{ "a parent updated", ACTION_UPDATE, false, 1, 0, PARENT_1 | PARENTS },
	{ "a child updated", ACTION_UPDATE, true, 2, 0, CHILD_2 | CHILDREN | PARENT_1 },
	{ "nobody updated", ACTION_UPDATE, true, 9, 0, 0 },
	{ "a child deleted", ACTION_DELETE, true, 3, 0, CHILD_3 | CHILDREN | PARENT_2 },
	{ "a parent deleted with its children", ACTION_DELETE, false, 1, 0,
		PARENT_1 | PARENTS | CHILD_1 | CHILD_2 | CHILDREN },
	{ "nobody deleted", ACTION_DELETE, false, 9, 0, 0 },
};

START_TEST(a_write_invalidates_what_shows_it)
{
	const struct resource *r = writes[_i].child ? CHILD : PARENT;
	struct command command = writes[_i].action == ACTION_CREATE
					 ? create(r, writes[_i].parent, 50)
					 : with_key(writes[_i].action, r, writes[_i].key);

	fill();
	note_stamps();
	run(command);
	ck_assert_msg(changed() == writes[_i].changed, "%s: changed %x, not %x", writes[_i].name,
		changed(), writes[_i].changed);
	/* Everything is settled: stamps can be taken. */
	note_stamps();
}
END_TEST

/* Triggers and constraints of others. */

#define EVERYTHING (SEEN_END - 1)

static void sql(sqlite3 *db, const char *text)
{
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", text,
		sqlite3_errmsg(db));
}

static const struct {
	const char *sql;
	bool child; /* which one is updated: 1 of them */
	unsigned changed;
} schemas[] = {
	/* Writes to other tables invalidate nothing more. */
	{ "CREATE TABLE audit (what); CREATE TRIGGER t AFTER UPDATE ON users"
	  " BEGIN INSERT INTO audit VALUES (1), (2); DELETE FROM audit; END",
		false, PARENT_1 | PARENTS },
	{ "CREATE TABLE audit (what PRIMARY KEY) WITHOUT ROWID; CREATE TRIGGER t AFTER UPDATE ON"
	  " posts BEGIN INSERT INTO audit VALUES (1), (2); END",
		true, CHILD_1 | CHILDREN | PARENT_1 },
	{ "CREATE TRIGGER t AFTER UPDATE ON posts BEGIN"
	  " UPDATE users SET email = 'x' || id WHERE id = 2; END",
		true, CHILD_1 | CHILDREN | PARENT_1 | PARENT_2 | PARENTS },
	/* It is unknown which parents showed a child that a trigger changes. */
	{ "CREATE TRIGGER t AFTER UPDATE ON users BEGIN"
	  " UPDATE posts SET title = 'x' WHERE id = 3; END",
		false, EVERYTHING },
	{ "CREATE TRIGGER t AFTER UPDATE ON posts BEGIN"
	  " UPDATE posts SET user_id = 2 WHERE id = NEW.id; END",
		true, EVERYTHING },
	{ "CREATE TRIGGER t AFTER UPDATE ON users BEGIN DELETE FROM posts; END", false,
		EVERYTHING },
	{ "CREATE TRIGGER t AFTER UPDATE ON users BEGIN"
	  " UPDATE OR REPLACE users SET email = 'x' WHERE id IN (1, 2); END",
		false, EVERYTHING },
	{ "DROP TABLE posts; CREATE TABLE Posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,"
	  " content TEXT NOT NULL, user_id INTEGER NOT NULL, date_posted TEXT NOT NULL);"
	  "INSERT INTO posts VALUES (1, 'a', 'b', 1, '2026-01-02')",
		true, CHILD_1 | CHILDREN | PARENT_1 },
	{ "DROP TABLE posts; CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,"
	  " content TEXT NOT NULL UNIQUE ON CONFLICT REPLACE, user_id INTEGER NOT NULL,"
	  " date_posted TEXT NOT NULL);"
	  "INSERT INTO posts VALUES (1, 'a', 'b', 1, '2026-01-02')",
		true, EVERYTHING },
};

START_TEST(triggers_and_constraints_of_the_schema_are_considered)
{
	sqlite3 *other;

	fill();
	ck_assert_int_eq(sqlite3_open(scratch_path("app.db"), &other), SQLITE_OK);
	sql(other, schemas[_i].sql);
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
	store_detect_foreign_commits(store);
	note_stamps();
	run(with_key(ACTION_UPDATE, schemas[_i].child ? CHILD : PARENT, 1));
	ck_assert_msg(changed() == schemas[_i].changed, "%s: changed %x, not %x", schemas[_i].sql,
		changed(), schemas[_i].changed);
	/* Everything is settled, and the next write does the same. */
	note_stamps();
	run(with_key(ACTION_UPDATE, PARENT, 99));
	ck_assert_uint_eq(changed(), 0);
}
END_TEST

static int on_commit(void *context)
{
	struct generation_stamp stamp;

	*(bool *)context = !generations_stamp(table, place_of(PARENT_1), &stamp);
	return 0;
}

START_TEST(a_change_is_marked_before_it_is_committed)
{
	bool marked = false;

	fill();
	sqlite3_commit_hook(database(), on_commit, &marked);
	run(with_key(ACTION_UPDATE, PARENT, 1));
	ck_assert(marked);
	note_stamps();
}
END_TEST

static int refuse(void *context)
{
	(void)context;
	return 1;
}

START_TEST(a_commit_that_fails_leaves_nothing_marked)
{
	fill();
	sqlite3_commit_hook(database(), refuse, NULL);
	run(with_key(ACTION_UPDATE, PARENT, 1));
	note_stamps();
	sqlite3_commit_hook(database(), NULL, NULL);
	run(with_key(ACTION_UPDATE, PARENT, 2));
	ck_assert_uint_eq(changed() & PARENT_2, PARENT_2);
	note_stamps();
}
END_TEST

START_TEST(commits_by_other_processes_are_detected)
{
	struct store *other = open_writer();

	fill();
	store_detect_foreign_commits(store);
	note_stamps();
	store_detect_foreign_commits(store);
	ck_assert_uint_eq(changed(), 0);
	ck_assert_int_eq(sqlite3_exec(sqlite3_db_handle(store_statement(other, PARENT, SQL_LIST)),
				 "DELETE FROM posts WHERE id = 4", NULL, NULL, NULL),
		SQLITE_OK);
	store_detect_foreign_commits(store);
	ck_assert_uint_eq(changed(), SEEN_END - 1);
	store_close(other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("changes");
	TCase *tc = tcase_create("changes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_write_invalidates_what_shows_it, 0, NITEMS(writes));
	tcase_add_loop_test(
		tc, triggers_and_constraints_of_the_schema_are_considered, 0, NITEMS(schemas));
	tcase_add_test(tc, a_change_is_marked_before_it_is_committed);
	tcase_add_test(tc, a_commit_that_fails_leaves_nothing_marked);
	tcase_add_test(tc, commits_by_other_processes_are_detected);
	suite_add_tcase(suite, tc);
	return suite;
}
