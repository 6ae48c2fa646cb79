/*
 * Counts answers and how long they took (stats_observe_key), in batches: requests that came
 * together are answered together, so one reading of the clock is enough for all of them.
 */
#ifndef POSTERN_ANSWER_STATS_H
#define POSTERN_ANSWER_STATS_H

#include <stdint.h>

enum { ANSWER_STATS_BATCH = 16 };

/* A zeroed struct is an empty batch. */
struct answer_stats {
	struct {
		unsigned key;   /* metrics_key */
		uint64_t began; /* nanoseconds on the monotonic clock */
	} answers[ANSWER_STATS_BATCH];
	unsigned count;
};

/* Counts the batch: its answers took until now. */
void answer_stats_flush(struct answer_stats *stats);

/* Adds an answer to the batch, counting a full batch first. */
static inline void answer_stats_add(struct answer_stats *stats, unsigned key, uint64_t began)
{
	if (stats->count == ANSWER_STATS_BATCH)
		answer_stats_flush(stats);
	stats->answers[stats->count].key = key;
	stats->answers[stats->count].began = began;
	stats->count++;
}

#endif
