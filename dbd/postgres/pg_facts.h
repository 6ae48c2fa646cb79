/* What is known of the database, which all lanes share. */
#ifndef POSTERN_PG_FACTS_H
#define POSTERN_PG_FACTS_H

#include <stdbool.h>

struct pg_facts {
	bool has_log;      /* there is the table postern_changes (freshness.h) */
	bool others_write; /* triggers or foreign keys may change further rows */
};

#endif
