/* The target of a copy. */
#ifndef POSTERN_TRANSFER_IN_H
#define POSTERN_TRANSFER_IN_H

#include "transfer.h"

/* What was copied. */
struct transfer_result {
	unsigned tables;
	uint64_t rows;
};

/* Reads rows from a descriptor (transfer_stream.h), and writes them; then reads what was written,
 * and commits if that are the rows of the source. Progress is shown on stderr. False: *error has
 * one line, or none if the stream was cut. Nothing has changed then, unless *error says otherwise.
 */
bool transfer_in(struct transfer_end *target, int fd, struct transfer_result *result,
	struct buf *error) __attribute__((warn_unused_result));

#endif
