#include "reload.h"

#include "control.h"
#include "declaration.h"
#include "declaration_extends.h"
#include "reopen.h"
#include "scale.h"
#include "start.h"
#include "stats.h"
#include "stop.h"

#include <stdarg.h>
#include <stdio.h>

enum { WHY_MAX = 8 * 1024 /* bytes of the reason of a refusal */ };

/* Replacing running processes. */

/* A child that can be set up for a successor; NULL if all are in use. */
static struct child *find_free(struct supervisor *s)
{
	for (unsigned i = 0; i < CHILDREN; i++) {
		struct child *child = &s->children[i];
		if (child->state == CHILD_ABSENT && s->current[child->number] != child)
			return child;
	}
	return NULL;
}

__attribute__((format(printf, 2, 3))) static void report_end(
	struct supervisor *s, const char *format, ...)
{
	char outcome[CONTROL_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(outcome, sizeof(outcome), format, args);
	va_end(args);
	if (s->on_reload_end)
		s->on_reload_end(s, outcome);
}

/* Children that are not replaced yet keep running; but a dbd that does not know the declaration
 * that is served now would serve no worker that is started from now on. */
static void abort_replacement(struct supervisor *s)
{
	for (unsigned n = s->dbd_first ? 1 : 0; n < PLACES; n++)
		s->current[n]->outdated = false;
	/* The reload has not replaced anything yet. */
	if (s->trial.child)
		return;
	if (s->reloading) {
		stats_add(STAT_RELOADS_FAILED, 1);
		log_error("reload aborted; processes that were not replaced keep running");
		report_end(s,
			"error reload aborted, see the log; processes that were not replaced keep "
			"running");
	}
	s->reloading = false;
	reload_start_queued(s);
}

static void start_successor(struct supervisor *s, const struct child *old)
{
	struct child *child = find_free(s);

	if (!child)
		return; /* retried when another process has ended */
	supervisor_set_up_child(s, child, ROLE_WORKER, old->number);
	if (!start_process(s, child)) {
		abort_replacement(s);
		return;
	}
	child->restarts = old->restarts;
	child->backoff = old->backoff;
	s->successor = child;
}

/* Returns false if dbd is not replaced. */
static bool replace_dbd(struct supervisor *s, struct child *dbd)
{
	if (!dbd->outdated)
		return false;
	if (!plan_in_memory(s->plan)) {
		/* The next dbd needs a free child; retried when another process has ended. */
		if (find_free(s))
			stop_draining(s, dbd);
		return true;
	}
	dbd->outdated = false;
	log_info("dbd is not replaced: the in-memory database would be lost");
	return false;
}

/* Returns false if there is nothing left to replace. */
static bool replace_next(struct supervisor *s)
{
	struct child *dbd = supervisor_dbd(s);

	/* Workers cannot become ready without dbd. */
	if (s->successor || dbd->state != CHILD_READY)
		return true;
	if (s->dbd_first && replace_dbd(s, dbd))
		return true;
	for (unsigned n = 1; n <= s->workers; n++) {
		struct child *child = supervisor_worker(s, n);
		if (!child->outdated || child->state != CHILD_READY)
			continue;
		start_successor(s, child);
		return true;
	}
	return replace_dbd(s, dbd);
}

/* True while a predecessor may accept a connection, whose requests it answers by the declaration of
 * before. */
static bool old_ones_accept(const struct supervisor *s)
{
	for (unsigned i = 0; i < CHILDREN; i++) {
		const struct child *child = &s->children[i];
		if (child->role == ROLE_WORKER && child->state == CHILD_DRAINING &&
			!child->released && child->api != s->plan->served.api)
			return true;
	}
	return false;
}

void reload_advance(struct supervisor *s)
{
	if (s->phase != PHASE_SERVING || replace_next(s) || !s->reloading || s->trial.child ||
		old_ones_accept(s))
		return;
	log_info("reloaded: %u worker%s, database %s", s->workers, s->workers == 1 ? "" : "s",
		s->plan->database_name);
	report_end(s, "ok reloaded: %u worker%s", s->workers, s->workers == 1 ? "" : "s");
	s->reloading = false;
	reload_start_queued(s);
}

void reload_successor_ready(struct supervisor *s, struct child *child)
{
	struct child *old = supervisor_worker(s, child->number);

	s->successor = NULL;
	if (s->phase != PHASE_SERVING || child->number > s->workers) {
		stop_child(s, child);
		return;
	}
	s->current[child->number] = child;
	stop_cancel_start(s, old);
	if (old->state == CHILD_READY)
		stop_draining(s, old);
	else if (old->state == CHILD_STARTING)
		stop_child(s, old);
}

static void dbd_released(struct supervisor *s, struct child *old)
{
	struct child *child = find_free(s);

	/* Without a free child the next dbd starts when this one has ended. */
	if (s->phase >= PHASE_CLOSING || !child)
		return;
	stop_in_time(s, old);
	supervisor_set_up_child(s, child, ROLE_DBD, 0);
	child->has_been_ready = true;
	child->restarts = old->restarts;
	s->current[0] = child;
	start_child(s, child);
}

void reload_released(struct supervisor *s, struct child *old)
{
	if (old == supervisor_dbd(s))
		dbd_released(s, old);
	else
		reload_advance(s);
}

void reload_successor_died(struct supervisor *s, struct child *child, pid_t pid, const char *how)
{
	s->successor = NULL;
	if (s->phase != PHASE_SERVING)
		return;
	log_error("the new %s (pid %d) %s before it was ready", child->name, (int)pid, how);
	abort_replacement(s);
}

void reload_replace_worker(struct supervisor *s, struct child *child)
{
	if (child->role != ROLE_WORKER || child->outdated)
		return;
	log_info("%s (pid %d) has reached --limit-max-requests; replacing it", child->name,
		(int)child->pid);
	child->outdated = true;
	reload_advance(s);
}

/* HUP. */

static void refuse(struct supervisor *s, struct str why)
{
	plan_drop_next(s->plan);
	stats_add(STAT_RELOADS_FAILED, 1);
	log_error("reload refused; nothing changed: %.*s", STR_ARGS(why));
	report_end(s, "error reload refused; nothing changed: %.*s", STR_ARGS(why));
}

/* A worker may have a declaration that is not served any more, after an aborted reload. */
static bool extends_all(const struct supervisor *s, struct buf *why)
{
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].api &&
			!declaration_extends(s->plan->next.served.api, s->children[i].api, why)) {
			buf_str(why, STR("; restart to serve it"));
			return false;
		}
	return true;
}

/* Whether the declaration in plan->next can be tried. */
static bool may_change(const struct supervisor *s, struct buf *why)
{
	if (plan_in_memory(s->plan) || s->plan->next.database.memory) {
		buf_str(why, STR("the declaration has changed, and a database in memory would be "
				 "lost; restart to serve it"));
		return false;
	}
	buf_printf(why, "%s: ", served_api_origin(s->plan->next.options.settings.api));
	return extends_all(s, why);
}

static bool start_trial(struct supervisor *s, struct buf *why)
{
	struct child *child = find_free(s);

	if (child && trial_start(s, child))
		return true;
	buf_str(why, STR("the declaration cannot be tried: "));
	buf_str(why, child ? STR("no process can be started, see the log")
			   : STR("too many processes are running"));
	return false;
}

static bool read_configuration(struct supervisor *s, struct buf *why)
{
	if (s->plan->read_again && !s->plan->read_again(s->plan, why))
		return false;
	if (!s->plan->next.there)
		return true;
	if (!may_change(s, why))
		return false;
	buf_reset(why, WHY_MAX);
	return start_trial(s, why);
}

static void replace_all(struct supervisor *s)
{
	reopen_log(s);
	log_info(s->dbd_first ? "reloading: dbd and workers are replaced one by one; the "
				"declaration has changed"
			      : "reloading: workers and dbd are replaced one by one");
	for (unsigned n = 0; n <= s->workers; n++)
		s->current[n]->outdated = s->current[n]->pid > 0;
	if (s->successor)
		s->successor->outdated = true;
	scale_to(s, (unsigned)s->plan->settings->workers);
	reload_advance(s);
}

static void begin_reload(struct supervisor *s)
{
	struct buf why;

	s->reload_again = false;
	stats_add(STAT_RELOADS, 1);
	buf_init(&why, WHY_MAX);
	s->reloading = read_configuration(s, &why);
	if (!s->reloading)
		refuse(s, buf_view(&why));
	else if (!s->trial.child)
		replace_all(s);
	buf_done(&why);
}

void reload_tried(struct supervisor *s, int status)
{
	const struct api *before = s->plan->served.api;
	struct buf why;

	buf_init(&why, WHY_MAX);
	bool fine = trial_end(s, status, &why);
	if (s->phase != PHASE_SERVING) {
		plan_drop_next(s->plan);
	} else if (fine) {
		plan_take_next(s->plan);
		s->dbd_first = supervisor_dbd(s)->pid > 0;
		reload_forget(s, before);
		replace_all(s);
	} else {
		s->reloading = false;
		refuse(s, buf_view(&why));
		reload_start_queued(s);
	}
	buf_done(&why);
}

static bool is_used(const struct supervisor *s, const struct api *declared)
{
	bool used = s->plan->served.api == declared;

	for (unsigned i = 0; i < CHILDREN; i++)
		used |= s->children[i].api == declared;
	return used;
}

void reload_forget(struct supervisor *s, const struct api *declared)
{
	if (declared && !is_used(s, declared))
		declaration_free(declared);
}

void reload_start_queued(struct supervisor *s)
{
	if (s->reload_again)
		begin_reload(s);
}

void reload_request(struct supervisor *s)
{
	if (s->phase == PHASE_SERVING)
		service_status_reloading(s);
	if (s->phase == PHASE_SERVING && !s->reloading) {
		begin_reload(s);
		return;
	}
	if (s->phase > PHASE_SERVING)
		return;
	log_info("reload queued until the current start-up or reload is over");
	s->reload_again = true;
}
