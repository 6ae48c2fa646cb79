/*
 * The other end of a dbd_client, in the test's own hands: it accepts, greets, takes commands and
 * answers when the test says so, and never by itself. It needs no loop: local sockets deliver at
 * once.
 */
#ifndef POSTERN_TEST_FAKE_DBD_H
#define POSTERN_TEST_FAKE_DBD_H

#include "codec.h"
#include "frame.h"

struct fake_dbd {
	int listener;
	char name[32]; /* of its abstract socket */
	struct link link;
	size_t taken; /* bytes of the last command's frame, borrowed until the next call */
};

/* Listens. */
void fake_dbd_open(struct fake_dbd *dbd);

/* Hangs up and closes the listener. */
void fake_dbd_close(struct fake_dbd *dbd);

/* Accepts the connection that waits, in place of the one before, and checks its hello; does not
 * answer it. */
void fake_dbd_accept(struct fake_dbd *dbd);

/* Accepts and answers the hello. */
void fake_dbd_greet(struct fake_dbd *dbd);

/* Ends the connection; the listener stays, as the master holds it. */
void fake_dbd_hang_up(struct fake_dbd *dbd);

/* The next command that has come; false if none has. What it borrows lives until the next call. */
bool fake_dbd_take(struct fake_dbd *dbd, struct command *command);

/* The same for a demand. */
bool fake_dbd_take_demand(struct fake_dbd *dbd, uint64_t *id, enum demand *demand);

/* Encodes, into link.out, a frame of n rows that hold nothing but this value in their first field.
 */
void fake_dbd_encode_rows(struct fake_dbd *dbd, uint64_t id, const struct resource *resource,
	int64_t value, unsigned n, enum more more);

/* Sends what was encoded into link.out. */
void fake_dbd_send(struct fake_dbd *dbd);

#endif
