/* The part of the built-in API that the bench measures: routes, checks of bodies, answers. */
#ifndef PEER_API_H
#define PEER_API_H

#include "peer_store.h"
#include "peer_text.h"

#include <stdbool.h>

struct request {
	struct text target; /* path and query */
	struct text body;
	bool writes; /* a method other than GET */
	bool patches;
};

/* Appends the answer's body to out. Returns the status. */
int api_answer(struct store *, const struct request *, struct text *out);

#endif
