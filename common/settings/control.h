/*
 * What posternctl asks on the control socket. A request is one line, sent at once; beside it may
 * come a descriptor (unix(7)). The answer is lines: any number about what goes on, and in the end
 * one that begins with "ok" or "error". Then the connection is closed.
 *
 * The master answers most of it. What is about the database it hands to dbd without having read it.
 */
#ifndef POSTERN_CONTROL_H
#define POSTERN_CONTROL_H

#include "bounds.h"
#include "str.h"

enum control_verb {
	CONTROL_STATUS,
	CONTROL_RELOAD,
	CONTROL_STOP,
	CONTROL_WORKERS,    /* and a number */
	CONTROL_CHECKPOINT, /* this one and those that follow are dbd's */
	CONTROL_BACKUP,     /* the last line comes with the copy's descriptor */
	CONTROL_RESTORE,    /* comes with the descriptor of the file to be read */
	CONTROL_VERB__COUNT
};

/* Bytes of a request, its LF included; and of a line of an answer that is not status's. */
enum { CONTROL_REQUEST_MAX = 64, CONTROL_LINE_MAX = 1024 };

struct control_request {
	enum control_verb verb;
	unsigned number; /* CONTROL_WORKERS: 1 to WORKERS_MAX */
};

/* Reads a request, of which the LF must be the last byte. False: it is none. */
bool control_parse(struct str text, struct control_request *request)
	__attribute__((warn_unused_result));

bool control_is_for_dbd(enum control_verb verb);

/* "backup". */
const char *control_verb_name(enum control_verb verb);

/* Sends a line, to which it adds the LF, with a copy of the descriptor unless that is -1. Never
 * waits: who does not read loses it. Control characters are sent as '?'. */
__attribute__((format(printf, 3, 4))) void control_say(int fd, int passed, const char *format, ...);

#endif
