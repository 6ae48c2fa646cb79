/* A connection to the database that Postern has made, with its prepared statements; rows as JSON.
 * One thread's at a time. Reads see one snapshot each; each write is a transaction of its own,
 * durable when the function returns. Errors of SQLite other than those named end the program. */
#ifndef PEER_STORE_H
#define PEER_STORE_H

#include "peer_text.h"

#include <stdint.h>

struct store;

enum outcome {
	OUTCOME_DONE,
	OUTCOME_MISSING,  /* no such row, or no such user of a new post */
	OUTCOME_CONFLICT, /* a taken name or email */
};

/* Once, before the first is opened. */
void store_configure(void);
/* Never NULL. */
struct store *store_open(const char *path);
void store_close(struct store *);

/* Append the row, or the list, to out; nothing unless the outcome is OUTCOME_DONE. */
enum outcome store_read_user(struct store *, int64_t id, struct text *out);
void store_list_users(struct store *, struct text *out);
/* All posts by id; with limit >= 0 at most so many, of which the ids are above after. */
void store_list_posts(struct store *, int64_t after, int64_t limit, struct text *out);
enum outcome store_create_user(
	struct store *, const char *username, const char *email, struct text *out);
/* NULL: unchanged. */
enum outcome store_update_user(
	struct store *, int64_t id, const char *username, const char *email, struct text *out);
enum outcome store_create_post(struct store *, int64_t user, const char *title, const char *content,
	const char *moment, struct text *out);

#endif
