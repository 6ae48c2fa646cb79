/*
 * The seam between dbd and its databases. An engine is one connection to a database, used by one
 * thread at a time; it embeds struct engine as its first member. It speaks rows and records, not
 * SQL. dbd/sqlite has the one engine that there is.
 *
 * Functions that can fail return FAULT_NONE or the fault that the client gets. The engine logs the
 * reason: nobody else knows it.
 */
#ifndef POSTERN_ENGINE_H
#define POSTERN_ENGINE_H

#include "changes.h"
#include "command.h"
#include "database_url.h"

struct engine_admin;
struct engine_ops;

struct engine {
	const struct engine_ops *ops;
	const struct command *command; /* under way, for log lines; NULL: none */
	struct changes *changes;       /* set by publish_changes; NULL: nobody reads them */
};

/* What a connection is for. */
enum engine_use {
	ENGINE_WRITER, /* all writes; reads, too, where it is the only connection */
	ENGINE_READER, /* short reads */
	ENGINE_LIST,   /* one long list at a time; there may be many, so it caches little */

	/* Only admin->migrate, in a process that serves nothing: the database exists, and may have
	 * other tables than the declared ones. */
	ENGINE_MIGRATOR
};

enum engine_step {
	ENGINE_BEGIN_READ, /* a snapshot, taken by the first read after it */
	ENGINE_BEGIN_WRITE,
	ENGINE_SAVEPOINT,
	ENGINE_RELEASE,     /* forgets the savepoint */
	ENGINE_ROLLBACK_TO, /* undoes everything since the savepoint and forgets it */
	ENGINE_COMMIT,      /* marks and settles the changes around it */
	ENGINE_ROLLBACK,
	ENGINE_STEP__COUNT
};

/* What has become of the transaction. */
enum transaction {
	TRANSACTION_OPEN,
	TRANSACTION_REFUSED, /* ended by what the last command did: others may do without it */
	TRANSACTION_NONE     /* not begun, over, or lost by a failure of the database */
};

/* Rows of one resource, in the order of their keys; of ALL, SLICE and FILTERED in that of the
 * resource's list (struct list_rules), where the keys decide between equal values. */
enum query_kind {
	QUERY_ALL,      /* without a key */
	QUERY_SLICE,    /* all but the first `after` rows, at most `limit` of them */
	QUERY_AFTER,    /* rows with greater keys than `after` */
	QUERY_ROW,      /* the row with this key */
	QUERY_CHILDREN, /* the rows whose parent or reference, which `field` is, has this key */
	QUERY_LINKED,   /* the rows at one end of links whose other end has this key */
	QUERY_FILTERED  /* a slice of the rows that the filters leave */
};

struct query {
	const struct resource *resource;
	enum query_kind kind;
	uint32_t limit;               /* SLICE, FILTERED */
	int64_t after;                /* SLICE, AFTER, FILTERED */
	struct key key;               /* ROW, CHILDREN, LINKED, FILTERED below a parent */
	unsigned field;               /* CHILDREN */
	const struct resource *table; /* LINKED: the association table */
	enum link_end end;            /* LINKED: that of the rows */
	bool below;                   /* FILTERED: only rows whose parent has the key */
	/* FILTERED: the values of filters, by the index of the parameter, which has the same
	 * meaning in the record's resource and in this one. NULL: none. */
	const struct record *filters;
};

/* The rows of a query, one after the other. Closed or all zero: none. */
struct cursor {
	struct engine *engine;
	const struct resource *resource;
	void *rows;     /* the engine's; NULL: closed */
	bool there;     /* the last `next` found a row */
	unsigned field; /* its first field whose value is not of the field's type; the number of
			   columns: none */
};

/* The outcome of an insert or update. */
struct written {
	struct key key; /* of the inserted row, unless the record has it */
	bool reread;    /* the stored row may differ from the record: triggers have written, too, or
			 * the database has stored less than a value says, as it drops zones */
	/* As bits. NOT_FOUND: the field that has the key of an absent row. CONFLICT: the unique
	 * fields whose values other rows have; 0 if these are unknown, as the words for them are
	 * the same. */
	uint64_t fields;
};

/* A row, and the key of its parent, or any. */
struct engine_row {
	const struct resource *resource;
	struct key key, parent;
};

/* Gets a row that `referring` has found; parent: the key of its parent, or any. False: no further
 * rows are wanted. It must not use the engine. */
typedef bool engine_found(void *context, struct key key, struct key parent);

struct engine_ops {
	/* Each command gets a savepoint. If false, only a group does that is run again because a
	 * command has spoiled the transaction for the others. */
	bool needs_savepoints;

	/* A column with a time zone has one (FIELD_TIMEZONE): what dbd sets there is in UTC. */
	bool keeps_zones;

	/* True if the column of this field can store the value, which is valid for the field. NULL:
	 * every column can. */
	bool (*fits)(const struct field *f, const struct value *value);

	/* A command that fails like this has changed nothing, unless changed_rows has grown. */
	bool undoes[FAULT__COUNT];

	/* Backup, restore and checkpoint; NULL: not offered. */
	const struct engine_admin *admin;

	/* Once in the process, before every other function. False: *error has the reason. */
	bool (*start)(struct buf *error);

	/* Keeps other dbds from writing the database until `unlock`. Waits at most so many
	 * milliseconds for one that does. Before `open`, while there is one thread. Returns a
	 * handle; -1: *error has one line with the remedy. NULL: the engine needs no lock. */
	int (*lock)(const struct database_url *url, uint64_t patience, struct buf *error);
	void (*unlock)(int lock);

	/* Frees the handle, once no engine of this database is open any more. */
	void (*close_lock)(int lock);

	/* The writer is the first to be opened; it creates the schema where that is absent. NULL:
	 * *error has one line with the remedy; after success it means nothing. */
	struct engine *(*open)(
		const struct database_url *url, enum engine_use use, struct buf *error);

	/* Checks whether `open` of a writer would accept the tables of the database, while another
	 * process may use it. Changes nothing; a database that is not there is fine. False: *error
	 * has one line. */
	bool (*check)(const struct database_url *url, struct buf *error);

	/* Rolls back and closes. The writer is the last to be closed. NULL is fine. */
	void (*close)(struct engine *engine);

	/* FAULT_NONE, or why the step failed. BEGIN_READ logs that; for all others see `failed`. */
	enum fault (*step)(struct engine *engine, enum engine_step step);

	/* Ends the snapshot of BEGIN_READ, if there still is one. Aborts if that is impossible. */
	void (*end_read)(struct engine *engine);

	/* Begins a query; its cursor needs close_rows, whatever is returned. Several cursors may be
	 * open, also of like queries. */
	enum fault (*open_rows)(
		struct engine *engine, const struct query *query, struct cursor *cursor);

	/* Reads the next row, if there is one: sets cursor->there and cursor->field. *row then has
	 * the values before that field; texts are borrowed until the next call with the cursor. */
	enum fault (*next)(struct cursor *cursor, struct record *row);
	void (*close_rows)(struct cursor *cursor);

	/* The number of rows of the query's resource; of FILTERED those that the filters leave,
	 * without regard to `after` and `limit`. */
	enum fault (*count)(struct engine *engine, const struct query *query, int64_t *ret_count);

	/* The writer's, from here on. */

	/* Before each group: FAULT_NONE if the database can be written. After a failure of the
	 * storage this is where the engine tries to recover. */
	enum fault (*ready)(struct engine *engine);

	enum transaction (*transaction)(struct engine *engine);

	/* Grows with each row that was changed and not undone with its statement. */
	uint64_t (*changed_rows)(struct engine *engine);

	/* Inserts a record that has all fields but the key, which it has only if that is a UUID.
	 * NOT_FOUND: its parent is absent, or else the row that its first reference without a row
	 * refers to. */
	enum fault (*insert)(
		struct engine *engine, const struct record *record, struct written *ret);

	/* Writes these fields, at least one, of a row; the record has all of them. NOT_FOUND: the
	 * row that the first reference of these fields refers to is absent. */
	enum fault (*update)(struct engine *engine, const struct record *row, uint64_t fields,
		struct written *ret);

	/* CONFLICT if another row has one of the record's unique values, with the fields as bits;
	 * a new row has no key. */
	enum fault (*require_free)(
		struct engine *engine, const struct record *record, uint64_t *ret_taken);

	/* NOT_FOUND unless there is this row. *ret_parent: the key of its parent, or any. */
	enum fault (*find_parent)(struct engine *engine, const struct resource *r, struct key key,
		struct key *ret_parent);

	/* The key that a row has in this field, which is its parent or a reference. *ret_there:
	 * there is this row, and the field is not null. */
	enum fault (*find_referred)(struct engine *engine, const struct resource *r, struct key key,
		unsigned field, struct key *ret_key, bool *ret_there);

	/* Finds the rows of r whose parent or reference, which this field is, has this key. */
	enum fault (*referring)(struct engine *engine, const struct resource *r, unsigned field,
		struct key key, engine_found *found, void *context);

	/* Sets this field to null in all rows of r in which it has this key, and other fields to
	 * those of a record, which has no key. */
	enum fault (*set_null)(struct engine *engine, const struct resource *r, unsigned field,
		struct key key, const struct record *others);

	/* Links: rows of an association table (struct links), with a key at each end. Each change
	 * invalidates what shows rows of either end. */

	/* Finds the keys at this end of the links that have this key at the other one. */
	enum fault (*find_linked)(struct engine *engine, const struct resource *table,
		enum link_end end, struct key key, engine_found *found, void *context);

	/* Links two rows, unless they are. */
	enum fault (*link)(struct engine *engine, const struct resource *table,
		const struct key ends[LINK_ENDS]);

	/* Removes a link. *ret_done: there was one. */
	enum fault (*unlink)(struct engine *engine, const struct resource *table,
		const struct key ends[LINK_ENDS], bool *ret_done);

	/* Removes all links that have this key at this end. */
	enum fault (*unlink_all)(struct engine *engine, const struct resource *table,
		enum link_end end, struct key key);

	/* Deletes all rows whose parent, or the parent of whose parent and so on, is this row. */
	enum fault (*remove_below)(struct engine *engine, const struct resource *r, struct key key);

	/* Deletes a row. *ret_done: it was there, or a trigger has written something instead. */
	enum fault (*remove)(
		struct engine *engine, const struct resource *r, struct key key, bool *ret_done);

	/* Deletes rows that may refer to each other, two or more; *ret_done is about the first one.
	 * NULL: they are deleted one by one, as the engine does not check references. */
	enum fault (*remove_rows)(
		struct engine *engine, const struct engine_row *rows, size_t count, bool *ret_done);

	/* The last call has failed, and with it the whole group: rolls back what is left of it, and
	 * logs the reason. */
	void (*failed)(struct engine *engine);

	/* From now on everything that the engine changes is noted here, marked and settled. The
	 * changes stay the caller's. */
	void (*publish_changes)(struct engine *engine, struct changes *changes);

	/* Outside of a transaction, or in one that has changed nothing: detects commits by other
	 * processes since the last call, and invalidates everything if there were any. After a
	 * fault the transaction may have ended. */
	enum fault (*detect_foreign_commits)(struct engine *engine);

	/* Outside of a transaction, after each group: what the database needs now and then, as
	 * checkpoints. Never waits for a reader. False: an old snapshot is in its way. */
	bool (*tend)(struct engine *engine);

	/* Outside of a transaction, while nothing is written: what had better wait for that. */
	void (*rest)(struct engine *engine);
};

/* Logs why the command under way has failed. */
void engine_log_failure(const struct engine *engine, enum fault fault, const char *reason);

/* A statement succeeded, but a trigger had it write nothing, or removed what it wrote. Logs that
 * once for each resource and action. Returns FAULT_INTERNAL, for the caller to return. */
enum fault engine_ignored(const struct engine *engine);

/* The operations, called. */

static inline enum fault engine_step(struct engine *engine, enum engine_step step)
{
	return engine->ops->step(engine, step);
}

static inline void engine_end_read(struct engine *engine)
{
	engine->ops->end_read(engine);
}

static inline enum transaction engine_transaction(struct engine *engine)
{
	return engine->ops->transaction(engine);
}

static inline void engine_publish_changes(struct engine *engine, struct changes *changes)
{
	engine->ops->publish_changes(engine, changes);
}

static inline void engine_close(struct engine *engine)
{
	if (engine)
		engine->ops->close(engine);
}

static inline enum fault cursor_open(
	struct cursor *cursor, struct engine *engine, const struct query *query)
{
	return engine->ops->open_rows(engine, query, cursor);
}

static inline enum fault cursor_next(struct cursor *cursor, struct record *row)
{
	return cursor->engine->ops->next(cursor, row);
}

static inline void cursor_close(struct cursor *cursor)
{
	if (cursor->rows)
		cursor->engine->ops->close_rows(cursor);
	cursor->rows = NULL;
}

#endif
