/* The types of keys. */
#include "declaration_reading.h"

struct str declaration_key_type_name(enum field_type type)
{
	return type == FIELD_UUID ? STR("uuid") : STR("integer");
}

bool declaration_find_key_type(const struct json *value, enum field_type *type)
{
	static const enum field_type types[] = { FIELD_INT, FIELD_UUID };

	for (size_t i = 0; value && value->type == JSON_STRING && i < NITEMS(types); i++) {
		*type = types[i];
		if (str_equal(value->text, declaration_key_type_name(*type)))
			return true;
	}
	return false;
}

/* The resource may not have been read yet, and may be none: declaration_link says so. */
enum field_type declaration_key_type(const struct reading *r, struct str resource)
{
	struct spot spot = { .value = r->root };
	const char *const path[] = { "resources", NULL, "key", "type" };
	enum field_type type;

	for (size_t i = 0; i < NITEMS(path) && spot.value; i++)
		spot.value = spot.value->type == JSON_OBJECT
				     ? json_get(spot.value, path[i] ? str_from(path[i]) : resource)
				     : NULL;
	return declaration_find_key_type(spot.value, &type) ? type : FIELD_INT;
}
