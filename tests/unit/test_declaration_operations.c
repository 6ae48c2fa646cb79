/* Declarations: the operations and the schemas of resources. */
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

/* Two resources: a team, and its heroes with these words. */
#define TEAM                                                                                       \
	"\"team\":{\"fields\":{\"name\":{\"type\":\"text\"},\"secret\":{\"type\":\"text\","        \
	"\"shown\":false,\"default\":\"x\"}}"
#define HERO_FIELDS                                                                                \
	"\"fields\":{\"name\":{\"type\":\"string\",\"min_length\":1,\"max_length\":9},"            \
	"\"age\":{\"type\":\"integer\",\"ge\":0,\"default\":7},"                                   \
	"\"made\":{\"type\":\"date\",\"set\":\"create\"},"                                         \
	"\"team_id\":{\"type\":\"reference\",\"to\":\"team\",\"nullable\":true,"                   \
	"\"default\":null}}"
#define HERO(words)              "{\"resources\":{" TEAM "},\n\"hero\":{" words "," HERO_FIELDS "}}}"
#define OPERATION(action, words) HERO("\"operations\":{\"" action "\":{" words "}}")
/* With a schema that is the body of create, or the answer of read. */
#define BODY(members)                                                                              \
	HERO("\"schemas\":{\"B\":[" members "]},\"operations\":{\"create\":{\"body\":\"B\"}}")
#define ANSWER(members)                                                                            \
	HERO("\"schemas\":{\"A\":[" members "]},\"operations\":{\"read\":{\"answer\":\"A\"}}")
/* Heroes below their team. */
#define CHILD(words)                                                                               \
	"{\"resources\":{" TEAM "},\n\"hero\":{\"parent\":\"team\"," words                         \
	",\"fields\":{\"name\":{\"type\":\"text\"}}}}}"

static const struct resource *read_last(const char *text)
{
	declaration_free(read_api);
	read_api = sample_read_api(str_from(text));
	return read_api->resources[read_api->nresources - 1];
}

/* What is refused. */

#define ONE_PARAMETER "allowed is a path with one parameter"
#define NO_PARAMETER  "allowed is a path with no parameter"
#define FIELDS        "id, name, age, team_id, made"

static const struct refused {
	const char *text, *line; /* the line without "api.json:2:" */
} refused[] = {
	/* Operations. */
	{ HERO("\"operations\":{\"raed\":{}}"),
		"23: resources.hero.operations.raed: there is no such word here; allowed are list, "
		"create, read, update, replace, delete, children; did you mean \"read\"?" },
	{ HERO("\"operations\":{\"read\":true}"),
		"30: resources.hero.operations.read: found true; allowed is an object" },
	{ HERO("\"operations\":[\"children\"]"),
		"23: resources.hero.operations.0: \"children\" is allowed only with \"parent\"" },
	{ OPERATION("read", "\"pth\":1"),
		"31: resources.hero.operations.read.pth: there is no such word here; allowed are "
		"path, name, summary, operation_id, description, tags, deprecated, status, answer, "
		"answer_schema, responses; did you mean \"path\"?" },
	{ OPERATION("delete", "\"body\":\"X\""),
		"33: resources.hero.operations.delete.body: there is no such word here; allowed "
		"are path, name, summary, operation_id, description, tags, deprecated, status, "
		"answer, answer_schema, responses" },
	{ OPERATION("read", "\"path\":\"/h\""),
		"38: resources.hero.operations.read.path: found \"/h\"; " ONE_PARAMETER },
	{ OPERATION("read", "\"path\":\"/h/{a}/{b}\""),
		"38: resources.hero.operations.read.path: found \"/h/{a}/{b}\"; " ONE_PARAMETER },
	{ OPERATION("list", "\"path\":\"/h/{a}\""),
		"38: resources.hero.operations.list.path: found \"/h/{a}\"; " NO_PARAMETER },
	{ OPERATION("create", "\"path\":\"/h/{a}\""),
		"40: resources.hero.operations.create.path: found \"/h/{a}\"; " NO_PARAMETER },
	{ CHILD("\"operations\":{\"create\":{\"path\":\"/h\"}}"),
		"56: resources.hero.operations.create.path: found \"/h\"; " ONE_PARAMETER },
	{ OPERATION("read", "\"name\":\"9\""),
		"38: resources.hero.operations.read.name: found \"9\"; allowed is a name: a "
		"letter, then letters, digits and _, at most 63 characters" },
	{ OPERATION("read", "\"deprecated\":1"),
		"44: resources.hero.operations.read.deprecated: found 1; allowed are true, false" },
	{ OPERATION("read", "\"status\":404"),
		"40: resources.hero.operations.read.status: found 404; allowed is an integer from "
		"200 to 299" },
	{ OPERATION("read", "\"status\":204"),
		"40: resources.hero.operations.read.status: found 204; such an answer has no body; "
		"allowed with \"answer\": null" },
	{ OPERATION("delete", "\"status\":204,\"answer\":{}"),
		"42: resources.hero.operations.delete.status: found 204; such an answer has no "
		"body; allowed with \"answer\": null" },
	{ OPERATION("create", "\"body\":\"HeroCreat\""),
		"40: resources.hero.operations.create.body: found \"HeroCreat\"; allowed are "
		"HeroCreate, HeroUpdate, HeroResponse; did you mean \"HeroCreate\"?" },
	{ OPERATION("read", "\"answer\":null"),
		"40: resources.hero.operations.read.answer: found null; allowed is the name of a "
		"schema" },
	{ OPERATION("delete", "\"answer\":1"),
		"42: resources.hero.operations.delete.answer: found 1; allowed are the name of a "
		"schema, an object, an array and null" },
	{ OPERATION("delete", "\"answer\":{\"a\":[\"{id} {hero_id}\"]}"),
		"42: resources.hero.operations.delete.answer: there is no placeholder {hero_id} "
		"here; allowed are {id}" },
	{ OPERATION("delete", "\"answer_schema\":{}"),
		"49: resources.hero.operations.delete.answer_schema: found an object; the answer "
		"has no body" },
	{ OPERATION("read", "\"responses\":{\"4o4\":{}}"),
		"44: resources.hero.operations.read.responses.4o4: not a status; allowed are "
		"statuses, \"4XX\" and \"default\"" },
	{ OPERATION("read", "\"responses\":{\"404\":1}"),
		"50: resources.hero.operations.read.responses.404: found 1; allowed is an object" },
	{ CHILD("\"operations\":{\"children\":{\"missing_parent\":\"none\"}}"),
		"68: resources.hero.operations.children.missing_parent: found \"none\"; allowed "
		"are not_found, empty" },
	/* Schemas. */
	{ HERO("\"schemas\":[]"),
		"19: resources.hero.schemas: found an array; allowed is an object" },
	{ HERO("\"schemas\":{\"A b\":[]}"),
		"20: resources.hero.schemas.A b: not a name; allowed is a letter, then letters, "
		"digits and _, at most 63 characters" },
	{ HERO("\"schemas\":{\"A\":{}}"),
		"24: resources.hero.schemas.A: found an object; allowed is an array of members" },
	{ HERO("\"schemas\":{\"A\":[]}"),
		"24: resources.hero.schemas.A: no operation uses the schema" },
	{ ANSWER("\"nam\""), "25: resources.hero.schemas.A.0: found \"nam\"; allowed are " FIELDS
			     "; did you mean \"name\"?" },
	{ ANSWER("1"), "25: resources.hero.schemas.A.0: found 1; allowed are the name of a field, "
		       "and an object with one member" },
	{ ANSWER("{\"name\":1}"),
		"33: resources.hero.schemas.A.0.name: found 1; allowed is an object" },
	{ ANSWER("\"name\",\"id\",{\"name\":{}}"),
		"37: resources.hero.schemas.A.2: the schema has two members \"name\"" },
	{ ANSWER("{\"nick\":{\"max_length\":1}}"),
		"26: resources.hero.schemas.A.0.nick: there is no such word here; allowed "
		"are " FIELDS },
	{ ANSWER("{\"name\":{\"unique\":true}}"),
		"34: resources.hero.schemas.A.0.name.unique: there is no such word here; allowed "
		"are required, strip_whitespace, to_lower, to_upper, min_length, max_length, "
		"pattern, nullable, default" },
	{ ANSWER("{\"name\":{\"min_length\":10}}"),
		"47: resources.hero.schemas.A.0.name.min_length: found 10; it contradicts "
		"\"max_length\"" },
	{ ANSWER("{\"age\":{\"ge\":8}}"),
		"32: resources.hero.schemas.A.0.age: found an object; allowed is at least 8 (ge)" },
	{ ANSWER("{\"age\":{\"default\":null}}"),
		"43: resources.hero.schemas.A.0.age.default: found null; allowed only with "
		"\"nullable\": true" },
	{ ANSWER("{\"team_id\":{\"nullable\":false}}"),
		"36: resources.hero.schemas.A.0.team_id: the default is null; allowed only with "
		"\"nullable\": true" },
	{ ANSWER("{\"age\":{\"required\":true,\"default\":1}}"),
		"44: resources.hero.schemas.A.0.age.required: found true; it contradicts "
		"\"default\"" },
	{ ANSWER("{\"name\":{\"required\":false}}"),
		"45: resources.hero.schemas.A.0.name.required: found false; allowed only with "
		"\"default\"" },
	/* Rows within rows. */
	{ ANSWER("{\"team\":{\"by\":\"team_id\"}}"),
		"33: resources.hero.schemas.A.0.team: \"as\" is missing" },
	{ ANSWER("{\"team\":{\"as\":\"TeamResponse\"}}"),
		"33: resources.hero.schemas.A.0.team: \"by\" is missing" },
	{ ANSWER("{\"team\":{\"by\":\"age\",\"as\":\"TeamResponse\"}}"),
		"39: resources.hero.schemas.A.0.team.by: found \"age\"; allowed are team_id" },
	{ ANSWER("{\"team\":{\"by\":\"team_id\",\"as\":\"Team\"}}"),
		"54: resources.hero.schemas.A.0.team.as: found \"Team\"; allowed are TeamCreate, "
		"TeamUpdate, TeamResponse; did you mean \"TeamCreate\"?" },
	{ "{\"resources\":{" TEAM "},\n\"sale\":{\"schemas\":{\"A\":[{\"x\":{\"by\":\"team_id\","
	  "\"as\":\"TeamResponse\",\"required\":true}}]},\"operations\":{\"read\":{\"answer\":"
	  "\"A\"}},\"fields\":{\"team_id\":{\"type\":\"reference\",\"to\":\"team\"}}}}}",
		"77: resources.sale.schemas.A.0.x.required: found true; allowed only with \"of\", "
		"or if the reference is nullable" },
	{ ANSWER("{\"x\":{\"of\":\"tea\",\"by\":\"team_id\",\"as\":\"A\"}}"),
		"36: resources.hero.schemas.A.0.x.of: found \"tea\"; allowed are team, hero; did "
		"you mean \"team\"?" },
	{ ANSWER("{\"x\":{\"of\":\"hero\",\"by\":\"team_id\",\"as\":\"A\"}}"),
		"48: resources.hero.schemas.A.0.x.by: found \"team_id\"; the rows to which it "
		"refers are those of team" },
	{ ANSWER("{\"x\":{\"of\":\"team\",\"by\":\"name\",\"as\":\"A\"}}"),
		"48: resources.hero.schemas.A.0.x.by: found \"name\"; allowed are none" },
	{ ANSWER("{\"x\":{\"by\":\"team_id\",\"in\":1,\"as\":\"A\"}}"),
		"46: resources.hero.schemas.A.0.x.in: there is no such word here; allowed are of, "
		"by, as, required" },
	{ "{\"resources\":{" TEAM ",\"schemas\":{\"T\":[{\"hs\":{\"of\":\"hero\",\"by\":"
	  "\"team_id\",\"as\":\"A\"}}]}},\n\"hero\":{\"schemas\":{\"A\":[{\"t\":{\"by\":"
	  "\"team_id\",\"as\":\"T\"}}]},\"operations\":{\"read\":{\"answer\":\"A\"}}," HERO_FIELDS
	  "}}}",
		"24: resources.hero.schemas.A: \"A\" shows itself" },
	/* Bodies and answers. */
	{ BODY("\"name\",\"id\""),
		"32: resources.hero.schemas.B.1: clients do not send \"id\"; a body has only "
		"fields that they send" },
	{ BODY("\"name\",\"made\""),
		"32: resources.hero.schemas.B.1: clients do not send \"made\"; a body has only "
		"fields that they send" },
	{ BODY("{\"team\":{\"by\":\"team_id\",\"as\":\"TeamResponse\"}}"),
		"25: resources.hero.schemas.B.0: \"team\" has rows; a body has fields only" },
	{ BODY("\"age\""),
		"24: resources.hero.schemas.B: \"name\" is not in the body of create; it needs a "
		"default, or to be nullable or set by the server" },
	{ BODY("{\"name\":{\"nullable\":true,\"default\":null}}"),
		"25: resources.hero.schemas.B.0: the default of \"name\" is null in the body of "
		"create; its column is not nullable" },
};

START_TEST(a_broken_word_is_refused_in_one_line)
{
	const struct refused *c = &refused[_i];

	ck_assert_msg(!declaration_read(str_from(c->text), "api.json", &error), "%s", c->text);
	struct str line = buf_view(&error);
	ck_assert_msg(str_starts(line, STR("api.json:2:")), "%.*s", STR_ARGS(line));
	ck_assert_slice_eq(str_from_index(line, strlen("api.json:2:")), str_from(c->line));
}
END_TEST

/* Neither by a declared schema nor by a default one. */
START_TEST(a_hidden_field_is_in_no_answer)
{
	static const char text[] = "{\"resources\":{" TEAM ",\"schemas\":{\"T\":[\"secret\"]},"
				   "\"operations\":{\"read\":{\"answer\":\"T\"}}}}}";

	ck_assert_ptr_null(declaration_read(str_from(text), "x", &error));
	ck_assert_slice_eq(buf_view(&error),
		STR("x:1:126: resources.team.schemas.T.0: \"secret\" is not shown; an answer has "
		    "only fields that are"));
	buf_reset(&error, 0);
	ck_assert_ptr_null(declaration_read(
		STR(ANSWER("{\"team\":{\"by\":\"team_id\",\"as\":\"TeamCreate\"}}")), "x", &error));
	ck_assert_slice_eq(buf_view(&error), STR("x:1:22: resources.team: \"secret\" is not shown; "
						 "an answer has only fields that "
						 "are"));
}
END_TEST

/* What the words become. */

START_TEST(operations_that_are_not_named_are_switched_off)
{
	const struct resource *r = read_last(HERO("\"operations\":[\"read\",\"list\"]"));

	ck_assert_uint_eq(r->noperations, 2);
	ck_assert_ptr_eq(r->by_action[ACTION_READ], &r->operations[0]);
	ck_assert_ptr_eq(r->by_action[ACTION_LIST], &r->operations[1]);
	ck_assert_ptr_null(r->by_action[ACTION_CREATE]);
	/* Only what is used. */
	ck_assert_uint_eq(r->nschemas, 1);
	ck_assert_str_eq(r->schemas[0].name, "HeroResponse");
	r = read_last(HERO("\"operations\":[]"));
	ck_assert_uint_eq(r->noperations, 0);
	ck_assert_uint_eq(r->nschemas, 0);
}
END_TEST

START_TEST(an_operation_has_defaults)
{
	const struct resource *r =
		read_last(CHILD("\"operations\":[\"replace\",\"children\",\"delete\"]"));
	const struct operation *o = r->by_action[ACTION_REPLACE];

	ck_assert_str_eq(o->path, "/heros/{hero_id}");
	ck_assert_str_eq(o->name, "replace_hero");
	ck_assert_str_eq(o->body->name, "HeroCreate");
	ck_assert_str_eq(o->shown->name, "HeroResponse");
	ck_assert_int_eq(o->status, 200);
	ck_assert(!o->partial);
	o = r->by_action[ACTION_CHILDREN];
	ck_assert_str_eq(o->path, "/teams/{team_id}/heros");
	ck_assert_str_eq(o->name, "list_team_heros");
	ck_assert_int_eq(o->answer, ANSWER_ROWS);
	ck_assert(!o->parent_may_miss);
	o = r->by_action[ACTION_DELETE];
	ck_assert_int_eq(o->status, 204);
	ck_assert_int_eq(o->answer, ANSWER_NOTHING);
	ck_assert_ptr_null(o->shown);
}
END_TEST

START_TEST(an_operation_has_what_is_declared)
{
	const struct resource *r = read_last(
		"{\"prefix\":\"/v1\",\"resources\":{\"hero\":{\"tags\":[\"h\"],\"path\":\"/heroes/"
		"\",\"operations\":{\"update\":{\"path\":\"/hero/{id}/\",\"name\":\"change\","
		"\"summary\":\"S\",\"operation_id\":\"I\",\"description\":\"D\",\"tags\":[],"
		"\"deprecated\":true,\"status\":202,\"body\":\"HeroCreate\",\"partial\":false,"
		"\"answer\":{\"ok\":\"{id}\"},\"answer_schema\":{\"type\":\"object\"},"
		"\"responses\":{\"404\":{\"description\":\"Not found\"}}},\"delete\":{\"answer\":"
		"[]},\"list\":{}}," HERO_FIELDS "},\"team\":{\"fields\":{\"f\":{\"type\":\"date\"}}"
		"}}}");
	r = read_api->resources[0];
	const struct operation *o = r->by_action[ACTION_UPDATE];

	ck_assert_str_eq(o->path, "/v1/hero/{id}/");
	ck_assert_str_eq(o->name, "change");
	ck_assert_str_eq(o->summary, "S");
	ck_assert_str_eq(o->id, "I");
	ck_assert_str_eq(o->description, "D");
	ck_assert_uint_eq(o->ntags, 0);
	ck_assert(o->deprecated && !o->partial);
	ck_assert_int_eq(o->status, 202);
	ck_assert_str_eq(o->body->name, "HeroCreate");
	ck_assert_int_eq(o->answer, ANSWER_FIXED);
	ck_assert_ptr_null(o->shown);
	ck_assert_str_eq(o->text, "{\"ok\":\"{id}\"}");
	ck_assert_str_eq(o->answer_schema, "{\"type\":\"object\"}");
	ck_assert_str_eq(o->responses, "{\"404\":{\"description\":\"Not found\"}}");
	o = r->by_action[ACTION_DELETE];
	ck_assert_int_eq(o->status, 200);
	ck_assert_str_eq(o->text, "[]");
	o = r->by_action[ACTION_LIST];
	ck_assert_str_eq(o->path, "/v1/heroes/");
	ck_assert_str_eq(o->tags[0], "h");
	ck_assert_uint_eq(o->declared, 0);
}
END_TEST

START_TEST(a_schema_replaces_the_default_one_of_its_name)
{
	const struct resource *r = read_last(
		HERO("\"schemas\":{\"HeroUpdate\":[\"age\",{\"name\":{\"max_length\":null,"
		     "\"min_length\":null,\"nullable\":true,\"default\":null}},{\"team_id\":{"
		     "\"required\":true}}]},\"operations\":[\"update\"]"));
	const struct schema *s = r->by_action[ACTION_UPDATE]->body;

	ck_assert_ptr_eq(s, &r->schemas[0]);
	ck_assert(s->declared);
	ck_assert_uint_eq(s->nmembers, 3);
	ck_assert_uint_eq(s->fields, 1 << 2 | 1 << 1 | 1 << 3);
	const struct member *m = s->members;
	ck_assert_str_eq(m[0].name, "age");
	ck_assert_ptr_eq(m[0].field, &r->fields[2]);
	ck_assert_uint_eq(m[0].index, 2);
	ck_assert(!m[0].optional);
	ck_assert_uint_eq(m[1].field->len.max, FIELD_UNBOUNDED);
	ck_assert_uint_eq(m[1].field->len.min, 0);
	ck_assert(m[1].field->flags & FIELD_NULLABLE && m[1].field->flags & FIELD_PRESET);
	ck_assert(m[1].optional);
	ck_assert_uint_eq(r->fields[1].len.max, 9);
	ck_assert(!(m[2].field->flags & FIELD_PRESET) && m[2].field->flags & FIELD_NULLABLE);
	ck_assert(!m[2].optional);
}
END_TEST

START_TEST(a_schema_has_rows_of_other_resources)
{
	const struct resource *hero = read_last(
		"{\"resources\":{" TEAM
		",\"schemas\":{\"TeamPublic\":[\"id\"],\"TeamHeroes\":[{\"heroes\":"
		"{\"of\":\"hero\",\"by\":\"team_id\",\"as\":\"HeroResponse\"}},{\"more\":{\"of\":"
		"\"hero\",\"by\":\"team_id\",\"as\":\"HeroTeam\",\"required\":true}}]},"
		"\"operations\":{\"read\":{\"answer\":\"TeamHeroes\"}}},\n\"hero\":{\"schemas\":{"
		"\"HeroTeam\":[\"id\",{\"team\":{\"by\":\"team_id\",\"as\":\"TeamPublic\"}}]},"
		"\"operations\":[]," HERO_FIELDS "}}}");
	const struct resource *team = read_api->resources[0];
	const struct schema *s = team->by_action[ACTION_READ]->shown;

	ck_assert_uint_eq(read_api->nembeds, 3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(read_api->embeds[i]->number, i);
	ck_assert_uint_eq(s->nembeds, 2);
	const struct member *m = &s->members[0];
	ck_assert_str_eq(m->name, "heroes");
	ck_assert_int_eq(m->kind, MEMBER_MANY);
	ck_assert_ptr_eq(m->of, hero);
	ck_assert_uint_eq(m->index, 3);
	ck_assert_ptr_eq(m->field, &hero->fields[3]);
	ck_assert(m->has_preset);
	ck_assert_str_eq(m->schema->name, "HeroResponse");
	m = &s->members[1];
	ck_assert(!m->has_preset);
	m = &m->schema->members[1];
	ck_assert_int_eq(m->kind, MEMBER_ONE);
	ck_assert_ptr_eq(m->of, team);
	ck_assert_ptr_eq(m->field, &hero->fields[3]);
	ck_assert_str_eq(m->schema->name, "TeamPublic");
	ck_assert(m->has_preset);
}
END_TEST

/* The canonical forms. Each declaration differs from the one before. */

static const char *const texts[] = {
	HERO("\"operations\":[]"),
	HERO("\"operations\":[\"update\"]"),
	HERO("\"operations\":[\"update\",\"read\"]"),
	HERO("\"operations\":[\"read\",\"update\"]"),
	OPERATION("update", "\"path\":\"/h/{x}\""),
	OPERATION("update", "\"name\":\"x\""),
	OPERATION("update", "\"summary\":\"x\""),
	OPERATION("update", "\"operation_id\":\"x\""),
	OPERATION("update", "\"description\":\"x\""),
	OPERATION("update", "\"tags\":[\"x\"]"),
	OPERATION("update", "\"deprecated\":true"),
	OPERATION("update", "\"status\":202"),
	OPERATION("update", "\"body\":\"HeroCreate\""),
	OPERATION("update", "\"partial\":false"),
	OPERATION("update", "\"answer\":\"HeroCreate\""),
	OPERATION("update", "\"answer\":null"),
	OPERATION("update", "\"answer\":{}"),
	OPERATION("update", "\"answer\":[\"{id}\"]"),
	OPERATION("update", "\"answer_schema\":{}"),
	OPERATION("update", "\"responses\":{\"default\":{}}"),
	HERO("\"tags\":[\"x\"],\"operations\":{\"update\":{\"tags\":[]}}"),
	CHILD("\"operations\":{\"children\":{}}"),
	CHILD("\"operations\":{\"children\":{\"missing_parent\":\"empty\"}}"),
	CHILD("\"operations\":{\"children\":{\"list\":false}}"),
	ANSWER("\"id\""),
	ANSWER("\"id\",\"name\""),
	ANSWER("{\"name\":{}}"),
	ANSWER("{\"name\":{\"max_length\":null}}"),
	ANSWER("{\"name\":{\"min_length\":null}}"),
	ANSWER("{\"name\":{\"nullable\":true}}"),
	ANSWER("{\"name\":{\"nullable\":true,\"default\":null}}"),
	ANSWER("{\"name\":{\"default\":\"x\"}}"),
	ANSWER("{\"age\":{\"required\":true}}"),
	ANSWER("\"made\""),
	ANSWER("{\"made\":{\"nullable\":true,\"default\":null}}"),
	ANSWER("{\"made\":{\"default\":\"2020-01-01\"}}"),
	ANSWER("{\"age\":{\"ge\":null,\"le\":9,\"multiple_of\":7}}"),
	ANSWER("{\"team\":{\"by\":\"team_id\",\"as\":\"TeamResponse\"}}"),
	ANSWER("{\"teams\":{\"by\":\"team_id\",\"as\":\"TeamResponse\"}}"),
	ANSWER("{\"teams\":{\"by\":\"team_id\",\"as\":\"TeamResponse\",\"required\":true}}"),
	CHILD("\"schemas\":{\"A\":[{\"t\":{\"by\":\"team_id\",\"as\":\"TeamResponse\"}}]},"
	      "\"operations\":{\"read\":{\"answer\":\"A\"}}"),
};

static const struct api *read_back(
	const struct api *a, void (*write)(struct buf *out, const struct api *a))
{
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	write(&text, a);
	const struct api *again = declaration_read_canonical(buf_view(&text), "canonical", &error);
	ck_assert_msg(again, "%.*s: %.*s", STR_ARGS(buf_view(&error)), STR_ARGS(buf_view(&text)));
	buf_done(&text);
	return again;
}

static void check_same(const struct api *a, const struct api *b)
{
	struct buf one, other;

	buf_init(&one, DECLARATION_CANONICAL_MOST);
	buf_init(&other, DECLARATION_CANONICAL_MOST);
	declaration_write(&one, a);
	declaration_write(&other, b);
	ck_assert_slice_eq(buf_view(&one), buf_view(&other));
	ck_assert_uint_eq(a->fingerprint, b->fingerprint);
	buf_done(&one);
	buf_done(&other);
}

START_TEST(both_forms_are_read_back_the_same)
{
	read_last(texts[_i]);
	const struct api *brief = read_back(read_api, declaration_write_brief);
	const struct api *canonical = read_back(read_api, declaration_write);

	check_same(read_api, brief);
	check_same(read_api, canonical);
	declaration_free(brief);
	declaration_free(canonical);
}
END_TEST

START_TEST(the_fingerprint_depends_on_each_word)
{
	uint64_t fingerprints[NITEMS(texts)];

	for (size_t i = 0; i < NITEMS(texts); i++) {
		read_last(texts[i]);
		fingerprints[i] = read_api->fingerprint;
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(fingerprints[j] != fingerprints[i], "%s", texts[i]);
	}
}
END_TEST

/* What says its default is as what is not said. */
START_TEST(a_word_that_says_its_default_is_left_out)
{
	static const char *const said = OPERATION("update",
		"\"path\":\"/heros/{hero_id}\",\"name\":\"update_hero\",\"tags\":[],"
		"\"deprecated\":false,\"status\":200,\"body\":\"HeroUpdate\",\"partial\":true,"
		"\"answer\":\"HeroResponse\"");

	read_last(said);
	uint64_t fingerprint = read_api->fingerprint;
	read_last(OPERATION("update", ""));
	ck_assert_uint_eq(read_api->fingerprint, fingerprint);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("declaration_operations");
	TCase *tests = tcase_create("declaration_operations");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_broken_word_is_refused_in_one_line, 0, (int)NITEMS(refused));
	tcase_add_test(tests, a_hidden_field_is_in_no_answer);
	tcase_add_test(tests, operations_that_are_not_named_are_switched_off);
	tcase_add_test(tests, an_operation_has_defaults);
	tcase_add_test(tests, an_operation_has_what_is_declared);
	tcase_add_test(tests, a_schema_replaces_the_default_one_of_its_name);
	tcase_add_test(tests, a_schema_has_rows_of_other_resources);
	tcase_add_loop_test(tests, both_forms_are_read_back_the_same, 0, (int)NITEMS(texts));
	tcase_add_test(tests, the_fingerprint_depends_on_each_word);
	tcase_add_test(tests, a_word_that_says_its_default_is_left_out);
	suite_add_tcase(suite, tests);
	return suite;
}
