/* A worker's service whose dbd is in the test's hands (fake_dbd.h), and connections over it. */
#ifndef POSTERN_TEST_FAKE_SERVICE_H
#define POSTERN_TEST_FAKE_SERVICE_H

#include "conns.h"
#include "fake_dbd.h"

/* Opens the service without gzip, CORS or cache, and its dbd, which has greeted. The arena holds
 * the routes and documents. */
void fake_service_open(
	struct service *service, struct loop *loop, struct fake_dbd *dbd, struct arena *arena);

/* Closes the service and its dbd. The arena and the loop stay the caller's. */
void fake_service_close(struct service *service, struct fake_dbd *dbd);

/* Replaces the cache by one of this many bytes. Returns the generations it depends on, to change.
 */
struct generations *fake_service_use_cache(struct service *service, size_t bytes);

/* Connections with limits and timeouts that no test reaches by itself. */
struct conns fake_service_conns(struct loop *loop, struct service *service,
	void (*on_closed)(struct conns *conns), void (*on_idle)(struct conns *conns));

#endif
