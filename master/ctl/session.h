/* One request to a running Postern, and its answer, line by line; the protocol is in control.h. */
#ifndef POSTERN_SESSION_H
#define POSTERN_SESSION_H

#include "buf.h"

struct session {
	int fd;
	int file;         /* received descriptor; -1: none yet; session_end closes it */
	struct buf in;    /* received bytes, starting with the current line */
	size_t line_size; /* bytes of the current line with its LF */
};

/* Connects to the control socket at path and sends the request, with the descriptor `passed` unless
 * it is -1; the caller closes that. Returns false with the reason on stderr; the session is closed
 * then. */
bool session_begin(struct session *session, const char *path, const char *request, int passed);

/* Waits for the next line. *line is without its LF and borrowed until the next call. Returns false
 * if the connection has ended, or on an error. */
bool session_next(struct session *session, struct str *line);

/* Waits for the last line, which has to be "ok"; *text is the text behind that. Earlier lines are
 * appended to lines; if that is NULL, they are shown as progress on a terminal. Returns false with
 * the error on stderr. */
bool session_await_ok(struct session *session, struct str *text, struct buf *lines);

/* Closes the connection and a received descriptor. */
void session_end(struct session *session);

#endif
