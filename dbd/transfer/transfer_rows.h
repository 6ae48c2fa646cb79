/* Reads the rows of one end of a copy, as they are copied and compared. */
#ifndef POSTERN_TRANSFER_ROWS_H
#define POSTERN_TRANSFER_ROWS_H

#include "transfer.h"
#include "transfer_digest.h"

/* Reads the next row, and adds it to the digest. Moments of columns with a time zone are in UTC
 * then, without a zone: SQLite keeps none, and a moment without one is taken as UTC. False: the
 * end's error says why, as that a value is not of the column's type. */
bool transfer_next_row(
	struct transfer_end *end, struct transfer_digest *digest, struct record *row, bool *there);

/* NULL, or why this value, which is not null, is not one of the field's type: of a row that another
 * process has sent. */
const char *transfer_fault(const struct field *f, const struct value *value);

#endif
