/* posternctl: sends one command to a running Postern through its control socket, or compares two
 * servers. */
#include "atomic_file.h"
#include "compare_command.h"
#include "config.h"
#include "copy_command.h"
#include "import_command.h"
#include "migrate_command.h"
#include "process.h"
#include "session.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVERY_MS = 1000, ERROR_MAX = 4096, STATUS_MAX = 1024 * 1024, OPERAND_MAX = 32 };

#define DEFAULT_SOCKET "/run/postern/control"

/* The command line. */

enum flag {
	FLAG_SOCKET,
	FLAG_JSON,
	FLAG_WATCH,
	FLAG_YES,
	FLAG_API,
	FLAG_DATABASE,
	FLAG_APPLY,
	FLAG_OUTPUT,
	FLAG_WRITES,
	FLAG_REQUESTS,
	FLAG_SEED,
	FLAG_ALL,
	FLAG_HELP,
	FLAG_VERSION,
	FLAG__COUNT
};

struct arguments {
	const char *socket;
	bool flags[FLAG__COUNT];
	const char *values[FLAG__COUNT]; /* of the flags that have one; NULL: not given */
	const char *command;             /* NULL: not given */
	const char *operand, *second;    /* NULL: not given */
};

static const struct {
	const char *name, *unit, *help;
} flags[FLAG__COUNT] = {
	[FLAG_SOCKET] = { "--socket", "PATH",
		"socket of Postern's --control [" DEFAULT_SOCKET "]; POSTERN_CONTROL" },
	[FLAG_JSON] = { "--json", NULL, "status: print one JSON object" },
	[FLAG_WATCH] = { "--watch", NULL, "status: repeat every second until interrupted" },
	[FLAG_YES] = { "--yes", NULL, "restore: do not ask for confirmation" },
	[FLAG_API] = { "--api", "FILE",
		"migrate, copy, compare: file that declares the API; POSTERN_API [the built-in "
		"one]" },
	[FLAG_DATABASE] = { "--database", "FILE",
		"migrate, import: database; DATABASE_URL [of migrate that of the server at the "
		"socket]" },
	[FLAG_APPLY] = { "--apply", NULL, "migrate: run the plan, after a copy of the database" },
	[FLAG_OUTPUT] = { "--output", "FILE", "import: file for the declaration [stdout]" },
	[FLAG_WRITES] = { "--writes", NULL, "compare: also create, change and delete rows" },
	[FLAG_REQUESTS] = { "--requests", "NUMBER",
		"compare: send as many requests [each kind once]" },
	[FLAG_SEED] = { "--seed", "NUMBER", "compare: choose other values and rows [0]" },
	[FLAG_ALL] = { "--all", NULL, "compare: print every difference, not only the first 20" },
	[FLAG_HELP] = { "--help", NULL, "print this help and exit" },
	[FLAG_VERSION] = { "--version", NULL, "print the version and exit" },
};

static int complain(const char *format, const char *what)
{
	fprintf(stderr, "posternctl: ");
	fprintf(stderr, format, what);
	fprintf(stderr, "; see posternctl --help\n");
	return EXIT_USAGE;
}

/* Answers. */

static int finish_output(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_CLEAN : EXIT_RUNNING;
}

static int print(struct str text)
{
	printf("%.*s\n", STR_ARGS(text));
	return finish_output();
}

static int ask(const struct arguments *a, const char *request, int passed)
{
	struct session session;
	struct str text;

	if (!session_begin(&session, a->socket, request, passed))
		return EXIT_RUNNING;
	int status = session_await_ok(&session, &text, NULL) ? print(text) : EXIT_RUNNING;
	session_end(&session);
	return status;
}

/* Commands. */

static bool read_status(const struct arguments *a, struct buf *status)
{
	struct session session;
	struct str text;

	if (!session_begin(&session, a->socket, "status\n", -1))
		return false;
	bool whole = session_await_ok(&session, &text, status);
	session_end(&session);
	return whole && !status->failed;
}

static int show_status_once(const struct arguments *a)
{
	struct buf status, out;

	buf_init(&status, STATUS_MAX);
	buf_init(&out, STATUS_MAX);
	bool read = read_status(a, &status);
	if (a->flags[FLAG_JSON])
		view_json(buf_view(&status), &out);
	else
		view_table(buf_view(&status), &out);
	if (read && a->flags[FLAG_WATCH] && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout); /* ECMA-48: cursor home, clear to the end */
	if (read)
		fwrite(buf_view(&out).ptr, 1, buf_len(&out), stdout);
	buf_done(&status);
	buf_done(&out);
	return read ? finish_output() : EXIT_RUNNING;
}

static int show_status(const struct arguments *a)
{
	int status = show_status_once(a);

	while (status == EXIT_CLEAN && a->flags[FLAG_WATCH]) {
		poll(NULL, 0, EVERY_MS);
		status = show_status_once(a);
	}
	return status;
}

static int reload(const struct arguments *a)
{
	return ask(a, "reload\n", -1);
}

/* A pidfd of the process that listens at the other end; -1 if that process is not visible, as from
 * another PID namespace. */
static int open_master(const struct session *session)
{
	struct ucred master;
	socklen_t size = sizeof(master);

	if (getsockopt(session->fd, SOL_SOCKET, SO_PEERCRED, &master, &size) < 0 || master.pid <= 0)
		return -1;
	return pidfd_open(master.pid, 0);
}

static int stop(const struct arguments *a)
{
	struct session session;
	struct str text;

	if (!session_begin(&session, a->socket, "stop\n", -1))
		return EXIT_RUNNING;
	struct pollfd master = { .fd = open_master(&session), .events = POLLIN };
	int status = session_await_ok(&session, &text, NULL) ? print(text) : EXIT_RUNNING;
	while (status == EXIT_CLEAN && master.fd >= 0 && poll(&master, 1, -1) < 0 && errno == EINTR)
		;
	if (master.fd >= 0)
		close(master.fd);
	session_end(&session);
	return status;
}

static int set_workers(const struct arguments *a)
{
	char request[OPERAND_MAX + 16];

	if (strspn(a->operand, "0123456789") != strlen(a->operand) ||
		strlen(a->operand) > OPERAND_MAX || atol(a->operand) < 1 ||
		atol(a->operand) > WORKERS_MAX)
		return complain("%s is not a valid number of workers", a->operand);
	snprintf(request, sizeof(request), "workers %ld\n", atol(a->operand));
	return ask(a, request, -1);
}

static int checkpoint(const struct arguments *a)
{
	return ask(a, "checkpoint\n", -1);
}

static int fail(const struct buf *error)
{
	fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(buf_view(error)));
	return EXIT_RUNNING;
}

/* Copies a backup to file, and finishes or drops it. Returns false with the reason on stderr or in
 * *error. */
static bool fetch_backup(
	const struct arguments *a, struct atomic_file *file, uint64_t *size, struct buf *error)
{
	struct session session;
	struct str text;

	if (!session_begin(&session, a->socket, "backup\n", -1)) {
		atomic_file_drop(file);
		return false;
	}
	bool got = session_await_ok(&session, &text, NULL) && session.file >= 0;
	bool written = got && atomic_file_finish(file, session.file, size, error);
	if (!got)
		atomic_file_drop(file);
	session_end(&session);
	return written;
}

static int backup(const struct arguments *a)
{
	struct atomic_file file;
	struct buf error;
	uint64_t size;

	/* The file is created first: without it the server need not make a copy. */
	buf_init(&error, ERROR_MAX);
	bool written = atomic_file_begin(&file, a->operand, &error) &&
		       fetch_backup(a, &file, &size, &error);
	if (!written && buf_len(&error) > 0)
		fail(&error);
	buf_done(&error);
	if (!written)
		return EXIT_RUNNING;
	printf("%s: %" PRIu64 " bytes\n", a->operand, size);
	return finish_output();
}

/* True if --yes was given or the user confirms. */
static bool is_confirmed(const struct arguments *a)
{
	int answer = EOF;

	if (a->flags[FLAG_YES])
		return true;
	if (isatty(STDIN_FILENO)) {
		printf("Replace the contents of the database by those of %s? [y/N] ", a->operand);
		fflush(stdout);
		answer = getchar();
	}
	if (answer == 'y' || answer == 'Y')
		return true;
	fprintf(stderr, "posternctl: nothing was restored; confirm with --yes\n");
	return false;
}

/* True if the file has a write-ahead log, whose changes a restore would silently lose. */
static bool has_log(const char *path)
{
	struct stat st;
	char *log;

	if (asprintf(&log, "%s-wal", path) < 0)
		return true;
	bool has = stat(log, &st) == 0 && st.st_size > 0;
	free(log);
	return has;
}

static int restore(const struct arguments *a)
{
	if (has_log(a->operand)) {
		fprintf(stderr,
			"posternctl: %s is in use or was not closed: it has a write-ahead log, "
			"%s-wal\n",
			a->operand, a->operand);
		return EXIT_RUNNING;
	}
	int fd = open(a->operand, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		fprintf(stderr, "posternctl: %s: %s\n", a->operand, strerror(errno));
		return EXIT_RUNNING;
	}
	int status = is_confirmed(a) ? ask(a, "restore\n", fd) : EXIT_RUNNING;
	close(fd);
	return status;
}

/* The value of a flag, else of its variable, else NULL; an empty variable counts as none. */
static const char *value_of(const struct arguments *a, enum flag flag, const char *variable)
{
	const char *value = getenv(variable);

	if (a->values[flag])
		return a->values[flag];
	return value && *value ? value : NULL;
}

static int migrate(const struct arguments *a)
{
	const char *named = getenv("POSTERN_CONTROL");
	const char *file = value_of(a, FLAG_API, "POSTERN_API");

	return migrate_command_run(&(struct migrate_command){
		.socket = a->socket,
		.socket_is_named = a->flags[FLAG_SOCKET] || (named && *named),
		.api = file ? file : "",
		.database = value_of(a, FLAG_DATABASE, "DATABASE_URL"),
		.applies = a->flags[FLAG_APPLY],
	});
}

static int copy(const struct arguments *a)
{
	const char *file = value_of(a, FLAG_API, "POSTERN_API");

	return copy_command_run(&(struct copy_command){
		.from = a->operand,
		.to = a->second,
		.api = file ? file : "",
	});
}

static int import(const struct arguments *a)
{
	return import_command_run(&(struct import_command){
		.document = a->operand,
		.database = a->values[FLAG_DATABASE],
		.output = a->values[FLAG_OUTPUT],
	});
}

/* The number of a flag, 0 if it is not given. Returns false after complaining if it is none. */
static bool read_number(const struct arguments *a, enum flag flag, uint64_t *number)
{
	const char *text = a->values[flag] ? a->values[flag] : "0";
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0)
		return true;
	complain("%s is not a valid number", text);
	return false;
}

static int compare(const struct arguments *a)
{
	const char *file = value_of(a, FLAG_API, "POSTERN_API");
	struct compare_options options = {
		.urls = { a->operand, a->second },
		.writes = a->flags[FLAG_WRITES],
		.all = a->flags[FLAG_ALL],
	};

	if (!read_number(a, FLAG_REQUESTS, &options.requests) ||
		!read_number(a, FLAG_SEED, &options.seed))
		return EXIT_USAGE;
	return compare_command_run(file ? file : "", &options);
}

static const struct command {
	const char *name, *operand, *help;
	int (*run)(const struct arguments *a);
} commands[] = {
	{ "status", NULL, "show processes and counters", show_status },
	{ "reload", NULL, "replace workers and dbd one by one; wait until done", reload },
	{ "stop", NULL, "finish running requests and stop; wait until done", stop },
	{ "workers", "NUMBER", "set the number of workers, until the next reload", set_workers },
	{ "checkpoint", NULL, "move the write-ahead log into the database", checkpoint },
	{ "backup", "FILE", "copy the database to a file while it is in use", backup },
	{ "restore", "FILE", "replace the database by such a copy while it is in use", restore },
	{ "migrate", NULL, "print, or run, the SQL that brings the tables to a declaration",
		migrate },
	{ "copy", "FROM_URL TO_URL", "copy a database between SQLite and PostgreSQL, either way",
		copy },
	{ "import", "OPENAPI",
		"write the declaration of a FastAPI application from its openapi.json", import },
	{ "compare", "OLD_URL NEW_URL", "send the same requests to two servers of a declaration",
		compare },
};

static void print_row(const char *name, const char *unit, const char *help)
{
	char text[40];

	snprintf(text, sizeof(text), "%s%s%s", name, unit ? " " : "", unit ? unit : "");
	printf("  %-23s %s\n", text, help);
}

static int print_help(void)
{
	puts("Usage: posternctl [FLAG]... COMMAND [OPERAND]\n\n"
	     "Operates a running Postern through its control socket; compares servers over "
	     "HTTP; moves databases; imports applications.\n\nCommands:");
	for (size_t i = 0; i < NITEMS(commands); i++)
		print_row(commands[i].name, commands[i].operand, commands[i].help);
	puts("\nFlags:");
	for (size_t i = 0; i < NITEMS(flags); i++)
		print_row(flags[i].name, flags[i].unit, flags[i].help);
	puts("\nExit status: 0 done, 1 failed (stderr says why), 2 wrong usage,\n"
	     "4 import left operations out.");
	return finish_output();
}

/* The number of operands that a command takes; its text has a word for each. */
static unsigned count_operands(const struct command *command)
{
	if (!command->operand)
		return 0;
	return strchr(command->operand, ' ') ? 2 : 1;
}

static int run_command(const struct arguments *a)
{
	if (!a->command)
		return complain("%s", "no command given");
	for (size_t i = 0; i < NITEMS(commands); i++) {
		if (strcmp(commands[i].name, a->command) != 0)
			continue;
		unsigned given = a->second ? 2 : a->operand ? 1 : 0;
		unsigned taken = count_operands(&commands[i]);
		if (given < taken)
			return complain(
				taken == 2 ? "%s needs two operands" : "%s needs an operand",
				a->command);
		if (given > taken)
			return complain(
				taken == 0 ? "%s takes no operand" : "unexpected argument \"%s\"",
				taken == 0 ? a->command : a->second);
		return commands[i].run(a);
	}
	return complain("unknown command \"%s\"", a->command);
}

/* The flag of this text, which ends at its "=" or NUL. */
static enum flag find_flag(const char *text)
{
	size_t n = strcspn(text, "=");
	enum flag flag = 0;

	while (flag < FLAG__COUNT &&
		(strlen(flags[flag].name) != n || strncmp(flags[flag].name, text, n) != 0))
		flag++;
	return flag;
}

/* Takes a flag, and its value off *next. Returns false if it is unknown, has no value, or has one
 * that it does not take. */
static bool take_flag(struct arguments *a, const char *text, char *const **next)
{
	enum flag flag = find_flag(text);
	const char *value = strchr(text, '=');

	if (flag == FLAG__COUNT || (value && !flags[flag].unit))
		return false;
	if (value)
		value++;
	else if (flags[flag].unit && **next)
		value = *(*next)++;
	a->flags[flag] = true;
	a->values[flag] = value;
	return value || !flags[flag].unit;
}

int main(int argc, char **argv)
{
	const char *variable = getenv("POSTERN_CONTROL");
	struct arguments a = { .socket = variable && *variable ? variable : DEFAULT_SOCKET };
	char *const *next = argv + (argc > 0);

	/* A full file is an error of write(2), not the end. */
	signal(SIGXFSZ, SIG_IGN);
	while (*next) {
		const char *text = *next++;
		bool is_flag = *text == '-' && text[1];
		if (is_flag && !take_flag(&a, text, &next))
			return complain("unknown flag, or flag without a value: \"%s\"", text);
		if (is_flag)
			continue;
		if (a.second)
			return complain("unexpected argument \"%s\"", text);
		*(a.operand ? &a.second : a.command ? &a.operand : &a.command) = text;
	}
	if (a.values[FLAG_SOCKET])
		a.socket = a.values[FLAG_SOCKET];
	if (a.flags[FLAG_HELP])
		return print_help();
	if (a.flags[FLAG_VERSION]) {
		puts("posternctl " POSTERN_VERSION);
		return finish_output();
	}
	return run_command(&a);
}
