/* Reads an HTTP/1.1 answer (RFC 9112) from the bytes of a connection. */
#ifndef POSTERN_ANSWER_READER_H
#define POSTERN_ANSWER_READER_H

#include "arena.h"
#include "buf.h"

#include <stdint.h>

enum { ANSWER_BODY_MOST = 256 * 1024 * 1024 /* bytes */ };

/* What is compared of an answer. Fields that are absent have a NULL ptr; all slices are in an
 * arena. */
struct peer_answer {
	int status;
	struct str content_type, allow, location;
	struct str body;
};

struct answer_reader {
	/* private */
	uint64_t parser[6]; /* a struct http_parser */
	bool to_head, done, keeps_alive;
	bool in_value;        /* the last bytes of the head were those of a value */
	struct buf name;      /* of the current field, in lower case */
	struct buf fields[3]; /* content-type, allow, location; several values joined by ", " */
	bool has_field[3];
	unsigned field; /* the current one's index; 3: another */
	struct buf body;
	int status;
};

/* to_head: the answer to a HEAD has no body. End with answer_reader_done. */
void answer_reader_init(struct answer_reader *reader, bool to_head);
void answer_reader_done(struct answer_reader *reader);

/* Takes bytes as they come; none at the end of the connection. Interim answers (1xx) are skipped.
 * Returns NULL, or what is wrong. */
const char *answer_reader_take(struct answer_reader *reader, struct str bytes);

bool answer_reader_is_done(const struct answer_reader *reader);

/* If it is done: the answer, copied into the arena. */
void answer_reader_finish(
	const struct answer_reader *reader, struct arena *arena, struct peer_answer *answer);

/* If it is done: the connection can be used again. */
bool answer_reader_keeps_alive(const struct answer_reader *reader);

#endif
