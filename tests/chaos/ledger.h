/*
 * What was asked of the server and what it said, write by write; and at the end, whether the
 * database agrees. Each write has a number that is in its content, so a row tells whose it is.
 */
#ifndef POSTERN_CHAOS_LEDGER_H
#define POSTERN_CHAOS_LEDGER_H

#include "asker.h"
#include "postern.h"

#include <stdint.h>

enum ledger_outcome {
	LEDGER_UNKNOWN,      /* no answer, or one that says so: there may be a row */
	LEDGER_ACKNOWLEDGED, /* there must be one */
	LEDGER_REFUSED,      /* "nothing was done": there must be none */
	LEDGER__COUNT
};

struct ledger {
	struct ledger_entry *entries;
	size_t count, size;
	size_t outcomes[LEDGER__COUNT]; /* counted by ledger_audit */
};

void ledger_done(struct ledger *l);

/* A new write, of a post of the user with this id or, with 0, of a user. Returns its number; its
 * outcome is unknown. */
size_t ledger_add(struct ledger *l, uint32_t parent);

/* Asks for it. */
void ledger_ask(const struct ledger *l, size_t number, struct asker *asker);

/* Notes the answer; one that must not be fails the test. */
enum ledger_outcome ledger_note(struct ledger *l, size_t number, const struct heard *heard);

/* The id that was acknowledged. */
uint32_t ledger_id(const struct ledger *l, size_t number);

/* Asks for the row of an acknowledged write, and judges the answer, which must be that row. */
void ledger_ask_back(const struct ledger *l, size_t number, struct asker *asker);
void ledger_check_back(const struct ledger *l, size_t number, const struct heard *heard);

/* Reads the database of a server that has ended, with a program that is not ours: every row is of
 * one write, every acknowledged write has its one row, and the file is sound. */
void ledger_audit(struct ledger *l, const struct postern *server);

#endif
