#include "file_lock.h"

#include "log.h"
#include "loop.h"
#include "path_check.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/time.h>
#include <unistd.h>

enum { WAKE_INTERVAL = 100 /* milliseconds between two checks of master and deadline */ };

static void on_alarm(int signal)
{
	(void)signal;
}

/* flock(2) has no timeout: SIGALRM interrupts it periodically. Since the signal repeats, one that
 * arrives just before the call does no harm. 0 milliseconds stops the signals. */
static void interrupt_every(int milliseconds)
{
	const struct timeval period = { .tv_usec = milliseconds * 1000L };
	const struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ period, period }, NULL);
}

static void leave_if_orphaned(int fd)
{
	struct pollfd master = { .fd = PROCESS_FD_CHANNEL, .events = POLLRDHUP };

	if (poll(&master, 1, 0) <= 0)
		return;
	close(fd);
	exit(EXIT_CLEAN);
}

/* Returns 0, or -1 with errno: EINTR after the timeout. */
static int lock(int fd, const char *path, uint64_t timeout)
{
	uint64_t deadline = clock_ms() + timeout;
	bool logged = false;
	int rc;

	interrupt_every(WAKE_INTERVAL);
	while ((rc = flock(fd, LOCK_EX)) < 0 && errno == EINTR && clock_ms() < deadline) {
		leave_if_orphaned(fd);
		if (!logged)
			log_info("waiting for another Postern to release %s", path);
		logged = true;
	}
	int error = errno;
	interrupt_every(0);
	errno = error;
	return rc;
}

int file_lock_take(const char *path, uint64_t timeout, struct buf *error)
{
	buf_printf(error, "cannot use the database %s: ", path);
	if (!path_check(path, error))
		return -1;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && lock(fd, path, timeout) == 0)
		return fd;
	if (fd >= 0 && errno == EINTR)
		buf_str(error,
			STR("another Postern serves it; stop that first, or name another file"));
	else
		buf_printf(error, "it cannot be %s: %s", fd < 0 ? "opened" : "locked",
			strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

void file_lock_release(int fd)
{
	if (fd >= 0 && flock(fd, LOCK_UN) < 0)
		log_die("cannot release the lock of the database: %s", strerror(errno));
}

void file_lock_close(int fd)
{
	if (fd >= 0)
		close(fd);
}
