/*
 * What posternctl asks of a database: an optional part of an engine. All of it may take long and
 * can be interrupted.
 *
 * Functions that take *said append one clause to it: what was done, or why it was not.
 */
#ifndef POSTERN_ENGINE_ADMIN_H
#define POSTERN_ENGINE_ADMIN_H

#include "buf.h"
#include "engine.h"

/* The one who waits for the outcome. */
struct engine_progress {
	/* Called often, from the thread that does the work, with the number of pages done and in
	 * total; both 0 where there is nothing to count. False: interrupt the work. */
	bool (*goes_on)(void *context, unsigned done, unsigned total);
	void (*enters)(void *context, const char *stage); /* such as "checking it" */
	void *context;
};

/* A file that is to replace the contents of the database. */
struct engine_copy;

/* What would bring the tables to a declaration without losing data, as SQL text. What it cannot do
 * are comments in it. */
struct engine_plan {
	struct buf sql;       /* each statement and each comment ends with LF; no NUL at the end */
	unsigned statements;  /* 0: nothing to do, or nothing that can be done */
	unsigned differences; /* that are left to a person */
};

/* The URLs are of a database that is open; a path in it has no symbolic links. */
struct engine_admin {
	/* Removes the temporary files of killed processes. */
	void (*sweep)(const struct database_url *url);

	/* In the writer's thread, outside of a transaction: moves the log into the database. */
	bool (*checkpoint)(struct engine *writer, struct buf *said);

	/* Writes a snapshot to a file without a name. Returns its descriptor, which is the
	 * caller's; -1: *said has the reason. */
	int (*backup)(const struct database_url *url, const struct engine_progress *progress,
		struct buf *said);

	/* Copies a file and checks that it can replace the database. NULL: *said has the reason. */
	struct engine_copy *(*take)(const struct database_url *url, int file,
		const struct engine_progress *progress, struct buf *said);

	/* In the writer's thread, outside of a transaction: replaces the database's contents by the
	 * copy's in one transaction, and invalidates everything. */
	bool (*replace)(struct engine *writer, struct engine_copy *copy, struct buf *said);

	/* Closes and removes the copy. */
	void (*drop)(struct engine_copy *copy);

	/* Plans from a snapshot how to bring the tables to a declaration, which need not be that of
	 * this process. *plan need not be initialized; its sql is to be freed, whatever is
	 * returned. */
	bool (*plan)(const struct database_url *url, const struct api *declared,
		const struct engine_progress *progress, struct engine_plan *plan, struct buf *said);

	/* Writes a snapshot to a new file beside the database and says its name. */
	bool (*keep)(const struct database_url *url, const struct engine_progress *progress,
		struct buf *said);

	/* In the writer's thread, outside of a transaction: plans again, runs the plan and checks
	 * that the tables are as declared, in one transaction. False: nothing has changed. */
	bool (*migrate)(struct engine *writer, const struct api *declared, struct buf *said);

	/* True if this is a file of the open database: its descriptor must not be closed, as that
	 * would drop the locks of this process. */
	bool (*is_live)(const struct database_url *url, int file);
};

#endif
