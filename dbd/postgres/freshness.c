#include "freshness.h"

#include "digest.h"
#include "log.h"
#include "pg_snapshot.h"
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	OWN_MAX = 4096,    /* more are treated like foreign ones */
	PLACES_MAX = 1000, /* of one transaction in the log; with more it has changed everything */
	TEXT_MAX = 1024 * 1024
};

/* What an answer begins with. */
struct view {
	struct pg_snapshot snapshot;
	struct buf text; /* that of the snapshot, NUL, the name of the server's run, NUL */
};

struct freshness {
	struct changes *changes;
	struct view last; /* of the last answer */
	struct view next; /* of the answer that has begun */
	bool compares;    /* `last` is of this connection, and the server's run had a name */
	uint64_t logged;  /* transactions of others in the answer that has begun */
	unsigned nown;
	uint64_t own[OWN_MAX]; /* that had not finished at the last answer; ascending */
};

const char freshness_create[] = "CREATE UNLOGGED TABLE IF NOT EXISTS postern_changes"
				" (xid xid8 PRIMARY KEY, keys text NOT NULL)";

/* The row with xid 0 names the server's run. A crash and a standby's promotion empty the table, so
 * the name changes when ids of transactions may be given a second time. The upper bound of the ids
 * changes no result: with both bounds the planner expects few rows, and uses the index. */
const char freshness_question[] =
	"SELECT now || '@' || coalesce((SELECT keys FROM postern_changes WHERE xid = '0'), ''),"
	" xid, keys"
	" FROM (SELECT pg_current_snapshot() AS now) AS snapshot LEFT JOIN postern_changes"
	" ON xid >= pg_snapshot_xmin($1::pg_snapshot) AND xid < pg_snapshot_xmax(now)"
	" AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot)";

const char freshness_glance[] =
	"SELECT pg_current_snapshot(), keys FROM postern_changes WHERE xid = '0'";

/* Another session may be one of another server, or of the time after a crash. */
const char freshness_question_without_log[] =
	"SELECT pg_current_snapshot() || '@' || pg_postmaster_start_time() || '/' ||"
	" pg_backend_pid(), NULL, NULL WHERE $1::text IS NULL OR true";

/* What is deleted or named takes a transaction id, so this transaction has a row as well, without
 * keys. No visible row has an id from the future, unless the table was copied. */
const char freshness_prune[] =
	"WITH named AS (INSERT INTO postern_changes (xid, keys)"
	" SELECT '0', gen_random_uuid()"
	" WHERE NOT EXISTS (SELECT FROM postern_changes WHERE xid = '0')"
	" ON CONFLICT (xid) DO NOTHING RETURNING xid),"
	" old AS (SELECT xid FROM postern_changes WHERE xid > '0'"
	" AND (xid < pg_snapshot_xmax($1::pg_snapshot)"
	" AND pg_visible_in_snapshot(xid, $1::pg_snapshot)"
	" OR xid >= pg_snapshot_xmax(pg_current_snapshot())) FOR UPDATE SKIP LOCKED),"
	" deleted AS (DELETE FROM postern_changes USING old"
	" WHERE postern_changes.xid = old.xid RETURNING old.xid),"
	" logged AS (INSERT INTO postern_changes (xid, keys) SELECT pg_current_xact_id(), ''"
	" WHERE EXISTS (SELECT FROM named) OR EXISTS (SELECT FROM deleted))"
	" SELECT pg_current_snapshot()";

struct freshness *freshness_new(struct changes *changes)
{
	struct freshness *f = calloc(1, sizeof(*f));

	if (!f)
		log_die("out of memory for the snapshots of the database");
	f->changes = changes;
	buf_init(&f->last.text, TEXT_MAX);
	buf_init(&f->next.text, TEXT_MAX);
	return f;
}

void freshness_free(struct freshness *f)
{
	if (!f)
		return;
	pg_snapshot_done(&f->last.snapshot);
	pg_snapshot_done(&f->next.snapshot);
	buf_done(&f->last.text);
	buf_done(&f->next.text);
	free(f);
}

static void flush(struct freshness *f, enum stat_flush cause)
{
	changes_invalidate_all(f->changes);
	stats_add_at(STAT_POSTGRES_FLUSHES, cause, 1);
}

/* Own transactions that are forgotten are found in the log like foreign ones. */
void freshness_restart(struct freshness *f)
{
	f->compares = false;
	f->nown = 0;
	flush(f, STAT_FLUSH_CONNECTION);
}

const char *freshness_since(const struct freshness *f)
{
	return f->compares ? buf_view(&f->last.text).ptr : NULL;
}

/* Own transactions. */

/* The index of the first one that is not below xid. */
static unsigned place_of_own(const struct freshness *f, uint64_t xid)
{
	unsigned low = 0, high = f->nown;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (f->own[middle] < xid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_own(const struct freshness *f, uint64_t xid)
{
	unsigned place = place_of_own(f, xid);

	return place < f->nown && f->own[place] == xid;
}

void freshness_own(struct freshness *f, uint64_t xid)
{
	if (is_own(f, xid))
		return;
	if (f->nown == OWN_MAX)
		f->nown = 0;
	unsigned place = place_of_own(f, xid);
	memmove(f->own + place + 1, f->own + place, (f->nown - place) * sizeof(*f->own));
	f->own[place] = xid;
	f->nown++;
}

void freshness_disown(struct freshness *f, uint64_t xid)
{
	unsigned place = place_of_own(f, xid);

	if (place == f->nown || f->own[place] != xid)
		return;
	f->nown--;
	memmove(f->own + place, f->own + place + 1, (f->nown - place) * sizeof(*f->own));
}

static bool is_new(const struct freshness *f, uint64_t xid)
{
	return pg_snapshot_has_finished(&f->next.snapshot, xid) &&
	       !pg_snapshot_has_finished(&f->last.snapshot, xid);
}

/* Forgets own transactions that have finished. Returns how many of them finished since the last
 * answer. */
static unsigned take_finished(struct freshness *f)
{
	unsigned kept = 0, finished = 0;

	for (unsigned i = 0; i < f->nown; i++) {
		finished += is_new(f, f->own[i]);
		if (!pg_snapshot_has_finished(&f->next.snapshot, f->own[i]))
			f->own[kept++] = f->own[i];
	}
	f->nown = kept;
	return finished;
}

/* Keys: empty, or "*", or the digest of numbering() in hexadecimal, ':' and the places of counters,
 * each followed by ','. */

/* Programs of other versions or with other declarations may number the counters otherwise, or know
 * of other answers that show a row. */
static uint64_t numbering(void)
{
	return digest_bytes(api->fingerprint, STR(POSTERN_VERSION));
}

void freshness_keys(const struct changes *changes, struct buf *out)
{
	unsigned count;
	const unsigned *places = changes_noted(changes, &count);

	if (!places || count > PLACES_MAX) {
		buf_char(out, '*');
		return;
	}
	buf_printf(out, "%016" PRIx64 ":", numbering());
	for (unsigned i = 0; i < count; i++) {
		buf_int(out, places[i]);
		buf_char(out, ',');
	}
}

enum { NUMBERING_LEN = 16 + 1 };

static bool is_numbering(struct str keys)
{
	static const char digits[] = "0123456789abcdef";

	return keys.len >= NUMBERING_LEN && keys.ptr[NUMBERING_LEN - 1] == ':' &&
	       strspn(keys.ptr, digits) == NUMBERING_LEN - 1;
}

static bool move_places(struct freshness *f, struct str places)
{
	uint64_t place;

	while (places.len > 0) {
		if (!pg_snapshot_number(&places, &place) || place >= GENERATIONS_PLACES ||
			places.len == 0 || places.ptr[0] != ',')
			return false;
		places = str_from_index(places, 1);
		changes_advance(f->changes, (unsigned)place);
	}
	return true;
}

static bool move(struct freshness *f, struct str keys)
{
	char ours[NUMBERING_LEN + 1];

	if (keys.len == 0)
		return true;
	snprintf(ours, sizeof(ours), "%016" PRIx64 ":", numbering());
	if (str_starts(keys, str_from(ours)))
		return move_places(f, str_from_index(keys, NUMBERING_LEN));
	bool all = str_equal(keys, STR("*"));
	if (!all && !is_numbering(keys))
		return false;
	flush(f, all ? STAT_FLUSH_MANY : STAT_FLUSH_DECLARATION);
	return true;
}

/* The answer. */

static bool refuse(struct freshness *f)
{
	f->compares = false;
	flush(f, STAT_FLUSH_UNREADABLE);
	return false;
}

static struct str run_of(const struct view *view)
{
	struct str text = buf_view(&view->text);

	return str_from_index(text, strlen(text.ptr) + 1);
}

/* A transaction that finishes leaves the list of those that run, or raises xmax. */
bool freshness_is_unchanged(const struct freshness *f, struct str snapshot, struct str run)
{
	const char *last = freshness_since(f);

	return last && str_equal(snapshot, str_from(last)) && str_equal(run, run_of(&f->last));
}

static bool read_view(struct view *view, struct str text)
{
	const char *at = memchr(text.ptr, '@', text.len);

	if (!at)
		return false;
	struct str snapshot = { text.ptr, (size_t)(at - text.ptr) };
	buf_reset(&view->text, TEXT_MAX);
	buf_str(&view->text, snapshot);
	buf_char(&view->text, '\0');
	buf_str(&view->text, str_from_index(text, snapshot.len + 1));
	return !view->text.failed && pg_snapshot_read(&view->snapshot, snapshot);
}

bool freshness_begin_answer(struct freshness *f, struct str snapshot)
{
	f->logged = 0;
	return read_view(&f->next, snapshot) || refuse(f);
}

bool freshness_add(struct freshness *f, struct str xid, struct str keys)
{
	uint64_t number;

	if (!pg_snapshot_number(&xid, &number) || xid.len > 0 || !f->compares || !is_new(f, number))
		return refuse(f);
	if (is_own(f, number))
		return true;
	f->logged++;
	return move(f, keys) || refuse(f);
}

/* Ids of another run say nothing about this one. */
static bool is_same_run(const struct freshness *f)
{
	return f->compares && str_equal(run_of(&f->next), run_of(&f->last));
}

void freshness_end_answer(struct freshness *f)
{
	bool same_run = is_same_run(f);
	uint64_t known = f->logged + take_finished(f);

	if (!same_run)
		freshness_restart(f);
	else if (pg_snapshot_finished_since(&f->last.snapshot, &f->next.snapshot) != known)
		flush(f, STAT_FLUSH_UNLOGGED);
	struct view before = f->last;
	f->last = f->next;
	f->next = before;
	f->compares = run_of(&f->last).len > 0;
}
