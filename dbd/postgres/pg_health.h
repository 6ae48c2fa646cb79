/*
 * Whether PostgreSQL can be reached, over all connections for commands of this process, for the log
 * and the metrics. Used in the loop's thread.
 */
#ifndef POSTERN_PG_HEALTH_H
#define POSTERN_PG_HEALTH_H

#include "stats.h"

#include <stdbool.h>
#include <stdint.h>

/* Where it is, for log lines, without a password. Static. */
void pg_health_init(const char *where);

/* A connection is open, or closed. */
void pg_health_opened(void);
void pg_health_closed(void);

/* A connection is lost, or cannot be made; *is_down is its own mark. The time is in milliseconds.
 * State NULL or "": the server has sent no SQLSTATE, so that the cause is this one. */
void pg_health_lost(bool *is_down, uint64_t now, enum stat_reconnect cause, const char *state,
	const char *reason);
void pg_health_refused(bool *is_down, uint64_t now, const char *state, const char *reason);

/* It works. */
void pg_health_fine(bool *is_down, uint64_t now, bool is_standby);

/* All connections are closed for good: another process may count. */
void pg_health_done(void);

#endif
