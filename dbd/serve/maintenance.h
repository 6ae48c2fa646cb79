/*
 * Answers posternctl about the database, one request at a time, on a thread of its own, so that
 * reads go on meanwhile. A backup is read from a snapshot, so writes go on, too; what must write
 * runs in the writer's thread between two groups. The engine does the work (engine_admin.h).
 */
#ifndef POSTERN_MAINTENANCE_H
#define POSTERN_MAINTENANCE_H

#include "engine_admin.h"
#include "writer.h"

struct maintenance;

/* The database: its engine, and where it is, without symbolic links. */
struct maintenance_plan {
	const struct engine_admin *admin; /* NULL: requests are refused */
	const struct database_url *url;   /* in memory: requests are refused, too */
	struct writer *writer;
};

/* Removes what killed processes have left. Everything in the plan stays the caller's. Never NULL:
 * aborts when out of memory. */
struct maintenance *maintenance_new(const struct maintenance_plan *plan);

/* Takes over the connection of a client, whose request is in its socket. Never waits. */
void maintenance_take(struct maintenance *maintenance, int fd);

/* Interrupts the request under way and waits until it has ended; before the writer is stopped. NULL
 * is fine. */
void maintenance_free(struct maintenance *maintenance);

#endif
