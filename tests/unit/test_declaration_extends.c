/* Which declarations can be taken while another one is served, and the line that refuses others. */
#include "declaration_extends.h"

#include "declaration.h"
#include "sample.h"
#include "suite.h"

#include <stdio.h>

static struct buf why;

static void setup(void)
{
	buf_init(&why, 4096);
}

static void teardown(void)
{
	buf_done(&why);
}

/* Reads a declaration with the numbers of another one. */
static const struct api *read_like(const char *text, const struct api *old)
{
	const struct api *plain = sample_read_api(str_from(text));
	const struct api *numbered = declaration_number_like(plain, old);

	ck_assert_ptr_nonnull(numbered);
	declaration_free(plain);
	return numbered;
}

#define FIELDS(fields) "{\"resources\":{\"a\":{\"fields\":{" fields "}}}}"
#define FIELD(words)   FIELDS("\"f\":{" words "}")
#define TEXT           "\"f\":{\"type\":\"text\"}"
#define A(words)       "{\"resources\":{\"a\":{" words "\"fields\":{" TEXT "}}}}"
#define AND_B(words)                                                                               \
	"{\"resources\":{\"a\":{\"fields\":{" TEXT "}},\"b\":{" words "\"fields\":{" TEXT "}}}}"
#define TOP(words)      "{" words "\"resources\":{\"a\":{\"fields\":{" TEXT "}}}}"
#define ONE(words)      "\"operations\":{\"update\":{" words "}},"
#define BODY(members)   "\"schemas\":{\"AUpdate\":[" members "]}," ONE("")
#define LITERAL(values) FIELD("\"type\":\"string\",\"literal\":[" values "]")
#define ENUM(members)                                                                              \
	FIELD("\"type\":\"string\",\"enum\":{\"name\":\"E\",\"members\":{" members "}}")
#define ITEMS(words) FIELD("\"type\":\"array\",\"items\":{" words "}")

static const struct change {
	const char *old, *now;
	const char *line; /* NULL: it extends */
} changes[] = {
	/* The whole. */
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\""), NULL },
	{ A(""),
		"{\"title\":\"T\",\"version\":\"9\",\"home\":{},\"resources\":{\"a\":{\"fields\":"
		"{" TEXT "}}}}",
		NULL },
	{ TOP("\"home\":{},"), TOP("\"home\":{\"x\":1},"), NULL },
	{ TOP("\"home\":{},"), TOP(""), "constants./: removed" },
	{ TOP(""), TOP("\"constants\":{\"/x\":{\"name\":\"x\",\"answer\":1}},"), NULL },
	{ TOP(""), TOP("\"prefix\":\"/v1\","), "resources.a: list_as (/as) has another path" },
	{ TOP(""), TOP("\"description\":\"D\",\"schemas\":{\"S\":{}},"), NULL },
	/* Operations. */
	{ A(""), A("\"path\":\"/x\","), "resources.a: list_as (/as) has another path" },
	{ A(""), A("\"tags\":[\"x\"],\"not_found\":\"x\",\"conflict\":{\"status\":400},"), NULL },
	{ A(""), A("\"operations\":[\"list\",\"create\",\"read\",\"update\"],"),
		"resources.a: delete_a (/as/{a_id}) is switched off" },
	{ A("\"operations\":[],"), A(""), NULL },
	{ A(ONE("")), A(ONE("\"path\":\"/as/{x}\"")), NULL },
	{ A(ONE("")), A(ONE("\"path\":\"/as/{x}/\"")),
		"resources.a: update_a (/as/{a_id}) has another path" },
	{ A(ONE("")), A(ONE("\"path\":\"/bs/{x}\"")),
		"resources.a: update_a (/as/{a_id}) has another path" },
	{ A(ONE("")), A(ONE("\"name\":\"x\",\"summary\":\"S\",\"status\":202,\"answer\":null")),
		NULL },
	{ A(ONE("")), A(ONE("\"partial\":false")),
		"resources.a: update_a (/as/{a_id}) treats what a body does not have differently" },
	/* Bodies. */
	{ A(ONE("")), A(ONE("\"body\":\"ACreate\"")),
		"resources.a.schemas.ACreate.f.nullable: false, was true" },
	{ A(ONE("\"body\":\"ACreate\"")), A(ONE("")), NULL },
	{ A(ONE("")), A(BODY("")), "resources.a.schemas.AUpdate.f: removed" },
	{ A(BODY("")), A(BODY("\"f\"")),
		"resources.a.schemas.AUpdate.f: a new member of a body needs a default" },
	{ A(BODY("")), A(BODY("{\"f\":{\"default\":\"x\"}}")), NULL },
	{ A(BODY("\"f\"")), A(BODY("{\"f\":{\"max_length\":3}}")),
		"resources.a.schemas.AUpdate.f.max_length: 3, was none" },
	{ A(BODY("{\"f\":{\"max_length\":3}}")), A(BODY("{\"f\":{\"max_length\":4}}")), NULL },
	{ A(BODY("{\"f\":{\"default\":\"x\"}}")), A(BODY("\"f\"")),
		"resources.a.schemas.AUpdate.f.default: removed" },
	/* Resources. */
	{ A(""), AND_B(""), NULL },
	{ A(""), AND_B("\"parent\":\"a\",\"embedded\":true,"), NULL },
	{ A(""), "{\"resources\":{\"b\":{\"fields\":{" TEXT "}},\"a\":{\"fields\":{" TEXT "}}}}",
		NULL },
	{ AND_B(""), A(""), "resources.b: removed" },
	{ A(""), A("\"plural\":\"as2\",\"table\":\"as\","), "resources.a.plural: as2, was as" },
	{ A(""), A("\"table\":\"t\","), "resources.a.table: t, was as" },
	{ A(""), A("\"schema\":\"Other\","), NULL },
	{ AND_B("\"parent\":\"a\","), AND_B(""), "resources.b.parent: none, was a" },
	{ AND_B(""), AND_B("\"parent\":\"a\","), "resources.b.parent: a, was none" },
	{ AND_B("\"parent\":\"a\","),
		AND_B("\"parent\":\"a\",\"embedded\":true,\"on_delete\":\"restrict\","), NULL },
	{ AND_B("\"parent\":\"a\",\"embedded\":true,\"on_delete\":\"restrict\","),
		AND_B("\"parent\":\"a\","), NULL },
	{ A("\"list\":{\"limit\":{\"default\":2}},"), A("\"list\":{\"limit\":{\"default\":2}},"),
		NULL },
	{ A("\"list\":{\"limit\":{\"default\":2}},"), A(""), "resources.a.list: changed" },
	{ A(""), A("\"list\":{\"skip\":{\"default\":1}},"), "resources.a.list: changed" },
	{ A("\"list\":{\"limit\":{\"default\":2}},"), A("\"list\":{\"limit\":{\"default\":3}},"),
		"resources.a.list: changed" },
	{ A("\"list\":{\"skip\":{}},"), A("\"list\":{\"skip\":{\"name\":\"offset\"}},"),
		"resources.a.list: changed" },
	{ A("\"list\":{\"filters\":{\"f\":{\"op\":\"ne\"}}},"),
		A("\"list\":{\"filters\":{\"f\":{}}},"), "resources.a.list: changed" },
	{ A("\"list\":{\"filters\":{\"f\":{}}},"),
		A("\"list\":{\"filters\":{\"f\":{\"max_length\":3}}},"),
		"resources.a.list: changed" },
	{ A("\"list\":{\"filters\":{\"f\":{\"default\":\"x\"}}},"),
		A("\"list\":{\"filters\":{\"f\":{}}},"), "resources.a.list: changed" },
	{ A("\"list\":{\"filters\":{\"f\":{\"field\":\"id\"}}},"),
		A("\"list\":{\"filters\":{\"f\":{}}},"), "resources.a.list: changed" },
	{ A("\"list\":{\"page\":{\"schema\":\"As\"}},"), A("\"list\":{},"),
		"resources.a.list: changed" },
	{ A("\"list\":{\"page\":{\"schema\":\"As\",\"count\":null}},"),
		A("\"list\":{\"page\":{\"schema\":\"As\"}},"), "resources.a.list: changed" },
	{ A("\"list\":{\"filters\":{\"f\":{\"op\":\"contains\"}},\"page\":{\"schema\":\"As\"}},"),
		A("\"list\":{\"filters\":{\"f\":{\"op\":\"contains\"}},\"page\":{\"schema\":\"As\"}"
		  "},"),
		NULL },
	{ A("\"list\":{\"order_by\":\"f\"},"), A("\"list\":{\"order_by\":\"-f\"},"),
		"resources.a.list: changed" },
	/* Fields. */
	{ FIELDS(TEXT ",\"g\":{\"type\":\"text\"}"), FIELDS(TEXT),
		"resources.a.fields.g: removed" },
	{ FIELDS(TEXT), FIELDS("\"g\":{\"type\":\"text\",\"nullable\":true}," TEXT), NULL },
	{ FIELDS(TEXT), FIELDS(TEXT ",\"g\":{\"type\":\"text\",\"default\":\"x\"}"), NULL },
	{ FIELDS(TEXT), FIELDS(TEXT ",\"g\":{\"type\":\"datetime\",\"set\":\"create\"}"), NULL },
	{ FIELDS(TEXT), FIELDS(TEXT ",\"g\":{\"type\":\"datetime\",\"set\":\"update\"}"), NULL },
	{ FIELDS(TEXT), FIELDS(TEXT ",\"g\":{\"type\":\"text\"}"),
		"resources.a.fields.g: a new field needs a default, or to be nullable or set by "
		"the server" },
	{ FIELDS(TEXT ",\"g\":{\"type\":\"text\"}"), FIELDS("\"g\":{\"type\":\"text\"}," TEXT),
		NULL },
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"string\""),
		"resources.a.fields.f.type: string, was text" },
	{ FIELD("\"type\":\"integer\""), FIELD("\"type\":\"reference\",\"to\":\"a\""),
		"resources.a.fields.f.type: reference, was integer" },
	{ LITERAL("\"x\""), FIELD("\"type\":\"string\""),
		"resources.a.fields.f.type: string, was literal" },
	{ AND_B(""),
		"{\"resources\":{\"a\":{\"fields\":{" TEXT "}},\"b\":{\"fields\":{" TEXT
		",\"g\":{\"type\":\"reference\",\"to\":\"a\",\"nullable\":true}}}}}",
		NULL },
	{ "{\"resources\":{\"a\":{\"fields\":{" TEXT
	  "}},\"b\":{\"fields\":{\"g\":{\"type\":\"reference\",\"to\":\"a\"}}}}}",
		"{\"resources\":{\"a\":{\"fields\":{" TEXT
		"}},\"b\":{\"fields\":{\"g\":{\"type\":\"reference\",\"to\":\"b\"}}}}}",
		"resources.b.fields.g.to: b, was a" },
	{ "{\"resources\":{\"a\":{\"fields\":{\"g\":{\"type\":\"reference\",\"to\":\"a\"}}}}}",
		"{\"resources\":{\"a\":{\"fields\":{\"g\":{\"type\":\"reference\",\"to\":\"a\","
		"\"on_delete\":\"restrict\"}}}}}",
		NULL },
	/* Flags. */
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\",\"nullable\":true"), NULL },
	{ FIELD("\"type\":\"text\",\"nullable\":true"), FIELD("\"type\":\"text\""),
		"resources.a.fields.f.nullable: false, was true" },
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\",\"default\":\"x\""), NULL },
	{ FIELD("\"type\":\"text\",\"default\":\"x\""),
		FIELD("\"type\":\"text\",\"default\":\"y\""), NULL },
	{ FIELD("\"type\":\"text\",\"default\":\"x\""), FIELD("\"type\":\"text\""),
		"resources.a.fields.f.default: removed" },
	{ FIELD("\"type\":\"text\",\"unique\":true"), FIELD("\"type\":\"text\",\"index\":true"),
		NULL },
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\",\"unique\":true"),
		"resources.a.fields.f.unique: true, was false" },
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\",\"shown\":false"), NULL },
	{ FIELD("\"type\":\"text\",\"default\":\"x\""),
		FIELD("\"type\":\"text\",\"default\":\"x\",\"input\":false"),
		"resources.a.fields.f.input: false, was true" },
	{ FIELD("\"type\":\"text\",\"default\":\"x\",\"input\":false"),
		FIELD("\"type\":\"text\",\"default\":\"x\""),
		"resources.a.fields.f.input: true, was false" },
	{ FIELD("\"type\":\"date\",\"set\":\"create\""),
		FIELD("\"type\":\"date\",\"set\":\"update\""),
		"resources.a.fields.f.set: changed" },
	{ FIELD("\"type\":\"datetime\""), FIELD("\"type\":\"datetime\",\"timezone\":true"),
		"resources.a.fields.f.timezone: true, was false" },
	{ FIELD("\"type\":\"text\",\"to_lower\":true"), FIELD("\"type\":\"text\""),
		"resources.a.fields.f.to_lower: false, was true" },
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\",\"strip_whitespace\":true"),
		"resources.a.fields.f.strip_whitespace: true, was false" },
	{ FIELD("\"type\":\"number\",\"allow_inf_nan\":false"), FIELD("\"type\":\"number\""),
		NULL },
	{ FIELD("\"type\":\"number\""), FIELD("\"type\":\"number\",\"allow_inf_nan\":false"),
		"resources.a.fields.f.allow_inf_nan: false, was true" },
	/* Bounds. */
	{ FIELD("\"type\":\"text\",\"max_length\":9"), FIELD("\"type\":\"text\",\"max_length\":10"),
		NULL },
	{ FIELD("\"type\":\"text\",\"max_length\":9"), FIELD("\"type\":\"text\""), NULL },
	{ FIELD("\"type\":\"text\",\"max_length\":9"), FIELD("\"type\":\"text\",\"max_length\":8"),
		"resources.a.fields.f.max_length: 8, was 9" },
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\",\"max_length\":8"),
		"resources.a.fields.f.max_length: 8, was none" },
	{ FIELD("\"type\":\"text\",\"min_length\":2"), FIELD("\"type\":\"text\",\"min_length\":1"),
		NULL },
	{ FIELD("\"type\":\"text\",\"min_length\":2"), FIELD("\"type\":\"text\",\"min_length\":3"),
		"resources.a.fields.f.min_length: 3, was 2" },
	{ FIELD("\"type\":\"decimal\",\"max_digits\":6,\"decimal_places\":2"),
		FIELD("\"type\":\"decimal\",\"max_digits\":7,\"decimal_places\":3"), NULL },
	{ FIELD("\"type\":\"decimal\",\"max_digits\":6,\"decimal_places\":2"),
		FIELD("\"type\":\"decimal\",\"max_digits\":6,\"decimal_places\":3"),
		"resources.a.fields.f.max_digits: 3 digits before the point, were 4" },
	{ FIELD("\"type\":\"decimal\",\"max_digits\":6"),
		FIELD("\"type\":\"decimal\",\"max_digits\":5"),
		"resources.a.fields.f.max_digits: 5, was 6" },
	{ FIELD("\"type\":\"decimal\",\"decimal_places\":2"),
		FIELD("\"type\":\"decimal\",\"decimal_places\":1"),
		"resources.a.fields.f.decimal_places: 1, was 2" },
	{ FIELD("\"type\":\"integer\",\"le\":5"), FIELD("\"type\":\"integer\",\"le\":6"), NULL },
	{ FIELD("\"type\":\"integer\",\"lt\":5"), FIELD("\"type\":\"integer\",\"le\":5"), NULL },
	{ FIELD("\"type\":\"integer\",\"le\":5"), FIELD("\"type\":\"integer\",\"lt\":5"),
		"resources.a.fields.f.lt: 5, was le 5" },
	{ FIELD("\"type\":\"integer\",\"le\":5"), FIELD("\"type\":\"integer\""), NULL },
	{ FIELD("\"type\":\"integer\""), FIELD("\"type\":\"integer\",\"ge\":-9"),
		"resources.a.fields.f.ge: -9, was none" },
	{ FIELD("\"type\":\"integer\",\"ge\":1"), FIELD("\"type\":\"integer\",\"ge\":0"), NULL },
	{ FIELD("\"type\":\"integer\",\"gt\":1"), FIELD("\"type\":\"integer\",\"ge\":1"), NULL },
	{ FIELD("\"type\":\"integer\",\"ge\":1"), FIELD("\"type\":\"integer\",\"gt\":1"),
		"resources.a.fields.f.gt: 1, was ge 1" },
	{ FIELD("\"type\":\"integer\",\"ge\":1"), FIELD("\"type\":\"integer\",\"ge\":2"),
		"resources.a.fields.f.ge: 2, was ge 1" },
	{ FIELD("\"type\":\"number\",\"lt\":1.5"), FIELD("\"type\":\"number\",\"lt\":1.25"),
		"resources.a.fields.f.lt: 1.25, was lt 1.5" },
	{ FIELD("\"type\":\"decimal\",\"gt\":0.10"), FIELD("\"type\":\"decimal\",\"gt\":0.1"),
		NULL },
	{ FIELD("\"type\":\"decimal\",\"gt\":0.1"), FIELD("\"type\":\"decimal\",\"gt\":0.11"),
		"resources.a.fields.f.gt: 0.11, was gt 0.1" },
	{ FIELD("\"type\":\"integer\",\"multiple_of\":10"),
		FIELD("\"type\":\"integer\",\"multiple_of\":5"), NULL },
	{ FIELD("\"type\":\"integer\",\"multiple_of\":5"), FIELD("\"type\":\"integer\""), NULL },
	{ FIELD("\"type\":\"integer\",\"multiple_of\":5"),
		FIELD("\"type\":\"integer\",\"multiple_of\":10"),
		"resources.a.fields.f.multiple_of: 10, was 5" },
	{ FIELD("\"type\":\"number\""), FIELD("\"type\":\"number\",\"multiple_of\":0.5"),
		"resources.a.fields.f.multiple_of: 0.5, was none" },
	{ FIELD("\"type\":\"text\",\"pattern\":\"^a\""), FIELD("\"type\":\"text\""), NULL },
	{ FIELD("\"type\":\"text\",\"pattern\":\"^a\""),
		FIELD("\"type\":\"text\",\"pattern\":\"^b\""),
		"resources.a.fields.f.pattern: changed" },
	{ FIELD("\"type\":\"text\""), FIELD("\"type\":\"text\",\"pattern\":\"^a\""),
		"resources.a.fields.f.pattern: added" },
	/* Choices. */
	{ LITERAL("\"x\",\"y\""), LITERAL("\"z\",\"y\",\"x\""), NULL },
	{ LITERAL("\"x\",\"y\""), LITERAL("\"y\""), "resources.a.fields.f.literal: \"x\" removed" },
	{ FIELD("\"type\":\"integer\",\"literal\":[1,2]"),
		FIELD("\"type\":\"integer\",\"literal\":[1]"),
		"resources.a.fields.f.literal: 2 removed" },
	{ FIELD("\"type\":\"integer\",\"literal\":[1]"), LITERAL("\"1\""),
		"resources.a.fields.f.literal: strings, were integers" },
	{ ENUM("\"red\":\"r\""), ENUM("\"blue\":\"b\",\"red\":\"r\""), NULL },
	{ ENUM("\"red\":\"r\""), ENUM("\"red\":\"s\""),
		"resources.a.fields.f.enum: red removed or changed" },
	{ ENUM("\"red\":\"r\""), ENUM("\"rot\":\"r\""),
		"resources.a.fields.f.enum: red removed or changed" },
	/* Keys. */
	{ A(""), A("\"key\":{\"title\":\"T\",\"index\":false},"), NULL },
	{ A("\"key\":{\"index\":false},"), A(""), NULL },
	{ A(""), A("\"key\":{\"name\":\"k\"},"), "resources.a.key.name: k, was id" },
	{ A(""), A("\"key\":{\"type\":\"uuid\"},"), "resources.a.key.type: uuid, was integer" },
	{ A(""), A("\"key\":{\"parameter\":\"k\"},"), "resources.a.key.parameter: k, was a_id" },
	{ A(""), A("\"key\":{\"gt\":0},"), "resources.a.key.gt: 0, was none" },
	{ A("\"key\":{\"gt\":0,\"le\":9},"), A("\"key\":{\"ge\":0,\"le\":10},"), NULL },
	{ A("\"key\":{\"le\":9},"), A("\"key\":{\"lt\":9},"), "resources.a.key.lt: 9, was le 9" },
	{ "{\"resources\":{\"b\":{\"fields\":{\"r\":{\"type\":\"reference\",\"to\":\"a\"}}},\"a\":{"
	  "\"fields\":{" TEXT "}}}}",
		"{\"resources\":{\"b\":{\"fields\":{\"r\":{\"type\":\"reference\",\"to\":\"a\"}}},"
		"\"a\":{\"key\":{\"type\":\"uuid\"},\"fields\":{" TEXT "}}}}",
		"resources.a.key.type: uuid, was integer" },
	/* Items. */
	{ ITEMS("\"type\":\"string\",\"max_length\":2"),
		ITEMS("\"type\":\"string\",\"max_length\":3"), NULL },
	{ ITEMS("\"type\":\"string\",\"max_length\":2"),
		ITEMS("\"type\":\"string\",\"max_length\":1"),
		"resources.a.fields.f.items.max_length: 1, was 2" },
	{ ITEMS("\"type\":\"string\""), ITEMS("\"type\":\"integer\""),
		"resources.a.fields.f.items.type: integer, was string" },
};

START_TEST(each_change_is_judged)
{
	const struct change *c = &changes[_i];
	const struct api *old = sample_read_api(str_from(c->old)), *now = read_like(c->now, old);
	bool extends = declaration_extends(now, old, &why);
	struct str line = buf_view(&why);

	ck_assert_msg(extends == (c->line == NULL), "%s\n%s\n%.*s", c->old, c->now, STR_ARGS(line));
	if (c->line)
		ck_assert_msg(str_equal(line, str_from(c->line)), "%.*s", STR_ARGS(line));
	else
		ck_assert_uint_eq(line.len, 0);
	declaration_free(now);
	declaration_free(old);
}
END_TEST

START_TEST(each_declaration_extends_itself)
{
	const struct change *c = &changes[_i];
	const struct api *a = sample_read_api(str_from(c->now)), *b = read_like(c->now, a);

	ck_assert_uint_eq(a->fingerprint, b->fingerprint);
	ck_assert(declaration_extends(a, b, &why));
	declaration_free(a);
	declaration_free(b);
}
END_TEST

START_TEST(other_numbers_are_refused)
{
	const struct api *old = sample_read_api(str_from(A("")));
	const struct api *now = sample_read_api(STR(
		"{\"resources\":{\"b\":{\"fields\":{" TEXT "}},\"a\":{\"fields\":{" TEXT "}}}}"));

	ck_assert(!declaration_extends(now, old, &why));
	ck_assert(str_equal(buf_view(&why), STR("resources.a: another number")));
	declaration_free(now);
	declaration_free(old);
}
END_TEST

START_TEST(resources_keep_their_numbers)
{
	const struct api *old = sample_read_api(str_from(AND_B("")));
	const struct api *now =
		read_like("{\"resources\":{\"c\":{\"fields\":{" TEXT "}},\"b\":{\"fields\":{" TEXT
			  "}},\"a\":{\"fields\":{" TEXT "}}}}",
			old);

	ck_assert_uint_eq(api_resource_named(now, "a")->number, 0);
	ck_assert_uint_eq(api_resource_named(now, "b")->number, 1);
	ck_assert_uint_eq(api_resource_named(now, "c")->number, 2);
	ck_assert_ptr_null(api_resource_named(now, "d"));
	ck_assert_str_eq(now->resources[0]->name, "c");
	declaration_free(now);
	declaration_free(old);
}
END_TEST

/* The shape of resource "a". */
static uint64_t shape_of(const char *text)
{
	const struct api *a = sample_read_api(str_from(text));
	uint64_t shape = api_resource_named(a, "a")->shape;

	declaration_free(a);
	return shape;
}

START_TEST(rows_keep_their_shape_while_they_are_shown_alike)
{
	uint64_t plain = shape_of(FIELD("\"type\":\"text\",\"max_length\":9"));

	ck_assert_uint_eq(plain, shape_of(FIELD("\"type\":\"text\",\"nullable\":true")));
	ck_assert_uint_eq(plain, shape_of(AND_B("\"parent\":\"a\",")));
	ck_assert_uint_eq(plain, shape_of("{\"resources\":{\"b\":{\"fields\":{" TEXT
					  "}},\"a\":{\"fields\":{" TEXT "}}}}"));
	ck_assert_uint_ne(plain, shape_of(FIELD("\"type\":\"string\"")));
	ck_assert_uint_ne(plain, shape_of(FIELD("\"type\":\"text\",\"shown\":false")));
	ck_assert_uint_ne(plain, shape_of(FIELDS("\"g\":{\"type\":\"text\"}")));
	ck_assert_uint_ne(plain, shape_of(FIELDS(TEXT ",\"g\":{\"type\":\"text\"}")));
	ck_assert_uint_ne(plain, shape_of(AND_B("\"parent\":\"a\",\"embedded\":true,")));
	ck_assert_uint_ne(shape_of(LITERAL("\"x\",\"y\"")), shape_of(LITERAL("\"y\",\"x\"")));
}
END_TEST

START_TEST(the_shape_has_that_of_what_is_embedded_at_any_depth)
{
#define DEEP(fields)                                                                               \
	"{\"resources\":{\"a\":{\"fields\":{" TEXT "}},\"b\":{\"parent\":\"a\",\"embedded\":true," \
	"\"fields\":{" TEXT "}},\"c\":{\"parent\":\"b\",\"embedded\":true,\"fields\":{" fields     \
	"}}}}"
	ck_assert_uint_ne(shape_of(DEEP(TEXT)), shape_of(DEEP("\"g\":{\"type\":\"text\"}")));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("declaration extends");
	TCase *tc = tcase_create("declaration extends");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_change_is_judged, 0, (int)NITEMS(changes));
	tcase_add_loop_test(tc, each_declaration_extends_itself, 0, (int)NITEMS(changes));
	tcase_add_test(tc, other_numbers_are_refused);
	tcase_add_test(tc, resources_keep_their_numbers);
	tcase_add_test(tc, rows_keep_their_shape_while_they_are_shown_alike);
	tcase_add_test(tc, the_shape_has_that_of_what_is_embedded_at_any_depth);
	suite_add_tcase(suite, tc);
	return suite;
}
