/*
 * Writes the statistics of stats.h in Prometheus's text exposition format 0.0.4. Requests have the
 * labels of OpenTelemetry's semantic conventions for HTTP.
 */
#ifndef POSTERN_METRICS_H
#define POSTERN_METRICS_H

#include "buf.h"
#include "routes.h"
#include "stats_sum.h"

/* Returns the key of an answer for stats_observe_key. endpoint is NULL if there is none. method is
 * METHOD__COUNT if it is not known. The key depends on the numbers of resources, not on their
 * names: it means the same to processes that serve an API and to those that serve an extension of
 * it. */
unsigned metrics_key(const struct endpoint *endpoint, enum method method, int status);

/* Appends all metrics, with the paths of these routes. If out's limit is exceeded or memory runs
 * out, out->failed is set. */
void metrics_write(struct buf *out, const struct stats_sums *sums, const struct routes *routes);

#endif
