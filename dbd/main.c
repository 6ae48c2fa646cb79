/* postern-dbd: the only process that opens the database. The master starts it; see process.h. */
#include "config.h"
#include "control.h"
#include "database_url.h"
#include "dbd_sandbox.h"
#include "file_lock.h"
#include "full_vfs.h"
#include "heartbeat.h"
#include "maintenance.h"
#include "process.h"
#include "server.h"
#include "stats.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ERROR_LIMIT = 16 * 1024 };

/* Milliseconds that a dbd may stay beyond the time for a graceful stop; and how long the master
 * lets this one start, with room for the rest of it. */
enum { CLAIM_MARGIN = 4 * 1000, CLAIM_LONGEST = 25 * 1000 };

/* What is open while dbd runs. */
struct database {
	struct database_url url;
	int claim; /* see file_lock.h; -1 in memory */
	struct store *writer;
	struct store *reader; /* NULL in memory: there is one connection to it only */
};

/* A dbd whose master has died stays for its workers, and they for their clients. */
static uint64_t file_lock_timeout(const struct settings *settings)
{
	uint64_t graceful = (uint64_t)settings->timeout_graceful_shutdown * 1000 + CLAIM_MARGIN;

	return graceful < CLAIM_LONGEST ? graceful : CLAIM_LONGEST;
}

static bool open_file(struct database *db, uint64_t patience, struct buf *error)
{
	const char *path = db->url.path;

	db->claim = file_lock_take(path, patience, error);
	if (db->claim < 0)
		return false;
	buf_reset(error, ERROR_LIMIT);
	db->writer = store_open_writer(path, error);
	if (!db->writer)
		return false;
	buf_reset(error, ERROR_LIMIT);
	db->reader = store_open_reader(path, error);
	return db->reader != NULL;
}

static bool open_memory(struct database *db, struct buf *error)
{
	db->writer = store_open_writer(NULL, error);
	return db->writer != NULL;
}

/* False, with one line in the log, if it cannot be used. */
static bool open_database(struct database *db, const struct settings *settings)
{
	struct buf error;

	*db = (struct database){ .claim = -1 };
	buf_init(&error, ERROR_LIMIT);
	bool open = database_url_parse(settings->database_url, &db->url, &error);
	if (open)
		open = db->url.memory ? open_memory(db, &error)
				      : open_file(db, file_lock_timeout(settings), &error);
	if (!open) {
		struct str why = buf_view(&error);
		log_critical("%.*s%s", STR_ARGS(why), full_vfs_reason());
		store_close(db->writer);
		file_lock_close(db->claim);
	}
	buf_done(&error);
	return open;
}

/* What runs. */
struct dbd {
	struct database *db;
	struct maintenance *maintenance; /* NULL as the writer */
	struct writer *writer;           /* NULL: the database is another's to write */
	struct server *server;
	uint64_t patience; /* of workers' clients, in milliseconds */
};

/* Nothing is read any more but the snapshots of streams, which are open already. */
static void release(struct dbd *dbd)
{
	if (!dbd->writer)
		return;
	heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_CLOSING);
	maintenance_free(dbd->maintenance);
	dbd->maintenance = NULL;
	struct group_counts counts = writer_stop(dbd->writer);
	dbd->writer = NULL;
	/* The writer's, which has ended: what is now is another dbd's to say. */
	stats_set(STAT_WAL_PAGES, 0);
	stats_set(STAT_WAL_HELD, 0);
	stats_set(STAT_STORAGE_FAILING, 0);
	log_debug("committed %" PRIu64 " commands in %" PRIu64 " groups", counts.commands,
		counts.groups);
	/* The writer last: who closes last moves the log into the file and removes it. */
	store_close(dbd->db->reader);
	store_close(dbd->db->writer);
	file_lock_release(dbd->db->claim);
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

	log_debug("making way for another");
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

/* What workers keep from now on is true. */
static struct changes *begin_changes(struct store *store)
{
	struct generations *table = generations_map(PROCESS_FD_GENERATIONS, GENERATIONS_WRITE);

	if (!table)
		log_die("cannot map the generations: %s", strerror(errno));
	struct changes *changes = changes_new(table);
	store_publish_changes(store, changes);
	changes_invalidate_all(changes);
	return changes;
}

/* SQLite drops the pages that a connection has read when another has written, and reads them again:
 * memory goes back to the system only when more is free than that takes. Counting what is allocated
 * would only make the threads wait for each other. */
static void configure_memory(void)
{
	enum { FREE_MOST = 4 * 1024 * 1024, MAPPED_LEAST = 1024 * 1024 };

	mallopt(M_TRIM_THRESHOLD, FREE_MOST);
	mallopt(M_MMAP_THRESHOLD, MAPPED_LEAST);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* path is the database's, links resolved; NULL in memory. */
static void serve(struct database *db, const char *path, const struct settings *settings)
{
	struct loop *loop = loop_new();
	struct changes *changes = begin_changes(db->writer);
	struct dbd dbd = {
		.db = db,
		.writer = writer_start(db->writer),
		.patience = (uint64_t)settings->timeout_graceful_shutdown * 1000,
	};

	dbd.maintenance = maintenance_new(path, dbd.writer);
	dbd.server = server_new(loop, &(struct server_plan){
					      .listener = PROCESS_FD_LISTEN,
					      .writer = dbd.writer,
					      .reader = db->reader,
					      .path = db->url.path,
					      .on_parted = on_parted,
					      .context = &dbd,
				      });
	process_on_stop(loop, on_stop, &dbd);
	process_on_drain(on_drain, &dbd);
	process_on_control(on_control, &dbd);
	process_start_heartbeat(loop, settings->timeout_watchdog);
	process_ready();
	loop_run(loop);
	server_free(dbd.server);
	loop_free(loop);
	release(&dbd);
	changes_free(changes);
}

int main(void)
{
	struct settings settings;
	struct database db;
	char path[PATH_MAX];

	const char *name = process_adopt();
	config_from_environment(&settings);
	log_open(name, (enum log_level)settings.log_level);
	log_set_format((enum log_format)settings.log_format);
	/* The database is nobody else's to read. */
	umask(077);
	configure_memory();
	/* Each connection is one thread's; bind.c relies on it. */
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	if (!sqlite3_threadsafe()) {
		log_critical("this SQLite library was built without threads; install another");
		return EXIT_STARTUP;
	}
	full_vfs_install();
	if (!open_database(&db, &settings))
		return EXIT_STARTUP;
	if (!db.url.memory && !realpath(db.url.path, path))
		log_die("the database %s has gone", db.url.path);
	/* Triggers may ask for local time, whose rules are in a file out of reach later. */
	tzset();
	if (settings.sandbox)
		dbd_sandbox_enter(db.url.memory ? NULL : path);
	serve(&db, db.url.memory ? NULL : path, &settings);
	file_lock_close(db.claim);
	return EXIT_CLEAN;
}
