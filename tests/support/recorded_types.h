/* The types that the reference was recorded with (tests/contract/types/types.json), read as
 * declared fields. */
#ifndef POSTERN_TEST_RECORDED_TYPES_H
#define POSTERN_TEST_RECORDED_TYPES_H

#include "arena.h"
#include "json.h"
#include "resource.h"

enum { RECORDED_TYPES_MOST = 128 };

struct recorded_types {
	const struct json *json; /* the whole file */
	const struct api *api;   /* one resource with one field "v" for each type, in file order */
	unsigned count;
	struct str names[RECORDED_TYPES_MOST];
	const struct field *fields[RECORDED_TYPES_MOST];
};

/* Reads the file, with memory of the arena. Ends the program if it is not valid. */
void recorded_types_read(struct recorded_types *types, struct arena *arena);

/* The field of the type with this name. Ends the program if there is none. */
const struct field *recorded_types_field(const struct recorded_types *types, const char *name);

#endif
