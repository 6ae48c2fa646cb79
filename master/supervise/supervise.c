#include "supervise.h"

#include "reap.h"
#include "reload.h"
#include "reopen.h"
#include "rlimits.h"
#include "scale.h"
#include "start.h"
#include "state_log.h"
#include "stats.h"
#include "stop.h"
#include "supervisor.h"
#include "watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { API_DESCRIPTION_MAX = 8 * 1024 /* bytes, with the path of a file */ };

/* Starting. */

static void start_workers(struct supervisor *s)
{
	for (unsigned n = 1; n <= s->workers && s->phase == PHASE_STARTING; n++)
		if (supervisor_worker(s, n)->state == CHILD_ABSENT)
			start_child(s, supervisor_worker(s, n));
}

static bool have_all_been_ready(struct supervisor *s)
{
	for (unsigned n = 0; n <= s->workers; n++)
		if (!s->current[n]->has_been_ready)
			return false;
	return true;
}

static void log_start(const struct supervisor *s)
{
	struct buf text;

	buf_init(&text, API_DESCRIPTION_MAX);
	served_api_describe(&s->plan->served, s->plan->settings->api, &text);
	struct str described = buf_view(&text);
	log_info("Postern " POSTERN_VERSION " serving on %s (%u worker%s, database %s; %.*s)",
		s->plan->address, s->workers, s->workers == 1 ? "" : "s", s->plan->database_name,
		STR_ARGS(described));
	buf_done(&text);
}

static void begin_serving(struct supervisor *s)
{
	s->phase = PHASE_SERVING;
	log_set_death(EXIT_RUNNING);
	log_start(s);
	if (s->plan->admin.count > 0)
		log_info("health and metrics on %s", s->plan->admin_address);
	if (geteuid() == 0 && !*s->plan->settings->user)
		log_warning("running as root; --user NAME drops that once the port is open");
}

static void became_ready(struct supervisor *s, struct child *child)
{
	log_debug("%s (pid %d) is ready", child->name, (int)child->pid);
	if (backoff_is_loop(&child->backoff))
		loop_timer_set(s->loop, &child->timer, BACKOFF_HEALTHY);
	if (child == s->successor)
		reload_successor_ready(s, child);
	if (s->phase == PHASE_STARTING && child->role == ROLE_DBD)
		start_workers(s);
	if (s->phase == PHASE_STARTING && have_all_been_ready(s)) {
		begin_serving(s);
		reload_start_queued(s);
	}
	reload_advance(s);
}

/* Events of a child. */

static void read_channel(struct supervisor *s, struct child *child)
{
	if (child == s->trial.child) {
		trial_receive(s);
		return;
	}
	switch (child_receive(child, s->loop)) {
	case CHILD_EVENT_READY:
		became_ready(s, child);
		break;
	case CHILD_EVENT_RETIRING:
		reload_replace_worker(s, child);
		break;
	case CHILD_EVENT_RELEASED:
		reload_released(s, child);
		break;
	case CHILD_EVENT_NONE:
		break;
	}
}

static void on_word(struct watch *watch, uint32_t events)
{
	struct child *child = CONTAINER_OF(watch, struct child, channel);

	(void)events;
	read_channel(child->owner, child);
	service_status_changed(child->owner);
}

/* The child was in a crash loop and has been ready for BACKOFF_HEALTHY. */
static void recovered(struct child *child)
{
	log_info("%s (pid %d) recovered after %u crashes", child->name, (int)child->pid,
		child->backoff.deaths);
	child->backoff = (struct backoff){ 0 };
}

static void on_child_timer(struct timer *timer)
{
	struct child *child = CONTAINER_OF(timer, struct child, timer);
	struct supervisor *s = child->owner;

	service_status_changed(s);
	if (child->state == CHILD_PAUSING) {
		start_child(s, child);
		return;
	}
	if (child->state == CHILD_READY) {
		recovered(child);
		return;
	}
	/* The time to drain is over, also for idle connections. */
	if (child->state == CHILD_DRAINING && child->role == ROLE_WORKER) {
		stop_child(s, child);
		return;
	}
	log_error("%s (pid %d) %s in time; killing it", child->name, (int)child->pid,
		child->state == CHILD_STARTING ? "was not ready" : "has not ended");
	child_signal(child, SIGKILL);
}

static struct child *find_child(struct supervisor *s, pid_t pid)
{
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].pid == pid)
			return &s->children[i];
	return NULL;
}

/* As PID 1 the master also reaps the orphans of its container. */
static void reap(struct supervisor *s)
{
	int status;

	for (pid_t pid; (pid = s->calls->reap(&status)) > 0;) {
		struct child *child = find_child(s, pid);
		if (!child) {
			log_debug("reaped an orphan (pid %d)", (int)pid);
			continue;
		}
		/* The channel may still have an unread word. */
		read_channel(s, child);
		reap_child(s, child, status);
	}
	reload_advance(s);
	stop_advance(s);
}

/* Signals. */

static const int stops[] = { SIGTERM, SIGINT, SIGQUIT };
static const int others[] = { SIGCHLD, SIGTTIN, SIGTTOU, SIGHUP, SIGUSR1, SIGUSR2 };

static void add_signals(sigset_t *set, const int *signals, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sigaddset(set, signals[i]);
}

static void end_at_once(int signal)
{
	(void)signal;
	_exit(EXIT_CLEAN);
}

/* A parent may have blocked or ignored them, and PID 1 is not ended by default actions. */
static void let_stops_end_the_process(void)
{
	sigset_t set;

	sigemptyset(&set);
	add_signals(&set, stops, NITEMS(stops));
	for (size_t i = 0; i < NITEMS(stops); i++)
		signal(stops[i], end_at_once);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void supervise_hold_signals(void)
{
	sigset_t set;

	/* A parent may have ignored some. Without CHLD children would vanish unseen. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&set);
	add_signals(&set, others, NITEMS(others));
	sigprocmask(SIG_BLOCK, &set, NULL);
	let_stops_end_the_process();
}

void supervise_hold_stops(void)
{
	sigset_t set;

	sigemptyset(&set);
	add_signals(&set, stops, NITEMS(stops));
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static sigset_t handled_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	add_signals(&set, stops, NITEMS(stops));
	add_signals(&set, others, NITEMS(others));
	return set;
}

static void on_signal(void *context, int signal)
{
	struct supervisor *s = context;

	service_status_changed(s);
	switch (signal) {
	case SIGCHLD:
		reap(s);
		break;
	case SIGTTIN:
		scale_to(s, s->workers + 1);
		break;
	case SIGTTOU:
		scale_to(s, s->workers - 1);
		break;
	case SIGHUP:
		reload_request(s);
		break;
	case SIGUSR1:
		reopen_log(s);
		break;
	case SIGUSR2:
		state_log_write(s);
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
		log_info("stopping at once after a second signal");
		stop_at_once(s);
	}
}

/* Running. */

static void free_supervisor(struct supervisor *s)
{
	for (int end = 0; end < GENERATIONS_END__COUNT; end++)
		if (s->generations[end] >= 0)
			close(s->generations[end]);
	if (s->stats >= 0)
		close(s->stats);
	arena_done(&s->scratch);
	loop_free(s->loop);
	free(s);
}

/* Returns NULL with errno if a resource cannot be had. */
static struct supervisor *make_supervisor(void)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	sigset_t signals = handled_set();

	if (!s)
		return NULL;
	s->stats = s->generations[GENERATIONS_READ] = s->generations[GENERATIONS_WRITE] = -1;
	if (generations_create(s->generations) == 0 && (s->stats = stats_create()) >= 0 &&
		(s->loop = loop_try_new()) != NULL &&
		loop_try_signals(s->loop, &signals, on_signal, s) == 0)
		return s;
	int error = errno;
	free_supervisor(s);
	errno = error;
	return NULL;
}

struct supervisor *supervise_open(struct plan *plan, const struct process_calls *calls)
{
	struct supervisor *s = make_supervisor();

	if (!s)
		return NULL;
	s->plan = plan;
	s->calls = calls;
	s->workers = (unsigned)plan->settings->workers;
	s->deadline.on_timer = stop_on_deadline;
	s->operators.listener.fd = -1;
	s->on_child_word = on_word;
	s->on_child_timer = on_child_timer;
	for (unsigned n = 0; n < PLACES; n++) {
		supervisor_set_up_child(s, &s->children[n], n == 0 ? ROLE_DBD : ROLE_WORKER, n);
		s->current[n] = &s->children[n];
	}
	return s;
}

void supervise_begin(struct supervisor *s)
{
	start_child_after(s, supervisor_dbd(s), 0);
	watchdog_begin(s);
	service_status_begin(s);
	operator_begin(s);
}

int supervise_close(struct supervisor *s)
{
	int status = s->exit_status;

	operator_end(s);
	free_supervisor(s);
	return status;
}

int supervise_run(struct plan *plan)
{
	struct supervisor *s = supervise_open(plan, &process_calls);

	if (!s) {
		log_critical("cannot set up the supervisor: %s", rlimits_strerror(errno));
		return EXIT_STARTUP;
	}
	supervise_begin(s);
	loop_run(s->loop);
	return supervise_close(s);
}
