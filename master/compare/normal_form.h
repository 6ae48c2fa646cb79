/*
 * The form of answers in which two servers with the same rows are equal: OLD's keys of rows are
 * replaced by NEW's, and of what a server sets itself (times, UUIDs) each digit by 0.
 */
#ifndef POSTERN_NORMAL_FORM_H
#define POSTERN_NORMAL_FORM_H

#include "answer_reader.h"
#include "request.h"

struct normal_form {
	const struct key_pairs *pairs;
	bool hides_set; /* digits of what a server sets are replaced */
};

/* True if the body of the answer has rows, in which keys are found by the schema; else keys are
 * words of a text. */
bool normal_shows_rows(const struct request *request, const struct peer_answer *answer);

/* The body of an answer of one server to the request, in the arena or unchanged. */
struct str normal_body(const struct normal_form *form, const struct request *request,
	enum peer_side side, const struct peer_answer *answer, struct arena *arena);

/* A text that names rows by the keys of the request, as a location does. */
struct str normal_text(
	const struct request *request, enum peer_side side, struct str text, struct arena *arena);

#endif
