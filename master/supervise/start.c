#include "start.h"

#include "channel.h"
#include "environment.h"
#include "fork_exec.h"
#include "rlimits.h"
#include "stats_slots.h"
#include "stop.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static pid_t launch(struct supervisor *s, const struct child *child, const struct handles *handles,
	int channel, int heartbeat)
{
	char title[sizeof("postern: ") + sizeof(child->name)];
	char *argv[] = { title, NULL };
	const struct listeners *listeners = &s->plan->listeners[child->role];
	const struct listeners *admin = &s->plan->admin;
	bool is_dbd = child->role == ROLE_DBD;

	snprintf(title, sizeof(title), "postern: %s", child->name);
	struct fork_exec how = {
		.program = s->plan->programs[child->role],
		.argv = argv,
		.envp = environment_of_child(&s->scratch, s->plan->settings, child->name,
			handles->slot, is_dbd ? NULL : s->plan->dbd_socket, listeners->count),
		.fds = {
			[FORK_EXEC_FD(PROCESS_FD_CHANNEL)] = channel,
			[FORK_EXEC_FD(PROCESS_FD_HEARTBEAT)] = heartbeat,
			[FORK_EXEC_FD(PROCESS_FD_GENERATIONS)] =
				s->generations[is_dbd ? GENERATIONS_WRITE : GENERATIONS_READ],
			[FORK_EXEC_FD(PROCESS_FD_STATS)] = s->stats,
			[FORK_EXEC_FD(PROCESS_FD_API)] = s->plan->served.fd,
			[FORK_EXEC_FD(PROCESS_FD_ADMIN)] =
				is_dbd || admin->count == 0 ? -1 : admin->fds[0],
		},
		.nlisteners = listeners->count,
	};
	memcpy(&how.fds[FORK_EXEC_FD(PROCESS_FD_LISTEN)], listeners->fds,
		listeners->count * sizeof(*listeners->fds));
	pid_t pid = s->calls->launch(&how);
	int error = errno;
	arena_reset(&s->scratch);
	errno = error;
	return pid;
}

/* Creates the process and what it shares with the master. Returns false with errno, after cleaning
 * up. */
static bool make_process(struct supervisor *s, struct child *child, struct handles *handles)
{
	int ends[2];

	if (channel_open(ends) < 0)
		return false;
	handles->heartbeat = NULL;
	int heartbeat = heartbeat_new(&handles->heartbeat);
	handles->channel = ends[0];
	handles->slot = stats_allot(child->name);
	handles->pid = heartbeat < 0 ? -1 : launch(s, child, handles, ends[1], heartbeat);
	int error = errno;
	close(ends[1]);
	if (heartbeat >= 0)
		close(heartbeat);
	if (handles->pid > 0)
		return true;
	close(ends[0]);
	stats_reap(handles->slot);
	heartbeat_free(handles->heartbeat);
	errno = error;
	return false;
}

bool start_process(struct supervisor *s, struct child *child)
{
	struct handles handles;

	if (make_process(s, child, &handles)) {
		child_started(child, s->loop, &handles, s->plan->settings->timeout_watchdog);
		loop_timer_set(s->loop, &child->timer, s->plan->startup_timeout);
		return true;
	}
	log_error("cannot start %s: %s", child->name, rlimits_strerror(errno));
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
