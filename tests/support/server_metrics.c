#include "server_metrics.h"

#include "http_client.h"
#include "loop.h"
#include "timeouts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_MS = 10 * 1000 };

int metrics_port(struct postern *server)
{
	static const char line[] = "health and metrics on http://127.0.0.1:";

	postern_await_log(server, 0, line, POSTERN_START_MS);
	int port = atoi(strstr(postern_log(server), line) + strlen(line));
	ck_assert_int_gt(port, 0);
	return port;
}

double metrics_sum(int port, const char *start)
{
	struct http_client c;
	double sum = 0;

	http_client_open(&c, port);
	struct answer a = http_client_ask(&c, "GET", "/metrics", NULL);
	http_client_expect(&a, "/metrics", 200, NULL);
	const char *text = arena_copy(&c.arena, a.body).ptr;
	for (const char *line = text; line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, start, strlen(start)) == 0)
			sum += atof(strrchr(
				arena_copy(&c.arena, (struct str){ line, strcspn(line, "\n") }).ptr,
				' '));
	http_client_close(&c);
	return sum;
}

void metrics_await(int port, const char *start, double want)
{
	uint64_t deadline = clock_ms() + (uint64_t)patience(SEEN_MS);
	double got;

	while ((got = metrics_sum(port, start)) != want && clock_ms() < deadline)
		continue;
	ck_assert_msg(got == want, "%s is %g, not %g", start, got, want);
}
