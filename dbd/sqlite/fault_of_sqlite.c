#include "fault_of_sqlite.h"

#include <sqlite3.h>

/* An extended code is looked up first, then its primary code. */
static const struct {
	int code;
	enum fault fault;
} faults[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, FAULT_CONFLICT },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, FAULT_CONFLICT },
	{ SQLITE_CONSTRAINT_ROWID, FAULT_CONFLICT },
	{ SQLITE_BUSY, FAULT_LOCKED },
	{ SQLITE_LOCKED, FAULT_LOCKED },
	{ SQLITE_FULL, FAULT_FULL },
	{ SQLITE_IOERR_SHMSIZE, FAULT_FULL }, /* no space for the -shm file */
	{ SQLITE_TOOBIG, FAULT_TOO_LARGE },
	{ SQLITE_IOERR, FAULT_STORAGE },
	{ SQLITE_CORRUPT, FAULT_STORAGE },
	{ SQLITE_NOTADB, FAULT_STORAGE },
	{ SQLITE_CANTOPEN, FAULT_STORAGE },
	{ SQLITE_READONLY, FAULT_STORAGE },
	{ SQLITE_PERM, FAULT_STORAGE },
	{ SQLITE_PROTOCOL, FAULT_STORAGE },
};

static const enum fault *find(int code)
{
	for (size_t i = 0; i < NITEMS(faults); i++)
		if (faults[i].code == code)
			return &faults[i].fault;
	return NULL;
}

/* By primary code. If `what` is NULL, SQLite's message is the reason. */
static const struct {
	int code;
	const char *what, *remedy;
} reasons[] = {
	{ SQLITE_NOTADB, "it is not an SQLite database", "name another file" },
	{ SQLITE_BUSY, "another process holds it locked", "stop that first" },
	{ SQLITE_READONLY, "the file, or the -wal or -shm file beside it, cannot be written",
		"give this user write permission to them and to their folder" },
	{ SQLITE_CANTOPEN,
		"the file, or the -wal, -shm or -journal file beside it, cannot be opened",
		"give this user read and write permission to them and to their folder" },
	{ SQLITE_PROTOCOL, "its file system cannot hold a write-ahead log",
		"move it to a local disk" },
	{ SQLITE_FULL, "no space is left on its disk", "make room there" },
	{ SQLITE_IOERR, NULL, "see what the kernel says about its disk" },
	{ SQLITE_CORRUPT, NULL, "restore a backup" },
};

void store_explain(struct buf *out, int code, const char *said)
{
	for (size_t i = 0; i < NITEMS(reasons); i++) {
		if (reasons[i].code != (code & 0xff))
			continue;
		buf_printf(
			out, "%s; %s", reasons[i].what ? reasons[i].what : said, reasons[i].remedy);
		return;
	}
	buf_str(out, str_from(said));
}

enum fault fault_of_sqlite(int code)
{
	const enum fault *fault = find(code);

	if (!fault)
		fault = find(code & 0xff);
	return fault ? *fault : FAULT_INTERNAL;
}
