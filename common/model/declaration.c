#include "declaration.h"

#include "declaration_reading.h"
#include "json_place.h"
#include "json_read.h"
#include "json_text.h"

#include <errno.h>
#include <math.h>

/*
 * The most memory that a byte of a declaration can need: the shortest resource, 36 bytes, has
 * fields, schemas and operations of its own.
 */
enum { REGION_PER_BYTE = 256, REGION_AT_LEAST = 64 * 1024 };

/* The API, with the memory that it is in. */
struct declared {
	struct region region;
	struct api api;
};

/* The text. */

static bool refuse_syntax(struct reading *r, const struct json_error *error)
{
	size_t offset = 0, points = 0;

	for (; offset < r->text.len; offset++) {
		bool begins = (r->text.ptr[offset] & 0xc0) != 0x80;
		if (begins && points++ == error->position)
			break;
	}
	return reading_refuse_at(r, offset, "not valid JSON: %s", error->message);
}

static bool is_unusable(const struct json *node)
{
	if (node->type == JSON_STRING)
		return node->has_surrogate;
	return node->type == JSON_FLOAT && !isfinite(node->number);
}

/* What our reader accepts and no declaration can have. */
static bool check_nodes(struct reading *r)
{
	for (struct json_walk w = { r->root, NULL }; w.node; json_walk_on(&w))
		if (is_unusable(w.node))
			return reading_refuse_at(r, json_place_of(r->text, r->root, w.node),
				w.node->type == JSON_STRING
					? "found a lone surrogate; allowed is valid Unicode text"
					: "found NaN or a number out of range; allowed are the "
					  "numbers of RFC 8259 in the range of doubles");
	return true;
}

static bool parse(struct reading *r, struct str text)
{
	struct json_error error;
	size_t repeated;

	if (!json_text_decode(r->arena, text, &r->text)) {
		r->text = STR("");
		return reading_refuse_at(r, 0, "found bytes that are not text; allowed is UTF-8");
	}
	switch (json_read(r->arena, r->text, &r->root, &error)) {
	case JSON_SYNTAX:
		return refuse_syntax(r, &error);
	case JSON_REFUSED:
		return reading_refuse_at(
			r, 0, "nested too deeply, or a number with too many digits");
	case JSON_OK:
		break;
	}
	if (r->canonical)
		return true;
	if (json_place_repeated(r->arena, r->text, r->root, &repeated))
		return reading_refuse_at(r, repeated, "%.*s is declared twice in one object",
			STR_ARGS(json_place_token(r->text, repeated)));
	return check_nodes(r);
}

/* The words at the top. */

/* Tells editors where the JSON Schema of declarations is (api.schema.json). */
static bool schema_read(struct reading *r, const struct spot *spot)
{
	struct str ignored;

	return reading_text(r, spot, &ignored);
}

static bool title_read(struct reading *r, const struct spot *spot)
{
	return reading_line(r, spot, &r->api->title);
}

static bool version_read(struct reading *r, const struct spot *spot)
{
	return reading_line(r, spot, &r->api->version);
}

static bool description_read(struct reading *r, const struct spot *spot)
{
	return spot->value->type == JSON_NULL || reading_lines(r, spot, &r->api->description);
}

/* OpenAPI 3.1, 4.8.7. */
static bool is_component(struct str name)
{
	const struct str others = STR("._-");

	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i], lower = (char)(c | 0x20);
		if ((lower < 'a' || lower > 'z') && (c < '0' || c > '9') &&
			!memchr(others.ptr, c, others.len))
			return false;
	}
	return name.len > 0;
}

static bool schemas_read(struct reading *r, const struct spot *spot)
{
	if (!reading_object(r, spot))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		const struct spot *schema = spot_child(r, spot, k->text, k, k->next);
		if (!is_component(k->text))
			return reading_refuse_name(
				r, schema, "not a name; allowed are letters, digits and ._-");
		if (!reading_object(r, schema))
			return false;
	}
	return spot->value->count == 0 || reading_json_object(r, spot, &r->api->schemas);
}

static bool read_elsewhere(struct reading *r, const struct spot *spot)
{
	(void)r;
	(void)spot;
	return true;
}

static bool resources_read(struct reading *r, const struct spot *spot)
{
	if (!reading_object(r, spot))
		return false;
	if (spot->value->count > RESOURCES_MAX)
		return reading_refuse(r, spot, "found %u resources; allowed are at most %d",
			spot->value->count, RESOURCES_MAX);
	r->drafts = arena_calloc(r->arena, spot->value->count, sizeof(*r->drafts));
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!declaration_read_resource(
			    r, spot_child(r, spot, k->text, k, k->next), &r->drafts[r->ndrafts++]))
			return false;
	return true;
}

static const struct {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot);
} words[] = {
	{ "$schema", schema_read },
	{ "title", title_read },
	{ "version", version_read },
	{ "description", description_read },
	{ "prefix", read_elsewhere },
	{ "home", read_elsewhere },
	{ "constants", read_elsewhere },
	{ "schemas", schemas_read },
	{ "resources", resources_read },
};

#define WORDS "title, version, description, prefix, home, constants, schemas, resources"

static bool read_word(struct reading *r, const struct spot *spot)
{
	for (size_t i = 0; i < NITEMS(words); i++)
		if (str_equal(spot->name, str_from(words[i].name)))
			return words[i].read(r, spot);
	return reading_refuse_key(r, spot, STR(WORDS));
}

/* Before the resources: their paths begin with it. */
static bool read_prefix(struct reading *r, const struct spot *top)
{
	struct spot prefix = spot_member(top, "prefix");

	r->api->prefix = "";
	return !prefix.value || declaration_read_prefix(r, &prefix, &r->api->prefix);
}

static bool read_words(struct reading *r)
{
	const struct spot *top = spot_child(r, NULL, STR(""), NULL, r->root);

	r->api->title = "FastAPI";
	r->api->version = "0.1.0";
	if (!reading_object(r, top) || !reading_has(r, top, "resources") || !read_prefix(r, top))
		return false;
	for (const struct json *k = r->root->first; k; k = k->next->next)
		if (!read_word(r, spot_child(r, top, k->text, k, k->next)))
			return false;
	if (!declaration_read_constants(r, top) || !declaration_link(r) ||
		!declaration_read_links(r) || !declaration_read_lists(r) ||
		!declaration_arrange(r) || !declaration_complete(r))
		return false;
	return r->canonical || (declaration_check_names(r) && declaration_check_paths(r));
}

/* The whole. */

static bool read_into(struct reading *r, struct str text, size_t most)
{
	if (text.len > most)
		return reading_refuse_at(
			r, 0, "found %zu bytes; allowed are at most %zu", text.len, most);
	return parse(r, text) && read_words(r);
}

static struct api *no_memory(const char *file, struct buf *error)
{
	buf_printf(error, "%s: no memory: %s", file, strerror(errno));
	return NULL;
}

struct api *reading_whole(struct str text, const char *file, struct buf *error, bool canonical,
	pattern_checker *check_pattern)
{
	size_t most = canonical ? DECLARATION_CANONICAL_MOST : DECLARATION_MOST;
	size_t size = text.len < most ? text.len : most;
	struct arena arena = { 0 };
	struct region region;

	if (!region_init(&region, REGION_AT_LEAST + size * REGION_PER_BYTE))
		return no_memory(file, error);
	struct declared *declared = region_alloc(&region, sizeof(*declared));
	declared->region = region;
	struct reading r = {
		.arena = &arena,
		.region = &declared->region,
		.file = file,
		.error = error,
		.canonical = canonical,
		.check_pattern = check_pattern,
		.api = &declared->api,
	};
	bool good = read_into(&r, text, most);
	arena_done(&arena);
	if (good)
		declared->api.fingerprint = api_fingerprint(&declared->api);
	if (good && region_seal(&declared->region))
		return &declared->api;
	region_done(&region);
	return good ? no_memory(file, error) : NULL;
}

struct api *declaration_read_canonical(struct str text, const char *file, struct buf *error)
{
	return reading_whole(text, file, error, true, NULL);
}

void declaration_free(const struct api *unused)
{
	if (!unused)
		return;
	struct region region =
		((const struct declared *)((const char *)unused - offsetof(struct declared, api)))
			->region;
	region_done(&region);
}
