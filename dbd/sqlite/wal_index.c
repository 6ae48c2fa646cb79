#include "wal_index.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Places in the first region, and the lock that each checkpoint holds. */
enum {
	REGION_SIZE = 32 * 1024,
	VERSION = 3007000,
	VERSION_AT = 0,
	LAST_AT = 16, /* the number of frames in the log */
	MOVED_AT = 96,
	CHECKPOINT_LOCK = 1
};

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "the index is shared with other processes");

static sqlite3_file *file_of(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	bool has_index = rc == SQLITE_OK && file && file->pMethods && file->pMethods->iVersion >= 2;

	return has_index ? file : NULL;
}

static volatile _Atomic uint32_t *number_at(volatile void *region, size_t at)
{
	return (volatile _Atomic uint32_t *)region + at / sizeof(uint32_t);
}

static int lock(sqlite3_file *file, int patience)
{
	enum { PAUSE = 1 /* milliseconds */ };
	int rc;

	while ((rc = file->pMethods->xShmLock(file, CHECKPOINT_LOCK, 1,
			SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE)) == SQLITE_BUSY &&
		patience > 0)
		patience -= sqlite3_sleep(PAUSE);
	return rc;
}

static void unlock(sqlite3_file *file)
{
	file->pMethods->xShmLock(
		file, CHECKPOINT_LOCK, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
}

/* A lower number than was moved is always right: the same pages are moved once more. Only if all
 * are moved, readers may use the file alone, and then no page can be moved as long as they do. */
int wal_index_move_again(sqlite3 *db, int patience)
{
	sqlite3_file *file = file_of(db);
	volatile void *region = NULL;

	if (!file)
		return SQLITE_MISUSE;
	int rc = file->pMethods->xShmMap(file, 0, REGION_SIZE, 0, &region);
	if (rc != SQLITE_OK || !region)
		return rc;
	if (atomic_load(number_at(region, VERSION_AT)) != VERSION)
		return SQLITE_PROTOCOL;
	rc = lock(file, patience);
	if (rc != SQLITE_OK)
		return rc;
	if (atomic_load(number_at(region, MOVED_AT)) < atomic_load(number_at(region, LAST_AT)))
		atomic_store(number_at(region, MOVED_AT), 0);
	unlock(file);
	return SQLITE_OK;
}
