/* Why a command was not done, as the FAULT reply tells it. */
#ifndef POSTERN_FAILURE_H
#define POSTERN_FAILURE_H

#include "command.h"

struct failure {
	enum fault fault;
	const struct resource *resource; /* of the row and the fields */
	uint64_t fields;                 /* see struct reply */
};

/* Sets *failure; returns false, for the caller to return. */
static inline bool failure_set(
	struct failure *failure, enum fault fault, const struct resource *resource, uint64_t fields)
{
	*failure = (struct failure){ fault, resource, fields };
	return false;
}

#endif
