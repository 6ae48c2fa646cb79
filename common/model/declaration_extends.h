/* Which declarations can be taken while another one is served. */
#ifndef POSTERN_DECLARATION_EXTENDS_H
#define POSTERN_DECLARATION_EXTENDS_H

#include "buf.h"
#include "resource.h"

/* True if `a` only adds to the old declaration: whatever was valid for the old one, a path, a body
 * or a stored row, is valid for `a`. Every old constant is there, and every old resource with its
 * number (declaration_number_like), table, parent, fields and operations; a field, and a member of
 *a body, has the same type and no tighter bounds; an operation has the same path; lists are read
 * alike. Titles, schemas of answers, statuses, texts, tags, indexes, `embedded`, `on_delete`,
 * `shown` and the values of defaults may change. A new field of an old resource is nullable, or has
 * a default, or is set by the server; whether its column is there only the database knows. An old
 * field that comes into a body has a default there.
 *
 * Otherwise appends one line without a newline to `why`, such as
 *
 *	resources.post.fields.title.max_length: 100, was 200
 *
 * It is transitive: what extends a declaration also extends those that this one extends. */
bool declaration_extends(const struct api *a, const struct api *old, struct buf *why)
	__attribute__((warn_unused_result));

#endif
