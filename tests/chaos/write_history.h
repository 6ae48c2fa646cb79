/*
 * The history of writes: each request and its answer. At the end it is compared with the database.
 * The content of each write contains its number, by which the write of a row is found.
 */
#ifndef POSTERN_CHAOS_WRITE_HISTORY_H
#define POSTERN_CHAOS_WRITE_HISTORY_H

#include "async_client.h"
#include "postern.h"

#include <stdint.h>

enum write_history_outcome {
	WRITE_UNKNOWN,      /* no answer, or an answer that says so: the row may exist */
	WRITE_ACKNOWLEDGED, /* the row must exist */
	WRITE_REFUSED,      /* "nothing was done": the row must not exist */
	WRITE__COUNT
};

struct write_history {
	struct write_history_entry *entries;
	size_t count, size;
	size_t outcomes[WRITE__COUNT]; /* number of each, set by write_history_audit */
};

void write_history_done(struct write_history *l);

/* Adds a write with unknown outcome: of a post of the user with this id or, if 0, of a user.
 * Returns its number. */
size_t write_history_add(struct write_history *l, uint32_t parent);

/* Sends the request of the write. */
void write_history_ask(const struct write_history *l, size_t number, struct async_client *client);

/* Notes the answer. Fails the test if the answer is not allowed. */
enum write_history_outcome write_history_note(
	struct write_history *l, size_t number, const struct heard *heard);

/* The id in the acknowledgement. */
uint32_t write_history_id(const struct write_history *l, size_t number);

/* Send a request for the row of an acknowledged write, and check that the answer is that row. */
void write_history_ask_back(
	const struct write_history *l, size_t number, struct async_client *client);
void write_history_check_back(
	const struct write_history *l, size_t number, const struct heard *heard);

/* Reads the database of a server that has ended. Fails the test unless each row has one write, each
 * acknowledged write has one row, and the database is consistent. */
void write_history_audit(struct write_history *l, const struct postern *server);

#endif
