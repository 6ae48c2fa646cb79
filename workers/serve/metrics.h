/*
 * The metrics as text: Prometheus's exposition format 0.0.4, of what stats.h counts. Requests have
 * the labels of OpenTelemetry's semantic conventions for HTTP.
 */
#ifndef POSTERN_METRICS_H
#define POSTERN_METRICS_H

#include "buf.h"
#include "routes.h"
#include "stats_sum.h"

/* What stats_observe_key takes for an answer with this status. No endpoint: NULL; a method that is
 * none of ours, or not known: METHOD__COUNT. */
unsigned metrics_key(const struct routes *routes, const struct endpoint *endpoint,
	enum method method, int status);

/* Appends all of them. */
void metrics_write(struct buf *out, const struct stats_sums *sums, const struct routes *routes);

#endif
