/* The course of a comparison: asks both servers, judges, counts and prints. */
#ifndef POSTERN_COMPARISON_H
#define POSTERN_COMPARISON_H

#include "judgement.h"

enum { COMPARISON_SHOWN = 20 /* differences that are printed without `all` */ };

struct known_difference;

struct comparison {
	struct peer peers[PEERS];
	struct key_pairs *pairs;
	bool all;             /* prints every difference */
	bool writes;          /* other methods than GET, HEAD and OPTIONS are sent */
	uint64_t limit;       /* of requests; 0: none */
	uint64_t random;      /* the state of splitmix.h */
	struct arena scratch; /* of one request */

	uint64_t requests, differences, known;
	struct known_difference *knowns; /* with their counts */
	bool failed;                     /* a server did not answer; *error says why */
	struct buf *error;
};

/* Asks both servers and prints what differs. answers, unless NULL, are valid until the next call.
 * Returns false without asking if the limit is reached or a server has not answered. */
bool comparison_ask(struct comparison *c, const struct request *request, enum scope scope,
	struct peer_answer answers[PEERS]);

/* True if no more requests are to be sent. */
bool comparison_is_over(const struct comparison *c);

/* Prints the known differences and the last line. */
void comparison_conclude(const struct comparison *c);

/* Closes and frees what it has; pairs too. */
void comparison_done(struct comparison *c);

#endif
