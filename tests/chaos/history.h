/*
 * What one process has asked and heard about rows, in the order in which it did, and whether it can
 * be true of a database that does one thing after the other (linearizability: Herlihy and Wing,
 * ACM TOPLAS 12(3), 1990).
 *
 * A row has one writer at a time, who writes version 1, 2, 3… and in the end deletes it. So a look
 * at it shows an old state if, before it began, somebody had seen a later one or a later write had
 * been acknowledged; and it shows what cannot be if that was not sent yet. A write whose outcome is
 * unknown is one that was sent; whoever sees it makes it known.
 */
#ifndef POSTERN_CHAOS_HISTORY_H
#define POSTERN_CHAOS_HISTORY_H

#include "buf.h"

#include <stdint.h>

enum {
	HISTORY_VERSIONS = 60,
	HISTORY_GONE = HISTORY_VERSIONS + 1, /* the last version: it is deleted */
};

#define HISTORY_NONE SIZE_MAX /* no row */

/* A row's life. Versions up to known are there, or have been; up to sent they may be. */
struct life {
	unsigned kind; /* whatever the caller means by it */
	uint32_t id;   /* 0: not known yet */
	size_t parent; /* with which it is deleted, or HISTORY_NONE */
	unsigned known, sent, sent_before;
	uint64_t seen;                    /* the last look that showed it */
	uint64_t since[HISTORY_GONE + 1]; /* when each version that is known became it */
};

struct history {
	struct life *lives;
	size_t count, size;
	size_t *live, nlive; /* those not known to be gone */
	struct history_event *events;
	uint64_t now; /* counts events */
};

void history_init(struct history *h);
void history_done(struct history *h);

/* A row that is not there yet. Returns its number. */
size_t history_add(struct history *h, unsigned kind, size_t parent);

/* A write is about to be sent: of this version, or HISTORY_GONE. */
void history_send(struct history *h, size_t life, unsigned version, int who);

/* What became of the one that was sent last; of an unknown one nothing need be said. */
void history_acknowledge(struct history *h, size_t life, int who);
void history_refuse(struct history *h, size_t life, int who);

/* Something worth telling with every row's history; the text is static. */
void history_remark(struct history *h, const char *what);

/* A look at rows is about to be asked for. Returns its time. */
uint64_t history_begin(struct history *h);

/* It is answered: first each row that is shown, in its version; then, of each row that it would
 * have shown, that it did so or that the row is not there. how is static. Returns what cannot be
 * about that, or NULL. */
const char *history_show(
	struct history *h, size_t life, unsigned version, uint64_t begun, int who, const char *how);
const char *history_miss(struct history *h, size_t life, uint64_t begun, int who, const char *how);

/* The last part of a row's history. */
void history_print(const struct history *h, size_t life, struct buf *out);

#endif
