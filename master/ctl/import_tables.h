/* The tables of the database, from what postern-dbd --describe prints. */
#ifndef POSTERN_IMPORT_TABLES_H
#define POSTERN_IMPORT_TABLES_H

#include "import_model.h"

/* Sets the tables. The text, which is not trusted, is borrowed. Returns false with the reason in
 * *error. */
bool import_read_tables(struct import *im, struct str text, struct buf *error)
	__attribute__((warn_unused_result));

/* The table, or the column, of this name, in any case; NULL: none. */
struct import_table *import_table_named(const struct import *im, struct str name);
struct import_column *import_column_named(const struct import_table *table, struct str name);

/* The columns of an association table: its primary key, which are two foreign keys. False: it is
 * none. */
bool import_table_links(const struct import_table *table, const struct import_column *columns[2]);

/* What a column's type says; the numbers in its parentheses, or 0. */
bool import_column_is(const struct import_column *column, const char *type);
unsigned import_column_number(const struct import_column *column, unsigned nth);

#endif
