/*
 * Rows whose columns hold what no answer can show: another program has written them. Lists leave
 * them out, so that one of them does not keep the others from being read, and the log names each
 * once while dbd lives.
 */
#ifndef POSTERN_UNREADABLE_H
#define POSTERN_UNREADABLE_H

#include "record.h"

#include <stdbool.h>

enum { UNREADABLE_NAMED_MOST = 128 };

/* bind_read_row has stopped at this field, which is not of its column's type; or, with the number
 * of fields, the row is longer than what a reply may hold. The key, the first field, has been read
 * unless it is that one. Logs which row and column it is, unless it has been named before or many
 * others have. From any thread. */
void unreadable_row(const struct record *row, unsigned field);

#endif
