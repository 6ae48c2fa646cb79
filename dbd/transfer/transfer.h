/*
 * One end of a copy from one database to another (posternctl copy): what an engine does for it. The
 * two ends are processes with a pipe between them (transfer_stream.h).
 *
 * Functions that return bool return false after appending one line to the end's error: table, row
 * and column where there is one, and the reason.
 */
#ifndef POSTERN_TRANSFER_H
#define POSTERN_TRANSFER_H

#include "arena.h"
#include "buf.h"
#include "database_url.h"
#include "record.h"

struct transfer_ops;

/* Embedded by the engine's own. */
struct transfer_end {
	const struct transfer_ops *ops;
	struct buf *error; /* the caller's */
};

struct transfer_ops {
	/* Opens a database to read it: one snapshot, in which all rows are read. It has all tables,
	 * as they are declared. NULL: *error has one line. */
	struct transfer_end *(*open_source)(const struct database_url *url, struct buf *error);

	/* Opens a database to write it, in one transaction; makes the tables that are missing, as
	 * at a start of the server. Refused unless the tables have no rows. NULL: *error has one
	 * line. */
	struct transfer_end *(*open_target)(const struct database_url *url, struct buf *error);

	/* Rolls back what was not committed, and closes. */
	void (*close)(struct transfer_end *end);

	/* Reads the rows of a table one after the other, of a target those that were put. There is
	 * none if *there is false, and the reading has ended. *field: the first column whose value
	 * is not of its type, with the row's values before it; else the number of columns. Texts
	 * are borrowed until the next call. */
	bool (*begin_rows)(struct transfer_end *end, const struct resource *table);
	bool (*next_row)(
		struct transfer_end *end, struct record *row, unsigned *field, bool *there);

	/* The target's, from here on. */

	/* NULL, or why the column cannot store this value, which is not null and of the field's
	 * type: a clause, static or in the arena. */
	const char *(*misfit)(
		struct arena *arena, const struct field *f, const struct value *value);

	/* Writes rows, for which there is no misfit. Whether the database took a row may show only
	 * later. */
	bool (*begin_table)(struct transfer_end *end, const struct resource *table);
	bool (*put_row)(struct transfer_end *end, const struct record *row);
	bool (*end_table)(struct transfer_end *end);

	/* Ends the transaction, after which the next key of each table that counts them is greater
	 * than all of its keys. */
	bool (*commit)(struct transfer_end *end);
};

/* Appends "table users, row 5, column name: "; the key of the row must be set, unless it is the
 * column. The column may be the number of columns: then it is not named. */
void transfer_name(struct buf *out, const struct record *row, unsigned column);

#endif
