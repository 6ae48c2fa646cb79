#include "json.h"

bool json_has_surrogate(const struct json *value)
{
	const struct json *open = NULL; /* the innermost open container */
	const struct json *next = value;

	while (next) {
		if (next->type == JSON_ARRAY || next->type == JSON_OBJECT) {
			open = next;
			next = open->first;
		} else if (next->type == JSON_STRING && next->has_surrogate) {
			return true;
		} else {
			next = open ? next->next : NULL;
		}
		while (open && !next) {
			const struct json *done = open;
			open = done == value ? NULL : done->parent;
			next = open ? done->next : NULL;
		}
	}
	return false;
}
