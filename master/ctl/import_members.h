/* The schemas of a resource as a declaration says them: not at all, if they are those that follow
 * from the fields, else by their members. */
#ifndef POSTERN_IMPORT_MEMBERS_H
#define POSTERN_IMPORT_MEMBERS_H

#include "import_model.h"

/* Sets is_default of the schemas that follow from fields and parents, and embedded of the resources
 * whose rows are shown in a parent so. All fields are declared. */
void import_find_defaults(struct import *im);

/* The name of the schema of a row with its embedded rows, or of a row if it has none. */
struct str import_read_name(const struct import *im, const struct import_resource *r);

/* The words of "schemas" of a resource; NULL: none. */
struct json *import_declare_schemas(struct import *im, struct import_resource *r);

#endif
