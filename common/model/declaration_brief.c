/* The brief form. */
#include "declaration_reading.h"

#include "json_write.h"

static void write_text(struct buf *out, struct str word, const char *text)
{
	json_write_plain(out, word);
	buf_char(out, ':');
	json_write_string(out, str_from(text));
	buf_char(out, ',');
}

static void write_relation(struct buf *out, const struct resource *r)
{
	if (!r->parent)
		return;
	enum on_delete on_delete = r->fields[r->parent_field].on_delete;
	write_text(out, STR("parent"), r->parent->name);
	if (r->embedded)
		buf_str(out, STR("\"embedded\":true,"));
	if (on_delete != ON_DELETE_CASCADE)
		write_text(out, STR("on_delete"), declaration_on_delete_word(on_delete));
	declaration_write_parent_field(out, "", r);
}

static void write_number(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("\"number\":"));
	buf_int(out, r->number);
	buf_char(out, ',');
}

/* All fields but id and the parent's key, which are implied. */
static void write_fields(struct buf *out, const struct resource *r)
{
	struct str comma = STR("");

	buf_str(out, STR("\"fields\":{"));
	for (unsigned i = 0; i < r->nfields; i++) {
		if (r->fields[i].flags & (FIELD_KEY | FIELD_PARENT))
			continue;
		buf_str(out, comma);
		json_write_plain(out, str_from(r->fields[i].name));
		buf_char(out, ':');
		declaration_write_field_briefly(out, &r->fields[i]);
		comma = STR(",");
	}
	buf_str(out, STR("}}"));
}

static void write_resource(struct buf *out, const struct api *a, const struct resource *r)
{
	json_write_plain(out, str_from(r->name));
	buf_str(out, STR(":{"));
	write_text(out, STR("plural"), r->plural);
	write_text(out, STR("table"), r->table);
	write_text(out, STR("schema"), r->schema);
	declaration_write_key_briefly(out, r);
	declaration_write_place(out, "", a, r);
	write_relation(out, r);
	write_number(out, r);
	declaration_write_failures(out, "", r);
	declaration_write_list(out, "", r);
	if (!declaration_has_default_operations(r))
		declaration_write_operations(out, "", a, r);
	declaration_write_schemas(out, "", r);
	write_fields(out, r);
}

void declaration_write_brief(struct buf *out, const struct api *a)
{
	buf_char(out, '{');
	write_text(out, STR("title"), a->title);
	write_text(out, STR("version"), a->version);
	declaration_write_top(out, "", a);
	buf_str(out, STR(",\"resources\":{"));
	for (unsigned i = 0; i < a->nresources; i++) {
		buf_str(out, i ? STR(",") : STR(""));
		write_resource(out, a, a->resources[i]);
	}
	buf_str(out, STR("}}\n"));
}
