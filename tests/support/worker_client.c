#include "worker_client.h"

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
