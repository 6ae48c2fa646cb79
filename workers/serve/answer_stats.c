#include "answer_stats.h"

#include "loop.h"
#include "stats.h"

void answer_stats_flush(struct answer_stats *s)
{
	uint64_t now = s->count > 0 ? clock_ns() : 0;

	for (unsigned i = 0; i < s->count; i++)
		stats_observe_key(s->answers[i].key, now - s->answers[i].began);
	s->count = 0;
}
