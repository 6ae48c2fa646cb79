/* Where two JSON texts say different things. */
#ifndef POSTERN_JSON_DIFFERENCE_H
#define POSTERN_JSON_DIFFERENCE_H

#include "buf.h"
#include "json.h"

struct json_difference {
	const struct json *old, *new; /* NULL: absent */
};

/* Finds the first difference; the order of an object's members does not count. Appends where it is
 * to path: "$.detail[0].msg". Returns false if both say the same. */
bool json_difference_find(const struct json *old, const struct json *new, struct buf *path,
	struct json_difference *difference);

#endif
