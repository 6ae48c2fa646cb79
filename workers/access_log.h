/* One line per answer, in uvicorn's words: client, request line, status. */
#ifndef POSTERN_ACCESS_LOG_H
#define POSTERN_ACCESS_LOG_H

#include "http.h"

#include <netinet/in.h>

/* peer is as accept(2) tells it. request is NULL when there was none that could be read. */
void access_log_write(const struct sockaddr *peer, const struct http_request *request, int status);

#endif
