#include "recorded_types.h"

#include "declaration.h"
#include "json_read.h"
#include "json_write.h"
#include "source_file.h"

#include <err.h>
#include <stdlib.h>

#define FILE_NAME "tests/contract/types/types.json"

/* Adds a resource with the field, unless the member describes no type. */
static void add_type(struct recorded_types *types, struct buf *declaration, const struct json *key)
{
	const struct json *field = json_get(key->next, STR("field"));

	if (!field)
		return;
	if (types->count == RECORDED_TYPES_MOST)
		errx(EXIT_FAILURE, FILE_NAME ": more than %d types", RECORDED_TYPES_MOST);
	buf_printf(declaration, "%s\"t%u\":{\"fields\":{\"v\":", types->count ? "," : "",
		types->count);
	json_write_whole(declaration, field);
	buf_str(declaration, STR("}}"));
	types->names[types->count++] = key->text;
}

static const struct api *declare(struct str text)
{
	struct buf error;

	buf_init(&error, DECLARATION_MOST);
	const struct api *declared = declaration_read(text, FILE_NAME, &error);
	if (!declared)
		errx(EXIT_FAILURE, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	return declared;
}

void recorded_types_read(struct recorded_types *types, struct arena *arena)
{
	struct json_error error;
	struct buf text;

	types->count = 0;
	if (json_read(arena, source_file_read(arena, FILE_NAME), &types->json, &error) != JSON_OK)
		errx(EXIT_FAILURE, FILE_NAME ": not JSON");
	buf_init(&text, DECLARATION_MOST);
	buf_str(&text, STR("{\"resources\":{"));
	for (const struct json *key = types->json->first; key; key = key->next->next)
		add_type(types, &text, key);
	buf_str(&text, STR("}}"));
	types->api = declare(buf_view(&text));
	buf_done(&text);
	for (unsigned i = 0; i < types->count; i++)
		types->fields[i] = &types->api->resources[i]->fields[1];
}

const struct field *recorded_types_field(const struct recorded_types *types, const char *name)
{
	for (unsigned i = 0; i < types->count; i++)
		if (str_equal(types->names[i], str_from(name)))
			return types->fields[i];
	errx(EXIT_FAILURE, FILE_NAME ": no type %s", name);
}
