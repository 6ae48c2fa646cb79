/* The patterns of a declared API: each must be one that workers can compile. */
#ifndef POSTERN_PATTERN_CHECK_H
#define POSTERN_PATTERN_CHECK_H

#include "buf.h"
#include "resource.h"

/* True if all patterns of the API's fields are valid. Otherwise appends one line without a newline
 * to error: the resource, the field, and what is wrong where in its pattern. */
bool pattern_check(const struct api *declared, struct buf *error)
	__attribute__((warn_unused_result));

#endif
