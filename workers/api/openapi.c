#include "openapi.h"

#include "actions.h"
#include "ascii.h"
#include "field_schema.h"
#include "json_write.h"
#include "table.h"
#include "titles.h"

#include <stdlib.h>

/* Names. */

/* clang-format off */
#define WORDS(ROW) /* verb and noun of the operation's name; suffix of the body's schema */ \
	ROW(ACTION_LIST,   "list",   true,  NULL) \
	ROW(ACTION_CREATE, "create", false, "Create") \
	ROW(ACTION_READ,   "get",    false, NULL) \
	ROW(ACTION_UPDATE, "update", false, "Update") \
	ROW(ACTION_DELETE, "delete", false, NULL) \
	ROW(ACTION_REPLACE, "replace", false, "Create") \
	ROW(ACTION_CHILDREN, "list", true, NULL)
/* clang-format on */

static const struct action_words {
	const char *verb;
	bool plural; /* "list_users", "get_user" */
	const char *body;
} words[] = { WORDS(TABLE_ROW) };
TABLE_IS_WHOLE(WORDS, ACTION__COUNT);

/* "get": the method as a key of a path. */
static const char *method_key(struct arena *arena, enum action action)
{
	struct str name = method_names[action_http[action].method];
	char *key = arena_alloc(arena, name.len + 1);

	for (size_t i = 0; i <= name.len; i++)
		key[i] = (char)(ascii_is(ASCII_ALPHA, name.ptr[i]) ? name.ptr[i] | 0x20
								   : name.ptr[i]);
	return key;
}

static bool is_word(char c)
{
	return ascii_is(ASCII_ALPHA, c) || ascii_is(ASCII_DIGIT, c);
}

/* FastAPI's unique id: name, path and method, with "_" in place of all but letters and digits. */
static struct str operation_id(
	struct arena *arena, struct str name, struct str path, const char *method)
{
	struct str id = arena_printf(arena, "%s%s", name.ptr, path.ptr);
	char *p = arena_alloc(arena, id.len + 1);

	for (size_t i = 0; i <= id.len; i++)
		p[i] = id.ptr[i] && !is_word(id.ptr[i]) ? '_' : id.ptr[i];
	return arena_printf(arena, "%s_%s", p, method);
}

/* "UserWithPosts": the schema of a row with its embedded children; "PostResponse" if it has none.
 */
static struct str read_schema(struct arena *arena, const struct resource *r)
{
	struct str name = arena_printf(arena, "%sWith", r->schema);
	const struct resource *child = NULL;

	if (!resource_has_embedded(r))
		return arena_printf(arena, "%sResponse", r->schema);
	while ((child = resource_next_embedded(r, child)))
		name = arena_printf(
			arena, "%s%s", name.ptr, title_joined(arena, child->plural).ptr);
	return name;
}

/* Paths. */

static bool has_action(const struct endpoint *e, int action)
{
	return e->actions[action_method((enum action)action)] == 1 + action;
}

/* The list takes parameters of the query. */
static bool has_slices(const struct resource *r)
{
	return r->list && r->list->nparameters > 0;
}

static bool has_parameters(const struct endpoint *e, enum action action)
{
	return e->has_key ||
	       (action_http[action].gives == ACTION_GIVES_LIST && has_slices(e->resource));
}

/* FastAPI passes a path whose operations have no parameters through its OpenAPI model, which
 * reorders the keys, and one with a parameter as it is. */
static bool is_raw(const struct endpoint *e)
{
	for (int action = 0; action < ACTION__COUNT; action++)
		if (has_action(e, action) && has_parameters(e, (enum action)action))
			return true;
	return false;
}

/* Of a parameter that is an integer. */
static void write_bounds(struct buf *out, const struct field *f)
{
	static const struct {
		enum field_limit limit;
		const char *word;
	} bounds[] = {
		{ LIMIT_LE, "maximum" },
		{ LIMIT_LT, "exclusiveMaximum" },
		{ LIMIT_GE, "minimum" },
		{ LIMIT_GT, "exclusiveMinimum" },
	};

	for (size_t i = 0; i < NITEMS(bounds); i++) {
		const struct limit *limit = &f->limits[bounds[i].limit];
		if (limit->text.ptr)
			buf_printf(out, ",\"%s\":%lld", bounds[i].word, (long long)limit->integer);
	}
}

static void write_path_parameter(struct buf *out, const struct endpoint *e, struct arena *arena)
{
	const struct field *f = &e->key_of->key_parameter;
	const char *title = e->key_of->key_title;

	buf_printf(out,
		"{\"name\":\"%s\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":%s",
		f->name, f->type == FIELD_UUID ? "\"string\",\"format\":\"uuid\"" : "\"integer\"");
	write_bounds(out, f);
	buf_str(out, STR(",\"title\":"));
	json_write_string(out, title ? str_from(title) : title_of(arena, str_from(f->name)));
	buf_str(out, STR("}}"));
}

static void write_query_parameter(struct buf *out, const struct field *f, struct arena *arena)
{
	buf_printf(out,
		"{\"name\":\"%s\",\"in\":\"query\",\"required\":false,"
		"\"schema\":{\"type\":\"integer\"",
		f->name);
	write_bounds(out, f);
	buf_printf(out, ",\"default\":%lld,\"title\":\"%s\"}}", (long long)f->preset.integer,
		title_of_field(arena, f->name).ptr);
}

static void write_query_parameters(
	struct buf *out, const struct list_rules *rules, struct arena *arena)
{
	for (unsigned i = 0; i < rules->nparameters; i++) {
		buf_str(out, i ? STR(",") : STR(""));
		write_query_parameter(out, &rules->parameters[i].field, arena);
	}
}

/* A list has no key in its path. */
static void write_parameters(struct buf *out, const struct endpoint *e, struct arena *arena)
{
	buf_str(out, STR(",\"parameters\":["));
	if (e->has_key)
		write_path_parameter(out, e, arena);
	else
		write_query_parameters(out, e->resource->list, arena);
	buf_char(out, ']');
}

static void write_request_body(struct buf *out, const struct endpoint *e, enum action action)
{
	bool raw = is_raw(e);

	buf_str(out, STR(",\"requestBody\":{"));
	if (raw)
		buf_str(out, STR("\"required\":true,"));
	buf_printf(out,
		"\"content\":{\"application/json\":{\"schema\":"
		"{\"$ref\":\"#/components/schemas/%s%s\"}}}",
		e->resource->schema, words[action].body);
	buf_str(out, raw ? STR("}") : STR(",\"required\":true}"));
}

/* The schema of the answer's content. id is the operation's. */
static void write_result(struct buf *out, const struct endpoint *e, enum action_gives gives,
	struct str id, struct arena *arena)
{
	const char *schema = e->resource->schema;

	if (gives == ACTION_GIVES_LIST)
		buf_printf(out,
			"{%s\"items\":{\"$ref\":\"#/components/schemas/%sResponse\"},"
			"%s\"title\":\"Response %s\"}",
			is_raw(e) ? "\"type\":\"array\"," : "", schema,
			is_raw(e) ? "" : "\"type\":\"array\",", title_of(arena, id).ptr);
	else if (gives == ACTION_GIVES_TREE)
		buf_printf(out, "{\"$ref\":\"#/components/schemas/%s\"}",
			read_schema(arena, e->resource).ptr);
	else
		buf_printf(out, "{\"$ref\":\"#/components/schemas/%sResponse\"}", schema);
}

/* FastAPI adds the 422 to each operation that has a parameter or a body. */
static void write_responses(struct buf *out, const struct endpoint *e, enum action action,
	struct str id, struct arena *arena)
{
	const struct action_http *http = &action_http[action];

	buf_printf(out, ",\"responses\":{\"%d\":{\"description\":\"Successful Response\"",
		http->status);
	if (http->gives != ACTION_GIVES_NOTHING) {
		buf_str(out, STR(",\"content\":{\"application/json\":{\"schema\":"));
		write_result(out, e, http->gives, id, arena);
		buf_str(out, STR("}}"));
	}
	buf_char(out, '}');
	if (has_parameters(e, action) || action_has_body(action))
		buf_str(out, STR(",\"422\":{\"description\":\"Validation Error\",\"content\":"
				 "{\"application/json\":{\"schema\":{\"$ref\":"
				 "\"#/components/schemas/HTTPValidationError\"}}}}"));
	buf_char(out, '}');
}

static void write_operation(
	struct buf *out, const struct endpoint *e, enum action action, struct arena *arena)
{
	const struct resource *r = e->resource;
	const struct action_words *w = &words[action];
	struct str name = arena_printf(arena, "%s_%s", w->verb, w->plural ? r->plural : r->name);
	const char *method = method_key(arena, action);
	struct str id = operation_id(arena, name, endpoint_path(e, arena), method);

	buf_printf(out, "\"%s\":{\"summary\":\"%s\",\"operationId\":\"%s\"", method,
		title_of(arena, name).ptr, id.ptr);
	if (has_parameters(e, action))
		write_parameters(out, e, arena);
	if (action_has_body(action))
		write_request_body(out, e, action);
	write_responses(out, e, action, id, arena);
	buf_char(out, '}');
}

static void write_path(struct buf *out, const struct endpoint *e, struct arena *arena)
{
	bool first = true;

	buf_printf(out, "\"%s\":{", endpoint_path(e, arena).ptr);
	for (unsigned i = 0; i < e->resource->noperations; i++) {
		enum action action = action_nth(e->resource, i);
		if (!has_action(e, (int)action))
			continue;
		if (!first)
			buf_char(out, ',');
		write_operation(out, e, action, arena);
		first = false;
	}
	buf_char(out, '}');
}

static void write_home(struct buf *out)
{
	buf_str(out, STR("\"/\":{\"get\":{\"summary\":\"Home\",\"operationId\":\"home__get\","
			 "\"responses\":{\"200\":{\"description\":\"Successful Response\","
			 "\"content\":{\"application/json\":{\"schema\":{}}}}}}}"));
}

static bool is_home(const struct endpoint *e)
{
	return !e->resource && !e->asset && e->document == DOCUMENT_HOME;
}

static void write_paths(struct buf *out, const struct routes *routes, struct arena *arena)
{
	bool first = true;

	buf_str(out, STR("\"paths\":{"));
	for (unsigned i = 0; i < routes->count; i++) {
		const struct endpoint *e = &routes->endpoints[i];
		if (!e->resource && !is_home(e))
			continue;
		if (!first)
			buf_char(out, ',');
		if (e->resource)
			write_path(out, e, arena);
		else
			write_home(out);
		first = false;
	}
	buf_char(out, '}');
}

/* Schemas. */

struct named_schema {
	struct str name, text;
};

struct schemas {
	struct named_schema *list;
	unsigned count;
	struct arena *arena;
};

static void add_schema(struct schemas *schemas, struct str name, struct buf *text)
{
	schemas->list[schemas->count++] =
		(struct named_schema){ name, arena_copy(schemas->arena, buf_view(text)) };
	buf_done(text);
}

/* What a schema of a resource has. */
struct shape {
	enum schema_form form;
	bool embedded; /* the embedded children too */
};

/* The fields that the schema has, in the order of the JSON objects. */
static unsigned fields_of(const struct resource *r, enum schema_form form,
	const struct field *fields[RESOURCE_MAX_FIELDS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_INPUT && field_schema_has(&r->fields[i], form))
			fields[count++] = &r->fields[i];
	for (unsigned i = 0; i < r->nfields; i++)
		if (!(r->fields[i].flags & FIELD_INPUT) && field_schema_has(&r->fields[i], form))
			fields[count++] = &r->fields[i];
	return count;
}

static void write_embedded(struct buf *out, const struct resource *r, struct arena *arena)
{
	const struct resource *child = NULL;

	while ((child = resource_next_embedded(r, child)))
		buf_printf(out,
			",\"%s\":{\"items\":{\"$ref\":\"#/components/schemas/%s\"},"
			"\"type\":\"array\",\"title\":\"%s\",\"default\":[]}",
			child->plural, read_schema(arena, child).ptr,
			title_of_field(arena, child->plural).ptr);
}

/* Absent if it would be empty. */
static void write_required(
	struct buf *out, const struct field *const fields[], unsigned n, enum schema_form form)
{
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		if (!field_schema_requires(fields[i], form))
			continue;
		buf_str(out, any ? STR(",") : STR(",\"required\":["));
		json_write_plain(out, str_from(fields[i]->name));
		any = true;
	}
	if (any)
		buf_char(out, ']');
}

static void add_shape(
	struct schemas *schemas, const struct resource *r, struct str name, struct shape shape)
{
	const struct field *fields[RESOURCE_MAX_FIELDS];
	unsigned n = fields_of(r, shape.form, fields);
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_str(&text, STR("{\"properties\":{"));
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&text, ',');
		field_schema_write(&text, fields[i], shape.form, schemas->arena);
	}
	if (shape.embedded)
		write_embedded(&text, r, schemas->arena);
	buf_str(&text, STR("},\"type\":\"object\""));
	write_required(&text, fields, n, shape.form);
	buf_printf(&text, ",\"title\":\"%s\"}", name.ptr);
	add_schema(schemas, name, &text);
}

/* The enumerations of fields that no client sends or sees are not part of the document. */
static void add_enums(struct schemas *schemas, const struct resource *r)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		const struct choices *choices = field_schema_enum(f);
		struct buf text;
		if (!choices || !(field_schema_has(f, SCHEMA_CREATE) ||
					field_schema_has(f, SCHEMA_RESPONSE)))
			continue;
		buf_init(&text, SIZE_MAX / 2);
		field_schema_write_enum(&text, choices);
		add_schema(schemas, str_from(choices->schema), &text);
	}
}

static void add_resource(struct schemas *schemas, const struct resource *r)
{
	struct arena *arena = schemas->arena;

	add_shape(schemas, r, arena_printf(arena, "%sCreate", r->schema),
		(struct shape){ SCHEMA_CREATE, false });
	add_shape(schemas, r, arena_printf(arena, "%sUpdate", r->schema),
		(struct shape){ SCHEMA_UPDATE, false });
	add_shape(schemas, r, arena_printf(arena, "%sResponse", r->schema),
		(struct shape){ SCHEMA_RESPONSE, false });
	if (resource_has_embedded(r))
		add_shape(
			schemas, r, read_schema(arena, r), (struct shape){ SCHEMA_RESPONSE, true });
	add_enums(schemas, r);
}

/* At most so many schemas, equal enumerations counted for each field. */
static size_t count_schemas(void)
{
	size_t count = 0;

	for (unsigned i = 0; i < api->nresources; i++)
		count += 4 + api->resources[i]->nfields;
	return count;
}

/* The schemas that FastAPI adds. */
static const struct named_schema error_schemas[] = {
	{ STR_INIT("HTTPValidationError"),
		STR_INIT("{\"properties\":{\"detail\":{\"items\":{\"$ref\":"
			 "\"#/components/schemas/ValidationError\"},\"type\":\"array\","
			 "\"title\":\"Detail\"}},\"type\":\"object\","
			 "\"title\":\"HTTPValidationError\"}") },
	{ STR_INIT("ValidationError"),
		STR_INIT("{\"properties\":{\"loc\":{\"items\":{\"anyOf\":[{\"type\":\"string\"},"
			 "{\"type\":\"integer\"}]},\"type\":\"array\",\"title\":\"Location\"},"
			 "\"msg\":{\"type\":\"string\",\"title\":\"Message\"},"
			 "\"type\":{\"type\":\"string\",\"title\":\"Error Type\"},"
			 "\"input\":{\"title\":\"Input\"},"
			 "\"ctx\":{\"type\":\"object\",\"title\":\"Context\"}},"
			 "\"type\":\"object\",\"required\":[\"loc\",\"msg\",\"type\"],"
			 "\"title\":\"ValidationError\"}") },
};

static int compare_schemas(const void *a, const void *b)
{
	return strcmp(((const struct named_schema *)a)->name.ptr,
		((const struct named_schema *)b)->name.ptr);
}

static void write_schemas(struct buf *out, struct arena *arena)
{
	struct schemas schemas = { .arena = arena };

	schemas.list = arena_calloc(
		arena, NITEMS(error_schemas) + count_schemas(), sizeof(struct named_schema));
	for (size_t i = 0; i < NITEMS(error_schemas); i++)
		schemas.list[schemas.count++] = error_schemas[i];
	for (unsigned i = 0; i < api->nresources; i++)
		add_resource(&schemas, api->resources[i]);
	qsort(schemas.list, schemas.count, sizeof(struct named_schema), compare_schemas);
	buf_str(out, STR("\"components\":{\"schemas\":{"));
	for (unsigned i = 0; i < schemas.count; i++) {
		/* An enumeration of several fields is written once. */
		if (i > 0 && compare_schemas(&schemas.list[i - 1], &schemas.list[i]) == 0)
			continue;
		buf_printf(out, "%s\"%s\":", i ? "," : "", schemas.list[i].name.ptr);
		buf_str(out, schemas.list[i].text);
	}
	buf_str(out, STR("}}"));
}

void openapi_write(
	struct buf *out, const struct routes *routes, struct str root, struct arena *arena)
{
	buf_str(out, STR("{\"openapi\":\"3.1.0\",\"info\":{\"title\":"));
	json_write_string(out, str_from(api->title));
	buf_str(out, STR(",\"version\":"));
	json_write_string(out, str_from(api->version));
	buf_str(out, STR("},"));
	if (root.len > 0) {
		buf_str(out, STR("\"servers\":[{\"url\":"));
		json_write_string(out, root);
		buf_str(out, STR("}],"));
	}
	write_paths(out, routes, arena);
	buf_char(out, ',');
	write_schemas(out, arena);
	buf_char(out, '}');
}
