#include "pg_connect.h"

#include "event.h"
#include "log.h"
#include "pg_failure.h"
#include "postgres_url.h"
#include "thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARAMETERS_ROOM = 64, REASON_LIMIT = 1024 };

/* libpq keeps no SQLSTATE of a connection that was refused. These texts are the server's, in
 * English unless it is configured otherwise. */
static const struct {
	const char *text, *state;
} refusals[] = {
	{ "password authentication failed", "28P01" },
	{ "no password supplied", "28P01" },
	{ "no pg_hba.conf entry", "28000" },
	{ "authentication failed", "28000" },
	{ "does not exist", "3D000" },
	{ "too many", "53300" },
	{ "remaining connection slots", "53300" },
	{ "starting up", "57P03" },
	{ "shutting down", "57P03" },
	{ "in recovery mode", "57P03" },
	{ "not yet accepting connections", "57P03" },
	{ "session is read-only", "25006" },
};

static const char *state_of(const char *text)
{
	for (size_t i = 0; i < NITEMS(refusals); i++)
		if (strstr(text, refusals[i].text))
			return refusals[i].state;
	return "";
}

/* As "relation already exists, skipping". */
static void on_notice(void *context, const char *text)
{
	(void)context;
	log_debug("PostgreSQL says: %.*s", (int)strcspn(text, "\n"), text);
}

PGconn *pg_connect(const struct database_url *url, struct buf *error, char state[PG_STATE_SIZE])
{
	const char *keywords[PARAMETERS_ROOM], *values[PARAMETERS_ROOM];

	state[0] = '\0';
	postgres_url_parameters(url, keywords, values, PARAMETERS_ROOM);
	PGconn *conn = PQconnectdbParams(keywords, values, 0);
	if (!conn)
		log_die("out of memory for a connection to PostgreSQL");
	if (PQstatus(conn) == CONNECTION_OK) {
		PQsetNoticeProcessor(conn, on_notice, NULL);
		return conn;
	}
	pg_explain_connection(conn, error);
	snprintf(state, PG_STATE_SIZE, "%s", state_of(PQerrorMessage(conn)));
	PQfinish(conn);
	return NULL;
}

/* What the thread has, until it is joined or detached. */
struct pg_attempt {
	const struct database_url *url;
	int event;       /* raised at the end, unless it is abandoned */
	atomic_int fate; /* GOES_ON, IS_OVER, IS_ABANDONED */
	PGconn *conn;
	struct buf reason;
	char state[PG_STATE_SIZE];
};

enum { GOES_ON, IS_OVER, IS_ABANDONED };

static bool has_left_threads; /* used in the loop's thread */

static void free_attempt(struct pg_attempt *a)
{
	PQfinish(a->conn);
	buf_done(&a->reason);
	free(a);
}

static void *run(void *context)
{
	struct pg_attempt *a = context;

	a->conn = pg_connect(a->url, &a->reason, a->state);
	if (atomic_exchange(&a->fate, IS_OVER) == IS_ABANDONED)
		free_attempt(a);
	else
		event_raise(a->event);
	return NULL;
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct pg_connecting *c = CONTAINER_OF(watch, struct pg_connecting, watch);
	struct pg_attempt *a = c->attempt;
	char reason[REASON_LIMIT];

	(void)events;
	pthread_join(c->thread, NULL);
	loop_close(c->loop, &c->watch);
	c->attempt = NULL;
	snprintf(reason, sizeof(reason), "%.*s", STR_ARGS(buf_view(&a->reason)));
	PGconn *conn = a->conn;
	a->conn = NULL;
	c->on_connected(c, conn, a->state, reason);
	free_attempt(a);
}

void pg_connecting_start(struct pg_connecting *c)
{
	if (c->attempt)
		return;
	struct pg_attempt *a = calloc(1, sizeof(*a));
	if (!a)
		log_die("out of memory for a connection to PostgreSQL");
	a->url = c->url;
	buf_init(&a->reason, REASON_LIMIT - 1);
	if (event_watch(c->loop, &c->watch, on_event) < 0)
		log_die("cannot connect to PostgreSQL: %s", strerror(errno));
	a->event = c->watch.fd;
	int error = thread_start(&c->thread, run, a);
	if (error)
		log_die("cannot start a thread to connect to PostgreSQL: %s", strerror(error));
	c->attempt = a;
}

void pg_connecting_stop(struct pg_connecting *c)
{
	struct pg_attempt *a = c->attempt;

	if (!a)
		return;
	c->attempt = NULL;
	if (atomic_exchange(&a->fate, IS_ABANDONED) == IS_OVER) {
		pthread_join(c->thread, NULL);
		free_attempt(a);
	} else {
		pthread_detach(c->thread);
		has_left_threads = true;
	}
	loop_close(c->loop, &c->watch);
}

bool pg_connecting_has_left_threads(void)
{
	return has_left_threads;
}
