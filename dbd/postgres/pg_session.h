/*
 * What an engine of PostgreSQL is for one command: the connection on which it asks, and what has
 * become of it. A session that runs in a fiber shares a pipeline with others and suspends its fiber
 * for each answer; one of a list has a connection of its own and waits for it.
 */
#ifndef POSTERN_PG_SESSION_H
#define POSTERN_PG_SESSION_H

#include "arena.h"
#include "engine.h"
#include "fiber.h"
#include "pg_failure.h"
#include "pg_link.h"

enum { PG_AHEAD_MOST = 8 };

struct pg_batch;
struct pg_inserts;
struct pg_shared;
struct pg_list;
struct pg_locked;

struct pg_session {
	struct engine engine; /* first */
	struct arena arena;   /* of one statement's parameters */
	struct buf text;      /* of a statement that is not kept */

	/* In a fiber. */
	struct pg_link *link;       /* NULL: a list */
	struct pg_batch *batch;     /* of the turn's reads; NULL: the session writes */
	struct pg_inserts *inserts; /* of the group; NULL: rows are inserted one by one */
	/* Rows below the command's row, asked for with it, and not read yet. */
	struct pg_shared *ahead[PG_AHEAD_MOST];
	unsigned nahead;
	struct fiber *fiber; /* that waits; NULL: none does */
	struct pg_request request, silent;
	PGresult *result; /* of the last statement */

	struct pg_list *list; /* a connection of its own; NULL: in a fiber */

	const struct pg_locked *locked; /* tables that it leaves alone; NULL: it waits for them */
	const struct resource *table;   /* that is read, or has met a failure; NULL: none yet */

	/* What has gone wrong: nothing is sent any more. */
	bool failed;
	bool is_aborted; /* only because another statement has failed */
	bool has_left;   /* nothing has failed: it has left a locked table alone */
	enum pg_remedy remedy;
	enum fault fault;

	uint64_t changed;  /* rows */
	bool others_write; /* triggers or foreign keys of the schema may change further rows */
	bool is_utc;       /* the session's TimeZone is UTC */
	bool locks_all;    /* rows that are read are locked with all that is embedded in them */
};

static inline struct pg_session *pg_session_of(struct engine *engine)
{
	return (struct pg_session *)(void *)engine;
}

/* Sends a statement with texts as parameters and waits for its rows. NULL: the session has failed.
 * The result is the session's, until the next call. */
const PGresult *pg_ask(struct pg_session *s, const struct pg_key *key, const char *const *values,
	unsigned nvalues);

/* The same for a text that is not prepared. */
const PGresult *pg_ask_text(
	struct pg_session *s, const char *text, const char *const *values, unsigned nvalues);

/* Sends a text whose result is of no interest, before a statement that fails if it does. */
void pg_say(struct pg_session *s, const char *text, const char *const *values, unsigned nvalues);

/* Takes the last result over from the session. */
PGresult *pg_take_result(struct pg_session *s);

/* Waits until pg_wake, in a fiber. */
void pg_wait(struct pg_session *s);
void pg_wake(struct pg_session *s);

/* The session fails by this result; NULL: the connection is lost. */
void pg_fail(struct pg_session *s, const PGresult *result);

/* The session fails because a statement that it shares with others has failed, which says nothing
 * of its own part: it is to run again. */
void pg_fail_with_others(struct pg_session *s);

/* A column of a row; ptr NULL: null. */
static inline struct str pg_cell(const PGresult *result, int row, int column)
{
	if (PQgetisnull(result, row, column))
		return (struct str){ NULL, 0 };
	return (struct str){ PQgetvalue(result, row, column),
		(size_t)PQgetlength(result, row, column) };
}

/* Prepares the session for a command, and frees what it has. */
void pg_session_begin(struct pg_session *s);
void pg_session_end(struct pg_session *s);

#endif
