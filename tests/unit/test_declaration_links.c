/* Declarations: fields of the type links, the operations that link rows, and members that show
 * them. */
#include "declaration.h"
#include "sample.h"
#include "suite.h"

static struct buf error;
static const struct api *read_api; /* freed by teardown */

static void setup(void)
{
	buf_init(&error, DECLARATION_MOST);
	read_api = NULL;
}

static void teardown(void)
{
	declaration_free(read_api);
	buf_done(&error);
}

static const struct api *read_text(struct str text)
{
	declaration_free(read_api);
	read_api = sample_read_api(text);
	return read_api;
}

#define NAME         "\"name\":{\"type\":\"text\"}"
#define TABLE        "\"table\":\"ab\",\"columns\":[\"a_id\",\"b_id\"]"
#define LINKS(words) "\"bs\":{\"type\":\"links\"," words "}"
/* A resource "a" with these fields and words, and a resource "b". */
#define TWO(fields, words)                                                                         \
	"{\"resources\":{\"a\":{\"fields\":{" fields "}" words "},\n\"b\":{\"fields\":{" NAME "}}" \
	"}}"
#define FIELD(words) TWO(NAME "," LINKS(words), "")
#define OPERATIONS(words)                                                                          \
	TWO(NAME "," LINKS("\"to\":\"b\"," TABLE ",\"default\":[]"), ",\n\"operations\":" words)
#define SCHEMAS(words)                                                                             \
	TWO(NAME "," LINKS("\"to\":\"b\"," TABLE ",\"default\":[]"), ",\n\"schemas\":{" words "}")

static const struct refused {
	const char *text, *line; /* the line without "api.json:" */
} refused[] = {
	{ FIELD(TABLE), "1:58: resources.a.fields.bs: \"to\" is missing" },
	{ FIELD("\"to\":\"b\",\"columns\":[\"a_id\",\"b_id\"]"),
		"1:58: resources.a.fields.bs: \"table\" is missing" },
	{ FIELD("\"to\":\"b\",\"table\":\"ab\""),
		"1:58: resources.a.fields.bs: \"columns\" is missing" },
	{ FIELD("\"to\":\"c\"," TABLE),
		"1:79: resources.a.fields.bs.to: found \"c\"; allowed are a, b" },
	{ FIELD("\"to\":\"b\",\"table\":\"a b\",\"columns\":[\"x\",\"y\"]"),
		"1:91: resources.a.fields.bs.table: found \"a b\"; allowed is a name: a letter, "
		"then letters, digits and _, at most 63 characters" },
	{ FIELD("\"to\":\"b\",\"table\":\"ab\",\"columns\":[\"x\"]"),
		"1:106: resources.a.fields.bs.columns: found an array; allowed is an array of two "
		"names" },
	{ FIELD("\"to\":\"b\",\"table\":\"ab\",\"columns\":[\"x\",\"X\"]"),
		"1:106: resources.a.fields.bs.columns: found an array; the columns need different "
		"names" },
	{ FIELD("\"to\":\"b\",\"table\":\"bs\",\"columns\":[\"x\",\"y\"]"),
		"1:91: resources.a.fields.bs.table: the association table of bs is named \"bs\", "
		"but so is the table of b" },
	{ FIELD("\"to\":\"b\",\"table\":\"sqlite_x\",\"columns\":[\"x\",\"y\"]"),
		"1:91: resources.a.fields.bs.table: SQLite reserves names that begin with "
		"sqlite_" },
	{ FIELD("\"to\":\"b\"," TABLE ",\"default\":[1]"),
		"1:132: resources.a.fields.bs.default: found an array; allowed is []" },
	{ FIELD("\"to\":\"b\"," TABLE ",\"unique\":true"),
		"1:131: resources.a.fields.bs.unique: found for type links; allowed for integer, "
		"number, decimal, boolean, string, text, email, url, uuid, date, time, datetime, "
		"object, array, reference" },
	{ OPERATIONS("[\"link:name\"]"),
		"2:15: resources.a.operations.0: found \"link:name\"; allowed are link:bs" },
	{ OPERATIONS("[\"link:bs\",\"link:bs\"]"),
		"2:25: resources.a.operations.1: found \"link:bs\"; the operation is there twice" },
	{ OPERATIONS("{\"link:bs\":{\"path\":\"/as/{a_id}/bs\"}}"),
		"2:33: resources.a.operations.link:bs.path: found \"/as/{a_id}/bs\"; allowed is a "
		"path with two parameters" },
	{ OPERATIONS("{\"link:bs\":{\"body\":\"ACreate\"}}"),
		"2:26: resources.a.operations.link:bs.body: there is no such word here; allowed "
		"are path, name, "
		"summary, operation_id, description, tags, deprecated, status, answer, "
		"answer_schema, responses" },
	{ SCHEMAS("\"AResponse\":[\"bs\"]"),
		"2:25: resources.a.schemas.AResponse.0: \"bs\" is not shown; an answer has only "
		"fields that are" },
};

START_TEST(a_broken_word_is_refused_in_one_line)
{
	const struct refused *c = &refused[_i];

	ck_assert_msg(!declaration_read(str_from(c->text), "api.json", &error), "%s", c->text);
	struct str line = buf_view(&error);
	ck_assert(str_starts(line, STR("api.json:")));
	ck_assert_slice_eq(str_from_index(line, strlen("api.json:")), str_from(c->line));
}
END_TEST

/* "bs" is declared before "name". */
#define WHOLE                                                                                      \
	"{\"resources\":{\"a\":{\"fields\":{" LINKS(                                               \
		"\"to\":\"b\"," TABLE ",\"default\":[]") "," NAME "},"                             \
							 "\"schemas\":{\"AShown\":[\"id\",{"       \
							 "\"rows\":{\"by\":\"bs\",\"as\":"         \
							 "\"BResponse\"}}]},"                      \
							 "\"operations\":{\"link:bs\":{},"         \
							 "\"unlink:bs\":{},\"create\":{},"         \
							 "\"read\":{\"answer\":\"AShown\"}}},"     \
							 "\"b\":{\"key\":{\"type\":\"uuid\"},"     \
							 "\"fields\":{" NAME                       \
							 "},\"schemas\":{\"BShown\":[\"id\",{"     \
							 "\"as\":{\"of\":\"a\",\"by\":\"bs\","     \
							 "\"as\":\"AResponse\"}}]},"               \
							 "\"operations\":{\"read\":{\"answer\":"   \
							 "\"BShown\"}}}}}"

START_TEST(links_have_no_column_and_a_table_of_their_own)
{
	const struct api *a = read_text(STR(WHOLE));
	const struct resource *r = a->resources[0], *b = a->resources[1];
	const struct field *f = &r->fields[resource_columns(r)];

	ck_assert_uint_eq(r->nfields, 3);
	ck_assert_uint_eq(resource_columns(r), 2);
	ck_assert_str_eq(f->name, "bs");
	ck_assert_int_eq(f->items->type, FIELD_UUID);
	ck_assert_ptr_eq(f->links->to, b);
	ck_assert_uint_eq(api_count_tables(a), 3);
	ck_assert_ptr_eq(api_table(a, 2), f->links->table);
	ck_assert_uint_eq(resource_index(f->links->table), 2);
	ck_assert_ptr_eq(f->links->table->fields[LINK_OWNER].to, r);
	ck_assert_ptr_eq(f->links->table->fields[LINK_TO].to, b);
	ck_assert_str_eq(f->links->table->fields[LINK_TO].name, "b_id");
}
END_TEST

START_TEST(operations_have_the_paths_and_the_answer_of_their_row)
{
	const struct resource *r = read_text(STR(WHOLE))->resources[0];
	const struct operation *link = resource_operation(r, ACTION_LINK, 2);
	const struct operation *unlink = resource_operation(r, ACTION_UNLINK, 2);

	ck_assert_str_eq(link->path, "/as/{a_id}/bs/{b_id}");
	ck_assert_str_eq(link->name, "link_a_b");
	ck_assert_int_eq(link->status, 200);
	ck_assert_ptr_eq(link->shown, r->by_action[ACTION_READ]->shown);
	ck_assert_str_eq(unlink->path, link->path);
	ck_assert_str_eq(unlink->name, "unlink_a_b");
	ck_assert_int_eq(unlink->status, 204);
	ck_assert_int_eq(unlink->answer, ANSWER_NOTHING);
	ck_assert_ptr_null(resource_operation(r, ACTION_LINK, 1));
}
END_TEST

START_TEST(both_sides_show_the_rows)
{
	const struct api *a = read_text(STR(WHOLE));
	const struct member *to = &a->resources[0]->schemas[0].members[1];
	const struct member *from = &a->resources[1]->schemas[0].members[1];

	ck_assert_int_eq(to->kind, MEMBER_LINKED);
	ck_assert_ptr_eq(to->of, a->resources[1]);
	ck_assert(!to->reverse);
	ck_assert_int_eq(from->kind, MEMBER_LINKED);
	ck_assert_ptr_eq(from->of, a->resources[0]);
	ck_assert(from->reverse);
	ck_assert(a->resources[0]->is_far && a->resources[1]->is_far);
}
END_TEST

START_TEST(rows_of_one_resource_may_be_linked)
{
	const struct resource *r = read_text(STR("{\"resources\":{\"user\":{\"operations\":["
						 "\"link:friends\"],\"fields\":{\"friends\":{"
						 "\"type\":\"links\",\"to\":\"user\",\"table\":"
						 "\"friendships\",\"columns\":[\"one\",\"other\"],"
						 "\"input\":false}}}}}"))
					   ->resources[0];

	ck_assert_str_eq(r->operations[0].path, "/users/{user_id}/users/{other_user_id}");
}
END_TEST

static void expect_equal(void (*write)(struct buf *out, const struct api *a))
{
	const struct api *a = read_text(STR(WHOLE));
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	write(&text, a);
	const struct api *again = declaration_read_canonical(buf_view(&text), "again", &error);
	ck_assert_ptr_nonnull(again);
	ck_assert_uint_eq(again->fingerprint, a->fingerprint);
	declaration_free(again);
	buf_done(&text);
}

START_TEST(both_forms_are_read_back_the_same)
{
	expect_equal(declaration_write);
	expect_equal(declaration_write_brief);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("declaration_links");
	TCase *tests = tcase_create("declaration_links");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_broken_word_is_refused_in_one_line, 0, (int)NITEMS(refused));
	tcase_add_test(tests, links_have_no_column_and_a_table_of_their_own);
	tcase_add_test(tests, operations_have_the_paths_and_the_answer_of_their_row);
	tcase_add_test(tests, both_sides_show_the_rows);
	tcase_add_test(tests, rows_of_one_resource_may_be_linked);
	tcase_add_test(tests, both_forms_are_read_back_the_same);
	suite_add_tcase(suite, tests);
	return suite;
}
