#include "table_shape.h"

#include "fault_of_sqlite.h"
#include "sql.h"

#include <stdio.h>

/* Queries. */

static const char *const questions[] = {
	[SHAPE_TABLES] = "SELECT name, CASE WHEN type = 'view' THEN 2"
			 " WHEN sql LIKE 'CREATE VIRTUAL %' THEN 3 ELSE 1 END"
			 " FROM main.sqlite_schema WHERE type IN ('table', 'view')",
	[SHAPE_COLUMNS] = "SELECT name, type, \"notnull\", pk, hidden, dflt_value IS NOT NULL"
			  " FROM pragma_table_xinfo(?1)",
	/* Of each index that is not partial: its origin, its first column, and 1 if it is a unique
	 * index of that column alone. A unique index with another collation counts: texts with the
	 * same bytes are equal in every collation. */
	[SHAPE_INDEXES] = "SELECT i.origin, max(x.name) FILTER (WHERE x.seqno = 0),"
			  " i.\"unique\" AND sum(x.key) = 1"
			  " FROM pragma_index_list(?1) AS i, pragma_index_xinfo(i.name) AS x"
			  " WHERE NOT i.partial GROUP BY i.seq",
};
_Static_assert(NITEMS(questions) == SHAPE_QUESTION__COUNT, "a question has no text");
_Static_assert(SHAPE_TABLE == 1 && SHAPE_VIEW == 2 && SHAPE_VIRTUAL_TABLE == 3,
	"SHAPE_TABLES has other numbers");

const char *shape_kind_name(enum shape_kind kind)
{
	static const char *const names[] = {
		[SHAPE_ABSENT] = "nothing",
		[SHAPE_TABLE] = "table",
		[SHAPE_VIEW] = "view",
		[SHAPE_VIRTUAL_TABLE] = "virtual table",
	};

	_Static_assert(NITEMS(names) == SHAPE_KIND__COUNT, "a kind has no name");
	return names[kind];
}

bool shape_fail_sqlite(struct shape *s)
{
	s->failure = sqlite3_errcode(s->db) & 0xff;
	if (s->resource)
		buf_printf(s->error, "table %s", s->resource->table);
	buf_str(s->error, STR(": "));
	store_explain(s->error, sqlite3_extended_errcode(s->db), sqlite3_errmsg(s->db));
	return false;
}

/* Starts a query about the table of this name; NULL: about all. The caller resets it. NULL: *error
 * has the reason. */
static sqlite3_stmt *ask(struct shape *s, enum shape_question question, const char *table)
{
	sqlite3_stmt **statement = &s->questions[question];

	if (!*statement &&
		sqlite3_prepare_v2(s->db, questions[question], -1, statement, NULL) != SQLITE_OK) {
		shape_fail_sqlite(s);
		return NULL;
	}
	if (table && sqlite3_bind_text(*statement, 1, table, -1, SQLITE_STATIC) != SQLITE_OK) {
		shape_fail_sqlite(s);
		return NULL;
	}
	return *statement;
}

/* Ends a query whose last step returned rc. */
static bool answered(struct shape *s, sqlite3_stmt *statement, int rc)
{
	bool fine = rc == SQLITE_DONE || shape_fail_sqlite(s);

	sqlite3_reset(statement);
	return fine;
}

static const char *text(sqlite3_stmt *statement, int column)
{
	const void *value = sqlite3_column_text(statement, column);

	return value ? value : "";
}

/* Tables. */

/* In a file that another program has made the table may be named "Users". */
static const struct resource *resource_of(const struct api *declared, const char *table)
{
	for (unsigned i = 0; i < declared->nresources; i++)
		if (sqlite3_stricmp(declared->resources[i]->table, table) == 0)
			return declared->resources[i];
	return NULL;
}

bool shape_begin(struct shape *s, sqlite3 *db, const struct api *declared, struct buf *error)
{
	int rc = SQLITE_DONE;

	memset(s, 0, offsetof(struct shape, columns));
	s->db = db;
	s->declared = declared;
	s->error = error;
	sqlite3_stmt *row = ask(s, SHAPE_TABLES, NULL);
	while (row && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		const struct resource *r = resource_of(declared, text(row, 0));
		if (r)
			s->kinds[resource_index(r)] = (enum shape_kind)sqlite3_column_int(row, 1);
	}
	return row && answered(s, row, rc);
}

void shape_end(struct shape *s)
{
	for (size_t i = 0; i < NITEMS(s->questions); i++)
		sqlite3_finalize(s->questions[i]);
}

/* Columns. */

/* That of the first row whose text is part of the type. */
const char *shape_affinity(const char *type)
{
	static const struct {
		const char *part, *affinity;
	} rules[] = {
		{ "INT", "INTEGER" },
		{ "CHAR", "TEXT" },
		{ "CLOB", "TEXT" },
		{ "TEXT", "TEXT" },
		{ "BLOB", "BLOB" },
		{ "REAL", "REAL" },
		{ "FLOA", "REAL" },
		{ "DOUB", "REAL" },
	};

	for (size_t i = 0; i < NITEMS(rules); i++)
		if (strcasestr(type, rules[i].part))
			return rules[i].affinity;
	return *type ? "NUMERIC" : "BLOB";
}

/* A STRICT table cannot declare DATETIME and the like; its types store the same values. */
static bool affinity_serves(const struct field *f, const char *expected, const char *found)
{
	const char *other = sql_other_affinity(f);

	return strcmp(shape_affinity(found), shape_affinity(expected)) == 0 ||
	       (other && strcmp(shape_affinity(found), other) == 0);
}

static void put_column(struct buf *out, const struct shape_column *column)
{
	buf_printf(out, "%s%s%s%s", *column->type ? column->type : "no type",
		column->not_null ? " NOT NULL" : "", column->key ? " PRIMARY KEY" : "",
		column->generated ? " GENERATED" : "");
}

static struct shape_column expected_column(const struct field *f)
{
	struct shape_column expected = { .not_null = !(f->flags & FIELD_NULLABLE),
		.key = (f->flags & FIELD_KEY) != 0 };
	struct buf type;

	buf_init(&type, SHAPE_TYPE_SIZE - 1);
	sql_column_type(&type, f);
	snprintf(expected.type, SHAPE_TYPE_SIZE, "%.*s", STR_ARGS(buf_view(&type)));
	buf_done(&type);
	return expected;
}

/* The field of this name; nfields: none. */
static unsigned field_of(const struct resource *r, const char *name)
{
	unsigned i = 0;

	while (i < r->nfields && sqlite3_stricmp(r->fields[i].name, name) != 0)
		i++;
	return i;
}

static struct shape_column column_of(sqlite3_stmt *row)
{
	struct shape_column column = {
		.found = true,
		.not_null = sqlite3_column_int(row, 2) != 0,
		.key = sqlite3_column_int(row, 3) != 0,
		.generated = sqlite3_column_int(row, 4) != 0,
		.has_default = sqlite3_column_int(row, 5) != 0,
	};

	snprintf(column.name, sizeof(column.name), "%s", text(row, 0));
	snprintf(column.type, sizeof(column.type), "%s", text(row, 1));
	return column;
}

static bool read_columns(struct shape *s)
{
	const struct resource *r = s->resource;
	sqlite3_stmt *row = ask(s, SHAPE_COLUMNS, r->table);
	int rc = SQLITE_DONE;

	s->undeclared.found = false;
	memset(s->columns, 0, r->nfields * sizeof(*s->columns));
	while (row && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct shape_column column = column_of(row);
		unsigned field = field_of(r, column.name);
		if (field < r->nfields)
			s->columns[field] = column;
		else if (!s->undeclared.found && column.not_null && !column.has_default &&
			 !column.generated)
			s->undeclared = column;
	}
	return row && answered(s, row, rc);
}

/* Indexes. */

static void note_index(struct shape *s, sqlite3_stmt *row)
{
	unsigned field = field_of(s->resource, text(row, 1));

	s->key_is_indexed |= strcmp(text(row, 0), "pk") == 0;
	if (field == s->resource->nfields)
		return;
	s->columns[field].first = true;
	s->columns[field].unique |= sqlite3_column_int(row, 2) != 0;
}

static bool read_indexes(struct shape *s)
{
	sqlite3_stmt *row = ask(s, SHAPE_INDEXES, s->resource->table);
	int rc = SQLITE_DONE;

	s->key_is_indexed = false;
	while (row && (rc = sqlite3_step(row)) == SQLITE_ROW)
		note_index(s, row);
	return row && answered(s, row, rc);
}

/* A table has a column of the name rowid unless it is WITHOUT ROWID
 * (https://www.sqlite.org/c3ref/table_column_metadata.html). */
static bool has_rowid(struct shape *s)
{
	return sqlite3_table_column_metadata(s->db, "main", s->resource->table, "rowid", NULL, NULL,
		       NULL, NULL, NULL) == SQLITE_OK;
}

bool shape_read(struct shape *s, const struct resource *r)
{
	s->resource = r;
	s->has_rowid = has_rowid(s);
	return read_columns(s) && read_indexes(s);
}

/* Differences. */

bool shape_column_serves(const struct shape *s, unsigned field)
{
	const struct field *f = &s->resource->fields[field];
	const struct shape_column *found = &s->columns[field];
	const struct shape_column expected = expected_column(f);
	/* A rowid is never NULL, even without NOT NULL. */
	bool nulls = found->not_null == expected.not_null || (found->key && expected.key);

	return found->key == expected.key && nulls && !found->generated &&
	       affinity_serves(f, expected.type, found->type);
}

/* Only the rowid has no index of its own (https://www.sqlite.org/lang_createtable.html#rowid).
 * SQLite reports the changes of tables with rowids only. */
const char *shape_key_objection(const struct shape *s)
{
	if (!resource_has_uuids(s->resource))
		return s->key_is_indexed ? "expected INTEGER PRIMARY KEY (the rowid), found a key "
					   "with an index of its own"
					 : NULL;
	if (!shape_column_serves(s, RESOURCE_KEY))
		return NULL;
	if (!s->columns[RESOURCE_KEY].unique)
		return "expected PRIMARY KEY, found a key of several columns";
	return s->has_rowid ? NULL : "expected a table with rowids, found WITHOUT ROWID";
}

bool shape_lacks_index(const struct shape *s, unsigned field)
{
	const struct field *f = &s->resource->fields[field];

	if (f->flags & FIELD_UNIQUE)
		return !s->columns[field].unique;
	return f->flags & FIELD_INDEX && !s->columns[field].first;
}

void shape_say_column(struct buf *out, const struct shape *s, unsigned field)
{
	const struct field *f = &s->resource->fields[field];
	const struct shape_column expected = expected_column(f);

	buf_printf(out, ", column %s: expected ", f->name);
	put_column(out, &expected);
	buf_str(out, STR(", found "));
	if (s->columns[field].found)
		put_column(out, &s->columns[field]);
	else
		buf_str(out, STR("none"));
}

int shape_run(sqlite3 *db, struct buf *sql)
{
	buf_char(sql, '\0');
	int rc = sql->failed ? SQLITE_NOMEM : sqlite3_exec(db, buf_view(sql).ptr, NULL, NULL, NULL);
	buf_done(sql);
	return rc;
}
