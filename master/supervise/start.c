#include "start.h"

#include "channel.h"
#include "environment.h"
#include "fork_exec.h"
#include "rlimits.h"
#include "shared_api.h"
#include "stats_slots.h"
#include "stop.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* What a process is started with. */
struct source {
	const struct settings *settings;
	const char *program;
	int api; /* descriptor of shared_api.h */
};

/* The declarations that workers have, after the one that is served. Returns the descriptor, which
 * the caller closes; or -1 with errno. */
static int share_declarations(const struct supervisor *s)
{
	const struct api *list[1 + CHILDREN] = { s->plan->served.api };
	unsigned count = 1;

	for (unsigned i = 0; i < CHILDREN; i++) {
		const struct api *of_worker = s->children[i].api;
		unsigned known = 0;
		while (of_worker && known < count &&
			list[known]->fingerprint != of_worker->fingerprint)
			known++;
		if (of_worker && known == count)
			list[count++] = of_worker;
	}
	return shared_api_create(list, count);
}

static struct source source_of(const struct supervisor *s, const struct child *child, int shared)
{
	const struct plan_next *next = &s->plan->next;
	const struct plan *plan = s->plan;

	if (child == s->trial.child)
		return (struct source){ &next->options.settings, next->programs[ROLE_DBD],
			next->served.fd };
	return (struct source){ plan->settings, plan->programs[child->role],
		child->role == ROLE_DBD ? shared : plan->served.fd };
}

static pid_t launch(struct supervisor *s, const struct child *child, const struct source *source,
	const struct handles *handles, int channel, int heartbeat)
{
	char title[sizeof("postern: ") + sizeof(child->name)], trial[] = PROCESS_TRIAL;
	char *argv[] = { title, child == s->trial.child ? trial : NULL, NULL };
	const struct listeners *listeners = &s->plan->listeners[child->role];
	const struct listeners *admin = &s->plan->admin;
	bool is_dbd = child->role == ROLE_DBD;

	snprintf(title, sizeof(title), "postern: %s", child->name);
	struct fork_exec how = {
		.program = source->program,
		.argv = argv,
		.envp = environment_of_child(&s->scratch, source->settings, child->name,
			handles->slot, is_dbd ? NULL : s->plan->dbd_socket, listeners->count),
		.fds = {
			[FORK_EXEC_FD(PROCESS_FD_CHANNEL)] = channel,
			[FORK_EXEC_FD(PROCESS_FD_HEARTBEAT)] = heartbeat,
			[FORK_EXEC_FD(PROCESS_FD_GENERATIONS)] =
				s->generations[is_dbd ? GENERATIONS_WRITE : GENERATIONS_READ],
			[FORK_EXEC_FD(PROCESS_FD_STATS)] = s->stats,
			[FORK_EXEC_FD(PROCESS_FD_API)] = source->api,
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

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
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
	int shared = child->role == ROLE_DBD ? share_declarations(s) : -1;
	struct source source = source_of(s, child, shared);
	handles->channel = ends[0];
	handles->slot = stats_allot(child->name);
	handles->pid = heartbeat < 0 || (child->role == ROLE_DBD && shared < 0)
			       ? -1
			       : launch(s, child, &source, handles, ends[1], heartbeat);
	int error = errno;
	close(ends[1]);
	close_if_open(heartbeat);
	close_if_open(shared);
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
		child->api = child->role == ROLE_WORKER ? s->plan->served.api : NULL;
		if (child == supervisor_dbd(s))
			s->dbd_first = false;
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
