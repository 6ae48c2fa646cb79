#include "pg_copy_session.h"

#include "pg_failure.h"

static void put_line(struct buf *error, const char *before, const char *text)
{
	if (!text)
		return;
	buf_str(error, str_from(before));
	buf_append(error, text, strcspn(text, "\n"));
}

void pg_copy_explain(const PGconn *conn, const PGresult *result, struct buf *error)
{
	if (!result || !PQresultErrorField(result, PG_DIAG_SQLSTATE)) {
		pg_explain_connection(conn, error);
		return;
	}
	pg_explain(result, error);
	put_line(error, ": ", PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
	put_line(error, "; ", PQresultErrorField(result, PG_DIAG_CONTEXT));
}

PGresult *pg_copy_ask(PGconn *conn, const char *statement, ExecStatusType wanted, struct buf *error)
{
	PGresult *result = PQexec(conn, statement);

	if (PQresultStatus(result) == wanted)
		return result;
	pg_copy_explain(conn, result, error);
	PQclear(result);
	return NULL;
}

PGresult *pg_copy_ask_buf(PGconn *conn, struct buf *sql, ExecStatusType wanted, struct buf *error)
{
	PGresult *result = NULL;

	buf_char(sql, '\0');
	if (sql->failed)
		buf_str(error, STR("out of memory"));
	else
		result = pg_copy_ask(conn, buf_view(sql).ptr, wanted, error);
	buf_done(sql);
	return result;
}

bool pg_copy_do(PGconn *conn, const char *statement, struct buf *error)
{
	PGresult *result = pg_copy_ask(conn, statement, PGRES_COMMAND_OK, error);

	PQclear(result);
	return result != NULL;
}

/* Another result without end would mean that the connection is lost. */
bool pg_copy_finish(PGconn *conn, struct buf *error)
{
	PGresult *result = PQgetResult(conn);
	bool fine = PQresultStatus(result) == PGRES_COMMAND_OK;

	if (!fine)
		pg_copy_explain(conn, result, error);
	PQclear(result);
	while (PQstatus(conn) == CONNECTION_OK && (result = PQgetResult(conn)) != NULL)
		PQclear(result);
	return fine;
}
