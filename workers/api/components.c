#include "components.h"

#include "json_read.h"
#include "json_write.h"
#include "titles.h"

#include <stdlib.h>

#define REF "{\"$ref\":\"#/components/schemas/%s%s\"}"

struct named_schema {
	const char *name;
	struct str text;
};

/* What is known of a class: whether it is taken and answered, and its text for either. */
struct class_state {
	bool used[SCHEMA_OUTPUT + 1];
	bool is_resolved, is_split;
};

struct components {
	struct arena *arena;
	const unsigned *first_class; /* by index of the resource: the place of its first schema */
	struct class_state *classes;
	struct named_schema *list;
	unsigned count, room;
};

/* Operations. */

const struct json *operation_responses(const struct operation *o, struct arena *arena)
{
	const struct json *root;
	struct json_error error;

	if (!o->responses || json_read(arena, str_from(o->responses), &root, &error) != JSON_OK)
		return NULL;
	return root->type == JSON_OBJECT ? root : NULL;
}

bool operation_validates(const struct endpoint *e, const struct operation *o)
{
	static const struct str others[] = { STR_INIT("422"), STR_INIT("4XX"),
		STR_INIT("default") };
	struct arena scratch = { 0 };
	const struct json *responses = operation_responses(o, &scratch);
	bool validates = e->shape->nkeys > 0 || operation_query(o) || o->body;

	for (size_t i = 0; i < NITEMS(others) && responses; i++)
		validates = validates && !json_get(responses, others[i]);
	arena_done(&scratch);
	return validates;
}

/* Classes. */

static struct class_state *state_of(const struct components *c, const struct schema *schema)
{
	const struct resource *r = schema->resource;

	return &c->classes[c->first_class[resource_index(r)] + (schema - r->schemas)];
}

static void prepare_classes(struct components *c)
{
	unsigned *first = arena_calloc(c->arena, api->nresources, sizeof(*first)), count = 0;

	for (unsigned i = 0; i < api->nresources; i++) {
		first[i] = count;
		count += api->resources[i]->nschemas;
	}
	c->first_class = first;
	c->classes = arena_calloc(c->arena, count, sizeof(*c->classes));
}

/* With the classes in it, which have no cycles. */
static void use(const struct components *c, const struct schema *schema, enum schema_form form)
{
	struct class_state *state = state_of(c, schema);

	if (state->used[form])
		return;
	state->used[form] = true;
	for (unsigned m = 0; m < schema->nmembers; m++)
		if (schema->members[m].kind != MEMBER_FIELD)
			use(c, schema->members[m].schema, form);
}

static void write_ref(struct buf *out, const struct components *c, const struct schema *schema,
	enum schema_form form)
{
	static const char *const suffixes[] = {
		[SCHEMA_INPUT] = "-Input",
		[SCHEMA_OUTPUT] = "-Output",
	};

	buf_printf(out, REF, schema->name, state_of(c, schema)->is_split ? suffixes[form] : "");
}

/* The row of a reference, or an array of rows. */
static void write_embed(
	struct buf *out, const struct components *c, const struct member *m, enum schema_form form)
{
	bool nullable = m->field->flags & FIELD_NULLABLE;

	buf_printf(out, "\"%s\":", m->name);
	if (m->kind == MEMBER_ONE) {
		buf_str(out, nullable ? STR("{\"anyOf\":[") : STR(""));
		write_ref(out, c, m->schema, form);
		buf_str(out, nullable ? STR(",{\"type\":\"null\"}]}") : STR(""));
		return;
	}
	buf_str(out, STR("{\"items\":"));
	write_ref(out, c, m->schema, form);
	buf_printf(out, ",\"type\":\"array\",\"title\":\"%s\"%s}",
		title_of_field(c->arena, m->name).ptr, m->has_preset ? ",\"default\":[]" : "");
}

static void write_properties(struct buf *out, const struct components *c,
	const struct schema *schema, enum schema_form form)
{
	for (unsigned i = 0; i < schema->nmembers; i++) {
		const struct member *m = &schema->members[i];
		buf_str(out, i ? STR(",") : STR(""));
		if (m->kind == MEMBER_FIELD)
			field_schema_write(out, m, form, c->arena);
		else
			write_embed(out, c, m, form);
	}
}

/* Absent if it would be empty. */
static void write_required(struct buf *out, const struct schema *schema)
{
	bool any = false;

	for (unsigned i = 0; i < schema->nmembers; i++) {
		if (!field_schema_requires(&schema->members[i]))
			continue;
		buf_str(out, any ? STR(",") : STR(",\"required\":["));
		json_write_plain(out, str_from(schema->members[i].name));
		any = true;
	}
	buf_str(out, any ? STR("]") : STR(""));
}

static struct str keep(const struct components *c, struct buf *text)
{
	struct str kept = arena_copy(c->arena, buf_view(text));

	buf_done(text);
	return kept;
}

static struct str class_text(
	const struct components *c, const struct schema *schema, enum schema_form form)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_str(&text, STR("{\"properties\":{"));
	write_properties(&text, c, schema, form);
	buf_str(&text, STR("},\"type\":\"object\""));
	write_required(&text, schema);
	buf_printf(&text, ",\"title\":\"%s\"", schema->name);
	if (schema->description) {
		buf_str(&text, STR(",\"description\":"));
		json_write_string(&text, str_from(schema->description));
	}
	buf_char(&text, '}');
	return keep(c, &text);
}

/* Pydantic gives a class one name if its schemas for input and output are the same, down to the
 * names of the classes in it. */
static void resolve(const struct components *c, const struct schema *schema)
{
	struct class_state *state = state_of(c, schema);

	if (state->is_resolved)
		return;
	state->is_resolved = true;
	for (unsigned m = 0; m < schema->nmembers; m++)
		if (schema->members[m].kind != MEMBER_FIELD)
			resolve(c, schema->members[m].schema);
	if (state->used[SCHEMA_INPUT] && state->used[SCHEMA_OUTPUT])
		state->is_split = !str_equal(
			class_text(c, schema, SCHEMA_INPUT), class_text(c, schema, SCHEMA_OUTPUT));
}

/* The list. */

static void add(struct components *c, const char *name, struct str text)
{
	if (c->count == c->room) {
		unsigned room = c->room ? 2 * c->room : 64;
		struct named_schema *list = arena_calloc(c->arena, room, sizeof(*list));
		if (c->count > 0)
			memcpy(list, c->list, c->count * sizeof(*list));
		c->list = list;
		c->room = room;
	}
	c->list[c->count++] = (struct named_schema){ name, text };
}

static void add_enum(struct components *c, const struct field *f)
{
	const struct choices *choices = field_schema_enum(f);
	struct buf text;

	if (!choices)
		return;
	buf_init(&text, SIZE_MAX / 2);
	field_schema_write_enum(&text, choices);
	add(c, choices->schema, keep(c, &text));
}

static void add_class(struct components *c, const struct schema *schema)
{
	const struct class_state *state = state_of(c, schema);
	const char *name = schema->name;
	struct arena *arena = c->arena;

	if (state->is_split) {
		add(c, arena_printf(arena, "%s-Input", name).ptr,
			class_text(c, schema, SCHEMA_INPUT));
		add(c, arena_printf(arena, "%s-Output", name).ptr,
			class_text(c, schema, SCHEMA_OUTPUT));
	} else {
		add(c, name,
			class_text(c, schema,
				state->used[SCHEMA_OUTPUT] ? SCHEMA_OUTPUT : SCHEMA_INPUT));
	}
	for (unsigned m = 0; m < schema->nmembers; m++)
		if (schema->members[m].kind == MEMBER_FIELD)
			add_enum(c, schema->members[m].field);
}

static void add_classes(struct components *c)
{
	for (unsigned i = 0; i < api->nresources; i++)
		for (unsigned s = 0; s < api->resources[i]->nschemas; s++) {
			const struct schema *schema = &api->resources[i]->schemas[s];
			const struct class_state *state = state_of(c, schema);
			if (state->used[SCHEMA_INPUT] || state->used[SCHEMA_OUTPUT]) {
				resolve(c, schema);
				add_class(c, schema);
			}
		}
}

static void add_page(struct components *c, const struct list_rules *page, const struct schema *rows)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_printf(&text, "{\"properties\":{\"%s\":{\"items\":", page->page_rows);
	write_ref(&text, c, rows, SCHEMA_OUTPUT);
	buf_printf(&text, ",\"type\":\"array\",\"title\":\"%s\"}",
		title_of_field(c->arena, page->page_rows).ptr);
	if (page->page_count)
		buf_printf(&text, ",\"%s\":{\"type\":\"integer\",\"title\":\"%s\"}",
			page->page_count, title_of_field(c->arena, page->page_count).ptr);
	buf_printf(&text, "},\"type\":\"object\",\"required\":[\"%s\"", page->page_rows);
	if (page->page_count)
		buf_printf(&text, ",\"%s\"", page->page_count);
	buf_printf(&text, "],\"title\":\"%s\"}", page->page_schema);
	add(c, page->page_schema, keep(c, &text));
}

/* The schemas that FastAPI adds with the first 422. */
static void add_errors(struct components *c)
{
	add(c, "HTTPValidationError",
		STR("{\"properties\":{\"detail\":{\"items\":{\"$ref\":"
		    "\"#/components/schemas/ValidationError\"},\"type\":\"array\","
		    "\"title\":\"Detail\"}},\"type\":\"object\","
		    "\"title\":\"HTTPValidationError\"}"));
	add(c, "ValidationError",
		STR("{\"properties\":{\"loc\":{\"items\":{\"anyOf\":[{\"type\":\"string\"},"
		    "{\"type\":\"integer\"}]},\"type\":\"array\",\"title\":\"Location\"},"
		    "\"msg\":{\"type\":\"string\",\"title\":\"Message\"},"
		    "\"type\":{\"type\":\"string\",\"title\":\"Error Type\"},"
		    "\"input\":{\"title\":\"Input\"},"
		    "\"ctx\":{\"type\":\"object\",\"title\":\"Context\"}},"
		    "\"type\":\"object\",\"required\":[\"loc\",\"msg\",\"type\"],"
		    "\"title\":\"ValidationError\"}"));
}

/* Those of the declaration, verbatim. */
static void add_declared(struct components *c)
{
	const struct json *root;
	struct json_error error;
	struct buf text;

	if (!api->schemas || json_read(c->arena, str_from(api->schemas), &root, &error) != JSON_OK)
		return;
	for (const struct json *k = root->first; k; k = k->next->next) {
		buf_init(&text, SIZE_MAX / 2);
		json_write(&text, k->next);
		add(c, arena_copy(c->arena, k->text).ptr, keep(c, &text));
	}
}

/* Of operations. */

static void use_classes(struct components *c, const struct operation *o)
{
	if (o->body)
		use(c, o->body, SCHEMA_INPUT);
	if (o->shown && !o->answer_schema)
		use(c, o->shown, SCHEMA_OUTPUT);
}

static void add_others(struct components *c, const struct operation *o)
{
	const struct list_rules *query = operation_query(o), *page = operation_page(o);

	for (unsigned i = 0; query && i < query->nparameters; i++)
		add_enum(c, &query->parameters[i].field);
	if (page && !o->answer_schema)
		add_page(c, page, o->shown);
}

static void each_operation(struct components *c, const struct routes *routes,
	void (*take)(struct components *c, const struct operation *o))
{
	for (unsigned i = 0; i < routes->count; i++)
		for (unsigned m = 0; m < ENDPOINT_METHODS; m++)
			if (m != METHOD_HEAD && routes->endpoints[i].operations[m])
				take(c, routes->endpoints[i].operations[m]);
}

static bool any_validates(const struct routes *routes)
{
	for (unsigned i = 0; i < routes->count; i++)
		for (unsigned m = 0; m < ENDPOINT_METHODS; m++) {
			const struct endpoint *e = &routes->endpoints[i];
			if (e->operations[m] && operation_validates(e, e->operations[m]))
				return true;
		}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(
		((const struct named_schema *)a)->name, ((const struct named_schema *)b)->name);
}

struct components *components_collect(const struct routes *routes, struct arena *arena)
{
	struct components *c = arena_calloc(arena, 1, sizeof(*c));

	c->arena = arena;
	prepare_classes(c);
	each_operation(c, routes, use_classes);
	add_classes(c);
	each_operation(c, routes, add_others);
	if (any_validates(routes))
		add_errors(c);
	add_declared(c);
	if (c->count > 0)
		qsort(c->list, c->count, sizeof(*c->list), compare);
	return c;
}

void components_write_ref(struct buf *out, const struct components *components,
	const struct schema *schema, enum schema_form form)
{
	write_ref(out, components, schema, form);
}

void components_write(struct buf *out, const struct components *components)
{
	const struct named_schema *list = components->list;

	if (components->count == 0)
		return;
	buf_str(out, STR(",\"components\":{\"schemas\":{"));
	for (unsigned i = 0; i < components->count; i++) {
		/* An enumeration of several fields is written once. */
		if (i > 0 && compare(&list[i - 1], &list[i]) == 0)
			continue;
		buf_str(out, i ? STR(",") : STR(""));
		json_write_string(out, str_from(list[i].name));
		buf_char(out, ':');
		buf_str(out, list[i].text);
	}
	buf_str(out, STR("}}"));
}
