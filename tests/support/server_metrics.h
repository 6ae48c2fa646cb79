/* The metrics of a server that was started with "--admin", "127.0.0.1:0". */
#ifndef POSTERN_TEST_SERVER_METRICS_H
#define POSTERN_TEST_SERVER_METRICS_H

#include "postern.h"

/* The port of --admin, which the server has logged. */
int metrics_port(struct postern *server);

/* The sum of all samples with this prefix: a name, or a name with some of its labels. */
double metrics_sum(int port, const char *start);

/* Waits for a value: gauges and counters are updated with a short delay. */
void metrics_await(int port, const char *start, double want);

#endif
