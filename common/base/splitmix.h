/* SplitMix64 (Steele, Lea, Flood 2014): a repeatable sequence of numbers from a seed. Not for
 * secrets. */
#ifndef POSTERN_SPLITMIX_H
#define POSTERN_SPLITMIX_H

#include <stdint.h>

/* The next number; *state starts as the seed. */
static inline uint64_t splitmix_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The next number below limit, which is not 0. */
static inline uint64_t splitmix_below(uint64_t *state, uint64_t limit)
{
	return splitmix_next(state) % limit;
}

#endif
