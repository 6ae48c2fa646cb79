/* One request to a Postern that runs, and its answer, line by line; see control.h. */
#ifndef POSTERN_SESSION_H
#define POSTERN_SESSION_H

#include "buf.h"

struct session {
	int fd;
	int file;         /* what came beside a line; -1: nothing yet; the session closes it */
	struct buf in;    /* received, the present line first */
	size_t line_size; /* of that, its LF included */
};

/* Connects and asks, with a descriptor beside it unless that is -1. False: stderr says why; there
 * is nothing to be closed. */
bool session_begin(struct session *session, const char *path, const char *request, int passed);

/* Waits for the next line, without its LF; borrowed until the next call. False: there is none any
 * more. */
bool session_next(struct session *session, struct str *line);

void session_end(struct session *session);

#endif
