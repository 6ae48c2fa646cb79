/*
 * What was asked of the server and what it said, write by write; and at the end, whether the
 * database agrees. Each write has a number that is in its content, so a row tells whose it is.
 */
#ifndef POSTERN_CHAOS_LEDGER_H
#define POSTERN_CHAOS_LEDGER_H

#include "async_client.h"
#include "postern.h"

#include <stdint.h>

enum write_history_outcome {
	LEDGER_UNKNOWN,      /* no answer, or one that says so: there may be a row */
	LEDGER_ACKNOWLEDGED, /* there must be one */
	LEDGER_REFUSED,      /* "nothing was done": there must be none */
	LEDGER__COUNT
};

struct write_history {
	struct write_history_entry *entries;
	size_t count, size;
	size_t outcomes[LEDGER__COUNT]; /* counted by write_history_audit */
};

void write_history_done(struct write_history *l);

/* A new write, of a post of the user with this id or, with 0, of a user. Returns its number; its
 * outcome is unknown. */
size_t write_history_add(struct write_history *l, uint32_t parent);

/* Asks for it. */
void write_history_ask(const struct write_history *l, size_t number, struct async_client *client);

/* Notes the answer; one that must not be fails the test. */
enum write_history_outcome write_history_note(
	struct write_history *l, size_t number, const struct heard *heard);

/* The id that was acknowledged. */
uint32_t write_history_id(const struct write_history *l, size_t number);

/* Asks for the row of an acknowledged write, and judges the answer, which must be that row. */
void write_history_ask_back(
	const struct write_history *l, size_t number, struct async_client *client);
void write_history_check_back(
	const struct write_history *l, size_t number, const struct heard *heard);

/* Reads the database of a server that has ended, with a program that is not ours: every row is of
 * one write, every acknowledged write has its one row, and the file is sound. */
void write_history_audit(struct write_history *l, const struct postern *server);

#endif
