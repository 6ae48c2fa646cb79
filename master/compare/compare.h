/* Compares two servers of the API of this process (api_use). */
#ifndef POSTERN_COMPARE_H
#define POSTERN_COMPARE_H

#include "buf.h"

#include <stdint.h>

struct compare_options {
	const char *urls[2]; /* of OLD and NEW */
	bool writes;         /* creates, changes and deletes rows; else only GET, HEAD, OPTIONS */
	bool all;            /* prints every difference, not only the first 20 */
	uint64_t requests;   /* as many; 0: each kind once */
	uint64_t seed;       /* of what is chosen by chance */
};

enum compare_outcome {
	COMPARE_EQUAL,
	COMPARE_DIFFERENT,
	COMPARE_FAILED, /* a server did not answer; one line is in *error */
	COMPARE_REFUSED /* a URL is invalid; one line is in *error */
};

/* Prints the differences and, unless an URL is invalid, a line with the counts to stdout. */
enum compare_outcome compare_servers(const struct compare_options *options, struct buf *error);

#endif
