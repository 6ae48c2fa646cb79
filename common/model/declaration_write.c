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
	write_word(out, RESOURCE_INDENT, "on_delete",
		declaration_on_delete_word(r->fields[r->parent_field].on_delete));
	declaration_write_parent_field(out, RESOURCE_INDENT, r);
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

static void write_resource(
	struct buf *out, const struct api *a, const struct resource *r, int number)
{
	buf_printf(out, "    \"%s\": {\n", r->name);
	write_word(out, RESOURCE_INDENT, "plural", r->plural);
	write_word(out, RESOURCE_INDENT, "table", r->table);
	write_word(out, RESOURCE_INDENT, "schema", r->schema);
	declaration_write_key(out, RESOURCE_INDENT, r);
	declaration_write_place(out, RESOURCE_INDENT, a, r);
	write_relation(out, r);
	declaration_write_failures(out, RESOURCE_INDENT, r);
	declaration_write_list(out, RESOURCE_INDENT, r);
	declaration_write_operations(out, RESOURCE_INDENT, a, r);
	declaration_write_schemas(out, RESOURCE_INDENT, r);
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
	declaration_write_top(out, "  ", a);
	buf_str(out, STR(",\n  \"resources\": {\n"));
	for (unsigned i = 0; i < a->nresources; i++) {
		buf_str(out, i ? STR(",\n") : STR(""));
		write_resource(out, a, a->resources[i], numbers ? (int)numbers[i] : -1);
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

uint64_t api_fingerprint(const struct api *a)
{
	uint64_t hash = FNV_BEGIN;
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	declaration_write_brief(&text, a);
	if (text.failed)
		log_die("out of memory: the canonical form of a declaration");
	struct str bytes = buf_view(&text);
	for (size_t i = 0; i < bytes.len; i++)
		hash = fnv_byte(hash, (unsigned char)bytes.ptr[i]);
	buf_done(&text);
	return hash;
}
