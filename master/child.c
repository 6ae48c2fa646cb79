#include "child.h"

#include "log.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void child_init(struct child *child, enum role role, unsigned number)
{
	struct arena arena = { 0 };
	struct str name = role_name(role, number, &arena);

	*child = (struct child){ .role = role, .number = number, .status.fd = -1 };
	snprintf(child->name, sizeof(child->name), "%s", name.ptr);
	arena_done(&arena);
}

static void stop_listening(struct child *child, struct loop *loop)
{
	if (child->status.fd < 0)
		return;
	loop_remove(loop, &child->status);
	close(child->status.fd);
	child->status.fd = -1;
}

void child_began(struct child *child, struct loop *loop, pid_t pid, int status_fd)
{
	child->pid = pid;
	child->state = CHILD_STARTING;
	child->started = loop_now(loop);
	child->ready = 0;
	child->status.fd = status_fd;
	if (net_set_nonblocking(status_fd) < 0 || loop_add(loop, &child->status, EPOLLIN) < 0)
		log_die("cannot watch the status of %s: %s", child->name, strerror(errno));
}

bool child_heard_ready(struct child *child, struct loop *loop)
{
	char byte;

	if (child->status.fd < 0)
		return false;
	ssize_t n = read(child->status.fd, &byte, sizeof(byte));
	if (n < 0)
		return false;
	if (n == 0) {
		stop_listening(child, loop);
		return false;
	}
	if (child->state != CHILD_STARTING)
		return false;
	loop_timer_cancel(loop, &child->timer);
	child->state = CHILD_READY;
	child->has_been_ready = true;
	child->ready = loop_now(loop);
	return true;
}

void child_ended(struct child *child, struct loop *loop)
{
	stop_listening(child, loop);
	loop_timer_cancel(loop, &child->timer);
	child->pid = 0;
	child->state = CHILD_ABSENT;
}

void child_signal(const struct child *child, int signal)
{
	if (child->pid > 0)
		kill(child->pid, signal);
}

void child_write_death(int status, struct buf *out)
{
	if (WIFSIGNALED(status))
		buf_printf(out, "was killed by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		buf_printf(out, "exited with status %d", WEXITSTATUS(status));
}
