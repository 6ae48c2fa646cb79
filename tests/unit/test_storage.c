/* What SQLAlchemy 2.0.52 has recorded for its column types (tests/contract/types/storage.jsonl):
 * the text of the schema, the bytes of each value, and what is read back. */
#include "bind.h"
#include "civil.h"
#include "json_read.h"
#include "sql.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 64 * 1024, ROWS_LEAST = 80 };

#define FACTS "tests/contract/types/storage.jsonl"
#define DAY   INT64_C(86400000000)

static const struct choice colors[] = {
	{ .name = STR_INIT("red"), .text = STR_INIT("red") },
	{ .name = STR_INIT("dark_blue"), .text = STR_INIT("dark-blue") },
	{ .name = STR_INIT("none"), .text = STR_INIT("") },
};
static const struct choices color = { .schema = "Color", .count = NITEMS(colors), .list = colors };

static const struct choice switches[] = { { .text = STR_INIT("on") }, { .text = STR_INIT("off") } };
static const struct choices on_off = { .count = NITEMS(switches), .list = switches };

static const struct field items = { .type = FIELD_STR, .len = { 0, FIELD_UNBOUNDED } };

#define ANY_LENGTH .len = { 0, FIELD_UNBOUNDED }

/* The declarations that have these columns. */
static const struct {
	const char *column;
	struct field field;
} columns[] = {
	{ "String(50)", { .type = FIELD_STR, .len = { 0, 50 } } },
	{ "String(50)", { .type = FIELD_EMAIL, .len = { 0, 50 } } },
	{ "String(50)", { .type = FIELD_URL, .len = { 0, 50 } } },
	{ "String", { .type = FIELD_STR, ANY_LENGTH } },
	{ "String", { .type = FIELD_EMAIL, ANY_LENGTH } },
	{ "String", { .type = FIELD_URL, ANY_LENGTH } },
	{ "Text", { .type = FIELD_TEXT, .len = { 1, 10 } } },
	{ "Integer", { .type = FIELD_INT } },
	{ "Float", { .type = FIELD_NUMBER } },
	{ "Numeric",
		{ .type = FIELD_DECIMAL, .digits = FIELD_UNBOUNDED, .places = FIELD_UNBOUNDED } },
	{ "Numeric(10, 2)", { .type = FIELD_DECIMAL, .digits = 10, .places = 2 } },
	{ "Boolean", { .type = FIELD_BOOL } },
	{ "Date", { .type = FIELD_DATE } },
	{ "Time", { .type = FIELD_TIME } },
	{ "DateTime", { .type = FIELD_DATETIME } },
	{ "DateTime(timezone=True)", { .type = FIELD_DATETIME, .flags = FIELD_TIMEZONE } },
	{ "Uuid", { .type = FIELD_UUID } },
	{ "Enum(Color)", { .type = FIELD_ENUM, .choices = &color } },
	{ "Enum('on','off')", { .type = FIELD_LITERAL, .choices = &on_off } },
	{ "JSON", { .type = FIELD_OBJECT } },
	{ "JSON", { .type = FIELD_ARRAY, .items = &items } },
};

static const char *const other_columns[] = { "BigInteger", "SmallInteger", "LargeBinary" };

static sqlite3 *db;
static struct arena arena, parsed;
static struct buf out;
static struct field fields[2] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY | FIELD_INDEX }
};
static struct resource thing = {
	.name = "thing",
	.plural = "everything",
	.table = "things",
	.schema = "Thing",
	.fields = fields,
	.nfields = NITEMS(fields),
};

static void setup(void)
{
	buf_init(&out, TEXT_MAX);
}

static void teardown(void)
{
	arena_done(&arena);
	arena_done(&parsed);
	buf_done(&out);
}

static const struct json *member(const struct json *object, const char *name)
{
	const struct json *value = json_get(object, str_from(name));

	ck_assert_msg(value, "no member %s", name);
	return value;
}

static struct str text_of(const struct json *object, const char *name)
{
	return member(object, name)->text;
}

/* The value that Python's repr() shows. */

static const char *after(struct str text, const char *what)
{
	const char *found = strstr(text.ptr, what);

	return found ? found + strlen(what) : NULL;
}

/* The text between the first quote and the last. */
static struct str quoted(struct str text)
{
	const char *first = strchr(text.ptr, '\''), *last = strrchr(text.ptr, '\'');

	ck_assert_msg(first && last > first, "%s", text.ptr);
	return (struct str){ first + 1, (size_t)(last - first - 1) };
}

static int64_t moment(const char *arguments)
{
	int n[7] = { 0 };

	sscanf(arguments, "%d, %d, %d, %d, %d, %d, %d", n, n + 1, n + 2, n + 3, n + 4, n + 5,
		n + 6);
	return civil_to(&(struct civil){ n[0], n[1], n[2], n[3], n[4], n[5], n[6] });
}

static struct value parse_datetime(struct str text)
{
	const char *seconds = after(text, "timedelta(seconds=");
	int64_t at = moment(after(text, "datetime.datetime("));

	if (seconds)
		return value_zoned(at, (int32_t)strtol(seconds, NULL, 10));
	return after(text, "timezone.utc") ? value_zoned(at, 0) : value_int(at);
}

static struct value parse_time(struct str text)
{
	int n[4] = { 0 };

	sscanf(after(text, "datetime.time("), "%d, %d, %d, %d", n, n + 1, n + 2, n + 3);
	return value_int((((n[0] * INT64_C(60)) + n[1]) * 60 + n[2]) * 1000000 + n[3]);
}

/* <Color.red: 'red'> is the member "red"; 'on' is a literal. */
static struct value parse_choice(const struct field *f, struct str text)
{
	struct str value = quoted(text);

	for (unsigned i = 0; i < f->choices->count; i++)
		if (str_equal(f->choices->list[i].text, value))
			return value_int(i);
	ck_abort_msg("%s", text.ptr);
}

/* {'a': [1, 'x']} is {"a":[1,"x"]}. */
static struct value parse_json(struct str text)
{
	char *compact = arena_alloc(&arena, text.len + 1), *end = compact;

	for (const char *c = text.ptr; *c; c++)
		if (*c != ' ')
			*end++ = *c == '\'' ? '"' : *c;
	*end = '\0';
	return value_text((struct str){ compact, (size_t)(end - compact) });
}

static struct value parse(const struct field *f, struct str text)
{
	/* The text ends in NUL for the functions of string.h. */
	text = arena_copy(&arena, text);
	if (str_equal(text, STR("None")))
		return value_null();
	switch (f->type) {
	case FIELD_INT:
		return value_int(strtoll(text.ptr, NULL, 10));
	case FIELD_BOOL:
		return value_int(str_equal(text, STR("True")));
	case FIELD_NUMBER:
		return value_number(strtod(text.ptr, NULL));
	case FIELD_DATE:
		return value_int(moment(after(text, "datetime.date(")) / DAY);
	case FIELD_TIME:
		return parse_time(text);
	case FIELD_DATETIME:
		return parse_datetime(text);
	case FIELD_ENUM:
	case FIELD_LITERAL:
		return parse_choice(f, text);
	case FIELD_OBJECT:
		return parse_json(text);
	default:
		return value_text(quoted(text));
	}
}

static bool same(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_NUMBER:
		return memcmp(&a->number, &b->number, sizeof(a->number)) == 0;
	case VALUE_STR:
		return str_equal(a->text, b->text);
	default:
		return a->integer == b->integer;
	}
}

/* Facts. */

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *statement;

	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
	return statement;
}

static void run(const char *sql)
{
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
}

static void must_say(struct str wanted)
{
	ck_assert_slice_eq(buf_view(&out), wanted);
	buf_char(&out, '\0');
	run(buf_view(&out).ptr);
	buf_reset(&out, TEXT_MAX);
}

static void check_schema(const struct json *statements)
{
	const struct json *statement = statements->first;

	sql_create_table(&out, &thing);
	must_say(statement->text);
	for (unsigned i = 0; i < thing.nfields; i++) {
		if (!(fields[i].flags & FIELD_INDEX))
			continue;
		statement = statement->next;
		ck_assert_ptr_nonnull(statement);
		sql_create_index(&out, &thing, i);
		must_say(statement->text);
	}
	ck_assert_ptr_null(statement->next);
}

static void check_stored(sqlite3_stmt *row, const struct json *fact)
{
	ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
	ck_assert_slice_eq(
		str_from((const char *)sqlite3_column_text(row, 0)), text_of(fact, "typeof"));
	ck_assert_slice_eq(
		str_from((const char *)sqlite3_column_text(row, 1)), text_of(fact, "quote"));
}

static void check_value(const struct json *fact)
{
	struct value wanted = parse(&fields[1], text_of(fact, "read_back"));
	struct record record = { .resource = &thing }, read;
	sqlite3_stmt *insert = prepare("INSERT INTO things (v) VALUES (?2)");
	sqlite3_stmt *stored = prepare("SELECT typeof(v), quote(v) FROM things");
	sqlite3_stmt *row = prepare("SELECT id, v FROM things");

	record_set(&record, 1, parse(&fields[1], text_of(fact, "given")));
	ck_assert_int_eq(bind_record(insert, &record), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(insert), SQLITE_DONE);
	sqlite3_finalize(insert);
	check_stored(stored, fact);
	sqlite3_finalize(stored);
	ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
	ck_assert_uint_eq(bind_read_row(row, &thing, &arena, &read), thing.nfields);
	ck_assert_msg(same(&read.values[1], &wanted), "%s", text_of(fact, "read_back").ptr);
	/* What would read back as another value is known before. */
	bool kept = bind_keeps(&record, bind_convertible(&thing) & record.present);
	ck_assert_msg(
		kept == same(&read.values[1], &record.values[1]), "%s", text_of(fact, "given").ptr);
	sqlite3_finalize(row);
	run("DELETE FROM things");
}

static unsigned flags_of(const struct json *options)
{
	unsigned flags = json_get(options, STR("nullable")) ? 0 : FIELD_NULLABLE;

	flags |= json_get(options, STR("unique")) ? FIELD_UNIQUE : 0;
	return flags | (json_get(options, STR("index")) ? FIELD_INDEX : 0);
}

/* An array reads no object, and an enum of names has no other text: the values are those of the
 * first declaration of a column. */
static void check_fact(const struct json *fact, const struct field *f, bool values)
{
	const struct json *stored = json_get(fact, STR("stored"));

	fields[1] = *f;
	fields[1].name = "v";
	fields[1].flags |= flags_of(member(fact, "options"));
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	check_schema(member(fact, "sqlite"));
	for (const struct json *v = stored && values ? stored->first : NULL; v; v = v->next)
		check_value(v);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Returns the number of declarations that have this column. */
static unsigned check_line(struct str line)
{
	const struct json *fact;
	struct json_error error;
	unsigned count = 0;

	ck_assert_int_eq(json_read(&parsed, line, &fact, &error), JSON_OK);
	struct str column = text_of(fact, "column");
	for (size_t i = 0; i < NITEMS(other_columns); i++)
		if (str_equal(column, str_from(other_columns[i])))
			return 0;
	if (json_get(member(fact, "options"), STR("server_default")))
		return 0;
	for (size_t i = 0; i < NITEMS(columns); i++)
		if (str_equal(column, str_from(columns[i].column)))
			check_fact(fact, &columns[i].field, count++ == 0);
	ck_assert_msg(count > 0, "no declaration has the column %.*s", STR_ARGS(column));
	return count;
}

START_TEST(every_recorded_column_is_equal)
{
	FILE *file = fopen(FACTS, "r");
	char *line = NULL;
	size_t size = 0;
	unsigned checked = 0;

	ck_assert_msg(file, FACTS ": %s", strerror(errno));
	for (ssize_t length; (length = getline(&line, &size, file)) > 0;) {
		checked += check_line((struct str){ line, (size_t)length - 1 });
		arena_reset(&arena);
		arena_reset(&parsed);
	}
	ck_assert_uint_ge(checked, ROWS_LEAST);
	free(line);
	fclose(file);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("storage");
	TCase *tc = tcase_create("facts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_recorded_column_is_equal);
	suite_add_tcase(suite, tc);
	return suite;
}
