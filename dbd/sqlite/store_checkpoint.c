#include "store_checkpoint.h"

#include "anchor.h"
#include "heartbeat.h"
#include "log.h"
#include "loop.h"
#include "stats.h"
#include "store_connection.h"
#include "store_failure.h"
#include "store_state.h"
#include "wal_index.h"
#include "wal_vfs.h"
#include "writeback.h"

enum { LOG_IS_LONG = 16 * 1024 /* pages: 64 MiB, for a file that Postern has created */ };

static void report_long_log(struct store *store)
{
	stats_set(STAT_WAL_HELD, 1);
	if (store->checkpoint.logged_long)
		return;
	store->checkpoint.logged_long = true;
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

/* A failed fsync has taken pages for clean that were moved by earlier slices. */
static void fail(struct store *store, int rc)
{
	if (rc == SQLITE_IOERR_FSYNC && store->checkpoint.sliced) {
		(void)wal_index_move_again(store->db, STORE_BUSY_TIMEOUT);
		log_die("cannot sync the database file after a checkpoint; the next process moves "
			"all of its log again");
	}
	store_fail(store, rc);
}

/* The log has started again from its beginning. */
static void note_restart(struct store *store)
{
	struct store_checkpoint *c = &store->checkpoint;

	if (store->wal_pages >= c->pages)
		return;
	c->pages = c->begun = 0;
	c->logged_long = false;
	stats_set(STAT_WAL_HELD, 0);
}

static void lift(struct store_checkpoint *c)
{
	if (c->anchored)
		anchor_lift(c->anchor);
	c->anchored = c->ends = false;
}

/* Returns the nanoseconds that it has taken. */
static uint64_t checkpoint(struct store *store, int *rc, bool *complete)
{
	int pages = 0, moved = 0;

	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_CHECKPOINTING);
	uint64_t begun = clock_ns();
	*rc = sqlite3_wal_checkpoint_v2(
		store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	uint64_t took = clock_ns() - begun;
	stats_observe(STAT_CHECKPOINT_DURATION, took);
	*complete = *rc == SQLITE_OK && moved == pages;
	if (*rc == SQLITE_BUSY)
		*rc = SQLITE_OK;
	return took;
}

/* False if a reader makes it incomplete and the log is long. */
static bool move_all(struct store *store)
{
	struct store_checkpoint *c = &store->checkpoint;
	bool complete;
	int rc;

	lift(c);
	c->pages = c->begun = store->wal_pages;
	checkpoint(store, &rc, &complete);
	if (rc != SQLITE_OK)
		fail(store, rc);
	if (complete)
		c->sliced = false;
	if (rc != SQLITE_OK || complete || store->wal_pages < LOG_IS_LONG)
		return true;
	report_long_log(store);
	return false;
}

static void start_device(struct store_checkpoint *c)
{
	if (!c->writeback && c->file >= 0)
		c->writeback = writeback_start(c->file);
	writeback_request(c->writeback);
}

/* If readers have kept the log from starting again, it is soon tried once more. */
static int round_length(const struct store_checkpoint *c)
{
	return c->begun == 0 ? c->round : c->round / 4;
}

/* SQLite syncs the log first. The last commit came after the anchor was set, and has synced all
 * that the slice has. Returns SQLite's code. */
static int move_up_to_anchor(struct store *store)
{
	struct store_checkpoint *c = &store->checkpoint;
	bool complete;
	int rc;

	wal_vfs_trust_last_sync(store->db, true);
	uint64_t took = checkpoint(store, &rc, &complete);
	wal_vfs_trust_last_sync(store->db, false);
	c->every = store_checkpoint_next(c->every, took);
	c->sliced = true;
	start_device(c);
	return rc;
}

/* Moves the pages up to the anchor, and then sets the anchor at the newest commit. */
static bool move_slice(struct store *store)
{
	struct store_checkpoint *c = &store->checkpoint;
	int rc = c->anchored ? move_up_to_anchor(store) : SQLITE_OK;

	if (rc != SQLITE_OK) {
		lift(c);
		fail(store, rc);
		return true;
	}
	c->anchored = anchor_set(c->anchor);
	if (!c->anchored)
		return move_all(store);
	c->pages = store->wal_pages;
	c->ends = store->wal_pages - c->begun >= round_length(c);
	return true;
}

/* The last pages of a round are moved when the device has been given the others. */
static bool round_ends(const struct store *store)
{
	const struct store_checkpoint *c = &store->checkpoint;

	return c->ends && (writeback_is_idle(c->writeback) ||
				  store->wal_pages - c->begun >= round_length(c) * 5 / 4);
}

/* It is to be reported. */
static bool gets_long(const struct store *store)
{
	return store->wal_pages >= LOG_IS_LONG && store->checkpoint.pages < LOG_IS_LONG;
}

static bool can_anchor(struct store *store)
{
	struct store_checkpoint *c = &store->checkpoint;

	if (!c->anchor)
		c->anchor = anchor_open(sqlite3_db_filename(store->db, "main"));
	return c->anchor != NULL;
}

bool store_checkpoint_if_long(struct store *store)
{
	struct store_checkpoint *c = &store->checkpoint;

	note_restart(store);
	c->used = true;
	if (store->suspect)
		return true;
	if (gets_long(store) || round_ends(store))
		return move_all(store);
	if (store->wal_pages - c->pages < c->every)
		return true;
	return can_anchor(store) ? move_slice(store) : move_all(store);
}

void store_checkpoint_if_idle(struct store *store)
{
	struct store_checkpoint *c = &store->checkpoint;

	if (c->anchored && !c->used && !store->suspect)
		(void)move_all(store);
	c->used = false;
}

/* It is not a failure if a reader makes it incomplete. */
static int move_log(struct store *store, int mode, int *pages)
{
	int rc = sqlite3_wal_checkpoint_v2(store->db, "main", mode, pages, NULL);

	return rc == SQLITE_BUSY ? SQLITE_OK : rc;
}

int store_checkpoint(struct store *store, int *before, int *after)
{
	struct store_checkpoint *c = &store->checkpoint;
	int rc = store_ready(store);

	*before = *after = 0;
	if (rc != SQLITE_OK)
		return rc;
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_CHECKPOINTING);
	lift(c);
	/* The second checkpoint empties the log, and must not wait for readers. */
	sqlite3_busy_timeout(store->db, 0);
	rc = move_log(store, SQLITE_CHECKPOINT_PASSIVE, before);
	if (rc == SQLITE_OK)
		rc = move_log(store, SQLITE_CHECKPOINT_TRUNCATE, after);
	sqlite3_busy_timeout(store->db, STORE_BUSY_TIMEOUT);
	if (rc != SQLITE_OK) {
		fail(store, rc);
		return rc;
	}
	c->pages = c->begun = store->wal_pages = *after;
	c->sliced = c->sliced && *after > 0;
	return rc;
}

void store_checkpoint_write_back(struct store *store, int fd)
{
	store->checkpoint.file = fd;
}
