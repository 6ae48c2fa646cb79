/* Migrations of a store's database to a declaration; see migrate.h. Functions that return int
 * return SQLite's codes. */
#ifndef POSTERN_STORE_MIGRATE_H
#define POSTERN_STORE_MIGRATE_H

#include "copy.h"
#include "engine_admin.h"
#include "store.h"

/* Reader, outside of a transaction: migrate_plan, interrupted if the watch says so. */
int store_plan(struct store *store, const struct api *declared, struct copy_watch *watch,
	struct engine_plan *plan, struct buf *error) __attribute__((warn_unused_result));

/* Writer, outside of a transaction: migrate_apply, and invalidates everything. The declaration that
 * is served stays as it is: its statements work on, as a migration only adds. */
int store_migrate(struct store *store, const struct api *declared, unsigned *ret_statements,
	struct buf *error) __attribute__((warn_unused_result));

#endif
