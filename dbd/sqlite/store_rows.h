/* Reading rows: the cursors of engine.h over SQLite's statements, whose rows they borrow. */
#ifndef POSTERN_STORE_ROWS_H
#define POSTERN_STORE_ROWS_H

#include "engine.h"

/* See engine.h for all of them. */
enum fault store_open_rows(struct engine *engine, const struct query *query, struct cursor *cursor);
enum fault store_next_row(struct cursor *cursor, struct record *row);
void store_close_rows(struct cursor *cursor);
enum fault store_count_rows(struct engine *engine, const struct query *query, int64_t *ret_count);

#endif
