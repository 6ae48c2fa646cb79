/*
 * E-mail addresses, judged as Pydantic's EmailStr judges them: the package email-validator without
 * DNS look-ups, quoted local parts and address literals, behind Pydantic's own outer layer. Its
 * messages are part of the contract (docs/contract.md).
 */
#ifndef POSTERN_EMAIL_H
#define POSTERN_EMAIL_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>

struct email_result {
	struct str address; /* the normalised address; set when valid */
	struct str reason;  /* the first rule that fails, a sentence; set when not valid */
};

/* Judges UTF-8 in which lone surrogates may stand as three bytes. Both results are plain UTF-8 in
 * the arena, whatever the input was. The length of the field is not looked at: what is valid has
 * 254 bytes at most. Time is linear in the input but for domain labels, which are short. */
bool email_validate(struct arena *arena, struct str input, struct email_result *result)
	__attribute__((warn_unused_result));

/* What the API shows of a stored text in UTF-8: the normal form of the address that it is, as a
 * response model with an EmailStr has it; a text that is no address stays as it is. In the arena,
 * or the text itself. */
struct str email_shown(struct arena *arena, struct str stored);

/* Two looks at a stored text, the first one at eight bytes at a time. True: email_shown leaves it
 * as it is. False says nothing. The first only lets pass what also stands for itself in JSON. */
bool email_is_shown_plain(struct str stored);
bool email_is_shown_as_is(struct str stored);

#endif
