/* Values are bound and read back: every type, NUL bytes, and columns with values of another type.
 */
#include "bind.h"

#include "sample.h"
#include "suite.h"

static sqlite3 *db;
static struct arena arena;

static void setup(void)
{
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	arena_done(&arena);
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *statement;

	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
	return statement;
}

/* One of each type; not in resources[]. */
static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY },
	{ .name = "text", .type = FIELD_STR, .flags = FIELD_INPUT },
	{ .name = "mail", .type = FIELD_EMAIL, .flags = FIELD_INPUT },
	{ .name = "moment", .type = FIELD_DATETIME, .flags = FIELD_NOW },
};

static const struct resource thing = {
	.name = "thing",
	.plural = "things",
	.schema = "Thing",
	.fields = fields,
	.nfields = NITEMS(fields),
};

static const struct str texts[] = {
	STR_INIT(""),
	STR_INIT("\0"),
	STR_INIT("a\0b\0"),
	STR_INIT("\xf0\x9f\xa6\x86 caf\xc3\xa9"),
};

START_TEST(every_value_is_read_back_unchanged)
{
	sqlite3_stmt *statement = prepare("SELECT ?1, ?2, ?3, ?4");
	struct record record = { .resource = &thing }, row;

	record_set(&record, 0, value_int(INT64_MIN));
	record_set(&record, 1, value_text(texts[_i]));
	record_set(&record, 2, value_text(texts[_i]));
	record_set(&record, 3, value_int(INT64_C(1700000000123456)));
	ck_assert_int_eq(bind_record(statement, &record), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_uint_eq(bind_read_row(statement, &thing, &row), thing.nfields);
	sample_assert_same(&row, &record);
	sqlite3_finalize(statement);
}
END_TEST

START_TEST(a_text_without_a_pointer_is_bound_as_empty_not_null)
{
	sqlite3_stmt *statement = prepare("SELECT typeof(?2)");
	struct record record = { .resource = &thing };

	record_set(&record, 1, value_text((struct str){ NULL, 0 }));
	ck_assert_int_eq(bind_record(statement, &record), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(statement, 0), "text");
	sqlite3_finalize(statement);
}
END_TEST

START_TEST(texts_that_differ_after_a_nul_differ)
{
	sqlite3_stmt *statement = prepare("SELECT ?2 = ?3");
	struct record record = { .resource = &thing };

	record_set(&record, 1, value_text(STR("a\0b")));
	record_set(&record, 2, value_text(STR("a\0c")));
	ck_assert_int_eq(bind_record(statement, &record), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(statement, 0), 0);
	sqlite3_finalize(statement);
}
END_TEST

START_TEST(fields_without_a_parameter_are_skipped)
{
	sqlite3_stmt *statement = prepare("SELECT ?2");
	struct record record = sample_input(&arena, &thing, 1);

	record_set(&record, 3, value_int(0));
	ck_assert_int_eq(bind_record(statement, &record), SQLITE_OK);
	sqlite3_finalize(statement);
}
END_TEST

#define MOMENT "'2024-01-01 00:00:00.000000'"

static const struct {
	const char *sql;
	unsigned field;
} rows[] = {
	{ "SELECT 1, 'a', 'b', " MOMENT, 4 },
	{ "SELECT NULL, 'a', 'b', " MOMENT, 0 },
	{ "SELECT 1.5, 'a', 'b', " MOMENT, 0 },
	{ "SELECT '1', 'a', 'b', " MOMENT, 0 },
	{ "SELECT 1, NULL, 'b', " MOMENT, 1 },
	{ "SELECT 1, 7, 'b', " MOMENT, 4 },     /* read as text */
	{ "SELECT 1, x'61', 'b', " MOMENT, 4 }, /* read as text */
	{ "SELECT 1, x'ff', 'b', " MOMENT, 1 },
	{ "SELECT 1, CAST(x'c3' AS TEXT), 'b', " MOMENT, 1 },
	{ "SELECT 1, 'a', CAST(x'eda080' AS TEXT), " MOMENT, 2 },
	{ "SELECT 1, 'a', 'b', NULL", 3 },
	{ "SELECT 1, 'a', 'b', 2024", 3 },
	{ "SELECT 1, 'a', 'b', ''", 3 },
	{ "SELECT 1, 'a', 'b', 'yesterday'", 3 },
	{ "SELECT 1, 'a', 'b', '2024-01-01'", 4 },
	{ "SELECT 1, 'a', 'b', '2024-01-01T00:00:00+02:00'", 4 },
	{ "SELECT 1, 'a', 'b', '2024-01-01T00:00:00+24:00'", 3 },
	{ "SELECT 1, 'a', 'b', CAST('2024-01-01' AS BLOB)", 3 },
	{ "SELECT 1, 'a', 'b', 1706745600.5", 3 },
};

START_TEST(a_value_of_another_type_is_refused_by_its_field)
{
	sqlite3_stmt *statement = prepare(rows[_i].sql);
	struct record row;

	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	unsigned field = bind_read_row(statement, &thing, &row);
	ck_assert_msg(field == rows[_i].field, "%s: %u", rows[_i].sql, field);
	ck_assert(!bind_lacked_memory(statement));
	sqlite3_finalize(statement);
}
END_TEST

/* It is bound without its zone, as SQLAlchemy does. */
START_TEST(a_date_with_a_zone_is_read_and_bound)
{
	sqlite3_stmt *read = prepare("SELECT 1, 'a', 'b', '2024-01-01 12:30:00-02:00:30.7'");
	sqlite3_stmt *bound = prepare("SELECT ?4");
	struct record row;

	ck_assert_int_eq(sqlite3_step(read), SQLITE_ROW);
	ck_assert_uint_eq(bind_read_row(read, &thing, &row), thing.nfields);
	ck_assert_int_eq(row.values[3].kind, VALUE_ZONED);
	ck_assert_int_eq(row.values[3].offset, -7231);
	row.present = 1 << 3;
	ck_assert_int_eq(bind_record(bound, &row), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(bound), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(bound, 0), "2024-01-01 12:30:00.000000");
	sqlite3_finalize(read);
	sqlite3_finalize(bound);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bind");
	TCase *tc = tcase_create("values");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_value_is_read_back_unchanged, 0, NITEMS(texts));
	tcase_add_test(tc, a_text_without_a_pointer_is_bound_as_empty_not_null);
	tcase_add_test(tc, texts_that_differ_after_a_nul_differ);
	tcase_add_test(tc, fields_without_a_parameter_are_skipped);
	tcase_add_loop_test(tc, a_value_of_another_type_is_refused_by_its_field, 0, NITEMS(rows));
	tcase_add_test(tc, a_date_with_a_zone_is_read_and_bound);
	suite_add_tcase(suite, tc);
	return suite;
}
