/* A migration of the database to a declaration, from plan to report: that of posternctl migrate. */
#ifndef POSTERN_MIGRATION_H
#define POSTERN_MIGRATION_H

#include "engine_admin.h"

/* How to do it. Everything stays the caller's. */
struct migration {
	const struct engine_admin *admin;
	const struct database_url *url;
	const struct api *declared;
	const struct engine_progress *progress;
	bool applies; /* else the plan is all */

	/* Calls admin->migrate in the thread that writes. */
	bool (*migrate)(void *context, const struct api *declared, struct buf *said);
	void *context;
};

/* Plans; if the plan is whole and has statements, and migration->applies, keeps a copy of the
 * database and runs it. *plan need not be initialized; its sql is to be freed. Returns true if it
 * was done, or nothing was left to do; *said then has a remark, or nothing. False: nothing has
 * changed, and *said has the reason; a plan that is not whole is a failure, too. */
bool migration_run(const struct migration *migration, struct engine_plan *plan, struct buf *said)
	__attribute__((warn_unused_result));

#endif
