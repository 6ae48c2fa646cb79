/*
 * Answers posternctl about the database, one request at a time, on a thread of its own: what takes
 * long there keeps nobody from reading. A backup is read from a snapshot, so that writes go on
 * meanwhile; what must write is the writer's to do, between two groups.
 */
#ifndef POSTERN_MAINTENANCE_H
#define POSTERN_MAINTENANCE_H

#include "writer.h"

struct maintenance;

/* path is the database's, links resolved; NULL: it is in memory, and requests are refused. Removes
 * what a killed process has left of its copies. Both stay the caller's. Never NULL: aborts when out
 * of memory. */
struct maintenance *maintenance_new(const char *path, struct writer *writer);

/* A client, whose request is in its socket. The descriptor is the maintenance's from now on. Never
 * waits.
 */
void maintenance_take(struct maintenance *maintenance, int fd);

/* Breaks off what is under way and waits for the end of that; before the writer is stopped. NULL is
 * fine. */
void maintenance_free(struct maintenance *maintenance);

#endif
