/* The source of a copy. */
#ifndef POSTERN_TRANSFER_OUT_H
#define POSTERN_TRANSFER_OUT_H

#include "transfer.h"

/* Writes all rows of the API's tables to a descriptor (transfer_stream.h). False: *error has one
 * line, or none if the reader has gone. */
bool transfer_out(struct transfer_end *source, int fd, struct buf *error)
	__attribute__((warn_unused_result));

#endif
