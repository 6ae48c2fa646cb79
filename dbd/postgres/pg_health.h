/*
 * Whether PostgreSQL can be reached, over all connections of this process, for the log and the
 * metrics. Used in the loop's thread.
 */
#ifndef POSTERN_PG_HEALTH_H
#define POSTERN_PG_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/* Where it is, for log lines, without a password. Static. */
void pg_health_init(const char *where);

/* A connection is lost, or cannot be made; *is_down is its own mark. The time is in milliseconds.
 * State NULL or "": the server has sent no SQLSTATE. */
void pg_health_lost(bool *is_down, uint64_t now, const char *state, const char *reason);
void pg_health_refused(bool *is_down, uint64_t now, const char *state, const char *reason);

/* It is back. */
void pg_health_back(bool *is_down, uint64_t now);

#endif
