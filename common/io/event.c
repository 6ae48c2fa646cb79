#include "event.h"

#include "log.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int event_open(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int event_watch(struct loop *loop, struct watch *watch,
	void (*on_event)(struct watch *watch, uint32_t events))
{
	*watch = (struct watch){ event_open(), on_event };
	if (watch->fd < 0)
		return -1;
	if (loop_add(loop, watch, EPOLLIN) == 0)
		return 0;
	int error = errno;
	close(watch->fd);
	errno = error;
	return -1;
}

void event_raise(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		log_die("cannot raise an event: %s", strerror(errno));
}

void event_clear(int fd)
{
	uint64_t times;

	if (read(fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		log_die("cannot clear an event: %s", strerror(errno));
}
