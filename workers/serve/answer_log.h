/* The access log of a connection. */
#ifndef POSTERN_ANSWER_LOG_H
#define POSTERN_ANSWER_LOG_H

#include "conn_state.h"

/* Logs an answer; the line is written at the end of the turn. request is NULL if none could be
 * read. began is its loop_now_ns, or 0. The arena is for temporary use. */
void answer_log_write(struct conn *c, const struct http_request *request,
	const struct response *response, uint64_t began, struct arena *arena);

/* The same if the access log is on. */
static inline void answer_log(struct conn *c, const struct http_request *request,
	const struct response *response, uint64_t began, struct arena *arena)
{
	if (c->conns->access_log)
		answer_log_write(c, request, response, began, arena);
}

#endif
