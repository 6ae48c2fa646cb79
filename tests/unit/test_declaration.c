/* Declarations: what they become, their canonical form, and the line that refuses each broken one.
 */
#include "declaration.h"

#include "sample.h"
#include "source_file.h"
#include "suite.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct arena arena;
static struct buf error;
static const struct api *read_api; /* freed by teardown */

static void setup(void)
{
	arena_init(&arena);
	buf_init(&error, DECLARATION_MOST);
	read_api = NULL;
}

static void teardown(void)
{
	declaration_free(read_api);
	buf_done(&error);
	arena_done(&arena);
}

static const struct api *read_text(const char *text)
{
	declaration_free(read_api);
	read_api = sample_read_api(str_from(text));
	return read_api;
}

/* A declaration of one resource "a" with these fields; and of one with the field "f". */
#define FIELDS(fields) "{\"resources\":{\"a\":{\"fields\":{" fields "}}}}"
#define FIELD(words)   FIELDS("\"f\":{" words "}")
/* Of a resource "a" and whatever follows it. */
#define AFTER_A(resources)                                                                         \
	"{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\"}}}," resources "}}"
#define SOME_FIELD "\"fields\":{\"f\":{\"type\":\"text\"}}"

static const struct field *read_field(const char *text)
{
	return &read_text(text)->resources[0]->fields[1];
}

/* What is refused. */

#define TYPES                                                                                      \
	"integer, number, decimal, boolean, string, text, email, url, uuid, date, time, "          \
	"datetime, "                                                                               \
	"object, array, links, reference"
#define NOTES        "title, description, examples"
#define COMMON_WORDS "nullable, default, unique, conflict, index, shown, input, " NOTES
#define NAME_RULE    "a letter, then letters, digits and _, at most 63 characters"
#define RESOURCE_WORDS                                                                             \
	"plural, table, schema, path, tags, key, parent, parent_field, embedded, on_delete, "      \
	"list, "                                                                                   \
	"operations, schemas, not_found, conflict, in_use, fields"

#define ACTIONS "list, create, read, update, replace, delete, children, link:FIELD, unlink:FIELD"

#define LIST(list)                                                                                 \
	"{\"resources\": {\"a\": {\"list\":" list ",\"fields\":{\"f\":{\"type\":\"text\"}}}}}"

#define KEY(words)                                                                                 \
	"{\"resources\": {\"a\": {\"key\":{" words "},\"fields\":{\"f\":{\"type\":\"text\"}}}}}"

/* The place of the value of a word in FIELD is column 41 and on. */
static const struct refused {
	const char *text, *line; /* the line without "api.json:" */
} refused[] = {
	/* The text. */
	{ "", "1:1: not valid JSON: Expecting value" },
	{ "{\n  \"title\": \"x\",\n}", "2:15: not valid JSON: Illegal trailing comma before end of "
				       "object" },
	{ "{\n\n\t\"\xc3\xa9\": \"\xc3\xa9\" 1}", "3:11: not valid JSON: Expecting ',' delimiter" },
	{ "\xff{}", "1:1: found bytes that are not text; allowed is UTF-8" },
	{ "[]", "1:1: found an array; allowed is an object" },
	{ "{\"home\": {\"x\": NaN}}", "1:16: found NaN or a number out of range; allowed are the "
				      "numbers of RFC 8259 in the "
				      "range of doubles" },
	{ "{\"home\": {\"x\": 1e999}}", "1:16: found NaN or a number out of range; allowed are the "
					"numbers of RFC 8259 in the "
					"range of doubles" },
	{ "{\"home\": {\"x\": \"\\ud800\"}}",
		"1:16: found a lone surrogate; allowed is valid Unicode text" },
	{ "{\"title\": \"x\", \"home\": {},\n \"title\": \"y\"}",
		"2:2: \"title\" is declared twice in one object" },
	{ "{\"home\": {\"a\": 1, \"b\": 2, \"\\u0061\": 3}}",
		"1:27: \"\\u0061\" is declared twice in one object" },
	/* The top. */
	{ "{}", "1:1: \"resources\" is missing" },
	{ "{\"titel\": 1, \"resources\": {}}", "1:2: titel: there is no such word here; allowed "
					       "are title, version, description, prefix, home, "
					       "constants, schemas, resources; "
					       "did you mean \"title\"?" },
	{ "{\"title\": 7, \"resources\": {}}", "1:11: title: found 7; allowed is a string" },
	{ "{\"title\": \"a\\nb\", \"resources\": {}}",
		"1:11: title: found \"a\\nb\"; allowed is text without control characters" },
	{ "{\"home\": \"x\", \"resources\": {}}", "1:10: home: found \"x\"; allowed is an object" },
	{ "{\"resources\": []}", "1:15: resources: found an array; allowed is an object" },
	{ "{\"$schema\": 1, \"resources\": {}}", "1:13: $schema: found 1; allowed is a string" },
	/* Resources. */
	{ "{\"resources\": {\"a b\": {}}}",
		"1:16: resources.a b: not a name; allowed is " NAME_RULE },
	{ "{\"resources\": {\"a\": 1}}", "1:21: resources.a: found 1; allowed is an object" },
	{ "{\"resources\": {\"a\": {}}}", "1:21: resources.a: \"fields\" is missing" },
	{ "{\"resources\": {\"a\": {\"field\": {}}}}",
		"1:22: resources.a.field: there is no such word here; allowed are " RESOURCE_WORDS
		"; did you mean \"fields\"?" },
	{ "{\"resources\": {\"a\": {\"number\": 1}}}", "1:22: resources.a.number: there is no such "
						       "word here; allowed are " RESOURCE_WORDS },
	{ "{\"resources\": {\"a\": {\"fields\": {}}}}",
		"1:32: resources.a.fields: a resource has at least one field" },
	{ "{\"resources\": {\"a\": {\"plural\": \"9s\"}}}",
		"1:32: resources.a.plural: found \"9s\"; allowed is a name: " NAME_RULE },
	{ "{\"resources\": {\"a\": {\"embedded\": true}}}",
		"1:34: resources.a.embedded: found true; allowed only with \"parent\"" },
	{ "{\"resources\": {\"a\": {\"embedded\": 1}}}",
		"1:34: resources.a.embedded: found 1; allowed are true, false" },
	{ "{\"resources\": {\"a\": {\"on_delete\": \"cascade\"}}}",
		"1:35: resources.a.on_delete: found \"cascade\"; allowed only with \"parent\"" },
	{ AFTER_A("\"b\":{\"parent\":\"a\",\"on_delete\":\"restricts\"," SOME_FIELD "}"),
		"1:82: resources.b.on_delete: found \"restricts\"; allowed are cascade, restrict, "
		"set_null; did you mean \"restrict\"?" },
	{ AFTER_A("\"book\":{\"parent\":\"boook\"," SOME_FIELD "}"),
		"1:69: resources.book.parent: found \"boook\"; allowed are a, book; did you mean "
		"\"book\"?" },
	{ AFTER_A("\"b\":{\"parent\":\"b\"," SOME_FIELD "}"),
		"1:66: resources.b.parent: found \"b\"; a resource cannot be below itself" },
	{ AFTER_A("\"b\":{\"parent\":\"c\"," SOME_FIELD "},\"c\":{\"parent\":\"b\"," SOME_FIELD
		  "}"),
		"1:66: resources.b.parent: found \"c\"; a resource cannot be below itself" },
	/* Keys. */
	{ "{\"resources\": {\"a\": {\"key\": \"id\"}}}",
		"1:29: resources.a.key: found \"id\"; allowed is an object" },
	{ KEY("\"nam\":1"),
		"1:29: resources.a.key.nam: there is no such word here; allowed are name, "
		"type, parameter, title, ge, gt, le, lt, index, description, examples; did you "
		"mean \"name\"?" },
	{ KEY("\"name\":\"9\""),
		"1:36: resources.a.key.name: found \"9\"; allowed is a name: " NAME_RULE },
	{ KEY("\"type\":\"guid\""), "1:36: resources.a.key.type: found \"guid\"; allowed are "
				    "integer, uuid; did you mean \"uuid\"?" },
	{ KEY("\"type\":\"string\""),
		"1:36: resources.a.key.type: found \"string\"; allowed are integer, uuid" },
	{ KEY("\"parameter\":\"a b\""),
		"1:41: resources.a.key.parameter: found \"a b\"; allowed is a name: " NAME_RULE },
	{ KEY("\"title\":1"), "1:37: resources.a.key.title: found 1; allowed is a string" },
	{ KEY("\"index\":1"), "1:37: resources.a.key.index: found 1; allowed are true, false" },
	{ KEY("\"ge\":1.5"), "1:34: resources.a.key.ge: found 1.5; allowed is an integer from "
			     "-9223372036854775808 to 9223372036854775807" },
	{ KEY("\"gt\":1,\"lt\":2"), "1:34: resources.a.key.gt: found 1; it contradicts \"lt\"" },
	{ KEY("\"gt\":0,\"type\":\"uuid\""),
		"1:34: resources.a.key.gt: allowed for type integer only" },
	{ KEY("\"name\":\"F\""),
		"1:55: resources.a.fields.f: a field is named \"f\", but so is the "
		"key" },
	/* Lists. */
	{ LIST("[]"), "1:29: resources.a.list: found an array; allowed is an object" },
	{ LIST("{\"pages\":{}}"), "1:30: resources.a.list.pages: there is no such word here; "
				  "allowed are filters, skip, limit, order_by, page; did you mean "
				  "\"page\"?" },
	{ LIST("{\"page\":{}}"), "1:37: resources.a.list.page: \"schema\" is missing" },
	{ LIST("{\"page\":{\"schema\":\"As\",\"rows\":\"n\",\"count\":\"n\"}}"),
		"1:59: resources.a.list.page.rows: found \"n\"; it contradicts \"count\"" },
	{ LIST("{\"page\":{\"size\":1}}"), "1:38: resources.a.list.page.size: there is no such "
					   "word here; allowed are schema, rows, count" },
	{ LIST("{\"filters\":{\"g\":{}}}"), "1:41: resources.a.list.filters.g: no field has this "
					    "name; \"field\" can name another" },
	{ LIST("{\"filters\":{\"g\":{\"field\":\"h\"}}}"),
		"1:54: resources.a.list.filters.g.field: found \"h\"; allowed are id, f" },
	{ LIST("{\"filters\":{\"f\":{\"op\":\"like\"}}}"),
		"1:51: resources.a.list.filters.f.op: found \"like\"; allowed are eq, ne, lt, le, "
		"gt, ge, contains" },
	{ LIST("{\"filters\":{\"id\":{\"op\":\"contains\"}}}"),
		"1:46: resources.a.list.filters.id: found an object; \"contains\" is allowed for "
		"string, text, email, url" },
	{ LIST("{\"filters\":{\"q\":{\"fields\":[\"f\"]}}}"),
		"1:55: resources.a.list.filters.q.fields: allowed only with \"op\": \"contains\"" },
	{ LIST("{\"filters\":{\"q\":{\"op\":\"contains\",\"fields\":[]}}}"),
		"1:71: resources.a.list.filters.q.fields: found an array; allowed is an array of "
		"names of fields" },
	{ LIST("{\"filters\":{\"f\":{\"ge\":1}}}"),
		"1:46: resources.a.list.filters.f.ge: there is no such word here; allowed are "
		"field, fields, op, required, nullable, default, strip_whitespace, to_lower, "
		"to_upper, min_length, max_length, pattern, " NOTES },
	{ LIST("{\"filters\":{\"f\":{\"nullable\":false}}}"),
		"1:45: resources.a.list.filters.f.default: \"nullable\": false needs \"default\" "
		"or "
		"\"required\"" },
	{ LIST("{\"filters\":{\"f\":{\"required\":true,\"default\":\"x\"}}}"),
		"1:72: resources.a.list.filters.f.default: found \"x\"; it contradicts "
		"\"required\"" },
	{ LIST("{\"filters\":{\"f\":{\"max_length\":1,\"default\":\"xy\"}}}"),
		"1:71: resources.a.list.filters.f.default: found \"xy\"; allowed are at most 1 "
		"characters (max_length)" },
	{ LIST("{\"filters\":{\"limit\":{\"field\":\"f\"}},\"limit\":{}}"),
		"1:41: resources.a.list.filters.limit: another parameter has this name" },
	{ LIST("{\"skip\":0}"), "1:37: resources.a.list.skip: found 0; allowed is an object" },
	{ LIST("{\"skip\":{\"name\":\"start\"}}"),
		"1:45: resources.a.list.skip.name: found \"start\"; allowed are skip, offset" },
	{ LIST("{\"skip\":{\"gt\":0}}"), "1:38: resources.a.list.skip.gt: there is no such word "
					 "here; allowed are name, default, ge, le, " NOTES },
	{ LIST("{\"limit\":{\"name\":\"size\"}}"),
		"1:39: resources.a.list.limit.name: there is no such word here; allowed are "
		"default, ge, le, " NOTES },
	{ LIST("{\"limit\":{\"le\":\"9\"}}"),
		"1:44: resources.a.list.limit.le: found \"9\"; allowed is an integer from "
		"-9223372036854775808 to 9223372036854775807" },
	{ LIST("{\"limit\":{\"default\":9,\"le\":5}}"),
		"1:49: resources.a.list.limit.default: found 9; allowed is at most 5 (le)" },
	{ LIST("{\"limit\":{\"le\":5}}"),
		"1:38: resources.a.list.limit: without \"default\" it is 100, which is not within "
		"the bounds" },
	{ LIST("{\"order_by\":\"-f2\"}"),
		"1:41: resources.a.list.order_by: found \"-f2\"; allowed are id, f" },
	{ LIST("{\"order_by\":\"\"}"),
		"1:41: resources.a.list.order_by: found \"\"; allowed are id, f" },
	{ AFTER_A("\"b\":{\"operations\":\"list\"," SOME_FIELD "}"),
		"1:70: resources.b.operations: found \"list\"; allowed is an array of these, or an "
		"object: " ACTIONS },
	{ AFTER_A("\"b\":{\"operations\":[\"list\",\"remove\"]," SOME_FIELD "}"),
		"1:78: resources.b.operations.1: found \"remove\"; allowed are " ACTIONS },
	{ AFTER_A("\"b\":{\"operations\":[\"list\",\"read\",\"list\"]," SOME_FIELD "}"),
		"1:85: resources.b.operations.2: found \"list\"; the operation is there twice" },
	/* Names that clash. */
	{ AFTER_A("\"as\":{\"plural\":\"as\"," SOME_FIELD "}"),
		"1:67: resources.as.plural: the plural of as is named \"as\", but so is the plural "
		"of "
		"a" },
	{ AFTER_A("\"b\":{\"plural\":\"docs\"," SOME_FIELD "}"),
		"1:66: resources.b.plural: GET /docs of list_docs is a path of the documentation" },
	{ AFTER_A("\"redo\":{\"plural\":\"redoc\"," SOME_FIELD "}"),
		"1:69: resources.redo.plural: GET /redoc of list_redoc is a path of the "
		"documentation" },
	{ AFTER_A("\"b\":{\"table\":\"AS\"," SOME_FIELD "}"),
		"1:65: resources.b.table: the table of b is named \"AS\", but so is the table of "
		"a" },
	{ AFTER_A("\"b\":{\"table\":\"SQLite_b\"," SOME_FIELD "}"),
		"1:65: resources.b.table: the table is named \"SQLite_b\", but SQLite reserves "
		"names "
		"that begin with sqlite_" },
	{ AFTER_A("\"b\":{\"table\":\"ix_as_id\"," SOME_FIELD "}"),
		"1:19: resources.a: the index of id is named \"ix_as_id\", but so is the table "
		"of "
		"b" },
	{ AFTER_A("\"b\":{\"schema\":\"A\"," SOME_FIELD "}"),
		"1:66: resources.b.schema: the schema of b is named \"A\", but so is the schema of "
		"a" },
	{ AFTER_A("\"b\":{\"schema\":\"ACreate\"," SOME_FIELD "}"),
		"1:66: resources.b.schema: the schema of b is named \"ACreate\", but so is a "
		"schema "
		"of a" },
	{ AFTER_A("\"validation_error\":{" SOME_FIELD "}"),
		"1:71: resources.validation_error: the schema of validation_error is named "
		"\"ValidationError\", but so is a schema of errors" },
	{ AFTER_A("\"b\":{\"fields\":{\"f\":{\"type\":\"string\",\"enum\":{\"name\":\"A\","
		  "\"members\":{\"x\":\"y\"}}}}}"),
		"1:95: resources.b.fields.f.enum: the enum is named \"A\", but so is the schema of "
		"a" },
	{ FIELDS("\"Id\":{\"type\":\"text\"}"),
		"1:35: resources.a.fields.Id: a field is named \"Id\", but so is the key" },
	{ FIELDS("\"f\":{\"type\":\"text\"},\"F\":{\"type\":\"text\"}"),
		"1:54: resources.a.fields.F: a field is named \"F\", but so is a field" },
	{ AFTER_A("\"b\":{\"parent\":\"a\",\"fields\":{\"a_id\":{\"type\":\"text\"}}}"),
		"1:87: resources.b.fields.a_id: a field is named \"a_id\", but so is the key of "
		"the "
		"parent" },
	{ AFTER_A("\"b\":{\"parent\":\"a\",\"embedded\":true,\"plural\":\"f\"," SOME_FIELD "}"),
		"1:19: resources.a: the list of embedded rows is named \"f\", but so is a field" },
	/* Types. */
	{ FIELDS("\"f\":1"), "1:34: resources.a.fields.f: found 1; allowed is an object" },
	{ FIELDS("\"f g\":{}"), "1:30: resources.a.fields.f g: not a name; allowed is " NAME_RULE },
	{ FIELD(""), "1:34: resources.a.fields.f: \"type\" is missing; allowed are " TYPES },
	{ FIELD("\"type\":\"emial\""),
		"1:42: resources.a.fields.f.type: found \"emial\"; allowed are " TYPES
		"; did you mean \"email\"?" },
	{ FIELD("\"type\":\"literal\""),
		"1:42: resources.a.fields.f.type: found \"literal\"; allowed are " TYPES },
	{ FIELD("\"type\":\"boolean\",\"nulable\":true"),
		"1:52: resources.a.fields.f.nulable: there is no such word here; allowed are "
		"type, " COMMON_WORDS "; did you mean \"nullable\"?" },
	{ FIELD("\"type\":\"boolean\",\"min_length\":1"),
		"1:65: resources.a.fields.f.min_length: found for type boolean; allowed for "
		"string, "
		"text, email, url" },
	{ FIELD("\"type\":\"number\",\"literal\":[1]"),
		"1:61: resources.a.fields.f.literal: found for type number; allowed for integer, "
		"string" },
	{ FIELD("\"type\":\"text\",\"unique\":\"yes\""),
		"1:58: resources.a.fields.f.unique: found \"yes\"; allowed are true, false" },
	/* Bounds. */
	{ FIELD("\"type\":\"text\",\"min_length\":-1"),
		"1:62: resources.a.fields.f.min_length: found -1; allowed is an integer from 0 to "
		"1000000000" },
	{ FIELD("\"type\":\"text\",\"max_length\":4.0"),
		"1:62: resources.a.fields.f.max_length: found 4.0; allowed is an integer from 0 to "
		"1000000000" },
	{ FIELD("\"type\":\"text\",\"min_length\":5,\"max_length\":4"),
		"1:62: resources.a.fields.f.min_length: found 5; it contradicts \"max_length\"" },
	{ FIELD("\"type\":\"text\",\"to_lower\":true,\"to_upper\":true"),
		"1:76: resources.a.fields.f.to_upper: found true; it contradicts \"to_lower\"" },
	{ FIELD("\"type\":\"text\",\"pattern\":\"a(?=b)\""),
		"1:59: resources.a.fields.f.pattern: not a valid pattern: look-ahead and "
		"look-behind are not supported, at character 2" },
	{ FIELD("\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":\"(\"}"),
		"1:85: resources.a.fields.f.items.pattern: not a valid pattern: a group without "
		"its closing parenthesis, at character 1" },
	{ FIELD("\"type\":\"text\",\"pattern\":[]"),
		"1:59: resources.a.fields.f.pattern: found an array; allowed is a string" },
	{ FIELD("\"type\":\"integer\",\"ge\":1.5"),
		"1:57: resources.a.fields.f.ge: found 1.5; allowed is an integer from "
		"-9223372036854775808 to 9223372036854775807" },
	{ FIELD("\"type\":\"integer\",\"le\":9223372036854775808"),
		"1:57: resources.a.fields.f.le: found 9223372036854775808; allowed is an integer "
		"from "
		"-9223372036854775808 to 9223372036854775807" },
	{ FIELD("\"type\":\"integer\",\"ge\":5,\"le\":4"),
		"1:57: resources.a.fields.f.ge: found 5; it contradicts \"le\"" },
	{ FIELD("\"type\":\"integer\",\"ge\":5,\"lt\":5"),
		"1:57: resources.a.fields.f.ge: found 5; it contradicts \"lt\"" },
	{ FIELD("\"type\":\"integer\",\"gt\":4,\"lt\":5"),
		"1:57: resources.a.fields.f.gt: found 4; it contradicts \"lt\"" },
	{ FIELD("\"type\":\"number\",\"gt\":0.5,\"le\":0.5"),
		"1:56: resources.a.fields.f.gt: found 0.5; it contradicts \"le\"" },
	{ FIELD("\"type\":\"decimal\",\"gt\":0.50,\"lt\":\"0.5\""),
		"1:57: resources.a.fields.f.gt: found 0.50; it contradicts \"lt\"" },
	{ FIELD("\"type\":\"integer\",\"multiple_of\":0"),
		"1:66: resources.a.fields.f.multiple_of: found 0; allowed is a number above 0" },
	{ FIELD("\"type\":\"decimal\",\"max_digits\":0"),
		"1:65: resources.a.fields.f.max_digits: found 0; allowed is an integer from 1 to "
		"1000000000" },
	{ FIELD("\"type\":\"decimal\",\"max_digits\":2,\"decimal_places\":3"),
		"1:84: resources.a.fields.f.decimal_places: found 3; it contradicts "
		"\"max_digits\"" },
	{ FIELD("\"type\":\"decimal\",\"multiple_of\":\"0.0000000000000000000000000000000000001\""),
		"1:66: resources.a.fields.f.multiple_of: found "
		"\"0.0000000000000000000000000000000000001\"; allowed are at most 36 digits" },
	/* Defaults. */
	{ FIELD("\"type\":\"text\",\"default\":null"),
		"1:59: resources.a.fields.f.default: found null; allowed only with \"nullable\": "
		"true" },
	{ FIELD("\"type\":\"string\",\"max_length\":2,\"default\":\"\xc3\xa9\xc3\xa9\xc3\xa9\""),
		"1:76: resources.a.fields.f.default: found \"\xc3\xa9\xc3\xa9\xc3\xa9\"; allowed "
		"are at "
		"most 2 characters (max_length)" },
	{ FIELD("\"type\":\"string\",\"min_length\":2,\"default\":\"\xc3\xa9\""),
		"1:76: resources.a.fields.f.default: found \"\xc3\xa9\"; allowed are at least 2 "
		"characters (min_length)" },
	{ FIELD("\"type\":\"integer\",\"default\":\"1\""),
		"1:62: resources.a.fields.f.default: found \"1\"; allowed is an integer from "
		"-9223372036854775808 to 9223372036854775807" },
	{ FIELD("\"type\":\"integer\",\"default\":9,\"le\":5"),
		"1:62: resources.a.fields.f.default: found 9; allowed is at most 5 (le)" },
	{ FIELD("\"type\":\"integer\",\"default\":10,\"multiple_of\":3"),
		"1:62: resources.a.fields.f.default: found 10; allowed are multiples of 3 "
		"(multiple_of)" },
	{ FIELD("\"type\":\"number\",\"default\":0.35,\"multiple_of\":0.1"),
		"1:61: resources.a.fields.f.default: found 0.35; allowed are multiples of 0.1 "
		"(multiple_of)" },
	{ FIELD("\"type\":\"number\",\"default\":true"),
		"1:61: resources.a.fields.f.default: found true; allowed is a number" },
	{ FIELD("\"type\":\"decimal\",\"default\":1e2"),
		"1:62: resources.a.fields.f.default: found 1e2; allowed is a decimal number "
		"without "
		"an exponent: 9.99, or \"9.99\"" },
	{ FIELD("\"type\":\"decimal\",\"default\":\"09\""),
		"1:62: resources.a.fields.f.default: found \"09\"; allowed is a decimal number "
		"without "
		"an exponent: 9.99, or \"9.99\"" },
	{ FIELD("\"type\":\"decimal\",\"default\":1.25,\"decimal_places\":1"),
		"1:62: resources.a.fields.f.default: found 1.25; allowed are at most 1 decimal "
		"places "
		"(decimal_places)" },
	{ FIELD("\"type\":\"decimal\",\"default\":125,\"max_digits\":2"),
		"1:62: resources.a.fields.f.default: found 125; allowed are at most 2 digits "
		"(max_digits)" },
	{ FIELD("\"type\":\"decimal\",\"default\":0.07,\"multiple_of\":0.05"),
		"1:62: resources.a.fields.f.default: found 0.07; allowed are multiples of 0.05 "
		"(multiple_of)" },
	{ FIELD("\"type\":\"decimal\",\"default\":-0.5,\"ge\":-0.49"),
		"1:62: resources.a.fields.f.default: found -0.5; allowed is at least -0.49 (ge)" },
	{ FIELD("\"type\":\"boolean\",\"default\":0"),
		"1:62: resources.a.fields.f.default: found 0; allowed are true, false" },
	{ FIELD("\"type\":\"email\",\"default\":\"ada\""),
		"1:60: resources.a.fields.f.default: found \"ada\"; allowed is an e-mail address" },
	{ FIELD("\"type\":\"url\",\"default\":\"ftp://x/\""),
		"1:58: resources.a.fields.f.default: found \"ftp://x/\"; allowed is a URL with "
		"http or "
		"https" },
	{ FIELD("\"type\":\"uuid\",\"default\":\"123E4567-e89b-12d3-a456-426614174000\""),
		"1:59: resources.a.fields.f.default: found "
		"\"123E4567-e89b-12d3-a456-426614174000\"; "
		"allowed is a UUID of 36 lower-case characters" },
	{ FIELD("\"type\":\"date\",\"default\":\"2026-02-29\""),
		"1:59: resources.a.fields.f.default: found \"2026-02-29\"; allowed is a date: "
		"\"2026-01-02\"" },
	{ FIELD("\"type\":\"time\",\"default\":\"24:00:00\""),
		"1:59: resources.a.fields.f.default: found \"24:00:00\"; allowed is a time: "
		"\"12:00:00\"" },
	{ FIELD("\"type\":\"datetime\",\"default\":\"2026-01-02T03:04:05+24:00\""),
		"1:63: resources.a.fields.f.default: found \"2026-01-02T03:04:05+24:00\"; allowed "
		"is a "
		"datetime: \"2026-01-02T12:00:00\", with or without a zone" },
	{ FIELD("\"type\":\"object\",\"default\":[]"),
		"1:61: resources.a.fields.f.default: found an array; allowed is an object" },
	{ FIELD("\"type\":\"array\",\"items\":{\"type\":\"integer\",\"le\":5},\"default\":[1,6]"),
		"1:97: resources.a.fields.f.default.1: found 6; allowed is at most 5 (le)" },
	/* A value that ends with a comma is not followed by another word. */
	{ FIELD("\"type\":\"string\",\"literal\":[\"on\",\"o,\"],\"default\":\"x\""),
		"1:83: resources.a.fields.f.default: found \"x\"; allowed are on, o," },
	{ FIELD("\"type\":\"string\",\"literal\":[\"on\",\"off\"],\"default\":\"of\""),
		"1:84: resources.a.fields.f.default: found \"of\"; allowed are on, off; did you "
		"mean "
		"\"off\"?" },
	/* Who sends it. */
	{ FIELD("\"type\":\"date\",\"set\":\"created\""),
		"1:55: resources.a.fields.f.set: found \"created\"; allowed are create, update, "
		"null; "
		"did you mean \"create\"?" },
	{ FIELD("\"type\":\"date\",\"set\":\"create\",\"input\":true"),
		"1:72: resources.a.fields.f.input: found true; it contradicts \"set\"" },
	{ FIELD("\"type\":\"date\",\"set\":\"create\",\"default\":\"2026-01-02\""),
		"1:74: resources.a.fields.f.default: found \"2026-01-02\"; it contradicts "
		"\"set\"" },
	{ FIELD("\"type\":\"date\",\"input\":false"),
		"1:57: resources.a.fields.f.input: found false; allowed only with \"default\", "
		"\"set\" "
		"or \"nullable\": true" },
	/* Choices. */
	{ FIELD("\"type\":\"string\",\"literal\":{}"), "1:61: resources.a.fields.f.literal: found "
						       "an object; allowed is an array of values" },
	{ FIELD("\"type\":\"string\",\"literal\":[]"),
		"1:61: resources.a.fields.f.literal: found 0 values; allowed are 1 to 1024" },
	{ FIELD("\"type\":\"string\",\"literal\":[\"a\",1]"),
		"1:66: resources.a.fields.f.literal.1: found 1; allowed is a string" },
	{ FIELD("\"type\":\"string\",\"literal\":[\"a\",\"a\"]"),
		"1:66: resources.a.fields.f.literal.1: found \"a\"; allowed is each value once" },
	{ FIELD("\"type\":\"string\",\"literal\":[\"a\"],\"enum\":{}"),
		"1:74: resources.a.fields.f.enum: found for type literal; allowed for integer, "
		"string" },
	{ FIELD("\"type\":\"string\",\"enum\":{}"),
		"1:58: resources.a.fields.f.enum: \"name\" is missing" },
	{ FIELD("\"type\":\"string\",\"enum\":{\"name\":\"C\"}"),
		"1:58: resources.a.fields.f.enum: \"members\" is missing; no field before declares "
		"the "
		"enum \"C\"" },
	{ FIELD("\"type\":\"string\",\"enum\":{\"name\":\"C\",\"member\":{}}"),
		"1:70: resources.a.fields.f.enum.member: there is no such word here; allowed are "
		"name, "
		"members; did you mean \"members\"?" },
	{ FIELD("\"type\":\"integer\",\"enum\":{\"name\":\"C\",\"members\":{\"a\":\"x\"}}"),
		"1:86: resources.a.fields.f.enum.members.a: found \"x\"; allowed is an integer "
		"from "
		"-9223372036854775808 to 9223372036854775807" },
	{ FIELDS("\"f\":{\"type\":\"string\",\"enum\":{\"name\":\"C\",\"members\":{\"a\":\"x\"}}},"
		 "\"g\":{\"type\":\"string\",\"enum\":{\"name\":\"C\",\"members\":{\"a\":\"y\"}}}"),
		"1:120: resources.a.fields.g.enum: another field declares the enum \"C\" with "
		"other "
		"members" },
	/* Items and references. */
	{ FIELD("\"type\":\"array\""), "1:34: resources.a.fields.f: \"items\" is missing" },
	{ FIELD("\"type\":\"array\",\"items\":{\"type\":\"array\"}"),
		"1:66: resources.a.fields.f.items.type: found \"array\"; allowed are integer, "
		"number, "
		"decimal, boolean, string, text, email, url, uuid, date, time, datetime" },
	{ FIELD("\"type\":\"array\",\"items\":{\"type\":\"text\",\"unique\":true}"),
		"1:82: resources.a.fields.f.items.unique: found in the items of an array; allowed "
		"for "
		"fields only" },
	{ FIELD("\"type\":\"reference\""), "1:34: resources.a.fields.f: \"to\" is missing" },
	{ FIELD("\"type\":\"reference\",\"to\":\"b\""),
		"1:59: resources.a.fields.f.to: found \"b\"; allowed are a" },
	{ FIELD("\"type\":\"reference\",\"to\":\"a\",\"on_delete\":\"set null\""),
		"1:75: resources.a.fields.f.on_delete: found \"set null\"; allowed are cascade, "
		"restrict, set_null; did you mean \"set_null\"?" },
	{ FIELD("\"type\":\"reference\",\"to\":\"a\",\"on_delete\":\"set_null\""),
		"1:75: resources.a.fields.f.on_delete: found \"set_null\"; allowed only with "
		"\"nullable\": true" },
};

START_TEST(a_broken_declaration_is_refused_in_one_line)
{
	const struct refused *r = &refused[_i];
	struct str want = arena_printf(&arena, "api.json:%s", r->line);

	ck_assert_ptr_null(declaration_read(str_from(r->text), "api.json", &error));
	ck_assert_slice_eq(buf_view(&error), want);
}
END_TEST

START_TEST(a_file_name_cannot_end_the_line)
{
	ck_assert_ptr_null(declaration_read(STR("[]"), "a\nb.json", &error));
	ck_assert_slice_eq(
		buf_view(&error), STR("a?b.json:1:1: found an array; allowed is an object"));
}
END_TEST

/* Limits. */

static void add_resources(struct buf *text, unsigned count, unsigned fields, bool deep)
{
	buf_str(text, STR("{\"resources\":{"));
	for (unsigned i = 0; i < count; i++) {
		buf_printf(text, "%s\n\"r%u\":{", i ? "," : "", i);
		if (deep && i > 0)
			buf_printf(text, "\"parent\":\"r%u\",", i - 1);
		buf_str(text, STR("\"fields\":{"));
		for (unsigned j = 0; j < fields; j++)
			buf_printf(text,
				"%s\n\"f%u\":{\"type\":\"string\",\"min_length\":1,\"max_length\":"
				"50,"
				"\"unique\":true,\"index\":true,\"default\":\"x\"}",
				j ? "," : "", j);
		buf_str(text, STR("}}"));
	}
	buf_str(text, STR("}}"));
}

static const struct {
	unsigned resources, fields;
	bool deep;
	const char *line; /* NULL: accepted */
} limits[] = {
	{ 256, 1, false, NULL },
	{ 257, 1, false, "1:14: resources: found 257 resources; allowed are at most 256" },
	{ 1, 63, false, NULL },
	{ 1, 64, false,
		"2:16: resources.r0.fields: found 64 fields; allowed are at most 63, besides id" },
	{ 16, 1, true, NULL },
	{ 17, 1, true,
		"34:17: resources.r16.parent: found \"r15\"; the resource is 17 deep; allowed is a "
		"depth of 16" },
};

START_TEST(limits_are_those_of_the_tables)
{
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	add_resources(&text, limits[_i].resources, limits[_i].fields, limits[_i].deep);
	read_api = declaration_read(buf_view(&text), "big.json", &error);
	if (limits[_i].line)
		ck_assert_slice_eq(
			buf_view(&error), arena_printf(&arena, "big.json:%s", limits[_i].line));
	else
		ck_assert_ptr_nonnull(read_api);
	buf_done(&text);
}
END_TEST

START_TEST(a_declaration_has_at_most_a_mebibyte)
{
	struct str builtin = builtin_declaration;
	char *text = arena_alloc(&arena, DECLARATION_MOST + 1);

	memset(text, ' ', DECLARATION_MOST + 1);
	memcpy(text, builtin.ptr, builtin.len);
	read_api = declaration_read((struct str){ text, DECLARATION_MOST }, "x", &error);
	ck_assert_ptr_nonnull(read_api);
	ck_assert_ptr_null(
		declaration_read((struct str){ text, DECLARATION_MOST + 1 }, "x", &error));
	ck_assert_slice_eq(
		buf_view(&error), STR("x:1:1: found 1048577 bytes; allowed are at most 1048576"));
}
END_TEST

static double ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* In some 10 ms. The bound is for slow machines and sanitizers; in quadratic time it would be a
 * second. */
START_TEST(two_hundred_resources_are_read_at_once)
{
	struct timespec start;
	struct buf text;
	double best = 1e9;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	add_resources(&text, 200, 20, false);
	for (int i = 0; i < 5; i++) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		declaration_free(read_api);
		read_api = declaration_read(buf_view(&text), "big.json", &error);
		double ms = ms_since(&start);
		best = ms < best ? ms : best;
	}
	printf("200 resources of 20 fields: %.1f ms\n", best);
	ck_assert(best < 200);
	ck_assert_ptr_nonnull(read_api);
	buf_done(&text);
}
END_TEST

/* What is read. */

static struct str canonical(const struct api *a)
{
	struct buf out;

	buf_init(&out, DECLARATION_CANONICAL_MOST);
	declaration_write(&out, a);
	struct str text = arena_copy(&arena, buf_view(&out));
	buf_done(&out);
	return text;
}

static const char *const files[] = { "common/model/builtin.json", "tests/apis/comments.json",
	"tests/apis/heroes.json", "tests/apis/visits.json", "tests/apis/types.json",
	"tests/apis/lists.json", "tests/apis/uuids.json" };

START_TEST(the_canonical_form_is_read_back_the_same)
{
	const struct api *once = sample_read_api(source_file_read(&arena, files[_i]));
	struct str text = canonical(once);
	const struct api *twice = declaration_read_canonical(text, "canonical", &error);

	ck_assert_msg(twice != NULL, "%.*s", STR_ARGS(buf_view(&error)));
	ck_assert_slice_eq(canonical(twice), text);
	ck_assert_uint_eq(twice->fingerprint, once->fingerprint);
	ck_assert_uint_eq(api_fingerprint(twice), once->fingerprint);
	/* An operator can use it as a file. */
	read_api = sample_read_api(text);
	ck_assert_uint_eq(read_api->fingerprint, once->fingerprint);
	declaration_free(once);
	declaration_free(twice);
}
END_TEST

/* So is the brief form, which has the numbers too. */
START_TEST(the_brief_form_is_read_back_the_same)
{
	const struct api *once = sample_read_api(source_file_read(&arena, files[_i]));
	struct buf out;

	buf_init(&out, DECLARATION_CANONICAL_MOST);
	declaration_write_brief(&out, once);
	const struct api *twice = declaration_read_canonical(buf_view(&out), "brief", &error);
	ck_assert_msg(twice != NULL, "%.*s", STR_ARGS(buf_view(&error)));
	ck_assert_slice_eq(canonical(twice), canonical(once));
	ck_assert_uint_eq(twice->fingerprint, once->fingerprint);
	ck_assert_uint_lt(buf_len(&out), canonical(once).len);
	buf_done(&out);
	declaration_free(once);
	declaration_free(twice);
}
END_TEST

START_TEST(the_builtin_api_is_that_of_the_tutorial)
{
	static const unsigned user_flags[] = { FIELD_KEY | FIELD_INDEX,
		FIELD_INPUT | FIELD_UNIQUE | FIELD_INDEX,
		FIELD_INPUT | FIELD_UNIQUE | FIELD_INDEX };
	static const char *const post_names[] = { "id", "title", "content", "user_id",
		"date_posted" };
	const struct api *a = read_api = sample_read_api(builtin_declaration);
	const struct resource *user = a->resources[0], *post = a->resources[1];

	ck_assert_str_eq(
		a->constants[0].answer, "{\"message\":\"FastAPI SQLAlchemy CRUD example\"}");
	ck_assert_uint_eq(user->nfields, 3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(user->fields[i].flags, user_flags[i]);
	ck_assert_str_eq(post->plural, "posts");
	ck_assert_str_eq(post->schema, "Post");
	ck_assert_ptr_eq(post->parent, user);
	ck_assert(post->embedded);
	ck_assert_int_eq(post->fields[post->parent_field].on_delete, ON_DELETE_CASCADE);
	ck_assert_uint_eq(post->nfields, 5);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_str_eq(post->fields[i].name, post_names[i]);
	ck_assert_uint_eq(post->fields[3].flags, FIELD_PARENT | FIELD_INDEX);
	ck_assert_uint_eq(post->fields[4].flags, FIELD_NOW | FIELD_TIMEZONE);
	ck_assert_uint_eq(post->parent_field, 3);
}
END_TEST

START_TEST(names_that_are_left_out_follow_from_the_name)
{
	const struct resource *r =
		read_text("{\"resources\":{\"blog_post\":{" SOME_FIELD "}}}")->resources[0];

	ck_assert_str_eq(r->plural, "blog_posts");
	ck_assert_str_eq(r->table, "blog_posts");
	ck_assert_str_eq(r->schema, "BlogPost");
	ck_assert_str_eq(read_api->title, "FastAPI");
	ck_assert_str_eq(read_api->version, "0.1.0");
	ck_assert_uint_eq(read_api->nconstants, 0);
}
END_TEST

static const struct {
	const char *words;
	enum field_type type;
	unsigned flags;
} types[] = {
	{ FIELD("\"type\":\"string\",\"strip_whitespace\":true,\"to_lower\":true"), FIELD_STR,
		FIELD_INPUT | FIELD_STRIP | FIELD_LOWER },
	{ FIELD("\"type\":\"text\",\"to_upper\":true,\"nullable\":true"), FIELD_TEXT,
		FIELD_INPUT | FIELD_UPPER | FIELD_NULLABLE },
	{ FIELD("\"type\":\"email\",\"unique\":true"), FIELD_EMAIL, FIELD_INPUT | FIELD_UNIQUE },
	{ FIELD("\"type\":\"url\",\"index\":true"), FIELD_URL, FIELD_INPUT | FIELD_INDEX },
	{ FIELD("\"type\":\"uuid\",\"set\":\"create\""), FIELD_UUID, FIELD_NOW },
	{ FIELD("\"type\":\"integer\",\"shown\":false"), FIELD_INT, FIELD_INPUT | FIELD_HIDDEN },
	{ FIELD("\"type\":\"number\",\"allow_inf_nan\":false"), FIELD_NUMBER,
		FIELD_INPUT | FIELD_FINITE },
	{ FIELD("\"type\":\"number\",\"allow_inf_nan\":true"), FIELD_NUMBER, FIELD_INPUT },
	{ FIELD("\"type\":\"decimal\",\"default\":1"), FIELD_DECIMAL, FIELD_INPUT | FIELD_PRESET },
	{ FIELD("\"type\":\"boolean\",\"input\":false,\"default\":true"), FIELD_BOOL,
		FIELD_PRESET },
	{ FIELD("\"type\":\"date\",\"set\":\"update\""), FIELD_DATE, FIELD_NOW_TOO },
	{ FIELD("\"type\":\"time\",\"set\":null"), FIELD_TIME, FIELD_INPUT },
	{ FIELD("\"type\":\"datetime\",\"timezone\":true"), FIELD_DATETIME,
		FIELD_INPUT | FIELD_TIMEZONE },
	{ FIELD("\"type\":\"string\",\"literal\":[\"x\"]"), FIELD_LITERAL, FIELD_INPUT },
	{ FIELD("\"type\":\"integer\",\"enum\":{\"name\":\"E\",\"members\":{\"x\":1}}"), FIELD_ENUM,
		FIELD_INPUT },
	{ FIELD("\"type\":\"object\",\"input\":false,\"nullable\":true"), FIELD_OBJECT,
		FIELD_NULLABLE },
	{ FIELD("\"type\":\"array\",\"items\":{\"type\":\"text\"}"), FIELD_ARRAY, FIELD_INPUT },
	{ FIELD("\"type\":\"reference\",\"to\":\"a\",\"on_delete\":\"restrict\""), FIELD_INT,
		FIELD_INPUT },
};

START_TEST(words_become_types_and_flags)
{
	const struct field *f = read_field(types[_i].words);

	ck_assert_int_eq(f->type, types[_i].type);
	ck_assert_uint_eq(f->flags, types[_i].flags);
}
END_TEST

static const struct {
	const char *words;
	enum on_delete on_delete;
} deletions[] = {
	{ FIELD("\"type\":\"reference\",\"to\":\"a\""), ON_DELETE_CASCADE },
	{ FIELD("\"type\":\"reference\",\"to\":\"a\",\"on_delete\":\"cascade\""),
		ON_DELETE_CASCADE },
	{ FIELD("\"type\":\"reference\",\"to\":\"a\",\"on_delete\":\"restrict\""),
		ON_DELETE_RESTRICT },
	{ FIELD("\"type\":\"reference\",\"to\":\"a\",\"on_delete\":\"set_null\",\"nullable\":true"),
		ON_DELETE_SET_NULL },
};

START_TEST(deletions_are_declared)
{
	ck_assert_int_eq(read_field(deletions[_i].words)->on_delete, deletions[_i].on_delete);
}
END_TEST

START_TEST(bounds_are_kept_as_they_are_written)
{
	const struct field *f = read_field(
		FIELD("\"type\":\"decimal\",\"ge\":0.10,\"lt\":\"1000.00\",\"max_digits\":9"));

	ck_assert_slice_eq(f->limits[LIMIT_GE].text, STR("0.10"));
	ck_assert_slice_eq(f->limits[LIMIT_LT].text, STR("1000.00"));
	ck_assert_ptr_null(f->limits[LIMIT_GT].text.ptr);
	ck_assert_uint_eq(f->digits, 9);
	ck_assert_uint_eq(f->places, FIELD_UNBOUNDED);
	f = read_field(FIELD("\"type\":\"integer\",\"gt\":-5,\"multiple_of\":3"));
	ck_assert_int_eq(f->limits[LIMIT_GT].integer, -5);
	ck_assert(f->limits[LIMIT_GT].number == -5.0);
	ck_assert_slice_eq(f->limits[LIMIT_MULTIPLE_OF].text, STR("3"));
	f = read_field(FIELD("\"type\":\"text\",\"min_length\":2,\"pattern\":\"^a\\u0000$\""));
	ck_assert_uint_eq(f->len.min, 2);
	ck_assert_uint_eq(f->len.max, FIELD_UNBOUNDED);
	ck_assert_slice_eq(f->pattern, STR("^a\0$"));
}
END_TEST

static const struct {
	const char *words;
	struct value value;
} presets[] = {
	{ FIELD("\"type\":\"integer\",\"default\":-9223372036854775808"),
		{ VALUE_INT, 0, { .integer = INT64_MIN } } },
	{ FIELD("\"type\":\"number\",\"default\":3"), { VALUE_NUMBER, 0, { .number = 3 } } },
	{ FIELD("\"type\":\"decimal\",\"default\":9.90"),
		{ VALUE_STR, 0, { .text = STR_INIT("9.90") } } },
	{ FIELD("\"type\":\"boolean\",\"default\":true"), { VALUE_INT, 0, { .integer = 1 } } },
	{ FIELD("\"type\":\"text\",\"default\":\"a\\u0000b\""),
		{ VALUE_STR, 0, { .text = STR_INIT("a\0b") } } },
	{ FIELD("\"type\":\"date\",\"default\":\"1969-12-31\""),
		{ VALUE_INT, 0, { .integer = -1 } } },
	{ FIELD("\"type\":\"time\",\"default\":\"00:00:01.5\""),
		{ VALUE_INT, 0, { .integer = 1500000 } } },
	{ FIELD("\"type\":\"time\",\"default\":\"00:00:01Z\""),
		{ VALUE_ZONED, 0, { .integer = 1000000 } } },
	{ FIELD("\"type\":\"datetime\",\"default\":\"1970-01-01T00:00:01-05:30\""),
		{ VALUE_ZONED, -19800, { .integer = 1000000 } } },
	{ FIELD("\"type\":\"integer\",\"literal\":[3,1],\"default\":1"),
		{ VALUE_INT, 0, { .integer = 1 } } },
	{ FIELD("\"type\":\"string\",\"enum\":{\"name\":\"E\",\"members\":{\"x\":\"\",\"y\":\"b\"}}"
		","
		"\"default\":\"b\""),
		{ VALUE_INT, 0, { .integer = 1 } } },
	{ FIELD("\"type\":\"object\",\"default\":{\"a\": [1, 2.50]}"),
		{ VALUE_STR, 0, { .text = STR_INIT("{\"a\":[1,2.5]}") } } },
	{ FIELD("\"type\":\"array\",\"items\":{\"type\":\"text\"},\"default\":[]"),
		{ VALUE_STR, 0, { .text = STR_INIT("[]") } } },
	{ FIELD("\"type\":\"reference\",\"to\":\"a\",\"nullable\":true,\"default\":null"),
		{ VALUE_NULL, 0, { .integer = 0 } } },
};

START_TEST(defaults_become_values)
{
	const struct field *f = read_field(presets[_i].words);
	const struct value *want = &presets[_i].value;

	ck_assert(f->flags & FIELD_PRESET);
	ck_assert_int_eq(f->preset.kind, want->kind);
	ck_assert_int_eq(f->preset.offset, want->offset);
	if (want->kind == VALUE_STR)
		ck_assert_slice_eq(f->preset.text, want->text);
	else if (want->kind == VALUE_NUMBER)
		ck_assert(f->preset.number == want->number);
	else if (want->kind != VALUE_NULL)
		ck_assert_int_eq(f->preset.integer, want->integer);
}
END_TEST

START_TEST(a_named_enum_has_its_members_once)
{
	const struct resource *r = read_text(
		FIELDS("\"f\":{\"type\":\"string\",\"enum\":{\"name\":\"Color\",\"members\":"
		       "{\"dark_blue\":\"dark-blue\"}}},"
		       "\"g\":{\"type\":\"string\",\"enum\":{\"name\":\"Color\"}}"))
					   ->resources[0];

	ck_assert_ptr_eq(r->fields[1].choices, r->fields[2].choices);
	ck_assert_str_eq(r->fields[1].choices->schema, "Color");
	ck_assert_slice_eq(r->fields[1].choices->list[0].name, STR("dark_blue"));
	ck_assert_slice_eq(r->fields[1].choices->list[0].text, STR("dark-blue"));
}
END_TEST

/* Inputs, the parent's key, the others; parents before children, else in the order of the text. */
START_TEST(resources_and_fields_have_the_order_of_the_tables)
{
	static const char *const resources[] = { "shelf", "author", "book", "page" },
				 *const fields[] = { "id", "title", "author_id", "made", "secret" };
	const struct api *a = read_text(
		"{\"resources\":{\"shelf\":{" SOME_FIELD "},"
		"\"page\":{\"parent\":\"book\",\"embedded\":true," SOME_FIELD "},"
		"\"book\":{\"parent\":\"author\",\"fields\":{\"made\":{\"type\":\"date\",\"set\":"
		"\"create\"},\"title\":{\"type\":\"text\"},\"secret\":{\"type\":\"text\",\"input\":"
		"false,"
		"\"nullable\":true}}},\"author\":{" SOME_FIELD "}}}");

	ck_assert_uint_eq(a->nresources, 4);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_str_eq(a->resources[i]->name, resources[i]);
		ck_assert_uint_eq(a->resources[i]->index, i);
		ck_assert_uint_eq(a->resources[i]->number, i);
		ck_assert_uint_eq(a->resources[i]->depth, i ? i : 1);
	}
	const struct resource *book = a->resources[2];
	ck_assert_uint_eq(book->nfields, 5);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_str_eq(book->fields[i].name, fields[i]);
	ck_assert_ptr_eq(a->resources[1]->first_child, book);
	ck_assert_uint_eq(sample_shown(a->resources[1], ACTION_READ)->nembeds, 0);
	ck_assert_uint_eq(sample_shown(book, ACTION_READ)->nembeds, 1);
	ck_assert_ptr_eq(a->embeds[0]->of, a->resources[3]);
}
END_TEST

START_TEST(a_key_has_defaults)
{
	const struct resource *r = read_text(FIELD("\"type\":\"text\""))->resources[0];

	ck_assert_str_eq(r->fields[0].name, "id");
	ck_assert_int_eq(r->fields[0].type, FIELD_INT);
	ck_assert_uint_eq(r->fields[0].flags, FIELD_KEY | FIELD_INDEX);
	ck_assert_str_eq(r->key_parameter.name, "a_id");
	ck_assert_int_eq(r->key_parameter.type, FIELD_INT);
	ck_assert_ptr_null(r->key_title);
	for (unsigned l = 0; l < LIMIT__COUNT; l++)
		ck_assert_ptr_null(r->key_parameter.limits[l].text.ptr);
}
END_TEST

START_TEST(a_key_has_what_is_declared)
{
	const struct resource *r =
		read_text(KEY("\"name\":\"number\",\"parameter\":\"n\",\"title\":\"N\",\"gt\":0,"
			      "\"le\":9,\"ge\":null,\"index\":false"))
			->resources[0];

	ck_assert_str_eq(r->fields[0].name, "number");
	ck_assert_uint_eq(r->fields[0].flags, FIELD_KEY);
	ck_assert_str_eq(r->key_parameter.name, "n");
	ck_assert_str_eq(r->key_title, "N");
	ck_assert_slice_eq(r->key_parameter.limits[LIMIT_GT].text, STR("0"));
	ck_assert_int_eq(r->key_parameter.limits[LIMIT_LE].integer, 9);
	ck_assert_ptr_null(r->key_parameter.limits[LIMIT_GE].text.ptr);
	ck_assert_str_eq(r->by_action[ACTION_READ]->path, "/as/{n}");
}
END_TEST

START_TEST(what_refers_to_a_key_has_its_type)
{
	read_api = sample_read_api(source_file_read(&arena, "tests/apis/uuids.json"));
	const struct resource *author = api_resource_named(read_api, "author"),
			      *book = api_resource_named(read_api, "book"),
			      *chapter = api_resource_named(read_api, "chapter"),
			      *copy = api_resource_named(read_api, "copy");

	ck_assert_int_eq(book->fields[RESOURCE_KEY].type, FIELD_UUID);
	ck_assert_int_eq(book->key_parameter.type, FIELD_UUID);
	ck_assert_int_eq(book->fields[book->parent_field].type, FIELD_UUID);
	ck_assert_ptr_eq(book->fields[book->parent_field].to, author);
	ck_assert_int_eq(chapter->fields[RESOURCE_KEY].type, FIELD_INT);
	ck_assert_int_eq(chapter->fields[chapter->parent_field].type, FIELD_UUID);
	ck_assert_int_eq(copy->fields[copy->parent_field].type, FIELD_INT);
	const struct field *reference = &copy->fields[resource_field_named(copy, "book_id")];
	ck_assert_int_eq(reference->type, FIELD_UUID);
	ck_assert_ptr_eq(reference->to, book);
	ck_assert_str_eq(copy->by_action[ACTION_CREATE]->path, "/shelves/{number}/copies");
}
END_TEST

START_TEST(a_list_has_defaults)
{
	const struct list_rules *rules =
		read_text(LIST("{\"skip\":{},\"limit\":{}}"))->resources[0]->list;

	ck_assert_str_eq(rules->skip->field.name, "skip");
	ck_assert_int_eq(rules->skip->field.preset.integer, 0);
	ck_assert_slice_eq(rules->skip->field.limits[LIMIT_GE].text, STR("0"));
	ck_assert_ptr_null(rules->skip->field.limits[LIMIT_LE].text.ptr);
	ck_assert_str_eq(rules->limit->field.name, "limit");
	ck_assert_int_eq(rules->limit->field.preset.integer, 100);
	ck_assert_ptr_null(rules->limit->field.limits[LIMIT_GE].text.ptr);
	ck_assert_uint_eq(rules->order, 0);
	ck_assert(!rules->descending);
}
END_TEST

START_TEST(a_list_has_what_is_declared)
{
	const struct resource *r =
		read_text(LIST("{\"skip\":{\"name\":\"offset\",\"default\":-4,\"ge\":null},"
			       "\"order_by\":\"-f\"}"))
			->resources[0];

	ck_assert_str_eq(r->list->skip->field.name, "offset");
	ck_assert_int_eq(r->list->skip->field.preset.integer, -4);
	ck_assert_ptr_null(r->list->skip->field.limits[LIMIT_GE].text.ptr);
	ck_assert_ptr_null(r->list->limit);
	ck_assert_uint_eq(r->list->order, 1);
	ck_assert(r->list->descending);
	ck_assert_uint_eq(r->noperations, 5);
	ck_assert_uint_eq(r->operations[0].action, ACTION_LIST);
}
END_TEST

#define FILTERED                                                                                   \
	"{\"resources\":{\"b\":{\"parent\":\"a\",\"list\":{\"skip\":{},\"filters\":{"              \
	"\"done\":{},\"q\":{\"fields\":[\"f\",\"u\"],\"op\":\"contains\",\"max_length\":9},"       \
	"\"least\":{\"field\":\"n\",\"op\":\"ge\",\"default\":2},\"color\":{\"required\":true},"   \
	"\"a_id\":{},\"r\":{}},\"page\":{\"count\":\"n\",\"rows\":\"items\",\"schema\":\"Bs\"}},"  \
	"\"fields\":{\"f\":{\"type\":\"text\"},\"u\":{\"type\":\"url\"},\"n\":{\"type\":"          \
	"\"integer\","                                                                             \
	"\"le\":5},\"done\":{\"type\":\"boolean\"},\"color\":{\"type\":\"string\",\"enum\":"       \
	"{\"name\":\"Color\",\"members\":{\"r\":\"red\"}}},\"r\":{\"type\":\"reference\",\"to\":"  \
	"\"a\"}}},"                                                                                \
	"\"a\":{\"fields\":{\"f\":{\"type\":\"text\"}}}}}"

static const struct {
	const char *name;
	enum parameter_role role;
	enum field_type type;
	bool nullable, preset;
	const char *fields; /* that are compared */
} parameters[] = {
	{ "skip", PARAMETER_SKIP, FIELD_INT, false, true, "" },
	{ "done", PARAMETER_EQ, FIELD_BOOL, true, true, "done" },
	{ "q", PARAMETER_CONTAINS, FIELD_STR, true, true, "f u" },
	{ "least", PARAMETER_GE, FIELD_INT, false, true, "n" },
	{ "color", PARAMETER_EQ, FIELD_ENUM, false, false, "color" },
	{ "a_id", PARAMETER_EQ, FIELD_INT, true, true, "a_id" },
	{ "r", PARAMETER_EQ, FIELD_INT, true, true, "r" },
};

static const char *names_of(const struct resource *r, uint64_t fields)
{
	struct str names = STR("");

	for (; fields != 0; fields &= fields - 1)
		names = arena_printf(&arena, "%.*s%s%s", STR_ARGS(names), names.len ? " " : "",
			r->fields[__builtin_ctzll(fields)].name);
	return arena_copy(&arena, names).ptr;
}

/* In the order of the text. A bound of a filter is not that of its field. */
START_TEST(a_filter_is_a_parameter)
{
	const struct resource *r = api_resource_named(read_text(FILTERED), "b");
	const struct list_rules *rules = r->list;

	ck_assert_uint_eq(rules->nparameters, NITEMS(parameters));
	for (unsigned i = 0; i < NITEMS(parameters); i++) {
		const struct parameter *p = &rules->parameters[i];
		ck_assert_str_eq(p->field.name, parameters[i].name);
		ck_assert_uint_eq(p->role, parameters[i].role);
		ck_assert_uint_eq(p->field.type, parameters[i].type);
		ck_assert_int_eq((p->field.flags & FIELD_NULLABLE) != 0, parameters[i].nullable);
		ck_assert_int_eq((p->field.flags & FIELD_PRESET) != 0, parameters[i].preset);
		ck_assert_str_eq(names_of(r, p->fields), parameters[i].fields);
	}
	ck_assert_uint_eq(rules->parameters[2].field.len.max, 9);
	ck_assert_ptr_null(rules->parameters[3].field.limits[LIMIT_LE].text.ptr);
	ck_assert_int_eq(rules->parameters[3].field.preset.integer, 2);
	ck_assert_int_eq(rules->parameters[1].field.preset.kind, VALUE_NULL);
	ck_assert_uint_eq(rules->parameters[4].field.choices->count, 1);
}
END_TEST

START_TEST(a_page_is_an_object)
{
	const struct list_rules *rules = api_resource_named(read_text(FILTERED), "b")->list;

	ck_assert_str_eq(rules->page_schema, "Bs");
	ck_assert_str_eq(rules->page_rows, "items");
	ck_assert_str_eq(rules->page_count, "n");
	ck_assert(rules->count_first);
	rules = read_text(LIST("{\"page\":{\"schema\":\"As\"}}"))->resources[0]->list;
	ck_assert_str_eq(rules->page_rows, "data");
	ck_assert_str_eq(rules->page_count, "count");
	ck_assert(!rules->count_first);
	rules = read_text(LIST("{\"page\":{\"schema\":\"As\",\"count\":null,\"rows\":\"r\"}}"))
			->resources[0]
			->list;
	ck_assert_ptr_null(rules->page_count);
	ck_assert(!rules->count_first);
}
END_TEST

START_TEST(an_unbounded_word_can_be_null)
{
	const struct field *f = read_field(FIELD("\"type\":\"string\",\"max_length\":null,"
						 "\"pattern\":null"));

	ck_assert_uint_eq(f->len.max, FIELD_UNBOUNDED);
	ck_assert_ptr_null(f->pattern.ptr);
}
END_TEST

/* Then there are the paths without resources only. */
START_TEST(a_declaration_may_have_no_resources)
{
	const struct api *a = sample_read_api(STR("{\"$schema\": \"x\", \"resources\": {}}"));
	struct buf text;

	ck_assert_uint_eq(a->nresources, 0);
	ck_assert_uint_eq(a->nnumbers, 0);
	buf_init(&text, DECLARATION_CANONICAL_MOST);
	declaration_write(&text, a);
	const struct api *again = sample_read_api(buf_view(&text));
	ck_assert_uint_eq(again->fingerprint, a->fingerprint);
	buf_done(&text);
	declaration_free(again);
	declaration_free(a);
}
END_TEST

START_TEST(a_declaration_can_be_in_utf_16)
{
	struct str text = builtin_declaration;
	char *wide = arena_alloc(&arena, 2 * text.len);

	for (size_t i = 0; i < text.len; i++)
		memcpy(wide + 2 * i, (char[]){ text.ptr[i], 0 }, 2);
	read_api = sample_read_api((struct str){ wide, 2 * text.len });
	ck_assert_uint_eq(read_api->fingerprint, api_fingerprint(read_api));
}
END_TEST

/* Fingerprints and numbers. */

/* Each differs from the one before in one word. */
static const char *const different[] = {
	AFTER_A("\"b\":{" SOME_FIELD "}"),
	AFTER_A("\"c\":{" SOME_FIELD "}"),
	AFTER_A("\"c\":{\"plural\":\"x\"," SOME_FIELD "}"),
	AFTER_A("\"c\":{\"plural\":\"x\",\"table\":\"y\"," SOME_FIELD "}"),
	AFTER_A("\"c\":{\"plural\":\"x\",\"schema\":\"Y\"," SOME_FIELD "}"),
	AFTER_A("\"c\":{\"parent\":\"a\"," SOME_FIELD "}"),
	AFTER_A("\"c\":{\"parent\":\"a\",\"embedded\":true," SOME_FIELD "}"),
	AFTER_A("\"c\":{\"parent\":\"a\",\"on_delete\":\"restrict\"," SOME_FIELD "}"),
	"{\"home\":{}," SOME_FIELD,
	KEY("\"name\":\"key\""),
	KEY("\"type\":\"uuid\""),
	KEY("\"parameter\":\"key\""),
	KEY("\"title\":\"Key\""),
	KEY("\"ge\":1"),
	KEY("\"gt\":1"),
	KEY("\"le\":1"),
	KEY("\"lt\":1"),
	KEY("\"index\":false"),
	FIELD("\"type\":\"text\""),
	FIELD("\"type\":\"string\""),
	FIELD("\"type\":\"text\",\"min_length\":1"),
	FIELD("\"type\":\"text\",\"max_length\":1"),
	FIELD("\"type\":\"text\",\"pattern\":\"a\""),
	FIELD("\"type\":\"text\",\"default\":\"a\""),
	FIELD("\"type\":\"text\",\"shown\":false"),
	FIELD("\"type\":\"text\",\"nullable\":true"),
	FIELD("\"type\":\"text\",\"unique\":true"),
	FIELD("\"type\":\"text\",\"index\":true"),
	FIELD("\"type\":\"number\""),
	FIELD("\"type\":\"number\",\"ge\":1"),
	FIELD("\"type\":\"number\",\"gt\":1"),
	FIELD("\"type\":\"number\",\"gt\":1.0"),
	FIELD("\"type\":\"number\",\"allow_inf_nan\":false"),
	FIELD("\"type\":\"decimal\",\"max_digits\":1"),
	FIELD("\"type\":\"decimal\",\"decimal_places\":1"),
	FIELD("\"type\":\"string\",\"literal\":[\"a\",\"b\"]"),
	FIELD("\"type\":\"string\",\"literal\":[\"b\",\"a\"]"),
	FIELD("\"type\":\"array\",\"items\":{\"type\":\"text\"}"),
	FIELD("\"type\":\"array\",\"items\":{\"type\":\"integer\"}"),
	FIELD("\"type\":\"datetime\""),
	FIELD("\"type\":\"datetime\",\"timezone\":true"),
	FIELD("\"type\":\"datetime\",\"set\":\"create\""),
	FIELD("\"type\":\"datetime\",\"set\":\"update\""),
	FIELD("\"type\":\"reference\",\"to\":\"a\""),
	FIELD("\"type\":\"reference\",\"to\":\"a\",\"on_delete\":\"restrict\""),
};

START_TEST(the_fingerprint_depends_on_every_word)
{
	uint64_t fingerprints[NITEMS(different)];
	unsigned n = 0;

	for (size_t i = 0; i < NITEMS(different); i++) {
		const struct api *a = declaration_read(str_from(different[i]), "x", &error);
		if (!a)
			continue;
		fingerprints[n] = a->fingerprint;
		for (unsigned j = 0; j < n; j++)
			ck_assert_msg(fingerprints[j] != fingerprints[n], "%s", different[i]);
		n++;
		declaration_free(a);
	}
	ck_assert_uint_eq(n, NITEMS(different) - 1);
}
END_TEST

START_TEST(a_resource_keeps_its_number)
{
	const struct api *old =
		sample_read_api(STR(AFTER_A("\"b\":{" SOME_FIELD "},\"c\":{" SOME_FIELD "}")));
	const struct api *new =
		sample_read_api(STR("{\"resources\":{\"d\":{" SOME_FIELD "},\"c\":{" SOME_FIELD
				    "},\"e\":{" SOME_FIELD "},\"a\":{" SOME_FIELD "}}}"));
	static const unsigned numbers[] = { 3, 2, 4, 0 };

	read_api = declaration_number_like(new, old);
	ck_assert_ptr_nonnull(read_api);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(read_api->resources[i]->number, numbers[i]);
		ck_assert_uint_eq(read_api->resources[i]->index, i);
		ck_assert_ptr_eq(read_api->numbered[numbers[i]], read_api->resources[i]);
	}
	ck_assert_ptr_null(read_api->numbered[1]);
	ck_assert_uint_eq(read_api->nnumbers, 5);
	ck_assert_uint_ne(read_api->fingerprint, new->fingerprint);
	/* The canonical form has them, and only it. */
	struct str text = canonical(read_api);
	const struct api *again = declaration_read_canonical(text, "canonical", &error);
	ck_assert_uint_eq(again->fingerprint, read_api->fingerprint);
	ck_assert_ptr_null(declaration_read(text, "x", &error));
	declaration_free(again);
	declaration_free(old);
	declaration_free(new);
}
END_TEST

START_TEST(numbers_are_unique_and_complete)
{
	static const char *const texts[] = {
		"{\"resources\":{\"a\":{\"number\":1," SOME_FIELD "},\"b\":{" SOME_FIELD "}}}",
		"{\"resources\":{\"a\":{" SOME_FIELD "},\"b\":{\"number\":1," SOME_FIELD "}}}",
		"{\"resources\":{\"a\":{\"number\":1," SOME_FIELD
		"},\"b\":{\"number\":1," SOME_FIELD "}}}",
		"{\"resources\":{\"a\":{\"number\":256," SOME_FIELD "}}}",
	};

	for (size_t i = 0; i < NITEMS(texts); i++)
		ck_assert_ptr_null(declaration_read_canonical(str_from(texts[i]), "x", &error));
}
END_TEST

START_TEST(the_api_cannot_be_written_to)
{
	read_api = sample_read_api(builtin_declaration);
	pid_t child = fork();
	int status;

	if (child == 0)
		((struct resource *)(uintptr_t)read_api->resources[0])->number = 7;
	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	/* A sanitizer reports the signal and exits. */
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("declaration");
	TCase *tests = tcase_create("declaration");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(
		tests, a_broken_declaration_is_refused_in_one_line, 0, (int)NITEMS(refused));
	tcase_add_test(tests, a_file_name_cannot_end_the_line);
	tcase_add_loop_test(tests, limits_are_those_of_the_tables, 0, (int)NITEMS(limits));
	tcase_add_test(tests, a_declaration_has_at_most_a_mebibyte);
	tcase_add_loop_test(tests, the_brief_form_is_read_back_the_same, 0, (int)NITEMS(files));
	tcase_add_loop_test(tests, the_canonical_form_is_read_back_the_same, 0, (int)NITEMS(files));
	tcase_add_test(tests, the_builtin_api_is_that_of_the_tutorial);
	tcase_add_test(tests, names_that_are_left_out_follow_from_the_name);
	tcase_add_loop_test(tests, words_become_types_and_flags, 0, (int)NITEMS(types));
	tcase_add_loop_test(tests, deletions_are_declared, 0, (int)NITEMS(deletions));
	tcase_add_test(tests, bounds_are_kept_as_they_are_written);
	tcase_add_loop_test(tests, defaults_become_values, 0, (int)NITEMS(presets));
	tcase_add_test(tests, a_named_enum_has_its_members_once);
	tcase_add_test(tests, resources_and_fields_have_the_order_of_the_tables);
	tcase_add_test(tests, a_key_has_defaults);
	tcase_add_test(tests, a_key_has_what_is_declared);
	tcase_add_test(tests, what_refers_to_a_key_has_its_type);
	tcase_add_test(tests, a_list_has_defaults);
	tcase_add_test(tests, a_list_has_what_is_declared);
	tcase_add_test(tests, a_filter_is_a_parameter);
	tcase_add_test(tests, a_page_is_an_object);
	tcase_add_test(tests, an_unbounded_word_can_be_null);
	tcase_add_test(tests, a_declaration_may_have_no_resources);
	tcase_add_test(tests, a_declaration_can_be_in_utf_16);
	tcase_add_test(tests, the_fingerprint_depends_on_every_word);
	tcase_add_test(tests, a_resource_keeps_its_number);
	tcase_add_test(tests, numbers_are_unique_and_complete);
	tcase_add_test(tests, the_api_cannot_be_written_to);
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_test(bare, two_hundred_resources_are_read_at_once);
	suite_add_tcase(suite, bare);
	suite_add_tcase(suite, tests);
	return suite;
}
