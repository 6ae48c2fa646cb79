/*
 * The history of the requests and answers of one process about rows, in order. Checks whether they
 * are possible for a database that does one operation after the other (linearizability: Herlihy and
 * Wing, ACM TOPLAS 12(3), 1990).
 *
 * A row has one writer at a time, which writes the versions 1, 2, 3… and finally deletes the row. A
 * read is stale if a later version had been read, or a later write acknowledged, before the read
 * began. A read is impossible if its version was not sent yet. A write with unknown outcome counts
 * as sent; a read that shows it proves that it was done.
 */
#ifndef POSTERN_CHAOS_HISTORY_H
#define POSTERN_CHAOS_HISTORY_H

#include "buf.h"

#include <stdint.h>

enum {
	HISTORY_VERSIONS = 60,
	HISTORY_GONE = HISTORY_VERSIONS + 1, /* the last version: deleted */
};

#define HISTORY_NONE SIZE_MAX /* no row */

/* A row. Versions up to known have existed; those up to sent may have existed. */
struct life {
	unsigned kind; /* for the caller */
	uint32_t id;   /* 0: not known yet */
	size_t parent; /* the row with which it is deleted, or HISTORY_NONE */
	unsigned known, sent, sent_before;
	uint64_t seen;                    /* time of the last read that showed it */
	uint64_t since[HISTORY_GONE + 1]; /* when each known version became known */
};

struct history {
	struct life *lives;
	size_t count, size;
	size_t *live, nlive; /* rows that are not known to be deleted */
	struct history_event *events;
	uint64_t now; /* number of events */
};

void history_init(struct history *h);
void history_done(struct history *h);

/* Adds a row that does not exist yet. Returns its number. */
size_t history_add(struct history *h, unsigned kind, size_t parent);

/* Notes that a write is about to be sent: of this version, or HISTORY_GONE for a deletion. */
void history_send(struct history *h, size_t life, unsigned version, int who);

/* Notes the outcome of the write that was sent last. An unknown outcome is not noted. */
void history_acknowledge(struct history *h, size_t life, int who);
void history_refuse(struct history *h, size_t life, int who);

/* Notes an event that is printed in the history of each row; the text is static. */
void history_remark(struct history *h, const char *what);

/* Notes that a read is about to be sent. Returns its time. */
uint64_t history_begin(struct history *h);

/* Note the answer of a read: first each row that it shows, with its version; then, for each row
 * that it could have shown, whether the row was absent. how is static. Return NULL, or what is
 * impossible about the answer. */
const char *history_show(
	struct history *h, size_t life, unsigned version, uint64_t begun, int who, const char *how);
const char *history_miss(struct history *h, size_t life, uint64_t begun, int who, const char *how);

/* The last events of a row as text. */
void history_print(const struct history *h, size_t life, struct buf *out);

#endif
