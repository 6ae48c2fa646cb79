/* Locks against ALTER TABLE and the like. A read that waits for one with a snapshot finds the table
 * empty if it was rewritten meanwhile. So who may wait locks it before. */
#ifndef POSTERN_PG_TABLE_LOCKS_H
#define POSTERN_PG_TABLE_LOCKS_H

#include "pg_session.h"

/* To be called before the session reads a table. False: others have that locked, and the session,
 * which may not wait, has failed; or it is a list, and could not lock what it will show. */
bool pg_may_read(struct pg_session *s, const struct resource *table);

/* Appends a statement that locks the table against those, and nobody else. */
void pg_lock_table(struct buf *out, const struct resource *table);

#endif
