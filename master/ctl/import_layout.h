/* Lays a declaration out as a person writes it. */
#ifndef POSTERN_IMPORT_LAYOUT_H
#define POSTERN_IMPORT_LAYOUT_H

#include "import_checks.h"

/* Writes JSON with two spaces for each level: what fits into a line is on one line, but each member
 * of the declaration, of a resource and of its "fields" has its own. Tells the checks on which
 * lines their nodes are. */
void import_layout(struct buf *out, const struct json *declaration, struct import_checks *checks);

#endif
