/* Reading: the engine's cursors, counts and look-ups (engine.h). */
#ifndef POSTERN_PG_ROWS_H
#define POSTERN_PG_ROWS_H

#include "pg_session.h"

enum fault pg_open_rows(struct engine *engine, const struct query *query, struct cursor *cursor);
enum fault pg_next_row(struct cursor *cursor, struct record *row);
void pg_close_rows(struct cursor *cursor);
enum fault pg_count_rows(struct engine *engine, const struct query *query, int64_t *ret_count);
enum fault pg_find_parent(
	struct engine *engine, const struct resource *r, struct key key, struct key *ret_parent);
enum fault pg_find_referred(struct engine *engine, const struct resource *r, struct key key,
	unsigned field, struct key *ret_key, bool *ret_there);

/* The command is over: forgets what was asked for ahead and not read. */
void pg_rows_end(struct pg_session *s);

#endif
