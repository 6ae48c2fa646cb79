#include "supervise.h"

#include "child.h"
#include "environment.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHILDREN = 1 + CONFIG_WORKERS_MAX,
	LAST_CHANCE = 1000 /* milliseconds that dbd gets to close when time is up */
};

enum phase {
	PHASE_STARTING, /* not every child has been ready */
	PHASE_SERVING,
	PHASE_DRAINING, /* workers finish; dbd still works for them */
	PHASE_CLOSING   /* dbd commits and closes */
};

struct supervisor {
	const struct plan *plan;
	struct loop *loop;
	struct arena scratch; /* of one start */
	enum phase phase;
	int exit_status;
	bool hurried;     /* no more waiting for workers */
	unsigned workers; /* how many are wanted */
	int listeners[ROLE__COUNT];
	int parent_pipe[2];              /* nobody writes; children see the master's end in it */
	struct timer deadline;           /* of the stop */
	struct child children[CHILDREN]; /* dbd, then the workers by number */
};

/* Signals. */

static const int handled[] = { SIGTERM, SIGINT, SIGQUIT, SIGCHLD, SIGTTIN, SIGTTOU };
static const int ignored[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE };

static sigset_t handled_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NITEMS(handled); i++)
		sigaddset(&set, handled[i]);
	return set;
}

void supervise_hold_signals(void)
{
	sigset_t set = handled_set();

	/* A parent may have ignored SIGCHLD; children would then vanish unseen. */
	signal(SIGCHLD, SIG_DFL);
	for (size_t i = 0; i < NITEMS(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Which children there are. */

static struct child *dbd_of(struct supervisor *s)
{
	return &s->children[0];
}

static struct child *worker_of(struct supervisor *s, unsigned number)
{
	return &s->children[number];
}

static bool has_worker_process(struct supervisor *s)
{
	for (unsigned n = 1; n <= CONFIG_WORKERS_MAX; n++)
		if (worker_of(s, n)->pid > 0)
			return true;
	return false;
}

/* Should there be a process of this child in this phase? */
static bool is_wanted(const struct supervisor *s, const struct child *child)
{
	if (child->role == ROLE_DBD)
		return s->phase < PHASE_CLOSING;
	return s->phase < PHASE_DRAINING && child->number <= s->workers;
}

static void signal_workers(struct supervisor *s, int signal)
{
	for (unsigned n = 1; n <= CONFIG_WORKERS_MAX; n++)
		child_signal(worker_of(s, n), signal);
}

static void close_listener(struct supervisor *s, enum role role)
{
	if (s->listeners[role] >= 0)
		close(s->listeners[role]);
	s->listeners[role] = -1;
}

/* Stopping. */

static void stop_pausing(struct supervisor *s, struct child *child)
{
	if (child->state != CHILD_PAUSING)
		return;
	loop_timer_cancel(s->loop, &child->timer);
	child->state = CHILD_ABSENT;
}

static void begin_closing(struct supervisor *s)
{
	if (s->phase == PHASE_CLOSING)
		return;
	s->phase = PHASE_CLOSING;
	stop_pausing(s, dbd_of(s));
	child_signal(dbd_of(s), SIGTERM);
}

/* Goes on with the stop when the last process of a phase is gone. */
static void advance(struct supervisor *s)
{
	if (s->phase < PHASE_DRAINING || has_worker_process(s))
		return;
	begin_closing(s);
	if (dbd_of(s)->pid == 0)
		loop_stop(s->loop);
}

/* Connections that come from now on are refused, not left to wait for nobody. */
static void begin_draining(struct supervisor *s)
{
	s->phase = PHASE_DRAINING;
	close_listener(s, ROLE_WORKER);
	for (unsigned n = 1; n <= CONFIG_WORKERS_MAX; n++)
		stop_pausing(s, worker_of(s, n));
}

static void stop_gracefully(struct supervisor *s)
{
	log_info("stopping: requests under way have %ld s",
		s->plan->settings->timeout_graceful_shutdown);
	begin_draining(s);
	signal_workers(s, SIGTERM);
	loop_timer_set(s->loop, &s->deadline,
		(uint64_t)s->plan->settings->timeout_graceful_shutdown * 1000);
	advance(s);
}

/* Workers can be lost at any time, dbd gets a last chance to commit and close. */
static void stop_at_once(struct supervisor *s)
{
	if (s->hurried)
		return;
	s->hurried = true;
	if (s->phase < PHASE_DRAINING)
		begin_draining(s);
	signal_workers(s, SIGKILL);
	begin_closing(s);
	loop_timer_set(s->loop, &s->deadline, LAST_CHANCE);
	advance(s);
}

static void on_deadline(struct timer *timer)
{
	struct supervisor *s = CONTAINER_OF(timer, struct supervisor, deadline);

	if (!s->hurried) {
		log_warning("%ld s are over; ending what is left",
			s->plan->settings->timeout_graceful_shutdown);
		stop_at_once(s);
		return;
	}
	log_error("dbd has not ended; killing it");
	child_signal(dbd_of(s), SIGKILL);
}

static void fail_startup(struct supervisor *s)
{
	s->exit_status = EXIT_STARTUP;
	stop_at_once(s);
}

/* Starting. */

/* Makes the process. Returns the reading end of its status pipe, or -1 with errno. */
static int spawn(struct supervisor *s, struct child *child, pid_t *pid)
{
	int status[2];
	char title[sizeof("postern: ") + sizeof(child->name)];
	char *argv[] = { title, NULL };

	if (pipe2(status, O_CLOEXEC) < 0)
		return -1;
	snprintf(title, sizeof(title), "postern: %s", child->name);
	struct spawn how = {
		.program = s->plan->programs[child->role],
		.argv = argv,
		.envp = environment_of_child(&s->scratch, s->plan->settings, child->name,
			child->role == ROLE_DBD ? NULL : s->plan->dbd_socket),
		.fds = { status[1], s->parent_pipe[0], s->listeners[child->role] },
	};
	*pid = spawn_child(&how);
	int error = errno;
	arena_reset(&s->scratch);
	close(status[1]);
	if (*pid > 0)
		return status[0];
	close(status[0]);
	errno = error;
	return -1;
}

static void pause_child(struct supervisor *s, struct child *child, uint64_t pause)
{
	child->state = CHILD_PAUSING;
	loop_timer_set(s->loop, &child->timer, pause);
}

static uint64_t next_pause(struct supervisor *s, struct child *child)
{
	return backoff_after_death(
		&child->backoff, child->started, child->ready, loop_now(s->loop));
}

static void start(struct supervisor *s, struct child *child)
{
	pid_t pid;
	int status_fd = spawn(s, child, &pid);

	if (status_fd >= 0) {
		child_began(child, s->loop, pid, status_fd);
		loop_timer_set(s->loop, &child->timer, s->plan->startup_timeout);
		return;
	}
	log_error("cannot start %s: %s", child->name, strerror(errno));
	child->started = loop_now(s->loop);
	child->ready = 0;
	if (s->phase == PHASE_STARTING && !child->has_been_ready)
		fail_startup(s);
	else
		pause_child(s, child, next_pause(s, child));
}

static void start_workers(struct supervisor *s)
{
	for (unsigned n = 1; n <= s->workers && s->phase == PHASE_STARTING; n++)
		if (worker_of(s, n)->state == CHILD_ABSENT)
			start(s, worker_of(s, n));
}

static bool have_all_been_ready(struct supervisor *s)
{
	for (unsigned n = 0; n <= s->workers; n++)
		if (!s->children[n].has_been_ready)
			return false;
	return true;
}

static void became_ready(struct supervisor *s, struct child *child)
{
	log_debug("%s (pid %d) is ready", child->name, (int)child->pid);
	if (s->phase != PHASE_STARTING)
		return;
	if (child->role == ROLE_DBD)
		start_workers(s);
	if (!have_all_been_ready(s))
		return;
	s->phase = PHASE_SERVING;
	log_info("Postern " POSTERN_VERSION " serving on %s (%u worker%s, database %s)",
		s->plan->address, s->workers, s->workers == 1 ? "" : "s", s->plan->database);
}

/* What the loop tells of a child. The supervisor is found by the child's place in its array. */

static struct supervisor *supervisor_of(struct child *child)
{
	struct child *first = child - child->number;

	return CONTAINER_OF(first, struct supervisor, children);
}

static void on_status(struct watch *watch, uint32_t events)
{
	struct child *child = CONTAINER_OF(watch, struct child, status);
	struct supervisor *s = supervisor_of(child);

	(void)events;
	if (child_heard_ready(child, s->loop))
		became_ready(s, child);
}

static void on_child_timer(struct timer *timer)
{
	struct child *child = CONTAINER_OF(timer, struct child, timer);
	struct supervisor *s = supervisor_of(child);

	if (child->state == CHILD_PAUSING) {
		start(s, child);
		return;
	}
	log_error("%s (pid %d) %s in time; killing it", child->name, (int)child->pid,
		child->state == CHILD_LEAVING ? "has not ended" : "was not ready");
	child_signal(child, SIGKILL);
}

/* Deaths. */

/* It was asked to go, or nobody needs it. */
static void note_end(struct supervisor *s, struct child *child, int status, const char *how)
{
	bool as_told = WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM ||
						     (WTERMSIG(status) == SIGKILL && s->hurried)
					   : WEXITSTATUS(status) == EXIT_CLEAN;

	log_line(as_told ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "%s (pid %d) %s", child->name,
		(int)child->pid, how);
}

/* dbd's end is the one that matters: by SIGTERM before it could handle it, or by itself. */
static void judge_end(struct supervisor *s, const struct child *child, int status)
{
	bool well = WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM
					: WEXITSTATUS(status) == EXIT_CLEAN;

	if (child->role == ROLE_DBD && s->phase == PHASE_CLOSING && !well &&
		s->exit_status == EXIT_CLEAN)
		s->exit_status = EXIT_RUNNING;
}

static void replace(struct supervisor *s, struct child *child, pid_t pid, const char *how)
{
	uint64_t pause = next_pause(s, child);

	if (pause == 0)
		log_warning("%s (pid %d) %s; starting another", child->name, (int)pid, how);
	else
		log_error("%s (pid %d) %s; it keeps dying, starting another in %llu ms",
			child->name, (int)pid, how, (unsigned long long)pause);
	pause_child(s, child, pause);
}

/* A child that exits with one of these has said on stderr why. */
static bool has_explained(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == EXIT_STARTUP || WEXITSTATUS(status) == EXIT_USAGE);
}

static void fail_to_become_ready(
	struct supervisor *s, const struct child *child, pid_t pid, int status, const char *how)
{
	if (!has_explained(status))
		log_critical("%s (pid %d) %s before it was ready", child->name, (int)pid, how);
	fail_startup(s);
}

static void bury(struct supervisor *s, struct child *child, int status)
{
	pid_t pid = child->pid;
	/* In a stop dbd may have been told by others, as in a TERM to the whole process group; it
	 * goes when the last worker has left, of which the master may hear later. */
	bool leaving = child->state == CHILD_LEAVING;
	bool wanted = is_wanted(s, child) && !(s->phase == PHASE_DRAINING && WIFEXITED(status) &&
						     WEXITSTATUS(status) == EXIT_CLEAN);
	char text[80];
	struct buf how;

	buf_init(&how, sizeof(text));
	child_write_death(status, &how);
	snprintf(text, sizeof(text), "%.*s", (int)buf_len(&how), buf_view(&how).ptr);
	buf_done(&how);
	if (leaving || !wanted)
		note_end(s, child, status, text);
	judge_end(s, child, status);
	child_ended(child, s->loop);
	if (s->phase == PHASE_STARTING && !child->has_been_ready)
		fail_to_become_ready(s, child, pid, status, text);
	else if (wanted && leaving)
		pause_child(s, child, 0);
	else if (wanted)
		replace(s, child, pid, text);
}

static struct child *find_child(struct supervisor *s, pid_t pid)
{
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].pid == pid)
			return &s->children[i];
	return NULL;
}

/* As PID 1 the master also inherits every orphan of its container. */
static void reap(struct supervisor *s)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		struct child *child = find_child(s, pid);
		if (!child) {
			log_debug("reaped an orphan (pid %d)", (int)pid);
			continue;
		}
		/* Its last word may still be in the pipe. */
		if (child_heard_ready(child, s->loop))
			became_ready(s, child);
		bury(s, child, status);
	}
	advance(s);
}

/* One worker more, one fewer. */

static void add_worker(struct supervisor *s)
{
	if (s->phase != PHASE_SERVING || s->workers == CONFIG_WORKERS_MAX)
		return;
	struct child *child = worker_of(s, ++s->workers);
	log_info("one worker more: %u", s->workers);
	/* One that is still leaving is replaced when it has gone. */
	if (child->state == CHILD_ABSENT)
		start(s, child);
}

static void remove_worker(struct supervisor *s)
{
	if (s->phase != PHASE_SERVING)
		return;
	if (s->workers == 1) {
		log_info("the last worker stays");
		return;
	}
	struct child *child = worker_of(s, s->workers--);
	log_info("one worker fewer: %u", s->workers);
	stop_pausing(s, child);
	if (child->state == CHILD_ABSENT || child->state == CHILD_LEAVING)
		return;
	child->state = CHILD_LEAVING;
	child_signal(child, SIGTERM);
	loop_timer_set(s->loop, &child->timer,
		(uint64_t)s->plan->settings->timeout_graceful_shutdown * 1000);
}

static void on_signal(void *context, int signal)
{
	struct supervisor *s = context;

	switch (signal) {
	case SIGCHLD:
		reap(s);
		break;
	case SIGTTIN:
		add_worker(s);
		break;
	case SIGTTOU:
		remove_worker(s);
		break;
	case SIGQUIT:
		log_info("stopping at once");
		stop_at_once(s);
		break;
	default: /* TERM, INT */
		if (s->phase < PHASE_DRAINING) {
			stop_gracefully(s);
			break;
		}
		log_info("stopping at once, asked again");
		stop_at_once(s);
	}
}

static struct supervisor *supervisor_new(const struct plan *plan)
{
	struct supervisor *s = calloc(1, sizeof(*s));

	if (!s || pipe2(s->parent_pipe, O_CLOEXEC) < 0)
		log_die("cannot set up the supervisor: %s", strerror(errno));
	s->plan = plan;
	s->loop = loop_new();
	s->workers = (unsigned)plan->settings->workers;
	s->deadline.on_timer = on_deadline;
	memcpy(s->listeners, plan->listeners, sizeof(s->listeners));
	for (unsigned i = 0; i < CHILDREN; i++) {
		child_init(&s->children[i], i == 0 ? ROLE_DBD : ROLE_WORKER, i);
		s->children[i].status.on_event = on_status;
		s->children[i].timer.on_timer = on_child_timer;
	}
	return s;
}

static void supervisor_free(struct supervisor *s)
{
	for (enum role role = 0; role < ROLE__COUNT; role++)
		close_listener(s, role);
	close(s->parent_pipe[0]);
	close(s->parent_pipe[1]);
	loop_free(s->loop);
	arena_done(&s->scratch);
	free(s);
}

int supervise_run(const struct plan *plan)
{
	struct supervisor *s = supervisor_new(plan);
	sigset_t signals = handled_set();

	loop_signals(s->loop, &signals, on_signal, s);
	pause_child(s, dbd_of(s), 0);
	loop_run(s->loop);
	int status = s->exit_status;
	supervisor_free(s);
	return status;
}
