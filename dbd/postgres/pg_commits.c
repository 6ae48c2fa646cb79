#include "pg_commits.h"

const char pg_commits_create[] = "CREATE TABLE IF NOT EXISTS postern_commits"
				 " (lane uuid PRIMARY KEY, xid xid8 NOT NULL,"
				 " at timestamp with time zone NOT NULL) WITH (fillfactor = 10)";

const char pg_commits_tidy[] = "DELETE FROM postern_commits WHERE at < now() - interval '1 day'";

/* A row of the log with this id may be there if the table was copied from another server. */
const char pg_commits_log[] =
	"WITH mark AS (INSERT INTO postern_commits (lane, xid, at)"
	" VALUES ($2::uuid, pg_current_xact_id(), now())"
	" ON CONFLICT (lane) DO UPDATE SET xid = EXCLUDED.xid, at = EXCLUDED.at)"
	" INSERT INTO postern_changes (xid, keys) VALUES (pg_current_xact_id(), $1)"
	" ON CONFLICT (xid) DO UPDATE SET keys = EXCLUDED.keys";

const char pg_commits_status[] = "SELECT pg_xact_status($1::xid8)";

const char pg_commits_find[] =
	"SELECT FROM postern_commits WHERE lane = $1::uuid AND xid = $2::xid8";
