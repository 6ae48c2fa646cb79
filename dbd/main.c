/* postern-dbd: the only process that opens the database. The master starts it; see process.h. */
#include "config.h"
#include "database_url.h"
#include "dbd_sandbox.h"
#include "heartbeat.h"
#include "process.h"
#include "server.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <sys/stat.h>

enum { ERROR_LIMIT = 16 * 1024 };

/* What is open while dbd runs. */
struct database {
	struct database_url url;
	struct store *writer;
	struct store *reader; /* NULL in memory: there is one connection to it only */
};

/* False, with one line in the log, if it cannot be used. */
static bool open_database(const char *url, struct database *db)
{
	struct buf error;

	*db = (struct database){ .url = { .memory = true } };
	buf_init(&error, ERROR_LIMIT);
	bool open = database_url_parse(url, &db->url, &error);
	const char *path = db->url.memory ? NULL : db->url.path;
	if (open) {
		db->writer = store_open_writer(path, &error);
		open = db->writer != NULL;
	}
	if (open && path) {
		buf_reset(&error, ERROR_LIMIT);
		db->reader = store_open_reader(path, &error);
		open = db->reader != NULL;
	}
	if (!open) {
		struct str why = buf_view(&error);
		log_critical("%.*s", (int)why.len, why.ptr);
		store_close(db->writer);
	}
	buf_done(&error);
	return open;
}

struct stop {
	struct server *server;
	uint64_t patience; /* milliseconds */
};

static void on_stop(void *context)
{
	const struct stop *stop = context;

	server_stop(stop->server, stop->patience);
}

static void on_make_way(void *context)
{
	log_debug("making way for another");
	server_make_way(context);
}

static void serve(const struct database *db, const struct settings *settings)
{
	struct loop *loop = loop_new();
	struct writer *writer = writer_start(db->writer);
	struct server *server =
		server_new(loop, PROCESS_FD_LISTEN, writer, db->reader, db->url.path);

	struct stop stop = { server, (uint64_t)settings->timeout_graceful_shutdown * 1000 };

	process_on_stop(loop, on_stop, &stop);
	process_on_make_way(on_make_way, server);
	process_keep_beating(loop, settings->timeout_watchdog);
	process_ready();
	loop_run(loop);
	heartbeat_note(HEARTBEAT_LOOP, DOING_CLOSING);
	server_free(server);
	loop_free(loop);
	struct group_counts counts = writer_stop(writer);
	log_debug("committed %" PRIu64 " commands in %" PRIu64 " groups", counts.commands,
		counts.groups);
}

int main(void)
{
	struct settings settings;
	struct database db;

	const char *name = process_adopt();
	config_from_environment(&settings);
	log_open(name, (enum log_level)settings.log_level);
	/* The database is nobody else's to read. */
	umask(077);
	/* Counting what SQLite allocates would only make its threads wait for each other. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (!sqlite3_threadsafe()) {
		log_critical("this SQLite library was built without threads; install another");
		return EXIT_STARTUP;
	}
	if (!open_database(settings.database_url, &db))
		return EXIT_STARTUP;
	if (settings.sandbox)
		dbd_sandbox_enter(db.url.memory ? NULL : db.url.path);
	serve(&db, &settings);
	/* The writer last: who closes last moves the log into the file and removes it. */
	store_close(db.reader);
	store_close(db.writer);
	return EXIT_CLEAN;
}
