/*
 * A connection that only shows rows reads a file that is larger than its page cache from the
 * mapping (file_map.h), a smaller one from its page cache, whose pages SQLite has decoded already.
 */
#ifndef POSTERN_STORE_MAPPING_H
#define POSTERN_STORE_MAPPING_H

#include "file_map.h"
#include "store_state.h"

#include <sqlite3.h>

/* Before a snapshot is taken: decides whether the connection reads from the mapping, and mends the
 * mapping after a fault. */
void store_mapping_prepare(struct store *store);

/* SQLite's code of a statement that began when file_map_faults was `before`: SQLITE_IOERR_MMAP if
 * what it has read since then may be wrong. */
static inline int store_mapping_judge(const struct store *store, unsigned before, int rc)
{
	return store->maps && file_map_faults() != before ? SQLITE_IOERR_MMAP : rc;
}

#endif
