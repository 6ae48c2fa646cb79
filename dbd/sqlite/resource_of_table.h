/* The resource that a table of the database file belongs to. */
#ifndef POSTERN_RESOURCE_OF_TABLE_H
#define POSTERN_RESOURCE_OF_TABLE_H

#include "resource.h"

/* The resource whose table has this name; case is ignored, as SQLite does. NULL: none. */
const struct resource *resource_of_table(const char *table);

#endif
