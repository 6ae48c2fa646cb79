#include "migrate_file.h"

#include "declaration.h"
#include "exit_status.h"
#include "log.h"
#include "migration.h"
#include "process.h"
#include "shared_api.h"
#include "sqlite_engine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ERROR_LIMIT = 16 * 1024 };

bool migrate_file_is_meant(int argc, char *const *argv)
{
	return argc == 4 && strcmp(argv[1], "--migrate") == 0 &&
	       (strcmp(argv[2], "plan") == 0 || strcmp(argv[2], "apply") == 0);
}

static bool goes_on(void *context, unsigned done, unsigned total)
{
	(void)context;
	(void)done;
	(void)total;
	return true;
}

static void enters(void *context, const char *stage)
{
	(void)context;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n", stage);
}

static bool migrate_in_writer(void *context, const struct api *declared, struct buf *said)
{
	return sqlite_engine.admin->migrate(context, declared, said);
}

/* Writes what is to be known. Returns the exit status. */
static int report(bool done, const struct engine_plan *plan, const struct buf *said)
{
	struct str sql = buf_view(&plan->sql), text = buf_view(said);

	fwrite(sql.ptr, 1, sql.len, stdout);
	if (done && text.len > 0)
		printf("-- %.*s\n", STR_ARGS(text));
	if (!done)
		fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(text));
	return done && fflush(stdout) == 0 && !ferror(stdout) ? EXIT_CLEAN : EXIT_RUNNING;
}

/* A plan needs neither the lock nor the writer: it only reads. But if nobody else has the file, the
 * writer, when it is closed, removes the log that reading makes. */
static bool run_with_writer(
	struct migration *migration, int lock, struct engine_plan *plan, struct buf *said)
{
	struct engine *writer = NULL;

	if (lock >= 0) {
		sqlite_engine.admin->sweep(migration->url);
		buf_reset(said, ERROR_LIMIT);
		writer = sqlite_engine.open(migration->url, ENGINE_MIGRATOR, said);
	}
	migration->context = writer;
	bool can_run = writer || !migration->applies;
	if (can_run)
		buf_reset(said, ERROR_LIMIT);
	bool done = can_run && migration_run(migration, plan, said);
	engine_close(writer);
	return done;
}

static bool run_locked(struct migration *migration, struct engine_plan *plan, struct buf *said)
{
	int lock = sqlite_engine.lock(migration->url, 0, said);
	bool done = run_with_writer(migration, lock, plan, said);

	sqlite_engine.close_lock(lock);
	return done;
}

static bool prepare(const char *path, struct database_url *url, struct buf *said)
{
	const struct api *declared = shared_api_read_one(PROCESS_FD_API, said);

	if (!declared || !sqlite_engine.start(said))
		return false;
	api_use(declared);
	*url = (struct database_url){ .memory = false };
	if (realpath(path, url->path))
		return true;
	buf_printf(said, "%s: %s", path, strerror(errno));
	return false;
}

int migrate_file(char *const *argv)
{
	struct database_url url;
	struct engine_plan plan = { 0 };
	struct buf said;
	bool done = false;

	signal(SIGXFSZ, SIG_IGN);
	log_open("posternctl", LOG_LEVEL_WARNING);
	/* Nobody else may read the copy. */
	umask(077);
	buf_init(&said, ERROR_LIMIT);
	if (prepare(argv[3], &url, &said)) {
		const struct engine_progress progress = { goes_on, enters, NULL };
		done = run_locked(&(struct migration){ .admin = sqlite_engine.admin,
					  .url = &url,
					  .declared = api,
					  .progress = &progress,
					  .applies = strcmp(argv[2], "apply") == 0,
					  .migrate = migrate_in_writer },
			&plan, &said);
	}
	/* Only now, when the file is closed: the reader may be a program that runs the plan. */
	int status = report(done, &plan, &said);
	buf_done(&plan.sql);
	buf_done(&said);
	return status;
}
