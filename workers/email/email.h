/*
 * Validates e-mail addresses as Pydantic's EmailStr does: Pydantic's own checks, then those of the
 * package email-validator without DNS look-ups, quoted local parts and address literals. The
 * messages are part of the contract (docs/contract.md).
 */
#ifndef POSTERN_EMAIL_H
#define POSTERN_EMAIL_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>

struct email_result {
	struct str address; /* the normalized address; set if valid */
	struct str reason;  /* a sentence: the first rule that fails; set if not valid */
};

/* Returns true if input is a valid address. The input is UTF-8 in which lone surrogates may be
 * encoded as three bytes. The result is strict UTF-8, in the arena or static. A valid address has
 * at most 254 bytes. Takes linear time, except in domain labels, which are short. */
bool email_validate(struct arena *arena, struct str input, struct email_result *result)
	__attribute__((warn_unused_result));

/* The form in which the API shows a stored text in UTF-8, as a response model with an EmailStr
 * does: the normalized address in the arena, or the text itself if it is not a valid address. */
struct str email_shown(struct arena *arena, struct str stored);

/* Quick checks of a stored text. If true, email_shown returns the text unchanged; if false, it may
 * do either. email_is_shown_plain is faster, because it reads eight bytes at a time; if it is true,
 * the text needs no escapes in JSON. */
bool email_is_shown_plain(struct str stored);
bool email_is_shown_as_is(struct str stored);

#endif
