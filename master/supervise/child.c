#include "child.h"

#include "channel.h"
#include "log.h"
#include "process.h"
#include "stats_slots.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* stats.h has the same roles. */
_Static_assert((int)ROLE_DBD == STAT_ROLE_DBD && (int)ROLE_WORKER == STAT_ROLE_WORKER &&
		       (int)ROLE__COUNT == STAT_ROLE__COUNT,
	"the roles differ");

void child_init(struct child *child, enum role role, unsigned number)
{
	struct arena arena = { 0 };
	struct str name = role_name(role, number, &arena);

	*child = (struct child){ .role = role, .number = number, .channel.fd = -1 };
	snprintf(child->name, sizeof(child->name), "%s", name.ptr);
	arena_done(&arena);
}

static void stop_listening(struct child *child, struct loop *loop)
{
	if (child->channel.fd < 0)
		return;
	loop_remove(loop, &child->channel);
	close(child->channel.fd);
	child->channel.fd = -1;
}

void child_started(
	struct child *child, struct loop *loop, const struct handles *handles, long watchdog)
{
	child->pid = handles->pid;
	child->slot = handles->slot;
	stats_set_process(child->slot, child->pid);
	stats_add_at(STAT_CHILDREN, child->role, 1);
	child->state = CHILD_STARTING;
	child->outdated = child->released = false;
	child->started = loop_now(loop);
	child->ready = 0;
	child->liveness = (struct liveness){ .heartbeat = handles->heartbeat,
		.timeout = (uint64_t)watchdog * 1000 };
	child->channel.fd = handles->channel;
	if (loop_add(loop, &child->channel, EPOLLIN) < 0)
		log_die("cannot watch the channel to %s: %s", child->name, strerror(errno));
}

static enum child_event take_ready(struct child *child, struct loop *loop)
{
	loop_timer_cancel(loop, &child->timer);
	child->state = CHILD_READY;
	child->has_been_ready = true;
	child->ready = loop_now(loop);
	return CHILD_EVENT_READY;
}

/* Ignores words that do not fit the state. */
static enum child_event take_word(struct child *child, struct loop *loop, char word)
{
	if (word == PROCESS_READY && child->state == CHILD_STARTING)
		return take_ready(child, loop);
	if (word == PROCESS_RETIRING && child->state == CHILD_READY)
		return CHILD_EVENT_RETIRING;
	if (word != PROCESS_RELEASED || child->state != CHILD_DRAINING)
		return CHILD_EVENT_NONE;
	child->released = true;
	return CHILD_EVENT_RELEASED;
}

enum child_event child_receive(struct child *child, struct loop *loop)
{
	char word = 0;

	if (child->channel.fd < 0)
		return CHILD_EVENT_NONE;
	enum channel_status status = channel_receive_word(child->channel.fd, &word, NULL);
	if (status == CHANNEL_ENDED)
		stop_listening(child, loop);
	if (status != CHANNEL_WORD)
		return CHILD_EVENT_NONE;
	return take_word(child, loop, word);
}

static const struct {
	const char *name;  /* for people */
	const char *value; /* of the status, an interface: never reworded */
} states[] = {
	[CHILD_ABSENT] = { "absent", "absent" },
	[CHILD_STARTING] = { "starting", "starting" },
	[CHILD_READY] = { "ready", "ready" },
	[CHILD_DRAINING] = { "draining", "making way" },
	[CHILD_STOPPING] = { "stopping", "leaving" },
	[CHILD_ABORTED] = { "aborting", "being aborted" },
	[CHILD_PAUSING] = { "waiting to start", "waiting to be started" },
};

_Static_assert(NITEMS(states) == CHILD_STATE__COUNT, "a state has no name");

const char *child_state_name(const struct child *child)
{
	return states[child->state].name;
}

const char *child_state_value(const struct child *child)
{
	return states[child->state].value;
}

void child_reaped(struct child *child, struct loop *loop)
{
	stop_listening(child, loop);
	loop_timer_cancel(loop, &child->timer);
	heartbeat_free(child->liveness.heartbeat);
	child->liveness.heartbeat = NULL;
	stats_reap(child->slot);
	stats_add_at(STAT_CHILDREN, child->role, (uint64_t)-1);
	child->pid = 0;
	child->api = NULL;
	child->state = CHILD_ABSENT;
}

void child_signal(const struct child *child, int signal)
{
	if (child->pid > 0)
		(void)child->calls->kill(child->pid, signal);
}

void child_write_death(int status, struct buf *out)
{
	if (WIFSIGNALED(status))
		buf_printf(out, "was killed by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		buf_printf(out, "exited with status %d", WEXITSTATUS(status));
}
