/* A store of as many resources and fields as an API may have: chains of the greatest depth, fields
 * of all types that take no declaration of their own. */
#include "sample.h"
#include "scratch.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_rows.h"
#include "store_transaction.h"
#include "store_writes.h"
#include "suite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ERROR_MAX = 4096,
	HIGH_INT_FIELD = 58, /* its bit is not among the lower 32 */
};

static const char *const types[] = { "string", "text", "integer", "number", "boolean", "date",
	"time", "datetime", "decimal", "uuid", "object" };

static const struct resource *const *list; /* of the declaration */
static struct store *store;
static struct buf error;
static const char *path;

/* Resources of nfields fields with the key and the parent's key; the last input is unique. */
static void put_resource(struct buf *text, unsigned i, unsigned nfields)
{
	unsigned inputs = nfields - 1 - (i % RESOURCE_MAX_DEPTH != 0);

	buf_printf(text, "%s\"r%u\":{\"schema\":\"R%u\",", i ? "," : "", i, i);
	if (i % RESOURCE_MAX_DEPTH != 0)
		buf_printf(text, "\"parent\":\"r%u\",", i - 1);
	buf_printf(text, "\"fields\":{");
	for (unsigned f = 0; f + 1 < inputs; f++)
		buf_printf(text, "\"f%u\":{\"type\":\"%s\",\"nullable\":true},", f,
			types[f % NITEMS(types)]);
	buf_printf(text, "\"last\":{\"type\":\"integer\",\"nullable\":true,\"unique\":true,"
			 "\"index\":true}}}");
}

static void declare(unsigned nresources, unsigned nfields)
{
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	buf_printf(&text, "{\"resources\":{");
	for (unsigned i = 0; i < nresources; i++)
		put_resource(&text, i, nfields);
	buf_printf(&text, "}}");
	api_use(sample_read_api(buf_view(&text)));
	list = api->resources;
	buf_done(&text);
}

static unsigned last_input(const struct resource *r)
{
	return r->nfields - 1 - (r->parent != NULL);
}

static void setup(void)
{
	scratch_setup();
	path = scratch_path("many.db");
	buf_init(&error, ERROR_MAX);
}

static void teardown(void)
{
	store_close(store);
	store = NULL;
	buf_done(&error);
	scratch_teardown();
}

static void must_open(void)
{
	store = store_open_writer(path, &error);
	ck_assert_msg(store, "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
}

static int64_t insert(const struct resource *r, int64_t parent, int64_t unique)
{
	struct record record = { .resource = r };
	struct written written;

	for (unsigned i = 1; i < r->nfields; i++)
		record_set(&record, i, value_null());
	if (r->parent)
		record_set(&record, r->parent_field, value_int(parent));
	record_set(&record, last_input(r), value_int(unique));
	ck_assert_int_eq(store_insert(sqlite_engine_of(store), &record, &written), FAULT_NONE);
	return key_integer(written.key);
}

static void update_one(const struct resource *r, int64_t key, unsigned field, struct value value)
{
	struct record record = { .resource = r };
	struct written written;

	record_set(&record, 0, value_int(key));
	record_set(&record, field, value);
	ck_assert_int_eq(
		store_update(sqlite_engine_of(store), &record, UINT64_C(1) << field, &written),
		FAULT_NONE);
}

static bool read(const struct resource *r, int64_t key, struct record *row)
{
	const struct query query = { .resource = r, .kind = QUERY_ROW, .key = key_int(key) };
	struct cursor cursor;

	ck_assert_int_eq(store_open_rows(sqlite_engine_of(store), &query, &cursor), FAULT_NONE);
	ck_assert_int_eq(store_next_row(&cursor, row), FAULT_NONE);
	bool there = cursor.there;
	ck_assert(!there || cursor.field == r->nfields);
	store_close_rows(&cursor);
	return there;
}

START_TEST(every_resource_is_served)
{
	struct record row;

	declare(RESOURCES_MAX, RESOURCE_MAX_FIELDS);
	must_open();
	store_close(store);
	must_open();
	ck_assert_int_eq(store_step(store, ENGINE_BEGIN_WRITE), SQLITE_OK);
	for (unsigned i = 0; i < RESOURCES_MAX; i++) {
		ck_assert_int_eq(insert(list[i], 1, 7), 1);
		update_one(list[i], 1, HIGH_INT_FIELD, value_int(i));
		ck_assert(read(list[i], 1, &row));
		ck_assert_int_eq(row.values[HIGH_INT_FIELD].integer, i);
		ck_assert_int_eq(row.values[last_input(list[i])].integer, 7);
	}
	ck_assert_int_eq(store_step(store, ENGINE_COMMIT), SQLITE_OK);
}
END_TEST

START_TEST(a_deep_tree_is_deleted_whole)
{
	const unsigned last = RESOURCE_MAX_DEPTH - 1;
	struct record row;
	bool done;

	declare(RESOURCE_MAX_DEPTH, 3);
	must_open();
	for (unsigned i = 0; i <= last; i++)
		ck_assert_int_eq(insert(list[i], 1, 7), 1);
	ck_assert(read(list[last], 1, &row));
	ck_assert_int_eq(
		store_remove_below(sqlite_engine_of(store), list[0], key_int(1)), FAULT_NONE);
	ck_assert_int_eq(
		store_remove(sqlite_engine_of(store), list[0], key_int(1), &done), FAULT_NONE);
	ck_assert(done);
	ck_assert(!read(list[last], 1, &row));
}
END_TEST

/* The reply of such a write shows what is stored. */
START_TEST(what_is_stored_otherwise_is_read_again)
{
	enum { NUMBER = 4, DATE = 6, ALL = 8 };
	struct record record = { 0 };
	struct written written;

	declare(1, ALL);
	must_open();
	record.resource = list[0];
	for (unsigned i = 1; i < ALL; i++)
		record_set(&record, i, value_null());
	record_set(&record, NUMBER, value_number(_i ? -0.0 : 0.0));
	ck_assert_int_eq(store_insert(sqlite_engine_of(store), &record, &written), FAULT_NONE);
	ck_assert_int_eq(written.reread, _i);
	record_set(&record, 0, value_int(key_integer(written.key)));
	ck_assert_int_eq(
		store_update(sqlite_engine_of(store), &record, 1 << NUMBER, &written), FAULT_NONE);
	ck_assert_int_eq(written.reread, _i);
	ck_assert_int_eq(
		store_update(sqlite_engine_of(store), &record, 1 << DATE, &written), FAULT_NONE);
	ck_assert(!written.reread);
}
END_TEST

static void create_table(const char *constraint)
{
	sqlite3 *db;
	char sql[256];

	snprintf(sql, sizeof(sql),
		"CREATE TABLE r0 (id INTEGER PRIMARY KEY, f1 TEXT, f2 INTEGER UNIQUE %s)",
		constraint);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Nulls in a unique column differ from each other (https://www.sqlite.org/lang_createtable.html),
 * for SQLite's constraint and where SQL_TAKEN decides. */
START_TEST(nulls_are_not_taken)
{
	struct record record = { 0 };
	struct written written;

	declare(1, 3);
	create_table(_i ? "ON CONFLICT IGNORE" : "");
	must_open();
	record.resource = list[0];
	record_set(&record, 1, value_null());
	record_set(&record, 2, value_null());
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			store_insert(sqlite_engine_of(store), &record, &written), FAULT_NONE);
	record_set(&record, 2, value_int(7));
	ck_assert_int_eq(store_insert(sqlite_engine_of(store), &record, &written), FAULT_NONE);
	ck_assert_int_eq(store_insert(sqlite_engine_of(store), &record, &written), FAULT_CONFLICT);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("many resources");
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_resource_is_served);
	tcase_add_test(tc, a_deep_tree_is_deleted_whole);
	tcase_add_loop_test(tc, what_is_stored_otherwise_is_read_again, 0, 2);
	tcase_add_loop_test(tc, nulls_are_not_taken, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
