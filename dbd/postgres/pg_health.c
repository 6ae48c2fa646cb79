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

void pg_health_lost(bool *is_down, uint64_t now, const char *state, const char *reason)
{
	const char *separator = state && state[0] && !strstr(reason, state) ? ", SQLSTATE " : "";

	if (!*is_down && down++ == 0) {
		since = now;
		said[0] = '\0';
	}
	*is_down = true;
	if (strcmp(said, reason) == 0)
		return;
	log_warning("PostgreSQL at %s cannot be reached: %s%s%s; trying again until it can",
		location, reason, separator, separator[0] ? state : "");
	snprintf(said, sizeof(said), "%s", reason);
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
