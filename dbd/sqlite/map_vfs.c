#include "map_vfs.h"

#include "file_map.h"

#include <pthread.h>
#include <stdint.h>

enum { CACHE_LINE = 64 /* bytes */ };

static sqlite3_vfs *below_vfs;
static sqlite3_vfs vfs;
static bool registered;

/* Those of the default VFS, and the same with our mapping. */
static const sqlite3_io_methods *below_methods;
static sqlite3_io_methods methods;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* SQLite searches a page from cell to cell, and would wait for memory at each of them. */
static void prefetch(const char *page, int len)
{
	for (int i = 0; i < len; i += CACHE_LINE)
		__builtin_prefetch(page + i);
}

static int fetch(sqlite3_file *file, sqlite3_int64 offset, int len, void **ret)
{
	const char *page = file_map_bytes(offset, (size_t)len);

	(void)file;
	if (page)
		prefetch(page, len);
	*ret = (void *)(uintptr_t)page;
	return SQLITE_OK;
}

/* SQLite asks to give up the whole mapping after commits of others; it shows them all the same. */
static int unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page)
{
	(void)file;
	(void)offset;
	(void)page;
	return SQLITE_OK;
}

/* True if files of the default VFS have these methods. The first file decides. */
static bool know_methods(const sqlite3_io_methods *found)
{
	pthread_mutex_lock(&mutex);
	if (!below_methods && found->iVersion >= 3) {
		methods = *found;
		methods.xFetch = fetch;
		methods.xUnfetch = unfetch;
		below_methods = found;
	}
	pthread_mutex_unlock(&mutex);
	return found == below_methods;
}

static bool is_mapped(const char *name)
{
	struct stat st;

	return name && stat(name, &st) == 0 && file_map_is(&st);
}

static int vfs_open(
	sqlite3_vfs *this, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
	int rc = below_vfs->xOpen(below_vfs, name, file, flags, flags_out);

	(void)this;
	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) && is_mapped(name) &&
		know_methods(file->pMethods))
		file->pMethods = &methods;
	return rc;
}

/* The methods that do not concern files are called with this struct. Those of the unix VFS read
 * only mxPathname and pAppData of it. */
static void register_vfs(void)
{
	below_vfs = sqlite3_vfs_find(NULL);
	if (!below_vfs)
		return;
	vfs = *below_vfs;
	vfs.zName = "postern-map";
	vfs.xOpen = vfs_open;
	registered = sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}

const char *map_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_vfs);
	return registered ? vfs.zName : NULL;
}

bool map_vfs_is_of(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	return rc == SQLITE_OK && file && file->pMethods == &methods;
}
