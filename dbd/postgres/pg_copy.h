/*
 * Copies between a database of PostgreSQL and another one (transfer.h), by COPY in the text format.
 *
 * The target's tables are locked against other writers. Foreign keys between declared tables, and
 * indexes that belong to no constraint, are dropped and made again in the transaction: all rows at
 * once take less time, and tables may refer to each other. Where the role does not own the table
 * they stay.
 */
#ifndef POSTERN_PG_COPY_H
#define POSTERN_PG_COPY_H

#include "transfer.h"

extern const struct transfer_ops pg_copy;

#endif
