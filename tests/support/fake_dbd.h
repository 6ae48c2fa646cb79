/*
 * A dbd for tests of dbd_client. It accepts, greets, receives and answers only when the test calls
 * it. It needs no loop, because local sockets deliver at once.
 */
#ifndef POSTERN_TEST_FAKE_DBD_H
#define POSTERN_TEST_FAKE_DBD_H

#include "codec.h"
#include "frame.h"

struct fake_dbd {
	int listener;
	char name[32]; /* of its abstract socket */
	struct link link;
	size_t taken; /* bytes of the last frame, which is borrowed until the next call */
};

/* Listens. */
void fake_dbd_open(struct fake_dbd *dbd);

/* Closes the connection and the listener. */
void fake_dbd_close(struct fake_dbd *dbd);

/* Accepts the waiting connection, which replaces the previous one, and checks its handshake without
 * answering. */
void fake_dbd_accept(struct fake_dbd *dbd);

/* Accepts the waiting connection and answers its handshake. */
void fake_dbd_greet(struct fake_dbd *dbd);

/* Closes the connection. The listener stays open, as in the master. */
void fake_dbd_hang_up(struct fake_dbd *dbd);

/* Takes the next command that has arrived; false if there is none. It borrows until the next call.
 */
bool fake_dbd_take(struct fake_dbd *dbd, struct command *command);

/* The same for demands. */
bool fake_dbd_take_demand(struct fake_dbd *dbd, uint64_t *id, enum demand *demand);

/* The same for confirms. */
bool fake_dbd_take_confirm(struct fake_dbd *dbd, uint64_t *id);

/* Encodes, into link.out, a frame of n rows that hold nothing but this value in their first field.
 */
void fake_dbd_encode_rows(struct fake_dbd *dbd, uint64_t id, const struct resource *resource,
	int64_t value, unsigned n, enum more more);

/* Sends link.out. */
void fake_dbd_send(struct fake_dbd *dbd);

#endif
