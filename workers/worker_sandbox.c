#include "worker_sandbox.h"

#include "sandbox.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* connect: to dbd */
static const char *const calls[] = { "connect", NULL };

static const struct sandbox_rule rules[] = {
	/* net_connect_abstract */
	{ "socket", .where = { SANDBOX_INT(0, AF_UNIX),
			    SANDBOX_INT(1, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK) } },
	/* connections of clients */
	{ "setsockopt", .where = { SANDBOX_INT(1, SOL_SOCKET) } },
	{ "setsockopt", .where = { SANDBOX_INT(1, IPPROTO_TCP) } },
	{ "ioctl", .where = { SANDBOX_INT(1, SIOCOUTQ) } },
	/* libc looks for /etc/localtime with each log line, and for a terminal when it aborts */
	{ "open", .error = EACCES },
	{ "openat", .error = EACCES },
	{ "stat", .error = EACCES },
	{ "fstat", .error = EACCES },
	{ "newfstatat", .error = EACCES },
	{ "statx", .error = EACCES },
	{ .call = NULL },
};

void worker_sandbox_enter(void)
{
	sandbox_enter(&(struct sandbox){ calls, rules, .folder = NULL });
}
