/* Opening a file, and every reason to refuse it; the settings of a connection; checkpoints;
 * closing. */
#include "store.h"

#include "bind.h"
#include "sample.h"
#include "scratch.h"
#include "store_checkpoint.h"
#include "store_state.h"
#include "store_statements.h"
#include "store_transaction.h"
#include "suite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static struct buf error;
static const char *path;
static struct store *writer, *reader;
static struct arena arena;

static void setup(void)
{
	scratch_setup();
	buf_init(&error, 64 * 1024);
	path = scratch_path("app.db");
}

static void teardown(void)
{
	store_close(reader);
	store_close(writer);
	buf_done(&error);
	arena_done(&arena);
	ck_assert_int_eq(seteuid(getuid()), 0);
	scratch_teardown();
}

static void must_open(const char *where)
{
	writer = store_open_writer(where, &error);
	ck_assert_msg(writer, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	if (!where)
		return;
	reader = store_open_reader(where, &error);
	ck_assert_msg(reader, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
}

/* Permissions do not bind root, so they are tested as another user. */
static void become_another_user(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(NOBODY), 0);
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* Reasons to refuse a file. */

static void make_nothing(void)
{
	path = scratch_path("none/app.db");
}

static void make_file_as_folder(void)
{
	write_file(scratch_path("file"), "");
	path = scratch_path("file/app.db");
}

static void make_folder(void)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_fifo(void)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_text(void)
{
	write_file(
		path, "To whom it may concern: this is a letter, and a long one, which ends here.");
}

static void make_forbidden_file(void)
{
	write_file(path, "");
	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(chmod(scratch_path("."), 0777), 0);
	become_another_user();
}

static void make_forbidden_folder(void)
{
	write_file(path, "");
	ck_assert_int_eq(chmod(scratch_path("."), 0), 0);
	become_another_user();
}

/* As `sudo sqlite3` leaves one behind. */
static void make_forbidden_log(void)
{
	store_close(store_open_writer(path, &error));
	write_file(scratch_path("app.db-wal"), "");
	ck_assert_int_eq(chmod(scratch_path("app.db-wal"), 0), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(chmod(scratch_path("."), 0777), 0);
	buf_reset(&error, 64 * 1024);
	become_another_user();
}

static void make_read_only_file(void)
{
	write_file(path, "");
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert_int_eq(chmod(scratch_path("."), 0777), 0);
	become_another_user();
}

static void make_read_only_folder(void)
{
	ck_assert_int_eq(chmod(scratch_path("."), 0555), 0);
	become_another_user();
}

static void make_file_in_read_only_folder(void)
{
	write_file(path, "");
	ck_assert_int_eq(chmod(path, 0666), 0);
	make_read_only_folder();
}

static void make_other_schema(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "CREATE TABLE users (name)", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static const struct {
	void (*make)(void);
	const char *what, *remedy; /* texts that the line must have */
} refused[] = {
	{ make_nothing, "/none does not exist", "make it first" },
	{ make_file_as_folder, "/file/app.db is not a folder", "name a file in a folder" },
	{ make_folder, "it is a folder", "name a file in it" },
	{ make_fifo, "it is not a regular file", "name another" },
	{ make_text, "it is not an SQLite database", "name another file" },
	{ make_forbidden_file, "may not use the file", "give it read and write permission: ch" },
	{ make_forbidden_folder, "may not use the folder", "give it read and write permission" },
	{ make_forbidden_log, "-wal, -shm or -journal file beside it, cannot be opened",
		"give this user read and write permission to them" },
	{ make_read_only_file, "may not use the file", "give it read and write permission: ch" },
	{ make_read_only_folder, "may not use the folder", "read and write permission: ch" },
	{ make_file_in_read_only_folder, "may not use the folder",
		"give it read and write permission: ch" },
	{ make_other_schema, "table users, column id", "found none" },
};

START_TEST(what_cannot_be_a_database_is_refused_with_one_line)
{
	refused[_i].make();
	ck_assert_ptr_null(store_open_writer(path, &error));
	buf_char(&error, '\0');
	const char *line = buf_view(&error).ptr;
	ck_assert_msg(strstr(line, path), "%s", line);
	ck_assert_msg(strstr(line, refused[_i].what), "%s", line);
	ck_assert_msg(strstr(line, refused[_i].remedy), "%s", line);
	ck_assert_ptr_null(strchr(line, '\n'));
}
END_TEST

/* Settings. */

static int64_t ask(struct store *store, const char *question)
{
	sqlite3 *db = sqlite3_db_handle(store_statement(store, api->resources[0], SQL_LIST));
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_prepare_v2(db, question, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return answer;
}

START_TEST(both_connections_are_set_up)
{
	enum { FULL = 2, ON = 1, OFF = 0 };

	must_open(path);
	ck_assert_int_eq(ask(writer, "PRAGMA synchronous"), FULL);
	ck_assert_int_eq(ask(writer, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	struct store *const both[] = { writer, reader };
	for (size_t i = 0; i < NITEMS(both); i++) {
		ck_assert_int_eq(ask(both[i], "PRAGMA trusted_schema"), ON);
		ck_assert_int_eq(ask(both[i], "PRAGMA foreign_keys"), OFF);
		ck_assert_int_eq(ask(both[i], "PRAGMA cell_size_check"), ON);
		ck_assert_int_eq(ask(both[i], "PRAGMA busy_timeout"), 5000);
		ck_assert_int_eq(ask(both[i], "PRAGMA wal_autocheckpoint"), 0);
	}
}
END_TEST

/* What only answers reads keeps the pages that lead to rows, and trusts their cells until it reads
 * them. */
START_TEST(a_connection_that_answers_reads_is_set_up_for_speed)
{
	must_open(path);
	ck_assert_int_eq(store_set_up_answers(reader, 8192), SQLITE_OK);
	ck_assert_int_eq(ask(reader, "PRAGMA cache_size"), -8192);
	ck_assert_int_eq(ask(reader, "PRAGMA cell_size_check"), 0);
	ck_assert_int_eq(ask(writer, "PRAGMA cell_size_check"), 1);
}
END_TEST

START_TEST(a_new_file_has_the_permissions_of_the_umask)
{
	struct stat st;

	umask(077);
	must_open(path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(names_with_a_meaning_for_sqlite_are_files)
{
	static const char *const names[] = { ":memory:", "file:x?mode=memory" };

	ck_assert_int_eq(chdir(scratch_path(".")), 0);
	must_open(names[_i]);
	ck_assert_int_eq(access(names[_i], F_OK), 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(a_database_in_memory_has_its_tables)
{
	must_open(NULL);
	for (unsigned i = 0; i < api->nresources; i++) {
		sqlite3_stmt *list = store_statement(writer, api->resources[i], SQL_LIST);
		ck_assert_int_eq(store_execute(list), SQLITE_OK);
	}
}
END_TEST

/* Writing and reading. */

static void insert(unsigned n)
{
	struct record record = sample_input(&arena, api->resources[0], n);
	sqlite3_stmt *statement = store_statement(writer, api->resources[0], SQL_INSERT);

	ck_assert_int_eq(bind_record(statement, &record), SQLITE_OK);
	ck_assert_int_eq(store_execute(statement), SQLITE_OK);
	ck_assert_int_eq(sqlite3_last_insert_rowid(sqlite3_db_handle(statement)), n);
}

static void must_step(struct store *store, enum engine_step step)
{
	ck_assert_int_eq(store_step(store, step), SQLITE_OK);
}

static unsigned count_rows(struct store *store)
{
	sqlite3_stmt *list = store_statement(store, api->resources[0], SQL_LIST);
	unsigned rows = 0;

	while (sqlite3_step(list) == SQLITE_ROW)
		rows++;
	ck_assert_int_eq(sqlite3_reset(list), SQLITE_OK);
	return rows;
}

START_TEST(a_savepoint_is_undone_alone)
{
	must_open(path);
	must_step(writer, ENGINE_BEGIN_WRITE);
	insert(1);
	must_step(writer, ENGINE_SAVEPOINT);
	insert(2);
	must_step(writer, ENGINE_ROLLBACK_TO);
	must_step(writer, ENGINE_SAVEPOINT);
	insert(2);
	must_step(writer, ENGINE_RELEASE);
	ck_assert(store_in_transaction(writer));
	must_step(writer, ENGINE_COMMIT);
	ck_assert(!store_in_transaction(writer));
	ck_assert_uint_eq(count_rows(reader), 2);
}
END_TEST

START_TEST(a_snapshot_does_not_change)
{
	must_open(path);
	must_step(reader, ENGINE_BEGIN_READ);
	ck_assert_uint_eq(count_rows(reader), 0);
	insert(1);
	ck_assert_uint_eq(count_rows(reader), 0);
	must_step(reader, ENGINE_COMMIT);
	ck_assert_uint_eq(count_rows(reader), 1);
}
END_TEST

START_TEST(a_reader_cannot_write)
{
	must_open(path);
	struct record record = sample_input(&arena, api->resources[0], 1);
	sqlite3_stmt *statement = store_statement(reader, api->resources[0], SQL_INSERT);
	ck_assert_int_eq(bind_record(statement, &record), SQLITE_OK);
	ck_assert_int_eq(store_execute(statement) & 0xff, SQLITE_READONLY);
}
END_TEST

static off_t file_size(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : -1;
}

START_TEST(a_long_log_is_checkpointed)
{
	const char *wal = arena_printf(&arena, "%s-wal", path).ptr;

	must_open(path);
	off_t before = file_size(path);
	insert(1);
	store_checkpoint_if_long(writer);
	ck_assert_int_eq(file_size(path), before);
	/* Each commit takes a page for the table and one for each index. */
	enum { PAGES = 4 * STORE_CHECKPOINT_FIRST };
	unsigned n = 2;
	for (int times = 1; times <= 2; times++) {
		for (; file_size(wal) < times * PAGES * 4096; n++)
			insert(n);
		ck_assert_int_eq(file_size(path), before);
		store_checkpoint_if_long(writer); /* the first sets the anchor */
	}
	ck_assert_int_gt(file_size(path), before);
}
END_TEST

START_TEST(checkpoints_are_as_large_as_their_time_allows)
{
	static const struct {
		int pages;
		uint64_t ns;
		int next;
	} cases[] = {
		{ 1000, STORE_CHECKPOINT_NS, 999 }, /* just right */
		{ 1000, 2 * STORE_CHECKPOINT_NS, 499 },
		{ 1000, 1000 * (uint64_t)STORE_CHECKPOINT_NS, STORE_CHECKPOINT_LEAST },
		{ 600, 0, 750 },
		{ STORE_CHECKPOINT_MOST - 100, 0, STORE_CHECKPOINT_MOST },
		{ STORE_CHECKPOINT_LEAST, UINT64_MAX / 2, STORE_CHECKPOINT_LEAST },
	};

	for (size_t i = 0; i < NITEMS(cases); i++)
		ck_assert_int_eq(store_checkpoint_next(cases[i].pages, cases[i].ns), cases[i].next);
}
END_TEST

static void must_execute(sqlite3 *db, const char *sql)
{
	ck_assert_msg(
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
}

/* The limits count pages, so these are small. */
static void make_small_pages(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	must_execute(db, "PRAGMA page_size = 512; PRAGMA journal_mode = WAL;");
	sqlite3_close(db);
}

START_TEST(a_snapshot_in_the_way_of_a_long_log_is_reported)
{
	make_small_pages();
	must_open(path);
	sqlite3 *db = sqlite3_db_handle(store_statement(writer, api->resources[0], SQL_LIST));
	must_execute(db, "CREATE TABLE ballast (b)");
	must_step(reader, ENGINE_BEGIN_READ);
	count_rows(reader);
	must_execute(db, "INSERT INTO ballast VALUES (zeroblob(16384 * 512))");
	ck_assert(!store_checkpoint_if_long(writer));
	must_step(reader, ENGINE_COMMIT);
	must_execute(db, "INSERT INTO ballast VALUES (zeroblob(1024 * 512))");
	ck_assert(store_checkpoint_if_long(writer));
}
END_TEST

START_TEST(the_last_connection_to_close_leaves_one_file)
{
	const char *wal = arena_printf(&arena, "%s-wal", path).ptr;
	const char *shm = arena_printf(&arena, "%s-shm", path).ptr;

	must_open(path);
	insert(1);
	ck_assert_int_eq(access(wal, F_OK), 0);
	store_close(reader);
	reader = NULL;
	store_close(writer);
	writer = NULL;
	ck_assert_int_ne(access(wal, F_OK), 0);
	ck_assert_int_ne(access(shm, F_OK), 0);
	must_open(path);
	ck_assert_uint_eq(count_rows(reader), 1);
}
END_TEST

static sqlite3 *connection(void)
{
	return sqlite3_db_handle(store_statement(writer, api->resources[0], SQL_LIST));
}

START_TEST(statements_of_virtual_tables_are_not_finalized)
{
	static const char *const modules[] = { "fts4(t)", "fts5(t)", "rtree(a, b, c)" };
	char sql[128];

	must_open(path);
	snprintf(sql, sizeof(sql), "CREATE VIRTUAL TABLE v USING %s", modules[_i]);
	must_execute(connection(), sql);
	must_execute(connection(),
		_i == 2 ? "INSERT INTO v VALUES (1, 2, 3)" : "INSERT INTO v VALUES ('calm water')");
	store_close(writer);
	writer = NULL;
	writer = store_open_writer(path, &error);
	ck_assert_ptr_nonnull(writer);
	must_execute(connection(), "SELECT * FROM v");
}
END_TEST

START_TEST(a_write_whose_trigger_calls_an_unknown_function_fails_alone)
{
	must_open(path);
	must_execute(connection(), "CREATE TRIGGER t AFTER INSERT ON users BEGIN"
				   " SELECT no_such_thing(new.id); END");
	store_close(writer);
	writer = store_open_writer(path, &error);
	ck_assert_ptr_nonnull(writer);
	ck_assert_ptr_null(store_statement(writer, api->resources[0], SQL_INSERT));
	ck_assert_str_eq(store_error(writer), "no such function: no_such_thing");
	ck_assert_int_eq(
		bind_key(NULL, &api->resources[0]->fields[RESOURCE_KEY], key_int(1)), SQLITE_ERROR);
	ck_assert_ptr_nonnull(store_statement(writer, api->resources[0], SQL_DELETE));
	must_execute(connection(), "DROP TRIGGER t");
	insert(1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, what_cannot_be_a_database_is_refused_with_one_line, 0, NITEMS(refused));
	tcase_add_test(tc, both_connections_are_set_up);
	tcase_add_test(tc, a_connection_that_answers_reads_is_set_up_for_speed);
	tcase_add_test(tc, a_new_file_has_the_permissions_of_the_umask);
	tcase_add_loop_test(tc, names_with_a_meaning_for_sqlite_are_files, 0, 2);
	tcase_add_test(tc, a_database_in_memory_has_its_tables);
	tcase_add_test(tc, a_savepoint_is_undone_alone);
	tcase_add_test(tc, a_snapshot_does_not_change);
	tcase_add_test(tc, a_reader_cannot_write);
	tcase_add_test(tc, a_long_log_is_checkpointed);
	tcase_add_test(tc, checkpoints_are_as_large_as_their_time_allows);
	tcase_add_test(tc, a_snapshot_in_the_way_of_a_long_log_is_reported);
	tcase_add_test(tc, the_last_connection_to_close_leaves_one_file);
	tcase_add_loop_test(tc, statements_of_virtual_tables_are_not_finalized, 0, 3);
	tcase_add_test(tc, a_write_whose_trigger_calls_an_unknown_function_fails_alone);
	suite_add_tcase(suite, tc);
	return suite;
}
