#include "body_json.h"

#include "json_read.h"
#include "utf8.h"

const struct json *body_json(struct arena *arena, struct str body)
{
	const struct json *root;
	struct json_error error;

	if (!utf8_valid(body, UTF8_STRICT) || json_read(arena, body, &root, &error) != JSON_OK)
		return NULL;
	return root;
}
