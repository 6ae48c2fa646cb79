#include "peer_store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POST "title, content, id, user_id, date_posted"

enum { BUSY_MS = 5000 };

enum statement {
	BEGIN_READ,
	END_READ,
	READ_USER,
	READ_POSTS_OF_USER,
	LIST_USERS,
	LIST_POSTS,
	CREATE_USER,
	UPDATE_USER,
	CREATE_POST,
	STATEMENT__COUNT
};

static const char *const sql[STATEMENT__COUNT] = {
	[BEGIN_READ] = "BEGIN",
	[END_READ] = "COMMIT",
	[READ_USER] = "SELECT username, email, id FROM users WHERE id = ?",
	[READ_POSTS_OF_USER] = "SELECT " POST " FROM posts WHERE user_id = ? ORDER BY id",
	[LIST_USERS] = "SELECT username, email, id FROM users ORDER BY id",
	[LIST_POSTS] = "SELECT " POST " FROM posts WHERE id > ? ORDER BY id LIMIT ?",
	[CREATE_USER] = "INSERT INTO users (username, email) VALUES (?, ?)"
			" RETURNING username, email, id",
	[UPDATE_USER] = "UPDATE users SET username = ifnull(?, username), email = ifnull(?, email)"
			" WHERE id = ? RETURNING username, email, id",
	[CREATE_POST] = "INSERT INTO posts (title, content, user_id, date_posted)"
			" VALUES (?, ?, ?, ?) RETURNING " POST,
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT__COUNT];
};

static void die(const struct store *store)
{
	fprintf(stderr, "peer: %s\n", store->db ? sqlite3_errmsg(store->db) : "out of memory");
	exit(1);
}

static void check(const struct store *store, int rc)
{
	if (rc != SQLITE_OK)
		die(store);
}

/* Without the statistics of memory, which all threads would share. */
void store_configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct store *store_open(const char *path)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		perror("peer");
		exit(1);
	}
	check(store, sqlite3_open_v2(
			     path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	check(store, sqlite3_busy_timeout(store->db, BUSY_MS));
	check(store, sqlite3_exec(store->db,
			     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			     "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;",
			     NULL, NULL, NULL));
	for (size_t i = 0; i < STATEMENT__COUNT; i++)
		check(store, sqlite3_prepare_v3(store->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
				     &store->statements[i], NULL));
	return store;
}

void store_close(struct store *store)
{
	for (size_t i = 0; i < STATEMENT__COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	free(store);
}

static void run(struct store *store, enum statement which)
{
	if (sqlite3_step(store->statements[which]) != SQLITE_DONE)
		die(store);
	sqlite3_reset(store->statements[which]);
}

/* Rows. */

static void add_string(struct text *out, sqlite3_stmt *row, int column)
{
	const char *bytes = (const char *)sqlite3_column_text(row, column);

	text_add_json(out, bytes ? bytes : "", (size_t)sqlite3_column_bytes(row, column));
}

static void add_user(struct text *out, sqlite3_stmt *row)
{
	TEXT_ADD(out, "{\"username\":");
	add_string(out, row, 0);
	TEXT_ADD(out, ",\"email\":");
	add_string(out, row, 1);
	TEXT_ADD(out, ",\"id\":");
	text_add_integer(out, sqlite3_column_int64(row, 2));
}

static void add_closed_user(struct text *out, sqlite3_stmt *row)
{
	add_user(out, row);
	TEXT_ADD(out, "}");
}

/* SQLAlchemy stores "2026-01-31 12:00:00.123456"; the answer has a T between date and time. */
static void add_moment(struct text *out, sqlite3_stmt *row, int column)
{
	size_t at = out->length + strlen("\"2026-01-31");

	add_string(out, row, column);
	if (at < out->length && out->bytes[at] == ' ')
		out->bytes[at] = 'T';
}

static void add_post(struct text *out, sqlite3_stmt *row)
{
	TEXT_ADD(out, "{\"title\":");
	add_string(out, row, 0);
	TEXT_ADD(out, ",\"content\":");
	add_string(out, row, 1);
	TEXT_ADD(out, ",\"id\":");
	text_add_integer(out, sqlite3_column_int64(row, 2));
	TEXT_ADD(out, ",\"user_id\":");
	text_add_integer(out, sqlite3_column_int64(row, 3));
	TEXT_ADD(out, ",\"date_posted\":");
	add_moment(out, row, 4);
	TEXT_ADD(out, "}");
}

static void add_rows(struct store *store, enum statement which,
	void (*add)(struct text *, sqlite3_stmt *), struct text *out)
{
	sqlite3_stmt *row = store->statements[which];
	size_t begin = out->length;
	int rc;

	TEXT_ADD(out, "[");
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		if (out->length > begin + 1)
			TEXT_ADD(out, ",");
		add(out, row);
	}
	if (rc != SQLITE_DONE)
		die(store);
	TEXT_ADD(out, "]");
	sqlite3_reset(row);
}

/* Reads. */

enum outcome store_read_user(struct store *store, int64_t id, struct text *out)
{
	sqlite3_stmt *user = store->statements[READ_USER];

	run(store, BEGIN_READ);
	sqlite3_bind_int64(user, 1, id);
	int rc = sqlite3_step(user);
	if (rc == SQLITE_ROW) {
		add_user(out, user);
		TEXT_ADD(out, ",\"posts\":");
		sqlite3_bind_int64(store->statements[READ_POSTS_OF_USER], 1, id);
		add_rows(store, READ_POSTS_OF_USER, add_post, out);
		TEXT_ADD(out, "}");
	}
	sqlite3_reset(user);
	run(store, END_READ);
	return rc == SQLITE_ROW ? OUTCOME_DONE : OUTCOME_MISSING;
}

void store_list_users(struct store *store, struct text *out)
{
	add_rows(store, LIST_USERS, add_closed_user, out);
}

void store_list_posts(struct store *store, int64_t after, int64_t limit, struct text *out)
{
	sqlite3_bind_int64(store->statements[LIST_POSTS], 1, limit < 0 ? INT64_MIN : after);
	sqlite3_bind_int64(store->statements[LIST_POSTS], 2, limit);
	add_rows(store, LIST_POSTS, add_post, out);
}

/* Writes. The statement is the transaction: its last step commits. */

static enum outcome write_row(struct store *store, enum statement which,
	void (*add)(struct text *, sqlite3_stmt *), struct text *out)
{
	sqlite3_stmt *row = store->statements[which];
	size_t begin = out->length;
	int rc = sqlite3_step(row);

	if (rc == SQLITE_ROW) {
		add(out, row);
		rc = sqlite3_step(row);
	}
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	if (rc == SQLITE_DONE)
		return out->length > begin ? OUTCOME_DONE : OUTCOME_MISSING;
	out->length = begin;
	if (rc != SQLITE_CONSTRAINT)
		die(store);
	return sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_FOREIGNKEY
		       ? OUTCOME_MISSING
		       : OUTCOME_CONFLICT;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *value)
{
	sqlite3_bind_text(statement, place, value, -1, SQLITE_STATIC);
}

enum outcome store_create_user(
	struct store *store, const char *username, const char *email, struct text *out)
{
	bind_text(store->statements[CREATE_USER], 1, username);
	bind_text(store->statements[CREATE_USER], 2, email);
	return write_row(store, CREATE_USER, add_closed_user, out);
}

enum outcome store_update_user(
	struct store *store, int64_t id, const char *username, const char *email, struct text *out)
{
	bind_text(store->statements[UPDATE_USER], 1, username);
	bind_text(store->statements[UPDATE_USER], 2, email);
	sqlite3_bind_int64(store->statements[UPDATE_USER], 3, id);
	return write_row(store, UPDATE_USER, add_closed_user, out);
}

enum outcome store_create_post(struct store *store, int64_t user, const char *title,
	const char *content, const char *moment, struct text *out)
{
	bind_text(store->statements[CREATE_POST], 1, title);
	bind_text(store->statements[CREATE_POST], 2, content);
	sqlite3_bind_int64(store->statements[CREATE_POST], 3, user);
	bind_text(store->statements[CREATE_POST], 4, moment);
	return write_row(store, CREATE_POST, add_post, out);
}
