#include "pg_failure.h"

#include "buf.h"

#include <string.h>

/* A prefix of the SQLSTATE; the first row that matches counts. */
static const struct {
	const char *state;
	struct pg_meaning meaning;
} meanings[] = {
	{ "23505", { PG_REMEDY_NONE, FAULT_CONFLICT } },         /* unique_violation */
	{ "23503", { PG_REMEDY_NONE, FAULT_IN_USE } },           /* foreign_key_violation */
	{ "25006", { PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE } }, /* read_only_sql_transaction */
	{ "25P03", { PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE } }, /* it has ended a transaction */
	{ "25P04", { PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE } }, /* as it took too long */
	{ "26000", { PG_REMEDY_UNNAMED, FAULT_INTERNAL } },      /* invalid_sql_statement_name */
	{ "42P05", { PG_REMEDY_UNNAMED, FAULT_INTERNAL } },      /* duplicate_prepared_statement */
	{ "40", { PG_REMEDY_AGAIN, FAULT_LOCKED } },             /* deadlocks, serialization */
	{ "55P03", { PG_REMEDY_LATER, FAULT_LOCKED } },          /* lock_not_available */
	{ "57014", { PG_REMEDY_NONE, FAULT_UNAVAILABLE } },      /* query_canceled: a timeout */
	{ "53100", { PG_REMEDY_NONE, FAULT_FULL } },             /* disk_full */
	{ "53200", { PG_REMEDY_NONE, FAULT_UNAVAILABLE } },      /* out_of_memory */
	{ "54", { PG_REMEDY_NONE, FAULT_TOO_LARGE } },           /* program limits */
	{ "57", { PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE } },    /* the server stops or starts */
	{ "08", { PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE } },    /* the connection is lost */
	{ "58", { PG_REMEDY_NONE, FAULT_STORAGE } },             /* system errors */
	{ "XX", { PG_REMEDY_NONE, FAULT_STORAGE } },             /* corrupted data */
	{ "42", { PG_REMEDY_NONE, FAULT_STORAGE } },             /* no such table, no permission */
};

struct pg_meaning pg_meaning_of(const char *state)
{
	if (!state)
		return (struct pg_meaning){ PG_REMEDY_RECONNECT, FAULT_UNAVAILABLE };
	for (size_t i = 0; i < NITEMS(meanings); i++)
		if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0)
			return meanings[i].meaning;
	return (struct pg_meaning){ PG_REMEDY_NONE, FAULT_INTERNAL };
}

/* invalid_authorization_specification, invalid_catalog_name. */
bool pg_is_refusal(const char *state)
{
	return state && (strncmp(state, "28", 2) == 0 || strcmp(state, "3D000") == 0);
}

bool pg_is_missing(const char *state)
{
	return state && (strcmp(state, "42P01") == 0 || strcmp(state, "42501") == 0);
}

static void put_line(const char *text, struct buf *out)
{
	static const char *const severities[] = { "ERROR:  ", "FATAL:  ", "PANIC:  " };

	for (size_t i = 0; i < NITEMS(severities); i++)
		if (strncmp(text, severities[i], strlen(severities[i])) == 0)
			text += strlen(severities[i]);
	buf_append(out, text, strcspn(text, "\n"));
}

void pg_explain(const PGresult *result, struct buf *out)
{
	const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	put_line(text ? text : "the connection was lost", out);
	if (state)
		buf_printf(out, " (SQLSTATE %s)", state);
}

void pg_explain_connection(const PGconn *conn, struct buf *out)
{
	const char *text = PQerrorMessage(conn);
	size_t begin = buf_len(out);

	/* Lines that go on begin with a tab. */
	for (; *text; text++) {
		if (*text != '\n' && *text != '\t')
			buf_char(out, *text);
		else if (*text == '\n' && text[1])
			buf_str(out, text[1] == '\t' ? STR(" ") : STR("; "));
	}
	if (buf_len(out) == begin)
		buf_str(out, STR("it gave no reason"));
}
