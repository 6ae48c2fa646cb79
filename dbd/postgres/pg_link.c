#include "pg_link.h"

#include "log.h"
#include "pg_failure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING_FIRST = 64, PREPARED_WORDS = PG_STATEMENTS_MAX / 64, PG_LITERAL_MOST = 1024 };

/* What comes back next. */
struct pg_pending {
	enum { STATEMENT, PREPARATION, SYNC } kind;
	struct pg_request *request; /* of a preparation that of the statement after it */
	bool failed;                /* STATEMENT: its preparation has failed, and it knows */
	unsigned number;            /* PREPARATION: of its statement */
};

atomic_bool pg_link_unnamed;

static struct pg_pending *at(const struct pg_link *link, size_t i)
{
	return &link->pending[(link->first + i) & (link->room - 1)];
}

static void grow(struct pg_link *link)
{
	size_t room = link->room > 0 ? 2 * link->room : RING_FIRST;
	struct pg_pending *pending = calloc(room, sizeof(*pending));

	if (!pending)
		log_die("out of memory for statements");
	for (size_t i = 0; i < link->npending; i++)
		pending[i] = *at(link, i);
	free(link->pending);
	link->pending = pending;
	link->room = room;
	link->first = 0;
}

static void append(struct pg_link *link, struct pg_pending pending)
{
	if (link->npending == link->room)
		grow(link);
	if (link->npending == 0)
		link->heard = loop_now(link->loop);
	*at(link, link->npending) = pending;
	link->npending++;
	link->syncs += pending.kind == SYNC;
}

static struct pg_pending take(struct pg_link *link)
{
	struct pg_pending pending = *at(link, 0);

	link->first = (link->first + 1) & (link->room - 1);
	link->npending--;
	link->syncs -= pending.kind == SYNC;
	link->delivered = false;
	return pending;
}

/* Losing. */

static void lose_requests(struct pg_link *link)
{
	/* Those that react by sending get nothing: there is no connection any more. */
	for (size_t n = link->npending; n > 0; n--) {
		bool known = link->delivered;
		struct pg_pending pending = take(link);
		if (pending.kind != PREPARATION && !pending.failed && !known)
			pending.request->on_result(pending.request, NULL);
	}
}

static void drop(struct pg_link *link)
{
	loop_close(link->loop, &link->watch);
	PQfinish(link->conn);
	link->conn = NULL;
	lose_requests(link);
	free(link->pending);
	free(link->prepared);
	link->pending = NULL;
	link->prepared = NULL;
	link->room = link->npending = 0;
	link->unflushed = false;
}

static void lose(struct pg_link *link)
{
	char reason[PG_REASON_SIZE];
	struct buf text;

	buf_init(&text, PG_REASON_SIZE - 1);
	pg_explain_connection(link->conn, &text);
	snprintf(reason, sizeof(reason), "%.*s", STR_ARGS(buf_view(&text)));
	buf_done(&text);
	if (link->state[0])
		snprintf(reason, sizeof(reason), "%s", link->reason);
	drop(link);
	link->on_lost(link, link->state[0] ? link->state : NULL, reason);
}

void pg_link_close(struct pg_link *link)
{
	if (link->conn)
		drop(link);
}

/* Results. */

static void mark_prepared(struct pg_link *link, unsigned number, bool is)
{
	uint64_t bit = UINT64_C(1) << number % 64;

	if (is)
		link->prepared[number / 64] |= bit;
	else
		link->prepared[number / 64] &= ~bit;
}

static bool is_error(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED;
}

/* The error of a preparation is that of its statement. */
static void take_preparation(struct pg_link *link, struct pg_pending *pending, PGresult *result)
{
	if (!is_error(result)) {
		PQclear(result);
		return;
	}
	struct pg_pending *statement = at(link, 1);
	mark_prepared(link, pending->number, false);
	statement->failed = true;
	pending->request->on_result(pending->request, result);
}

static void note_end(struct pg_link *link, const char *state, const char *reason)
{
	snprintf(link->state, sizeof(link->state), "%s", state);
	snprintf(link->reason, sizeof(link->reason), "%s", reason);
}

/* A column has another type than when the statement was prepared: no statement of this connection
 * is to be trusted. */
static bool is_outdated(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);

	return state && function && strcmp(state, "0A000") == 0 &&
	       strcmp(function, "RevalidateCachedQuery") == 0;
}

static void note_error(struct pg_link *link, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *reason = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (!state || !severity || !reason)
		return;
	if (pg_meaning_of(state).remedy == PG_REMEDY_UNNAMED &&
		!atomic_exchange(&pg_link_unnamed, true))
		log_info("statements are not prepared from now on, as PostgreSQL does not keep "
			 "them: %s (SQLSTATE %s)",
			reason, state);
	link->is_unusable |= is_outdated(result);
	if (link->is_unusable || severity[0] == 'F')
		note_end(link, state, reason);
}

/* NULL: the connection is as good as lost. */
static PGresult *checked(struct pg_link *link, PGresult *result)
{
	if (!is_error(result))
		return result;
	note_error(link, result);
	if (!is_outdated(result))
		return result;
	PQclear(result);
	return NULL;
}

static void deliver(struct pg_link *link, PGresult *result)
{
	struct pg_pending *pending = at(link, 0);

	result = checked(link, result);
	link->delivered = true;
	if (pending->kind == PREPARATION) {
		take_preparation(link, pending, result);
		return;
	}
	if (pending->failed) {
		PQclear(result);
		return;
	}
	struct pg_request *request = pending->request;
	if (pending->kind == SYNC)
		take(link);
	request->on_result(request, result);
}

/* NULL ends the results of a statement. */
static void take_results(struct pg_link *link)
{
	while (link->conn && link->npending > 0 && !PQisBusy(link->conn)) {
		PGresult *result = PQgetResult(link->conn);
		if (result)
			deliver(link, result);
		else if (link->delivered)
			take(link);
		else
			break;
	}
}

static bool write_out(struct pg_link *link)
{
	int unsent = PQflush(link->conn);
	uint32_t events = EPOLLIN | (unsent > 0 ? EPOLLOUT : 0u);

	if (unsent < 0)
		return false;
	if (events != link->events)
		loop_modify(link->loop, &link->watch, events);
	link->events = events;
	return true;
}

/* What is not sent has no result: the connection is closed at the end of the turn. */
static void check_sent(struct pg_link *link, int sent)
{
	link->is_unusable |= sent == 0;
}

static void end_turn(struct pg_link *link)
{
	link->in_turn = true;
	link->on_turn(link);
	link->in_turn = false;
	if (!link->conn)
		return;
	if (link->unflushed)
		check_sent(link, PQsendFlushRequest(link->conn));
	link->unflushed = false;
	if (link->is_unusable || !write_out(link))
		lose(link);
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct pg_link *link = CONTAINER_OF(watch, struct pg_link, watch);

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		link->heard = loop_now(link->loop);
		if (PQconsumeInput(link->conn) == 0) {
			/* What has arrived before the end tells why. */
			take_results(link);
			if (link->conn)
				lose(link);
			return;
		}
		take_results(link);
	}
	if (link->conn && PQstatus(link->conn) == CONNECTION_BAD) {
		lose(link);
		return;
	}
	if (link->conn)
		end_turn(link);
}

void pg_link_flush(struct pg_link *link)
{
	if (link->conn && !link->in_turn)
		end_turn(link);
}

/* Sending. */

static bool is_prepared(const struct pg_link *link, unsigned number)
{
	return link->prepared[number / 64] >> number % 64 & 1;
}

static void fail_unsent(struct pg_request *request)
{
	request->on_result(request, NULL);
}

void pg_link_send(struct pg_link *link, const struct pg_statement *statement,
	const char *const *values, unsigned nvalues, struct pg_request *request)
{
	if (!link->conn) {
		fail_unsent(request);
		return;
	}
	link->unflushed = true;
	if (statement->once || pg_link_unnamed) {
		append(link, (struct pg_pending){ STATEMENT, .request = request });
		check_sent(link, PQsendQueryParams(link->conn, statement->text, (int)nvalues, NULL,
					 values, NULL, NULL, 0));
		return;
	}
	if (!is_prepared(link, statement->number)) {
		append(link, (struct pg_pending){ PREPARATION, .request = request,
				     .number = statement->number });
		check_sent(
			link, PQsendPrepare(link->conn, statement->name, statement->text, 0, NULL));
		mark_prepared(link, statement->number, true);
	}
	append(link, (struct pg_pending){ STATEMENT, .request = request });
	check_sent(link, PQsendQueryPrepared(
				 link->conn, statement->name, (int)nvalues, values, NULL, NULL, 0));
}

void pg_link_send_literal(struct pg_link *link, const char *literal, struct pg_request *request)
{
	const struct pg_key which = { .family = PG_FAMILY_TEXT, .text = literal };
	struct pg_statement spare;
	struct buf text;

	/* If its name were refused, no transaction would begin, or none end. */
	if (link->may_be_pooled) {
		pg_link_send_text(link, literal, request);
		return;
	}
	buf_init(&text, PG_LITERAL_MOST);
	pg_link_send(link, pg_statement(&which, &spare, &text), NULL, 0, request);
	buf_done(&text);
}

void pg_link_send_text(struct pg_link *link, const char *text, struct pg_request *request)
{
	const struct pg_statement once = { .text = text, .once = true };

	pg_link_send(link, &once, NULL, 0, request);
}

void pg_link_sync(struct pg_link *link, struct pg_request *request)
{
	if (!link->conn) {
		fail_unsent(request);
		return;
	}
	append(link, (struct pg_pending){ SYNC, .request = request });
	check_sent(link, PQpipelineSync(link->conn));
	link->unflushed = false;
}

/* The names that Debian's PostgreSQL, containers and services use. */
static bool is_utc(const PGconn *conn)
{
	static const char *const names[] = { "UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu",
		"Universal" };
	const char *zone = PQparameterStatus(conn, "TimeZone");

	for (size_t i = 0; zone && i < NITEMS(names); i++)
		if (strcmp(zone, names[i]) == 0)
			return true;
	return false;
}

/* A pooler has numbers of its own for its clients. */
static void on_identity(struct pg_request *request, PGresult *result)
{
	struct pg_link *link = CONTAINER_OF(request, struct pg_link, identity);

	if (result && PQresultStatus(result) == PGRES_TUPLES_OK)
		link->may_be_pooled = atoi(PQgetvalue(result, 0, 0)) != PQbackendPID(link->conn);
	PQclear(result);
}

static void ask_identity(struct pg_link *link)
{
	link->may_be_pooled = true;
	link->identity.on_result = on_identity;
	pg_link_send_text(link, "SELECT pg_backend_pid()", &link->identity);
	pg_link_sync(link, &link->identity);
}

void pg_link_open(struct pg_link *link, PGconn *conn)
{
	link->conn = conn;
	link->prepared = calloc(PREPARED_WORDS, sizeof(*link->prepared));
	if (!link->prepared)
		log_die("out of memory for a connection");
	link->state[0] = '\0';
	link->is_unusable = false;
	link->is_utc = is_utc(conn);
	link->delivered = false;
	link->first = 0;
	/* libpq closes its own descriptor when it finds the connection lost. */
	link->watch = (struct watch){ fcntl(PQsocket(conn), F_DUPFD_CLOEXEC, 0), on_event };
	link->events = EPOLLIN;
	if (link->watch.fd < 0 || PQsetnonblocking(conn, 1) < 0 || PQenterPipelineMode(conn) == 0 ||
		loop_add(link->loop, &link->watch, link->events) < 0)
		log_die("cannot use a connection to PostgreSQL: %s", PQerrorMessage(conn));
	ask_identity(link);
}
