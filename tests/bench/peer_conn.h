/*
 * A connection of the peer: reads requests, answers reads at once, hands over writes.
 *
 * A connection belongs to the thread that watches its socket. While a write is handed over it
 * belongs to the writing thread.
 */
#ifndef PEER_CONN_H
#define PEER_CONN_H

#include "peer_store.h"

#include <stdbool.h>

struct conn;

/* What a thread needs to answer. */
struct answerer {
	struct store *store;
	struct text out; /* answers that are not sent yet */
	/* Takes the connection over, to call conn_write later; NULL: this is the writing thread. */
	void (*hand_over)(struct conn *);
};

/* Watches fd, which it takes over, in an epoll, where the events have the connection as their
 * data.ptr. */
void conn_open(int fd, int epoll_fd);
/* An event of the connection, which may end it. Nothing happens while a write is handed over. */
void conn_on_event(struct conn *, struct answerer *);
/* Answers the write and what follows it, and gives the connection back. */
void conn_write(struct conn *, struct answerer *writer);

/* The next in a queue of writes. */
struct conn *conn_next(const struct conn *);
void conn_set_next(struct conn *, struct conn *next);

#endif
