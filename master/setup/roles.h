/* The roles of children: their names and programs. */
#ifndef POSTERN_ROLES_H
#define POSTERN_ROLES_H

#include "arena.h"
#include "buf.h"
#include "database_url.h"

#include <stdbool.h>

enum role {
	ROLE_DBD, /* one child; started first and stopped last */
	ROLE_WORKER,
	ROLE__COUNT
};

/* Returns "dbd" or "worker 3", static or in the arena: for the log and PROCESS_ENV_NAME. */
struct str role_name(enum role role, unsigned number, struct arena *arena);

/* The file name of the role's program for this engine of the database; static. */
const char *role_program(enum role role, enum database_engine engine);

/* Finds the program of each role: in the folder of this executable, else in fallback, which is
 * absolute or relative to that folder. The paths are in the arena. Returns false if a program is
 * missing; *error then says which one and where it was sought. */
bool roles_find_programs(const char *paths[ROLE__COUNT], enum database_engine engine,
	const char *fallback, struct arena *arena, struct buf *error)
	__attribute__((warn_unused_result));

/* Returns true if the engine is built in, as SQLite's is. dbd's program for PostgreSQL may be
 * missing; *error then says how to get it. It is sought as above. */
bool roles_have_engine(enum database_engine engine, const char *fallback, struct arena *arena,
	struct buf *error) __attribute__((warn_unused_result));

#endif
