/* How long to wait before a dead child is started again, and whether that is a crash loop. */
#ifndef POSTERN_BACKOFF_H
#define POSTERN_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BACKOFF_FIRST = 50, /* milliseconds */
	BACKOFF_LONGEST = 5000,
	BACKOFF_HEALTHY = 500, /* whoever was ready for so long is replaced at once */
	BACKOFF_LOOP = 3       /* deaths without a healthy child between them */
};

struct backoff {
	uint64_t pause;  /* between two starts, for the next death; 0: none. Milliseconds */
	unsigned deaths; /* since a child was last healthy */
	uint64_t since;  /* when the first of them was */
};

/* The child was started at `started`, ready at `ready` (0: never), and died now. Returns how many
 * milliseconds the next start has to wait: nothing after the first death, else as long as it takes
 * to have a pause between the two starts, which doubles from death to death. A healthy child starts
 * afresh. */
uint64_t backoff_after_death(
	struct backoff *backoff, uint64_t started, uint64_t ready, uint64_t now);

/* Does it keep dying? */
bool backoff_is_loop(const struct backoff *backoff);

#endif
