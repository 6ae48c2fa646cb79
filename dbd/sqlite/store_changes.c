#include "store_changes.h"

#include "changes.h"
#include "resource_of_table.h"
#include "showing.h"
#include "store_state.h"
#include "store_statements.h"

/* A trigger has written an association table. It is unknown which rows it has linked. */
static void note_links(struct store *store, const char *table)
{
	if (store->linking)
		return;
	for (unsigned i = 0; i < api->nassociations; i++)
		if (sqlite3_stricmp(api->associations[i]->table, table) == 0)
			changes_note_all(store->engine.changes);
}

static void on_update(
	void *context, int operation, const char *database, const char *table, sqlite3_int64 rowid)
{
	struct store *store = context;
	const struct resource *r = store->last_changed;

	(void)operation;
	(void)database;
	if (!r || strcmp(r->table, table) != 0)
		r = resource_of_table(table);
	if (!r) {
		note_links(store, table);
		return;
	}
	store->last_changed = r;
	if (resource_has_uuids(r)) {
		changes_note_lists(store->engine.changes, r);
		store->unkeyed++;
	} else {
		changes_note_row(store->engine.changes, r, key_int(rowid));
	}
}

void store_publish_changes(struct store *store, struct changes *changes)
{
	store->engine.changes = changes;
	store->owned = changes_owned(changes);
	sqlite3_update_hook(store->db, on_update, store);
}

int store_detect_foreign_commits(struct store *store)
{
	int64_t version = store->last_version;

	if (sqlite3_step(store->version) == SQLITE_ROW)
		version = sqlite3_column_int64(store->version, 0);
	int rc = sqlite3_reset(store->version);
	if (rc != SQLITE_OK || version == store->last_version)
		return rc;
	if (store->engine.changes)
		changes_invalidate_all(store->engine.changes);
	rc = conflict_clauses_read(store->db, &store->clauses);
	if (rc == SQLITE_OK)
		store->last_version = version;
	return rc;
}

/* The update hook is not called for rows that REPLACE deletes. */
static bool may_replace(const struct store *store)
{
	return store->clauses.replaces ||
	       (store->clauses.trigger_replaces && *store->trigger_writes);
}

/* Triggers have changed rows whose keys the hook does not report. */
static void note_unkeyed(struct store *store, const struct resource *r, unsigned rows)
{
	unsigned known = resource_has_uuids(r) ? rows : 0;

	if (store->engine.changes && store->unkeyed != known)
		changes_note_all(store->engine.changes);
}

/* The hook notes the rows that triggers change. But it is unknown which owners they had before. */
static void note_triggers(struct store *store)
{
	struct changes *changes = store->engine.changes;

	if (!changes)
		return;
	unsigned owned = changes_owned(changes);
	if (may_replace(store) || owned != store->owned)
		changes_note_all(changes);
	store->owned = owned;
}

int store_write(struct store *store, const struct resource *r, sqlite3_stmt *statement,
	struct store_written *written)
{
	int before = sqlite3_total_changes(store->db);

	store->unkeyed = 0;
	int rc = store_execute(statement);
	if (rc != SQLITE_OK)
		return rc;
	written->rows = sqlite3_changes(store->db);
	/* The counter may wrap around. */
	written->more = (unsigned)sqlite3_total_changes(store->db) - (unsigned)before !=
			(unsigned)written->rows;
	store->owned += showing_of(r)->owners ? (unsigned)written->rows : 0;
	if (written->more || store->clauses.replaces)
		note_triggers(store);
	note_unkeyed(store, r, (unsigned)written->rows);
	return SQLITE_OK;
}

/* READs that show linked rows have the counter of their list, as lists do (showing.h). */
static void note_ends(struct store *store, const struct resource *table)
{
	struct changes *changes = store->engine.changes;
	unsigned owned = changes_owned(changes);

	for (unsigned i = 0; i < LINK_ENDS; i++)
		changes_note_lists(changes, table->fields[i].to);
	store->owned += changes_owned(changes) - owned;
}

int store_write_links(struct store *store, const struct resource *table, sqlite3_stmt *statement,
	struct store_written *written)
{
	int before = sqlite3_total_changes(store->db);

	store->linking = true;
	int rc = store_execute(statement);
	store->linking = false;
	if (rc != SQLITE_OK)
		return rc;
	written->rows = sqlite3_changes(store->db);
	written->more = (unsigned)sqlite3_total_changes(store->db) - (unsigned)before !=
			(unsigned)written->rows;
	if (!store->engine.changes)
		return SQLITE_OK;
	if (written->more)
		changes_note_all(store->engine.changes);
	if (written->rows > 0)
		note_ends(store, table);
	return SQLITE_OK;
}

bool store_settles_conflicts(const struct store *store, const struct resource *r)
{
	return store->clauses.settles != 0 && conflict_clauses_settles(&store->clauses, r);
}
