#include "store_fault.h"

#include <sqlite3.h>

/* Extended codes are found before the primary ones that they belong to. */
static const struct {
	int code;
	enum fault fault;
} faults[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, FAULT_CONFLICT },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, FAULT_CONFLICT },
	{ SQLITE_CONSTRAINT_ROWID, FAULT_CONFLICT },
	{ SQLITE_BUSY, FAULT_BUSY },
	{ SQLITE_LOCKED, FAULT_BUSY },
	{ SQLITE_FULL, FAULT_FULL },
	{ SQLITE_IOERR_SHMSIZE, FAULT_FULL }, /* no space for the log's index */
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

enum fault store_fault(int code)
{
	const enum fault *fault = find(code);

	if (!fault)
		fault = find(code & 0xff);
	return fault ? *fault : FAULT_INTERNAL;
}
