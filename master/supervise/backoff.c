#include "backoff.h"

uint64_t backoff_after_death(
	struct backoff *backoff, uint64_t started, uint64_t ready, uint64_t now)
{
	if (ready > 0 && now - ready > BACKOFF_HEALTHY)
		*backoff = (struct backoff){ 0 };
	if (backoff->deaths++ == 0)
		backoff->since = now;
	uint64_t pause = backoff->pause;
	uint64_t lived = now - started;
	backoff->pause = pause > 0 ? pause * 2 : BACKOFF_FIRST;
	if (backoff->pause > BACKOFF_LONGEST)
		backoff->pause = BACKOFF_LONGEST;
	return lived < pause ? pause - lived : 0;
}

bool backoff_is_loop(const struct backoff *backoff)
{
	return backoff->deaths >= BACKOFF_LOOP;
}
