#include "roles.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *programs[DATABASE_ENGINES];
	bool numbered;
} roles[] = {
	[ROLE_DBD] = { "dbd", { "postern-dbd", "postern-dbd-postgres" }, false },
	[ROLE_WORKER] = { "worker", { "postern-worker", "postern-worker" }, true },
};

_Static_assert(NITEMS(roles) == ROLE__COUNT, "a role has no row");

struct str role_name(enum role role, unsigned number, struct arena *arena)
{
	if (!roles[role].numbered)
		return str_from(roles[role].name);
	return arena_printf(arena, "%s %u", roles[role].name, number);
}

const char *role_program(enum role role, enum database_engine engine)
{
	return roles[role].programs[engine];
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The folder of this executable, or "." if /proc is not available. */
static const char *own_folder(struct arena *arena)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return ".";
	path[n] = '\0';
	char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	return arena_copy(arena, (struct str){ path, (size_t)(slash - path) }).ptr;
}

/* The folders in which programs are sought. */
struct folders {
	const char *own, *fallback;
};

static struct folders folders_of(const char *fallback, struct arena *arena)
{
	const char *own = own_folder(arena);
	char real[PATH_MAX];

	if (*fallback != '/')
		fallback = arena_printf(arena, "%s/%s", own, fallback).ptr;
	if (realpath(fallback, real))
		fallback = arena_copy(arena, str_from(real)).ptr;
	return (struct folders){ own, fallback };
}

/* Returns NULL if there is none. */
static const char *find_program(const struct folders *in, const char *program, struct arena *arena)
{
	const char *folders[] = { in->own, in->fallback };

	for (size_t i = 0; i < NITEMS(folders); i++) {
		const char *path = arena_printf(arena, "%s/%s", folders[i], program).ptr;
		if (is_program(path))
			return path;
	}
	return NULL;
}

bool roles_find_programs(const char *paths[ROLE__COUNT], enum database_engine engine,
	const char *fallback, struct arena *arena, struct buf *error)
{
	struct folders in = folders_of(fallback, arena);

	if (!roles_have_engine(engine, fallback, arena, error))
		return false;
	for (enum role role = 0; role < ROLE__COUNT; role++) {
		const char *program = role_program(role, engine);
		paths[role] = find_program(&in, program, arena);
		if (paths[role])
			continue;
		buf_printf(error, "cannot find the program %s, neither in %s nor in %s", program,
			in.own, in.fallback);
		return false;
	}
	return true;
}

/* The folder that has the other programs is where the missing one would be. */
bool roles_have_engine(
	enum database_engine engine, const char *fallback, struct arena *arena, struct buf *error)
{
	struct folders in = folders_of(fallback, arena);
	const char *program = role_program(ROLE_DBD, engine);
	struct folders own = { in.own, in.own };

	if (engine == DATABASE_SQLITE || find_program(&in, program, arena))
		return true;
	bool beside = find_program(&own, role_program(ROLE_DBD, DATABASE_SQLITE), arena) != NULL;
	buf_printf(error,
		"this Postern is built without PostgreSQL: %s/%s is missing; install the package "
		"postern-postgres, or libpq-dev and run make again",
		beside ? in.own : in.fallback, program);
	return false;
}
