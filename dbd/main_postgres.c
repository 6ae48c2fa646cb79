/* postern-dbd-postgres: dbd for a database of a PostgreSQL server. The master starts it; see
 * process.h. */
#include "channel.h"
#include "config.h"
#include "control.h"
#include "earlier.h"
#include "heartbeat.h"
#include "log.h"
#include "pg_copy.h"
#include "pg_engine.h"
#include "pg_health.h"
#include "pg_runner.h"
#include "pg_sandbox.h"
#include "pg_start.h"
#include "process.h"
#include "server.h"
#include "stats.h"
#include "transfer_main.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ERROR_LIMIT = 16 * 1024,
	LISTS_MOST = 2, /* connections for long lists */
	MILLI = 1000
};

/* What runs. */
struct dbd {
	struct pg_runner *runner; /* NULL: released, another dbd serves the database */
	struct server *server;
	uint64_t patience; /* milliseconds for a graceful stop */
};

static void release(struct dbd *dbd)
{
	heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_CLOSING);
	pg_runner_free(dbd->runner);
	dbd->runner = NULL;
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

/* The workers must have their answers before they are killed. */
static void on_ending(void *context)
{
	const struct dbd *dbd = context;

	if (dbd->runner)
		pg_runner_end_by(dbd->runner, clock_ms() + dbd->patience);
}

static void on_drain(void *context)
{
	const struct dbd *dbd = context;

	log_debug("draining: another dbd takes over");
	server_drain(dbd->server, dbd->patience);
}

/* What posternctl asks of a database is for SQLite's file. */
static void on_control(void *context, int fd)
{
	(void)context;
	control_send_line(fd, -1,
		"error the database is PostgreSQL's: use its own tools, such as pg_dump and "
		"pg_restore, and instead of migrate the ALTER TABLE that a refused reload names");
	close(fd);
}

static struct generations *map_generations(void)
{
	struct generations *table = generations_map(PROCESS_FD_GENERATIONS, GENERATIONS_WRITE);

	if (!table)
		log_die("cannot map the generations: %s", strerror(errno));
	generations_set_must_confirm(table, true);
	generations_invalidate_all(table);
	return table;
}

static void serve(const struct database_url *url, const struct settings *settings,
	const struct pg_facts *facts)
{
	struct loop *loop = loop_new();
	struct dbd dbd = {
		.runner = pg_runner_new(loop, url, map_generations(), facts),
		.patience = (uint64_t)settings->timeout_graceful_shutdown * MILLI,
	};

	dbd.server = server_new(loop, &(struct server_plan){
					      .listener = PROCESS_FD_LISTEN,
					      .runner = pg_runner_seam(dbd.runner),
					      .source = { &pg_engine, url, LISTS_MOST },
					      .on_parted = on_parted,
					      .context = &dbd,
				      });
	process_on_stop(loop, on_stop, &dbd);
	process_on_drain(on_drain, &dbd);
	process_on_ending(on_ending, &dbd);
	process_on_control(on_control, &dbd);
	process_start_heartbeat(loop, settings->timeout_watchdog);
	process_ready();
	loop_run(loop);
	server_free(dbd.server);
	release(&dbd);
	loop_free(loop);
}

/* Says on the channel why the declaration cannot be served. */
static int refuse(const struct buf *error)
{
	struct str why = buf_view(error);

	(void)channel_send(PROCESS_FD_CHANNEL, why.ptr, why.len, -1);
	return EXIT_STARTUP;
}

/* A trial (process.h): finds out whether the declaration could be served, and changes nothing. */
static int try_database(const struct database_url *url, uint64_t patience)
{
	struct buf error;

	buf_init(&error, ERROR_LIMIT);
	int status = pg_start_check(url, patience, &error) ? EXIT_CLEAN : refuse(&error);
	buf_done(&error);
	return status;
}

static void describe(const struct database_url *url)
{
	static char where[512];
	struct buf text;

	buf_init(&text, sizeof(where) - 1);
	database_url_describe(url, &text);
	snprintf(where, sizeof(where), "%.*s", STR_ARGS(buf_view(&text)));
	buf_done(&text);
	pg_health_init(where);
}

/* Returns false, with one line in the log, if the database cannot be used. */
static bool open_database(const struct database_url *url, uint64_t patience, struct pg_facts *facts)
{
	struct buf error;

	buf_init(&error, ERROR_LIMIT);
	bool open = pg_start(url, patience, facts, &error);
	if (!open)
		log_critical("%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	return open;
}

int main(int argc, char **argv)
{
	static struct database_url url;
	struct settings settings;
	struct pg_facts facts;
	struct buf error;

	if (transfer_is_meant(argc, argv))
		return transfer_main(argv, &pg_copy);
	const char *name = process_adopt();
	config_from_environment(&settings);
	log_open(name, (enum log_level)settings.log_level);
	log_set_format((enum log_format)settings.log_format);
	umask(077);
	buf_init(&error, ERROR_LIMIT);
	if (!database_url_parse(settings.database_url, &url, &error))
		log_die("%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	describe(&url);
	/* libpq sends it at the start of each session, so that times come in ISO 8601. */
	setenv("PGDATESTYLE", "ISO", 1);
	uint64_t patience = (uint64_t)settings.timeout_database * MILLI;
	if (argc > 1 && strcmp(argv[1], PROCESS_TRIAL) == 0)
		return try_database(&url, patience);
	earlier_use(process_apis()->list, process_apis()->count);
	if (!open_database(&url, patience, &facts))
		return EXIT_STARTUP;
	if (settings.sandbox)
		pg_sandbox_enter(&url);
	serve(&url, &settings, &facts);
	if (pg_runner_has_left_threads()) {
		log_flush();
		_exit(EXIT_CLEAN);
	}
	return EXIT_CLEAN;
}
