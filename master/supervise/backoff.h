/* Exponential backoff between restarts of a child that dies, and detection of crash loops. */
#ifndef POSTERN_BACKOFF_H
#define POSTERN_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BACKOFF_FIRST = 50,     /* milliseconds */
	BACKOFF_LONGEST = 5000, /* milliseconds */
	BACKOFF_HEALTHY = 500,  /* milliseconds; a child that was ready for longer is healthy */
	BACKOFF_LOOP = 3        /* deaths in a row, without a healthy child between, are a loop */
};

struct backoff {
	uint64_t pause;  /* milliseconds between two starts, at the next death; 0: none */
	unsigned deaths; /* since a child was last healthy */
	uint64_t since;  /* time of the first of these deaths */
};

/* Records the death of a child that was started at `started` and ready at `ready` (0: never).
 * Returns the milliseconds to wait before the next start: 0 after the first death, otherwise the
 * rest of the pause between the two starts, which doubles with each death. A healthy child resets
 * it. All times are loop_now's. */
uint64_t backoff_after_death(
	struct backoff *backoff, uint64_t started, uint64_t ready, uint64_t now);

/* True if the child is in a crash loop. */
bool backoff_is_loop(const struct backoff *backoff);

#endif
