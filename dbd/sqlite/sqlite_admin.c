#include "sqlite_admin.h"

#include "copy.h"
#include "fault_of_sqlite.h"
#include "log.h"
#include "migrate.h"
#include "store_checkpoint.h"
#include "store_copy.h"
#include "store_migrate.h"
#include "store_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ERROR_MAX = 4096 };

struct engine_copy {
	const char *path; /* of the database, not of the copy */
	sqlite3 *db;
	struct copy_watch watch;
};

static void explain(struct buf *said, int rc)
{
	store_explain(said, rc, sqlite3_errstr(rc));
}

static struct copy_watch watch_of(const struct engine_progress *progress)
{
	return (struct copy_watch){ progress->goes_on, progress->context };
}

static void sweep(const struct database_url *url)
{
	for (enum copy_purpose purpose = 0; purpose < COPY_PURPOSE__COUNT; purpose++)
		copy_sweep(url->path, purpose);
}

static bool checkpoint(struct engine *writer, struct buf *said)
{
	int before, after;
	int rc = store_checkpoint(store_of(writer), &before, &after);

	if (rc == SQLITE_OK)
		buf_printf(said, "%d pages in the log before, %d after%s", before, after,
			after > 0 ? ": somebody reads an old snapshot" : "");
	else
		explain(said, rc);
	return rc == SQLITE_OK;
}

/* Backup. */

static bool copy_snapshot(
	const char *path, sqlite3 *copy, struct copy_watch *watch, struct buf *said)
{
	struct store *reader = store_open_reader(path, said);

	if (!reader)
		return false;
	buf_reset(said, ERROR_MAX);
	int rc = store_copy(reader, copy, watch);
	store_close(reader);
	if (rc != SQLITE_OK)
		explain(said, rc);
	return rc == SQLITE_OK;
}

static bool write_backup(const char *path, const struct engine_progress *progress, struct buf *said)
{
	struct copy_watch watch = watch_of(progress);
	sqlite3 *copy = copy_open(path, COPY_BACKUP, &watch, said);
	bool done = copy && copy_snapshot(path, copy, &watch, said);

	if (done) {
		progress->enters(progress->context, "checking it");
		done = copy_check(copy, said);
	}
	sqlite3_close(copy);
	return done;
}

static int backup(
	const struct database_url *url, const struct engine_progress *progress, struct buf *said)
{
	int fd = -1;

	if (write_backup(url->path, progress, said)) {
		fd = copy_give(url->path, COPY_BACKUP);
		int error = errno;
		buf_reset(said, ERROR_MAX);
		if (fd < 0)
			buf_str(said, str_from(strerror(error)));
	}
	copy_sweep(url->path, COPY_BACKUP);
	return fd;
}

/* Restore. */

/* The database itself, or the file in which SQLite keeps its locks. */
static bool is_live(const struct database_url *url, int fd)
{
	static const char *const suffixes[] = { "", "-shm" };
	char name[DATABASE_PATH_SIZE + 8];
	struct stat file, live;

	for (size_t i = 0; i < NITEMS(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", url->path, suffixes[i]);
		if (fstat(fd, &file) == 0 && stat(name, &live) == 0 && file.st_dev == live.st_dev &&
			file.st_ino == live.st_ino)
			return true;
	}
	return false;
}

static void drop(struct engine_copy *copy)
{
	sqlite3_close(copy->db);
	copy_sweep(copy->path, COPY_RESTORE);
	free(copy);
}

static bool copy_file(struct engine_copy *copy, int file, struct buf *said)
{
	int error = copy_take(copy->path, COPY_RESTORE, file, &copy->watch);

	if (error)
		buf_str(said, error == EINVAL ? STR("this is no file") : str_from(strerror(error)));
	return !error;
}

/* True if the copy is in order, and a database of Postern's. */
static bool examine(struct engine_copy *copy, struct buf *said)
{
	copy->db = copy_open(copy->path, COPY_RESTORE, &copy->watch, said);
	if (!copy->db || !copy_check(copy->db, said))
		return false;
	struct store *reader = store_open_reader(copy->path, said);
	if (!reader)
		return false;
	buf_reset(said, ERROR_MAX);
	bool fits = store_fit(reader, copy->db, said);
	store_close(reader);
	return fits;
}

static struct engine_copy *take(const struct database_url *url, int file,
	const struct engine_progress *progress, struct buf *said)
{
	struct engine_copy *copy = calloc(1, sizeof(*copy));

	if (!copy)
		log_die("out of memory for a copy of the database");
	*copy = (struct engine_copy){ .path = url->path, .watch = watch_of(progress) };
	if (copy_file(copy, file, said)) {
		progress->enters(progress->context, "checking it");
		if (examine(copy, said))
			return copy;
	}
	drop(copy);
	return NULL;
}

static bool replace(struct engine *writer, struct engine_copy *copy, struct buf *said)
{
	int rc = store_replace(store_of(writer), copy->db, &copy->watch);

	if (rc != SQLITE_OK) {
		explain(said, rc);
		return false;
	}
	for (unsigned i = 0; i < api->nresources; i++)
		buf_printf(said, "%s%" PRId64 " %s", i > 0 ? ", " : "",
			copy_count_rows(copy->db, api->resources[i]->table),
			api->resources[i]->plural);
	return true;
}

/* Migration. */

static bool plan(const struct database_url *url, const struct api *declared,
	const struct engine_progress *progress, struct engine_plan *ret, struct buf *said)
{
	struct copy_watch watch = watch_of(progress);
	struct store *reader = store_open_reader(url->path, said);

	*ret = (struct engine_plan){ 0 };
	if (!reader)
		return false;
	buf_reset(said, ERROR_MAX);
	int rc = store_plan(reader, declared, &watch, ret, said);
	store_close(reader);
	return rc == SQLITE_OK;
}

static bool keep(
	const struct database_url *url, const struct engine_progress *progress, struct buf *said)
{
	bool kept = write_backup(url->path, progress, said);

	if (kept) {
		buf_reset(said, ERROR_MAX);
		kept = copy_keep(url->path, COPY_BACKUP, said);
	}
	copy_sweep(url->path, COPY_BACKUP);
	return kept;
}

static bool migrate(struct engine *writer, const struct api *declared, struct buf *said)
{
	unsigned statements;

	if (store_migrate(store_of(writer), declared, &statements, said) != SQLITE_OK)
		return false;
	buf_printf(said, "%u statement%s run", statements, statements == 1 ? "" : "s");
	return true;
}

const struct engine_admin sqlite_admin = {
	.sweep = sweep,
	.checkpoint = checkpoint,
	.backup = backup,
	.take = take,
	.replace = replace,
	.drop = drop,
	.plan = plan,
	.keep = keep,
	.migrate = migrate,
	.is_live = is_live,
};
