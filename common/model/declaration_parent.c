/* The field with the parent's key: `parent_field`. */
#include "declaration_reading.h"

static bool name_read(struct reading *r, const struct spot *spot, struct field *f)
{
	return reading_name(r, spot, &f->name);
}

static bool in_read(struct reading *r, const struct spot *spot, struct field *f)
{
	struct str word = spot->value->type == JSON_STRING ? spot->value->text : STR("");
	bool in_body = str_equal(word, STR("body"));

	f->flags = in_body ? f->flags | FIELD_INPUT : f->flags & ~(unsigned)FIELD_INPUT;
	return in_body || str_equal(word, STR("path")) ||
	       reading_refuse_word(r, spot, STR("path, body"));
}

static bool nullable_read(struct reading *r, const struct spot *spot, struct field *f)
{
	bool on;

	if (!reading_bool(r, spot, &on))
		return false;
	f->flags = on ? f->flags | FIELD_NULLABLE : f->flags & ~(unsigned)FIELD_NULLABLE;
	return true;
}

static bool default_read(struct reading *r, const struct spot *spot, struct field *f)
{
	f->flags |= FIELD_PRESET;
	f->preset = value_null();
	return spot->value->type == JSON_NULL || reading_refuse_found(r, spot, "allowed is null");
}

static const struct word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct field *f);
} words[] = {
	{ "name", name_read },
	{ "in", in_read },
	{ "nullable", nullable_read },
	{ "default", default_read },
};

static bool read_word(struct reading *r, const struct spot *spot, struct field *f)
{
	for (size_t i = 0; i < NITEMS(words); i++)
		if (str_equal(spot->name, str_from(words[i].name)))
			return words[i].read(r, spot, f);
	return reading_refuse_key(r, spot, STR("name, in, nullable, default"));
}

/* Only a body can leave the key out. */
static bool check_default(struct reading *r, const struct spot *spot, const struct field *f)
{
	struct spot word = spot_member(spot, "default");

	if (!word.value || (f->flags & FIELD_NULLABLE && f->flags & FIELD_INPUT))
		return true;
	return reading_refuse_found(
		r, &word, "allowed only with \"in\": \"body\" and \"nullable\": true");
}

bool declaration_read_parent_field(struct reading *r, const struct spot *spot, struct field *f)
{
	if (!reading_object(r, spot))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_word(r, spot_child(r, spot, k->text, k, k->next), f))
			return false;
	return check_default(r, spot, f);
}

/* Writing. */

static bool has_default_name(const struct resource *r, const struct field *f)
{
	size_t n = strlen(r->parent->name);

	return strncmp(f->name, r->parent->name, n) == 0 && strcmp(f->name + n, "_id") == 0;
}

void declaration_write_parent_field(struct buf *out, const char *indent, const struct resource *r)
{
	const struct field *f = &r->fields[r->parent_field];
	struct words_out w = { .out = out };
	bool named = !has_default_name(r, f);

	if (!named && !(f->flags & (FIELD_INPUT | FIELD_NULLABLE)))
		return;
	buf_printf(out, "%s\"parent_field\": {", indent);
	if (named)
		declaration_write_text(&w, "name", f->name);
	if (f->flags & FIELD_INPUT)
		declaration_write_text(&w, "in", "body");
	if (f->flags & FIELD_NULLABLE)
		declaration_write_json(&w, "nullable", "true");
	if (f->flags & FIELD_PRESET)
		declaration_write_json(&w, "default", "null");
	buf_str(out, STR("},\n"));
}
