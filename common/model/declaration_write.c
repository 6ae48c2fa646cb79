/* The canonical form. */
#include "declaration_reading.h"

#include "fnv.h"
#include "json_write.h"
#include "log.h"

static void write_word(struct buf *out, const char *indent, const char *word, const char *text)
{
	buf_printf(out, "%s\"%s\": ", indent, word);
	json_write_string(out, str_from(text));
	buf_str(out, STR(",\n"));
}

#define RESOURCE_INDENT "      "

static void write_relation(struct buf *out, const struct resource *r)
{
	if (!r->parent) {
		buf_str(out, STR(RESOURCE_INDENT "\"parent\": null,\n"));
		return;
	}
	write_word(out, RESOURCE_INDENT, "parent", r->parent->name);
	buf_printf(out, RESOURCE_INDENT "\"embedded\": %s,\n", r->embedded ? "true" : "false");
	write_word(out, RESOURCE_INDENT, "on_delete", r->restricts ? "restrict" : "cascade");
}

/* All fields but id and the parent's key, which are implied. */
static void write_fields(struct buf *out, const struct resource *r)
{
	struct str comma = STR("");

	buf_str(out, STR(RESOURCE_INDENT "\"fields\": {"));
	for (unsigned i = 0; i < r->nfields; i++) {
		if (r->fields[i].flags & (FIELD_KEY | FIELD_PARENT))
			continue;
		buf_str(out, comma);
		buf_str(out, STR("\n        "));
		json_write_plain(out, str_from(r->fields[i].name));
		buf_str(out, STR(": "));
		declaration_write_field(out, &r->fields[i], true);
		comma = STR(",");
	}
	buf_str(out, STR("\n      }"));
}

static void write_resource(struct buf *out, const struct resource *r, int number)
{
	buf_printf(out, "    \"%s\": {\n", r->name);
	write_word(out, RESOURCE_INDENT, "plural", r->plural);
	write_word(out, RESOURCE_INDENT, "table", r->table);
	write_word(out, RESOURCE_INDENT, "schema", r->schema);
	write_relation(out, r);
	if (number >= 0)
		buf_printf(out, RESOURCE_INDENT "\"number\": %d,\n", number);
	write_fields(out, r);
	buf_str(out, STR("\n    }"));
}

void declaration_write_numbered(struct buf *out, const struct api *a, const unsigned *numbers)
{
	buf_str(out, STR("{\n"));
	write_word(out, "  ", "title", a->title);
	write_word(out, "  ", "version", a->version);
	buf_printf(out, "  \"home\": ");
	buf_str(out, a->home ? str_from(a->home) : STR("null"));
	buf_str(out, STR(",\n  \"resources\": {\n"));
	for (unsigned i = 0; i < a->nresources; i++) {
		buf_str(out, i ? STR(",\n") : STR(""));
		write_resource(out, a->resources[i], numbers ? (int)numbers[i] : -1);
	}
	buf_str(out, STR("\n  }\n}\n"));
}

void declaration_write(struct buf *out, const struct api *a)
{
	unsigned numbers[RESOURCES_MAX];
	bool in_order = true;

	for (unsigned i = 0; i < a->nresources; i++) {
		numbers[i] = a->resources[i]->number;
		in_order = in_order && numbers[i] == i;
	}
	declaration_write_numbered(out, a, in_order ? NULL : numbers);
}

static uint64_t hash_text(uint64_t hash, const struct buf *text)
{
	struct str bytes = buf_view(text);

	if (text->failed)
		log_die("out of memory: the canonical form of a declaration");
	for (size_t i = 0; i < bytes.len; i++)
		hash = fnv_byte(hash, (unsigned char)bytes.ptr[i]);
	return hash;
}

uint64_t api_fingerprint(const struct api *a)
{
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	declaration_write(&text, a);
	uint64_t hash = hash_text(FNV_BEGIN, &text);
	buf_done(&text);
	return hash;
}

/* Bounds are left out, so that an API with looser ones shows a row as before. */
static void write_shape(struct buf *out, const struct resource *r)
{
	buf_printf(out, "%s %s\n", r->name, r->plural);
	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		buf_printf(out, "%s %d %u %u %u ", f->name, (int)f->type,
			f->flags & (FIELD_HIDDEN | FIELD_TIMEZONE), f->digits, f->places);
		if (f->choices)
			declaration_write_choices(out, f);
		buf_str(out, STR("\n"));
	}
}

uint64_t declaration_shape(const struct resource *r)
{
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	write_shape(&text, r);
	uint64_t hash = hash_text(FNV_BEGIN, &text);
	buf_done(&text);
	for (const struct resource *c = r->first_embedded; c; c = c->next_embedded) {
		hash = fnv_number(hash, (uint32_t)c->shape);
		hash = fnv_number(hash, (uint32_t)(c->shape >> 32));
	}
	return hash;
}
