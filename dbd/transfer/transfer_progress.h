/* Progress on stderr: a line for each table; at a terminal it is updated. */
#ifndef POSTERN_TRANSFER_PROGRESS_H
#define POSTERN_TRANSFER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* "users: 1000 rows" and what is done with them. To be called for every row, and at the end: then
 * the line stays. */
void transfer_progress(const char *table, const char *done, uint64_t rows, bool ends);

/* Removes a line that does not stay. */
void transfer_progress_clear(void);

#endif
