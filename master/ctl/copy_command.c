#include "copy_command.h"

#include "arena.h"
#include "database_argument.h"
#include "exit_status.h"
#include "process.h"
#include "roles.h"
#include "served_api.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ERROR_MAX = 16 * 1024 };

#define URL_VARIABLE "DATABASE_URL="

enum { SOURCE, TARGET, ENDS };

struct end {
	const char *given; /* path or URL */
	struct database_url url;
	const char *program;
	pid_t pid;
};

struct copy {
	struct end ends[ENDS];
	struct served_api served;
	struct arena arena;
	struct buf error;
};

/* Arguments. */

static bool is_same_file(const struct end ends[ENDS])
{
	struct stat from, to;

	return ends[SOURCE].url.engine == DATABASE_SQLITE &&
	       ends[TARGET].url.engine == DATABASE_SQLITE &&
	       stat(ends[SOURCE].url.path, &from) == 0 && stat(ends[TARGET].url.path, &to) == 0 &&
	       from.st_dev == to.st_dev && from.st_ino == to.st_ino;
}

static bool read_end(struct copy *c, struct end *end)
{
	if (!database_argument_read_any(end->given, &end->url, &c->error))
		return false;
	if (end->url.memory)
		buf_printf(&c->error, "%s: a database in memory cannot be copied", end->given);
	return !end->url.memory;
}

static bool read_arguments(struct copy *c, const char *file)
{
	if (!read_end(c, &c->ends[SOURCE]) || !read_end(c, &c->ends[TARGET]) ||
		!served_api_read(&c->served, file, &c->error) ||
		!served_api_share(&c->served, &c->error))
		return false;
	if (is_same_file(c->ends))
		buf_str(&c->error, STR("both are the same file"));
	return buf_len(&c->error) == 0;
}

static bool find_programs(struct copy *c)
{
	for (int i = 0; i < ENDS; i++) {
		const char *programs[ROLE__COUNT];
		if (!roles_find_programs(programs, c->ends[i].url.engine, POSTERN_LIBEXECDIR,
			    &c->arena, &c->error))
			return false;
		c->ends[i].program = programs[ROLE_DBD];
	}
	return true;
}

/* Children. */

/* The environment with this URL: ps shows arguments to everybody. */
static char **environment_with(struct copy *c, const char *url)
{
	size_t count = 0, n = 0;

	while (environ[count])
		count++;
	char **variables = arena_calloc(&c->arena, count + 2, sizeof(*variables));
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], URL_VARIABLE, strlen(URL_VARIABLE)) != 0)
			variables[n++] = environ[i];
	size_t size = strlen(URL_VARIABLE) + strlen(url) + 1;
	variables[n] = arena_alloc(&c->arena, size);
	snprintf(variables[n], size, "%s%s", URL_VARIABLE, url);
	return variables;
}

/* Starts a program with one of its standard streams at an end of the pipe. */
static bool start(struct copy *c, struct end *end, const char *mode, int stream, int fd)
{
	bool is_file = end->url.engine == DATABASE_SQLITE;
	char *const argv[] = {
		strdup(role_program(ROLE_DBD, end->url.engine)),
		strdup(mode),
		is_file ? strdup(end->url.path) : NULL,
		NULL,
	};
	char **variables = is_file ? environ : environment_with(c, end->given);
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc == 0) {
		posix_spawn_file_actions_adddup2(&actions, fd, stream);
		posix_spawn_file_actions_adddup2(&actions, c->served.fd, PROCESS_FD_API);
		rc = posix_spawn(&end->pid, end->program, &actions, NULL, argv, variables);
		posix_spawn_file_actions_destroy(&actions);
	}
	for (size_t i = 0; i < NITEMS(argv); i++)
		free(argv[i]);
	if (rc != 0) {
		end->pid = 0;
		buf_printf(&c->error, "%s: %s", end->program, strerror(rc));
	}
	return rc == 0;
}

/* The target first: it ends by itself when the source does not come. */
static bool start_both(struct copy *c)
{
	int pipe_ends[2];

	if (pipe2(pipe_ends, O_CLOEXEC) < 0) {
		buf_printf(&c->error, "cannot make a pipe: %s", strerror(errno));
		return false;
	}
	bool started = start(c, &c->ends[TARGET], "--copy-in", STDIN_FILENO, pipe_ends[0]) &&
		       start(c, &c->ends[SOURCE], "--copy-out", STDOUT_FILENO, pipe_ends[1]);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return started;
}

/* True if it has ended well. It has said itself why not, unless a signal ended it. */
static bool await(struct copy *c, const struct end *end)
{
	int status;

	if (end->pid == 0)
		return false;
	while (waitpid(end->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		buf_printf(&c->error, "%s%s was ended by signal %d",
			buf_len(&c->error) > 0 ? ", " : "", role_program(ROLE_DBD, end->url.engine),
			WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;
}

static bool copy(struct copy *c)
{
	bool started = start_both(c);
	bool sent = await(c, &c->ends[SOURCE]), stored = await(c, &c->ends[TARGET]);

	return started && sent && stored;
}

int copy_command_run(const struct copy_command *command)
{
	struct copy c = { .served = SERVED_API_INIT };
	int status = EXIT_USAGE;

	c.ends[SOURCE].given = command->from;
	c.ends[TARGET].given = command->to;
	buf_init(&c.error, ERROR_MAX);
	if (read_arguments(&c, command->api))
		status = find_programs(&c) && copy(&c) ? EXIT_CLEAN : EXIT_RUNNING;
	if (buf_len(&c.error) > 0)
		fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(buf_view(&c.error)));
	served_api_close(&c.served);
	buf_done(&c.error);
	arena_done(&c.arena);
	return status;
}
