/*
 * The rows of tests/contract/types: how the reference treats each type of field in bodies and in
 * queries. A test is one type with all its rows.
 */
#include "field_input.h"
#include "field_pattern.h"
#include "int_id.h"
#include "json_read.h"
#include "record_json.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena declared; /* types.json and its fields */
static struct arena arena;    /* of one row */

/* The fields are read before the tests run, when Check's assertions do not work. */
static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "tests/contract/types: %s\n", what);
	exit(EXIT_FAILURE);
}

/* Files. */

static struct str read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf text;
	size_t n;

	must(file != NULL, path);
	buf_init(&text, SIZE_MAX / 2);
	do {
		char *room = buf_reserve(&text, 1 << 16);
		n = fread(room, 1, 1 << 16, file);
		buf_commit(&text, n);
	} while (n > 0);
	fclose(file);
	struct str copy = arena_copy(&declared, buf_view(&text));
	buf_done(&text);
	return copy;
}

static const struct json *parse(struct arena *in, struct str text)
{
	const struct json *root = NULL;
	struct json_error error;

	must(json_read(in, text, &root, &error) == JSON_OK, "not JSON");
	return root;
}

static const struct json *member(const struct json *object, const char *name)
{
	return json_get(object, str_from(name));
}

/* Fields, from "field" of types.json. */

static const struct {
	const char *name;
	enum field_type type;
} type_names[] = {
	{ "string", FIELD_STR },
	{ "email", FIELD_EMAIL },
	{ "integer", FIELD_INT },
	{ "number", FIELD_NUMBER },
	{ "decimal", FIELD_DECIMAL },
	{ "boolean", FIELD_BOOL },
	{ "url", FIELD_URL },
	{ "uuid", FIELD_UUID },
	{ "date", FIELD_DATE },
	{ "time", FIELD_TIME },
	{ "datetime", FIELD_DATETIME },
	{ "object", FIELD_OBJECT },
	{ "array", FIELD_ARRAY },
};

/* False: the type is none of those above. */
static bool set_type(struct field *f, const struct json *declaration)
{
	struct str name = member(declaration, "type")->text;

	for (size_t i = 0; i < NITEMS(type_names); i++) {
		if (!str_equal(name, str_from(type_names[i].name)))
			continue;
		f->type = type_names[i].type;
		return true;
	}
	return false;
}

static uint32_t count_of(const struct json *declaration, const char *name, uint32_t otherwise)
{
	const struct json *count = member(declaration, name);

	return count ? (uint32_t)strtoul(count->text.ptr, NULL, 10) : otherwise;
}

static void set_flags(struct field *f, const struct json *declaration)
{
	static const struct {
		const char *name;
		unsigned flag;
	} words[] = { { "nullable", FIELD_NULLABLE }, { "default", FIELD_PRESET },
		{ "strip_whitespace", FIELD_STRIP }, { "to_lower", FIELD_LOWER },
		{ "to_upper", FIELD_UPPER } };
	const struct json *finite = member(declaration, "allow_inf_nan");

	f->flags = FIELD_INPUT;
	for (size_t i = 0; i < NITEMS(words); i++)
		if (member(declaration, words[i].name))
			f->flags |= words[i].flag;
	if (finite && finite->type == JSON_FALSE)
		f->flags |= FIELD_FINITE;
}

static void set_limits(struct field *f, const struct json *declaration)
{
	static const char *const names[] = { "multiple_of", "le", "lt", "ge", "gt" };

	for (unsigned i = 0; i < LIMIT__COUNT; i++) {
		const struct json *limit = member(declaration, names[i]);
		if (!limit)
			continue;
		must(limit->type == JSON_INT, "a limit is not an integer");
		f->limits[i].text = limit->text;
		f->limits[i].integer = strtoll(limit->text.ptr, NULL, 10);
		f->limits[i].number = (double)f->limits[i].integer;
	}
}

/* The members of an enum, or the values of a literal. */
static void set_choices(struct field *f, const struct json *list, bool are_members)
{
	struct choices *choices = arena_calloc(&declared, 1, sizeof(*choices));
	struct choice *items = arena_calloc(&declared, list->count, sizeof(*items));

	for (const struct json *item = list->first; item; item = item->next) {
		struct choice *choice = &items[choices->count++];
		if (are_members) {
			choice->name = item->text;
			item = item->next;
		}
		choice->text = item->text;
		choices->integers = item->type == JSON_INT;
		if (choices->integers)
			choice->integer = strtoll(item->text.ptr, NULL, 10);
	}
	choices->list = items;
	f->choices = choices;
	f->type = are_members ? FIELD_ENUM : FIELD_LITERAL;
}

/* Of several declarations with the same enum, one says the members. */
static const struct json *find_members(const struct json *types, struct str name)
{
	for (const struct json *key = types->first; key; key = key->next->next) {
		const struct json *field = member(key->next, "field");
		const struct json *of = field ? member(field, "enum") : NULL;
		if (of && member(of, "members") && str_equal(member(of, "name")->text, name))
			return member(of, "members");
	}
	must(false, "no declaration has the members of an enum");
	return NULL;
}

/* Items have no options in the recorded declarations. */
static void set_items(struct field *f, const struct json *declaration)
{
	const struct json *items = member(declaration, "items");
	struct field *item = arena_calloc(&declared, 1, sizeof(*item));

	if (!items)
		return;
	must(set_type(item, items), "a type of items is unknown");
	item->len.max = FIELD_UNBOUNDED;
	f->items = item;
}

static void set_default(struct field *f, const struct json *declaration)
{
	const struct json *preset = member(declaration, "default");
	struct issues none = { .arena = &declared };
	struct field_input input = {
		.arena = &declared, .field = f, .json = preset, .issues = &none
	};

	if (!preset)
		return;
	must(field_input_read(&input), "a default is not valid");
	f->preset = input.value;
}

static bool set_field(struct field *f, const struct json *types, const struct json *declaration)
{
	const struct json *literal = member(declaration, "literal");
	const struct json *of = member(declaration, "enum");

	*f = (struct field){ .name = "v", .digits = FIELD_UNBOUNDED, .places = FIELD_UNBOUNDED };
	if (!set_type(f, declaration))
		return false;
	if (member(declaration, "pattern"))
		f->pattern = member(declaration, "pattern")->text;
	f->len.min = count_of(declaration, "min_length", 0);
	f->len.max = count_of(declaration, "max_length", FIELD_UNBOUNDED);
	f->digits = count_of(declaration, "max_digits", FIELD_UNBOUNDED);
	f->places = count_of(declaration, "decimal_places", FIELD_UNBOUNDED);
	set_flags(f, declaration);
	set_limits(f, declaration);
	set_items(f, declaration);
	if (literal)
		set_choices(f, literal, false);
	if (of)
		set_choices(f, find_members(types, member(of, "name")->text), true);
	set_default(f, declaration);
	return true;
}

static struct {
	struct str name;
	struct field field;
} fields[128];
static size_t nfields;

static void load_fields(void)
{
	const struct json *types = parse(&declared, read_file("tests/contract/types/types.json"));

	for (const struct json *key = types->first; key; key = key->next->next) {
		const struct json *declaration = member(key->next, "field");
		must(nfields < NITEMS(fields), "too many declarations");
		if (declaration && set_field(&fields[nfields].field, types, declaration))
			fields[nfields++].name = key->text;
	}
}

static void load_patterns(void)
{
	static struct resource resources[NITEMS(fields)];
	static const struct resource *list[NITEMS(fields)];
	static struct api types;

	for (size_t i = 0; i < nfields; i++) {
		resources[i] = (struct resource){ .fields = &fields[i].field, .nfields = 1 };
		list[i] = &resources[i];
	}
	types = (struct api){ .resources = list, .nresources = (unsigned)nfields };
	field_patterns_open(&types);
}

/* Answers. */

static void answer(struct buf *out, struct field_input *input)
{
	const struct resource resource = { .fields = input->field, .nfields = 1 };
	struct record record = { .resource = &resource };
	struct record_json json;
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
	ck_assert_msg(record_is_input(&record, true), "dbd would refuse the value");
	record_json_init(&json, &resource, &arena);
	record_json_write(out, &json, &record, false);
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
	struct str text = read_file(files[file].path);
	struct str start = arena_printf(&declared, "{\"type\":\"%.*s\",", STR_ARGS(type));
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
	check_rows(0, fields[_i].name, &fields[_i].field);
}
END_TEST

START_TEST(fields_in_queries_are_treated_as_recorded)
{
	check_rows(1, fields[_i].name, &fields[_i].field);
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

	load_fields();
	load_patterns();
	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, fields_in_bodies_are_treated_as_recorded, 0, (int)nfields);
	tcase_add_loop_test(tests, fields_in_queries_are_treated_as_recorded, 0, (int)nfields);
	suite_add_tcase(suite, tests);
	return suite;
}
