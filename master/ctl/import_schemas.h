/* Which schemas the resources have, and whether fields and rows can be all that is in them. */
#ifndef POSTERN_IMPORT_SCHEMAS_H
#define POSTERN_IMPORT_SCHEMAS_H

#include "import_model.h"

/* A member of a schema that shows other rows. */
struct import_view {
	struct import_schema *as;
	struct import_resource *of; /* whose rows are shown */
	struct import_field *by;    /* of the schema's own resource, or else of `of` */
	bool own, array;            /* by is of the schema's own resource */
};

/* Sets resource, is_body and is_answer of the schemas that routes use, and the reason of those that
 * cannot be served and of their routes. */
void import_judge(struct import *im);

/* What a member of a resource's schema shows. Returns false if it shows no other rows, or such that
 * nothing relates to the resource; as is then NULL or set. */
bool import_view_of(const struct import *im, struct import_resource *r, struct str name,
	const struct json *property, struct import_view *view);

/* True if "required" of a schema has the member. */
bool import_requires(const struct import_schema *schema, struct str name);

#endif
