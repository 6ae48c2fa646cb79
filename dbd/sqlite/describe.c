#include "describe.h"

#include "fault_of_sqlite.h"
#include "json_write.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TABLES                                                                                     \
	"(SELECT rowid AS number, name FROM main.sqlite_schema WHERE type = 'table'"               \
	" AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL %')"

static const char tables_query[] =
	"SELECT json_group_array(json_object('name', t.name,"
	" 'columns', (SELECT json_group_array(json_object('name', c.name, 'type', c.type,"
	"   'not_null', c.\"notnull\", 'key', c.pk, 'default', c.dflt_value))"
	"  FROM pragma_table_xinfo(t.name) AS c WHERE c.hidden = 0),"
	" 'indexes', (SELECT json_group_array(json_object('unique', i.\"unique\", 'origin', "
	"i.origin, 'columns',"
	"   (SELECT json_group_array(x.name) FROM pragma_index_info(i.name) AS x)))"
	"  FROM pragma_index_list(t.name) AS i WHERE NOT i.partial),"
	" 'foreign_keys', (SELECT json_group_array(json_object('from', json(f.columns),"
	"   'table', f.\"table\", 'on_delete', f.on_delete))"
	"  FROM (SELECT json_group_array(k.\"from\") AS columns, k.\"table\", k.on_delete"
	"   FROM pragma_foreign_key_list(t.name) AS k GROUP BY k.id ORDER BY k.id DESC) AS f)))"
	" FROM (SELECT * FROM " TABLES " ORDER BY number) AS t";

static const char columns_query[] =
	"SELECT t.name, c.name FROM " TABLES " AS t, pragma_table_xinfo(t.name) AS c"
	" WHERE c.hidden = 0 AND c.type LIKE 'VARCHAR(%' ORDER BY t.number, c.cid";

/* An enumeration has few values, which are names; what has others is none. */
static const char values_query[] =
	"SELECT json_group_array(v), count(*) <= 32 AND max(length(v)) <= 63 FROM"
	" (SELECT DISTINCT v FROM (SELECT \"%w\" AS v FROM \"%w\" LIMIT 10000)"
	"  WHERE typeof(v) = 'text' LIMIT 33)";

static bool has_content(const char *path, const char *suffix)
{
	struct stat st;
	char *beside;

	if (asprintf(&beside, "%s%s", path, suffix) < 0)
		return true;
	bool has = stat(beside, &st) == 0 && st.st_size > 0;
	free(beside);
	return has;
}

/* The path as a URI (https://www.sqlite.org/uri.html). Nobody writes to a file that has neither a
 * log nor a journal: then SQLite need not make the files that it shares with writers. */
static char *uri_of(const char *path)
{
	bool in_use = has_content(path, "-wal") || has_content(path, "-journal");
	char *uri = malloc(3 * strlen(path) + sizeof("file:?immutable=1"));
	char *end = uri;

	if (!uri)
		return NULL;
	end += sprintf(end, "file:");
	for (; *path; path++)
		end += strchr("%?#", *path) ? sprintf(end, "%%%02x", (unsigned char)*path)
					    : sprintf(end, "%c", *path);
	if (!in_use)
		sprintf(end, "?immutable=1");
	return uri;
}

static bool fail(sqlite3 *db, struct buf *error)
{
	store_explain(error, sqlite3_extended_errcode(db), sqlite3_errmsg(db));
	return false;
}

static void put_text(struct buf *out, sqlite3_stmt *row, int column)
{
	const void *text = sqlite3_column_text(row, column);

	buf_str(out, str_from(text ? text : ""));
}

static void put_string(struct buf *out, sqlite3_stmt *row, int column)
{
	const void *text = sqlite3_column_text(row, column);

	json_write_string(out, str_from(text ? text : ""));
}

static bool put_tables(sqlite3 *db, struct buf *out, struct buf *error)
{
	sqlite3_stmt *row = NULL;
	bool done = sqlite3_prepare_v2(db, tables_query, -1, &row, NULL) == SQLITE_OK &&
		    sqlite3_step(row) == SQLITE_ROW;

	if (done)
		put_text(out, row, 0);
	else
		fail(db, error);
	sqlite3_finalize(row);
	return done;
}

/* A column whose values cannot be read has none. */
static void put_values(sqlite3 *db, struct buf *out, sqlite3_stmt *column, bool *any)
{
	const void *table = sqlite3_column_text(column, 0), *name = sqlite3_column_text(column, 1);
	char *sql = sqlite3_mprintf(values_query, name, table);
	sqlite3_stmt *row = NULL;

	if (sql && sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
		sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int(row, 1)) {
		buf_str(out, *any ? STR(",{\"table\":") : STR("{\"table\":"));
		put_string(out, column, 0);
		buf_str(out, STR(",\"column\":"));
		put_string(out, column, 1);
		buf_str(out, STR(",\"values\":"));
		put_text(out, row, 0);
		buf_char(out, '}');
		*any = true;
	}
	sqlite3_finalize(row);
	sqlite3_free(sql);
}

static bool put_all_values(sqlite3 *db, struct buf *out, struct buf *error)
{
	sqlite3_stmt *column = NULL;
	bool any = false;
	int rc = sqlite3_prepare_v2(db, columns_query, -1, &column, NULL);

	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(column);
		if (rc == SQLITE_ROW)
			put_values(db, out, column, &any);
	}
	if (rc != SQLITE_DONE)
		fail(db, error);
	sqlite3_finalize(column);
	return rc == SQLITE_DONE;
}

static bool describe(sqlite3 *db, struct buf *out, struct buf *error)
{
	/* Expressions of the file's schema call no function that is not harmless. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_busy_timeout(db, 5000);
	buf_str(out, STR("{\"tables\":"));
	if (!put_tables(db, out, error))
		return false;
	buf_str(out, STR(",\"values\":["));
	if (!put_all_values(db, out, error))
		return false;
	buf_str(out, STR("]}"));
	return true;
}

bool describe_database(const char *path, struct buf *out, struct buf *error)
{
	char *uri = uri_of(path);
	sqlite3 *db = NULL;
	bool done = false;

	if (uri && sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) ==
			   SQLITE_OK)
		done = describe(db, out, error);
	else
		fail(db, error);
	sqlite3_close(db);
	free(uri);
	return done;
}
