#include "sqlite_engine.h"

#include "fault_of_sqlite.h"
#include "file_lock.h"
#include "file_map.h"
#include "full_vfs.h"
#include "log.h"
#include "sqlite_admin.h"
#include "store_changes.h"
#include "store_checkpoint.h"
#include "store_failure.h"
#include "store_links.h"
#include "store_mapping.h"
#include "store_rows.h"
#include "store_state.h"
#include "store_transaction.h"
#include "store_writes.h"

#include <malloc.h>

/* Page caches. */
enum {
	/* Of the connection for short reads: the inner pages of the tables and indexes of a file of
	 * 3 GB. They grow as pages are read. */
	READ_CACHE_KIB = 8 * 1024,
	LIST_CACHE_KIB = 128 /* of each connection that reads a long list */
};

/* SQLite drops the pages that a connection has read when another has written, and reads them again.
 * So memory goes back to the system only when more is free than that takes. Counting allocations
 * would only make the threads wait for each other. */
static void configure_memory(void)
{
	enum { FREE_MOST = 4 * 1024 * 1024, MAPPED_LEAST = 1024 * 1024 };

	mallopt(M_TRIM_THRESHOLD, FREE_MOST);
	mallopt(M_MMAP_THRESHOLD, MAPPED_LEAST);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool start(struct buf *error)
{
	configure_memory();
	/* One thread at a time uses a connection; bind.c relies on it. */
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	if (!sqlite3_threadsafe()) {
		buf_str(error,
			STR("this SQLite library was built without threads; install another"));
		return false;
	}
	full_vfs_install();
	return true;
}

static int locked = -1; /* the descriptor of the file lock */

static int lock(const struct database_url *url, uint64_t patience, struct buf *error)
{
	locked = file_lock_take(url->path, patience, error);
	if (locked >= 0 && !file_map_open(locked))
		log_debug("the database file is not mapped into memory: reads copy its pages");
	return locked;
}

static void close_lock(int fd)
{
	locked = -1;
	file_map_close();
	file_lock_close(fd);
}

struct engine *sqlite_engine_of(struct store *store)
{
	if (!store)
		return NULL;
	store->engine.ops = &sqlite_engine;
	return &store->engine;
}

static struct store *open_reader(const char *path, enum engine_use use, struct buf *error)
{
	const int kib = use == ENGINE_LIST ? LIST_CACHE_KIB : READ_CACHE_KIB;
	struct store *store = store_open_reader(path, error);

	if (!store || store_set_up_answers(store, kib) == SQLITE_OK)
		return store;
	store_close(store);
	return NULL;
}

static struct store *open_store(const char *path, enum engine_use use, struct buf *error)
{
	switch (use) {
	case ENGINE_WRITER:
		return store_open_writer(path, error);
	case ENGINE_MIGRATOR:
		return store_open_to_migrate(path, error);
	default:
		return open_reader(path, use, error);
	}
}

static struct engine *open_engine(
	const struct database_url *url, enum engine_use use, struct buf *error)
{
	const char *path = url->memory ? NULL : url->path;
	struct store *store = open_store(path, use, error);

	if (!store)
		buf_str(error, str_from(full_vfs_reason()));
	else if (use == ENGINE_WRITER && path && locked >= 0)
		store_checkpoint_write_back(store, locked);
	return sqlite_engine_of(store);
}

static bool check(const struct database_url *url, struct buf *error)
{
	return url->memory || store_check(url->path, error);
}

static void close_engine(struct engine *engine)
{
	store_close(store_of(engine));
}

/* The fault of a call that concerns the group, not a command; store_fail logs the reason. */
static enum fault fault_of_group(struct store *store, int rc)
{
	if (rc == SQLITE_OK)
		return FAULT_NONE;
	store->failure = rc;
	return fault_of_sqlite(rc);
}

static enum fault step(struct engine *engine, enum engine_step step)
{
	struct store *store = store_of(engine);

	if (step == ENGINE_BEGIN_READ)
		store_mapping_prepare(store);
	int rc = store_step(store, step);
	if (rc != SQLITE_OK && step == ENGINE_BEGIN_READ)
		log_error("cannot begin to read: %s", store_error(store));
	return fault_of_group(store, rc);
}

/* A failed read may have ended the transaction. After a read of a damaged page COMMIT fails, but
 * ends it. */
static void end_read(struct engine *engine)
{
	struct store *store = store_of(engine);

	if (store_in_transaction(store) && store_step(store, ENGINE_COMMIT) != SQLITE_OK &&
		store_in_transaction(store))
		log_die("cannot end a snapshot: %s", store_error(store));
}

static enum fault ready(struct engine *engine)
{
	struct store *store = store_of(engine);

	return fault_of_group(store, store_ready(store));
}

static enum transaction transaction(struct engine *engine)
{
	return store_transaction(store_of(engine));
}

/* SQLite does not count the rows of a statement that a failure has undone
 * (https://www.sqlite.org/c3ref/total_changes.html). */
static uint64_t changed_rows(struct engine *engine)
{
	return (unsigned)sqlite3_total_changes(store_of(engine)->db);
}

static void failed(struct engine *engine)
{
	struct store *store = store_of(engine);

	store_fail(store, store->failure);
}

static void publish_changes(struct engine *engine, struct changes *changes)
{
	store_publish_changes(store_of(engine), changes);
}

static enum fault detect_foreign_commits(struct engine *engine)
{
	struct store *store = store_of(engine);

	return fault_of_group(store, store_detect_foreign_commits(store));
}

static void rest(struct engine *engine)
{
	store_checkpoint_if_idle(store_of(engine));
}

static bool tend(struct engine *engine)
{
	return store_checkpoint_if_long(store_of(engine));
}

const struct engine_ops sqlite_engine = {
	/* With a savepoint SQLite copies each page before a command changes it, which takes a third
	 * of the time. */
	.needs_savepoints = false,
	/* SQLite undoes a statement that violates a constraint
	 * (https://www.sqlite.org/lang_conflict.html). */
	.undoes = {
		[FAULT_NOT_FOUND] = true,
		[FAULT_CONFLICT] = true,
		[FAULT_REFUSED] = true,
		[FAULT_IN_USE] = true,
		[FAULT_CHANGED] = true,
	},
	.admin = &sqlite_admin,
	.start = start,
	.lock = lock,
	.unlock = file_lock_release,
	.close_lock = close_lock,
	.open = open_engine,
	.check = check,
	.close = close_engine,
	.step = step,
	.end_read = end_read,
	.open_rows = store_open_rows,
	.next = store_next_row,
	.close_rows = store_close_rows,
	.count = store_count_rows,
	.ready = ready,
	.transaction = transaction,
	.changed_rows = changed_rows,
	.insert = store_insert,
	.update = store_update,
	.require_free = store_require_free,
	.find_parent = store_find_parent,
	.find_referred = store_find_referred,
	.referring = store_referring,
	.set_null = store_set_null,
	.find_linked = store_find_linked,
	.link = store_link,
	.unlink = store_unlink,
	.unlink_all = store_unlink_all,
	.remove_below = store_remove_below,
	.remove = store_remove,
	.failed = failed,
	.publish_changes = publish_changes,
	.detect_foreign_commits = detect_foreign_commits,
	.tend = tend,
	.rest = rest,
};
