/*
 * One of the two servers that are compared, and the HTTP/1.1 client (RFC 9112) that asks it: plain
 * http without TLS, one request at a time over a connection that is kept.
 */
#ifndef POSTERN_PEER_H
#define POSTERN_PEER_H

#include "answer_reader.h"

enum {
	PEER_HOST_MOST = 256, /* bytes, with the NUL */
	PEER_TIMEOUT_S = 30,  /* to connect, and without a byte of an answer */
};

struct peer {
	char host[PEER_HOST_MOST]; /* a name or an address, an IPv6 one without brackets */
	char port[8];
	struct str origin; /* "http://127.0.0.1:8000", borrowed from the URL */
	struct str prefix; /* of all paths: "" or "/api", borrowed from the URL */
	int fd;            /* -1: not connected */
};

struct question {
	const char *method;
	struct str target;        /* a path with its query, without the prefix of the peer */
	const char *content_type; /* NULL: none */
	struct str body;          /* ptr NULL: none */
};

/* Reads "http://HOST[:PORT][/PREFIX]", which must live as long as the peer. Returns false with one
 * line in *error. */
bool peer_init(struct peer *peer, const char *url, struct buf *error)
	__attribute__((warn_unused_result));

/* Sends a request and reads the answer. Connects first if there is no connection, or if the server
 * has closed it. Returns false with one line in *error. */
bool peer_ask(struct peer *peer, const struct question *question, struct arena *arena,
	struct peer_answer *answer, struct buf *error) __attribute__((warn_unused_result));

void peer_close(struct peer *peer);

#endif
