/* One line per answer, in uvicorn's words: client, request line, status. */
#ifndef POSTERN_ACCESS_LOG_H
#define POSTERN_ACCESS_LOG_H

#include "http.h"

#include <netinet/in.h>

/* request is NULL when there was none that could be read. */
void access_log_write(
	const struct sockaddr_storage *peer, const struct http_request *request, int status);

#endif
