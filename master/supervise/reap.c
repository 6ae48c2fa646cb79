#include "reap.h"

#include "reload.h"
#include "rlimits.h"
#include "start.h"
#include "stats.h"
#include "stop.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

/* True if this child has to have a process in this phase. */
static bool is_wanted(const struct supervisor *s, const struct child *child)
{
	if (child->role == ROLE_DBD)
		return s->phase < PHASE_CLOSING && child == s->current[0];
	return s->phase < PHASE_DRAINING && child->number <= s->workers &&
	       s->current[child->number] == child;
}

/* Logs the end of a process that was told to stop or is no longer needed. */
static void log_end(struct supervisor *s, struct child *child, int status, const char *how)
{
	bool as_told = WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM ||
						     (WTERMSIG(status) == SIGKILL && s->hurried)
					   : WEXITSTATUS(status) == EXIT_CLEAN;

	log_line(as_told ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "%s (pid %d) %s", child->name,
		(int)child->pid, how);
}

/* At a stop dbd decides the exit status. It must exit cleanly, or die of the SIGTERM that came
 * before it could handle it. */
static void update_exit_status(struct supervisor *s, const struct child *child, int status)
{
	bool clean = WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM
					 : WEXITSTATUS(status) == EXIT_CLEAN;

	if (child == s->current[0] && s->phase == PHASE_CLOSING && !clean &&
		s->exit_status == EXIT_CLEAN)
		s->exit_status = EXIT_RUNNING;
}

/* An error once the loop is detected, warnings later; the pauses limit their rate. */
static void log_crash_loop(const struct supervisor *s, const struct child *child, pid_t pid,
	const char *how, const char *when)
{
	const struct backoff *b = &child->backoff;
	uint64_t lasted = loop_now(s->loop) - b->since;
	time_t began = time(NULL) - (time_t)(lasted / 1000);
	struct tm utc;
	char since[32];

	strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&began, &utc));
	log_line(b->deaths == BACKOFF_LOOP ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		"%s keeps dying: %u times since %s, the last one (pid %d) %s; starting another%s",
		child->name, b->deaths, since, (int)pid, how, when);
}

static void replace(struct supervisor *s, struct child *child, pid_t pid, const char *how)
{
	uint64_t pause = start_next_pause(s, child);
	char when[32] = "";

	child->restarts++;
	stats_add_at(STAT_RESTARTS, child->role, 1);
	if (pause > 0)
		snprintf(when, sizeof(when), " in %llu ms", (unsigned long long)pause);
	if (backoff_is_loop(&child->backoff))
		log_crash_loop(s, child, pid, how, when);
	else
		log_warning("%s (pid %d) %s; starting another%s", child->name, (int)pid, how, when);
	start_child_after(s, child, pause);
}

enum { LOADER_FAILED = 127 /* ld.so(8)'s status, for want of a library or memory */ };

/* A child that exits with one of these has said on stderr why. */
static bool has_explained(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == EXIT_STARTUP || WEXITSTATUS(status) == EXIT_USAGE ||
		       WEXITSTATUS(status) == LOADER_FAILED);
}

static void fail_to_become_ready(
	struct supervisor *s, const struct child *child, pid_t pid, int status, const char *how)
{
	if (!has_explained(status))
		log_critical("%s (pid %d) %s before it was ready%s", child->name, (int)pid, how,
			rlimits_of_memory());
	stop_failed(s);
}

void reap_child(struct supervisor *s, struct child *child, int status)
{
	pid_t pid = child->pid;
	bool was_told = child->state == CHILD_STOPPING || child->state == CHILD_DRAINING;
	/* During a stop dbd may exit by itself: it gets SIGTERM too if that is sent to the process
	 * group, and exits after the last worker, which may be reaped later. */
	bool done = s->phase == PHASE_DRAINING && child->state != CHILD_DRAINING &&
		    WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;
	bool wanted = is_wanted(s, child) && !done;
	const struct api *declared = child->api;
	char text[80];
	struct buf how;

	if (child == s->trial.child) {
		child_reaped(child, s->loop);
		reload_tried(s, status);
		return;
	}
	buf_init(&how, sizeof(text));
	child_write_death(status, &how);
	snprintf(text, sizeof(text), "%.*s", STR_ARGS(buf_view(&how)));
	buf_done(&how);
	if (was_told || (!wanted && child != s->successor))
		log_end(s, child, status, text);
	update_exit_status(s, child, status);
	child_reaped(child, s->loop);
	reload_forget(s, declared);
	if (child == s->successor)
		reload_successor_died(s, child, pid, text);
	else if (s->phase == PHASE_STARTING && !child->has_been_ready)
		fail_to_become_ready(s, child, pid, status, text);
	else if (wanted && was_told)
		start_child_after(s, child, 0);
	else if (wanted)
		replace(s, child, pid, text);
}
