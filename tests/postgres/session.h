/* A connection to the server that POSTERN_TEST_POSTGRES names, as postgresql://USER:PASSWORD@HOST/
 * DATABASE. Each test has a schema of its own there, which does not outlive it. */
#ifndef POSTERN_TEST_POSTGRES_SESSION_H
#define POSTERN_TEST_POSTGRES_SESSION_H

#include "buf.h"
#include "resource.h"
#include "suite.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The URL; NULL, after saying so, if there is none and the tests are to be skipped. */
static inline const char *session_url(const char *program)
{
	const char *url = getenv("POSTERN_TEST_POSTGRES");

	if (!url)
		printf("%s: skipped, as POSTERN_TEST_POSTGRES names no server\n", program);
	return url;
}

static inline PGconn *session_connect(const char *url)
{
	PGconn *conn = PQconnectdb(url);

	ck_assert_msg(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
	PQclear(PQexec(conn, "SET client_min_messages = error"));
	return conn;
}

/* Runs statements that must succeed; the result of the last one, to be cleared. */
static inline PGresult *session_run(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
		PQresultErrorMessage(result));
	return result;
}

static inline void session_do(PGconn *conn, const char *sql)
{
	PQclear(session_run(conn, sql));
}

/* The first value of the result, in static memory. */
static inline const char *session_value(PGconn *conn, const char *sql)
{
	static char value[4096];
	PGresult *result = session_run(conn, sql);

	snprintf(value, sizeof(value), "%s",
		PQntuples(result) ? PQgetvalue(result, 0, 0) : "no row");
	PQclear(result);
	return value;
}

/* Runs what is in the buffer, and empties it. */
static inline void session_do_buf(PGconn *conn, struct buf *sql)
{
	buf_char(sql, '\0');
	ck_assert(!sql->failed);
	session_do(conn, buf_view(sql).ptr);
	buf_reset(sql, SIZE_MAX);
}

/* An empty schema, used instead of public. */
static inline void session_use_schema(PGconn *conn, char name[64])
{
	char sql[256];

	snprintf(name, 64, "test_%d", (int)getpid());
	snprintf(sql, sizeof(sql),
		"DROP SCHEMA IF EXISTS %s CASCADE; CREATE SCHEMA %s; SET search_path = %s", name,
		name, name);
	session_do(conn, sql);
}

static inline void session_drop_schema(PGconn *conn, const char *name)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "DROP SCHEMA %s CASCADE", name);
	session_do(conn, sql);
}

#endif
