/*
 * What the open transaction changes, for the counters that tell the workers (generations.h): noted
 * row by row, marked before the commit, settled after it.
 */
#ifndef POSTERN_CHANGES_H
#define POSTERN_CHANGES_H

#include "generations.h"

#include <sqlite3.h>

struct changes;

/* None; for the thread that writes. The table stays the caller's. Aborts when out of memory. */
struct changes *changes_new(struct generations *table);
void changes_free(struct changes *changes);

/* Whose table has this name, in any case, as SQLite compares names; NULL: nobody's. */
const struct resource *changes_resource(const char *table);

/* Notes every row that a connection inserts, updates or deletes, and its list: whoever writes it,
 * be it a trigger. SQLite does not tell of rows that REPLACE deletes, nor of a DELETE of all rows
 * unless the connection's authorizer answers SQLITE_IGNORE to it
 * (https://www.sqlite.org/c3ref/update_hook.html). */
void changes_watch(struct changes *changes, sqlite3 *db);

/* How many rows it was told of, so far, of a resource that is shown inside its parent. */
unsigned changes_embedded(const struct changes *changes);

/* Notes a row in which something is shown that changes. */
void changes_note(struct changes *changes, const struct resource *r, int64_t key);

/* The open transaction changes rows of which it is unknown where they are shown: so all do. */
void changes_note_all(struct changes *changes);

/* Before the commit. */
void changes_mark(struct changes *changes);

/* After it, however it went; nothing is noted any more. */
void changes_settle(struct changes *changes);

/* Before everything changes; changes_invalidate_all must follow, however that went. */
void changes_mark_all(struct changes *changes);

/* It is unknown what has changed: everything has. */
void changes_invalidate_all(struct changes *changes);

#endif
