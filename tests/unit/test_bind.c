/* Values are bound and read back: every type, NUL bytes, and columns with values of another type.
 */
#include "bind.h"

#include "sample.h"
#include "suite.h"

#include <math.h>

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
	ck_assert_uint_eq(bind_read_row(statement, &thing, &arena, &row), thing.nfields);
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
	unsigned field = bind_read_row(statement, &thing, &arena, &row);
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
	ck_assert_uint_eq(bind_read_row(read, &thing, &arena, &row), thing.nfields);
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

/* Every other type, nullable or not. */

static const struct choice colors[] = {
	{ .name = STR_INIT("red"), .text = STR_INIT("Red") },
	{ .name = STR_INIT("blue"), .text = STR_INIT("Blue") },
};
static const struct choices color = { .schema = "Color", .count = NITEMS(colors), .list = colors };

static const struct choice levels[] = { { .integer = 1 }, { .integer = 3 } };
static const struct choices level = { .integers = true, .count = NITEMS(levels), .list = levels };

static const struct choice words[] = { { .text = STR_INIT("on") }, { .text = STR_INIT("off") } };
static const struct choices word = { .count = NITEMS(words), .list = words };

static const struct field number = { .name = "v", .type = FIELD_NUMBER };
static const struct field price = { .name = "v", .type = FIELD_DECIMAL, .digits = 10, .places = 2 };
static const struct field whole = { .name = "v", .type = FIELD_DECIMAL, .digits = 10, .places = 0 };
static const struct field tiny = { .name = "v", .type = FIELD_DECIMAL, .digits = 10, .places = 7 };
static const struct field decimal = {
	.name = "v", .type = FIELD_DECIMAL, .digits = FIELD_UNBOUNDED, .places = FIELD_UNBOUNDED
};
static const struct field flag = { .name = "v", .type = FIELD_BOOL };
static const struct field uuid = { .name = "v", .type = FIELD_UUID };
static const struct field day = { .name = "v", .type = FIELD_DATE };
static const struct field hour = { .name = "v", .type = FIELD_TIME };
static const struct field moment = { .name = "v", .type = FIELD_DATETIME };
static const struct field hue = { .name = "v", .type = FIELD_ENUM, .choices = &color };
static const struct field rank = { .name = "v", .type = FIELD_LITERAL, .choices = &level };
static const struct field power = { .name = "v", .type = FIELD_LITERAL, .choices = &word };
static const struct field object = { .name = "v", .type = FIELD_OBJECT };
static const struct field array = { .name = "v", .type = FIELD_ARRAY };
static const struct field maybe = { .name = "v", .type = FIELD_STR, .flags = FIELD_NULLABLE };
static const struct field maybe_object = {
	.name = "v", .type = FIELD_OBJECT, .flags = FIELD_NULLABLE
};
static const struct field other = { .name = "v", .type = FIELD_INT, .flags = FIELD_NULLABLE };

static struct resource resource_with(const struct field *f)
{
	return (struct resource){ .name = "one", .table = "ones", .fields = f, .nfields = 1 };
}

/* A value in a form that can be compared: kind and content. */
static const char *shown(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		return "null";
	case VALUE_STR:
		return arena_printf(&arena, "%.*s", STR_ARGS(v->text)).ptr;
	case VALUE_NUMBER:
		return arena_printf(&arena, "%.17g", v->number).ptr;
	case VALUE_ZONED:
		return arena_printf(&arena, "%lld%+d", (long long)v->integer, v->offset).ptr;
	default:
		return arena_printf(&arena, "%lld", (long long)v->integer).ptr;
	}
}

static const struct {
	const struct field *field;
	const char *sql, *read; /* read NULL: refused */
} columns[] = {
	{ &number, "1.5", "1.5" },
	{ &number, "3", "3" },
	{ &number, "9e999", "inf" },
	{ &number, "'1.5'", NULL },
	{ &number, "x'31'", NULL },
	{ &number, "NULL", NULL },
	{ &price, "1.5", "1.50" },
	{ &price, "5", "5.00" },
	{ &price, "0.125", "0.12" }, /* half to even */
	{ &price, "-0.001", "-0.00" },
	{ &price, "1e22", "10000000000000000000000.00" },
	{ &price, "9e999", NULL },
	{ &price, "'1.5'", NULL },
	{ &whole, "2.5", "2" },
	{ &whole, "0", "0" },
	{ &decimal, "0", "0E-10" },
	{ &decimal, "0.0000001", "1.000E-7" },
	{ &decimal, "0.000001", "0.0000010000" },
	{ &decimal, "-0.00000000012", "-1E-10" },
	{ &tiny, "0.99999999", "1.0000000" },
	{ &tiny, "0.00000001", "0E-7" },
	{ &tiny, "0.0000001", "1E-7" },
	{ &tiny, "0.0000012", "0.0000012" },
	{ &flag, "1", "1" },
	{ &flag, "7", "1" },
	{ &flag, "0", "0" },
	{ &flag, "0.0", "0" },
	{ &flag, "0.5", "1" },
	{ &flag, "'no'", "1" },
	{ &flag, "''", "0" },
	{ &flag, "x''", "0" },
	{ &flag, "x'ff'", "1" },
	{ &flag, "CAST(x'ff' AS TEXT)", NULL },
	{ &flag, "NULL", NULL },
	{ &uuid, "'12345678123456781234567812345678'", "12345678-1234-5678-1234-567812345678" },
	{ &uuid, "'ABCDEF78-1234-5678-1234-567812345678'", "abcdef78-1234-5678-1234-567812345678" },
	{ &uuid, "'urn:uuid:{12345678123456781234567812345678}'",
		"12345678-1234-5678-1234-567812345678" },
	{ &uuid, "'1234567812345678123456781234567'", NULL },
	{ &uuid, "'123456781234567812345678123456789'", NULL },
	{ &uuid, "'1234567812345678123456781234567g'", NULL },
	{ &uuid, "x'3132333435363738'", NULL },
	{ &day, "'2026-01-31'", "20484" },
	{ &day, "'20260131'", "20484" },
	{ &day, "'2026-W05-6'", "20484" },
	{ &day, "'1969-12-31'", "-1" },
	{ &day, "'0001-01-01'", "-719162" },
	{ &day, "'2026-02-29'", NULL },
	{ &day, "'2026-01-31 00:00:00'", NULL },
	{ &day, "'2026-1-31'", NULL },
	{ &day, "''", NULL },
	{ &day, "20260131", NULL },
	{ &hour, "'12:30:00.000000'", "45000000000" },
	{ &hour, "'T123045'", "45045000000" },
	{ &hour, "'12'", "43200000000" },
	{ &hour, "'24:00'", "0" },
	{ &hour, "'12:30+02:00'", "45000000000+7200" },
	{ &hour, "'12:60'", NULL },
	{ &hour, "'24:01'", NULL },
	{ &hour, "''", NULL },
	{ &hour, "1230", NULL },
	{ &hue, "'blue'", "1" },
	{ &hue, "'Blue'", NULL },
	{ &hue, "x'626c7565'", NULL },
	{ &hue, "1", NULL },
	{ &rank, "3", "1" },
	{ &rank, "2", NULL },
	{ &rank, "'3'", NULL },
	{ &power, "'off'", "1" },
	{ &power, "'OFF'", NULL },
	{ &power, "NULL", NULL },
	{ &object, "'{\"a\": [1, \"\\u00e9\"], \"_sa\": 1e22}'",
		"{\"a\":[1,\"\xc3\xa9\"],\"_sa\":1e+22}" },
	{ &object, "'[]'", NULL },
	{ &object, "'{'", NULL },
	{ &object, "'null'", NULL },
	{ &object, "7", NULL },
	{ &array, "' [ 1 , 2.0 , NaN ] '", "[1,2.0,null]" },
	{ &array, "'{}'", NULL },
	{ &maybe_object, "'null'", "null" },
	{ &maybe_object, "NULL", "null" },
	{ &maybe, "NULL", "null" },
	{ &maybe, "'x'", "x" },
	{ &maybe, "x'ff'", NULL },
	{ &other, "NULL", "null" },
	{ &other, "7", "7" },
};

START_TEST(a_column_is_read_as_sqlalchemy_reads_it)
{
	struct resource one = resource_with(columns[_i].field);
	sqlite3_stmt *statement = prepare(arena_printf(&arena, "SELECT %s", columns[_i].sql).ptr);
	struct record row;

	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	unsigned read = bind_read_row(statement, &one, &arena, &row);
	ck_assert_msg((read == 1) == (columns[_i].read != NULL), "%s", columns[_i].sql);
	ck_assert(!bind_lacked_memory(statement));
	if (read == 1)
		ck_assert_str_eq(shown(&row.values[0]), columns[_i].read);
	sqlite3_finalize(statement);
}
END_TEST

#define TEXT(literal)                                                                              \
	{                                                                                          \
		.kind = VALUE_STR, .text = STR_INIT(literal)                                       \
	}
#define INT(number)                                                                                \
	{                                                                                          \
		.kind = VALUE_INT, .integer = number                                               \
	}
#define NUMBER(value)                                                                              \
	{                                                                                          \
		.kind = VALUE_NUMBER, .number = value                                              \
	}
#define ZONED(moment)                                                                              \
	{                                                                                          \
		.kind = VALUE_ZONED, .integer = moment, .offset = 3600                             \
	}

static const struct {
	const struct field *field;
	struct value value;
	const char *stored; /* SQLite's quote() */
	bool kept;
} bound[] = {
	{ &number, NUMBER(1), "1.0", true },
	{ &number, NUMBER(-0.0), "0.0", false },
	{ &number, NUMBER(NAN), "NULL", false },
	{ &number, NUMBER(INFINITY), "Inf", true },
	{ &price, TEXT("1.50"), "1.5", true },
	{ &price, TEXT("1.5"), "1.5", false },
	{ &price, TEXT("0.01"), "0.01", true },
	{ &price, TEXT("-0.00"), "0.0", false },
	{ &price, TEXT("1E+3"), "1000.0", false },
	{ &decimal, TEXT("0.10000000000000000000000000000000000000000000000000000000000000000001"),
		"0.1", false },
	{ &uuid, TEXT("12345678-1234-5678-1234-567812345678"), "'12345678123456781234567812345678'",
		true },
	{ &day, INT(-719162), "'0001-01-01'", true },
	{ &hour, INT(86399999999), "'23:59:59.999999'", true },
	{ &hour, ZONED(1), "'00:00:00.000001'", false },
	{ &moment, INT(0), "'1970-01-01 00:00:00.000000'", true },
	{ &moment, ZONED(0), "'1970-01-01 00:00:00.000000'", false },
	{ &hue, INT(1), "'blue'", true },
	{ &rank, INT(1), "3", true },
	{ &power, INT(0), "'on'", true },
	{ &flag, INT(1), "1", true },
	{ &object, TEXT("{\"a\":{\"b,:\\\"1.0\":[true,null]}}"),
		"'{\"a\": {\"b,:\\\"1.0\": [true, null]}}'", true },
	{ &object, TEXT("{\"\xf0\x9f\x98\x80\x7f/\\u0001\":\"\xe2\x82\xac\"}"),
		"'{\"\\ud83d\\ude00\\u007f/\\u0001\": \"\\u20ac\"}'", true },
	{ &array, TEXT("[1e22,0.00001,-1.50,12345678901234567890]"),
		"'[1e+22, 1e-05, -1.5, 12345678901234567890]'", false },
	{ &array, TEXT("[-1,20]"), "'[-1, 20]'", true },
	{ &array, TEXT("[]"), "'[]'", true },
	{ &array, TEXT("[\"torn"), "'[\"torn'", true },
	{ &maybe, { .kind = VALUE_NULL }, "NULL", true },
	{ &maybe_object, { .kind = VALUE_NULL }, "'null'", true },
};

/* In a column of the type's affinity, as the sign of 0 depends on it. */
START_TEST(a_value_is_stored_as_sqlalchemy_stores_it)
{
	struct field input = *bound[_i].field;
	struct resource one = resource_with(&input);
	struct record record = { .resource = &one };
	bool real = bound[_i].value.kind == VALUE_NUMBER || bound[_i].field->type == FIELD_DECIMAL;

	ck_assert_int_eq(sqlite3_exec(db, real ? "CREATE TABLE t (v REAL)" : "CREATE TABLE t (v)",
				 NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_stmt *insert = prepare("INSERT INTO t VALUES (?1)");
	sqlite3_stmt *stored = prepare("SELECT replace(quote(v), '9.0e+999', 'Inf') FROM t");
	input.flags |= FIELD_INPUT;
	record_set(&record, 0, bound[_i].value);
	ck_assert_int_eq(bind_record(insert, &record), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(insert), SQLITE_DONE);
	ck_assert_int_eq(sqlite3_step(stored), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(stored, 0), bound[_i].stored);
	ck_assert_int_eq(bind_keeps(&record, bind_convertible(&one)), bound[_i].kept);
	sqlite3_finalize(insert);
	sqlite3_finalize(stored);
}
END_TEST

START_TEST(a_decimal_beyond_all_doubles_is_refused)
{
	struct resource one = resource_with(&decimal);
	struct record record = { .resource = &one };
	sqlite3_stmt *statement = prepare("SELECT ?1");

	record_set(&record, 0, value_text(STR("1E+400")));
	ck_assert_int_eq(bind_record(statement, &record), SQLITE_TOOBIG);
	sqlite3_finalize(statement);
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
	tcase_add_loop_test(tc, a_column_is_read_as_sqlalchemy_reads_it, 0, NITEMS(columns));
	tcase_add_loop_test(tc, a_value_is_stored_as_sqlalchemy_stores_it, 0, NITEMS(bound));
	tcase_add_test(tc, a_decimal_beyond_all_doubles_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
