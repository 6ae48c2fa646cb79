/*
 * What the parts of the supervisor share: supervise.c drives it, and start, stop, scale, reload,
 * bury, operator and dump have one job each. Nobody else includes this.
 */
#ifndef POSTERN_SUPERVISOR_H
#define POSTERN_SUPERVISOR_H

#include "child.h"
#include "config.h"
#include "generations.h"
#include "log.h"
#include "loop.h"
#include "operator.h"
#include "process.h"
#include "service_status.h"
#include "supervise.h"

enum {
	PLACES = 1 + WORKERS_MAX,
	CHILDREN = PLACES + WORKERS_MAX /* for successors, until the old ones have left */
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
	struct listeners listeners[ROLE__COUNT];
	int generations[GENERATIONS_END__COUNT]; /* which dbd writes and workers read */
	int stats;                               /* the table of all processes */
	uint64_t looked;                         /* at their memory, the last time: loop_now's */
	struct timer deadline;                   /* of the stop */
	struct timer watchdog;                   /* its next look */
	uint64_t watchdog_interval;              /* milliseconds from the last one to that */
	struct child *current[PLACES];           /* dbd, then the workers by number */
	struct child *successor;                 /* of a worker, until it is ready; NULL: none */
	bool reloading, reload_again;            /* now; after this one */
	struct operator operator;                /* of posternctl */
	struct service_status service;           /* what the service manager was told */
	struct child children[CHILDREN];         /* one that is absent and not current is free */

	/* Called when a reload has ended, with the line that says how: "ok ...", "error ...". NULL:
	 * not called. */
	void (*on_reload_end)(struct supervisor *s, const char *outcome);

	/* What the loop calls for every child. */
	void (*on_child_word)(struct watch *watch, uint32_t events);
	void (*on_child_timer)(struct timer *timer);
};

/* The child that holds dbd's place. Never NULL, but it may have no process. */
struct child *supervisor_dbd(struct supervisor *s);

/* The same for a worker, by its number from 1 to WORKERS_MAX. */
struct child *supervisor_worker(struct supervisor *s, unsigned number);

/* "serving", "stopping: …". */
const char *supervisor_phase_name(const struct supervisor *s);

/* Makes an absent child of one that has no process, with the loop's calls above. */
void supervisor_set_up_child(
	struct supervisor *s, struct child *child, enum role role, unsigned number);

/* Closes the master's copies; not to be used for a role that is still to be started. Once they are
 * closed this does nothing. */
void supervisor_close_listeners(struct supervisor *s, enum role role);

#endif
