/* Answers to what is not handed to an exchange, with a body of plain text. */
#ifndef POSTERN_REFUSAL_H
#define POSTERN_REFUSAL_H

#include "conn_state.h"

/* Writes the last answer of the connection: the client sent no valid request, was too slow, or
 * exceeds a limit. request is NULL if its head was not read to the end. What follows is never read
 * as a request. */
void refusal_write(struct conn *c, const struct http_request *request, int status);

#endif
