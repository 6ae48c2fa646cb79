#include "request_parts.h"

#include "body_json.h"
#include "field_value.h"
#include "operation_http.h"
#include "splitmix.h"

/* Rows. */

static struct key_pair absent_row(const struct resource *r)
{
	struct str key = r->fields[RESOURCE_KEY].type == FIELD_UUID
				 ? STR("01234567-89ab-4def-8123-456789abcdef")
				 : STR("999999999");

	return (struct key_pair){ { key, key } };
}

bool parts_pick_row(struct comparison *c, const struct resource *r, struct key_pair *key)
{
	unsigned count = key_pairs_count(c->pairs, r);

	*key = count > 0 ? key_pairs_at(c->pairs, r, (unsigned)splitmix_below(&c->random, count))
			 : absent_row(r);
	return count > 0;
}

/* Paths. */

struct path {
	struct comparison *comparison;
	const struct operation *operation;
	struct part *part;
	bool has_row;
};

static void write_part(struct paired *out, unsigned nth, void *context)
{
	struct path *path = context;
	const struct resource *r = operation_parameter(path->operation, nth);
	struct key_pair key;

	if (path->part->text && path->part->nth == nth) {
		paired_encoded(out, *path->part->text);
		return;
	}
	if (!r)
		return;
	if (nth == 0 && path->part->given)
		key = *path->part->given;
	else
		parts_pick_row(path->comparison, r, &key);
	if (!path->has_row)
		path->part->row = key;
	path->has_row = true;
	paired_key(out, key, false);
}

void parts_write_path(struct comparison *c, const struct operation *operation, struct part *part,
	struct paired *out)
{
	struct path path = { c, operation, part, false };

	operation_write_path(operation, write_part, &path, out);
}

/* Bodies. */

static void write_row(struct comparison *c, const struct resource *to, struct paired *out)
{
	struct key_pair key;

	parts_pick_row(c, to, &key);
	paired_key(out, key, to->fields[RESOURCE_KEY].type == FIELD_UUID);
}

static void write_rows(struct comparison *c, const struct resource *to, struct paired *out)
{
	paired_str(out, STR("["));
	write_row(c, to, out);
	paired_str(out, STR("]"));
}

static void write_value(
	struct comparison *c, const struct schema *schema, unsigned m, struct paired *out)
{
	const struct field *f = schema->members[m].field;
	struct arena arena = { 0 };

	if (f->to)
		write_row(c, f->to, out);
	else if (f->links)
		write_rows(c, f->links->to, out);
	else
		paired_str(out, field_value(&arena, f, splitmix_next(&c->random) >> 20));
	arena_done(&arena);
}

unsigned parts_next_member(const struct schema *body, unsigned from)
{
	while (from < body->nmembers && body->members[from].kind != MEMBER_FIELD)
		from++;
	return from;
}

void parts_write_body(struct comparison *c, const struct operation *operation, part_chooser *choose,
	void *context, struct paired *out)
{
	const struct schema *body = operation->body;
	const char *separator = "{";
	struct str json;

	for (unsigned m = parts_next_member(body, 0); m < body->nmembers;
		m = parts_next_member(body, m + 1)) {
		enum part_choice choice = choose ? choose(context, m, &json) : PART_VALID;
		if (choice == PART_ABSENT)
			continue;
		paired_str(out, str_from(separator));
		paired_str(out, STR("\""));
		paired_str(out, str_from(body->members[m].name));
		paired_str(out, STR("\":"));
		if (choice == PART_GIVEN)
			paired_str(out, json);
		else
			write_value(c, body, m, out);
		separator = ",";
	}
	paired_str(out, *separator == '{' ? STR("{}") : STR("}"));
}

struct str parts_plain(struct arena *arena, struct str json)
{
	const struct json *value = body_json(arena, json);

	return value && value->type == JSON_STRING ? value->text : json;
}
