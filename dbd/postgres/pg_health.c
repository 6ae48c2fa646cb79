#include "pg_health.h"

#include "log.h"

#include <stdio.h>
#include <string.h>

enum { REASON_SIZE = 512, SECOND = 1000 };

static const char *location = "";
static unsigned down;
static uint64_t since;
static char said[REASON_SIZE]; /* the reason that was logged last */

void pg_health_init(const char *where)
{
	location = where;
}

/* True if the log has not said this yet since PostgreSQL was reached. */
static bool note_down(bool *is_down, uint64_t now, const char *reason)
{
	if (!*is_down && down++ == 0) {
		since = now;
		said[0] = '\0';
	}
	*is_down = true;
	bool is_new = strcmp(said, reason) != 0;
	snprintf(said, sizeof(said), "%s", reason);
	return is_new;
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
