#include "migrate_command.h"

#include "arena.h"
#include "database_argument.h"
#include "exit_status.h"
#include "process.h"
#include "roles.h"
#include "served_api.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ERROR_MAX = 16 * 1024, LINE_MAX_SIZE = 64, CHUNK = 16 * 1024 /* bytes */ };

static int complain(const struct buf *error, int status)
{
	fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(buf_view(error)));
	return status;
}

/* Through the server. */

/* Copies the plan, from the descriptor of its file, to stdout. */
static bool print_plan(int fd)
{
	char chunk[CHUNK];
	off_t at = 0;

	for (ssize_t n; (n = pread(fd, chunk, sizeof(chunk), at)) != 0; at += n)
		if (n < 0 || fwrite(chunk, 1, (size_t)n, stdout) != (size_t)n)
			return false;
	return true;
}

/* path: of the database that is meant; NULL: that of the server. Returns the exit status. */
static int ask_server(const struct migrate_command *command, const char *path, int declaration)
{
	const char *verb = command->applies ? "migrate" : "plan";
	char line[LINE_MAX_SIZE];
	struct session session;
	struct stat st;
	struct str text;

	if (path && stat(path, &st) == 0)
		snprintf(line, sizeof(line), "%s %ju:%ju\n", verb, (uintmax_t)st.st_dev,
			(uintmax_t)st.st_ino);
	else
		snprintf(line, sizeof(line), "%s\n", verb);
	if (!session_begin(&session, command->socket, line, declaration))
		return EXIT_RUNNING;
	bool done = session_await_ok(&session, &text, NULL);
	bool printed = session.file < 0 || print_plan(session.file);
	if (done && text.len > 0)
		printf("-- %.*s\n", STR_ARGS(text));
	session_end(&session);
	return done && printed && fflush(stdout) == 0 && !ferror(stdout) ? EXIT_CLEAN
									 : EXIT_RUNNING;
}

/* Without a server. */

/* Returns only if it fails. */
static int become_dbd(const struct migrate_command *command, char *path, int declaration)
{
	const char *programs[ROLE__COUNT];
	struct arena arena = { 0 };
	struct buf error;

	buf_init(&error, ERROR_MAX);
	if (roles_find_programs(programs, DATABASE_SQLITE, POSTERN_LIBEXECDIR, &arena, &error)) {
		char name[] = "postern-dbd", mode[] = "--migrate", plan[] = "plan",
		     apply[] = "apply";
		char *const argv[] = { name, mode, command->applies ? apply : plan, path, NULL };
		if (declaration == PROCESS_FD_API ? fcntl(declaration, F_SETFD, 0) == 0
						  : dup2(declaration, PROCESS_FD_API) >= 0)
			execv(programs[ROLE_DBD], argv);
		buf_printf(&error, "%s: %s", programs[ROLE_DBD], strerror(errno));
	}
	int status = complain(&error, EXIT_RUNNING);
	buf_done(&error);
	arena_done(&arena);
	return status;
}

/* dbd holds this lock while it has the database open (dbd/sqlite/file_lock.h). False: nobody has
 * it, or the file cannot be opened. */
static bool is_served(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool served = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return served;
}

static int migrate_file(const struct migrate_command *command, char *path, int declaration)
{
	if (!command->applies || !is_served(path))
		return become_dbd(command, path, declaration);
	if (access(command->socket, F_OK) == 0)
		return ask_server(command, path, declaration);
	fprintf(stderr,
		"posternctl: a running Postern has %s open, and there is no control socket %s; "
		"name "
		"that of its --control by --socket or POSTERN_CONTROL, or stop it\n",
		path, command->socket);
	return EXIT_RUNNING;
}

/* The choice. */

static int migrate_with(const struct migrate_command *command, int declaration)
{
	struct database_url url = { .engine = DATABASE_SQLITE };
	struct buf error;

	if (!command->database && (command->socket_is_named || access(command->socket, F_OK) == 0))
		return ask_server(command, NULL, declaration);
	const char *database = command->database ? command->database : database_url_default();
	buf_init(&error, ERROR_MAX);
	bool valid = database_argument_read(database, &url, &error);
	if (!valid && url.engine == DATABASE_POSTGRES)
		buf_str(&error, STR("; a start, or a reload, with the declaration names what a "
				    "table of PostgreSQL lacks, with the ALTER TABLE for it"));
	if (valid && url.memory)
		buf_printf(&error, "%s: a database in memory cannot be migrated", database);
	int status = valid && !url.memory ? migrate_file(command, url.path, declaration)
					  : complain(&error, EXIT_USAGE);
	buf_done(&error);
	return status;
}

int migrate_command_run(const struct migrate_command *command)
{
	struct served_api served = SERVED_API_INIT;
	struct buf error;
	int status = EXIT_USAGE;

	buf_init(&error, ERROR_MAX);
	if (served_api_read(&served, command->api, &error) && served_api_share(&served, &error))
		status = migrate_with(command, served.fd);
	else
		complain(&error, status);
	served_api_close(&served);
	buf_done(&error);
	return status;
}
