#include "pg_start.h"

#include "freshness.h"
#include "log.h"
#include "pg_commits.h"
#include "pg_connect.h"
#include "pg_failure.h"
#include "pg_schema.h"
#include "resource.h"

#include <time.h>

enum {
	ERROR_LIMIT = 16 * 1024,
	PAUSE_FIRST = 50,
	PAUSE_MOST = 1000 /* milliseconds between attempts */
};

/* There is no event to wait for: a server that is not there announces nothing when it comes, and
 * there is no loop yet. A signal to stop ends the process meanwhile. */
static void sleep_ms(uint64_t ms)
{
	struct timespec left = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	nanosleep(&left, NULL);
}

static void put_where(const struct database_url *url, struct buf *out)
{
	buf_str(out, STR("PostgreSQL at "));
	database_url_describe(url, out);
}

static void say_waiting(const struct database_url *url, uint64_t patience, const struct buf *reason)
{
	struct buf where;

	buf_init(&where, ERROR_LIMIT);
	put_where(url, &where);
	log_warning("%.*s cannot be reached: %.*s; waiting up to %u s for it",
		STR_ARGS(buf_view(&where)), STR_ARGS(buf_view(reason)),
		(unsigned)(patience / 1000));
	buf_done(&where);
}

/* A wrong password or an absent database does not become right by waiting. */
static PGconn *await_server(const struct database_url *url, uint64_t patience, struct buf *error)
{
	const uint64_t until = clock_ms() + patience;
	uint64_t pause = PAUSE_FIRST;
	char state[PG_STATE_SIZE];
	struct buf reason;
	PGconn *conn;

	buf_init(&reason, ERROR_LIMIT);
	for (bool said = false;; said = true) {
		buf_reset(&reason, ERROR_LIMIT);
		conn = pg_connect(url, &reason, state);
		if (conn || pg_is_refusal(state) || clock_ms() + pause > until)
			break;
		if (!said)
			say_waiting(url, patience, &reason);
		sleep_ms(pause);
		pause = 2 * pause < PAUSE_MOST ? 2 * pause : PAUSE_MOST;
	}
	if (!conn) {
		put_where(url, error);
		buf_printf(error, " cannot be used: %.*s", STR_ARGS(buf_view(&reason)));
	}
	buf_done(&reason);
	return conn;
}

/* What fails here only costs what is cached. */
static void tidy(PGconn *conn)
{
	const char *const nothing[] = { NULL };

	PQclear(PQexec(conn, pg_commits_tidy));
	/* Names the server's run before anybody asks for it. */
	PQclear(PQexecParams(conn, freshness_prune, 1, NULL, nothing, NULL, NULL, 0));
}

bool pg_start(const struct database_url *url, uint64_t patience, struct pg_facts *facts,
	struct buf *error)
{
	PGconn *conn = await_server(url, patience, error);

	if (!conn)
		return false;
	bool fine = pg_schema_ensure(conn, api, &facts->has_log, error) &&
		    pg_schema_others_write(conn, api, &facts->others_write, error);
	if (fine && facts->has_log)
		tidy(conn);
	PQfinish(conn);
	if (fine && !facts->has_log)
		log_warning("the tables postern_changes and postern_commits are not there, and "
			    "cannot be "
			    "made: a write by any machine drops what the others have cached");
	return fine;
}

bool pg_start_check(const struct database_url *url, uint64_t patience, struct buf *error)
{
	PGconn *conn = await_server(url, patience, error);

	if (!conn)
		return false;
	bool fine = pg_schema_check(conn, api, error);
	PQfinish(conn);
	return fine;
}
