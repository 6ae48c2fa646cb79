/*
 * The protocol of posternctl on the control socket. A request is one line, sent in one piece, which
 * a descriptor may accompany (unix(7)). The answer is any number of lines that report progress and
 * a last line that begins with "ok" or "error". Then the connection is closed.
 *
 * The master answers most requests. It passes the connection of a request about the database to
 * dbd, with the request and its descriptor still unread in the socket.
 */
#ifndef POSTERN_CONTROL_H
#define POSTERN_CONTROL_H

#include "bounds.h"
#include "str.h"

#include <stdint.h>

enum control_verb {
	CONTROL_STATUS,
	CONTROL_RELOAD,
	CONTROL_STOP,
	CONTROL_WORKERS,    /* takes a number */
	CONTROL_CHECKPOINT, /* dbd answers this request and the following ones */
	CONTROL_BACKUP,     /* the descriptor of the copy accompanies the last line */
	CONTROL_RESTORE,    /* the descriptor of the file to read accompanies the request */
	CONTROL_PLAN,       /* the descriptor of a declaration (shared_api.h) accompanies the
			     * request, that of the plan the last line; takes a file */
	CONTROL_MIGRATE,    /* the same */
	CONTROL_VERB__COUNT
};

/* Bytes including the LF: of a request, and of a line of control_send_line. */
enum { CONTROL_REQUEST_MAX = 64, CONTROL_LINE_MAX = 1024 };

struct control_request {
	enum control_verb verb;
	unsigned number; /* CONTROL_WORKERS: 1 to WORKERS_MAX */

	/* CONTROL_PLAN, CONTROL_MIGRATE: st_dev and st_ino of the database that is meant, as in
	 * "migrate 2049:1234"; without them that of the server. */
	bool has_file;
	uint64_t device, inode;
};

/* Parses a request, whose last byte must be the LF. Returns false if it is malformed. */
bool control_parse(struct str text, struct control_request *request)
	__attribute__((warn_unused_result));

/* True if dbd answers requests of this verb. */
bool control_is_for_dbd(enum control_verb verb);

/* The verb as in a request, such as "backup". Static. */
const char *control_verb_name(enum control_verb verb);

/* Formats a line, adds the LF and sends it, with a copy of the descriptor `passed` unless that is
 * -1. Cuts the line at CONTROL_LINE_MAX and replaces control characters by '?'. Never waits; errors
 * are ignored: the client is gone or does not read. */
__attribute__((format(printf, 3, 4))) void control_send_line(
	int fd, int passed, const char *format, ...);

#endif
