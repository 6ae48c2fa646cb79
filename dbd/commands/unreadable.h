/*
 * Logs rows that no reply can contain, since another program has written values of the wrong type
 * or of excessive length. Lists omit such rows, so that the other rows can be read. Each is logged
 * once in the life of the process.
 */
#ifndef POSTERN_UNREADABLE_H
#define POSTERN_UNREADABLE_H

#include "record.h"

#include <stdbool.h>

enum { UNREADABLE_NAMED_MOST = 128 /* rows that are logged */ };

/* Logs table, row and column, unless they were logged before or UNREADABLE_NAMED_MOST others were.
 *
 * field: the one at which bind_read_row stopped, since its value is not of the column's type; or
 * the number of fields if the row is too long for a reply. The key of *row must be set, unless
 * `field` is the key. Thread-safe. */
void unreadable_row(const struct record *row, unsigned field);

#endif
