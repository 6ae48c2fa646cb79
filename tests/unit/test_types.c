/*
 * The rows of tests/contract/types: how the reference treats each type of field in bodies and in
 * queries. A test is one type with all its rows.
 */
#include "body.h"
#include "field_input.h"
#include "field_pattern.h"
#include "int_id.h"
#include "json_read.h"
#include "record_json.h"
#include "recorded_types.h"
#include "sample.h"
#include "source_file.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena kept;  /* the files */
static struct arena arena; /* of one row */
static struct recorded_types recorded;

static const struct json *parse(struct arena *in, struct str text)
{
	const struct json *root = NULL;
	struct json_error error;

	ck_assert_int_eq(json_read(in, text, &root, &error), JSON_OK);
	return root;
}

static const struct json *member(const struct json *object, const char *name)
{
	return json_get(object, str_from(name));
}

/* Answers. */

static void answer(struct buf *out, struct field_input *input)
{
	const struct resource resource = { .fields = input->field, .nfields = 1 };
	struct record record = { .resource = &resource };
	struct record_json json;
	static struct body body;
	bool valid = true;

	if (input->json) {
		valid = field_input_read(input);
		if (valid && input->value.kind == VALUE_REFUSED) {
			field_input_refused(input);
			valid = false;
		}
	} else if (input->field->flags & FIELD_PRESET) {
		input->value = input->field->preset;
	} else {
		field_input_missing(input);
		valid = false;
	}
	if (!valid) {
		issues_render(out, input->issues);
		return;
	}
	record_set(&record, 0, input->value);
	body_init(&body, &resource, false);
	ck_assert_msg(record_is_input(&record, &body.operation), "dbd would refuse the value");
	const struct schema schema = sample_response(&arena, &resource);
	record_json_init(&json, &schema, &arena);
	record_json_write(out, &json, &record);
}

static void ask_body(struct field_input *input, struct buf *out, const struct json *row)
{
	const struct json *body = parse(&arena, member(row, "body")->text);

	input->json = member(body, "v");
	if (!input->json && !(input->field->flags & FIELD_PRESET)) {
		input->json = body;
		field_input_missing(input);
		issues_render(out, input->issues);
	} else {
		answer(out, input);
	}
}

static void ask_query(struct field_input *input, struct buf *out, const struct json *row)
{
	const struct json *query = member(row, "query");

	input->place = ISSUE_IN_QUERY;
	if (query->type == JSON_STRING)
		input->json = field_input_string(&arena, query->text);
	answer(out, input);
}

/* Deviations. */

static bool has(struct str text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* What "v" of an answer of 200 is; NULL: nothing. */
static const struct json *shown(struct str answer)
{
	const struct json *root = has(answer, "{\"v\":") ? parse(&arena, answer) : NULL;

	return root ? member(root, "v") : NULL;
}

/* The issue of a value that the reference accepts and SQLite cannot store; NULL: it can. */
static const char *not_stored(const struct field *f, struct str input, struct str want)
{
	const struct json *v = shown(want);
	int64_t integer;

	if (!v)
		return NULL;
	if (f->type == FIELD_INT && v->type == JSON_INT &&
		int_id_parse(v->text, &integer) == INT_ID_OUT_OF_RANGE)
		return has(v->text, "-") ? "\"greater_than_equal\"" : "\"less_than_equal\"";
	if (f->type == FIELD_DECIMAL && isinf(strtod(arena_copy(&arena, v->text).ptr, NULL)))
		return "\"finite_number\"";
	bool is_nan = has(input, "NaN") || has(input, "nan");
	if (f->type == FIELD_NUMBER && is_nan && !(f->flags & FIELD_NULLABLE))
		return "\"finite_number\"";
	return NULL;
}

/* The issue of an input that the reference fails to echo: a lone surrogate, or a number that JSON
 * does not have. */
static const char *not_echoed(const struct field *f, bool is_surrogate)
{
	static const struct {
		const char *surrogate, *number;
	} types[FIELD_TYPE__COUNT] = {
		[FIELD_INT] = { "\"string_unicode\"", "\"finite_number\"" },
		[FIELD_NUMBER] = { "\"string_unicode\"", "\"finite_number\"" },
		[FIELD_DECIMAL] = { "\"decimal_parsing\"", "\"finite_number\"" },
		[FIELD_BOOL] = { "\"string_unicode\"", "\"bool_type\"" },
		[FIELD_STR] = { "\"string_unicode\"", "\"string_type\"" },
		[FIELD_EMAIL] = { "\"value_error\"", "\"string_type\"" },
		[FIELD_URL] = { "\"string_unicode\"", "\"url_type\"" },
		[FIELD_UUID] = { "\"string_unicode\"", "\"uuid_type\"" },
		[FIELD_DATE] = { "\"string_unicode\"", "\"date_from_datetime_parsing\"" },
		[FIELD_TIME] = { "\"string_unicode\"", "\"time_parsing\"" },
		[FIELD_DATETIME] = { "\"string_unicode\"", "\"datetime_parsing\"" },
		[FIELD_OBJECT] = { "\"dict_type\"", "\"dict_type\"" },
		[FIELD_ARRAY] = { "\"list_type\"", "\"list_type\"" },
		[FIELD_ENUM] = { "\"string_unicode\"", "\"enum\"" },
		[FIELD_LITERAL] = { "\"string_unicode\"", "\"literal_error\"" },
	};

	if (f->type == FIELD_NUMBER && !is_surrogate && !(f->flags & FIELD_FINITE))
		return " than "; /* a limit */
	if (is_surrogate && !(f->choices && f->choices->integers))
		return types[f->type].surrogate;
	return types[f->type].number;
}

/* The issue of an answer that departs from the reference's; NULL: it does not. */
static const char *deviation(const struct field *f, const struct json *row, struct str want)
{
	const struct json *body = member(row, "body"), *query = member(row, "query");
	struct str input = (body ? body : query)->text;

	if (str_equal(member(row, "status")->text, STR("500")))
		return not_echoed(f, has(input, "\\ud800"));
	return body || query->type == JSON_STRING ? not_stored(f, input, want) : NULL;
}

/* Rows. */

static const struct {
	const char *path;
	void (*ask)(struct field_input *input, struct buf *out, const struct json *row);
} files[] = {
	{ "tests/contract/types/body.jsonl", ask_body },
	{ "tests/contract/types/query.jsonl", ask_query },
};

static bool row_holds(const struct field *f, size_t file, struct str line)
{
	const struct json *row = parse(&arena, line);
	struct issues issues = { .arena = &arena };
	struct field_input input = { .arena = &arena, .field = f, .issues = &issues };
	struct str want = member(row, "answer")->text;
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	files[file].ask(&input, &out, row);
	struct str got = arena_copy(&arena, buf_view(&out));
	buf_done(&out);
	const char *instead = deviation(f, row, want);
	bool holds = instead ? has(got, instead) && issues.count == 1 : str_equal(got, want);
	if (!holds)
		fprintf(stderr, "%.*s: got %.*s\n", STR_ARGS(line), STR_ARGS(got));
	return holds;
}

/* The next line of *text, without its newline. */
static struct str next_line(struct str *text)
{
	const char *end = memchr(text->ptr, '\n', text->len);
	struct str line = { text->ptr, (size_t)(end - text->ptr) };

	*text = str_from_index(*text, line.len + 1);
	return line;
}

static void check_rows(size_t file, struct str type, const struct field *f)
{
	struct str text = source_file_read(&kept, files[file].path);
	struct str start = arena_printf(&kept, "{\"type\":\"%.*s\",", STR_ARGS(type));
	unsigned failed = 0;

	while (text.len > 0) {
		struct str line = next_line(&text);
		if (str_starts(line, start))
			failed += !row_holds(f, file, line);
		arena_reset(&arena);
	}
	ck_assert_msg(failed == 0, "%u rows of %.*s fail in %s", failed, STR_ARGS(type),
		files[file].path);
}

START_TEST(fields_in_bodies_are_treated_as_recorded)
{
	check_rows(0, recorded.names[_i], recorded.fields[_i]);
}
END_TEST

START_TEST(fields_in_queries_are_treated_as_recorded)
{
	check_rows(1, recorded.names[_i], recorded.fields[_i]);
}
END_TEST

static void teardown(void)
{
	arena_done(&arena);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("types");
	TCase *tests = tcase_create("rows");

	recorded_types_read(&recorded, &kept);
	field_patterns_open(recorded.api);
	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(
		tests, fields_in_bodies_are_treated_as_recorded, 0, (int)recorded.count);
	tcase_add_loop_test(
		tests, fields_in_queries_are_treated_as_recorded, 0, (int)recorded.count);
	suite_add_tcase(suite, tests);
	return suite;
}
