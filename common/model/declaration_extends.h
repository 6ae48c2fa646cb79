/* Which declarations can be taken while another one is served. */
#ifndef POSTERN_DECLARATION_EXTENDS_H
#define POSTERN_DECLARATION_EXTENDS_H

#include "buf.h"
#include "resource.h"

/* True if `a` only adds to the old declaration: whatever was valid for the old one, a path, a body
 * or a stored row, is valid for `a`. Every old resource is there with its number
 * (declaration_number_like), path, table, parent and fields; a field has the same type, and no
 * tighter bounds; lists are read alike. Titles, schemas, indexes, `embedded`, `on_delete`, `shown`
 *and the values of defaults may change. A new field of an old resource is nullable, or has a
 *default, or is set by the server; whether its column is there only the database knows.
 *
 * Otherwise appends one line without a newline to `why`, such as
 *
 *	resources.post.fields.title.max_length: 100, was 200
 *
 * It is transitive: what extends a declaration also extends those that this one extends. */
bool declaration_extends(const struct api *a, const struct api *old, struct buf *why)
	__attribute__((warn_unused_result));

#endif
