#include "worker_limits.h"

#include "admin.h"
#include "bounds.h"
#include "log.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

/* Descriptors that are not for connections: 8, the listeners, and some to spare. */
enum { RESERVE = 15 + LISTENERS_MAX + ADMIN_DESCRIPTORS };

/* The kernel's default of 1,024 is low for programs that call select(2), which this one does not.
 */
static rlim_t raise_descriptors(void)
{
	struct rlimit limit = { RESERVE + 1, RESERVE + 1 };

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("cannot raise the limit of descriptors: %s", strerror(errno));
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

unsigned worker_limits_connections(const struct settings *settings)
{
	rlim_t wanted =
		settings->limit_connections > 0 ? (rlim_t)settings->limit_connections : UINT_MAX;
	rlim_t descriptors = raise_descriptors();
	rlim_t room = descriptors > RESERVE ? descriptors - RESERVE : 1;

	if (room < wanted && settings->limit_connections > 0)
		log_warning("there are descriptors for %llu connections, fewer than the limit",
			(unsigned long long)room);
	return (unsigned)(room < wanted ? room : wanted);
}

long worker_limits_requests(long limit)
{
	unsigned random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (unsigned)getpid();
	return limit + (long)(random % (unsigned)(limit / 10 + 1));
}
