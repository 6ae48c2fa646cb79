/* The texts of the schema: a quick look before the check of each column (schema.h). */
#ifndef POSTERN_SCHEMA_TEXTS_H
#define POSTERN_SCHEMA_TEXTS_H

#include "resource.h"

#include <sqlite3.h>

/* True if each table and index of the declaration is in the database with the text with which
 * Postern makes it; the database may have others. One query for all. False also if that query
 * fails, or memory is missing. */
bool schema_texts_equal(sqlite3 *db, const struct api *declared);

#endif
