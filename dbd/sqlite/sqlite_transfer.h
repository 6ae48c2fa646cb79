/* Copies between a file of SQLite and another database (transfer.h). */
#ifndef POSTERN_SQLITE_TRANSFER_H
#define POSTERN_SQLITE_TRANSFER_H

#include "transfer.h"

/* A file that a Postern serves is refused: rows that it writes during the copy, or after it, would
 * be missing in the target. The file is locked meanwhile, so that none begins to. */
extern const struct transfer_ops sqlite_transfer;

#endif
