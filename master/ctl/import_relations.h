/* Finds the tables of the resources, their keys, and how rows refer to each other. */
#ifndef POSTERN_IMPORT_RELATIONS_H
#define POSTERN_IMPORT_RELATIONS_H

#include "import_model.h"

/* Sets table, key, parent field, references and links of each resource, and the reason of routes
 * whose rows are in no table, or that link what no table links. The fields that are made have a
 * kind, a name and a target; import_fields sets the rest. */
void import_relate(struct import *im);

/* The field of this name, the key and the parent's too; NULL: none. */
struct import_field *import_field_named(const struct import_resource *r, struct str name);

/* Appends a field. */
struct import_field *import_add_field(
	struct import *im, struct import_resource *r, struct str name, enum import_field_kind kind);

/* The member of the answers of a resource, in the schemas of its routes; NULL: none has it. */
const struct json *import_answered_member(
	const struct import *im, const struct import_resource *r, struct str name);

#endif
