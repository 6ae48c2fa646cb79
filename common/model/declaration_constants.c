/* Paths with fixed answers: `home` and `constants`. */
#include "declaration_reading.h"

#include "json_write.h"

#define HOME_PATH "/"
#define HOME_NAME "home"

static bool name_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	return reading_name(r, spot, &constant->name);
}

static bool answer_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	constant->answer = reading_json(r, spot);
	return true;
}

static bool tags_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	return reading_tags(r, spot, &constant->tags, &constant->ntags);
}

static bool summary_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	return reading_line(r, spot, &constant->summary);
}

static bool id_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	return reading_line(r, spot, &constant->id);
}

static bool description_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	return reading_lines(r, spot, &constant->description);
}

static bool schema_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	return reading_json_object(r, spot, &constant->answer_schema);
}

static bool last_read(struct reading *r, const struct spot *spot, struct constant *constant)
{
	return reading_bool(r, spot, &constant->last);
}

static const struct word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct constant *constant);
} words[] = {
	{ "name", name_read },
	{ "answer", answer_read },
	{ "tags", tags_read },
	{ "summary", summary_read },
	{ "operation_id", id_read },
	{ "description", description_read },
	{ "schema", schema_read },
	{ "last", last_read },
};

#define WORDS "name, answer, tags, summary, operation_id, description, schema, last"

static bool read_word(struct reading *r, const struct spot *spot, struct constant *constant)
{
	for (size_t i = 0; i < NITEMS(words); i++)
		if (str_equal(spot->name, str_from(words[i].name)))
			return words[i].read(r, spot, constant);
	return reading_refuse_key(r, spot, STR(WORDS));
}

/* The path is the key. */
static bool read_path(struct reading *r, const struct spot *spot, struct constant *constant)
{
	const struct spot *path = spot_child(r, spot->in, spot->name, spot->key, spot->key);

	return declaration_read_path(r, path, "", 0, &constant->path);
}

static bool read_constant(struct reading *r, const struct spot *spot, struct constant *constant)
{
	if (!read_path(r, spot, constant) || !reading_object(r, spot) ||
		!reading_has(r, spot, "name") || !reading_has(r, spot, "answer"))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_word(r, spot_child(r, spot, k->text, k, k->next), constant))
			return false;
	return true;
}

static bool read_home(struct reading *r, const struct spot *spot, struct constant *constant)
{
	*constant = (struct constant){ .path = HOME_PATH, .name = HOME_NAME };
	return reading_object(r, spot) && answer_read(r, spot, constant);
}

static bool has_home(const struct spot *home)
{
	return home->value && home->value->type != JSON_NULL;
}

bool declaration_read_constants(struct reading *r, const struct spot *top)
{
	struct spot home = spot_member(top, "home"), member = spot_member(top, "constants");
	unsigned n = 0;

	if (member.value && !reading_object(r, &member))
		return false;
	unsigned count = has_home(&home) + (member.value ? member.value->count : 0);
	struct constant *list = region_alloc(r->region, count * sizeof(*list));
	r->constant_spots = arena_calloc(r->arena, count, sizeof(struct spot *));
	r->api->constants = list;
	r->api->nconstants = count;
	if (has_home(&home)) {
		r->constant_spots[n] = spot_child(r, top, home.name, home.key, home.value);
		if (!read_home(r, &home, &list[n++]))
			return false;
	}
	if (!member.value)
		return true;
	const struct spot *spot = spot_child(r, top, member.name, member.key, member.value);
	for (const struct json *k = spot->value->first; k; k = k->next->next, n++) {
		r->constant_spots[n] = spot_child(r, spot, k->text, k, k->next);
		if (!read_constant(r, r->constant_spots[n], &list[n]))
			return false;
	}
	return true;
}

/* Writing. */

/* True if `home` says all of it. */
static bool is_home(const struct constant *c)
{
	return strcmp(c->path, HOME_PATH) == 0 && strcmp(c->name, HOME_NAME) == 0 && !c->summary &&
	       !c->id && !c->description && !c->ntags && !c->answer_schema && !c->last &&
	       c->answer[0] == '{';
}

static void write_constant(struct buf *out, const struct constant *c)
{
	struct words_out w = { .out = out };

	json_write_plain(out, str_from(c->path));
	buf_str(out, STR(": {"));
	declaration_write_text(&w, "name", c->name);
	declaration_write_json(&w, "answer", c->answer);
	if (c->ntags)
		declaration_write_tags(&w, "tags", c->tags, c->ntags);
	if (c->summary)
		declaration_write_text(&w, "summary", c->summary);
	if (c->id)
		declaration_write_text(&w, "operation_id", c->id);
	if (c->description)
		declaration_write_text(&w, "description", c->description);
	if (c->answer_schema)
		declaration_write_json(&w, "schema", c->answer_schema);
	if (c->last)
		declaration_write_json(&w, "last", "true");
	buf_char(out, '}');
}

void declaration_write_constants(struct buf *out, const char *indent, const struct api *a)
{
	unsigned i = a->nconstants > 0 && is_home(&a->constants[0]);

	buf_printf(out, "%s\"home\": ", indent);
	buf_str(out, i ? str_from(a->constants[0].answer) : STR("null"));
	if (i == a->nconstants)
		return;
	buf_printf(out, ",\n%s\"constants\": {", indent);
	for (struct str comma = STR(""); i < a->nconstants; i++) {
		buf_str(out, comma);
		buf_printf(out, "\n%s  ", indent);
		write_constant(out, &a->constants[i]);
		comma = STR(",");
	}
	buf_printf(out, "\n%s}", indent);
}
