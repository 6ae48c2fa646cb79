#include "openapi.h"

#include "ascii.h"
#include "components.h"
#include "json_read.h"
#include "json_write.h"
#include "titles.h"

/* What writing an operation needs. */
struct writing {
	struct buf *out;
	struct arena *arena;
	const struct components *components;
	const struct endpoint *endpoint;
	/* FastAPI passes a path whose operations have no parameters through its OpenAPI model,
	 * which reorders the keys, and one with a parameter as it is. */
	bool is_raw;
};

/* What an operation of a resource and a constant have in common. */
struct heading {
	const char *name, *summary, *id, *description;
	const char *const *tags;
	unsigned ntags;
	bool deprecated;
};

/* Names. */

/* "get": the method as a key of a path. */
static const char *method_key(struct arena *arena, enum method method)
{
	struct str name = method_names[method];
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
static struct str made_id(
	struct arena *arena, const char *name, const char *path, const char *method)
{
	struct str id = arena_printf(arena, "%s%s", name, path);
	char *p = arena_alloc(arena, id.len + 1);

	for (size_t i = 0; i <= id.len; i++)
		p[i] = id.ptr[i] && !is_word(id.ptr[i]) ? '_' : id.ptr[i];
	return arena_printf(arena, "%s_%s", p, method);
}

static void write_text(struct buf *out, const char *before, const char *text)
{
	buf_str(out, str_from(before));
	json_write_string(out, str_from(text));
}

/* The beginning of an operation, with its method. Returns its id. */
static struct str write_heading(
	struct writing *w, enum method method, const struct heading *heading)
{
	const char *key = method_key(w->arena, method);
	struct str id = heading->id ? str_from(heading->id)
				    : made_id(w->arena, heading->name, w->endpoint->path, key);
	struct buf *out = w->out;

	buf_printf(out, "\"%s\":{", key);
	for (unsigned i = 0; i < heading->ntags; i++)
		write_text(out, i ? "," : "\"tags\":[", heading->tags[i]);
	write_text(out, heading->ntags ? "],\"summary\":" : "\"summary\":",
		heading->summary ? heading->summary
				 : title_of(w->arena, str_from(heading->name)).ptr);
	if (heading->description)
		write_text(out, ",\"description\":", heading->description);
	buf_str(out, STR(",\"operationId\":"));
	json_write_string(out, id);
	if (heading->deprecated && w->is_raw)
		buf_str(out, STR(",\"deprecated\":true"));
	return id;
}

static void write_end(struct writing *w, const struct heading *heading)
{
	if (heading->deprecated && !w->is_raw)
		buf_str(w->out, STR(",\"deprecated\":true"));
	buf_char(w->out, '}');
}

/* Parameters. */

static bool has_parameters(const struct endpoint *e, const struct operation *o)
{
	return e->shape->nkeys > 0 || operation_query(o);
}

static void write_parameter(
	struct writing *w, const struct field *f, const char *title, const char *in, bool required)
{
	buf_str(w->out, STR("{\"name\":"));
	json_write_plain(w->out, str_from(f->name));
	buf_printf(w->out, ",\"in\":\"%s\",\"required\":%s,\"schema\":", in,
		required ? "true" : "false");
	field_schema_write_parameter(w->out, f, title, w->arena);
	buf_char(w->out, '}');
}

static void write_path_parameters(struct writing *w)
{
	const struct endpoint *e = w->endpoint;

	for (unsigned k = 0; k < e->shape->nkeys; k++) {
		buf_str(w->out, k ? STR(",") : STR(""));
		write_parameter(w, e->parameters[k], e->key_of[k]->key_title, "path", true);
	}
}

static void write_parameters(struct writing *w, const struct operation *o)
{
	const struct list_rules *query = operation_query(o);
	bool first = w->endpoint->shape->nkeys == 0;

	buf_str(w->out, STR(",\"parameters\":["));
	write_path_parameters(w);
	for (unsigned i = 0; query && i < query->nparameters; i++) {
		const struct field *f = &query->parameters[i].field;
		buf_str(w->out, first ? STR("") : STR(","));
		write_parameter(w, f, NULL, "query", !(f->flags & FIELD_PRESET));
		first = false;
	}
	buf_char(w->out, ']');
}

/* Bodies. */

static void write_request_body(struct writing *w, const struct operation *o)
{
	buf_str(w->out, STR(",\"requestBody\":{"));
	if (w->is_raw)
		buf_str(w->out, STR("\"required\":true,"));
	buf_str(w->out, STR("\"content\":{\"application/json\":{\"schema\":"));
	components_write_ref(w->out, w->components, o->body, SCHEMA_INPUT);
	buf_str(w->out, w->is_raw ? STR("}}}") : STR("}},\"required\":true}"));
}

static void write_rows(struct writing *w, const struct schema *shown, struct str id)
{
	struct str type = STR("\"type\":\"array\",");

	buf_char(w->out, '{');
	buf_str(w->out, w->is_raw ? type : STR(""));
	buf_str(w->out, STR("\"items\":"));
	components_write_ref(w->out, w->components, shown, SCHEMA_OUTPUT);
	buf_char(w->out, ',');
	buf_str(w->out, w->is_raw ? STR("") : type);
	write_text(w->out, "\"title\":",
		title_of(w->arena, arena_printf(w->arena, "Response %s", id.ptr)).ptr);
	buf_char(w->out, '}');
}

/* The schema of the answer's content. id is the operation's. */
static void write_result(struct writing *w, const struct operation *o, struct str id)
{
	const struct list_rules *page = operation_page(o);

	if (o->answer_schema)
		buf_str(w->out, str_from(o->answer_schema));
	else if (page)
		buf_printf(w->out, "{\"$ref\":\"#/components/schemas/%s\"}", page->page_schema);
	else if (o->answer == ANSWER_ROWS)
		write_rows(w, o->shown, id);
	else if (o->answer == ANSWER_ROW)
		components_write_ref(w->out, w->components, o->shown, SCHEMA_OUTPUT);
	else
		buf_str(w->out, STR("{}"));
}

/* Responses. */

/* What the declaration says of the response to a success: another description. */
static void write_description(struct buf *out, const struct json *declared)
{
	const struct json *text = declared && declared->type == JSON_OBJECT
					  ? json_get(declared, STR("description"))
					  : NULL;

	buf_str(out, STR("{\"description\":"));
	json_write_string(
		out, text && text->type == JSON_STRING ? text->text : STR("Successful Response"));
}

static void write_further(struct buf *out, const struct json *responses, struct str success)
{
	for (const struct json *k = responses->first; k; k = k->next->next) {
		if (str_equal(k->text, success))
			continue;
		buf_char(out, ',');
		json_write_string(out, k->text);
		buf_char(out, ':');
		json_write(out, k->next);
	}
}

static void write_responses(struct writing *w, const struct operation *o, struct str id)
{
	struct str status = arena_printf(w->arena, "%d", o->status);
	const struct json *responses = operation_responses(o, w->arena);

	buf_printf(w->out, ",\"responses\":{\"%s\":", status.ptr);
	write_description(w->out, responses ? json_get(responses, status) : NULL);
	if (o->answer != ANSWER_NOTHING) {
		buf_str(w->out, STR(",\"content\":{\"application/json\":{\"schema\":"));
		write_result(w, o, id);
		buf_str(w->out, STR("}}"));
	}
	buf_char(w->out, '}');
	if (responses)
		write_further(w->out, responses, status);
	if (operation_validates(w->endpoint, o))
		buf_str(w->out, STR(",\"422\":{\"description\":\"Validation Error\",\"content\":"
				    "{\"application/json\":{\"schema\":{\"$ref\":"
				    "\"#/components/schemas/HTTPValidationError\"}}}}"));
	buf_char(w->out, '}');
}

/* Paths. */

static void write_operation(struct writing *w, const struct operation *o)
{
	struct heading heading = {
		.name = o->name,
		.summary = o->summary,
		.id = o->id,
		.description = o->description,
		.tags = o->tags,
		.ntags = o->ntags,
		.deprecated = o->deprecated,
	};
	struct str id = write_heading(w, action_method(o->action), &heading);

	if (has_parameters(w->endpoint, o))
		write_parameters(w, o);
	if (o->body)
		write_request_body(w, o);
	write_responses(w, o, id);
	write_end(w, &heading);
}

static void write_constant(struct writing *w, const struct constant *c)
{
	struct heading heading = {
		.name = c->name,
		.summary = c->summary,
		.id = c->id,
		.description = c->description,
		.tags = c->tags,
		.ntags = c->ntags,
	};

	write_heading(w, METHOD_GET, &heading);
	buf_printf(w->out,
		",\"responses\":{\"200\":{\"description\":\"Successful Response\",\"content\":"
		"{\"application/json\":{\"schema\":%s}}}}",
		c->answer_schema ? c->answer_schema : "{}");
	write_end(w, &heading);
}

/* The constant at an endpoint; NULL: none. */
static const struct constant *constant_of(const struct endpoint *e)
{
	bool is_constant = e->methods >> METHOD_GET & 1 && !e->operations[METHOD_GET] &&
			   !e->asset && e->document >= DOCUMENT__COUNT;

	return is_constant ? &api->constants[e->document - DOCUMENT__COUNT] : NULL;
}

static bool has_method(const struct endpoint *e, unsigned method)
{
	return method != METHOD_HEAD &&
	       (e->operations[method] || (method == METHOD_GET && constant_of(e)));
}

static bool is_raw(const struct endpoint *e)
{
	for (unsigned m = 0; m < ENDPOINT_METHODS; m++)
		if (e->operations[m] && has_parameters(e, e->operations[m]))
			return true;
	return false;
}

/* The method that is declared next after a rank; ENDPOINT_METHODS: none. */
static unsigned next_method(const struct endpoint *e, int after)
{
	unsigned next = ENDPOINT_METHODS;

	for (unsigned m = 0; m < ENDPOINT_METHODS; m++)
		if (has_method(e, m) && e->ranks[m] > after &&
			(next == ENDPOINT_METHODS || e->ranks[m] < e->ranks[next]))
			next = m;
	return next;
}

static void write_path(struct writing *w)
{
	const struct endpoint *e = w->endpoint;

	write_text(w->out, "", e->path);
	buf_str(w->out, STR(":{"));
	for (unsigned m = next_method(e, -1), first = m; m < ENDPOINT_METHODS;
		m = next_method(e, e->ranks[m])) {
		buf_str(w->out, m == first ? STR("") : STR(","));
		if (e->operations[m])
			write_operation(w, e->operations[m]);
		else
			write_constant(w, constant_of(e));
	}
	buf_char(w->out, '}');
}

static void write_paths(struct writing *w, const struct routes *routes)
{
	bool first = true;

	buf_str(w->out, STR("\"paths\":{"));
	for (unsigned i = 0; i < routes->count; i++) {
		w->endpoint = &routes->endpoints[i];
		w->is_raw = is_raw(w->endpoint);
		if (next_method(w->endpoint, -1) == ENDPOINT_METHODS)
			continue;
		buf_str(w->out, first ? STR("") : STR(","));
		write_path(w);
		first = false;
	}
	buf_char(w->out, '}');
}

void openapi_write(
	struct buf *out, const struct routes *routes, struct str root, struct arena *arena)
{
	struct writing w = { .out = out, .arena = arena };

	w.components = components_collect(routes, arena);
	write_text(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":", api->title);
	if (api->description)
		write_text(out, ",\"description\":", api->description);
	write_text(out, ",\"version\":", api->version);
	buf_str(out, STR("},"));
	if (root.len > 0) {
		buf_str(out, STR("\"servers\":[{\"url\":"));
		json_write_string(out, root);
		buf_str(out, STR("}],"));
	}
	write_paths(&w, routes);
	components_write(out, w.components);
	buf_char(out, '}');
}
