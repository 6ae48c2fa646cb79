/* The words of an operation: one row for each. */
#include "declaration_reading.h"

#include "json_write.h"

#define OF(action) (1U << (action))
#define BODIES     (OF(ACTION_CREATE) | OF(ACTION_UPDATE) | OF(ACTION_REPLACE))
#define WRITES     (BODIES | OF(ACTION_DELETE))
#define CHANGES    (OF(ACTION_UPDATE) | OF(ACTION_REPLACE))
#define LISTS      (OF(ACTION_LIST) | OF(ACTION_CHILDREN))
#define ALL        (OF(ACTION__COUNT) - 1)

enum { SUCCESS = 200, CREATED = 201, SUCCESS_MOST = 299, NO_CONTENT = 204, RESET_CONTENT = 205 };

struct word {
	const char *name;
	unsigned actions; /* that have it */
	bool (*read)(struct reading *r, const struct spot *spot, struct draft *draft,
		struct operation *o);
	void (*write)(struct words_out *w, const char *name, const struct operation *o);
};

static unsigned count_parameters(const struct operation *o)
{
	if (o->action == ACTION_CREATE)
		return declaration_parent_in_path(o->resource);
	return o->action != ACTION_LIST;
}

static bool path_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return declaration_read_path(r, spot, r->api->prefix, count_parameters(o), &o->path);
}

static bool name_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_name(r, spot, &o->name);
}

static void name_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_text(w, name, o->name);
}

static bool summary_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_line(r, spot, &o->summary);
}

static void summary_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_text(w, name, o->summary);
}

static bool id_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_line(r, spot, &o->id);
}

static void id_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_text(w, name, o->id);
}

static bool description_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_lines(r, spot, &o->description);
}

static void description_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_text(w, name, o->description);
}

static bool tags_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_tags(r, spot, &o->tags, &o->ntags);
}

static void tags_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_tags(w, name, o->tags, o->ntags);
}

static bool deprecated_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_bool(r, spot, &o->deprecated);
}

static void write_bool(struct words_out *w, const char *name, bool on)
{
	declaration_write_json(w, name, on ? "true" : "false");
}

static void deprecated_write(struct words_out *w, const char *name, const struct operation *o)
{
	write_bool(w, name, o->deprecated);
}

static bool status_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	uint32_t status;

	(void)draft;
	if (!reading_count(r, spot, SUCCESS, SUCCESS_MOST, &status))
		return false;
	o->status = (int)status;
	return true;
}

static void status_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_begin_word(w, name);
	buf_int(w->out, o->status);
}

static bool body_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	return declaration_find_schema(r, spot, draft, &o->body);
}

static void body_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_text(w, name, o->body->name);
}

static bool partial_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_bool(r, spot, &o->partial);
}

static void partial_write(struct words_out *w, const char *name, const struct operation *o)
{
	write_bool(w, name, o->partial);
}

static bool gives_rows(enum action action)
{
	return action == ACTION_LIST || action == ACTION_CHILDREN;
}

/* In JSON only strings have placeholders. */
static bool fixed_read(struct reading *r, const struct spot *spot, struct operation *o)
{
	o->answer = ANSWER_FIXED;
	o->text = reading_json(r, spot);
	return declaration_check_placeholders(r, spot, str_from(o->text), STR("{id}"));
}

static bool answer_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	enum json_type type = spot->value->type;

	if (type == JSON_STRING) {
		o->answer = gives_rows(o->action) ? ANSWER_ROWS : ANSWER_ROW;
		return declaration_find_schema(r, spot, draft, &o->shown);
	}
	if (!(WRITES & OF(o->action)))
		return reading_refuse_found(r, spot, "allowed is the name of a schema");
	o->answer = ANSWER_NOTHING;
	if (type == JSON_NULL)
		return true;
	if (type != JSON_OBJECT && type != JSON_ARRAY)
		return reading_refuse_found(
			r, spot, "allowed are the name of a schema, an object, an array and null");
	return fixed_read(r, spot, o);
}

static void answer_write(struct words_out *w, const char *name, const struct operation *o)
{
	if (o->shown)
		declaration_write_text(w, name, o->shown->name);
	else
		declaration_write_json(w, name, o->text ? o->text : "null");
}

static bool answer_schema_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	return reading_json_object(r, spot, &o->answer_schema);
}

static void answer_schema_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_json(w, name, o->answer_schema);
}

/* "404", "4XX" or "default". */
static bool is_response(struct str key)
{
	if (str_equal(key, STR("default")))
		return true;
	if (key.len != 3 || key.ptr[0] < '1' || key.ptr[0] > '5')
		return false;
	bool digits =
		key.ptr[1] >= '0' && key.ptr[1] <= '9' && key.ptr[2] >= '0' && key.ptr[2] <= '9';
	return digits || (key.ptr[1] == 'X' && key.ptr[2] == 'X');
}

static bool responses_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	(void)draft;
	if (!reading_object(r, spot))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		const struct spot *response = spot_child(r, spot, k->text, k, k->next);
		if (!is_response(k->text))
			return reading_refuse_name(r, response,
				"not a status; allowed are statuses, \"4XX\" and \"default\"");
		if (!reading_object(r, response))
			return false;
	}
	return reading_json_object(r, spot, &o->responses);
}

static void responses_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_json(w, name, o->responses);
}

static bool list_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	bool on;

	(void)draft;
	if (!reading_bool(r, spot, &on))
		return false;
	o->is_whole = !on;
	return true;
}

static void list_write(struct words_out *w, const char *name, const struct operation *o)
{
	write_bool(w, name, !o->is_whole);
}

static bool missing_parent_read(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	struct str word = spot->value->type == JSON_STRING ? spot->value->text : STR("");

	(void)draft;
	o->parent_may_miss = str_equal(word, STR("empty"));
	return o->parent_may_miss || str_equal(word, STR("not_found")) ||
	       reading_refuse_word(r, spot, STR("not_found, empty"));
}

static void missing_parent_write(struct words_out *w, const char *name, const struct operation *o)
{
	declaration_write_text(w, name, o->parent_may_miss ? "empty" : "not_found");
}

enum word_index {
	PATH,
	NAME,
	SUMMARY,
	ID,
	DESCRIPTION,
	TAGS,
	DEPRECATED,
	STATUS,
	BODY,
	PARTIAL,
	ANSWER,
	ANSWER_SCHEMA,
	RESPONSES,
	LIST,
	MISSING_PARENT,
	WORD__COUNT
};

static const struct word words[] = {
	[PATH] = { "path", ALL, path_read, NULL },
	[NAME] = { "name", ALL, name_read, name_write },
	[SUMMARY] = { "summary", ALL, summary_read, summary_write },
	[ID] = { "operation_id", ALL, id_read, id_write },
	[DESCRIPTION] = { "description", ALL, description_read, description_write },
	[TAGS] = { "tags", ALL, tags_read, tags_write },
	[DEPRECATED] = { "deprecated", ALL, deprecated_read, deprecated_write },
	[STATUS] = { "status", ALL, status_read, status_write },
	[BODY] = { "body", BODIES, body_read, body_write },
	[PARTIAL] = { "partial", CHANGES, partial_read, partial_write },
	[ANSWER] = { "answer", ALL, answer_read, answer_write },
	[ANSWER_SCHEMA] = { "answer_schema", ALL, answer_schema_read, answer_schema_write },
	[RESPONSES] = { "responses", ALL, responses_read, responses_write },
	[LIST] = { "list", LISTS, list_read, list_write },
	[MISSING_PARENT] = { "missing_parent", OF(ACTION_CHILDREN), missing_parent_read,
		missing_parent_write },
};
_Static_assert(NITEMS(words) == WORD__COUNT, "a word is missing");

static struct str list_words(struct reading *r, enum action action)
{
	struct str list = STR("");

	for (size_t i = 0; i < NITEMS(words); i++)
		if (words[i].actions & OF(action))
			list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list),
				list.len ? ", " : "", words[i].name);
	return list;
}

static bool read_word(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	for (size_t i = 0; i < NITEMS(words); i++) {
		if (!(words[i].actions & OF(o->action)) ||
			!str_equal(spot->name, str_from(words[i].name)))
			continue;
		o->declared |= 1U << i;
		return words[i].read(r, spot, draft, o);
	}
	return reading_refuse_key(r, spot, list_words(r, o->action));
}

/* What words say together. */

static bool has_body(const struct operation *o)
{
	return o->answer != ANSWER_NOTHING;
}

static int default_status(const struct operation *o)
{
	if (o->action == ACTION_CREATE)
		return CREATED;
	return o->action == ACTION_DELETE && !has_body(o) ? NO_CONTENT : SUCCESS;
}

static bool check_status(struct reading *r, const struct spot *spot, const struct operation *o)
{
	struct spot status = spot_member(spot, words[STATUS].name);

	if (has_body(o) && (o->status == NO_CONTENT || o->status == RESET_CONTENT))
		return reading_refuse_found(
			r, &status, "such an answer has no body; allowed with \"answer\": null");
	return true;
}

/* The schema of an answer without a body is of nothing. */
static bool check_answer_schema(
	struct reading *r, const struct spot *spot, const struct operation *o)
{
	struct spot schema = spot_member(spot, words[ANSWER_SCHEMA].name);

	return has_body(o) || !schema.value ||
	       reading_refuse_found(r, &schema, "the answer has no body");
}

static bool read_words(
	struct reading *r, const struct spot *spot, struct draft *draft, struct operation *o)
{
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_word(r, spot_child(r, spot, k->text, k, k->next), draft, o))
			return false;
	return true;
}

/* Defaults. */

#define SAYS(o, word) ((o)->declared >> (word)&1)

static void fill(struct reading *r, struct draft *draft, struct operation *o)
{
	if (!SAYS(o, PATH))
		o->path = declaration_default_path(r, o);
	if (!SAYS(o, NAME))
		o->name = declaration_default_name(r, o);
	if (!SAYS(o, TAGS)) {
		o->tags = o->resource->tags;
		o->ntags = o->resource->ntags;
	}
	if (!SAYS(o, BODY) && BODIES & OF(o->action))
		o->body = declaration_default_schema(r, draft, declaration_default_body(o));
	if (!SAYS(o, PARTIAL))
		o->partial = o->action == ACTION_UPDATE;
	if (!SAYS(o, ANSWER) && declaration_default_answer(o) != DEFAULT_NONE) {
		o->answer = gives_rows(o->action) ? ANSWER_ROWS : ANSWER_ROW;
		o->shown = declaration_default_schema(r, draft, declaration_default_answer(o));
	}
	if (!SAYS(o, STATUS))
		o->status = default_status(o);
}

static bool are_tags_of_resource(const struct operation *o)
{
	if (o->ntags != o->resource->ntags)
		return false;
	for (unsigned i = 0; i < o->ntags; i++)
		if (strcmp(o->tags[i], o->resource->tags[i]) != 0)
			return false;
	return true;
}

static bool is_default(struct reading *r, const struct schema *schema, enum default_schema which,
	const struct resource *resource)
{
	if (which == DEFAULT_NONE || !schema)
		return which == DEFAULT_NONE && !schema;
	return str_equal(
		str_from(schema->name), declaration_default_schema_name(r, resource, which));
}

/* True if a word that the declaration has says what its absence says. */
static bool says_default(struct reading *r, const struct operation *o, enum word_index word)
{
	switch (word) {
	case PATH:
		return strcmp(o->path, declaration_default_path(r, o)) == 0;
	case NAME:
		return strcmp(o->name, declaration_default_name(r, o)) == 0;
	case TAGS:
		return are_tags_of_resource(o);
	case DEPRECATED:
		return !o->deprecated;
	case STATUS:
		return o->status == default_status(o);
	case BODY:
		return is_default(r, o->body, declaration_default_body(o), o->resource);
	case PARTIAL:
		return o->partial == (o->action == ACTION_UPDATE);
	case ANSWER:
		return o->answer != ANSWER_FIXED &&
		       is_default(r, o->shown, declaration_default_answer(o), o->resource);
	case LIST:
		return !o->is_whole;
	case MISSING_PARENT:
		return !o->parent_may_miss;
	default:
		return false;
	}
}

bool declaration_complete_operation(
	struct reading *r, struct draft *draft, struct operation *o, const struct spot *spot)
{
	bool has_words = spot && spot->value->type == JSON_OBJECT;

	o->resource = draft->resource;
	if (o->action == ACTION_CHILDREN && !draft->parent)
		return reading_refuse(r, spot, "\"children\" is allowed only with \"parent\"");
	if (has_words && !read_words(r, spot, draft, o))
		return false;
	fill(r, draft, o);
	for (unsigned i = 0; i < WORD__COUNT; i++)
		if (SAYS(o, i) && says_default(r, o, (enum word_index)i))
			o->declared &= ~(1U << i);
	return !has_words || (check_status(r, spot, o) && check_answer_schema(r, spot, o));
}

/* Writing. */

void declaration_write_operation(struct buf *out, const struct api *a, const struct operation *o)
{
	struct words_out w = { .out = out };

	buf_char(out, '{');
	if (SAYS(o, PATH))
		declaration_write_text(&w, words[PATH].name, o->path + strlen(a->prefix));
	for (unsigned i = PATH + 1; i < WORD__COUNT; i++)
		if (SAYS(o, i))
			words[i].write(&w, words[i].name, o);
	buf_char(out, '}');
}
