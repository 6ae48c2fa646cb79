/* What the requests of a worker share (struct service), made from the settings. */
#ifndef POSTERN_WORKER_SERVICE_H
#define POSTERN_WORKER_SERVICE_H

#include "config.h"
#include "exchange.h"

/* Fills *service, except for its dbd: routes, documents, gzip, request ids, CORS, patterns, and a
 * cache over the generations of PROCESS_FD_GENERATIONS. The arena holds what lives as long as the
 * service; the settings are borrowed. listener is an HTTP listener, for redirects of requests that
 * name no host. Aborts on error. */
void worker_service_open(struct service *service, const struct settings *settings, int listener,
	struct arena *arena);

/* Frees what worker_service_open made, but for the arena. */
void worker_service_close(struct service *service);

#endif
