/* Writes the schemas of a resource. */
#include "declaration_reading.h"

#include "json_write.h"

static void write_embed(struct buf *out, const struct member *m)
{
	struct words_out w = { .out = out };
	bool may_have_preset = m->kind != MEMBER_ONE || m->field->flags & FIELD_NULLABLE;

	buf_printf(out, "{\"%s\": {", m->name);
	if (m->kind == MEMBER_MANY || m->reverse)
		declaration_write_text(&w, "of", m->of->name);
	declaration_write_text(&w, "by", m->field->name);
	declaration_write_text(&w, "as", m->schema->name);
	if (may_have_preset && !m->has_preset)
		declaration_write_json(&w, "required", "true");
	buf_str(out, STR("}}"));
}

static void write_member(struct buf *out, const struct resource *r, const struct member *m)
{
	if (m->kind != MEMBER_FIELD) {
		write_embed(out, m);
		return;
	}
	if (m->field == &r->fields[m->index]) {
		json_write_plain(out, str_from(m->name));
		return;
	}
	buf_printf(out, "{\"%s\": ", m->name);
	declaration_write_override(out, m->field, &r->fields[m->index]);
	buf_char(out, '}');
}

static void write_schema(struct buf *out, const struct schema *schema)
{
	buf_printf(out, "\"%s\": [", schema->name);
	for (unsigned i = 0; i < schema->nmembers; i++) {
		buf_str(out, i ? STR(", ") : STR(""));
		write_member(out, schema->resource, &schema->members[i]);
	}
	buf_char(out, ']');
}

void declaration_write_schemas(struct buf *out, const char *indent, const struct resource *r)
{
	struct str comma = STR("");

	for (unsigned i = 0; i < r->nschemas; i++) {
		if (!r->schemas[i].declared)
			continue;
		if (comma.len == 0)
			buf_printf(out, "%s\"schemas\": {", indent);
		buf_str(out, comma);
		buf_printf(out, "\n%s  ", indent);
		write_schema(out, &r->schemas[i]);
		comma = STR(",");
	}
	if (comma.len)
		buf_printf(out, "\n%s},\n", indent);
}
