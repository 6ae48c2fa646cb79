/* Whether two answers to a request are the same, and what differs. */
#ifndef POSTERN_JUDGEMENT_H
#define POSTERN_JUDGEMENT_H

#include "normal_form.h"
#include "peer.h"

enum verdict { VERDICT_SAME, VERDICT_KNOWN, VERDICT_DIFFERENT };

/* How much of an answer is compared. */
enum scope {
	SCOPE_ANSWER, /* status, body and the fields content-type, allow and location */
	SCOPE_STATUS, /* the pages of the documentation are each server's own */
};

struct judge {
	struct normal_form form;
	const struct peer *peers; /* PEERS of them */
	struct arena *arena;
};

/* Appends what differs to text, a line for each part; of VERDICT_KNOWN, a difference that
 * docs/contract.md lists, one line that says which. */
enum verdict judge_answers(const struct judge *judge, const struct request *request,
	enum scope scope, const struct peer_answer answers[PEERS], struct buf *text);

#endif
