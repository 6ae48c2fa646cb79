#include "start.h"

#include "channel.h"
#include "environment.h"
#include "spawn.h"
#include "stop.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Makes the process. Returns the master's end of its channel, or -1 with errno. */
static int spawn(struct supervisor *s, struct child *child, pid_t *pid)
{
	int ends[2];
	char title[sizeof("postern: ") + sizeof(child->name)];
	char *argv[] = { title, NULL };

	if (channel_open(ends) < 0)
		return -1;
	snprintf(title, sizeof(title), "postern: %s", child->name);
	struct spawn how = {
		.program = s->plan->programs[child->role],
		.argv = argv,
		.envp = environment_of_child(&s->scratch, s->plan->settings, child->name,
			child->role == ROLE_DBD ? NULL : s->plan->dbd_socket),
		.fds = { ends[1], s->listeners[child->role] },
	};
	*pid = spawn_child(&how);
	int error = errno;
	arena_reset(&s->scratch);
	close(ends[1]);
	if (*pid > 0)
		return ends[0];
	close(ends[0]);
	errno = error;
	return -1;
}

bool start_process(struct supervisor *s, struct child *child)
{
	pid_t pid;
	int channel = spawn(s, child, &pid);

	if (channel >= 0) {
		child_began(child, s->loop, pid, channel);
		loop_timer_set(s->loop, &child->timer, s->plan->startup_timeout);
		return true;
	}
	log_error("cannot start %s: %s", child->name, strerror(errno));
	child->started = loop_now(s->loop);
	child->ready = 0;
	return false;
}

uint64_t start_next_pause(struct supervisor *s, struct child *child)
{
	return backoff_after_death(
		&child->backoff, child->started, child->ready, loop_now(s->loop));
}

void start_child_after(struct supervisor *s, struct child *child, uint64_t pause)
{
	child->state = CHILD_PAUSING;
	loop_timer_set(s->loop, &child->timer, pause);
}

void start_child(struct supervisor *s, struct child *child)
{
	if (start_process(s, child))
		return;
	if (s->phase == PHASE_STARTING && !child->has_been_ready)
		stop_failed(s);
	else
		start_child_after(s, child, start_next_pause(s, child));
}
