#include "store_transaction.h"

#include "changes.h"
#include "store_state.h"
#include "store_statements.h"

/* Workers must not answer from a cache what is outdated when others can already read what is new.
 */
static int commit(struct store *store)
{
	if (!store->engine.changes)
		return store_execute(store->steps[ENGINE_COMMIT]);
	changes_mark(store->engine.changes);
	int rc = store_execute(store->steps[ENGINE_COMMIT]);
	changes_settle(store->engine.changes);
	return rc;
}

int store_step(struct store *store, enum engine_step step)
{
	int rc = step == ENGINE_COMMIT ? commit(store) : store_execute(store->steps[step]);

	/* ROLLBACK TO leaves the savepoint on the stack. */
	if (rc == SQLITE_OK && step == ENGINE_ROLLBACK_TO)
		rc = store_execute(store->steps[ENGINE_RELEASE]);
	return rc;
}

bool store_in_transaction(const struct store *store)
{
	return sqlite3_get_autocommit(store->db) == 0;
}

/* A trigger's RAISE(ROLLBACK), or a constraint with ON CONFLICT ROLLBACK, ends the transaction. */
enum transaction store_transaction(const struct store *store)
{
	if (store_in_transaction(store))
		return TRANSACTION_OPEN;
	return (store_error_code(store) & 0xff) == SQLITE_CONSTRAINT ? TRANSACTION_REFUSED
								     : TRANSACTION_NONE;
}
