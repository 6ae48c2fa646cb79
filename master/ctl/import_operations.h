/* The operations of a resource: the words by which they differ from the usual ones. */
#ifndef POSTERN_IMPORT_OPERATIONS_H
#define POSTERN_IMPORT_OPERATIONS_H

#include "import_model.h"

/* The path of the resource's rows after the prefix: "/heroes/"; len 0: it has none. */
struct str import_path(const struct import *im, const struct import_resource *r);

/* The tags that most of its operations have; NULL: none. */
const struct json *import_tags(const struct import *im, const struct import_resource *r);

/* The words of "operations"; NULL: they are the usual ones. Schemas of answers that are no rows are
 * copied into kept. Adds what cannot be known to the list of checks. */
struct json *import_declare_operations(
	struct import *im, struct import_resource *r, struct json *kept);

#endif
