#include "store_mapping.h"

#include "map_vfs.h"

enum { TURNS = 16 /* snapshots from one look at the size of the file to the next */ };

static void consider(struct store *store)
{
	if (file_map_size() <= store->cache || !map_vfs_is_of(store->db))
		return;
	/* More than any file has. */
	store->maps = sqlite3_exec(store->db, "PRAGMA mmap_size = 0x7fffffffffff", NULL, NULL,
			      NULL) == SQLITE_OK;
}

void store_mapping_prepare(struct store *store)
{
	if (store->maps)
		file_map_mend();
	else if (store->cache > 0 && store->snapshots++ % TURNS == 0)
		consider(store);
}
