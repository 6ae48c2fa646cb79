#include "pg_health.h"

#include "digest.h"
#include "log.h"

#include <string.h>
#include <time.h>

enum { SAID_MAX = 16, SECOND = 1000 /* milliseconds */ };

static const char *location = "";
static unsigned opened, down;
static uint64_t since;
static uint64_t said[SAID_MAX]; /* digests of the reasons that were logged since then */
static unsigned nsaid;

/* A prefix of the SQLSTATE; the first row that matches counts. */
static const struct {
	const char *state;
	enum stat_reconnect cause;
} causes[] = {
	{ "53300", STAT_RECONNECT_TOO_MANY },
	{ "57P03", STAT_RECONNECT_STARTING },
	{ "57", STAT_RECONNECT_STOPPED },
	{ "28", STAT_RECONNECT_PASSWORD },
	{ "3D000", STAT_RECONNECT_DATABASE },
	{ "25006", STAT_RECONNECT_READ_ONLY },
	{ "", STAT_RECONNECT_OTHER },
};

void pg_health_init(const char *where)
{
	location = where;
}

/* Metrics. */

static void note_change(bool is_down)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	stats_set(STAT_POSTGRES_SINCE, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	stats_set(STAT_POSTGRES_DOWN, is_down);
}

static void count(enum stat_reconnect cause, const char *state)
{
	size_t i = 0;

	if (state && state[0]) {
		while (strncmp(state, causes[i].state, strlen(causes[i].state)) != 0)
			i++;
		cause = causes[i].cause;
	}
	stats_add_at(STAT_POSTGRES_RECONNECTS, cause, 1);
	if (cause == STAT_RECONNECT_READ_ONLY)
		stats_set(STAT_POSTGRES_READ_ONLY, 1);
}

void pg_health_opened(void)
{
	if (opened == 0 && down == 0)
		note_change(false);
	stats_set(STAT_POSTGRES_CONNECTIONS, ++opened);
}

void pg_health_closed(void)
{
	stats_set(STAT_POSTGRES_CONNECTIONS, --opened);
}

/* The log, and both. */

/* True if the log has not said this yet since PostgreSQL was reached. After many different reasons
 * it says no more. */
static bool is_new(const char *reason)
{
	uint64_t digest = digest_bytes(DIGEST_BEGIN, str_from(reason));

	for (unsigned i = 0; i < nsaid; i++)
		if (said[i] == digest)
			return false;
	if (nsaid == SAID_MAX)
		return false;
	said[nsaid++] = digest;
	return true;
}

static bool note_down(bool *is_down, uint64_t now, const char *reason)
{
	if (!*is_down && down++ == 0) {
		since = now;
		nsaid = 0;
		note_change(true);
	}
	*is_down = true;
	return is_new(reason);
}

void pg_health_lost(bool *is_down, uint64_t now, enum stat_reconnect cause, const char *state,
	const char *reason)
{
	/* A column's type has changed: the connection is given up, not lost. */
	bool is_chosen = state && strcmp(state, "0A000") == 0;

	count(cause, state);
	if (note_down(is_down, now, reason))
		log_line(is_chosen ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
			"lost a connection to PostgreSQL at %s: %s%s%s; connecting again", location,
			reason, state && state[0] ? ", SQLSTATE " : "", state ? state : "");
}

void pg_health_refused(bool *is_down, uint64_t now, const char *state, const char *reason)
{
	count(STAT_RECONNECT_REFUSED, state);
	if (note_down(is_down, now, reason))
		log_warning("PostgreSQL at %s cannot be reached: %s%s%s; trying again until it can",
			location, reason, state && state[0] ? ", SQLSTATE " : "",
			state ? state : "");
}

static void note_back(uint64_t now)
{
	log_info("PostgreSQL at %s answers again, after %.1f s", location,
		(double)(now - since) / SECOND);
	note_change(false);
}

void pg_health_fine(bool *is_down, uint64_t now, bool is_standby)
{
	if (*is_down && --down == 0)
		note_back(now);
	*is_down = false;
	if (is_standby)
		stats_set(STAT_POSTGRES_READ_ONLY, 1);
	else if (down == 0)
		stats_set(STAT_POSTGRES_READ_ONLY, 0);
}

void pg_health_done(void)
{
	static const enum stats_id gauges[] = { STAT_POSTGRES_CONNECTIONS, STAT_POSTGRES_DOWN,
		STAT_POSTGRES_SINCE, STAT_POSTGRES_READ_ONLY, STAT_POSTGRES_OLDEST_WAIT };

	for (size_t i = 0; i < NITEMS(gauges); i++)
		stats_set(gauges[i], 0);
}
