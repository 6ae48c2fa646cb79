/* postern: reads the settings, opens the listeners, and supervises dbd and the workers. */
#include "declaration.h"
#include "healthcheck.h"
#include "log.h"
#include "plan.h"
#include "process.h"
#include "rlimits.h"
#include "supervise.h"
#include "title.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { ERROR_MAX = 64 * 1024 /* bytes */ };

/* Opens /dev/null for those of descriptors 0 to 2 that are closed, so that no socket gets the
 * number of stderr. */
static void open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Reports an error before the log is open: one line, whatever bytes the error quotes. Returns
 * status. */
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

static int serve(struct plan *plan, const struct privileges *privileges, struct buf *error)
{
	log_open("master", (enum log_level)plan->settings->log_level);
	log_set_format((enum log_format)plan->settings->log_format);
	log_unblock();
	if (!plan_prepare(plan, error))
		return fail_startup(error);
	supervise_hold_stops();
	return plan_open(plan, privileges, error) ? supervise_run(plan) : fail_startup(error);
}

/* Returns EXIT_CLEAN if everything printed was written. */
static int finish_output(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_CLEAN : EXIT_RUNNING;
}

/* The options that check the configuration, or serve. */
static int check_or_serve(struct plan *plan, struct buf *error)
{
	const struct settings *settings = plan->settings;
	struct privileges privileges;

	if (plan->options.action == OPTIONS_SERVE)
		supervise_hold_signals();
	if (!privileges_find(&privileges, settings->user, settings->group, &plan->opened, error))
		return complain(error, EXIT_USAGE);
	if (!plan_has_engine(plan, error) || !plan_read_api(plan, error))
		return complain(error, EXIT_USAGE);
	if (plan->options.action == OPTIONS_CHECK) {
		puts("postern: the configuration is valid");
		return finish_output();
	}
	if (!plan_inherit(plan, error))
		return complain(error, EXIT_USAGE);
	return serve(plan, &privileges, error);
}

static int print_api(struct plan *plan, struct buf *error)
{
	struct buf text;

	if (!plan_read_api(plan, error))
		return complain(error, EXIT_USAGE);
	buf_init(&text, DECLARATION_CANONICAL_MOST);
	declaration_write(&text, plan->served.api);
	if (text.failed)
		log_die("out of memory for the declaration");
	fwrite(text.data, 1, buf_len(&text), stdout);
	buf_done(&text);
	return finish_output();
}

/* The check is of what this file declares now. Its first resource is asked for. */
static int check_health(struct plan *plan, struct buf *error)
{
	healthcheck_limit_time();
	buf_printf(error, "unhealthy: ");
	if (!plan_read_api(plan, error))
		return complain(error, EXIT_RUNNING);
	return healthcheck(plan->settings, error) ? EXIT_CLEAN : complain(error, EXIT_RUNNING);
}

static int act(struct plan *plan, struct buf *error)
{
	switch (plan->options.action) {
	case OPTIONS_HELP:
		options_print_help(stdout);
		return finish_output();
	case OPTIONS_VERSION:
		puts("Postern " POSTERN_VERSION);
		return finish_output();
	case OPTIONS_PRINT_CONFIG:
		options_print_config(&plan->options, stdout);
		return finish_output();
	case OPTIONS_PRINT_API:
		return print_api(plan, error);
	case OPTIONS_HEALTHCHECK:
		return check_health(plan, error);
	default:
		return check_or_serve(plan, error);
	}
}

/* Copies the command line, which a reload reads again: the title overwrites the original. */
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
	struct plan plan;
	struct buf error;
	int status;

	buf_init(&error, ERROR_MAX);
	if (plan_read(&plan, argc, copy_arguments(argc, argv, &arena), &error)) {
		title_set(argc, argv, "postern: master");
		status = act(&plan, &error);
	} else {
		status = complain(&error, EXIT_USAGE);
	}
	plan_close(&plan);
	buf_done(&error);
	arena_done(&arena);
	return status;
}

int main(int argc, char **argv)
{
	open_standard_descriptors();
	log_set_death(EXIT_STARTUP);
	/* Without this a full file (RLIMIT_FSIZE) would end the process; now write(2) fails. */
	signal(SIGXFSZ, SIG_IGN);
	rlimits_note();
	if (rlimits_refuse())
		log_die("%s", rlimits_refuse());
	return run(argc, argv);
}
