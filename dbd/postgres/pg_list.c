#include "pg_list.h"

#include "log.h"
#include "loop.h"
#include "pg_connect.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	PATIENCE_MS = 10 * 1000, /* for a result: less than the watchdog has */
	PAUSE_MS = 100,          /* between two attempts to connect */
	LOOK_MS = 250,           /* between two looks whether the end is near */
	REASON_LIMIT = 1024
};

static atomic_uint_least64_t end = UINT64_MAX; /* of all waiting, clock_ms */

void pg_list_end_by(uint64_t time)
{
	atomic_store(&end, time);
}

struct pg_list {
	const struct database_url *url;
	PGconn *conn;
	bool ends; /* ROLLBACK was sent, and its result not read */
};

struct pg_list *pg_list_new(const struct database_url *url)
{
	struct pg_list *list = calloc(1, sizeof(*list));

	if (!list)
		log_die("out of memory for a list");
	list->url = url;
	return list;
}

void pg_list_disconnect(struct pg_list *list)
{
	PQfinish(list->conn);
	list->conn = NULL;
}

void pg_list_free(struct pg_list *list)
{
	pg_list_disconnect(list);
	free(list);
}

/* Waits until bytes have come. False: they have not, by this time. The end may come nearer
 * meanwhile. */
static bool await_bytes(const PGconn *conn, uint64_t until)
{
	for (;;) {
		struct pollfd fd = { .fd = PQsocket(conn), .events = POLLIN };
		uint64_t now = clock_ms(), last = atomic_load(&end);
		if (last > until)
			last = until;
		if (now >= last)
			return false;
		uint64_t rest = last - now;
		if (poll(&fd, 1, rest < LOOK_MS ? (int)rest : LOOK_MS) != 0)
			return true;
	}
}

/* The last result of what was sent; NULL: the connection is lost, or stands still. */
static PGresult *receive(struct pg_list *list)
{
	const uint64_t until = clock_ms() + PATIENCE_MS;
	PGresult *last = NULL, *result;

	do {
		while (PQisBusy(list->conn)) {
			if (!await_bytes(list->conn, until) || PQconsumeInput(list->conn) == 0) {
				PQclear(last);
				pg_list_disconnect(list);
				return NULL;
			}
		}
		result = PQgetResult(list->conn);
		if (result) {
			PQclear(last);
			last = result;
		}
	} while (result);
	return last;
}

static void end_before(struct pg_list *list)
{
	if (list->ends && list->conn)
		PQclear(receive(list));
	list->ends = false;
}

static bool connect_once(struct pg_list *list, struct buf *error)
{
	char state[PG_STATE_SIZE];

	buf_reset(error, REASON_LIMIT);
	list->conn = pg_connect(list->url, error, state);
	return list->conn != NULL;
}

bool pg_list_connect(struct pg_list *list, uint64_t until)
{
	struct buf error;

	end_before(list);
	if (list->conn && PQstatus(list->conn) == CONNECTION_OK)
		return true;
	pg_list_disconnect(list);
	buf_init(&error, REASON_LIMIT);
	while (!connect_once(list, &error) && clock_ms() < until && clock_ms() < atomic_load(&end))
		(void)poll(NULL, 0, PAUSE_MS);
	if (!list->conn)
		log_warning("cannot connect to PostgreSQL for a list: %.*s",
			STR_ARGS(buf_view(&error)));
	buf_done(&error);
	return list->conn != NULL;
}

static int send(struct pg_list *list, const char *text, const char *const *values, unsigned nvalues)
{
	return nvalues > 0 ? PQsendQueryParams(
				     list->conn, text, (int)nvalues, NULL, values, NULL, NULL, 0)
			   : PQsendQuery(list->conn, text);
}

/* Nothing is prepared: a list has few statements, and a pooler may not keep them. */
PGresult *pg_list_ask(struct pg_list *list, const struct pg_statement *statement,
	const char *const *values, unsigned nvalues)
{
	if (!list->conn || send(list, statement->text, values, nvalues) == 0)
		return NULL;
	return receive(list);
}

/* A list that is ended between two frames has no statement under way. */
void pg_list_end(struct pg_list *list)
{
	if (!list->conn || PQtransactionStatus(list->conn) == PQTRANS_IDLE)
		return;
	if (PQsendQuery(list->conn, "ROLLBACK") == 0)
		pg_list_disconnect(list);
	list->ends = list->conn != NULL;
}
