#include "anchor.h"

#include <sqlite3.h>
#include <stdlib.h>

struct anchor {
	sqlite3 *db;
	sqlite3_stmt *look; /* while it has a row, it has a snapshot */
};

static int prepare(struct anchor *anchor, const char *path)
{
	int rc = sqlite3_open_v2(
		path, &anchor->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(anchor->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(
			anchor->db, "SELECT 1 FROM sqlite_schema LIMIT 1", -1, &anchor->look, NULL);
	return rc;
}

struct anchor *anchor_open(const char *path)
{
	struct anchor *anchor = calloc(1, sizeof(*anchor));

	if (!anchor || prepare(anchor, path) == SQLITE_OK)
		return anchor;
	anchor_close(anchor);
	return NULL;
}

bool anchor_set(struct anchor *anchor)
{
	sqlite3_reset(anchor->look);
	if (sqlite3_step(anchor->look) == SQLITE_ROW)
		return true;
	sqlite3_reset(anchor->look);
	return false;
}

void anchor_lift(struct anchor *anchor)
{
	if (anchor)
		sqlite3_reset(anchor->look);
}

void anchor_close(struct anchor *anchor)
{
	if (!anchor)
		return;
	sqlite3_finalize(anchor->look);
	sqlite3_close(anchor->db);
	free(anchor);
}
