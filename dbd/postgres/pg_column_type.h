/* Which types of columns serve a field. */
#ifndef POSTERN_PG_COLUMN_TYPE_H
#define POSTERN_PG_COLUMN_TYPE_H

#include "resource.h"

/* True if a column of this type, as format_type writes it, serves the field. An enum is not judged
 * by its name: of ENUM it is true for none. */
bool pg_column_type_serves(const struct field *f, const char *type);

#endif
