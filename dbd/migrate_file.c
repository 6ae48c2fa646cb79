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

static int fail(const struct buf *said)
{
	const struct engine_plan none = { 0 };

	return report(false, &none, said);
}

static int run(const struct migration *migration, struct buf *said)
{
	struct engine_plan plan = { 0 };

	buf_reset(said, ERROR_LIMIT);
	bool done = migration_run(migration, &plan, said);
	int status = report(done, &plan, said);
	buf_done(&plan.sql);
	return status;
}

/* A plan needs neither the lock nor the writer: it only reads. But if nobody else has the file, the
 * writer, when it is closed, removes the log that reading makes. */
static int run_with_writer(struct migration *migration, int lock, struct buf *said)
{
	struct engine *writer = NULL;
	int status;

	if (lock >= 0) {
		sqlite_engine.admin->sweep(migration->url);
		buf_reset(said, ERROR_LIMIT);
		writer = sqlite_engine.open(migration->url, ENGINE_MIGRATOR, said);
	}
	migration->context = writer;
	status = writer || !migration->applies ? run(migration, said) : fail(said);
	engine_close(writer);
	return status;
}

static int run_locked(struct migration *migration, struct buf *said)
{
	int lock = sqlite_engine.lock(migration->url, 0, said);
	int status = run_with_writer(migration, lock, said);

	sqlite_engine.close_lock(lock);
	return status;
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
	struct buf said;
	int status;

	signal(SIGXFSZ, SIG_IGN);
	log_open("posternctl", LOG_LEVEL_WARNING);
	/* Nobody else may read the copy. */
	umask(077);
	buf_init(&said, ERROR_LIMIT);
	if (!prepare(argv[3], &url, &said)) {
		status = fail(&said);
	} else {
		const struct engine_progress progress = { goes_on, enters, NULL };
		status = run_locked(&(struct migration){ .admin = sqlite_engine.admin,
					    .url = &url,
					    .declared = api,
					    .progress = &progress,
					    .applies = strcmp(argv[2], "apply") == 0,
					    .migrate = migrate_in_writer },
			&said);
	}
	buf_done(&said);
	return status;
}
