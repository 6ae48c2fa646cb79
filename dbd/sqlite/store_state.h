/* The state of a connection, for the modules that a store consists of (store.h, store_*.h). */
#ifndef POSTERN_STORE_STATE_H
#define POSTERN_STORE_STATE_H

#include "arena.h"
#include "conflict_clauses.h"
#include "engine.h"
#include "sql.h"

#include <sqlite3.h>
#include <stddef.h>

/* A statement that this connection has prepared. sqlite3_next_stmt would also return those of
 * virtual tables, which finalize them themselves. */
struct prepared {
	sqlite3_stmt *statement;
	struct prepared *next;
};

/* The statement of a query, which is open, or waits for the next query like it. */
struct store_rows {
	sqlite3_stmt *statement;
	struct arena converted;   /* of the current row: texts that are not stored as they are */
	struct store_rows **home; /* the list of those that wait */
	struct store_rows *next;  /* in that list */
	struct store_rows *older; /* in store->rows */
	unsigned faults;          /* file_map_faults when the query began */
};

/* The statements of a resource or an association table; NULL: not prepared yet. */
struct resource_statements {
	sqlite3_stmt *purposes[SQL__COUNT];
	struct store_rows *rows[QUERY_CHILDREN]; /* that wait, by kind of query */
	struct store_rows **children;            /* the same of CHILDREN, by field */
	sqlite3_stmt **updates;                  /* by field */
	sqlite3_stmt **referring;                /* by field */
	sqlite3_stmt **fields;                   /* by field */
	sqlite3_stmt **set_null;                 /* by field */
	sqlite3_stmt **keys_below; /* by the number of generations to the ancestor, less 1 */
	sqlite3_stmt **below;      /* by the number of generations to the ancestor, less 1 */
	uint64_t convertible;      /* bind_convertible of the resource */
	sqlite3_stmt *links[SQL_LINKS__COUNT];
	struct store_rows *linked[LINK_ENDS]; /* that wait, of LINKED, by the end of the rows */
};

/* A statement of sql_filtered. There are as many as sets of filters, so not all of them are kept.
 */
struct filtered_statement {
	sqlite3_stmt *statement; /* NULL: free */
	const struct resource *resource;
	struct sql_filtered filtered;
	uint64_t used; /* when, in uses of filtered statements */
};

enum { STORE_FILTERED_MOST = 16 };

/* See store_checkpoint.h. */
struct store_checkpoint {
	struct anchor *anchor;       /* NULL: not opened */
	struct writeback *writeback; /* NULL: not started */
	int file;                    /* the descriptor for it; -1: none */
	int pages;        /* of the log, when the anchor was set or all of it was to be moved */
	int round;        /* pages of the log after which it is to start again */
	int begun;        /* pages of the log when all of it was last to be moved: a round began */
	int every;        /* pages until the next slice */
	bool anchored;    /* the anchor is set */
	bool sliced;      /* pages were moved that no sync of the file has covered */
	bool ends;        /* the round has had its slices */
	bool used;        /* there was a group since the last call while nobody writes */
	bool logged_long; /* it was logged that the log is long */
};

struct store {
	struct engine engine; /* first */
	sqlite3 *db;
	struct arena arena;
	const char *path; /* as it was given; NULL in memory */
	int failure;      /* SQLite's code of the last failure that was returned as a fault */

	/* Statements. */
	struct prepared *prepared;
	sqlite3_stmt *version; /* its value changes when another connection commits */
	sqlite3_stmt *steps[ENGINE_STEP__COUNT];
	struct resource_statements *statements; /* by resource_index */
	struct store_rows *rows;                /* all of them */
	struct store_rows *filtered_rows;       /* that wait, of FILTERED; without a statement */
	struct filtered_statement filtered[STORE_FILTERED_MOST];
	uint64_t filtered_uses;

	/* Of a connection that only shows rows. */
	int64_t cache;      /* bytes of its page cache; 0: another connection */
	bool maps;          /* it reads pages from the mapping of the file */
	unsigned snapshots; /* that were taken while it did not */

	/* The writer's. */
	bool is_file_writer;
	bool suspect;  /* the storage has failed: the file must be reopened before it is used */
	int logged;    /* SQLite's code of the lasting failure that was logged; 0: none */
	int wal_pages; /* of the log, after the last commit */
	struct store_checkpoint checkpoint;
	bool *trigger_writes; /* a trigger of a write writes rows of ours */
	struct conflict_clauses clauses;
	const struct resource *last_changed; /* of the last row that the update hook saw */
	bool linking;     /* a statement is running that writes an association table */
	unsigned owned;   /* what changes_owned returns, unless triggers have written */
	unsigned unkeyed; /* rows that the hook saw during a statement, of tables whose keys it does
			   * not report */
	int64_t last_version; /* of `version`; STORE_NO_VERSION: unlike any other */
};

enum { STORE_NO_VERSION = 0 };

_Static_assert(offsetof(struct store, engine) == 0, "the engine is not the first member");

/* The store that this engine is (sqlite_engine_of is the way back). */
static inline struct store *store_of(struct engine *engine)
{
	return (struct store *)engine;
}

/* SQLite's message for the last failure, borrowed until the next call, and its extended code. */
const char *store_error(const struct store *store);
int store_error_code(const struct store *store);

#endif
