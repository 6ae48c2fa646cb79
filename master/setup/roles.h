/* What a child can be: its program, and how it is called. */
#ifndef POSTERN_ROLES_H
#define POSTERN_ROLES_H

#include "arena.h"
#include "buf.h"

#include <stdbool.h>

enum role {
	ROLE_DBD, /* one; started first and stopped last */
	ROLE_WORKER,
	ROLE__COUNT
};

/* "dbd", "worker 3": for the log, and for the child in its PROCESS_ENV_NAME. */
struct str role_name(enum role role, unsigned number, struct arena *arena);

/* The program's file name. */
const char *role_program(enum role role);

/* The path of every role's program: in the folder of this very executable, else in fallback,
 * which is absolute or relative to that folder.
 * False: *error has got a clause that names what was sought and where. */
bool roles_find_programs(const char *paths[ROLE__COUNT], const char *fallback, struct arena *arena,
	struct buf *error) __attribute__((warn_unused_result));

#endif
