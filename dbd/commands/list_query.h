/* What a LIST or CHILDREN asks of the engine. */
#ifndef POSTERN_LIST_QUERY_H
#define POSTERN_LIST_QUERY_H

#include "engine.h"
#include "failure.h"

/* The query of the command's rows, of the current resource. It borrows from the command. */
struct query list_query(const struct command *command);

/* Before the rows, in their snapshot: CHILDREN requires the parent, unless its operation lets that
 * be absent; and the rows are counted, if the page asks for it: *total, else -1. False: *failure
 * has the reason. */
bool list_query_prepare(struct engine *engine, const struct command *command, int64_t *total,
	struct failure *failure) __attribute__((warn_unused_result));

#endif
