/*
 * What the server is to run: its settings, the programs, and everything that the master opens. The
 * plan owns all of this; the supervisor borrows it. It is made in steps, and each step may fail:
 *
 *	plan_read      the command line and the environment
 *	plan_read_api  the file that declares the API
 *	plan_has_engine  whether there is a program for the database
 *	plan_prepare   what may wait for others: files, the resolver
 *	plan_open      the listeners, which must be removed at a stop, and the log file
 *	plan_close     at the end, whatever steps were made
 */
#ifndef POSTERN_PLAN_H
#define POSTERN_PLAN_H

#include "database_url.h"
#include "listen.h"
#include "options.h"
#include "privileges.h"
#include "roles.h"
#include "sd_notify.h"
#include "served_api.h"

#include <stdint.h>

/* What a reload has read, while it is tried whether the declaration can be served. */
struct plan_next {
	bool there;
	struct options options;
	struct database_url database;
	const char *database_name;
	const char *programs[ROLE__COUNT];
	struct arena arena;
	struct served_api served;
};

struct plan {
	int argc; /* of the command line, which is borrowed */
	char **argv;

	/* Replaced by plan_read_again. */
	struct options options;
	const struct settings *settings;   /* in options */
	struct database_url database;      /* the parsed setting */
	const char *database_name;         /* for the log and the status */
	const char *programs[ROLE__COUNT]; /* paths */
	struct arena arena;                /* for options, the name and programs */
	struct served_api served;
	struct plan_next next;

	/* Opened once. */
	struct addrinfo *addresses;              /* to listen on; between prepare and open */
	struct listeners listeners[ROLE__COUNT]; /* of each role */
	struct listeners admin;                  /* for workers, if any */
	struct listeners control;                /* for posternctl, if any */
	struct sd_notify notify;                 /* the service manager, if any */
	const char *dbd_socket;                  /* the abstract name of dbd's listener */
	const char *address, *admin_address;     /* for the log and the status */
	struct arena opened;                     /* for these names */

	/* Milliseconds from a child's start until it is ready. It changes with the settings: dbd
	 * may wait for a database server, and a worker for dbd. */
	uint64_t startup_timeout;

	/* At HUP: plan_read_again. NULL: the plan stays as it is. */
	bool (*read_again)(struct plan *plan, struct buf *error);
};

/* Initializes the plan and reads the settings from argv, whose array and texts must outlive the
 * plan, and the environment. Returns false with the reason in *error; there is a plan to close in
 * any case. */
bool plan_read(struct plan *plan, int argc, char **argv, struct buf *error)
	__attribute__((warn_unused_result));

/* Reads and checks the file of --api, which becomes the API of this process. May wait for the
 * writer of a FIFO. Returns false with the reason in *error. */
bool plan_read_api(struct plan *plan, struct buf *error) __attribute__((warn_unused_result));

/* Returns true if the database's engine is built in, else false with the reason in *error. */
bool plan_has_engine(struct plan *plan, struct buf *error) __attribute__((warn_unused_result));

/* Takes the listeners that were inherited (activation.h), and opens the service manager's socket.
 * Returns false with the reason in *error. */
bool plan_inherit(struct plan *plan, struct buf *error) __attribute__((warn_unused_result));

/* Parses the database URL, finds the programs, makes the descriptor by which children get the API,
 * and resolves the address to listen on. May wait for the resolver. Returns false with the reason
 * in *error. */
bool plan_prepare(struct plan *plan, struct buf *error) __attribute__((warn_unused_result));

/* Opens the listeners, becomes the user of privileges, then opens the sockets that belong to that
 * user, and the log file last: until then errors go to the original stderr. Returns false with the
 * reason in *error. */
bool plan_open(struct plan *plan, const struct privileges *privileges, struct buf *error)
	__attribute__((warn_unused_result));

/* Reads the command line, the environment and the file of --api again. If the declaration is as
 * before (served_api_read_again), replaces the settings, the database and the programs; else keeps
 * all in `next`, until plan_take_next or plan_drop_next. Keeps what is open. Returns false with the
 * reason in *error; nothing has changed then.
 */
bool plan_read_again(struct plan *plan, struct buf *error) __attribute__((warn_unused_result));

/* Replaces the settings, the database, the programs and the API by those of `next`. */
void plan_take_next(struct plan *plan);

/* Frees `next`; does nothing if it is not there. */
void plan_drop_next(struct plan *plan);

/* True if the database is in memory: it is lost when its dbd ends. */
bool plan_in_memory(const struct plan *plan);

/* Closes the listeners of a role before the end, so that new connections are refused and do not
 * wait in the backlog. Does nothing if they are closed. */
void plan_close_listeners(struct plan *plan, enum role role);

/* Closes all that is open, removes the socket files, and frees all memory. */
void plan_close(struct plan *plan);

#endif
