#include "worker_client.h"

#include "server_metrics.h"

#include <check.h>
#include <signal.h>

pid_t worker_client_pid(const struct postern *server, const char *child)
{
	pid_t pid = postern_child(server, child);

	ck_assert_int_gt(pid, 0);
	return pid;
}

void worker_client_open(struct http_client *client, const struct postern *server, const char *other,
	const char *target)
{
	pid_t pid = worker_client_pid(server, other);

	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	http_client_open(client, server->port);
	struct answer a = http_client_ask(client, "GET", target, NULL);
	ck_assert_int_eq(a.status, 200);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
}

#define HITS "postern_cache_hits_total"

struct cached_time cached_begin(struct postern *server)
{
	struct cached_time time = { 0, metrics_sum(metrics_port(server), HITS) };

	if (test_database_is_postgres())
		return time;
	time.dbd = worker_client_pid(server, "dbd");
	ck_assert_int_eq(kill(time.dbd, SIGSTOP), 0);
	return time;
}

void cached_end(struct postern *server, const struct cached_time *time, unsigned requests)
{
	if (time->dbd)
		ck_assert_int_eq(kill(time->dbd, SIGCONT), 0);
	metrics_await(metrics_port(server), HITS, time->hits + requests);
}
