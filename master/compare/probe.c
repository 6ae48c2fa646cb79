#include "probe.h"

#include "field_samples.h"
#include "operation_http.h"
#include "request_parts.h"
#include "splitmix.h"

#include <stdio.h>

#define JSON_TYPE "application/json"

bool probe_is_allowed(const struct comparison *c, const struct operation *operation)
{
	return c->writes || strcmp(operation_method(operation), "GET") == 0;
}

/* One request of an operation. */
struct probe {
	struct comparison *comparison;
	const struct operation *operation;
	struct request request;
	struct part part;
	struct arena arena; /* of the samples */
};

static void begin(struct probe *p, const char *method, const char *what)
{
	request_init(&p->request, method, what);
	p->request.operation = p->operation;
	p->part = (struct part){ 0 };
}

/* Says what is special: "title: max_length + 1". */
static void name(struct probe *p, const char *of, const char *what)
{
	p->request.what = arena_printf(&p->arena, "%s: %s", of, what).ptr;
}

static void write_path(struct probe *p)
{
	parts_write_path(p->comparison, p->operation, &p->part, &p->request.target);
}

static void write_chosen_body(struct probe *p, part_chooser *choose, void *context)
{
	if (!p->operation->body)
		return;
	parts_write_body(p->comparison, p->operation, choose, context, &p->request.body);
	p->request.has_body = true;
	p->request.content_type = JSON_TYPE;
}

static void write_body(struct probe *p)
{
	write_chosen_body(p, NULL, NULL);
}

static bool is_done(const struct probe *p, const struct peer_answer answers[PEERS])
{
	return answers[PEER_OLD].status == p->operation->status &&
	       answers[PEER_NEW].status == p->operation->status;
}

/* Sends the request and frees it. */
static void end(struct probe *p)
{
	struct peer_answer answers[PEERS];

	if (comparison_ask(p->comparison, &p->request, SCOPE_ANSWER, answers) &&
		p->operation->action == ACTION_DELETE && p->part.row.at[PEER_OLD].ptr &&
		is_done(p, answers))
		key_pairs_remove(p->comparison->pairs, p->operation->resource, p->part.row);
	request_done(&p->request);
}

static void end_valid(struct probe *p)
{
	write_path(p);
	write_body(p);
	end(p);
}

static const char *method_of(const struct probe *p)
{
	return operation_method(p->operation);
}

/* Keys. */

/* True if both servers answer a request for this key alike: they have the same keys, or the text
 * cannot be the key of a row. */
static bool is_comparable(const struct comparison *c, struct str key)
{
	return key_pairs_are_equal(c->pairs) || strcspn(key.ptr, "123456789") == key.len ||
	       key.len > 10;
}

/* A sample that is the key of a row is one of another row on the other server. */
static bool names_row(const struct probe *p, const struct field *f, struct str json)
{
	return f->to && !is_comparable(p->comparison, json);
}

static void probe_key(
	struct probe *p, unsigned nth, const struct field *key, const struct field_sample *sample)
{
	struct str text = parts_plain(&p->arena, sample->json);

	text = arena_copy(&p->arena, text);
	if (text.len == 0 || !is_comparable(p->comparison, text))
		return;
	begin(p, method_of(p), "");
	name(p, key->name, sample->what);
	p->part.nth = nth;
	p->part.text = &text;
	end_valid(p);
}

static void probe_keys(struct probe *p)
{
	const struct resource *r;

	for (unsigned nth = 0; (r = operation_parameter(p->operation, nth)); nth++) {
		const struct field *key = &r->fields[RESOURCE_KEY];
		struct field_samples samples =
			field_samples(&p->arena, key, splitmix_next(&p->comparison->random) >> 20);
		for (unsigned i = 0; i < samples.count; i++)
			probe_key(p, nth, key, &samples.list[i]);
	}
}

/* Queries. */

static void write_parameter(struct probe *p, const char *before, const char *name, struct str json)
{
	paired_str(&p->request.target, str_from(before));
	paired_encoded(&p->request.target, str_from(name));
	paired_str(&p->request.target, STR("="));
	paired_encoded(&p->request.target, parts_plain(&p->arena, json));
}

static void probe_parameter(struct probe *p, const struct field *f)
{
	struct field_samples samples =
		field_samples(&p->arena, f, splitmix_next(&p->comparison->random) >> 20);

	for (unsigned i = 0; i < samples.count; i++) {
		if (names_row(p, f, samples.list[i].json))
			continue;
		begin(p, method_of(p), "");
		name(p, f->name, samples.list[i].what);
		write_path(p);
		write_parameter(p, "?", f->name, samples.list[i].json);
		end(p);
	}
	if (samples.count < 2)
		return;
	begin(p, method_of(p), "");
	name(p, f->name, "given twice");
	write_path(p);
	write_parameter(p, "?", f->name, samples.list[0].json);
	write_parameter(p, "&", f->name, samples.list[1].json);
	end(p);
}

/* A reference compares with the key of a row. */
static void probe_reference(struct probe *p, const struct field *f)
{
	struct key_pair key;

	if (!f->to)
		return;
	begin(p, method_of(p), "");
	name(p, f->name, "a row");
	write_path(p);
	parts_pick_row(p->comparison, f->to, &key);
	write_parameter(p, "?", f->name, STR(""));
	paired_key(&p->request.target, key, false);
	end(p);
}

static void probe_query(struct probe *p)
{
	const struct list_rules *rules = p->operation->resource->list;

	begin(p, method_of(p), "an unknown parameter");
	write_path(p);
	paired_str(&p->request.target, STR("?unknown=1"));
	end(p);
	for (unsigned i = 0; p->operation->answer == ANSWER_ROWS && rules && i < rules->nparameters;
		i++) {
		probe_parameter(p, &rules->parameters[i].field);
		probe_reference(p, &rules->parameters[i].field);
	}
}

/* Bodies. */

/* A body whose other members are valid. */
struct special {
	unsigned member;
	const struct str *json; /* NULL: absent */
};

static enum part_choice choose_special(void *context, unsigned member, struct str *json)
{
	const struct special *special = context;

	if (member != special->member)
		return PART_VALID;
	if (!special->json)
		return PART_ABSENT;
	*json = *special->json;
	return PART_GIVEN;
}

static void end_special(struct probe *p, unsigned m, const struct str *json)
{
	write_path(p);
	write_chosen_body(p, choose_special, &(struct special){ m, json });
	end(p);
}

static void probe_sample(struct probe *p, unsigned m, const struct field_sample *sample)
{
	const struct member *member = &p->operation->body->members[m];

	if (names_row(p, member->field, sample->json))
		return;
	begin(p, method_of(p), "");
	name(p, member->name, sample->what);
	end_special(p, m, &sample->json);
}

static void probe_member(struct probe *p, unsigned m)
{
	const struct member *member = &p->operation->body->members[m];
	struct field_samples samples = field_samples(
		&p->arena, member->field, splitmix_next(&p->comparison->random) >> 20);

	begin(p, method_of(p), "");
	name(p, member->name, "missing");
	end_special(p, m, NULL);
	for (unsigned i = 0; i < samples.count; i++)
		probe_sample(p, m, &samples.list[i]);
}

static void probe_members(struct probe *p)
{
	const struct schema *body = p->operation->body;

	for (unsigned m = parts_next_member(body, 0); m < body->nmembers;
		m = parts_next_member(body, m + 1))
		probe_member(p, m);
}

static const struct body_form {
	const char *what, *content_type;
	struct str body; /* ptr NULL: a valid one */
} body_forms[] = {
	{ "an empty body", JSON_TYPE, STR_INIT("") },
	{ "{}", JSON_TYPE, STR_INIT("{}") },
	{ "null", JSON_TYPE, STR_INIT("null") },
	{ "an array", JSON_TYPE, STR_INIT("[]") },
	{ "a text", JSON_TYPE, STR_INIT("\"text\"") },
	{ "a number", JSON_TYPE, STR_INIT("1") },
	{ "NaN", JSON_TYPE, STR_INIT("NaN") },
	{ "an unknown member", JSON_TYPE, STR_INIT("{\"unknown\":1}") },
	{ "no end", JSON_TYPE, STR_INIT("{\"a\":") },
	{ "no colon", JSON_TYPE, STR_INIT("{\"a\" 1}") },
	{ "a comma at the end", JSON_TYPE, STR_INIT("{\"a\":1,}") },
	{ "two values", JSON_TYPE, STR_INIT("{} {}") },
	{ "a bad escape", JSON_TYPE, STR_INIT("{\"a\":\"\\x\"}") },
	{ "a control character", JSON_TYPE, STR_INIT("{\"a\":\"\x01\"}") },
	{ "no UTF-8", JSON_TYPE, STR_INIT("{\"a\":\"\xff\"}") },
	{ "a byte order mark", JSON_TYPE, STR_INIT("\xEF\xBB\xBF{}") },
	{ "no content type", NULL, { NULL, 0 } },
	{ "plain text", "text/plain", { NULL, 0 } },
	{ "a form", "application/x-www-form-urlencoded", { NULL, 0 } },
	{ "another JSON type", "application/vnd.api+json", { NULL, 0 } },
	{ "a charset", "application/json; charset=utf-8", { NULL, 0 } },
	{ "upper case", "APPLICATION/JSON", { NULL, 0 } },
};

static void probe_body_form(struct probe *p, const struct body_form *form)
{
	begin(p, method_of(p), "");
	name(p, "body", form->what);
	write_path(p);
	if (form->body.ptr)
		paired_str(&p->request.body, form->body);
	else
		write_body(p);
	p->request.has_body = true;
	p->request.content_type = form->content_type;
	end(p);
}

/* The second time, what has to be unique is taken. */
static void probe_twice(struct probe *p)
{
	begin(p, method_of(p), "valid");
	write_path(p);
	write_body(p);
	comparison_ask(p->comparison, &p->request, SCOPE_ANSWER, NULL);
	p->request.what = "the same again";
	end(p);
}

static void probe_bodies(struct probe *p)
{
	probe_twice(p);
	begin(p, method_of(p), "no body");
	write_path(p);
	end(p);
	for (size_t i = 0; i < NITEMS(body_forms); i++)
		probe_body_form(p, &body_forms[i]);
	probe_members(p);
}

/* Paths. */

static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE" };
enum { SAFE_METHODS = 3 /* the first ones */ };

static void probe_methods(struct probe *p)
{
	size_t count = p->comparison->writes ? NITEMS(methods) : SAFE_METHODS;

	for (size_t i = 0; i < count; i++) {
		if (operation_path_has(p->operation, methods[i]))
			continue;
		begin(p, methods[i], "another method");
		p->request.operation = NULL;
		write_path(p);
		end(p);
	}
}

/* The path with a slash at its end, or without the one that it has. */
static void probe_slash(struct probe *p)
{
	begin(p, method_of(p), "trailing slash");
	write_path(p);
	for (int side = 0; side < PEERS; side++) {
		struct buf *target = &p->request.target.at[side];
		struct str path = buf_view(target);
		if (path.len > 1 && path.ptr[path.len - 1] == '/')
			buf_truncate(target, path.len - 1);
		else
			buf_char(target, '/');
	}
	write_body(p);
	end(p);
}

/* All of it. */

static void probe_kinds(struct probe *p)
{
	if (operation_is_first_of_path(p->operation))
		probe_methods(p);
	if (!probe_is_allowed(p->comparison, p->operation))
		return;
	begin(p, method_of(p), "valid");
	end_valid(p);
	probe_slash(p);
	probe_keys(p);
	probe_query(p);
	if (p->operation->body)
		probe_bodies(p);
}

void probe_operation(struct comparison *c, const struct operation *operation)
{
	struct probe p = { .comparison = c, .operation = operation };

	if (!comparison_is_over(c))
		probe_kinds(&p);
	arena_done(&p.arena);
}

/* New rows. */

static void read_row(
	struct comparison *c, const struct operation *operation, const struct key_pair *key)
{
	struct probe p = { .comparison = c, .operation = operation };

	begin(&p, method_of(&p), "the new row");
	p.part.given = key;
	end_valid(&p);
	arena_done(&p.arena);
}

void probe_create(struct comparison *c, const struct operation *operation)
{
	const struct operation *read = operation->resource->by_action[ACTION_READ];
	unsigned before = key_pairs_count(c->pairs, operation->resource);
	struct probe p = { .comparison = c, .operation = operation };

	begin(&p, method_of(&p), "a new row");
	end_valid(&p);
	if (read && key_pairs_count(c->pairs, operation->resource) > before) {
		struct key_pair key = key_pairs_at(c->pairs, operation->resource, before);
		read_row(c, read, &key);
	}
	arena_done(&p.arena);
}

/* By chance. */

enum { ONE_IN_KEYS = 4, ONE_IN_PARAMETERS = 3, ONE_IN_MEMBERS = 3 };

static bool by_chance(struct probe *p, unsigned one_in)
{
	return splitmix_below(&p->comparison->random, one_in) == 0;
}

static struct str pick_sample(struct probe *p, const struct field *f)
{
	uint64_t *random = &p->comparison->random;
	struct field_samples samples = field_samples(&p->arena, f, splitmix_next(random) >> 20);

	return samples.list[splitmix_below(random, samples.count)].json;
}

static enum part_choice choose_member(void *context, unsigned member, struct str *json)
{
	struct probe *p = context;
	const struct field *f = p->operation->body->members[member].field;

	if (by_chance(p, 2 * ONE_IN_MEMBERS))
		return PART_ABSENT;
	if (!by_chance(p, ONE_IN_MEMBERS))
		return PART_VALID;
	*json = pick_sample(p, f);
	return names_row(p, f, *json) ? PART_VALID : PART_GIVEN;
}

static void choose_query(struct probe *p)
{
	const struct list_rules *rules = p->operation->resource->list;
	const char *before = "?";

	for (unsigned i = 0; p->operation->answer == ANSWER_ROWS && rules && i < rules->nparameters;
		i++) {
		const struct field *f = &rules->parameters[i].field;
		struct str json = pick_sample(p, f);
		if (!by_chance(p, ONE_IN_PARAMETERS) || names_row(p, f, json))
			continue;
		write_parameter(p, before, f->name, json);
		before = "&";
	}
}

static void choose_key(struct probe *p, struct str *text)
{
	const struct resource *r = operation_parameter(p->operation, 0);

	if (!r || !by_chance(p, ONE_IN_KEYS))
		return;
	*text = arena_copy(
		&p->arena, parts_plain(&p->arena, pick_sample(p, &r->fields[RESOURCE_KEY])));
	if (text->len > 0 && is_comparable(p->comparison, *text))
		p->part.text = text;
}

void probe_random(struct comparison *c, const struct operation *operation)
{
	struct probe p = { .comparison = c, .operation = operation };
	struct str text;

	if (!probe_is_allowed(c, operation))
		return;
	begin(&p, method_of(&p), "by chance");
	choose_key(&p, &text);
	write_path(&p);
	choose_query(&p);
	write_chosen_body(&p, choose_member, &p);
	end(&p);
	arena_done(&p.arena);
}
