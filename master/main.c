/* postern: reads the settings, opens the listeners, and supervises dbd and the workers. */
#include "activation.h"
#include "database_url.h"
#include "healthcheck.h"
#include "listen.h"
#include "log_file.h"
#include "net.h"
#include "options.h"
#include "privileges.h"
#include "process.h"
#include "rlimits.h"
#include "sd_notify.h"
#include "supervise.h"
#include "title.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	UDS_MODE = 0666,             /* as with uvicorn: a proxy runs as another user */
	STARTUP_TIMEOUT = 30 * 1000, /* milliseconds */
	ERROR_MAX = 64 * 1024,       /* bytes */
	CONTROL_MODE = 0600,
	CONTROL_BACKLOG = 16,
	DBD_SOCKET_NAME = 128 /* bytes */
};

static const char IN_MEMORY[] = "in memory";

/* Descriptors 0 to 2 must be taken, else a socket gets the number of stderr. */
static void hold_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* For what is wrong before there is a log: one line, whatever bytes the value holds. */
static int complain(const struct buf *error, int status)
{
	struct str text = buf_view(error);

	fprintf(stderr, "postern: ");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		fprintf(stderr, c < 0x20 || c == 0x7f ? "\\x%02x" : "%c", c);
	}
	fprintf(stderr, "\n");
	return status;
}

static int fail_startup(const struct buf *error)
{
	struct str text = buf_view(error);

	log_critical("%.*s", STR_ARGS(text));
	return EXIT_STARTUP;
}

static const char *describe_database(const char *url, struct arena *arena)
{
	struct database_url parsed;
	struct buf error;

	buf_init(&error, ERROR_MAX);
	bool valid = database_url_parse(url, &parsed, &error);
	buf_done(&error);
	return !valid || parsed.memory ? IN_MEMORY : arena_copy(arena, str_from(parsed.path)).ptr;
}

static const char *describe_address(const struct listeners *listeners, struct arena *arena)
{
	struct buf text;

	buf_init(&text, ERROR_MAX);
	listeners_write(listeners, &text);
	const char *copy = arena_copy(arena, buf_view(&text)).ptr;
	buf_done(&text);
	return copy;
}

/* Resolves the address that is to be listened on, if there is one. False: *error says why not. */
static bool resolve_http(const struct plan *plan, struct addrinfo **addresses, struct buf *error)
{
	const struct settings *settings = plan->settings;

	*addresses = NULL;
	if (plan->listeners[ROLE_WORKER].count > 0 || *settings->uds)
		return true;
	*addresses = listen_resolve(settings->host, settings->port, error);
	return *addresses != NULL;
}

/* Opens the listener for HTTP unless it was inherited. The path outlives the settings, which may
 * be read again. False: *error says why. */
static bool open_http(struct listeners *http, const struct settings *settings,
	const struct addrinfo *addresses, struct arena *arena, struct buf *error)
{
	if (http->count > 0)
		return true;
	if (*settings->uds)
		return listen_unix(http, arena_copy(arena, str_from(settings->uds)).ptr, UDS_MODE,
			settings->backlog, error);
	http->fds[0] =
		listen_on(addresses, settings->host, settings->port, settings->backlog, error);
	http->count = http->fds[0] >= 0 ? 1 : 0;
	return http->count > 0;
}

static bool open_dbd_socket(struct plan *plan, struct arena *arena, struct buf *error)
{
	char *name = arena_alloc(arena, DBD_SOCKET_NAME);
	int fd = net_listen_abstract(SOMAXCONN, name, DBD_SOCKET_NAME);

	if (fd < 0)
		buf_printf(error, "cannot open the socket of dbd: %s", rlimits_strerror(errno));
	plan->dbd_socket = name;
	plan->listeners[ROLE_DBD] = (struct listeners){ .fds = { fd }, .count = fd >= 0 ? 1 : 0 };
	return fd >= 0;
}

/* As the user that this has become, who can remove a socket again. */
static bool open_admin(struct plan *plan, struct arena *arena, struct buf *error)
{
	const char *address = plan->settings->admin;

	if (!*address)
		return true;
	if (!listen_admin(&plan->admin, arena_copy(arena, str_from(address)).ptr, error))
		return false;
	plan->admin_address = describe_address(&plan->admin, arena);
	return true;
}

/* Once we are who we stay: the socket is that user's. */
static bool open_control(struct plan *plan, struct arena *arena, struct buf *error)
{
	const char *path = plan->settings->control;

	return !*path || listen_unix(&plan->control, arena_copy(arena, str_from(path)).ptr,
				 CONTROL_MODE, CONTROL_BACKLOG, error);
}

/* The settings and what follows from them. */
struct configuration {
	struct options options;
	struct plan plan;
	struct arena arena; /* of both */
	int argc;
	char **argv;
};

/* Completes the plan. False: *error says why. */
static bool make_plan(
	struct plan *plan, const struct settings *settings, struct arena *arena, struct buf *error)
{
	plan->settings = settings;
	plan->database = describe_database(settings->database_url, arena);
	plan->in_memory = plan->database == IN_MEMORY;
	return roles_find_programs(plan->programs, POSTERN_LIBEXECDIR, arena, error);
}

/* Takes what the command line and the environment mean now, if that is in order. */
static bool read_again(struct plan *plan, struct buf *error)
{
	struct configuration *c = CONTAINER_OF(plan, struct configuration, plan);
	struct options options;
	struct arena arena = { 0 };
	struct plan next = *plan;

	if (!options_parse(&options, &arena, c->argc, c->argv, error) ||
		!make_plan(&next, &c->options.settings, &arena, error)) {
		arena_done(&arena);
		return false;
	}
	arena_done(&c->arena);
	c->arena = arena;
	c->options = options;
	*plan = next;
	return true;
}

/* Opens all that the server listens on, and its log. The file last: who starts it by hand sees what
 * else is wrong. False: *error says why. */
static bool open_all(struct plan *plan, const struct addrinfo *addresses,
	const struct privileges *privileges, struct arena *arena, struct buf *error)
{
	return open_http(&plan->listeners[ROLE_WORKER], plan->settings, addresses, arena, error) &&
	       open_dbd_socket(plan, arena, error) && privileges_drop(privileges, error) &&
	       open_admin(plan, arena, error) && open_control(plan, arena, error) &&
	       log_file_open(plan->settings->log_file, error);
}

static void close_all(struct plan *plan)
{
	listeners_close(&plan->listeners[ROLE_WORKER]);
	listeners_close(&plan->listeners[ROLE_DBD]);
	listeners_close(&plan->admin);
	listeners_close(&plan->control);
}

/* False, with all closed again: *error says why. */
static bool prepare(struct configuration *c, const struct privileges *privileges,
	struct arena *arena, struct buf *error)
{
	struct plan *plan = &c->plan;
	struct addrinfo *addresses;

	bool prepared = make_plan(plan, &c->options.settings, &c->arena, error) &&
			resolve_http(plan, &addresses, error);
	if (prepared) {
		supervise_hold_stops();
		prepared = open_all(plan, addresses, privileges, arena, error);
		if (addresses)
			freeaddrinfo(addresses);
	}
	if (!prepared)
		close_all(plan);
	return prepared;
}

static int serve(struct configuration *c, const struct privileges *privileges, struct buf *error)
{
	struct arena arena = { 0 };
	struct plan *plan = &c->plan;
	int status;

	plan->startup_timeout = STARTUP_TIMEOUT;
	plan->read_again = read_again;
	log_open("master", (enum log_level)c->options.settings.log_level);
	log_set_format((enum log_format)c->options.settings.log_format);
	log_unblock();
	if (prepare(c, privileges, &arena, error)) {
		plan->address = describe_address(&plan->listeners[ROLE_WORKER], &arena);
		status = supervise_run(plan);
		listeners_close(&plan->admin);
	} else {
		status = fail_startup(error);
	}
	arena_done(&arena);
	return status;
}

/* 0 if all that was printed could be written. */
static int finish_output(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_CLEAN : EXIT_RUNNING;
}

static int act(struct configuration *c, struct buf *error)
{
	const struct options *options = &c->options;
	struct privileges privileges;

	switch (options->action) {
	case OPTIONS_HELP:
		options_print_help(stdout);
		return finish_output();
	case OPTIONS_VERSION:
		puts("Postern " POSTERN_VERSION);
		return finish_output();
	case OPTIONS_PRINT_CONFIG:
		options_print_config(options, stdout);
		return finish_output();
	case OPTIONS_HEALTHCHECK:
		return healthcheck(&options->settings, error) ? EXIT_CLEAN
							      : complain(error, EXIT_RUNNING);
	case OPTIONS_CHECK:
	case OPTIONS_SERVE:
		break;
	}
	if (options->action == OPTIONS_SERVE)
		supervise_hold_signals();
	if (!privileges_find(
		    &privileges, options->settings.user, options->settings.group, &c->arena, error))
		return complain(error, EXIT_USAGE);
	if (options->action == OPTIONS_CHECK) {
		puts("postern: the configuration is valid");
		return finish_output();
	}
	if (!activation_take(&c->plan.listeners[ROLE_WORKER], error))
		return complain(error, EXIT_USAGE);
	sd_notify_open(&c->plan.notify);
	return serve(c, &privileges, error);
}

/* For read_again: the title is written over the original. */
static char **copy_arguments(int argc, char **argv, struct arena *arena)
{
	char **copy = arena_calloc(arena, (size_t)argc + 1, sizeof(*copy));

	for (int i = 0; i < argc; i++) {
		size_t size = strlen(argv[i]) + 1;
		copy[i] = arena_alloc(arena, size);
		memcpy(copy[i], argv[i], size);
	}
	return copy;
}

static int run(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct configuration c = { .argc = argc, .argv = copy_arguments(argc, argv, &arena) };
	struct buf error;

	buf_init(&error, ERROR_MAX);
	int status;
	if (!options_parse(&c.options, &c.arena, argc, argv, &error)) {
		status = complain(&error, EXIT_USAGE);
	} else {
		title_set(argc, argv, "postern: master");
		status = act(&c, &error);
	}
	buf_done(&error);
	arena_done(&c.arena);
	arena_done(&arena);
	return status;
}

int main(int argc, char **argv)
{
	hold_standard_descriptors();
	log_set_death(EXIT_STARTUP);
	/* A full file is an error of write(2), not the end. */
	signal(SIGXFSZ, SIG_IGN);
	rlimits_note();
	if (rlimits_refuse())
		log_die("%s", rlimits_refuse());
	return run(argc, argv);
}
