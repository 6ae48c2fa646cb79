#include "pg_health.h"

#include "digest.h"
#include "log.h"

enum { SAID_MAX = 16, SECOND = 1000 /* milliseconds */ };

static const char *location = "";
static unsigned down;
static uint64_t since;
static uint64_t said[SAID_MAX]; /* digests of the reasons that were logged since then */
static unsigned nsaid;

void pg_health_init(const char *where)
{
	location = where;
}

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
	}
	*is_down = true;
	return is_new(reason);
}

void pg_health_lost(bool *is_down, uint64_t now, const char *state, const char *reason)
{
	if (note_down(is_down, now, reason))
		log_warning("lost a connection to PostgreSQL at %s: %s%s%s; connecting again",
			location, reason, state && state[0] ? ", SQLSTATE " : "",
			state ? state : "");
}

void pg_health_refused(bool *is_down, uint64_t now, const char *state, const char *reason)
{
	if (note_down(is_down, now, reason))
		log_warning("PostgreSQL at %s cannot be reached: %s%s%s; trying again until it can",
			location, reason, state && state[0] ? ", SQLSTATE " : "",
			state ? state : "");
}

void pg_health_back(bool *is_down, uint64_t now)
{
	if (!*is_down)
		return;
	*is_down = false;
	if (--down == 0)
		log_info("PostgreSQL at %s answers again, after %.1f s", location,
			(double)(now - since) / SECOND);
}
