#include "store_checkpoint.h"

#include "heartbeat.h"
#include "log.h"
#include "loop.h"
#include "stats.h"
#include "store_connection.h"
#include "store_failure.h"
#include "store_state.h"

enum { LOG_IS_LONG = 16 * 1024 /* pages: 64 MiB, for a file that Postern has created */ };

static void report_long_log(struct store *store)
{
	stats_set(STAT_WAL_HELD, 1);
	if (store->logged_long)
		return;
	store->logged_long = true;
	log_warning("the database's write-ahead log has grown to %d pages: a reader holds on to an "
		    "old snapshot",
		store->wal_pages);
}

int store_checkpoint_next(int pages, uint64_t ns)
{
	uint64_t fitting = (uint64_t)pages * STORE_CHECKPOINT_NS / (ns + 1);
	uint64_t most = (uint64_t)pages * 5 / 4;
	uint64_t next = fitting < most ? fitting : most;

	if (next < STORE_CHECKPOINT_LEAST)
		return STORE_CHECKPOINT_LEAST;
	return next < STORE_CHECKPOINT_MOST ? (int)next : STORE_CHECKPOINT_MOST;
}

/* Also as soon as the log is long, which is to be reported. */
static bool is_due(const struct store *store)
{
	bool gets_long = store->wal_pages >= LOG_IS_LONG && store->checkpoint_pages < LOG_IS_LONG;

	return gets_long || store->wal_pages - store->checkpoint_pages >= store->checkpoint_every;
}

bool store_checkpoint_if_long(struct store *store)
{
	int pages = 0, moved = 0;

	/* The log has started again from its beginning. */
	if (store->wal_pages < store->checkpoint_pages) {
		store->checkpoint_pages = 0;
		store->logged_long = false;
		stats_set(STAT_WAL_HELD, 0);
	}
	if (store->suspect || !is_due(store))
		return true;
	store->checkpoint_pages = store->wal_pages;
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_CHECKPOINTING);
	uint64_t begun = clock_ns();
	int rc = sqlite3_wal_checkpoint_v2(
		store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	uint64_t took = clock_ns() - begun;
	stats_observe(STAT_CHECKPOINT_DURATION, took);
	store->checkpoint_every = store_checkpoint_next(store->checkpoint_every, took);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
		store_fail(store, rc);
		return true;
	}
	if ((rc == SQLITE_OK && moved == pages) || store->wal_pages < LOG_IS_LONG)
		return true;
	report_long_log(store);
	return false;
}

/* It is not a failure if a reader makes it incomplete. */
static int move_log(struct store *store, int mode, int *pages)
{
	int rc = sqlite3_wal_checkpoint_v2(store->db, "main", mode, pages, NULL);

	return rc == SQLITE_BUSY ? SQLITE_OK : rc;
}

int store_checkpoint(struct store *store, int *before, int *after)
{
	int rc = store_ready(store);

	*before = *after = 0;
	if (rc != SQLITE_OK)
		return rc;
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_CHECKPOINTING);
	/* The second checkpoint empties the log, and must not wait for readers. */
	sqlite3_busy_timeout(store->db, 0);
	rc = move_log(store, SQLITE_CHECKPOINT_PASSIVE, before);
	if (rc == SQLITE_OK)
		rc = move_log(store, SQLITE_CHECKPOINT_TRUNCATE, after);
	sqlite3_busy_timeout(store->db, STORE_BUSY_TIMEOUT);
	if (rc != SQLITE_OK)
		store_fail(store, rc);
	else
		store->checkpoint_pages = store->wal_pages = *after;
	return rc;
}
