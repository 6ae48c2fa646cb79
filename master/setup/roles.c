#include "roles.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *program;
	bool numbered;
} roles[] = {
	[ROLE_DBD] = { "dbd", "postern-dbd", false },
	[ROLE_WORKER] = { "worker", "postern-worker", true },
};

_Static_assert(NITEMS(roles) == ROLE__COUNT, "a role has no row");

struct str role_name(enum role role, unsigned number, struct arena *arena)
{
	if (!roles[role].numbered)
		return str_from(roles[role].name);
	return arena_printf(arena, "%s %u", roles[role].name, number);
}

const char *role_program(enum role role)
{
	return roles[role].program;
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

bool roles_find_programs(const char *paths[ROLE__COUNT], const char *fallback, struct arena *arena,
	struct buf *error)
{
	const char *own = own_folder(arena);

	if (*fallback != '/')
		fallback = arena_printf(arena, "%s/%s", own, fallback).ptr;
	for (enum role role = 0; role < ROLE__COUNT; role++) {
		const char *program = roles[role].program;
		paths[role] = arena_printf(arena, "%s/%s", own, program).ptr;
		if (is_program(paths[role]))
			continue;
		paths[role] = arena_printf(arena, "%s/%s", fallback, program).ptr;
		if (is_program(paths[role]))
			continue;
		buf_printf(error, "cannot find the program %s, neither in %s nor in %s", program,
			own, fallback);
		return false;
	}
	return true;
}
