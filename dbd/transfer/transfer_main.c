#include "transfer_main.h"

#include "declaration.h"
#include "exit_status.h"
#include "log.h"
#include "process.h"
#include "shared_api.h"
#include "transfer_in.h"
#include "transfer_out.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ERROR_LIMIT = 16 * 1024 };

#define MODE_OUT "--copy-out"
#define MODE_IN  "--copy-in"

bool transfer_is_meant(int argc, char *const *argv)
{
	return (argc == 2 || argc == 3) &&
	       (strcmp(argv[1], MODE_OUT) == 0 || strcmp(argv[1], MODE_IN) == 0);
}

static bool read_url(const char *path, struct database_url *url, struct buf *error)
{
	const char *given = getenv("DATABASE_URL");

	if (!path)
		return database_url_parse(given ? given : "", url, error);
	*url = (struct database_url){ .engine = DATABASE_SQLITE };
	if (snprintf(url->path, sizeof(url->path), "%s", path) < (int)sizeof(url->path))
		return true;
	buf_str(error, STR("the path of the database is too long"));
	return false;
}

static bool prepare(const char *path, struct database_url *url, struct buf *error)
{
	const struct api *declared = shared_api_read_one(PROCESS_FD_API, error);

	if (!declared)
		return false;
	api_use(declared);
	return read_url(path, url, error);
}

/* What `open` has written to *error means nothing after success. */
static bool run_out(
	const struct transfer_ops *ops, const struct database_url *url, struct buf *error)
{
	struct transfer_end *source = ops->open_source(url, error);

	if (!source)
		return false;
	buf_reset(error, ERROR_LIMIT);
	bool done = transfer_out(source, STDOUT_FILENO, error);
	ops->close(source);
	return done;
}

static bool run_in(
	const struct transfer_ops *ops, const struct database_url *url, struct buf *error)
{
	struct transfer_end *target = ops->open_target(url, error);
	struct transfer_result result;

	if (!target)
		return false;
	buf_reset(error, ERROR_LIMIT);
	bool done = transfer_in(target, STDIN_FILENO, &result, error);
	ops->close(target);
	if (done)
		printf("copied %" PRIu64 " row%s of %u table%s\n", result.rows,
			result.rows == 1 ? "" : "s", result.tables, result.tables == 1 ? "" : "s");
	return done;
}

int transfer_main(char *const *argv, const struct transfer_ops *ops)
{
	static struct database_url url;
	struct buf error;

	/* A full file and a reader that has gone are errors of write(2), not the end. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	log_open("posternctl", LOG_LEVEL_WARNING);
	/* Nobody else may read the database. */
	umask(077);
	buf_init(&error, ERROR_LIMIT);
	bool out = strcmp(argv[1], MODE_OUT) == 0;
	bool done = prepare(argv[2], &url, &error) &&
		    (out ? run_out(ops, &url, &error) : run_in(ops, &url, &error));
	if (!done && buf_len(&error) > 0)
		fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	return done && fflush(stdout) == 0 ? EXIT_CLEAN : EXIT_RUNNING;
}
