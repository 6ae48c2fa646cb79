#include "pg_locked.h"

/* Longer than the slow lane waits for a lock, which notes the table again. */
enum { COUNTS_FOR = 1500 /* milliseconds */ };

static unsigned find(const struct pg_locked *l, const struct resource *table)
{
	unsigned i = 0;

	while (i < l->count && l->tables[i].table != table)
		i++;
	return i;
}

static void remove_outdated(struct pg_locked *l, uint64_t now)
{
	for (unsigned i = l->count; i-- > 0;)
		if (l->tables[i].until <= now)
			l->tables[i] = l->tables[--l->count];
}

void pg_locked_note(struct pg_locked *l, const struct resource *table, uint64_t now)
{
	remove_outdated(l, now);
	unsigned i = find(l, table);
	if (i == PG_LOCKED_MOST)
		return;
	l->tables[i].table = table;
	l->tables[i].until = now + COUNTS_FOR;
	if (i == l->count)
		l->count++;
}

void pg_locked_forget(struct pg_locked *l, const struct resource *table)
{
	unsigned i = find(l, table);

	if (i < l->count)
		l->tables[i] = l->tables[--l->count];
}

bool pg_locked_has(const struct pg_locked *l, const struct resource *table, uint64_t now)
{
	unsigned i = find(l, table);

	return i < l->count && l->tables[i].until > now;
}
