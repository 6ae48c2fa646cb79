/* postern-dbd: the only process that opens the database. The master starts it; see process.h. */
#include "channel.h"
#include "config.h"
#include "control.h"
#include "dbd_sandbox.h"
#include "describe_file.h"
#include "earlier.h"
#include "heartbeat.h"
#include "maintenance.h"
#include "migrate_file.h"
#include "process.h"
#include "readers.h"
#include "server.h"
#include "sqlite_engine.h"
#include "sqlite_transfer.h"
#include "stats.h"
#include "transfer_main.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ERROR_LIMIT = 16 * 1024 };

/* Milliseconds. LOCK_MARGIN: that a dbd may stay beyond the time for a graceful stop. LOCK_LONGEST:
 * less than the master allows for a start. */
enum { LOCK_MARGIN = 4 * 1000, LOCK_LONGEST = 25 * 1000 };

/* What is open while dbd runs. */
struct database {
	const struct engine_ops *ops;
	struct database_url url;
	struct database_url resolved; /* the same without symbolic links */
	int lock;                     /* -1: none */
	struct engine *writer;
	struct engine *reader; /* NULL in memory: only one connection can see it */
};

/* A dbd whose master has died stays for its workers' clients, for at most the graceful timeout. */
static uint64_t lock_timeout(const struct settings *settings)
{
	uint64_t graceful = (uint64_t)settings->timeout_graceful_shutdown * 1000 + LOCK_MARGIN;

	return graceful < LOCK_LONGEST ? graceful : LOCK_LONGEST;
}

static struct engine *open_engine(const struct database *db, enum engine_use use, struct buf *error)
{
	buf_reset(error, ERROR_LIMIT);
	return db->ops->open(&db->url, use, error);
}

static bool open_shared(struct database *db, uint64_t patience, struct buf *error)
{
	if (db->ops->lock) {
		db->lock = db->ops->lock(&db->url, patience, error);
		if (db->lock < 0)
			return false;
	}
	db->writer = open_engine(db, ENGINE_WRITER, error);
	if (db->writer)
		db->reader = open_engine(db, ENGINE_READER, error);
	return db->reader != NULL;
}

static bool open_memory(struct database *db, struct buf *error)
{
	db->writer = open_engine(db, ENGINE_WRITER, error);
	return db->writer != NULL;
}

static void close_lock(struct database *db)
{
	if (db->lock >= 0)
		db->ops->close_lock(db->lock);
	db->lock = -1;
}

static bool open_parts(struct database *db, const struct settings *settings, struct buf *error)
{
	if (!db->ops->start(error) || !database_url_parse(settings->database_url, &db->url, error))
		return false;
	return db->url.memory ? open_memory(db, error)
			      : open_shared(db, lock_timeout(settings), error);
}

/* Returns false, with one line in the log, if the database cannot be used. */
static bool open_database(struct database *db, const struct settings *settings)
{
	struct buf error;

	*db = (struct database){ .ops = &sqlite_engine, .lock = -1 };
	buf_init(&error, ERROR_LIMIT);
	bool open = open_parts(db, settings, &error);
	if (!open) {
		struct str reason = buf_view(&error);
		log_critical("%.*s", STR_ARGS(reason));
		engine_close(db->writer);
		close_lock(db);
	}
	buf_done(&error);
	return open;
}

static void resolve_path(struct database *db)
{
	_Static_assert(sizeof(db->resolved.path) >= PATH_MAX, "a path may be longer");
	db->resolved = db->url;
	if (!db->url.memory && !realpath(db->url.path, db->resolved.path))
		log_die("the database %s has gone", db->url.path);
}

/* What runs. */
struct dbd {
	struct database *db;
	struct maintenance *maintenance; /* NULL: released */
	struct writer *writer;           /* NULL: released, another dbd writes the database */
	struct readers *readers;         /* NULL: none, or released */
	struct server *server;
	uint64_t patience; /* milliseconds for a graceful stop */
};

/* Releases the database. Only the snapshots of running streams are read from then on. */
static void release(struct dbd *dbd)
{
	if (!dbd->writer)
		return;
	heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_CLOSING);
	maintenance_free(dbd->maintenance);
	dbd->maintenance = NULL;
	readers_stop(dbd->readers);
	dbd->readers = NULL;
	struct group_counts counts = writer_stop(dbd->writer);
	dbd->writer = NULL;
	/* From now on another dbd sets these. */
	stats_set(STAT_WAL_PAGES, 0);
	stats_set(STAT_WAL_HELD, 0);
	stats_set(STAT_STORAGE_FAILING, 0);
	log_debug("committed %" PRIu64 " commands in %" PRIu64 " groups", counts.commands,
		counts.groups);
	engine_close(dbd->db->reader);
	engine_close(dbd->db->writer);
	if (dbd->db->lock >= 0)
		dbd->db->ops->unlock(dbd->db->lock);
}

static void on_parted(void *context)
{
	release(context);
	process_released();
}

static void on_stop(void *context)
{
	const struct dbd *dbd = context;

	server_stop(dbd->server, dbd->patience);
}

static void on_drain(void *context)
{
	const struct dbd *dbd = context;

	log_debug("draining: another dbd takes over");
	server_drain(dbd->server, dbd->patience);
}

static void on_control(void *context, int fd)
{
	const struct dbd *dbd = context;

	if (dbd->maintenance) {
		maintenance_take(dbd->maintenance, fd);
		return;
	}
	control_send_line(fd, -1, "error dbd is being replaced; try again");
	close(fd);
}

/* From now on what workers cache is invalidated by what the writer commits. */
static struct changes *begin_changes(struct engine *writer)
{
	struct generations *table = generations_map(PROCESS_FD_GENERATIONS, GENERATIONS_WRITE);

	if (!table)
		log_die("cannot map the generations: %s", strerror(errno));
	struct changes *changes = changes_new(table);
	engine_publish_changes(writer, changes);
	changes_invalidate_all(changes);
	return changes;
}

/* A database in memory has none: only one connection can see it. */
static struct streams_source source_of_lists(const struct database *db)
{
	return db->reader ? (struct streams_source){ db->ops, &db->url, STREAMS_MAX }
			  : (struct streams_source){ .ops = NULL };
}

/* A database in memory has none, as its lists. */
static struct readers *start_readers(
	struct loop *loop, const struct database *db, const struct settings *settings)
{
	return readers_start(
		loop, &(struct readers_plan){
			      .ops = db->ops,
			      .url = &db->url,
			      .count = db->reader ? (unsigned)settings->reader_threads : 0,
		      });
}

static void serve(struct database *db, const struct settings *settings)
{
	struct loop *loop = loop_new();
	struct changes *changes = begin_changes(db->writer);
	struct writer *writer = writer_start(loop, db->writer);
	struct dbd dbd = {
		.db = db,
		.writer = writer,
		.patience = (uint64_t)settings->timeout_graceful_shutdown * 1000,
	};

	dbd.maintenance = maintenance_new(&(struct maintenance_plan){
		.admin = db->ops->admin,
		.url = &db->resolved,
		.writer = writer,
	});
	dbd.readers = start_readers(loop, db, settings);
	dbd.server = server_new(loop, &(struct server_plan){
					      .listener = PROCESS_FD_LISTEN,
					      .runner = writer_runner(writer),
					      .reader = db->reader,
					      .source = source_of_lists(db),
					      .read_threads = readers_threads(dbd.readers),
					      .on_parted = on_parted,
					      .context = &dbd,
				      });
	process_on_stop(loop, on_stop, &dbd);
	process_on_drain(on_drain, &dbd);
	process_on_control(on_control, &dbd);
	process_start_heartbeat(loop, settings->timeout_watchdog);
	process_ready();
	writer_run_loop(writer);
	server_free(dbd.server);
	release(&dbd);
	writer_free(writer);
	loop_free(loop);
	changes_free(changes);
}

/* Says on the channel why the declaration cannot be served. */
static int refuse(const struct buf *error)
{
	struct str why = buf_view(error);

	(void)channel_send(PROCESS_FD_CHANNEL, why.ptr, why.len, -1);
	return EXIT_STARTUP;
}

/* A trial (process.h): finds out whether the declaration could be served, and changes nothing. */
static int try_database(const struct settings *settings)
{
	const struct engine_ops *ops = &sqlite_engine;
	struct database_url url;
	struct buf error;

	buf_init(&error, ERROR_LIMIT);
	bool fine = ops->start(&error) && database_url_parse(settings->database_url, &url, &error);
	if (fine) {
		buf_reset(&error, ERROR_LIMIT);
		fine = ops->check(&url, &error);
	}
	int status = fine ? EXIT_CLEAN : refuse(&error);
	buf_done(&error);
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings;
	struct database db;

	if (migrate_file_is_meant(argc, argv))
		return migrate_file(argv);
	if (describe_file_is_meant(argc, argv))
		return describe_file(argv);
	if (transfer_is_meant(argc, argv))
		return transfer_main(argv, &sqlite_transfer);
	const char *name = process_adopt();
	config_from_environment(&settings);
	log_open(name, (enum log_level)settings.log_level);
	log_set_format((enum log_format)settings.log_format);
	/* Nobody else may read the database. */
	umask(077);
	if (argc > 1 && strcmp(argv[1], PROCESS_TRIAL) == 0)
		return try_database(&settings);
	earlier_use(process_apis()->list, process_apis()->count);
	if (!open_database(&db, &settings))
		return EXIT_STARTUP;
	resolve_path(&db);
	/* Triggers may ask for local time, whose rules are in a file out of reach later. */
	tzset();
	if (settings.sandbox)
		dbd_sandbox_enter(db.url.memory ? NULL : db.resolved.path);
	serve(&db, &settings);
	close_lock(&db);
	return EXIT_CLEAN;
}
