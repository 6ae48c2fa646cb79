/*
 * The tables that others have locked against reads, as ALTER TABLE and VACUUM FULL do, as far as
 * reads have met that. Who may not wait leaves them alone. Used in the loop's thread.
 */
#ifndef POSTERN_PG_LOCKED_H
#define POSTERN_PG_LOCKED_H

#include "resource.h"

enum { PG_LOCKED_MOST = 16 /* tables; further ones are met again and again */ };

/* All zero: none is. */
struct pg_locked {
	struct {
		const struct resource *table;
		uint64_t until; /* as of loop_now */
	} tables[PG_LOCKED_MOST];
	unsigned count;
};

/* A read has met the table locked; this counts for a while. */
void pg_locked_note(struct pg_locked *locked, const struct resource *table, uint64_t now);

/* The table can be read. */
void pg_locked_forget(struct pg_locked *locked, const struct resource *table);

bool pg_locked_has(const struct pg_locked *locked, const struct resource *table, uint64_t now);

#endif
