#include "import_describe.h"

#include "arena.h"
#include "roles.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 16 * 1024 };

/* Starts dbd with its output in a pipe. Returns its pid, or -1 with errno. */
static pid_t start(const char *program, const char *path, int *output)
{
	char name[] = "postern-dbd", mode[] = "--describe";
	posix_spawn_file_actions_t actions;
	char *file = strdup(path);
	int ends[2] = { -1, -1 };
	pid_t pid = -1;

	if (!file || pipe2(ends, O_CLOEXEC) < 0 || posix_spawn_file_actions_init(&actions) != 0) {
		free(file);
		return -1;
	}
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	int rc = posix_spawn(
		&pid, program, &actions, NULL, (char *const[]){ name, mode, file, NULL }, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	free(file);
	*output = ends[0];
	errno = rc;
	return rc == 0 ? pid : -1;
}

/* Reads to the end. */
static bool collect(int fd, struct buf *out)
{
	ssize_t n = 0;

	do {
		char *room = buf_reserve(out, CHUNK);
		n = room ? read(fd, room, CHUNK) : -1;
		if (n > 0)
			buf_commit(out, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR && !out->failed));
	close(fd);
	return n == 0 && !out->failed;
}

static bool run(const char *program, const char *path, struct buf *out, struct buf *error)
{
	int output = -1, status;
	pid_t pid = start(program, path, &output);

	if (pid < 0) {
		buf_printf(error, "%s: %s", program, strerror(errno));
		return false;
	}
	bool whole = collect(output, out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		buf_printf(error, "%s: ended by signal %d", program, WTERMSIG(status));
	else if (status == 0 && !whole)
		buf_printf(error, "%s: its description is too long", path);
	return whole && status == 0;
}

bool import_describe(const char *path, struct buf *out, struct buf *error)
{
	const char *programs[ROLE__COUNT];
	struct arena arena = { 0 };

	bool done =
		roles_find_programs(programs, DATABASE_SQLITE, POSTERN_LIBEXECDIR, &arena, error) &&
		run(programs[ROLE_DBD], path, out, error);
	arena_done(&arena);
	return done;
}
