/* The fields of the resources, from schemas and columns. */
#ifndef POSTERN_IMPORT_FIELDS_H
#define POSTERN_IMPORT_FIELDS_H

#include "import_model.h"

/* Sets the fields of each resource and their words, as the schemas see them: those that clients
 * send, in the order of the body that creates a row; the other members of answers; the columns that
 * no schema has. Sets the reason of schemas that see a field as another type. */
void import_make_fields(struct import *im);

/* The declaration of a field: its words, those of its column, and whether it is sent and shown.
 * Adds what cannot be known to the list of checks. */
struct json *import_declare_field(
	struct import *im, struct import_resource *r, const struct import_field *f);

/* "cascade", "restrict" or "set_null": what happens to a row if the row to which f refers is
 * deleted. */
const char *import_on_delete(const struct import *im, const struct import_field *f);

#endif
