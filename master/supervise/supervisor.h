/*
 * The state of the supervisor, shared by the files of this folder only: supervise.c drives it, and
 * the others have one job each.
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
#include "trial.h"

enum {
	PLACES = 1 + WORKERS_MAX,       /* current children: dbd and the workers */
	CHILDREN = PLACES + WORKERS_MAX /* with room for successors and predecessors */
};

enum phase {
	PHASE_STARTING, /* some child has not been ready yet */
	PHASE_SERVING,
	PHASE_DRAINING, /* workers finish their requests, and dbd still serves them */
	PHASE_CLOSING,  /* dbd commits and closes the database */
	PHASE_ENDED,    /* no process is left, and the loop stops */
	PHASE__COUNT
};

struct supervisor {
	struct plan *plan; /* borrowed */
	const struct process_calls *calls;
	struct loop *loop;
	struct arena scratch; /* for starting one child */
	enum phase phase;
	int exit_status;
	bool hurried;                            /* stopping at once: workers were killed */
	unsigned workers;                        /* wanted number */
	int generations[GENERATIONS_END__COUNT]; /* page that dbd writes and workers read */
	int stats;                               /* the table of all processes */
	uint64_t usage_updated;                  /* time of the last usage_update, loop_now's */
	struct timer deadline;                   /* for the stop */
	struct timer watchdog;                   /* for the next check */
	uint64_t watchdog_interval;              /* milliseconds between two checks */
	struct child *current[PLACES];           /* dbd, then the workers by number */
	struct child *successor;                 /* of a worker, until it is ready; NULL: none */
	bool reloading, reload_again;            /* running; queued */
	struct trial trial;                      /* of a declaration, part of a reload */
	bool dbd_first; /* the declaration has changed, and dbd still has the one before */
	struct operator_server operators; /* connections of posternctl */
	struct service_status service;    /* for the service manager */
	struct child children[CHILDREN];  /* a child that is absent and not current is free
					   */

	/* Called when a reload has ended, with the outcome for posternctl: "ok ..." or "error ...".
	 * NULL: not called. */
	void (*on_reload_end)(struct supervisor *s, const char *outcome);

	/* Callbacks of the loop, for every child. */
	void (*on_child_word)(struct watch *watch, uint32_t events);
	void (*on_child_timer)(struct timer *timer);
};

/* The current dbd. Never NULL, but it may have no process. */
struct child *supervisor_dbd(struct supervisor *s);

/* The current worker with a number from 1 to WORKERS_MAX. Never NULL, but it may have no process.
 */
struct child *supervisor_worker(struct supervisor *s, unsigned number);

/* The phase in words for people, such as "serving" or "stopping, dbd closing"; static. */
const char *supervisor_phase_name(const struct supervisor *s);

/* The phase as a value of the status (operator_status.h), such as "stopping, dbd closes"; static.
 * Programs compare these values: they do not change when a wording does. */
const char *supervisor_phase_value(const struct supervisor *s);

/* Sets up a child without a process for a role and number: absent, with the callbacks above. */
void supervisor_set_up_child(
	struct supervisor *s, struct child *child, enum role role, unsigned number);

#endif
