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
	PLACES = 1 + CONFIG_WORKERS_MAX,
	CHILDREN = PLACES + CONFIG_WORKERS_MAX, /* for successors, until the old ones have left */
	LAST_CHANCE = 1000 /* milliseconds that dbd gets to close when time is up */
};

enum phase {
	PHASE_STARTING, /* not every child has been ready */
	PHASE_SERVING,
	PHASE_DRAINING, /* workers finish; dbd still works for them */
	PHASE_CLOSING,  /* dbd commits and closes */
	PHASE__COUNT
};

struct supervisor {
	struct plan *plan;
	struct loop *loop;
	struct arena scratch; /* of one start */
	enum phase phase;
	int exit_status;
	bool hurried;     /* no more waiting for workers */
	unsigned workers; /* how many are wanted */
	int listeners[ROLE__COUNT];
	int parent_pipe[2];              /* nobody writes; children see the master's end in it */
	struct timer deadline;           /* of the stop */
	struct child *current[PLACES];   /* dbd, then the workers by number */
	struct child *successor;         /* of a worker, until it is ready; NULL: none */
	bool reloading, reload_again;    /* now; after this one */
	struct child children[CHILDREN]; /* dbd, then workers; one that is absent and not current is
					  * free */
};

/* Signals. */

static const int handled[] = { SIGTERM, SIGINT, SIGQUIT, SIGCHLD, SIGTTIN, SIGTTOU, SIGHUP,
	SIGUSR2 };
static const int ignored[] = { SIGUSR1, SIGPIPE };

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

	/* A parent may have ignored some. Without CHLD children would vanish unseen. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	for (size_t i = 0; i < NITEMS(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Which children there are. */

static struct child *dbd_of(struct supervisor *s)
{
	return s->current[0];
}

static struct child *worker_of(struct supervisor *s, unsigned number)
{
	return s->current[number];
}

static bool has_worker_process(const struct supervisor *s)
{
	for (unsigned i = 1; i < CHILDREN; i++)
		if (s->children[i].pid > 0)
			return true;
	return false;
}

/* Should there be a process of this child in this phase? */
static bool is_wanted(const struct supervisor *s, const struct child *child)
{
	if (child->role == ROLE_DBD)
		return s->phase < PHASE_CLOSING;
	return s->phase < PHASE_DRAINING && child->number <= s->workers &&
	       s->current[child->number] == child;
}

static void signal_workers(struct supervisor *s, int signal)
{
	for (unsigned i = 1; i < CHILDREN; i++)
		child_signal(&s->children[i], signal);
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
	for (unsigned i = 1; i < CHILDREN; i++)
		stop_pausing(s, &s->children[i]);
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

/* False: there is no process, and the log says why. */
static bool launch(struct supervisor *s, struct child *child)
{
	pid_t pid;
	int status_fd = spawn(s, child, &pid);

	if (status_fd >= 0) {
		child_began(child, s->loop, pid, status_fd);
		loop_timer_set(s->loop, &child->timer, s->plan->startup_timeout);
		return true;
	}
	log_error("cannot start %s: %s", child->name, strerror(errno));
	child->started = loop_now(s->loop);
	child->ready = 0;
	return false;
}

static void start(struct supervisor *s, struct child *child)
{
	if (launch(s, child))
		return;
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
		if (!s->current[n]->has_been_ready)
			return false;
	return true;
}

static void begin_serving(struct supervisor *s)
{
	s->phase = PHASE_SERVING;
	log_info("Postern " POSTERN_VERSION " serving on %s (%u worker%s, database %s)",
		s->plan->address, s->workers, s->workers == 1 ? "" : "s", s->plan->database);
}

/* Replacing what still runs. */

static void tell_to_go(
	struct supervisor *s, struct child *child, int signal, enum child_state state)
{
	child->state = state;
	child_signal(child, signal);
	loop_timer_set(s->loop, &child->timer,
		(uint64_t)s->plan->settings->timeout_graceful_shutdown * 1000);
}

static void dismiss(struct supervisor *s, struct child *child)
{
	tell_to_go(s, child, SIGTERM, CHILD_LEAVING);
}

static void make_way(struct supervisor *s, struct child *child)
{
	tell_to_go(s, child, PROCESS_MAKE_WAY, CHILD_YIELDING);
}

static void set_up_child(
	struct supervisor *s, struct child *child, enum role role, unsigned number);

static struct child *find_free(struct supervisor *s)
{
	for (unsigned i = 1; i < CHILDREN; i++) {
		struct child *child = &s->children[i];
		if (child->state == CHILD_ABSENT && s->current[child->number] != child)
			return child;
	}
	return NULL;
}

static void begin_reload(struct supervisor *s);

/* Those who run go on, as they are. */
static void give_up_replacing(struct supervisor *s)
{
	for (unsigned n = 0; n < PLACES; n++)
		s->current[n]->outdated = false;
	if (s->reloading)
		log_error("the reload is given up; what was not replaced goes on");
	s->reloading = false;
	if (s->reload_again)
		begin_reload(s);
}

static void start_successor(struct supervisor *s, const struct child *old)
{
	struct child *child = find_free(s);

	if (!child)
		return; /* one is as soon as another has left */
	set_up_child(s, child, ROLE_WORKER, old->number);
	if (!launch(s, child)) {
		give_up_replacing(s);
		return;
	}
	child->restarts = old->restarts;
	s->successor = child;
}

/* False: there is nothing more to be replaced. */
static bool replace_next(struct supervisor *s)
{
	struct child *dbd = dbd_of(s);

	/* Without dbd no worker gets ready. */
	if (s->successor || dbd->state != CHILD_READY)
		return true;
	for (unsigned n = 1; n <= s->workers; n++) {
		struct child *child = worker_of(s, n);
		if (!child->outdated || child->state != CHILD_READY)
			continue;
		start_successor(s, child);
		return true;
	}
	if (!dbd->outdated)
		return false;
	if (!s->plan->in_memory) {
		make_way(s, dbd);
		return true;
	}
	dbd->outdated = false;
	log_info("dbd is not replaced: the database in memory would end with it");
	return false;
}

static void go_on_replacing(struct supervisor *s)
{
	if (s->phase != PHASE_SERVING || replace_next(s) || !s->reloading)
		return;
	log_info("reloaded: %u worker%s, database %s", s->workers, s->workers == 1 ? "" : "s",
		s->plan->database);
	s->reloading = false;
	if (s->reload_again)
		begin_reload(s);
}

static void take_over(struct supervisor *s, struct child *child)
{
	struct child *old = worker_of(s, child->number);

	s->successor = NULL;
	if (s->phase != PHASE_SERVING || child->number > s->workers) {
		dismiss(s, child);
		return;
	}
	s->current[child->number] = child;
	stop_pausing(s, old);
	if (old->state == CHILD_READY)
		make_way(s, old);
	else if (old->state == CHILD_STARTING)
		dismiss(s, old);
}

static void became_worn(struct supervisor *s, struct child *child)
{
	if (child->role != ROLE_WORKER || child->outdated)
		return;
	log_info("%s (pid %d) has answered its number of requests; replacing it", child->name,
		(int)child->pid);
	child->outdated = true;
	go_on_replacing(s);
}

static void became_ready(struct supervisor *s, struct child *child)
{
	log_debug("%s (pid %d) is ready", child->name, (int)child->pid);
	if (child == s->successor)
		take_over(s, child);
	if (s->phase == PHASE_STARTING && child->role == ROLE_DBD)
		start_workers(s);
	if (s->phase == PHASE_STARTING && have_all_been_ready(s)) {
		begin_serving(s);
		if (s->reload_again)
			begin_reload(s);
	}
	go_on_replacing(s);
}

/* What the loop tells of a child. */

static void hear(struct supervisor *s, struct child *child)
{
	switch (child_hear(child, s->loop)) {
	case CHILD_IS_READY:
		became_ready(s, child);
		break;
	case CHILD_IS_WORN:
		became_worn(s, child);
		break;
	case CHILD_SAYS_NOTHING:
		break;
	}
}

static void on_status(struct watch *watch, uint32_t events)
{
	struct child *child = CONTAINER_OF(watch, struct child, status);

	(void)events;
	hear(child->owner, child);
}

static void on_child_timer(struct timer *timer)
{
	struct child *child = CONTAINER_OF(timer, struct child, timer);
	struct supervisor *s = child->owner;

	if (child->state == CHILD_PAUSING) {
		start(s, child);
		return;
	}
	/* Its idle clients have had their time. */
	if (child->state == CHILD_YIELDING && child->role == ROLE_WORKER) {
		dismiss(s, child);
		return;
	}
	log_error("%s (pid %d) %s in time; killing it", child->name, (int)child->pid,
		child->state == CHILD_STARTING ? "was not ready" : "has not ended");
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

	child->restarts++;
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

/* The place that it was to take is still held. */
static void lose_successor(struct supervisor *s, struct child *child, pid_t pid, const char *how)
{
	s->successor = NULL;
	if (s->phase != PHASE_SERVING)
		return;
	log_error("a new %s (pid %d) %s before it was ready", child->name, (int)pid, how);
	give_up_replacing(s);
}

static void bury(struct supervisor *s, struct child *child, int status)
{
	pid_t pid = child->pid;
	bool leaving = child->state == CHILD_LEAVING || child->state == CHILD_YIELDING;
	/* In a stop dbd may have been told by others, as in a TERM to the whole process group; it
	 * goes when the last worker has left, of which the master may hear later. */
	bool done = s->phase == PHASE_DRAINING && child->state != CHILD_YIELDING &&
		    WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;
	bool wanted = is_wanted(s, child) && !done;
	char text[80];
	struct buf how;

	buf_init(&how, sizeof(text));
	child_write_death(status, &how);
	snprintf(text, sizeof(text), "%.*s", (int)buf_len(&how), buf_view(&how).ptr);
	buf_done(&how);
	if (leaving || (!wanted && child != s->successor))
		note_end(s, child, status, text);
	judge_end(s, child, status);
	child_ended(child, s->loop);
	if (child == s->successor)
		lose_successor(s, child, pid, text);
	else if (s->phase == PHASE_STARTING && !child->has_been_ready)
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
		hear(s, child);
		bury(s, child, status);
	}
	go_on_replacing(s);
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
	dismiss(s, child);
}

/* HUP. */

static bool read_configuration(struct supervisor *s)
{
	struct buf error;

	if (!s->plan->read_again)
		return true;
	buf_init(&error, 4096);
	bool read = s->plan->read_again(s->plan, &error);
	struct str why = buf_view(&error);
	if (!read)
		log_error("not reloaded, all goes on as before: %.*s", (int)why.len, why.ptr);
	buf_done(&error);
	return read;
}

static void begin_reload(struct supervisor *s)
{
	s->reload_again = false;
	if (!read_configuration(s))
		return;
	log_info("reloading: workers and dbd are replaced one by one");
	s->reloading = true;
	for (unsigned n = 0; n <= s->workers; n++)
		s->current[n]->outdated = s->current[n]->pid > 0;
	if (s->successor)
		s->successor->outdated = true;
	while (s->workers < (unsigned)s->plan->settings->workers)
		add_worker(s);
	while (s->workers > (unsigned)s->plan->settings->workers)
		remove_worker(s);
	go_on_replacing(s);
}

static void reload(struct supervisor *s)
{
	if (s->phase == PHASE_SERVING && !s->reloading) {
		begin_reload(s);
		return;
	}
	if (s->phase > PHASE_SERVING)
		return;
	log_info("asked to reload; it follows on what is under way");
	s->reload_again = true;
}

/* USR2. */

static void dump_child(const struct supervisor *s, const struct child *child)
{
	uint64_t age = child->pid > 0 ? loop_now(s->loop) - child->started : 0;

	log_info("state: %s: pid %d, %s%s, up %llu.%03llu s, %u restarts", child->name,
		(int)child->pid, child_state_name(child),
		child == s->successor ? ", to take over"
		: child->outdated     ? ", to be replaced"
				      : "",
		(unsigned long long)age / 1000, (unsigned long long)age % 1000, child->restarts);
}

static void dump(const struct supervisor *s)
{
	static const char *const phases[] = {
		[PHASE_STARTING] = "starting",
		[PHASE_SERVING] = "serving",
		[PHASE_DRAINING] = "stopping, workers finish",
		[PHASE_CLOSING] = "stopping, dbd closes",
	};

	_Static_assert(NITEMS(phases) == PHASE__COUNT, "a phase has no name");
	log_info("state: master: pid %d, %s%s, %s, %u workers wanted", (int)getpid(),
		phases[s->phase], s->reloading ? ", reloading" : "", s->plan->address, s->workers);
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].state != CHILD_ABSENT)
			dump_child(s, &s->children[i]);
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
	case SIGHUP:
		reload(s);
		break;
	case SIGUSR2:
		dump(s);
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

static void set_up_child(struct supervisor *s, struct child *child, enum role role, unsigned number)
{
	child_init(child, role, number);
	child->owner = s;
	child->status.on_event = on_status;
	child->timer.on_timer = on_child_timer;
}

static struct supervisor *supervisor_new(struct plan *plan)
{
	struct supervisor *s = calloc(1, sizeof(*s));

	if (!s || pipe2(s->parent_pipe, O_CLOEXEC) < 0)
		log_die("cannot set up the supervisor: %s", strerror(errno));
	s->plan = plan;
	s->loop = loop_new();
	s->workers = (unsigned)plan->settings->workers;
	s->deadline.on_timer = on_deadline;
	memcpy(s->listeners, plan->listeners, sizeof(s->listeners));
	for (unsigned n = 0; n < PLACES; n++) {
		set_up_child(s, &s->children[n], n == 0 ? ROLE_DBD : ROLE_WORKER, n);
		s->current[n] = &s->children[n];
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

int supervise_run(struct plan *plan)
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
