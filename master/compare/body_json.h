/* The JSON of an answer. */
#ifndef POSTERN_BODY_JSON_H
#define POSTERN_BODY_JSON_H

#include "arena.h"
#include "json.h"

/* The tree, in the arena, whose texts without escapes are borrowed from the body; NULL if the body
 * is not JSON in UTF-8. */
const struct json *body_json(struct arena *arena, struct str body);

#endif
